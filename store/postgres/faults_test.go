package postgres_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/internal/proxy"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

var germany = tax.Location{Country: "DE"}

// behindProxy opens a store behind a proxy, with one document, and another one that is not.
func behindProxy(t *testing.T, o *postgres.Options) (p *proxy.TCP, s, direct *postgres.Store) {
	dsn := server(t).database(t)
	p, through := newProxy(t, dsn)
	direct = openStore(t, dsn, nil)
	_, err := direct.Create(t.Context(), "shop", country("DE", "19"))
	require.NoError(t, err)
	return p, openInTime(t, through, o), direct
}

// put writes a document whatever its version is.
func put(ctx context.Context, s *postgres.Store, tenant, percent string) error {
	return s.Write(ctx, []store.Batch{{Key: tax.Key{Tenant: tenant, Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", percent)}}}})[0].Err
}

func TestReadsSurviveConnectionsThatAreCut(t *testing.T) {
	p, s, _ := behindProxy(t, nil)
	var wg sync.WaitGroup
	for range 8 { // fill the pool
		wg.Go(func() {
			_, err := s.Get(t.Context(), "shop", germany)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	for range 5 {
		require.Positive(t, p.Cut())
		for range 3 {
			_, err := s.Get(t.Context(), "shop", germany)
			require.NoError(t, err)
		}
		p.Cut()
		for _, err := range postgres.BackendOf(s).Documents(t.Context(), "shop", tax.Location{}) {
			require.NoError(t, err)
		}
		p.Cut()
		_, err := s.Versions(t.Context(), "shop", germany)
		require.NoError(t, err)
	}
}

func TestReadsSurviveBackendsThatAreTerminated(t *testing.T) {
	dsn := server(t).database(t)
	s, admin := openStore(t, dsn, nil), connect(t, dsn)
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	for range 5 {
		_, err := admin.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		require.NoError(t, err)
		_, err = s.Get(t.Context(), "shop", germany) // 57P01
		require.NoError(t, err)
	}
}

func TestWriteWhoseAnswerIsLostTookEffectOnce(t *testing.T) {
	p, s, direct := behindProxy(t, nil)
	c, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	for i := range 5 {
		p.Set(func() { p.DropAt = aWrite })
		c, err = s.Update(t.Context(), "shop", c)
		require.NoError(t, err, "it took effect")
		assert.EqualValues(t, i+2, c.Metadata.Version)
	}
	p.Set(func() { assert.Equal(t, 5, p.Dropped); p.DropAt = aWrite })
	_, err = s.Create(t.Context(), "new", country("DE", "7"))
	require.NoError(t, err, "of a country that was not there before")
	_, err = s.Create(t.Context(), "new", country("DE", "7"))
	require.ErrorIs(t, err, tax.ErrExists)
	versions, err := direct.Versions(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Len(t, versions, 6, "each of them once")
}

func TestWriteOfWhichNothingIsKnownSaysSo(t *testing.T) {
	p, s, direct := behindProxy(t, nil)
	c, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	p.Set(func() { p.DropAt, p.Leaving = aWrite, true })
	_, err = s.Update(t.Context(), "shop", c)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, store.ErrUnknownOutcome)
	require.Eventually(t, func() bool {
		now, err := direct.Get(t.Context(), "shop", germany)
		return err == nil && now.Metadata.Version == 2
	}, 5*time.Second, time.Millisecond, "it took effect")
	p.Set(func() { p.Refusing, p.Leaving = false, false })
	_, err = s.Update(t.Context(), "shop", c)
	require.ErrorIs(t, err, tax.ErrConflict)
}

func TestManyWritesWhoseAnswerIsLostTookEffectOnce(t *testing.T) {
	p, s, direct := behindProxy(t, nil)
	var batches []store.Batch
	for i := range 20 {
		batches = append(batches, store.Batch{Key: tax.Key{Tenant: strconv.Itoa(i), Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "19")}}})
	}
	for range 2 { // new countries, and others
		p.Set(func() { p.DropAt = aWrite })
		for _, out := range s.Write(t.Context(), batches) {
			require.NoError(t, out.Err)
		}
	}
	p.Set(func() { assert.Equal(t, 2, p.Dropped) })
	for i := range batches {
		c, err := direct.Get(t.Context(), strconv.Itoa(i), germany)
		require.NoError(t, err)
		assert.EqualValues(t, 2, c.Metadata.Version)
	}
}

func TestWriteThatTheServerHoldsUpEndsAtItsDeadlineAndNeverTakesEffectLater(t *testing.T) {
	dsn := server(t).database(t)
	s, admin := openStore(t, dsn, nil), connect(t, dsn)
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	// Somebody locks the table that the statement writes last, after it has the country.
	tx, err := admin.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "LOCK TABLE tax.configuration IN SHARE ROW EXCLUSIVE MODE")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	err = put(ctx, s, "shop", "20")
	took := time.Since(began)
	require.Error(t, err)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, took, 1500*time.Millisecond)
	unknown := errors.Is(err, store.ErrUnknownOutcome)
	require.NoError(t, tx.Rollback(t.Context()))
	time.Sleep(50 * time.Millisecond)
	first, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	if !unknown {
		assert.Equal(t, "19", first.Classes[0].Rates[0].Percent.String(), "it said that nothing was written")
	}
	require.NoError(t, put(t.Context(), s, "shop", "21"))
}

func TestWriteThatWasNotSentIsNotUnknown(t *testing.T) {
	p, s, _ := behindProxy(t, nil)
	p.Set(func() { p.Refusing = true })
	p.Cut()
	err := put(t.Context(), s, "shop", "20")
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, postgres.ErrUnreachable)
	require.NotErrorIs(t, err, store.ErrUnknownOutcome)
	p.Set(func() { p.Refusing = false })
	require.NoError(t, put(t.Context(), s, "shop", "20"))
}

func TestEveryCallHasADeadline(t *testing.T) {
	p, s, _ := behindProxy(t, &postgres.Options{Timeout: 150 * time.Millisecond})
	p.Set(func() { p.Silent = true }) // half-open: packets vanish
	for name, call := range map[string]func() error{
		"Get":      func() error { _, err := s.Get(context.Background(), "shop", germany); return err },
		"Versions": func() error { _, err := s.Versions(context.Background(), "shop", germany); return err },
		"List":     func() error { _, err := s.List(context.Background(), "shop", tax.Query{}); return err },
		"Write":    func() error { return put(context.Background(), s, "shop", "20") },
	} {
		began := time.Now()
		err := call()
		require.ErrorIs(t, err, tax.ErrUnavailable, name)
		assert.Less(t, time.Since(began), time.Second, name)
		require.ErrorIs(t, err, postgres.ErrTimeout, name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Get(ctx, "shop", germany)
	require.Equal(t, context.DeadlineExceeded, err)
	p.Set(func() { p.Silent = false })
	p.Cut()
	_, err = s.Get(context.Background(), "shop", germany)
	require.NoError(t, err)
}

func TestBackendThatHangsHoldsUpNobodyElse(t *testing.T) {
	dsn := server(t).database(t)
	s, admin := openStore(t, dsn, nil), connect(t, dsn)
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	var pid int
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY backend_start LIMIT 1").Scan(&pid))
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	defer syscall.Kill(pid, syscall.SIGCONT)
	answered := 0
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		began := time.Now()
		_, err := s.Get(ctx, "shop", germany)
		cancel()
		assert.Less(t, time.Since(began), time.Second)
		if err == nil {
			answered++
		} else {
			assert.Equal(t, context.DeadlineExceeded, err)
		}
	}
	assert.GreaterOrEqual(t, answered, 9, "only the connection to that backend was of no use")
}

func TestSlowServerOnlyTakesLonger(t *testing.T) {
	p, s, _ := behindProxy(t, nil)
	p.Set(func() { p.Delay = 30 * time.Millisecond })
	require.NoError(t, put(t.Context(), s, "shop", "20"))
	c, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Equal(t, "20", c.Classes[0].Rates[0].Percent.String())
}

func TestServerThatIsDownAtTheStart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	_, err = postgres.Connect(t.Context(), "postgres://"+l.Addr().String()+"/tax", nil)
	require.ErrorIs(t, err, postgres.ErrUnreachable)
}

func TestConflictingTransactionsAreRepeated(t *testing.T) {
	dsn := server(t).database(t) + "&default_transaction_isolation=serializable"
	one, other := openStore(t, dsn, nil), openStore(t, dsn, nil)
	var wg sync.WaitGroup
	var written atomic.Int64
	for i, s := range []*postgres.Store{one, other, one, other} {
		wg.Go(func() {
			for n := range 10 {
				assert.NoError(t, put(t.Context(), s, "shop", strconv.Itoa(10*i+n)))
				written.Add(1)
			}
		})
	}
	wg.Wait()
	c, err := one.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Equal(t, written.Load(), c.Metadata.Version, "no write was lost")
}

func TestBulkWritesInOppositeOrderDoNotLockEachOther(t *testing.T) {
	dsn := server(t).database(t)
	var wg sync.WaitGroup
	for i := range 4 {
		s := openStore(t, dsn, nil)
		wg.Go(func() {
			for range 5 {
				var batches []store.Batch
				for n := range 40 {
					if i%2 == 0 {
						n = 39 - n
					}
					batches = append(batches, store.Batch{Key: tax.Key{Tenant: strconv.Itoa(n), Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "19")}}})
				}
				for _, out := range s.Write(t.Context(), batches) {
					assert.NoError(t, out.Err)
				}
			}
		})
	}
	wg.Wait()
	s := openStore(t, dsn, nil)
	for n := range 40 {
		c, err := s.Get(t.Context(), strconv.Itoa(n), germany)
		require.NoError(t, err)
		assert.EqualValues(t, 20, c.Metadata.Version)
	}
}

