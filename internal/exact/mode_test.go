package exact_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/oracle"
)

var modes = []exact.Mode{exact.HalfUp, exact.HalfEven, exact.HalfDown, exact.Up, exact.Down}

func integer(t require.TestingT, s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	require.True(t, ok, s)
	return n
}

func TestModesRoundAsTheTableSays(t *testing.T) {
	// Rounding is symmetric about zero, so each line is tried with both signs.
	for _, c := range []struct{ num, den, halfUp, halfEven, halfDown, up, down string }{
		{"0", "1", "0", "0", "0", "0", "0"},
		{"0", "7", "0", "0", "0", "0", "0"},
		{"1", "1", "1", "1", "1", "1", "1"},
		{"8", "2", "4", "4", "4", "4", "4"},
		{"100", "10", "10", "10", "10", "10", "10"},

		// Halves.
		{"1", "2", "1", "0", "0", "1", "0"},
		{"3", "2", "2", "2", "1", "2", "1"},
		{"5", "2", "3", "2", "2", "3", "2"},
		{"7", "2", "4", "4", "3", "4", "3"},
		{"25", "10", "3", "2", "2", "3", "2"},
		{"12500", "1000", "13", "12", "12", "13", "12"},
		{"135", "10", "14", "14", "13", "14", "13"},
		{"199", "2", "100", "100", "99", "100", "99"},

		// Close to halves: by a third of a unit, and by the least that the denominator allows.
		{"1", "3", "0", "0", "0", "1", "0"},
		{"2", "3", "1", "1", "1", "1", "0"},
		{"4", "3", "1", "1", "1", "2", "1"},
		{"5", "3", "2", "2", "2", "2", "1"},
		{"49", "100", "0", "0", "0", "1", "0"},
		{"51", "100", "1", "1", "1", "1", "0"},
		{"2499999", "1000000", "2", "2", "2", "3", "2"},
		{"2500000", "1000000", "3", "2", "2", "3", "2"},
		{"2500001", "1000000", "3", "3", "3", "3", "2"},
		{"1499999999999999999", "1000000000000000000", "1", "1", "1", "2", "1"},
		{"1500000000000000000", "1000000000000000000", "2", "2", "1", "2", "1"},
		{"1500000000000000001", "1000000000000000000", "2", "2", "2", "2", "1"},

		// Odd denominators have no halves: 3/7 is below a half, 4/7 above.
		{"3", "7", "0", "0", "0", "1", "0"},
		{"4", "7", "1", "1", "1", "1", "0"},
		{"17", "7", "2", "2", "2", "3", "2"},
		{"18", "7", "3", "3", "3", "3", "2"},

		// Tiny and huge numbers, and those at the limit of 64 bits.
		{"1", "9223372036854775807", "0", "0", "0", "1", "0"},
		{"1", "18446744073709551615", "0", "0", "0", "1", "0"},
		{"4611686018427387903", "9223372036854775808", "0", "0", "0", "1", "0"},
		{"4611686018427387904", "9223372036854775808", "1", "0", "0", "1", "0"},
		{"4611686018427387905", "9223372036854775808", "1", "1", "1", "1", "0"},
		{"9223372036854775807", "1", "9223372036854775807", "9223372036854775807", "9223372036854775807", "9223372036854775807", "9223372036854775807"},
		{"9223372036854775807", "2", "4611686018427387904", "4611686018427387904", "4611686018427387903", "4611686018427387904", "4611686018427387903"},
		{"18446744073709551613", "2", "9223372036854775807", "9223372036854775806", "9223372036854775806", "9223372036854775807", "9223372036854775806"},
		{"18446744073709551615", "2", "9223372036854775808", "9223372036854775808", "9223372036854775807", "9223372036854775808", "9223372036854775807"},
		{"100000000000000000000000000000000000000000000000001", "2", "50000000000000000000000000000000000000000000000001",
			"50000000000000000000000000000000000000000000000000", "50000000000000000000000000000000000000000000000000",
			"50000000000000000000000000000000000000000000000001", "50000000000000000000000000000000000000000000000000"},
	} {
		for m, want := range map[exact.Mode]string{exact.HalfUp: c.halfUp, exact.HalfEven: c.halfEven, exact.HalfDown: c.halfDown, exact.Up: c.up, exact.Down: c.down} {
			for _, sign := range []string{"", "-"} {
				num, den, about := integer(t, sign+c.num), integer(t, c.den), fmt.Sprintf("%s%s/%s, mode %d", sign, c.num, c.den, m)
				if want == "0" {
					sign = ""
				}
				assert.Equal(t, sign+want, m.Quotient(num, den).String(), about)
				assert.Equal(t, sign+want, oracle.Round(m, new(big.Rat).SetFrac(num, den)).String(), about+": the definition")
				if !num.IsInt64() || !den.IsUint64() {
					continue
				}
				got, ok := m.MulDiv(num.Int64(), 1, den.Uint64())
				assert.Equal(t, integer(t, sign+want).IsInt64(), ok, about)
				assert.Equal(t, sign+want, fmt.Sprint(got), about)
			}
		}
	}
}

