package proof_test

import (
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"pgregory.net/rapid"
)

func TestAmountsAgreeWithExactArithmetic(t *testing.T) {
	check(t, 4000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		r := resolver(t, s, s.Docs, nil)
		defer r.Close()
		a, err := r.Lookup(ctx, proof.LookupIn(s).Draw(t, "lookup"))
		if err != nil {
			return
		}
		if rapid.IntRange(0, 9).Draw(t, "asserted") == 9 {
			a = a.As(tax.ReverseCharge, "")
		}
		for range 6 {
			mode := rapid.SampledFrom([]tax.Mode{tax.HalfUp, tax.HalfEven, tax.HalfDown, tax.Up, tax.Down}).Draw(t, "mode")
			rounding := tax.RoundTo(rapid.IntRange(0, 12).Draw(t, "scale"), mode).WithNetFirst(rapid.Bool().Draw(t, "net first"))
			sum := amount().Draw(t, "amount")
			amounts(t, a, sum, rounding)
			minorAmounts(t, a, rapid.Int64().Draw(t, "minor"), rounding)
			if b, err := r.Lookup(ctx, proof.LookupIn(s).Draw(t, "other lookup")); err == nil {
				converted(t, a, b, sum, rounding)
			}
		}
	})
}

// amount draws amounts of money: half cents and their neighbours, refunds, large ones.
func amount() *rapid.Generator[decimal.Decimal] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) decimal.Decimal {
			return decimal.New(rapid.Int64Range(-100000, 100000).Draw(t, "cents"), int32(-rapid.IntRange(0, 6).Draw(t, "decimals")))
		}),
		rapid.Custom(func(t *rapid.T) decimal.Decimal {
			return decimal.New(rapid.Int64().Draw(t, "units"), int32(-rapid.IntRange(0, 6).Draw(t, "decimals")))
		}),
		rapid.Custom(func(t *rapid.T) decimal.Decimal {
			// Beyond 64 bits.
			d := decimal.New(rapid.Int64().Draw(t, "high"), 18).Add(decimal.New(rapid.Int64Range(0, 999999999999999999).Draw(t, "low"), 0))
			return decimal.NewFromBigInt(d.BigInt(), -4)
		}),
	)
}

func amounts(t *rapid.T, a tax.Resolution, amount decimal.Decimal, rounding tax.Rounding) {
	base, percent := proof.Exact(amount), proof.Exact(a.Percent())

	x, err := a.FromNet(amount, rounding)
	require.NoError(t, err)
	require.Zero(t, proof.Exact(x.Net()).Cmp(base), "the net price is not moved")
	reconciled(t, a, x, proof.Tax(base, percent, a.OfGross(), false, rounding), rounding)

	x, err = a.FromGross(amount, rounding)
	require.NoError(t, err)
	require.Zero(t, proof.Exact(x.Gross()).Cmp(base), "the gross price is not moved")
	reconciled(t, a, x, proof.Tax(base, percent, a.OfGross(), true, rounding), rounding)

	mirror, err := a.FromGross(amount.Neg(), rounding)
	require.NoError(t, err)
	require.True(t, mirror.Tax().Equal(x.Tax().Neg()), "a refund mirrors its sale")
	for i, c := range mirror.Components() {
		require.True(t, c.Amount.Equal(x.Components()[i].Amount.Neg()), "a refund mirrors its sale, in every component")
	}
}

// minorAmounts compares prices in minor units with the same prices as decimals.
func minorAmounts(t *rapid.T, a tax.Resolution, n int64, rounding tax.Rounding) {
	for _, face := range []struct {
		minor   func(int64, tax.Rounding) (tax.MinorAmounts, error)
		decimal func(decimal.Decimal, tax.Rounding) (tax.Amounts, error)
	}{{a.FromNetMinor, a.FromNet}, {a.FromGrossMinor, a.FromGross}} {
		want, err := face.decimal(decimal.New(n, -rounding.Scale()), rounding)
		require.NoError(t, err)
		got, err := face.minor(n, rounding)
		units, ok := want.Minor()
		if !ok {
			require.ErrorIs(t, err, tax.ErrInvalid, "64 bits do not hold it")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, units, got)
		require.Zero(t, proof.Exact(want.Tax()).Cmp(proof.Exact(decimal.New(got.Tax, -rounding.Scale()))), "minor units are the amounts")
		require.Zero(t, proof.Exact(want.Net()).Cmp(proof.Exact(decimal.New(got.Net, -rounding.Scale()))), "minor units are the amounts")
		require.Zero(t, proof.Exact(want.Gross()).Cmp(proof.Exact(decimal.New(got.Gross, -rounding.Scale()))), "minor units are the amounts")
	}
}

// converted compares a price that is converted to another rate with fractions.
func converted(t *rapid.T, from, to tax.Resolution, gross decimal.Decimal, rounding tax.Rounding) {
	want := proof.Converted(proof.Exact(gross), proof.Exact(from.Percent()), from.OfGross(), proof.Exact(to.Percent()), to.OfGross(), rounding)
	x, err := tax.Convert(gross, from, to, rounding)
	if limit := new(big.Rat).Mul(beyondDigits, proof.Exact(decimal.New(1, -rounding.Scale()))); new(big.Rat).Abs(want).Cmp(limit) >= 0 {
		require.ErrorIs(t, err, tax.ErrInvalid, "an amount has at most 40 digits")
		return
	}
	require.NoError(t, err)
	require.Zero(t, proof.Exact(x.Gross()).Cmp(want), "the new price is rounded once")
	reconciled(t, to, x, proof.Tax(want, proof.Exact(to.Percent()), to.OfGross(), true, rounding), rounding)

	x, err = to.FromGross(gross, rounding)
	require.NoError(t, err)
	require.Zero(t, proof.Exact(x.Gross()).Cmp(proof.Exact(gross)), "the gross price is held")
	reconciled(t, to, x, proof.Tax(proof.Exact(gross), proof.Exact(to.Percent()), to.OfGross(), true, rounding), rounding)
}

// beyondDigits is 10^40, the smallest number of units that is too large for an amount.
var beyondDigits = new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil))

// reconciled compares amounts with the tax that they should have.
func reconciled(t *rapid.T, a tax.Resolution, x tax.Amounts, want *big.Rat, rounding tax.Rounding) {
	got := proof.Exact(x.Tax())
	require.Zero(t, got.Cmp(want), "tax %s, not %s, with %+v, percent %s", got.RatString(), want.RatString(), rounding, a.Percent().Coefficient())
	sum := new(big.Rat).Add(proof.Exact(x.Net()), got)
	require.Zero(t, sum.Cmp(proof.Exact(x.Gross())), "net + tax = gross")

	parts := x.Components()
	require.Len(t, parts, len(a.Components()))
	if len(parts) == 0 {
		return
	}
	var percents []*big.Rat
	for i, share := range proof.Shares(a.Components()) {
		require.Equal(t, share.Code, parts[i].Component.Code)
		percents = append(percents, share.Share)
	}
	total := new(big.Rat)
	for i, want := range proof.Split(got, percents, int(-x.Tax().Exponent())) {
		amount := proof.Exact(parts[i].Amount)
		total.Add(total, amount)
		require.Zero(t, want.Cmp(amount), "component %s: %s, not %s", parts[i].Component.Code, amount.RatString(), want.RatString())
	}
	require.Zero(t, total.Cmp(got), "the components sum to the tax")
}
