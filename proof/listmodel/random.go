package listmodel

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

// The pools are small, so that values coincide with each other and with filters.
var (
	countries = strings.Fields("AT BE CA CH CZ DE DK ES FI FR GB IE IT JP NO PL US")
	regions   = []string{"X-A", "X-AB", "X-B", "X-C", "X-N"}
	codes     = strings.Fields("BASE A AB B BOOKS REDUCED ZERO")
	zones     = []string{"", "UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles"}
	percents  = []string{"0.0", "7", "7.00", "7.5", "9.975", "19", "20", "100", "1000", "0.000000000001", "123.456789012345"}
	days      = []string{"2020-07-01", "2021-01-01", "2026-11-20", "2026-11-21", "2026-11-22", "2027-01-01"}
	tags      = strings.Fields("de de-AT en en-GB fr pt-BR sr-Latn zh-Hant")
	readers   = strings.Fields("de de-CH de-AT en en-US en-AU fr pt-PT sr sr-ME zh-TW ja")
	words     = []string{"Rate", "rate", "Regelsatz", "Ärzte", "Zoll", "\U0001F4B6", "\uFB01", "税", "Rate (reduced)", "R"}
	headers   = []string{"*", "de;q=0.5, en", "*;q=0.1, fr", "en;q=0, de", "de;q=0, *"}
)

var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

// Documents returns up to 60 random configurations, sorted by location, which are
// valid together.
func Documents(r *rand.Rand) []tax.Configuration {
	var docs []tax.Configuration
	for n := r.IntN(61); n > 0; n-- {
		l := tax.Location{Country: one(r, countries)}
		if r.IntN(2) == 0 {
			l.Region = one(r, regions)
		}
		if !slices.ContainsFunc(docs, func(c tax.Configuration) bool { return c.Location == l }) {
			docs = append(docs, tax.Configuration{Location: l})
		}
	}
	Sort(docs)
	for i := range docs {
		docs[i] = Document(r, docs[i].Location, based(docs, docs[i].Location))
	}
	return docs
}

// Sort sorts documents by location.
func Sort(docs []tax.Configuration) {
	slices.SortFunc(docs, func(a, b tax.Configuration) int {
		if a.Location.Country != b.Location.Country {
			return strings.Compare(a.Location.Country, b.Location.Country)
		}
		return strings.Compare(a.Location.Region, b.Location.Region)
	})
}

// based reports whether the country of a region has the class BASE.
func based(docs []tax.Configuration, l tax.Location) bool {
	return slices.ContainsFunc(docs, func(c tax.Configuration) bool {
		return l.Region != "" && c.Location == tax.Location{Country: l.Country} && len(c.Classes) > 0 && c.Classes[0].Code == "BASE"
	})
}

// Document returns a random configuration of a location. With based, its country has
// the class BASE, to which it may add.
func Document(r *rand.Rand, l tax.Location, based bool) tax.Configuration {
	c := tax.Configuration{Location: l, Tax: tax.Tax{Code: "VAT"}, TimeZone: one(r, zones)}
	if l.Region != "" && r.IntN(4) > 0 {
		c.TimeZone = "" // it inherits that of its country
	}
	if c.Metadata.Modified = monday.Add(time.Duration(r.IntN(40)) * 500 * time.Millisecond); r.IntN(8) == 0 {
		c.Metadata.Modified = time.Time{}
	}
	for _, code := range codes {
		if r.IntN(3) > 0 {
			continue
		}
		class := tax.Class{Code: code, Name: text(r), Description: text(r)}
		if order := r.IntN(4) - 1; order < 2 {
			class.Order = &order
		}
		switch {
		case code == "BASE" && l.Region == "":
			class.Rates = []tax.Rate{{Percent: tax.MustPercent("10")}}
		case code == "BASE" && based:
			class.Rates = timeline(r, tax.Add, tax.AddCompound, tax.Inherit, tax.Replace, tax.End)
		default:
			class.Rates = timeline(r, tax.Replace, tax.Replace, tax.Replace, tax.End)
		}
		c.Classes = append(c.Classes, class)
	}
	return c
}

func timeline(r *rand.Rand, effects ...tax.Effect) []tax.Rate {
	var list []tax.Rate
	for i := len(days) - 1; i >= 0; i-- {
		if r.IntN(3) == 0 {
			list = append(list, rate(r, tax.MustDate(days[i]), one(r, effects)))
		}
	}
	if len(list) == 0 || r.IntN(3) == 0 {
		list = append(list, rate(r, tax.Date{}, effects[0]))
	}
	return list
}

func rate(r *rand.Rand, from tax.Date, effect tax.Effect) tax.Rate {
	e := tax.Rate{From: from, Effect: effect}
	switch {
	case effect == tax.Inherit || effect == tax.End:
	case effect == tax.Replace && r.IntN(3) == 0:
		e.Treatment = tax.Treatment(1 + r.IntN(6))
	default:
		e.Percent = tax.MustPercent(one(r, percents))
	}
	return e
}

