package rest_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

func TestHandlersNeedAnAuthorizerAndUsableOptions(t *testing.T) {
	memory := store.NewMemory(nil)
	r, err := tax.NewResolver(memory, nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	for field, o := range map[string]rest.Options{
		"Authorize":    {},
		"limits":       {Authorize: authorize, Timeout: -1},
		"MaxBodyBytes": {Authorize: authorize, MaxBodyBytes: 1<<20 + 1},
		"BaseURL":      {Authorize: authorize, BaseURL: "ftp://shop.example"},
	} {
		_, err := rest.NewEmporix(memory, r, &rest.EmporixOptions{Options: o})
		assert.ErrorContains(t, err, "tax: "+field)
		_, err = rest.NewAMPECO(ampeco.NewMemory(nil), &rest.AMPECOOptions{Options: o})
		assert.ErrorContains(t, err, "tax: "+field)
		assert.ErrorIs(t, err, tax.ErrInvalid)
	}
	for _, base := range []string{"shop.example", "https://", "https://u:p@shop.example", "https://shop.example?x", "https://shop.example/#x", "https://shop.example/", "https://shop.example/a b", ":"} {
		_, err = rest.NewAMPECO(ampeco.NewMemory(nil), &rest.AMPECOOptions{Options: rest.Options{Authorize: authorize, BaseURL: base}})
		assert.ErrorIs(t, err, tax.ErrInvalid, base)
	}
	o := &rest.EmporixOptions{Options: rest.Options{Authorize: authorize}}
	_, err = rest.NewEmporix(nil, r, o)
	assert.ErrorContains(t, err, "store")
	_, err = rest.NewEmporix(memory, nil, o)
	assert.ErrorContains(t, err, "resolver")
	_, err = rest.NewEmporix(memory, r, nil)
	assert.ErrorContains(t, err, "Authorize")
	_, err = rest.NewAMPECO(nil, &rest.AMPECOOptions{Options: o.Options})
	assert.ErrorContains(t, err, "store")
	_, err = rest.NewAMPECO(ampeco.NewMemory(nil), nil)
	assert.ErrorContains(t, err, "Authorize")
}

func TestBearerIsTheOnlyTokenOfARequest(t *testing.T) {
	for value, want := range map[string]string{
		"Bearer abc": "abc", "bearer  a.b-c_d~e+f/g==": "a.b-c_d~e+f/g==", "BEARER tok:a:b": "tok:a:b",
		"": "", "Bearer": "", "Bearer ": "", "Basic abc": "", "abc": "", "Bearer a b": "", "Bearer a,b": "", "Bearer a\x7f": "", `Bearer "a"`: "", "Bearer é": "", "Bearer\tabc": "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", value)
		token, ok := rest.Bearer(r)
		assert.Equal(t, want, token, value)
		assert.Equal(t, want != "", ok, value)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Authorization"] = []string{"Bearer a", "Bearer a"}
	_, ok := rest.Bearer(r)
	assert.False(t, ok, "two headers")
	_, ok = rest.Bearer(nil)
	assert.False(t, ok)
}

func TestPathsMayEndInASlash(t *testing.T) {
	for _, op := range operations {
		s := withGermany(t, rest.Options{})
		assert.Equal(t, op.status, s.ask(op.method, op.path+"/", manageToken, op.body).Code, op.name)
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	server := httptest.NewServer(withGermany(t, rest.Options{}))
	defer server.Close()
	for _, path := range []string{"/tax/acme/taxes/DE", "/public-api/resources/taxes/v2.0/1"} {
		var lengths []int64
		for _, method := range []string{"GET", "HEAD"} {
			r, err := http.NewRequestWithContext(context.Background(), method, server.URL+path, nil)
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+readToken)
			w, err := server.Client().Do(r)
			require.NoError(t, err)
			body, err := io.ReadAll(w.Body)
			require.NoError(t, err)
			require.NoError(t, w.Body.Close())
			assert.Equal(t, 200, w.StatusCode)
			assert.Equal(t, method == "HEAD", len(body) == 0)
			lengths = append(lengths, w.ContentLength)
		}
		assert.Equal(t, lengths[0], lengths[1])
	}
}

func TestLinksFollowTheHostOfTheRequest(t *testing.T) {
	for _, c := range []struct {
		name    string
		options rest.Options
		header  []string
		tls     bool
		host    string
		want    string
	}{
		{name: "host", host: "shop.example:8080", want: "http://shop.example:8080"},
		{name: "tls", host: "[2001:db8::1]:443", tls: true, want: "https://[2001:db8::1]:443"},
		{name: "address", host: "[::1]", want: "http://[::1]"},
		{name: "no host", host: "", want: ""},
		{name: "hostile host", host: `a"><script>`, want: ""},
		{name: "host with path", host: "evil.example/x", want: ""},
		{name: "host with user", host: "a@evil.example", want: ""},
		{name: "proxy that nobody trusts", host: "shop.example", header: []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https"}, want: "http://shop.example"},
		{name: "another proxy", host: "shop.example", options: trust("10.0.0.0/8"), header: []string{"X-Forwarded-Host", "evil.example"}, want: "http://shop.example"},
		{name: "proxy", host: "inside", options: trust("192.0.2.0/24"), header: []string{"X-Forwarded-Host", "evil.example, api.example", "X-Forwarded-Proto", "https", "X-Forwarded-Prefix", "/v1/"}, want: "https://api.example/v1"},
		{name: "proxy with wrong values", host: "inside", options: trust("192.0.2.1/32"), header: []string{"X-Forwarded-Host", "a b", "X-Forwarded-Proto", "javascript", "X-Forwarded-Prefix", "//evil.example"}, want: "http://inside"},
		{name: "fixed", host: "evil.example", options: rest.Options{BaseURL: "https://api.example/v1"}, want: "https://api.example/v1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := withGermany(t, c.options)
			ask := func(method, path, body string) *httptest.ResponseRecorder {
				r := httptest.NewRequest(method, path, strings.NewReader(body))
				r.Host, r.TLS = c.host, nil
				if c.tls {
					r.TLS = &tls.ConnectionState{}
				}
				r.Header.Set("Authorization", "Bearer "+manageToken)
				r.Header.Set("Content-Type", jsonType)
				for i := 0; i < len(c.header); i += 2 {
					r.Header.Set(c.header[i], c.header[i+1])
				}
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				return w
			}
			w := ask("POST", "/tax/acme/taxes", `{"location":{"countryCode":"PL"},"taxClasses":[]}`)
			assert.Equal(t, c.want+"/tax/acme/taxes/PL", w.Header().Get("Location"))
			w = ask("GET", "/tax/acme/taxes?pageSize=1&taxClassCode=&sort=countryCode", "")
			assert.Equal(t, 400, w.Code)
			w = ask("GET", "/tax/acme/taxes?pageSize=1&sort=countryCode&pageNumber=1", "")
			assert.Regexp(t, `^<`+strings.NewReplacer("[", `\[`, "]", `\]`).Replace(c.want)+`/tax/acme/taxes\?cursor=[A-Za-z0-9_-]+&pageSize=1&sort=countryCode>; rel="next"$`, w.Header().Get("Link"))
			w = ask("POST", "/public-api/resources/taxes/v2.0", `{"name":"x","percentage":1}`)
			assert.Equal(t, c.want+"/public-api/resources/taxes/v2.0/2", w.Header().Get("Location"))
			w = ask("GET", "/public-api/resources/taxes/v2.0?per_page=1", "")
			assert.Contains(t, w.Body.String(), `"next":"`+c.want+`/public-api/resources/taxes/v2.0?page=2`)
		})
	}
}

func trust(prefix string) rest.Options {
	return rest.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix(prefix)}}
}

