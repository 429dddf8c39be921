package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// plainStore is a store that can do no more than every store can.
type plainStore struct{ tax.Store }

var hostileTenants = []string{"", "shop", "a|b", "\x00", "ä\n\"\\", "\xff\xfe", "../x", strings.Repeat("t", 1024)}

// drawn returns random configurations of some countries, valid together.
func drawn(rnd *rand.Rand) (list []tax.Configuration) {
	for _, code := range []string{"AT", "CA", "DE", "FR", "US", "XK"} {
		if rnd.IntN(3) == 0 {
			continue
		}
		c := country(code, fmt.Sprint(rnd.IntN(40)))
		for i := range rnd.IntN(3) {
			c.Classes = append(c.Classes, tax.Class{Code: fmt.Sprint("C", i), Rates: []tax.Rate{
				{From: tax.MustDate("2020-01-01").AddDays(rnd.IntN(900)), Percent: tax.MustPercent("0.125")}, {Percent: tax.MustPercent("7.70")},
			}})
		}
		c.Metadata.Source, c.Metadata.AsOf = "drawn", tax.MustDate("2026-11-21")
		list = append(list, c)
		for i := range rnd.IntN(4) {
			r := region(tax.Location{Country: code, Region: fmt.Sprintf("X-%d", i)}, fmt.Sprint(rnd.IntN(9)))
			r.RegionAliases, r.PostalCodes = nil, nil
			list = append(list, r)
		}
	}
	return list
}

// filledRandomly returns a store with random configurations in several versions.
func filledRandomly(t *testing.T, rnd *rand.Rand) *store.Memory {
	t.Helper()
	m := store.NewMemory(&store.Options{Clock: steppingClock()})
	for _, tenant := range hostileTenants {
		for range 1 + rnd.IntN(3) {
			for _, c := range drawn(rnd) {
				out := m.Write(t.Context(), []store.Batch{{Key: tax.Key{Tenant: tenant, Country: c.Location.Country}, Changes: []store.Change{{Configuration: c}}}})
				require.NoError(t, out[0].Err)
			}
		}
	}
	return m
}

func exported(t *testing.T, s tax.Store, o *store.ExportOptions) string {
	t.Helper()
	var out bytes.Buffer
	_, err := store.Export(t.Context(), &out, s, o)
	require.NoError(t, err)
	return out.String()
}

func TestExportComesBackAsItWas(t *testing.T) {
	all := &store.ExportOptions{Tenants: hostileTenants}
	for seed := range uint64(12) {
		m := filledRandomly(t, rand.New(rand.NewPCG(seed, 1)))
		text := exported(t, m, all)

		back := store.NewMemory(nil)
		report, err := store.Import(t.Context(), strings.NewReader(text), back, nil)
		require.NoError(t, err)
		require.Equal(t, report.Records, report.Written)
		require.Equal(t, report.Records, report.Next)
		require.EqualValues(t, len(text), report.Bytes)
		require.Equal(t, text, exported(t, back, all), "the same documents, versions and times")

		// Once more, nothing changes.
		again, err := store.Import(t.Context(), strings.NewReader(text), back, nil)
		require.NoError(t, err)
		require.Equal(t, again.Records, again.Unchanged)
		require.Zero(t, again.Written)
		require.Equal(t, text, exported(t, back, all))

		// A store without bulk writes has the same documents, in versions of its own.
		one := store.NewMemory(nil)
		_, err = store.Import(t.Context(), strings.NewReader(text), plainStore{one}, nil)
		require.NoError(t, err)
		require.Equal(t, withoutMetadata(t, m), withoutMetadata(t, one))
		again, err = store.Import(t.Context(), strings.NewReader(text), plainStore{one}, nil)
		require.NoError(t, err)
		require.Equal(t, again.Records, again.Unchanged)
		// It exports the same as well.
		require.Equal(t, exported(t, m, all), exported(t, plainStore{m}, all))
	}
}

