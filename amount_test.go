package tax

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/oracle"
	"github.com/taxresolve/tax/internal/testfile"
)

// requireDecimal asserts the value of a decimal, however many zeros it has. It
// uses neither the parser nor the printer of the decimal library, which obey
// variables that any package can change.
func requireDecimal(t *testing.T, want string, got decimal.Decimal, about ...any) {
	t.Helper()
	r, ok := new(big.Rat).SetString(want)
	require.True(t, ok, "%q is no number", want)
	if r.Cmp(got.Rat()) != 0 {
		require.Equal(t, want, exact.Format(got), about...)
	}
}

// decimalOf reads an amount with its decimals.
func decimalOf(t *testing.T, s string) decimal.Decimal {
	t.Helper()
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	require.True(t, ok, "%q", s)
	return decimal.NewFromBigInt(n, -int32(len(fraction)))
}

// resolutionOf is the answer of a resolver whose only rate is this one.
func resolutionOf(t *testing.T, rate Rate) Resolution {
	t.Helper()
	r, err := NewResolver(SourceFunc(func(_ context.Context, key Key) ([]Configuration, error) {
		return []Configuration{{
			Location: Location{Country: key.Country},
			Tax:      Tax{Code: "VAT"},
			Classes:  []Class{{Code: "STANDARD", Rates: []Rate{rate}}},
		}}, nil
	}), nil)
	require.NoError(t, err)
	a, err := r.Resolve(t.Context(), "DE", "STANDARD")
	require.NoError(t, err)
	return a
}

// rateOf reads "19", "13gross" of the gross price, or components such as
// "5+9.975" and "5+c9.5".
func rateOf(t *testing.T, s string) Rate {
	t.Helper()
	parts := strings.Split(s, "+")
	if len(parts) == 1 {
		text, ofGross := strings.CutSuffix(s, "gross")
		return Rate{Percent: MustPercent(text), OfGross: ofGross}
	}
	var rate Rate
	total := new(big.Rat)
	for i, part := range parts {
		text, compound := strings.CutPrefix(part, "c")
		c := Component{Code: "T" + strconv.Itoa(i), Percent: MustPercent(text), Compound: compound}
		rate.Components = append(rate.Components, c)
		total.Add(total, share100(c.Percent.Rat(), total, compound))
	}
	// The total has at most the decimals that this many can hold.
	rate.Percent = MustPercent(strings.TrimRight(strings.TrimRight(total.FloatString(12), "0"), "."))
	require.Zero(t, total.Cmp(rate.Percent.Rat()))
	return rate
}

// share100 is what a component comes to in percent of the net price.
func share100(p, before *big.Rat, compound bool) *big.Rat {
	if !compound {
		return p
	}
	factor := new(big.Rat).Quo(before, big.NewRat(100, 1))
	return factor.Mul(factor.Add(factor, big.NewRat(1, 1)), p)
}

func TestAmountsOfTheTable(t *testing.T) {
	cases, seen := 0, map[Mode]int{}
	for _, line := range testfile.Lines(t, "testdata/amounts.txt") {
		cases++
		given, result, ok := strings.Cut(line, "->")
		in, out := strings.Fields(given), strings.Fields(result)
		require.True(t, ok && len(in) >= 4 && len(out) >= 3, line)
		scale, err := strconv.Atoi(in[3])
		require.NoError(t, err, line)
		r := resolutionOf(t, rateOf(t, in[0]))
		price, rounding := decimalOf(t, in[2]), RoundTo(scale, HalfUp)
		for _, word := range in[4:] {
			if word == "netFirst" {
				rounding = rounding.WithNetFirst(true)
			} else {
				mode := rounding.Mode()
				require.NoError(t, mode.UnmarshalText([]byte(word)), line)
				rounding = rounding.WithMode(mode)
			}
		}
		seen[rounding.Mode()]++
		var a Amounts
		var minor MinorAmounts
		var minorErr error
		units, unitsErr := rounding.Minor(price)
		switch in[1] {
		case "net":
			a, err = r.FromNet(price, rounding)
			requireForm(t, price.Coefficient().String(), price.Exponent(), a.Net(), line)
			minor, minorErr = r.FromNetMinor(units, rounding)
		case "gross":
			a, err = r.FromGross(price, rounding)
			requireForm(t, price.Coefficient().String(), price.Exponent(), a.Gross(), line)
			minor, minorErr = r.FromGrossMinor(units, rounding)
		default:
			t.Fatal(line)
		}
		require.NoError(t, err, line)
		requireDecimal(t, out[0], a.Net(), line)
		requireDecimal(t, out[1], a.Tax(), line)
		requireDecimal(t, out[2], a.Gross(), line)
		reconciled(t, a, func() string { return line })
		if unitsErr == nil {
			requireMinor(t, line, a, minor, minorErr)
		}

		var shares []string
		for _, s := range out[3:] {
			if s != "=" && s != "+" {
				shares = append(shares, s)
			}
		}
		require.Len(t, a.Components(), len(shares), line)
		for i, c := range a.Components() {
			requireDecimal(t, shares[i], c.Amount, line)
			assert.Equal(t, "T"+strconv.Itoa(i), c.Component.Code)
		}
	}
	assert.GreaterOrEqual(t, cases, 300)
	for m := HalfUp; m <= Down; m++ {
		assert.GreaterOrEqual(t, seen[m], 20, m)
	}
}

