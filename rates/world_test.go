package rates_test

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/csvtable"
	"github.com/taxresolve/tax/rates"
)

var ctx = context.Background()

func configurations(t testing.TB, country string) []tax.Configuration {
	t.Helper()
	c, err := rates.World().Configurations(ctx, tax.Key{Country: country})
	require.NoError(t, err)
	return c
}

// newResolver returns a resolver of the world's rates.
func newResolver(t testing.TB, opts *tax.Options) *tax.Resolver {
	t.Helper()
	r, err := tax.NewResolver(rates.World(), opts)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// table returns the rows of a table of the data, without its header.
func table(t testing.TB, name string) [][]string {
	t.Helper()
	rows, err := csvtable.Read(filepath.Join("data", name), "")
	require.NoError(t, err)
	return rows
}

// everyDocument calls f for each document of the data.
func everyDocument(t testing.TB, f func(tax.Configuration)) {
	t.Helper()
	for _, country := range rates.Countries() {
		documents := configurations(t, country)
		require.NotEmpty(t, documents, country)
		for _, c := range documents {
			f(c)
		}
	}
}

func TestEveryCountryIsValidWithoutWarnings(t *testing.T) {
	for _, country := range rates.Countries() {
		report := tax.ValidateCountry(configurations(t, country))
		assert.Empty(t, report.Errors, country)
		assert.Empty(t, report.Warnings, country)
	}
}

func TestCountriesAreThoseOfISOAndKosovo(t *testing.T) {
	rows, err := csvtable.Read(filepath.Join("..", "internal", "iso", "gen", "countries.csv"), "alpha2,alpha3,numeric")
	require.NoError(t, err)
	want := []string{"XK"}
	for _, row := range rows {
		want = append(want, row[0])
	}
	slices.Sort(want)
	assert.Len(t, want, 250)
	assert.Equal(t, want, rates.Countries())

	rates.Countries()[0] = "changed"
	assert.Equal(t, want, rates.Countries(), "the slice is shared")
}

func TestCountryNotCoveredHasNoConfigurations(t *testing.T) {
	for _, country := range []string{"", "ZZ", "de", "DEU"} {
		assert.Empty(t, configurations(t, country), country)
	}
}

// A country without a rate in the data is neither unknown nor a country without a
// tax: the lookup is refused, and the message says what to do.
func TestCountryWithoutAKnownRateIsRefused(t *testing.T) {
	r := newResolver(t, nil)
	rated := map[string]bool{}
	for _, row := range table(t, "rates.csv") {
		rated[row[0]] = true
	}
	refused := 0
	for _, country := range rates.Countries() {
		if rated[country] {
			continue
		}
		refused++
		for _, class := range []string{"", "STANDARD"} {
			for _, day := range []string{"1950-01-01", "2026-11-29", "2090-01-01"} {
				_, err := r.Lookup(ctx, tax.Lookup{Country: country, Class: class, Date: tax.MustDate(day)})
				assert.ErrorIs(t, err, tax.ErrNoRate, country)
				assert.ErrorContains(t, err, "no rate of class STANDARD is known there", country)
			}
		}
	}
	assert.Equal(t, 250-len(rated), refused)

	mine := tax.SourceFunc(func(_ context.Context, k tax.Key) ([]tax.Configuration, error) {
		class := tax.Class{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate("2020-01-01"), Percent: decimal.New(7, 0)}}}
		return []tax.Configuration{{Location: tax.Location{Country: k.Country}, Tax: tax.Tax{Code: "SALES"}, Classes: []tax.Class{class}}}, nil
	})
	r, err := tax.NewResolver(tax.Overlay(rates.World(), mine), nil)
	require.NoError(t, err)
	defer r.Close()
	a, err := r.Resolve(ctx, "AQ", "")
	require.NoError(t, err)
	assert.Equal(t, "7", a.Percent().String())
}

func TestEveryClassHasADescriptionInEnglish(t *testing.T) {
	english := tax.MustPreferences("en")
	everyDocument(t, func(c tax.Configuration) {
		for _, class := range c.Classes {
			text := class.Description.In(english).Text
			assert.Greater(t, len(text), 3, "%s %s", c.Location, class.Code)
			assert.NotEqual(t, class.Name.In(english).Text, text, "%s %s", c.Location, class.Code)
		}
	})
}

func TestEveryTenantIsAnsweredAlike(t *testing.T) {
	other, err := rates.World().Configurations(ctx, tax.Key{Tenant: "other", Country: "CA"})
	require.NoError(t, err)
	assert.True(t, reflect.DeepEqual(configurations(t, "CA"), other))
}

