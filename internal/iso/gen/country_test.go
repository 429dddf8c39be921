package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMalformedInputIsRefused(t *testing.T) {
	valid := map[string]string{
		"countries.csv": "alpha2,alpha3,numeric\nAA,AAA,001\nBB,BBB,002\n",
		"regions.csv":   "country,region,parent\nAA,1,2\nAA,2,\nBB,R,\n",
		"extra.csv": "kind,code,alpha3,country,region,reason,advice\ncountry,CC,CCC,,,why,\n" +
			"alias,DD,,AA,,why,\nalias,EE,,AA,2,why,\nrefuse,FF,,,,why,what\n",
	}
	_, err := loadInput(write(t, valid))
	require.NoError(t, err)

	for name, c := range map[string]struct{ file, row, message string }{
		"too few columns":               {"countries.csv", "CC,CCC\n", "fields"},
		"lower case":                    {"countries.csv", "cc,CCC,003\n", "upper-case"},
		"alpha-3 of two letters":        {"countries.csv", "CC,CC,003\n", "upper-case"},
		"numeric not three digits":      {"countries.csv", "CC,CCC,3\n", "three digits"},
		"duplicate alpha-2":             {"countries.csv", "AA,CCC,003\n", "duplicate of AA"},
		"duplicate alpha-3":             {"countries.csv", "CC,AAA,003\n", "duplicate of AA"},
		"duplicate numeric":             {"countries.csv", "CC,CCC,001\n", "duplicate of AA"},
		"region of unknown country":     {"regions.csv", "ZZ,1,\n", "unknown country"},
		"region too long":               {"regions.csv", "AA,1234,\n", "one to three"},
		"region empty":                  {"regions.csv", "AA,,\n", "one to three"},
		"region with a space":           {"regions.csv", "AA,3 ,\n", "one to three"},
		"duplicate region":              {"regions.csv", "AA,1,\n", "duplicate region"},
		"unknown parent":                {"regions.csv", "AA,3,4\n", "unknown parent"},
		"parent in another country":     {"regions.csv", "AA,3,R\n", "unknown parent"},
		"own parent":                    {"regions.csv", "AA,3,3\n", "cycle"},
		"parent cycle":                  {"regions.csv", "AA,3,4\nAA,4,5\nAA,5,3\n", "cycle"},
		"parents leading to a cycle":    {"regions.csv", "BB,3,4\nBB,4,5\nBB,5,4\n", "cycle"},
		"too many regions of a country": {"regions.csv", twoLetterRows("BB,?,\n", "C", 256), "more than 255 regions"},
		"unknown kind":                  {"extra.csv", "other,GG,,,,why,\n", "unknown kind"},
		"no reason":                     {"extra.csv", "alias,GG,,AA,,,\n", "no reason"},
		"country that exists":           {"extra.csv", "country,AA,GGG,,,why,\n", "duplicate of AA"},
		"country with a target":         {"extra.csv", "country,GG,GGG,AA,,why,\n", "no target"},
		"alias that is a country":       {"extra.csv", "alias,BB,,AA,,why,\n", "duplicate code"},
		"duplicate alias":               {"extra.csv", "alias,DD,,BB,,why,\n", "duplicate code"},
		"alias of three letters":        {"extra.csv", "alias,GGG,,AA,,why,\n", "two upper-case"},
		"alias of unknown country":      {"extra.csv", "alias,GG,,ZZ,,why,\n", "unknown country"},
		"alias of unknown region":       {"extra.csv", "alias,GG,,AA,3,why,\n", "unknown region"},
		"refusal without advice":        {"extra.csv", "refuse,GG,,,,why,\n", "no advice"},
		"refusal with a target":         {"extra.csv", "refuse,GG,,AA,,why,what\n", "no target"},
		"refusal of a country":          {"extra.csv", "refuse,AAA,,,,why,what\n", "duplicate code"},
		"refusal of an alias":           {"extra.csv", "refuse,DD,,,,why,what\n", "duplicate code"},
		"too many aliases":              {"extra.csv", twoLetterRows("alias,?,,AA,,why,\n", "G", 255), "more than 255"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for f, content := range valid {
				files[f] = content
			}
			files[c.file] += c.row
			_, err := loadInput(write(t, files))
			require.Error(t, err)
			assert.ErrorContains(t, err, c.message)
			assert.ErrorContains(t, err, c.file)
		})
	}

	for name := range valid {
		t.Run("without header "+name, func(t *testing.T) {
			files := map[string]string{}
			for f, content := range valid {
				files[f] = content
			}
			_, files[name], _ = strings.Cut(files[name], "\n")
			_, err := loadInput(write(t, files))
			assert.ErrorContains(t, err, name)
		})
	}
}

