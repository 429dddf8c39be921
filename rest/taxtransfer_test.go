package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

const linesType = "application/x-ndjson"

// exportOf is an export of a tenant with one record for each document.
func exportOf(tenant string, documents ...string) string {
	var text strings.Builder
	text.WriteString(`{"format":"taxresolve configurations","version":1}` + "\n")
	for _, d := range documents {
		fmt.Fprintf(&text, `{"tenant":%q,"configuration":%s}`+"\n", tenant, d)
	}
	fmt.Fprintf(&text, `{"records":%d}`+"\n", len(documents))
	return text.String()
}

func countryDocument(code string) string {
	return `{"location":{"countryCode":"` + code + `"},"taxClasses":[{"code":"STANDARD","isDefault":true,"rates":[{"percent":19}]}]}`
}

func TestAnExportIsImportedElsewhereAsItWas(t *testing.T) {
	from := canada(t, rest.Options{})
	w := from.ask("GET", "/v1/acme/export", readToken, "")
	require.Equal(t, 200, w.Code, w.Body)
	assert.Equal(t, linesType, w.Header().Get("Content-Type"))
	exported := w.Body.String()
	assert.True(t, strings.HasPrefix(exported, `{"format":"taxresolve configurations","version":1}`+"\n"))
	assert.True(t, strings.HasSuffix(exported, "\n"+`{"records":2}`+"\n"), exported)
	head := from.ask("HEAD", "/v1/acme/export", readToken, "")
	assert.Equal(t, 200, head.Code)
	assert.Empty(t, head.Body.String())

	to := serveTax(t, rest.Options{}, store.NewMemory(nil))
	load := func(query string) string {
		w := to.ask("POST", "/v1/acme/import"+query, manageToken, exported, "Content-Type", linesType)
		require.Equal(t, 200, w.Code, w.Body)
		return w.Body.String()
	}
	size := fmt.Sprint(len(exported))
	assert.JSONEq(t, `{"records":2,"bytes":`+size+`,"next":2,"written":2,"unchanged":0,"kept":0,"refused":0,"ended":0}`, load("?dryRun=true"))
	assert.Equal(t, 404, to.ask("GET", "/v1/acme/configurations/CA", readToken, "").Code)
	assert.JSONEq(t, `{"records":2,"bytes":`+size+`,"next":2,"written":2,"unchanged":0,"kept":0,"refused":0,"ended":0}`, load(""))
	assert.Equal(t, exported, to.ask("GET", "/v1/acme/export", readToken, "").Body.String())
	assert.JSONEq(t, `{"records":2,"bytes":`+size+`,"next":2,"written":0,"unchanged":2,"kept":0,"refused":0,"ended":0}`, load("?keepExisting=true&skip=0"))
	load("?asNew=true")

	w = from.ask("PATCH", "/v1/acme/configurations/CA", manageToken, `{"metadata":{"version":1},"timeZone":"America/Toronto"}`)
	require.Equal(t, 200, w.Code, w.Body)
	assert.Equal(t, 1, strings.Count(from.ask("GET", "/v1/acme/export?history=true", readToken, "").Body.String(), `"ended":`))
	assert.Equal(t, 0, strings.Count(from.ask("GET", "/v1/acme/export?history=false", readToken, "").Body.String(), `"ended":`))
}

