package rates_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
)

const (
	coldBytes   = 2 << 20   // allocated by opening and the first answer, at most
	binaryBytes = 176 << 10 // added to a program, at most, without the names of regions
	namesBytes  = 80 << 10  // of these names, at most
)

// plainDocument is a document in a form that encoding/json reads by itself. The
// packed form is measured against it.
type plainDocument struct {
	Country, Region   string
	Name              map[string]string `json:",omitempty"`
	PostalCodes       []tax.PostalRange `json:",omitempty"`
	Shared            []tax.PostalRange `json:",omitempty"`
	Elsewhere         []plainReferral   `json:",omitempty"`
	LocalTaxesMissing bool              `json:",omitempty"`
	Aliases           []string          `json:",omitempty"`
	Rule              uint8             `json:",omitempty"`
	Exclusive         bool              `json:",omitempty"`
	Tax               plainTax
	TimeZone, Version string       `json:",omitempty"`
	Classes           []plainClass `json:",omitempty"`
}

type plainReferral struct {
	Country, Region string
	Regions         []string
	PostalCodes     []tax.PostalRange
}

type plainTax struct {
	Code string            `json:",omitempty"`
	Name map[string]string `json:",omitempty"`
}

type plainClass struct {
	Code    string
	Name    map[string]string
	Order   int
	Default bool `json:",omitempty"`
	Rates   []plainRate
}

type plainRate struct {
	From, Percent     string    `json:",omitempty"`
	Effect, Treatment uint8     `json:",omitempty"`
	OfGross           bool      `json:",omitempty"`
	Tax               *plainTax `json:",omitempty"`
	Status            uint8
	Sources           []string
	Components        []plainPart `json:",omitempty"`
}

type plainPart struct {
	Code, Percent string
	Name          map[string]string
	Compound      bool `json:",omitempty"`
}

// plainWorld returns all data as JSON, by country.
func plainWorld(t testing.TB) map[string][]byte {
	t.Helper()
	text := func(l tax.LocalizedText) map[string]string {
		m := map[string]string{}
		for _, x := range l.All() {
			m[x.Language] = x.Text
		}
		return m
	}
	world := map[string][]byte{}
	documents := map[string][]plainDocument{}
	everyDocument(t, func(c tax.Configuration) {
		d := plainDocument{
			Country: c.Location.Country, Region: c.Location.Region, Name: text(c.Name), PostalCodes: c.PostalCodes, Aliases: c.RegionAliases,
			Shared: c.SharedPostalCodes, LocalTaxesMissing: c.LocalTaxesMissing,
			Rule: uint8(c.Regions), Exclusive: c.Exclusive, Tax: plainTax{c.Tax.Code, text(c.Tax.Name)}, TimeZone: c.TimeZone,
		}
		for _, r := range c.Elsewhere {
			d.Elsewhere = append(d.Elsewhere, plainReferral{r.Location.Country, r.Location.Region, r.Regions, r.PostalCodes})
		}
		for _, class := range c.Classes {
			p := plainClass{Code: class.Code, Name: text(class.Name), Order: *class.Order, Default: class.Default}
			for _, r := range class.Rates {
				rate := plainRate{
					From: r.From.String(), Percent: r.Percent.String(), Effect: uint8(r.Effect), Treatment: uint8(r.Treatment),
					OfGross: r.OfGross, Status: uint8(r.Evidence.Status), Sources: r.Evidence.Sources,
				}
				if r.Tax.Code != "" {
					rate.Tax = &plainTax{r.Tax.Code, text(r.Tax.Name)}
				}
				for _, part := range r.Components {
					rate.Components = append(rate.Components, plainPart{part.Code, part.Percent.String(), text(part.Name), part.Compound})
				}
				p.Rates = append(p.Rates, rate)
			}
			d.Classes = append(d.Classes, p)
		}
		documents[c.Location.Country] = append(documents[c.Location.Country], d)
	})
	for country, list := range documents {
		encoded, err := json.Marshal(list)
		require.NoError(t, err)
		world[country] = encoded
	}
	return world
}

// whole joins the countries into one file, as an embedded JSON file would have
// them.
func whole(t testing.TB, world map[string][]byte) []byte {
	t.Helper()
	raw := map[string]json.RawMessage{}
	for country, encoded := range world {
		raw[country] = encoded
	}
	encoded, err := json.Marshal(raw)
	require.NoError(t, err)
	return encoded
}

// heaviest returns the country whose decoding allocates the most bytes.
func heaviest(t testing.TB) (country string, bytes uint64) {
	t.Helper()
	for _, c := range rates.Countries() {
		if n := allocated(t, func() { _, _ = rates.Decode(c) }); n > bytes {
			country, bytes = c, n
		}
	}
	return country, bytes
}

