package tax

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/placename"
	"github.com/taxresolve/tax/internal/spelling"
)

// Country says what a form for addresses in a country needs: its regions, and which fields
// matter. All of it comes from one consistent state of the data. It never changes, is safe
// for concurrent use and may be kept for as long as needed. [Resolver.Country] returns one;
// the zero Country has no regions and needs nothing.
//
// The classes of an address, with names and descriptions, are those of [Place.Classes].
type Country struct{ c *compiled }

// Region is a region of a country, for a form to show.
type Region struct {
	// Location is the region. Lookups take its Region as a code.
	Location Location `json:"location"`
	// Name is the name for the reader, or the code if it has none of the languages.
	Name string `json:"name"`
	// Language is the BCP 47 tag of Name; "" if that is the code.
	Language string `json:"language,omitempty"`
}

// Need says whether lookups need a part of an address.
type Need uint8

const (
	// NotNeeded means that the answer to a lookup without the field is right for every
	// address of the country.
	NotNeeded Need = iota
	// SometimesNeeded means that some addresses have another answer than the one that a
	// lookup without the field gets.
	SometimesNeeded
	// AlwaysNeeded means that a lookup without the field gets [ErrRegionRequired].
	AlwaysNeeded
)

var needNames = [...]string{"notNeeded", "sometimesNeeded", "alwaysNeeded"}

// String returns the name used in JSON.
func (n Need) String() string { return enumName(needNames[:], int(n)) }

// MarshalText returns the name used in JSON. A value that does not exist is an
// [InputError].
func (n Need) MarshalText() ([]byte, error) { return marshalEnum("need", needNames[:], n) }

// UnmarshalText reads a name that MarshalText returns. Any other text is an [InputError],
// including the name in another case.
func (n *Need) UnmarshalText(text []byte) error { return unmarshalEnum("need", needNames[:], n, text) }

// Code returns the ISO 3166-1 alpha-2 code, or XK; "" for the zero Country.
func (c Country) Code() string {
	if c.c == nil {
		return ""
	}
	return c.c.country
}

// Name returns the name of the country that its configuration has for a reader, in the
// language chosen as for [Resolution.Name]; the code if it has none of these languages.
func (c Country) Name(p Preferences) string {
	if c.c == nil {
		return ""
	}
	return c.c.nameOf(0, p).Name
}

// Regions returns the regions of the country that have a configuration, each with its name
// for a reader, in the order of these names; accents and case do not count. The language
// of a name is chosen as for [Resolution.Name]. Some regions have the code in place of a
// name, because their configuration has no name in these languages.
//
// Places that the country refers elsewhere are not among them: they are countries, or
// regions of another one. The slice belongs to the caller.
func (c Country) Regions(p Preferences) []Region {
	list := c.RegionsByCode(p)
	keys := make(map[string]string, len(list))
	for i := range list {
		keys[list[i].Location.Region] = placename.Fold(list[i].Name, list[i].Language)
	}
	slices.SortStableFunc(list, func(a, b Region) int {
		return cmp.Compare(keys[a.Location.Region], keys[b.Location.Region])
	})
	return list
}

// RegionsByCode is Regions in the order of the codes.
func (c Country) RegionsByCode(p Preferences) []Region {
	if c.c == nil {
		return nil
	}
	var list []Region
	for t := 1; t < len(c.c.territories); t++ {
		if !c.c.territories[t].elsewhere {
			list = append(list, c.c.nameOf(t, p))
		}
	}
	slices.SortFunc(list, func(a, b Region) int { return cmp.Compare(a.Location.Region, b.Location.Region) })
	return list
}

// nameOf returns a territory with its name for a reader.
func (c *compiled) nameOf(t int, p Preferences) Region {
	terr := &c.territories[t]
	r := Region{Location: terr.location, Name: cmp.Or(terr.location.Region, terr.location.Country)}
	if m := terr.name.in(p, c.defaultLanguage); m.Text != "" {
		r.Name, r.Language = m.Text, m.Language
	}
	return r
}