func TestTheNextPageIsThatOfTheLink(t *testing.T) {
	s := withGermany(t, rest.Options{})
	for _, c := range []string{"AT", "FR", "PL"} {
		require.Equal(t, 201, s.ask("POST", "/tax/acme/taxes", manageToken, strings.Replace(germany, "DE", c, 1), "Content-Language", "*").Code)
	}
	var got []string
	for path := "/tax/acme/taxes?pageSize=2&name=Standard"; path != ""; {
		w := s.ask("GET", path, readToken, "", "X-Total-Count", "True")
		require.Equal(t, 200, w.Code, w.Body)
		assert.Equal(t, "4", w.Header().Get("X-Total-Count"))
		var page []struct{ LocationCode string }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
		for _, c := range page {
			got = append(got, c.LocationCode)
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<http://shop.example"), ">")
	}
	assert.Equal(t, []string{"AT", "DE", "FR", "PL"}, got)
	assert.Equal(t, 400, s.ask("GET", "/tax/acme/taxes", readToken, "", "X-Total-Count", "yes").Code)
}

func TestHeadersOnSeveralLinesAreOneList(t *testing.T) {
	s := withGermany(t, rest.Options{})
	r := httptest.NewRequest("GET", "http://shop.example/tax/acme/taxes/DE", nil)
	r.Header = http.Header{"Authorization": {"Bearer " + readToken}, "Accept-Language": {"fr", "*"}, "Emporix-Tenant": {"acme", "acme"}}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	assert.Contains(t, w.Body.String(), `"name":"Standard"`)
	r.Header["Emporix-Tenant"] = []string{"acme", "others"}
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	answered(t, w, 400, in("emporix", 400, "Tenant in the header is not matching with the one provided in the URI."))
}

func TestRequestsAreBounded(t *testing.T) {
	s := withGermany(t, rest.Options{MaxHeaderBytes: 1000, MaxBodyBytes: 300})
	for _, name := range []string{"/tax/acme/taxes/DE", "/public-api/resources/taxes/v2.0/1"} {
		contract := map[bool]string{true: "emporix", false: "ampeco"}[strings.HasPrefix(name, "/tax")]
		answered(t, s.ask("GET", name, readToken, "", "Accept-Language", strings.Repeat("a", 1000)), 431, in(contract, 431, "the headers are larger than 1000 bytes"))
		answered(t, s.ask("GET", name+"?x="+strings.Repeat("a", 8<<10), readToken, ""), 414, in(contract, 414, "the URL is longer than 8192 bytes"))
		answered(t, s.ask("GET", name+strings.Repeat("a", 8<<10), readToken, ""), 414, in(contract, 414, "the URL is longer than 8192 bytes"))
	}
	answered(t, s.ask("PATCH", "/public-api/resources/taxes/v2.0/1", manageToken, `{"percentage":2}`+strings.Repeat(" ", 300)), 413, in("ampeco", 413, "the body is larger than 300 bytes"))

	began := time.Now()
	open := withGermany(t, rest.Options{MaxHeaderBytes: 4 << 20})
	w := open.ask("GET", "/tax/acme/taxes/DE", readToken, "", "Accept-Language", strings.Repeat("a_", 1<<19))
	assert.Equal(t, 200, w.Code)
	assert.Contains(t, w.Body.String(), `"name":"Standard"`)
	assert.Less(t, time.Since(began), 2*time.Second)
}

// slowBody is a body that does not arrive.
type slowBody struct{ err error }

func (b slowBody) Read([]byte) (int, error) { return 0, b.err }

func TestBodiesThatDoNotArriveAreRefused(t *testing.T) {
	s := withGermany(t, rest.Options{})
	for err, want := range map[error]string{
		io.ErrUnexpectedEOF:    in("emporix", 400, "the body ends before its length"),
		os.ErrDeadlineExceeded: in("emporix", 408, "the body did not arrive in time"),
	} {
		r := httptest.NewRequest("PUT", "http://shop.example/tax/acme/taxes/DE", slowBody{err})
		r.Header = http.Header{"Authorization": {"Bearer " + manageToken}, "Content-Type": {jsonType}}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.Equal(t, want, w.Body.String())
		assert.Contains(t, want, `"code":`+w.Result().Status[:3])
	}
	// A body without a length is read up to the limit.
	r := httptest.NewRequest("PUT", "http://shop.example/tax/acme/taxes/DE", io.MultiReader(strings.NewReader(strings.Repeat(" ", 1<<20)), strings.NewReader("x")))
	r.ContentLength = -1
	r.Header = http.Header{"Authorization": {"Bearer " + manageToken}, "Content-Type": {jsonType}}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	assert.Equal(t, 413, w.Code)
}

func TestHooksLimitRequestsBeforeTheirTokenIsChecked(t *testing.T) {
	var tenants []string
	o := rest.Options{Before: func(header http.Header, r *http.Request, tenant string) error {
		tenants = append(tenants, tenant)
		header.Set("X-RateLimit-Remaining", "0")
		switch r.URL.Query().Get("page") {
		case "":
			return nil
		case "1":
			return &rest.RateLimitError{}
		case "2":
			return &rest.RateLimitError{RetryAfter: 1500 * time.Millisecond}
		}
		return rest.ErrForbidden
	}}
	s := serve(t, o)
	const path = "/public-api/resources/taxes/v2.0"
	message := in("ampeco", 429, "too many requests: try again later")
	answered(t, s.ask("GET", path+"?page=1", "", ""), 429, message, "X-RateLimit-Remaining", "0")
	answered(t, s.ask("GET", path+"?page=2", "", ""), 429, message, "X-RateLimit-Remaining", "0", "Retry-After", "2")
	assert.Equal(t, 403, s.ask("GET", path+"?page=3", "", "").Code)
	w := s.ask("GET", path, readToken, "")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "0", w.Header().Get("X-RateLimit-Remaining"))
	assert.Equal(t, 401, s.ask("GET", "/tax/ABC/taxes", "", "").Code)
	assert.Equal(t, []string{"acme", "acme", "acme", "acme", "ABC"}, tenants)
	assert.EqualError(t, &rest.RateLimitError{}, "tax: too many requests")
	assert.EqualError(t, &rest.RateLimitError{RetryAfter: time.Minute}, "tax: too many requests: try again after 1m0s")
}

