package tax

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// countryOf is a valid document of so many classes, each with so many aliases
// and dated entries, and with names.
func countryOf(classes, aliases, entries int) Configuration {
	c := Configuration{Location: Location{Country: "CA"}, TimeZone: "America/Toronto", Tax: Tax{Code: "GST"}, Metadata: Metadata{Version: 1}}
	for i := range classes {
		class := Class{Code: fmt.Sprint("CLASS_", i), Order: new(i), Default: i == 0,
			Name: MustLocalizedText(map[string]string{"en": fmt.Sprint("Class ", i), "fr": fmt.Sprint("Classe ", i)})}
		for j := range aliases {
			class.Aliases = append(class.Aliases, fmt.Sprintf("ALIAS_%d_%d", i, j))
		}
		for j := range entries {
			r := Rate{From: day("2021-01-01").AddDays(-100 * j), Percent: decimal.New(int64(100+10*i+j), -1)}
			if j == entries-1 {
				r.From = Date{}
			}
			class.Rates = append(class.Rates, r)
		}
		c.Classes = append(c.Classes, class)
	}
	return c
}

// provincesOf are regions that charge something on top of the first class.
func provincesOf(n int) (list []Configuration) {
	for i, code := range strings.Fields("AB BC MB NB NL NS NT NU ON PE QC SK YT")[:n] {
		list = append(list, Configuration{
			Location: Location{Country: "CA", Region: code}, Tax: Tax{Code: "PST"},
			PostalCodes: []PostalRange{{From: string(rune('A' + i)), To: string(rune('A' + i))}},
			Classes: []Class{{Code: "CLASS_0", Rates: []Rate{
				{Effect: Add, From: day("2013-01-01"), Percent: MustPercent("9.975")}, {Effect: Add, Percent: MustPercent("7")}}}},
		})
	}
	return list
}

func compileSettings(t testing.TB) (*settings, *civil.Clock) {
	t.Helper()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s, err := (&Options{Clock: func() time.Time { return now }}).settings()
	require.NoError(t, err)
	return s, civil.NewClock(s.Clock)
}

func TestCompilingACountryTakesAllocationsForItsParts(t *testing.T) {
	s, k := compileSettings(t)
	for _, entries := range []int{1, 4} {
		set := []Configuration{countryOf(5, 0, entries)}
		b := new(compiler)
		var c *sharedBody
		var report Report
		n := testing.AllocsPerRun(100, func() {
			c, report = b.compile("CA", s, k, set)
			require.True(t, b.clear())
		})
		// The body, its territory and its codes; the lines, the list of them, their
		// segments and their rates.
		assert.LessOrEqual(t, n, 7.0, "%d entries of each class", entries)
		assert.Empty(t, report)
		for _, l := range c.all {
			assert.Len(t, l.segments, entries)
		}
		// The pool forgets compilers now and then, under the race detector at
		// random.
		for range 100 {
			n = min(n, testing.AllocsPerRun(1, func() { c, report = compile("CA", s, k, set) }))
		}
		assert.LessOrEqual(t, n, 7.0, "by the pool")
		assert.Zero(t, testing.AllocsPerRun(100, func() { report = set[0].Validate() }), "validation alone")
		assert.Empty(t, report)
	}
}

func TestNamesOfPlacesTakeNoAllocations(t *testing.T) {
	s, k := compileSettings(t)
	set := append([]Configuration{countryOf(5, 0, 1)}, provincesOf(13)...)
	allocations := func() float64 {
		b := new(compiler)
		return testing.AllocsPerRun(20, func() { b.compile("CA", s, k, set); b.clear() })
	}
	without := allocations()
	for i := range set {
		set[i].Name = MustLocalizedText(map[string]string{"en": "Place " + set[i].Location.Region, "fr": "Lieu " + set[i].Location.Region})
	}
	assert.LessOrEqual(t, allocations(), without, "their texts are those of the documents")
	set = set[:1]
	assert.LessOrEqual(t, allocations(), 7.0)
}

func TestCompilingRegionsTakesAllocationsForWhatIsNew(t *testing.T) {
	s, k := compileSettings(t)
	var c *sharedBody
	compiled := func(regions int) float64 {
		set := append([]Configuration{countryOf(5, 0, 4)}, provincesOf(regions)...)
		b := new(compiler)
		return testing.AllocsPerRun(20, func() {
			c, _ = b.compile("CA", s, k, set)
			b.clear()
		})
	}
	one, all := compiled(1), compiled(13)
	assert.LessOrEqual(t, one, 23.0, "the table of the regions is made in the memory of the compiler, and copied")
	rates := map[*effective]bool{}
	for _, l := range c.all {
		for i := range l.segments {
			if r := l.segments[i].rate; r != nil && r.over != nil {
				rates[r] = true
			}
		}
	}
	require.GreaterOrEqual(t, len(rates), 13*4)
	assert.LessOrEqual(t, all-one, 2.0*float64(len(rates)), "the number and its digits of every sum, nothing for what is inherited")
}

