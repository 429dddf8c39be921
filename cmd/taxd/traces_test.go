package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// collected is what a collector of traces got.
type collected struct {
	path, header string
	body         string
}

func TestTracesAreSentToTheCollector(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20collector")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=proof")
	got := make(chan collected, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- collected{r.URL.Path, r.Header.Get("Authorization"), string(body)} // strings are as they are in it
	}))
	defer collector.Close()
	s := start(t, "-traces", collector.URL)
	eventuallyReady(t, s)
	status, text := ask(t, "GET", s.url+"/v1/acme/resolve?country=DE&class=STANDARD", s.token, "")
	require.Equal(t, 200, status, text)
	status, _ = ask(t, "GET", s.url+"/metrics", "", "")
	assert.Equal(t, 404, status, "nobody asked for metrics")
	require.Equal(t, exitDone, s.stop())
	close(got)
	all := ""
	for c := range got {
		assert.Equal(t, "/v1/traces", c.path)
		assert.Equal(t, "Basic collector", c.header)
		all += c.body
	}
	for _, has := range []string{"GET /v1/{tenant}/resolve", "tax.load", "service.name", "taxd", "deployment.environment.name", "proof"} {
		assert.Contains(t, all, has)
	}
	assert.NotContains(t, all, s.token)
	assert.NotContains(t, all, "acme")
}

func TestCollectorThatIsDownHurtsNobody(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "200")
	down := httptest.NewServer(nil)
	down.Close()
	s := start(t, "-traces", down.URL+"/other/path")
	eventuallyReady(t, s)
	assert.Eventually(t, func() bool { return len(s.problems.String()) > 0 }, 10*time.Second, 10*time.Millisecond)
	status, _ := ask(t, "GET", s.url+"/v1/acme/resolve?country=DE&class=STANDARD", s.token, "")
	assert.Equal(t, 200, status)
	began := time.Now()
	assert.Equal(t, exitDone, s.stop())
	assert.Less(t, time.Since(began), 2*tracesPatience)
	assert.Contains(t, s.problems.String(), "traces are lost")
	assert.NotContains(t, s.problems.String(), s.token)
}
