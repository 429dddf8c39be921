package browser

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func TestARateIsAddedAfterItsPreview(t *testing.T) {
	s := newShop(t)
	r := s.tab(t)
	assert.Equal(t, 401, r.open("/configurations"))
	r.seen("session")
	r.signIn("acme", "acme-manage-token")
	assert.Contains(t, r.text("main"), "There is no such configuration.")
	require.Equal(t, 200, r.follow("link", "New configuration"))
	r.seen("new")
	r.fill("Country (required)", "DE")
	require.Equal(t, 200, r.follow("button", "Go on"))
	assert.Equal(t, "/configurations/DE/rate", r.path())

	r.fill("Class (required)", "STANDARD")
	r.fill("From (required)", "2027-01-01")
	r.fill("Percent", "twenty")
	require.Equal(t, 422, r.follow("button", "Preview"))
	assert.Contains(t, r.fault("Percent"), "twenty")
	r.seen("rate-fault")
	r.fill("Percent", "20.5")
	require.Equal(t, 200, r.follow("button", "Preview"))
	assert.Equal(t, []string{"DE", "STANDARD", "from 2027-01-01", "19 % VAT", "20.5 % VAT"}, r.row("STANDARD"))
	assert.Contains(t, r.text("main"), "Nothing is saved yet.")
	_, err := s.store.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	require.ErrorIs(t, err, tax.ErrNotFound)
	r.seen("preview")

	require.Equal(t, 200, r.follow("button", "Save"))
	assert.Equal(t, "/configurations/DE", r.path())
	assert.Equal(t, "20.5", s.get(t, "acme", "DE").Classes[0].Rates[0].Percent.String())
	r.seen("document")
	require.Equal(t, 200, r.follow("link", "Answers"))
	assert.Contains(t, r.text("main"), "What changes next 2027-01-01 standard rate 20.5 %")

	require.Equal(t, 200, r.follow("link", "Add a rate"))
	r.fill("Class (required)", "STANDARD")
	r.fill("From (required)", "2020-01-01")
	r.fill("Percent", "18")
	require.Equal(t, 200, r.follow("button", "Preview"))
	assert.Contains(t, r.text("main"), "Answers for days before today change.")
	r.seen("preview-past")
}

func TestConfigurationsAreFiltered(t *testing.T) {
	s := newShop(t)
	r := s.tab(t)
	s.has(t, "acme", "Anna", override("20", "2020-01-01"))
	france := override("21", "2026-01-01")
	france.Location.Country = "FR"
	s.has(t, "acme", "Anna", france)
	r.signIn("acme", "acme-read-token")
	r.seen("configurations")
	for _, f := range []struct{ name, value, found, other string }{
		{"Country", "FR", "France", "Germany"}, {"Percentage today", "20", "Germany", "France"}, {"Class", "STAND", "Germany", ""},
	} {
		require.Equal(t, 200, r.follow("link", "Configurations"))
		r.fill(f.name, f.value)
		require.Equal(t, 200, r.follow("button", "Filter"))
		assert.NotEmpty(t, r.row(f.found), f.name)
		assert.Empty(t, f.other != "" && len(r.row(f.other)) > 0, f.name)
		assert.Equal(t, f.value, r.value(f.name))
	}
	r.fill("Percentage today", "many")
	require.Equal(t, 422, r.follow("button", "Filter"))
	assert.Contains(t, r.fault("Percentage today"), "many")

	require.Equal(t, 200, r.open("/configurations/DE/rate"))
	r.fill("Class (required)", "STANDARD")
	r.fill("From (required)", "2027-01-01")
	r.fill("Percent", "20.5")
	assert.Equal(t, 403, r.follow("button", "Preview"), "a token to read changes nothing")
}