func TestQuotientAgreesWithFractionsAndLeavesItsArgumentsAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	random := func(bits int) *big.Int {
		n := new(big.Int)
		for range 1 + rng.IntN(bits) {
			n.Lsh(n, 1).Add(n, big.NewInt(rng.Int64N(2)))
		}
		return n
	}
	for range 20000 {
		num, den := random(200), random(100)
		den.Add(den, big.NewInt(1))
		if rng.IntN(3) > 0 { // a half, or next to one
			num.Mul(num, den).Lsh(num, 1).Add(num, den).Add(num, big.NewInt(rng.Int64N(3)-1))
			den.Lsh(den, 1)
		}
		if rng.IntN(2) == 0 {
			num.Neg(num)
		}
		numBefore, denBefore := num.String(), den.String()
		x := new(big.Rat).SetFrac(num, den)
		for _, m := range modes {
			want, got := oracle.Round(m, x), m.Quotient(num, den)
			require.Zero(t, want.Cmp(got), "%s/%s, mode %d: %s, want %s", num, den, m, got, want)
		}
		require.Equal(t, numBefore, num.String())
		require.Equal(t, denBefore, den.String())
	}
}

// Numbers for which arithmetic in 64 bits is most likely to go wrong.
var (
	edges = []int64{0, 1, -1, 2, -2, 3, 5, 10, -10, 99, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<62 - 1, 1 << 62, 1<<62 + 1,
		-1<<62 - 1, -1 << 62, -1<<62 + 1, math.MaxInt64 - 1, math.MaxInt64, math.MinInt64, math.MinInt64 + 1,
		999999999999999999, 1000000000000000000, -1000000000000000000, 6148914691236517205, 3074457345618258603}
	factors = []uint64{0, 1, 2, 3, 5, 7, 10, 100, 119, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<62 - 1, 1 << 62, 1<<63 - 1, 1 << 63, 1<<63 + 1,
		math.MaxUint64 - 1, math.MaxUint64, 1e18, 1e19, 6148914691236517205, 12297829382473034411}
)

// mulDiv asserts that the result in 64 bits is the result of the functions for any
// size, and that it is refused exactly if it does not fit. The least integer is
// refused, because its negative does not fit.
func mulDiv(t require.TestingT, a int64, num, den uint64) {
	top := new(big.Int).Mul(big.NewInt(a), new(big.Int).SetUint64(num))
	below := new(big.Int).SetUint64(den)
	x := new(big.Rat).SetFrac(top, below)
	for _, m := range modes {
		want := oracle.Round(m, x)
		got, ok := m.MulDiv(a, num, den)
		fits := want.CmpAbs(big.NewInt(math.MaxInt64)) <= 0
		if fits != ok || ok && want.Cmp(big.NewInt(got)) != 0 {
			require.Fail(t, "wrong product and quotient", "%d * %d / %d, mode %d: %d %t, want %s", a, num, den, m, got, ok, want)
		}
		if wide := m.Quotient(top, below); wide.Cmp(want) != 0 {
			require.Fail(t, "wrong quotient", "%d * %d / %d, mode %d: %s, want %s", a, num, den, m, wide, want)
		}
	}
	whole, rest := new(big.Int).QuoRem(top, below, new(big.Int))
	q, r, ok := exact.Cut(a, num, den)
	fits := whole.CmpAbs(big.NewInt(math.MaxInt64)) <= 0 && den <= math.MaxInt64
	if fits != ok || ok && (whole.Cmp(big.NewInt(q)) != 0 || rest.Cmp(big.NewInt(r)) != 0) {
		require.Fail(t, "wrong cut", "%d * %d / %d: %d rest %d %t, want %s rest %s", a, num, den, q, r, ok, whole, rest)
	}
}