// Another program may lock rows for as long as it likes. Writers wait for them, each with a
// connection, and lookups must find one all the same.
func TestReadsDoNotWaitForWritesThatAreHeldUp(t *testing.T) {
	dsn := server(t).database(t)
	s, admin := openStore(t, dsn+"&pool_max_conns=4", nil), connect(t, dsn)
	watch(t, s) // takes a connection
	countries := []string{"AT", "BE", "ES", "FR", "IT", "NL", "PL"}
	for _, code := range append(countries, "DE") {
		_, err := s.Create(t.Context(), "shop", country(code, "19"))
		require.NoError(t, err)
	}
	taxes := taxesOf(t, s, "shop")
	_, err := taxes.Create(t.Context(), ampeco.Draft{Name: "a"})
	require.NoError(t, err)
	tx, err := admin.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background()) // also if it fails, or the store could not be closed
	_, err = tx.Exec(t.Context(), "SELECT FROM tax.country WHERE country <> 'DE' FOR UPDATE")
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM tax.flat_tax_last FOR UPDATE")
	require.NoError(t, err)
	var writers sync.WaitGroup
	batch := func(code string) store.Batch {
		return store.Batch{Key: tax.Key{Tenant: "shop", Country: code}, Changes: []store.Change{{Configuration: country(code, "20")}}}
	}
	for _, code := range countries[:4] {
		writers.Go(func() { assert.NoError(t, s.Write(t.Context(), []store.Batch{batch(code)})[0].Err) })
		writers.Go(func() { _, err := taxes.Create(t.Context(), ampeco.Draft{Name: code}); assert.NoError(t, err) })
	}
	writers.Go(func() { // with one statement
		for _, out := range s.Write(t.Context(), []store.Batch{batch("IT"), batch("NL"), batch("PL")}) {
			assert.NoError(t, out.Err)
		}
	})
	require.Eventually(t, func() bool {
		var waiting int
		err := admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		return err == nil && waiting >= 2
	}, 5*time.Second, time.Millisecond)
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := s.Get(ctx, "shop", germany)
		cancel()
		require.NoError(t, err)
		time.Sleep(time.Millisecond)
	}
	_, err = taxes.Get(t.Context(), 1)
	require.NoError(t, err)
	// Who gives up in the queue has sent nothing.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.Equal(t, context.DeadlineExceeded, put(ctx, s, "shop", "21"))
	require.NoError(t, tx.Rollback(t.Context()))
	writers.Wait()
	c, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 1, c.Metadata.Version)
}
