package postgres_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// reports is what a Watch has reported.
type reports struct {
	mu   sync.Mutex
	keys []tax.Key
}

func (r *reports) add(key tax.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, key)
}

func (r *reports) take() []tax.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := r.keys
	r.keys = nil
	return keys
}

// watch watches a store until the end of the test, and returns when nothing can be missed.
func watch(t *testing.T, s *postgres.Store) *reports {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, ended := new(reports), make(chan error, 1)
	go func() { ended <- postgres.BackendOf(s).(tax.Watcher).Watch(ctx, r.add) }()
	t.Cleanup(func() { cancel(); assert.ErrorIs(t, <-ended, context.Canceled) })
	require.Eventually(t, func() bool {
		keys := r.take()
		return len(keys) == 1 && keys[0] == tax.Key{}
	}, 5*time.Second, time.Millisecond)
	return r
}

// eventually waits until keys were reported, and returns how long that took.
func (r *reports) eventually(t *testing.T, want ...tax.Key) time.Duration {
	t.Helper()
	began := time.Now()
	var got []tax.Key
	require.Eventually(t, func() bool {
		got = append(got, r.take()...)
		return len(got) >= len(want)
	}, 10*time.Second, time.Millisecond)
	assert.ElementsMatch(t, want, got)
	return time.Since(began)
}

var shop = tax.Key{Tenant: "shop", Country: "DE"}

func TestWritesOfOthersAreReportedOnceAndOwnOnesNot(t *testing.T) {
	dsn := server(t).database(t)
	s, other := openStore(t, dsn, &postgres.Options{Poll: time.Hour}), openStore(t, dsn, nil)
	r := watch(t, s)
	require.NoError(t, put(t.Context(), s, "shop", "19")) // its own
	require.NoError(t, put(t.Context(), other, "other", "19"))
	took := r.eventually(t, tax.Key{Tenant: "other", Country: "DE"})
	assert.Less(t, took, 5*time.Second, "by a notification")
	require.NoError(t, put(t.Context(), other, "shop", "20"))
	r.eventually(t, shop)
}

func TestWithoutNotificationsChangesAreSeenWithinPoll(t *testing.T) {
	dsn := server(t).database(t)
	s, other := openStore(t, dsn, &postgres.Options{NoNotifications: true, Poll: 50 * time.Millisecond}), openStore(t, dsn, nil)
	r := watch(t, s)
	for i := range 5 {
		require.NoError(t, put(t.Context(), other, "shop", strconv.Itoa(i)))
		r.eventually(t, shop)
	}
	silent := openStore(t, dsn, &postgres.Options{NoNotifications: true})
	listening := openStore(t, dsn, &postgres.Options{Poll: 50 * time.Millisecond})
	r = watch(t, listening)
	require.NoError(t, put(t.Context(), silent, "shop", "9"))
	r.eventually(t, shop)
}

func TestEverythingIsReportedAfterTheConnectionWasLost(t *testing.T) {
	p, s, direct := behindProxy(t, &postgres.Options{Poll: 100 * time.Millisecond})
	r := watch(t, s)
	for range 3 {
		p.Set(func() { p.Refusing = true })
		p.Cut()
		require.NoError(t, put(t.Context(), direct, "shop", "20")) // nobody hears of this
		p.Set(func() { p.Refusing = false })
		require.Eventually(t, func() bool {
			for _, key := range r.take() {
				if key == (tax.Key{}) {
					return true
				}
			}
			return false
		}, 5*time.Second, time.Millisecond)
		require.NoError(t, put(t.Context(), direct, "shop", "21"))
		r.eventually(t, shop)
	}
}

func TestAConnectionThatHangsIsNoticed(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, &postgres.Options{Poll: 50 * time.Millisecond})
	r := watch(t, s)
	p.Set(func() { p.Silent = true })
	require.NoError(t, put(t.Context(), direct, "shop", "20"))
	time.Sleep(1200 * time.Millisecond) // the patience of a look
	p.Set(func() { p.Silent = false })
	require.Eventually(t, func() bool { return len(r.take()) > 0 }, 5*time.Second, time.Millisecond)
}

