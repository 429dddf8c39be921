package freshness_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"strconv"
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

const allowed = 50 * time.Second // MaxStale of these tests, beside a TTL of 100 s

// outage returns a resolver with DE in memory, loaded at the start. Since then the
// source fails. It is 101 s later: DE has expired, and there was no other call.
func outage(t *testing.T, edit func(*tax.Options)) (*tax.Resolver, *livingSource) {
	t.Helper()
	src := newLivingSource("19")
	opts := &tax.Options{TTL: hundred, RefreshAhead: noRefresh, MaxStale: allowed}
	if edit != nil {
		edit(opts)
	}
	r := taxtest.Open(t, src, opts)
	_, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	src.fails(taxtest.ErrDatabase)
	src.answers("21")
	src.until(hundred + time.Second)
	return r, src
}

func requireStale(t *testing.T, src *livingSource, a tax.Resolution, err error) {
	t.Helper()
	require.NoError(t, err)
	require.Equal(t, "19 VAT", taxtest.Answer(a, nil))
	require.True(t, a.Stale())
	require.Equal(t, src.start.UTC(), a.LoadedAt())
	require.Equal(t, time.UTC, a.LoadedAt().Location())
}

func TestStaleAnswerSaysSoAndHowOldItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		a, err := r.Resolve(t.Context(), "DE", "STANDARD")
		requireStale(t, src, a, err)
		assert.Equal(t, 2, src.loads(), "the source was asked first")
		e := a.Explain()
		assert.True(t, e.Stale)
		assert.Equal(t, src.start.UTC(), e.LoadedAt)
		assert.Equal(t, "19", e.Percent)
		data, err := json.Marshal(e)
		require.NoError(t, err)
		assert.Contains(t, string(data), `"stale":true`)
		assert.Contains(t, string(data), `"loadedAt":"2000-01-01T00:00:00Z"`)

		asserted := a.As(tax.Export, "proof")
		assert.True(t, asserted.Stale())
		assert.True(t, asserted.Explain().Stale)
		assert.Equal(t, src.start.UTC(), asserted.LoadedAt())
		assert.EqualValues(t, 1, r.Stats().StaleServed)
	})
}

func TestFreshAnswerDoesNotSayStale(t *testing.T) {
	a, err := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))).Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	assert.False(t, a.Stale())
	assert.False(t, a.LoadedAt().IsZero())
	data, err := json.Marshal(a.Explain())
	require.NoError(t, err)
	assert.NotContains(t, string(data), "stale")
	data, err = json.Marshal(tax.Explanation{})
	require.NoError(t, err)
	assert.NotContains(t, string(data), "loadedAt")
	assert.False(t, tax.Resolution{}.Stale())
	assert.True(t, tax.Resolution{}.LoadedAt().IsZero())
	assert.False(t, tax.Place{}.Stale())
	assert.True(t, tax.Place{}.LoadedAt().IsZero())
}

func TestEveryKindOfLookupMayBeStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		day, isle := taxtest.Day, tax.Lookup{Country: "DE", Region: "X-ISLE"}
		for range 2 { // who waited for the source, then who did not
			for _, l := range []tax.Lookup{{Country: "DE", Date: day}, isle, {Country: "DE", PostalCode: "27498", Date: day}, {Country: "deu", Class: "STANDARD"}} {
				a, err := r.Lookup(t.Context(), l)
				requireStale(t, src, a, err)
				p, err := r.Place(t.Context(), l)
				require.NoError(t, err)
				assert.True(t, p.Stale())
				assert.Equal(t, src.start.UTC(), p.LoadedAt())
				a, err = p.Rate("STANDARD")
				requireStale(t, src, a, err)
				list, err := r.Classes(t.Context(), l)
				require.NoError(t, err)
				require.Len(t, list, 2)
				for _, a := range append(list, p.Classes()...) {
					assert.True(t, a.Stale(), a.Class())
					assert.Equal(t, src.start.UTC(), a.LoadedAt())
				}
			}
		}
		_, err := r.Resolve(t.Context(), "DE", "BOOKS")
		assert.ErrorIs(t, err, tax.ErrUnknownClass)
	})
}

