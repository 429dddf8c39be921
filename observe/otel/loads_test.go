package otel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/observe/otel"
	"github.com/taxresolve/tax/store"
)

// opened returns a resolver that is observed and registered until the test ends.
func opened(t testing.TB, l *lab, src tax.Source, o tax.Options) *tax.Resolver {
	t.Helper()
	o.Observer = l.Observer()
	r, err := tax.NewResolver(src, &o)
	require.NoError(t, err)
	registration, err := l.Register(r)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, registration.Unregister())
		r.Close()
	})
	return r
}

// everything makes each metric have a value.
func everything(t *testing.T, l *lab) {
	ctx, stop := context.WithCancel(t.Context())
	backend := store.NewMemory(nil)
	s := l.Store(backend)
	r := opened(t, l, s, tax.Options{CountHits: true})
	watched := make(chan error)
	go func() { watched <- r.Watch(ctx) }()
	_, err := s.Create(ctx, "acme", taxtest.Doc("DE", taxtest.Class("S*", "- 19")))
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the watch has begun, and the read follows its notice
		_, err = r.Tenant("acme").Resolve(ctx, "DE", "S")
		assert.NoError(t, err)
		stored, err := backend.Get(ctx, "acme", tax.Location{Country: "DE"})
		assert.NoError(t, err)
		_, err = backend.Update(ctx, "acme", stored)
		assert.NoError(t, err)
		_, err = r.Tenant("acme").Resolve(ctx, "DE", "S")
		assert.NoError(t, err)
		_, err = r.Tenant("acme").Resolve(ctx, "DE", "S")
		assert.NoError(t, err)
		return l.reader == nil || len(points(l.collected(t)["tax.store.propagation.lag"])) > 0
	}, 5*time.Second, 5*time.Millisecond)
	requested(l, "/v1/acme/resolve")
	stop()
	require.ErrorIs(t, <-watched, context.Canceled)
}

// hostile asks for what nobody else asked for.
func hostile(t testing.TB, l *lab, i int) {
	ctx := t.Context()
	n := strconv.Itoa(i)
	s := l.Store(store.NewMemory(nil))
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return nil, errors.New("hostile " + n)
	}), &tax.Options{Observer: l.Observer()})
	require.NoError(t, err)
	defer r.Close()
	_, err = r.Tenant("hostile"+n).Resolve(ctx, "DE", "hostile"+n)
	require.Error(t, err)
	_, err = s.Get(ctx, "hostile"+n, tax.Location{Country: "DE", Region: "hostile" + n})
	require.ErrorIs(t, err, tax.ErrNotFound)
	requested(l, "/hostile"+n)
}

// requested sends a request to a mux that is observed.
func requested(l *lab, path string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/{tenant}/resolve", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	w := httptest.NewRecorder()
	l.Handler(mux).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestCountsOfAResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := observing(t, otel.Options{}), t.Context()
		src := taxtest.Script(taxtest.LoadNineteen, taxtest.LoadNineteen, taxtest.LoadFails)
		r, err := tax.NewResolver(src, &tax.Options{CountHits: true, Capacity: 1, TTL: time.Minute, RefreshAhead: time.Second, MaxStale: time.Hour, Observer: l.Observer()})
		require.NoError(t, err)
		registration, err := l.Register(r)
		require.NoError(t, err)
		for _, country := range []string{"DE", "AT", "AT", "AT"} { // the second load evicts
			_, err := r.Resolve(ctx, country, "")
			require.NoError(t, err)
		}
		time.Sleep(2 * time.Minute)
		a, err := r.Resolve(ctx, "AT", "")
		require.NoError(t, err)
		require.True(t, a.Stale())
		stats := r.Stats()
		for name, want := range map[string]int64{
			"tax.cache.hits": 2, "tax.cache.misses": 3, "tax.cache.stale_answers": 1, "tax.cache.evictions": 1,
			"tax.cache.countries": 1, "tax.cache.size": stats.Bytes, "tax.load.active": 0, "tax.load.abandoned": 0,
		} {
			assert.Equal(t, map[string]int64{"": want}, l.numbers(t, name), name)
		}
		assert.Positive(t, stats.Bytes)
		assert.Equal(t, map[string]int64{"tax.load.background=false": 2, "error.type=_OTHER,tax.load.background=false": 1}, l.numbers(t, "tax.load.duration"))
		require.NoError(t, registration.Unregister())
		assert.NotContains(t, l.collected(t), "tax.cache.misses")
		r.Close()
	})
}

func TestLoadsAreMeasuredInSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := observing(t, otel.Options{})
		r, err := tax.NewResolver(tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			time.Sleep(1500 * time.Millisecond)
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{Observer: l.Observer()})
		require.NoError(t, err)
		_, err = r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		r.Close()
		loads := points(l.collected(t)["tax.load.duration"])
		require.Len(t, loads, 1)
		assert.InDelta(t, 1.5, loads[0].sum, 1e-9)
	})
}

func TestHitsAreNotReportedIfNobodyCountsThem(t *testing.T) {
	l := observing(t, otel.Options{})
	r := opened(t, l, tax.SourceFunc(taxtest.LoadNineteen), tax.Options{})
	for range 2 {
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
	}
	assert.NotContains(t, l.collected(t), "tax.cache.hits", "0 hits would be a lie")
}

func TestCountsOfSeveralResolversAreAddedUp(t *testing.T) {
	l := observing(t, otel.Options{})
	for range 2 {
		r := opened(t, l, tax.SourceFunc(taxtest.LoadNineteen), tax.Options{})
		for _, country := range []string{"DE", "FR"} {
			_, err := r.Resolve(t.Context(), country, "")
			require.NoError(t, err)
		}
	}
	assert.Equal(t, map[string]int64{"": 4}, l.numbers(t, "tax.cache.countries"))
	assert.Equal(t, map[string]int64{"": 4}, l.numbers(t, "tax.cache.misses"))
}

