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

// written makes a store in which documents of DE and of AT were written on days.
func written(t *testing.T, retention store.Retention) (address string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "taxes.db")
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	s, err := sqlite.Open(path, &sqlite.Options{Store: store.Options{Base: rates.World(), Clock: func() time.Time { return now }, Retention: retention}})
	require.NoError(t, err)
	document := func(country, percent string) tax.Configuration {
		return tax.Configuration{Location: tax.Location{Country: country}, Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate("2026-02-01"), Percent: tax.MustPercent(percent)}}}}}
	}
	c, err := s.Create(t.Context(), "acme", document("DE", "21"))
	require.NoError(t, err)
	austria, err := s.Create(t.Context(), "acme", document("AT", "22"))
	require.NoError(t, err)
	now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	changed := document("DE", "22")
	changed.Metadata.Version = c.Metadata.Version
	_, err = s.Update(t.Context(), "acme", changed)
	require.NoError(t, err)
	require.NoError(t, s.Delete(t.Context(), "acme", austria.Location))
	require.NoError(t, s.Close())
	return "sqlite:" + path
}

func TestLintComparesAStoreWithItsHistory(t *testing.T) {
	address := written(t, store.Retention{})
	got := runIn(t, "tax lint --store "+address+" --tenant acme --date 2026-11-21 --fail-on warning", session{})
	assert.Equal(t, exitFound, got.code, got.problems)
	assert.Contains(t, got.out, address+": warning: DE: classes[0]: class STANDARD changes days before 2026-11-21, which were answered already: 22 % in place of 21 % from 2026-02-01 until 2026-03-10 [past_rewritten]\n")
	assert.Contains(t, got.out, address+": warning: AT: class STANDARD changes days before 2026-11-21, which were answered already: 20 % in place of 22 % from 2026-02-01 until 2026-03-10 [past_rewritten]\n")
	assert.Contains(t, got.out, "2 warnings, 1 note\n")
	off := runIn(t, "tax lint --store "+address+" --tenant acme --date 2026-11-21 --fail-on warning --disable past_rewritten", session{})
	assert.Equal(t, exitDone, off.code, off.out)

	// What was removed is not known, and never compared with something else.
	removed := runIn(t, "tax lint --store "+written(t, store.Retention{Versions: -1})+" --tenant acme --date 2026-11-21", session{})
	assert.NotContains(t, removed.out, "past_rewritten")
}

func TestLintComparesFilesWithWhatAnsweredBefore(t *testing.T) {
	address := written(t, store.Retention{})
	inExamples(t)
	before := func(side string) string {
		return runIn(t, "tax lint rates/DE.json --date 2026-11-21 --tenant acme --before "+side, session{}).out
	}
	assert.Contains(t, before(address), "19 % in place of 22 % from 2026-02-01 until 2026-11-21")
	assert.Contains(t, before(address+"@2026-02-01"), "19 % in place of 21 % from 2026-02-01 until 2026-11-21")
	assert.NotContains(t, before("rates/DE.json"), "past_rewritten")
	assert.Contains(t, before("embedded"), "5 % in place of 7 % from 2026-07-01 until 2026-11-21")
	assert.Equal(t, exitInput, runIn(t, "tax lint rates --before none", session{}).code)
}
