package exact_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

type part struct {
	percent  decimal.Decimal
	compound bool
}

func componentsOf(list []part) exact.Components {
	return func(i int) (decimal.Decimal, bool) { return list[i].percent, list[i].compound }
}

func TestWeightsAreWhatComponentsComeToOfTheNetPrice(t *testing.T) {
	for _, c := range []struct {
		parts []part
		want  []int64
	}{
		{nil, []int64{}},
		{[]part{{decimal.New(19, 0), false}}, []int64{19}},
		{[]part{{decimal.New(5, 0), false}, {decimal.New(9975, -3), false}}, []int64{5000, 9975}},
		// 9.5 % of 105 is 9.975 % of 100.
		{[]part{{decimal.New(5, 0), false}, {decimal.New(95, -1), true}}, []int64{5000, 9975}},
		// 10 % of 100, 10 % of 110, 10 % of 121.
		{[]part{{decimal.New(10, 0), false}, {decimal.New(10, 0), true}, {decimal.New(10, 0), true}}, []int64{100000, 110000, 121000}},
		{[]part{{decimal.New(1, 1), false}, {decimal.New(25, -1), false}}, []int64{100, 25}},
		{[]part{{decimal.New(0, -2), false}, {decimal.New(7, 0), true}}, []int64{0, 70000}},
	} {
		weights := exact.Weights(len(c.parts), componentsOf(c.parts))
		percents := exact.NetPercents(len(c.parts), componentsOf(c.parts))
		require.Len(t, weights, len(c.want))
		require.Len(t, percents, len(c.want))
		for i := range c.want {
			// Only their proportions count, not their scale.
			left := new(big.Int).Mul(weights[i], big.NewInt(c.want[0]+c.want[len(c.want)-1]))
			right := new(big.Int).Add(weights[0], weights[len(weights)-1])
			require.Zero(t, left.Cmp(right.Mul(right, big.NewInt(c.want[i]))), "%v: %v", c.want, weights)
		}
	}
}

func TestSumsInAMachineWordAreThoseOfBigNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const most, scales = 1000, 13
	plain := 0
	for range 20_000 {
		list := make([]part, 1+r.IntN(16))
		for i := range list {
			scale := r.Int32N(scales)
			list[i].percent = decimal.New(r.Int64N(most*tens(scale)+1)/tens(r.Int32N(scale+1)), -scale)
			switch r.IntN(100) {
			case 0:
				list[i].compound = true
			case 1:
				list[i].percent = decimal.New(r.Int64N(10), 1+r.Int32N(2))
			case 2:
				list[i].percent = decimal.New(100_00000000000, -12)
			}
		}
		want, got := exact.Trim(exact.TotalPercent(len(list), componentsOf(list))), exact.WholePercent(len(list), componentsOf(list))
		require.Equal(t, exact.Format(want), exact.Format(got))
		require.Equal(t, want.Exponent(), got.Exponent())
		if _, ok := exact.PlainSum(len(list), componentsOf(list)); ok {
			plain++
		}
	}
	assert.Greater(t, plain, 10_000)
	assert.Less(t, plain, 20_000)
}

func tens(n int32) int64 { return ten(int64(n)).Int64() }