func TestAnImportNeverWritesToAnotherTenant(t *testing.T) {
	s := serveTax(t, rest.Options{}, store.NewMemory(nil))
	const version = `{"tenant":"others","ended":{"configuration":{"location":{"countryCode":"AT"},"taxClasses":[]},"from":"2020-01-01T00:00:00Z"}}`
	body := `{"format":"taxresolve configurations","version":1}` + "\n" + version + "\n" +
		`{"tenant":"others","configuration":` + countryDocument("DE") + "}\n" +
		`{"configuration":` + countryDocument("FR") + "}\n" +
		`{"tenantBase64":"b3RoZXJz","configuration":` + countryDocument("IT") + "}\n" +
		`{"tenant":"acme","configuration":` + countryDocument("SE") + "}\n" + `{"records":5}` + "\n"
	w := s.ask("POST", "/v1/acme/import", manageToken, body, "Content-Type", linesType)
	require.Equal(t, 422, w.Code, w.Body)
	var answer struct {
		Error  struct{ Code string }
		Report store.Report
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	assert.Equal(t, "records_refused", answer.Error.Code)
	assert.EqualValues(t, 1, answer.Report.Written)
	assert.EqualValues(t, 4, answer.Report.Refused)
	for i, value := range []string{"others", "others", "", "others"} {
		r := answer.Report.Rejections[i]
		assert.EqualValues(t, i+1, r.Record)
		assert.Equal(t, "acme", r.Tenant)
		assert.Equal(t, "tenant", r.Path)
		assert.Contains(t, r.Message, "not allowed here: import each tenant by itself")
		assert.Contains(t, r.Message, value)
	}
	others := s.ask("GET", "/v1/others/export", "tok:others:tax.tax_read", "").Body.String()
	assert.True(t, strings.HasSuffix(others, "\n"+`{"records":0}`+"\n"), others)
	assert.Equal(t, 200, s.ask("GET", "/v1/acme/configurations/SE", readToken, "").Code)
}

func TestAnImportSaysWhatItDidNotTake(t *testing.T) {
	whole := exportOf("acme", countryDocument("AT"), countryDocument("BE"))
	cut := strings.TrimSuffix(whole, `{"records":2}`+"\n")
	for name, c := range map[string]struct {
		query, body   string
		status        int
		code          string
		written, next int64
	}{
		"a fault":          {"", exportOf("acme", countryDocument("AT"), `{"location":{"countryCode":"BE"},"taxClasses":[],"x":1}`), 422, "records_refused", 1, 2},
		"no last line":     {"", cut, 400, "incomplete", 0, 0},
		"half a line":      {"", cut[:len(cut)-20], 400, "incomplete", 0, 0},
		"a wrong count":    {"", strings.Replace(whole, `"records":2`, `"records":3`, 1), 400, "mismatch", 0, 0},
		"nothing":          {"", " ", 400, "missing", 0, 0},
		"not JSON":         {"", "x", 400, "", 0, 0},
		"another format":   {"", strings.Replace(whole, "taxresolve", "other", 1), 400, "", 0, 0},
		"more is skipped":  {"?skip=3", whole, 400, "out_of_range", 0, 2},
		"one is JSON":      {"", countryDocument("AT"), 200, "", 1, 1},
		"a list is JSON":   {"", "[" + countryDocument("AT") + "," + countryDocument("BE") + "]", 200, "", 2, 2},
		"skip is negative": {"?skip=-1", whole, 400, "", -1, 0},
		"skip is no count": {"?skip=1e3", whole, 400, "", -1, 0},
		"no truth":         {"?dryRun=1", whole, 400, "", -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := serveTax(t, rest.Options{}, store.NewMemory(nil)).ask("POST", "/v1/acme/import"+c.query, manageToken, c.body, "Content-Type", linesType)
			assert.Equal(t, c.status, w.Code, w.Body)
			var answer struct {
				Error  struct{ Code, Message string }
				Report *store.Report
				store.Progress
			}
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			if c.code != "" {
				assert.Equal(t, c.code, answer.Error.Code, w.Body)
			}
			assert.Equal(t, c.status != 200, answer.Error.Message != "")
			switch {
			case c.written < 0:
				assert.Nil(t, answer.Report, "nothing was read")
				return
			case c.status != 200:
				require.NotNil(t, answer.Report)
				answer.Progress = answer.Report.Progress
			}
			assert.Equal(t, c.written, answer.Written, w.Body)
			assert.Equal(t, c.next, answer.Next, w.Body)
		})
	}
}

func TestImportsAreBounded(t *testing.T) {
	body := exportOf("acme", countryDocument("AT"), countryDocument("BE"))
	memory := store.NewMemory(nil)
	r, err := tax.NewResolver(memory, nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	h, err := rest.NewTax(memory, r, &rest.TaxOptions{Options: rest.Options{Authorize: authorize}, MaxImportBytes: int64(len(body)) - 5})
	require.NoError(t, err)
	s := &server{Handler: recorded(h)}
	w := s.ask("POST", "/v1/acme/import", manageToken, body, "Content-Type", linesType)
	answered(t, w, 413, fmt.Sprintf(`{"error":{"code":"request_entity_too_large","message":"the body is larger than %d bytes"}}`, len(body)-5))
	ask := httptest.NewRequest("POST", "http://shop.example/v1/acme/import", io.MultiReader(strings.NewReader(body))) // of unknown length
	ask.Header = http.Header{"Content-Type": {linesType}, "Authorization": {"Bearer " + manageToken}}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, ask)
	assert.Equal(t, 413, answer.Code, answer.Body)
	assert.Contains(t, answer.Body.String(), `"report":{"records":2,`)
	for _, kind := range []string{"", "text/plain", "application/x-ndjson; charset=latin1", "text/csv"} {
		answered(t, s.ask("POST", "/v1/acme/import", manageToken, "x", "Content-Type", kind), 415,
			`{"error":{"code":"unsupported_media_type","message":"write the body as application/json or application/x-ndjson or application/jsonl in UTF-8"}}`,
			"Accept", "application/json, application/x-ndjson, application/jsonl")
	}
	for _, o := range []rest.TaxOptions{{MaxImportBytes: -1}, {TransferTimeout: -1}} {
		o.Authorize = authorize
		_, err := rest.NewTax(memory, r, &o)
		assert.ErrorContains(t, err, "negative")
	}
}

