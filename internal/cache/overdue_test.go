package cache

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/internal/civil"
)

func TestFlightListHasWhatASliceHas(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	var list flightList[int64]
	var want []*flight[int64]
	for range 5000 {
		if len(want) == 0 || random.IntN(100) < 50 {
			f := &flight[int64]{}
			list.add(f)
			want = append(want, f)
		} else {
			i := random.IntN(len(want))
			list.remove(want[i])
			want = slices.Delete(want, i, i+1)
		}
		require.Equal(t, len(want), list.len)
		f := list.first
		for i := range want {
			require.Same(t, want[i], f)
			f = f.next
		}
		require.Nil(t, f)
		if n := len(want); n > 0 {
			require.Same(t, want[n-1], list.last)
		} else {
			require.Nil(t, list.last)
		}
	}
}

// The timer for the deadlines is still set after the last load. It must not be what
// keeps a cache that nobody has.
func TestCacheThatNobodyHasIsFreedWhileItsTimerIsSet(t *testing.T) {
	gone := make(chan weak.Pointer[Cache[int64]], 1)
	func() {
		k, c := civil.NewClock(time.Now), new(Cache[int64])
		c.Init(k, Settings[int64]{
			Load:     func(_ context.Context, _ ID, v *int64) (bool, error) { *v = 1; return true, nil },
			Share:    func(_ *int64, n int) (Shared, bool) { return Shared{Share: new(Share)}, n == 0 },
			OwnBytes: func(*int64) int64 { return 0 },
			Timeout:  time.Hour, Capacity: 10,
		})
		nobody := ViewOf("")
		v, hit, err := c.Get(t.Context(), &nobody, 0)
		require.NoError(t, err)
		require.False(t, hit)
		require.EqualValues(t, 1, *v)
		require.True(t, c.timing)
		gone <- weak.Make(c)
	}()
	c := <-gone
	for range 100 {
		runtime.GC()
		if c.Value() == nil {
			break
		}
		time.Sleep(time.Millisecond) // the goroutine of the load ends
	}
	assert.Nil(t, c.Value())
}

// A flight that was not needed is used again, and meanwhile keeps nothing alive.
func TestLookupThatNeedsNoFlightAllocatesNone(t *testing.T) {
	nobody := ViewOf("")
	k, c := civil.NewClock(time.Now), new(Cache[int64])
	c.Init(k, Settings[int64]{
		Load:    func(context.Context, ID, *int64) (bool, error) { return false, nil },
		Timeout: time.Hour, Capacity: 10, NegativeTTL: time.Hour,
	})
	ask := func() {
		v, _, err := c.Get(t.Context(), &nobody, 0)
		require.NoError(t, err)
		require.Nil(t, v)
	}
	ask()
	ask()
	assert.Zero(t, testing.AllocsPerRun(100, ask))
	spare := c.spare.Load()
	require.NotNil(t, spare)
	assert.Nil(t, spare.caller)
	assert.False(t, spare.started())
	assert.EqualValues(t, 1, c.Counts().Loads)
}
