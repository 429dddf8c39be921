package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"pgregory.net/rapid"
)

// Set has the documents of one country, as a source returns them.
type Set struct {
	Country Country
	Docs    []tax.Configuration
}

// GoString shows the documents when rapid reports what it drew.
func (s Set) GoString() string { return "\n" + Show(s.Docs) }

// Country has the ISO codes that the generators use for a country, so that the
// random documents have real parents and real spellings.
type Country struct {
	Code string
	// Spellings are codes that mean the country.
	Spellings []string
	// Regions of ISO 3166-2, parents before their children.
	Regions []string
	// Unlisted are further ISO regions, for which no document is made.
	Unlisted []string
}

// Countries include some with regions inside regions, some with other codes for
// themselves, and some with neither.
var Countries = []Country{
	{"FR", []string{"FR", "fr", "FRA", "Fra"}, []string{"20R", "ARA", "2A", "2B", "69", "01", "971"}, []string{"IDF", "75C", "63"}},
	{"ES", []string{"ES", "esp"}, []string{"CN", "AN", "GC", "TF", "CA", "CE", "ML"}, []string{"AL", "MD", "B"}},
	{"GB", []string{"GB", "UK", "gbr", "uk", "XI"}, []string{"NIR", "SCT", "ABC", "ABE"}, []string{"WLS", "AND", "AGB"}},
	{"GR", []string{"GR", "EL", "GRC", "el"}, []string{"69", "A", "B", "L"}, []string{"C", "M"}},
	{"IT", []string{"IT", "ita"}, []string{"25", "62", "MI", "RM", "BG"}, []string{"82", "AG"}},
	{"CA", []string{"CA", "CAN"}, []string{"QC", "BC", "ON", "PE"}, []string{"AB", "YT"}},
	{"DE", []string{"DE", "deu"}, []string{"BY", "BE", "HH"}, []string{"NW", "SN"}},
}

var (
	privateRegions = []string{"X-ISLE", "X-HILL-1", "X-P0RT", "X-Z"}
	classCodes     = []string{"STANDARD", "REDUCED", "ZERO", "food"}
	// An alias means the same class in all documents of a set: two documents that
	// use one alias for two classes would collide.
	classAliases = map[string][]string{
		"STANDARD": {"STD", "normal"}, "REDUCED": {"RED", "LOW"}, "ZERO": {"Z0"}, "food": {"FOOD", "groceries"},
	}
	taxCodes    = []string{"VAT", "GST", "PST", "IGIC"}
	zones       = []string{"", "UTC", "Europe/Paris", "Pacific/Auckland", "America/Vancouver"}
	oddPercents = []decimal.Decimal{
		tax.MustPercent("0"), tax.MustPercent("19"), tax.MustPercent("20.00"), tax.MustPercent("9.975"),
		tax.MustPercent("0.000000000001"), tax.MustPercent("33.333333333333"), tax.MustPercent("1000"),
	}
	// There are few days, so that documents change on the same day or a day apart.
	dayPool = days("0001-01-01", "1995-01-01", "2000-02-29", "2007-01-01", "2012-12-31", "2013-01-01", "2013-01-02",
		"2018-07-01", "2020-12-31", "2021-01-01", "2026-11-21", "2026-11-22", "9999-12-31")
)

func days(texts ...string) []tax.Date {
	var list []tax.Date
	for _, s := range texts {
		list = append(list, tax.MustDate(s))
	}
	return list
}

// SetOf draws valid documents of one country: of the country itself, most often, and
// of up to five of its regions.
func SetOf() *rapid.Generator[Set] {
	return rapid.Custom(func(t *rapid.T) Set {
		g := generator{T: t, country: pick(t, Countries, "country")}
		for _, code := range classCodes {
			if g.chance(60, "adds up") {
				g.additive = append(g.additive, code)
			}
		}
		return Set{g.country, g.documents()}
	})
}

// Abroad are documents of other countries, to which [Set.Referring] refers addresses. One
// of them refers addresses on.
var Abroad = []tax.Configuration{
	{Location: tax.Location{Country: "MC"}, Tax: tax.Tax{Code: "VAT"}, Classes: []tax.Class{
		{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent("20")}}},
		{Code: "food", Aliases: []string{"FOOD"}, Rates: []tax.Rate{{From: tax.MustDate("2013-01-01"), Percent: tax.MustPercent("5.5")}}},
	}},
	{Location: tax.Location{Country: "MC", Region: "X-PORT"}, PostalCodes: []tax.PostalRange{{From: "77"}, {From: "81", To: "82"}}},
	{Location: tax.Location{Country: "LI"}, Regions: tax.RegionsRequired},
	{Location: tax.Location{Country: "LI", Region: "07"}, Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent("8.1")}}}}},
	{Location: tax.Location{Country: "AD"}, Elsewhere: []tax.Referral{{Location: tax.Location{Country: "MC"}, PostalCodes: []tax.PostalRange{{From: "77", To: "77"}}}},
		Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent("4.5")}}}}},
}