func TestResultIsTheCallersToChange(t *testing.T) {
	want := configurations(t, "GR")
	got := configurations(t, "GR")
	for i := range got {
		c := &got[i]
		c.Location.Region = "changed"
		for j := range c.PostalCodes {
			c.PostalCodes[j].From = "changed"
		}
		for j := range c.Classes {
			c.Classes[j].Code = "changed"
			for k := range c.Classes[j].Rates {
				r := &c.Classes[j].Rates[k]
				for n := range r.Evidence.Sources {
					r.Evidence.Sources[n] = "changed"
				}
				*r = tax.Rate{}
			}
		}
	}
	assert.True(t, reflect.DeepEqual(want, configurations(t, "GR")))

	within := configurations(t, "DE")[0].Classes[0].Rates
	before := slices.Clone(within[1].Evidence.Sources)
	for _, r := range within[:1] {
		for n := range r.Evidence.Sources {
			r.Evidence.Sources[n] = "changed"
		}
	}
	assert.Equal(t, before, within[1].Evidence.Sources, "two entries share a list of sources")
}

// Every list of every document is appended to and overwritten, and every number behind a
// pointer.
func TestNothingOfAResultIsShared(t *testing.T) {
	for _, code := range rates.Countries() {
		want, err := rates.Decode(code)
		require.NoError(t, err)
		other, taken := configurations(t, code), configurations(t, code)
		visit(reflect.ValueOf(&taken).Elem(), func(v reflect.Value) {
			if v.Kind() == reflect.Slice {
				reflect.Append(v, reflect.Zero(v.Type().Elem()))
			}
		})
		require.True(t, reflect.DeepEqual(want, taken), "%s: what is appended to a list changes another one", code)
		visit(reflect.ValueOf(&taken).Elem(), func(v reflect.Value) {
			if v.Kind() != reflect.Slice && v.Kind() != reflect.Pointer {
				v.SetZero()
			}
		})
		require.True(t, reflect.DeepEqual(want, other), "%s: a copy that was given out changes", code)
		require.True(t, reflect.DeepEqual(want, configurations(t, code)), "%s: later copies change", code)
	}
}

// Resolvers are not given a copy, so neither they nor those who have their answers may change
// what is decoded.
func TestResolversChangeNothingOfWhatTheyShare(t *testing.T) {
	shared := func(code string) []tax.Configuration {
		set, err := rates.World().(interface {
			Constant(tax.Key) ([]tax.Configuration, error)
		}).Constant(tax.Key{Country: code})
		require.NoError(t, err)
		return set
	}
	for _, code := range []string{"DE", "US", "CA", "ES", "FR", "BR"} {
		require.Same(t, &shared(code)[0], &shared(code)[0], code)
		for range 2 { // the second one finds nothing that the first one has compiled
			r, err := tax.NewResolver(rates.World(), nil)
			require.NoError(t, err)
			for _, c := range shared(code) {
				answers, err := r.Classes(ctx, tax.Lookup{Country: code, Region: c.Location.Region})
				if err != nil {
					require.ErrorIs(t, err, tax.ErrRegionRequired)
				}
				for _, a := range answers {
					e := a.Explain()
					visit(reflect.ValueOf(&e).Elem(), reflect.Value.SetZero)
					clear(a.Components())
				}
			}
			r.Close()
		}
		want, err := rates.Decode(code)
		require.NoError(t, err)
		require.True(t, reflect.DeepEqual(want, shared(code)), code)
	}
}

// visit calls do for all that can be reached in a value from outside of its package, the
// innermost first.
func visit(v reflect.Value, do func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), do)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			visit(v.Elem(), do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				visit(v.Field(i), do)
			}
		}
	}
	do(v)
}

// TestLaterAskersCostLittle counts the allocations of those who ask for a country that was
// decoded already.
func TestLaterAskersCostLittle(t *testing.T) {
	total := 0.0
	for _, code := range rates.Countries() {
		n := testing.AllocsPerRun(20, func() { _ = configurations(t, code) })
		assert.LessOrEqual(t, n, 8.0, code) // one for each kind of list
		total += n
	}
	assert.LessOrEqual(t, testing.AllocsPerRun(20, func() { _ = configurations(t, "DE") }), 6.0)
	assert.LessOrEqual(t, total/float64(len(rates.Countries())), 6.0)
	t.Logf("%.1f allocations for a country", total/float64(len(rates.Countries())))
}

