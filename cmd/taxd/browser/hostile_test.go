package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// hostile are texts that a page must show as they are.
var hostile = []string{
	`<script>alert("1")</script><img src=x onerror=alert(1)></title></table></main><form action=https://evil.example><button>x</button>`,
	"\u2069\u202egnp.exe \u2067abc", "עִבְרִית שָׁלוֹם", strings.Repeat("Donaudampfschifffahrt", 40),
}

// turned lists the words of the page that run from right to left. It leaves out those of a
// name.
const turned = `(name => {
	const bad = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	for (let t; (t = texts.nextNode());) {
		if (t.parentElement.closest("svg, textarea, option")) continue
		for (const word of t.data.matchAll(/[!-~]{2,}/g)) {
			if (name.includes(word[0])) continue
			const at = i => { const r = document.createRange(); r.setStart(t, i); r.setEnd(t, i + 1); return r.getClientRects()[0] }
			const first = at(word.index), last = at(word.index + word[0].length - 1)
			if (first && last && first.top === last.top && first.left > last.left) bad.push(word[0])
		}
	}
	return bad
})`

func TestHostileNamesShowAsText(t *testing.T) {
	for i, name := range hostile {
		s := newShop(t)
		c := override("20", "2027-01-01")
		text := tax.MustLocalizedText(map[string]string{"en": name})
		c.Name, c.Tax = text, tax.Tax{Code: "VAT", Name: text}
		c.Classes[0].Name, c.Classes[0].Description = text, text
		c.Classes[0].Rates[0] = tax.Rate{
			From: tax.MustDate("2027-01-01"), Percent: tax.MustPercent("20"), Tax: tax.Tax{Code: "VAT", Name: text}, Evidence: tax.Evidence{Sources: []string{name}},
			Components: []tax.Component{{Code: "ONE", Name: text, Percent: tax.MustPercent("12")}, {Code: "TWO", Name: text, Percent: tax.MustPercent("8")}},
		}
		s.has(t, name, name, c)
		r := s.tab(t)
		r.signIn(name, "any-manage-token")
		for _, path := range []string{"/places/DE", "/configurations", "/configurations/DE", "/configurations/DE/edit", "/configurations/DE/history",
			"/ask?country=DE&date=2027-06-01&price=100", "/search?q=27498"} {
			r.scripts(true) // if one got into a page, it would run
			require.Equal(t, 200, r.open(path))
			assert.Contains(t, eval[string](r, "document.querySelector('main').textContent + [...document.querySelectorAll('textarea')].map(e => e.value)"), strings.TrimPrefix(name, "\u2069"), path)
			assert.Contains(t, r.text("header"), words(name))
			eval[bool](r, "document.querySelectorAll('details').forEach(e => e.open = true) ?? true")
			assert.Empty(t, eval[[]string](r, turned+"("+quoted(name)+")"), "%q turns what is around it on %s", name, path)
			r.size(360, false)
			assert.Empty(t, eval[[]string](r, outOfReach), path)
			r.picture(fmt.Sprintf("hostile-%d%s", i, strings.NewReplacer("/", "-", "?", "-").Replace(path)))
			r.size(1280, false)
		}
	}
}

func TestAnotherTenantsDataNeverAppears(t *testing.T) {
	s := newShop(t)
	secret := override("20", "2020-01-01")
	secret.Classes = append(secret.Classes, tax.Class{
		Code: "SECRET", Name: tax.MustLocalizedText(map[string]string{"en": "Secret class"}), Rates: []tax.Rate{{Percent: tax.MustPercent("77")}},
	})
	s.has(t, "other", "Otto", secret)
	r := s.tab(t)
	never := func(who string) {
		t.Helper()
		for _, path := range []string{"/", "/places/DE", "/search?q=Secret", "/ask?country=DE&class=SECRET", "/ask.json?country=DE&class=SECRET", "/configurations", "/configurations/DE", "/configurations/DE/history"} {
			r.open(path)
			text := eval[string](r, "document.documentElement.textContent")
			for _, word := range []string{"77\u00a0%", "Secret class", "Otto"} {
				assert.NotContains(t, text, word, "%s at %s", who, path)
			}
		}
	}
	r.signIn("other", "other-manage-token")
	require.Equal(t, 200, r.follow("link", "Germany"))
	require.Contains(t, r.text("main"), "77 %")
	require.Equal(t, 200, r.follow("button", "Sign out"))
	eval[bool](r, "history.back() ?? true")
	require.Eventually(t, func() bool { // until it is there, no page may answer
		at, err := chromedp.Run(r.ctx, chromedp.Evaluate[string]("document.readyState + location.pathname"))
		return err == nil && at == "complete/configurations/DE"
	}, patience, patience/1000)
	assert.NotContains(t, r.text("html"), "77 %", "not even by going back after signing out")
	never("nobody")
	r.signIn("acme", "acme-manage-token")
	never("acme")
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	s := newShop(t)
	s.has(t, "acme", "Anna", override("20", "2027-01-01"))
	r := newTab(t, s.origin)
	r.signIn("acme", "acme-manage-token")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!DOCTYPE html><title>win</title>
<form action="%[1]s/configurations/DE/edit" method="post"><input type="hidden" name="version" value="1"><button name="do" value="confirm-delete">Win a prize</button></form>
<form action="%[1]s/session/end" method="post"><button>Win another</button></form>
<iframe src="%[1]s/configurations/DE"></iframe>
<script>fetch("%[1]s/configurations/DE", {credentials: "include"}).then(a => a.text()).then(a => document.title = a, () => document.title = "refused")</script>`, s.origin)
	}))
	defer evil.Close()
	for _, from := range []string{evil.URL, strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)} {
		for _, prize := range []string{"Win a prize", "Win another"} {
			r.scripts(true)
			require.Equal(t, 200, r.leads(chromedp.Navigate(from)))
			require.Eventually(t, func() bool { return eval[string](r, "document.title") != "win" }, patience, patience/1000)
			assert.Equal(t, "refused", eval[string](r, "document.title"), "no script of another site reads a page")
			r.scripts(false)
			assert.Equal(t, 403, r.follow("button", prize), from)
			assert.Contains(t, r.text("main"), "The form does not come from a page of this session.")
		}
	}
	assert.Equal(t, int64(1), s.get(t, "acme", "DE").Metadata.Version)
	assert.Equal(t, 200, r.open("/configurations"), "the session goes on")
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.Contains(t, strings.Join(r.logged, "\n"), "frame-ancestors", "no other site has a page in a frame")
}

// TestTheWatchSeesWhatItLooksFor makes sure that the other tests would fail.
func TestTheWatchSeesWhatItLooksFor(t *testing.T) {
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; img-src *")
		_, _ = fmt.Fprint(w, `<html><head><title>x</title></head><body style="color: red"><img src="http://127.0.0.1:9/x.png"><table width="3000"><tr><td>x</table>
<input type="text"><script>console.log("heard")</script></body></html>`)
	}))
	defer bad.Close()
	r := newTab(t, bad.URL)
	r.scripts(true)
	r.open("/")
	r.mu.Lock()
	assert.Equal(t, []string{"http://127.0.0.1:9/x.png"}, r.foreign)
	logged := strings.Join(r.logged, "\n")
	r.mu.Unlock()
	assert.Contains(t, logged, "Content Security Policy")
	assert.Contains(t, logged, "log")
	reach := strings.Join(eval[[]string](r, outOfReach), "\n")
	assert.Contains(t, reach, "pixels wide")
	assert.NotEmpty(t, r.violations(), "axe-core finds that the field has no label")
}
