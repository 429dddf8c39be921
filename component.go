package tax

import (
	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax/internal/exact"
)

// Component is one of several taxes, or one of several shares of a tax, that
// are charged together.
type Component struct {
	// Code identifies the component within the rate: "GST", "PROVINCIAL_PART".
	Code string
	// Name is what customers read.
	Name LocalizedText
	// Percent of the net price, or, with Compound, of the net price plus every
	// component listed before.
	Percent decimal.Decimal
	// Compound charges the component on those listed before it as well.
	Compound bool
}

// totalPercent is the percentage that components make together.
func totalPercent(components []Component) decimal.Decimal {
	total := decimal.Decimal{}
	for _, p := range netPercents(components) {
		total = total.Add(p)
	}
	return total
}

// netPercents are the percentages of the net price that components come to.
func netPercents(components []Component) []decimal.Decimal {
	return exact.NetPercents(len(components), percentsOf(components))
}

// percentsOf is how package exact reads components.
func percentsOf(components []Component) func(i int) (decimal.Decimal, bool) {
	return func(i int) (decimal.Decimal, bool) { return components[i].Percent, components[i].Compound }
}

// wholePercent is the percentage that components make together, without zeros
// at the end of its decimals: nobody wrote them. 6 + 7.5 x 1.06 is 13.95, not
// 13.950.
func wholePercent(components []Component) decimal.Decimal {
	if sum, ok := plainSum(components); ok {
		return sum
	}
	return exact.Trim(totalPercent(components))
}

// plainSum is wholePercent for components of ordinary length of which none is
// compound: they need no arithmetic on big numbers, which would be most of the
// time that a country with regions takes.
func plainSum(components []Component) (_ decimal.Decimal, ok bool) {
	var scale int32
	for i := range components {
		scale = max(scale, -components[i].Percent.Exponent())
	}
	var sum int64
	for i := range components {
		n, ok := plainPercent(components[i].Percent)
		if !ok || components[i].Compound || scale > maxPercentScale || sum > maxPlainSum {
			return decimal.Decimal{}, false
		}
		sum += n * tens[scale+components[i].Percent.Exponent()]
	}
	for scale > 0 && sum%10 == 0 {
		sum, scale = sum/10, scale-1
	}
	return decimal.New(sum, -scale), true
}
