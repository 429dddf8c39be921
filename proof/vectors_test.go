package proof_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
)

// TestVectors compares amounts with those that another decimal library computed: see
// the command vectors.
func TestVectors(t *testing.T) {
	file, err := os.Open("testdata/amounts.csv.gz")
	require.NoError(t, err)
	defer file.Close()
	z, err := gzip.NewReader(file)
	require.NoError(t, err)
	var rows [][]string
	lines := bufio.NewScanner(z)
	require.True(t, lines.Scan())
	require.Equal(t, "percent,ofGross,given,direction,mode,scale,netFirst,net,tax,gross", lines.Text())
	for lines.Scan() {
		row := strings.Split(lines.Text(), ",")
		require.Len(t, row, 10, lines.Text())
		rows = append(rows, row)
	}
	require.NoError(t, lines.Err())

	country := tax.Configuration{Location: tax.Location{Country: "DE"}, Tax: tax.Tax{Code: "VAT"}, TimeZone: "UTC"}
	code := map[string]string{}
	for _, row := range rows {
		key := row[0] + " " + row[1]
		if code[key] == "" {
			code[key] = "C" + strconv.Itoa(len(code))
			country.Classes = append(country.Classes, tax.Class{Code: code[key], Rates: []tax.Rate{{Percent: tax.MustPercent(row[0]), OfGross: row[1] == "true"}}})
		}
	}
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{country}, nil
	}), nil)
	require.NoError(t, err)
	defer r.Close()

	compared, minor, byMode, differences := 0, 0, map[tax.Mode]int{}, 0
	for _, row := range rows {
		if differences == 10 {
			break
		}
		rate, err := r.Resolve(ctx, "DE", code[row[0]+" "+row[1]])
		require.NoError(t, err)
		scale, err := strconv.Atoi(row[5])
		require.NoError(t, err)
		var mode tax.Mode
		require.NoError(t, mode.UnmarshalText([]byte(row[4])))
		rounding := tax.RoundTo(scale, mode).WithNetFirst(row[6] == "true")
		given, from, fromMinor := written(t, row[2]), rate.FromNet, rate.FromNetMinor
		if row[3] == "gross" {
			from, fromMinor = rate.FromGross, rate.FromGrossMinor
		}
		a, err := from(given, rounding)
		require.NoError(t, err, row)
		same := func(a tax.Amounts) bool {
			return proof.Exact(a.Net()).Cmp(proof.Exact(written(t, row[7]))) == 0 &&
				proof.Exact(a.Tax()).Cmp(proof.Exact(written(t, row[8]))) == 0 &&
				proof.Exact(a.Gross()).Cmp(proof.Exact(written(t, row[9]))) == 0
		}
		if !same(a) {
			differences++
			t.Errorf("%s: net %s, tax %s, gross %s", strings.Join(row, ","), proof.Exact(a.Net()).RatString(), proof.Exact(a.Tax()).RatString(), proof.Exact(a.Gross()).RatString())
		}
		if want, ok := a.Minor(); ok {
			units, err := rounding.Minor(given)
			require.NoError(t, err, row)
			b, err := fromMinor(units, rounding)
			require.NoError(t, err, row)
			if b != want {
				differences++
				t.Errorf("%s: in minor units %v", strings.Join(row, ","), b)
			}
			minor++
		}
		compared++
		byMode[rounding.Mode()]++
	}
	t.Logf("%d vectors, %d also in minor units, %d percentages: %d differences", compared, minor, len(code), differences)
	assert.Equal(t, 100_000, compared)
	assert.Greater(t, minor, 50_000)
	for m := tax.HalfUp; m <= tax.Down; m++ {
		assert.Greater(t, byMode[m], 15_000)
	}
}

// written reads digits and a point. It does not use the parser of the decimal library,
// whose limits are variables.
func written(t *testing.T, s string) decimal.Decimal {
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		require.Fail(t, "no number", s)
	}
	return decimal.NewFromBigInt(n, -int32(len(fraction)))
}
