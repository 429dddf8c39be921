package proof

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// PlaceAnswer is the territory that an address leads to.
type PlaceAnswer struct {
	Territory        tax.Location
	Step             tax.Step
	PostalOverRegion bool
}

// Place finds the territory of an address: by postal code, region, country. A region that
// is no code can be the name of one.
func (w World) Place(l tax.Lookup) (PlaceAnswer, error) {
	codes := w.regionsNamed(l)
	if len(codes) > 1 {
		return PlaceAnswer{}, refuse("a name of several regions", tax.ErrUnknownRegion)
	}
	if len(codes) == 1 {
		l.Region = codes[0]
	}
	p, err := w.placeByCode(l)
	if len(codes) == 1 && p.Step == tax.StepRegion {
		p.Step = tax.StepRegionName
	}
	return p, err
}

func (w World) placeByCode(l tax.Lookup) (PlaceAnswer, error) {
	home, err := tax.ParseLocation(l.Country, "")
	if err != nil || strings.Contains(l.Country, "-") { // a region is no country
		return PlaceAnswer{}, refuse("no country: "+l.Country, tax.ErrUnknownCountry)
	}
	country := tax.Location{Country: home.Country}
	if len(w.docs) == 0 {
		return PlaceAnswer{}, refuse("no documents", tax.ErrUnknownCountry)
	}
	region, ok := canonicalRegion(home, l.Region)
	if !ok {
		return PlaceAnswer{}, refuse("malformed region", tax.ErrUnknownRegion)
	}
	postal, ok := w.canonicalPostal(home.Country, l.PostalCode)
	if !ok {
		return PlaceAnswer{}, refuse("malformed postal code", tax.ErrInvalid)
	}

	byPostal, hasPostal := w.postalTerritory(postal)
	byRegion, step, hasRegion := w.regionTerritory(country.Country, region)

	// A region that is elsewhere has nothing in common with a territory of the country.
	far := w.referralOf(country.Country, region) != nil
	if sharers := w.sharers(postal); len(sharers) > 0 {
		if far {
			p, err := w.sharedPlace(sharers, country, "", country, "")
			p.PostalOverRegion = true
			return p, err
		}
		if region != "" && !hasRegion {
			if doc, ok := w.docs[country]; !ok || doc.Regions != tax.RegionsOptional {
				return PlaceAnswer{}, refuse("unlisted region", tax.ErrUnknownRegion)
			}
			byRegion = country
		}
		return w.sharedPlace(sharers, country, region, byRegion, step)
	}
	if hasPostal {
		p := PlaceAnswer{Territory: byPostal, Step: tax.StepPostalCode}
		at := tax.Location{Country: country.Country, Region: region}
		p.PostalOverRegion = region != "" && !w.agree(byPostal, at, byRegion, step)
		if far {
			p.PostalOverRegion = !liesIn(byPostal, at)
		}
		return p, nil
	}
	if far {
		if w.docs[country].Regions == tax.RegionsRequired {
			return PlaceAnswer{}, refuse("the country alone has no answer", tax.ErrRegionRequired)
		}
		return PlaceAnswer{Territory: country, Step: tax.StepCountry, PostalOverRegion: true}, nil
	}
	if hasRegion {
		if postal == "" || len(ranges(w.docs[byRegion])) == 0 {
			return PlaceAnswer{Territory: byRegion, Step: step}, nil
		}
		for _, at := range w.Chain(byRegion) {
			switch {
			case len(ranges(w.docs[at])) > 0:
			case at == country && w.docs[at].Regions == tax.RegionsRequired:
				return PlaceAnswer{}, refuse("the country alone has no answer", tax.ErrRegionRequired)
			case at == country:
				return PlaceAnswer{Territory: at, Step: tax.StepCountry, PostalOverRegion: true}, nil
			default:
				return PlaceAnswer{Territory: at, Step: tax.StepParentRegion, PostalOverRegion: true}, nil
			}
		}
		return PlaceAnswer{}, refuse("no ancestor without postal codes", tax.ErrRegionRequired, tax.ErrUnknownRegion)
	}
	doc, hasCountry := w.docs[country]
	switch {
	case region != "" && !hasCountry:
		return PlaceAnswer{}, refuse("neither the region nor the country", tax.ErrUnknownRegion)
	case !hasCountry:
		return PlaceAnswer{}, refuse("no document of the country", tax.ErrRegionRequired)
	case w.invalid[country] && doc.Regions != tax.RegionsOptional:
		return PlaceAnswer{}, refuse("the rule is in an invalid document", tax.ErrInvalid, tax.ErrUnknownRegion, tax.ErrRegionRequired)
	case region != "" && doc.Regions != tax.RegionsOptional:
		return PlaceAnswer{}, refuse("unlisted region", tax.ErrUnknownRegion)
	case doc.Regions == tax.RegionsRequired:
		return PlaceAnswer{}, refuse("the country alone has no answer", tax.ErrRegionRequired)
	}
	return PlaceAnswer{Territory: country, Step: tax.StepCountry}, nil
}

