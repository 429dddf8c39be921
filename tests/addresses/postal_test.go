// Package addresses tests how the addresses that people write find their territory.
package addresses

import (
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
