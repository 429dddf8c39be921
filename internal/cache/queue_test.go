package cache

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keptQueue is a queue with room for so many keys.
type keptQueue struct {
	queue[int64]
	capacity int
	kept     map[int]*Entry[int64]
}

func newKeptQueue(capacity int) *keptQueue {
	return &keptQueue{*newQueue[int64](ofAll), capacity, map[int]*Entry[int64]{}}
}

// use looks a key up, keeps it, and reports whether it was there already.
func (q *keptQueue) use(key int) bool {
	if e := q.kept[key]; e != nil {
		e.Use()
		return true
	}
	if q.len() >= q.capacity {
		e := q.take(nil)
		delete(q.kept, int(e.Value))
	}
	e := newEntry[int64](ID{Tenant: Nobody}, 0)
	e.Value = int64(key)
	q.kept[key] = e
	q.add(queued[int64]{e, 7, 5})
	return false
}

// requireConsistent checks that every entry is in the queue once, where its spot says, and
// that the numbers are right.
func requireConsistent[V any](t *testing.T, q *queue[V], want map[*Entry[V]]bool) {
	t.Helper()
	found, chunks := 0, 0
	for n, p := range []*part[V]{&q.probation, &q.proven} {
		entries := 0
		check := func(number uint32, c *chunk[V]) {
			require.EqualValues(t, n, number%2)
			live := 0
			for i, e := range c.entries {
				if e.Entry == nil {
					continue
				}
				live++
				require.True(t, want[e.Entry], "an entry that is gone")
				require.Equal(t, spot(number<<chunkBits|uint32(i)), e.spots[q.kind])
				require.GreaterOrEqual(t, i, c.passed)
			}
			require.Equal(t, live, c.live)
			if entries += live; live > 0 {
				chunks++
				return
			}
			require.Same(t, p.last, c, "a chunk without entries")
			require.Empty(t, c.entries)
		}
		if p.order != nil {
			require.False(t, p.order.Contains(p.number), "the last one is beside them")
			for _, number := range p.order.Keys() {
				c, _ := p.order.Peek(number)
				check(number, c)
			}
		}
		if p.last != nil {
			check(p.number, p.last)
		}
		require.Equal(t, entries, p.len)
		found += entries
	}
	require.Len(t, want, found)
	require.Equal(t, chunks, q.chunks)
}

func TestQueueHasEveryEntryOnce(t *testing.T) {
	for _, kind := range []queueKind{ofAll, ofTenant} {
		random := rand.New(rand.NewPCG(8, uint64(kind)))
		q, want := newQueue[int64](kind), map[*Entry[int64]]bool{}
		q.probation.number, q.proven.number = numberMask-40-1, numberMask-40 // they soon come again
		var list []*Entry[int64]
		for step := range 20_000 / fewerUnderRace {
			grow := 60
			if step/1000%2 == 1 {
				grow = 40
			}
			switch n := random.IntN(100); {
			case n < grow || len(list) == 0:
				e := newEntry[int64](ID{Tenant: Nobody}, 0)
				q.add(queued[int64]{e, 7, 5})
				list, want[e] = append(list, e), true
			case n < 70:
				list[random.IntN(len(list))].Use()
			case n < 75:
				i := random.IntN(len(list))
				e := newEntry[int64](ID{Tenant: Nobody}, 0)
				q.replace(list[i], e)
				delete(want, list[i])
				list[i], want[e] = e, true
			default:
				e := list[random.IntN(len(list))]
				if len(list) > 1 && n < 90 {
					taken := q.take(e)
					require.Equal(t, [2]uint32{7, 5}, [2]uint32{taken.home, taken.number})
					require.NotSame(t, e, taken.Entry)
					require.Zero(t, taken.used.Load())
					e = taken.Entry
				} else {
					q.remove(e)
				}
				delete(want, e)
				list = slices.DeleteFunc(list, func(other *Entry[int64]) bool { return other == e })
			}
			require.Equal(t, len(list), q.len())
			if step%200 == 0 {
				requireConsistent(t, q, want)
			}
		}
		requireConsistent(t, q, want)
	}
}

