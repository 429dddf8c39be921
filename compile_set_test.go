package tax_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// broken makes a document invalid by itself without touching anything that
// another document looks at.
func broken(c tax.Configuration) tax.Configuration {
	c.Classes = append(c.Classes, tax.Class{Code: "NO RATES"})
	return c
}

func aliased(c tax.Configuration, aliases ...string) tax.Configuration {
	c.RegionAliases = aliases
	return c
}

func exclusive(c tax.Configuration) tax.Configuration {
	c.Exclusive = true
	return c
}

// question is a lookup in the country of a set, and its answer.
type question struct{ region, postal, class, want string }

func TestQuarantine(t *testing.T) {
	doc, class, codes := taxtest.Doc, taxtest.Class, taxtest.WithPostalCodes
	country := doc("FR", class("STANDARD*", "2014-01-01 20", "STD"), class("REDUCED", "2014-01-01 10"), class("GROSS", "- 5 ofGross"),
		class("EXEMPT", "2000-01-01 4; 2014-01-01 0 exempt"))
	const invalid, unknown = "invalid", "unknown region"
	for _, c := range []struct {
		name      string
		set       []tax.Configuration
		questions []question
	}{
		{"an invalid region costs itself", []tax.Configuration{country, broken(codes(doc("FR-971", class("STANDARD", "- 8.5")), "97100-97132")), doc("FR-972")},
			[]question{{"971", "", "STANDARD", invalid}, {"971", "", "REDUCED", invalid}, {"971", "", "", invalid}, {"", "97110", "STANDARD", invalid},
				{"972", "", "STANDARD", "20 VAT"}, {"", "", "STANDARD", "20 VAT"}}},
		{"an invalid country costs what comes from it", []tax.Configuration{broken(country),
			doc("FR-20R", class("STANDARD", "2014-01-01 9; 2020-01-01 10"), class("ENDED", "2014-01-01 2; 2020-01-01 end"),
				class("SUM", "2014-01-01 + 1"), class("MIXED", "2014-01-01 inherit; 2020-01-01 3"))},
			[]question{{"", "", "STANDARD", invalid}, {"20R", "", "STANDARD", "10 VAT"}, {"20R", "", "ENDED", "no rate on that day"},
				{"20R", "", "SUM", invalid}, {"20R", "", "MIXED", "3 VAT"}, {"20R", "", "REDUCED", invalid}, {"20R", "", "STD", invalid}, {"20R", "", "", invalid}}},
		{"an exclusive region under an invalid country", []tax.Configuration{broken(country), exclusive(doc("FR-971", class("STANDARD", "- 8.5")))},
			[]question{{"971", "", "STANDARD", "8.5 VAT"}, {"971", "", "REDUCED", "unknown class"}, {"971", "", "", invalid}}},
		{"a region with a default of its own under an invalid country", []tax.Configuration{broken(country), doc("FR-971", class("STANDARD*", "- 8.5"))},
			[]question{{"971", "", "", "8.5 VAT"}, {"", "", "", invalid}}},
		{"a region two levels below an invalid country", []tax.Configuration{broken(country),
			doc("FR-20R", class("STANDARD", "2014-01-01 10")), doc("FR-2A", class("OWN", "2014-01-01 1"))},
			[]question{{"2A", "", "STANDARD", "10 VAT"}, {"2A", "", "OWN", "1 VAT"}, {"2A", "", "REDUCED", invalid}, {"2A", "", "", invalid}}},
		{"own entries two levels below an invalid country beside inherited ones", []tax.Configuration{broken(country),
			doc("FR-20R", class("STANDARD", "2014-01-01 10")), doc("FR-2A", class("OWN", "2014-01-01 1"), class("REDUCED", "2014-01-01 + 1"))},
			[]question{{"2A", "", "OWN", "1 VAT"}, {"2A", "", "REDUCED", invalid}}},
		{"two documents for one region", []tax.Configuration{country, doc("FR-971", class("STANDARD", "- 8.5")), doc("FR-971", class("STANDARD", "- 8.5")), doc("FR-972")},
			[]question{{"971", "", "STANDARD", invalid}, {"972", "", "STANDARD", "20 VAT"}, {"", "", "STANDARD", "20 VAT"}}},
		{"two documents for one region, of which one has postal codes and aliases", []tax.Configuration{country, doc("FR-971"),
			aliased(codes(doc("FR-971", class("STANDARD", "- 8.5")), "97100-97132"), "X-ISLE")},
			[]question{{"971", "", "STANDARD", invalid}, {"", "97110", "STANDARD", invalid}, {"X-ISLE", "", "STANDARD", invalid}}},
		{"two documents for the country", []tax.Configuration{country, country, doc("FR-971", class("STANDARD", "- 8.5"))},
			[]question{{"", "", "STANDARD", invalid}, {"971", "", "STANDARD", "8.5 VAT"}, {"971", "", "REDUCED", invalid}}},
		{"overlapping postal codes", []tax.Configuration{country, codes(doc("FR-971"), "971*"), codes(doc("FR-BL"), "97133"), codes(doc("FR-972"), "972*")},
			[]question{{"971", "", "STANDARD", invalid}, {"BL", "", "STANDARD", invalid}, {"", "97133", "STANDARD", invalid}, {"", "97110", "STANDARD", invalid},
				{"", "97210", "STANDARD", "20 VAT"}, {"972", "", "STANDARD", "20 VAT"}, {"", "75001", "STANDARD", "20 VAT"}}},
		{"an alias that is another region", []tax.Configuration{country, aliased(doc("FR-20R"), "2A"), doc("FR-2A"), doc("FR-971")},
			[]question{{"20R", "", "STANDARD", invalid}, {"2A", "", "STANDARD", invalid}, {"971", "", "STANDARD", "20 VAT"}}},
		{"an alias that two regions claim", []tax.Configuration{country, aliased(doc("FR-971"), "X-ISLES"), aliased(doc("FR-972"), "X-ISLES"), aliased(doc("FR-974"), "X-ISLES")},
			[]question{{"971", "", "", invalid}, {"972", "", "", invalid}, {"974", "", "", invalid}, {"X-ISLES", "", "", invalid}, {"", "", "", "20 VAT"}}},
		{"a document of another country", []tax.Configuration{country, doc("FR-971"), doc("DE-BY")},
			[]question{{"", "", "STANDARD", invalid}, {"971", "", "STANDARD", invalid}, {"", "97110", "", invalid}, {"QQ", "", "", invalid}}},
		{"a document whose location cannot be read", []tax.Configuration{country, doc("FR-Paris")}, []question{{"", "", "STANDARD", invalid}}},
		{"a document without location", []tax.Configuration{country, {}}, []question{{"", "", "STANDARD", invalid}}},
		{"a location that is not canonical", []tax.Configuration{country, doc("FR-971"), doc("FR-972", class("STANDARD", "- 8.5")), {Location: tax.Location{Country: "FR", Region: "fr-974"}}},
			[]question{{"974", "", "STANDARD", invalid}, {"971", "", "STANDARD", "20 VAT"}}},
		{"add to a class the parent does not have", []tax.Configuration{country, doc("FR-971", class("NEW", "- + 1"), class("STANDARD", "- 8.5")), doc("FR-972", class("NEW", "- inherit")), doc("FR-974", class("NEW", "- ^ 1"))},
			[]question{{"971", "", "NEW", invalid}, {"971", "", "STANDARD", invalid}, {"972", "", "NEW", invalid}, {"974", "", "", invalid}}},
		{"add to an alias of the parent", []tax.Configuration{country, doc("FR-971", class("STD", "- + 1"))}, []question{{"971", "", "STD", invalid}}},
		{"add to what is not taxable", []tax.Configuration{country, doc("FR-971", class("EXEMPT", "2020-01-01 + 1")), doc("FR-972", class("EXEMPT", "2010-01-01 + 1; 2014-01-01 0 exempt"))},
			[]question{{"971", "", "EXEMPT", invalid}, {"972", "", "EXEMPT", "0 VAT exempt"}}},
		{"add to a percentage of the gross price", []tax.Configuration{country, doc("FR-971", class("GROSS", "- + 1")), doc("FR-972", class("GROSS", "- inherit"))},
			[]question{{"971", "", "GROSS", invalid}, {"972", "", "GROSS", "5 VAT"}}},
		{"a code that is an inherited alias", []tax.Configuration{country, doc("FR-971", class("STD", "- 1"))}, []question{{"971", "", "STD", invalid}, {"971", "", "STANDARD", invalid}}},
		{"an alias that is an inherited code", []tax.Configuration{country, doc("FR-971", class("NEW", "- 1", "REDUCED"))}, []question{{"971", "", "NEW", invalid}}},
		{"an alias that is an inherited alias", []tax.Configuration{country, doc("FR-971", class("NEW", "- 1", "STD"))}, []question{{"971", "", "NEW", invalid}}},
		{"an alias that is an inherited alias of the same class", []tax.Configuration{country, doc("FR-971", class("STANDARD", "- 1", "STD"))}, []question{{"971", "", "STD", "1 VAT"}}},
		{"colliding codes do not matter where nothing is inherited", []tax.Configuration{country, exclusive(doc("FR-971", class("STD", "- 1", "REDUCED")))},
			[]question{{"971", "", "STD", "1 VAT"}, {"971", "", "REDUCED", "1 VAT"}}},
		{"no document for the country", []tax.Configuration{codes(doc("FR-971", class("STANDARD*", "- 8.5")), "971*"), doc("FR-2A", class("STANDARD", "- 1"))},
			[]question{{"", "", "STANDARD", "region required"}, {"971", "", "", "8.5 "}, {"", "97110", "STANDARD", "8.5 "}, {"20R", "", "STANDARD", unknown},
				{"X-NOWHERE", "", "STANDARD", unknown}, {"971", "", "REDUCED", "unknown class"}, {"2A", "", "", "no default class"}, {"", "75001", "STANDARD", "region required"},
				{"971", "75001", "STANDARD", "region required"}}},
		{"no document for the country, and a region that needs one", []tax.Configuration{doc("FR-971", class("STANDARD", "- + 1")), doc("FR-972", class("STANDARD", "- 1"))},
			[]question{{"971", "", "STANDARD", invalid}, {"972", "", "STANDARD", "1 "}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Unlike fixedSource, this one also gives what is not of the country.
			r := taxtest.Open(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
				var set []tax.Configuration
				for _, document := range c.set {
					set = append(set, document.Clone())
				}
				return set, nil
			}), nil)
			for _, q := range c.questions {
				a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: q.region, PostalCode: q.postal, Class: q.class, Date: taxtest.Day})
				if !assert.Equal(t, q.want, taxtest.Answer(a, err), "%+v", q) || q.want != invalid {
					continue
				}
				var cause *tax.InvalidError
				assert.ErrorAs(t, err, &cause, "%+v: the answer names the faults", q)
			}
			report := tax.ValidateCountry(c.set)
			wantInvalid := false
			for _, q := range c.questions {
				wantInvalid = wantInvalid || q.want == invalid
			}
			if wantInvalid {
				require.ErrorIs(t, report.Err(), tax.ErrInvalid, "validation tells what the resolver refuses")
			} else {
				require.NoError(t, report.Err())
			}
		})
	}
}

