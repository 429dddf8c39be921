//go:build hostile

package tax

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/hostile"
)

// TestHostileVariablesChangeNothingOfOurs names what would break first; the
// rest of the suite is the proof.
func TestHostileVariablesChangeNothingOfOurs(t *testing.T) {
	p, err := Percent("0.0825")
	require.NoError(t, err)
	assert.Equal(t, "0.0825", exact.Format(p))
	_, err = Fraction("19")
	assert.Error(t, err)
	f, err := Fraction("5")
	require.NoError(t, err)
	assert.Equal(t, "500", exact.Format(f))
	a, err := resolutionOf(t, rateOf(t, "5+c9.975")).FromGross(decimal.New(100, 0), RoundTo(2, HalfUp))
	require.NoError(t, err)
	requireDecimal(t, "13.40", a.Tax())
	requireDecimal(t, "86.60", a.Net())
}
