package proof

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// Answer is the answer of the naive resolver. It has those fields of a
// [tax.Resolution] and of its explanation that the rules determine.
type Answer struct {
	Territory tax.Location
	// Step says how the territory was found, ClassSteps how the class was found.
	Step       tax.Step
	ClassSteps []tax.Step
	Class      string
	// Percent is in percent of the net price, or of the gross price with OfGross,
	// and exact.
	Percent    *big.Rat
	OfGross    bool
	Components []Part
	Treatment  tax.Treatment
	Tax        string
	// Since and Until bound the days on which the same entries answer. Since is
	// zero if they answer on every earlier day.
	Since, Until tax.Date
	Status       tax.Status
	// Undated reports whether the start of an entry is unknown.
	Undated          bool
	PostalOverRegion bool
	// Entries are the dated entries that made the answer, from the territory
	// upwards.
	Entries []Entry
}

// Entry names a dated entry by its place in the documents.
type Entry struct {
	Location tax.Location
	Class    string
	Index    int
}

// Part is a component as its exact share of the net price, in percent. Shares can
// be compared, whatever price a compound component is stated on.
type Part struct {
	Code  string
	Share *big.Rat
}

// Refused is the error of a lookup that has no answer. Kinds are the sentinels
// that the rules allow: one, unless the rules leave the choice open.
type Refused struct {
	Kinds []error
	Why   string
}

// Error names the kinds and the reason.
func (r *Refused) Error() string { return fmt.Sprintf("proof: %v: %s", r.Kinds, r.Why) }

// Unwrap returns the kinds.
func (r *Refused) Unwrap() []error { return r.Kinds }

func refuse(why string, kinds ...error) error { return &Refused{kinds, why} }

// Resolve answers l from the configurations of one country, by the rules alone.
// l.Date is required.
func Resolve(set []tax.Configuration, l tax.Lookup) (Answer, error) {
	return NewWorld(set).Resolve(l)
}

// World is the documents of one country, and which of them are invalid.
type World struct {
	docs    map[tax.Location]tax.Configuration
	invalid map[tax.Location]bool
}

// NewWorld returns the world of a set in which the documents at the given locations
// are invalid: only their existence and their codes are known.
func NewWorld(set []tax.Configuration, invalid ...tax.Location) World {
	w := World{docs: map[tax.Location]tax.Configuration{}, invalid: map[tax.Location]bool{}}
	for _, c := range set {
		w.docs[c.Location] = c
	}
	for _, l := range invalid {
		w.invalid[l] = true
	}
	return w
}

// Resolve answers l; l.Date is required.
func (w World) Resolve(l tax.Lookup) (Answer, error) {
	if l.Date.IsZero() {
		return Answer{}, refuse("the naive resolver has no clock", tax.ErrInvalid)
	}
	p, err := w.Place(l)
	if err != nil {
		return Answer{}, err
	}
	a, err := w.class(p.Territory, l.Class, l.Date)
	if l.FallbackToDefault && l.Class != "" && (errors.Is(err, tax.ErrUnknownClass) || errors.Is(err, tax.ErrNoRate)) {
		var first *Refused
		errors.As(err, &first)
		a, err = w.class(p.Territory, "", l.Date)
		if err == nil {
			a.ClassSteps[0] = tax.StepFallback
		}
		switch {
		case errors.Is(err, tax.ErrInvalid):
			// Both errors are true, and the rules leave the choice open.
			err = refuse("the class to fall back to is not known", append([]error{tax.ErrInvalid}, first.Kinds...)...)
		case errors.Is(err, tax.ErrNoDefaultClass):
			err = refuse("nothing to fall back to", append([]error{tax.ErrNoDefaultClass}, first.Kinds...)...)
		}
	}
	if err != nil {
		return Answer{}, err
	}
	a.Territory, a.Step, a.PostalOverRegion = p.Territory, p.Step, p.PostalOverRegion
	return a, nil
}

