package proof

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"pgregory.net/rapid"
)

// LookupIn draws a lookup in the country of a set, spelled as people write: known and
// unknown regions, postal codes at the edges of ranges, classes by code and alias,
// days around every boundary. The date is always set.
func LookupIn(set Set) *rapid.Generator[tax.Lookup] {
	return rapid.Custom(func(t *rapid.T) tax.Lookup {
		l := tax.Lookup{
			Country:           pick(t, set.Country.Spellings, "country"),
			Class:             classIn(t, set),
			Date:              DayIn(set).Draw(t, "date"),
			FallbackToDefault: chance(t, 25, "fallback"),
		}
		// XI means a region, and refuses any other.
		if l.Country != "XI" && chance(t, 60, "with region") {
			l.Region = regionIn(t, set)
		}
		if chance(t, 40, "with postal code") {
			l.PostalCode = postalIn(t, set)
		}
		// A lookup with two faults could fail with either error.
		if _, ok := NewWorld(set.Docs).canonicalPostal(set.Country.Code, l.PostalCode); !ok {
			l.Region = ""
		}
		return l
	})
}

// classIn draws a class, most often one that a document lists.
func classIn(t *rapid.T, set Set) string {
	var codes []string
	for _, c := range set.Docs {
		for _, k := range c.Classes {
			codes = append(codes, k.Code, k.Code, k.Code)
			codes = append(codes, k.Aliases...)
		}
	}
	switch n := even(t, 10, "kind of class"); {
	case n < 3:
		return ""
	case n < 9 && len(codes) > 0:
		return pick(t, codes, "class")
	}
	return pick(t, oddClasses, "odd class")
}

var oddClasses = func() []string {
	list := []string{"NOPE", "standard", "STANDARD "}
	for _, code := range classCodes {
		list = append(list, code)
		list = append(list, classAliases[code]...)
	}
	return list
}()

// DayIn draws a day at or near a boundary of the set.
func DayIn(set Set) *rapid.Generator[tax.Date] {
	return rapid.Custom(func(t *rapid.T) tax.Date {
		days := NewWorld(set.Docs).boundaries()
		if len(days) == 0 {
			days = dayPool
		}
		if chance(t, 30, "late") {
			return pick(t, dayPool[len(dayPool)-3:], "late day")
		}
		day := pick(t, days, "boundary")
		if near := day.AddDays(pick(t, []int{0, -1, 1, -400, 400}, "days from it")); !near.IsZero() {
			return near
		}
		return day
	})
}

// regionIn draws a region, most often one that leads to a document.
func regionIn(t *rapid.T, set Set) string {
	var known []string
	for _, c := range set.Docs {
		for _, r := range c.Elsewhere {
			known = append(known, r.Regions...)
		}
		known = append(known, c.RegionAliases...)
		if c.Location.Region != "" {
			known = append(known, c.Location.Region, c.Location.Region)
		}
	}
	n := even(t, 10, "kind of region")
	if n == 9 {
		return pick(t, []string{"ZZ8", "Q", "X-NOWHERE", "ABCD", "X-", "X--A", "A B", "US-CA", "-", set.Country.Code + "-", "X-A_B"}, "odd region")
	}
	if n == 8 {
		return anyCase(t, strings.NewReplacer("-", pick(t, []string{"-", " ", ""}, "hyphen"), "Î", pick(t, []string{"Î", "i", "I\u0302"}, "accent"),
			"&", pick(t, []string{"&", "and"}, "and")).Replace(pick(t, names, "name")))
	}
	if n < 3 || len(known) == 0 {
		known = slices.Concat(set.Country.Regions, set.Country.Unlisted, privateRegions)
	}
	r := pick(t, known, "region")
	if !strings.HasPrefix(r, "X-") && chance(t, 30, "full code") {
		r = set.Country.Code + "-" + r
	}
	return anyCase(t, r)
}

func anyCase(t *rapid.T, s string) string {
	switch even(t, 4, "case") {
	case 1:
		return strings.ToLower(s)
	case 2:
		if s != "" {
			return s[:1] + strings.ToLower(s[1:])
		}
	}
	return s
}

// postalIn draws a postal code at the edges of the ranges: a bound, with a character
// more or less, or a neighbour.
func postalIn(t *rapid.T, set Set) string {
	codes := []string{"3", "31", "5", "6", "69", "70000", "BT1", "1"}
	var bounds []string
	for _, c := range set.Docs {
		for _, r := range written(c) {
			if bounds = append(bounds, r.From); r.To != "" {
				bounds = append(bounds, r.To)
			}
		}
	}
	if len(bounds) > 0 && chance(t, 90, "at a bound") {
		codes = bounds
	}
	switch even(t, 20, "kind of code") {
	case 18:
		return pick(t, []string{" ", "-", " - ", "1234567890", "12345678901", "69_1", "69.1", "\u0663", "PO Box 506808", "N/A"}, "odd code")
	case 19:
		return rapid.StringMatching(`[0-9A-Z]{1,6}`).Draw(t, "random code")
	}
	code := pick(t, codes, "bound")
	switch even(t, 7, "beside it") {
	case 1:
		code += pick(t, []string{"0", "9", "A", "Z", "00", "ZZ"}, "longer")
	case 2:
		code = code[:len(code)-1]
	case 3:
		code = beside(code, 1)
	case 4:
		code = beside(code, -1)
	}
	code = anyCase(t, code)
	if i := even(t, 2*len(code)+1, "separator"); i > 0 && i < len(code) {
		code = code[:i] + pick(t, []string{" ", "-", "  ", "\u00a0", "\u2013"}, "as") + code[i:]
	}
	if chance(t, 5, "wide") {
		code = strings.Map(wide, code)
	}
	if code != "" && chance(t, 10, "prefix") {
		code = anyCase(t, set.Country.Code+pick(t, []string{"-", " ", "\u2011"}, "after the prefix")) + code
	}
	return code
}

// wide returns a digit or letter in full width.
func wide(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r - '0' + '０'
	}
	return r
}

// beside returns a code whose last character is moved up or down.
func beside(code string, by int) string {
	const order = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if code == "" {
		return code
	}
	last := len(code) - 1
	i := strings.IndexByte(order, code[last]) + by
	if i < 0 || i >= len(order) {
		return code
	}
	return code[:last] + order[i:i+1]
}