// withoutMetadata returns the documents of all tenants without their versions and times.
func withoutMetadata(t *testing.T, s tax.Store) (texts []string) {
	for _, tenant := range hostileTenants {
		for _, code := range rates.Countries() {
			set, err := s.Configurations(t.Context(), tax.Key{Tenant: tenant, Country: code})
			require.NoError(t, err)
			for _, c := range set {
				c.Metadata = tax.Metadata{}
				data, err := c.MarshalJSON()
				require.NoError(t, err)
				texts = append(texts, tenant+string(data))
			}
		}
	}
	return texts
}

func TestExportThatWasCutOffIsNoticedAndNoCountryIsHalf(t *testing.T) {
	m := store.NewMemory(&store.Options{Clock: steppingClock()})
	key := tax.Key{Tenant: "shop", Country: "CA"}
	out := m.Write(t.Context(), []store.Batch{
		{Key: key, Changes: []store.Change{{Configuration: country("CA", "5")}, {Configuration: region(quebec, "9.975")}}},
		{Key: tax.Key{Tenant: "shop", Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "19")}}},
	})
	require.NoError(t, errors.Join(out[0].Err, out[1].Err))
	text := exported(t, m, &store.ExportOptions{Tenants: []string{"shop"}})
	for cut := range len(text) - 1 {
		back := store.NewMemory(nil)
		report, err := store.Import(t.Context(), strings.NewReader(text[:cut]), back, nil)
		require.Error(t, err, "%s", text[:cut])
		set, err := back.Configurations(t.Context(), key)
		require.NoError(t, err)
		require.NotEqual(t, 1, len(set), "half a country at byte %d", cut)
		// What is missing comes with the whole file.
		rest, err := store.Import(t.Context(), strings.NewReader(text), back, &store.ImportOptions{Skip: report.Next})
		require.NoError(t, err)
		require.EqualValues(t, 3, rest.Records)
		require.Equal(t, text, exported(t, back, &store.ExportOptions{Tenants: []string{"shop"}}))
	}
}

func TestExportedHistoryIsCountedAndNotWritten(t *testing.T) {
	m := filledRandomly(t, rand.New(rand.NewPCG(7, 7)))
	text := exported(t, m, &store.ExportOptions{Tenants: hostileTenants, History: true})
	assert.Contains(t, text, `"ended":{"configuration":`)
	back := store.NewMemory(nil)
	report, err := store.Import(t.Context(), strings.NewReader(text), back, nil)
	require.NoError(t, err)
	assert.Positive(t, report.Ended)
	assert.Equal(t, report.Records, report.Written+report.Ended)
	all := &store.ExportOptions{Tenants: hostileTenants}
	assert.Equal(t, exported(t, m, all), exported(t, back, all))
}

func TestExportNamesWhatTheStoreCannotRead(t *testing.T) {
	m := store.NewMemory(nil)
	_, err := m.Create(t.Context(), "", country("DE", "19"))
	require.NoError(t, err)
	broken := damagedStore{m}
	var out bytes.Buffer
	records, err := store.Export(t.Context(), &out, broken, nil)
	var invalid *tax.InvalidError
	require.ErrorAs(t, err, &invalid)
	assert.Equal(t, "CA", invalid.Faults[0].Location.Country)
	assert.EqualValues(t, 1, records)
	assert.Contains(t, out.String(), `"records":1}`)
}

// damagedStore cannot read its document of CA.
type damagedStore struct{ tax.Store }

func (d damagedStore) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if key.Country == "CA" {
		return []tax.Configuration{tax.Damaged(canada, errors.New("a bad sector"))}, nil
	}
	return d.Store.Configurations(ctx, key)
}

func (d damagedStore) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	if l.Country == "CA" {
		return tax.Configuration{}, tax.Damaged(l, errors.New("a bad sector")).Validate().Err()
	}
	return d.Store.Get(ctx, tenant, l)
}

func TestDocumentsOfABaseAreNotExported(t *testing.T) {
	m := store.NewMemory(&store.Options{Base: rates.World()})
	_, err := m.Create(t.Context(), "", tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{{Code: "REDUCED", Aliases: []string{"BOOKS"}}}})
	require.NoError(t, err)
	for _, s := range []tax.Store{m, plainStore{m}} {
		text := exported(t, s, nil)
		assert.Equal(t, 3, strings.Count(text, "\n"))
		assert.Contains(t, text, "BOOKS")
	}
}