func TestMulDivAndCutIn64BitsAreThoseOfAnySizeOrRefused(t *testing.T) {
	for _, a := range edges {
		for _, num := range factors {
			for _, den := range factors {
				if den != 0 {
					mulDiv(t, a, num, den)
				}
			}
		}
	}
	rng := rand.New(rand.NewPCG(2, 63))
	for range 50000 {
		a, num := int64(rng.Uint64()>>rng.IntN(64)), rng.Uint64()>>rng.IntN(64)
		den := max(1, rng.Uint64()>>rng.IntN(64))
		if rng.IntN(4) == 0 {
			den = max(1, den+den%2) // even: it can have halves
			num = den / 2 * (num%8 + 1)
		}
		mulDiv(t, a, num, den)
		mulDiv(t, -a, num, den)
	}
}

// A quotient that was cut off can be the largest number of 64 bits. Rounding it away
// from zero must not wrap to zero.
func TestMulDivDoesNotWrapWhereItRoundsTheLargestQuotient(t *testing.T) {
	limit := new(big.Int).Lsh(big.NewInt(1), 64)
	found := 0
	for percent := uint64(10000); percent > 2000; percent-- {
		// The largest a that stays below 2^64 times 1000 / percent.
		a := new(big.Int).Mul(limit, big.NewInt(1000))
		a.Sub(a, big.NewInt(1)).Quo(a, new(big.Int).SetUint64(percent))
		rest := new(big.Int).Mul(a, new(big.Int).SetUint64(percent))
		if rest.Quo(rest, big.NewInt(1000)); a.IsInt64() && rest.IsUint64() && rest.Uint64() == math.MaxUint64 {
			found++
			mulDiv(t, a.Int64(), percent, 1000)
			mulDiv(t, -a.Int64(), percent, 1000)
		}
	}
	require.Greater(t, found, 100)
}

func TestScaledIn64BitsIsWideScaledOrRefused(t *testing.T) {
	ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	largest, all := big.NewInt(math.MaxInt64), new(big.Int).SetUint64(math.MaxUint64)
	scaled := func(c int64, shift int, num, den uint64) {
		x := new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(c), new(big.Int).SetUint64(num)))
		x.Quo(x, new(big.Rat).SetInt(new(big.Int).SetUint64(den)))
		power := new(big.Rat).SetInt(ten(max(shift, -shift)))
		possible := true // whether the intermediate results fit
		if shift >= 0 {
			x.Mul(x, power)
			if shift > 0 {
				possible = c == 0 || shift <= 18 && new(big.Int).Mul(big.NewInt(c), ten(shift)).CmpAbs(largest) <= 0
			}
		} else {
			x.Quo(x, power)
			possible = shift >= -19 && new(big.Int).Mul(new(big.Int).SetUint64(den), ten(-shift)).Cmp(all) <= 0
		}
		for _, m := range modes {
			want := oracle.Round(m, x)
			got, ok := m.Scaled(c, shift, num, den)
			fits := possible && want.CmpAbs(largest) <= 0
			if fits != ok || ok && want.Cmp(big.NewInt(got)) != 0 {
				require.Fail(t, "wrong", "%d e%d * %d / %d, mode %d: %d %t, want %s", c, shift, num, den, m, got, ok, want)
			}
			number, top, below := big.NewInt(c), new(big.Int).SetUint64(num), new(big.Int).SetUint64(den)
			wide := m.WideScaled(number, shift, top, below)
			if want.Cmp(wide) != 0 {
				require.Fail(t, "wrong", "%d e%d * %d / %d, mode %d: %s, want %s", c, shift, num, den, m, wide, want)
			}
			if number.Cmp(big.NewInt(c)) != 0 || top.Uint64() != num || below.Uint64() != den {
				require.Fail(t, "an argument changed")
			}
		}
	}
	for _, c := range edges {
		for shift := -21; shift <= 21; shift++ {
			for _, r := range [][2]uint64{{1, 1}, {19, 100}, {19, 119}, {9975, 109975}, {1, math.MaxUint64}, {math.MaxUint64, 1}, {0, 1}} {
				scaled(c, shift, r[0], r[1])
			}
		}
	}
	rng := rand.New(rand.NewPCG(7, 19))
	for range 20000 {
		c := int64(rng.Uint64() >> rng.IntN(64))
		if rng.IntN(2) == 0 {
			c = -c
		}
		scaled(c, rng.IntN(41)-20, rng.Uint64()>>rng.IntN(64), max(1, rng.Uint64()>>rng.IntN(64)))
	}
}

func FuzzMulDiv(f *testing.F) {
	for _, a := range []int64{0, 1, -1, 1999, math.MaxInt64, math.MinInt64} {
		f.Add(a, uint64(19), uint64(119))
	}
	f.Fuzz(func(t *testing.T, a int64, num, den uint64) {
		if den != 0 {
			mulDiv(t, a, num, den)
		}
	})
}
