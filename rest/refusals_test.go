package rest_test

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// operations are all operations of both contracts, with a request that succeeds on
// withGermany.
var operations = []struct {
	name, method, path string
	body               string // "" if the operation has none
	unknown            string // the body with an unknown field
	scope              string // "" if a token is enough
	status             int
	wrong, allow       string // a method that the path does not have, and those that it has
	limit              int    // the size of the largest body
}{
	{"emporix list", "GET", "/tax/acme/taxes", "", "", rest.ScopeRead, 200, "PATCH", "GET, HEAD, OPTIONS, POST", 0},
	{"emporix create", "POST", "/tax/acme/taxes", `{"location":{"countryCode":"PL"},"taxClasses":[]}`, `{"location":{"countryCode":"PL"},"taxClasses":[],"x":1}`,
		rest.ScopeManage, 201, "PUT", "GET, HEAD, OPTIONS, POST", 1 << 20},
	{"emporix retrieve", "GET", "/tax/acme/taxes/DE", "", "", rest.ScopeRead, 200, "POST", "DELETE, GET, HEAD, OPTIONS, PUT", 0},
	{"emporix update", "PUT", "/tax/acme/taxes/DE", `{"location":{"countryCode":"DE"},"taxClasses":[],"metadata":{"version":1}}`,
		`{"location":{"countryCode":"DE"},"taxClasses":[],"metadata":{"version":1},"x":1}`, rest.ScopeManage, 204, "PATCH", "DELETE, GET, HEAD, OPTIONS, PUT", 1 << 20},
	{"emporix delete", "DELETE", "/tax/acme/taxes/DE", "", "", rest.ScopeManage, 204, "TRACE", "DELETE, GET, HEAD, OPTIONS, PUT", 0},
	{"emporix calculate", "PUT", "/tax/acme/taxes/calculation-commands", `{"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","price":1}}`,
		`{"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","price":1},"x":1}`, "", 200, "POST", "OPTIONS, PUT", 64 << 10},
	{"ampeco list", "GET", "/public-api/resources/taxes/v2.0", "", "", rest.ScopeRead, 200, "PUT", "GET, HEAD, OPTIONS, POST", 0},
	{"ampeco create", "POST", "/public-api/resources/taxes/v2.0", `{"name":"x","percentage":1}`, `{"name":"x","percentage":1,"x":1}`,
		rest.ScopeManage, 201, "DELETE", "GET, HEAD, OPTIONS, POST", 1 << 20},
	{"ampeco read", "GET", "/public-api/resources/taxes/v2.0/1", "", "", rest.ScopeRead, 200, "POST", "DELETE, GET, HEAD, OPTIONS, PATCH", 0},
	{"ampeco update", "PATCH", "/public-api/resources/taxes/v2.0/1", `{"percentage":2}`, `{"percentage":2,"x":1}`, rest.ScopeManage, 200, "PUT", "DELETE, GET, HEAD, OPTIONS, PATCH", 1 << 20},
	{"ampeco delete", "DELETE", "/public-api/resources/taxes/v2.0/1", "", "", rest.ScopeManage, 204, "PUT", "DELETE, GET, HEAD, OPTIONS, PATCH", 0},
}