// Regions have the lines of their parent, and each territory finds its own.
func TestCompilingRegionsSharesWhatIsInherited(t *testing.T) {
	s, k := compileSettings(t)
	c, report := compile("CA", s, k, append([]Configuration{countryOf(5, 0, 4)}, provincesOf(13)...))
	require.Empty(t, report)
	require.Len(t, c.all, 14*5)
	different := map[*line]bool{}
	for n, l := range c.all {
		different[l] = true
		require.EqualValues(t, n/5, c.territoryOf(int32(n)))
	}
	assert.Len(t, different, 5+13)
}

// Every body has the room it needs: all codes are found, and lead to their
// class.
func TestBodiesOfEverySize(t *testing.T) {
	s, k := compileSettings(t)
	for classes := range 12 {
		for aliases := range 4 {
			country := countryOf(classes, aliases, 2)
			c, report := compile("CA", s, k, []Configuration{country})
			require.Empty(t, report)
			require.Len(t, c.territories, 1)
			require.Len(t, c.all, classes)
			require.Nil(t, c.quick.Find("CLASS"))
			for i, class := range country.Classes {
				for j, code := range append([]string{class.Code}, class.Aliases...) {
					slot := c.quick.Find(code)
					require.NotNil(t, slot, code)
					require.EqualValues(t, i, slot.Line)
					require.Equal(t, j > 0, slot.Alias)
					require.Equal(t, j == 0, slot.In(codetable.Lines(0).With(i)))
					last := c.all[slot.Line].on(day("9999-12-31"))
					require.Equal(t, class.Rates[0].From, last.from)
					require.True(t, class.Rates[0].Percent.Equal(last.rate.percent))
					require.Equal(t, []int32{0}, last.rate.documents())
				}
			}
		}
	}
}

func TestNoCodeOfACountryWithoutRegionsLiesInTwoCacheLines(t *testing.T) {
	if reflect.TypeFor[uintptr]().Size() != 8 {
		t.Skip("the size of a slot is a power of two where words have 8 bytes")
	}
	s, k := compileSettings(t)
	for classes := 1; classes <= 8; classes++ {
		c, _ := compile("CA", s, k, []Configuration{countryOf(classes, 0, 1)})
		assert.Zero(t, reflect.ValueOf(c.quick).FieldByName("first").Pointer()%reflect.TypeFor[codetable.Slot]().Size(), "%d classes", classes)
	}
}

// The memory that a compiler keeps for the next country must not refer to the last one.
func TestACompilerForgetsWhatItCompiled(t *testing.T) {
	s, k := compileSettings(t)
	broken := append([]Configuration{countryOf(5, 2, 4)}, provincesOf(13)...)
	broken[3].Classes = append(broken[3].Classes, Class{Code: "CLASS_9", Rates: []Rate{{Effect: Inherit}}})
	broken = append(broken, broken[4], Configuration{Location: Location{Country: "CA", Region: "QC"}, RegionAliases: []string{"ON"}})
	misplaced := append([]Configuration{countryOf(1, 0, 1)}, Configuration{Location: Location{Country: "DE"}})
	for _, set := range [][]Configuration{append([]Configuration{countryOf(5, 2, 4)}, provincesOf(13)...), broken, misplaced, provincesOf(2)} {
		b := new(compiler)
		b.compile("CA", s, k, set)
		require.NotEmpty(t, b.documents)
		require.True(t, b.clear())
		forgotten(t, "compiler", reflect.ValueOf(b).Elem())
		require.Positive(t, cap(b.documents))
	}
	many := new(compiler)
	many.compile("CA", s, k, []Configuration{countryOf(1, 0, maxScratch+1)})
	assert.False(t, many.clear(), "nobody needs that much room again")
}

// forgotten reports what in a value is not zero: of slices, what is behind
// their end as well, unless it has no pointers.
func forgotten(t *testing.T, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			forgotten(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		assert.Zero(t, v.Len(), path)
		switch v.Type().Elem() {
		case reflect.TypeFor[span](), reflect.TypeFor[codetable.Slot](), reflect.TypeFor[postal.Span]():
			return
		}
		for i, all := 0, v.Slice(0, v.Cap()); i < all.Len(); i++ {
			assert.True(t, all.Index(i).IsZero(), "%s[%d]", path, i)
		}
	default:
		assert.True(t, v.IsZero(), path)
	}
}

