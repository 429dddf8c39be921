package postgres_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/ampeco/ampecotest"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// taxesOf returns the flat taxes of a tenant.
func taxesOf(t testing.TB, s *postgres.Store, tenant string) ampeco.Store {
	t.Helper()
	taxes, err := s.Taxes(tenant)
	require.NoError(t, err)
	return taxes
}

func TestTaxesKeepTheContract(t *testing.T) {
	t.Parallel()
	dsn := server(t).database(t)
	ampecotest.Run(t, ampecotest.Factory{Lasting: true, Open: func(t *testing.T, place string, clock func() time.Time) ampeco.Store {
		return taxesOf(t, openStore(t, dsn, &postgres.Options{Store: store.Options{Clock: clock}}), place)
	}})
}

func TestTaxesOfTenantsAreApartAndBesideConfigurations(t *testing.T) {
	s := openStore(t, server(t).database(t), nil)
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	for _, tenant := range []string{"shop", "a|b", "\x00", "\xff", `'; DROP TABLE tax.flat_tax; --`, strings.Repeat("t", 1024)} {
		taxes := taxesOf(t, s, tenant)
		made, err := taxes.Create(t.Context(), ampeco.Draft{Name: "x\x01'$1"})
		require.NoError(t, err)
		assert.EqualValues(t, 1, made.ID)
		page, err := taxes.List(t.Context(), ampeco.Range{Limit: 10, Total: true})
		require.NoError(t, err)
		assert.Equal(t, 1, page.Total)
		assert.Equal(t, "x\x01'$1", page.Taxes[0].Name)
	}
	_, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	for _, tenant := range []string{"", strings.Repeat("t", 1025)} {
		_, err := s.Taxes(tenant)
		require.ErrorIs(t, err, tax.ErrInvalid)
	}
	taxes := taxesOf(t, s, "shop")
	require.NoError(t, s.Close())
	_, err = taxes.Get(t.Context(), 1)
	require.ErrorIs(t, err, tax.ErrUnavailable)
}

func TestWritesOfTaxesWhoseAnswerIsLostTakeEffectOnce(t *testing.T) {
	p, s, direct := behindProxy(t, nil)
	taxes, others := taxesOf(t, s, "shop"), taxesOf(t, direct, "shop")
	lose := func(mark string) { p.Set(func() { p.DropAt = mark }) }
	for i := range 3 {
		lose(`"name"`)
		made, err := taxes.Create(t.Context(), ampeco.Draft{Name: "a"})
		require.NoError(t, err)
		assert.EqualValues(t, i+1, made.ID)
	}
	lose(`"name"`)
	_, err := taxes.Update(t.Context(), 2, ampeco.Patch{Name: ampeco.Set("b")})
	require.NoError(t, err)
	lose("shop")
	require.NoError(t, taxes.Delete(t.Context(), 3))
	lose("shop")
	_, err = taxes.Get(t.Context(), 2)
	require.NoError(t, err)
	p.Set(func() { assert.Equal(t, 6, p.Dropped) })
	page, err := others.List(t.Context(), ampeco.Range{Limit: 10, Total: true})
	require.NoError(t, err)
	require.Equal(t, 2, page.Total, "each was made once")
	assert.Equal(t, "b", page.Taxes[1].Name)
	assert.ErrorIs(t, taxes.Delete(t.Context(), 3), tax.ErrNotFound)
}

func TestWritesOfTaxesThatServersHoldUpAreUnknown(t *testing.T) {
	p, s, _ := behindProxy(t, &postgres.Options{Timeout: 150 * time.Millisecond})
	taxes := taxesOf(t, s, "shop")
	_, err := taxes.Create(t.Context(), ampeco.Draft{Name: "a"})
	require.NoError(t, err)
	p.Set(func() { p.Silent = true })
	_, err = taxes.Create(t.Context(), ampeco.Draft{Name: "b"})
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, postgres.ErrTimeout)
	require.ErrorIs(t, err, store.ErrUnknownOutcome)
	p.Set(func() { p.Silent, p.Refusing = false, true })
	p.Cut()
	err = taxes.Delete(t.Context(), 1)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, postgres.ErrUnreachable)
	require.NotErrorIs(t, err, store.ErrUnknownOutcome, "nothing was sent")
}

func TestProcessesMakeTaxesAtTheSameTime(t *testing.T) {
	dsn := server(t).database(t)
	var wg sync.WaitGroup
	for range 4 {
		taxes := taxesOf(t, openStore(t, dsn, nil), "new")
		wg.Go(func() {
			for range 5 {
				_, err := taxes.Create(t.Context(), ampeco.Draft{Name: "a"})
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	page, err := taxesOf(t, openStore(t, dsn, nil), "new").List(t.Context(), ampeco.Range{Limit: 30})
	require.NoError(t, err)
	require.Len(t, page.Taxes, 20)
	assert.EqualValues(t, 20, page.Taxes[19].ID)
}
