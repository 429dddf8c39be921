package store_test

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// A document cannot grow by many small writes beyond what one write may store.
func TestNoDocumentGrowsBeyondTheLimits(t *testing.T) {
	for name, c := range map[string]struct {
		limits tax.Limits
		grow   func(n int, c *tax.Configuration)
	}{
		"bytes": {tax.Limits{Bytes: 4000}, func(n int, c *tax.Configuration) {
			byTag := map[string]string{fmt.Sprintf("en-x-%05d", n): "a text of some length, which is one of many"}
			for _, t := range c.Classes[0].Name.All() {
				byTag[t.Language] = t.Text
			}
			c.Classes[0].Name = tax.MustLocalizedText(byTag)
		}},
		"classes": {tax.Limits{Classes: 20}, func(n int, c *tax.Configuration) {
			c.Classes = append(c.Classes, tax.Class{Code: fmt.Sprint("C", n), Rates: []tax.Rate{{Percent: tax.MustPercent("1")}}})
		}},
		"entries": {tax.Limits{Entries: 20}, func(n int, c *tax.Configuration) {
			added := tax.Rate{From: tax.MustDate("2020-01-01").AddDays(n), Percent: tax.MustPercent("1")}
			c.Classes[0].Rates = append([]tax.Rate{added}, c.Classes[0].Rates...)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			backend := store.NewBackend()
			within := func(l tax.Limits) *store.Versioned {
				s, err := store.New(backend, &store.Options{Limits: l})
				require.NoError(t, err)
				return s
			}
			m := within(c.limits)
			stored, err := m.Create(t.Context(), "", country("CA", "5"))
			require.NoError(t, err)
			for n := range 200 {
				changed := stored.Clone()
				c.grow(n, &changed)
				var updated tax.Configuration
				if updated, err = m.Update(t.Context(), "", changed); err != nil {
					break
				}
				stored = updated
			}
			require.ErrorIs(t, err, tax.ErrInvalid)
			require.ErrorContains(t, err, "pass a higher limit")
			kept, err := m.Get(t.Context(), "", canada)
			require.NoError(t, err)
			assert.Equal(t, stored, kept, "the write that was refused changed nothing")
			assert.Greater(t, kept.Metadata.Version, int64(15))
			data, err := kept.MarshalJSON()
			require.NoError(t, err)
			_, err = tax.ReadConfiguration(bytes.NewReader(data), &c.limits)
			require.NoError(t, err, "what is stored can be read again")

			m = within(tax.Limits{})
			c.grow(1000, &kept)
			_, err = m.Update(t.Context(), "", kept)
			require.NoError(t, err, "the defaults are higher")
			m = within(tax.Limits{Classes: 1})
			require.NoError(t, m.Delete(t.Context(), "", canada), "whatever is too large can be deleted")
		})
	}
}

func TestLimitsThatAreNegativeAreRefused(t *testing.T) {
	m := store.NewMemory(&store.Options{Limits: tax.Limits{Classes: -1}})
	_, err := m.Create(t.Context(), "", country("CA", "5"))
	require.ErrorIs(t, err, tax.ErrInvalid)
	_, err = store.New(store.NewBackend(), &store.Options{Limits: tax.Limits{Classes: -1}})
	require.ErrorIs(t, err, tax.ErrInvalid)
}

func all(t *testing.T, m tax.Source) []tax.Configuration {
	t.Helper()
	set, err := m.Configurations(t.Context(), tax.Key{Country: "CA"})
	require.NoError(t, err)
	return set
}