// Referring draws the set with referrals to [Abroad], and to a country without documents.
func (s Set) Referring() *rapid.Generator[Set] {
	return rapid.Custom(func(t *rapid.T) Set {
		s := Set{s.Country, slices.Clone(s.Docs)}
		free := slices.Concat(s.Country.Unlisted, s.Country.Regions, []string{"X-AWAY", "QQ"})
		for _, c := range s.Docs {
			free = slices.DeleteFunc(free, func(r string) bool { return r == c.Location.Region || slices.Contains(c.RegionAliases, r) })
		}
		free = shuffled(t, free, "free codes")
		codes := []tax.PostalRange{{From: "77", To: "77"}, {From: "81", To: "84"}, {From: "8"}, {From: "7"}, {From: "Q1", To: "Q4"}}
		for i := range s.Docs {
			if c := &s.Docs[i]; c.Location.Region == "" {
				for _, to := range shuffled(t, []string{"MC", "LI", "LI-07", "AD", "SM"}, "places") {
					n, m := even(t, min(2, len(free))+1, "regions"), even(t, min(2, len(codes))+1, "codes")
					if n+m > 0 {
						l := tax.Location{Country: to[:2], Region: strings.TrimPrefix(to[2:], "-")}
						c.Elsewhere = append(c.Elsewhere, tax.Referral{Location: l, Regions: free[:n], PostalCodes: codes[:m]})
					}
					free, codes = free[n:], codes[m:]
				}
			}
		}
		return s
	})
}

type generator struct {
	*rapid.T
	country Country
	// additive are the classes whose entries are all taxable percentages of the
	// net price, so that regions can add to them.
	additive []string
	// places have the locations and aliases of the documents, and docs those that are
	// drawn already.
	places World
	docs   []tax.Configuration
}

func (g *generator) chance(percent int, label string) bool {
	return chance(g.T, percent, label)
}

func (g *generator) documents() []tax.Configuration {
	g.places = NewWorld(nil)
	if g.chance(90, "country has a document") {
		g.places.docs[g.at("")] = tax.Configuration{}
		g.docs = append(g.docs, g.document(g.at("")))
	}
	var regions []string
	wanted := even(g.T, 6, "regions")
	// In the order of the table, because a document depends on its parents.
	for _, r := range slices.Concat(g.country.Regions, privateRegions) {
		if len(regions) < wanted && g.chance(50, r) {
			regions = append(regions, r)
		}
	}
	g.aliases(regions)
	g.within(regions)
	// Parents come before their children, because an entry depends on its parent's.
	slices.SortStableFunc(regions, func(a, b string) int {
		return cmp.Compare(len(g.places.Chain(g.at(a))), len(g.places.Chain(g.at(b))))
	})
	for _, r := range regions {
		g.docs = append(g.docs, g.document(g.at(r)))
	}
	g.postalCodes()
	return shuffled(g.T, g.docs, "order of documents")
}

func (g *generator) document(at tax.Location) tax.Configuration {
	c := tax.Configuration{Location: at, RegionAliases: g.places.docs[at].RegionAliases, Within: g.places.docs[at].Within}
	if at.Region == "" {
		c.Regions = pick(g.T, []tax.RegionRule{0, 0, 0, 0, tax.RegionsListed, tax.RegionsRequired}, "rule")
	} else {
		c.Exclusive = g.chance(15, "exclusive")
	}
	if g.chance(30, "has a name") {
		c.Name = tax.MustLocalizedText(map[string]string{"en": pick(g.T, names, "name")})
	}
	c.LocalTaxesMissing = g.chance(20, "local taxes are missing")
	if len(g.places.Chain(at)) < 2 || g.chance(40, "names a tax") {
		c.Tax = g.tax()
	}
	c.TimeZone = pick(g.T, zones, "zone")
	count := pick(g.T, []int{0, 1, 2, 2, 3, 3, 4, 4}, "classes")
	codes := shuffled(g.T, classCodes, "codes")[:count]
	for _, code := range codes {
		c.Classes = append(c.Classes, g.class(code, g.canAdd(at, code)))
	}
	if count > 0 && g.chance(70, "has a default") {
		c.Classes[even(g.T, count, "default")].Default = true
	}
	c.Metadata = tax.Metadata{
		Version: int64(even(g.T, 10, "version")),
		Source:  at.String() + ".json",
	}
	if g.chance(80, "has an as-of day") {
		c.Metadata.AsOf = pick(g.T, dayPool, "as of")
	}
	return c
}