// TestDecodedCountriesTakeLittleMemory decodes the whole world.
func TestDecodedCountriesTakeLittleMemory(t *testing.T) {
	if os.Getenv(decodeAll) != "" {
		held := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := held()
		for _, code := range rates.Countries() {
			_ = configurations(t, code)
		}
		fmt.Println("held", held()-before)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestDecodedCountriesTakeLittleMemory$")
	child.Env = append(os.Environ(), decodeAll+"=1")
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
	var bytes int
	_, err = fmt.Sscanf(string(out), "held %d", &bytes)
	require.NoError(t, err, string(out))
	t.Logf("%d bytes", bytes)
	assert.Less(t, bytes, 1<<20)
}

// decodeAll is an environment variable. It makes a copy of the test binary decode all
// countries and exit.
const decodeAll = "RATES_DECODE_ALL"

func TestWorldIsSafeForConcurrentUse(t *testing.T) {
	world := rates.World()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for _, country := range []string{"CA", "GH", "CA"} {
				c, err := world.Configurations(ctx, tax.Key{Country: country})
				assert.NoError(t, err)
				c[0].Classes[0].Rates[0].Evidence.Sources[0] = "changed"
			}
		})
	}
	wait.Wait()
}

func TestDocumentsAreInTheOrderThatIsPromised(t *testing.T) {
	for _, country := range rates.Countries() {
		documents := configurations(t, country)
		assert.Equal(t, tax.Location{Country: country}, documents[0].Location)
		assert.True(t, slices.IsSortedFunc(documents, func(a, b tax.Configuration) int {
			return strings.Compare(a.Location.Region, b.Location.Region)
		}), country)
		for _, c := range documents {
			assert.True(t, slices.IsSortedFunc(c.Classes, func(a, b tax.Class) int { return cmp.Compare(*a.Order, *b.Order) }), c.Location)
			for i, class := range c.Classes {
				assert.Equal(t, class.Code == "STANDARD", *class.Order == 0, "%s %s", c.Location, class.Code)
				assert.Equal(t, class.Code == "STANDARD", class.Default, "%s %s", c.Location, class.Code)
				if i > 0 {
					assert.NotEqual(t, *class.Order, *c.Classes[i-1].Order, "%s %s", c.Location, class.Code)
				}
			}
		}
	}
}

func TestEveryDocumentTellsItsVersionSourceAndDay(t *testing.T) {
	want := tax.Metadata{Version: 1, Source: "github.com/taxresolve/tax/rates", AsOf: tax.MustDate("2026-11-29")}
	assert.Equal(t, want.AsOf, rates.AsOf())
	everyDocument(t, func(c tax.Configuration) { assert.Equal(t, want, c.Metadata, c.Location) })
}

func TestEveryEntryHasEvidenceThatCanBeLookedUp(t *testing.T) {
	everyDocument(t, func(c tax.Configuration) {
		for _, class := range c.Classes {
			for _, r := range class.Rates {
				if r.Effect == tax.End && r.From.IsZero() {
					assert.Equal(t, tax.Unstated, r.Evidence.Status, "%s: no sources to compare", c.Location)
					continue
				}
				assert.NotEqual(t, tax.Unstated, r.Evidence.Status, "%s %s %s", c.Location, class.Code, r.From)
				assert.NotEmpty(t, r.Evidence.Sources, "%s %s %s", c.Location, class.Code, r.From)
				for _, id := range r.Evidence.Sources {
					ref, ok := rates.Source(id)
					assert.True(t, ok, "%s %s: source %s", c.Location, class.Code, id)
					assert.NotEmpty(t, ref.Name, id)
				}
			}
		}
	})
}

func TestUnknownSourceIsNotFound(t *testing.T) {
	for _, id := range []string{"", "none", "zzz", "KDE"} {
		ref, ok := rates.Source(id)
		assert.False(t, ok, id)
		assert.Zero(t, ref, id)
	}
}

func TestEveryNameIsInEnglishAtLeast(t *testing.T) {
	english := tax.MustPreferences("en")
	everyDocument(t, func(c tax.Configuration) {
		taxes := []tax.Tax{c.Tax}
		if c.Tax.Code == "" && (c.Location.Region != "" || c.Classes[0].Rates[0].Effect == tax.End) {
			taxes = nil
		}
		for _, class := range c.Classes {
			assert.NotEmpty(t, class.Name.In(english).Text, "%s %s", c.Location, class.Code)
			for _, r := range class.Rates {
				if r.Tax.Code != "" {
					taxes = append(taxes, r.Tax)
				}
				for _, part := range r.Components {
					assert.NotEmpty(t, part.Name.In(english).Text, "%s %s %s", c.Location, class.Code, part.Code)
				}
			}
		}
		for _, x := range taxes {
			assert.NotEmpty(t, x.Name.In(english).Text, "%s %s", c.Location, x.Code)
		}
	})
}