// connected sends requests over a connection.
func connected(t *testing.T, h http.Handler, configure func(*http.Server)) func(method, path string, body io.Reader) (*http.Response, error) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	if configure != nil {
		configure(s.Config)
	}
	s.Start()
	t.Cleanup(s.Close)
	return func(method, path string, body io.Reader) (*http.Response, error) {
		r, err := http.NewRequest(method, s.URL+path, body)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+manageToken)
		r.Header.Set("Content-Type", linesType)
		return s.Client().Do(r)
	}
}

// breaking fails to read one country.
type breaking struct {
	tax.Store
	country string
	err     error
	damaged []tax.Configuration // without an error
}

func (b breaking) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	if l.Country == b.country && len(b.damaged) > 0 {
		return tax.Configuration{}, fmt.Errorf("%w: %s", tax.ErrInvalid, secret)
	}
	return b.Store.Get(ctx, tenant, l)
}

func (b breaking) List(ctx context.Context, tenant string, q tax.Query) (tax.Page, error) {
	return b.Store.(tax.Lister).List(ctx, tenant, q)
}

func (b breaking) Configurations(ctx context.Context, k tax.Key) ([]tax.Configuration, error) {
	if k.Country == b.country {
		return slices.Clone(b.damaged), b.err
	}
	return b.Store.Configurations(ctx, k)
}

func TestAnExportThatBreaksOffIsNotTakenForAComplete(t *testing.T) {
	memory := store.NewMemory(nil)
	for _, code := range []string{"AT", "DE", "FR", "IT"} {
		c := tax.Configuration{Location: tax.Location{Country: code}, Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent("19")}}}}}
		for i := range 600 {
			c.Classes = append(c.Classes, tax.Class{Code: fmt.Sprintf("CLASS-WITH-A-LONG-CODE-%040d", i), Rates: []tax.Rate{{Percent: tax.MustPercent("7")}}})
		}
		_, err := memory.Create(t.Context(), "acme", c)
		require.NoError(t, err)
	}
	var failed atomic.Int64
	var last atomic.Value
	o := rest.Options{Failed: func(_ *http.Request, err error) { failed.Add(1); last.Store(err.Error()) }}
	down := &tax.StoreError{Kind: tax.ErrUnavailable, Tenant: "acme", Cause: errors.New(secret)}
	ask := connected(t, serveTax(t, o, breaking{memory, "IT", down, nil}), nil)
	response, err := ask("GET", "/v1/acme/export", nil)
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, response.Body.Close())
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "the connection was cut")
	assert.NotEmpty(t, text)
	assert.False(t, strings.Contains(string(text), `"records"`), "no last line")
	assert.False(t, strings.Contains(string(text), secret))
	assert.EqualValues(t, 1, failed.Load())
	// What has arrived is imported without the country at its end, and without a success.
	w := serveTax(t, rest.Options{}, store.NewMemory(nil)).ask("POST", "/v1/acme/import", manageToken, string(text), "Content-Type", linesType)
	assert.Equal(t, 400, w.Code)
	assert.Contains(t, w.Body.String(), `"code":"incomplete"`)

	w = serveTax(t, rest.Options{}, breaking{memory, "AT", down, nil}).ask("GET", "/v1/acme/export", readToken, "")
	answered(t, w, 503, `{"error":{"code":"unavailable","message":"the tax rates are not available at the moment: try again"}}`, "Retry-After", "1")
	assert.Equal(t, jsonType, w.Header().Get("Content-Type"))

	// A document that cannot be read is missing: neither is that export complete.
	unreadable := []tax.Configuration{{Location: tax.Location{Country: "IT"}}}
	ask = connected(t, serveTax(t, o, breaking{memory, "IT", nil, unreadable}), nil)
	response, err = ask("GET", "/v1/acme/export", nil)
	require.NoError(t, err)
	text, err = io.ReadAll(response.Body)
	require.NoError(t, response.Body.Close())
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.False(t, strings.Contains(string(text), `"records"`), "no last line")
	assert.EqualValues(t, 2, failed.Load())
	assert.Contains(t, last.Load(), "IT", "the log names the document")
}