func TestSeedCopiesTheWorldOnceAndLosesNoChange(t *testing.T) {
	ctx := t.Context()
	m := store.NewMemory(nil)
	report, err := store.Seed(ctx, m, rates.World())
	require.NoError(t, err)
	assert.Equal(t, report.Records, report.Written)
	for _, code := range rates.Countries() {
		want, err := rates.World().Configurations(ctx, tax.Key{Country: code})
		require.NoError(t, err)
		got, err := m.Configurations(ctx, tax.Key{Country: code})
		require.NoError(t, err)
		require.Equal(t, len(want), len(got), code)
	}
	c, err := m.Get(ctx, "", tax.Location{Country: "DE"})
	require.NoError(t, err)
	assert.Equal(t, rates.AsOf(), c.Metadata.AsOf)
	c.Classes[0].Aliases = append(c.Classes[0].Aliases, "MINE")
	_, err = m.Update(ctx, "", c)
	require.NoError(t, err)
	require.NoError(t, m.Delete(ctx, "", tax.Location{Country: "FR", Region: "20R"}))

	again, err := store.Seed(ctx, m, rates.World())
	require.NoError(t, err)
	assert.Equal(t, store.Progress{Records: report.Records, Next: report.Records, Written: 1, Kept: 1, Unchanged: report.Records - 2}, again.Progress)
	c, err = m.Get(ctx, "", tax.Location{Country: "DE"})
	require.NoError(t, err)
	assert.Contains(t, c.Classes[0].Aliases, "MINE")

	two, err := store.Seed(ctx, m, rates.World(), "a", "b")
	require.NoError(t, err)
	assert.Equal(t, 2*report.Records, two.Written)
}

// racing is a store to which a user writes just before the import does.
type racing struct {
	*store.Memory
	user func()
}

func (r racing) Write(ctx context.Context, batches []store.Batch) []store.Outcome {
	r.user()
	return r.Memory.Write(ctx, batches)
}

func (r racing) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	r.user()
	return r.Memory.Create(ctx, tenant, c)
}

func TestSeedDoesNotOverwriteWhatIsWrittenMeanwhile(t *testing.T) {
	for _, wrapped := range []bool{false, true} {
		m := store.NewMemory(nil)
		mine := country("DE", "1")
		r := racing{m, sync.OnceFunc(func() {
			_, err := m.Create(t.Context(), "", mine)
			require.NoError(t, err)
		})}
		var into tax.Store = r
		if wrapped {
			into = plainStore{r}
		}
		report, err := store.Seed(t.Context(), into, rates.World())
		require.ErrorIs(t, err, tax.ErrInvalid)
		assert.Equal(t, "exists", report.Rejections[0].Code)
		c, err := m.Get(t.Context(), "", mine.Location)
		require.NoError(t, err)
		assert.EqualValues(t, 1, c.Metadata.Version)
		assert.Equal(t, "STANDARD: 1", c.Classes[0].String())
		// The next call is at peace with it.
		_, err = store.Seed(t.Context(), into, rates.World())
		require.NoError(t, err)
	}
}

func TestSeedOfASourceThatFailsGoesOnLater(t *testing.T) {
	fails := true
	src := tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if fails && key.Country == "FR" {
			return nil, errors.New("down")
		}
		return rates.World().Configurations(ctx, key)
	})
	m := store.NewMemory(nil)
	_, err := store.Seed(t.Context(), m, src)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	fails = false
	_, err = store.Seed(t.Context(), m, src)
	require.NoError(t, err)
	set, err := m.Configurations(t.Context(), tax.Key{Country: "FR"})
	require.NoError(t, err)
	assert.NotEmpty(t, set)
}

