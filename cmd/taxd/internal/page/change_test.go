package page

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// pressed sends the form with a button, as it is but for some fields.
func (b *browser) pressed(d document, do string, changed ...string) document {
	b.t.Helper()
	path, values := filled(b.t, d, do)
	for i := 0; i+1 < len(changed); i += 2 {
		values.Set(changed[i], changed[i+1])
	}
	return b.post(path, values)
}

func TestARateIsAddedFromADayOn(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	d := b.pressed(b.get("/configurations/DE/rate"), "rate", "class", "STANDARD", "from", "2899-01-01", "percent", "20.5")
	require.Equal(t, 200, d.status, words(d.Node))
	assert.Equal(t, []string{"DE", "STANDARD", "from 2899-01-01", "19 % VAT", "20.5 % VAT"}, row(t, d.Node, "DE"))
	assert.Contains(t, words(d.Node), "Nothing is saved yet.")
	assert.NotContains(t, words(d.Node), "Answers for days before today change")
	_, err := s.store.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	require.ErrorIs(t, err, tax.ErrNotFound, "a preview writes nothing")

	d = b.pressed(d, "save")
	require.Equal(t, http.StatusSeeOther, d.status)
	c, err := s.store.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	require.NoError(t, err)
	assert.Equal(t, "20.5", c.Classes[0].Rates[0].Percent.String())
	versions, err := s.store.Versions(t.Context(), "acme", c.Location)
	require.NoError(t, err)
	assert.Equal(t, "Anna", versions[0].Author)
	assert.Contains(t, words(b.get("/places/DE").Node), "20.5 % from 2899-01-01", "the answers know it at once")
}

func TestARegionKeepsItsAnswersBeforeANewRate(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	d := b.pressed(b.get("/configurations/DE-BY/rate"), "rate", "class", "REDUCED", "from", "2899-01-01", "percent", "8")
	require.Equal(t, 200, d.status, words(d.Node))
	assert.Equal(t, []string{"DE-BY", "REDUCED", "from 2899-01-01", "7 % VAT", "8 % VAT"}, row(t, d.Node, "DE-BY"))
	assert.Len(t, all(all(d.Node, "table")[0], "tr"), 2, "no other answer changes")
}

func TestThePreviewSaysThatThePastChanges(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	form := b.get("/configurations/CA-QC/rate")
	assert.Equal(t, "Add a rate in Quebec CA-QC", words(all(form.Node, "h1")[0]))
	d := b.pressed(form, "rate", "class", "ZERO", "from", "2020-01-01", "treatment", "exempt")
	require.Equal(t, 200, d.status, words(d.Node))
	assert.Contains(t, words(d.Node), "Answers for days before today change")
	cells := row(t, d.Node, "CA-QC")
	assert.Equal(t, "from 2020-01-01 in the past", cells[2])
	assert.Contains(t, cells[3], "zero-rated")
	assert.Contains(t, cells[4], "exempt")
}

