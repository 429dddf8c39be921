package exact_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

func ten(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

func wide(t *testing.T, c string, exp int32) decimal.Decimal {
	t.Helper()
	return decimal.NewFromBigInt(integer(t, c), exp)
}

// hostile returns decimals that a caller can build, but that are too large for the
// operations of the decimal library.
func hostile() map[string]decimal.Decimal {
	return map[string]decimal.Decimal{
		"1e100000000":            decimal.New(1, 1e8),
		"1e-100000000":           decimal.New(1, -1e8),
		"0e100000000":            decimal.New(0, 1e8),
		"0e-100000000":           decimal.New(0, -1e8),
		"-1e2147483647":          decimal.New(-1, math.MaxInt32),
		"1e-2147483648":          decimal.New(1, math.MinInt32),
		"a million digits":       decimal.NewFromBigInt(ten(1e6), 0),
		"minus a million digits": decimal.NewFromBigInt(new(big.Int).Neg(ten(1e6)), 0),
		"a million decimals":     decimal.NewFromBigInt(ten(1e6), -1e6),
		"41 digits":              decimal.NewFromBigInt(ten(40), 0),
		"41 digits, 20 after":    decimal.NewFromBigInt(ten(40), -20),
		"1e21":                   decimal.New(1, 21),
		"1e-21":                  decimal.New(1, -21),
		"-1e100000000":           decimal.New(-1, 1e8),
		"1e2147483647":           decimal.New(1, math.MaxInt32),
		"42 digits":              decimal.NewFromBigInt(ten(41), 0),
		"42 digits, 41 after":    decimal.NewFromBigInt(ten(41), -41),
		"0e21":                   decimal.New(0, 21),
	}
}

func TestHostileDecimalsAreToldApartAtOnce(t *testing.T) {
	for name, d := range hostile() {
		began := time.Now()
		assert.False(t, exact.Within(d), name)
		if _, ok := exact.Small(d); ok {
			assert.LessOrEqual(t, d.Coefficient().BitLen(), 1, "%s: Small only looks at the digits", name)
		}
		assert.LessOrEqual(t, len(exact.Describe(d)), 64, name)
		assert.Less(t, time.Since(began), 5*time.Second, name)
	}
	for want, d := range map[string]decimal.Decimal{
		"0.02":                                 decimal.New(2, -2),
		"19.99":                                decimal.New(1999, -2),
		"-2000":                                decimal.New(-2, 3),
		"0":                                    decimal.New(0, math.MinInt32),
		"0.0000000000000000000000000019":       decimal.New(19, -28), // out of bounds, but short
		"1" + strings.Repeat("0", 60):          decimal.New(1, 60),
		"-1 x 10^61":                           decimal.New(-1, 61),
		"-0." + strings.Repeat("0", 59) + "12": decimal.New(-12, -61),
		"-1 x 10^2147483647":                   decimal.New(-1, math.MaxInt32),
		"7 x 10^-2147483648":                   decimal.New(7, math.MinInt32),
		"a number of more than 40 digits":      decimal.NewFromBigInt(ten(1e6), 0),
	} {
		assert.Equal(t, want, exact.Describe(d))
		assert.NotContains(t, strings.ToLower(exact.Describe(d)), "e-")
	}
}

func TestWithinIsFortyDigitsAndTwentyPlaces(t *testing.T) {
	nines := new(big.Int).Sub(ten(40), big.NewInt(1))
	for name, d := range map[string]decimal.Decimal{
		"zero value": {}, "0e20": decimal.New(0, 20), "1e20": decimal.New(1, 20), "-1e-20": decimal.New(-1, -20),
		"40 nines": decimal.NewFromBigInt(nines, 0), "40 nines e20": decimal.NewFromBigInt(nines, 20),
		"40 nines e-20": decimal.NewFromBigInt(nines, -20), "minus 40 nines": decimal.NewFromBigInt(new(big.Int).Neg(nines), -20),
	} {
		assert.True(t, exact.Within(d), name)
	}
}

func TestSmallIsEighteenDigitsAndNeverWraps(t *testing.T) {
	for _, exp := range []int32{0, -2, 5, 20, -20, 1e8} {
		for c, want := range map[string]bool{
			"0": true, "1": true, "-1": true, "1999": true,
			"999999999999999999": true, "-999999999999999999": true,
			"1000000000000000000": false, "-1000000000000000000": false,
			"9223372036854775807": false, "-9223372036854775808": false,
			"18446744073709551616":                    false, // 2^64, which wraps to 0
			"18446744073709551635":                    false, // 2^64 + 19
			"-18446744073709551597":                   false,
			"340282366920938463463374607431768211475": false, // 2^128 + 19
		} {
			n, ok := exact.Small(wide(t, c, exp))
			require.Equal(t, want, ok, "%se%d", c, exp)
			if ok {
				require.Equal(t, c, big.NewInt(n).String())
			}
		}
	}
	n, ok := exact.Small(decimal.Decimal{})
	assert.True(t, ok && n == 0)
	price, sink := decimal.New(1999, -2), false
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, sink = exact.Small(price) }))
	assert.True(t, sink)
}

