package freshness_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// livingSource changes in the course of a test: it answers every key with the
// percentage of the moment, fails, takes its time or hangs, and keeps a record
// of when it was asked. What a load answers is decided when it begins.
type livingSource struct {
	start time.Time

	mu      sync.Mutex
	percent string
	none    bool
	fault   error
	takes   time.Duration
	gate    chan struct{}
	asked   map[tax.Key][]time.Duration // since start
	total   int
	now     int // loads under way
	most    int
}

func newLivingSource(percent string) *livingSource {
	return &livingSource{start: time.Now(), percent: percent, asked: map[tax.Key][]time.Duration{}}
}

func (s *livingSource) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.mu.Lock()
	percent, none, fault, takes, gate := s.percent, s.none, s.fault, s.takes, s.gate
	s.asked[key] = append(s.asked[key], time.Since(s.start))
	s.total++
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if gate != nil {
		<-gate
	}
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if fault != nil || none {
		return nil, fault
	}
	return []tax.Configuration{
		taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- "+percent), taxtest.Class("REDUCED", "- 7")),
		taxtest.WithPostalCodes(taxtest.Doc(key.Country+"-X-ISLE", taxtest.Class("STANDARD", "- "+percent)), "27498"),
	}, nil
}

func (s *livingSource) set(edit func(*livingSource)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(s)
}

func (s *livingSource) answers(percent string) { s.set(func(s *livingSource) { s.percent = percent }) }

func (s *livingSource) fails(err error) { s.set(func(s *livingSource) { s.fault = err }) }

func (s *livingSource) works() { s.fails(nil) }

func (s *livingSource) slow(takes time.Duration) { s.set(func(s *livingSource) { s.takes = takes }) }

// hangs makes the loads that begin from now on hang, deaf to their context,
// until release is called or the test ends.
func (s *livingSource) hangs(t *testing.T) (release func()) {
	gate := make(chan struct{})
	s.set(func(s *livingSource) { s.gate = gate })
	release = sync.OnceFunc(func() {
		s.set(func(s *livingSource) {
			if s.gate == gate {
				s.gate = nil
			}
		})
		close(gate)
	})
	t.Cleanup(release)
	return release
}

func (s *livingSource) loads() (n int) {
	s.set(func(s *livingSource) { n = s.total })
	return n
}

func (s *livingSource) loadsOf(tenant string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Duration(nil), s.asked[tax.Key{Tenant: tenant, Country: "DE"}]...)
}

// until sleeps to a moment of the test.
func (s *livingSource) until(d time.Duration) { time.Sleep(time.Until(s.start.Add(d))) }

// bound asks with a context that is over. It gets what is in memory and may
// answer, or an error, and waits for nothing.
func bound(r *tax.Resolver) (tax.Resolution, error) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return r.Resolve(ctx, "DE", "")
}

// isFresh reports whether DE is in memory and not stale.
func isFresh(r *tax.Resolver) bool {
	a, err := bound(r)
	return err == nil && !a.Stale()
}

// tickOf is how exact times are with that TTL.
func tickOf(ttl time.Duration) time.Duration {
	return min(time.Second, max(ttl/16, 10*time.Millisecond))
}

// noRefresh is a window for refreshes that no test hits.
const noRefresh = time.Nanosecond

func TestCountryAnswersWithoutALoadUntilItsEndAndAfterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("1")
		r := taxtest.Open(t, src, &tax.Options{TTL: 100 * time.Second, RefreshAhead: noRefresh})
		for life := range 5 {
			want := strconv.Itoa(life+1) + " VAT"
			began := time.Now()
			assert.Equal(t, want, taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			src.answers(strconv.Itoa(life + 2))
			for time.Since(began) < 88*time.Second {
				a, err := r.Resolve(t.Context(), "DE", "")
				require.Equal(t, want, taxtest.Answer(a, err))
				require.False(t, a.Stale())
				require.Equal(t, began.UTC(), a.LoadedAt())
				time.Sleep(700 * time.Millisecond)
			}
			require.Equal(t, life+1, src.loads())
			time.Sleep(time.Until(began.Add(100*time.Second + time.Microsecond)))
		}
		assert.Equal(t, 5, src.loads(), "nobody asked after the last end")
	})
}

