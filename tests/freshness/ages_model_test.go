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

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// ageModel checks every answer of a resolver against a record of its loads. It
// knows nothing of how countries are kept: only what may be said of which load,
// and for how long. One goroutine asks, and no two events share a moment.
type ageModel struct {
	t    *testing.T
	r    *tax.Resolver
	opts tax.Options
	rng  *rand.Rand

	mu      sync.Mutex
	version int
	trouble int // 0: none
	calm    time.Time
	loads   map[string][]*modelLoad
	dropped map[string]time.Time // when a tenant was last invalidated
	seen    map[string]int
}

type modelLoad struct {
	began, ended time.Time
	version      int
	result       string // "", while it is under way
}

const (
	troubleNone = iota
	troubleFails
	troubleSlow
	troubleHangs
	troubleNothing
	troubles
)

func (m *ageModel) Configurations(ctx context.Context, key tax.Key) (set []tax.Configuration, err error) {
	m.mu.Lock()
	l := &modelLoad{began: time.Now(), version: m.version}
	m.loads[key.Tenant] = append(m.loads[key.Tenant], l)
	trouble := m.trouble
	m.mu.Unlock()
	result := "good"
	switch trouble {
	case troubleFails:
		result, err = "failed", taxtest.ErrDatabase
	case troubleSlow, troubleHangs:
		wait := time.Hour
		if trouble == troubleSlow {
			wait = m.opts.LoadTimeout / 3
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			result, err = "failed", ctx.Err()
		}
	case troubleNothing:
		result = "none"
	}
	m.mu.Lock()
	l.ended, l.result = time.Now(), result
	m.mu.Unlock()
	if result == "good" {
		set = []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 0."+strconv.Itoa(l.version)))}
	}
	return set, err
}

func (m *ageModel) step(tenants int) {
	time.Sleep(time.Duration(1+m.rng.Int64N(m.opts.TTL.Microseconds()/10)) * time.Microsecond)
	tenant := strconv.Itoa(m.rng.IntN(tenants))
	switch n := m.rng.IntN(100); {
	case n < 4:
		m.mu.Lock()
		if m.trouble = m.rng.IntN(troubles); m.trouble == troubleNone {
			m.calm = time.Now()
		}
		m.mu.Unlock()
	case n < 8:
		m.mu.Lock()
		m.trouble, m.calm = troubleNone, time.Now()
		m.mu.Unlock()
	case n < 12:
		m.mu.Lock()
		m.version++
		m.mu.Unlock()
	case n < 14:
		m.r.Tenant(tenant).Invalidate("DE")
		m.dropped[tenant] = time.Now()
	case n < 15:
		m.r.InvalidateAll()
		for i := range tenants {
			m.dropped[strconv.Itoa(i)] = time.Now()
		}
	default:
		m.ask(tenant)
	}
	synctest.Wait()
}

func (m *ageModel) ask(tenant string) {
	begin := time.Now()
	a, err := m.r.Tenant(tenant).Resolve(m.t.Context(), "DE", "")
	end := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	require.LessOrEqual(m.t, end.Sub(begin), m.opts.LoadTimeout, "nobody waits longer than a load may take")

	var good, last *modelLoad // of those that began after the last invalidation and ended
	for _, l := range m.loads[tenant] {
		result := l.result
		if result == "" && end.Sub(l.began) >= m.opts.LoadTimeout {
			result = "failed" // the source is about to notice
		}
		if l.began.Before(m.dropped[tenant]) || result == "" {
			continue
		}
		last = l
		if err == nil && !l.began.Before(begin) && a.LoadedAt().Before(begin.UTC()) {
			continue // began in the background, after the answer was given
		}
		switch result {
		case "good":
			good = l
		case "none":
			good = nil
		}
	}
	tick, most := tickOf(m.opts.TTL), m.opts.TTL+m.opts.MaxStale
	switch {
	case err == nil && !a.Stale():
		m.seen["fresh"]++
		m.requireIsOf(a, good)
		require.LessOrEqual(m.t, begin.Sub(good.began), m.opts.TTL)
	case err == nil:
		m.seen["stale"]++
		m.requireIsOf(a, good)
		require.NotEqual(m.t, good, last, "a load has failed since")
		require.LessOrEqual(m.t, end.Sub(good.began), most)
		require.GreaterOrEqual(m.t, end.Sub(good.began), m.opts.TTL*9/10-tick)
	case errors.Is(err, tax.ErrUnavailable):
		m.seen["unavailable"]++
		require.NotNil(m.t, last)
		require.NotEqual(m.t, good, last, "a load has failed")
		if good != nil {
			require.Greater(m.t, end.Sub(good.began), most-tick, "the last good answer was still allowed")
			require.ErrorIs(m.t, err, tax.ErrStale)
			m.seen["too old"]++
		} else {
			require.NotErrorIs(m.t, err, tax.ErrStale)
		}
	default:
		m.seen["none"]++
		require.ErrorIs(m.t, err, tax.ErrUnknownCountry)
		require.Nil(m.t, good)
		require.Equal(m.t, "none", last.result)
		require.LessOrEqual(m.t, begin.Sub(last.ended), m.opts.NegativeTTL)
	}
	if m.trouble == troubleNone && begin.Sub(m.calm) > 16*time.Second+m.opts.LoadTimeout {
		m.seen["calm"]++
		require.NoError(m.t, err, "the source has worked for longer than any backoff")
	}
}

// requireIsOf checks that the answer is what that load brought.
func (m *ageModel) requireIsOf(a tax.Resolution, l *modelLoad) {
	m.t.Helper()
	require.NotNil(m.t, l, "there are no data that may answer")
	require.Equal(m.t, l.began.UTC(), a.LoadedAt())
	require.Equal(m.t, tax.MustPercent("0."+strconv.Itoa(l.version)).StringFixed(4), a.Percent().StringFixed(4))
}

func TestEveryAnswerIsOneThatTheModelAllows(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			m := &ageModel{t: t, rng: rand.New(rand.NewPCG(7, seed)), loads: map[string][]*modelLoad{},
				dropped: map[string]time.Time{}, seen: seen, version: 100, calm: time.Now()}
			m.opts = tax.Options{TTL: 20 * time.Second, MaxStale: 15 * time.Second, LoadTimeout: 3 * time.Second, NegativeTTL: 2 * time.Second}
			if seed%2 == 1 {
				m.opts.RefreshAhead = noRefresh
			}
			m.r = taxtest.Open(t, m, &m.opts)
			for range 500 {
				m.step(3)
			}
		})
	}
	for _, kind := range []string{"fresh", "stale", "unavailable", "too old", "none", "calm"} {
		require.Greater(t, seen[kind], 50, "%v", seen)
	}
}
