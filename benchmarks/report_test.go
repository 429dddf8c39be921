package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/benchmarks/client"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want float64
	}{
		{nil, 0},
		{[]float64{7}, 7},
		{[]float64{3, 1}, 2},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 100, 2}, 3},
	} {
		before := append([]float64(nil), c.list...)
		assert.Equal(t, c.want, median(c.list))
		assert.Equal(t, before, c.list, "the list is left as it was")
	}
}

// The ratio of two medians is not the median of the ratios.
func TestRatiosAreTakenWithinAProcess(t *testing.T) {
	rs := results{{}, {}, {}}
	for i, pair := range [][2]float64{{10, 10}, {30, 15}, {20, 60}} {
		rs[i].put("m", "a", pair[0])
		rs[i].put("m", "b", pair[1])
	}
	v, ok := rs.ratio("m", "a", "m", "b")
	assert.True(t, ok)
	assert.Equal(t, 1.0, v)
	v, _ = rs.value("m", "a")
	assert.Equal(t, 20.0, v)
	_, ok = rs.ratio("m", "a", "m", "c")
	assert.False(t, ok)
}

func TestGoalsAreMetUpToTheirLimit(t *testing.T) {
	rs := results{{}}
	g := to(one, 1, client.LRU, 0.28)
	measured, met := g.outcome(rs)
	assert.Equal(t, "not measured –", measured+" "+met)
	rs[0].put(on(one, 1), client.LRU, 100)
	rs[0].put(on(one, 1), client.Tax, 28)
	measured, met = g.outcome(rs)
	assert.Equal(t, "0.280 yes", measured+" "+met)
	rs[0].put(on(one, 1), client.Tax, 29)
	_, met = g.outcome(rs)
	assert.Equal(t, "**no**", met)

	m := on(flatTrace, 2) + " hit ratio"
	rs[0].put(m, exactLRU, 60)
	rs[0].put(m, client.Tax, 58.5)
	for least, want := range map[float64]string{-1: "-1.50 **no**", -1.5: "-1.50 yes", -2: "-1.50 yes", 4: "-1.50 **no**"} {
		above := aboveLRU(flatTrace, client.Tax, 2, least)
		measured, met = above.outcome(rs)
		assert.Equal(t, want, measured+" "+met, "at least %v", least)
		assert.Equal(t, "≥ "+number(least), above.bound())
	}
	assert.Equal(t, "≤ 0.280", g.bound())
}

// The document names tests, which must be there.
func TestTestsThatCountAreThere(t *testing.T) {
	for _, c := range counts {
		there := false
		files, err := filepath.Glob(filepath.Join("..", c.folder, "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			there = there || strings.Contains(string(text), "func "+c.test+"(t *testing.T)")
		}
		assert.True(t, there, "%s in %s", c.test, c.folder)
	}
}

// The page of the repository has a place for each block, and only what is measured whole is
// written.
func TestFiguresAreWrittenIntoThePage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, pageName)
	text, err := os.ReadFile(filepath.Join("..", "docs", pageName))
	require.NoError(t, err)
	s := settings{sizes: full, out: filepath.Join(dir, "performance"), date: "2001-02-03"}
	in := func(only ...string) string {
		s.only = only
		require.NoError(t, os.WriteFile(path, text, 0o600))
		require.NoError(t, fillPage(s, results{{}}))
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(page)
	}
	assert.Equal(t, len(blocks)-1, strings.Count(in(), "2001-02-03"), "all but that of kinds of lookups have the day")
	assert.Equal(t, string(text), in(one, amounts), "no document is whole")
	page := in(amounts, baskets)
	assert.Contains(t, page, "2001-02-03;\n`cd benchmarks && go run . -only amounts,baskets`")
	assert.Equal(t, 1, strings.Count(page, "2001-02-03"))
	again, err := replaced(page, "amounts", "x")
	require.NoError(t, err)
	assert.NotContains(t, again, "2001-02-03")
	_, err = replaced(page, "nothing", "x")
	assert.ErrorContains(t, err, "nothing")

	s.quick, s.only = true, nil
	require.NoError(t, os.WriteFile(path, text, 0o600))
	require.NoError(t, fillPage(s, results{{}}))
	page2, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(text), string(page2), "quick figures mean nothing")
}