func TestEachFaultIsAtItsField(t *testing.T) {
	s := newShop(t)
	c := override("DE", "20", "2899-01-01")
	c.Classes[0].Name = en("Standard")
	s.has(t, "acme", c)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	form := b.get("/configurations/DE/edit")
	entry := "classes[0].rates[0]."
	for _, c := range []struct{ field, value, at, text string }{
		{entry + "percent", "19,5", "", "19,5"},
		{entry + "percent", "1e99999999", "", "1e99999999"},
		{entry + "percent", "", "", "missing"},
		{entry + "percent", "1001", "", "1001"},
		{entry + "from", "2899-02-30", "", "2899-02-30"},
		{entry + "from", "", "", "the base has a history"},
		{entry + "treatment", "exempt", entry + "percent", "not 0"},
		{entry + "treatment", "free", "", "free"},
		{entry + "effect", "add", "", "no parent"},
		{entry + "components", "GST", "", "write a code and a percentage"},
		{entry + "components", "GST 5", "", "sum"},
		{"classes[0].code", "two words", "", "code"},
		{"classes[0].name", "Standard", "", "a line for each language"},
		{"classes[0].name", "klingonisch!: x", "", "klingonisch"},
		{"classes[0].aliases", "two words", "", "without spaces"},
		{"timeZone", "no zone!", "", "not a zone name"},
		{"classes[0].order", "first", "", "whole number"},
	} {
		d := b.pressed(form, "preview", c.field, c.value)
		require.Equal(t, http.StatusUnprocessableEntity, d.status, "%s %q: %s", c.field, c.value, words(d.Node))
		at := c.at
		if at == "" {
			at = c.field
		}
		in := control(t, d.Node, at)
		assert.Equal(t, "true", attribute(in, "aria-invalid"), "%s %q: %s", c.field, c.value, words(all(d.Node, "main")[0]))
		assert.Contains(t, words(all(d.Node, "ul")[0]), c.text)
		if in.Data == "input" && at == c.field {
			assert.Equal(t, c.value, attribute(in, "value"), "what was written stays to be mended")
		}
	}
	d := b.pressed(form, "preview", entry+"percent", "19,5", "timeZone", "no zone!", "classes[0].aliases", "two words", entry+"components", "GST 5")
	for _, field := range []string{entry + "percent", "timeZone", "classes[0].aliases"} {
		assert.Equal(t, "true", attribute(control(t, d.Node, field), "aria-invalid"), "all is said at once: %s", field)
	}
	assert.NotContains(t, words(all(d.Node, "ul")[0]), "sum", "what may follow from another fault is not said")
	d = b.pressed(form, "preview", "classes[0].aliases", "REDUCED")
	assert.Contains(t, words(all(d.Node, "ul")[0]), "REDUCED", "what is wrong together with the base is said as well")
	for _, wrong := range []string{"document", "version"} {
		d := b.pressed(form, "preview", wrong, "x", "do", "save")
		assert.Equal(t, http.StatusUnprocessableEntity, d.status)
		assert.Contains(t, words(d.Node), "is damaged: open the page again")
	}
}

func TestTheFormKeepsEverythingThatNobodyChanged(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	count := 0
	for _, code := range []string{"CA", "AT", "US", "ES", "BR", "IN", "NL"} {
		set, err := rates.World().Configurations(t.Context(), tax.Key{Country: code})
		require.NoError(t, err)
		for _, c := range set {
			form := url.Values{}
			for _, h := range draftOf(c).hidden() {
				form.Set(h.Name, strings.ReplaceAll(h.Value, "\n", "\r\n"))
			}
			again, faults := readDraft(form, c.Location).configuration()
			require.Empty(t, faults, c.Location)
			want, _ := json.Marshal(c)
			got, _ := json.Marshal(again)
			require.Equal(t, string(want), string(got))
			count++
		}
	}
	assert.Greater(t, count, 100)
	odd := override("DE", "20", "2899-01-01")
	odd.Classes[0].Name = tax.MustLocalizedText(map[string]string{"en": "two\nlines: and more", "de": " spaces  "})
	odd.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "CH"}, Regions: []string{"X-BUSINGEN"}}}
	stored := s.has(t, "acme", odd)
	d := b.pressed(b.get("/configurations/DE/edit"), "preview", "classes[0].rates[0].percent", "21")
	require.Equal(t, 200, d.status, words(d.Node))
	require.Equal(t, http.StatusSeeOther, b.pressed(d, "save").status)
	now, err := s.store.Get(t.Context(), "acme", odd.Location)
	require.NoError(t, err)
	assert.True(t, stored.Classes[0].Name.Equal(now.Classes[0].Name))
	assert.Equal(t, stored.Elsewhere, now.Elsewhere)
	assert.Equal(t, int64(2), now.Metadata.Version)
}

