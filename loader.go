package tax

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/iso"
)

// loader turns the documents of a source into compiled countries.
type loader struct {
	source   Source
	settings *settings
	clock    *civil.Clock
	interner interner
}

// load reads one country from the source and compiles it. It reports whether the
// source has configurations for it. Faults that leave the rest of the country
// usable are passed to the warning hook.
func (l *loader) load(ctx context.Context, id cache.ID, c *compiled) (found bool, err error) {
	return l.loadUpTo(ctx, id, c, anySize)
}

// loadHere is load in the goroutine of a lookup, which a large country must not hold up.
func (l *loader) loadHere(ctx context.Context, id cache.ID, c *compiled) (found bool, err error) {
	return l.loadUpTo(ctx, id, c, maxHere)
}

// maxHere is the size, as sizeOf estimates it, up to which a country is compiled in the
// goroutine of a lookup: about a millisecond.
const maxHere = 2000

const anySize = math.MaxInt

// loadUpTo is load for a country of at most the given size; a larger one that is not known
// is [cache.ErrTooLong].
func (l *loader) loadUpTo(ctx context.Context, id cache.ID, c *compiled, size int) (found bool, err error) {
	key, running := sourceKey(id), "Options.Clock"
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("tax: %s panicked: %v", running, p)
			l.settings.warnPanic(WarnSourcePanicked, key, p)
		}
	}()
	began := l.settings.Clock()
	l.clock.Start(began)
	running = "the source"
	v, numbered := versionOf(l.source, key)
	if numbered && l.interner.known(c, v) {
		running = "Options.Languages"
		c.record = c.first.in(l.settings.defaultLanguageOf(key.Tenant))
	} else {
		set, err := documentsOf(ctx, l.source, key)
		if err != nil || len(set) == 0 {
			return false, err
		}
		if size != anySize && sizeOf(set) > size {
			return false, cache.ErrTooLong
		}
		running = "Options.Languages"
		language := l.settings.defaultLanguageOf(key.Tenant)
		running = "the source"
		if after, ok := versionOf(l.source, key); !ok || after != v {
			numbered = false // nobody knows which version the documents are
		}
		running = "the load"
		if l.interner.compile(c, key.Country, set, language, numbered); numbered {
			l.interner.remember(c, v, set)
		}
	}
	c.tenant, c.loaded = id.Tenant, began.UnixMicro()
	c.slots, c.today = c.quick.Slots, c.quickDay.Number()
	if !l.settings.CountHits {
		c.answers, c.earlier = latest(c.linesOf(&c.territories[0]), dayOf(c.quickDay))
	}
	if l.settings.OnWarning != nil {
		l.settings.warn(c.warnings(began)...)
	}
	return true, nil
}

// sizeOf estimates the work of compiling a set: what its documents have, and the codes of
// classes that they inherit.
func sizeOf(set []Configuration) (n int) {
	most, around := 0, 1 // the codes of a document, and the places that one may lie in
	nested := false
	for i := range set {
		for c := &set[i]; ; c = &c.under.Configuration {
			n += c.size()
			most = max(most, codesOf(c.Classes))
			if c.under == nil {
				break
			}
		}
		if set[i].Within != "" {
			around++
		}
		nested = nested || set[i].Location.Parent().Region != ""
	}
	if nested {
		around++ // regions of ISO 3166-2 lie no deeper in others
	}
	return n + (len(set)-1)*most*around
}

// size returns the number of things that a document has.
func (c *Configuration) size() int {
	n := 1 + len(c.PostalCodes) + len(c.SharedPostalCodes) + len(c.RegionAliases) + codesOf(c.Classes) + c.Name.size() + c.Tax.Name.size()
	for i := range c.Elsewhere {
		n += 1 + len(c.Elsewhere[i].Regions) + len(c.Elsewhere[i].PostalCodes)
	}
	for i := range c.Classes {
		class := &c.Classes[i]
		n += class.Name.size() + class.Description.size()
		for j := range class.Rates {
			r := &class.Rates[j]
			n += 1 + len(r.Components) + len(r.Evidence.Sources)
		}
	}
	return n
}

func (l LocalizedText) size() int {
	if l.t == nil {
		return 0
	}
	return len(l.t.texts)
}

