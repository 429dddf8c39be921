package proof

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

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
	// Stated is the weakest status of the entries, and Status that of the answer.
	Stated, Status tax.Status
	// Undated reports whether the start of an entry is unknown, and VerifiedSince since
	// when all of these were verified.
	Undated          bool
	VerifiedSince    tax.Date
	PostalOverRegion bool
	// LocalTaxesMissing is what the document that lists the class says.
	LocalTaxesMissing bool
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
	abroad  []tax.Configuration // of other countries
}

// And returns the world with the documents of other countries, to which it can refer
// addresses.
func (w World) And(abroad ...tax.Configuration) World {
	w.abroad = abroad
	return w
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
	if to, overruled, ok := w.refers(l); ok {
		return w.resolveElsewhere(to, overruled, l)
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
		Stated: r.status, Undated: len(r.verified) > 0, Entries: r.entries,
		LocalTaxesMissing: w.docs[r.entries[0].Location].LocalTaxesMissing,
	}
	a.Status, a.VerifiedSince = r.statusOn(day)
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
		chain := w.Chain(territory)
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
	return w.called(w.Chain(territory), class)
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

// Chain returns the territory and its ancestors, as far as they have documents, from
// the territory upwards.
func (w World) Chain(territory tax.Location) []tax.Location {
	var chain []tax.Location
	for at := territory; at != (tax.Location{}); at = w.above(at) {
		if slices.Contains(chain, at) {
			return nil // it lies in itself, by an alias
		}
		if _, ok := w.docs[at]; ok {
			chain = append(chain, at)
		}
	}
	return chain
}

// above returns the next place above a territory: the nearest one that contains it and
// has a document under its own code or under an alias, or the country. A document can
// say where its territory lies.
func (w World) above(territory tax.Location) tax.Location {
	at := territory.Parent()
	if in := w.docs[territory].Within; in != "" {
		at = tax.Location{Country: territory.Country, Region: in}
	}
	for ; at.Region != ""; at = at.Parent() {
		if _, ok := w.docs[at]; ok {
			return at
		}
		for l, c := range w.docs {
			if l != territory && slices.Contains(c.RegionAliases, at.Region) {
				return l
			}
		}
	}
	return at
}

// visible returns the part of the chain whose classes exist at the territory.
func (w World) visible(territory tax.Location) []tax.Location {
	chain := w.Chain(territory)
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
	for _, at := range w.Chain(territory) {
		if zone := w.docs[at].TimeZone; zone != "" {
			return zone
		}
	}
	return "UTC"
}