func TestClassesAndEntriesComeAndGo(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	d := b.get("/configurations/FR/edit")
	d = b.pressed(d, "add-class")
	d = b.pressed(d, "add-class", "classes[0].code", "BOOKS", "classes[0].rates[0].percent", "5")
	d = b.pressed(d, "add-rate:0", "classes[1].code", "TOYS", "classes[1].rates[0].percent", "x")
	d = b.pressed(d, "remove-class:1", "classes[0].rates[0].from", "2899-01-01", "classes[0].rates[0].percent", "6", "classes[0].name", "fr: Livres\nen: Books")
	assert.NotContains(t, words(d.Node), "TOYS")
	d = b.pressed(d, "preview")
	require.Equal(t, 200, d.status, words(d.Node))
	d = b.pressed(b.pressed(d, "edit"), "remove-rate:0.0")
	d = b.pressed(b.pressed(d, "preview"), "save")
	require.Equal(t, http.StatusSeeOther, d.status)
	c, err := s.store.Get(t.Context(), "acme", tax.Location{Country: "FR"})
	require.NoError(t, err)
	require.Len(t, c.Classes, 1)
	require.Len(t, c.Classes[0].Rates, 1)
	assert.Equal(t, "5", c.Classes[0].Rates[0].Percent.String())
	assert.Contains(t, words(b.get("/places/FR").Node), "Books BOOKS")
}

func TestAConflictShowsBothSideBySide(t *testing.T) {
	s := newShop(t)
	s.has(t, "acme", override("DE", "20", "2899-01-01"))
	b := signedInAs(t, s, "acme", "acme-manage-token")
	preview := b.pressed(b.get("/configurations/DE/edit"), "preview", "classes[0].rates[0].percent", "21", "timeZone", "Europe/Berlin")
	theirs, err := s.store.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	require.NoError(t, err)
	theirs.Classes[0].Rates[0].Percent = tax.MustPercent("22")
	_, err = s.store.Update(store.WithAuthor(t.Context(), "Bert"), "acme", theirs)
	require.NoError(t, err)

	d := b.pressed(preview, "save")
	assert.Equal(t, http.StatusConflict, d.status)
	assert.Contains(t, words(d.Node), "Version 2 was stored by Bert while you changed version 1. Yours is not saved.")
	assert.Equal(t, []string{"class STANDARD from 2899-01-01", "20 %", "22 %", "21 %"}, row(t, d.Node, "STANDARD"))
	assert.Equal(t, []string{"time zone", "–", "–", "Europe/Berlin"}, row(t, d.Node, "time zone"))
	now, err := s.store.Get(t.Context(), "acme", theirs.Location)
	require.NoError(t, err)
	assert.Equal(t, "22", now.Classes[0].Rates[0].Percent.String(), "the other change is still there")

	d = b.pressed(b.pressed(d, "preview"), "save")
	require.Equal(t, http.StatusSeeOther, d.status)
	now, err = s.store.Get(t.Context(), "acme", theirs.Location)
	require.NoError(t, err)
	assert.Equal(t, "21", now.Classes[0].Rates[0].Percent.String())
	assert.Equal(t, int64(3), now.Metadata.Version)

	preview = b.pressed(b.get("/configurations/DE/edit"), "preview", "timeZone", "")
	require.NoError(t, s.store.Delete(t.Context(), "acme", theirs.Location))
	d = b.pressed(preview, "save")
	assert.Equal(t, http.StatusConflict, d.status)
	assert.Contains(t, words(d.Node), "The configuration was deleted")
	assert.Equal(t, http.StatusSeeOther, b.pressed(b.pressed(d, "preview"), "save").status)
}

func TestAVersionComesBackAsANewOne(t *testing.T) {
	s := newShop(t)
	first := s.has(t, "acme", override("DE", "20", "2899-01-01"))
	second := first.Clone()
	second.Classes[0].Rates[0].Percent = tax.MustPercent("25")
	_, err := s.store.Update(t.Context(), "acme", second)
	require.NoError(t, err)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	d := b.pressed(b.get("/configurations/DE/history"), "back")
	require.Equal(t, 200, d.status, words(d.Node))
	assert.Equal(t, []string{"25 % VAT", "20 % VAT"}, row(t, d.Node, "DE")[3:])
	require.Equal(t, http.StatusSeeOther, b.pressed(d, "save").status)
	now, err := s.store.Get(t.Context(), "acme", first.Location)
	require.NoError(t, err)
	assert.Equal(t, int64(3), now.Metadata.Version)
	assert.Equal(t, "20", now.Classes[0].Rates[0].Percent.String())
}

