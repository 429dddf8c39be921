package storetest

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

var (
	canada  = tax.Location{Country: "CA"}
	quebec  = tax.Location{Country: "CA", Region: "QC"}
	ontario = tax.Location{Country: "CA", Region: "ON"}
)

// at returns the document of a country with one class at a percentage.
func at(country string, percent int) tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: country}, Tax: tax.Tax{Code: "VAT"}, TimeZone: "UTC",
		Classes: []tax.Class{{Code: "STANDARD", Default: true, Aliases: []string{"STD"}, Rates: []tax.Rate{{Percent: tax.MustPercent(strconv.Itoa(percent))}}}},
	}
}

// adding returns the document of a region that adds to the class of its country, so that
// it is valid with it only.
func adding(l tax.Location, percent int) tax.Configuration {
	return tax.Configuration{Location: l, Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent(strconv.Itoa(percent))}}}}}
}

// alone returns the document of a region that is valid without its country.
func alone(l tax.Location, percent int) tax.Configuration {
	d := at(l.Country, percent)
	d.Location = l
	return d
}

// percent returns the whole percentage of the first class.
func percent(d tax.Configuration) int {
	if len(d.Classes) == 0 || len(d.Classes[0].Rates) == 0 {
		return -1
	}
	return int(d.Classes[0].Rates[0].Percent.IntPart())
}

// setPercent changes the percentage of the first class.
func setPercent(d *tax.Configuration, percent int) {
	d.Classes[0].Rates[0].Percent = tax.MustPercent(strconv.Itoa(percent))
}

// full returns a document that uses every kind of field, in texts of all kinds.
func full(country string) tax.Configuration {
	d := at(country, 19)
	class := &d.Classes[0]
	class.Name = tax.MustLocalizedText(map[string]string{"de": "Regelsatz <&> \u2028", "en": "standard\x00rate", "ja": "標準税率", "sr-Latn": "\U0001F4B6"})
	class.Description = tax.MustLocalizedText(map[string]string{"en": "\"quoted\" \\ 'text' % $1 ?\r\n\t; DROP TABLE configuration; --"})
	class.Order = new(-3)
	class.Rates = []tax.Rate{
		{From: tax.MustDate("2030-01-01"), Percent: tax.MustPercent("20.000000000001"), Components: []tax.Component{
			{Code: "A", Percent: tax.MustPercent("20")}, {Code: "B", Percent: tax.MustPercent("0.000000000001")}}},
		{From: tax.MustDate("2007-01-01"), Percent: tax.MustPercent("19.10"), Evidence: tax.Evidence{Status: tax.Agreed, Sources: []string{"law", "gazette"}}},
		{Treatment: tax.Exempt},
	}
	d.Classes = append(d.Classes, tax.Class{Code: "BOOKS", Aliases: []string{"EBOOKS"}, Rates: []tax.Rate{{Percent: tax.MustPercent("7")}}})
	d.Regions = tax.RegionsListed
	d.LocalTaxesMissing = true
	d.Metadata = tax.Metadata{Source: "storetest \x00 \"x\"", AsOf: tax.MustDate("2026-11-30"), Base: &tax.Metadata{Version: 7, Source: "below"}}
	return d
}

// hostileTenants are ids that a store has to keep apart.
func hostileTenants() []string {
	return []string{
		"", "a", "A", "a ", " a", "a|b", "a/b", "a\\b", "a_b", "a%b", "..", ".", "../a", "/", "a.json", "CON", "nul", "a:b", "%00", "a%2Fb", "~", "-", "*", "?",
		"\x00", "a\x00", "a\x00CA", "\x00a", "CA", "a\nb", "\xff", "\xff\xfe", "a\xff", "\xc3\x28", "\ufffd", "\ufeff", "é", "e\u0301", "日本", "'; --", "\"",
		"null", "0", "00", strings.Repeat("x", 1024), strings.Repeat("x", 1023), strings.Repeat("x", 1023) + "y", strings.Repeat("\x00", 1024), strings.Repeat("\xff", 1024),
	}
}

// Countries in the order of their codes.
var countries = strings.Fields("AT BE CH CZ DE DK ES FI FR GB IE IT JP NO PL US")

// random returns up to n documents that are valid in any order, with values that coincide.
func random(r *rand.Rand, n int) []tax.Configuration {
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	seen := make(map[tax.Location]bool)
	var docs []tax.Configuration
	for range n {
		l := tax.Location{Country: one(countries...), Region: one("", "", "X-A", "X-AB", "X-B")}
		if seen[l] {
			continue
		}
		seen[l] = true
		d := tax.Configuration{Location: l, TimeZone: one("", "UTC", "Europe/Berlin", "Pacific/Kiritimati")}
		for _, code := range []string{"A", "AB", "BOOKS", "ZERO"} {
			if r.IntN(2) == 0 {
				continue
			}
			class := tax.Class{Code: code, Rates: []tax.Rate{
				{From: tax.MustDate(one("2026-11-30", "2030-01-01")), Percent: tax.MustPercent(one("7", "7.00", "19", "9.975"))},
				{From: tax.MustDate("2020-07-01"), Percent: tax.MustPercent(one("0", "5", "19"))},
			}}
			if r.IntN(3) > 0 {
				class.Name = tax.MustLocalizedText(map[string]string{one("de", "en", "fr"): one("Rate", "rate", "Ärzte", "\U0001F4B6", "税", "R")})
			}
			d.Classes = append(d.Classes, class)
		}
		docs = append(docs, d)
	}
	return docs
}

// clock is a time that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	// Not in UTC and finer than milliseconds, as what time.Now returns.
	return &clock{now: time.Date(2026, 11, 30, 23, 0, 0, 123456789, time.FixedZone("", 3600))}
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// move moves the clock, forward or back, and returns what it then shows in UTC and
// milliseconds.
func (c *clock) move(by time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
	return c.now.UTC().Truncate(time.Millisecond)
}
