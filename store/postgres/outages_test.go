package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/proxy"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// Rows of the table of faults that are about the database itself; the others are in
// faults_test.go, watch_test.go, documents_test.go and restart_test.go.

func TestResolverAnswersWhileTheServerIsDownForAsLongAsItMay(t *testing.T) {
	p, s, direct := behindProxy(t, &postgres.Options{Poll: 50 * time.Millisecond})
	const mostStale = 700 * time.Millisecond
	r, err := tax.NewResolver(s, &tax.Options{TTL: 30 * time.Millisecond, MaxStale: mostStale})
	require.NoError(t, err)
	defer r.Close()
	shop := r.Tenant("shop")
	asked := time.Now() // its answer is at least as young
	_, err = shop.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	p.Set(func() { p.Refusing = true })
	p.Cut()
	down := time.Now()
	var stale, refused int
	for time.Since(down) < mostStale+300*time.Millisecond {
		a, err := shop.Resolve(t.Context(), "DE", "")
		age := time.Since(asked)
		switch {
		case err != nil:
			refused++
			require.ErrorIs(t, err, tax.ErrStale)
			require.ErrorIs(t, err, postgres.ErrUnreachable)
			require.Greater(t, age, mostStale)
		case a.Explain().Stale:
			stale++
		}
		time.Sleep(5 * time.Millisecond)
	}
	assert.Positive(t, stale, "the last good answer says how old it is")
	assert.Positive(t, refused)
	require.NoError(t, put(t.Context(), direct, "shop", "20"))
	p.Set(func() { p.Refusing = false })
	require.Eventually(t, func() bool {
		a, err := shop.Resolve(t.Context(), "DE", "")
		return err == nil && a.Percent().String() == "20"
	}, 10*time.Second, 5*time.Millisecond, "it recovers by itself")
}

// trigger makes every write of a document fail with a code.
func trigger(t *testing.T, dsn, code string) (remove func()) {
	t.Helper()
	admin := connect(t, dsn)
	_, err := admin.Exec(t.Context(), `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '`+code+`'; END $$;
		CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON tax.configuration FOR EACH ROW EXECUTE FUNCTION fail()`)
	require.NoError(t, err)
	return func() {
		_, err := admin.Exec(t.Context(), "DROP FUNCTION fail CASCADE")
		require.NoError(t, err)
	}
}

func TestWriteThatTheServerCannotStoreChangesNothing(t *testing.T) {
	dsn := server(t).database(t)
	s := openStore(t, dsn, nil)
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	many := []store.Batch{
		{Key: shop, Changes: []store.Change{{Configuration: country("DE", "20")}}},
		{Key: tax.Key{Tenant: "new", Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "20")}}},
	}
	for code, kind := range map[string]error{"53100": nil, "58030": nil, "40001": postgres.ErrContention, "40P01": postgres.ErrContention} { // disk_full, io_error
		remove := trigger(t, dsn, code)
		errs := []error{put(t.Context(), s, "shop", "20"), put(t.Context(), s, "new", "20")}
		for _, out := range s.Write(t.Context(), many) {
			errs = append(errs, out.Err)
		}
		for _, err := range errs {
			require.ErrorIs(t, err, tax.ErrUnavailable, code)
			require.ErrorContains(t, err, "as told")
			require.NotErrorIs(t, err, store.ErrUnknownOutcome)
			if kind != nil {
				require.ErrorIs(t, err, kind)
			}
		}
		remove()
		c, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		assert.EqualValues(t, 1, c.Metadata.Version)
		_, err = s.Get(t.Context(), "new", germany)
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
	for _, out := range s.Write(t.Context(), many) {
		require.NoError(t, out.Err, "when there is space again")
	}
}

func TestServerThatOnlyReads(t *testing.T) {
	dsn := server(t).database(t)
	require.NoError(t, put(t.Context(), openStore(t, dsn, nil), "shop", "19"))
	s := openStore(t, dsn+"&default_transaction_read_only=on", nil)
	_, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	err = put(t.Context(), s, "shop", "20")
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, postgres.ErrReadOnly)
}

