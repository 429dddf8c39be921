package freshness_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// steppedClock is a wall clock that runs with the time of the test, counts who
// reads it, and can be set.
type steppedClock struct {
	calls atomic.Int64

	mu    sync.Mutex
	shown time.Time // at the moment since
	since time.Time
}

func newSteppedClock(shown time.Time) *steppedClock {
	return &steppedClock{shown: shown, since: time.Now()}
}

func (c *steppedClock) now() time.Time {
	c.calls.Add(1)
	return c.read()
}

func (c *steppedClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.Add(time.Since(c.since))
}

func (c *steppedClock) setTo(shown time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown, c.since = shown, time.Now()
}

func (c *steppedClock) step(d time.Duration) { c.setTo(c.read().Add(d)) }

// civil is the reference: the day on the wall at a place.
func civil(now time.Time, zone *time.Location) string { return now.In(zone).Format(time.DateOnly) }

func zoneNamed(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("no time zone data on this system: %v", err)
	}
	return zone
}

// dailySource has for every tenant a DE in the time zone of that name, with a
// new rate on every day around a moment, so that a wrong day is a wrong rate.
func dailySource(around time.Time) tax.SourceFunc {
	var timeline []string
	for d := -3; d <= 3; d++ {
		timeline = append(timeline, civil(around.AddDate(0, 0, d), time.UTC)+" "+dailyPercent(civil(around.AddDate(0, 0, d), time.UTC)))
	}
	return func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{
			taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", strings.Join(timeline, "; "))), func(c *tax.Configuration) { c.TimeZone = key.Tenant }),
			taxtest.Doc("DE-BY"),
		}, nil
	}
}

// dailyPercent is the rate of a day in a dailySource.
func dailyPercent(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return strconv.Itoa(t.YearDay()%90 + 1)
}

// requireDay checks the answer for today against the reference: the day on the
// wall now, or the one that was there up to a second ago.
func requireDay(t *testing.T, r *tax.Resolver, now time.Time, zone *time.Location) {
	t.Helper()
	allowed := []string{civil(now, zone), civil(now.Add(-time.Second), zone)}
	a, err := r.Resolve(t.Context(), "DE", "STANDARD")
	require.NoError(t, err, "%v in %v", now, zone)
	require.Contains(t, allowed, a.Date().String(), "%v in %v", now, zone)
	require.Equal(t, dailyPercent(a.Date().String()), taxtest.Percent(a.Percent()), "%v in %v", now, zone)
	p, err := r.Place(t.Context(), tax.Lookup{Country: "DE", Region: "BY"})
	require.NoError(t, err)
	require.Contains(t, allowed, p.Date().String(), "%v in %v", now, zone)
}

// The moments are those at which, or around which, a day begins there.
func TestTodayChangesWithinASecondOfLocalMidnight(t *testing.T) {
	for _, c := range []struct{ zone, moment string }{
		{"UTC", "2027-01-01T00:00:00Z"},
		{"Etc/GMT+12", "2026-11-21T12:00:00Z"},
		{"Pacific/Kiritimati", "2026-11-21T10:00:00Z"},
		{"Pacific/Apia", "2026-11-21T11:00:00Z"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z"},      // the 30th did not exist
		{"Pacific/Kwajalein", "1993-08-21T12:00:00Z"}, // nor did the 21st there
		{"Asia/Kathmandu", "2026-11-21T18:15:00Z"},    // +05:45
		{"Asia/Kolkata", "2026-11-21T18:30:00Z"},      // +05:30
		{"Pacific/Chatham", "2026-11-21T10:15:00Z"},   // +13:45
		{"Australia/Lord_Howe", "2026-10-03T13:30:00Z"},
		{"America/St_Johns", "2026-11-22T03:30:00Z"},
		{"America/St_Johns", "2010-11-07T02:30:00Z"}, // a minute after midnight it was yesterday again
		{"America/St_Johns", "2011-03-13T03:30:00Z"}, // a minute after midnight it was 01:01
		{"Africa/Cairo", "2026-04-23T22:00:00Z"},     // there is no midnight: 01:00 follows 23:59
		{"Africa/Cairo", "2026-10-29T21:00:00Z"},     // instead of midnight it is 23:00 again
		{"Asia/Beirut", "2026-03-28T22:00:00Z"},      // no midnight either
		{"America/Havana", "2026-03-08T05:00:00Z"},   // nor there
		{"America/Havana", "2026-11-01T04:00:00Z"},   // midnight twice
		{"Europe/Berlin", "2026-03-28T23:00:00Z"},    // before and after the short day
		{"Europe/Berlin", "2026-03-29T22:00:00Z"},
		{"Europe/Berlin", "2026-10-24T22:00:00Z"}, // before and after the long day
		{"Europe/Berlin", "2026-10-25T23:00:00Z"},
		{"Pacific/Auckland", "2026-04-04T11:00:00Z"},
		{"Pacific/Auckland", "2026-04-05T12:00:00Z"},
		{"Pacific/Auckland", "2026-09-26T12:00:00Z"},
		{"America/Los_Angeles", "2026-03-09T07:00:00Z"},
	} {
		t.Run(c.zone+" "+c.moment, func(t *testing.T) {
			zone := zoneNamed(t, c.zone)
			moment, err := time.Parse(time.RFC3339, c.moment)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(4, uint64(moment.Unix())))
				clock := newSteppedClock(moment.Add(-time.Minute - time.Duration(rng.Int64N(int64(time.Second)))))
				r := taxtest.Open(t, dailySource(moment), &tax.Options{Clock: clock.now}).Tenant(c.zone)
				changes, last := 0, civil(clock.read(), zone)
				for clock.read().Before(moment.Add(62 * time.Minute)) {
					now := clock.read()
					requireDay(t, r, now, zone)
					if today := civil(now, zone); today != last {
						changes, last = changes+1, today
					}
					time.Sleep(time.Duration(rng.Int64N(int64(2 * time.Second))))
				}
				assert.Positive(t, changes)
			})
		})
	}
}

