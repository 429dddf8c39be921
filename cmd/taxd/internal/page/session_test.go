package page

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// override changes the standard rate of a country from a day on.
func override(country, percent, from string) tax.Configuration {
	return tax.Configuration{Location: tax.Location{Country: country}, Classes: []tax.Class{
		{Code: "STANDARD", Rates: []tax.Rate{{From: day(from), Percent: tax.MustPercent(percent)}}},
	}}
}

func (s *shop) has(t *testing.T, tenant string, c tax.Configuration) tax.Configuration {
	t.Helper()
	c, err := s.store.Create(store.WithAuthor(t.Context(), "setup"), tenant, c)
	require.NoError(t, err)
	return c
}

func TestATokenBecomesACookieThatNoScriptReads(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-read-token")
	require.NotNil(t, b.cookie)
	assert.Equal(t, "__Host-taxd", b.cookie.Name)
	assert.True(t, b.cookie.Secure)
	assert.True(t, b.cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, b.cookie.SameSite)
	assert.Equal(t, "/", b.cookie.Path)
	assert.NotContains(t, b.cookie.Value, "token")
	d := b.get("/")
	assert.Contains(t, words(all(d.Node, "header")[0]), "Tenant acme")
	assert.Equal(t, "no-store", d.header.Get("Cache-Control"))
	assert.NotContains(t, words(d.Node), "acme-read-token")
}

func TestWrongTokensBeginNoSession(t *testing.T) {
	s := newShop(t)
	for _, c := range []url.Values{
		{"tenant": {"acme"}, "author": {"Eve"}, "token": {"wrong"}},
		{"tenant": {"acme"}, "author": {"Eve"}, "token": {"other-manage-token"}},
		{"tenant": {""}, "author": {"Eve"}, "token": {"acme-manage-token"}},
		{"tenant": {"acme"}, "author": {"Eve"}, "token": {"a\nb"}},
		{"tenant": {"acme"}, "author": {" "}, "token": {"acme-manage-token"}},
	} {
		b := &browser{t: t, h: s}
		d := b.post("/session", c)
		assert.GreaterOrEqual(t, d.status, 400)
		assert.Nil(t, b.cookie)
		assert.Empty(t, attribute(control(t, d.Node, "token"), "value"), "a token is never sent back")
	}
}

func TestTenantsThatNoStoreHasBeginNoSession(t *testing.T) {
	for length, status := range map[int]int{1024: http.StatusSeeOther, 1025: http.StatusUnprocessableEntity} {
		tenant := strings.Repeat("t", length)
		b := &browser{t: t, h: newShop(t)}
		d := b.post("/session", url.Values{"tenant": {tenant}, "author": {"Eve"}, "token": {tenant + "-read-token"}})
		assert.Equal(t, status, d.status)
		assert.Equal(t, status == http.StatusSeeOther, b.cookie != nil)
		assert.Equal(t, b.cookie == nil, strings.Contains(words(d.Node), "too long: a tenant has at most 1,024 bytes"))
	}
}

func TestSessionsEnd(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-read-token")
	kept := *b.cookie
	d := b.get("/configurations")
	assert.Equal(t, 200, d.status)
	path := attribute(all(d.Node, "form.end")[0], "action")
	b.post(path, url.Values{"form": {attribute(control(t, d.Node, "form"), "value")}})
	assert.Nil(t, b.cookie)
	b.cookie = &kept
	assert.Equal(t, http.StatusUnauthorized, b.get("/configurations").status, "the cookie is worth nothing after the end")

	b = signedInAs(t, s, "acme", "acme-read-token")
	s.mu.Lock()
	s.now = s.now.Add(9 * time.Hour)
	s.mu.Unlock()
	assert.Equal(t, http.StatusUnauthorized, b.get("/configurations").status, "it was idle for too long")

	b = signedInAs(t, s, "acme", "acme-read-token")
	s.mu.Lock()
	s.gone["acme-read-token"] = true
	s.mu.Unlock()
	assert.Equal(t, http.StatusUnauthorized, b.get("/configurations").status, "the token was withdrawn")
	assert.Nil(t, b.cookie)
}

func TestForgedFormsAreRefused(t *testing.T) {
	s := newShop(t)
	b := signedInAs(t, s, "acme", "acme-manage-token")
	other := signedInAs(t, s, "other", "other-manage-token")
	mine := attribute(control(t, b.get("/").Node, "form"), "value")
	theirs := attribute(control(t, other.get("/").Node, "form"), "value")
	for name, d := range map[string]document{
		"without the secret":       b.post("/session/end", url.Values{}),
		"with that of another one": b.post("/session/end", url.Values{"form": {theirs}}),
		"from another site":        b.post("/session/end", url.Values{"form": {mine}}, "Sec-Fetch-Site", "cross-site"),
		"of an old browser":        b.post("/session/end", url.Values{"form": {mine}}, "Sec-Fetch-Site", "", "Origin", "https://evil.example"),
		"to sign in":               (&browser{t: t, h: s}).post("/session", url.Values{"tenant": {"acme"}, "author": {"x"}, "token": {"acme-read-token"}}, "Sec-Fetch-Site", "cross-site"),
	} {
		assert.Equal(t, http.StatusForbidden, d.status, name)
		assert.Contains(t, words(d.Node), "does not come from a page of this session", name)
	}
	assert.Equal(t, 200, b.get("/configurations").status, "the session goes on")
}