// text returns a random text in some languages; some texts differ only at their end,
// beyond 1,024 bytes.
func text(r *rand.Rand) tax.LocalizedText {
	byTag := map[string]string{}
	for _, tag := range tags {
		if r.IntN(4) > 0 {
			continue
		}
		byTag[tag] = one(r, words)
		if r.IntN(16) == 0 {
			byTag[tag] = strings.Repeat("x", 1020+r.IntN(5)) + one(r, []string{"a", "ab", "abc", "abd", "b"})
		}
	}
	return tax.MustLocalizedText(byTag)
}

// Query returns a random query, most often one that finds something.
func Query(r *rand.Rand) tax.Query {
	// At most hours, the zones are on different days.
	q := tax.Query{Now: monday.AddDate(0, 0, 4+r.IntN(3)).Add(time.Duration(r.IntN(24)) * time.Hour), CursorKey: []byte("key")}
	some := func(n int) bool { return r.IntN(n) == 0 }
	if some(8) {
		q.Country = one(r, []string{"E", "C", "DE", "A", "ZZ", "de"})
	}
	if some(16) {
		q.Region = one(r, []string{"X", "A", "-A", "B", "x"})
	}
	if some(8) {
		q.ChangedSince = monday.Add(time.Duration(r.IntN(50)) * 400 * time.Millisecond)
	}
	q.CountriesOnly = some(8)
	if some(6) {
		q.Class = one(r, []string{"A", "B", "BASE", "O", "E", "base"})
	}
	if !some(5) {
		q.Preferences = preferences(r)
	}
	if some(6) {
		q.Name = tax.TextFilter{Contains: one(r, []string{"R", "rate", "Ä", "\x84", "x", "税", "satz"}), In: preferences(r)}
	}
	if some(8) {
		q.Description = tax.TextFilter{Contains: one(r, []string{"R", "rate", "a", "税"}), In: preferences(r)}
	}
	for _, f := range []*tax.TextFilter{&q.Name, &q.Description} {
		f.IgnoreCase = some(3)
		if some(12) {
			f.Equals = one(r, words)
			if f.IgnoreCase {
				f.Equals = one(r, []func(string) string{strings.ToUpper, strings.ToLower})(f.Equals)
			}
		}
	}
	if q.ExactCodes = some(4); q.ExactCodes && some(2) {
		q.Country, q.Class = one(r, []string{"", "DE", "AT", "D"}), one(r, []string{"", "BASE", "A", "B"})
	}
	if some(5) {
		q.Rate = decimal.NullDecimal{Valid: true, Decimal: tax.MustPercent(one(r, percents))}
		if some(30) {
			q.Rate.Decimal = one(r, []decimal.Decimal{decimal.New(-1, 0), decimal.New(10001, -1), decimal.New(1, -19), decimal.New(1, 100000000), decimal.New(2, 3)})
		}
	}
	if some(6) {
		for range 1 + r.IntN(3) {
			q.Treatments = append(q.Treatments, tax.Treatment(r.IntN(7)))
		}
		if some(40) {
			q.Treatments = append(q.Treatments, tax.Treatment(7+r.IntN(249)))
		}
	}
	q.Effective = some(6)
	if some(2) {
		q.Date = tax.MustDate(one(r, days))
	}
	if !some(4) {
		for range r.IntN(4) {
			q.Sort = append(q.Sort, tax.SortKey{By: tax.SortField(r.IntN(7)), Descending: some(2), In: preferences(r)})
		}
		if some(60) {
			q.Sort = append(q.Sort, tax.SortKey{By: tax.SortField(7 + r.IntN(249))})
		}
		if some(60) {
			q.Sort = append(q.Sort, make([]tax.SortKey, 7)...)
		}
	}
	q.Total = some(3)
	page(r, &q)
	return q
}

// page selects a random page, sometimes one that does not exist.
func page(r *rand.Rand, q *tax.Query) {
	switch r.IntN(8) {
	case 0:
	case 1:
		q.PageSize, q.PageNumber = one(r, []int{1, 2, 1000, 1 << 30}), one(r, []int{0, 1, 3, 1 << 20, 1<<31 - 1})
		q.MaxPageSize = one(r, []int{0, 1 << 30, 1<<31 - 1})
	case 2:
		if r.IntN(4) == 0 {
			q.PageSize, q.PageNumber = one(r, []int{-1, 0, 5, 1001}), one(r, []int{-1, 0, 1, 2})
			q.MaxPageSize = one(r, []int{-1, 0, 4})
			if q.PageSize == 0 && q.MaxPageSize == 4 {
				q.PageSize = 4 // the size of a page is not specified in this case
			}
		}
	default:
		q.PageSize = 1 + r.IntN(12)
		q.PageNumber = r.IntN(5)
	}
}

// preferences returns random preferences; half of them are zero.
func preferences(r *rand.Rand) tax.Preferences {
	if r.IntN(2) == 0 {
		return tax.Preferences{}
	}
	if r.IntN(6) == 0 {
		p, _ := tax.ParseAcceptLanguage(one(r, headers))
		return p
	}
	p := tax.MustPreferences(one(r, readers), one(r, readers))
	if r.IntN(3) == 0 {
		p, _ = p.WithFallback(one(r, readers))
	}
	return p
}

func one[E any](r *rand.Rand, list []E) E { return list[r.IntN(len(list))] }
