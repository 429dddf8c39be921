package tax

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

func TestMinorUnitsAreTheDecimalFace(t *testing.T) {
	rng := rand.New(rand.NewPCG(64, 2))
	for _, text := range []string{"0", "19", "9.975", "1000", "999.999999999999", "0.000000000001", "13gross", "99.999999999999gross", "5+9.975", "5+c9.975", "9.12345+c9.12345"} {
		r := resolutionOf(t, rateOf(t, text))
		for i := range 4000 {
			n := int64(rng.Uint64() >> rng.IntN(64))
			if i%2 == 0 {
				n = -n
			}
			rounding := RoundTo(rng.IntN(13), Mode(rng.IntN(len(modeNames)))).WithNetFirst(rng.IntN(2) == 0)
			want, err := r.FromNet(exact.Decimal(n, rounding.Scale()), rounding)
			require.NoError(t, err)
			got, minorErr := r.FromNetMinor(n, rounding)
			requireMinor(t, text, want, got, minorErr)
			want, err = r.FromGross(exact.Decimal(n, rounding.Scale()), rounding)
			require.NoError(t, err)
			got, minorErr = r.FromGrossMinor(n, rounding)
			requireMinor(t, text, want, got, minorErr)
		}
	}
}

// boundsOf are prices at which a sum or a product leaves 64 bits, for every
// percentage in thousandths.
func boundsOf(percent int64) (list []int64) {
	for _, edge := range []int64{math.MaxInt64, 1 << 62} {
		for _, base := range []int64{100000, percent, 100000 + percent} {
			// edge * 100000 / base, and edge * base / 100000.
			for _, q := range [][2]int64{{100000, base}, {base, 100000}} {
				if q[1] == 0 {
					continue
				}
				n := new(big.Int).Mul(big.NewInt(edge), big.NewInt(q[0]))
				if n.Quo(n, big.NewInt(q[1])); n.IsInt64() {
					for d := int64(-2); d <= 2; d++ {
						if m := n.Int64(); m < math.MaxInt64-2 {
							list = append(list, m+d, -m-d)
						}
					}
				}
			}
		}
	}
	return append(list, 0, 1, -1, math.MaxInt64, math.MaxInt64-1, math.MinInt64, math.MinInt64+1)
}

func TestMinorUnitsBeyond64BitsAreErrorsAndNeverWrap(t *testing.T) {
	refused, held := 0, 0
	for _, percent := range []int64{0, 1, 19000, 99999, 100000, 100001, 999000, 999999, 1000000} {
		rate := Rate{Percent: decimal.New(percent, -3)}
		r := resolutionOf(t, rate)
		for _, n := range boundsOf(percent) {
			for i := range 2 * len(modeNames) {
				rounding := RoundTo(2, Mode(i/2)).WithNetFirst(i%2 == 0)
				for gross, from := range map[bool]func(int64, Rounding) (MinorAmounts, error){false: r.FromNetMinor, true: r.FromGrossMinor} {
					price := exact.Decimal(n, 2)
					tax := taxOf100(rate, price, rounding, gross)
					units := new(big.Int).Set(new(big.Rat).Mul(tax, units10(2)).Num())
					other := new(big.Int).Add(big.NewInt(n), units)
					if gross {
						other.Sub(big.NewInt(n), units)
					}
					a, err := from(n, rounding)
					if !units.IsInt64() || !other.IsInt64() {
						var input *InputError
						require.ErrorAs(t, err, &input, "%d with %d, %+v", n, percent, rounding)
						require.Equal(t, map[bool]string{false: "net", true: "gross"}[gross], input.Field)
						require.ErrorIs(t, err, ErrInvalid)
						require.Zero(t, a)
						refused++
						continue
					}
					require.NoError(t, err, "%d with %d, %+v", n, percent, rounding)
					held++
					want := [3]int64{n, units.Int64(), other.Int64()}
					if gross {
						want[0], want[2] = want[2], want[0]
					}
					require.Equal(t, want, [3]int64{a.Net, a.Tax, a.Gross}, "%d with %d, %+v", n, percent, rounding)
				}
			}
		}
	}
	assert.Greater(t, refused, 500)
	assert.Greater(t, held, 500)
}