func TestAnotherTenantsDataNeverAppears(t *testing.T) {
	s := newShop(t)
	for _, tenant := range []string{"", "other"} {
		c := override("DE", "88", "2020-01-01")
		c.Classes = append(c.Classes, tax.Class{Code: "SECRET", Name: en("Secret class"), Rates: []tax.Rate{{Percent: tax.MustPercent("77")}}})
		s.has(t, tenant, c)
	}
	acme := signedInAs(t, s, "acme", "acme-manage-token")
	for _, b := range []*browser{acme, {t: t, h: s}} {
		for _, path := range []string{
			"/", "/places/DE", "/search?q=Secret", "/ask?country=DE", "/ask?country=DE&class=SECRET", "/ask.json?country=DE&class=SECRET",
			"/configurations", "/configurations?country=DE", "/configurations/DE", "/configurations/DE/history",
		} {
			text := words(all(b.get(path).Node, "html")[0])
			assert.NotContains(t, text, "88\u00a0%", path)
			assert.NotContains(t, text, "77\u00a0%", path)
			assert.NotContains(t, text, "Secret class", path)
		}
	}
	other := signedInAs(t, s, "other", "other-read-token")
	assert.Contains(t, words(other.get("/").Node), "88 %")
	assert.Contains(t, words(other.get("/ask?country=DE").Node), "88 %")
	assert.Contains(t, words(other.get("/configurations/DE").Node), "Secret class")
}

func TestConfigurationsAreListedByFilters(t *testing.T) {
	s := newShop(t)
	s.has(t, "acme", override("DE", "20", "2899-01-01"))
	s.has(t, "acme", override("FR", "21", "2020-01-01"))
	b := signedInAs(t, s, "acme", "acme-read-token")
	for query, places := range map[string][]string{
		"": {"DE", "FR"}, "?country=d": {"DE"}, "?rate=21": {"FR"}, "?class=STAND": {"DE", "FR"}, "?class=NONE": {},
		"?since=2999-01-01": {}, "?since=2020-01-01&country=FR": {"FR"},
	} {
		d := b.get("/configurations" + query)
		assert.Equal(t, 200, d.status)
		for _, place := range []string{"DE", "FR"} {
			shown := false
			for _, a := range all(all(d.Node, "main")[0], "a") {
				shown = shown || attribute(a, "href") == "/configurations/"+place
			}
			assert.Equal(t, contains(places, place), shown, "%s in %q", place, query)
		}
	}
	d := b.get("/configurations?rate=many")
	assert.Equal(t, 422, d.status)
	assert.Equal(t, "true", attribute(control(t, d.Node, "rate"), "aria-invalid"))
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func TestListsGoOnWithTheNextPage(t *testing.T) {
	s := newShop(t)
	seen := 0
	for _, code := range []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "CH", "NO", "IS", "GB", "AL", "AD", "AM", "AZ", "BA", "GE", "LI", "MC", "MD", "ME", "MK", "RS", "SM", "TR", "UA", "JP", "KR", "SG", "TH", "VN", "ZA"} {
		s.has(t, "acme", override(code, "3", "2899-01-01"))
	}
	b := signedInAs(t, s, "acme", "acme-read-token")
	for path := "/configurations?class=STANDARD"; path != ""; {
		d := b.get(path)
		seen += len(all(all(d.Node, "tbody")[0], "tr"))
		path = ""
		for _, a := range all(d.Node, "a") {
			if words(a) == "Next page" {
				path = attribute(a, "href")
			}
		}
	}
	assert.Equal(t, 52, seen)
}

func TestHistorySaysWhoChangedWhat(t *testing.T) {
	s := newShop(t)
	c := s.has(t, "acme", override("DE", "20", "2899-01-01"))
	c.Classes[0].Rates[0].Percent = tax.MustPercent("20.5")
	c.TimeZone = "Europe/Berlin"
	_, err := s.store.Update(store.WithAuthor(t.Context(), "<b>Bert</b>"), "acme", c)
	require.NoError(t, err)
	b := signedInAs(t, s, "acme", "acme-read-token")
	d := b.get("/configurations/DE/history")
	cells := row(t, d.Node, "2")
	assert.Equal(t, "<b>Bert</b>", cells[2])
	assert.Equal(t, "class STANDARD from 2899-01-01: 20 % 20.5 % time zone: Europe/Berlin", cells[3])
	assert.Equal(t, "setup", row(t, d.Node, "1")[2])
	assert.Equal(t, 404, b.get("/configurations/FR/history").status)
}