var manyZones = []string{
	"Etc/GMT+12", "Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Marquesas", "America/Anchorage", "America/Los_Angeles",
	"America/Denver", "America/Chicago", "America/New_York", "America/Halifax", "America/St_Johns", "America/Sao_Paulo",
	"America/Noronha", "Atlantic/Azores", "UTC", "Europe/Berlin", "Africa/Cairo", "Asia/Riyadh", "Asia/Tehran", "Asia/Dubai",
	"Asia/Kabul", "Asia/Karachi", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo",
	"Australia/Adelaide", "Australia/Sydney", "Pacific/Noumea", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
}

func TestOneResolverFollowsTheMidnightsOfAllZones(t *testing.T) {
	zones := make([]*time.Location, len(manyZones))
	for i, name := range manyZones {
		zones[i] = zoneNamed(t, name)
	}
	begin := time.Date(2026, 4, 23, 9, 30, 0, 0, time.UTC)
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 5))
		clock := newSteppedClock(begin)
		all := taxtest.Open(t, dailySource(begin), &tax.Options{Clock: clock.now})
		for clock.read().Before(begin.Add(26 * time.Hour)) {
			i := rng.IntN(len(zones))
			requireDay(t, all.Tenant(manyZones[i]), clock.read(), zones[i])
			time.Sleep(time.Duration(rng.Int64N(int64(20 * time.Second))))
		}
	})
}

func TestStepsOfTheWallClockAreFollowedWithinASecond(t *testing.T) {
	steps := []time.Duration{time.Hour, 24 * time.Hour, 365 * 24 * time.Hour}
	for _, name := range []string{"UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"} {
		zone := zoneNamed(t, name)
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(6, 6))
			clock := newSteppedClock(time.Date(2026, 11, 21, 22, 59, 30, 0, time.UTC))
			src := taxtest.Fixed(taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) { c.TimeZone = name }))
			r := taxtest.Open(t, src, &tax.Options{Clock: clock.now})
			today := func() string {
				a, err := r.Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
				return a.Date().String()
			}
			require.Equal(t, civil(clock.read(), zone), today())
			for range 300 {
				before := clock.read()
				clock.step(steps[rng.IntN(len(steps))] * time.Duration(2*rng.IntN(2)-1))
				after, since := clock.read(), time.Now()
				for time.Since(since) <= time.Second {
					require.Contains(t, []string{civil(before.Add(-time.Second), zone), civil(before, zone), civil(after, zone), civil(clock.read(), zone)}, today())
					time.Sleep(170 * time.Millisecond)
				}
				require.Contains(t, []string{civil(clock.read(), zone), civil(clock.read().Add(-time.Second), zone)}, today(), "from %v to %v", before, after)
			}
		})
	}
}

