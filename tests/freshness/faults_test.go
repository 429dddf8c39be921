package freshness_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// This table lists what can go wrong around a resolver, and the tests of what its user
// expects then. Tests without a file are below; those of resolver, observer, warm and
// watch are in the root folder.
//
//	source hangs            TestFaultSourceThatHangs..., TestLoadHasADeadlineEvenWhenTheSourceDoesNotListen (cache),
//	                        TestAfterOneFailedLoadNobodyWaitsForASourceThatHangs (probe), TestRefreshThatHangsIsOneLoadUntilItsTimeout (refresh)
//	down at the start       TestFaultSourceThatIsDownAtTheStart...
//	down after warm-up      TestFaultSourceThatGoesDown..., TestStaleAnswerIsNeverOlderThanAllowed (stale),
//	                        TestSourceThatFailsIsAskedEverMoreRarely (backoff), TestOneProbeAtATimeOverAllCountriesWhileTheSourceFails (probe)
//	corrupt record          TestFaultCorruptRecord..., TestInvalidDocumentWarnsAndLeavesATombstone (resolver)
//	stampede                TestOneLoadAnswersAllWhoWaitForAColdKey (cache), TestThousandCallersAtTheEndOfACountryShareOneLoad (ttl)
//	waiter or leader        TestEachCallersCancellationIsHisAlone, TestLoadIsCancelledWhenAllHaveLeft (cache),
//	  cancelled             TestCancellationIsNoFailureOfTheSource (backoff), TestWarmDoesNotCancelALoadThatAnotherWaitsFor (warm)
//	panic, Goexit           TestSourceThatPanicsOrEndsItsGoroutineHarmsNobody (cache), TestObserverThatPanicsOrEndsItsGoroutineHarmsNobody (observer),
//	                        TestWatchThatBreaksIsRunAgainWithGrowingPauses (watch)
//	any hook misbehaves     TestNoHookHarmsOthers (hooks)
//	update racing a load    TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore, TestWritesRacingLoadsNeverLeaveAnOlderAnswer (invalidate)
//	invalidate-all racing   TestFaultInvalidationsOfAllKinds...
//	notices lost, twice,    TestWatchThatLosesANoticeIsRightWithinTheTTL, TestWatchDropsWhatTheSourceTellsOf,
//	  out of order          TestWatchIsHeardAgainAfterTheStreamBroke (watch), TestFaultNoticesOutOfOrder...
//	clock jumps             TestFaultClockThatJumps..., TestStepsOfTheWallClockAreFollowedWithinASecond (midnight), TestAgesDoNotFollowTheWallClock (ttl)
//	flood of unknown keys   TestFloodOfUnknownKeysNeverDisplacesTheHotSet, TestFloodOfTenantsKeepsTheHotSetAndTheBoundOfMemory (floods),
//	                        TestFloodIsRememberedUpToItsBound, TestHugeTenantIDsAreNotRemembered (negative)
//	hash flooding           TestTenantsWithCollidingIdsAreNoSlowerAndNoLessRight (floods)
//	cross-tenant leak       TestTenantsWithRandomIdsNeverShareACountry, TestTenantsFloodingAtOnceNeverSeeEachOther (floods),
//	                        TestTenantsNeverSeeEachOther (cache)
//	Close during use        TestFaultCloseDuringUse..., TestCloseEndsTheRegistrationWithTheSource, TestNoGoroutineIsLeft (close),
//	                        TestAfterCloseNothingRuns (tick)
//	caller mutates          TestAnswersAreSafeForCallersWhoModifyWhatTheyPassedAndGot (cache), TestWarmHasACopyOfItsList (warm),
//	                        TestFaultCallersWhoModify...

func TestFaultSourceThatHangsHoldsBackOnlyItsCallersUntilTheirDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == "FR" {
				return taxtest.LoadHangs(ctx, key)
			}
			return taxtest.LoadNineteen(ctx, key)
		})
		r := taxtest.Open(t, src, nil)
		for _, tenant := range []string{"", "shop"} {
			require.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(tenant).Resolve(t.Context(), "DE", "")))
		}
		var group sync.WaitGroup
		start := time.Now()
		for i := range 1000 {
			group.Go(func() {
				within := time.Duration(1+i%7) * time.Second
				ctx, cancel := context.WithTimeout(t.Context(), within)
				defer cancel()
				_, err := r.Tenant("shop").Resolve(ctx, "FR", "")
				assert.ErrorIs(t, err, tax.ErrUnavailable)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, within, time.Since(start), "at its deadline")
			})
		}
		synctest.Wait()
		assert.Equal(t, 1, src.LoadsOf(tax.Key{Tenant: "shop", Country: "FR"}))
		for _, tenant := range []string{"", "shop"} {
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(tenant).Resolve(t.Context(), "DE", "")))
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(tenant).Resolve(t.Context(), "AT", "")), "loads of others are not held up")
		}
		assert.Zero(t, time.Since(start))
		group.Wait()
		synctest.Wait()
		now, _ := src.Running()
		assert.Zero(t, now, "all have left: nothing runs")
		assert.Zero(t, r.Stats().Loading)
	})
}

