package tax_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
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
	country := docAt("FR", classOf("STANDARD*", "2014-01-01 20", "STD"), classOf("REDUCED", "2014-01-01 10"), classOf("GROSS", "- 5 ofGross"),
		classOf("EXEMPT", "2000-01-01 4; 2014-01-01 0 exempt"))
	const invalid, unknown = "invalid", "unknown region"
	for _, c := range []struct {
		name      string
		set       []tax.Configuration
		questions []question
	}{
		{"an invalid region costs itself", []tax.Configuration{country, broken(postalCodes(docAt("FR-971", classOf("STANDARD", "- 8.5")), "97100-97132")), docAt("FR-972")},
			[]question{{"971", "", "STANDARD", invalid}, {"971", "", "REDUCED", invalid}, {"971", "", "", invalid}, {"", "97110", "STANDARD", invalid},
				{"972", "", "STANDARD", "20 VAT"}, {"", "", "STANDARD", "20 VAT"}}},
		{"an invalid country costs what comes from it", []tax.Configuration{broken(country),
			docAt("FR-20R", classOf("STANDARD", "2014-01-01 9; 2020-01-01 10"), classOf("ENDED", "2014-01-01 2; 2020-01-01 end"),
				classOf("SUM", "2014-01-01 + 1"), classOf("MIXED", "2014-01-01 inherit; 2020-01-01 3"))},
			[]question{{"", "", "STANDARD", invalid}, {"20R", "", "STANDARD", "10 VAT"}, {"20R", "", "ENDED", "no rate on that day"},
				{"20R", "", "SUM", invalid}, {"20R", "", "MIXED", "3 VAT"}, {"20R", "", "REDUCED", invalid}, {"20R", "", "STD", invalid}, {"20R", "", "", invalid}}},
		{"an exclusive region under an invalid country", []tax.Configuration{broken(country), exclusive(docAt("FR-971", classOf("STANDARD", "- 8.5")))},
			[]question{{"971", "", "STANDARD", "8.5 VAT"}, {"971", "", "REDUCED", "unknown class"}, {"971", "", "", invalid}}},
		{"a region with a default of its own under an invalid country", []tax.Configuration{broken(country), docAt("FR-971", classOf("STANDARD*", "- 8.5"))},
			[]question{{"971", "", "", "8.5 VAT"}, {"", "", "", invalid}}},
		{"a region two levels below an invalid country", []tax.Configuration{broken(country),
			docAt("FR-20R", classOf("STANDARD", "2014-01-01 10")), docAt("FR-2A", classOf("OWN", "2014-01-01 1"))},
			[]question{{"2A", "", "STANDARD", "10 VAT"}, {"2A", "", "OWN", "1 VAT"}, {"2A", "", "REDUCED", invalid}, {"2A", "", "", invalid}}},
		{"own entries two levels below an invalid country beside inherited ones", []tax.Configuration{broken(country),
			docAt("FR-20R", classOf("STANDARD", "2014-01-01 10")), docAt("FR-2A", classOf("OWN", "2014-01-01 1"), classOf("REDUCED", "2014-01-01 + 1"))},
			[]question{{"2A", "", "OWN", "1 VAT"}, {"2A", "", "REDUCED", invalid}}},
		{"two documents for one region", []tax.Configuration{country, docAt("FR-971", classOf("STANDARD", "- 8.5")), docAt("FR-971", classOf("STANDARD", "- 8.5")), docAt("FR-972")},
			[]question{{"971", "", "STANDARD", invalid}, {"972", "", "STANDARD", "20 VAT"}, {"", "", "STANDARD", "20 VAT"}}},
		{"two documents for one region, of which one has postal codes and aliases", []tax.Configuration{country, docAt("FR-971"),
			aliased(postalCodes(docAt("FR-971", classOf("STANDARD", "- 8.5")), "97100-97132"), "X-ISLE")},
			[]question{{"971", "", "STANDARD", invalid}, {"", "97110", "STANDARD", invalid}, {"X-ISLE", "", "STANDARD", invalid}}},
		{"two documents for the country", []tax.Configuration{country, country, docAt("FR-971", classOf("STANDARD", "- 8.5"))},
			[]question{{"", "", "STANDARD", invalid}, {"971", "", "STANDARD", "8.5 VAT"}, {"971", "", "REDUCED", invalid}}},
		{"overlapping postal codes", []tax.Configuration{country, postalCodes(docAt("FR-971"), "971*"), postalCodes(docAt("FR-BL"), "97133"), postalCodes(docAt("FR-972"), "972*")},
			[]question{{"971", "", "STANDARD", invalid}, {"BL", "", "STANDARD", invalid}, {"", "97133", "STANDARD", invalid}, {"", "97110", "STANDARD", invalid},
				{"", "97210", "STANDARD", "20 VAT"}, {"972", "", "STANDARD", "20 VAT"}, {"", "75001", "STANDARD", "20 VAT"}}},
		{"an alias that is another region", []tax.Configuration{country, aliased(docAt("FR-20R"), "2A"), docAt("FR-2A"), docAt("FR-971")},
			[]question{{"20R", "", "STANDARD", invalid}, {"2A", "", "STANDARD", invalid}, {"971", "", "STANDARD", "20 VAT"}}},
		{"an alias that two regions claim", []tax.Configuration{country, aliased(docAt("FR-971"), "X-ISLES"), aliased(docAt("FR-972"), "X-ISLES"), aliased(docAt("FR-974"), "X-ISLES")},
			[]question{{"971", "", "", invalid}, {"972", "", "", invalid}, {"974", "", "", invalid}, {"X-ISLES", "", "", invalid}, {"", "", "", "20 VAT"}}},
		{"a document of another country", []tax.Configuration{country, docAt("FR-971"), docAt("DE-BY")},
			[]question{{"", "", "STANDARD", invalid}, {"971", "", "STANDARD", invalid}, {"", "97110", "", invalid}, {"QQ", "", "", invalid}}},
		{"a document whose location cannot be read", []tax.Configuration{country, docAt("FR-Paris")}, []question{{"", "", "STANDARD", invalid}}},
		{"a document without location", []tax.Configuration{country, {}}, []question{{"", "", "STANDARD", invalid}}},
		{"a location that is not canonical", []tax.Configuration{country, docAt("FR-971"), docAt("FR-972", classOf("STANDARD", "- 8.5")), {Location: tax.Location{Country: "FR", Region: "fr-974"}}},
			[]question{{"974", "", "STANDARD", invalid}, {"971", "", "STANDARD", "20 VAT"}}},
		{"add to a class the parent does not have", []tax.Configuration{country, docAt("FR-971", classOf("NEW", "- + 1"), classOf("STANDARD", "- 8.5")), docAt("FR-972", classOf("NEW", "- inherit")), docAt("FR-974", classOf("NEW", "- ^ 1"))},
			[]question{{"971", "", "NEW", invalid}, {"971", "", "STANDARD", invalid}, {"972", "", "NEW", invalid}, {"974", "", "", invalid}}},
		{"add to an alias of the parent", []tax.Configuration{country, docAt("FR-971", classOf("STD", "- + 1"))}, []question{{"971", "", "STD", invalid}}},
		{"add to what is not taxable", []tax.Configuration{country, docAt("FR-971", classOf("EXEMPT", "2020-01-01 + 1")), docAt("FR-972", classOf("EXEMPT", "2010-01-01 + 1; 2014-01-01 0 exempt"))},
			[]question{{"971", "", "EXEMPT", invalid}, {"972", "", "EXEMPT", "0 VAT exempt"}}},
		{"add to a percentage of the gross price", []tax.Configuration{country, docAt("FR-971", classOf("GROSS", "- + 1")), docAt("FR-972", classOf("GROSS", "- inherit"))},
			[]question{{"971", "", "GROSS", invalid}, {"972", "", "GROSS", "5 VAT"}}},
		{"a code that is an inherited alias", []tax.Configuration{country, docAt("FR-971", classOf("STD", "- 1"))}, []question{{"971", "", "STD", invalid}, {"971", "", "STANDARD", invalid}}},
		{"an alias that is an inherited code", []tax.Configuration{country, docAt("FR-971", classOf("NEW", "- 1", "REDUCED"))}, []question{{"971", "", "NEW", invalid}}},
		{"an alias that is an inherited alias", []tax.Configuration{country, docAt("FR-971", classOf("NEW", "- 1", "STD"))}, []question{{"971", "", "NEW", invalid}}},
		{"an alias that is an inherited alias of the same class", []tax.Configuration{country, docAt("FR-971", classOf("STANDARD", "- 1", "STD"))}, []question{{"971", "", "STD", "1 VAT"}}},
		{"colliding codes do not matter where nothing is inherited", []tax.Configuration{country, exclusive(docAt("FR-971", classOf("STD", "- 1", "REDUCED")))},
			[]question{{"971", "", "STD", "1 VAT"}, {"971", "", "REDUCED", "1 VAT"}}},
		{"no document for the country", []tax.Configuration{postalCodes(docAt("FR-971", classOf("STANDARD*", "- 8.5")), "971*"), docAt("FR-2A", classOf("STANDARD", "- 1"))},
			[]question{{"", "", "STANDARD", "region required"}, {"971", "", "", "8.5 "}, {"", "97110", "STANDARD", "8.5 "}, {"20R", "", "STANDARD", unknown},
				{"X-NOWHERE", "", "STANDARD", unknown}, {"971", "", "REDUCED", "unknown class"}, {"2A", "", "", "no default class"}, {"", "75001", "STANDARD", "region required"},
				{"971", "75001", "STANDARD", "region required"}}},
		{"no document for the country, and a region that needs one", []tax.Configuration{docAt("FR-971", classOf("STANDARD", "- + 1")), docAt("FR-972", classOf("STANDARD", "- 1"))},
			[]question{{"971", "", "STANDARD", invalid}, {"972", "", "STANDARD", "1 "}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Unlike fixedSource, this one also gives what is not of the country.
			r := openResolver(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
				var set []tax.Configuration
				for _, document := range c.set {
					set = append(set, document.Clone())
				}
				return set, nil
			}), nil)
			for _, q := range c.questions {
				a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: q.region, PostalCode: q.postal, Class: q.class, Date: lookupDay})
				if !assert.Equal(t, q.want, answerText(a, err), "%+v", q) || q.want != invalid {
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
	r := openResolver(t, fixedSource(broken(docAt("FR", classOf("STANDARD*", "- 20"))), docAt("FR-971", classOf("OWN*", "- 1"))),
		&tax.Options{FallbackToDefault: true})
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: "971", Class: "STANDARD", Date: lookupDay})
	assert.ErrorIs(t, err, tax.ErrInvalid, "the class may exist in the document that cannot be read")
}

