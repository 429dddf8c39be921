package tax

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Resolver answers which rate applies. It is safe for concurrent use, keeps no
// goroutine of its own, and what it returns never changes.
//
// A country is loaded from the source on the first lookup, once however many
// callers wait, and kept until it is invalidated or displaced. A source that is
// no [Notifier] is not asked again before: call Invalidate after a change.
// Errors, and that a source has nothing for a country, are not kept.
type Resolver struct {
	*core
	tenant string
}

// core is shared by the views of all tenants.
type core struct {
	settings *settings
	cache    *cache
	stop     func()
}

// NewResolver makes a resolver that reads from a source; nil options mean the
// documented defaults. It is an [InputError] to pass no source or options that
// contradict themselves. Call Close when a resolver is no longer needed before
// the program ends.
//
// When the source is a [Notifier], the resolver registers with it, and no
// lookup that begins after a write of the source returned sees older data.
func NewResolver(src Source, opts *Options) (*Resolver, error) {
	if src == nil {
		return nil, inputError("source", "nil", "pass a Source, such as rates.World()")
	}
	if o, ok := src.(overlay); ok && o.lacks() {
		return nil, inputError("source of an overlay", "nil", "pass two sources")
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	c := &core{settings: s, stop: func() {}}
	c.cache = newCache(s.Capacity, s.LoadTimeout, func(ctx context.Context, key Key) (*compiled, error) {
		return load(ctx, src, key, s)
	})
	if n, ok := src.(Notifier); ok {
		if stop := n.Notify(c.cache.invalidate); stop != nil {
			c.stop = stop
		}
	}
	return &Resolver{core: c}, nil
}

// Resolve returns the rate of a class in a country today. country is a code as
// [ParseLocation] accepts it; class is a class code or alias, compared exactly,
// or "" for the default class.
//
// It returns a [LookupError] that unwraps to
//   - [ErrUnknownCountry] when the code names no country or there is no
//     configuration for it;
//   - [ErrRegionRequired] when the country alone has no answer: use Lookup;
//   - [ErrUnknownClass], [ErrNoDefaultClass] or [ErrNoRate] when the place has
//     no such class, no default class, or no rate today;
//   - [ErrUnverified] when Options.Refuse refuses the rate;
//   - [ErrInvalid] when the document it depends on is invalid;
//   - [ErrUnavailable] when the source failed or did not answer in time;
//   - [ErrClosed] after Close.
//
// When ctx ends while the country is being loaded, the error unwraps to
// [ErrUnavailable] and to that of ctx; a country that is in memory is answered
// without looking at ctx.
func (r *Resolver) Resolve(ctx context.Context, country, class string) (Resolution, error) {
	return r.Lookup(ctx, Lookup{Country: country, Class: class})
}

// Lookup is Resolve for an address and a day: the postal code decides first,
// then the region, then the country. Beside the errors of Resolve it returns
// [ErrUnknownRegion] for what is no region code of the country, or a region that
// the country does not list although it lists its regions; and [ErrInvalid]
// with an [InputError] as the cause for a malformed postal code.
func (r *Resolver) Lookup(ctx context.Context, l Lookup) (Resolution, error) {
	h, err := r.at(ctx, &l)
	if err != nil {
		return Resolution{}, err
	}
	return h.class(&l)
}

// Place returns the place of a lookup on its day as a snapshot: all rates taken
// from it are of one state of the data, whatever changes meanwhile. Class is
// ignored. The errors are those of Lookup that do not concern a class.
func (r *Resolver) Place(ctx context.Context, l Lookup) (Place, error) {
	h, err := r.at(ctx, &l)
	if err != nil {
		return Place{}, err
	}
	if broken := h.c.territories[h.bits.index()].broken; broken != nil {
		return Place{}, h.c.fail(ErrInvalid, &l, h.bits.day(), h.c.territories[h.bits.index()].location, "", broken)
	}
	return Place{h}, nil
}

// Classes returns the rates of all classes that a place has on a day, sorted by
// the order of the classes, then by code. Class is ignored. Classes without a
// rate on that day, and rates that Options.Refuse refuses, are left out. The
// errors are those of Place, and [ErrInvalid] when classes would be inherited
// from a document that is invalid.
func (r *Resolver) Classes(ctx context.Context, l Lookup) ([]Resolution, error) {
	p, err := r.Place(ctx, l)
	if err != nil {
		return nil, err
	}
	terr := &p.h.c.territories[p.h.bits.index()]
	if broken := p.h.c.tombstoneAbove(terr, false); broken != nil && !terr.exclusive {
		return nil, p.h.c.fail(ErrInvalid, &l, p.Date(), terr.location, invalidAbove, broken)
	}
	return p.Classes(), nil
}

// Tenant returns a view of the resolver for another tenant: the same memory and
// source, with the tenant in the [Key]. Any string is a tenant.
func (r *Resolver) Tenant(id string) *Resolver { return &Resolver{r.core, strings.Clone(id)} }

// Invalidate drops a country of this tenant: no lookup that begins after it
// returned sees data loaded before. A code that names no country drops
// nothing.
func (r *Resolver) Invalidate(country string) {
	if code, _, ok := canonicalCountry(country); ok {
		r.cache.invalidate(Key{r.tenant, code})
	}
}

// InvalidateTenant drops every country of this tenant, as Invalidate does.
func (r *Resolver) InvalidateTenant() {
	r.cache.invalidateIf(func(k Key) bool { return k.Tenant == r.tenant })
}

// InvalidateAll drops everything, of all tenants, as Invalidate does.
func (r *Resolver) InvalidateAll() { r.cache.invalidate(Key{}) }

// Close ends the resolver and all its views: loads under way are cancelled,
// the source is no longer listened to, and later lookups return [ErrClosed].
// Answers given before stay valid. Calling it again does nothing.
func (r *Resolver) Close() {
	r.cache.close()
	r.stop()
}

// at finds the compiled country of a lookup, and the territory in it.
func (r *Resolver) at(ctx context.Context, l *Lookup) (handle, error) {
	if r.core == nil {
		return handle{}, inputError("resolver", "", "empty: make one with NewResolver")
	}
	if ctx == nil {
		return handle{}, inputError("context", "nil", "pass context.Background() if there is no other")
	}
	country, region, ok := canonicalCountry(l.Country)
	if !ok {
		_, err := ParseLocation(l.Country, "")
		return handle{}, &LookupError{Kind: ErrUnknownCountry, Tenant: r.tenant, Lookup: *l, Cause: err}
	}
	if region != "" {
		// The code names a region of another country; a region beside it may
		// only say the same.
		if l.Region != "" && !isBareRegion(country, l.Region, region) {
			return handle{}, &LookupError{Kind: ErrUnknownRegion, Tenant: r.tenant, Lookup: *l,
				Detail: "the country code means " + country + "-" + region + ": leave the region out"}
		}
		l.Region = region
	}
	c, err := r.cache.get(ctx, Key{r.tenant, country})
	if err != nil {
		kind := ErrUnavailable
		if err == errCacheClosed {
			kind, err = ErrClosed, nil
		}
		return handle{}, &LookupError{Kind: kind, Tenant: r.tenant, Lookup: *l, Detail: advice(kind), Cause: err}
	}
	if c == nil {
		return handle{}, &LookupError{Kind: ErrUnknownCountry, Tenant: r.tenant, Lookup: *l,
			Detail: "the source has no configuration for it: add one, or pass another country"}
	}
	return c.at(l, l.FallbackToDefault || r.settings.FallbackToDefault)
}

// Place is an address on a day, in one consistent state of the data. It is
// immutable and may be kept as long as needed. Get one from [Resolver.Place].
type Place struct{ h handle }

// Rate returns the rate of a class at the place; "" asks for the default
// class. The errors are those of [Resolver.Lookup] that concern a class.
func (p Place) Rate(class string) (Resolution, error) {
	if p.h.c == nil {
		return Resolution{}, inputError("place", "", "empty: get it from Resolver.Place")
	}
	r, err := p.h.class(&Lookup{Class: class})
	if e, ok := err.(*LookupError); ok {
		e.Lookup = p.h.lookup(&p.h.c.territories[p.h.bits.index()])
		e.Lookup.Class = class
	}
	return r, err
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
		if r, err := h.exact(&Lookup{}, terr.lines[i].code, stepClass); err == nil {
			list = append(list, r)
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

// load reads one country from the source and compiles it. No configurations
// make a nil country. What is not fatal goes to the warning hook.
func load(ctx context.Context, src Source, key Key, s *settings) (_ *compiled, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("tax: the source panicked: %v", p)
			if s.OnWarning != nil {
				s.OnWarning(Warning{Kind: WarnSourcePanicked, Key: key, Location: Location{Country: key.Country},
					Detail: string(debug.Stack()), Cause: err})
			}
		}
	}()
	set, err := src.Configurations(ctx, key)
	if err != nil || len(set) == 0 {
		return nil, err
	}
	c, _ := compile(key, s, set)
	if s.OnWarning != nil {
		c.warn()
	}
	return c, nil
}

// warn tells the hook what is worth looking at in a country.
func (c *compiled) warn() {
	hook := c.settings.OnWarning
	if c.broken != nil {
		hook(Warning{Kind: WarnInvalidDocument, Key: c.key, Location: Location{Country: c.key.Country},
			Detail: "a document cannot be placed: the whole country answers invalid", Cause: c.broken.clone()})
		return
	}
	var oldest Date
	if c.settings.MaxDataAge > 0 {
		oldest, _ = DateIn(c.settings.Clock().Add(-c.settings.MaxDataAge), time.UTC)
	}
	warned := map[string]bool{}
	for i := range c.territories {
		t := &c.territories[i]
		if t.broken != nil {
			hook(Warning{Kind: WarnInvalidDocument, Key: c.key, Location: t.location,
				Detail: "lookups there answer invalid", Cause: t.broken.clone()})
		}
		if t.zoneMissing && !warned[t.zoneName] {
			warned[t.zoneName] = true
			hook(Warning{Kind: WarnNoTimeZoneData, Key: c.key, Location: t.location,
				Detail: "zone " + t.zoneName + " is not known to the system: the day is that of UTC; import time/tzdata"})
		}
		for m := range t.metadata.chain() {
			if asOf := m.AsOf.String(); asOf != "" && m.AsOf.Before(oldest) && !warned[asOf] {
				warned[asOf] = true
				hook(Warning{Kind: WarnOldData, Key: c.key, Location: t.location,
					Detail: "the facts were last checked on " + asOf})
			}
		}
	}
}
