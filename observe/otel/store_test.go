package otel_test

import (
	"bytes"
	"context"
	"fmt"
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
	"github.com/taxresolve/tax/store/storetest"
)

// An observed store keeps the whole contract.
func TestObservedStoreIsAStore(t *testing.T) {
	l := observing(t, otel.Options{})
	storetest.Run(t, storetest.Factory{Effort: 10, Open: func(_ *testing.T, _ string, o *store.Options) tax.Store { return l.Store(store.NewMemory(o)) }})
}

// The abilities that a store can have.
type (
	lists     struct{}
	notifies  struct{}
	watches   struct{}
	bulk      struct{}
	remembers struct{}
)

func (lists) List(context.Context, string, tax.Query) (tax.Page, error) {
	return tax.Page{Total: 7}, nil
}
func (notifies) Notify(changed func(tax.Key)) func() {
	changed(tax.Key{Country: "DE"})
	return func() {}
}
func (watches) Watch(_ context.Context, changed func(tax.Key)) error {
	changed(tax.Key{})
	return errWatch
}
func (bulk) Write(context.Context, []store.Batch) []store.Outcome { return make([]store.Outcome, 7) }
func (remembers) Versions(context.Context, string, tax.Location) ([]store.Version, error) {
	return make([]store.Version, 7), nil
}
func (remembers) Version(context.Context, string, tax.Location, int64) (store.Version, error) {
	return store.Version{Author: "me"}, nil
}
func (remembers) AsOf(context.Context, tax.Key, time.Time) ([]store.Version, error) {
	return make([]store.Version, 7), nil
}

var errWatch = fmt.Errorf("the watch has ended")

// able is a store with some of the abilities.
func able(kind int) tax.Store {
	s := tax.Store(nil)
	switch none := plain(store.NewMemory(nil)); kind {
	case 0:
		s = struct {
			tax.Store
		}{Store: none}
	case 1:
		s = struct {
			tax.Store
			lists
		}{Store: none}
	case 2:
		s = struct {
			tax.Store
			notifies
		}{Store: none}
	case 3:
		s = struct {
			tax.Store
			lists
			notifies
		}{Store: none}
	case 4:
		s = struct {
			tax.Store
			watches
		}{Store: none}
	case 5:
		s = struct {
			tax.Store
			lists
			watches
		}{Store: none}
	case 6:
		s = struct {
			tax.Store
			notifies
			watches
		}{Store: none}
	case 7:
		s = struct {
			tax.Store
			lists
			notifies
			watches
		}{Store: none}
	case 8:
		s = struct {
			tax.Store
			bulk
		}{Store: none}
	case 9:
		s = struct {
			tax.Store
			lists
			bulk
		}{Store: none}
	case 10:
		s = struct {
			tax.Store
			notifies
			bulk
		}{Store: none}
	case 11:
		s = struct {
			tax.Store
			lists
			notifies
			bulk
		}{Store: none}
	case 12:
		s = struct {
			tax.Store
			watches
			bulk
		}{Store: none}
	case 13:
		s = struct {
			tax.Store
			lists
			watches
			bulk
		}{Store: none}
	case 14:
		s = struct {
			tax.Store
			notifies
			watches
			bulk
		}{Store: none}
	case 15:
		s = struct {
			tax.Store
			lists
			notifies
			watches
			bulk
		}{Store: none}
	case 16:
		s = struct {
			tax.Store
			remembers
		}{Store: none}
	case 17:
		s = struct {
			tax.Store
			lists
			remembers
		}{Store: none}
	case 18:
		s = struct {
			tax.Store
			notifies
			remembers
		}{Store: none}
	case 19:
		s = struct {
			tax.Store
			lists
			notifies
			remembers
		}{Store: none}
	case 20:
		s = struct {
			tax.Store
			watches
			remembers
		}{Store: none}
	case 21:
		s = struct {
			tax.Store
			lists
			watches
			remembers
		}{Store: none}
	case 22:
		s = struct {
			tax.Store
			notifies
			watches
			remembers
		}{Store: none}
	case 23:
		s = struct {
			tax.Store
			lists
			notifies
			watches
			remembers
		}{Store: none}
	case 24:
		s = struct {
			tax.Store
			bulk
			remembers
		}{Store: none}
	case 25:
		s = struct {
			tax.Store
			lists
			bulk
			remembers
		}{Store: none}
	case 26:
		s = struct {
			tax.Store
			notifies
			bulk
			remembers
		}{Store: none}
	case 27:
		s = struct {
			tax.Store
			lists
			notifies
			bulk
			remembers
		}{Store: none}
	case 28:
		s = struct {
			tax.Store
			watches
			bulk
			remembers
		}{Store: none}
	case 29:
		s = struct {
			tax.Store
			lists
			watches
			bulk
			remembers
		}{Store: none}
	case 30:
		s = struct {
			tax.Store
			notifies
			watches
			bulk
			remembers
		}{Store: none}
	case 31:
		s = struct {
			tax.Store
			lists
			notifies
			watches
			bulk
			remembers
		}{Store: none}
	}
	return s
}

