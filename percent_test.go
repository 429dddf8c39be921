package tax

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

// requireForm asserts the value of a decimal and how many decimals it keeps.
func requireForm(t *testing.T, coefficient string, exponent int32, got decimal.Decimal, about string) {
	t.Helper()
	require.Equal(t, coefficient, got.Coefficient().String(), about)
	require.Equal(t, exponent, got.Exponent(), about)
}

// promptly fails when f takes so long that an input has got past the guards.
// The bound is a safety net; the results are what the tests assert.
func promptly(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: still computing after 20 seconds", what)
	}
}

func TestPercentKeepsTheDigitsItIsGiven(t *testing.T) {
	for _, c := range []struct {
		text, coefficient string
		exponent          int32
	}{
		{"0", "0", 0},
		{"0.0", "0", -1},
		{"0.000000000000", "0", -12},
		{"19", "19", 0},
		{"19.0", "190", -1},
		{"19.50", "1950", -2},
		{"9.975", "9975", -3},
		{"0.19", "19", -2},
		{"0.000000000001", "1", -12},
		{"8.25", "825", -2},
		{"14.975", "14975", -3},
		{"99.999999999999", "99999999999999", -12},
		{"999.999999999999", "999999999999999", -12},
		{"42.94967296", "4294967296", -8}, // of 32 bits nothing would be left
		{"2.147483648", "2147483648", -9},
		{"184.467440737095", "184467440737095", -12},
		{"1000", "1000", 0},
		{"1000.000000000000", "1000000000000000", -12},
	} {
		d, err := Percent(c.text)
		require.NoError(t, err, c.text)
		requireForm(t, c.coefficient, c.exponent, d, c.text)
		assert.Equal(t, c.text, exact.Format(d))
	}
}

func TestPercentRefusesEverythingElseWithAReason(t *testing.T) {
	for _, c := range []struct{ text, reason string }{
		{"", "write digits"},
		{" ", "write digits"},
		{"19 ", "write digits"},
		{" 19", "write digits"},
		{"19%", "write digits"},
		{"19,5", "write digits"},
		{"1 000", "write digits"},
		{"1_000", "write digits"},
		{"+19", "write digits"},
		{".5", "write digits"},
		{"5.", "write digits"},
		{".", "write digits"},
		{"1.2.3", "write digits"},
		{"1..2", "write digits"},
		{"1e1", "write digits"},
		{"1E1", "write digits"},
		{"1e10000000", "write digits"},
		{"1e-10000000", "write digits"},
		{"0x13", "write digits"},
		{"NaN", "write digits"},
		{"Inf", "write digits"},
		{"null", "write digits"},
		{"1.+5", "write digits"},
		{"1.-5", "write digits"},
		{"\u22125", "write digits"}, // minus sign
		{"１９", "write digits"},      // full-width digits
		{"١٩", "write digits"},      // Arabic-Indic digits
		{"19\x00", "write digits"},
		{"-1", "negative"},
		{"-0", "negative"},
		{"-", "negative"},
		{"00", "leading zero"},
		{"00012", "leading zero"},
		{"019", "leading zero"},
		{"00.5", "leading zero"},
		{"0.0000000000000000001", "too many decimals: at most 18"},
		{"19.0000000000000000000", "too many decimals"},
		{"1000.000000000001", "too large"},
		{"1000.000000000000000001", "too large"},
		{"1001", "too large"},
		{"10000", "too large"},
		{"999999999999999999", "too large"},
		{"9999999999999999999", "too large"},
		{"9223372036854775807", "too large"},
		{"9223372036854775808", "too large"},
		{"18446744073709551617", "too large"},
		{strings.Repeat("9", 18) + "." + strings.Repeat("9", 12), "too large"},
		{strings.Repeat("9", 30), "too large"},
		{strings.Repeat("9", 31), "too long"},
		{strings.Repeat("9", 41), "too long"},
		{"0." + strings.Repeat("0", 39), "too long"},
		{strings.Repeat("9", 1<<20), "too long"},
	} {
		_, err := Percent(c.text)
		about := clip(c.text)
		var input *InputError
		require.ErrorAs(t, err, &input, about)
		assert.ErrorIs(t, err, ErrInvalid, about)
		assert.Equal(t, "percent", input.Field)
		assert.Contains(t, input.Reason, c.reason, about)
		assert.LessOrEqual(t, len(input.Value), 64, about)
		assert.True(t, strings.HasPrefix(err.Error(), "tax: "), about)
	}
}