// A write is validated without a lock, so others can be faster. Here one is, in every
// case: between the moment when the write reads the country, and when it stores it.
func TestAWriteThatWasOvertakenIsCheckedAgain(t *testing.T) {
	region := func(code string) tax.Configuration {
		return tax.Configuration{Location: tax.Location{Country: "CA", Region: code},
			Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("7")}}}}}
	}
	type write func(m *store.Versioned) error
	create := func(c tax.Configuration) write {
		return func(m *store.Versioned) error { _, err := m.Create(t.Context(), "", c); return err }
	}
	update := func(c tax.Configuration, version int64) write {
		return func(m *store.Versioned) error {
			c.Metadata.Version = version
			_, err := m.Update(t.Context(), "", c)
			return err
		}
	}
	federal := country("CA", "5")
	federal.Classes = []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("5")}}}}
	other := country("CA", "5")
	other.Classes = []tax.Class{{Code: "OTHER", Rates: []tax.Rate{{Percent: tax.MustPercent("5")}}}}
	for name, c := range map[string]struct {
		first, overtakes write
		want             error
		regions          []string
	}{
		"by another region":            {create(region("QC")), create(region("ON")), nil, []string{"", "ON", "QC"}},
		"by the same":                  {create(region("QC")), create(region("QC")), tax.ErrExists, []string{"", "QC"}},
		"by an update":                 {update(federal, 1), update(federal, 1), tax.ErrConflict, []string{""}},
		"by what makes it invalid":     {create(region("QC")), update(other, 1), tax.ErrInvalid, []string{""}},
		"and would make that invalid":  {update(other, 1), create(region("QC")), tax.ErrInvalid, []string{"", "QC"}},
		"by the end of what it needs":  {create(region("QC")), func(m *store.Versioned) error { return m.Delete(t.Context(), "", canada) }, tax.ErrInvalid, nil},
		"by a write of another tenant": {create(region("QC")), func(m *store.Versioned) error { _, err := m.Create(t.Context(), "x", federal); return err }, nil, []string{"", "QC"}},
	} {
		t.Run(name, func(t *testing.T) {
			var m *store.Versioned
			var overtake func()
			backend := store.NewBackend()
			other, err := store.New(backend, nil) // as in another process
			require.NoError(t, err)
			m, err = store.New(backend, &store.Options{Clock: func() time.Time {
				if run := overtake; run != nil {
					overtake = nil
					run()
				}
				return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
			}})
			require.NoError(t, err)
			require.NoError(t, create(federal)(m))
			overtake = func() { require.NoError(t, c.overtakes(other)) }
			err = c.first(m)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, overtake, "it was overtaken")
			var regions []string
			set := all(t, m)
			for i := range set {
				regions = append(regions, set[i].Location.Region)
			}
			assert.Equal(t, c.regions, regions)
			assert.Empty(t, tax.ValidateCountry(set).Errors)
		})
	}
}

func TestCommitHasTheJSONOfWhatItWrites(t *testing.T) {
	commits := 0
	b := hook()
	b.save = func(ctx context.Context, list []*store.Commit) []error {
		for _, c := range list {
			require.Len(t, c.Documents, len(c.Written))
			for i, v := range c.Written {
				text, err := v.Configuration.MarshalJSON()
				require.NoError(t, err)
				assert.Equal(t, string(text), string(c.Documents[i]))
			}
			commits++
		}
		return b.Backend.Save(ctx, list)
	}
	s := over(t, b, nil)
	out := s.Write(t.Context(), []store.Batch{put(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), taxtest.Doc("CA-QC", taxtest.Class("STANDARD*", "- 9")))})
	require.NoError(t, out[0].Err)
	require.NoError(t, s.Delete(t.Context(), "", tax.Location{Country: "CA", Region: "QC"}))
	assert.Equal(t, 2, commits)
}

// What a file may hold is bounded by the size of a record, what a store keeps by its own limits.
func TestRecordsMayBeLargerThanTheDefaultLimits(t *testing.T) {
	c := country("DE", "19")
	for n := range 1000 {
		c.Classes = append(c.Classes, tax.Class{Code: "C" + strconv.Itoa(n), Rates: c.Classes[0].Rates})
	}
	text, err := c.MarshalJSON()
	require.NoError(t, err)
	report, err := store.Import(t.Context(), bytes.NewReader(text), store.NewMemory(&store.Options{Limits: tax.Limits{Classes: 1001}}), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 1, report.Written)
}