// The model: up to TTL an answer may be fresh, up to TTL+MaxStale it may be
// stale, and beyond that there is none; each may come a tick early.
func TestStaleAnswerIsNeverOlderThanAllowed(t *testing.T) {
	const tenants = 40
	for _, opts := range []tax.Options{
		{TTL: hundred, MaxStale: allowed},
		{TTL: hundred, MaxStale: allowed, RefreshAhead: noRefresh},
		{TTL: 2 * time.Second, MaxStale: 700 * time.Millisecond},
		{TTL: 10 * time.Second, MaxStale: 100 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, uint64(opts.TTL)))
			src := newLivingSource("19")
			r := taxtest.Open(t, src, &opts)
			for i := range tenants {
				time.Sleep(time.Duration(rng.Int64N(opts.TTL.Microseconds()/20/tenants)) * time.Microsecond)
				_, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
			}
			src.fails(taxtest.ErrDatabase)
			seen, most := map[string]int{}, opts.TTL+opts.MaxStale
			for time.Since(src.start) < most*6/5 {
				i := rng.IntN(tenants)
				age := time.Since(src.start) - src.loadsOf(strconv.Itoa(i))[0]
				a, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
				switch {
				case err != nil:
					seen["none"]++
					require.ErrorIs(t, err, tax.ErrStale)
					require.ErrorIs(t, err, tax.ErrUnavailable)
					require.ErrorIs(t, err, taxtest.ErrDatabase)
					require.Equal(t, "DE", err.(*tax.LookupError).Lookup.Country)
					require.Greater(t, age, most-tickOf(opts.TTL))
				case a.Stale():
					seen["stale"]++
					require.Equal(t, age, time.Since(a.LoadedAt()))
					require.LessOrEqual(t, age, most)
					require.GreaterOrEqual(t, age, opts.TTL*9/10-tickOf(opts.TTL))
				default:
					seen["fresh"]++
					require.Equal(t, age, time.Since(a.LoadedAt()))
					require.LessOrEqual(t, age, opts.TTL)
				}
				time.Sleep(time.Duration(rng.Int64N(most.Microseconds()/3000)) * time.Microsecond)
			}
			assert.Greater(t, min(seen["fresh"], seen["stale"], seen["none"]), 300, "%v", seen)
			assert.EqualValues(t, seen["stale"], r.Stats().StaleServed)
		})
	}
}

func TestTheLastMomentOfAStaleAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		src.until(hundred + allowed - time.Second - time.Millisecond)
		a, err := r.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
		src.until(hundred + allowed + 1)
		for range 20 {
			_, err = r.Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, tax.ErrStale)
			time.Sleep(time.Minute)
		}
		src.works()
		time.Sleep(15 * time.Second)
		a, err = r.Resolve(t.Context(), "DE", "")
		assert.Equal(t, "21 VAT", taxtest.Answer(a, err))
		assert.False(t, a.Stale())
	})
}

func TestWithoutMaxStaleNothingStaleAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, func(o *tax.Options) { o.MaxStale = 0 })
		for range 100 {
			_, err := r.Resolve(t.Context(), "DE", "")
			require.ErrorIs(t, err, tax.ErrUnavailable)
			require.ErrorIs(t, err, taxtest.ErrDatabase)
			require.NotErrorIs(t, err, tax.ErrStale)
			time.Sleep(100 * time.Millisecond)
		}
		assert.Zero(t, r.Stats().StaleServed)
		src.works()
		time.Sleep(15 * time.Second)
		assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	})
}

func TestColdCountryIsUnavailableNotStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := outage(t, nil)
		for range 3 {
			_, err := r.Resolve(t.Context(), "FR", "")
			assert.ErrorIs(t, err, tax.ErrUnavailable)
			assert.NotErrorIs(t, err, tax.ErrStale)
		}
	})
}

// loadsWithoutData are the ways in which a load may end without any.
var loadsWithoutData = map[string]tax.SourceFunc{
	"error":   taxtest.LoadFails,
	"panic":   func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("out of order") },
	"goexit":  func(context.Context, tax.Key) ([]tax.Configuration, error) { runtime.Goexit(); return nil, nil },
	"closed":  func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, tax.ErrClosed },
	"timeout": func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) { <-ctx.Done(); return nil, ctx.Err() },
}

func TestAnythingThatEndsALoadWithoutDataLeavesTheStaleAnswer(t *testing.T) {
	for name, fault := range loadsWithoutData {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, fault), &tax.Options{TTL: hundred, MaxStale: allowed, LoadTimeout: time.Second})
				_, err := r.Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
				time.Sleep(hundred + 1)
				for range 30 {
					a, err := r.Resolve(t.Context(), "DE", "")
					require.Equal(t, "19 VAT", taxtest.Answer(a, err))
					require.True(t, a.Stale())
					time.Sleep(time.Second)
				}
			})
		})
	}
}

func TestSourceThatHasNothingAnyMoreIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		a, err := r.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
		src.set(func(s *livingSource) { s.none, s.fault = true, nil })
		time.Sleep(15 * time.Second)
		_, _ = r.Resolve(t.Context(), "DE", "") // probes
		synctest.Wait()
		assert.Equal(t, "unknown country", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	})
}

