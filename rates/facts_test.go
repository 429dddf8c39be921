package rates_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/csvtable"
)

// The facts as they were collected are in testdata/facts. These tests compare
// them with the answers of the resolver, and know nothing of rates.csv.

// factsElsewhere are facts whose class or region has another name in the data.
var factsElsewhere = map[string]tax.Lookup{
	"BQ BO GOODS":       {Country: "BQ", Region: "BO", Class: "STANDARD"},
	"BQ SA GOODS":       {Country: "BQ", Region: "SA", Class: "STANDARD"},
	"BQ SE GOODS":       {Country: "BQ", Region: "SE", Class: "STANDARD"},
	"BS  FOOD":          {Country: "BS", Class: "ZERO"},
	"CW  REDUCED":       {Country: "CW", Class: "INCREASED"}, // above the standard rate
	"CW  REDUCED_2":     {Country: "CW", Class: "INCREASED_2"},
	"ES  ENERGY":        {Country: "ES", Class: "TEMPORARY_ENERGY"},
	"IL EILAT STANDARD": {Country: "IL", Region: "X-EILAT", Class: "STANDARD"},
	"IQ  NONE":          {Country: "IQ", Class: "STANDARD"},
	"SJ  NONE":          {Country: "SJ", Class: "STANDARD"},
	"VA  NONE":          {Country: "VA", Class: "STANDARD"},
}

// factsNotServed are facts that are no entries, with the reason.
var factsNotServed = map[string]string{
	"BR  TEST 2027-01-01 0.1": "test rates are not charged on top",
	"BR SE STANDARD  20":      "its first day is not known, and it follows 22",
	"GW  STANDARD  15":        "one list; two documents say 19 since 2025-01-01",
	"PL  FUEL  8":             "motor fuels moved to the class REDUCED for a time",
}

// fact is a row. until is the first day on which it no longer holds, if the note
// says so.
type fact struct {
	key, from, percent, status string
	until                      tax.Date
}

// factsUntil finds the end of a fact in its note. An end of only some goods has
// words after the day.
var factsUntil = regexp.MustCompile(`(?:^|[;,] )until (\d{4}-\d\d-\d\d)(?:$|[;,]| \()`)

// untilOf returns the day that a note names, moved by some days, or none.
func untilOf(note string, move int) tax.Date {
	found := factsUntil.FindStringSubmatch(note)
	if found == nil {
		return tax.Date{}
	}
	return tax.MustDate(found[1]).AddDays(move)
}

// facts returns the facts that are rates. For a place and class in both files,
// the later file replaces the earlier.
func facts(t *testing.T) []fact {
	t.Helper()
	read := func(name, columns string) [][]string {
		rows, err := csvtable.Read(filepath.Join("testdata", "facts", name), columns)
		require.NoError(t, err)
		return rows
	}
	var found []fact
	later := map[string]bool{}
	for _, c := range read("facts2.csv", "country,region,class,from,percent,kind,status,sources,note") {
		key := c[0] + " " + c[1] + " " + c[2]
		later[key] = true
		if c[5] == "rate" {
			found = append(found, fact{key, c[3], c[4], c[6], untilOf(c[8], 0)})
		}
	}
	for _, c := range read("new-facts.csv", "country,region,class,from,percent,status,sources,note") {
		key := c[0] + " " + c[1] + " " + c[2]
		if to, ok := factsElsewhere[key]; ok && later[to.Country+" "+to.Region+" "+to.Class] || later[key] {
			continue
		}
		found = append(found, fact{key, c[3], c[4], c[5], untilOf(c[7], 1)}) // the last day is in the note
	}
	return found
}