// The tax is a hair below 2^64 cents, and rounds to it.
func TestATaxThatRoundsTo64BitsIsNotNothing(t *testing.T) {
	r := resolutionOf(t, Rate{Percent: MustPercent("999")})
	_, err := r.FromNetMinor(1846520928299254416, RoundTo(2, HalfUp))
	assert.ErrorIs(t, err, ErrInvalid)
	a, err := r.FromNet(decimal.New(184652092829925442, 1), RoundTo(0, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "18446744073709551656", a.Tax())
}

func TestMinorTellsWhenAmountsHaveNoMinorUnits(t *testing.T) {
	r := resolutionOf(t, Rate{Percent: MustPercent("19")})
	for _, c := range []struct {
		price decimal.Decimal
		scale int
		ok    bool
	}{
		{decimal.New(1999, -2), 2, true},
		{decimal.New(199900, -4), 2, true},
		{decimal.New(2, 1), 2, true},
		{decimal.New(19999, -3), 2, false},
		{decimal.New(19999, -3), 3, true},
		{decimal.New(1, -20), 12, false},
		{decimal.New(1, 20), 0, false},
		{decimal.NewFromBigInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil), -20), 2, true},
	} {
		for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
			a, err := from(c.price, RoundTo(c.scale, HalfUp))
			require.NoError(t, err)
			m, ok := a.Minor()
			require.Equal(t, c.ok, ok, exact.Format(c.price))
			if ok {
				requireDecimal(t, exact.Format(a.Net()), exact.Decimal(m.Net, int32(c.scale)))
				requireDecimal(t, exact.Format(a.Tax()), exact.Decimal(m.Tax, int32(c.scale)))
				requireDecimal(t, exact.Format(a.Gross()), exact.Decimal(m.Gross, int32(c.scale)))
			} else {
				require.Zero(t, m)
			}
		}
	}
	m, _ := Amounts{}.Minor()
	assert.Zero(t, m)
}

func TestTheZeroResolutionHasNoMinorAmounts(t *testing.T) {
	for _, from := range []func(int64, Rounding) (MinorAmounts, error){Resolution{}.FromNetMinor, Resolution{}.FromGrossMinor} {
		for _, rounding := range []Rounding{{}, RoundTo(0, 9)} {
			_, err := from(1999, rounding)
			var input *InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, "resolution", input.Field)
		}
	}
	r := resolutionOf(t, Rate{Percent: MustPercent("19")})
	for _, rounding := range roundingsThatDoNotExist() {
		_, err := r.FromNetMinor(1999, rounding)
		assert.ErrorContains(t, err, "rounding", "%+v", rounding)
	}
}

func TestAmountsInMinorUnitsAllocateNothing(t *testing.T) {
	for _, text := range []string{"19", "9.975", "13gross", "5+c9.975"} {
		r := resolutionOf(t, rateOf(t, text))
		for m := HalfUp; m <= Down; m++ {
			rounding := RoundTo(2, m).WithNetFirst(m%2 == 0)
			assert.Zero(t, testing.AllocsPerRun(100, func() {
				a, err := r.FromNetMinor(1999, rounding)
				b, err2 := r.FromGrossMinor(-1999, rounding)
				if err != nil || err2 != nil || a.Tax <= 0 || b.Tax >= 0 {
					panic("no amounts")
				}
			}), "%s, %s", text, m)
			net, gross := decimal.New(1999, -2), decimal.New(-19999, -3)
			assert.Zero(t, testing.AllocsPerRun(100, func() {
				_, err := r.FromNet(net, rounding)
				_, err2 := r.FromGross(gross, rounding)
				if err != nil || err2 != nil {
					panic("no amounts")
				}
			}), "%s, %s: decimals that fit", text, m)
		}
	}
}

// A decimal costs what the decimal library takes to make it, and no more; one of
// everyday size nothing.
func TestADecimalOfAmountsAllocatesWhatNewDoes(t *testing.T) {
	r := resolutionOf(t, Rate{Percent: MustPercent("19")})
	price := decimal.New(199999, -2)
	var sink decimal.Decimal
	ofNew := testing.AllocsPerRun(100, func() { sink = decimal.New(379, -2) })
	require.LessOrEqual(t, ofNew, 2.0)
	for name, get := range map[string]func(Amounts) decimal.Decimal{"tax": Amounts.Tax, "gross": Amounts.Gross} {
		assert.Equal(t, ofNew, testing.AllocsPerRun(100, func() {
			a, _ := r.FromNet(price, RoundTo(2, HalfUp))
			sink = get(a)
		}), name)
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		a, _ := r.FromNet(price, RoundTo(2, HalfUp))
		sink = a.Net()
	}), "the price that was given is there already")
	assert.Equal(t, price, sink)
	price = decimal.New(1999, -2)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		a, _ := r.FromNet(price, RoundTo(2, HalfUp))
		sink = a.Gross()
	}), "a price of everyday size")
	requireDecimal(t, "23.79", sink)
}