// answered asserts the whole of an answer: headers in pairs of name and value beside
// those that every answer has.
func answered(t *testing.T, w *httptest.ResponseRecorder, status int, body string, header ...string) {
	t.Helper()
	want := http.Header{"Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}
	if body != "" {
		want["Content-Type"], want["Content-Length"] = []string{jsonType}, []string{strconv.Itoa(len(body))}
	}
	for i := 0; i < len(header); i += 2 {
		want.Set(header[i], header[i+1])
	}
	assert.Equal(t, status, w.Code)
	assert.Equal(t, body, w.Body.String())
	assert.Equal(t, want, w.Header())
}

// in returns the body of an error in the contract of an operation.
func in(name string, status int, message string, details ...string) string {
	if strings.HasPrefix(name, "ampeco") {
		return `{"message":"` + message + `"}`
	}
	for i := range details {
		details[i] = strconv.Quote(details[i])
	}
	return `{"code":` + strconv.Itoa(status) + `,"status":"` + http.StatusText(status) + `","message":"` + message + `","details":[` + strings.Join(details, ",") + `]}`
}

func TestEveryOperationRefusesRequestsWithoutTheirToken(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			s := withGermany(t, rest.Options{})
			ask := func(token string) *httptest.ResponseRecorder { return s.ask(op.method, op.path, token, op.body) }
			unauthorized, expired := `{"message":"Unauthenticated."}`, `{"message":"Unauthenticated."}`
			forbidden := `{"message":"This action is unauthorized."}`
			challenge := `Bearer error="insufficient_scope"`
			if op.scope != "" {
				challenge += `, scope="` + op.scope + `"`
			}
			if strings.HasPrefix(op.name, "emporix") {
				unauthorized = `{"fault":{"faultstring":"Invalid access token","detail":{"errorcode":"oauth.v2.InvalidAccessToken"}}}`
				expired = `{"fault":{"faultstring":"Access Token expired","detail":{"errorcode":"keymanagement.service.access_token_expired"}}}`
				var details []string
				if op.scope != "" {
					details = append(details, "missing scope: "+op.scope)
				}
				forbidden = in(op.name, 403, "The access to the requested resource has been forbidden by the server.", details...)
			}
			answered(t, ask(""), 401, unauthorized, "Www-Authenticate", "Bearer")
			answered(t, ask("x"), 401, unauthorized, "Www-Authenticate", `Bearer error="invalid_token"`)
			answered(t, ask("old:acme:"+rest.ScopeRead), 401, expired, "Www-Authenticate", `Bearer error="invalid_token"`)
			answered(t, ask("tok:others:tax.tax_read+tax.tax_manage"), 403, forbidden, "Www-Authenticate", challenge)
			other := map[string]string{rest.ScopeRead: rest.ScopeManage, rest.ScopeManage: rest.ScopeRead}[op.scope]
			if w := ask("tok:acme:" + other); op.scope == "" {
				assert.Equal(t, op.status, w.Code, "a token is enough")
			} else {
				answered(t, w, 403, forbidden, "Www-Authenticate", challenge)
			}
			if op.status < 300 {
				assert.Equal(t, op.status, ask("tok:acme:"+op.scope).Code, "its own scope is enough, and nothing has changed before")
			}
		})
	}
}

func TestEveryOperationRefusesRequestsThatAreNotItsOwn(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			s := withGermany(t, rest.Options{})
			answered(t, s.ask(op.wrong, op.path, manageToken, ""), 405, in(op.name, 405, "the path does not have this method"), "Allow", op.allow)
			answered(t, s.ask("OPTIONS", op.path, "", ""), 204, "", "Allow", op.allow)
			answered(t, s.ask(op.method, op.path+"/x/y", manageToken, op.body), 404, in(op.name, 404, "there is no such path"))
			if op.name != "emporix list" && op.name != "ampeco list" {
				w := s.ask(op.method, op.path+"?x=1", manageToken, op.body)
				if strings.HasPrefix(op.name, "emporix") {
					answered(t, w, 400, in(op.name, 400, "invalid request", `parameter "x": no such parameter: this request has none`))
				} else {
					answered(t, w, 422, `{"message":"The given data was invalid.","errors":{"x":["no such parameter: this request has none"]}}`)
				}
			}
			answered(t, s.ask(op.method, op.path+"?%zz", manageToken, op.body), 400, in(op.name, 400, "the query of the URL cannot be read"))
			if op.body == "" {
				assert.Equal(t, op.status, s.ask(op.method, op.path, manageToken, strings.Repeat("[", 2<<20), "Content-Type", "text/plain").Code, "a body of a request without one is not read")
				return
			}
			for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json", "application/json, text/plain"} {
				answered(t, s.ask(op.method, op.path, manageToken, op.body, "Content-Type", kind), 415,
					in(op.name, 415, "write the body as application/json in UTF-8"), "Accept", jsonType)
			}
			answered(t, s.ask(op.method, op.path, manageToken, op.body, "Content-Encoding", "gzip"), 415,
				in(op.name, 415, "write the body without a Content-Encoding"), "Accept-Encoding", "identity")
			tooLarge := in(op.name, 413, "the body is larger than "+strconv.Itoa(op.limit)+" bytes")
			answered(t, s.ask(op.method, op.path, manageToken, op.body+strings.Repeat(" ", op.limit)), 413, tooLarge)
			for body, refused := range map[string][2]string{ // by what the answer repeats of it
				"x":            {"x", "not valid JSON at byte 0: want an object"},
				"\xff":         {"?", "not valid JSON at byte 0: want an object"},
				"[]":           {"[]", "write an object instead of a list"},
				"null":         {"null", "write an object instead of null, or leave the field out where it is optional"},
				op.body + "{}": {"{}", "not valid JSON at byte " + strconv.Itoa(len(op.body)) + ": data after the document: pass one document"},
			} {
				w := s.ask(op.method, op.path, manageToken, body)
				if strings.HasPrefix(op.name, "emporix") {
					answered(t, w, 400, in(op.name, 400, "invalid request", `document "`+refused[0]+`": `+refused[1]))
				} else {
					answered(t, w, 422, `{"message":"The given data was invalid.","errors":{"body":["`+refused[1]+`"]}}`)
				}
			}
			w := s.ask(op.method, op.path, manageToken, op.body+strings.Repeat(" ", op.limit-len(op.body)), "Content-Type", "application/vnd.api+json;charset=UTF-8")
			assert.Equal(t, op.status, w.Code, "%s: the largest body", w.Body)
		})
	}
}