// requireMinor asserts that the amounts of a price in minor units are those of
// the decimal, or an error because 64 bits do not hold them.
func requireMinor(t *testing.T, about string, want Amounts, got MinorAmounts, err error) {
	t.Helper()
	units, ok := want.Minor()
	if !ok {
		var input *InputError
		require.ErrorAs(t, err, &input, about)
		require.Contains(t, input.Reason, "64 bits", about)
		require.Zero(t, got, about)
		return
	}
	require.NoError(t, err, about)
	require.Equal(t, units, got, about)
}

// reconciled asserts that net + tax = gross and that the components sum to the
// tax, exactly.
func reconciled(t *testing.T, a Amounts, about func() string) {
	t.Helper()
	sum := a.Net().Rat()
	if sum.Add(sum, a.Tax().Rat()).Cmp(a.Gross().Rat()) != 0 {
		t.Fatalf("%s: net %s + tax %s is not gross %s", about(), a.Net().Rat(), a.Tax().Rat(), a.Gross().Rat())
	}
	if len(a.Components()) == 0 {
		return
	}
	sum = new(big.Rat)
	for _, c := range a.Components() {
		sum.Add(sum, c.Amount.Rat())
	}
	if sum.Cmp(a.Tax().Rat()) != 0 {
		t.Fatalf("%s: the components sum to %s, the tax is %s", about(), sum, a.Tax().Rat())
	}
}

// units10 is 10^n.
func units10(n int32) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
}

func TestAmountsAgreeWithExactFractions(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 26))
	rates := []string{"0", "0.000000000001", "1000", "19", "7.7", "9.975", "14.975", "99.999999999999", "33.333333333333",
		"5+9.975", "5+c9.975", "9+9", "6+2.5+c10", "0+7", "1+1+1+1+1+1+1", "0.1+c0.1", "500+500", "0+0", "33.333+33.333+33.334",
		"13gross", "17gross", "0gross", "99.999999999999gross", "8.125gross"}
	cases := 200_000 / len(rates)
	if testing.Short() {
		cases /= 20
	}
	for _, text := range rates {
		rate := rateOf(t, text)
		r := resolutionOf(t, rate)
		percent := rate.Percent.Rat()
		var shares []*big.Rat // the components in percent of the net price
		total := new(big.Rat)
		for _, c := range rate.Components {
			p := share100(c.Percent.Rat(), total, c.Compound)
			shares = append(shares, p)
			total = new(big.Rat).Add(total, p)
		}
		for range cases {
			n := rng.Int64N(1 << (1 + rng.IntN(62)))
			if rng.IntN(2) == 0 {
				n = -n
			}
			price := decimal.New(n, rng.Int32N(8)-6)
			rounding := RoundTo(rng.IntN(6), Mode(rng.IntN(len(modeNames)))).WithNetFirst(rng.IntN(3) == 0)
			gross := rng.IntN(2) == 0
			from := r.FromNet
			if gross {
				from = r.FromGross
			}
			a, err := from(price, rounding)
			if err != nil {
				t.Fatal(text, price.Coefficient(), price.Exponent(), err)
			}
			tax, unit := taxOf100(rate, price, rounding, gross), units10(rounding.Scale())
			if rounding.NetFirst() && gross {
				unit = units10(-a.Tax().Exponent()) // the decimals of the price, if those are more
			}
			units := new(big.Rat).Mul(tax, unit).Num()
			about := func() string { // only a failure pays for it
				return fmt.Sprintf("%s of %s, %+v", text, exact.Format(price), rounding)
			}
			if a.Tax().Rat().Cmp(tax) != 0 {
				t.Fatalf("%s, gross %t: tax %s, want %s", about(), gross, exact.Format(a.Tax()), tax)
			}
			given := a.Net()
			if gross {
				given = a.Gross()
			}
			if given.Exponent() != price.Exponent() || given.Coefficient().Cmp(price.Coefficient()) != 0 {
				t.Fatalf("%s, gross %t: the price moved to %s", about(), gross, exact.Format(given))
			}
			reconciled(t, a, about)
			fairShares(t, a, units, shares, percent, unit, about)
		}
	}
}