// class answers for a class of a territory; "" is the default class.
func (w World) class(territory tax.Location, class string, day tax.Date) (Answer, error) {
	code, steps, err := w.classCode(territory, class)
	if err != nil {
		return Answer{}, err
	}
	r, err := w.rate(territory, code, day)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{
		Class: code, ClassSteps: steps,
		Percent: r.percent, OfGross: r.ofGross, Components: r.parts, Treatment: r.treatment, Tax: r.tax,
		Status: r.status, Undated: r.undated, Entries: r.entries,
	}
	if r.entries[0].Location != territory {
		a.ClassSteps = append(a.ClassSteps, tax.StepInherited)
	}
	a.Since, a.Until = w.interval(territory, code, day, r.entries)
	return a, nil
}

// classCode finds the code of a class, given by code or alias or as "", and the steps
// that lead to it.
func (w World) classCode(territory tax.Location, class string) (string, []tax.Step, error) {
	if class == "" {
		chain := w.chain(territory)
		for i, at := range chain {
			if w.invalid[at] {
				if slices.ContainsFunc(chain[:i], func(l tax.Location) bool { return w.docs[l].Exclusive && len(w.docs[l].Classes) == 0 }) {
					// Whatever the default is, a territory below has no such class.
					return "", nil, refuse("no class at all", tax.ErrInvalid, tax.ErrNoDefaultClass)
				}
				return "", nil, refuse("the default class is in "+at.String(), tax.ErrInvalid)
			}
			for _, c := range w.docs[at].Classes {
				if c.Default {
					return w.exists(territory, c.Code, tax.StepDefaultClass, tax.ErrNoDefaultClass, tax.ErrUnknownClass)
				}
			}
		}
		return "", nil, refuse("no default class", tax.ErrNoDefaultClass)
	}
	return w.called(w.chain(territory), class)
}

// called finds a class by code or alias at the first location of a chain. An alias
// of a parent names the class in its regions as well, if they have the class.
func (w World) called(chain []tax.Location, class string) (string, []tax.Step, error) {
	if len(chain) == 0 {
		return "", nil, refuse("no class "+class, tax.ErrUnknownClass)
	}
	doc := w.docs[chain[0]]
	if w.invalid[chain[0]] {
		return "", nil, refuse("the class may be in "+chain[0].String(), tax.ErrInvalid)
	}
	if lists(doc, class) {
		return class, []tax.Step{tax.StepClass}, nil
	}
	for _, c := range doc.Classes {
		if slices.Contains(c.Aliases, class) {
			return c.Code, []tax.Step{tax.StepClassAlias}, nil
		}
	}
	code, steps, err := w.called(chain[1:], class)
	switch {
	case doc.Exclusive && errors.Is(err, tax.ErrInvalid):
		return "", nil, refuse("no known code or alias", tax.ErrInvalid, tax.ErrUnknownClass)
	case doc.Exclusive && err == nil && !lists(doc, code):
		return "", nil, refuse("class "+code+" is not here", tax.ErrUnknownClass)
	}
	return code, steps, err
}

// exists returns a class code, which may come from a parent, if the territory has the
// class: an exclusive territory may not have it.
func (w World) exists(territory tax.Location, code string, step tax.Step, otherwise ...error) (string, []tax.Step, error) {
	for _, at := range w.visible(territory) {
		if w.invalid[at] {
			return "", nil, refuse("the class may be in "+at.String(), tax.ErrInvalid)
		}
		if lists(w.docs[at], code) {
			return code, []tax.Step{step}, nil
		}
	}
	return "", nil, refuse("class "+code+" is not here", otherwise...)
}

// chain returns the territory and its ancestors, as far as they have documents, from
// the territory upwards.
func (w World) chain(territory tax.Location) []tax.Location {
	var chain []tax.Location
	for at := territory; at != (tax.Location{}); at = at.Parent() {
		if _, ok := w.docs[at]; ok {
			chain = append(chain, at)
		}
	}
	return chain
}