func TestEveryOperationIgnoresUnknownFieldsUnlessItIsStrict(t *testing.T) {
	for _, op := range operations {
		if op.unknown == "" {
			continue
		}
		t.Run(op.name, func(t *testing.T) {
			w := withGermany(t, rest.Options{}).ask(op.method, op.path, manageToken, op.unknown)
			assert.Equal(t, op.status, w.Code, w.Body)
			w = withGermany(t, rest.Options{Strict: true}).ask(op.method, op.path, manageToken, op.unknown)
			if strings.HasPrefix(op.name, "ampeco") {
				answered(t, w, 422, `{"message":"The given data was invalid.","errors":{"x":["no such field: use name, displayName, percentage, taxIdentificationNumberId"]}}`)
				return
			}
			fields := "locationCode, location, taxClasses, metadata"
			if op.name == "emporix calculate" {
				fields = "commandUuid, input"
			}
			answered(t, w, 400, in(op.name, 400, "invalid request", `x "x": no such field: use `+fields))
		})
	}
}

// secret must not be in any answer.
const secret = "password of user taxes refused"

// failing are stores that fail, or wait until the context of the request ends.
type failing struct {
	tax.Store
	wait bool
}

var _ store.Historian = failing{}

// forgetful are stores without history.
type forgetful struct {
	tax.Store
	tax.Lister
}

func (f failing) fail(ctx context.Context) error {
	if !f.wait {
		return &tax.StoreError{Kind: tax.ErrUnavailable, Tenant: "acme", Cause: errors.New(secret)}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (f failing) Configurations(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
	return nil, f.fail(ctx)
}

func (f failing) Create(ctx context.Context, _ string, c tax.Configuration) (tax.Configuration, error) {
	return c, f.fail(ctx)
}

func (f failing) Get(ctx context.Context, _ string, _ tax.Location) (tax.Configuration, error) {
	return tax.Configuration{}, f.fail(ctx)
}

func (f failing) Delete(ctx context.Context, _ string, _ tax.Location) error { return f.fail(ctx) }

func (f failing) List(ctx context.Context, _ string, _ tax.Query) (tax.Page, error) {
	return tax.Page{}, f.fail(ctx)
}

func (f failing) Versions(ctx context.Context, _ string, _ tax.Location) ([]store.Version, error) {
	return nil, f.fail(ctx)
}

func (f failing) Version(ctx context.Context, _ string, _ tax.Location, _ int64) (store.Version, error) {
	return store.Version{}, f.fail(ctx)
}

func (f failing) AsOf(ctx context.Context, _ tax.Key, _ time.Time) ([]store.Version, error) {
	return nil, f.fail(ctx)
}

// failingTaxes is failing for the other contract.
type failingTaxes struct{ failing }

func (f failingTaxes) Create(ctx context.Context, _ ampeco.Draft) (ampeco.Tax, error) {
	return ampeco.Tax{}, f.fail(ctx)
}

func (f failingTaxes) Get(ctx context.Context, _ int64) (ampeco.Tax, error) {
	return ampeco.Tax{}, f.fail(ctx)
}

func (f failingTaxes) Update(ctx context.Context, _ int64, _ ampeco.Patch) (ampeco.Tax, error) {
	return ampeco.Tax{}, f.fail(ctx)
}

func (f failingTaxes) Delete(ctx context.Context, _ int64) error { return f.fail(ctx) }

func (f failingTaxes) List(ctx context.Context, _ ampeco.Range) (ampeco.Page, error) {
	return ampeco.Page{}, f.fail(ctx)
}

func TestEveryOperationSaysWhenItsStoreDoesNotAnswer(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			for _, f := range []failing{{store.NewMemory(nil), false}, {store.NewMemory(nil), true}} {
				var failed []error
				o := rest.Options{Failed: func(_ *http.Request, err error) { failed = append(failed, err) }}
				if f.wait {
					o.Timeout = 10 * time.Millisecond
				}
				s := serveStores(t, o, f, failingTaxes{f})
				w := s.ask(op.method, op.path, manageToken, op.body)
				body := in(op.name, 503, "the tax rates are not available at the moment: try again")
				if strings.HasPrefix(op.name, "ampeco") {
					body = `{"message":"Service Unavailable"}`
				}
				answered(t, w, 503, body, "Retry-After", "1")
				assert.Len(t, failed, 1)
				if !f.wait && op.name != "emporix calculate" { // its resolver knows the source
					assert.ErrorContains(t, failed[0], secret)
				}
			}
		})
	}
}

