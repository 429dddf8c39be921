package tax

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/oracle"
)

// keepGross is what Convert is not for: the price stays, and the net changes.
func keepGross(gross decimal.Decimal, _, to Resolution, r Rounding) (Amounts, error) {
	return to.FromGross(gross, r)
}

func TestConvertKeepsTheNet(t *testing.T) {
	for _, c := range []struct {
		gross, from, to  string
		convert          func(gross decimal.Decimal, from, to Resolution, r Rounding) (Amounts, error)
		rounding         Rounding
		net, tax, result string
	}{
		// 1.59 / 1.19 x 1.23 is 1.64345; by way of a net price of 1.34 it would be
		// 1.65.
		{"1.59", "19", "23", Convert, RoundTo(2, HalfUp), "1.33", "0.31", "1.64"},
		{"1.59", "19", "23", Convert, RoundTo(12, HalfUp), "1.336134453781", "0.307310924370", "1.643445378151"},
		{"1.59", "19", "23", Convert, RoundTo(2, Up), "1.34", "0.31", "1.65"},
		{"1.59", "19", "23", keepGross, RoundTo(2, HalfUp), "1.29", "0.30", "1.59"},
		{"119.00", "19", "7", Convert, RoundTo(2, HalfUp), "100.00", "7.00", "107.00"},
		{"-119.00", "19", "7", Convert, RoundTo(2, HalfUp), "-100.00", "-7.00", "-107.00"},
		{"119.00", "19", "7", keepGross, RoundTo(2, HalfUp), "111.21", "7.79", "119.00"},
		{"119.00", "19", "19", Convert, RoundTo(2, HalfUp), "100.00", "19.00", "119.00"},
		{"119.00", "19", "0", Convert, RoundTo(2, HalfUp), "100.00", "0.00", "100.00"},
		{"100.00", "0", "19", Convert, RoundTo(2, HalfUp), "100.00", "19.00", "119.00"},
		// Of the gross price: 100 with 13 inside is 87 net.
		{"100.00", "13gross", "19", Convert, RoundTo(2, HalfUp), "87.00", "16.53", "103.53"},
		{"119.00", "19", "13gross", Convert, RoundTo(2, HalfUp), "100.00", "14.94", "114.94"},
		{"100.00", "13gross", "17gross", keepGross, RoundTo(2, HalfUp), "83.00", "17.00", "100.00"},
		// Quebec to Spain with its surcharge.
		{"114.975", "5+9.975", "21+5.2", Convert, RoundTo(2, HalfUp), "100.00", "26.20", "126.20"},
		// 12.50 / 1.25 x 1.0125 is a tie at 10.125, and so is the tax in the result.
		{"12.50", "25", "1.25", Convert, RoundTo(2, HalfUp), "10.00", "0.13", "10.13"},
		{"12.50", "25", "1.25", Convert, RoundTo(2, HalfEven), "10.00", "0.12", "10.12"},
		{"-12.50", "25", "1.25", Convert, RoundTo(2, HalfDown), "-10.00", "-0.12", "-10.12"},
		{"3.5594", "19", "4", Convert, RoundTo(2, HalfUp), "2.99", "0.12", "3.11"},
		// Net first is about the new gross price: 4 % in 2.99.
		{"2.99", "4", "4", Convert, RoundTo(2, HalfUp).WithNetFirst(true), "2.88", "0.11", "2.99"},
		{"2.99", "4", "4", Convert, RoundTo(2, HalfUp), "2.87", "0.12", "2.99"},
		{"2.99", "7", "4", keepGross, RoundTo(2, HalfUp).WithNetFirst(true), "2.88", "0.11", "2.99"},
		{"1590", "10", "8", Convert, RoundTo(0, Down), "1446", "115", "1561"},
		{"12345678901234567890.12", "20", "50", Convert, RoundTo(2, HalfUp), "10288065751028806575.10", "5144032875514403287.55", "15432098626543209862.65"},
	} {
		a, err := c.convert(decimalOf(t, c.gross), resolutionOf(t, rateOf(t, c.from)), resolutionOf(t, rateOf(t, c.to)), c.rounding)
		require.NoError(t, err, "%+v", c)
		requireDecimal(t, c.net, a.Net(), "%+v", c)
		requireDecimal(t, c.tax, a.Tax(), "%+v", c)
		requireDecimal(t, c.result, a.Gross(), "%+v", c)
		reconciled(t, a, func() string { return c.gross })
	}
}

func TestConvertRoundsTheNewPriceOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(159, 164))
	hundred := big.NewRat(100, 1)
	texts := []string{"0", "19", "23", "9.975", "5+c9.975", "1000", "13gross", "99.999999999999gross", "0.000000000001"}
	var rates []Rate
	var resolutions []Resolution
	for _, text := range texts {
		rates = append(rates, rateOf(t, text))
		resolutions = append(resolutions, resolutionOf(t, rates[len(rates)-1]))
	}
	grossOver := func(r Rate) *big.Rat { // the gross price of a net price of 1
		p := r.Percent.Rat()
		if r.OfGross {
			return p.Quo(hundred, p.Sub(hundred, p))
		}
		return p.Quo(p.Add(p, hundred), hundred)
	}
	for range 20000 {
		i, j := rng.IntN(len(rates)), rng.IntN(len(rates))
		price := decimal.New(int64(rng.Uint64()>>(1+rng.IntN(63))), rng.Int32N(12)-9)
		if rng.IntN(2) == 0 {
			price = price.Neg()
		}
		rounding := RoundTo(rng.IntN(13), Mode(rng.IntN(len(modeNames)))).WithNetFirst(rng.IntN(3) == 0)
		exactly := price.Rat()
		exactly.Quo(exactly, grossOver(rates[i])).Mul(exactly, grossOver(rates[j]))
		want := decimal.NewFromBigInt(oracle.Round(exact.Mode(rounding.Mode()), exactly.Mul(exactly, units10(rounding.Scale()))), -rounding.Scale())
		a, err := Convert(price, resolutions[i], resolutions[j], rounding)
		if !exact.Within(want) {
			require.ErrorIs(t, err, ErrInvalid)
			continue
		}
		require.NoError(t, err)
		if want.Rat().Cmp(a.Gross().Rat()) != 0 {
			require.Fail(t, "wrong", "%s, %s to %s, %+v: %s, want %s", exact.Format(price), texts[i], texts[j], rounding, exact.Format(a.Gross()), exact.Format(want))
		}
		same, err := resolutions[j].FromGross(want, rounding)
		require.NoError(t, err)
		require.Zero(t, same.Tax().Rat().Cmp(a.Tax().Rat()))

		held, err := keepGross(price, resolutions[i], resolutions[j], rounding)
		require.NoError(t, err)
		same, err = resolutions[j].FromGross(price, rounding)
		require.NoError(t, err)
		require.Zero(t, held.Gross().Rat().Cmp(price.Rat()))
		require.Zero(t, same.Tax().Rat().Cmp(held.Tax().Rat()))
	}
}

func TestConvertToAPlaceWithoutTaxLeavesTheNet(t *testing.T) {
	german, polish := resolutionOf(t, rateOf(t, "19")), resolutionOf(t, rateOf(t, "23"))
	for _, treatment := range []Treatment{ZeroRated, Exempt, ReverseCharge, IntraCommunity, Export, OutsideScope} {
		a, err := Convert(decimal.New(11900, -2), german, polish.As(treatment, "certificate"), RoundTo(2, HalfUp))
		require.NoError(t, err)
		requireDecimal(t, "100", a.Gross(), treatment)
		requireDecimal(t, "0", a.Tax(), treatment)
		a, err = Convert(decimal.New(10000, -2), german.As(treatment, "certificate"), polish, RoundTo(2, HalfUp))
		require.NoError(t, err)
		requireDecimal(t, "123", a.Gross(), treatment)
		a, err = keepGross(decimal.New(11900, -2), german, polish.As(treatment, "certificate"), RoundTo(2, HalfUp))
		require.NoError(t, err)
		requireDecimal(t, "119", a.Net(), treatment)
	}
}

func TestConvertNamesWhatIsWrong(t *testing.T) {
	r := resolutionOf(t, rateOf(t, "19"))
	price, cents := decimal.New(159, -2), RoundTo(2, HalfUp)
	for name, c := range map[string]struct {
		price    decimal.Decimal
		from, to Resolution
		rounding Rounding
		field    string
	}{
		"no from":   {price, Resolution{}, r, cents, "resolution"},
		"no to":     {price, r, Resolution{}, cents, "resolution"},
		"rounding":  {price, r, r, Rounding{}, "rounding"},
		"mode":      {price, r, r, RoundTo(0, 5), "rounding mode"},
		"scale":     {price, r, r, RoundTo(13, HalfUp), "rounding scale"},
		"1e21":      {decimal.New(1, 21), r, r, cents, "gross"},
		"41 digits": {decimal.NewFromBigInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil), -2), r, r, cents, "gross"},
	} {
		a, err := Convert(c.price, c.from, c.to, c.rounding)
		var input *InputError
		if assert.ErrorAs(t, err, &input, name) {
			assert.Equal(t, c.field, input.Field, name)
			assert.ErrorIs(t, err, ErrInvalid, name)
		}
		assert.Equal(t, Amounts{}, a, name)
	}
	for name, d := range hostileDecimals() {
		promptly(t, name, func() {
			_, err := Convert(d, r, r, cents)
			assert.ErrorIs(t, err, ErrInvalid, name)
		})
	}
	// The new price can have more digits than an amount may.
	_, err := Convert(decimal.NewFromBigInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(39), nil), 20), r, r, cents)
	assert.ErrorIs(t, err, ErrInvalid)
}