func TestClockThatLeavesTheCalendarIsAnErrorUntilItComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
		r := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"))), &tax.Options{Clock: clock.now})
		dated := tax.Lookup{Country: "DE", Date: taxtest.Day}
		requireToday := func(want string, inside bool) {
			t.Helper()
			for _, country := range []string{"DE", "FR"} { // FR is cold at first
				a, err := r.Resolve(t.Context(), country, "")
				p, placeErr := r.Place(t.Context(), tax.Lookup{Country: country})
				if !inside {
					require.ErrorIs(t, err, tax.ErrInvalid)
					require.ErrorIs(t, placeErr, tax.ErrInvalid)
					continue
				}
				require.NoError(t, err)
				require.NoError(t, placeErr)
				require.Equal(t, want, a.Date().String())
				require.Equal(t, want, p.Date().String())
			}
			_, err := r.Lookup(t.Context(), dated)
			require.NoError(t, err, "a day that was given needs no clock")
		}
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		for _, outside := range []time.Time{
			time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}.Add(-time.Hour), time.Unix(-1<<61, 0), time.Unix(1<<61, 0),
		} {
			clock.setTo(outside)
			time.Sleep(time.Second + time.Millisecond)
			requireToday("", false)
			clock.setTo(time.Date(2027, 2, 3, 12, 0, 0, 0, time.UTC))
			time.Sleep(time.Second + time.Millisecond)
			requireToday("2027-02-03", true)
		}
		clock.setTo(time.Date(9999, 12, 31, 23, 59, 58, 0, time.UTC))
		time.Sleep(time.Second + time.Millisecond)
		requireToday("9999-12-31", true)
		time.Sleep(2 * time.Second)
		requireToday("", false)
		clock.setTo(time.Time{}.Add(-time.Second))
		time.Sleep(2*time.Second + time.Millisecond)
		requireToday("0001-01-01", true)
	})
}

func TestLookupWithADateDoesNotDependOnTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Date(2026, 11, 21, 23, 59, 55, 0, time.UTC)
		clock := newSteppedClock(begin)
		r := taxtest.Open(t, dailySource(begin), &tax.Options{Clock: clock.now}).Tenant("UTC")
		for range 100 {
			for d := -2; d <= 3; d++ {
				on := civil(begin.AddDate(0, 0, d), time.UTC)
				a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Date: tax.MustDate(on)})
				require.NoError(t, err)
				require.Equal(t, on, a.Date().String())
				require.Equal(t, dailyPercent(on), taxtest.Percent(a.Percent()))
				require.False(t, a.Explain().Input.Today)
			}
			time.Sleep(100 * time.Millisecond)
			if r := time.Since(clock.since); r > 7*time.Second {
				clock.step(24 * time.Hour)
			}
		}
	})
}

func TestCountriesLoadedBeforeAndAfterMidnightAgree(t *testing.T) {
	for _, held := range []bool{false, true} { // whether one load lasts beyond midnight
		synctest.Test(t, func(t *testing.T) {
			begin := time.Date(2026, 11, 21, 23, 59, 57, 400e6, time.UTC)
			clock := newSteppedClock(begin)
			src := newLivingSource("19")
			r := taxtest.Open(t, src, &tax.Options{Clock: clock.now})
			if held {
				src.slow(4 * time.Second)
			}
			var early sync.WaitGroup
			early.Go(func() { _, _ = r.Resolve(t.Context(), "DE", "") })
			src.until(2700 * time.Millisecond) // 100 ms after midnight
			src.slow(0)
			_, err := r.Resolve(t.Context(), "FR", "")
			require.NoError(t, err)
			early.Wait()
			src.until(5 * time.Second)
			for _, country := range []string{"DE", "FR", "AT"} {
				a, err := r.Resolve(t.Context(), country, "")
				require.NoError(t, err)
				assert.Equal(t, "2026-11-22", a.Date().String(), country)
			}
		})
	}
}

func TestReformTakesEffectOnItsDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2026, 12, 31, 22, 59, 50, 0, time.UTC))
		r := taxtest.Open(t, taxtest.Fixed(
			taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19; 2027-01-01 21"), taxtest.Class("NEW", "2027-01-01 7"), taxtest.Class("OLD", "- 5; 2027-01-01 end")),
				func(c *tax.Configuration) { c.TimeZone = zoneNamed(t, "Europe/Berlin").String() }),
			taxtest.Doc("DE-BY", taxtest.Class("STANDARD", "- + 1; 2027-01-01 + 2"))), &tax.Options{Clock: clock.now})
		state := func() (texts []string) {
			for _, l := range []tax.Lookup{{}, {Region: "BY"}, {Class: "NEW"}, {Class: "OLD"}, {Class: "NEW", FallbackToDefault: true}} {
				l.Country = "DE"
				texts = append(texts, taxtest.Answer(r.Lookup(t.Context(), l)))
			}
			list, err := r.Classes(t.Context(), tax.Lookup{Country: "DE"})
			require.NoError(t, err)
			for _, a := range list {
				texts = append(texts, a.Class())
			}
			return texts
		}
		before := []string{"19 VAT", "20 VAT [VAT 19, VAT 1]", "no rate on that day", "5 VAT", "19 VAT", "STANDARD", "OLD"}
		after := []string{"21 VAT", "23 VAT [VAT 21, VAT 2]", "7 VAT", "no rate on that day", "7 VAT", "STANDARD", "NEW"}
		require.Equal(t, before, state())
		old, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		place, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
		require.NoError(t, err)
		time.Sleep(9999 * time.Millisecond)
		require.Equal(t, before, state())
		time.Sleep(1002 * time.Millisecond)
		require.Equal(t, after, state())
		clock.step(-time.Hour)
		time.Sleep(time.Second + time.Millisecond)
		require.Equal(t, before, state())
		clock.step(time.Hour)
		time.Sleep(time.Second + time.Millisecond)
		require.Equal(t, after, state())

		now, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.Equal(t, "2027-01-01", now.Since().String())
		assert.Equal(t, "2027-01-01", old.Until().String(), "an answer stays as it was")
		assert.Equal(t, "2026-12-31", old.Date().String())
		assert.Equal(t, "2026-12-31", place.Date().String())
		assert.Equal(t, "19 VAT", taxtest.Answer(place.Rate("")))
	})
}

func TestStaleCountryFollowsMidnightAsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Date(2026, 11, 21, 23, 50, 0, 0, time.UTC)
		clock := newSteppedClock(begin)
		var down atomic.Bool
		daily := dailySource(begin)
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if down.Load() {
				return nil, taxtest.ErrDatabase
			}
			return daily(ctx, key)
		}), &tax.Options{Clock: clock.now, TTL: time.Minute, MaxStale: time.Hour}).Tenant("UTC")
		requireDay(t, r, begin, time.UTC)
		down.Store(true)
		for clock.read().Before(begin.Add(20 * time.Minute)) {
			requireDay(t, r, clock.read(), time.UTC)
			time.Sleep(900 * time.Millisecond)
		}
		a, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.True(t, a.Stale())
		assert.Equal(t, begin, a.LoadedAt())
		assert.Equal(t, "2026-11-22", a.Date().String())
	})
}

// A country that was loaded after a reform may be asked on a day before it, when the clock
// is set back.
func TestDayBeforeThatOfTheLoadHasItsOwnRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2027, 1, 1, 0, 30, 0, 0, time.UTC))
		r := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19; 2027-01-01 21"), taxtest.Class("FOOD", "- 7"), taxtest.Class("HOTEL", "2027-01-01 5"))), &tax.Options{Clock: clock.now})
		for _, c := range []struct {
			step time.Duration
			want string
			new  string
		}{{0, "21 VAT", "5 VAT"}, {-time.Hour, "19 VAT", "no rate on that day"}, {time.Hour, "21 VAT", "5 VAT"}} {
			clock.step(c.step)
			time.Sleep(time.Second + time.Millisecond)
			for range 2 {
				assert.Equal(t, c.want, taxtest.Answer(r.Resolve(t.Context(), "DE", "STANDARD")))
				assert.Equal(t, c.want, taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
				assert.Equal(t, "7 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "FOOD")))
				assert.Equal(t, c.new, taxtest.Answer(r.Resolve(t.Context(), "DE", "HOTEL")))
			}
		}
	})
}

// A territory of a country that is shared as a whole says from which day on its latest rates
// hold, whatever the days of the others are.
func TestTerritoryAnswersOnEachDayWithTheRateOfThatDay(t *testing.T) {
	clock := newSteppedClock(time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC))
	r := taxtest.Open(t, taxtest.Fixed(
		taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19; 2027-01-01 21"), taxtest.Class("FOOD", "- 7")),
		taxtest.Doc("DE-X-1", taxtest.Class("STANDARD*", "- 1; 2027-01-02 2; 2028-01-01 3"), taxtest.Class("HOTEL", "2027-01-01 5")),
	), &tax.Options{Clock: clock.now})
	for _, q := range []struct{ region, class, day, want string }{
		{"", "", "2026-12-31", "19 VAT"}, {"", "", "2027-01-01", "21 VAT"}, {"", "FOOD", "2020-01-01", "7 VAT"},
		{"X-1", "", "2026-12-31", "1 VAT"}, {"X-1", "", "2027-01-01", "1 VAT"}, {"X-1", "", "2027-01-02", "2 VAT"},
		{"X-1", "STANDARD", "2027-12-31", "2 VAT"}, {"X-1", "STANDARD", "2028-01-01", "3 VAT"},
		{"X-1", "HOTEL", "2026-12-31", "no rate on that day"}, {"X-1", "HOTEL", "2027-01-01", "5 VAT"},
		{"X-1", "FOOD", "2026-12-31", "7 VAT"}, {"X-1", "FOOD", "2030-01-01", "7 VAT"},
	} {
		l := tax.Lookup{Country: "DE", Region: q.region, Class: q.class, Date: tax.MustDate(q.day)}
		assert.Equal(t, q.want, taxtest.Answer(r.Lookup(t.Context(), l)), "%+v", q)
		p, err := r.Place(t.Context(), l)
		require.NoError(t, err)
		assert.Equal(t, q.want, taxtest.Answer(p.Rate(q.class)), "the place of %+v", q)
	}
}
