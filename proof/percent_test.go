package proof_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// TestPercentDoesNotWrap writes percentages far beyond the bounds, which would be 19 %
// in 64 bits: they must be refused.
func TestPercentDoesNotWrap(t *testing.T) {
	wrap := new(big.Int).Lsh(big.NewInt(1), 64)
	for k := range int64(1000) {
		n := new(big.Int).Mul(wrap, big.NewInt(k))
		text := n.Add(n, big.NewInt(19)).String()
		for _, decimals := range []string{"", ".0", ".000000"} {
			d, err := tax.Percent(text + decimals)
			if k == 0 {
				require.NoError(t, err)
				continue
			}
			assert.ErrorIs(t, err, tax.ErrInvalid, "%s is %s", text+decimals, d.Coefficient())
		}
	}
}