// A transaction of another program locks what a write locks, in the other order. The server
// ends one of them.
func TestDeadlockIsRepeated(t *testing.T) {
	t.Parallel()
	dsn := server(t).database(t)
	s := openStore(t, dsn+"&deadlock_timeout=300ms", nil)
	batches := func(percent string) (list []store.Batch) {
		for _, code := range []string{"AT", "DE"} {
			list = append(list, store.Batch{Key: tax.Key{Country: code}, Changes: []store.Change{{Configuration: country(code, percent)}}})
		}
		return list
	}
	for _, out := range s.Write(t.Context(), batches("19")) {
		require.NoError(t, out.Err)
	}
	admin, other := connect(t, dsn), connect(t, dsn)
	for range 10 { // until the server ends the write, and not the other transaction
		tx, err := other.Begin(t.Context())
		require.NoError(t, err)
		defer tx.Rollback(context.Background())
		lock := func(code string) error {
			_, err := tx.Exec(t.Context(), "SELECT FROM tax.country WHERE country = $1 FOR UPDATE", code)
			return err
		}
		require.NoError(t, lock("DE"))
		done := make(chan []store.Outcome, 1)
		go func() { done <- s.Write(context.Background(), batches("20")) }()
		require.Eventually(t, func() bool {
			var waiting bool
			err := admin.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')").Scan(&waiting)
			return err == nil && waiting
		}, 5*time.Second, time.Millisecond)
		crossed := lock("AT") // which the write has, and does not give away while it lives
		require.NoError(t, tx.Rollback(t.Context()))
		for _, out := range <-done {
			require.NoError(t, out.Err)
		}
		if crossed == nil {
			return
		}
		require.ErrorContains(t, crossed, "40P01")
	}
	t.Fatal("the server never ended the write")
}

func TestNoticesOfNothingAreNotReported(t *testing.T) {
	dsn := server(t).database(t)
	s, other := openStore(t, dsn, &postgres.Options{Poll: time.Hour}), openStore(t, dsn, nil)
	r := watch(t, s)
	admin := connect(t, dsn)
	for i := range 50 { // as often as somebody likes, and before and after a write
		_, err := admin.Exec(t.Context(), "SELECT pg_notify('tax_tax', $1)", strconv.Itoa(i))
		require.NoError(t, err)
		if i == 25 {
			require.NoError(t, put(t.Context(), other, "shop", "19"))
		}
	}
	r.eventually(t, shop)
	time.Sleep(20 * time.Millisecond)
	assert.Empty(t, r.take(), "each write once")
}