func TestCountriesAreCompiledSideBySide(t *testing.T) {
	s, k := compileSettings(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				classes, regions := 1+(g+i)%9, (g*i)%5
				set := append([]Configuration{countryOf(classes, 1, 2)}, provincesOf(regions)...)
				c, report := compile("CA", s, k, set)
				assert.Empty(t, report)
				for n := range c.territories {
					assert.EqualValues(t, classes, c.territories[n].count)
					slot := c.territories[n].codes.Find("CLASS_0")
					want := "10"
					if n > 0 {
						want = "19.975"
					}
					assert.Equal(t, want, exact.Format(exact.Trim(c.all[c.territories[n].first+slot.Line].on(day("2026-11-21")).rate.percent)))
				}
			}
		})
	}
	wg.Wait()
}

// Few codes are compared one by one, many are found in a map: what is said
// about those that come twice is the same.
func TestCodesThatComeTwiceAreFoundAmongFewAndMany(t *testing.T) {
	for _, more := range []int{0, fewCodes} {
		c := countryOf(4+more, 2, 1)
		c.Classes[1].Code = "ALIAS_0_1"
		c.Classes[2].Aliases[0] = "CLASS_0"
		c.Classes[2].Aliases[1] = "CLASS_2"
		c.Classes[3].Aliases[1] = "ALIAS_3_0"
		c.Classes[3].Code = "CLASS_0"
		var got []string
		for _, f := range c.Validate().Errors {
			got = append(got, f.Path+": "+strings.TrimSuffix(f.Message, ": codes and aliases are unique in a configuration"))
		}
		assert.Equal(t, []string{
			"classes[1].code: ALIAS_0_1 is already classes[0].aliases[1]",
			"classes[2].aliases[0]: CLASS_0 is already classes[0].code",
			"classes[2].aliases[1]: CLASS_2 is already classes[2].code",
			"classes[3].code: CLASS_0 is already classes[0].code",
			"classes[3].aliases[1]: ALIAS_3_0 is already classes[3].aliases[0]",
		}, got)

		region := Configuration{Location: Location{"CA", "QC"}, RegionAliases: []string{"PQ", "QC", "PQ"}}
		for i := range more {
			region.RegionAliases = append(region.RegionAliases, fmt.Sprint("X-", i))
		}
		got = nil
		for _, f := range region.Validate().Errors {
			got = append(got, f.Path+": "+f.Message)
		}
		assert.Equal(t, []string{"regionAliases[1]: given twice", "regionAliases[2]: given twice"}, got)
	}
}

func TestTooManyDatedRatesAreAFaultOfTheCountry(t *testing.T) {
	country := countryOf(2, 0, 1)
	entries := maxIndex/15 + 1
	for i := range entries {
		country.Classes[0].Rates = append(country.Classes[0].Rates, Rate{From: day("2900-01-01").AddDays(-i), Percent: MustPercent("5")})
	}
	country.Classes[0].Rates = country.Classes[0].Rates[1:]
	set := []Configuration{country}
	for i := range 16 {
		set = append(set, Configuration{Location: Location{Country: "CA", Region: "X-" + string(rune('A'+i))},
			Classes: []Class{{Code: "OWN", Rates: []Rate{{Percent: MustPercent("5")}}}}})
	}
	assert.Empty(t, ValidateCountry(set[:14]).Errors)
	only(t, ValidateCountry(set).Errors, Location{Country: "CA"}, "", "more than a million dated rates")

	s, k := compileSettings(t)
	c, _ := compile("CA", s, k, set)
	require.NotNil(t, c.broken)
	assert.Empty(t, c.all)
	assert.Nil(t, c.quick.Find("CLASS_0"))
}

// BenchmarkCompileCountry compiles one document, in the same run as the inserts
// into a map that are the unit of it.
func BenchmarkCompileCountry(b *testing.B) {
	s, k := compileSettings(b)
	for _, c := range []struct {
		name string
		set  []Configuration
	}{
		{"1 entry", []Configuration{countryOf(5, 0, 1)}},
		{"4 entries", []Configuration{countryOf(5, 0, 4)}},
		{"13 regions", append([]Configuration{countryOf(5, 0, 4)}, provincesOf(13)...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, report := compile("CA", s, k, c.set); len(report.Errors) > 0 {
					b.Fatal(report)
				}
			}
		})
	}
	b.Run("60 map inserts", func(b *testing.B) {
		type question struct{ country, class string }
		var list [60]question
		countries := iso.Countries()
		for i := range list {
			list[i] = question{countries[i], fmt.Sprint("CLASS_", i%5)}
		}
		b.ReportAllocs()
		for b.Loop() {
			m := map[question]decimal.Decimal{}
			for _, q := range list {
				m[q] = decimal.Decimal{}
			}
		}
	})
}
