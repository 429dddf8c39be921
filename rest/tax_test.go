package rest_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
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
	return serveTaxOptions(t, rest.TaxOptions{Options: o}, s)
}

func serveTaxOptions(t testing.TB, o rest.TaxOptions, s tax.Store) *server {
	t.Helper()
	if o.MaxImportBytes == 0 {
		o.MaxImportBytes = 1 << 21
	}
	if o.Authorize == nil {
		o.Authorize = authorize
	}
	r, err := tax.NewResolver(s, &tax.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	h, err := rest.NewTax(s, r, &o)
	require.NoError(t, err)
	return &server{Handler: recorded(h)}
}

// taxOperation is an operation of the API, with a request that succeeds on canada.
type taxOperation struct {
	method, path, body, scope string
	status                    int
	allow                     string // the methods of the path
	kind                      string // the type of the body, if it is not JSON
	limit                     int    // of the body
}

const onlyGet = "GET, HEAD, OPTIONS"

var taxOperations = []taxOperation{
	{"GET", "/v1/acme/resolve?country=CA", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"GET", "/v1/acme/lookup?country=CA&region=QC", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"GET", "/v1/acme/explain?country=CA", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"GET", "/v1/acme/classes?country=CA", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"GET", "/v1/acme/configurations", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"GET", "/v1/acme/configurations/CA", "", rest.ScopeRead, 200, ofConfiguration, "", 0},
	{"GET", "/v1/acme/configurations/CA/history", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"PUT", "/v1/acme/configurations/FR", `{"location":{"countryCode":"FR"},"taxClasses":[]}`, rest.ScopeManage, 201, ofConfiguration, "", 1 << 20},
	{"PATCH", "/v1/acme/configurations/CA", `{"metadata":{"version":1},"timeZone":"America/Toronto"}`, rest.ScopeManage, 200, ofConfiguration, "", 1 << 20},
	{"DELETE", "/v1/acme/configurations/CA-QC", "", rest.ScopeManage, 204, ofConfiguration, "", 0},
	{"POST", "/v1/acme/baskets/price", pricedBasket, rest.ScopeRead, 200, "OPTIONS, POST", "", 1 << 20},
	{"POST", "/v1/acme/baskets/refund", `{"sale":` + soldBasket + `,"returns":[{"all":true}]}`, rest.ScopeRead, 200, "OPTIONS, POST", "", 8 << 20},
	{"POST", "/v1/acme/baskets/verify", `{"sale":` + soldBasket + `}`, rest.ScopeRead, 200, "OPTIONS, POST", "", 8 << 20},
	{"GET", "/v1/acme/export", "", rest.ScopeRead, 200, onlyGet, "", 0},
	{"POST", "/v1/acme/import", exportOf("acme", countryDocument("FR")), rest.ScopeManage, 200, "OPTIONS, POST", linesType, 1 << 21},
}

const pricedBasket = `{"place":{"country":"CA","region":"QC"},"policy":{"currency":"CAD","level":"rate"},"basket":{"lines":[{"quantity":2,"price":"10.00"}]}}`

// soldBasket is the answer to pricedBasket.
var soldBasket = func() string {
	text, err := os.ReadFile("testdata/sale.json")
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(text))
}()

const ofConfiguration = "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"

// name is the operation without its parameters.
func (op *taxOperation) name() string {
	path, _, _ := strings.Cut(op.path, "?")
	return op.method + " " + path
}

// ask sends the request of an operation with another token or body.
func (op *taxOperation) ask(s *server, token, body string, header ...string) *httptest.ResponseRecorder {
	if op.kind != "" {
		header = append([]string{"Content-Type", op.kind}, header...)
	}
	return s.ask(op.method, op.path, token, body, header...)
}