// allocated returns the number of bytes that f allocates. It takes the least of
// a few runs, to exclude other goroutines of the test binary.
func allocated(t testing.TB, f func()) uint64 {
	t.Helper()
	least := ^uint64(0)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

func TestOpeningAndTheHeaviestCountryStayInTheBudget(t *testing.T) {
	country, bytes := heaviest(t)
	assert.Less(t, bytes, uint64(coldBytes), country)

	world := plainWorld(t)
	var list []plainDocument
	one := allocated(t, func() { list = nil; require.NoError(t, json.Unmarshal(world[country], &list)) })
	var all map[string][]plainDocument
	encoded := whole(t, world)
	everything := allocated(t, func() { all = nil; require.NoError(t, json.Unmarshal(encoded, &all)) })
	assert.Less(t, bytes, one, "encoding/json decodes %s with fewer bytes", country)
	assert.Less(t, 10*bytes, everything, "encoding/json decodes all data with less than ten times as many bytes")

	first := uint64(0)
	for _, c := range rates.Countries() {
		first = max(first, allocated(t, func() {
			r, err := tax.NewResolver(rates.World(), nil)
			require.NoError(t, err)
			defer r.Close()
			if _, err = r.Resolve(ctx, c, ""); err != nil && !errors.Is(err, tax.ErrNoRate) {
				require.ErrorIs(t, err, tax.ErrRegionRequired, c)
			}
		}))
	}
	assert.Less(t, first, uint64(coldBytes), "first answer of a new resolver")
	t.Logf("%s: packed %d bytes, encoding/json %d; whole world as JSON %d; first answer of a new resolver at most %d", country, bytes, one, everything, first)
}

// TestFirstAnswerIsFasterThanDecodingTheDataAsJSON compares times within one
// run: a first answer must take less than half the time of decoding all data
// from JSON.
func TestFirstAnswerIsFasterThanDecodingTheDataAsJSON(t *testing.T) {
	country, _ := heaviest(t)
	encoded := whole(t, plainWorld(t))
	first := taxtest.Fastest(10, func() {
		r, err := tax.NewResolver(rates.World(), nil)
		require.NoError(t, err)
		defer r.Close()
		if _, err = r.Resolve(ctx, country, ""); err != nil {
			require.ErrorIs(t, err, tax.ErrRegionRequired, country)
		}
	})
	plain := taxtest.Fastest(10, func() {
		var all map[string][]plainDocument
		require.NoError(t, json.Unmarshal(encoded, &all))
	})
	t.Logf("first answer in %s: %s; the world's data by encoding/json: %s", country, first, plain)
	assert.Less(t, first, plain/2)
}

func TestOpeningAllocatesNothingOfTheSizeOfTheData(t *testing.T) {
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { rates.AsOf() }), 0.0)
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { rates.World() }), 1.0)
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { rates.Source("kde") }), 0.0)
}

func TestDataIsSmall(t *testing.T) {
	info, err := os.Stat("world.bin")
	require.NoError(t, err)
	assert.Less(t, info.Size()-nameBytes(t), int64(binaryBytes))
	assert.Less(t, nameBytes(t), int64(namesBytes))
}

// nameBytes returns what the names of regions take in the packed form, at least: each text
// once, with its end in the table of strings, and its language and two numbers wherever it
// is used.
func nameBytes(t *testing.T) (n int64) {
	seen := map[string]bool{}
	for _, row := range table(t, "regionnames.csv") {
		n += 3
		if !seen[row[3]] {
			seen[row[3]] = true
			n += int64(len(row[3])) + 4
		}
	}
	return n
}

// The test builds a program that uses the package and one that does not, and
// compares their sizes.
func TestPackageAddsLittleToAProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	dir := t.TempDir()
	size := func(name, imports, source string) int64 {
		file := filepath.Join(dir, name+".go")
		require.NoError(t, os.WriteFile(file, []byte("package main\n\nimport (\n\t\"context\"\n\t\"github.com/taxresolve/tax\"\n"+imports+")\n\n"+
			"func main() {\n\tr, _ := tax.NewResolver("+source+", nil)\n\ta, err := r.Resolve(context.Background(), \"DE\", \"\")\n\tprintln(a.Class(), err == nil)\n}\n"), 0o600))
		out := filepath.Join(dir, name)
		output, err := exec.Command("go", "build", "-o", out, file).CombinedOutput()
		require.NoError(t, err, string(output))
		info, err := os.Stat(out)
		require.NoError(t, err)
		return info.Size()
	}
	without := size("without", "", "tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, nil })")
	with := size("with", "\t\"github.com/taxresolve/tax/rates\"\n", "rates.World()")
	assert.Less(t, with-without-nameBytes(t), int64(binaryBytes))
	assert.Positive(t, with-without)
	t.Logf("%d bytes added, of them %d of names", with-without, nameBytes(t))
}

func BenchmarkColdWorld(b *testing.B) {
	country, _ := heaviest(b)
	for _, c := range slices.Compact([]string{"DE", country}) {
		b.Run(c, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rates.Decode(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLaterWorld asks for a country that was decoded before.
func BenchmarkLaterWorld(b *testing.B) {
	country, _ := heaviest(b)
	for _, c := range []string{"DE", country} {
		b.Run(c, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				configurations(b, c)
			}
		})
	}
}

func BenchmarkEncodingJSON(b *testing.B) {
	world := plainWorld(b)
	country, _ := heaviest(b)
	encoded := whole(b, world)
	for _, c := range []string{"DE", country} {
		b.Run(c, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var list []plainDocument
				if err := json.Unmarshal(world[c], &list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("world", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var all map[string][]plainDocument
			if err := json.Unmarshal(encoded, &all); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkColdResolve(b *testing.B) {
	country, _ := heaviest(b)
	for _, c := range []string{"DE", country} {
		b.Run(c, func(b *testing.B) {
			documents := configurations(b, c)
			region := documents[len(documents)-1].Location.Region
			b.ReportAllocs()
			for b.Loop() {
				r, err := tax.NewResolver(rates.World(), nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.Lookup(ctx, tax.Lookup{Country: c, Region: region}); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