// Random histories: each process has a link of its own, which is cut, hangs, is slow or refuses.
// Its answers must never go back, and when the links are sound again they must be the last ones
// within the bound.
func TestProcessesNeverGoBackInHistoriesWithCuts(t *testing.T) {
	t.Parallel()
	const poll = 50 * time.Millisecond
	length := 2 * time.Second
	if testing.Short() {
		length = time.Second / 2
	}
	dsn := server(t).database(t)
	type process struct {
		*proxy.TCP
		store *postgres.Store
	}
	direct := openStore(t, dsn, nil)
	var processes []process
	for range 3 {
		p, through := newProxy(t, dsn)
		processes = append(processes, process{p, openInTime(t, through, &postgres.Options{Poll: poll, Timeout: 500 * time.Millisecond})})
	}
	writer := processes[0]
	codes := []string{"AT", "DE", "FR"}
	written := make([]atomic.Int64, len(codes))
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var running sync.WaitGroup
	for i, code := range codes {
		c, err := direct.Create(t.Context(), "", country(code, "1"))
		require.NoError(t, err)
		written[i].Store(1)
		running.Go(func() {
			unknown := false // whether the last write took effect
			for ctx.Err() == nil {
				next, err := writer.store.Update(context.Background(), "", c)
				if err == nil {
					c, unknown = next, false
					written[i].Store(c.Metadata.Version)
					continue
				}
				if !errors.Is(err, tax.ErrConflict) || !unknown { // nobody else writes it
					assert.True(t, errors.Is(err, tax.ErrUnavailable) || errors.Is(err, store.ErrUnknownOutcome), "%v", err)
				}
				unknown = unknown || errors.Is(err, store.ErrUnknownOutcome)
				if now, err := writer.store.Get(context.Background(), "", c.Location); err == nil {
					if !unknown {
						assert.Equal(t, c.Metadata.Version, now.Metadata.Version, "it said that nothing was written")
					}
					assert.GreaterOrEqual(t, now.Metadata.Version, c.Metadata.Version, "an acknowledged write is lost")
					c, unknown = now, false
				}
			}
		})
	}
	var resolvers []*tax.Resolver
	var answers atomic.Int64
	for _, p := range processes {
		r, err := tax.NewResolver(p.store, &tax.Options{TTL: time.Hour})
		require.NoError(t, err)
		t.Cleanup(r.Close)
		watching, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { _ = r.Watch(watching) })
		t.Cleanup(func() { stop(); ended.Wait() })
		resolvers = append(resolvers, r)
		running.Go(func() {
			last := make([]int64, len(codes))
			for ctx.Err() == nil {
				for i, code := range codes {
					a, err := r.Resolve(context.Background(), code, "")
					if err != nil {
						assert.ErrorIs(t, err, tax.ErrUnavailable)
						continue
					}
					version := a.Explain().Documents[0].Version
					assert.GreaterOrEqual(t, version, last[i], "it went back")
					last[i] = version
					answers.Add(1)
				}
				time.Sleep(time.Millisecond)
			}
		})
		running.Go(func() { disturb(ctx, p.TCP) })
	}
	running.Wait()
	began := time.Now()
	for i, code := range codes {
		now, err := direct.Get(t.Context(), "", tax.Location{Country: code})
		require.NoError(t, err)
		require.GreaterOrEqual(t, now.Metadata.Version, written[i].Load())
		for _, r := range resolvers {
			require.Eventually(t, func() bool {
				a, err := r.Resolve(t.Context(), code, "")
				return err == nil && a.Explain().Documents[0].Version == now.Metadata.Version
			}, 10*time.Second, time.Millisecond)
		}
	}
	t.Logf("%d answers; all are the last ones %v after the links are sound", answers.Load(), time.Since(began))
	assert.Positive(t, answers.Load())
}

// openInTime opens a store whose calls may take so little time that opening it may fail where
// much else runs.
func openInTime(t *testing.T, dsn string, o *postgres.Options) *postgres.Store {
	t.Helper()
	for attempt := 0; ; attempt++ {
		s, err := postgres.Connect(t.Context(), dsn, o)
		if err == nil {
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, attempt, 20)
	}
}

// disturb does to a link what networks do, until ctx ends. Then it is sound.
func disturb(ctx context.Context, p *proxy.TCP) {
	kinds := []func(bool){
		func(on bool) { p.Refusing = on },
		func(on bool) { p.Silent = on },
		func(on bool) { p.Delay = time.Duration(slices.Index([]bool{false, true}, on)) * 3 * time.Millisecond },
		func(on bool) { p.DropAt = map[bool]string{true: aWrite}[on] }, // the answer to a write is lost
	}
	for ctx.Err() == nil {
		time.Sleep(rand.N(40 * time.Millisecond))
		switch n := rand.N(len(kinds) + 1); n {
		case len(kinds):
			p.Cut()
		default:
			p.Set(func() { kinds[n](true) })
			if n == 0 {
				p.Cut()
			}
			time.Sleep(rand.N(40 * time.Millisecond))
			p.Set(func() { kinds[n](false) })
		}
	}
}
