package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/sqlite"
)

// A store is compared with itself as it was at an instant, and in a version.
func TestDiffComparesVersionsOfHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taxes.db")
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, err := sqlite.Open(path, &sqlite.Options{Store: store.Options{Base: rates.World(), Clock: func() time.Time { return now }}})
	require.NoError(t, err)
	germany := func(percent string) tax.Configuration {
		return tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate("2027-01-01"), Percent: tax.MustPercent(percent)}}}}}
	}
	c, err := s.Create(t.Context(), "acme", germany("20"))
	require.NoError(t, err)
	now = now.Add(48 * time.Hour)
	changed := germany("21")
	changed.Metadata.Version = c.Metadata.Version
	_, err = s.Update(t.Context(), "acme", changed)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	address := "sqlite:" + path
	for line, want := range map[string]string{
		"tax diff " + address + "@2026-11-21 " + address + " --tenant acme --country DE":           "20 %    21 %",
		"tax diff " + address + "@2026-11-20T12:00:00Z " + address + " --tenant acme --country DE": "20 %    21 %",
		"tax diff " + address + "@2026-11-20 " + address + " --tenant acme --country DE":           "19 %    21 %",
		"tax diff DE@1 DE@2 --store " + address + " --tenant acme":                                 "20 %    21 %",
		"tax diff embedded DE@1 --store " + address + " --tenant acme":                             "19 %    20 %",
		"tax diff " + address + "@2026-11-20 " + address + " --tenant acme --country DE,FR":        "19 %    21 %",
	} {
		got := runIn(t, line, session{})
		assert.Equal(t, exitFound, got.code, "%s\n%s", line, got.problems)
		assert.Contains(t, got.out, want, line)
	}
	for line, code := range map[string]int{
		"tax diff " + address + "@2026-11-22 " + address + "@2026-11-23 --tenant acme --country DE": exitFound,
		"tax diff " + address + "@2026-11-23 " + address + " --tenant acme":                         exitDone,
		"tax diff embedded " + address:                                      exitDone,
		"tax diff DE@1 DE@9 --store " + address + " --tenant acme":          exitNoAnswer,
		"tax diff DE@1 DE@2":                                                exitUsage,
		"tax diff embedded " + address + " --tenant acme --country Germany": exitUsage,
	} {
		got := runIn(t, line, session{})
		assert.Equal(t, code, got.code, "%s\n%s%s", line, got.out, got.problems)
	}
}