func TestFaultSourceThatHangsGathersNoLoads(t *testing.T) {
	for name, c := range map[string]struct {
		load   tax.SourceFunc
		within time.Duration
		most   int
	}{
		"impatient callers": {taxtest.LoadHangs, 50 * time.Millisecond, 1},
		"patient callers":   {taxtest.LoadHangs, time.Hour, 1},
		// It does not listen to its context, against the contract of a source:
		// each load is given up after its timeout, and its goroutine stays.
		"deaf source": {func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			time.Sleep(10 * time.Minute)
			return nil, taxtest.ErrDatabase
		}, time.Hour, 12},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := taxtest.Metered(c.load)
				r := taxtest.Open(t, src, &tax.Options{LoadTimeout: 10 * time.Second})
				for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); {
					var group sync.WaitGroup
					for range 20 {
						group.Go(func() {
							ctx, cancel := context.WithTimeout(t.Context(), c.within)
							defer cancel()
							_, err := r.Resolve(ctx, "DE", "")
							assert.ErrorIs(t, err, tax.ErrUnavailable)
						})
					}
					group.Wait()
					assert.LessOrEqual(t, r.Stats().Loading, 1)
					time.Sleep(50 * time.Millisecond)
				}
				_, most := src.Running()
				assert.LessOrEqual(t, most, c.most)
				r.Close()
				time.Sleep(time.Hour) // the deaf ones end
				now, _ := src.Running()
				assert.Zero(t, now)
			})
		})
	}
}

func TestFaultSourceThatIsDownAtTheStartIsUnavailableAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		r, err := tax.NewResolver(tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if !up.Load() {
				return nil, taxtest.ErrDatabase
			}
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{TTL: time.Hour, MaxStale: time.Hour, FallbackToDefault: true})
		require.NoError(t, err, "the source is asked when somebody asks")
		defer r.Close()
		for i := range 100 {
			a, err := r.Resolve(t.Context(), "DE", "BOOKS")
			require.ErrorIs(t, err, tax.ErrUnavailable)
			require.ErrorIs(t, err, taxtest.ErrDatabase)
			require.NotErrorIs(t, err, tax.ErrUnknownCountry)
			require.NotErrorIs(t, err, tax.ErrUnknownClass)
			require.NotErrorIs(t, err, tax.ErrStale, "there never were any data")
			require.Equal(t, tax.Resolution{}, a)
			_, err = r.Place(t.Context(), tax.Lookup{Country: "DE"})
			require.ErrorIs(t, err, tax.ErrUnavailable)
			list, err := r.Classes(t.Context(), tax.Lookup{Country: "DE"})
			require.ErrorIs(t, err, tax.ErrUnavailable)
			require.Empty(t, list)
			time.Sleep(time.Duration(i) * 10 * time.Millisecond)
		}
		up.Store(true)
		time.Sleep(15 * time.Second)
		assert.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r), "it recovers by itself")
	})
}

func TestFaultSourceThatGoesDownIsCoveredForAsLongAsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if down.Load() {
				return nil, taxtest.ErrDatabase
			}
			return taxtest.LoadNineteen(ctx, key)
		})
		loaded := time.Now()
		r := taxtest.Open(t, src, &tax.Options{TTL: time.Minute, MaxStale: 10 * time.Minute})
		require.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r))
		down.Store(true)
		for time.Since(loaded) < 15*time.Minute {
			time.Sleep(7 * time.Second)
			a, err := r.Resolve(t.Context(), "DE", "")
			switch age := time.Since(loaded); {
			case age <= 48*time.Second:
				require.NoError(t, err, age.String())
				require.False(t, a.Stale(), age.String())
			case age > time.Minute && age < 10*time.Minute+50*time.Second:
				require.NoError(t, err, age.String())
				require.True(t, a.Stale(), age.String())
				require.True(t, a.LoadedAt().Equal(loaded), age.String())
			case age > 11*time.Minute:
				require.ErrorIs(t, err, tax.ErrStale, age.String())
				require.ErrorIs(t, err, tax.ErrUnavailable, age.String())
				require.ErrorIs(t, err, taxtest.ErrDatabase, age.String())
			}
		}
		assert.Less(t, src.Total(), 130, "the source is not hammered")
		down.Store(false)
		time.Sleep(15 * time.Second)
		_, _ = r.Resolve(t.Context(), "DE", "") // may be the probe
		synctest.Wait()
		a, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.False(t, a.Stale())
		assert.Greater(t, r.Stats().StaleServed, uint64(80))
	})
}

