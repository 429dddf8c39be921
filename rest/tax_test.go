package rest_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// serveTax returns a server of the API of the library.
func serveTax(t testing.TB, o rest.Options, s tax.Store) *server {
	t.Helper()
	if o.Authorize == nil {
		o.Authorize = authorize
	}
	r, err := tax.NewResolver(s, &tax.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	h, err := rest.NewTax(s, r, &rest.TaxOptions{Options: o})
	require.NoError(t, err)
	return &server{Handler: h}
}

// taxOperations are the operations of the API, with a request that succeeds on canada.
var taxOperations = []struct {
	method, path, body, scope string
	status                    int
}{
	{"GET", "/v1/acme/resolve?country=CA", "", rest.ScopeRead, 200},
	{"GET", "/v1/acme/lookup?country=CA&region=QC", "", rest.ScopeRead, 200},
	{"GET", "/v1/acme/explain?country=CA", "", rest.ScopeRead, 200},
	{"GET", "/v1/acme/classes?country=CA", "", rest.ScopeRead, 200},
	{"GET", "/v1/acme/configurations", "", rest.ScopeRead, 200},
	{"GET", "/v1/acme/configurations/CA", "", rest.ScopeRead, 200},
	{"GET", "/v1/acme/configurations/CA/history", "", rest.ScopeRead, 200},
	{"PUT", "/v1/acme/configurations/FR", `{"location":{"countryCode":"FR"},"taxClasses":[]}`, rest.ScopeManage, 201},
	{"PATCH", "/v1/acme/configurations/CA", `{"metadata":{"version":1},"timeZone":"America/Toronto"}`, rest.ScopeManage, 200},
	{"DELETE", "/v1/acme/configurations/CA-QC", "", rest.ScopeManage, 204},
}

// canada is a server with a country and a region that adds to its rate.
func canada(t testing.TB, o rest.Options) *server {
	t.Helper()
	s := serveTax(t, o, store.NewMemory(&store.Options{Clock: clock}))
	for _, c := range [][2]string{
		{"CA", `{"location":{"countryCode":"CA"},"taxClasses":[{"code":"STANDARD","isDefault":true,"rates":[{"from":"2008-01-01","percent":5}]}]}`},
		{"CA-QC", `{"location":{"countryCode":"CA","region":"QC"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2013-01-01","effect":"add","percent":9.975}]}]}`},
	} {
		w := s.ask("PUT", "/v1/acme/configurations/"+c[0], manageToken, c[1])
		require.Equal(t, 201, w.Code, w.Body)
	}
	return s
}

func TestTheAPIAnswersAsItsExamplesSay(t *testing.T) {
	askAll(t, "testdata/tax.txt", serveTax(t, rest.Options{}, store.NewMemory(&store.Options{Clock: clock})), 40)
}

func TestEveryOperationOfTheAPINeedsItsToken(t *testing.T) {
	for _, op := range taxOperations {
		s := canada(t, rest.Options{})
		ask := func(token string) (int, string) {
			w := s.ask(op.method, op.path, token, op.body)
			return w.Code, w.Body.String()
		}
		for _, c := range []struct {
			token, body string
			status      int
		}{
			{"", `{"error":{"code":"unauthenticated","message":"no valid token"}}`, 401},
			{"old:acme:x", `{"error":{"code":"token_expired","message":"the token has expired"}}`, 401},
			{"tok:others:tax.tax_read+tax.tax_manage", `{"error":{"code":"forbidden","message":"the token does not permit this: ` + op.scope + `"}}`, 403},
			{"tok:acme:x", `{"error":{"code":"forbidden","message":"the token does not permit this: ` + op.scope + `"}}`, 403},
		} {
			status, body := ask(c.token)
			assert.Equal(t, c.status, status, "%s %s", op.method, op.path)
			assert.Equal(t, c.body, body, "%s %s", op.method, op.path)
		}
		status, body := ask("tok:acme:" + op.scope)
		assert.Equal(t, op.status, status, "%s %s: %s", op.method, op.path, body)

		path, _, _ := strings.Cut(op.path, "?")
		assert.Equal(t, 405, s.ask("POST", path, manageToken, "").Code)
		w := s.ask(op.method, path+"?x=1", manageToken, op.body)
		assert.Equal(t, 400, w.Code, w.Body)
		assert.Contains(t, w.Body.String(), `"field":"parameter"`)
		if op.body == "" {
			continue
		}
		assert.Equal(t, 415, s.ask(op.method, path, manageToken, op.body, "Content-Type", "text/plain").Code)
		assert.Equal(t, 413, s.ask(op.method, path, manageToken, op.body+strings.Repeat(" ", 1<<20)).Code)
		for _, body := range []string{"x", "[]", strings.TrimSuffix(op.body, "}") + `,"x":1}`} {
			assert.Equal(t, 400, s.ask(op.method, path, manageToken, body).Code, body)
		}
	}
}

func TestTheAPISaysWhenItsStoreDoesNotAnswer(t *testing.T) {
	for _, op := range taxOperations {
		if strings.HasSuffix(op.path, "/history") {
			continue // failing is no Historian
		}
		for _, f := range []failing{{store.NewMemory(nil), false}, {store.NewMemory(nil), true}} {
			s := serveTax(t, rest.Options{Timeout: 10 * time.Millisecond}, f)
			w := s.ask(op.method, op.path, manageToken, op.body)
			answered(t, w, 503, `{"error":{"code":"unavailable","message":"the tax rates are not available at the moment: try again"}}`, "Retry-After", "1")
		}
	}
	w := serveTax(t, rest.Options{}, failing{store.NewMemory(nil), false}).ask("GET", "/v1/acme/configurations/CA/history", readToken, "")
	assert.Equal(t, 404, w.Code)
}

// The description names every operation that there is, and no other.
func TestTheDescriptionIsServedAndHasEveryOperation(t *testing.T) {
	w := canada(t, rest.Options{}).ask("GET", "/v1/openapi.yaml", "", "")
	require.Equal(t, 200, w.Code)
	assert.Equal(t, "application/yaml", w.Header().Get("Content-Type"))
	file, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, string(file), w.Body.String())

	var described []string
	path := ""
	for line := range strings.Lines(string(file)) {
		if m := regexp.MustCompile(`^  (/v1/\S+):$`).FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			path = m[1]
		}
		if m := regexp.MustCompile(`^    (get|put|patch|delete|post):$`).FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			described = append(described, strings.ToUpper(m[1])+" "+path)
		}
	}
	want := []string{"GET /v1/openapi.yaml", "GET /v1/{tenant}/configurations/{location}"}
	for _, op := range taxOperations {
		path, _, _ := strings.Cut(op.path, "?")
		path = regexp.MustCompile(`/configurations/[A-Z-]+`).ReplaceAllString(strings.Replace(path, "acme", "{tenant}", 1), "/configurations/{location}")
		want = append(want, op.method+" "+path)
	}
	slices.Sort(want)
	slices.Sort(described)
	assert.Equal(t, slices.Compact(want), described)
	// References lead to what is defined, and codes of the names of Go are not in it.
	for _, m := range regexp.MustCompile(`#/components/(\w+)/(\w+)`).FindAllStringSubmatch(string(file), -1) {
		section := regexp.MustCompile(`(?ms)^  ` + m[1] + `:\n(.*?)(^  \w|\z)`).FindString(string(file))
		assert.Regexp(t, `(?m)^    `+m[2]+`:`, section, m[0])
	}
}

func TestTheAPINeedsAnAuthorizerAndUsableStores(t *testing.T) {
	memory := store.NewMemory(nil)
	r, err := tax.NewResolver(memory, nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	_, err = rest.NewTax(memory, r, nil)
	assert.ErrorContains(t, err, "Authorize")
	o := &rest.TaxOptions{Options: rest.Options{Authorize: func(*http.Request, string, string) error { return nil }}}
	_, err = rest.NewTax(nil, r, o)
	assert.ErrorContains(t, err, "store")
	_, err = rest.NewTax(struct{ tax.Store }{memory}, r, o)
	assert.ErrorContains(t, err, "store")
	_, err = rest.NewTax(memory, nil, o)
	assert.ErrorContains(t, err, "resolver")
}
