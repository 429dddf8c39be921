package histories

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wanted returns the number of histories in a run.
func wanted(t *testing.T) int {
	if text := os.Getenv("PROOF_HISTORIES"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err, "PROOF_HISTORIES is a number of histories")
		return n
	}
	if testing.Short() {
		return usualHistories / 20
	}
	return usualHistories
}

// first returns the number of the first script in a run.
func first(t *testing.T) uint64 {
	text := os.Getenv("PROOF_SCRIPT")
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "PROOF_SCRIPT is the number of a script")
	return n
}

// enact runs a script, in a bubble of testing/synctest if its pace is Timed.
func enact(t *testing.T, s *Script, make Maker) (h *History) {
	var err error
	if _, ok := s.Pace.(Timed); ok {
		synctest.Test(t, func(*testing.T) { h, err = Run(s, make) })
	} else {
		h, err = Run(s, make)
	}
	require.NoError(t, err, "script %d", s.Seed)
	return h
}

// enactAll runs scripts by their numbers, several at once, until count of them are
// done or look reports that it has seen enough.
func enactAll(t *testing.T, count int, script func(uint64) *Script, make Maker, look func(s *Script, h *History) (enough bool)) {
	from := first(t)
	var taken atomic.Int64
	var mu sync.Mutex
	t.Run("histories", func(t *testing.T) {
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for n := taken.Add(1); n <= int64(count); n = taken.Add(1) {
					s := script(from + uint64(n-1))
					h := enact(t, s, make)
					mu.Lock()
					if look(s, h) {
						taken.Store(int64(count))
					}
					mu.Unlock()
				}
			})
		}
	})
}

func TestResolverIsLinearizable(t *testing.T) {
	count := wanted(t)
	checked, operations := 0, 0
	in := map[string]int{} // in how many histories it occurred
	enactAll(t, count, Mixed, Resolver, func(s *Script, h *History) bool {
		if fault := h.Fault(); fault != "" {
			t.Errorf("PROOF_SCRIPT=%d, %s, options %+v: %s", s.Seed, s.Name, s.options, fault)
			return true
		}
		checked++
		operations += len(h.Operations)
		for what := range h.met() {
			in[what]++
		}
		return false
	})
	t.Logf("%d histories of %d operations in all; cases, and in how many histories they occurred: %v", checked, operations, in)
	if t.Failed() {
		return
	}
	require.Equal(t, count, checked)
	if count < 200 {
		t.Skip("too few histories to judge how often cases occur")
	}
	// If these cases are rare, the proof proves nothing.
	for what, percent := range map[string]int{
		outdatedLoad: 45, readDuringIt: 30, eviction: 30, unknownCountry: 40, closing: 2, failure: 15, staleAnswer: 3,
	} {
		assert.Greater(t, 100*in[what], percent*count, "%s: in %d of %d histories", what, in[what], count)
	}
}

const (
	outdatedLoad   = "an outdated load"
	readDuringIt   = "a read that began during it"
	eviction       = "an eviction"
	unknownCountry = "an unknown country"
	closing        = "a read that Close cut short"
	failure        = "a failure"
	staleAnswer    = "a stale answer"
)

// met returns the cases that occurred.
func (h *History) met() map[string]bool {
	met := map[string]bool{eviction: h.Evictions > 0}
	loads, reads := h.Outdated()
	met[outdatedLoad], met[readDuringIt] = loads > 0, reads > 0
	closed := h.Operations[len(h.Operations)-1].Call
	for _, o := range h.Operations {
		if o.Act == Close {
			closed = min(closed, o.Call)
		}
	}
	for _, o := range h.Operations {
		if o.Act != Read {
			continue
		}
		met[unknownCountry] = met[unknownCountry] || o.Err == nil && o.Version == 0
		met[closing] = met[closing] || errors.Is(o.Err, tax.ErrClosed) && o.Call < closed
		met[failure] = met[failure] || errors.Is(o.Err, tax.ErrUnavailable) && !o.Left
		met[staleAnswer] = met[staleAnswer] || o.Stale
	}
	for what, yes := range met {
		if !yes {
			delete(met, what)
		}
	}
	return met
}

// The same clients run on caches with typical mistakes. A proof that accepted one of
// these caches would also accept a resolver with its mistake.
func TestBrokenCachesAreCaught(t *testing.T) {
	const most = 1000
	for _, c := range []struct {
		name string
		make Maker
	}{
		{"an LRU cache", Plain},
		{"with singleflight", Flights},
		{"with singleflight and Forget", Forgetting},
	} {
		t.Run(c.name, func(t *testing.T) {
			played, fault := 0, ""
			enactAll(t, most, Harmless, c.make, func(s *Script, h *History) bool {
				if fault == "" {
					played++
					fault = h.Fault()
				}
				return fault != ""
			})
			require.NotEmpty(t, fault, "not caught in %d histories", played)
			t.Logf("caught after %d histories: %s", played, fault)
		})
	}
}
