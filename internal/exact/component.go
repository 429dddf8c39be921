package exact

import (
	"math/big"

	"github.com/shopspring/decimal"
)

// Components returns the i-th of several taxes that are charged together. Its
// percentage is of the net price; if it is compound, of the net price plus all
// components before it.
type Components func(i int) (percent decimal.Decimal, compound bool)

// NetPercents returns the percentage of the net price that each of n components
// amounts to. The sum of them is the whole percentage.
func NetPercents(n int, component Components) []decimal.Decimal {
	list := make([]decimal.Decimal, n)
	total := decimal.Decimal{}
	for i := range list {
		p, compound := component(i)
		if compound {
			p = p.Add(p.Mul(total).Shift(-2))
		}
		list[i], total = p, total.Add(p)
	}
	return list
}

// Weights returns [NetPercents] as integers, all at the same scale.
func Weights(n int, component Components) []*big.Int {
	percents := NetPercents(n, component)
	var scale int32
	for _, p := range percents {
		scale = min(scale, p.Exponent())
	}
	list := make([]*big.Int, n)
	for i, p := range percents {
		list[i] = p.Shift(-scale).BigInt()
	}
	return list
}

// TotalPercent returns the percentage of n components together, with all decimals
// that the sum has.
func TotalPercent(n int, component Components) decimal.Decimal {
	total := decimal.Decimal{}
	for _, p := range NetPercents(n, component) {
		total = total.Add(p)
	}
	return total
}

// WholePercent returns [TotalPercent] without zeros at the end of its decimals, which
// come from the arithmetic: 6 + 7.5 x 1.06 is 13.95, not 13.950.
func WholePercent(n int, component Components) decimal.Decimal {
	if sum, ok := PlainSum(n, component); ok {
		return sum
	}
	return Trim(TotalPercent(n, component))
}

// PlainSum returns [WholePercent] if all components are plain percentages, see
// [IsPlainPercent], and none is compound. It needs no big numbers, which would take
// most of the time of compiling a country with regions.
func PlainSum(n int, component Components) (_ decimal.Decimal, ok bool) {
	const largest = 1e18 // leaves room for one more percentage
	var scale int32
	for i := range n {
		p, _ := component(i)
		scale = max(scale, -p.Exponent())
	}
	var sum int64
	for i := range n {
		p, compound := component(i)
		c, ok := plainCoefficient(p)
		if !ok || compound || scale > maxPlainScale || sum > largest {
			return decimal.Decimal{}, false
		}
		sum += c * int64(powers[scale+p.Exponent()])
	}
	for scale > 0 && sum%10 == 0 {
		sum, scale = sum/10, scale-1
	}
	return decimal.New(sum, -scale), true
}