func TestCountriesAreWrittenWhileTheImportArrives(t *testing.T) {
	memory := store.NewMemory(nil)
	// The times of the server are over before the body is complete.
	ask := connected(t, serveTax(t, rest.Options{}, memory), func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout = 20*time.Millisecond, 20*time.Millisecond
	})
	body, client := io.Pipe()
	documents := []string{countryDocument("AT")}
	for i := range 600 { // more than what is written at once
		documents = append(documents, fmt.Sprintf(`{"location":{"countryCode":"AT","region":"X-%d"},"taxClasses":[]}`, i))
	}
	lines := strings.SplitAfter(exportOf("acme", append(documents, countryDocument("BE"), countryDocument("DE"))...), "\n")
	go func() {
		_, _ = io.WriteString(client, strings.Join(lines[:603], ""))
		time.Sleep(40 * time.Millisecond)
		for {
			if _, err := memory.Get(t.Context(), "acme", tax.Location{Country: "AT"}); err == nil || t.Context().Err() != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		_, _ = io.WriteString(client, strings.Join(lines[603:], ""))
		_ = client.Close()
	}()
	response, err := ask("POST", "/v1/acme/import", body)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, 200, response.StatusCode, "%s", answer)
	assert.Contains(t, string(answer), `"written":603`)
}

func TestAnImportThatDoesNotArriveEnds(t *testing.T) {
	ask := connected(t, serveTax(t, rest.Options{Timeout: 20 * time.Millisecond}, store.NewMemory(nil)), nil)
	body, client := io.Pipe()
	defer client.Close()
	go func() { _, _ = io.WriteString(client, exportOf("acme", countryDocument("AT"))[:90]) }()
	began := time.Now()
	response, err := ask("POST", "/v1/acme/import", body)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, 408, response.StatusCode)
	assert.Less(t, time.Since(began), 3*time.Second)
	text, err := bufio.NewReader(response.Body).ReadString('\n')
	assert.ErrorIs(t, err, io.EOF)
	assert.Contains(t, text, `"code":"request_timeout"`)
}

// A request that nobody waits for any more stops the work of its store.
func TestACancelledTransferStops(t *testing.T) {
	for _, method := range []string{"GET /v1/acme/export", "POST /v1/acme/import"} {
		asked, ended := make(chan struct{}), make(chan error, 1)
		s := serveTax(t, rest.Options{Timeout: time.Minute, Failed: func(_ *http.Request, err error) { ended <- err }}, waiting{store.NewMemory(nil), asked})
		verb, path, _ := strings.Cut(method, " ")
		ctx, cancel := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, verb, "http://shop.example"+path, strings.NewReader(exportOf("acme", countryDocument("AT"))))
		r.Header = http.Header{"Content-Type": {linesType}, "Authorization": {"Bearer " + manageToken}}
		go s.ServeHTTP(httptest.NewRecorder(), r)
		<-asked
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled, method)
	}
}

// waiting waits in each call until its context ends, and says when it does so first.
type waiting struct {
	tax.Store
	asked chan struct{}
}

func (w waiting) wait(ctx context.Context) error {
	select {
	case <-w.asked:
	default:
		close(w.asked)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (w waiting) Configurations(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
	return nil, w.wait(ctx)
}

func (w waiting) Get(ctx context.Context, _ string, _ tax.Location) (tax.Configuration, error) {
	return tax.Configuration{}, w.wait(ctx)
}

func (w waiting) Create(ctx context.Context, _ string, c tax.Configuration) (tax.Configuration, error) {
	return c, w.wait(ctx)
}

func (w waiting) List(ctx context.Context, _ string, _ tax.Query) (tax.Page, error) {
	return tax.Page{}, w.wait(ctx)
}