func TestFaultCorruptRecordCostsOnlyItsOwnPlace(t *testing.T) {
	good := taxtest.Doc("CA", taxtest.Class("STANDARD*", "2008-01-01 5"))
	for name, edit := range map[string]func(*tax.Configuration){
		"negative rate": func(c *tax.Configuration) { c.Classes[0].Rates[0].Percent = c.Classes[0].Rates[0].Percent.Neg() },
		"rates in disorder": func(c *tax.Configuration) {
			c.Classes[0].Rates = append(c.Classes[0].Rates, tax.Rate{From: tax.MustDate("2030-01-01")})
		},
		"class twice":       func(c *tax.Configuration) { c.Classes = append(c.Classes, c.Classes[0]) },
		"unknown treatment": func(c *tax.Configuration) { c.Classes[0].Rates[0].Treatment = 99 },
		"unknown effect":    func(c *tax.Configuration) { c.Classes[0].Rates[0].Effect = 99 },
		"no such zone":      func(c *tax.Configuration) { c.TimeZone = "Nowhere/\x00" },
		"range backwards":   func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "H9", To: "H1"}} },
	} {
		t.Run(name, func(t *testing.T) {
			var warned atomic.Int64
			src := taxtest.Metered(taxtest.Fixed(good,
				taxtest.With(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "2013-01-01 + 9.975")), edit), taxtest.Doc("CA-ON", taxtest.Class("STANDARD", "2010-07-01 13"))))
			r := taxtest.Open(t, src, &tax.Options{OnWarning: func(w tax.Warning) {
				assert.Equal(t, tax.WarnInvalidDocument, w.Kind)
				assert.Equal(t, "CA-QC", w.Location.String())
				warned.Add(1)
			}})
			for range 3 {
				for region, want := range map[string]string{"QC": "invalid", "ON": "13 VAT", "": "5 VAT"} {
					l := tax.Lookup{Country: "CA", Region: region, Class: "STANDARD", Date: taxtest.Day, FallbackToDefault: true}
					assert.Equal(t, want, taxtest.Answer(r.Lookup(t.Context(), l)), "%s: never federal 5 %%", region)
				}
			}
			assert.Equal(t, 1, src.Total(), "it is kept as it is: the source did answer")
			assert.EqualValues(t, 1, warned.Load())
			assert.Zero(t, r.Stats().Failures)
		})
	}
}

func TestFaultInvalidationsOfAllKindsRacingLoadsNeverLeaveAnOlderAnswer(t *testing.T) {
	src := taxtest.NewNotifyingSource("1")
	r := taxtest.Open(t, src, &tax.Options{Capacity: 3, TTL: 50 * time.Millisecond, MaxStale: time.Hour})
	var written atomic.Int64
	written.Store(1)
	stop := make(chan struct{})
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			view := r.Tenant([]string{"", "shop"}[i%2])
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				floor := written.Load()
				a, err := view.Resolve(t.Context(), []string{"DE", "FR", "AT"}[n%3], "")
				if !assert.NoError(t, err) || !assert.GreaterOrEqual(t, a.Percent().IntPart(), floor) {
					return
				}
			}
		})
	}
	for percent := int64(2); percent <= 250; percent++ {
		src.Percent.Store(fmt.Sprint(percent))
		before := src.Loads.Load()
		switch percent % 5 {
		case 0:
			r.InvalidateAll()
		case 1:
			src.Tell(tax.Key{})
		case 2:
			r.InvalidateTenant()
			r.Tenant("shop").InvalidateTenant()
		case 3:
			for _, country := range []string{"DE", "FR", "AT"} {
				r.Invalidate(country)
				r.Tenant("shop").Invalidate(country)
			}
		case 4:
			for _, country := range []string{"AT", "FR", "DE"} {
				src.Tell(tax.Key{Tenant: "shop", Country: country})
				src.Tell(tax.Key{Country: country})
			}
		}
		written.Store(percent)
		for src.Loads.Load() == before && !t.Failed() { // so that loads are under way
			runtime.Gosched()
		}
	}
	close(stop)
	group.Wait()
}

func TestFaultNoticesOutOfOrderAndTwiceNeverBringBackAnOlderAnswer(t *testing.T) {
	// A notice carries no data: what answers is what the source has when it is
	// asked after the notice.
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.NewWatchedSource("1")
		r := taxtest.Open(t, src, nil)
		ended := taxtest.Watch(t.Context(), r)
		for version := range 50 {
			src.Percent.Store(fmt.Sprint(version + 2))
			for range version % 4 { // late notices of earlier changes
				src.Notices <- tax.Key{Country: "DE"}
				synctest.Wait()
				assert.Equal(t, fmt.Sprintf("%d VAT", version+2), <-taxtest.Ask(t.Context(), r))
			}
			src.Notices <- tax.Key{Country: "DE"}
			synctest.Wait()
			assert.Equal(t, fmt.Sprintf("%d VAT", version+2), <-taxtest.Ask(t.Context(), r))
		}
		r.Close()
		assert.ErrorIs(t, <-ended, tax.ErrClosed)
	})
}

func TestFaultClockThatJumpsChangesTodayAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var offset atomic.Int64
		clock := func() time.Time {
			return time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC).Add(time.Duration(offset.Load()))
		}
		src := taxtest.Metered(taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "2026-12-31 19; 2027-01-01 20; 2028-01-01 21"))))
		r := taxtest.Open(t, src, &tax.Options{Clock: clock, TTL: time.Hour})
		const year = 365 * 24 * time.Hour
		for _, c := range []struct {
			offset time.Duration
			want   string
		}{
			{0, "19 VAT"}, {12 * time.Hour, "20 VAT"}, {11 * time.Hour, "19 VAT"}, {year + 13*time.Hour, "21 VAT"},
			{year - time.Hour, "20 VAT"}, {-year, "no rate on that day"}, {time.Hour, "19 VAT"}, {100 * year, "21 VAT"}, {0, "19 VAT"},
		} {
			offset.Store(int64(c.offset))
			time.Sleep(1001 * time.Millisecond)
			assert.Equal(t, c.want, taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "%s later", c.offset)
			on := tax.Lookup{Country: "DE", Date: tax.MustDate("2027-06-01")}
			assert.Equal(t, "20 VAT", taxtest.Answer(r.Lookup(t.Context(), on)), "a day that is given is that day")
		}
		assert.Equal(t, 1, src.Total(), "no jump makes data old")
	})
}

func TestFaultCloseDuringUseAnswersOrSaysClosed(t *testing.T) {
	for range 5 {
		src := taxtest.NewWatchedSource("19")
		r := taxtest.Open(t, src, &tax.Options{Capacity: 8, TTL: time.Millisecond, MaxStale: time.Hour, CountHits: true})
		var group, begun sync.WaitGroup
		begun.Add(8)
		for i := range 8 {
			group.Go(func() {
				view := r.Tenant(fmt.Sprint(i % 3))
				for n := 0; ; n++ {
					if n == 50 {
						begun.Done()
					}
					a, err := view.Resolve(t.Context(), []string{"DE", "FR", "AT", "BE"}[n%4], "")
					if n%64 == 0 {
						view.Invalidate("DE")
						r.Stats()
					}
					if err != nil {
						assert.ErrorIs(t, err, tax.ErrClosed)
						return
					}
					assert.Equal(t, "19 VAT", taxtest.Answer(a, nil))
				}
			})
		}
		group.Go(func() { assert.ErrorIs(t, r.Watch(t.Context()), tax.ErrClosed) })
		group.Go(func() {
			for {
				if err := r.Warm(t.Context(), tax.Warming{}); err != nil {
					assert.ErrorIs(t, err, tax.ErrClosed)
					return
				}
			}
		})
		begun.Wait()
		for range 3 {
			group.Go(r.Close)
		}
		group.Wait()
		_, err := r.Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, tax.ErrClosed)
		s := r.Stats()
		assert.Zero(t, s.Countries)
		assert.Zero(t, s.Bytes)
		assert.Zero(t, s.Loading)
	}
}

func TestFaultCallersWhoModifyWhatStoresAndResolversGaveChangeNothing(t *testing.T) {
	mine := store.NewMemory(nil)
	_, err := mine.Create(t.Context(), "", taxtest.Doc("DE", taxtest.Class("STANDARD*", "2007-01-01 19 source:law", "STD")))
	require.NoError(t, err)
	r := taxtest.Open(t, mine, &tax.Options{Capacity: 2, TTL: 20 * time.Millisecond})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for n := range 200 {
				stored, err := mine.Get(t.Context(), "", tax.Location{Country: "DE"})
				if !assert.NoError(t, err) {
					return
				}
				stored.Classes[0].Code, stored.Classes[0].Rates[0].Percent = "MINE", tax.MustPercent("1")
				stored.Classes[0].Aliases[0] = "MINE"
				a, err := r.Resolve(t.Context(), "DE", "STD")
				if !assert.Equal(t, "19 VAT", taxtest.Answer(a, err)) {
					return
				}
				assert.Equal(t, []string{"law"}, a.Evidence().Sources)
				a.Evidence().Sources[0] = "mine"
				e := a.Explain()
				e.Sources[0], e.Documents[0].Source = "mine", "mine"
				if n%10 == 0 {
					r.InvalidateAll()
				}
			}
		})
	}
	group.Wait()
}