// loaded ends the observation of loads: Close waits for it.
func loaded(t *testing.T, l *lab, src tax.SourceFunc, ctx context.Context) error {
	t.Helper()
	r, err := tax.NewResolver(src, &tax.Options{Observer: l.Observer()})
	require.NoError(t, err)
	_, err = r.Tenant("acme").Resolve(ctx, "DE", "")
	r.Close()
	return err
}

func TestSpanOfALoadIsLinkedToItsCaller(t *testing.T) {
	l := observing(t, otel.Options{})
	ctx, request := l.traces.Tracer("test").Start(t.Context(), "request")
	var seen context.Context
	require.NoError(t, loaded(t, l, func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		seen = ctx
		return taxtest.LoadNineteen(ctx, key)
	}, ctx))
	request.End()
	load := l.span(t, "tax.load")
	require.Len(t, load.Links, 1)
	assert.Equal(t, request.SpanContext().SpanID(), load.Links[0].SpanContext.SpanID())
	assert.False(t, load.Parent.IsValid(), "it belongs to no caller")
	assert.NotEqual(t, request.SpanContext().TraceID(), load.SpanContext.TraceID())
	assert.Equal(t, map[string]any{"tax.country": "DE", "tax.load.background": false, "tax.load.found": true}, attributes(load))
	assert.Equal(t, codes.Unset, load.Status.Code)

	_, child := l.traces.Tracer("test").Start(seen, "query")
	child.End()
	assert.Equal(t, load.SpanContext.SpanID(), l.span(t, "query").Parent.SpanID(), "what the source does is a part of the load")
}

func TestSpanOfALoadWithoutACallerHasNoLink(t *testing.T) {
	l := observing(t, otel.Options{})
	require.NoError(t, loaded(t, l, taxtest.LoadNineteen, t.Context()))
	assert.Empty(t, l.span(t, "tax.load").Links)
}

func TestSpanOfALoadThatFailed(t *testing.T) {
	for _, c := range []struct {
		err    error
		reason string
		status codes.Code
	}{
		{taxtest.ErrDatabase, "_OTHER", codes.Error},
		{&tax.StoreError{Kind: tax.ErrUnavailable, Tenant: "acme"}, "source_unavailable", codes.Error},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), "timeout", codes.Error},
		{context.Canceled, "canceled", codes.Unset},
		{&tax.InputError{Field: "tenant", Value: "acme", Reason: "too long: a tenant has at most 1,024 bytes"}, "too_long", codes.Unset},
		{errors.Join(store.ErrUnknownOutcome, context.Canceled), "unknown_outcome", codes.Error},
		{&tax.InvalidError{}, "invalid_configuration", codes.Unset},
		{&tax.LookupError{Kind: tax.ErrStale}, "source_stale", codes.Error},
		{fmt.Errorf("mine: %w", tax.ErrUnavailable), "source_unavailable", codes.Error},
	} {
		l := observing(t, otel.Options{})
		require.Error(t, loaded(t, l, func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, c.err }, t.Context()))
		load := l.span(t, "tax.load")
		assert.Equal(t, c.reason, attributes(load)["error.type"], "%v", c.err)
		assert.Equal(t, c.status, load.Status.Code, "%v", c.err)
		assert.Contains(t, l.numbers(t, "tax.load.duration"), "error.type="+c.reason+",tax.load.background=false")
	}
}

func TestSpansHaveTenantsAndTextsOnlyWithDetails(t *testing.T) {
	secret := "told only to some"
	failing := func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, errors.New(secret) }
	for _, details := range []bool{false, true} {
		l := observing(t, otel.Options{Details: details})
		require.Error(t, loaded(t, l, failing, t.Context()))
		_, err := l.Store(store.NewMemory(nil)).Get(t.Context(), "acme", tax.Location{Country: "DE"})
		require.ErrorContains(t, err, "acme")
		requested(l, "/v1/acme/resolve")
		text := fmt.Sprintf("%+v", l.spans.GetSpans())
		for _, word := range []string{"acme", secret, "/v1/acme/resolve"} {
			assert.Equal(t, details, strings.Contains(text, word), word)
		}
		assert.Contains(t, text, "DE")
	}
}

func TestInputInSpansIsShort(t *testing.T) {
	l := observing(t, otel.Options{Details: true})
	_, err := l.Store(store.NewMemory(nil)).Get(t.Context(), strings.Repeat("t", 1000), tax.Location{Country: "DE", Region: "\xff" + strings.Repeat("r", 1000)})
	require.Error(t, err)
	a := attributes(l.span(t, "tax.store.get"))
	assert.Equal(t, strings.Repeat("t", 64), a["tax.tenant"])
	assert.Equal(t, "\ufffd"+strings.Repeat("r", 63), a["tax.region"])
}

func TestHitsAllocateNothing(t *testing.T) {
	l, ctx := observing(t, otel.Options{}), t.Context()
	s := l.Store(store.NewMemory(nil))
	_, err := s.Create(ctx, "", taxtest.Doc("DE", taxtest.Class("S", "- 19")))
	require.NoError(t, err)
	for _, counted := range []bool{false, true} {
		r := opened(t, l, s, tax.Options{CountHits: counted})
		_, err = r.Resolve(ctx, "DE", "S")
		require.NoError(t, err)
		assert.Zero(t, testing.AllocsPerRun(200, func() { _, err = r.Resolve(ctx, "DE", "S") }))
		require.NoError(t, err)
	}
}