func TestTransferRefusesWhatItCannotUse(t *testing.T) {
	ctx, m, in := t.Context(), store.NewMemory(nil), strings.NewReader("")
	var none context.Context
	for name, call := range map[string]func() error{
		"export without a writer":  func() error { _, err := store.Export(ctx, nil, m, nil); return err },
		"export without a store":   func() error { _, err := store.Export(ctx, new(bytes.Buffer), nil, nil); return err },
		"export without a context": func() error { _, err := store.Export(none, new(bytes.Buffer), m, nil); return err },
		"history of no historian": func() error {
			_, err := store.Export(ctx, new(bytes.Buffer), plainStore{m}, &store.ExportOptions{History: true})
			return err
		},
		"documents of two tenants": func() error {
			_, err := store.Export(ctx, new(bytes.Buffer), m, &store.ExportOptions{Tenants: []string{"a", "b"}, Encode: tax.Configuration.MarshalJSON})
			return err
		},
		"import without a reader":  func() error { _, err := store.Import(ctx, nil, m, nil); return err },
		"import without a store":   func() error { _, err := store.Import(ctx, in, nil, nil); return err },
		"import without a context": func() error { _, err := store.Import(none, in, m, nil); return err },
		"JSON without a reader": func() error {
			for _, err := range store.JSON(nil, 0) {
				return err
			}
			return nil
		},
		"documents without a function": func() error {
			_, err := store.Import(ctx, in, m, &store.ImportOptions{Format: store.DocumentsOf(nil)})
			return err
		},
		"negative skip": func() error { _, err := store.Import(ctx, in, m, &store.ImportOptions{Skip: -1}); return err },
		"negative limit": func() error {
			_, err := store.Import(ctx, in, m, &store.ImportOptions{Limits: store.ImportLimits{RecordBytes: -1}})
			return err
		},
		"seed without a source":  func() error { _, err := store.Seed(ctx, m, nil); return err },
		"seed without a store":   func() error { _, err := store.Seed(ctx, nil, rates.World()); return err },
		"seed without a context": func() error { _, err := store.Seed(none, m, rates.World()); return err },
	} {
		var input *tax.InputError
		assert.ErrorAs(t, call(), &input, name)
	}
}