func TestLineEndsDoNotChangeTheTable(t *testing.T) {
	unix, windows := map[string]string{}, map[string]string{}
	for _, name := range []string{"countries.csv", "regions.csv", "extra.csv"} {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		unix[name] = strings.ReplaceAll(string(b), "\r\n", "\n")
		windows[name] = strings.ReplaceAll(unix[name], "\n", "\r\n")
	}
	a, err := loadInput(write(t, unix))
	require.NoError(t, err)
	b, err := loadInput(write(t, windows))
	require.NoError(t, err)
	assert.Equal(t, a, b)
}

func TestExtractTakesCodesAndParentsSorted(t *testing.T) {
	dir := write(t, map[string]string{
		"iso_3166-1.json": `{"3166-1": [
			{"alpha_2": "BB", "alpha_3": "BBB", "numeric": "002", "name": "B"},
			{"alpha_2": "AA", "alpha_3": "AAA", "numeric": "001", "name": "A"}]}`,
		"iso_3166-2.json": `{"3166-2": [
			{"code": "AA-2", "name": "two", "type": "t"},
			{"code": "AA-1", "name": "one", "type": "t", "parent": "2"},
			{"code": "AA-3", "name": "three", "type": "t", "parent": "AA-2"}]}`,
	})
	countries, regions, err := extract(dir, "9.9-1")
	require.NoError(t, err)
	header, rows, _ := strings.Cut(string(countries), "\n")
	assert.Contains(t, header, "iso-codes 9.9-1")
	assert.Regexp(t, `iso_3166-1\.json [0-9a-f]{64}, iso_3166-2\.json [0-9a-f]{64}$`, header)
	assert.Equal(t, "alpha2,alpha3,numeric\nAA,AAA,001\nBB,BBB,002\n", rows)
	header2, rows, _ := strings.Cut(string(regions), "\n")
	assert.Equal(t, header, header2)
	assert.Equal(t, "country,region,parent\nAA,1,2\nAA,2,\nAA,3,2\n", rows)

	_, _, err = extract(dir, "")
	assert.ErrorContains(t, err, "-version")
	_, _, err = extract(t.TempDir(), "9.9-1")
	assert.ErrorContains(t, err, "iso_3166-1.json")
	_, _, err = extract(write(t, map[string]string{"iso_3166-1.json": "{}", "iso_3166-2.json": "{}"}), "9.9-1")
	assert.ErrorContains(t, err, "no rows")
}

func TestQuotingKeepsEveryByte(t *testing.T) {
	assert.Equal(t, `A\x22\x5c\x00\xc3\xa9 `, text([]byte("A\"\\\x00\xc3\xa9 ")))
	assert.Equal(t, `\x41\xff`, hex([]byte("A\xff")))
}

func write(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return dir
}

// twoLetterRows repeats row with ? replaced by two letters, the first counting
// up from start.
func twoLetterRows(row, start string, n int) string {
	var b strings.Builder
	for i := range n {
		code := string([]byte{start[0] + byte(i/26), 'A' + byte(i%26)})
		b.WriteString(strings.ReplaceAll(row, "?", code))
	}
	return b.String()
}
