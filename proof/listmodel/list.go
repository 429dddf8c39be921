// Package listmodel answers queries a second way. It was written from the rules of
// [tax.Query] alone and aims to be obviously right: it collects all configurations
// that match, sorts them, and cuts out the page. It shares the types of package tax
// and [tax.LocalizedText.In], which has proofs of its own.
package listmodel

import (
	"bytes"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

// Answer is the answer that a query must get.
type Answer struct {
	// Faults are the parameters that are wrong. If there are any, the query must
	// return an error that names one of them; otherwise it must not return one.
	Faults []string
	// All are all configurations that match, in order.
	All []tax.Configuration
	// Page are the configurations of the page.
	Page []tax.Configuration
	// More reports whether others follow the page.
	More bool
}

// List answers a query without a cursor. A country must come before its regions.
func List(docs []tax.Configuration, q tax.Query) Answer {
	var a Answer
	if a.Faults = faults(q); len(a.Faults) > 0 {
		return a
	}
	var found []match
	zones := map[string]string{} // of the countries so far
	for _, c := range docs {
		day := q.Date
		if c.Location.Region == "" {
			zones[c.Location.Country] = c.TimeZone
		}
		if day.IsZero() {
			day = today(c, zones[c.Location.Country], q.Now)
		}
		if m, ok := matches(c, q, day); ok {
			found = append(found, m)
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return less(found[i], found[j], q.Sort) })
	for _, m := range found {
		a.All = append(a.All, m.c)
	}
	size, number := q.PageSize, q.PageNumber
	if size == 0 {
		size = 60
	}
	if number == 0 {
		number = 1
	}
	for i, c := range a.All {
		switch page := i/size + 1; {
		case page == number:
			a.Page = append(a.Page, c)
		case page > number:
			a.More = true
		}
	}
	return a
}

// faults names the parameters that are wrong.
func faults(q tax.Query) (fields []string) {
	fault := func(field string, wrong bool) {
		if wrong {
			fields = append(fields, field)
		}
	}
	for name, f := range map[string]tax.TextFilter{"name": q.Name, "description": q.Description} {
		fault(name, f.Contains+f.Equals != "" && silent(f.In, q.Preferences))
		fault(name, f.IgnoreCase && strings.ToValidUTF8(f.Contains+" "+f.Equals, "!") != f.Contains+" "+f.Equals)
	}
	fault("rate", q.Rate.Valid && !percentage(q.Rate.Decimal))
	for _, t := range q.Treatments {
		fault("treatment", t > tax.OutsideScope)
	}
	fault("sort", len(q.Sort) > 8)
	for _, k := range q.Sort {
		fault("sort", k.By > tax.ByModified)
		fault("sort", (k.By == tax.ByName || k.By == tax.ByDescription) && silent(k.In, q.Preferences))
	}
	most := q.MaxPageSize
	if most == 0 {
		most = 1000
	}
	fault("maxPageSize", most < 0)
	fault("pageSize", q.PageSize < 0 || q.PageSize > most || q.PageSize == 0 && q.PageNumber != 0)
	fault("pageNumber", q.PageNumber < 0 || big.NewInt(0).Mul(big.NewInt(int64(q.PageNumber)), big.NewInt(int64(q.PageSize))).Cmp(big.NewInt(1<<31-1)) > 0)
	return fields
}

// silent reports whether there is no language in which a text could be read.
func silent(own, general tax.Preferences) bool {
	if own.IsZero() {
		own = general
	}
	return own.IsZero() || own.All()
}

// percentage reports whether a decimal is a percentage. It looks at the exponent
// first, because a huge one would take time.
func percentage(d decimal.Decimal) bool {
	if d.Exponent() < -12 || d.Exponent() > 3 {
		return false
	}
	r := rat(d)
	return r.Sign() >= 0 && r.Cmp(big.NewRat(1000, 1)) <= 0
}

// rat returns a decimal as a rational number.
func rat(d decimal.Decimal) *big.Rat {
	r := new(big.Rat).SetInt(d.Coefficient())
	for e := d.Exponent(); e > 0; e-- {
		r.Mul(r, big.NewRat(10, 1))
	}
	for e := d.Exponent(); e < 0; e++ {
		r.Mul(r, big.NewRat(1, 10))
	}
	return r
}

// today returns the day at a place.
func today(c tax.Configuration, ofCountry string, now time.Time) tax.Date {
	name := c.TimeZone
	if name == "" {
		name = ofCountry
	}
	zone, err := time.LoadLocation(name)
	if name == "" || err != nil {
		zone = time.UTC
	}
	year, month, day := now.In(zone).Date()
	d, _ := tax.NewDate(year, month, day)
	return d
}

// entry returns the entry in force on a day, the newest that has begun, if it states a
// rate.
func entry(class tax.Class, day tax.Date) (tax.Rate, bool) {
	var newest tax.Rate
	found := false
	for _, r := range class.Rates {
		if begun := r.From.IsZero() || r.From.Compare(day) <= 0; begun && (!found || r.From.Compare(newest.From) > 0) {
			newest, found = r, true
		}
	}
	switch newest.Effect {
	case tax.Replace, tax.Add, tax.AddCompound:
		return newest, found
	}
	return tax.Rate{}, false
}

// match is a document and the values by which it is sorted.
type match struct {
	c      tax.Configuration
	values []value
}

// value is the value for one sort key: a text, a number, or none.
type value struct {
	text   []byte
	number *big.Rat
	none   bool
}

func matches(c tax.Configuration, q tax.Query, day tax.Date) (match, bool) {
	if !hasCode(c.Location.Country, q.Country, q) || !hasCode(c.Location.Region, q.Region, q) {
		return match{}, false
	}
	if q.CountriesOnly && c.Location.Region != "" {
		return match{}, false
	}
	if !q.ChangedSince.IsZero() && c.Metadata.Modified.Before(q.ChangedSince) {
		return match{}, false
	}
	var classes []tax.Class
	for _, class := range c.Classes {
		if suits(class, q, day) {
			classes = append(classes, class)
		}
	}
	asked := q.Class+q.Name.Contains+q.Name.Equals+q.Description.Contains+q.Description.Equals != "" || q.Rate.Valid || len(q.Treatments) > 0 || q.Effective
	if asked && len(classes) == 0 {
		return match{}, false
	}
	sort.SliceStable(classes, func(i, j int) bool {
		if classes[i].Order != classes[j].Order {
			return classes[i].Order < classes[j].Order
		}
		return classes[i].Code < classes[j].Code
	})
	m := match{c: c}
	for _, k := range q.Sort {
		m.values = append(m.values, valueOf(c, classes, k, q, day))
	}
	return m, true
}

// suits reports whether a class satisfies all filters on classes.
func suits(class tax.Class, q tax.Query, day tax.Date) bool {
	if !hasCode(class.Code, q.Class, q) || !hasText(class.Name, q.Name, q) || !hasText(class.Description, q.Description, q) {
		return false
	}
	r, found := entry(class, day)
	if q.Effective && !found {
		return false
	}
	if q.Rate.Valid && (!found || rat(r.Percent).Cmp(rat(q.Rate.Decimal)) != 0) {
		return false
	}
	return len(q.Treatments) == 0 || found && slices.Contains(q.Treatments, r.Treatment)
}

func hasCode(code, asked string, q tax.Query) bool {
	switch {
	case asked == "":
		return true
	case q.ExactCodes:
		return code == asked
	}
	return strings.Contains(code, asked)
}

// hasText compares a text with a filter; without regard to case, it compares every
// stretch of as many characters.
func hasText(text tax.LocalizedText, f tax.TextFilter, q tax.Query) bool {
	if f.Contains+f.Equals == "" {
		return true
	}
	reads := read(text, f.In, q.Preferences)
	if !f.IgnoreCase {
		return strings.Contains(reads, f.Contains) && (f.Equals == "" || reads == f.Equals)
	}
	all, part := []rune(reads), []rune(f.Contains)
	found := false
	for i := 0; i+len(part) <= len(all); i++ {
		found = found || strings.EqualFold(string(all[i:i+len(part)]), f.Contains)
	}
	return found && (f.Equals == "" || strings.EqualFold(reads, f.Equals))
}

func read(text tax.LocalizedText, own, general tax.Preferences) string {
	if own.IsZero() {
		own = general
	}
	return text.In(own).Text
}

func valueOf(c tax.Configuration, classes []tax.Class, k tax.SortKey, q tax.Query, day tax.Date) value {
	none := value{none: true}
	switch k.By {
	case tax.ByCountry:
		return value{text: []byte(c.Location.Country)}
	case tax.ByRegion:
		return value{text: []byte(c.Location.Region), none: c.Location.Region == ""}
	case tax.ByModified:
		at := c.Metadata.Modified
		return value{number: new(big.Rat).SetInt64(at.UnixMilli()), none: at.IsZero()}
	}
	if len(classes) == 0 {
		return none
	}
	first := classes[0]
	switch k.By {
	case tax.ByClass:
		return value{text: []byte(first.Code)}
	case tax.ByRate:
		if r, found := entry(first, day); found {
			return value{number: rat(r.Percent)}
		}
		return none
	}
	text := first.Name
	if k.By == tax.ByDescription {
		text = first.Description
	}
	words := []byte(read(text, k.In, q.Preferences))
	if len(words) > 1024 {
		words = words[:1024]
	}
	return value{text: words, none: len(words) == 0}
}

func less(a, b match, keys []tax.SortKey) bool {
	for i, k := range keys {
		v, w := a.values[i], b.values[i]
		if v.none != w.none {
			return w.none
		}
		if v.none {
			continue
		}
		order := bytes.Compare(v.text, w.text)
		if v.number != nil {
			order = v.number.Cmp(w.number)
		}
		if order != 0 {
			return order < 0 != k.Descending
		}
	}
	if a.c.Location.Country != b.c.Location.Country {
		return a.c.Location.Country < b.c.Location.Country
	}
	return a.c.Location.Region < b.c.Location.Region
}
