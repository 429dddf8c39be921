package proof_test

import (
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/proof"
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
			amounts(t, a, amount().Draw(t, "amount"), tax.Rounding{Scale: int32(rapid.IntRange(0, 4).Draw(t, "scale"))})
		}
	})
}

// amount draws sums of money: halves of a cent and around, refunds, large ones.
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
	if a.OfGross() {
		_, err := a.FromNet(amount, rounding)
		require.ErrorIs(t, err, tax.ErrOfGross)
		_, err = a.FromGross(amount, rounding)
		require.ErrorIs(t, err, tax.ErrOfGross)
		return
	}
	hundred := big.NewRat(100, 1)
	base, percent := proof.Exact(amount), proof.Exact(a.Percent())

	x, err := a.FromNet(amount, rounding)
	require.NoError(t, err)
	require.Zero(t, proof.Exact(x.Net()).Cmp(base), "the net price is not moved")
	exactTax := new(big.Rat).Quo(new(big.Rat).Mul(base, percent), hundred)
	reconciled(t, a, x, exactTax, rounding)

	x, err = a.FromGross(amount, rounding)
	require.NoError(t, err)
	require.Zero(t, proof.Exact(x.Gross()).Cmp(base), "the gross price is not moved")
	exactTax = new(big.Rat).Quo(new(big.Rat).Mul(base, percent), new(big.Rat).Add(hundred, percent))
	reconciled(t, a, x, exactTax, rounding)

	mirror, err := a.FromGross(amount.Neg(), rounding)
	require.NoError(t, err)
	require.True(t, mirror.Tax().Equal(x.Tax().Neg()), "a refund mirrors its sale")
	for i, c := range mirror.Components() {
		require.True(t, c.Amount.Equal(x.Components()[i].Amount.Neg()), "a refund mirrors its sale, in every component")
	}
}

// reconciled holds amounts against the exact tax.
func reconciled(t *rapid.T, a tax.Resolution, x tax.Amounts, exactTax *big.Rat, rounding tax.Rounding) {
	got := proof.Exact(x.Tax())
	require.Zero(t, got.Cmp(proof.HalfUp(exactTax, int(rounding.Scale))),
		"tax %s, exactly %s, at scale %d, percent %s", got.RatString(), exactTax.RatString(), rounding.Scale, a.Percent().Coefficient())
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
	for i, want := range proof.Split(got, percents, int(rounding.Scale)) {
		amount := proof.Exact(parts[i].Amount)
		total.Add(total, amount)
		require.Zero(t, want.Cmp(amount), "component %s: %s, not %s", parts[i].Component.Code, amount.RatString(), want.RatString())
	}
	require.Zero(t, total.Cmp(got), "the components sum to the tax")
}
