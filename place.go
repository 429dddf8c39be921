package tax

import (
	"slices"
	"time"

	"github.com/taxresolve/tax/internal/codetable"
)

// Place is an address on a day, in one consistent state of the data. It is
// immutable and may be kept as long as needed. Get one from [Resolver.Place].
type Place struct{ h handle }

// Rate returns the rate of a class at the place; "" asks for the default
// class. The errors are those of [Resolver.Lookup] that concern a class.
func (p Place) Rate(class string) (Resolution, error) {
	// As in Resolve, what nearly all calls need is written out, and calls nothing.
	if n := len(class); p.h.c != nil && uint(n-codetable.MinWide) <= codetable.MaxShort-codetable.MinWide {
		body := &p.h.c.body
		t := &body.territories[p.h.bits.index()]
		second, last := codetable.Cut(class)
		s, day := t.codes.At(codetable.Word(class, 0, second), codetable.Word(class, last, last-second), n), p.h.bits.day()
		if s.Answers(day.n) {
			return Resolution{handle{p.h.c, p.h.bits.to(s.Last, stepClass), p.h.postal}}, nil
		}
		if s.Used() && !s.Alias && t.broken == nil {
			i := s.Last
			for body.segments[i].from.After(day) { // the first of a line has no from
				i--
			}
			if body.segments[i].answers() {
				return Resolution{handle{p.h.c, p.h.bits.to(i, stepClass), p.h.postal}}, nil
			}
		}
	}
	return p.rateOrError(class)
}

//go:noinline
func (p Place) rateOrError(class string) (Resolution, error) {
	if p.h.c == nil {
		return Resolution{}, inputError("place", "", "empty: get it from Resolver.Place")
	}
	h, err := p.h.class(&Lookup{Class: class})
	if e, ok := err.(*LookupError); ok {
		e.Lookup = p.h.lookup(&p.h.c.territories[p.h.bits.index()])
		e.Lookup.Class = class
	}
	return Resolution{h}, err
}

// Classes returns what [Resolver.Classes] returns, for this place. Classes that
// would be inherited from a document that is invalid are left out.
func (p Place) Classes() []Resolution {
	if p.h.c == nil {
		return nil
	}
	terr := &p.h.c.territories[p.h.bits.index()]
	h := p.h
	h.bits &^= bitFallback
	var list []Resolution
	for i := range terr.lines {
		if found, err := h.exact(&Lookup{}, terr.lines[i].code, stepClass); err == nil {
			list = append(list, Resolution{found})
		}
	}
	slices.SortFunc(list, func(a, b Resolution) int { return a.line().compare(b.line()) })
	return list
}

// Location returns the territory that the address belongs to: the most exact
// place for which there is a configuration.
func (p Place) Location() Location {
	if p.h.c == nil {
		return Location{}
	}
	return p.h.c.territories[p.h.bits.index()].location
}

// Date returns the day of taxation.
func (p Place) Date() Date { return p.h.bits.day() }

// Stale reports whether the answers of the place are [Resolution.Stale].
func (p Place) Stale() bool { return p.h.stale() }

// LoadedAt returns the [Resolution.LoadedAt] of the answers of the place.
func (p Place) LoadedAt() time.Time { return p.h.loadedAt() }
