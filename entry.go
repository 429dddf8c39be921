package tax

import (
	mathbits "math/bits"
	"sync/atomic"
	"unique"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
)

// entry is a country that is kept. It takes two cache lines, and a hit that asks
// for a class of the country itself reads nothing but the first: what it needs
// of the body is repeated there.
type entry struct {
	codetable.Slots                       // of body.quick
	today           *civil.Today          // body.quickDay
	owner           unique.Handle[string] // the tenant
	due             atomic.Int64          // from then on a lookup asks the cache; of a stale entry always
	used            atomic.Uint32
	place           uint16 // ident.country

	compiled
	began int64        // when its load began, by the clock
	probe atomic.Int64 // of a stale entry: when the source may be asked again
	_     [8]byte
}

// entryOf makes the entry of a load that began at that time.
func entryOf(c compiled, place uint16, began int64) *entry {
	return &entry{Slots: c.quick.Slots, today: c.quickDay, owner: c.tenant, place: place, compiled: c, began: began}
}

func (e *entry) ident() ident { return ident{e.owner, e.place} }

// use marks the entry for the hand of the eviction. It writes once in a round
// of that hand, so that reading entries shares no line that is written.
func (e *entry) use() {
	if e.used.Load() == 0 {
		e.used.Store(1)
	}
}

// ends is the time from which an entry is no longer fresh. The ends of entries
// that were loaded together are spread over a tenth of the TTL. A tick is taken
// off because lookups see the time of the last one.
func (c *cache) ends(e *entry) int64 {
	if c.ttl == 0 {
		return forever
	}
	spread, _ := mathbits.Mul64(uint64(c.ttl/10), (uint64(e.began)+uint64(e.place))*0x9e3779b97f4a7c15)
	return e.began + c.ttl - int64(c.clock.Tick()) - int64(spread)
}

// staleUntil is the time from which an entry may not answer at all.
func (c *cache) staleUntil(e *entry) int64 {
	if c.maxStale == 0 {
		return 0
	}
	return e.began + c.ttl + c.maxStale - int64(c.clock.Tick())
}

// asStale returns a copy of the entry that says of itself that it is stale.
func (e *entry) asStale() *entry {
	r := *e.record
	r.stale = true
	stale := entryOf(e.compiled, e.place, e.began)
	stale.record = &r
	stale.used.Store(1)
	return stale
}