func (g *generator) tax() tax.Tax {
	code := pick(g.T, taxCodes, "tax")
	return tax.Tax{Code: code, Name: tax.MustLocalizedText(map[string]string{"en": code + " tax"})}
}

// canAdd reports whether an entry at a region may build on a class of its parent:
// the parent must have the class.
func (g *generator) canAdd(at tax.Location, code string) bool {
	chain := g.places.Chain(at)
	if len(chain) < 2 {
		return false
	}
	w := NewWorld(g.docs)
	return slices.ContainsFunc(w.visible(chain[1]), func(l tax.Location) bool { return lists(w.docs[l], code) })
}

func (g *generator) class(code string, parent bool) tax.Class {
	c := tax.Class{
		Code:  code,
		Name:  tax.MustLocalizedText(map[string]string{"en": code + " rate", "fr": "taux " + code}),
		Order: new(even(g.T, 4, "order") - 1),
	}
	for _, alias := range classAliases[code] {
		if g.chance(40, alias) {
			c.Aliases = append(c.Aliases, alias)
		}
	}
	count := 1 + even(g.T, 4, "entries")
	froms := slices.Clone(shuffled(g.T, dayPool, "days")[:count])
	slices.SortFunc(froms, func(a, b tax.Date) int { return b.Compare(a) })
	if g.chance(45, "unknown start") {
		froms[count-1] = tax.Date{}
	}
	for _, from := range froms {
		c.Rates = append(c.Rates, g.entry(from, slices.Contains(g.additive, code), parent))
	}
	return c
}

func (g *generator) entry(from tax.Date, additive, parent bool) tax.Rate {
	r := tax.Rate{From: from, Evidence: tax.Evidence{
		Status:  tax.Status(even(g.T, 5, "status")),
		Sources: shuffled(g.T, []string{"law", "gazette", "survey"}, "sources")[:even(g.T, 3, "count of sources")],
	}}
	effects := []tax.Effect{tax.Replace, tax.Replace, tax.Replace, tax.Replace, tax.Replace, tax.End}
	if parent {
		effects = append(effects, tax.Inherit, tax.Inherit)
		if additive {
			effects = append(effects, tax.Add, tax.Add, tax.Add, tax.Add, tax.AddCompound, tax.AddCompound, tax.AddCompound)
		}
	}
	r.Effect = pick(g.T, effects, "effect")
	if r.Effect == tax.Inherit || r.Effect == tax.End {
		return r
	}
	if g.chance(20, "own tax") {
		r.Tax = g.tax()
	}
	switch {
	case additive:
		r.Components = g.components(r.Effect)
	case g.chance(30, "not taxable"):
		r.Treatment = tax.Treatment(1 + even(g.T, 6, "treatment"))
		return r
	case g.chance(10, "of gross"):
		r.OfGross = true
	default:
		r.Components = g.components(r.Effect)
	}
	r.Percent = g.percent()
	if r.OfGross && !r.Percent.LessThan(decimal.New(100, 0)) {
		r.Percent = decimal.New(175, -1)
	}
	if len(r.Components) > 0 {
		r.Percent = together(r.Components)
	}
	return r
}

// components draws up to three components, most often none, with few decimals, so
// that the total has at most 12 even if they are compound.
func (g *generator) components(effect tax.Effect) []tax.Component {
	count := pick(g.T, []int{0, 0, 0, 1, 2, 3}, "components")
	if effect == tax.AddCompound {
		count = min(count, 1)
	}
	var list []tax.Component
	for _, code := range []string{"STATE", "LEVY", "CITY"}[:count] {
		list = append(list, tax.Component{
			Code:     code,
			Name:     tax.MustLocalizedText(map[string]string{"en": code + " part"}),
			Percent:  decimal.New(int64(even(g.T, 2500, "part")), -2),
			Compound: effect == tax.Replace && g.chance(40, "compound"),
		})
	}
	return list
}

func (g *generator) percent() decimal.Decimal {
	if chance(g.T, 50, "odd percent") {
		return pick(g.T, oddPercents, "percent")
	}
	return decimal.New(int64(even(g.T, 40000, "percent")), int32(-2-even(g.T, 3, "scale")))
}