// plain is the body of an error without more than a code and a message.
func plain(code, message string) string {
	return `{"error":{"code":"` + code + `","message":"` + message + `"}}`
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
		t.Run(op.name(), func(t *testing.T) {
			s := canada(t, rest.Options{})
			before := s.ask("GET", "/v1/acme/export?history=true", readToken, "").Body.String()
			forbidden := plain("forbidden", "the token does not permit this: "+op.scope)
			challenge := `Bearer error="insufficient_scope", scope="` + op.scope + `"`
			answered(t, op.ask(s, "", op.body), 401, plain("unauthenticated", "no valid token"), "Www-Authenticate", "Bearer")
			answered(t, op.ask(s, "x", op.body), 401, plain("unauthenticated", "no valid token"), "Www-Authenticate", `Bearer error="invalid_token"`)
			answered(t, op.ask(s, "old:acme:"+op.scope, op.body), 401, plain("token_expired", "the token has expired"), "Www-Authenticate", `Bearer error="invalid_token"`)
			answered(t, op.ask(s, "tok:others:tax.tax_read+tax.tax_manage", op.body), 403, forbidden, "Www-Authenticate", challenge)
			other := map[string]string{rest.ScopeRead: rest.ScopeManage, rest.ScopeManage: rest.ScopeRead}[op.scope]
			answered(t, op.ask(s, "tok:acme:"+other, op.body), 403, forbidden, "Www-Authenticate", challenge)
			assert.Equal(t, before, s.ask("GET", "/v1/acme/export?history=true", readToken, "").Body.String(), "nothing has changed")
			w := op.ask(s, "tok:acme:"+op.scope, op.body)
			assert.Equal(t, op.status, w.Code, "its own scope is enough: %s", w.Body)
		})
	}
}

func TestEveryOperationOfTheAPIRefusesRequestsThatAreNotItsOwn(t *testing.T) {
	for _, op := range taxOperations {
		t.Run(op.name(), func(t *testing.T) {
			s := canada(t, rest.Options{})
			path, _, _ := strings.Cut(op.path, "?")
			answered(t, s.ask("TRACE", path, manageToken, ""), 405, plain("method_not_allowed", "the path does not have this method"), "Allow", op.allow)
			answered(t, s.ask("OPTIONS", path, "", ""), 204, "", "Allow", op.allow)
			answered(t, s.ask(op.method, path+"/x/y", manageToken, op.body), 404, plain("not_found", "there is no such path"))
			answered(t, s.ask(op.method, path+"?%zz", manageToken, op.body, "Content-Type", cmp.Or(op.kind, jsonType)), 400, plain("bad_request", "the query of the URL cannot be read"))
			w := s.ask(op.method, path+"?x=1", manageToken, op.body, "Content-Type", cmp.Or(op.kind, jsonType))
			assert.Equal(t, 400, w.Code, w.Body)
			assert.Contains(t, w.Body.String(), `"field":"parameter"`)
			if op.body == "" {
				w = op.ask(s, manageToken, strings.Repeat("[", 2<<20), "Content-Type", "text/plain")
				assert.Equal(t, op.status, w.Code, "a body of a request without one is not read")
				return
			}
			types := jsonType
			if op.kind != "" {
				types = "application/json, application/x-ndjson, application/jsonl"
			}
			for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json", "application/json, text/plain"} {
				answered(t, op.ask(s, manageToken, op.body, "Content-Type", kind), 415,
					plain("unsupported_media_type", "write the body as "+strings.ReplaceAll(types, ", ", " or ")+" in UTF-8"), "Accept", types)
			}
			answered(t, op.ask(s, manageToken, op.body, "Content-Encoding", "gzip"), 415,
				plain("unsupported_media_type", "write the body without a Content-Encoding"), "Accept-Encoding", "identity")
			answered(t, op.ask(s, manageToken, op.body+strings.Repeat(" ", op.limit)), 413,
				plain("request_entity_too_large", "the body is larger than "+strconv.Itoa(op.limit)+" bytes"))
			for _, body := range []string{"x", "null", "{", "\xff", op.body + "{}", "[]", strings.TrimSuffix(op.body, "}") + `,"x":1}`, `{"x":1}`} {
				status := 400
				if op.kind != "" && body == "[]" {
					status = 200 // a list without a record
				} else if op.kind != "" && body == `{"x":1}` {
					status = 422 // a record that is refused
				}
				w := op.ask(s, manageToken, body)
				assert.Equal(t, status, w.Code, "%q: %s", body, w.Body)
				assert.Equal(t, status != 200, strings.HasPrefix(w.Body.String(), `{"error":{"code":"`), body)
			}
			if op.kind != "" {
				w = op.ask(s, manageToken, op.body+strings.Repeat("\n", op.limit-len(op.body)))
				assert.Equal(t, 200, w.Code, "%s: the largest body", w.Body)
				return
			}
			w = op.ask(s, manageToken, op.body+strings.Repeat(" ", op.limit-len(op.body)), "Content-Type", "application/vnd.api+json;charset=UTF-8")
			assert.Equal(t, op.status, w.Code, "%s: the largest body", w.Body)
		})
	}
}