func TestStoresAreLeftInTime(t *testing.T) {
	f := failing{store.NewMemory(nil), true}
	began := time.Now()
	w := serveStores(t, rest.Options{Timeout: 10 * time.Millisecond}, f, failingTaxes{f}).ask("GET", "/tax/acme/taxes", readToken, "")
	assert.Equal(t, 503, w.Code)
	assert.Less(t, time.Since(began), time.Second)
}

func TestNothingOfAnotherTenantIsShown(t *testing.T) {
	s := withGermany(t, rest.Options{})
	const others = "tok:others:tax.tax_read+tax.tax_manage"
	for _, path := range []string{"/tax/others/taxes/DE", "/tax/others/taxes/DEU/"} {
		assert.Equal(t, 404, s.ask("GET", path, others, "").Code)
		assert.Equal(t, 204, s.ask("DELETE", path, others, "").Code)
	}
	assert.Equal(t, "[]", s.ask("GET", "/tax/others/taxes", others, "").Body.String())
	assert.Equal(t, 400, s.ask("PUT", "/tax/others/taxes/calculation-commands", others, operations[5].body).Code)
	// Whether there is a tenant, a configuration or a fault in the request does not matter
	// to a token of another one.
	var answers []string
	for _, path := range []string{"/tax/acme/taxes/DE", "/tax/acme/taxes/SE", "/tax/nobody/taxes/DE", "/tax/AB/taxes/DE", "/tax/acme/taxes/DE?x=1"} {
		answers = append(answers, s.ask("GET", path, others, "").Body.String())
	}
	assert.Len(t, slices.Compact(answers), 1)
	// Paths that another server could read as those of another tenant are none.
	// The ServeMux before the handler would clean them.
	alone := &server{Handler: s.emporix}
	for _, path := range []string{"/tax/others/../acme/taxes/DE", "/tax/others/./taxes", "/tax//acme/taxes", "/tax/acme/taxes//", "//tax/acme/taxes", "/tax/acme/taxes/../../others/taxes"} {
		assert.Equal(t, 404, alone.ask("GET", path, others, "").Code, path)
		assert.Equal(t, 404, alone.ask("GET", path, manageToken, "").Code, path)
	}
	for _, path := range []string{"/tax/acme\x00/taxes", "/tax/acme /taxes", "/tax/acme;x/taxes", "/tax/ACME/taxes"} {
		assert.Equal(t, 403, s.ask("GET", path, manageToken, "").Code, path)
	}
	assert.Equal(t, 200, s.ask("GET", "/tax/acme/taxes/DE", readToken, "").Code, "nobody has deleted it")
}

// A request that is refused for its token has not reached the store, so that neither its
// answer nor the time for it depends on what is there.
func TestRequestsWithoutTheirTokenDoNotReachTheStore(t *testing.T) {
	o := rest.Options{Failed: func(r *http.Request, err error) { t.Errorf("%s %s: %v", r.Method, r.URL, err) }}
	f := failing{store.NewMemory(nil), false}
	s := serveStores(t, o, f, failingTaxes{f})
	refused := func(method, path, body, kind string) {
		for _, token := range []string{"", "x", "tok:others:tax.tax_read+tax.tax_manage", "old:acme:" + rest.ScopeRead} {
			w := s.ask(method, path, token, body, "Content-Type", kind)
			assert.Contains(t, []int{401, 403}, w.Code, "%s %s %q", method, path, token)
		}
	}
	for _, op := range operations {
		refused(op.method, op.path, op.body, jsonType)
	}
	for _, op := range taxOperations {
		refused(op.method, op.path, op.body, cmp.Or(op.kind, jsonType))
	}
}