// visible returns the part of the chain whose classes exist at the territory.
func (w World) visible(territory tax.Location) []tax.Location {
	chain := w.chain(territory)
	for i, at := range chain {
		// Whether an invalid document is exclusive is not known; it ends the walk
		// with an error before that matters.
		if w.docs[at].Exclusive && !w.invalid[at] {
			return chain[:i+1]
		}
	}
	return chain
}

// lists reports whether a document lists a class under its code.
func lists(c tax.Configuration, code string) bool {
	return slices.ContainsFunc(c.Classes, func(k tax.Class) bool { return k.Code == code })
}

// Zone returns the name of the time zone that decides which day it is in a
// territory.
func (w World) Zone(territory tax.Location) string {
	for _, at := range w.chain(territory) {
		if zone := w.docs[at].TimeZone; zone != "" {
			return zone
		}
	}
	return "UTC"
}

// PlaceAnswer is the territory that an address leads to.
type PlaceAnswer struct {
	Territory        tax.Location
	Step             tax.Step
	PostalOverRegion bool
}

// Place finds the territory of an address: by postal code, region, country.
func (w World) Place(l tax.Lookup) (PlaceAnswer, error) {
	home, err := tax.ParseLocation(l.Country, "")
	if err != nil {
		return PlaceAnswer{}, refuse(err.Error(), tax.ErrUnknownCountry)
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

	if hasPostal {
		p := PlaceAnswer{Territory: byPostal, Step: tax.StepPostalCode}
		switch {
		case hasRegion:
			p.PostalOverRegion = !liesIn(byPostal, byRegion)
		case region != "" && !w.optional(country):
			// The region leads to no document, but the place can still lie in it.
			p.PostalOverRegion = !liesIn(byPostal, tax.Location{Country: country.Country, Region: region})
		}
		return p, nil
	}
	if hasRegion {
		if postal == "" || len(w.docs[byRegion].PostalCodes) == 0 {
			return PlaceAnswer{Territory: byRegion, Step: step}, nil
		}
		for _, at := range w.chain(byRegion) {
			switch {
			case len(w.docs[at].PostalCodes) > 0:
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

// optional reports whether an unlisted region means the country.
func (w World) optional(country tax.Location) bool {
	doc, ok := w.docs[country]
	return ok && doc.Regions == tax.RegionsOptional
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

func (w World) postalTerritory(postal string) (tax.Location, bool) {
	if postal == "" {
		return tax.Location{}, false
	}
	for at, c := range w.docs {
		for _, r := range c.PostalCodes {
			if inRange(postal, r) {
				return at, true
			}
		}
	}
	return tax.Location{}, false
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

// canonicalPostal returns a postal code in its canonical spelling, "" for none. A
// code of the country before a hyphen is dropped; so are, if all ranges are made of
// digits, up to three letters before a code made of digits.
func (w World) canonicalPostal(country, postal string) (string, bool) {
	postal = strings.TrimLeft(strings.ToUpper(postal), " ")
	if prefix, rest, ok := strings.Cut(postal, "-"); ok && rest != "" {
		if l, err := tax.ParseLocation(prefix, ""); err == nil && l.Country == country {
			postal = rest
		}
	}
	postal = strings.NewReplacer(" ", "", "-", "").Replace(postal)
	const digits = "0123456789"
	code := strings.TrimLeft(postal, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if w.digitsOnly() && len(postal)-len(code) <= 3 && code != "" && strings.Trim(code, digits) == "" {
		postal = code
	}
	return postal, len(postal) <= 10 && strings.Trim(postal, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"+digits) == ""
}

func (w World) digitsOnly() bool {
	for _, c := range w.docs {
		for _, r := range c.PostalCodes {
			if strings.Trim(r.From+r.To, "0123456789") != "" {
				return false
			}
		}
	}
	return true
}
