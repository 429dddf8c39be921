package proof_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
)

// These are the smallest sets with which the properties found the library at odds with
// the rules. They are kept so that no run depends on luck to find them again.

var (
	italy     = tax.Location{Country: "IT"}
	lombardy  = tax.Location{Country: "IT", Region: "25"}
	milan     = tax.Location{Country: "IT", Region: "MI"}
	isle      = tax.Location{Country: "IT", Region: "X-ISLE"}
	vat, pst  = tax.Tax{Code: "VAT"}, tax.Tax{Code: "PST"}
	someDay   = tax.MustDate("2020-01-01")
	notZero   = tax.Rate{Percent: tax.MustPercent("5"), Treatment: tax.Exempt} // invalid
	inherited = tax.Rate{Effect: tax.Inherit}
)

func found(t *testing.T, docs ...tax.Configuration) *tax.Resolver {
	r := resolver(t, proof.Set{Country: proof.Country{Code: "IT"}}, docs, nil)
	t.Cleanup(r.Close)
	return r
}

func class(code string, rates ...tax.Rate) tax.Class { return tax.Class{Code: code, Rates: rates} }

func at(percent string) tax.Rate { return tax.Rate{Percent: tax.MustPercent(percent)} }

func TestFoundPostalCodeShorterThanTheBounds(t *testing.T) {
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{class("S", at("20"))}},
		tax.Configuration{Location: isle, PostalCodes: []tax.PostalRange{{From: "1060", To: "1079"}}, Classes: []tax.Class{class("S", at("7"))}})
	for _, code := range []string{"107", "106", "1", "10599", "1080"} {
		a, err := r.Lookup(ctx, tax.Lookup{Country: "IT", PostalCode: code, Class: "S", Date: someDay})
		require.NoError(t, err)
		assert.Equal(t, italy, a.Location(), "%s does not have four characters, so it is not in 1060 to 1079", code)
	}
}

// Bergamo lies in Lombardy, which has no document: region and postal code agree.
func TestFoundRegionAroundThePlaceOfThePostalCode(t *testing.T) {
	bergamo := tax.Location{Country: "IT", Region: "BG"}
	r := found(t, tax.Configuration{Location: bergamo, Tax: vat, PostalCodes: []tax.PostalRange{{From: "24", To: "24"}},
		Classes: []tax.Class{class("S", at("7"))}})
	a, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "25", PostalCode: "24121", Class: "S", Date: someDay})
	require.NoError(t, err)
	assert.Equal(t, bergamo, a.Location())
	assert.False(t, a.Explain().RegionOverruled)
}

// The class is known and has ended, and the parent's default does not exist here. The
// error must not say that the class is unknown.
func TestFoundFallbackFromAnEndedClass(t *testing.T) {
	parent := class("R", at("5"))
	parent.Default = true
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{parent}},
		tax.Configuration{Location: isle, Exclusive: true, Classes: []tax.Class{
			class("S", tax.Rate{From: tax.MustDate("2010-01-01"), Effect: tax.End}, at("7"))}})
	_, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "X-ISLE", Class: "S", Date: someDay, FallbackToDefault: true})
	require.Error(t, err)
	assert.NotErrorIs(t, err, tax.ErrUnknownClass)
}

func TestFoundDocumentBetweenThatInherits(t *testing.T) {
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{class("S", at("20"))}},
		tax.Configuration{Location: lombardy, Classes: []tax.Class{class("S", inherited)}},
		tax.Configuration{Location: milan, Classes: []tax.Class{class("S", inherited)}})
	a, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "MI", Class: "S", Date: someDay})
	require.NoError(t, err)
	var places []tax.Location
	for _, d := range a.Explain().Documents {
		places = append(places, d.Location)
	}
	assert.ElementsMatch(t, []tax.Location{milan, lombardy, italy}, places)
}

// The lookup asks for the default class, and the isle has another one.
func TestFoundPostalCodeThatLeadsToAnotherDefault(t *testing.T) {
	standard, zero := class("S", at("20")), class("Z", at("4"))
	standard.Default, zero.Default = true, true
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{standard}},
		tax.Configuration{Location: isle, PostalCodes: []tax.PostalRange{{From: "10", To: "10"}}, Classes: []tax.Class{class("S", at("20")), zero}})
	a, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Date: someDay})
	require.NoError(t, err)
	b, err := r.Lookup(ctx, tax.Lookup{Country: "IT", PostalCode: "10500", Date: someDay})
	require.NoError(t, err)
	require.False(t, a.Percent().Equal(b.Percent()))
	assert.True(t, a.Explain().PostalCodeMatters)
}

// Nothing in an answer may come from an invalid document: neither the default class
// nor the name of the tax.
func TestFoundDefaultOfAnInvalidParent(t *testing.T) {
	parent := class("S", notZero)
	parent.Default = true
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{parent}},
		tax.Configuration{Location: isle, Tax: pst, Exclusive: true, Classes: []tax.Class{class("S", at("7"))}})
	_, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "X-ISLE", Date: someDay})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.NotErrorIs(t, err, tax.ErrNoDefaultClass)
}

// The same, one level further down: Milan has the classes of Lombardy, which is
// exclusive and whose default is in the invalid country.
func TestFoundDefaultOfAnInvalidGrandparent(t *testing.T) {
	parent := class("S", notZero)
	parent.Default = true
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{parent}},
		tax.Configuration{Location: lombardy, Tax: pst, Exclusive: true, Classes: []tax.Class{class("S", at("7"))}},
		tax.Configuration{Location: milan})
	_, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "MI", Date: someDay})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.NotErrorIs(t, err, tax.ErrNoDefaultClass)
}

func TestFoundTaxOfAnInvalidParent(t *testing.T) {
	ask := func(named tax.Tax) (tax.Resolution, error) {
		r := found(t,
			tax.Configuration{Location: italy, Tax: named, Classes: []tax.Class{class("S", notZero)}},
			tax.Configuration{Location: isle, Classes: []tax.Class{class("S", at("7"))}})
		return r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "X-ISLE", Class: "S", Date: someDay})
	}
	a, err := ask(vat)
	require.NoError(t, err, "the fault is elsewhere in the document")
	assert.Equal(t, vat.Code, a.Tax().Code)
	var took []tax.Location
	for _, d := range a.Explain().Documents {
		took = append(took, d.Location)
	}
	assert.Equal(t, []tax.Location{isle, italy}, took)

	a, err = ask(tax.Tax{Name: tax.MustLocalizedText(map[string]string{"en": "a tax without a code"})})
	assert.ErrorIs(t, err, tax.ErrInvalid, "answered with the tax %q", a.Tax().Code)
}

// Milan builds on Lombardy, which builds on an invalid country: the class that
// inherits has no answer, but Milan's own class has one.
func TestFoundDocumentBetweenAnInvalidOneAndItsHeir(t *testing.T) {
	r := found(t,
		tax.Configuration{Location: italy, Tax: vat, Classes: []tax.Class{class("S", notZero), class("Z", at("4"))}},
		tax.Configuration{Location: lombardy, Tax: vat},
		tax.Configuration{Location: milan, Tax: vat, Classes: []tax.Class{class("S", at("7")), class("Z", inherited)}})
	_, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "MI", Class: "Z", Date: someDay})
	require.ErrorIs(t, err, tax.ErrInvalid)
	a, err := r.Lookup(ctx, tax.Lookup{Country: "IT", Region: "MI", Class: "S", Date: someDay})
	require.NoError(t, err)
	assert.True(t, a.Percent().Equal(tax.MustPercent("7")))
}
