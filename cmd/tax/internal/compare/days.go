package compare

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// firstDay is the first day of the calendar.
var firstDay = tax.MustDate("0001-01-01")

// Days returns the first day of the calendar and all days on which an entry of the
// documents begins, in order. Between two of them no answer changes.
func Days(sets ...[]tax.Configuration) []tax.Date {
	days := []tax.Date{firstDay}
	for _, set := range sets {
		for i := range set {
			for j := range set[i].Classes {
				for _, rate := range set[i].Classes[j].Rates {
					if !rate.From.IsZero() {
						days = append(days, rate.From)
					}
				}
			}
		}
	}
	slices.SortFunc(days, tax.Date.Compare)
	return slices.Compact(days)
}

// Classes returns the codes of all classes that documents list, in order.
func Classes(sets ...[]tax.Configuration) []string {
	var codes []string
	for _, set := range sets {
		for i := range set {
			for j := range set[i].Classes {
				codes = append(codes, set[i].Classes[j].Code)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Locations returns the locations of all documents, in order.
func Locations(sets ...[]tax.Configuration) []tax.Location {
	var list []tax.Location
	for _, set := range sets {
		for i := range set {
			list = append(list, set[i].Location)
		}
	}
	slices.SortFunc(list, func(a, b tax.Location) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(list)
}
