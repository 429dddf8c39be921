package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
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

// keyFor returns the key of an ID, with a view of its own.
func keyFor(id ID) key {
	v := ViewOf(id.Tenant.Value())
	return keyOf(&v, id.Place)
}

// hashOf returns the hash of an ID.
func hashOf(id ID) uint64 { return keyFor(id).hash }

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
		if id.Tenant != Nobody && !tenants[id.Tenant] {
			tenants[id.Tenant] = true
			bytes += c.tenantBytes(id.Tenant)
		}
	}
	return bytes
}

// operationsVariable is the environment variable that says how many operations
// TestCacheHasWhatAMapHas makes with each of its settings.
const operationsVariable = "CACHE_OPERATIONS"

func operations(t *testing.T) int {
	text := os.Getenv(operationsVariable)
	if text == "" {
		return 30_000 / fewerUnderRace
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, operationsVariable)
	return n
}

// mirrored is a cache beside a map that has what the cache should have, and readers who look
// up meanwhile, without the lock.
type mirrored struct {
	*Cache[text]
	tenants []unique.Handle[string]
	views   map[unique.Handle[string]]*View
	shares  []*Share
	random  *rand.Rand
	kept    map[ID]*Entry[text]

	ids    []ID
	hashes []uint64
	at     map[ID]int     // the place of an ID among them
	gone   []atomic.Int64 // the number of the last value of each ID that is gone
	found  atomic.Int64
}

const placesOfATenant = 20

func newMirrored(settings Settings[text]) *mirrored {
	const tenants, shares = 60, 40
	m := &mirrored{random: rand.New(rand.NewPCG(11, 7)), kept: map[ID]*Entry[text]{}, at: map[ID]int{}, views: map[unique.Handle[string]]*View{},
		gone: make([]atomic.Int64, tenants*placesOfATenant)}
	settings.Places = func() (places []uint16) {
		for place := range uint16(placesOfATenant) {
			places = append(places, place)
		}
		return places
	}
	for i := range tenants {
		tenant := Nobody
		if i > 0 {
			tenant = unique.Make(fmt.Sprint("tenant ", i))
		}
		m.tenants = append(m.tenants, tenant)
		for _, place := range settings.Places() {
			id := ID{tenant, place}
			m.at[id] = len(m.ids)
			m.ids, m.hashes = append(m.ids, id), append(m.hashes, hashOf(id))
		}
	}
	for range shares {
		m.shares = append(m.shares, new(Share))
	}
	m.Cache = newTextCache(settings)
	return m
}

// key returns the key of an ID, with a view that is old half of the time: what it knows may not
// be so any more.
func (m *mirrored) key(id ID) key {
	if m.views[id.Tenant] == nil || m.random.IntN(2) == 0 {
		v := ViewOf(id.Tenant.Value())
		m.views[id.Tenant] = &v
	}
	return keyOf(m.views[id.Tenant], id.Place)
}

// read looks up until it is told to stop. It must find nothing that is gone.
func (m *mirrored) read(t *testing.T, stop *atomic.Bool, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	for !stop.Load() {
		n := random.IntN(1 + random.IntN(len(m.ids)))
		gone := m.gone[n].Load()
		e := m.Lookup(m.ids[n], m.hashes[n])
		if e == nil {
			continue
		}
		m.found.Add(1)
		e.Use()
		if e.id() != m.ids[n] || int64(e.Value.number) <= gone {
			t.Errorf("asked for %v, later than %d: got %v, %d", m.ids[n], gone, e.id(), e.Value.number)
			return
		}
	}
}

// drop notes that the values of an ID up to a number are gone.
func (m *mirrored) drop(id ID, number int) {
	delete(m.kept, id)
	m.gone[m.at[id]].Store(int64(number))
}

// operate does one thing with the cache and with the map.
func (m *mirrored) operate(t *testing.T, number int) {
	id := ID{m.tenants[m.random.IntN(1+m.random.IntN(len(m.tenants)))], uint16(m.random.IntN(placesOfATenant))}
	switch n := m.random.IntN(1000); {
	case n < 400:
		e := newEntry[text](id, 0)
		some := m.random.IntN(len(m.shares))
		e.Value = text{number, m.shares[some:min(some+m.random.IntN(4), len(m.shares))]}
		for _, evicted := range m.keep(e, m.key(id)) {
			if m.kept[evicted] == nil || evicted == id {
				require.Failf(t, "evicted", "%v, which was not there or is the new one", evicted)
			}
			m.drop(evicted, number)
		}
		m.drop(id, number-1)
		m.kept[id] = e
	case n < 480:
		m.Invalidate(id)
		m.drop(id, number)
	case n < 490:
		m.InvalidateTenant(id.Tenant)
		for _, place := range m.settings.Places() {
			m.drop(ID{id.Tenant, place}, number)
		}
	case n < 491:
		m.InvalidateAll()
		for id := range m.kept {
			m.drop(id, number)
		}
	case n < 500 && m.kept[id] != nil:
		m.kept[id] = m.markStale(m.kept[id], hashOf(id))
	default:
		e := m.entry(id, hashOf(id))
		if e != m.kept[id] {
			require.Failf(t, "not what the map has", "%v at number %d", id, number)
		}
		if e != nil {
			e.Use()
		}
	}
}

