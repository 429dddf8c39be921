package regions_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/testfile"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/regions"
)

func ExampleNamed() {
	r, err := tax.NewResolver(rates.World(), &tax.Options{RegionsNamed: regions.Named})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, l := range []tax.Lookup{
		{Country: "DE", Region: "Bayern", Date: tax.MustDate("2026-11-21")},
		{Country: "JP", Region: "東京都", Date: tax.MustDate("2026-11-21")},
		{Country: "IN", Region: "Karnataka", Date: tax.MustDate("2026-11-21")},
		{Country: "IN", Region: "Karnatka", Date: tax.MustDate("2026-11-21")},
	} {
		a, err := r.Lookup(context.Background(), l)
		if err != nil {
			fmt.Println(err)
			continue
		}
		e := a.Explain()
		codes, _ := regions.Named(l.Country, l.Region)
		fmt.Println(codes, e.Territory, e.Percent, e.Steps[0], e.Input.Region)
	}
	// Output:
	// [BY] DE 19 region name Bayern
	// [13] JP 10 region name 東京都
	// [KA] IN 18 region name Karnataka
	// tax: unknown region: country "IN" region "Karnatka" on 2026-11-21: did you mean "KA"? pass the code or name of a region that has a configuration, or leave the region out if the address is in none of them
}

func TestNamesAreFoundAsPeopleWriteThem(t *testing.T) {
	lines, countries := 0, map[string]bool{}
	for number, line := range testfile.Lines(t, "testdata/names.txt") {
		asked, want, ok := strings.Cut(line, " -> ")
		country, name, both := strings.Cut(asked, " | ")
		require.True(t, ok && both, "line %d", number)
		lines++
		countries[country] = true
		codes, similar := regions.Named(country, name)
		got := cmp.Or(strings.Join(codes, " "), "-")
		if similar {
			got = "near " + got
		}
		assert.Equal(t, want, got, "line %d: %s", number, asked)
	}
	assert.Greater(t, lines, 90)
	assert.Greater(t, len(countries), 40)
}

func TestOtherTextIsNoName(t *testing.T) {
	for _, name := range []string{"", " ", "-", "Bay\xffern", "Bay\x00ern", strings.Repeat("Bayern", 1<<16)} {
		codes, similar := regions.Named("DE", name)
		assert.Empty(t, codes, "%.20q", name)
		assert.False(t, similar, "%.20q", name)
	}
	for _, country := range []string{"", "D", "de", "DEU", "\x00\x00", "ZZ", "DE "} {
		codes, similar := regions.Named(country, "Bayern")
		assert.Empty(t, codes, country)
		assert.False(t, similar, country)
	}
}

// The names of regions in the rates take 13 KB, so that both stay below 80 KB.
const binaryBytes = 67 << 10 // added to a program, at most

// The test builds a program that uses the package and one that does not, and compares their
// sizes.
func TestPackageAddsLittleToAProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	dir := t.TempDir()
	size := func(name, imports, options string) int64 {
		file := filepath.Join(dir, name+".go")
		require.NoError(t, os.WriteFile(file, []byte("package main\n\nimport (\n\t\"context\"\n\t\"github.com/taxresolve/tax\"\n"+imports+")\n\n"+
			"func main() {\n\tr, _ := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, nil }), "+options+")\n"+
			"\ta, err := r.Resolve(context.Background(), \"DE\", \"\")\n\tprintln(a.Class(), err == nil)\n}\n"), 0o600))
		out := filepath.Join(dir, name)
		output, err := exec.Command("go", "build", "-o", out, file).CombinedOutput()
		require.NoError(t, err, string(output))
		info, err := os.Stat(out)
		require.NoError(t, err)
		return info.Size()
	}
	without := size("without", "", "nil")
	with := size("with", "\t\"github.com/taxresolve/tax/regions\"\n", "&tax.Options{RegionsNamed: regions.Named}")
	assert.Less(t, with-without, int64(binaryBytes))
	assert.Positive(t, with-without)
	t.Logf("%d bytes added", with-without)
}
