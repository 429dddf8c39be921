package openapi

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

func clock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// authorize believes tokens of the form tok:TENANT:SCOPE+SCOPE.
func authorize(r *http.Request, tenant, scope string) error {
	token, _ := rest.Bearer(r)
	parts := strings.Split(token, ":")
	switch {
	case len(parts) != 3 || parts[0] != "tok":
		return rest.ErrUnauthenticated
	case tenant != "" && parts[1] != tenant, scope != "" && !slices.Contains(strings.Split(parts[2], "+"), scope):
		return rest.ErrForbidden
	}
	return nil
}

const (
	canada = `{"location":{"countryCode":"CA"},"tax":{"code":"GST","name":{"en":"GST","fr":"TPS"}},"timeZone":"America/Toronto","taxClasses":[` +
		`{"code":"STANDARD","name":{"en":"Standard","fr":"Normal"},"isDefault":true,"rates":[{"from":"2008-01-01","percent":5},{"from":"2006-07-01","percent":6}]},` +
		`{"code":"ZERO","rates":[{"percent":0,"treatment":"zeroRated"}]}]}`
	quebec  = `{"location":{"countryCode":"CA","region":"QC"},"postalCodes":["G*","H*"],"taxClasses":[{"code":"STANDARD","rates":[{"from":"2013-01-01","effect":"add","percent":9.975}]}]}`
	germany = `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":{"en":"Standard"},"rate":19,"isDefault":true},{"code":"ZERO","rate":0}]}`
	// vendorGermany replaces germany in the contract of Emporix.
	vendorGermany = `{"location":{"countryCode":"DE"},"metadata":{"version":1},"taxClasses":[{"code":"STANDARD","name":{"en":"Standard"},"rate":19,"isDefault":true}]}`
	priced        = `{"place":{"country":"CA","region":"QC"},"policy":{"currency":"CAD","level":"rate"},"basket":{"lines":[{"id":"pen","quantity":2,"price":"10.00","class":"STANDARD"}],"languages":["fr"]}}`
)