// refers says to which other place the country refers an address, and whether the postal
// code does so against the region. A postal code of a region decides before a region that
// is elsewhere, and a code that the place does not have against it.
func (w World) refers(l tax.Lookup) (to tax.Location, overruled, ok bool) {
	home, err := tax.ParseLocation(l.Country, "")
	if err != nil || w.invalid[tax.Location{Country: home.Country}] {
		return to, false, false
	}
	if codes := w.regionsNamed(l); len(codes) == 1 {
		l.Region = codes[0]
	}
	region, ok := canonicalRegion(home, l.Region)
	postal, readable := w.canonicalPostal(home.Country, l.PostalCode)
	if !ok || !readable {
		return to, false, false
	}
	list := w.docs[tax.Location{Country: home.Country}].Elsewhere
	byRegion := w.referralOf(home.Country, region)
	for i := range list {
		if anyHas(list[i].PostalCodes, postal) {
			return list[i].Location, region != "" && (byRegion == nil || byRegion.Location != list[i].Location), true
		}
	}
	if _, claimed := w.postalTerritory(postal); claimed || byRegion == nil || postal != "" && len(byRegion.PostalCodes) > 0 {
		return to, false, false
	}
	return byRegion.Location, false, true
}

// referralOf returns the referral of a region or of the nearest one around it, unless a
// document of the country is nearer.
func (w World) referralOf(country, region string) *tax.Referral {
	list := w.docs[tax.Location{Country: country}].Elsewhere
	for at := (tax.Location{Country: country, Region: region}); at.Region != ""; at = at.Parent() {
		if _, step, own := w.regionTerritory(country, at.Region); own && step != tax.StepParentRegion {
			return nil
		}
		for i := range list {
			if slices.Contains(list[i].Regions, at.Region) {
				return &list[i]
			}
		}
	}
	return nil
}

// resolveElsewhere answers for the place that an address is referred to.
func (w World) resolveElsewhere(to tax.Location, overruled bool, l tax.Lookup) (Answer, error) {
	there := NewWorld(nil)
	for _, c := range w.abroad {
		if c.Location.Country == to.Country {
			there.docs[c.Location] = c
		}
	}
	// The place is asked with the postal code as the country reads it.
	if home, err := tax.ParseLocation(l.Country, ""); err == nil {
		if given := w.givenPostal(home.Country, l.PostalCode); given != "" && isPostal(given) {
			l.PostalCode = given
		}
	}
	l.Country, l.Region = to.Country, to.Region
	if _, _, again := there.refers(l); again {
		return Answer{}, refuse("referred twice", tax.ErrInvalid)
	}
	a, err := there.Resolve(l)
	if err != nil {
		return Answer{}, err
	}
	a.Step, a.PostalOverRegion = tax.StepReferred, a.PostalOverRegion || overruled
	return a, nil
}

// agree reports whether the territory of a postal code and the region of an address do
// not contradict each other. The region leads to the territory byRegion, if step is not
// empty.
func (w World) agree(byPostal, region, byRegion tax.Location, step tax.Step) bool {
	placed := isISO(byPostal)
	if liesIn(byPostal, region) {
		return true
	}
	if step == tax.StepRegion || step == tax.StepRegionAlias {
		return slices.Contains(w.Chain(byPostal), byRegion)
	}
	if step == tax.StepParentRegion && byPostal == byRegion {
		return true
	}
	for _, alias := range w.docs[byPostal].RegionAliases {
		at := tax.Location{Country: region.Country, Region: alias}
		if liesIn(at, region) {
			return true
		}
		placed = placed || isISO(at)
	}
	// A private region can be anywhere in its parent.
	within := step == "" || slices.Contains(w.Chain(byPostal), byRegion)
	return !placed && isISO(region) && within
}

// isISO reports whether ISO 3166-2 has the code of a region.
func isISO(l tax.Location) bool {
	_, err := tax.ParseLocation(l.Country, l.Region)
	return err == nil && !strings.HasPrefix(l.Region, "X-")
}

// liesIn reports whether a place is another one or lies in it.
func liesIn(place, in tax.Location) bool {
	for ; place != (tax.Location{}); place = place.Parent() {
		if place == in {
			return true
		}
	}
	return false
}

// postalTerritory finds the territory that has a postal code: the innermost one, or any
// of those that share it.
func (w World) postalTerritory(postal string) (found tax.Location, ok bool) {
	if list := w.sharers(postal); len(list) > 0 {
		return list[0], true
	}
	for at, c := range w.docs {
		if anyHas(c.PostalCodes, postal) && (!ok || len(w.Chain(at)) > len(w.Chain(found))) {
			found, ok = at, true
		}
	}
	return found, ok
}