// errLoadTimeout distinguishes the deadline of a load from that of a caller.
var errLoadTimeout = fmt.Errorf("tax: no answer within Options.LoadTimeout: %w", context.DeadlineExceeded)

// cache returns the settings of the cache, with the observer's functions as its
// hooks.
func (l *loader) cache() cache.Settings[compiled] {
	s := l.settings
	c := cache.Settings[compiled]{
		Load:     l.load,
		Share:    (*compiled).part,
		OwnBytes: (*compiled).ownBytes,
		Stale:    (*compiled).asStale,
		Places:   iso.Places,
		Timeout:  s.LoadTimeout,
		Overdue:  errLoadTimeout,
		Capacity: s.Capacity, Quota: s.TenantQuota, MaxBytes: s.MaxBytes,
		TTL: s.TTL, Ahead: s.RefreshAhead, MaxStale: s.MaxStale, NegativeTTL: s.NegativeTTL,
	}
	if neverWaits(l.source) && !s.hooked {
		c.LoadHere = l.loadHere
	}
	if s.Observer == nil {
		return c
	}
	o := *s.Observer
	if o.LoadStart != nil {
		c.LoadStart = func(ctx, caller context.Context, id cache.ID) (context.Context, error) {
			own, err := ctx, errors.New("tax: Observer.LoadStart panicked")
			s.guard(sourceKey(id), func() {
				if derived := o.LoadStart(ctx, caller, sourceKey(id)); derived != nil {
					own = derived
				}
				err = nil
			})
			return own, err
		}
	}
	if o.LoadEnd != nil {
		c.LoadEnd = func(ctx context.Context, e cache.LoadEvent) {
			key := sourceKey(e.ID)
			s.guard(key, func() { o.LoadEnd(ctx, LoadEvent{key, e.Duration, e.Found, e.Err, e.Background}) })
		}
	}
	if o.Evicted != nil {
		c.Evicted = func(by, evicted cache.ID) { s.guard(sourceKey(by), func() { o.Evicted(sourceKey(evicted)) }) }
	}
	return c
}

// idOf returns the cache's ID for a canonical country code.
func idOf(tenant unique.Handle[string], country string) cache.ID {
	return cache.ID{Tenant: tenant, Place: iso.Place(country)}
}

// sourceKey returns the key that an ID stands for.
func sourceKey(id cache.ID) Key { return Key{id.Tenant.Value(), iso.AtPlace(id.Place)} }

// part returns the n-th part of a country that others may have in common with it: its
// body, then the lines that are not of the body.
func (c *compiled) part(n int) (s cache.Shared, ok bool) {
	switch {
	case n == 0:
		return cache.Shared{Share: &c.share, Bytes: c.bytes}, true
	case c.all != nil || n > len(c.lines()):
		return cache.Shared{}, false
	}
	l := c.lines()[n-1]
	return cache.Shared{Share: &l.share, Bytes: l.bytes}, true
}

// ownBytes estimates the memory of a country without what is shared.
func (c *compiled) ownBytes() (n int64) {
	if c.record != c.first {
		n = c.record.memory()
	}
	return n
}

// asStale returns a copy whose answers are marked as stale.
func (c *compiled) asStale() compiled {
	stale := *c
	stale.stale = true
	return stale
}