func TestClassesBelowATombstoneAreNotListedInPart(t *testing.T) {
	r := resolverOf(t, broken(docAt("FR", classOf("STANDARD*", "- 20"))),
		docAt("FR-971", classOf("OWN", "- 1"), classOf("STANDARD", "- inherit")),
		exclusive(docAt("FR-972", classOf("OWN", "- 1"))))
	_, err := r.Classes(t.Context(), tax.Lookup{Country: "FR", Region: "971", Date: lookupDay})
	assert.ErrorIs(t, err, tax.ErrInvalid, "the list would lack what cannot be read")
	list, err := r.Classes(t.Context(), tax.Lookup{Country: "FR", Region: "972", Date: lookupDay})
	require.NoError(t, err, "nothing is inherited here")
	require.Len(t, list, 1)
	assert.Equal(t, "OWN", list[0].Class())
}

func TestCodeShorterThanTheBoundsAroundItIsNoOverlap(t *testing.T) {
	r := resolverOf(t, docAt("DE", classOf("STANDARD*", "- 19")),
		postalCodes(docAt("DE-X-WIDE", classOf("STANDARD", "- 1")), "10-30"),
		postalCodes(docAt("DE-X-ONE", classOf("STANDARD", "- 2")), "2"),
		postalCodes(docAt("DE-X-TWO", classOf("STANDARD", "- 3")), "3"))
	for code, want := range map[string]string{
		"1": "19 VAT", "10": "1 VAT", "1999": "1 VAT", "2": "2 VAT", "20": "1 VAT", "2000": "1 VAT", "29": "1 VAT", "3": "3 VAT", "30": "1 VAT", "31": "19 VAT", "4": "19 VAT",
	} {
		assert.Equal(t, want, answerText(r.Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: code, Class: "STANDARD", Date: lookupDay})), code)
	}
	overlapping := tax.ValidateCountry([]tax.Configuration{docAt("DE"), postalCodes(docAt("DE-X-WIDE"), "10-30"), postalCodes(docAt("DE-X-ONE"), "25")})
	assert.NotEmpty(t, overlapping.Errors)
}
