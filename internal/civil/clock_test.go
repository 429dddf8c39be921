package civil_test

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
)

const tick = time.Second

// started returns a clock that ticks and a day that it keeps up to date.
func started(wall func() time.Time, zone *time.Location) (*civil.Clock, *civil.Today) {
	k := &civil.Clock{}
	k.Init(wall, tick, nil)
	today := k.Today(zone)
	k.Start(wall())
	return k, today
}

func TestClockFollowsTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := time.FixedZone("", 3600)
		k, today := started(time.Now, zone)
		defer k.Stop()
		require.Same(t, today, k.Today(zone), "one day for a zone")
		for range 30 {
			time.Sleep(time.Hour)
			synctest.Wait()
			assert.Equal(t, civil.DayOf(time.Now(), zone), today.Day())
			assert.InDelta(t, float64(k.Elapsed()), float64(k.Past()), float64(tick))
		}
	})
}

func TestClockThatDoesNotTickStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := civil.NewClock(time.Now)
		k.Start(time.Now())
		today := k.Today(time.UTC)
		day := today.Day()
		time.Sleep(48 * time.Hour)
		assert.Equal(t, day, today.Day())
		assert.Zero(t, k.Past())
	})
}

func TestClockDoesNotKnowTheDayWhileTheWallClockPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		k, today := started(func() time.Time {
			if broken.Load() {
				panic("no time")
			}
			return time.Now()
		}, time.UTC)
		defer k.Stop()
		require.NotZero(t, today.Day())
		broken.Store(true)
		time.Sleep(2 * tick)
		synctest.Wait()
		assert.Zero(t, today.Day())
		assert.NotZero(t, k.Past(), "elapsed time goes on")
		broken.Store(false)
		time.Sleep(2 * tick)
		synctest.Wait()
		assert.Equal(t, civil.DayOf(time.Now(), time.UTC), today.Day())
	})
}

func TestClockThatDoesNotAnswerHoldsUpNothingButTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, takes atomic.Int64
		k, today := started(func() time.Time {
			now := time.Now()
			asked.Add(1)
			time.Sleep(time.Duration(takes.Load()))
			return now
		}, time.UTC)
		defer k.Stop()
		day := today.Day()
		takes.Store(int64(10 * time.Minute))
		before := asked.Load()
		time.Sleep(50*time.Second + tick/2)
		assert.Equal(t, day, today.Day(), "the day stays for a while")
		assert.EqualValues(t, 1, asked.Load()-before, "it is not asked again before it answers")
		assert.InDelta(t, float64(k.Elapsed()), float64(k.Past()), float64(tick))
		time.Sleep(12 * time.Second)
		assert.Zero(t, today.Day(), "and is then unknown")
		takes.Store(0)
		time.Sleep(10*time.Minute - 62*time.Second - tick/4)
		assert.Zero(t, today.Day(), "an answer as old as that is none")
		time.Sleep(3 * tick)
		assert.Equal(t, day, today.Day())
	})
}

func TestClockGoesOnWhenTheWallClockEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		k, today := started(func() time.Time {
			if broken.Load() {
				runtime.Goexit()
			}
			return time.Now()
		}, time.UTC)
		defer k.Stop()
		broken.Store(true)
		time.Sleep(5*tick + tick/2)
		assert.Zero(t, today.Day())
		assert.InDelta(t, float64(k.Elapsed()), float64(k.Past()), float64(tick))
		broken.Store(false)
		time.Sleep(2 * tick)
		assert.Equal(t, civil.DayOf(time.Now(), time.UTC), today.Day())
	})
}

func TestStoppedClockStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, today := started(time.Now, time.UTC)
		day := today.Day()
		k.Stop()
		k.Start(time.Now())
		past := k.Past()
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		assert.Equal(t, day, today.Day())
		assert.Equal(t, past, k.Past())
	})
}

func TestStoppedClockIsNotStartedForTheFirstTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &civil.Clock{}
		k.Init(time.Now, tick, nil)
		today := k.Today(time.UTC)
		day := today.Day()
		k.Stop()
		time.Sleep(48 * time.Hour)
		k.Start(time.Now())
		time.Sleep(10 * tick)
		synctest.Wait()
		assert.Equal(t, day, today.Day())
		assert.Zero(t, k.Past())
	})
}

