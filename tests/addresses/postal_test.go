// Package addresses tests how the addresses that people write find their territory.
package addresses

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// Where no region claims postal codes, people write what they like in the place of one.
func TestAPostalCodeThatNobodyClaimsDecidesNothing(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("AE", taxtest.Class("STANDARD*", "- 5")), taxtest.Doc("AE-DU"))
	for _, c := range []struct{ written, recorded string }{
		{"PO Box 506808", ""}, {"N/A", ""}, {"-", ""}, {"\u2014", ""}, {"\xff", ""}, {strings.Repeat("0", 1<<20), ""},
		{"00000", "00000"}, {"none", "NONE"}, {"AE 12", "12"},
	} {
		for region, step := range map[string]tax.Step{"": tax.StepCountry, "DU": tax.StepRegion} {
			a, err := r.Lookup(t.Context(), tax.Lookup{Country: "AE", Region: region, PostalCode: c.written, Date: taxtest.Day})
			require.NoError(t, err, "%.20q", c.written)
			e := a.Explain()
			assert.Equal(t, c.recorded, e.Input.PostalCode, "%.20q", c.written)
			assert.Equal(t, step, e.Steps[0])
			_, differences, err := r.Replay(t.Context(), e)
			require.NoError(t, err)
			assert.Empty(t, differences)
		}
	}
}

// An invalid document may claim postal codes that nobody can read: then a code that is
// none is not ignored.
func TestAPostalCodeThatATombstoneMayClaimIsRead(t *testing.T) {
	broken := taxtest.Doc("AE-DU")
	broken.PostalCodes = []tax.PostalRange{{From: "not_a_code"}}
	r := taxtest.Resolver(t, taxtest.Doc("AE", taxtest.Class("STANDARD*", "- 5")), broken)
	for _, code := range []string{"N/A", "12345"} {
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "AE", PostalCode: code, Date: taxtest.Day})
		assert.ErrorIs(t, err, tax.ErrInvalid, code)
	}
}

// Where all postal codes that regions claim are digits, words are no postal code: an address
// on an island must not get the country's rate because somebody wrote "none".
func TestWordsAreNoPostalCodesWhereCodesAreDigits(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")),
		taxtest.WithPostalCodes(taxtest.Doc("ES-CN", taxtest.Class("STANDARD", "- 7")), "35*"))
	for _, code := range []string{"none", "NA", "n a", "PO Box 35001", "X", "ABCD35001", "ＮＯＮＥ", "A-B-C-D 3"} {
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", PostalCode: code, Date: taxtest.Day})
		require.ErrorIs(t, err, tax.ErrInvalid, code)
		lookup, ok := errors.AsType[*tax.LookupError](err)
		require.True(t, ok, code)
		assert.Equal(t, "postal_code_malformed", lookup.Code(), code)
		input, ok := errors.AsType[*tax.InputError](err)
		require.True(t, ok, code)
		assert.Equal(t, "postal code", input.Field)
		assert.Equal(t, "malformed", input.Code())
	}
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", PostalCode: "none", Date: taxtest.Day})
	assert.EqualError(t, err, `tax: invalid: country "ES" postal code "none" on 2026-11-21: correct the address: `+
		"pass at most 10 digits and letters A to Z, of which up to three letters are before the first digit; spaces and hyphens do not count")
	for code, place := range map[string]string{"ESP35001": "ES-CN", "E 35001": "ES-CN", "C1425ABC": "ES", "ABC1": "ES", "-": "ES", "28001 MADR": "ES"} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", PostalCode: code, Date: taxtest.Day})
		require.NoError(t, err, code)
		assert.Equal(t, place, a.Location().String(), code)
	}
	lettered := taxtest.Resolver(t, taxtest.Doc("GB", taxtest.Class("STANDARD*", "- 20")), taxtest.WithPostalCodes(taxtest.Doc("GB-NIR"), "BT*"))
	_, err = lettered.Lookup(t.Context(), tax.Lookup{Country: "GB", PostalCode: "FIQQ 1ZZ", Date: taxtest.Day})
	assert.NoError(t, err, "letters can be part of a code")
}