// together returns the exact total of components, computed with rational numbers. It
// is a decimal because every factor is one.
func together(list []tax.Component) decimal.Decimal {
	total := Exact(decimal.Decimal{})
	for _, s := range Shares(list) {
		total.Add(total, s.Share)
	}
	n, exactly := total.FloatPrec()
	if !exactly {
		panic("proof: a total that is not a decimal") // unreachable: percentages have no other factors than 2 and 5
	}
	num := total.FloatString(n)
	var digits []byte
	for i := range len(num) {
		if num[i] != '.' {
			digits = append(digits, num[i])
		}
	}
	coefficient, ok := Exact(decimal.Decimal{}).Num().SetString(string(digits), 10)
	if !ok {
		panic(fmt.Sprintf("proof: total %s", num)) // unreachable: FloatString writes digits
	}
	return decimal.NewFromBigInt(coefficient, int32(-n))
}

// aliases gives regions other codes: those of ISO regions without a document, and
// private ones. No region lies in itself by them.
func (g *generator) aliases(regions []string) {
	free := slices.Concat(g.country.Unlisted, g.country.Regions, []string{"X-OLD", "ZZ9"})
	free = slices.DeleteFunc(free, func(r string) bool {
		return slices.Contains(regions, r)
	})
	free = shuffled(g.T, free, "alias order")
	for _, r := range regions {
		g.places.docs[g.at(r)] = tax.Configuration{}
	}
	for _, r := range regions {
		c := g.places.docs[g.at(r)]
		n := even(g.T, min(2, len(free))+1, "aliases")
		c.RegionAliases, free = slices.Clone(free[:n]), free[n:]
		g.places.docs[g.at(r)] = c
		if slices.ContainsFunc(regions, func(r string) bool { return g.places.Chain(g.at(r)) == nil }) {
			g.places.docs[g.at(r)] = tax.Configuration{}
		}
	}
}

// at returns the location of a region; "" is the country.
func (g *generator) at(region string) tax.Location {
	return tax.Location{Country: g.country.Code, Region: region}
}

// postalCodes gives the regions ranges that do not overlap: codes, spans and prefixes
// that share their first characters and touch each other.
func (g *generator) postalCodes() {
	for _, block := range shuffled(g.T, []string{"10", "69", "9A", "BT", "Z9", g.country.Code}, "blocks")[:even(g.T, 3, "count of blocks")] {
		for _, r := range []tax.PostalRange{
			{From: block},
			{From: block + "0"},
			{From: block + "00"},
			{From: block + "1", To: block + "4"},
			{From: block + "5", To: block + "5"},
			{From: block + "60", To: block + "79"},
			{From: block + "800"},
			{From: block + "81A", To: block + "89Z"},
			{From: block + "9", To: block + "B"},
		} {
			g.giveRange(r)
		}
	}
	if g.chance(30, "short span") {
		g.giveRange(tax.PostalRange{From: "3", To: "5"})
	}
}

// giveRange gives a range to a region, or to none. A region around it may have the range
// too, and other regions if all of them share it.
func (g *generator) giveRange(r tax.PostalRange) {
	i := even(g.T, len(g.docs)+2, r.String()) - 2
	if i < 0 || g.docs[i].Location.Region == "" {
		return
	}
	sharing := g.chance(20, "shared")
	if !sharing {
		g.docs[i].PostalCodes = append(g.docs[i].PostalCodes, r)
	}
	around := NewWorld(g.docs).Chain(g.docs[i].Location)[1:]
	for j := range g.docs {
		at := g.docs[j].Location
		switch {
		case at.Region == "":
		case sharing && (i == j || g.chance(50, "shares")):
			g.docs[j].SharedPostalCodes = append(g.docs[j].SharedPostalCodes, r)
		case !sharing && slices.Contains(around, at) && g.chance(30, "around"):
			g.docs[j].PostalCodes = append(g.docs[j].PostalCodes, r)
		}
	}
}

// within puts private regions into other ones. No region lies in itself by that.
func (g *generator) within(regions []string) {
	for i, r := range regions {
		if i == 0 || !strings.HasPrefix(r, "X-") || !g.chance(50, "within") {
			continue
		}
		at := g.at(r)
		c := g.places.docs[at]
		was := c
		c.Within = pick(g.T, regions[:i], "around it")
		g.places.docs[at] = c
		if slices.ContainsFunc(regions, func(r string) bool { return g.places.Chain(g.at(r)) == nil }) {
			g.places.docs[at] = was
		}
	}
}