// A caller's deadline is the most that he can wait, so at it he takes what
// there is. One who was cancelled wants nothing any more.
func TestDeadlineGetsTheStaleAnswerAndCancellationTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		src.hangs(t)
		short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		cancelled, leave := context.WithCancel(t.Context())
		atDeadline, byCancel, patient := taxtest.Ask(short, r), taxtest.Ask(cancelled, r), make(chan tax.Resolution, 1)
		go func() {
			a, err := r.Resolve(t.Context(), "DE", "")
			assert.NoError(t, err)
			patient <- a
		}()
		synctest.Wait()
		assert.Equal(t, 2, src.loads(), "they share a load")
		leave()
		assert.Equal(t, "source unavailable", <-byCancel)
		assert.Zero(t, time.Since(src.start)-hundred-time.Second, "at once")
		assert.Equal(t, "19 VAT", <-atDeadline)
		assert.Equal(t, 200*time.Millisecond, time.Since(src.start)-hundred-time.Second)
		requireStale(t, src, <-patient, nil)
		assert.Equal(t, 10*time.Second, time.Since(src.start)-hundred-time.Second, "Options.LoadTimeout")
	})
}

func TestDeadlineIsAnErrorWhereNothingStaleMayAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, func(o *tax.Options) { o.MaxStale = 0 })
		src.hangs(t)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := r.Resolve(ctx, "DE", "")
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, tax.ErrStale)
	})
}

func TestCloseAnswersWhoWaitsForAReloadWithClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		src.hangs(t)
		waiting := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		r.Close()
		assert.Equal(t, "resolver closed", <-waiting)
		assert.Equal(t, "resolver closed", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "nor a stale one")
	})
}

func TestInvalidationEndsTheStaleAnswer(t *testing.T) {
	for name, invalidate := range invalidations {
		for _, known := range []bool{true, false} { // whether the source is known to fail
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := newLivingNotifier("19")
					all := taxtest.Open(t, src, &tax.Options{TTL: hundred, MaxStale: time.Hour})
					r := all.Tenant("shop")
					_, err := r.Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
					src.fails(taxtest.ErrDatabase)
					src.until(hundred + 1)
					if known {
						a, err := r.Resolve(t.Context(), "DE", "")
						requireStale(t, src.livingSource, a, err)
					}
					src.answers("21")
					invalidate(all, src.notices)
					for range 100 {
						_, err := r.Resolve(t.Context(), "DE", "")
						require.ErrorIs(t, err, tax.ErrUnavailable)
						require.ErrorIs(t, err, taxtest.ErrDatabase)
						require.NotErrorIs(t, err, tax.ErrStale, "there is nothing that could be too old")
						time.Sleep(100 * time.Millisecond)
					}
					src.works()
					time.Sleep(15 * time.Second)
					a, err := r.Resolve(t.Context(), "DE", "")
					assert.Equal(t, "21 VAT", taxtest.Answer(a, err))
					assert.False(t, a.Stale())
				})
			})
		}
	}
}

func TestInvalidationDuringAProbeThatFailsEndsTheStaleAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		a, err := r.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
		release := src.hangs(t)
		time.Sleep(time.Second)
		a, err = r.Resolve(t.Context(), "DE", "") // probes
		requireStale(t, src, a, err)
		synctest.Wait()
		r.Invalidate("DE")
		release()
		synctest.Wait()
		_, err = r.Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		assert.NotErrorIs(t, err, tax.ErrStale)
	})
}

// unreadable is a store that can be written and not read.
type unreadable struct {
	*store.Memory
	down atomic.Bool
}

func (s *unreadable) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if s.down.Load() {
		return nil, taxtest.ErrDatabase
	}
	return s.Memory.Configurations(ctx, key)
}

func TestWriteEndsTheStaleAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &unreadable{Memory: store.NewMemory(nil)}
		c, err := src.Create(t.Context(), "", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")))
		require.NoError(t, err)
		r := taxtest.Open(t, src, &tax.Options{TTL: hundred, MaxStale: time.Hour})
		require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		src.down.Store(true)
		time.Sleep(hundred + 1)
		require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		c.Classes = []tax.Class{taxtest.Class("STANDARD*", "- 21")}
		_, err = src.Update(t.Context(), "", c)
		require.NoError(t, err)
		assert.Equal(t, "source unavailable", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		src.down.Store(false)
		assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "the write ended what was remembered, and one failure is not remembered")
	})
}