func TestFormatWritesAllDecimalsAndNoExponent(t *testing.T) {
	for want, d := range map[string]decimal.Decimal{
		"0": {}, "0.00": decimal.New(0, -2), "0.000": decimal.New(0, -3), "19": decimal.New(19, 0), "-19": decimal.New(-19, 0),
		"19.99": decimal.New(1999, -2), "-19.99": decimal.New(-1999, -2), "0.19": decimal.New(19, -2), "-0.19": decimal.New(-19, -2),
		"0.05": decimal.New(5, -2), "-0.05": decimal.New(-5, -2), "0.00005": decimal.New(5, -5), "100.00": decimal.New(10000, -2),
		"1900": decimal.New(19, 2), "-1900": decimal.New(-19, 2), "100000000000000000000": decimal.New(1, 20),
		"0.00000000000000000001": decimal.New(1, -20), "9223372036854775807": decimal.New(math.MaxInt64, 0),
		"-92233720368547758.08":                     decimal.New(math.MinInt64, -2),
		"12345678901234567890.12345678901234567890": wide(t, "1234567890123456789012345678901234567890", -20),
	} {
		assert.Equal(t, want, exact.Format(d))
	}
	assert.Equal(t, "0", exact.Format(decimal.New(0, 5)), "zero has no zeros appended")
}

func TestFormatKeepsTheDecimalsThatANumberHas(t *testing.T) {
	for _, c := range []struct {
		coefficient int64
		exponent    int32
		want        string
	}{
		{0, 0, "0"}, {0, 3, "0"}, {0, -1, "0.0"}, {0, -2, "0.00"},
		{1, 0, "1"}, {1, 1, "10"}, {1, 3, "1000"}, {12, 2, "1200"}, {-12, 2, "-1200"},
		{1, -1, "0.1"}, {1, -2, "0.01"}, {1, -12, "0.000000000001"}, {-1, -3, "-0.001"},
		{10, -1, "1.0"}, {19, -1, "1.9"}, {1950, -2, "19.50"}, {-1950, -2, "-19.50"}, {1900, -2, "19.00"},
		{9975, -3, "9.975"}, {100, -3, "0.100"}, {math.MaxInt64, 0, "9223372036854775807"}, {math.MinInt64, -2, "-92233720368547758.08"},
	} {
		assert.Equal(t, c.want, exact.Format(decimal.New(c.coefficient, c.exponent)), "%de%d", c.coefficient, c.exponent)
	}
	assert.Equal(t, "0", exact.Format(decimal.Decimal{}))
}

func TestFormatAgreesWithFractions(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 19))
	for range 20000 {
		d := decimal.New(rng.Int64N(1<<rng.IntN(63))*(1-2*rng.Int64N(2)), rng.Int32N(33)-20)
		want := d.Rat().FloatString(int(max(0, -d.Exponent())))
		if d.Sign() == 0 {
			want = strings.TrimPrefix(want, "-")
		}
		require.Equal(t, want, exact.Format(d), "%se%d", d.Coefficient(), d.Exponent())
	}
}

func TestTrimDropsZerosOfDecimalsAlone(t *testing.T) {
	for _, c := range []struct{ from, to decimal.Decimal }{
		{decimal.Decimal{}, decimal.Decimal{}},
		{decimal.New(0, -20), decimal.New(0, 0)},
		{decimal.New(1900, -2), decimal.New(19, 0)},
		{decimal.New(-1900, -2), decimal.New(-19, 0)},
		{decimal.New(1990, -2), decimal.New(199, -1)},
		{decimal.New(1999, -2), decimal.New(1999, -2)},
		{decimal.New(1900, 0), decimal.New(1900, 0)},
		{decimal.New(19, 2), decimal.New(19, 2)},
		{decimal.New(10, -1), decimal.New(1, 0)},
		{decimal.New(10, -3), decimal.New(1, -2)},
		{decimal.NewFromBigInt(ten(39), -20), decimal.NewFromBigInt(ten(19), 0)},
	} {
		before := c.from.Coefficient().String()
		got := exact.Trim(c.from)
		assert.Equal(t, c.to.Coefficient().String(), got.Coefficient().String())
		assert.Equal(t, c.to.Exponent(), got.Exponent())
		assert.Equal(t, before, c.from.Coefficient().String())
	}
}