func TestExportEndsWithTheContextAndTheWriter(t *testing.T) {
	m := filledRandomly(t, rand.New(rand.NewPCG(1, 2)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := store.Export(ctx, new(bytes.Buffer), m, nil)
	assert.ErrorIs(t, err, context.Canceled)
	full := errors.New("no space left")
	_, err = store.Export(t.Context(), failingWriter{full}, m, nil)
	assert.ErrorIs(t, err, full)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestImportOfADryRunWritesNothing(t *testing.T) {
	m := filledRandomly(t, rand.New(rand.NewPCG(3, 3)))
	text := exported(t, m, &store.ExportOptions{Tenants: hostileTenants})
	for _, into := range []tax.Store{store.NewMemory(nil), plainStore{store.NewMemory(nil)}} {
		report, err := store.Import(t.Context(), strings.NewReader(text), into, &store.ImportOptions{DryRun: true})
		require.NoError(t, err)
		assert.Equal(t, report.Records, report.Written)
		for _, code := range rates.Countries() {
			set, err := into.Configurations(t.Context(), tax.Key{Tenant: "shop", Country: code})
			require.NoError(t, err)
			assert.Empty(t, set)
		}
		// It finds what a write would find.
		bad := `{"location":{"country":"CA"},"taxClasses":[]}{"location":{"country":"CA","region":"QC"},"taxClasses":[{"code":"S","rates":[{"effect":"add","percent":5}]}]}`
		report, err = store.Import(t.Context(), strings.NewReader(bad), into, &store.ImportOptions{DryRun: true})
		require.ErrorIs(t, err, tax.ErrInvalid)
		assert.EqualValues(t, 2, report.Refused)
	}
}

// A dry run counts as the import does that follows it: what the store has already would not
// be written.
func TestImportOfADryRunCountsAsTheImport(t *testing.T) {
	m := filledRandomly(t, rand.New(rand.NewPCG(3, 3)))
	text := exported(t, m, &store.ExportOptions{Tenants: hostileTenants})
	for _, some := range []int64{0, 2} {
		into := store.NewMemory(nil)
		_, err := store.Import(t.Context(), strings.NewReader(text), into, &store.ImportOptions{Skip: some})
		require.NoError(t, err)
		dry, err := store.Import(t.Context(), strings.NewReader(text), into, &store.ImportOptions{DryRun: true})
		require.NoError(t, err)
		assert.Equal(t, some, dry.Written)
		assert.Equal(t, dry.Records-some, dry.Unchanged)
		report, err := store.Import(t.Context(), strings.NewReader(text), into, nil)
		require.NoError(t, err)
		assert.Equal(t, report.Progress, dry.Progress)
	}
}

func TestImportAsNewVersionsCountsUp(t *testing.T) {
	m := store.NewMemory(&store.Options{Clock: func() time.Time { return time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC) }})
	const document = `{"location":{"country":"DE"},"taxClasses":[{"code":"S","rate":%d}],"metadata":{"version":7}}`
	for i, percent := range []int{16, 19, 19} {
		_, err := store.Import(t.Context(), strings.NewReader(fmt.Sprintf(document, percent)), m, &store.ImportOptions{AsNew: true})
		require.NoError(t, err)
		c, err := m.Get(t.Context(), "", tax.Location{Country: "DE"})
		require.NoError(t, err)
		assert.EqualValues(t, min(i+1, 2), c.Metadata.Version)
	}
	// With its own version, one that is older is refused.
	_, err := store.Import(t.Context(), strings.NewReader(strings.Replace(fmt.Sprintf(document, 5), "7", "1", 1)), m, nil)
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorContains(t, err, "DE is at version 2, not 1")
	_, err = store.Import(t.Context(), strings.NewReader(strings.Replace(fmt.Sprintf(document, 20), `"version":7`, `"version":2`, 1)), m, nil)
	assert.ErrorContains(t, err, "DE has other contents in version 2")
}

func TestDocumentsAreReadOneByOneInARowOrAsAList(t *testing.T) {
	documents := []string{
		`{"location":{"country":"AT"},"taxClasses":[{"code":"S","rate":20}]}`,
		"{\n \"location\": {\"country\":\"DE\"},\n \"taxClasses\":[{\"code\":\"S]}\\\"\",\"name\":{\"en\":\"a } \\\" ] b\"},\"rate\":19}]}",
	}
	documents[1] = strings.Replace(documents[1], `S]}\"`, "S", 1)
	for name, c := range map[string]struct {
		text string
		n    int64
	}{
		"one": {documents[0], 1}, "with a byte order mark": {"\xef\xbb\xbf" + documents[0], 1}, "in a row": {strings.Join(documents, ""), 2},
		"by line": {documents[0] + "\n\n" + documents[1] + "\n", 2}, "a list": {"[" + strings.Join(documents, " ,\n") + "]\n", 2},
		"an empty list": {" [ ] ", 0},
	} {
		m := store.NewMemory(nil)
		report, err := store.Import(t.Context(), strings.NewReader(c.text), m, &store.ImportOptions{Tenant: "t"})
		require.NoError(t, err, name)
		assert.Equal(t, c.n, report.Written, name)
		if c.n == 2 {
			var out bytes.Buffer
			_, err := store.Export(t.Context(), &out, m, &store.ExportOptions{Tenants: []string{"t"}, Encode: func(c tax.Configuration) ([]byte, error) {
				c.Metadata = tax.Metadata{}
				return c.MarshalJSON()
			}})
			require.NoError(t, err)
			again := store.NewMemory(nil)
			report, err := store.Import(t.Context(), &out, again, nil)
			require.NoError(t, err)
			assert.EqualValues(t, 2, report.Written)
		}
	}
	for text, want := range map[string]string{
		"[" + documents[0]:                       "the document ends too early",
		documents[0][:40]:                        "the document ends too early",
		"[" + documents[0] + "] x":               "data after the list",
		"[" + strings.Join(documents, " ") + "]": "want a comma",
		"[" + documents[0] + ",]":                "want an object",
		" \n":                                    "there is nothing to import",
		"":                                       "there is nothing to import",
		"7":                                      "want an object",
		documents[0] + "x":                       "want an object",
		"\xff\xfe{\x00":                          "UTF-16",
		`{"format":"x","version":1}`:             "not a format that this version reads",
		`{"format":"taxresolve configurations","version":2}`: "write a whole number from 1 to 1",
	} {
		_, err := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), nil)
		require.ErrorIs(t, err, tax.ErrInvalid, text)
		assert.ErrorContains(t, err, want, text)
	}
}

