package tax

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/taxresolve/tax/internal/codetable"
)

// Place is an address on a day, in one consistent state of the data: its answers
// are the same whatever is loaded or written later. It never changes, is safe for
// concurrent use and may be kept for as long as needed. [Resolver.Place] returns
// one; the zero Place has no rates.
type Place struct {
	h       handle
	answers codetable.Lines // those of its territory that answer on its day
}

// answering returns those lines of a territory that answer on a day.
func (c *compiled) answering(t *territory, day Date) (set codetable.Lines) {
	for n, l := range c.linesOf(t)[:min(int(t.count), codetable.MaxLines)] {
		if l.on(day).answers() {
			set = set.With(n)
		}
	}
	return set
}

// Rate returns the rate of a class at the place. class is a class code or alias,
// compared exactly, or "" for the default class. The errors are those of
// [Resolver.Lookup] that concern a class; for the zero Place it is an
// [InputError].
func (p Place) Rate(class string) (Resolution, error) {
	// As in Resolve, the common case is written out and calls no function.
	if n := len(class); p.h.c != nil && uint(n-codetable.MinWide) <= codetable.MaxShort-codetable.MinWide {
		t := &p.h.c.territories[p.h.bits.index()]
		second, last := codetable.Cut(class)
		if s := t.codes.At(codetable.Word(class, 0, second), codetable.Word(class, last, last-second), n); s.In(p.answers) {
			return Resolution{handle{p.h.c, p.h.bits.to(t.first+s.Line, stepClass), p.h.postal}}, nil
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
// by the order of the classes. Classes without a rate on that day
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
	for _, l := range h.c.linesOf(terr) {
		if found, err := h.exact(&Lookup{}, l.code, stepClass); err == nil {
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

// class finds the class of a lookup. h is the handle of the place.
func (h handle) class(l *Lookup) (handle, error) {
	// As in Resolve, the common case is written out and calls no function.
	if n := len(l.Class); uint(n-codetable.MinWide) <= codetable.MaxShort-codetable.MinWide {
		t := &h.c.territories[h.bits.index()]
		second, last := codetable.Cut(l.Class)
		s := t.codes.At(codetable.Word(l.Class, 0, second), codetable.Word(l.Class, last, last-second), n)
		if t.answersWith(s, h.bits.day()) {
			h.bits = h.bits.to(t.first+s.Line, stepClass)
			return h, nil
		}
		if s.Used() {
			return h.classOnDay(l, t, s, stepClass)
		}
	}
	return h.classOfAnyForm(l)
}

// classOfAnyForm is class for codes that are very short, very long or not there, and for
// the default class.
//
//go:noinline
func (h handle) classOfAnyForm(l *Lookup) (handle, error) {
	t := &h.c.territories[h.bits.index()]
	code, step := l.Class, stepClass
	if code == "" {
		code, step = t.defaultClass, stepDefaultClass
	}
	s := t.codes.Find(code)
	if s != nil && t.answersWith(s, h.bits.day()) {
		h.bits = h.bits.to(t.first+s.Line, step)
		return h, nil
	}
	return h.classOnDay(l, t, s, step)
}

// answersWith reports whether a slot alone says that its class answers on a day.
func (t *territory) answersWith(s *codetable.Slot, day Date) bool {
	return s.In(t.answers) && day.n > t.earlier
}

// classOnDay is class for a slot that alone does not say whether its class answers.
//
//go:noinline
func (h handle) classOnDay(l *Lookup, t *territory, s *codetable.Slot, step classStep) (handle, error) {
	if s == nil || s.Alias || t.broken != nil || !h.c.line(t.first+s.Line).on(h.bits.day()).answers() {
		return h.classOrError(l)
	}
	h.bits = h.bits.to(t.first+s.Line, step)
	return h, nil
}

// classOrError is class for an alias, a fallback, and for what has no answer.
func (h handle) classOrError(l *Lookup) (handle, error) {
	c, day := h.c, h.bits.day()
	t := h.bits.index()
	terr := &c.territories[t]
	if terr.broken != nil {
		return handle{}, c.fail(ErrInvalid, l, day, terr.location, "", terr.broken)
	}
	code, step := l.Class, stepClass
	if code == "" {
		code, step = terr.defaultClass, stepDefaultClass
	}
	found, err := h.exact(l, code, step)
	if err == nil || h.bits&bitFallback == 0 || step == stepDefaultClass ||
		err.Kind != ErrUnknownClass && err.Kind != ErrNoRate {
		return found, orNil(err)
	}
	if terr.defaultClass == "" {
		return handle{}, err
	}
	found, fault := h.exact(l, terr.defaultClass, stepFallback)
	if fault != nil {
		if fault.Kind == ErrUnknownClass {
			// The default class of the parent does not exist here. The class
			// that the caller asked for is the better one to report.
			fault = err
		}
		return handle{}, fault
	}
	return found.with(func(d *details) { d.askedClass = strings.Clone(l.Class) }), nil
}

// exact finds one class code, without fallback.
func (h handle) exact(l *Lookup, code string, step classStep) (handle, *LookupError) {
	c, day := h.c, h.bits.day()
	terr := &c.territories[h.bits.index()]
	e := terr.codes.Find(code)
	if e == nil {
		// The class, or a default, could be in an invalid document above the territory.
		if broken := c.mayHave(terr, code); broken != nil {
			return handle{}, c.fail(ErrInvalid, l, day, terr.location, invalidAbove, broken)
		}
		if terr.count == 0 && terr.exclusive {
			kind := ErrUnknownClass
			if step == stepDefaultClass {
				kind = ErrNoDefaultClass
			}
			return handle{}, c.fail(kind, l, day, terr.location,
				"the country's tax does not apply there: use the country code of the place itself, if it has one", nil).as("tax_not_applied")
		}
		if step == stepDefaultClass {
			return handle{}, c.fail(ErrNoDefaultClass, l, day, terr.location, "pass a class", nil)
		}
		return handle{}, c.fail(ErrUnknownClass, l, day, terr.location, "", nil)
	}
	ln := c.lines()[terr.first+e.Line]
	s := ln.on(day)
	if s.rate == nil {
		switch s.gap {
		case gapInvalid:
			return handle{}, c.fail(ErrInvalid, l, day, terr.location, invalidAbove, c.tombstoneAbove(terr, true))
		case gapEnded:
			if s.from.IsZero() {
				return handle{}, c.fail(ErrNoRate, l, day, terr.location,
					"no rate of class "+ln.code+" is known there: add one, for instance with Overlay, or use another class", nil).as("rate_unknown")
			}
			if slices.ContainsFunc(ln.segments, func(other segment) bool { return other.from.Before(s.from) && other.began() }) {
				return handle{}, c.fail(ErrNoRate, l, day, terr.location,
					"class "+ln.code+" has ended: there is no rate from "+s.from.String()+" on; use another class, or an earlier day", nil).as("class_ended")
			}
		}
		for _, later := range ln.segments {
			if later.from.After(day) && later.rate != nil {
				return handle{}, c.fail(ErrNoRate, l, day, terr.location,
					"class "+ln.code+" has no rate before "+later.from.String()+": use a later day, or another class", nil).as("class_not_started")
			}
		}
		return handle{}, c.fail(ErrNoRate, l, day, terr.location, "class "+ln.code+" has no rate: use another class", nil)
	}
	if s.refused != "" {
		code, _ := c.settings.refuses(s)
		return handle{}, c.fail(ErrUnverified, l, day, terr.location, s.refused+": check the rate, or allow it with Options.Refuse", nil).as(code)
	}
	if e.Alias && step == stepClass {
		step = stepClassAlias
	}
	h.bits = h.bits.to(terr.first+e.Line, step)
	if step == stepClassAlias {
		h = h.with(func(d *details) { d.askedClass = strings.Clone(code) })
	}
	return h, nil
}

const invalidAbove = "a document that it inherits from is invalid: repair that document"

// mayHave returns the error of an invalid document from which a territory could inherit
// a class that it does not have; "" is a default class.
func (c *body) mayHave(terr *territory, code string) error {
	switch {
	case code == "":
		return c.tombstoneAbove(terr, true)
	case terr.exclusive:
		return nil
	}
	return c.unknownAbove(terr)
}