func TestBrowsersOfAllowedOriginsReadAnswers(t *testing.T) {
	const origin = "https://shop.example"
	s := withGermany(t, rest.Options{AllowOrigin: func(o string) bool { return o == origin }})
	for _, path := range []string{"/tax/acme/taxes/DE", "/tax/acme/taxes/SE", "/tax/acme/nothing"} {
		w := s.ask("GET", path, readToken, "", "Origin", origin)
		assert.Equal(t, origin, w.Header().Get("Access-Control-Allow-Origin"), path)
		assert.Equal(t, "Origin", w.Header().Get("Vary"))
		assert.Contains(t, w.Header().Get("Access-Control-Expose-Headers"), "X-Total-Count, ETag")
		assert.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
	}
	w := s.ask("OPTIONS", "/tax/acme/taxes/DE", "", "", "Origin", origin, "Access-Control-Request-Method", "PUT")
	assert.Equal(t, 204, w.Code)
	assert.Equal(t, "DELETE, GET, HEAD, OPTIONS, PUT", w.Header().Get("Access-Control-Allow-Methods"))
	assert.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "Authorization, Content-Type")
	assert.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "If-Match, If-None-Match")
	assert.Equal(t, "600", w.Header().Get("Access-Control-Max-Age"))
	for _, other := range []string{"https://evil.example", "null", ""} {
		w = s.ask("OPTIONS", "/tax/acme/taxes/DE", "", "", "Origin", other, "Access-Control-Request-Method", "PUT")
		assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
		assert.Empty(t, w.Header().Get("Access-Control-Allow-Methods"))
		assert.Equal(t, "Origin", w.Header().Get("Vary"))
	}
	w = withGermany(t, rest.Options{}).ask("GET", "/tax/acme/taxes/DE", readToken, "", "Origin", origin)
	assert.Empty(t, w.Header().Values("Vary"))
	assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
}

