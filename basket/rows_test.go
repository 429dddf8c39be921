package basket

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// A stored result can come from anywhere and have any number of rows. Comparing each with
// all others would take very long.
func TestRowsOfAResultWithManyRatesAreFound(t *testing.T) {
	const n = 20_000
	var r Result
	for i := range n {
		percent := strconv.Itoa(i) + "." + strconv.Itoa(i%10)
		r.Rates = append(r.Rates, tax.Explanation{Tax: "VAT", Class: "S", Percent: percent + "0"})
		r.Totals = append(r.Totals, Total{TaxCode: "VAT", Class: "S", Percent: percent, Sum: Sum{Net: 1, Gross: 1}})
	}
	rows, err := r.rows()
	require.NoError(t, err)
	for i, row := range rows {
		require.Equal(t, i, row)
	}
	assert.Len(t, r.ByRate(), n)

	r.Totals = append(r.Totals, Total{TaxCode: "VAT", Class: "B", Percent: "1.1", Sum: Sum{Net: 2, Gross: 2}})
	byRate := r.ByRate()
	assert.Len(t, byRate, n)
	assert.Equal(t, int64(3), byRate[1].Net, "classes with one rate are one row")
	r.Totals = r.Totals[:n-1]
	_, err = r.rows()
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorContains(t, err, "rates["+strconv.Itoa(n-1)+"]")

	r = Result{Rates: []tax.Explanation{{Percent: "?"}}, Totals: []Total{{Percent: "??"}, {Percent: "?"}}}
	rows, err = r.rows()
	require.NoError(t, err)
	assert.Equal(t, []int{1}, rows, "text that is no number equals itself")
}