func TestEveryOperationOfTheAPISaysWhenItsStoreDoesNotAnswer(t *testing.T) {
	for _, op := range taxOperations {
		t.Run(op.name(), func(t *testing.T) {
			for _, f := range []failing{{store.NewMemory(nil), false}, {store.NewMemory(nil), true}} {
				var failed []error
				s := serveTaxOptions(t, rest.TaxOptions{TransferTimeout: time.Nanosecond, Options: rest.Options{Timeout: 10 * time.Millisecond,
					Failed: func(_ *http.Request, err error) { failed = append(failed, err) }}}, f)
				w := op.ask(s, manageToken, op.body)
				if strings.HasSuffix(op.path, "/refund") || strings.HasSuffix(op.path, "/verify") {
					answered(t, w, 200, w.Body.String())
					assert.Empty(t, failed, "they read no store")
					continue
				}
				body := plain("unavailable", "the tax rates are not available at the moment: try again")
				if op.kind != "" { // it says as well how far it came
					body = w.Body.String()
					assert.Contains(t, body, `{"error":{"code":"unavailable","message":"the tax rates are not available at the moment: go on with skip=0"},"report":{`)
				}
				answered(t, w, 503, body, "Retry-After", "1")
				assert.Len(t, failed, 1)
				assert.NotContains(t, w.Body.String(), secret)
			}
		})
	}
}

func TestTenantsThatAreTooLongAreRefusedBeforeTheStoreIsAsked(t *testing.T) {
	long := strings.Repeat("t", 1025)
	s := serveTax(t, rest.Options{Failed: func(_ *http.Request, err error) { t.Errorf("reported: %v", err) }}, failing{store.NewMemory(nil), false})
	for _, op := range taxOperations {
		op.path = strings.Replace(op.path, "acme", long, 1)
		w := op.ask(s, "tok:"+long+":tax.tax_read+tax.tax_manage", op.body)
		answered(t, w, 400, `{"error":{"code":"too_long","message":"tenant \"`+long[:64]+`\": too long: a tenant has at most 1,024 bytes","field":"tenant"}}`)
		answered(t, op.ask(s, readToken, op.body), 403, plain("forbidden", "the token does not permit this: "+op.scope),
			"Www-Authenticate", `Bearer error="insufficient_scope", scope="`+op.scope+`"`)
	}
	longest := strings.Repeat("t", 1024)
	w := canada(t, rest.Options{}).ask("GET", "/v1/"+longest+"/configurations", "tok:"+longest+":tax.tax_read", "")
	assert.Equal(t, 200, w.Code, w.Body)
}

func TestStoresWithoutHistoryHaveNoSuchPath(t *testing.T) {
	m := store.NewMemory(nil)
	s := serveTax(t, rest.Options{}, forgetful{m, m})
	answered(t, s.ask("GET", "/v1/acme/configurations/CA/history", readToken, ""), 404, plain("not_found", "there is no such path"))
	w := s.ask("GET", "/v1/acme/export?history=true", readToken, "")
	assert.Equal(t, 400, w.Code)
	assert.Contains(t, w.Body.String(), `"field":"history"`)
}

// The description names every operation that there is, and no other.
func TestTheDescriptionIsServedAndHasEveryOperation(t *testing.T) {
	w := canada(t, rest.Options{}).ask("GET", "/v1/openapi.yaml", "", "")
	require.Equal(t, 200, w.Code)
	assert.Equal(t, "application/yaml", w.Header().Get("Content-Type"))
	file, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, string(file), w.Body.String())
	answered(t, canada(t, rest.Options{}).ask("PUT", "/v1/openapi.yaml", "", ""), 405, plain("method_not_allowed", "the path does not have this method"), "Allow", onlyGet)
	assert.Equal(t, 400, canada(t, rest.Options{}).ask("GET", "/v1/openapi.yaml?x=1", "", "").Code)

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
