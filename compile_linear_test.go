package tax

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allocated returns the bytes that a function allocates, which are counted, not measured.
func allocated(run func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

func numbered(n int, prefix string) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%s%d", prefix, i))
	}
	return list
}

func inManyLanguages(n int, private string) LocalizedText {
	byTag := map[string]string{"en": "text"}
	for i := range n {
		byTag[fmt.Sprintf("en-x-%s%d", private, i)] = "t"
	}
	return MustLocalizedText(byTag)
}

func onDays(n int, entry Rate) (list []Rate) {
	for i := range n {
		entry.From = day("2900-01-01").AddDays(-i)
		list = append(list, entry)
	}
	return list
}

func canada(classes ...Class) Configuration {
	return Configuration{Location: Location{Country: "CA"}, TimeZone: "UTC", Tax: Tax{Code: "GST"}, Classes: classes}
}

func quebec(classes ...Class) Configuration {
	return Configuration{Location: Location{"CA", "QC"}, Classes: classes}
}

func charged(percent string) []Rate { return []Rate{{Percent: MustPercent(percent)}} }

// Documents of twice the size take twice the memory to validate and to compile, also
// those that are written to take more.
func TestValidatingACountryTakesMemoryInProportion(t *testing.T) {
	for name, documents := range map[string]func(n int) []Configuration{
		"classes and entries": func(n int) []Configuration {
			return append([]Configuration{countryOf(n/4, 2, 4)}, provincesOf(5)...)
		},
		"aliases of both": func(n int) []Configuration {
			return []Configuration{
				canada(Class{Code: "S", Aliases: numbered(n, "a"), Rates: charged("5")}),
				quebec(Class{Code: "S", Aliases: numbered(n, "b"), Rates: charged("5")}),
			}
		},
		"sources below many entries": func(n int) []Configuration {
			return []Configuration{
				canada(Class{Code: "S", Rates: []Rate{{Percent: MustPercent("5"), Evidence: Evidence{Sources: numbered(n, "s")}}}}),
				quebec(Class{Code: "S", Rates: onDays(n, Rate{Effect: Add, Percent: MustPercent("5"), Evidence: Evidence{Sources: []string{"z"}}})}),
			}
		},
		"a long name below many entries": func(n int) []Configuration {
			country := canada(Class{Code: "S", Rates: charged("5")})
			country.Tax.Name = MustLocalizedText(map[string]string{"en": strings.Repeat("x", 8*n)})
			region := quebec(Class{Code: "S", Rates: onDays(n, Rate{Effect: Add, Percent: MustPercent("5")})})
			names := [2]LocalizedText{english("one"), english("two")}
			for i := range region.Classes[0].Rates {
				region.Classes[0].Rates[i].Tax = Tax{"PST", names[i%2]}
			}
			return []Configuration{country, region}
		},
		"names in many languages": func(n int) []Configuration {
			country := canada(Class{Code: "S", Rates: charged("5")})
			country.Tax.Name = inManyLanguages(n, "a")
			region := quebec(Class{Code: "S", Rates: onDays(n, Rate{Effect: Add, Percent: MustPercent("5")})})
			for i := range region.Classes[0].Rates {
				region.Classes[0].Rates[i].Tax = Tax{"QST", english(fmt.Sprint("name ", i))}
			}
			return []Configuration{country, region}
		},
		"many documents for one location": func(n int) []Configuration {
			set := []Configuration{canada()}
			for i := range n / 4 {
				c := quebec()
				c.RegionAliases = []string{fmt.Sprint("X-", i)}
				c.PostalCodes = []PostalRange{{From: fmt.Sprintf("%05d", i)}}
				set = append(set, c)
			}
			return set
		},
		"postal codes that overlap": func(n int) []Configuration {
			region := quebec()
			for i := range n {
				region.PostalCodes = append(region.PostalCodes, PostalRange{fmt.Sprintf("%05d", i), fmt.Sprintf("%05d", i+n)})
			}
			return []Configuration{canada(), region}
		},
		"region aliases that two claim": func(n int) []Configuration {
			region, other := quebec(), quebec()
			other.Location.Region = "ON"
			region.RegionAliases, other.RegionAliases = numbered(n, "X-"), numbered(n, "X-")
			return []Configuration{canada(), region, other}
		},
		"a class given many times": func(n int) []Configuration {
			c := canada()
			for range n {
				c.Classes = append(c.Classes, Class{Code: "S", Rates: charged("5")})
			}
			return []Configuration{c}
		},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 512
			s, k := compileSettings(t)
			taken := func(n int) int64 {
				set := documents(n)
				new(compiler).compile("CA", s, k, set) // what is made once
				return allocated(func() { new(compiler).compile("CA", s, k, set) })
			}
			a, b := taken(n), taken(2*n)
			t.Logf("%d bytes, then %d", a, b)
			assert.Less(t, b, 3*a, "slices and maps grow in steps")
		})
	}
}

