package tax

import (
	"log/slog"
	"slices"
	"time"

	"github.com/taxresolve/tax/internal/codetable"
)

// Place is an address on a day, in one consistent state of the data: its answers
// are the same whatever is loaded or written later. It never changes, is safe for
// concurrent use and may be kept for as long as needed. [Resolver.Place] returns
// one; the zero Place has no rates.
type Place struct{ h handle }

// Rate returns the rate of a class at the place. class is a class code or alias,
// compared exactly, or "" for the default class. The errors are those of
// [Resolver.Lookup] that concern a class; for the zero Place it is an
// [InputError].
func (p Place) Rate(class string) (Resolution, error) {
	// As in Resolve, the common case is written out and calls no function.
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
			for body.segments[i].from.After(day) { // the first of a line has no from, so it ends the search
				i--
			}
			if body.segments[i].answers() {
				return Resolution{handle{p.h.c, p.h.bits.to(i, stepClass), p.h.postal}}, nil
			}
		}
	}
	return p.rateOrError(class)
}

// rateOrError is Rate for all other cases.
//
//go:noinline
func (p Place) rateOrError(class string) (Resolution, error) {
	if p.h.c == nil {
		return Resolution{}, inputError("place", "", "empty: get one from Resolver.Place")
	}
	h, err := p.h.class(&Lookup{Class: class})
	if e, ok := err.(*LookupError); ok {
		e.Lookup = p.h.lookup(&p.h.c.territories[p.h.bits.index()])
		e.Lookup.Class = class
	}
	return Resolution{h}, err
}

// Classes returns the rates of all classes that the place has on its day, sorted
// by the order of the classes, then by code. Classes without a rate on that day
// are left out, and so are rates that Options.Refuse refuses and classes that
// would be inherited from an invalid document, which are an error in
// [Resolver.Classes].
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

// Location returns the territory that the address belongs to: the smallest region
// around it, or the country, that has a configuration.
func (p Place) Location() Location {
	if p.h.c == nil {
		return Location{}
	}
	return p.h.c.territories[p.h.bits.index()].location
}

// Date returns the civil day of taxation at the place.
func (p Place) Date() Date { return p.h.bits.day() }

// Stale reports whether the data of the place are stale, as [Resolution.Stale]
// does.
func (p Place) Stale() bool { return p.h.stale() }

// LoadedAt returns when the load of the data of the place began, as
// [Resolution.LoadedAt] does.
func (p Place) LoadedAt() time.Time { return p.h.loadedAt() }

// String returns the place in one line, for people and logs, such as "CA-QC on
// 2026-11-21", or "no place" for the zero Place.
func (p Place) String() string {
	if p.h.c == nil {
		return "no place"
	}
	s := p.Location().String() + " on " + p.Date().String()
	if p.Stale() {
		s += ", stale"
	}
	return s
}

// LogValue returns a group for log/slog: location, date and, if it is true, stale. For
// the zero Place, it returns the text of String.
func (p Place) LogValue() slog.Value {
	if p.h.c == nil {
		return slog.StringValue(p.String())
	}
	list := []slog.Attr{slog.String("location", p.Location().String()), slog.String("date", p.Date().String())}
	if p.Stale() {
		list = append(list, slog.Bool("stale", true))
	}
	return slog.GroupValue(list...)
}

// MarshalJSON always returns an [InputError]: a place refers to the data that it comes
// from. Store the [Lookup] that it was asked with, or [Resolution.Explain] of its rates.
func (Place) MarshalJSON() ([]byte, error) { return nil, noJSON("place", storeLookup) }

// UnmarshalJSON always returns an [InputError], as MarshalJSON does.
func (*Place) UnmarshalJSON([]byte) error { return noJSON("place", storeLookup) }

const storeLookup = "store the Lookup that it was asked with, or Resolution.Explain of its rates"