// sharers returns the territories that share a postal code.
func (w World) sharers(postal string) (list []tax.Location) {
	for at, c := range w.docs {
		if anyHas(c.SharedPostalCodes, postal) {
			list = append(list, at)
		}
	}
	return list
}

func anyHas(list []tax.PostalRange, postal string) bool {
	return postal != "" && slices.ContainsFunc(list, func(r tax.PostalRange) bool { return inRange(postal, r) })
}

// ranges returns all postal codes of the territory of a document.
func ranges(c tax.Configuration) []tax.PostalRange {
	return slices.Concat(c.PostalCodes, c.SharedPostalCodes)
}

// written returns all postal codes that a document names, of its territory or elsewhere.
func written(c tax.Configuration) []tax.PostalRange {
	list := ranges(c)
	for _, r := range c.Elsewhere {
		list = append(list, r.PostalCodes...)
	}
	return list
}

// sharedPlace finds the territory of a postal code that several share. byRegion is where
// the region leads, by a step or, if it is empty, because the country takes any.
func (w World) sharedPlace(sharers []tax.Location, country tax.Location, region string, byRegion tax.Location, step tax.Step) (PlaceAnswer, error) {
	p := PlaceAnswer{Territory: w.around(sharers, country), Step: tax.StepPostalCode, PostalOverRegion: region != ""}
	if region != "" {
		at := tax.Location{Country: country.Country, Region: region}
		if slices.ContainsFunc(sharers, func(s tax.Location) bool { return w.agree(s, at, byRegion, step) }) {
			p = PlaceAnswer{Territory: byRegion, Step: step}
		}
		others := false
		for _, at := range w.Chain(byRegion) {
			if slices.Contains(sharers, at) {
				p = PlaceAnswer{Territory: byRegion, Step: step}
				if others {
					p = PlaceAnswer{Territory: at, Step: tax.StepParentRegion, PostalOverRegion: true}
				}
				break
			}
			others = others || len(ranges(w.docs[at])) > 0
		}
	}
	for _, s := range sharers {
		if w.invalid[s] && (p.Territory == country || slices.Contains(w.Chain(s), p.Territory)) {
			return PlaceAnswer{Territory: s, Step: tax.StepPostalCode, PostalOverRegion: p.PostalOverRegion}, nil
		}
	}
	if p.Territory == country {
		if doc, ok := w.docs[country]; !ok || doc.Regions == tax.RegionsRequired {
			return PlaceAnswer{}, refuse("the postal code is in several regions", tax.ErrRegionRequired)
		}
		p.Step = tax.StepCountry
	}
	return p, nil
}

// around returns the innermost place that all territories lie in.
func (w World) around(list []tax.Location, country tax.Location) tax.Location {
	for _, at := range w.Chain(list[0])[1:] {
		if !slices.ContainsFunc(list, func(l tax.Location) bool { return l == at || !slices.Contains(w.Chain(l), at) }) {
			return at
		}
	}
	return country
}

func inRange(postal string, r tax.PostalRange) bool {
	if r.To == "" {
		return postal == r.From
	}
	if len(postal) < len(r.From) {
		return false
	}
	leading := postal[:len(r.From)]
	return r.From <= leading && leading <= r.To
}

func (w World) regionTerritory(country, region string) (tax.Location, tax.Step, bool) {
	if region == "" {
		return tax.Location{}, "", false
	}
	asked := tax.Location{Country: country, Region: region}
	for at := asked; at.Region != ""; at = at.Parent() {
		found, step := at, tax.StepRegion
		_, ok := w.docs[at]
		for l, c := range w.docs {
			if !ok && slices.Contains(c.RegionAliases, at.Region) {
				found, step, ok = l, tax.StepRegionAlias, true
			}
		}
		switch {
		case ok && at != asked:
			return found, tax.StepParentRegion, true
		case ok:
			return found, step, true
		}
	}
	return tax.Location{}, "", false
}

// canonicalRegion returns the region of an address in its canonical spelling. home
// is the location that the country's code means: for XI it has the region NIR.
func canonicalRegion(home tax.Location, region string) (string, bool) {
	region = strings.ToUpper(region)
	if region == "" || region == home.Region {
		return home.Region, true
	}
	if home.Region != "" {
		return "", false
	}
	if prefix, rest, ok := strings.Cut(region, "-"); ok && prefix != "X" {
		if prefix != home.Country {
			return "", false
		}
		region = rest
	}
	name, private := strings.CutPrefix(region, "X-")
	for _, part := range strings.Split(name, "-") {
		if part == "" || strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return "", false
		}
	}
	if private {
		return region, len(name) <= 32
	}
	return region, len(name) <= 3 && !strings.Contains(name, "-")
}