// taxOf100 is the tax on a price by the words of the documentation, in fractions.
func taxOf100(rate Rate, price decimal.Decimal, rounding Rounding, gross bool) *big.Rat {
	percent, hundred := rate.Percent.Rat(), big.NewRat(100, 1)
	base := hundred // what percent is of, when the price is
	switch {
	case gross && !rate.OfGross:
		base = new(big.Rat).Add(hundred, percent)
	case !gross && rate.OfGross:
		base = new(big.Rat).Sub(hundred, percent)
	}
	given, unit := price.Rat(), units10(rounding.Scale())
	rounded := func(x *big.Rat) *big.Rat {
		units := oracle.Round(exact.Mode(rounding.Mode()), new(big.Rat).Mul(x, unit))
		return new(big.Rat).Quo(new(big.Rat).SetInt(units), unit)
	}
	tax := new(big.Rat).Mul(given, percent)
	tax.Quo(tax, base)
	if gross && rounding.NetFirst() && tax.Sign() != 0 {
		return tax.Sub(given, rounded(tax.Sub(given, tax)))
	}
	return rounded(tax)
}

// fairShares asserts the rule for components: the exact share rounded toward
// zero, one unit more for the largest remainders, the first winning ties.
func fairShares(t *testing.T, a Amounts, units *big.Int, shares []*big.Rat, percent, unit *big.Rat, about func() string) {
	t.Helper()
	parts := a.Components()
	if len(parts) != len(shares) {
		t.Fatalf("%s: %d components, want %d", about(), len(parts), len(shares))
	}
	sign := big.NewRat(int64(units.Sign()), 1)
	rest := make([]*big.Rat, len(parts)) // the remainder of each share, 0 to 1
	more := make([]bool, len(parts))
	for i, part := range parts {
		if percent.Sign() == 0 {
			if part.Amount.Sign() != 0 {
				t.Fatalf("%s: a share of nothing", about())
			}
			continue
		}
		share := new(big.Rat).SetInt(units)
		share.Mul(share, sign).Mul(share, shares[i]).Quo(share, percent)
		floor := new(big.Rat).SetInt(new(big.Int).Quo(share.Num(), share.Denom()))
		rest[i] = share.Sub(share, floor)
		got := part.Amount.Rat()
		got.Mul(got, unit).Mul(got, sign).Sub(got, floor)
		switch {
		case got.Sign() == 0:
		case got.Cmp(big.NewRat(1, 1)) == 0:
			more[i] = true
		default:
			t.Fatalf("%s: component %d is %s, %s units off its share", about(), i, exact.Format(part.Amount), got)
		}
		for j := range i {
			c := rest[j].Cmp(rest[i])
			if more[i] && !more[j] && c >= 0 || more[j] && !more[i] && c < 0 {
				t.Fatalf("%s: components %d and %d: the unit left went to the smaller remainder or the later of a tie", about(), j, i)
			}
		}
	}
}

