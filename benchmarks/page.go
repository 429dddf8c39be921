package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/taxresolve/tax/benchmarks/arithmetic"
	"github.com/taxresolve/tax/benchmarks/client"
)

// pageName is the page beside the folder of the documents. Its text is written by hand, and has
// some of the figures between comments.
const pageName = "performance.md"

// block is a part of the page that is written from the figures.
type block struct {
	name  string
	of    []string // the documents that have its figures
	write func(b *strings.Builder, s settings, rs results)
}

var blocks = []block{
	{"hits", []string{ofCaches}, hitsBlock},
	{"ways", []string{ofCaches}, waysBlock},
	{"since", []string{ofCaches, ofArithmetic}, sinceBlock},
	{"missed", []string{ofCaches, ofArithmetic, ofTexts}, missedBlock},
	{"amounts", []string{ofArithmetic}, amountsBlock},
	{"lists", []string{ofTexts}, listsBlock},
}

// whole reports whether all measures of the documents of a block are taken.
func (k block) whole(s settings) bool {
	for _, m := range measures {
		for _, document := range k.of {
			if documentOf(m.name) == document && !s.takesMeasure(m.name) {
				return false
			}
		}
	}
	return true
}

// fillPage writes the figures into the page, if there is one.
func fillPage(s settings, rs results) error {
	path := filepath.Join(s.out, "..", pageName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || s.quick {
		return nil
	}
	if err != nil {
		return err
	}
	page := string(text)
	for _, k := range blocks {
		if !k.whole(s) {
			continue
		}
		var b strings.Builder
		k.write(&b, s, rs)
		if page, err = replaced(page, k.name, b.String()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(page), 0o644)
}

// replaced returns the page with another text between the comments of a block.
func replaced(page, name, text string) (string, error) {
	begin, end := "<!-- "+name+": written by the command in benchmarks -->\n", "<!-- end of "+name+" -->"
	before, rest, ok := strings.Cut(page, begin)
	_, after, too := strings.Cut(rest, end)
	if !ok || !too {
		return "", fmt.Errorf("no lines %q and %q, with the figures between them", begin, end)
	}
	return before + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + after, nil
}

// where says on what the figures were measured, and how.
func where(s settings, rs results) string {
	return fmt.Sprintf("%s, %d cores, %s, %s;\n`cd benchmarks && %s`, medians of %s",
		processor(), min(2, runtime.NumCPU()), runtime.Version(), s.date, s.command(), medians(len(rs)))
}

func hitsBlock(b *strings.Builder, s settings, rs results) {
	fmt.Fprintf(b, `Some of the figures, for lookups answered from memory unless the row says otherwise
(%s,
of %s for the rows with an asterisk):

| 1 core / 2 cores | tax | map | golang-lru | otter |
|---|--:|--:|--:|--:|
`, where(s, rs), medians(min(len(rs), s.Heavy)))
	hits := func(name, measure, suffix, ours, peers string, bare bool) {
		fmt.Fprintf(b, "| %s |", name)
		for _, of := range []string{ours, client.Bare, client.LRU + peers, client.Otter + peers} {
			a, ok := rs.value(on(measure, 1)+suffix, of)
			c, too := rs.value(on(measure, 2)+suffix, of)
			if !ok || !too || of == client.Bare && !bare {
				b.WriteString(" – |")
				continue
			}
			fmt.Fprintf(b, " %s / %s |", number(a), number(c))
		}
		b.WriteString("\n")
	}
	hits("one tenant, ns", one, "", client.Tax, "", true)
	hits(fmt.Sprintf("%d tenants, ns", s.Tenants), tenants, "", client.Tax, "", true)
	hits(thousands(s.UnitTenants*s.UnitCountries)+" pairs of tenant and country, ns *", units, "", client.Tax, "", true)
	hits(thousands(s.OwnTenants*s.UnitCountries)+" pairs, all with documents of their own, ns *", ownUnits, "", client.Tax, "", true)
	for _, w := range []struct{ name, measure string }{
		{fmt.Sprintf("%s tenants x %d countries, cache for a tenth, misses load", thousands(s.WorkTenants), s.WorkCountries), steepTrace},
		{"the same, flatter trace", flatTrace},
	} {
		hits(w.name+", ns *", w.measure, "", client.Tax, coordinated, false)
		hits(w.name+", the source never waits, ns *", w.measure, "", client.Local, inCaller, false)
		hits("hit ratio there, % *", w.measure, " hit ratio", client.Tax, coordinated, false)
	}
}

func waysBlock(b *strings.Builder, _ settings, rs results) {
	b.WriteString("| country | region | postal code | day | all three | `Place.Rate` |\n|--:|--:|--:|--:|--:|--:|\n|")
	for _, way := range []string{byCountry, byRegion, byPostalCode, byDate, byAll, placeRate} {
		v, _ := rs.ratio(on(ways, 1), way, on(ways, 1), client.Bare)
		fmt.Fprintf(b, " %s |", number(v))
	}
	b.WriteString("\n")
}

func amountsBlock(b *strings.Builder, s settings, rs results) {
	fmt.Fprintf(b, `Some of the figures, as ratios to the time of shopspring/decimal
(%s):

| | tax | tax, minor units | govalues | apd |
|---|--:|--:|--:|--:|
`, where(s, rs))
	line := func(name, measure string, clients ...string) {
		fmt.Fprintf(b, "| %s |", name)
		for _, c := range clients {
			if v, ok := rs.ratio(on(measure, 1), c, on(measure, 1), arithmetic.Shopspring); ok {
				fmt.Fprintf(b, " %s |", number(v))
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	line(toGross, toGross, arithmetic.Tax, arithmetic.TaxMinor, arithmetic.Govalues, arithmetic.Apd)
	line(toNet, toNet, arithmetic.Tax, arithmetic.TaxMinor, arithmetic.Govalues, arithmetic.Apd)
	line("basket of 100 lines, every line as decimals", baskets, arithmetic.TaxLines, "", arithmetic.Govalues, arithmetic.Apd)
	line("the same, totals only, or in minor units", baskets, arithmetic.TaxTotals, arithmetic.TaxMinor, "", "")
}

func listsBlock(b *strings.Builder, s settings, rs results) {
	fmt.Fprintf(b, `Some of the figures
(%s):

| | ratio | to |
|---|--:|---|
`, where(s, rs))
	for _, l := range []struct{ name, measure, of, to, toName string }{
		{"exactly the language, preferences kept", asked[0].tag, textIn, matcherMatch, "`Matcher.Match` of the same tag"},
		{"its parent", asked[1].tag, textIn, matcherMatch, "the same"},
		{"from a header seen before to the translation", headers, headerSeen, matchStrings, "`language.MatchStrings`"},
		{"first of 34 pages by name, 2,000 configurations of 5 classes", listed, byNameFirst, plainPass, "a pass that compares the name"},
		{"the same by country", listed, byCountryFirst, plainPass, "the same"},
		{"by country because `Sort` says so", listed, byCountryAsked, plainPass, "the same"},
		{"by country, with a copy of each of the 60", listed, byCountryCopies, plainPass, "the same"},
	} {
		v, _ := rs.ratio(on(l.measure, 1), l.of, on(l.measure, 1), l.to)
		fmt.Fprintf(b, "| %s | %s | %s |\n", l.name, number(v), l.toName)
	}
}