func TestEveryFactIsAnAnswer(t *testing.T) {
	r := newResolver(t, nil)
	all := facts(t)
	assert.Len(t, all, 221)
	notServed, ends := 0, 0
	for _, f := range all {
		if _, skip := factsNotServed[f.key+" "+f.from+" "+f.percent]; skip {
			notServed++
			continue
		}
		l, moved := factsElsewhere[f.key]
		if !moved {
			part := strings.Split(f.key, " ")
			l = tax.Lookup{Country: part[0], Region: part[1], Class: part[2]}
		}
		l.Date = dayOfFact(all, f)
		a, err := r.Lookup(ctx, l)
		if !assert.NoError(t, err, "%v", f) {
			continue
		}
		assert.Equal(t, f.percent, a.Percent().String(), "%v", f)
		if f.status == "disputed" {
			assert.Equal(t, tax.Disputed, a.Evidence().Status, "%v", f)
		}
		if !f.until.IsZero() {
			l.Date = f.until.AddDays(-1)
			a, err := r.Lookup(ctx, l)
			if assert.NoError(t, err, "%v", f) {
				assert.Equal(t, f.percent, a.Percent().String(), "%v", f)
				assert.Equal(t, f.until, a.Until(), "%v", f)
			}
			ends++
		}
		if f.from == "" {
			continue
		}
		assert.Equal(t, f.from, a.Since().String(), "%v", f)
		l.Date = tax.MustDate(f.from).AddDays(-1)
		if before, err := r.Lookup(ctx, l); err != nil {
			assert.ErrorIs(t, err, tax.ErrNoRate, "%v", f)
		} else {
			assert.NotEqual(t, f.from, before.Since().String(), "%v", f)
		}
	}
	assert.Equal(t, len(factsNotServed), notServed)
	assert.Equal(t, 18, ends, "facts with a last day")
}

// dayOfFact returns the first day of a fact. A fact without one is asked on its
// last day, or on the day before the first dated fact of the same class, or today.
func dayOfFact(all []fact, f fact) tax.Date {
	if f.from != "" {
		return tax.MustDate(f.from)
	}
	if !f.until.IsZero() {
		return f.until.AddDays(-1)
	}
	day := tax.MustDate("2026-11-29")
	for _, other := range all {
		if other.key == f.key && other.from != "" && tax.MustDate(other.from).Before(day) {
			day = tax.MustDate(other.from).AddDays(-1)
		}
	}
	return day
}

// TestEveryGoldenDayIsAnswered asks for the days in testdata/days.csv, which says
// how they were chosen.
func TestEveryGoldenDayIsAnswered(t *testing.T) {
	r := newResolver(t, nil)
	rows, err := csvtable.Read(filepath.Join("testdata", "days.csv"), "country,region,class,day,percent")
	require.NoError(t, err)
	for _, c := range rows {
		a, err := r.Lookup(ctx, tax.Lookup{Country: c[0], Region: c[1], Class: c[2], Date: tax.MustDate(c[3])})
		if c[4] == "none" {
			assert.ErrorIs(t, err, tax.ErrNoRate, "%v", c)
		} else if assert.NoError(t, err, "%v", c) {
			assert.Equal(t, c[4], a.Percent().String(), "%v", c)
		}
	}
	assert.Greater(t, len(rows), 800)
}

// oneFamily are sources that count as one, because they have the same origin or
// publisher. The first of each stands for all.
var oneFamily = [][]string{
	{"ecb", "vn", "vnh"}, {"ibe", "stk"}, {"cg", "drc"}, {"w-pwc", "w-ovc", "w-uz2", "w-tm1", "w-ao2", "w-ua1", "w-na2"}, {"w-tf25", "w-tf25b"},
	{"vup", "vua", "w-vn3"}, {"vtl", "w-me1", "w-fj4", "w-sd2", "w-ava", "w-us1", "w-cv1"}, {"vcalc", "w-tj1", "w-gw1", "w-gm1"}, {"vfq", "w-cy9"},
	{"w-cy3", "w-cy7", "w-vn2"}, {"w-me2", "w-me3"}, {"w-fj1", "w-fj2"}, {"del12", "del14", "del17", "innov"}, {"w-us2", "w-us4", "w-us13", "w-us22", "w-us28", "w-us40", "w-us41"}, {"w-us20", "w-us21"}, {"w-us24", "w-us25"},
	{"w-bs1", "w-lu1", "w-lu3", "w-ua2"}, {"oa", "w-tm2"}, {"w-vc1", "w-ag3"},
}

// TestAgreedRowsHaveTwoIndependentSources counts families. General knowledge,
// decisions of this data and pages whose addresses were not kept never count.
func TestAgreedRowsHaveTwoIndependentSources(t *testing.T) {
	family := map[string]string{"gk": "", "map": "", "pages": ""}
	for _, ids := range oneFamily {
		for _, id := range ids {
			family[id] = ids[0]
		}
	}
	for _, row := range table(t, "rates.csv") {
		if row[9] != "agreed" {
			continue
		}
		found := map[string]bool{}
		for id := range strings.SplitSeq(row[10], ";") {
			f, known := family[id]
			if !known {
				f = id
			}
			if f != "" {
				found[f] = true
			}
		}
		assert.GreaterOrEqual(t, len(found), 2, "%v", row)
	}
}
