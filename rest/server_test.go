package rest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

const (
	readToken   = "tok:acme:tax.tax_read"
	manageToken = "tok:acme:tax.tax_read+tax.tax_manage"
	jsonType    = "application/json"
)

var moment = time.Date(2022, 3, 31, 9, 52, 15, 423e6, time.UTC)

func clock() time.Time { return moment }

// authorize believes tokens of the form tok:TENANT:SCOPE+SCOPE.
func authorize(r *http.Request, tenant, scope string) error {
	token, _ := rest.Bearer(r)
	parts := strings.Split(token, ":")
	switch {
	case len(parts) != 3 || parts[0] != "tok" && parts[0] != "old":
		return rest.ErrUnauthenticated
	case parts[0] == "old":
		return rest.ErrTokenExpired
	case parts[1] != tenant, scope != "" && !slices.Contains(strings.Split(parts[2], "+"), scope):
		return rest.ErrForbidden
	}
	return nil
}

// server is a handler for both contracts and for the API of the library.
type server struct {
	http.Handler
	emporix http.Handler
}

// serve returns a server whose tenants have English, German, French and Polish.
func serve(t testing.TB, o rest.Options) *server {
	t.Helper()
	return serveStores(t, o, store.NewMemory(&store.Options{Clock: clock}), ampeco.NewMemory(clock))
}

func serveStores(t testing.TB, o rest.Options, configurations tax.Store, taxes ampeco.Store) *server {
	t.Helper()
	if o.Authorize == nil {
		o.Authorize = authorize
	}
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Allowed: []string{"en", "de", "fr", "pl"}})
	require.NoError(t, err)
	r, err := tax.NewResolver(configurations, &tax.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	e, err := rest.NewEmporix(configurations, r, &rest.EmporixOptions{Options: o,
		Service: emporix.ServiceOptions{Clock: clock, Languages: func(string) *tax.Languages { return languages }}})
	require.NoError(t, err)
	a, err := rest.NewAMPECO(taxes, &rest.AMPECOOptions{Options: o, Tenant: "acme", Service: ampeco.ServiceOptions{CursorKey: []byte("0123456789abcdef")}})
	require.NoError(t, err)
	own, err := rest.NewTax(configurations, r, &rest.TaxOptions{Options: o})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/v1/", recorded(own))
	mux.Handle("/tax/", recorded(e))
	mux.Handle("/public-api/", recorded(a))
	return &server{mux, recorded(e)}
}

// ask sends a request with a token and headers in pairs of name and value. A body is JSON
// unless a header says otherwise.
func (s *server) ask(method, path, token, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://shop.example", strings.NewReader(body))
	at, query, _ := strings.Cut(path, "?")
	r.URL.Path, r.URL.RawQuery, r.RequestURI = at, query, path
	if body != "" {
		r.Header.Set("Content-Type", jsonType)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const germany = `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":{"en":"Standard"},"rate":19,"isDefault":true}]}`

// withGermany is a server with one configuration and one tax.
func withGermany(t testing.TB, o rest.Options) *server {
	t.Helper()
	s := serve(t, o)
	w := s.ask("POST", "/tax/acme/taxes", manageToken, germany, "Content-Language", "*")
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
	w = s.ask("POST", "/public-api/resources/taxes/v2.0", manageToken, `{"name":"VAT","percentage":20}`)
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
	return s
}
