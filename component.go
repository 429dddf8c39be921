package tax

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Component is one of several taxes that are charged together, or one of several
// shares of a tax.
type Component struct {
	// Code identifies the component within the rate: "GST", "PROVINCIAL_PART".
	Code string
	// Name is the name for customers.
	Name LocalizedText
	// Percent is in percent of the net price; with Compound, of the net price plus all
	// components before this one. 5 is 5 %.
	Percent decimal.Decimal
	// Compound charges the component on the components before it as well.
	Compound bool
}

// componentsOf returns the components in the form that package exact reads.
func componentsOf(list []Component) exact.Components {
	return func(i int) (decimal.Decimal, bool) { return list[i].Percent, list[i].Compound }
}