func TestARefundMirrorsItsSale(t *testing.T) {
	rng := rand.New(rand.NewPCG(-25125&0xffff, 3))
	for _, text := range []string{"19", "9.975", "100", "13gross", "5+9.975", "5+c9.5", "9+9", "1+1+1"} {
		r := resolutionOf(t, rateOf(t, text))
		for i := range 2000 {
			price := decimal.New(rng.Int64N(1e9), -3)
			rounding := RoundTo(2, Mode(i%len(modeNames))).WithNetFirst(i%2 == 0)
			for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
				sale, err := from(price, rounding)
				require.NoError(t, err)
				refund, err := from(price.Neg(), rounding)
				require.NoError(t, err)
				require.Zero(t, sale.Tax().Rat().Cmp(refund.Tax().Neg().Rat()), "%s of %s", text, exact.Format(price))
				require.Zero(t, sale.Net().Rat().Cmp(refund.Net().Neg().Rat()))
				require.Zero(t, sale.Gross().Rat().Cmp(refund.Gross().Neg().Rat()))
				for i, c := range sale.Components() {
					require.Zero(t, c.Amount.Rat().Cmp(refund.Components()[i].Amount.Neg().Rat()))
				}
			}
		}
	}
}

func TestAmountsOutOfRangeAreRefusedAtOnce(t *testing.T) {
	r := resolutionOf(t, Rate{Percent: MustPercent("19")})
	tens := func(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }
	nines := new(big.Int).Sub(tens(40), big.NewInt(1))
	refused := map[string]decimal.Decimal{
		"41 digits":       decimal.NewFromBigInt(tens(40), 0),
		"41 decimals":     decimal.NewFromBigInt(tens(40), -20),
		"minus 41 digits": decimal.NewFromBigInt(new(big.Int).Neg(tens(40)), 0),
		"1e21":            decimal.New(1, 21),
		"1e-21":           decimal.New(1, -21),
		"0e21":            decimal.New(0, 21),
		"0e-21":           decimal.New(0, -21),
	}
	for name, d := range hostileDecimals() {
		refused[name] = d
	}
	for name, d := range refused {
		promptly(t, name, func() {
			for field, from := range map[string]func(decimal.Decimal, Rounding) (Amounts, error){"net": r.FromNet, "gross": r.FromGross} {
				a, err := from(d, RoundTo(2, HalfUp))
				var input *InputError
				if assert.ErrorAs(t, err, &input, name) {
					assert.Equal(t, field, input.Field)
					assert.ErrorIs(t, err, ErrInvalid)
				}
				assert.Nil(t, a.Components())
			}
		})
	}
	for name, d := range map[string]decimal.Decimal{
		"40 digits": decimal.NewFromBigInt(nines, 0), "40 digits, 20 after": decimal.NewFromBigInt(nines, -20),
		"40 digits and 20 zeros": decimal.NewFromBigInt(nines, 20), "1e20": decimal.New(1, 20), "1e-20": decimal.New(-1, -20),
		"zero value": {},
	} {
		for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
			a, err := from(d, RoundTo(12, HalfUp))
			require.NoError(t, err, name)
			reconciled(t, a, func() string { return name })
		}
	}
}

func TestRoundingsThatDoNotExistAreRefused(t *testing.T) {
	r := resolutionOf(t, Rate{Percent: MustPercent("19")})
	for _, rounding := range roundingsThatDoNotExist() {
		for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
			_, err := from(decimal.New(1, 0), rounding)
			var input *InputError
			require.ErrorAs(t, err, &input, "%+v", rounding)
			assert.Contains(t, []string{"rounding", "rounding mode", "rounding scale"}, input.Field)
		}
	}
	for scale := range 13 {
		_, err := r.FromNet(decimal.New(1, 0), RoundTo(scale, HalfUp))
		assert.NoError(t, err)
	}
}

