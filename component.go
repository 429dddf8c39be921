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

// componentsOf is how package exact reads components.
func componentsOf(list []Component) exact.Components {
	return func(i int) (decimal.Decimal, bool) { return list[i].Percent, list[i].Compound }
}