func TestADeletionIsPreviewedToo(t *testing.T) {
	s := newShop(t)
	s.has(t, "acme", override("DE", "20", "2899-01-01"))
	b := signedInAs(t, s, "acme", "acme-manage-token")
	d := b.pressed(b.get("/configurations/DE"), "delete")
	require.Equal(t, 200, d.status, words(d.Node))
	assert.Equal(t, []string{"20 % VAT", "19 % VAT"}, row(t, d.Node, "DE")[3:])
	c, err := s.store.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	require.NoError(t, err)
	_, err = s.store.Update(t.Context(), "acme", c)
	require.NoError(t, err)
	again := b.pressed(d, "confirm-delete")
	assert.Equal(t, http.StatusConflict, again.status, "it has another version by now")
	require.Equal(t, http.StatusSeeOther, b.pressed(again, "confirm-delete").status)
	_, err = s.store.Get(t.Context(), "acme", tax.Location{Country: "DE"})
	require.ErrorIs(t, err, tax.ErrNotFound)
}

func TestOnlyATokenThatManagesChangesAnything(t *testing.T) {
	s := newShop(t)
	s.has(t, "acme", override("DE", "20", "2899-01-01"))
	s.has(t, "other", override("DE", "30", "2899-01-01"))
	reading := signedInAs(t, s, "acme", "acme-read-token")
	other := signedInAs(t, s, "other", "other-manage-token")
	stranger := &browser{t: t, h: s}
	path, values := filled(t, other.get("/configurations/DE/edit"), "preview")
	for _, do := range []string{"preview", "save", "delete", "confirm-delete", "back", "add-class"} {
		values.Set("do", do)
		assert.Equal(t, http.StatusUnauthorized, stranger.post(path, values).status, do)
		_, mine := filled(t, reading.get("/configurations/DE/edit"), "preview")
		mine.Set("do", do)
		assert.Equal(t, http.StatusForbidden, reading.post(path, mine).status, do)
		values.Set("form", mine.Get("form"))
		assert.Equal(t, http.StatusForbidden, other.post(path, values).status, "the secret of another session: "+do)
	}
	for tenant, percent := range map[string]string{"acme": "20", "other": "30"} {
		c, err := s.store.Get(t.Context(), tenant, tax.Location{Country: "DE"})
		require.NoError(t, err)
		assert.Equal(t, int64(1), c.Metadata.Version)
		assert.Equal(t, percent, c.Classes[0].Rates[0].Percent.String())
	}
}

func TestHostileConfigurationsShowAsText(t *testing.T) {
	for _, name := range hostile {
		s := newShop(t)
		c := override("DE", "20", "2899-01-01")
		c.Classes[0].Name, c.Classes[0].Rates[0].Evidence.Sources = en(name), []string{name}
		s.has(t, "acme", c)
		b := signedInAs(t, s, "acme", "acme-manage-token")
		plain := strings.Join(strings.Fields(name), " ")
		for _, path := range []string{"/configurations/DE", "/configurations/DE/edit"} {
			assert.Contains(t, words(b.get(path).Node), plain, path)
		}
		d := b.pressed(b.get("/configurations/DE/edit"), "preview", "classes[0].code", name)
		assert.Contains(t, []int{200, http.StatusUnprocessableEntity}, d.status)
		d = b.pressed(b.get("/configurations/DE/edit"), "preview", "classes[0].rates[0].percent", "21")
		require.Equal(t, 200, d.status, words(d.Node))
		require.Equal(t, http.StatusSeeOther, b.pressed(d, "save").status)
		assert.Contains(t, words(b.get("/configurations/DE/history").Node), plain)
	}
}

func TestNewConfigurationsBeginWithTheirPlace(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	assert.Equal(t, "/configurations/CA-QC/rate", b.get("/configurations/new?country=can&region=qc").header.Get("Location"))
	d := b.get("/configurations/new?country=nowhere")
	assert.Equal(t, http.StatusUnprocessableEntity, d.status)
	assert.Equal(t, "true", attribute(control(t, d.Node, "country"), "aria-invalid"))
}