// world is a server of each contract over one store, with three configurations and a tax.
type world struct {
	own, emporix, ampeco http.Handler
	bodies               map[string][]string // documents that suit an operation
	failed               error
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s := store.NewMemory(&store.Options{Clock: clock})
	for _, text := range []string{canada, quebec, germany} {
		var c tax.Configuration
		require.NoError(t, c.UnmarshalJSON([]byte(text)))
		_, err := s.Create(context.Background(), "acme", c)
		require.NoError(t, err)
	}
	flat := ampeco.NewMemory(clock)
	d, err := ampeco.ParseDraft([]byte(`{"name":"VAT","percentage":20}`))
	require.NoError(t, err)
	_, err = flat.Create(context.Background(), d)
	require.NoError(t, err)
	r, err := tax.NewResolver(s, &tax.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	w := &world{bodies: map[string][]string{
		"put":   {germany, canada, quebec, strings.Replace(germany, `"taxClasses"`, `"metadata":{"version":1},"taxClasses"`, 1)},
		"patch": {`{"metadata":{"version":1},"timeZone":"Europe/Berlin"}`, `{"metadata":{"version":2},"taxClasses":{"ZERO":null}}`},
		"price": {priced},
		"PUT-tax-update-configuration-by-location": {vendorGermany, strings.Replace(vendorGermany, `{"en":"Standard"}`, `"Standard"`, 1)},
	}}
	o := rest.Options{Authorize: authorize, Failed: func(r *http.Request, err error) { w.failed = errors.Join(w.failed, err) }}
	w.own, err = rest.NewTax(s, r, &rest.TaxOptions{Options: o, MaxImportBytes: 1 << 20})
	require.NoError(t, err)
	w.emporix, err = rest.NewEmporix(s, r, &rest.EmporixOptions{Options: o})
	require.NoError(t, err)
	w.ampeco, err = rest.NewAMPECO(flat, &rest.AMPECOOptions{Options: o})
	require.NoError(t, err)
	return w
}

// learn keeps answers that suit other operations.
func (w *world) learn(e *Exchange) {
	if e.Status >= 300 || len(e.Answer) == 0 {
		return
	}
	answer := string(bytes.TrimSpace(e.Answer))
	switch {
	case strings.HasSuffix(e.URL, "/baskets/price"):
		w.bodies["refund"] = append(w.bodies["refund"], `{"sale":`+answer+`,"returns":[{"all":true}]}`, `{"sale":`+answer+`,"returns":[{"id":"pen","quantity":1}]}`)
		w.bodies["verify"] = append(w.bodies["verify"], `{"sale":`+answer+`}`)
	case strings.Contains(e.URL, "/export"):
		w.bodies["import"] = append(w.bodies["import"], string(e.Answer))
	}
}

// ask sends random requests, one after another, and returns what is wrong with one.
func (w *world) ask(d *Description, h http.Handler, c *choices, seen map[string]int) (*Exchange, error) {
	for n := 1 + c.of(6); n > 0; n-- {
		paths := d.document.Paths.Keys()
		path := pick(c, paths)
		methods := slices.Sorted(func(yield func(string) bool) {
			for m := range d.document.Paths.Value(path).Operations() {
				if !yield(m) {
					return
				}
			}
		})
		e := c.request(d, path, pick(c, methods), w.bodies)
		operation := e.Method + " " + path
		e.Ask(h)
		seen[operation+" "+strconv.Itoa(e.Status/100)]++
		if e.Status >= 500 || w.failed != nil {
			return e, errors.Join(errors.New("a failure of the server"), w.failed)
		}
		if e.Status < 300 && e.URL != "/v1/openapi.yaml" && !strings.Contains(e.Header.Get("Authorization"), "Bearer tok:") {
			return e, errors.New("answered without a token")
		}
		if err := d.Check(e); err != nil {
			return e, err
		}
		w.learn(e)
	}
	return nil, nil
}

func complain(t *testing.T, e *Exchange, err error) {
	t.Helper()
	t.Fatalf("%s %s %v\n%.4000s\n%d %.4000s\n%v", e.Method, e.URL, e.Header, e.Body, e.Status, e.Answer, err)
}

// FuzzRequests sends requests that are drawn from the description, with values that it
// permits and others. No answer is a failure of the server, or one that the description
// does not have; a request that succeeds is permitted.
func FuzzRequests(f *testing.F) {
	d := own(f)
	f.Add([]byte{})
	f.Add([]byte("a random request"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w := newWorld(t)
		if e, err := w.ask(d, w.own, &choices{text}, map[string]int{}); err != nil {
			complain(t, e, err)
		}
	})
}

// random asks OPENAPI_REQUESTS times, and then requires that every operation has succeeded
// and refused.
func random(t *testing.T, d *Description, of func(*world) http.Handler, ignored string) {
	t.Helper()
	times := 500
	if text := os.Getenv("OPENAPI_REQUESTS"); text != "" {
		var err error
		times, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	seen, source := map[string]int{}, rand.NewChaCha8([32]byte{1})
	for range times {
		text := make([]byte, 400)
		_, _ = source.Read(text)
		w := newWorld(t)
		e, err := w.ask(d, of(w), &choices{text}, seen)
		var p *Problem
		if err != nil && !(errors.As(err, &p) && p.Of == ignored) {
			complain(t, e, err)
		}
	}
	for path, item := range d.document.Paths.Map() {
		for method := range item.Operations() {
			for _, class := range []string{"2", "4"} {
				if path != "/v1/openapi.yaml" && seen[method+" "+path+" "+class] == 0 {
					t.Errorf("no random request to %s %s was answered with %sxx", method, path, class)
				}
			}
		}
	}
}

func TestRandomRequestsAreAnsweredAsDescribed(t *testing.T) {
	random(t, own(t), func(w *world) http.Handler { return w.own }, "")
}

// The contracts are tolerant: they permit requests that their descriptions do not.
func TestRandomRequestsToEmporixAreAnsweredAsDescribed(t *testing.T) {
	random(t, vendor(t, "emporix-tax.yml"), func(w *world) http.Handler { return w.emporix }, "request")
}

func TestRandomRequestsToAMPECOAreAnsweredAsDescribed(t *testing.T) {
	random(t, vendor(t, "ampeco-taxes.json"), func(w *world) http.Handler { return w.ampeco }, "request")
}