func TestTaxIsNamedInTheLanguageOfTheCountry(t *testing.T) {
	for _, c := range []struct{ country, region, language, want string }{
		{"AT", "", "de", "USt"}, {"LU", "", "de", "MwSt"}, {"LU", "", "fr", "TVA"}, {"MC", "", "fr", "TVA"}, {"LI", "", "de", "MWST"},
		{"GR", "", "el", "ΦΠΑ"}, {"CA", "", "fr", "TPS"}, {"CA", "QC", "fr", "TVQ"}, {"MX", "", "es", "IVA"}, {"US", "", "en", "sales tax"},
		{"ES", "CN", "es", "IGIC"}, {"JP", "", "ja", "消費税"}, {"XK", "", "en", "VAT"},
	} {
		documents := configurations(t, c.country)
		i := slices.IndexFunc(documents, func(d tax.Configuration) bool { return d.Location.Region == c.region })
		require.GreaterOrEqual(t, i, 0, "%s-%s", c.country, c.region)
		assert.Equal(t, c.want, documents[i].Tax.Name.In(tax.MustPreferences(c.language)).Text, "%s %s", documents[i].Location, c.language)
	}
}

func TestEveryTimeZoneLoads(t *testing.T) {
	everyDocument(t, func(c tax.Configuration) {
		if c.Location.Region == "" {
			assert.NotEmpty(t, c.TimeZone, c.Location)
		}
		_, err := time.LoadLocation(c.TimeZone)
		assert.NoError(t, err, c.Location)
	})
}

func TestEveryRegionAnswersByItsCodeAndItsAliases(t *testing.T) {
	r := newResolver(t, nil)
	everyDocument(t, func(c tax.Configuration) {
		for _, code := range append([]string{c.Location.Region}, c.RegionAliases...) {
			if code == "" && c.Regions == tax.RegionsRequired {
				continue
			}
			p, err := r.Place(ctx, tax.Lookup{Country: c.Location.Country, Region: strings.ToLower(code), Date: tax.MustDate("2026-11-21")})
			if assert.NoError(t, err, "%s %s", c.Location, code) {
				assert.Equal(t, c.Location, p.Location(), code)
				answer, err := p.Rate("")
				if c.Tax.Code == "" && c.Location.Region == "" {
					assert.ErrorIs(t, err, tax.ErrNoRate, "%s", c.Location)
					continue
				}
				if c.Exclusive && len(c.Classes) == 0 {
					// Outside the country's tax, and no other tax is known.
					assert.ErrorIs(t, err, tax.ErrNoDefaultClass, "%s %s", c.Location, code)
					continue
				}
				assert.NoError(t, err, "%s %s", c.Location, code)
				assert.Equal(t, "STANDARD", answer.Class())
			}
		}
	})
}

func TestOnlyPlacesOutsideTheCountrysSystemAreExclusive(t *testing.T) {
	var exclusive []string
	everyDocument(t, func(c tax.Configuration) {
		if c.Exclusive {
			exclusive = append(exclusive, c.Location.String())
		}
	})
	assert.Equal(t, []string{
		"DE-X-BUESINGEN", "DE-X-HELGOLAND", "ES-CE", "ES-CN", "ES-ML",
		"FR-971", "FR-972", "FR-973", "FR-974", "FR-976", "FR-BL", "FR-CP", "FR-MF",
		"GR-69", "IT-X-CAMPIONE", "IT-X-LIVIGNO",
		"TZ-06", "TZ-07", "TZ-10", "TZ-11", "TZ-15",
	}, exclusive)
}

func TestOtherCodesForARegionAreAliases(t *testing.T) {
	aliases := map[string]string{}
	everyDocument(t, func(c tax.Configuration) {
		for _, alias := range c.RegionAliases {
			aliases[c.Location.Country+"-"+alias] = c.Location.Region
		}
	})
	assert.Equal(t, map[string]string{
		"ES-GC": "CN", "ES-IC": "CN", "ES-TF": "CN", "FI-AX": "01", "FR-2A": "20R", "FR-2B": "20R", "FR-COR": "20R",
		"FR-GP": "971", "FR-MQ": "972", "FR-GF": "973", "FR-RE": "974", "FR-YT": "976",
	}, aliases)
}

func TestRegionIsRequiredWhereTheCountryHasNoAnswer(t *testing.T) {
	everyDocument(t, func(c tax.Configuration) {
		want := tax.RegionsOptional
		if slices.Contains([]string{"BQ", "BR", "CA", "US"}, c.Location.String()) {
			want = tax.RegionsRequired
		}
		assert.Equal(t, want, c.Regions, c.Location)
	})
}

func TestNothingRunsAtStart(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				assert.False(t, d.Recv == nil && d.Name.Name == "init", "%s has an init function", name)
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					for _, spec := range d.Specs {
						assert.Empty(t, spec.(*ast.ValueSpec).Values, "%s: variable with a value", name)
					}
				}
			}
		}
	}
}