func english(text string) LocalizedText {
	return MustLocalizedText(map[string]string{"en": text})
}

// Lists that no loop over both could ever compare.
func TestLongListsAreJoined(t *testing.T) {
	const n = 1 << 17
	a, b := numbered(n, "a"), numbered(n, "b")
	joined := union(a, append(b, a...))
	require.Len(t, joined, 2*n)
	assert.Equal(t, a[n-1], joined[n-1])
	assert.Equal(t, b[0], joined[n])
	assert.Len(t, a, n)
	same := union(a, a[:100])
	assert.Same(t, &a[0], &same[0], "nothing is copied where nothing is new")
	require.Len(t, same, n)
}

// A country whose parts multiply is refused before it takes memory.
func TestACountryThatMultipliesIsRefusedEarly(t *testing.T) {
	regions := func(n int, classes ...Class) (set []Configuration) {
		for i := range n {
			set = append(set, Configuration{Location: Location{"CA", fmt.Sprint("X-", i)}, Classes: classes})
		}
		return set
	}
	var thousand []Class
	for i := range 1024 {
		thousand = append(thousand, Class{Code: fmt.Sprint("C", i), Rates: charged("5")})
	}
	with := func(country Configuration, set []Configuration) []Configuration { return append(set, country) }
	own := func(n int) (list []Class) {
		for i := range n {
			list = append(list, Class{Code: fmt.Sprint("OWN", i), Rates: charged("5")})
		}
		return list
	}
	named := canada(Class{Code: "S", Rates: charged("5")})
	named.Tax.Name = english(strings.Repeat("x", 1<<18))
	entries := onDays(100, Rate{Effect: Add, Percent: MustPercent("5")})
	for i := range entries {
		entries[i].Tax = Tax{"PST", english(fmt.Sprint(i))}
	}
	for name, c := range map[string]struct {
		set     []Configuration
		message string
		most    int64 // MiB
	}{
		"classes times regions":            {with(canada(thousand...), regions(256)), "262,144 codes", 1},
		"classes times regions with their": {with(canada(thousand[:256]...), regions(600, own(300)...)), "262,144 codes", 320},
		"entries times regions": {with(canada(Class{Code: "S", Rates: onDays(2048, Rate{Percent: MustPercent("5")})}),
			regions(600, Class{Code: "S", Rates: []Rate{{Effect: Add, Percent: MustPercent("1")}}})), "131,072 rates", 220},
		"entries times regions, inherited": {with(canada(Class{Code: "S", Rates: onDays(2048, Rate{Percent: MustPercent("5")})}), regions(600)),
			"a million dated rates", 100},
		"a name times entries": {with(named, regions(1, Class{Code: "S", Rates: entries})), "16 MiB", 40},
	} {
		t.Run(name, func(t *testing.T) {
			var report Report
			bytes := allocated(func() { report = ValidateCountry(c.set) })
			only(t, report.Errors, Location{Country: "CA"}, "", c.message)
			t.Logf("%d KiB", bytes>>10)
			assert.Less(t, bytes, c.most<<20)
		})
	}
	var b compiler
	b.bound(maxCodes, maxCodes, "reached")
	assert.Empty(t, b.excess)
	b.bound(maxCodes+1, maxCodes, "passed")
	assert.Equal(t, "passed", b.excess)
}

func TestPatchingTakesMemoryInProportion(t *testing.T) {
	patched := func(n int) int64 {
		var text strings.Builder
		text.WriteString(`{"metadata":{"version":0},"taxClasses":{`)
		doc := Configuration{Location: Location{Country: "FR"}, TimeZone: "Europe/Paris"}
		for i := range n {
			fmt.Fprintf(&text, `"C%d":null,"N%d":{"rate":1},`, i, i)
			doc.Classes = append(doc.Classes, Class{Code: fmt.Sprint("C", i), Rates: []Rate{{Percent: decimal.New(5, 0)}}})
		}
		patch, err := ReadPatch(strings.NewReader(strings.TrimSuffix(text.String(), ",")+"}}"), &Limits{Classes: 4 * n})
		require.NoError(t, err)
		return allocated(func() {
			c, err := patch.Apply(doc)
			require.NoError(t, err)
			require.Len(t, c.Classes, n)
			require.Equal(t, "N0", c.Classes[0].Code)
		})
	}
	a, b := patched(500), patched(1000)
	assert.Less(t, b, 3*a)
}