// NeedsRegion says whether lookups need the region of an address:
//
//   - AlwaysNeeded if the country itself has no answer: see [RegionRule]. A postal code can
//     take the place of the region where NeedsPostalCode is not NotNeeded, but some postal
//     codes belong to several regions.
//   - SometimesNeeded if a region has classes of its own and postal codes do not say which
//     addresses lie in it. A code that is referred to another country (NL and BQ1) counts
//     as well: where Regions has none, a form that offers that country needs no field.
//   - NotNeeded otherwise. Regions may still differ in their time zones.
func (c Country) NeedsRegion() Need {
	switch {
	case c.c == nil:
		return NotNeeded
	case c.c.rule == RegionsRequired || c.c.territories[0].absent:
		return AlwaysNeeded
	}
	differ := make([]bool, len(c.c.territories))
	for t := 1; t < len(differ); t++ {
		if differ[t] = c.c.differs(t); differ[t] && !c.c.territories[t].hasPostal {
			return SometimesNeeded
		}
	}
	for _, s := range c.c.shared {
		if slices.ContainsFunc(s.owners, func(t int32) bool { return differ[t] }) {
			return SometimesNeeded
		}
	}
	return NotNeeded
}

// NeedsPostalCode is SometimesNeeded if a region with classes of its own, or another
// country, has postal codes that say which addresses lie there; else NotNeeded.
func (c Country) NeedsPostalCode() Need {
	if c.c == nil {
		return NotNeeded
	}
	for t := 1; t < len(c.c.territories); t++ {
		if c.c.differs(t) && c.c.territories[t].hasPostal {
			return SometimesNeeded
		}
	}
	if c.c.postalUnknown != 0 || c.c.postalWeak != nil {
		return SometimesNeeded
	}
	return NotNeeded
}

// differs reports whether a territory can have another answer than the country: it has
// classes that are not simply inherited.
func (c *compiled) differs(t int) bool {
	terr, home := &c.territories[t], &c.territories[0]
	if terr.elsewhere || terr.broken != nil || home.absent || terr.count != home.count {
		return true
	}
	return slices.ContainsFunc(c.linesOf(terr), func(l *line) bool { return l.origin != 0 })
}

// String returns the code, for people and logs, or "no country" for the zero Country.
func (c Country) String() string { return cmp.Or(c.Code(), "no country") }

// LogValue returns the text of String for log/slog.
func (c Country) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON always returns an [InputError]: a country refers to the data that it comes
// from. Store its Regions.
func (Country) MarshalJSON() ([]byte, error) { return nil, noJSON("country", storeRegions) }

// UnmarshalJSON always returns an [InputError], as MarshalJSON does.
func (*Country) UnmarshalJSON([]byte) error { return noJSON("country", storeRegions) }

const storeRegions = "store its Regions"

// maxNamed is the number of regions of one name that an error lists.
const maxNamed = 5

