package tax

import (
	"context"
	"unique"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/iso"
)

// Resolver answers which rate applies. It is safe for concurrent use, keeps no
// goroutine of its own, and what it returns never changes.
//
// A country is loaded from the source on the first lookup, once however many
// callers wait, and kept until it is invalidated or displaced, or until
// Options.TTL ends. A lookup that finds its country in memory takes no lock,
// reads no clock and allocates nothing. Without a TTL, a source that is no
// [Notifier] is not asked again before it is displaced: call Invalidate after a
// change. That a source has nothing for a country is remembered for
// Options.NegativeTTL. From the second failure in a row on, a country whose
// load fails is asked of the source again only after a pause, of 100
// milliseconds at first and 15 seconds at last.
type Resolver struct {
	*core
	tenant unique.Handle[string]
	hash   uint64 // of tenant
}

// core is shared by the views of all tenants.
type core struct {
	// What every lookup needs is here by value: following a pointer costs as
	// much as comparing a code.
	answered bits       // of every answer for today
	hits     cache.Hits // empty when hits are not counted
	clock    civil.Clock
	cache    cache.Cache[cached]
	settings *settings
	source   Source
	life     context.Context
	end      context.CancelFunc
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
	c := &core{settings: s, source: src, answered: bitToday, stop: func() {}}
	c.clock.Init(s.Clock, s.tick())
	l := &loader{source: src, settings: s, clock: &c.clock, interner: &interner{}}
	c.cache.Init(&c.clock, l.cache())
	if s.FallbackToDefault {
		c.answered |= bitFallback
	}
	if s.CountHits {
		c.hits = cache.NewHits()
	}
	c.life, c.end = context.WithCancel(context.Background())
	if n, ok := src.(Notifier); ok {
		if stop := n.Notify(c.changed); stop != nil {
			c.stop = stop
		}
	}
	return &Resolver{c, cache.Nobody, cache.TenantHash("")}, nil
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
//   - [ErrStale], and so ErrUnavailable, when it fails and what was loaded last
//     is older than Options.MaxStale allows;
//   - [ErrClosed] after Close.
//
// When ctx ends while the country is being loaded, the error unwraps to
// [ErrUnavailable] and to that of ctx; a country that is in memory is answered
// without looking at ctx.
func (r *Resolver) Resolve(ctx context.Context, country, class string) (Resolution, error) {
	// What nearly all lookups need is written out here and calls nothing: making
	// room for a call costs as much as the rest. What is left over, such as codes
	// in lower case or of three letters, takes the way of Lookup.
	core, n := r.core, len(class)
	if core != nil && ctx != nil && len(country) == 2 && (uint(n-codetable.MinWide) <= codetable.MaxShort-codetable.MinWide || n == 0) {
		x, y := country[0]-'A', country[1]-'A'
		if x < 26 && y < 26 {
			id := cache.ID{Tenant: r.tenant, Place: uint16(x)*26 + uint16(y)}
			var e *cache.Entry[cached]
			if id.Tenant == cache.Nobody {
				e = core.cache.Direct(id.Place)
			} else {
				e = core.cache.Index().Find(id, id.Hash(r.hash))
			}
			if e != nil && core.clock.Past() < e.Due() {
				e.Use()
				var s *codetable.Slot
				step := stepClass
				if n > 0 {
					second, last := codetable.Cut(class)
					s = e.Value.Slots.At(codetable.Word(class, 0, second), codetable.Word(class, last, last-second), n)
				} else {
					s, step = &e.Value.quickDefault, stepDefaultClass
				}
				if day := e.Value.today.Day(); s.Answers(day) && len(core.hits) == 0 {
					return Resolution{handle{c: &e.Value.compiled,
						bits: core.answered | bits(day) | bits(step)<<shiftClassStep | bits(s.Last)<<shiftIndex}}, nil
				}
			}
		}
	}
	return r.resolve(ctx, country, class)
}

// resolve is Resolve by way of Lookup. A class that the country does not have is
// told at once: whoever sends typing errors, or means harm, shall not cost more
// than who asks for what there is.
//
//go:noinline
func (r *Resolver) resolve(ctx context.Context, country, class string) (Resolution, error) {
	l := Lookup{Country: country, Class: class}
	if class != "" && ctx != nil && r.core != nil && r.answered&bitFallback == 0 {
		if c := r.freshCode(country); c != nil && c.misses(class) {
			r.countHit()
			return Resolution{}, c.fail(ErrUnknownClass, &l, dayOf(c.quickDay), c.territories[0].location, "", nil)
		}
	}
	return r.Lookup(ctx, l)
}

// freshCode is fresh for a code of two letters in upper case.
func (r *Resolver) freshCode(country string) *compiled {
	if len(country) != 2 {
		return nil
	}
	x, y := country[0]-'A', country[1]-'A'
	if x >= 26 || y >= 26 {
		return nil
	}
	return r.fresh(cache.ID{Tenant: r.tenant, Place: uint16(x)*26 + uint16(y)})
}

// fresh returns the country of a key if it is in memory and nothing is to be
// done about it.
func (r *Resolver) fresh(id cache.ID) *compiled {
	e := r.cache.Lookup(id, id.Hash(r.hash))
	if e == nil || r.clock.Past() >= e.Due() {
		return nil
	}
	e.Use()
	return &e.Value.compiled
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
	h, err = h.class(&l)
	return Resolution{h}, err
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
// source, with the tenant in the [Key]. Any string is a tenant. A view is cheap
// to make and cheaper to keep.
func (r *Resolver) Tenant(id string) *Resolver {
	return &Resolver{r.core, unique.Make(id), cache.TenantHash(id)}
}

// Invalidate drops a country of this tenant: no lookup that begins after it
// returned sees data loaded before. A code that names no country drops
// nothing.
func (r *Resolver) Invalidate(country string) {
	if code, _, ok := iso.Country(country); ok && r.core != nil {
		r.cache.Invalidate(idOf(r.tenant, code))
	}
}

// InvalidateTenant drops every country of this tenant, as Invalidate does.
func (r *Resolver) InvalidateTenant() {
	if r.core != nil {
		r.cache.InvalidateTenant(r.tenant)
	}
}

// InvalidateAll drops everything, of all tenants, as Invalidate does.
func (r *Resolver) InvalidateAll() {
	if r.core != nil {
		r.cache.InvalidateAll()
	}
}

// Close ends the resolver and all its views: loads under way are cancelled,
// the source is no longer listened to, and later lookups return [ErrClosed].
// Answers given before stay valid. Calling it again does nothing.
func (r *Resolver) Close() {
	if r.core != nil {
		r.end()
		r.cache.Close()
		r.stop()
	}
}

// at finds the compiled country of a lookup, and the territory in it.
func (r *Resolver) at(ctx context.Context, l *Lookup) (handle, error) {
	c, err := r.country(ctx, l)
	if err != nil {
		return handle{}, err
	}
	return c.at(l, l.FallbackToDefault || r.settings.FallbackToDefault)
}

// usable reports what is wrong with a resolver or a context before anything is
// done with them.
func (r *Resolver) usable(ctx context.Context) error {
	if r.core == nil {
		return inputError("resolver", "", "empty: make one with NewResolver")
	}
	if ctx == nil {
		return inputError("context", "nil", "pass context.Background() if there is no other")
	}
	return nil
}

// country returns the compiled country of a lookup, from memory or from the
// source. It puts the region that a country code implies into the lookup.
func (r *Resolver) country(ctx context.Context, l *Lookup) (*compiled, error) {
	if r.core != nil && ctx != nil {
		if c := r.freshCode(l.Country); c != nil {
			r.countHit()
			return c, nil
		}
	}
	if err := r.usable(ctx); err != nil {
		return nil, err
	}
	country, region, ok := iso.Country(l.Country)
	if !ok {
		_, err := ParseLocation(l.Country, "")
		return nil, r.fail(ErrUnknownCountry, l, "", err)
	}
	if region != "" {
		// The code names a region of another country; a region beside it may
		// only say the same.
		if l.Region != "" && !isBareRegion(country, l.Region, region) {
			return nil, r.fail(ErrUnknownRegion, l, "the country code means "+country+"-"+region+": leave the region out", nil)
		}
		l.Region = region
	}
	id := idOf(r.tenant, country)
	if c := r.fresh(id); c != nil {
		r.countHit()
		return c, nil
	}
	v, hit, err := r.cache.Get(ctx, id, id.Hash(r.hash))
	if hit {
		r.countHit()
	}
	if err != nil {
		kind := ErrUnavailable
		if err == cache.ErrClosed {
			kind, err = ErrClosed, nil
		} else if old, ok := err.(cache.OutdatedError); ok {
			kind, err = ErrStale, old.Err
		}
		return nil, r.fail(kind, l, advice(kind), err)
	}
	if v == nil {
		return nil, r.fail(ErrUnknownCountry, l, "the source has no configuration for it: add one, or pass another country", nil)
	}
	return &v.compiled, nil
}

// changed drops what a [Notifier] says has changed: without a country it is
// everything of the tenant, and the zero Key is everything.
func (c *core) changed(key Key) {
	code, _, ok := iso.Country(key.Country)
	switch {
	case ok:
		c.cache.Invalidate(idOf(unique.Make(key.Tenant), code))
	case key == Key{}:
		c.cache.InvalidateAll()
	case key.Country == "":
		c.cache.InvalidateTenant(unique.Make(key.Tenant))
	}
}

// fail is the error of a lookup that has no country to answer it. Inlined, its
// copies would make the way of all lookups longer.
//
//go:noinline
func (r *Resolver) fail(kind error, l *Lookup, detail string, cause error) error {
	return &LookupError{Kind: kind, Tenant: r.tenant.Value(), Lookup: *l, Detail: detail, Cause: cause}
}

// countHit counts an answer from memory, if hits are counted.
func (c *core) countHit() {
	if len(c.hits) > 0 {
		c.hits.Add()
	}
}