func TestParseReadsNumbersAsJSONWritesThem(t *testing.T) {
	for text, want := range map[string]decimal.Decimal{
		"0": {}, "-0": {}, "0.00": decimal.New(0, -2), "19": decimal.New(19, 0), "-19.99": decimal.New(-1999, -2), "0.19": decimal.New(19, -2),
		"1e2": decimal.New(1, 2), "1E2": decimal.New(1, 2), "1e+2": decimal.New(1, 2), "1.5e-3": decimal.New(15, -4), "1e20": decimal.New(1, 20),
		"1e-20": decimal.New(1, -20), "0e0": {}, "19.50": decimal.New(1950, -2), "1.0e1": decimal.New(10, 0), "1e00": decimal.New(1, 0), "1e007": decimal.New(1, 7),
		"18446744073709551635": wide(t, "18446744073709551635", 0),
		strings.Repeat("9", 40): decimal.NewFromBigInt(
			new(big.Int).Sub(ten(40), big.NewInt(1)), 0),
		"12345678901234567890.12345678901234567890": wide(t, "1234567890123456789012345678901234567890", -20),
	} {
		got, reason := exact.Parse(text)
		require.Empty(t, reason, text)
		assert.Equal(t, want.Coefficient().String(), got.Coefficient().String(), text)
		assert.Equal(t, want.Exponent(), got.Exponent(), text)
	}
}

func TestParseRefusesWhatIsNoNumberOfJSON(t *testing.T) {
	for _, text := range []string{
		"", "-", "+", ".", "e", "e5", "-e5", "--1", "+1", "-+1", "1-", "01", "-01", "00", "00.5", ".5", "-.5", "5.", "5.e1", "1..2", "1.2.3",
		"1e", "1e+", "1e-", "1e+-5", "1e-+5", "1e++5", "1e--5", "1e5.5", "1ee5", "1e5e5", "1e 5", "1,5", "1_000", "1 ", " 1", "0x1F", "1f", "NaN", "Inf",
		"-Infinity", "\u0661", "\u22125", "1\x00", "½", "1e٢",
	} {
		d, reason := exact.Parse(text)
		assert.NotEmpty(t, reason, "%q", text)
		assert.Equal(t, decimal.Decimal{}, d, "%q", text)
	}
}

func TestParseRefusesWhatIsOutOfBoundsAtOnce(t *testing.T) {
	long := strings.Repeat("9", 1<<20)
	for _, text := range []string{
		"1e21", "1e-21", "1e999", "1e-999", "1e1000", "1e99999999999999999999", "0e21", "1e2147483648", "1e-2147483649", "1e4294967296",
		strings.Repeat("9", 41), "0." + strings.Repeat("0", 20) + "1", long, "-" + long, "0." + long, "1e" + long, long + "e" + long,
	} {
		began := time.Now()
		_, reason := exact.Parse(text)
		assert.Equal(t, exact.Bounds, reason, "%.60q", text)
		assert.Less(t, time.Since(began), time.Second)
	}
}

func TestParseAndFormatAreInverse(t *testing.T) {
	for _, text := range []string{"0", "0.00", "19.99", "-19.99", "0.05", "-0.00000000000000000001", "1234567890123456789012345678901234567890"} {
		d, reason := exact.Parse(text)
		require.Empty(t, reason, text)
		assert.Equal(t, text, exact.Format(d))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-0", "19.99", "1e+2", "1e+-5", "1.5E-3", "01", "5.", "1e999", "9999999999999999999999999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, reason := exact.Parse(s)
		if reason != "" {
			if len(reason) > 120 || d != (decimal.Decimal{}) {
				t.Fatalf("%q: %q, and %v", s, reason, d.Coefficient())
			}
			return
		}
		if !exact.Within(d) {
			t.Fatalf("%q is not within the bounds", s)
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || !jsonNumber.MatchString(s) {
			t.Fatalf("%q was taken", s)
		}
		text := exact.Format(d)
		got, ok := new(big.Rat).SetString(text)
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%q is %s", s, text)
		}
		if again, reason := exact.Parse(text); len(text) <= 80 && reason == "" && exact.Format(again) != text {
			t.Fatalf("%q becomes %q", text, exact.Format(again))
		}
		trimmed := exact.Trim(d)
		if c := trimmed.Cmp(d); c != 0 {
			t.Fatalf("%q trimmed is %s", s, exact.Format(trimmed))
		}
		n, small := exact.Small(d)
		if small != (new(big.Int).Abs(d.Coefficient()).Cmp(ten(18)) < 0) || small && big.NewInt(n).Cmp(d.Coefficient()) != 0 {
			t.Fatalf("%q: Small is %d %t", s, n, small)
		}
	})
}