// plain hides what else a store can do.
func plain(s tax.Store) tax.Store { return struct{ tax.Store }{s} }

func TestObservedStoreCanDoWhatTheStoreCan(t *testing.T) {
	l, ctx := observing(t, otel.Options{}), t.Context()
	for kind := range 32 {
		inner := able(kind)
		require.NotNil(t, inner)
		s := l.Store(inner)
		if lists, ok := s.(tax.Lister); assert.Equal(t, kind&1 != 0, ok, "Lister %b", kind) && ok {
			page, err := lists.List(ctx, "", tax.Query{})
			require.NoError(t, err)
			assert.Equal(t, 7, page.Total)
		}
		var told []tax.Key
		hear := func(key tax.Key) { told = append(told, key) }
		if notifies, ok := s.(tax.Notifier); assert.Equal(t, kind&2 != 0, ok, "Notifier %b", kind) && ok {
			notifies.Notify(hear)()
			assert.Equal(t, []tax.Key{{Country: "DE"}}, told)
		}
		if watches, ok := s.(tax.Watcher); assert.Equal(t, kind&4 != 0, ok, "Watcher %b", kind) && ok {
			require.ErrorIs(t, watches.Watch(ctx, hear), errWatch)
			assert.Equal(t, tax.Key{}, told[len(told)-1])
		}
		if bulk, ok := s.(store.BulkWriter); assert.Equal(t, kind&8 != 0, ok, "BulkWriter %b", kind) && ok {
			assert.Len(t, bulk.Write(ctx, nil), 7)
		}
		if remembers, ok := s.(store.Historian); assert.Equal(t, kind&16 != 0, ok, "Historian %b", kind) && ok {
			versions, err := remembers.Versions(ctx, "", tax.Location{})
			require.NoError(t, err)
			assert.Len(t, versions, 7)
			version, err := remembers.Version(ctx, "", tax.Location{}, 1)
			require.NoError(t, err)
			assert.Equal(t, "me", version.Author)
			versions, err = remembers.AsOf(ctx, tax.Key{}, time.Time{})
			require.NoError(t, err)
			assert.Len(t, versions, 7)
		}
		_, err := s.Create(ctx, "", taxtest.Doc("DE", taxtest.Class("S", "- 19")))
		require.NoError(t, err)
		set, err := s.Configurations(ctx, tax.Key{Country: "DE"})
		require.NoError(t, err)
		assert.Len(t, set, 1)
		assert.Equal(t, "observed store", fmt.Sprint(s))
	}
}

// moody is a store whose Get fails, if it has a mood.
type moody struct {
	*store.Memory
	mood func() error
}

func (m *moody) Get(context.Context, string, tax.Location) (tax.Configuration, error) {
	return tax.Configuration{}, m.mood()
}