func TestAPercentageOfTheGrossPrice(t *testing.T) {
	r := resolutionOf(t, Rate{Percent: MustPercent("13"), OfGross: true})
	a, err := r.FromGross(decimal.New(100, 0), RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "13", a.Tax())
	requireDecimal(t, "87", a.Net())
	a, err = r.FromNet(decimal.New(87, 0), RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "13", a.Tax())
	requireDecimal(t, "100", a.Gross())
	a, err = r.As(Export, "shipped").FromGross(decimal.New(100, 0), RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "0", a.Tax())
}

func TestTheZeroResolutionHasNoAmounts(t *testing.T) {
	for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){Resolution{}.FromNet, Resolution{}.FromGross} {
		_, err := from(decimal.New(1, 0), RoundTo(2, HalfUp))
		var input *InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "resolution", input.Field)
	}
	var a Amounts
	requireDecimal(t, "0", a.Net())
	requireDecimal(t, "0", a.Tax())
	requireDecimal(t, "0", a.Gross())
	assert.Nil(t, a.Components())
}

func TestATreatmentOtherThanTaxableHasNoTax(t *testing.T) {
	taxed := resolutionOf(t, rateOf(t, "5+9.975"))
	for _, treatment := range []Treatment{ZeroRated, Exempt, ReverseCharge, IntraCommunity, Export, OutsideScope} {
		for _, r := range []Resolution{taxed.As(treatment, "certificate"), resolutionOf(t, Rate{Treatment: treatment})} {
			for _, netFirst := range []bool{false, true} {
				// The price may have more decimals than the currency, or digits.
				for _, price := range []decimal.Decimal{decimal.New(1999, -2), decimal.New(-19999, -4), decimalOf(t, "12345678901234567890.123456789")} {
					for m := HalfUp; m <= Down; m++ {
						rounding := RoundTo(2, m).WithNetFirst(netFirst)
						for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
							a, err := from(price, rounding)
							require.NoError(t, err)
							requireDecimal(t, exact.Format(price), a.Net(), treatment)
							requireDecimal(t, "0", a.Tax(), treatment)
							requireDecimal(t, exact.Format(price), a.Gross(), treatment)
							require.Nil(t, a.Components())
						}
					}
				}
			}
		}
	}
}

func TestARateOfZeroHasNoTaxNetFirstEither(t *testing.T) {
	for _, text := range []string{"0", "0.00", "0gross", "0+0"} {
		a, err := resolutionOf(t, rateOf(t, text)).FromGross(decimal.New(1999, -3), RoundTo(2, HalfUp).WithNetFirst(true))
		require.NoError(t, err)
		requireDecimal(t, "1.999", a.Net(), text)
		requireDecimal(t, "0", a.Tax(), text)
	}
}

func TestAmountsCannotBeModified(t *testing.T) {
	a, err := resolutionOf(t, rateOf(t, "5+9.975")).FromNet(decimal.New(100, 0), RoundTo(2, HalfUp))
	require.NoError(t, err)
	parts := a.Components()
	parts[0] = ComponentAmount{}
	requireDecimal(t, "5.00", a.Components()[0].Amount)
}

// 0.33330 and 0.3333 are one price, and have the same amounts.
func TestZerosAtTheEndOfAPriceChangeNothing(t *testing.T) {
	r := resolutionOf(t, rateOf(t, "5+9.975"))
	for _, rounding := range []Rounding{RoundTo(2, HalfUp), RoundTo(2, HalfUp).WithNetFirst(true)} {
		want, err := r.FromGross(decimal.New(3333, -4), rounding)
		require.NoError(t, err)
		for zeros := range int32(14) {
			price := decimal.NewFromBigInt(new(big.Int).Mul(big.NewInt(3333), units10(zeros).Num()), -4-zeros)
			got, err := r.FromGross(price, rounding)
			require.NoError(t, err)
			require.Equal(t, want.Tax().Exponent(), got.Tax().Exponent())
			require.Zero(t, want.Tax().Rat().Cmp(got.Tax().Rat()))
			for i, c := range want.Components() {
				require.Zero(t, c.Amount.Rat().Cmp(got.Components()[i].Amount.Rat()))
			}
		}
	}
}