// A goal that is missed has the reason of its kind; one without a reason says so.
func TestMissedGoalsAreListedWithTheirReasons(t *testing.T) {
	r := result{}
	r.put("miss allocations", newClasses, 24)
	r.put(on(flatTrace, 1)+" hit ratio", exactLRU, 58)
	r.put(on(flatTrace, 1)+" hit ratio", client.Tax, 61)
	var b strings.Builder
	missedBlock(&b, settings{sizes: full}, results{r})
	assert.Contains(t, b.String(), "| Miss: five new classes: allocations | ≤ 12 | 24 | not examined |")
	assert.Contains(t, b.String(), "| ≥ 4 | 3 | countries on probation")
	g := goal{group: "something", of: "else", limit: 2}
	assert.Equal(t, "not examined", g.why(nil, 3))
	assert.Equal(t, "close to the limit: single processes differ by as much", g.why(nil, 2.1))
}

func TestNumbersHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 3: "3", 0.28: "0.280", 1.234: "1.23", 12.34: "12.3", 123.4: "123", -2.5: "-2.50", 250000: "250000",
	} {
		assert.Equal(t, want, number(v))
	}
	assert.Equal(t, "999", thousands(999))
	assert.Equal(t, "1,000,000", thousands(1_000_000))
	assert.Equal(t, "12,034", thousands(12_034))
}

// invented returns numbers for every client of every plot.
func invented() results {
	r := result{}
	for _, measure := range []string{one, units, steepTrace} {
		for i, name := range append([]string{client.Tax, client.PerAsk}, peerNames(false)...) {
			r.put(on(measure, 1), name, float64(20+i))
			r.put(on(measure, 2), name, float64(10+2*i))
		}
	}
	return results{r}
}

func TestPlotsAreWellFormedAndShowEveryClient(t *testing.T) {
	list := plots(invented())
	require.Len(t, list, 3)
	for i, p := range list {
		var texts []string
		rects := 0
		d := xml.NewDecoder(strings.NewReader(p.svg()))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			switch x := token.(type) {
			case xml.CharData:
				texts = append(texts, string(x))
			case xml.StartElement:
				if x.Name.Local == "rect" {
					rects++
				}
			}
		}
		for _, name := range append([]string{client.Tax}, peerNames(i == 2)...) {
			assert.Contains(t, texts, name, p.file)
		}
		assert.Contains(t, texts, p.title)
		assert.Contains(t, p.svg(), "prefers-color-scheme: dark")
		assert.Equal(t, 3+2*len(p.bars), rects, "the ground, the legend, two bars for each client")
		for j := range p.bars[1:] {
			assert.GreaterOrEqual(t, p.bars[j].two, p.bars[j+1].two, "the fastest first")
		}
	}
	assert.Equal(t, 100.0, list[0].bars[0].two, "10 ns are 100 million a second")
}

func TestNamesAreEscaped(t *testing.T) {
	p := plot{title: "a < b & c", bars: []bar{{name: `<"x">`, one: 1, two: 2}}}
	assert.NoError(t, xml.Unmarshal([]byte(p.svg()), new(struct{})))
}

func TestReportIsWrittenWhereItIsAskedFor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	require.NoError(t, write(settings{sizes: full, out: dir, date: "2026-11-21", only: []string{one}}, invented()))
	for _, name := range []string{"tables" + ".md", "throughput.svg", "tenants.svg", "workingset.svg"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.NotEmpty(t, text)
		if name == "tables"+".md" {
			assert.Contains(t, string(text), "2026-11-21")
			assert.Contains(t, string(text), "go run . -only one")
			assert.NotContains(t, string(text), "NaN")
		}
	}
	assert.ErrorContains(t, report(settings{only: []string{"nothing"}}), `"nothing"`)
}