func TestCallsOfAStoreAreMeasured(t *testing.T) {
	l, ctx := observing(t, otel.Options{}), t.Context()
	inner := &moody{Memory: store.NewMemory(nil)}
	s := l.Store(inner)
	de := tax.Location{Country: "DE"}
	doc := taxtest.Doc("DE", taxtest.Class("S", "- 19"))
	stored, err := s.Create(ctx, "", doc)
	require.NoError(t, err)
	_, err = s.Create(ctx, "", doc)
	require.ErrorIs(t, err, tax.ErrExists)
	_, err = s.Update(ctx, "", stored)
	require.NoError(t, err)
	_, err = s.Update(ctx, "", stored)
	require.ErrorIs(t, err, tax.ErrConflict)
	require.NoError(t, s.Delete(ctx, "", de))
	require.ErrorIs(t, s.Delete(ctx, "", de), tax.ErrNotFound)
	out := s.(store.BulkWriter).Write(ctx, []store.Batch{{}, {Key: tax.Key{Country: "DE"}, Changes: []store.Change{{Action: store.Delete, Configuration: doc}}}})
	require.ErrorIs(t, out[1].Err, tax.ErrNotFound)
	inner.mood = func() error { return &tax.StoreError{Kind: tax.ErrUnavailable} }
	_, err = s.Get(ctx, "", de)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.Equal(t, map[string]int64{
		"tax.store.operation=create": 1, "error.type=exists,tax.store.operation=create": 1,
		"tax.store.operation=update": 1, "error.type=version_conflict,tax.store.operation=update": 1,
		"tax.store.operation=delete": 1, "error.type=not_found,tax.store.operation=delete": 1,
		"error.type=not_found,tax.store.operation=write":        1,
		"error.type=source_unavailable,tax.store.operation=get": 1,
	}, l.numbers(t, "tax.store.operation.duration"))
	get := l.span(t, "tax.store.get")
	assert.Equal(t, codes.Error, get.Status.Code)
	assert.Equal(t, map[string]any{"tax.store.operation": "get", "tax.country": "DE", "error.type": "source_unavailable"}, attributes(get))
	assert.Equal(t, codes.Unset, l.span(t, "tax.store.write").Status.Code, "it is no fault of the store that there is none")

	inner.mood = func() error { panic("the store panics") }
	assert.Panics(t, func() { _, _ = s.Get(ctx, "", de) })
	assert.Equal(t, int64(1), l.numbers(t, "tax.store.operation.duration")["error.type=panic,tax.store.operation=get"])
}

func TestCallsOfAStoreAreAPartOfTheTraceOfTheirCaller(t *testing.T) {
	l := observing(t, otel.Options{})
	ctx, request := l.traces.Tracer("test").Start(t.Context(), "request")
	_, err := l.Store(store.NewMemory(nil)).Configurations(ctx, tax.Key{Country: "DE"})
	require.NoError(t, err)
	request.End()
	assert.Equal(t, request.SpanContext().SpanID(), l.span(t, "tax.store.configurations").Parent.SpanID())
}

// others is a store in which another process writes.
type others struct {
	*store.Memory
	changed chan tax.Key
}