func TestFaultsAreAtTheirFieldsWhileEditing(t *testing.T) {
	s := newShop(t)
	r := s.tab(t)
	s.has(t, "acme", "Anna", override("20", "2027-01-01"))
	r.signIn("acme", "acme-manage-token")
	require.Equal(t, 200, r.follow("link", "Germany"))
	require.Equal(t, 200, r.follow("link", "Edit"))
	r.seen("edit")
	r.fill("Time zone", "in Berlin")
	r.fill("Percent", "2O")
	require.Equal(t, 422, r.follow("button", "Preview"))
	assert.Contains(t, r.fault("Percent"), "2O")
	r.seen("edit-faults")
	r.fill("Percent", "20.1")
	assert.Contains(t, r.fault("Time zone"), "not a zone name")
	r.fill("Time zone", "Europe/Berlin")
	require.Equal(t, 200, r.follow("button", "Add an entry"))
	require.Equal(t, 200, r.follow("button", "Remove the entry from (no day)"))
	require.Equal(t, 200, r.follow("button", "Preview"))
	require.Equal(t, 200, r.follow("button", "Save"))
	c := s.get(t, "acme", "DE")
	assert.Equal(t, "20.1", c.Classes[0].Rates[0].Percent.String())
	assert.Equal(t, "Europe/Berlin", c.TimeZone)
}

func TestAConflictShowsBothAndHistoryGoesBack(t *testing.T) {
	s := newShop(t)
	r := s.tab(t)
	first := s.has(t, "acme", "Anna", override("20", "2027-01-01"))
	r.signIn("acme", "acme-manage-token")
	require.Equal(t, 200, r.open("/configurations/DE/edit"))
	r.fill("Percent", "21")
	require.Equal(t, 200, r.follow("button", "Preview"))
	theirs := first.Clone()
	theirs.Classes[0].Rates[0].Percent = tax.MustPercent("22")
	_, err := s.store.Update(store.WithAuthor(t.Context(), "Bert"), "acme", theirs)
	require.NoError(t, err)

	require.Equal(t, 409, r.follow("button", "Save"))
	assert.Contains(t, r.text("[role=alert]"), "Version 2 was stored by Bert while you changed version 1. Yours is not saved.")
	assert.Equal(t, []string{"class STANDARD from 2027-01-01", "20 %", "22 %", "21 %"}, r.row("STANDARD"))
	assert.Equal(t, "22", s.get(t, "acme", "DE").Classes[0].Rates[0].Percent.String())
	r.seen("conflict")
	require.Equal(t, 200, r.follow("button", "Preview yours in its place"))
	require.Equal(t, 200, r.follow("button", "Save"))

	require.Equal(t, 200, r.follow("link", "History"))
	newest, theirRow := r.row("22 % 21 %"), r.row("20 % 22 %")
	require.NotEmpty(t, newest)
	require.NotEmpty(t, theirRow)
	assert.Equal(t, []string{"3", "from 2026-11-30 09:30, now", "Anna", "class STANDARD from 2027-01-01: 22 % 21 %", ""}, newest)
	assert.Equal(t, "Bert", theirRow[2])
	r.seen("history")
	require.Equal(t, 200, r.follow("button", "Go back to version 2"))
	assert.Equal(t, []string{"21 % VAT", "22 % VAT"}, r.row("STANDARD")[3:])
	require.Equal(t, 200, r.follow("button", "Save"))
	now := s.get(t, "acme", "DE")
	assert.Equal(t, int64(4), now.Metadata.Version)
	assert.Equal(t, "22", now.Classes[0].Rates[0].Percent.String())

	require.Equal(t, 200, r.follow("button", "Preview the deletion"))
	assert.Equal(t, []string{"22 % VAT", "19 % VAT"}, r.row("STANDARD")[3:])
	r.seen("delete")
	require.Equal(t, 200, r.follow("button", "Delete version 4"))
	assert.Contains(t, r.text("main"), "There is no such configuration.")
	require.Equal(t, 200, r.follow("button", "Sign out"))
	assert.Equal(t, 401, r.open("/configurations"))
}
