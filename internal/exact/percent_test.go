package exact_test

import (
	"math"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

// Which texts are accepted is tested in the root package, by Percent and Fraction.

func TestPercentFaultRefusesHostileDecimalsAtOnce(t *testing.T) {
	for name, d := range hostile() {
		began := time.Now()
		assert.NotEmpty(t, exact.PercentFault(d), name)
		assert.Less(t, time.Since(began), 5*time.Second, name)
	}
}

func TestPercentFaultKnowsTheBounds(t *testing.T) {
	for _, c := range []struct {
		name  string
		d     decimal.Decimal
		fault string // a part of the message; "" for none
	}{
		{"zero value", decimal.Decimal{}, ""},
		{"0", decimal.New(0, 0), ""},
		{"0e3", decimal.New(0, 3), ""},
		{"19", decimal.New(19, 0), ""},
		{"1e3", decimal.New(1, 3), ""},
		{"10e2", decimal.New(10, 2), ""},
		{"1000", decimal.New(1000, 0), ""},
		{"1000 with 12 decimals", decimal.New(1000_000000000000, -12), ""},
		{"1000 and the smallest part", decimal.New(1000_000000000001, -12), "too large"},
		{"1e-12", decimal.New(1, -12), ""},
		{"1e-13", decimal.New(1, -13), ""},
		{"1e-18", decimal.New(1, -18), ""},
		{"1e-19", decimal.New(1, -19), "too many decimals: at most 18"},
		{"0e-19", decimal.New(0, -19), "too many decimals"},
		{"7.000000000000001", decimal.New(7000000000000001, -15), ""},
		{"1e4", decimal.New(1, 4), "too large"},
		{"2e3", decimal.New(2, 3), "too large"},
		{"1001", decimal.New(1001, 0), "too large"},
		{"-1e-12", decimal.New(-1, -12), "negative"},
		{"-19", decimal.New(-19, 0), "negative"},
		{"-1000", decimal.New(-1000, 0), "negative"},
		{"largest int64", decimal.New(math.MaxInt64, 0), "too large"},
		{"largest int64 with 12 decimals", decimal.New(math.MaxInt64, -12), "too large"},
	} {
		fault := exact.PercentFault(c.d)
		if c.fault == "" {
			assert.Empty(t, fault, c.name)
		} else {
			assert.Contains(t, fault, c.fault, c.name)
		}
	}
}

func TestPercentagesInNumbersMayHaveAnExponent(t *testing.T) {
	for text, want := range map[string]string{
		"19": "19", "7.70": "7.70", "1.9e1": "19", "1.90E+1": "19.0", "1e3": "1000", "5e-1": "0.5", "1e-18": "0.000000000000000001", "0e5": "0",
	} {
		d, reason := exact.ParsePercentNumber(text)
		assert.Empty(t, reason, text)
		assert.Equal(t, want, exact.Format(d), text)
	}
	for text, want := range map[string]string{
		"1.001e3": "too large", "1e-19": "too many decimals", "-1e1": "negative", "1e": "write digits", "1e999999999": "out of range",
		"e": "write digits", "01e1": "leading zero", "-0": "negative",
	} {
		_, reason := exact.ParsePercentNumber(text)
		assert.Contains(t, reason, want, text)
	}
}

func TestChecksOfAPercentageDoNotDependOnItsForm(t *testing.T) {
	for _, text := range []string{"0", "0.000", "1", "1.000", "0.99", "0.999999999999", "19", "999.999999999999", "1000", "1000.000000000000"} {
		d, reason := exact.ParsePercent(text)
		require.Empty(t, reason)
		got := exact.CheckPercent(d)
		assert.Equal(t, exact.PercentCheck{Zero: d.Sign() == 0, BelowOne: d.LessThan(decimal.New(1, 0))}, got, text)
	}
	for _, d := range []decimal.Decimal{decimal.New(1, 3), decimal.New(2, 1), decimal.New(0, 3), {}} {
		got := exact.CheckPercent(d)
		assert.Equal(t, exact.PercentCheck{Zero: d.Sign() == 0, BelowOne: d.LessThan(decimal.New(1, 0))}, got)
	}
	for _, d := range []decimal.Decimal{decimal.New(1001, 0), decimal.New(2, 3), decimal.New(-1, 0), decimal.New(1, -19), decimal.New(1, 4)} {
		assert.Equal(t, exact.PercentFault(d), exact.CheckPercent(d).Fault)
		assert.NotEmpty(t, exact.CheckPercent(d).Fault)
	}
}