func (o others) Watch(ctx context.Context, changed func(tax.Key)) error {
	changed(tax.Key{})
	for {
		select {
		case key := <-o.changed:
			changed(key)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestPropagationIsTheTimeFromAWriteToItsNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := observing(t, otel.Options{})
		ctx, stop := context.WithCancel(t.Context())
		o := others{store.NewMemory(nil), make(chan tax.Key)}
		s := l.Store(o)
		ended := make(chan error)
		go func() { ended <- s.(tax.Watcher).Watch(ctx, func(tax.Key) {}) }()
		key := tax.Key{Tenant: "acme", Country: "DE"}
		lags := func() (n int64, sum float64) {
			for _, p := range points(l.collected(t)["tax.store.propagation.lag"]) {
				n, sum = n+p.n, sum+p.sum
			}
			return n, sum
		}
		read := func() {
			_, err := s.Configurations(ctx, key)
			require.NoError(t, err)
		}
		write := func(s tax.Store) {
			doc, err := s.Get(ctx, key.Tenant, tax.Location{Country: "DE"})
			if err == nil {
				_, err = s.Update(ctx, key.Tenant, doc)
			} else {
				_, err = s.Create(ctx, key.Tenant, taxtest.Doc("DE", taxtest.Class("S", "- 19")))
			}
			require.NoError(t, err)
		}
		told := func(key tax.Key) { o.changed <- key; synctest.Wait() }
		expect := func(what string, n int64, sum float64) {
			t.Helper()
			gotN, gotSum := lags()
			assert.Equal(t, n, gotN, what)
			assert.InDelta(t, sum, gotSum, 1e-9, what)
		}
		synctest.Wait()
		write(o)
		time.Sleep(time.Second)
		told(key)
		read()
		expect("a country that nobody had read", 0, 0)

		write(o)
		time.Sleep(3 * time.Second)
		told(key)
		time.Sleep(time.Hour) // until somebody asks
		read()
		expect("a write of others", 1, 3)
		read()
		expect("the same write", 1, 3)

		write(s)
		time.Sleep(time.Second)
		told(key)
		read()
		expect("an own write", 1, 3)

		write(o)
		time.Sleep(time.Second)
		read()
		told(key)
		read()
		expect("a read before the notice", 1, 3)

		write(o)
		told(key)
		told(tax.Key{Tenant: "acme"})
		read()
		expect("a gap", 1, 3)

		time.Sleep(time.Second)
		require.NoError(t, o.Delete(ctx, key.Tenant, tax.Location{Country: "DE"}))
		told(key)
		read()
		expect("a deletion", 1, 3)

		assert.Equal(t, map[string]int64{"": 1}, l.numbers(t, "tax.store.watch.active"))
		stop()
		require.ErrorIs(t, <-ended, context.Canceled)
		assert.Equal(t, map[string]int64{"": 0}, l.numbers(t, "tax.store.watch.active"))
		assert.Equal(t, map[string]int64{"": 8}, l.numbers(t, "tax.store.notices"))
	})
}

func TestArrivalsOfManyCountriesTakeBoundedMemory(t *testing.T) {
	l := observing(t, otel.Options{})
	s := l.Store(store.NewMemory(nil))
	before := taxtest.HeapInUse()
	for i := range 40_000 {
		_, err := s.Configurations(t.Context(), tax.Key{Tenant: fmt.Sprint(i), Country: "DE"})
		require.NoError(t, err)
		if i%1000 == 0 {
			l.spans.Reset()
		}
	}
	l.spans.Reset()
	assert.Less(t, taxtest.HeapInUse()-before, int64(4<<20))
	assert.NotNil(t, s)
}

func TestObservedStoreIsExportedLikeTheStore(t *testing.T) {
	inner := store.NewMemory(&store.Options{Base: taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("S", "- 19")))})
	s := observing(t, otel.Options{}).Store(inner)
	_, err := s.Create(t.Context(), "acme", taxtest.Doc("DE-X-A", taxtest.Class("S", "- 7")))
	require.NoError(t, err)
	stored, err := s.Create(t.Context(), "acme", taxtest.Doc("FR", taxtest.Class("S", "- 20")))
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "acme", stored)
	require.NoError(t, err)
	for _, history := range []bool{false, true} {
		var direct, observed bytes.Buffer
		o := &store.ExportOptions{Tenants: []string{"acme"}, History: history}
		_, err = store.Export(t.Context(), &direct, inner, o)
		require.NoError(t, err)
		_, err = store.Export(t.Context(), &observed, s, o)
		require.NoError(t, err)
		assert.Equal(t, direct.String(), observed.String())
		assert.Contains(t, direct.String(), "X-A")
	}
}