// Whatever is kept, evicted, invalidated and looked up, the cache has what a map has, and
// who looks without the lock finds nothing that is gone.
func TestCacheHasWhatAMapHas(t *testing.T) {
	for name, settings := range map[string]Settings[text]{
		"capacity": {Capacity: 300},
		"quota":    {Capacity: 300, Quota: 9},
		"bytes":    {Capacity: 1000, MaxBytes: 100_000},
		"one":      {Capacity: 1, Quota: 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirrored(settings)
			var readers sync.WaitGroup
			var stop atomic.Bool
			for seed := range uint64(2) {
				readers.Go(func() { m.read(t, &stop, seed) })
			}
			defer readers.Wait()
			defer stop.Store(true)
			for number := range operations(t) {
				m.operate(t, number+1)
				counts := m.Counts()
				if len(m.kept) != counts.Entries || len(m.kept) > settings.Capacity ||
					settings.MaxBytes > 0 && len(m.kept) > 1 && counts.Bytes > settings.MaxBytes {
					require.Failf(t, "too many", "after number %d: %d entries, %+v", number, len(m.kept), counts)
				}
				if number%5000 == 0 {
					compare(t, m.Cache, m.kept)
				}
			}
			compare(t, m.Cache, m.kept)
			require.Eventually(t, func() bool { return m.found.Load() > 0 || len(m.kept) == 0 }, 10*time.Second, time.Millisecond)
		})
	}
}

// compare checks everything that the cache knows against the entries that it should have.
func compare(t *testing.T, c *Cache[text], kept map[ID]*Entry[text]) {
	t.Helper()
	all, tenants := map[*Entry[text]]bool{}, map[unique.Handle[string]]map[*Entry[text]]bool{}
	for id, e := range kept {
		require.True(t, c.entry(id, hashOf(id)) == e)
		all[e] = true
		if tenants[id.Tenant] == nil {
			tenants[id.Tenant] = map[*Entry[text]]bool{}
		}
		tenants[id.Tenant][e] = true
	}
	requireConsistent(t, &c.kept, all)
	for tenant, entries := range tenants {
		v := ViewOf(tenant.Value())
		at := c.tenants.find(&v)
		require.NotNil(t, at)
		require.Len(t, entries, int(at.entries))
		for e := range entries {
			require.Equal(t, v.number, c.kept.at(e).number)
		}
		if quota := c.settings.Quota; quota > 0 {
			require.LessOrEqual(t, len(entries), quota)
			requireConsistent(t, at.queue, entries)
		}
	}
	numbered := len(tenants)
	if tenants[Nobody] != nil {
		numbered--
	}
	require.Len(t, c.tenants.numbers, numbered)
	free := 0
	for number := c.tenants.free; number != 0; number = c.tenants.at(number).next {
		free++
	}
	require.EqualValues(t, c.tenants.last, numbered+free, "numbers that are free are used again")
	require.Equal(t, recount(c, kept), c.bytes)
}

// The places are gone through in parts, so the last ones matter.
func TestInvalidatingATenantLeavesNothingOfIt(t *testing.T) {
	var places []uint16
	for place := range uint16(5*forgottenAtOnce + 3) {
		places = append(places, place)
	}
	settings := Settings[text]{Capacity: 10_000, Places: func() []uint16 { return places }}
	c, shop, other := newTextCache(settings), unique.Make("shop"), unique.Make("another shop")
	for _, at := range [][]uint16{places, places[len(places)-1:], places[:1], nil} {
		for _, place := range at {
			id := ID{shop, place}
			c.keep(newEntry[text](id, 0), keyFor(id))
		}
		id := ID{other, 3}
		c.keep(newEntry[text](id, 0), keyFor(id))
		c.InvalidateTenant(shop)
		require.Equal(t, 1, c.Counts().Entries)
		require.NotNil(t, c.Lookup(id, hashOf(id)), "others keep theirs")
	}
}

func TestBytesOfACacheWhoseChunksAreNearlyEmptyAreCounted(t *testing.T) {
	c := newTextCache(Settings[text]{Capacity: 100_000})
	share := new(Share)
	for i := range 64 * 100 {
		id := ID{unique.Make(fmt.Sprint(i)), 1}
		e := newEntry[text](id, 0)
		e.Value.shares = []*Share{share}
		c.keep(e, keyFor(id))
	}
	for i := range 64 * 100 {
		if i%64 != 5 {
			c.Invalidate(ID{unique.Make(fmt.Sprint(i)), 1})
		}
	}
	require.Equal(t, 100, c.kept.chunks)
	require.GreaterOrEqual(t, c.Counts().Bytes, int64(100*(chunkBytes+c.entryBytes(newEntry[text](ID{}, 0)))))
}
