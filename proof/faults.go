package proof

import (
	"slices"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"pgregory.net/rapid"
)

// fault spoils a document whose first class has two dated entries, the first of them
// with the effect Replace.
type fault struct {
	name  string
	plant func(c *tax.Configuration)
}

// Faults by name. Each breaks one rule, and none changes the parts by which a
// document is known to exist: location, region aliases, postal codes, region rule.
var Faults = []fault{
	{"negative percent", func(c *tax.Configuration) { front(c).Percent = decimal.New(-1, 0) }},
	{"percent over 1000", func(c *tax.Configuration) { front(c).Percent = decimal.New(100001, -2) }},
	{"percent with 19 decimals", func(c *tax.Configuration) { front(c).Percent = decimal.New(1, -19) }},
	{"percent with a huge exponent", func(c *tax.Configuration) { front(c).Percent = decimal.New(1, 1000000000) }},
	{"percent with a tiny exponent", func(c *tax.Configuration) { front(c).Percent = decimal.New(1, -1000000000) }},
	{"exempt at a percentage", func(c *tax.Configuration) { front(c).Treatment = tax.Exempt }},
	{"components that do not sum", func(c *tax.Configuration) {
		front(c).Components = []tax.Component{{Code: "A", Percent: decimal.New(4, 0)}, {Code: "B", Percent: decimal.New(2, 0)}}
	}},
	{"component without a code", func(c *tax.Configuration) {
		front(c).Components = []tax.Component{{Percent: decimal.New(5, 0)}}
	}},
	{"oldest entry first", func(c *tax.Configuration) { slices.Reverse(c.Classes[0].Rates) }},
	{"two entries on one day", func(c *tax.Configuration) { c.Classes[0].Rates[1].From = front(c).From }},
	{"unknown start in front", func(c *tax.Configuration) { front(c).From = tax.Date{} }},
	{"no entries", func(c *tax.Configuration) { c.Classes[0].Rates = nil }},
	{"two defaults", func(c *tax.Configuration) {
		second := c.Classes[0].Clone()
		second.Code, second.Aliases = "SECOND", nil
		c.Classes = append(c.Classes, second)
		for i := range c.Classes {
			c.Classes[i].Default = true
		}
	}},
	{"one class twice", func(c *tax.Configuration) { c.Classes = append(c.Classes, c.Classes[0].Clone()) }},
	{"alias that is a class", func(c *tax.Configuration) {
		c.Classes[0].Aliases = append(slices.Clone(c.Classes[0].Aliases), c.Classes[0].Code)
	}},
	{"alias with a space", func(c *tax.Configuration) {
		c.Classes[0].Aliases = append(slices.Clone(c.Classes[0].Aliases), "A B")
	}},
	{"class without a code", func(c *tax.Configuration) { c.Classes[0].Code = "" }},
	{"no such effect", func(c *tax.Configuration) { front(c).Effect = 99 }},
	{"no such treatment", func(c *tax.Configuration) { front(c).Treatment = 99; front(c).Percent = decimal.Decimal{} }},
	{"no such status", func(c *tax.Configuration) { front(c).Evidence.Status = 99 }},
	{"adding without a parent", func(c *tax.Configuration) {
		// Only at a country is this a fault of the document by itself.
		if front(c).Effect = tax.Add; c.Location.Region != "" {
			front(c).OfGross = true
		}
	}},
	{"negative version", func(c *tax.Configuration) { c.Metadata.Version = -1 }},
	{"zone of the machine", func(c *tax.Configuration) { c.TimeZone = "Local" }},
	{"tax with a name and no code", func(c *tax.Configuration) {
		c.Tax = tax.Tax{Name: tax.MustLocalizedText(map[string]string{"en": "levy"})}
	}},
}

// front returns the newest entry of the first class.
func front(c *tax.Configuration) *tax.Rate { return &c.Classes[0].Rates[0] }

// Spoil draws a document of the set and plants a fault in a copy of it.
func Spoil(set Set) *rapid.Generator[Spoiled] {
	return rapid.Custom(func(t *rapid.T) Spoiled {
		docs := slices.Clone(set.Docs)
		i := even(t, len(docs), "document")
		f := pick(t, Faults, "fault")
		c := docs[i].Clone()
		c.Classes = slices.Insert(slices.DeleteFunc(c.Classes, func(k tax.Class) bool { return k.Code == "STANDARD" }), 0, tax.Class{
			Code: "STANDARD",
			Rates: []tax.Rate{
				{From: tax.MustDate("2013-01-01"), Percent: decimal.New(5, 0)},
				{From: tax.MustDate("2007-01-01"), Percent: decimal.New(4, 0)},
			},
		})
		f.plant(&c)
		docs[i] = c
		return Spoiled{f.name, c.Location, docs}
	})
}

// Spoiled is a set in which one document is invalid.
type Spoiled struct {
	Fault string       // its name
	At    tax.Location // of the invalid document
	Docs  []tax.Configuration
}
