package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// discarded is an answer that nobody reads, recycled between requests.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(status int)      { d.status = status }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }

// hot returns a function that asks both APIs of a server once more for what is in memory.
func hot(t testing.TB, path string) func() {
	s := store.NewMemory(&store.Options{Base: rates.World()})
	resolver, err := tax.NewResolver(s, nil)
	require.NoError(t, err)
	t.Cleanup(resolver.Close)
	o := rest.Options{Authorize: func(r *http.Request, tenant, _ string) error {
		if token, ok := rest.Bearer(r); !ok || token != readToken || tenant != "acme" {
			return rest.ErrUnauthenticated
		}
		return nil
	}}
	own, err := rest.NewTax(s, resolver, &rest.TaxOptions{Options: o})
	require.NoError(t, err)
	foreign, err := rest.NewEmporix(s, resolver, &rest.EmporixOptions{Options: o})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/v1/", own)
	mux.Handle("/tax/", foreign)
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+readToken)
	w := &discarded{header: http.Header{}}
	created := httptest.NewRequest("POST", "/tax/acme/taxes", strings.NewReader(`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Standard","rate":19,"isDefault":true}]}`))
	created.Header = http.Header{"Authorization": {"Bearer " + readToken}, "Content-Type": {jsonType}}
	mux.ServeHTTP(w, created)
	require.Equal(t, 201, w.status)
	ask := func() {
		clear(w.header)
		mux.ServeHTTP(w, r)
	}
	ask()
	require.Equal(t, 200, w.status)
	return ask
}

const (
	resolvePath  = "/v1/acme/resolve?country=DE&class=STANDARD"
	retrievePath = "/tax/acme/taxes/DE"
)

// TestAnswersFromMemoryAllocateLittle counts what each request costs beside what net/http
// itself does with it. Two more would be a cause to look.
func TestAnswersFromMemoryAllocateLittle(t *testing.T) {
	for path, most := range map[string]float64{resolvePath: 19, retrievePath: 17} {
		assert.LessOrEqual(t, testing.AllocsPerRun(100, hot(t, path)), most, path)
	}
}

func BenchmarkResolve(b *testing.B)  { benchmarkHot(b, resolvePath) }
func BenchmarkRetrieve(b *testing.B) { benchmarkHot(b, retrievePath) }

func benchmarkHot(b *testing.B, path string) {
	ask := hot(b, path)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}