func TestClockThatNobodyNeedsStandsStillUntilItIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		var needed atomic.Bool
		wall := func() time.Time { asked.Add(1); return time.Now() }
		k := &civil.Clock{}
		k.Init(wall, tick, needed.Load)
		defer k.Stop()
		today := k.Today(time.UTC)
		for range 3 {
			needed.Store(true)
			k.Start(wall())
			assert.Equal(t, civil.DayOf(time.Now(), time.UTC), today.Day(), "at once")
			before := asked.Load()
			for range 5 {
				k.Start(wall()) // it has only one timer
			}
			time.Sleep(10*tick + tick/2)
			assert.EqualValues(t, 15, asked.Load()-before)
			needed.Store(false)
			before = asked.Load()
			time.Sleep(100 * time.Hour)
			assert.Equal(t, before, asked.Load())
		}
	})
}

// The load that is under way by then is what makes the clock needed, and Start is not called
// for it again.
func TestClockThatIsStartedWhileItAsksWhetherItIsNeededRuns(t *testing.T) {
	const tick = time.Millisecond
	var k civil.Clock
	var load sync.Once
	started := make(chan struct{})
	k.Init(time.Now, tick, func() bool {
		needed := true
		load.Do(func() {
			needed = false
			go func() {
				defer close(started)
				k.Start(time.Now())
			}()
			select {
			case <-started:
			case <-time.After(20 * tick): // it waits for the clock
			}
		})
		return needed
	})
	defer k.Stop()
	k.Start(time.Now())
	<-started
	before := k.Past()
	require.Eventually(t, func() bool { return k.Past() > before }, 10*time.Second, tick)
}

func TestClockAsksTheWallClockOnceForAZone(t *testing.T) {
	asked := 0
	k := civil.NewClock(func() time.Time { asked++; return time.Now() })
	for range 3 {
		k.Today(time.UTC)
	}
	assert.Equal(t, 1, asked)
}

// The timer refers to its clock weakly: once nothing else refers to the clock, the
// timer stops reading the wall clock.
func TestForgottenClockEnds(t *testing.T) {
	asked := new(atomic.Int64)
	func() {
		k := &civil.Clock{}
		k.Init(func() time.Time { asked.Add(1); return time.Now() }, time.Millisecond, nil)
		k.Start(time.Now())
		require.Eventually(t, func() bool { return asked.Load() > 2 }, 10*time.Second, time.Millisecond)
		runtime.KeepAlive(k)
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		before := asked.Load()
		time.Sleep(20 * time.Millisecond)
		return asked.Load() == before
	}, 10*time.Second, time.Millisecond)
}

func TestDaysAreFoundByNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, days := &civil.Clock{}, &civil.Days{}
		k.Init(time.Now, time.Minute, nil)
		k.Number(days)
		var list []*civil.Today
		for i := range len(days) + 100 {
			list = append(list, k.Today(time.FixedZone("", 60*i)))
		}
		k.Start(time.Now())
		defer k.Stop()
		for range 25 {
			time.Sleep(time.Hour)
			synctest.Wait()
			for i, today := range list {
				if i+1 < len(days) {
					require.EqualValues(t, i+1, today.Number())
					require.Equal(t, today.Day(), days.Day(today.Number()))
				} else {
					require.Zero(t, today.Number(), "there is no room")
				}
			}
		}
		assert.Zero(t, days.Day(0))
	})
}

// A tenant can have documents with every time zone that there is. Those of others answer no
// more slowly for that.
func TestEveryTimeZoneHasANumber(t *testing.T) {
	names, err := os.ReadFile("zones.txt")
	require.NoError(t, err)
	k, days := &civil.Clock{}, &civil.Days{}
	k.Init(time.Now, tick, nil)
	k.Number(days)
	for name := range strings.FieldsSeq(string(names)) {
		if zone, err := civil.Zone(name); err == nil { // an old system does not know all
			require.NotZero(t, k.Today(zone).Number(), name)
		}
	}
}