// headerLine is the first line of an export.
const headerLine = `{"format":"taxresolve configurations","version":1}` + "\n"

func recordLine(code, region, rest string) string {
	l := `{"tenant":"t","configuration":{"location":{"country":"` + code + `"`
	if region != "" {
		l += `,"region":"` + region + `"`
	}
	return l + `},"taxClasses":[{"code":"STANDARD","rates":[` + rest + "]}]}}\n"
}

// locations returns where a tenant has configurations.
func locations(t *testing.T, s tax.Store, tenant string) (list []string) {
	for _, code := range rates.Countries() {
		set, err := s.Configurations(t.Context(), tax.Key{Tenant: tenant, Country: code})
		require.NoError(t, err)
		for _, c := range set {
			list = append(list, c.Location.String())
		}
	}
	return list
}

func TestCountryIsImportedWholeOrNotAtAllAndRejectionsSayWhy(t *testing.T) {
	const good = `{"percent":5}`
	text := headerLine +
		recordLine("AT", "", good) +
		recordLine("CA", "", good) +
		recordLine("CA", "QC", `{"from":"2013-01-01","effect":"add","percent":"9,975"},{"percent":1}`) +
		recordLine("CA", "ON", good) +
		recordLine("DE", "", `{"from":"2020-01-01","percent":5},{"from":"2021-01-01","percent":6}`) +
		recordLine("FR", "", good) +
		"{broken\n" +
		recordLine("GR", "", good) +
		recordLine("HU", "", good) +
		recordLine("AT", "", `{"percent":6}`) +
		`{"records":10}` + "\n"
	m := store.NewMemory(nil)
	var called []store.Rejection
	report, err := store.Import(t.Context(), strings.NewReader(text), m, &store.ImportOptions{File: "f.jsonl", OnRejection: func(r store.Rejection) { called = append(called, r) }})
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Equal(t, []string{"AT", "HU"}, locations(t, m, "t"))
	assert.EqualValues(t, 8, report.Refused)
	assert.EqualValues(t, 2, report.Written)
	assert.EqualValues(t, 10, report.Next)
	assert.Equal(t, called, report.Rejections)
	var got []string
	for _, r := range report.Rejections {
		assert.Equal(t, "f.jsonl", r.File)
		got = append(got, fmt.Sprint(r.Record, " ", r.Line, " ", r.Location, " ", r.Path, " ", r.Class, " ", r.From, " ", r.Code))
	}
	assert.Equal(t, []string{
		"2 3 CA    country_refused",
		"3 4 CA-QC taxClasses[0].rates[0].percent STANDARD 2013-01-01 malformed",
		"4 5 CA-ON    country_refused",
		"5 6 DE classes[0].rates[1].from STANDARD 2021-01-01 from_not_descending",
		"6 7 FR    country_refused",
		"7 8  document   malformed_json",
		"8 9 GR    country_refused",
		"10 11 AT    country_refused",
	}, got)
	assert.Contains(t, report.Rejections[0].Message, "line 4 of the same country is refused")
	assert.Contains(t, report.Rejections[6].Message, "line 8 may belong to the same country")
	assert.Contains(t, report.Rejections[7].Message, "comes again after others")
	assert.Equal(t, "f.jsonl:4: CA-QC: taxClasses[0].rates[0].percent: "+report.Rejections[1].Message, report.Rejections[1].String())

	few, err := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), &store.ImportOptions{Rejections: 2})
	require.Error(t, err)
	assert.Len(t, few.Rejections, 2)
	assert.EqualValues(t, 6, few.Omitted)
	none, err := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), &store.ImportOptions{Rejections: -1})
	require.Error(t, err)
	assert.Empty(t, none.Rejections)
	assert.EqualValues(t, 8, none.Refused)
}