// warnings returns the faults in a country.
func (c *compiled) warnings(now time.Time) (list []Warning) {
	hook := func(w Warning) { list = append(list, w) }
	key := Key{c.tenant.Value(), c.country}
	if c.broken != nil {
		hook(Warning{Kind: WarnInvalidDocument, Key: key, Location: Location{Country: c.country},
			Detail: "the documents cannot be used: every lookup in the country returns ErrInvalid", Cause: c.broken.clone()})
		return list
	}
	if c.strays != nil {
		hook(Warning{Kind: WarnInvalidDocument, Key: key, Location: Location{Country: c.country},
			Detail: "documents that are not of the country are not used", Cause: c.strays.clone()})
	}
	var oldest Date
	if c.settings.MaxDataAge > 0 {
		oldest, _ = DateIn(now.Add(-c.settings.MaxDataAge), time.UTC)
	}
	warned := map[string]bool{}
	for i := range c.territories {
		t := &c.territories[i]
		if t.broken != nil && !t.elsewhere {
			hook(Warning{Kind: WarnInvalidDocument, Key: key, Location: t.location,
				Detail: "lookups there return ErrInvalid", Cause: t.broken.clone()})
		}
		if t.zoneMissing && !warned[t.zoneName] {
			warned[t.zoneName] = true
			hook(Warning{Kind: WarnNoTimeZoneData, Key: key, Location: t.location,
				Detail: "the system does not know the zone " + t.zoneName + ", so the day is that of UTC: import time/tzdata"})
		}
		for e := range c.editionOf(int32(i)).chain {
			if asOf := e.asOf.String(); asOf != "" && e.asOf.Before(oldest) && !warned[asOf] {
				warned[asOf] = true
				hook(Warning{Kind: WarnOldData, Key: key, Location: t.location,
					Detail: "the facts were last checked on " + asOf})
			}
		}
	}
	return list
}

// guard calls a function of the observer and turns a panic into a warning.
func (s *settings) guard(key Key, call func()) {
	defer func() {
		if p := recover(); p != nil {
			s.warnPanic(WarnObserverPanicked, key, p)
		}
	}()
	call()
}

// inHook reports whether a function of the observer is what calls. Goroutines have no
// identity, but their stack shows guard.
func inHook() bool {
	pcs := make([]uintptr, 256)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, ".(*settings).guard") {
			return true
		}
		if !more {
			return false
		}
	}
}

// warnPanic reports a panic in code of the caller, with its stack.
func (s *settings) warnPanic(kind WarningKind, key Key, p any) {
	s.warn(Warning{Kind: kind, Key: key, Location: Location{Country: key.Country},
		Detail: string(debug.Stack()), Cause: fmt.Errorf("tax: panic: %v", p)})
}

// warn passes warnings to the hook, in order, and waits for it, but only a moment. The
// hook has a goroutine of its own, because it may end it.
func (s *settings) warn(list ...Warning) {
	if s.OnWarning == nil || len(list) == 0 {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Deferred, the last one first, so that all are called whatever one does.
		for _, w := range slices.Backward(list) {
			defer s.warnOf(w)
		}
	}()
	moment := time.NewTimer(maxWarningWait)
	defer moment.Stop()
	select {
	case <-done:
	case <-moment.C:
	}
}

// maxWarningWait is how long a load waits for the warning hook.
const maxWarningWait = 100 * time.Millisecond

// warnOf calls the warning hook. A panic in the hook is dropped, because there is no
// other place to report it to.
func (s *settings) warnOf(w Warning) {
	defer func() { _ = recover() }()
	s.OnWarning(w)
}

// core is shared by the views of all tenants.
type core struct {
	// Every lookup reads these fields. They are values, because following a
	// pointer costs as much as comparing a code.
	answered bits       // that every answer for today has
	hits     cache.Hits // empty if hits are not counted
	days     civil.Days
	clock    civil.Clock
	cache    cache.Cache[compiled]
	settings *settings
	source   Source
	stop     func() // ends the registration with a Notifier
	loader   loader

	watched sync.Once          // guards what follows
	life    context.Context    // done after Close
	cancel  context.CancelFunc // ends life
}

// lifetime returns a context that is done after Close. Few resolvers need one.
func (c *core) lifetime() context.Context {
	c.watched.Do(func() { c.life, c.cancel = context.WithCancel(context.Background()) })
	return c.life
}

// end ends the lifetime.
func (c *core) end() {
	c.lifetime()
	c.cancel()
}

// unlisten ends the registration with a Notifier, which may take its time, panic or end
// its goroutine.
func (c *core) unlisten() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				c.settings.warnPanic(WarnSourcePanicked, Key{}, p)
			}
		}()
		c.stop()
	}()
	late := time.NewTimer(c.settings.CloseTimeout)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}

// changed drops what a [Notifier] or a [Watcher] reports as changed. A key
// without a country stands for every country of its tenant, and the zero Key for
// everything.
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

// countHit counts an answer from memory, if hits are counted.
func (c *core) countHit() {
	if len(c.hits) > 0 {
		c.hits.Add()
	}
}
