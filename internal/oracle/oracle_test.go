package oracle_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/oracle"
)

func TestRoundIsTheDefinition(t *testing.T) {
	for x, want := range map[string]string{
		"0": "0 0 0 0 0", "3": "3 3 3 3 3", "1/2": "1 0 0 1 0", "3/2": "2 2 1 2 1", "7/5": "1 1 1 2 1", "8/5": "2 2 2 2 1",
		"-1/2": "-1 0 0 -1 0", "-3/2": "-2 -2 -1 -2 -1", "-8/5": "-2 -2 -2 -2 -1",
	} {
		r, _ := new(big.Rat).SetString(x)
		var got string
		for _, m := range []exact.Mode{exact.HalfUp, exact.HalfEven, exact.HalfDown, exact.Up, exact.Down} {
			got += " " + oracle.Round(m, r).String()
		}
		assert.Equal(t, " "+want, got, x)
	}
}

func TestPostalCodesHaveOneForm(t *testing.T) {
	for s, want := range map[string]string{"": "", "bt1 5gs": "BT15GS", "DE-27498": "DE27498", "1234567890": "1234567890"} {
		code, ok := oracle.PostalCode(s)
		assert.True(t, ok, s)
		assert.Equal(t, want, code)
	}
	for _, s := range []string{"12345678901", "é", "1/2", "\x00"} {
		_, ok := oracle.PostalCode(s)
		assert.False(t, ok, "%q", s)
	}
}
