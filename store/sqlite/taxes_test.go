package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/ampeco/ampecotest"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/sqlite"
)

func TestTaxesKeepTheContract(t *testing.T) {
	ampecotest.Run(t, ampecotest.Factory{Lasting: true, Open: func(t *testing.T, place string, clock func() time.Time) ampeco.Store {
		s, err := sqlite.OpenTaxes(filepath.Join(place, "taxes.db"), "acme", &sqlite.Options{Store: store.Options{Clock: clock}})
		require.NoError(t, err)
		return s
	}})
}

func TestTaxesOfAnOlderReleaseAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taxes.db")
	s, err := sqlite.OpenTaxes(path, "shop", nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	rows, err := os.ReadFile("testdata/schema/2.rows.sql")
	require.NoError(t, err)
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), string(rows))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	s, err = sqlite.OpenTaxes(path, "shop", nil)
	require.NoError(t, err)
	defer s.Close()
	got, err := s.Update(t.Context(), 3, ampeco.Patch{Name: ampeco.Set("VAT 7.0")})
	require.NoError(t, err)
	assert.Equal(t, "7.0", got.Percentage.StringFixed(1))
	made, err := s.Create(t.Context(), ampeco.Draft{Name: "x"})
	require.NoError(t, err)
	assert.EqualValues(t, 4, made.ID)
}

func TestTaxesOfTenantsAreApartAndBesideConfigurations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taxes.db")
	configurations, err := sqlite.Open(path, nil)
	require.NoError(t, err)
	defer configurations.Close()
	var c tax.Configuration
	require.NoError(t, c.UnmarshalJSON([]byte(`{"location":{"countryCode":"DE"},"taxClasses":[]}`)))
	_, err = configurations.Create(t.Context(), "acme", c)
	require.NoError(t, err)
	for _, tenant := range []string{"acme", "others"} {
		s, err := sqlite.OpenTaxes(path, tenant, nil)
		require.NoError(t, err)
		made, err := s.Create(t.Context(), ampeco.Draft{Name: tenant})
		require.NoError(t, err)
		assert.EqualValues(t, 1, made.ID)
		page, err := s.List(t.Context(), ampeco.Range{Limit: 10, Total: true})
		require.NoError(t, err)
		assert.Equal(t, 1, page.Total)
		assert.Equal(t, tenant, page.Taxes[0].Name)
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		_, err = s.Get(t.Context(), 1)
		assert.ErrorIs(t, err, tax.ErrUnavailable)
	}
	_, err = configurations.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	assert.NoError(t, err)
	_, err = sqlite.OpenTaxes(path, "", nil)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	_, err = sqlite.OpenTaxes(filepath.Join(path, "x"), "acme", nil)
	assert.ErrorIs(t, err, sqlite.ErrCannotOpen)
}

func ExampleOpenTaxes() {
	ctx := context.Background()
	folder, _ := os.MkdirTemp("", "taxes")
	defer os.RemoveAll(folder)
	taxes, err := sqlite.OpenTaxes(filepath.Join(folder, "tax.db"), "acme", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer taxes.Close()
	created, err := taxes.Create(ctx, ampeco.Draft{Name: "VAT 20", Percentage: tax.MustPercent("20")})
	fmt.Println(created.ID, created.Name, err)
	// Output: 1 VAT 20 <nil>
}
