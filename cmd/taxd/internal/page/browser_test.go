package page

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// shop is a server with tokens: "acme-manage-token" permits to manage acme, and so on.
type shop struct {
	http.Handler
	store *store.Memory
	mu    sync.Mutex
	now   time.Time
	gone  map[string]bool // tokens that were withdrawn
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{store: store.NewMemory(&store.Options{Base: rates.World()}), now: time.Now(), gone: map[string]bool{}}
	mine, err := tax.NewResolver(s.store, nil)
	require.NoError(t, err)
	t.Cleanup(mine.Close)
	s.Handler, err = New(Options{
		Store: s.store, Resolver: mine, Base: rates.World(), Public: everywhere(), Countries: []string{"DE", "FR", "CA"}, Authorize: s.authorize,
		Clock: func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now },
	})
	require.NoError(t, err)
	return s
}

func (s *shop) authorize(r *http.Request, tenant, scope string) error {
	token, ok := rest.Bearer(r)
	parts := strings.Split(token, "-")
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !ok || len(parts) != 3 || parts[2] != "token" || s.gone[token]:
		return rest.ErrUnauthenticated
	case parts[0] != tenant || scope == rest.ScopeManage && parts[1] != "manage":
		return rest.ErrForbidden
	}
	return nil
}

// browser is a reader with cookies.
type browser struct {
	t      *testing.T
	h      http.Handler
	cookie *http.Cookie
}

func (b *browser) send(r *http.Request) document {
	b.t.Helper()
	if b.cookie != nil {
		r.AddCookie(&http.Cookie{Name: b.cookie.Name, Value: b.cookie.Value})
	}
	d := answered(b.t, b.h, r)
	for _, c := range (&http.Response{Header: d.header}).Cookies() {
		b.cookie = c
		if c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return d
}

func (b *browser) get(path string) document {
	b.t.Helper()
	return b.send(httptest.NewRequest("GET", path, nil))
}

func (b *browser) post(path string, values url.Values, headers ...string) document {
	b.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.send(r)
}

func signedInAs(t *testing.T, s *shop, tenant, token string) *browser {
	t.Helper()
	b := &browser{t: t, h: s}
	d := b.post("/session", url.Values{"tenant": {tenant}, "author": {"Anna"}, "token": {token}})
	require.Equal(t, http.StatusSeeOther, d.status, words(d.Node))
	require.Equal(t, "/configurations", d.header.Get("Location"))
	return b
}

// filled returns what a browser would send for a form: that with a button of a value, and
// that button.
func filled(t *testing.T, d document, do string) (path string, values url.Values) {
	t.Helper()
	for _, f := range all(d.Node, "form") {
		for _, button := range all(f, "button") {
			if attribute(button, "value") != do {
				continue
			}
			values = url.Values{"do": {do}}
			for n := range f.Descendants() {
				if n.Type == html.ElementNode {
					fill(values, n)
				}
			}
			return attribute(f, "action"), values
		}
	}
	require.Fail(t, "no button", "%s in %s", do, words(d.Node))
	return "", nil
}

func fill(values url.Values, n *html.Node) {
	name, value := attribute(n, "name"), attribute(n, "value")
	switch n.Data {
	case "input":
		if attribute(n, "type") == "checkbox" && !has(n, "checked") {
			return
		}
	case "textarea":
		value = ""
		if n.FirstChild != nil {
			value = n.FirstChild.Data
		}
	case "select":
		options := all(n, "option")
		value = attribute(options[0], "value")
		for _, o := range options {
			if has(o, "selected") {
				value = attribute(o, "value")
			}
		}
	default:
		return
	}
	values.Set(name, value)
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}