func TestNoChangeIsMissedWhateverOrderTransactionsCommitIn(t *testing.T) {
	t.Parallel()
	dsn := server(t).database(t)
	s := openStore(t, dsn, &postgres.Options{Poll: 5 * time.Millisecond})
	admin := connect(t, dsn)
	foreign, err := admin.Begin(t.Context()) // held open all the time
	require.NoError(t, err)
	defer foreign.Rollback(context.Background())
	_, err = foreign.Exec(t.Context(), "CREATE TABLE foreign_table (n int)")
	require.NoError(t, err)
	r := watch(t, s)
	var wg sync.WaitGroup
	defer wg.Wait()
	const writers, writes = 6, 40
	for w := range writers {
		wg.Go(func() {
			ctx := context.Background()
			for n := range writes {
				// A transaction of its own around the statement ends at another time than it began.
				tx, err := admin.Begin(ctx)
				if !assert.NoError(t, err) {
					return
				}
				_, err = tx.Exec(ctx, `INSERT INTO tax.country VALUES ($1, 'DE', 1, 0, now(), null, pg_current_xact_id(), 0, '')`, []byte(strconv.Itoa(w)+" "+strconv.Itoa(n)))
				assert.NoError(t, err)
				time.Sleep(time.Duration((w*7+n*3)%5) * time.Millisecond)
				assert.NoError(t, tx.Commit(ctx))
			}
		})
	}
	var want []tax.Key
	for w := range writers {
		for n := range writes {
			want = append(want, tax.Key{Tenant: strconv.Itoa(w) + " " + strconv.Itoa(n), Country: "DE"})
		}
	}
	r.eventually(t, want...) // each of them once
	wg.Wait()
	require.NoError(t, foreign.Rollback(t.Context()))
	time.Sleep(20 * time.Millisecond)
	assert.Empty(t, r.take())
}