func TestInvalidParentIsNotCoveredByTheFallback(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(broken(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"))), taxtest.Doc("FR-971", taxtest.Class("OWN*", "- 1"))),
		&tax.Options{FallbackToDefault: true})
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: "971", Class: "STANDARD", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrInvalid, "the class may exist in the document that cannot be read")
}

func TestClassesBelowATombstoneAreNotListedInPart(t *testing.T) {
	r := taxtest.Resolver(t, broken(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"))),
		taxtest.Doc("FR-971", taxtest.Class("OWN", "- 1"), taxtest.Class("STANDARD", "- inherit")),
		exclusive(taxtest.Doc("FR-972", taxtest.Class("OWN", "- 1"))))
	_, err := r.Classes(t.Context(), tax.Lookup{Country: "FR", Region: "971", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrInvalid, "the list would lack what cannot be read")
	list, err := r.Classes(t.Context(), tax.Lookup{Country: "FR", Region: "972", Date: taxtest.Day})
	require.NoError(t, err, "nothing is inherited here")
	require.Len(t, list, 1)
	assert.Equal(t, "OWN", list[0].Class())
}

func TestCodeShorterThanTheBoundsAroundItIsNoOverlap(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-WIDE", taxtest.Class("STANDARD", "- 1")), "10-30"),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-ONE", taxtest.Class("STANDARD", "- 2")), "2"),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-TWO", taxtest.Class("STANDARD", "- 3")), "3"))
	for code, want := range map[string]string{
		"1": "19 VAT", "10": "1 VAT", "1999": "1 VAT", "2": "2 VAT", "20": "1 VAT", "2000": "1 VAT", "29": "1 VAT", "3": "3 VAT", "30": "1 VAT", "31": "19 VAT", "4": "19 VAT",
	} {
		assert.Equal(t, want, taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: code, Class: "STANDARD", Date: taxtest.Day})), code)
	}
	overlapping := tax.ValidateCountry([]tax.Configuration{taxtest.Doc("DE"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-WIDE"), "10-30"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-ONE"), "25")})
	assert.NotEmpty(t, overlapping.Errors)
}