func TestImportStaysWithinItsLimits(t *testing.T) {
	text := headerLine + recordLine("AT", "", `{"percent":5}`) + recordLine("DE", "", `{"percent":5}`) + recordLine("DE", "BY", `{"percent":5}`) + recordLine("FR", "", `{"percent":5}`) + `{"records":4}`
	run := func(l store.ImportLimits) (store.Report, []string, error) {
		m := store.NewMemory(nil)
		report, err := store.Import(t.Context(), strings.NewReader(text), m, &store.ImportOptions{Limits: l})
		return report, locations(t, m, "t"), err
	}
	var input *tax.InputError
	report, there, err := run(store.ImportLimits{Records: 3})
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "records", input.Field)
	assert.Empty(t, there, "nothing was written yet")
	assert.Zero(t, report.Next)
	_, _, err = run(store.ImportLimits{Bytes: int64(len(text)) - 1})
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "bytes", input.Field)
	_, there, err = run(store.ImportLimits{Records: 4, Bytes: int64(len(text))})
	require.NoError(t, err)
	assert.Len(t, there, 4)
	report, there, err = run(store.ImportLimits{CountryRecords: 1})
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Equal(t, []string{"AT", "FR"}, there)
	assert.EqualValues(t, 2, report.Refused)
	// A line that is too long spoils the countries beside it, and no others.
	text = strings.Replace(text, `"BY"}`, `"BY"},"timeZone":"`+strings.Repeat("x", 1<<17)+`"`, 1)
	report, there, err = run(store.ImportLimits{RecordBytes: 200})
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Equal(t, []string{"AT"}, there)
	assert.Contains(t, fmt.Sprint(report.Rejections), "larger than 200 bytes")
}

// flakyBulk is a store whose bulk write fails from the nth on.
type flakyBulk struct {
	*store.Memory
	left int
}

func (f *flakyBulk) Write(ctx context.Context, batches []store.Batch) []store.Outcome {
	if f.left--; f.left < 0 {
		return slices.Repeat([]store.Outcome{{Err: fmt.Errorf("%w: no answer", tax.ErrUnavailable)}}, len(batches))
	}
	return f.Memory.Write(ctx, batches)
}

func TestImportGoesOnWhereItWasInterrupted(t *testing.T) {
	var text strings.Builder
	text.WriteString(headerLine)
	n := 0
	for tenant := range 400 {
		for _, l := range []string{recordLine("CA", "", `{"percent":5}`), recordLine("CA", "QC", `{"effect":"add","percent":9}`), "{lost\n", recordLine("DE", "", `{"percent":19}`), recordLine("FR", "", `{"percent":20}`)} {
			text.WriteString(strings.Replace(l, `"t"`, fmt.Sprintf(`"t%d"`, tenant), 1))
			n++
		}
	}
	fmt.Fprintf(&text, `{"records":%d}`, n)
	whole := store.NewMemory(nil)
	want, err := store.Import(t.Context(), strings.NewReader(text.String()), whole, nil)
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.EqualValues(t, 400, want.Written, "only FR: the others are beside a line that cannot be read")

	parts := &flakyBulk{Memory: store.NewMemory(nil)}
	var written, skip int64
	for tries := 0; ; tries++ {
		require.Less(t, tries, 20)
		parts.left = 1
		report, err := store.Import(t.Context(), strings.NewReader(text.String()), parts, &store.ImportOptions{Skip: skip})
		written += report.Written
		require.GreaterOrEqual(t, report.Next, skip)
		skip = report.Next
		if !errors.Is(err, tax.ErrUnavailable) {
			require.ErrorIs(t, err, tax.ErrInvalid)
			break
		}
	}
	assert.Equal(t, want.Written, written)
	assert.EqualValues(t, n, skip)
	assert.Equal(t, locations(t, whole, "t7"), locations(t, parts, "t7"))
	assert.Equal(t, []string{"FR"}, locations(t, parts, "t399"))

	ctx, cancel := context.WithCancel(t.Context())
	report, err := store.Import(ctx, strings.NewReader(text.String()), store.NewMemory(nil), &store.ImportOptions{OnProgress: func(p store.Progress) {
		if p.Written > 0 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.Positive(t, report.Written)
	assert.Less(t, report.Next, int64(n))
}

// The country after a record that was lost is refused, also if the import was interrupted
// between the two.
func TestImportThatGoesOnStillKnowsWhatWasLost(t *testing.T) {
	var begin strings.Builder
	begin.WriteString(headerLine)
	for tenant := range 499 { // with the next two, more than are written at once
		begin.WriteString(strings.Replace(recordLine("FR", "", `{"percent":20}`), `"t"`, fmt.Sprintf(`"t%d"`, tenant), 1))
	}
	begin.WriteString(recordLine("CA", "", `{"percent":5}`) + "{lost\n" + recordLine("DE", "", `{"percent":19}`))
	m := store.NewMemory(nil)
	report, err := store.Import(t.Context(), strings.NewReader(begin.String()), m, nil)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.EqualValues(t, 499, report.Written)
	assert.EqualValues(t, 500, report.Next, "what was lost is read again")
	whole := begin.String() + recordLine("FR", "", `{"percent":20}`) + `{"records":503}`
	_, err = store.Import(t.Context(), strings.NewReader(whole), m, &store.ImportOptions{Skip: report.Next})
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Equal(t, []string{"FR"}, locations(t, m, "t"))
}

func TestImportThatSkipsTheWholeFileSaysSo(t *testing.T) {
	text := headerLine + recordLine("CA", "", `{"percent":5}`) + `{"records":1}`
	_, err := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), &store.ImportOptions{Skip: 2})
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "skip", input.Field)
	report, err := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), &store.ImportOptions{Skip: 1})
	require.NoError(t, err)
	assert.Equal(t, store.Progress{Records: 1, Next: 1, Bytes: int64(len(text))}, report.Progress)
}

