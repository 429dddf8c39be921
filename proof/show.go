package proof

import (
	"fmt"

	"github.com/taxresolve/tax"
)

// Show returns a short form of documents, for the message of a failure.
func Show(docs []tax.Configuration) string {
	var s string
	for _, c := range docs {
		s += fmt.Sprintf("%v %v regions=%v exclusive=%v elsewhere=%v tax=%q zone=%q within=%q postal=%v shared=%v aliases=%q version=%d asOf=%v\n",
			c.Location, c.Name, c.Regions, c.Exclusive, c.Elsewhere, c.Tax.Code, c.TimeZone, c.Within, c.PostalCodes, c.SharedPostalCodes, c.RegionAliases, c.Metadata.Version, c.Metadata.AsOf)
		for _, k := range c.Classes {
			s += fmt.Sprintf("   %q default=%v aliases=%q\n", k.Code, k.Default, k.Aliases)
			for _, r := range k.Rates {
				s += fmt.Sprintf("      %10s %v %sE%d ofGross=%v %v tax=%q status=%q", r.From, r.Effect, r.Percent.Coefficient(), r.Percent.Exponent(), r.OfGross, r.Treatment, r.Tax.Code, r.Evidence.Status)
				for _, p := range r.Components {
					s += fmt.Sprintf(" [%s %sE%d compound=%v]", p.Code, p.Percent.Coefficient(), p.Percent.Exponent(), p.Compound)
				}
				s += "\n"
			}
		}
	}
	return s
}
