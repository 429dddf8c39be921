package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unique"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/internal/civil"
)

// text is a value with a part that others may have as well.
type text struct {
	number int
	shares []*Share // that others have as well
}

// newTextCache returns a cache that loads nothing: its tests keep entries themselves.
func newTextCache(settings Settings[text]) *Cache[text] {
	c := new(Cache[text])
	settings.Load = func(context.Context, ID, *text) (bool, error) { return false, nil }
	settings.Share = func(v *text, n int) (Shared, bool) {
		if n == len(v.shares) {
			return Shared{}, false
		}
		return Shared{v.shares[n], 1000}, true
	}
	settings.OwnBytes = func(v *text) int64 { return int64(v.number % 7 * 100) }
	settings.Stale = func(v *text) text { return *v }
	settings.Timeout = time.Minute
	settings.Evicted = func(ID, ID) {} // so that keep says what it evicts
	c.Init(civil.NewClock(time.Now), settings)
	return c
}

// recount is the estimate that count, discount, enqueue and dequeue have to arrive at.
func recount(c *Cache[text], kept map[ID]*Entry[text]) (bytes int64) {
	shares, tenants := map[*Share]bool{}, map[unique.Handle[string]]bool{}
	for id, e := range kept {
		bytes += c.entryBytes(e)
		for _, s := range e.Value.shares {
			if !shares[s] {
				shares[s] = true
				bytes += 1000
			}
		}
		if !tenants[id.Tenant] {
			tenants[id.Tenant] = true
			bytes += c.tenants[id.Tenant].bytes(e)
		}
	}
	return bytes
}

// Whatever is kept, evicted, invalidated and looked up, the cache has what a map has.
func TestCacheHasWhatAMapHas(t *testing.T) {
	tenants := make([]unique.Handle[string], 60)
	for i := range tenants {
		tenants[i] = unique.Make(fmt.Sprint("tenant ", i))
	}
	tenants[0] = Nobody
	for name, settings := range map[string]Settings[text]{
		"capacity": {Capacity: 300},
		"quota":    {Capacity: 300, Quota: 9},
		"bytes":    {Capacity: 1000, MaxBytes: 100_000},
		"one":      {Capacity: 1, Quota: 1},
	} {
		t.Run(name, func(t *testing.T) {
			for place := range uint16(20) {
				settings.Places = append(settings.Places, place)
			}
			random, c, kept := rand.New(rand.NewPCG(11, 7)), newTextCache(settings), map[ID]*Entry[text]{}
			shares := make([]*Share, 40)
			for i := range shares {
				shares[i] = new(Share)
			}
			for step := range 250_000 / fewerUnderRace {
				id := ID{tenants[random.IntN(1+random.IntN(len(tenants)))], uint16(random.IntN(20))}
				switch n := random.IntN(1000); {
				case n < 400:
					e := newEntry[text](id, 0)
					some := random.IntN(len(shares))
					e.Value = text{step, shares[some:min(some+random.IntN(4), len(shares))]}
					for _, evicted := range c.keep(e, id.hash()) {
						if kept[evicted] == nil || evicted == id {
							require.Failf(t, "evicted", "%v, which was not there or is the new one", evicted)
						}
						delete(kept, evicted)
					}
					kept[id] = e
				case n < 480:
					c.Invalidate(id)
					delete(kept, id)
				case n < 490:
					c.InvalidateTenant(id.Tenant)
					for place := range uint16(20) {
						delete(kept, ID{id.Tenant, place})
					}
				case n < 491:
					c.InvalidateAll()
					clear(kept)
				case n < 500 && kept[id] != nil:
					kept[id] = c.markStale(kept[id], id.hash())
				default:
					e := c.entry(id, id.hash())
					if e != kept[id] {
						require.Failf(t, "not what the map has", "%v at step %d", id, step)
					}
					if e != nil {
						e.Use()
					}
				}
				counts := c.Counts()
				if len(kept) != counts.Entries || len(kept) > settings.Capacity ||
					settings.MaxBytes > 0 && len(kept) > 1 && counts.Bytes > settings.MaxBytes {
					require.Failf(t, "too many", "step %d: %d entries, %+v", step, len(kept), counts)
				}
				if step%5000 == 0 {
					compare(t, c, kept)
				}
			}
			compare(t, c, kept)
		})
	}
}

// compare checks everything that the cache knows against the entries that it should have.
func compare(t *testing.T, c *Cache[text], kept map[ID]*Entry[text]) {
	t.Helper()
	all, tenants := map[*Entry[text]]bool{}, map[*tenant[text]]map[*Entry[text]]bool{}
	for id, e := range kept {
		require.True(t, c.entry(id, id.hash()) == e)
		of := c.tenants[id.Tenant]
		all[e] = true
		if tenants[of] == nil {
			tenants[of] = map[*Entry[text]]bool{}
		}
		tenants[of][e] = true
	}
	requireConsistent(t, c.kept, all)
	require.Len(t, c.tenants, len(tenants))
	for tenant, entries := range tenants {
		require.Len(t, entries, tenant.entries)
		if quota := c.settings.Quota; quota > 0 {
			require.LessOrEqual(t, tenant.entries, quota)
			requireConsistent(t, tenant.queue, entries)
		}
	}
	require.Equal(t, recount(c, kept), c.bytes)
}

func TestBytesOfACacheWhoseChunksAreNearlyEmptyAreCounted(t *testing.T) {
	c := newTextCache(Settings[text]{Capacity: 100_000})
	share := new(Share)
	for i := range 64 * 100 {
		id := ID{unique.Make(fmt.Sprint(i)), 1}
		e := newEntry[text](id, 0)
		e.Value.shares = []*Share{share}
		c.keep(e, id.hash())
	}
	for i := range 64 * 100 {
		if i%64 != 5 {
			c.Invalidate(ID{unique.Make(fmt.Sprint(i)), 1})
		}
	}
	require.Equal(t, 100, c.kept.chunks)
	require.GreaterOrEqual(t, c.Counts().Bytes, int64(100*(chunkBytes+c.entryBytes(newEntry[text](ID{}, 0)))))
}
