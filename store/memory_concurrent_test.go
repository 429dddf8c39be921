package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func TestOneOfManyCreatorsWins(t *testing.T) {
	m := store.NewMemory(nil)
	var won, exists atomic.Int64
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			<-start
			_, err := m.Create(t.Context(), "", country("CA", strconv.Itoa(i+1)))
			switch {
			case err == nil:
				won.Store(int64(i + 1))
			case errors.Is(err, tax.ErrExists):
				exists.Add(1)
			}
		})
	}
	close(start)
	group.Wait()
	assert.EqualValues(t, 63, exists.Load())
	c, err := m.Get(t.Context(), "", canada)
	require.NoError(t, err)
	assert.Equal(t, won.Load(), c.Classes[0].Rates[0].Percent.IntPart())
	assert.Equal(t, int64(1), c.Metadata.Version)
}

func TestNoUpdateIsLostWhenEveryoneRetries(t *testing.T) {
	const updaters = 64
	m := store.NewMemory(nil)
	first := country("CA", "0")
	first.Classes[0].Rates[0].Components = nil
	_, err := m.Create(t.Context(), "", first)
	require.NoError(t, err)
	var conflicts atomic.Int64
	var group sync.WaitGroup
	for range updaters {
		group.Go(func() {
			for {
				c, err := m.Get(t.Context(), "", canada)
				if !assert.NoError(t, err) {
					return
				}
				rate := &c.Classes[0].Rates[0]
				rate.Percent = rate.Percent.Add(tax.MustPercent("1"))
				_, err = m.Update(t.Context(), "", c)
				if err == nil {
					return
				}
				var conflict *tax.StoreError
				if !assert.ErrorAs(t, err, &conflict) {
					return
				}
				assert.Equal(t, tax.ErrConflict, conflict.Kind)
				assert.Greater(t, conflict.Current, conflict.Given)
				conflicts.Add(1)
			}
		})
	}
	group.Wait()
	c, err := m.Get(t.Context(), "", canada)
	require.NoError(t, err)
	assert.EqualValues(t, updaters, c.Classes[0].Rates[0].Percent.IntPart())
	assert.EqualValues(t, updaters+1, c.Metadata.Version)
	t.Logf("%d conflicts", conflicts.Load())
}

func TestEveryWriteTellsItsKeyBeforeItReturns(t *testing.T) {
	m := store.NewMemory(nil)
	var told []tax.Key
	stop := m.Notify(func(k tax.Key) {
		set, err := m.Configurations(t.Context(), k)
		assert.NoError(t, err, "the function may read from the store")
		assert.Len(t, set, 1-len(told)/2, "the write has taken effect")
		told = append(told, k)
	})
	other := 0
	stopOther := m.Notify(func(tax.Key) { other++ })
	key := tax.Key{Tenant: "shop", Country: "CA"}
	c, err := m.Create(t.Context(), "shop", country("CA", "5"))
	require.NoError(t, err)
	assert.Equal(t, []tax.Key{key}, told)
	_, err = m.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	assert.Equal(t, []tax.Key{key, key}, told)
	require.NoError(t, m.Delete(t.Context(), "shop", canada))
	assert.Equal(t, []tax.Key{key, key, key}, told)
	stop()
	stop()
	_, err = m.Create(t.Context(), "shop", country("CA", "5"))
	require.NoError(t, err)
	assert.Len(t, told, 3, "stop ends the registration")
	assert.Equal(t, 4, other, "and no other")
	stopOther()
}

func TestListenersMayComeAndGoWhileOthersWrite(t *testing.T) {
	m := store.NewMemory(nil)
	c, err := m.Create(t.Context(), "", country("CA", "5"))
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				m.Notify(func(tax.Key) {})()
			}
		})
	}
	for range 50 {
		c, err = m.Update(t.Context(), "", c)
		require.NoError(t, err)
	}
	// A function may end its own registration.
	var stop func()
	stop = m.Notify(func(tax.Key) { stop() })
	_, err = m.Update(t.Context(), "", c)
	require.NoError(t, err)
	group.Wait()
}

func TestResolverNeverServesTheOldRateAfterAWriteReturned(t *testing.T) {
	m := store.NewMemory(nil)
	r, err := tax.NewResolver(m, nil)
	require.NoError(t, err)
	defer r.Close()
	c, err := m.Create(t.Context(), "", country("CA", "1"))
	require.NoError(t, err)
	var written atomic.Int64
	written.Store(1)
	done := make(chan struct{})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				floor := written.Load()
				a, err := r.Resolve(t.Context(), "CA", "STANDARD")
				if !assert.NoError(t, err) || !assert.GreaterOrEqual(t, a.Percent().IntPart(), floor) {
					return
				}
			}
		})
	}
	for percent := int64(2); percent <= 300; percent++ {
		p := tax.MustPercent(strconv.FormatInt(percent, 10))
		c.Classes[0].Rates[0].Percent, c.Classes[0].Rates[0].Components[0].Percent = p, p
		c, err = m.Update(t.Context(), "", c)
		require.NoError(t, err)
		written.Store(percent)
		a, err := r.Resolve(t.Context(), "CA", "STANDARD")
		require.NoError(t, err)
		require.Equal(t, percent, a.Percent().IntPart())
	}
	close(done)
	group.Wait()

	require.NoError(t, m.Delete(t.Context(), "", canada))
	_, err = r.Resolve(t.Context(), "CA", "STANDARD")
	assert.ErrorIs(t, err, tax.ErrUnknownCountry)
}

func TestReadersDoNotWaitForWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := store.NewMemory(nil)
		c, err := m.Create(t.Context(), "", country("CA", "5"))
		require.NoError(t, err)
		gate := make(chan struct{})
		defer m.Notify(func(tax.Key) { <-gate })()
		go func() { _, _ = m.Update(t.Context(), "", c) }()
		synctest.Wait() // the writer is calling its listeners
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := m.Get(ctx, "", canada)
		require.NoError(t, err)
		assert.Equal(t, int64(2), got.Metadata.Version)
		close(gate)
		synctest.Wait()
	})
}
