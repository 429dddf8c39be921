package tax

import (
	"context"
	"log/slog"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// Resolver answers which rate applies to a class of goods at a place on a day.
// It is safe for concurrent use, keeps no goroutine of its own, and its answers
// never change. Make one with [NewResolver].
//
// The first lookup of a country loads it from the source: once, however many
// callers wait for it. The country then stays in memory until it is invalidated
// or evicted, or until Options.TTL ends. A lookup that finds its country in
// memory takes no lock, reads no clock and allocates nothing.
//
// Without a TTL, a country is not loaded again while it is in memory: unless the
// source is a [Notifier], call Invalidate after a change. If the source has
// nothing for a country, the resolver remembers that for Options.NegativeTTL.
// From the second failed load of a country in a row on, the source is asked again
// only after a pause, which grows from 100 milliseconds to 15 seconds.
type Resolver struct {
	*core
	own  cache.View // of the tenant
	view bool       // Tenant made it
}

// NewResolver makes a resolver that reads from a source; nil options mean the
// documented defaults. It returns an [InputError] if a source is missing, in an
// [Overlay] as well, if an option is out of its range, or if two options
// contradict each other. When the program has no more use for a resolver but goes
// on running, it should call Close.
//
// If the source is a [Notifier], the resolver registers with it: no lookup that
// begins after a write to the source has returned sees older data.
func NewResolver(src Source, opts *Options) (*Resolver, error) {
	if src == nil {
		return nil, inputError("source", "nil", "pass a Source, such as rates.World()")
	}
	if err := checkSource(src); err != nil {
		return nil, err
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	c := &core{settings: s, source: src, answered: bitToday, stop: func() {}}
	c.clock.Init(s.Clock, s.tick(), c.cache.InUse)
	c.clock.Number(&c.days)
	c.loader = loader{source: src, settings: s, clock: &c.clock, interner: interner{settings: s, clock: &c.clock}}
	c.cache.Init(&c.clock, c.loader.cache())
	if s.FallbackToDefault {
		c.answered |= bitFallback
	}
	if s.CountHits {
		c.hits = cache.NewHits()
	}
	if n, ok := src.(Notifier); ok {
		if stop := n.Notify(c.changed); stop != nil {
			c.stop = stopOnce(stop)
		}
	}
	return &Resolver{core: c, own: cache.ViewOf("")}, nil
}

// Resolve returns the rate of a class in a country today. country is a code as
// [ParseLocation] accepts it; class is a class code or alias, compared exactly,
// or "" for the default class.
//
// It returns a [LookupError] that unwraps to
//   - [ErrUnknownCountry] if the code names no country, or the source has no
//     configuration for it;
//   - [ErrRegionRequired] if the country alone has no answer: use Lookup;
//   - [ErrUnknownClass], [ErrNoDefaultClass] or [ErrNoRate] if the place has
//     no such class, no default class, or no rate today;
//   - [ErrUnverified] if Options.Refuse refuses the evidence for the rate;
//   - [ErrInvalid] if the document that the answer depends on is invalid;
//   - [ErrUnavailable] if the source failed or did not answer in time, or if too
//     many loads that were given up are still running: see Options.LoadTimeout;
//   - [ErrStale], which is also an ErrUnavailable, if the source failed and the
//     data loaded last are older than Options.MaxStale allows;
//   - [ErrClosed] after Close.
//
// If ctx ends while the country is being loaded, the error unwraps to
// [ErrUnavailable] and to the error of ctx. If the country is in memory, ctx does
// not matter. A nil ctx, or a Resolver that NewResolver did not make, is an
// [InputError].
func (r *Resolver) Resolve(ctx context.Context, country, class string) (Resolution, error) {
	// The common case is written out here and calls no function, because preparing
	// a call costs as much as all the rest. Everything else, such as country codes
	// in lower case or of three letters, goes through Lookup.
	core, n := r.core, len(class)
	if core != nil && ctx != nil && len(country) == 2 && (uint(n-codetable.MinWide) <= codetable.MaxShort-codetable.MinWide || n == 0) {
		x, y := country[0]-'A', country[1]-'A'
		if x < 26 && y < 26 {
			id := cache.ID{Tenant: r.own.Tenant, Place: uint16(x)*26 + uint16(y)}
			var e *cache.Entry[compiled]
			if id.Tenant == cache.Nobody {
				e = core.cache.Direct(id.Place)
			} else {
				e = core.cache.Index().Find(id, id.Hash(r.own.Hash))
			}
			if e != nil && core.clock.Past() < e.Due() {
				e.Use()
				var s *codetable.Slot
				step := stepClass
				if n > 0 {
					second, last := codetable.Cut(class)
					s = e.Value.slots.At(codetable.Word(class, 0, second), codetable.Word(class, last, last-second), n)
				} else {
					s, step = &e.Value.quickDefault, stepDefaultClass
				}
				if s.In(e.Value.answers) {
					// It also refuses day 0, which a clock outside the calendar returns.
					if day := core.days.Day(e.Value.today); day > e.Value.earlier {
						return Resolution{handle{c: &e.Value,
							bits: core.answered | bits(day) | bits(step)<<shiftClassStep | bits(s.Line)<<shiftIndex}}, nil
					}
				}
				return r.resolve(ctx, country, class, &e.Value, s)
			}
		}
	}
	return r.resolve(ctx, country, class, nil, nil)
}

// Lookup returns the rate of a class at an address on a day. The postal code
// decides first, then the region, then the country; of a postal code that several
// regions share, the region decides. In addition to the errors of
// Resolve, the [LookupError] may unwrap to
//   - [ErrUnknownRegion] if the region is no region code of the country and no name
//     of exactly one of its regions, or if the country lists its regions and this is
//     not one of them;
//   - [ErrInvalid], with an [InputError] as the cause, if the postal code is
//     malformed.
//
// If the country refers the address to another place, that place is asked, and the
// error is what is wrong there; see [Referral].
func (r *Resolver) Lookup(ctx context.Context, l Lookup) (Resolution, error) {
	if l.Region == "" && l.PostalCode == "" && l.Date.IsZero() && !l.FallbackToDefault {
		return r.Resolve(ctx, l.Country, l.Class)
	}
	return r.lookup(ctx, &l)
}

// Place returns the place of a lookup on its day, as a snapshot: all rates taken
// from it come from one state of the data, whatever changes in the meantime. The
// class of the lookup is ignored. The errors are those of Lookup that do not
// concern a class.
func (r *Resolver) Place(ctx context.Context, l Lookup) (Place, error) {
	h, err := r.at(ctx, &l)
	if err != nil {
		if h, err = r.elsewhere(ctx, &l, err); err != nil {
			return Place{}, err
		}
	}
	if broken := h.c.territories[h.bits.index()].broken; broken != nil {
		return Place{}, h.c.fail(ErrInvalid, &l, h.bits.day(), h.c.territories[h.bits.index()].location, "", broken)
	}
	return Place{h, h.c.answering(&h.c.territories[h.bits.index()], h.bits.day())}, nil
}

// Classes returns the rates of all classes that a place has on a day, sorted by
// the order of the classes. The class of the lookup is ignored.
// Classes without a rate on that day are left out, and so are rates that
// Options.Refuse refuses. The errors are those of Place, and [ErrInvalid] if
// classes would be inherited from a document that is invalid.
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

// Country returns what a form has to know about a country, as a snapshot. country is a code
// as [ParseLocation] accepts it; a region that the code implies does not matter. The errors
// are those of Resolve that concern the country as a whole, and [ErrInvalid] if its own
// document is invalid.
func (r *Resolver) Country(ctx context.Context, country string) (Country, error) {
	l := Lookup{Country: country}
	c, err := r.country(ctx, &l)
	if err != nil {
		return Country{}, err
	}
	broken := c.broken
	if broken == nil {
		broken = c.territories[0].broken
	}
	if broken != nil {
		return Country{}, c.fail(ErrInvalid, &l, Date{}, Location{Country: c.country}, "", broken)
	}
	return Country{c}, nil
}

// Tenant returns a view of the resolver for another tenant. It shares memory and
// source with the resolver, and passes the tenant to the source in the [Key]. Any
// string is a tenant. Making a view costs little, and it may be kept. It has nothing
// of its own to close: its Close does nothing.
func (r *Resolver) Tenant(id string) *Resolver {
	return &Resolver{r.core, cache.ViewOf(id), true}
}

// Close ends the resolver and all its views: it cancels the loads under way and
// stops listening to the source, and later lookups return [ErrClosed]. Answers
// given before stay valid. Calling it again does nothing.
//
// It waits until Observer.LoadEnd has been called for every load and has returned, but
// no longer than Options.CloseTimeout, and not at all if a function of the observer is
// what calls it. It does not wait for loads in a source that ignores its context. A
// [Notifier] has CloseTimeout to end its registration.
//
// On a view that [Resolver.Tenant] returned, Close does nothing, so that no tenant
// can end the lookups of another: the resolver and the view go on answering. Close
// the resolver that [NewResolver] returned.
func (r *Resolver) Close() {
	if r.core != nil && !r.view {
		wait := r.settings.CloseTimeout
		if inHook() {
			wait = 0
		}
		r.end()
		r.cache.Close(wait)
		r.unlisten()
	}
}

// String returns whose resolver it is, for people and logs: resolver, or for a view,
// resolver of tenant "acme".
func (r *Resolver) String() string {
	switch {
	case r == nil || r.core == nil:
		return "empty resolver"
	case r.own.Tenant.Value() == "":
		return "resolver"
	}
	return "resolver of tenant " + excerpt(r.own.Tenant.Value())
}

// LogValue returns the text of String for log/slog.
func (r *Resolver) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON always returns an [InputError]: a resolver has no data of its own.
func (*Resolver) MarshalJSON() ([]byte, error) {
	return nil, noJSON("resolver", "store its Options and its Stats")
}

// resolve is Resolve by way of Lookup. c and s are what Resolve has found of the country and
// the class; nil if it has not looked. An unknown class is refused here, so typos and attacks
// cost no more than valid questions.
//
//go:noinline
func (r *Resolver) resolve(ctx context.Context, country, class string, c *compiled, s *codetable.Slot) (Resolution, error) {
	if class != "" && ctx != nil && r.core != nil && r.answered&bitFallback == 0 {
		if c == nil {
			c = r.fresh(country)
		}
		if c != nil && c.misses(class, s) {
			r.countHit()
			return Resolution{}, &LookupError{Kind: ErrUnknownClass, Tenant: r.own.Tenant.Value(), Lookup: Lookup{Country: country, Class: class, Date: dayOf(c.quickDay)},
				Territory: c.territories[0].location, Detail: adviceClass, place: c}
		}
	}
	return r.lookup(ctx, &Lookup{Country: country, Class: class})
}

// lookup is Lookup, which may change the lookup.
func (r *Resolver) lookup(ctx context.Context, l *Lookup) (Resolution, error) {
	h, err := r.at(ctx, l)
	if err != nil {
		if h, err = r.elsewhere(ctx, l, err); err != nil {
			return Resolution{}, err
		}
	}
	h, err = h.class(l)
	return Resolution{h}, err
}

// at returns the territory and the day of a lookup in its compiled country, or an
// [elsewhereError].
func (r *Resolver) at(ctx context.Context, l *Lookup) (handle, error) {
	var c *compiled
	if r.core != nil && ctx != nil { // a hit saves the steps of country
		c = r.fresh(l.Country)
	}
	if c != nil {
		r.countHit()
	} else {
		var err error
		if c, err = r.country(ctx, l); err != nil {
			return handle{}, err
		}
	}
	return c.at(l, l.FallbackToDefault || r.settings.FallbackToDefault)
}

// elsewhere asks the place that a country refers an address to. An error that is no
// referral stays as it is. Only after an error is it called, so that other lookups do not
// pay for it.
//
//go:noinline
func (r *Resolver) elsewhere(ctx context.Context, l *Lookup, err error) (handle, error) {
	referral, ok := err.(*elsewhereError)
	if !ok {
		return handle{}, err
	}
	there := *l
	there.Country, there.Region = referral.to.Country, referral.to.Region
	if referral.postal != 0 { // as its own country reads it, and as Replay passes it
		there.PostalCode = postal.Code{Packed: referral.postal}.String()
	}
	c, err := r.country(ctx, &there)
	var h handle
	if err == nil {
		h, err = c.at(&there, l.FallbackToDefault || r.settings.FallbackToDefault)
	}
	switch err := err.(type) {
	case nil:
		return referral.referred(h), nil
	case *LookupError:
		day := err.Lookup.Date
		err.Lookup, err.Detail = *l, askedElsewhere(referral.to.String(), err.Detail)
		err.Lookup.Date = day
		if err.Kind == ErrUnknownRegion {
			err.place = nil // it knows the regions of the other country
		}
		if err.Territory == (Location{}) {
			err.Territory = referral.to
		}
		return handle{}, err
	case *elsewhereError:
		return handle{}, referral.from.fail(ErrInvalid, l, l.Date, referral.to,
			"the country refers the address to "+referral.to.String()+", and that on to "+err.to.String()+": refer it there at once", nil)
	}
	return handle{}, err
}

// country returns the compiled country of a lookup, from memory or from the
// source. If the country code implies a region, it writes that into the lookup.
func (r *Resolver) country(ctx context.Context, l *Lookup) (*compiled, error) {
	if err := r.usable(ctx); err != nil {
		return nil, err
	}
	country, region, ok := iso.Country(l.Country)
	if !ok {
		e := r.fail(ErrUnknownCountry, l, "", countryError(l.Country))
		e.place = countryNames{}
		return nil, e
	}
	if region != "" {
		// The code means a region of another country, such as XI. A region passed
		// with it must be the same one.
		if l.Region != "" && !isBareRegion(country, l.Region, region) {
			return nil, r.fail(ErrUnknownRegion, l, "the country code means "+country+"-"+region+": leave the region out", nil).as("region_elsewhere")
		}
		l.Region = region
	}
	if c := r.fresh(country); c != nil {
		r.countHit()
		return c, nil
	}
	v, hit, err := r.cache.Get(ctx, &r.own, iso.Place(country))
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
		return nil, r.fail(ErrUnknownCountry, l, "the source has no configuration for it: add one, or pass another country", nil).as("country_not_configured")
	}
	return v, nil
}

// fresh returns the compiled country of a code of two upper-case letters if it is in
// memory and not due to be loaded again, else nil.
func (r *Resolver) fresh(country string) *compiled {
	if len(country) != 2 {
		return nil
	}
	x, y := country[0]-'A', country[1]-'A'
	if x >= 26 || y >= 26 {
		return nil
	}
	id := cache.ID{Tenant: r.own.Tenant, Place: uint16(x)*26 + uint16(y)}
	var e *cache.Entry[compiled]
	if id.Tenant == cache.Nobody { // as in Resolve, no function is called
		e = r.cache.Direct(id.Place)
	} else {
		e = r.cache.Index().Find(id, id.Hash(r.own.Hash))
	}
	if e == nil || r.clock.Past() >= e.Due() {
		return nil
	}
	e.Use()
	return &e.Value
}

// usable returns an error if a method cannot work with the resolver or the
// context.
func (r *Resolver) usable(ctx context.Context) error {
	if r.core == nil {
		return inputError("resolver", "", "empty: make one with NewResolver")
	}
	if ctx == nil {
		return inputError("context", "nil", "pass context.Background() if there is no other")
	}
	return nil
}

// fail returns the error of a lookup whose country is not there to answer it.
// Inlining it would make the path of every lookup longer.
//
//go:noinline
func (r *Resolver) fail(kind error, l *Lookup, detail string, cause error) *LookupError {
	return &LookupError{Kind: kind, Tenant: r.own.Tenant.Value(), Lookup: *l, Detail: detail, Cause: cause}
}