// The model: the end of a life lies between 90 % and 100 % of TTL, and may be
// seen up to a tick early.
func TestNoCountryIsFreshBeyondItsTTLAndEachHasItsOwnEnd(t *testing.T) {
	const tenants = 200
	for _, ttl := range []time.Duration{50 * time.Millisecond, time.Second, 16 * time.Second, 1000 * time.Second, 3 * time.Hour} {
		t.Run(ttl.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, uint64(ttl)))
				src := newLivingSource("19")
				r := taxtest.Open(t, src, &tax.Options{TTL: ttl, LoadTimeout: 10 * ttl})
				views, loaded := make([]*tax.Resolver, tenants), make([]time.Time, tenants)
				for i := range views {
					views[i] = r.Tenant(strconv.Itoa(i))
					time.Sleep(time.Duration(rng.Int64N(int64(ttl) / 20 / tenants)))
					loaded[i] = time.Now()
					_, err := views[i].Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
				}
				src.hangs(t) // so that no refresh moves an end

				ends, step := make([]time.Duration, tenants), ttl/500
				earliest := ttl*9/10 - tickOf(ttl) - step
				time.Sleep(time.Until(loaded[0].Add(earliest - step)))
				for time.Since(loaded[tenants-1]) <= ttl+step {
					for i, view := range views {
						if isFresh(view) {
							ends[i] = time.Since(loaded[i])
						}
					}
					time.Sleep(step)
				}
				tenths := map[int64]bool{}
				for i, end := range ends {
					require.GreaterOrEqual(t, end, earliest, "tenant %d", i)
					require.LessOrEqual(t, end, ttl, "tenant %d", i)
					tenths[int64((end-ttl*9/10)*100/ttl)] = true
				}
				if ttl >= 1000*time.Second { // else a tick is longer than a tenth of the range
					assert.GreaterOrEqual(t, len(tenths), 8, "the ends lie everywhere in the range")
				}
			})
		})
	}
}

func TestNoCountryIsFreshAMomentAfterItsTTL(t *testing.T) {
	const tenants = 300
	for _, ttl := range []time.Duration{30 * time.Millisecond, time.Second, 90 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(2, uint64(ttl)))
			src := newLivingSource("19")
			r := taxtest.Open(t, src, &tax.Options{TTL: ttl, RefreshAhead: noRefresh})
			for i := range tenants {
				time.Sleep(time.Duration(rng.Int64N(int64(ttl) / tenants)))
				_, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
			}
			for i := range tenants {
				view := r.Tenant(strconv.Itoa(i))
				src.until(src.loadsOf(strconv.Itoa(i))[0] + ttl + 1)
				require.False(t, isFresh(view), "TTL %v, tenant %d", ttl, i)
			}
		})
	}
}

func TestWithoutTTLACountryIsNotLoadedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, nil)
		for range 30 {
			a, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			assert.False(t, a.Stale())
			assert.Equal(t, src.start.UTC(), a.LoadedAt())
			time.Sleep(time.Hour)
		}
		assert.Equal(t, 1, src.loads())
	})
}

func TestCallerBeyondTheEndWaitsForTheNewData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{TTL: 100 * time.Second, MaxStale: time.Hour})
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		src.until(200 * time.Second)
		src.answers("21")
		src.slow(3 * time.Second)
		a, err := r.Resolve(t.Context(), "DE", "")
		assert.Equal(t, "21 VAT", taxtest.Answer(a, err), "the source works: what is too old does not answer")
		assert.Equal(t, 203*time.Second, time.Since(src.start))
		assert.Equal(t, src.start.Add(200*time.Second).UTC(), a.LoadedAt())
		assert.False(t, a.Stale())
	})
}

func TestThousandCallersAtTheEndOfACountryShareOneLoad(t *testing.T) {
	const callers = 1000
	for want, fault := range map[string]error{"21 VAT": nil, "source unavailable": taxtest.ErrDatabase} {
		synctest.Test(t, func(t *testing.T) {
			src := newLivingSource("19")
			r := taxtest.Open(t, src, &tax.Options{TTL: 100 * time.Second})
			_, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			src.until(101 * time.Second)
			src.answers("21")
			src.fails(fault)
			src.slow(time.Second)
			answers := make([]<-chan string, callers)
			for i := range answers {
				answers[i] = taxtest.Ask(t.Context(), r)
			}
			for _, a := range answers {
				require.Equal(t, want, <-a)
			}
			assert.Equal(t, 2, src.loads())
			assert.Equal(t, 102*time.Second, time.Since(src.start))
		})
	}
}

// The data were read some time between the beginning and the end of the load:
// the honest age is the greater one.
func TestAgeCountsFromTheBeginningOfTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		src.slow(40 * time.Second)
		r := taxtest.Open(t, src, &tax.Options{TTL: 100 * time.Second, RefreshAhead: noRefresh, LoadTimeout: time.Minute})
		a, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.Equal(t, src.start.UTC(), a.LoadedAt())
		src.until(88 * time.Second)
		assert.True(t, isFresh(r))
		src.until(100*time.Second + 1)
		assert.False(t, isFresh(r))
	})
}

// A load may take longer than what it brings may be used. Who waited for it
// gets it: it is as new as can be had.
func TestLoadThatTakesLongerThanTTLAnswersWhoWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		src.slow(5 * time.Second)
		r := taxtest.Open(t, src, &tax.Options{TTL: 3 * time.Second})
		for n := range 3 {
			assert.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r))
			assert.Equal(t, n+1, src.loads())
		}
	})
}