func TestNumbersOfChunksThatAreThereAreLeftOut(t *testing.T) {
	q, want := newQueue[int64](ofAll), map[*Entry[int64]]bool{}
	for i := range 4 * chunkSize {
		if i == 3*chunkSize { // as if all numbers had been used: one has the next number
			p := &q.probation
			next := p.number + 2
			number, c, _ := p.order.RemoveOldest()
			require.NotEqual(t, number, next)
			p.order.Add(next, c)
			for i, e := range c.entries {
				e.spots[ofAll] = spot(next<<chunkBits | uint32(i))
			}
		}
		e := newEntry[int64](ID{Tenant: Nobody}, 0)
		q.add(queued[int64]{e, 7, 5})
		want[e] = true
	}
	requireConsistent(t, q, want)
	require.Equal(t, 4, q.chunks)
}

// What is used between any two evictions stays, however much of the cache it is.
func TestEntriesInUseAreNeverEvicted(t *testing.T) {
	for _, c := range [][2]int{{200, 1}, {200, 80}, {200, 120}, {200, 199}, {8, 1}, {8, 6}, {8, 7}} {
		capacity, hot := c[0], c[1]
		q := newKeptQueue(capacity)
		for i := range 10 * capacity / fewerUnderRace {
			for n := range hot {
				if q.use(-1-n) != (i > 0) {
					require.Failf(t, "evicted", "%d of %d, after %d others", n, hot, i)
				}
			}
			q.use(i)
		}
	}
}

// Between two uses of a key of the hot set so many others come that an LRU never finds it.
func TestScanOfAMillionKeysLeavesTheHotSet(t *testing.T) {
	const capacity, hot = 10_000, 3_000
	q, lru := newKeptQueue(capacity), newLRU(capacity)
	for i := range 2 * hot {
		q.use(-1 - i%hot)
		lru.use(-1 - i%hot)
	}
	found, asked := 0, 0
	for i := range 1_000_000 / fewerUnderRace / fewerUnderRace {
		q.use(i)
		lru.use(i)
		if i%3 != 0 {
			continue
		}
		if asked++; q.use(-1 - i/3%hot) {
			found++
		}
		if lru.use(-1-i/3%hot) && i > 2*capacity {
			require.Fail(t, "an LRU finds it as well")
		}
	}
	assert.Greater(t, found*10, asked*9, "found %d of %d", found, asked)
}

func TestUnusedEntriesGoEvenIfTheyWereProven(t *testing.T) {
	const capacity = 1000
	q := newKeptQueue(capacity)
	for range 3 {
		for n := range capacity * 9 / 10 {
			q.use(-1 - n)
		}
	}
	hits := 0
	for i := range 12 * capacity { // a loop that fits, but not into the probation
		if q.use(i%(capacity*9/10)) && i >= 11*capacity {
			hits++
		}
	}
	assert.Equal(t, capacity, hits, "the loop is in the cache")
}

// A cache of thousands of tenants has a queue for each of them.
func TestQueueOfAFewEntriesIsSmall(t *testing.T) {
	for _, n := range []int{1, 2, 3} {
		q := newQueue[int64](ofTenant)
		for range n {
			q.add(queued[int64]{Entry: newEntry[int64](ID{Tenant: Nobody}, 0)})
		}
		assert.LessOrEqual(t, cap(q.probation.last.entries), 4, fmt.Sprint(n))
		assert.Nil(t, q.probation.order)
		assert.Nil(t, q.proven.order)
	}
}

// Evictions read what lies far apart in memory, so they read for several at once.
func TestEntriesAreApproachedTogetherBeforeTheirTurn(t *testing.T) {
	q, calls, approached := newQueue[int64](ofAll), 0, map[*Entry[int64]]bool{}
	q.approach = func(list []queued[int64]) {
		calls++
		for _, e := range list {
			approached[e.Entry] = true
		}
	}
	taken := 0
	for _, fill := range []int{chunkSize / 2, 20 * chunkSize, chunkSize + 1} {
		for range fill {
			q.add(queued[int64]{Entry: newEntry[int64](ID{Tenant: Nobody}, 0)})
		}
		for q.len() > 0 {
			e := q.take(nil).Entry
			require.True(t, approached[e])
			delete(approached, e)
			taken++
		}
	}
	require.Empty(t, approached)
	require.LessOrEqual(t, calls, taken/approachedAtOnce+3)
}
