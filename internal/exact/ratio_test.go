package exact_test

import (
	"math/big"
	"regexp"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

// jsonNumber is the grammar of RFC 8259.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func TestRatiosAreThoseOfTheirPercentage(t *testing.T) {
	for text, percent := range map[string]decimal.Decimal{
		"0": {}, "19": decimal.New(19, 0), "19.00": decimal.New(1900, -2), "9.975": decimal.New(9975, -3), "99.999999999999": decimal.New(99999999999999, -12),
		"0.000000000001": decimal.New(1, -12), "13.0000000000000001": decimal.New(130000000000000001, -16),
	} {
		x, _ := new(big.Rat).SetString(text)
		p, one := x.Quo(x, big.NewRat(100, 1)), big.NewRat(1, 1)
		narrow, wide := exact.Percent(percent), exact.WidePercent(percent)
		require.Equal(t, narrow, exact.PlainPercent(percent.CoefficientInt64(), -int(percent.Exponent())))
		same := func(want *big.Rat, r exact.Ratio, w exact.WideRatio) {
			t.Helper()
			require.NotZero(t, r.Den)
			got := new(big.Rat).SetFrac(new(big.Int).SetUint64(r.Num), new(big.Int).SetUint64(r.Den))
			require.Zero(t, want.Cmp(got), "%s: %s, want %s", text, got, want)
			got.SetFrac(w.Num, w.Den)
			require.Zero(t, want.Cmp(got), "%s: %s, want %s", text, got, want)
		}
		more, less := new(big.Rat).Add(one, p), new(big.Rat).Sub(one, p)
		same(p, narrow, wide)
		same(p, narrow.InNet(false), wide.InNet(false))
		same(new(big.Rat).Quo(p, more), narrow.InGross(false), wide.InGross(false))
		same(new(big.Rat).Quo(one, more), narrow.InGross(false).Rest(), wide.InGross(false).Rest())
		same(new(big.Rat).Quo(p, less), narrow.InNet(true), wide.InNet(true))
		same(p, narrow.InGross(true), wide.InGross(true))
		same(less, narrow.InGross(true).Rest(), wide.InGross(true).Rest())
		same(p, narrow, wide) // the calls above did not change them
	}
}

func TestPercentagesThat64BitsDoNotHoldHaveNoRatio(t *testing.T) {
	for _, d := range []decimal.Decimal{
		decimal.New(-1, 0), decimal.New(1, 1), decimal.New(1, -17), decimal.New(1000000000000000000, -16), wide(t, "18446744073709551635", -12),
	} {
		r := exact.Percent(d)
		require.Zero(t, r.Den)
		require.Zero(t, r.InGross(false).Den)
		require.Zero(t, r.InGross(true).Den)
	}
	w := exact.WidePercent(decimal.New(1, 2))
	require.Zero(t, new(big.Rat).SetFrac(w.Num, w.Den).Cmp(big.NewRat(1, 1)))
}