func TestFormatsOfTheStoreCanBeStoppedAnywhere(t *testing.T) {
	document := `{"location":{"country":"DE"},"taxClasses":[]}`
	for _, text := range []string{
		headerLine + recordLine("CA", "", `{"percent":5}`) + "{lost\n" + recordLine("CA", "", `{"percent":5}`) + `{"records":3}`,
		headerLine + recordLine("CA", "", `{"percent":5}`) + `{"records":3}`, headerLine + `{"records":0}` + "\nx", headerLine, `{"format":"x"}`,
		document + document + "x", "[" + document + "," + document, "[" + document + "]x", "x", "",
	} {
		for stop := range 5 {
			read := 0
			for range store.JSON(strings.NewReader(text), 1<<20) {
				if read++; read > stop {
					break
				}
			}
			assert.Positive(t, read, text)
		}
	}
}

// wrongBulk answers too little.
type wrongBulk struct{ *store.Memory }

func (wrongBulk) Write(context.Context, []store.Batch) []store.Outcome { return nil }

func TestImportIntoAStoreThatAnswersTooLittleIsAnError(t *testing.T) {
	report, err := store.Seed(t.Context(), wrongBulk{store.NewMemory(nil)}, rates.World())
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.Zero(t, report.Written)
}

func TestImportIntoAPlainStoreFindsAnOrderAndUndoesWhatItCannotFinish(t *testing.T) {
	// The region comes before its country, and takes a postal code from another region.
	codes := func(region, codes string) string {
		return `{"location":{"country":"CA","region":"` + region + `"},"postalCodes":["` + codes + `"],"taxClasses":[{"code":"STANDARD","rates":[{"effect":"add","percent":5}]}]}`
	}
	const parent = `{"location":{"country":"CA"},"taxClasses":[{"code":"STANDARD","rate":5}]}`
	m := store.NewMemory(nil)
	load := func(documents ...string) error {
		_, err := store.Import(t.Context(), strings.NewReader(strings.Join(documents, "")), plainStore{m}, nil)
		return err
	}
	require.NoError(t, load(codes("QC", "G1A"), parent))
	require.NoError(t, load(codes("AB", "G1A"), codes("QC", "J1A")), "AB can only have the code once QC has another one")
	before := exported(t, m, &store.ExportOptions{Encode: bareJSON})

	err := load(codes("MB", "M1A"), codes("QC", "J1B"), codes("YT", "M1A"))
	require.ErrorIs(t, err, tax.ErrInvalid, "two regions claim one code")
	assert.Equal(t, before, exported(t, m, &store.ExportOptions{Encode: bareJSON}), "what was written before is undone")
}

// bareJSON returns the JSON of a configuration without versions and times.
func bareJSON(c tax.Configuration) ([]byte, error) {
	c.Metadata = tax.Metadata{}
	return c.MarshalJSON()
}