func TestAgesDoNotFollowTheWallClock(t *testing.T) {
	for _, step := range []time.Duration{-365 * 24 * time.Hour, -24 * time.Hour, -time.Hour, time.Hour, 24 * time.Hour, 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			clock := newSteppedClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
			src := newLivingSource("19")
			r := taxtest.Open(t, src, &tax.Options{TTL: 100 * time.Second, RefreshAhead: noRefresh, NegativeTTL: 100 * time.Second, Clock: clock.now})
			a, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			assert.Equal(t, clock.read().UTC(), a.LoadedAt(), "the time stamp is by the wall clock")
			src.set(func(s *livingSource) { s.none = true })
			_, err = r.Resolve(t.Context(), "FR", "")
			require.ErrorIs(t, err, tax.ErrUnknownCountry)
			src.until(50 * time.Second)
			clock.step(step)
			src.until(88 * time.Second)
			_, err = r.Resolve(t.Context(), "FR", "")
			assert.ErrorIs(t, err, tax.ErrUnknownCountry)
			assert.True(t, isFresh(r), "step %v", step)
			assert.Equal(t, 2, src.loads(), "step %v", step)
			src.until(100*time.Second + 1)
			assert.False(t, isFresh(r), "step %v", step)
		})
	}
}

func TestOptionsOfAgesThatContradictThemselvesAreRefused(t *testing.T) {
	for field, opts := range map[string]tax.Options{
		"TTL":          {TTL: -1},
		"RefreshAhead": {TTL: time.Hour, RefreshAhead: -1},
		"MaxStale":     {TTL: time.Hour, MaxStale: -1},
		"NegativeTTL":  {NegativeTTL: -1},
		"LoadTimeout":  {LoadTimeout: -1},
	} {
		requireRefusedOption(t, field, opts)
	}
	requireRefusedOption(t, "RefreshAhead", tax.Options{RefreshAhead: time.Second})
	requireRefusedOption(t, "MaxStale", tax.Options{MaxStale: time.Second})
	requireRefusedOption(t, "RefreshAhead", tax.Options{TTL: time.Minute, RefreshAhead: time.Minute})
	requireRefusedOption(t, "RefreshAhead", tax.Options{TTL: time.Minute, RefreshAhead: time.Hour})
	requireRefusedOption(t, "RefreshAhead", tax.Options{TTL: time.Minute, RefreshAhead: 48*time.Second + 1})
	_, err := tax.NewResolver(taxtest.Fixed(), &tax.Options{TTL: 10 * time.Second, RefreshAhead: 9 * time.Second})
	assert.ErrorContains(t, err, "at most 8s", "it says what to pass")
	taxtest.Open(t, taxtest.Fixed(), &tax.Options{TTL: 1, NegativeTTL: 1, MaxStale: 1})
}

func requireRefusedOption(t *testing.T, field string, opts tax.Options) {
	t.Helper()
	_, err := tax.NewResolver(taxtest.Fixed(), &opts)
	var input *tax.InputError
	require.True(t, errors.As(err, &input), "%s: %v", field, err)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.Contains(t, input.Field, field)
	assert.NotEmpty(t, input.Reason)
}

func TestVeryLongAgesDoNotWrap(t *testing.T) {
	const longest, decades = 1<<63 - 1, 90 * 365 * 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{TTL: decades, MaxStale: decades, NegativeTTL: longest, LoadTimeout: longest, MaxDataAge: longest})
		time.Sleep(time.Hour) // a sum with any age is what wraps
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		src.set(func(s *livingSource) { s.none = true })
		_, err = r.Resolve(t.Context(), "FR", "")
		require.ErrorIs(t, err, tax.ErrUnknownCountry)
		time.Sleep(time.Hour)
		_, err = r.Resolve(t.Context(), "FR", "")
		require.ErrorIs(t, err, tax.ErrUnknownCountry)
		assert.True(t, isFresh(r))
		assert.Equal(t, 2, src.loads())
	})
}

func TestLoadedAtIsRightForAnyClock(t *testing.T) {
	for _, now := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(1600, 2, 29, 1, 2, 3, 4, time.UTC), time.Unix(0, 0),
		time.Date(2026, 11, 21, 23, 30, 0, 999_999_999, time.FixedZone("", -5*3600)),
		time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 12, 0, 0, 0, time.UTC),
	} {
		r := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))), &tax.Options{Clock: func() time.Time { return now }})
		a, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.Equal(t, now.UTC().Truncate(time.Microsecond), a.LoadedAt())
		assert.Equal(t, now.UTC().Truncate(time.Microsecond), a.Explain().LoadedAt)
	}
}

// Nothing but the age ends what a country answers, whatever the answer is.
func TestCountryThatAnswersWithErrorsComesToItsEndAsWell(t *testing.T) {
	for name, c := range map[string]tax.Configuration{
		"invalid":    taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"), taxtest.Class("STANDARD*", "- 7")),
		"elsewhere":  taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")),
		"no classes": taxtest.Doc("DE"),
		"no rate":    taxtest.Doc("DE", taxtest.Class("STANDARD*", "2100-01-01 19")),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				loads := 0
				r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
					loads++
					if loads == 1 {
						return []tax.Configuration{c.Clone()}, nil
					}
					return taxtest.LoadNineteen(ctx, key)
				}), &tax.Options{TTL: hundred, RefreshAhead: noRefresh})
				for range 8 {
					_, err := r.Resolve(t.Context(), "DE", "")
					require.Error(t, err)
					require.Equal(t, 1, loads)
					time.Sleep(11 * time.Second)
				}
				time.Sleep(12*time.Second + 1)
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			})
		})
	}
}