// named returns the codes of the regions that have a name, which somebody wrote: all, or the
// first maxNamed. documented is false if it is the name of no document, and the codes are
// those of Options.RegionsNamed.
func (c *body) named(text string) (regions []string, documented bool) {
	written, ok := placename.Read(text)
	if !ok {
		return nil, false
	}
	add := func(region string) {
		if len(regions) < maxNamed && !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	for name, t := range c.names {
		if written.Is(name.Text, name.Language) {
			add(c.territories[t].location.Region)
		}
	}
	if len(regions) > 0 || c.settings.RegionsNamed == nil {
		return regions, true
	}
	codes, similar := c.settings.RegionsNamed(c.country, text)
	if similar {
		return nil, false
	}
	for _, region := range codes {
		code, ok := iso.Region(c.country, region)
		if ok && (c.regions.Find(code) != nil || iso.RegionIndex(c.country, code) != 0) {
			add(code) // what is no code would be taken for a name again
		}
	}
	return regions, false
}

// names yields the names of the regions in all languages, with their territories.
func (c *body) names(yield func(Translation, int32) bool) {
	for n := 1; n < len(c.territories)+len(c.claimedNames); n++ {
		t, name := int32(n), LocalizedText{}
		if n < len(c.territories) {
			name = c.territories[n].name
		} else {
			claimed := &c.claimedNames[n-len(c.territories)]
			name, t = claimed.LocalizedText, claimed.territory
		}
		for i := 0; name.t != nil && i < len(name.t.texts); i++ {
			if !yield(Translation{name.t.languages.Tags()[i], name.t.texts[i]}, t) {
				return
			}
		}
	}
}

// suggest returns what a lookup probably meant by a class or region that does not exist.
func (c *compiled) suggest(e *LookupError) string {
	switch e.Kind {
	case ErrUnknownClass:
		t := int32(0)
		if region := c.regions.Find(e.Territory.Region); region != nil { // the country has none
			t = region.Line
		}
		if int(t) < len(c.territories) {
			return spelling.Closest(e.Lookup.Class, func(yield func(string) bool) { c.classCodes(&c.territories[t], yield) })
		}
	case ErrUnknownRegion:
		region := strings.TrimPrefix(e.Lookup.Region, c.country+"-")
		if len(placename.Fold(region, "")) < shortest || utf8.RuneCountInString(region) < shortest {
			return cmp.Or(c.suggestCode(region), c.suggestElsewhere(region))
		}
		return cmp.Or(c.suggestCode(region), spelling.Closest(region, c.regionCodes), c.suggestNamed(region), c.suggestElsewhere(region), c.suggestListed(region))
	}
	return ""
}

// shortest is the number of letters that a region needs for a suggestion by typing error:
// with fewer, another code is always near.
const shortest = 4

// suggestCode returns the code of a region that a text is but for spaces and points.
func (c *body) suggestCode(text string) string {
	const longest = 16 // no code has more than three characters
	if len(text) > longest {
		return ""
	}
	code := strings.ToUpper(placename.Fold(text, ""))
	answers := c.rule == RegionsOptional && !c.territories[0].absent // for codes without a configuration
	if c.regions.Find(code) != nil || answers && iso.RegionIndex(c.country, code) != 0 {
		return code
	}
	return ""
}

// maxSuggested is the number of names that are compared for a suggestion.
const maxSuggested = 1000

// suggestNamed returns the region whose name a text was probably meant to be.
func (c *body) suggestNamed(text string) string {
	if _, ok := placename.Read(text); !ok {
		return ""
	}
	regions, read := make(map[string]string), 0
	for name, t := range c.names {
		if read++; read > maxSuggested {
			return ""
		}
		key, region := placename.Fold(name.Text, name.Language), c.territories[t].location.Region
		if other, taken := regions[key]; taken && other != region {
			region = "" // of several regions
		}
		regions[key] = region
	}
	return regions[spelling.Closest(placename.Fold(text, ""), maps.Keys(regions))]
}

// suggestListed returns the region whose name a text was probably meant to be, among those
// that [Options].RegionsNamed knows.
func (c *body) suggestListed(text string) string {
	if c.settings.RegionsNamed == nil {
		return ""
	}
	if _, ok := placename.Read(text); !ok {
		return ""
	}
	if codes, similar := c.settings.RegionsNamed(c.country, text); similar && len(codes) == 1 {
		if code, ok := iso.Region(c.country, codes[0]); ok {
			return c.suggestCode(code)
		}
	}
	return ""
}

// suggestElsewhere returns the region that stands for another country whose name a text is.
func (c *body) suggestElsewhere(text string) string {
	country, first := placename.Country(text), ""
	for region, s := range c.regions.Codes {
		t := &c.territories[s.Line]
		if t.elsewhere && t.location.String() == country && (first == "" || region < first) {
			first = region
		}
	}
	return first
}

// regionCodes yields the codes and aliases of the regions.
func (c *body) regionCodes(yield func(string) bool) {
	for code := range c.regions.Codes {
		if !yield(code) {
			return
		}
	}
}

// classCodes yields the codes and aliases of the classes of a territory.
func (c *compiled) classCodes(t *territory, yield func(string) bool) {
	for _, l := range c.linesOf(t) {
		if !yield(l.code) {
			return
		}
		for _, alias := range l.aliases {
			if !yield(alias) {
				return
			}
		}
	}
}

// countryNames suggests the country that a name means.
type countryNames struct{}

func (countryNames) suggest(e *LookupError) string { return placename.Country(e.Lookup.Country) }