func TestManyResolversWatchWithOneConnection(t *testing.T) {
	dsn := server(t).database(t)
	s, other := openStore(t, dsn, nil), openStore(t, dsn, nil)
	_, err := other.Create(t.Context(), "", country("DE", "0"))
	require.NoError(t, err)
	var resolvers []*tax.Resolver
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range 100 {
		r, err := tax.NewResolver(s, nil)
		require.NoError(t, err)
		defer r.Close()
		resolvers = append(resolvers, r)
		wg.Go(func() { _ = r.Watch(ctx) })
	}
	for percent := range 5 {
		want := strconv.Itoa(percent + 1)
		require.NoError(t, put(t.Context(), other, "", want))
		require.Eventually(t, func() bool {
			for _, r := range resolvers {
				a, err := r.Resolve(t.Context(), "DE", "")
				if err != nil || a.Percent().String() != want {
					return false
				}
			}
			return true
		}, 10*time.Second, 5*time.Millisecond)
	}
	admin := connect(t, dsn)
	var listening int
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
		AND (query LIKE '%pg_current_snapshot%' OR query LIKE 'LISTEN%')`).Scan(&listening))
	assert.Equal(t, 1, listening)
}

func TestWatchEndsWithItsStore(t *testing.T) {
	dsn := server(t).database(t)
	s, err := postgres.Connect(t.Context(), dsn, nil)
	require.NoError(t, err)
	ended := make(chan error, 1)
	began := make(chan struct{})
	var once sync.Once
	go func() {
		ended <- s.Watch(context.Background(), func(tax.Key) { once.Do(func() { close(began) }) })
	}()
	<-began
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	select {
	case err := <-ended:
		require.ErrorIs(t, err, postgres.ErrClosed)
	case <-time.After(5 * time.Second):
		t.Fatal("it goes on")
	}
}

func TestARestoredDatabaseIsReportedAsAWhole(t *testing.T) {
	c := server(t)
	dsn := c.database(t)
	s := openStore(t, dsn, &postgres.Options{Poll: 20 * time.Millisecond, NoNotifications: true})
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	r := watch(t, s)
	// The database of the same name is another one, as after a restore beside the old one.
	name := dsn[len(c.DSN(""))-len("?sslmode=disable"):]
	name = name[:len(name)-len("?sslmode=disable")]
	admin := connect(t, c.DSN("postgres"))
	for _, statement := range []string{
		"ALTER DATABASE " + name + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
		"CREATE DATABASE " + name + "_copy TEMPLATE " + name,
		"ALTER DATABASE " + name + " RENAME TO " + name + "_old",
		"ALTER DATABASE " + name + "_copy RENAME TO " + name,
	} {
		_, err := admin.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	require.Eventually(t, func() bool {
		for _, key := range r.take() {
			if key == (tax.Key{}) {
				return true
			}
		}
		return false
	}, 5*time.Second, time.Millisecond)
	c2, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Equal(t, "19", c2.Classes[0].Rates[0].Percent.String())
	require.NoError(t, put(t.Context(), openStore(t, dsn, nil), "shop", "20"))
	r.eventually(t, shop)
}

func TestWatchGoesOnWhileOneWatcherIsSlow(t *testing.T) {
	dsn := server(t).database(t)
	s, other := openStore(t, dsn, nil), openStore(t, dsn, nil)
	release := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		err := postgres.BackendOf(s).(tax.Watcher).Watch(ctx, func(tax.Key) { <-release })
		assert.True(t, errors.Is(err, context.Canceled))
	})
	r := watch(t, s)
	for i := range 3 {
		require.NoError(t, put(t.Context(), other, "shop", strconv.Itoa(i)))
		r.eventually(t, shop)
	}
	close(release)
	cancel()
	wg.Wait()
}

// A write may take effect after its writer was told that the outcome is not known. Who watches
// that store, and has loaded the country since, is told then.
func TestAWriteThatTakesEffectLaterIsReported(t *testing.T) {
	dsn := server(t).database(t)
	p, through := newProxy(t, dsn)
	direct, admin := openStore(t, dsn, nil), connect(t, dsn)
	s := openInTime(t, through, &postgres.Options{Poll: time.Minute})
	defer p.Set(func() { p.Silent = false })
	many := func(percent string) (batches []store.Batch) {
		for _, code := range []string{"DE", "FR"} {
			batches = append(batches, store.Batch{Key: tax.Key{Tenant: "shop", Country: code}, Changes: []store.Change{{Configuration: country(code, percent)}}})
		}
		return batches
	}
	for _, out := range s.Write(t.Context(), many("19")) {
		require.NoError(t, out.Err)
	}
	r := watch(t, s)
	for _, batches := range [][]store.Batch{many("20")[:1], many("21")} {
		tx, err := admin.Begin(t.Context())
		require.NoError(t, err)
		defer tx.Rollback(context.Background())
		_, err = tx.Exec(t.Context(), "SELECT FROM tax.configuration FOR UPDATE")
		require.NoError(t, err)
		before, err := direct.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		written := make(chan []store.Outcome, 1)
		go func() { written <- s.Write(ctx, batches) }()
		require.Eventually(t, func() bool {
			var waiting int
			err := tx.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
			return err == nil && waiting > 0
		}, 5*time.Second, time.Millisecond)
		p.Set(func() { p.Silent = true })
		cancel()
		for _, out := range <-written {
			require.ErrorIs(t, out.Err, store.ErrUnknownOutcome)
		}
		require.NoError(t, tx.Rollback(t.Context()))
		require.Eventually(t, func() bool {
			now, err := direct.Get(t.Context(), "shop", germany)
			return err == nil && now.Metadata.Version == before.Metadata.Version+1
		}, 5*time.Second, time.Millisecond)
		p.Set(func() { p.Silent = false })
		keys := []tax.Key{{Tenant: "other", Country: "DE"}}
		for i := range batches {
			keys = append(keys, batches[i].Key)
		}
		require.NoError(t, put(t.Context(), direct, "other", "19")) // so that it looks
		r.eventually(t, keys...)
	}
	for _, out := range s.Write(t.Context(), many("22")) {
		require.NoError(t, out.Err)
	}
	require.NoError(t, put(t.Context(), direct, "other", "20"))
	r.eventually(t, tax.Key{Tenant: "other", Country: "DE"}) // and not its own, whose outcome is known
}