func TestFractionIsAHundredthOfThePercentage(t *testing.T) {
	for _, c := range []struct {
		text, coefficient string
		exponent          int32
		percent           string
	}{
		{"0", "0", 2, "0"},
		{"0.00", "0", 0, "0"},
		{"0.19", "19", 0, "19"},
		{"0.190", "190", -1, "19.0"},
		{"0.5", "5", 1, "50"},
		{"0.09975", "9975", -3, "9.975"},
		{"1", "1", 2, "100"},
		{"10", "10", 2, "1000"},
		{"10.00000000000000", "1000000000000000", -12, "1000.000000000000"},
		{"0.00000000000001", "1", -12, "0.000000000001"},
		{"0.00000000000000000001", "1", -18, "0.000000000000000001"},
	} {
		d, err := Fraction(c.text)
		require.NoError(t, err, c.text)
		requireForm(t, c.coefficient, c.exponent, d, c.text)
		assert.Equal(t, c.percent, exact.Format(d))
		assert.Empty(t, exact.PercentFault(d), c.text)
	}
	for _, c := range []struct{ text, reason string }{
		{"19", "too large"},
		{"10.00000000000001", "too large"},
		{"11", "too large"},
		{"0.000000000000000000001", "too many decimals: at most 20"},
		{"-0.19", "negative"},
		{"00.19", "leading zero"},
		{".19", "write digits"},
		{"1.9e-1", "write digits"},
		{"19%", "write digits"},
		{"", "write digits"},
	} {
		_, err := Fraction(c.text)
		var input *InputError
		require.ErrorAs(t, err, &input, c.text)
		assert.Equal(t, "fraction", input.Field)
		assert.Contains(t, input.Reason, c.reason, c.text)
	}
}

func TestMustPercentPanicsOnWhatPercentRefuses(t *testing.T) {
	assert.Panics(t, func() { MustPercent("19%") })
	requireForm(t, "19", 0, MustPercent("19"), "19")
}

func TestTrapHugeExponents(t *testing.T) {
	for _, s := range []string{"1e10000000", "1e1000000000", "1e-1000000000", "0e1000000000", "1E5000000"} {
		_, err := Percent(s)
		assert.ErrorIs(t, err, ErrInvalid, s)
		_, err = Fraction(s)
		assert.ErrorIs(t, err, ErrInvalid, s)
		// The decimal library accepted them up to v1.4.0, and no scanner warns of that.
		_, err = decimal.NewFromString(s)
		assert.Error(t, err, s)
	}
}

func TestTrapLongDigitStrings(t *testing.T) {
	long := strings.Repeat("9", 1<<20)
	for _, s := range []string{long, "0." + long, long + "." + long} {
		// The error keeps only the beginning, and the megabyte is never copied.
		assert.LessOrEqual(t, testing.AllocsPerRun(10, func() { _, _ = Percent(s) }), 5.0)
		_, err := Percent(s)
		assert.Less(t, len(err.Error()), 250)
	}
}

func TestTrapNumbersTheDecimalLibraryAccepts(t *testing.T) {
	for _, s := range []string{"\u22125", ".5", "5.", "00012", "+1", "1e1"} {
		_, err := decimal.NewFromString(s)
		require.NoError(t, err, "%q: the library refuses it now", s)
		_, err = Percent(s)
		assert.ErrorIs(t, err, ErrInvalid, "%q", s)
	}
}

// hostileDecimals are decimals that a caller can build and that make ordinary
// operations of the decimal library take seconds, minutes or all memory.
func hostileDecimals() map[string]decimal.Decimal {
	digits := func(n int64) *big.Int {
		return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
	}
	return map[string]decimal.Decimal{
		"1e100000000":            decimal.New(1, 1e8),
		"1e-100000000":           decimal.New(1, -1e8),
		"0e100000000":            decimal.New(0, 1e8),
		"0e-100000000":           decimal.New(0, -1e8),
		"-1e100000000":           decimal.New(-1, 1e8),
		"1e2147483647":           decimal.New(1, math.MaxInt32),
		"1e-2147483648":          decimal.New(1, math.MinInt32),
		"-1e2147483647":          decimal.New(-1, math.MaxInt32),
		"a million digits":       decimal.NewFromBigInt(digits(1e6), 0),
		"a million decimals":     decimal.NewFromBigInt(digits(1e6), -1e6),
		"minus a million digits": decimal.NewFromBigInt(new(big.Int).Neg(digits(1e6)), 0),
		"42 digits":              decimal.NewFromBigInt(digits(41), 0),
		"42 digits, 41 after":    decimal.NewFromBigInt(digits(41), -41),
	}
}

var percentGrammar = regexp.MustCompile(`\A(0|[1-9][0-9]*)(?:\.([0-9]+))?\z`)

func FuzzPercent(f *testing.F) {
	for _, s := range []string{"0", "19", "19.50", "9.975", "1000", "1000.000000000000", "1000.1", "00", "1e3", "+1", ".5", "5.", "-0", "9223372036854775808.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(name string, d decimal.Decimal, err error, scale, limit, factor int64) {
			valid := false
			want := new(big.Rat)
			if m := percentGrammar.FindStringSubmatch(s); m != nil && len(m[1])+len(m[2]) <= 30 && int64(len(m[2])) <= scale {
				want.SetString(s)
				valid = want.Cmp(big.NewRat(limit, 1)) <= 0
			}
			if valid != (err == nil) {
				t.Fatalf("%s(%q): %v, the oracle says valid: %t", name, s, err, valid)
			}
			if err != nil {
				assert.ErrorIs(t, err, ErrInvalid)
				return
			}
			want.Mul(want, big.NewRat(factor, 1))
			if d.Rat().Cmp(want) != 0 {
				t.Fatalf("%s(%q) is %s", name, s, d.Rat())
			}
			if factor == 1 && exact.Format(d) != s {
				t.Fatalf("%s(%q) is written %s", name, s, exact.Format(d))
			}
		}
		d, err := Percent(s)
		check("Percent", d, err, 18, 1000, 1)
		d, err = Fraction(s)
		check("Fraction", d, err, 20, 10, 100)
	})
}