func TestFunctionsThatFailOrPanicAreFailuresOfTheServer(t *testing.T) {
	failed := in("emporix", 500, "A server-side exception occurred that prevented the system from correctly returning the result.")
	failed = strings.Replace(failed, "Internal Server Error", "Internal Service Error", 1)
	for name, o := range map[string]rest.Options{
		"error":            {Authorize: func(*http.Request, string, string) error { return errors.New(secret) }},
		"panic":            {Authorize: func(*http.Request, string, string) error { panic(secret) }},
		"panic of a hook":  {Before: func(http.Header, *http.Request, string) error { panic(secret) }},
		"panic of the log": {Authorize: func(*http.Request, string, string) error { return errors.New(secret) }},
	} {
		var got error
		o.Failed = func(_ *http.Request, err error) {
			got = err
			if name == "panic of the log" {
				panic("the log")
			}
		}
		answered(t, serve(t, o).ask("GET", "/tax/acme/taxes/DE", readToken, ""), 500, failed)
		assert.ErrorContains(t, got, secret, name)
		o.Failed = nil
		answered(t, serve(t, o).ask("GET", "/tax/acme/taxes/DE", readToken, ""), 500, failed)
	}
	for _, err := range []error{tax.ErrUnavailable, context.DeadlineExceeded, context.Canceled} {
		o := rest.Options{Authorize: func(*http.Request, string, string) error { return err }}
		assert.Equal(t, 503, serve(t, o).ask("GET", "/tax/acme/taxes/DE", readToken, "").Code)
	}
}

func TestWritesAreSeenByTheNextRead(t *testing.T) {
	s := withGermany(t, rest.Options{})
	const command = `{"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","price":100}}`
	calculated := func() string {
		return s.ask("PUT", "/tax/acme/taxes/calculation-commands", readToken, command).Body.String()
	}
	assert.Contains(t, calculated(), `"grossPrice":119`)
	update := strings.Replace(strings.TrimSuffix(germany, "}"), `"rate":19`, `"rate":20`, 1) + `,"metadata":{"version":1}}`
	require.Equal(t, 204, s.ask("PUT", "/tax/acme/taxes/DE", manageToken, update).Code)
	assert.Contains(t, calculated(), `"grossPrice":120`)
	require.Equal(t, 204, s.ask("DELETE", "/tax/acme/taxes/DE", manageToken, "").Code)
	assert.Contains(t, calculated(), `there is no tax configuration for the country \"DE\"`)
}
