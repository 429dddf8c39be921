package proof

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// names are what regions are called. Several regions can have one name, and some names look
// like codes.
var names = []string{"Île-du-Port", "North & South", "Hill", "Q", "ZZ8", "Straße 12"}

// plainName spells the names as one form for all ways to write them.
var plainName = strings.NewReplacer("î", "i", "\u0302", "", "ß", "ss", "&", "and", "-", "", " ", "")

// regionsNamed returns the codes of the regions that have the region of a lookup as their
// name, if it is not a code that ISO 3166-2 or a document has.
func (w World) regionsNamed(l tax.Lookup) (codes []string) {
	home, err := tax.ParseLocation(l.Country, "")
	if err != nil || home.Region != "" || l.Region == "" {
		return nil
	}
	if code, ok := canonicalRegion(home, l.Region); ok {
		at := tax.Location{Country: home.Country, Region: code}
		_, err := tax.ParseLocation(home.Country, code)
		_, _, own := w.regionTerritory(home.Country, code)
		if err == nil && !strings.HasPrefix(code, "X-") || own || w.referralOf(home.Country, code) != nil {
			return nil
		}
		if _, ok := w.docs[at]; ok {
			return nil
		}
	}
	for at, doc := range w.docs {
		for _, name := range doc.Name.All() {
			if at.Region != "" && plainName.Replace(strings.ToLower(name.Text)) == plainName.Replace(strings.ToLower(l.Region)) {
				codes = append(codes, at.Region)
			}
		}
	}
	slices.Sort(codes)
	return codes
}
