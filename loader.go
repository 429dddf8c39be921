package tax

import (
	"context"
	"fmt"
	"time"
	"unique"
	"unsafe"

	"github.com/taxresolve/tax/internal/civil"
)

// loader makes compiled countries of what a source has.
type loader struct {
	source   Source
	settings *settings
	clock    *civil.Clock
	interner *interner // apart, so that its cleanups refer to nothing else
}

// load reads one country from the source and compiles it. No configurations
// make a nil country. What is not fatal goes to the warning hook.
func (l *loader) load(ctx context.Context, key Key) (_ *compiled, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("tax: the source panicked: %v", p)
			l.settings.warnPanic(WarnSourcePanicked, key, p)
		}
	}()
	l.clock.Start()
	began := l.settings.Clock()
	set, err := l.source.Configurations(ctx, key)
	if err != nil || len(set) == 0 {
		return nil, err
	}
	b := l.interner.body(set, func() *body {
		b, _ := compile(key.Country, l.settings, l.clock, set)
		return b
	})
	c := &compiled{
		body: b, record: b.recordOf(set), tenant: unique.Make(key.Tenant),
		standard: l.settings.standardOf(key.Tenant), loaded: began.UnixMicro(),
	}
	if l.settings.OnWarning != nil {
		c.warn()
	}
	return c, nil
}

// warn tells the hook what is worth looking at in a country.
func (c *compiled) warn() {
	hook := c.settings.warn
	key := Key{c.tenant.Value(), c.country}
	if c.broken != nil {
		hook(Warning{Kind: WarnInvalidDocument, Key: key, Location: Location{Country: c.country},
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
			hook(Warning{Kind: WarnInvalidDocument, Key: key, Location: t.location,
				Detail: "lookups there answer invalid", Cause: t.broken.clone()})
		}
		if t.zoneMissing && !warned[t.zoneName] {
			warned[t.zoneName] = true
			hook(Warning{Kind: WarnNoTimeZoneData, Key: key, Location: t.location,
				Detail: "zone " + t.zoneName + " is not known to the system: the day is that of UTC; import time/tzdata"})
		}
		for m := range c.metadata[i].chain() {
			if asOf := m.AsOf.String(); asOf != "" && m.AsOf.Before(oldest) && !warned[asOf] {
				warned[asOf] = true
				hook(Warning{Kind: WarnOldData, Key: key, Location: t.location,
					Detail: "the facts were last checked on " + asOf})
			}
		}
	}
}

// What is in memory for an entry beside its body: itself, its place in the
// index, in the queue and in the map of that queue, all at their mean load.
const (
	entryBytes  = 128 + 16*8/5 + queuedBytes
	queuedBytes = 64 + 28
)

// What is in memory for a tenant: its id in the table of package unique, the
// view that holds it, its count; with a quota, an empty queue.
const (
	tenantBytes = 220
	queueBytes  = 300
)

// ownBytes is the estimate of the memory that an entry takes beside its body
// and its tenant.
func (e *entry) ownBytes(t tenant) int64 {
	n := int64(entryBytes)
	if t.queue != nil {
		n += queuedBytes
	}
	if e.record != e.first {
		n += int64(unsafe.Sizeof(*e.record)) + int64(len(e.metadata))*int64(unsafe.Sizeof(Metadata{}))
	}
	return n
}

// bytes is the estimate of the memory that a tenant takes.
func (t tenant) bytes(e *entry) int64 {
	if e.tenant == nobody {
		return 0
	}
	n := tenantBytes + textBytes(e.tenant.Value())
	if t.queue != nil {
		n += queueBytes
	}
	return n
}

// cache are the options that concern the cache.
func (s *settings) cache(load func(context.Context, Key) (*compiled, error)) cacheSettings {
	c := cacheSettings{
		load: load, guard: s.guard, timeout: s.LoadTimeout, capacity: s.Capacity, quota: s.TenantQuota, maxBytes: s.MaxBytes,
		ttl: int64(s.TTL), ahead: int64(s.RefreshAhead), maxStale: int64(s.MaxStale), negativeTTL: int64(s.NegativeTTL),
	}
	if s.Observer != nil {
		c.observer = *s.Observer
	}
	return c
}