func TestTrapExponentsThatArithmeticDoesNotCheck(t *testing.T) {
	require.EqualValues(t, 1e8, decimal.New(1, 1e8).Exponent(), "New limits exponents now")
	r := resolutionOf(t, Rate{Percent: MustPercent("1000")})
	// An answer fed back as the next price must end in an error, never in a
	// panic or a stall.
	promptly(t, "prices that grow", func() {
		price := decimal.New(9, 20)
		for range 1000 {
			a, err := r.FromNet(price, RoundTo(0, HalfUp))
			if err != nil {
				assert.ErrorIs(t, err, ErrInvalid)
				return
			}
			price = a.Gross()
		}
		assert.Fail(t, "a price of a thousand digits was accepted")
	})
}

func TestTrapSilentLossOfPrecision(t *testing.T) {
	requireDecimal(t, "0", decimal.New(1, -17).Div(decimal.New(1, 0)), "Div keeps small quotients now")
	a, err := resolutionOf(t, Rate{Percent: MustPercent("0.000000000001")}).FromNet(decimal.New(100, 0), RoundTo(12, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "0.000000000001", a.Tax())
	// 100 / 1.19 * 1.19 is 100.000000000000000047 with Div.
	a, err = resolutionOf(t, Rate{Percent: MustPercent("19")}).FromGross(decimal.New(100, 0), RoundTo(12, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "84.033613445378", a.Net())
	requireDecimal(t, "100", a.Net().Add(a.Tax()))
}

func TestTrapDoubleRounding(t *testing.T) {
	price := decimal.New(999999999999999999, -20) // 0.00999999999999999999
	if decimal.DivisionPrecision == 16 {
		requireDecimal(t, "0.01", price.Mul(decimal.New(50, 0)).Div(decimal.New(100, 0)).Round(2), "Div and Round round once now")
	}
	a, err := resolutionOf(t, Rate{Percent: MustPercent("50")}).FromNet(price, RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "0", a.Tax(), "half of it is less than half a cent")
	a, err = resolutionOf(t, Rate{Percent: MustPercent("100")}).FromGross(price, RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "0", a.Tax())
}

func TestTrapDivisionByZero(t *testing.T) {
	for _, s := range []string{"0", "0+0", "0+0+c0"} {
		r := resolutionOf(t, rateOf(t, s))
		for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
			a, err := from(decimal.Decimal{}, RoundTo(0, HalfUp))
			require.NoError(t, err, s)
			requireDecimal(t, "0", a.Tax(), s)
		}
	}
}

func TestTrapAmountsBeyondInt64(t *testing.T) {
	require.Negative(t, decimal.New(1, 19).IntPart(), "IntPart does not wrap now")
	amount, thousandths := int64(92233720368547), int64(190000)
	require.Negative(t, amount*thousandths, "int64 does not wrap now")
	a, err := resolutionOf(t, Rate{Percent: MustPercent("19.0000")}).FromNet(decimal.New(amount, 0), RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "17524406870023.93", a.Tax())
	r := resolutionOf(t, Rate{Percent: MustPercent("100")})
	for _, n := range []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1} {
		a, err := r.FromNet(decimal.New(n, 0), RoundTo(0, HalfUp))
		require.NoError(t, err)
		double := new(big.Int).Lsh(big.NewInt(n), 1)
		requireDecimal(t, double.String(), a.Gross())
	}
}

func TestTrapRoundingOfNegativeHalves(t *testing.T) {
	requireDecimal(t, "-3", decimal.New(-25, -1).Round(0), "Round is not half away from zero now")
	require.Equal(t, -3, -7/2, "integer division truncates toward zero")
	r := resolutionOf(t, Rate{Percent: MustPercent("50")})
	for n, want := range map[int64]string{5: "3", -5: "-3", 3: "2", -3: "-2", 1: "1", -1: "-1", 7: "4", -7: "-4"} {
		a, err := r.FromNet(decimal.New(n, 0), RoundTo(0, HalfUp))
		require.NoError(t, err)
		requireDecimal(t, want, a.Tax(), n)
	}
	a, err := resolutionOf(t, Rate{Percent: MustPercent("40")}).FromNet(decimal.New(-1, 0), RoundTo(0, HalfUp))
	require.NoError(t, err)
	assert.Equal(t, "0", exact.Format(a.Tax()), "no minus before nothing")
}