func TestAmountsInJSONAreTextWithAllDecimals(t *testing.T) {
	for _, c := range []struct {
		percent string
		price   decimal.Decimal
		scale   int
		want    string
	}{
		{"19", decimal.New(100, 0), 2, `{"net":"100","tax":"19.00","gross":"119.00"}`},
		{"19", decimal.New(-10000, -2), 2, `{"net":"-100.00","tax":"-19.00","gross":"-119.00"}`},
		{"10", decimal.New(105, 0), 0, `{"net":"105","tax":"11","gross":"116"}`},
		{"7.7", decimal.New(1234567, -5), 2, `{"net":"12.34567","tax":"0.95","gross":"13.29567"}`},
		{"19", decimal.New(1, 20), 2, `{"net":"100000000000000000000","tax":"19000000000000000000.00","gross":"119000000000000000000.00"}`},
		{"0", decimal.Decimal{}, 2, `{"net":"0","tax":"0.00","gross":"0.00"}`},
		{"5+9.975", decimal.New(10000, -2), 2, `{"net":"100.00","tax":"14.98","gross":"114.98","components":[{"code":"T0","amount":"5.00"},{"code":"T1","amount":"9.98"}]}`},
	} {
		a, err := resolutionOf(t, rateOf(t, c.percent)).FromNet(c.price, RoundTo(c.scale, HalfUp))
		require.NoError(t, err)
		text, err := json.Marshal(a)
		require.NoError(t, err)
		assert.Equal(t, c.want, string(text))
	}
	a, err := resolutionOf(t, rateOf(t, "19")).FromGross(decimal.New(11900, -2), RoundTo(2, HalfUp))
	require.NoError(t, err)
	text, err := json.Marshal(map[string]Amounts{"": a, "none": {}})
	require.NoError(t, err)
	assert.Equal(t, `{"":{"net":"100.00","tax":"19.00","gross":"119.00"},"none":{"net":"0","tax":"0","gross":"0"}}`, string(text))
}

// FuzzAmounts holds any price at any percentage against fractions.
func FuzzAmounts(f *testing.F) {
	f.Add(uint64(19), uint8(0), int64(1999), uint64(0), int8(-2), uint8(0), uint8(2))
	f.Add(uint64(9975), uint8(3), int64(-299), uint64(0), int8(-2), uint8(0b1001), uint8(2))
	f.Add(uint64(13), uint8(0), int64(50), uint64(0), int8(-2), uint8(0b10010), uint8(2))
	f.Add(uint64(999), uint8(0), int64(1846520928299254416), uint64(0), int8(-2), uint8(0), uint8(2))
	f.Add(uint64(99999999999999), uint8(12), int64(math.MinInt64), uint64(math.MaxUint64), int8(20), uint8(0b11011), uint8(12))
	f.Fuzz(func(t *testing.T, percent uint64, decimals uint8, high int64, low uint64, exp int8, how, scale uint8) {
		rate := Rate{Percent: decimal.NewFromBigInt(new(big.Int).SetUint64(percent), -int32(decimals%13)), OfGross: how&0x10 != 0}
		most := decimal.New(1000, 0)
		if rate.OfGross {
			most = decimal.New(99, 0)
		}
		if rate.Percent.GreaterThan(most) {
			return
		}
		c := big.NewInt(high)
		if how&0x20 != 0 {
			c.Lsh(c, 64).Add(c, new(big.Int).SetUint64(low))
		}
		price := decimal.NewFromBigInt(c, int32(exp))
		rounding := RoundTo(int(scale%13), Mode(how&7%5)).WithNetFirst(how&8 != 0)
		r := resolutionOf(t, rate)
		for gross, from := range map[bool]func(decimal.Decimal, Rounding) (Amounts, error){false: r.FromNet, true: r.FromGross} {
			a, err := from(price, rounding)
			if len(new(big.Int).Abs(c).String()) > 40 || exp < -20 || exp > 20 {
				if err == nil {
					t.Fatal("out of bounds, and taken")
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			want := taxOf100(rate, price, rounding, gross)
			given := map[bool]decimal.Decimal{false: a.Net(), true: a.Gross()}[gross]
			if a.Tax().Rat().Cmp(want) != 0 || given.Rat().Cmp(price.Rat()) != 0 {
				t.Fatalf("%s %% of %s, gross %t, %+v: tax %s, want %s", exact.Format(rate.Percent), exact.Format(price), gross, rounding, exact.Format(a.Tax()), want)
			}
			reconciled(t, a, func() string { return exact.Format(price) })
		}
		want, err := r.FromNet(exact.Decimal(high, rounding.Scale()), rounding)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.FromNetMinor(high, rounding)
		requireMinor(t, "net", want, got, err)
	})
}
