package sqlite

import (
	"database/sql"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// loaded returns the state of Germany, and whether it is the one that was loaded before.
func loaded(t *testing.T, b *backend, before *store.Country) (now *store.Country, same bool) {
	t.Helper()
	now, err := b.Load(t.Context(), tax.Key{Tenant: "shop", Country: "DE"})
	require.NoError(t, err)
	return now, now == before
}

func TestCountryIsReadOnceWhileNobodyWrites(t *testing.T) {
	path := file(t)
	s, b := inside(t, path, nil)
	other := opened(t, path, nil)
	c, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	assert.Nil(t, b.recent.states[tax.Key{Tenant: "shop", Country: "DE"}].by, "what is read once is not kept")
	first, _ := loaded(t, b, nil)
	for range 3 {
		_, same := loaded(t, b, first)
		assert.True(t, same, "nobody has written")
	}
	for round, writes := range []func(){
		func() { c, err = s.Update(t.Context(), "shop", c) },
		func() { c, err = other.Update(t.Context(), "shop", c) },
		func() { _, err = other.Create(t.Context(), "another", doc("FR", "20")) },
		func() { edit(t, b, `UPDATE configuration SET author = 'somebody'`) },
	} {
		writes()
		require.NoError(t, err)
		second, same := loaded(t, b, first)
		assert.False(t, same, "round %d", round)
		_, same = loaded(t, b, second)
		assert.True(t, same, "round %d", round)
		first = second
	}
	assert.Equal(t, "somebody", inForce(first).Author)
	require.NoError(t, other.Delete(t.Context(), "shop", germany))
	_, err = s.Get(t.Context(), "shop", germany)
	assert.ErrorIs(t, err, tax.ErrNotFound)
}

func TestThatNothingIsStoredIsKnownAsLongAsItIsTrue(t *testing.T) {
	path := file(t)
	s, other := opened(t, path, nil), opened(t, path, nil)
	for range 4 {
		_, err := s.Get(t.Context(), "shop", germany)
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
	_, err := other.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	_, err = s.Get(t.Context(), "shop", germany)
	assert.NoError(t, err)
}

// Whoever reads after a write has returned finds it, or a later one, whatever store made it.
func TestReadsFindWhatWasWrittenBeforeThem(t *testing.T) {
	path := file(t)
	reader := opened(t, path, nil)
	writers := []*store.Versioned{opened(t, path, nil), reader}
	c, err := reader.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	var written atomic.Int64
	written.Store(1)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for running := true; running; {
				select {
				case <-done:
					running = false
				default:
				}
				least := written.Load()
				c, err := reader.Get(t.Context(), "shop", germany)
				if !assert.NoError(t, err) || !assert.GreaterOrEqual(t, c.Metadata.Version, least) {
					return
				}
			}
		})
	}
	for round := range 60 {
		c, err = writers[round%2].Update(t.Context(), "shop", c)
		require.NoError(t, err)
		written.Store(c.Metadata.Version)
	}
	close(done)
	readers.Wait()
}

func TestStatesThatAreKeptAreBounded(t *testing.T) {
	s, b := inside(t, file(t), nil)
	for n := range mostStates {
		b.recent.put(tax.Key{Tenant: strconv.Itoa(n), Country: "DE"}, state{bytes: 5})
	}
	b.recent.bytes = 5 * mostStates
	for n := range 10 {
		_, err := s.Get(t.Context(), "another "+strconv.Itoa(n), germany)
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
	assert.Len(t, b.recent.states, mostStates)
	size := func() (n int) {
		for _, s := range b.recent.states {
			n += s.bytes
		}
		return n
	}
	assert.Equal(t, size(), b.recent.bytes)
	const bytes = mostStateBytes * 3 / 4
	_, err := s.Get(t.Context(), "another 9", germany)
	require.ErrorIs(t, err, tax.ErrNotFound)
	for n := range 3 * mostStatesBytes / bytes {
		key := tax.Key{Tenant: "large " + strconv.Itoa(n), Country: "DE"}
		b.recent.keep(key, state{by: b.recent.ask, bytes: bytes})
		assert.Contains(t, b.recent.states, key)
		assert.LessOrEqual(t, b.recent.bytes, mostStatesBytes)
		assert.Equal(t, size(), b.recent.bytes)
	}
	before := len(b.recent.states)
	b.recent.keep(tax.Key{Tenant: "too large", Country: "DE"}, state{by: b.recent.ask, bytes: mostStateBytes})
	b.recent.keep(tax.Key{Tenant: "of a connection that has ended", Country: "DE"}, state{by: &ask{}})
	assert.Len(t, b.recent.states, before)
}

func TestReadsGoOnWithoutTheVersionOfTheData(t *testing.T) {
	path := file(t)
	s, b := inside(t, path, nil)
	other := opened(t, path, nil)
	c, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	first, _ := loaded(t, b, nil)
	_, same := loaded(t, b, first)
	require.True(t, same)
	require.NoError(t, b.recent.ask.conn.Close())
	c, err = other.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	for range 3 {
		c, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		assert.EqualValues(t, 2, c.Metadata.Version)
	}
	_, err = other.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	c, err = s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 3, c.Metadata.Version, "on a new connection")
}

// Everybody else waits for whoever asks, so that it waits for nobody.
func TestTheVersionOfTheDataIsNotWaitedFor(t *testing.T) {
	path := file(t)
	s, err := Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	locked, err := sql.Open("sqlite", path+"?_pragma=locking_mode(EXCLUSIVE)")
	require.NoError(t, err)
	locked.SetMaxOpenConns(1)
	t.Cleanup(func() { assert.NoError(t, locked.Close()) })
	_, err = locked.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	require.NoError(t, err)

	var given Options
	require.NoError(t, given.complete(path))
	b := newBackend(path, given)
	require.NoError(t, b.connectPools())
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	began := time.Now()
	_, err = b.recent.version(b)
	assert.Equal(t, ErrBusy, kindOf(err))
	assert.Less(t, time.Since(began), given.BusyTimeout/4)
}
