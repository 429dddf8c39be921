package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
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
	"github.com/taxresolve/tax/store"
)

// measured is a server with metrics, and some traffic.
func measured(t *testing.T) *running {
	t.Helper()
	folder := t.TempDir()
	s := start(t, "-metrics", "127.0.0.1:0", "-store", "file:"+folder, "-log-level", "DEBUG")
	eventuallyReady(t, s)
	resolve := s.url + "/v1/secretive/resolve?country=DE&class=STANDARD"
	document := s.url + "/v1/secretive/configurations/DE-X-A"
	for _, c := range []struct {
		method, url, token, body string
		status                   []int
	}{
		{"GET", resolve, s.token, "", []int{200}},
		{"GET", resolve, s.token, "", []int{200}},
		{"GET", resolve, "", "", []int{401}},
		{"GET", document, s.token, "", []int{404}},
		{"PUT", document, s.token, region, []int{200, 201}},
		{"GET", resolve, s.token, "", []int{200}},
	} {
		status, text := ask(t, c.method, c.url, c.token, c.body)
		require.Contains(t, c.status, status, text)
	}
	others, err := store.OpenFile(folder, nil)
	require.NoError(t, err)
	defer others.Close()
	noticed := func() bool {
		status, _, err := send("GET", resolve, s.token, "")
		return err == nil && status == 200 && regexp.MustCompile(`\ntax_store_propagation_lag_seconds_count [1-9]`).MatchString(scraped(t, s))
	}
	// A write that is read before its notice comes is not measured: then another one is.
	for began := time.Now(); !noticed(); {
		require.Less(t, time.Since(began), 20*time.Second, "writes of another process are not noticed")
		changed, err := others.Get(t.Context(), "secretive", tax.Location{Country: "DE", Region: "X-A"})
		require.NoError(t, err)
		_, err = others.Update(t.Context(), "secretive", changed)
		require.NoError(t, err)
		for waited := time.Now(); !noticed() && time.Since(waited) < 3*time.Second; {
			time.Sleep(20 * time.Millisecond)
		}
	}
	return s
}

func scraped(t *testing.T, s *running) string {
	t.Helper()
	status, text := ask(t, "GET", s.metrics, "", "")
	require.Equal(t, 200, status, text)
	return text
}

// known are the names of metrics and of their labels.
type known struct{ names, labels map[string]bool }

func namesIn(text string) known {
	k := known{map[string]bool{}, map[string]bool{"le": true}}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, rest, _ = strings.Cut(name+" "+rest, "{")
		name, _, _ = strings.Cut(name, " ")
		k.names[name] = true
		for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(rest, -1) {
			k.labels[label[1]] = true
		}
	}
	return k
}

var (
	metricName = regexp.MustCompile(`\b(?:tax|http|go|process|taxd)_[a-z_]+\b`)
	selector   = regexp.MustCompile(`\{([^}]*)\}`)
	grouping   = regexp.MustCompile(`\bby \(([^)]*)\)`)
	labelName  = regexp.MustCompile(`([a-z_]+) *(?:=~|!~|!=|=)`)
)

// check requires that metrics and labels of an expression exist.
func (k known) check(t *testing.T, expression string) (names []string) {
	t.Helper()
	var labels []string
	for _, s := range selector.FindAllStringSubmatch(expression, -1) {
		for _, l := range labelName.FindAllStringSubmatch(s[1], -1) {
			labels = append(labels, l[1])
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(expression, -1) {
		labels = append(labels, regexp.MustCompile(`[a-z_]+`).FindAllString(g[1], -1)...)
	}
	for _, l := range labels {
		assert.True(t, k.labels[l] || l == "job" || l == "instance", "there is no label %s in %s", l, expression)
	}
	bare := grouping.ReplaceAllString(selector.ReplaceAllString(expression, ""), "")
	for _, n := range metricName.FindAllString(bare, -1) {
		assert.True(t, k.names[n], "there is no metric %s in %s", n, expression)
		names = append(names, n)
	}
	return names
}

func TestMetricsAreThoseOfTheServer(t *testing.T) {
	s := measured(t)
	text := scraped(t, s)
	for _, line := range []string{
		`tax_cache_hits_total \d+`, `tax_cache_misses_total \d+`, `tax_cache_stale_answers_total 0`, `tax_cache_evictions_total 0`,
		`tax_cache_countries \d+`, `tax_cache_size_bytes [0-9.e+]+`, `tax_load_active 0`, `tax_load_abandoned 0`,
		`tax_load_duration_seconds_count\{tax_load_background="false"\} \d+`, `tax_store_watch_active 1`,
		`tax_store_operation_duration_seconds_count\{error_type="not_found",tax_store_operation="get"\} 1`,
		`http_server_request_duration_seconds_count\{http_request_method="GET",http_response_status_code="401",http_route="/v1/\{tenant\}/resolve",url_scheme="http"\} 1`,
		`http_server_active_requests\{http_request_method="GET",url_scheme="http"\} 0`, `go_goroutines \d+`,
	} {
		assert.True(t, regexp.MustCompile(`(?m)^`+line+`$`).MatchString(text), line)
	}
	assert.NotContains(t, text, "secretive", "a tenant")
	assert.NotContains(t, text, s.token)

	t.Run("Dashboard", func(t *testing.T) { dashboardShows(t, namesIn(text)) })
	t.Run("Operations", func(t *testing.T) { operationsNames(t, namesIn(text)) })
	t.Run("Private", func(t *testing.T) {
		for _, path := range []string{"/metrics", "/metrics/"} {
			status, _ := ask(t, "GET", s.url+path, s.token, "")
			assert.Equal(t, 404, status, "only the address of metrics has them")
		}
		for _, path := range []string{"/", "/healthz", "/v1/acme/resolve?country=DE", "/debug/pprof/"} {
			status, _ := ask(t, "GET", strings.TrimSuffix(s.metrics, "/metrics")+path, s.token, "")
			assert.Equal(t, 404, status, "that address has nothing else")
		}
	})
	assert.Equal(t, exitDone, s.stop())
	_, err := http.Get(s.metrics) //nolint:noctx // it is expected to fail at once
	assert.Error(t, err, "metrics end with the server")
}

// dashboardShows requires that a dashboard names nothing that does not exist, and shows
// every metric of the library.
func dashboardShows(t *testing.T, k known) {
	text, err := os.ReadFile("grafana.json")
	require.NoError(t, err)
	var dashboard struct {
		Title  string
		UID    string
		Panels []struct {
			Title, Type, Description string
			ID                       int
			Targets                  []struct{ Expr string }
			FieldConfig              struct{ Defaults struct{ Unit string } }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	assert.NotEmpty(t, dashboard.Title)
	require.Greater(t, len(dashboard.Panels), 8)
	shown, ids := map[string]bool{}, map[int]bool{}
	for _, p := range dashboard.Panels {
		assert.NotEmpty(t, p.Title)
		assert.NotEmpty(t, p.Description, p.Title)
		assert.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
		assert.False(t, ids[p.ID], "two panels have the number %d", p.ID)
		ids[p.ID] = true
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			names := k.check(t, target.Expr)
			assert.NotEmpty(t, names, target.Expr)
			for _, n := range names {
				shown[n] = true
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(k.names)) {
		if (strings.HasPrefix(n, "tax_") || strings.HasPrefix(n, "http_")) && !regexp.MustCompile(`_(bucket|sum|count)$`).MatchString(n) {
			assert.True(t, shown[n], "no panel shows %s", n)
		}
		if base, ok := strings.CutSuffix(n, "_bucket"); ok && strings.HasPrefix(n, "tax_") {
			assert.True(t, shown[n] || shown[base+"_count"], "no panel shows %s", base)
		}
	}
}

// operationsNames requires that docs/operations.md names nothing that does not exist, and
// says what every metric of the library means.
func operationsNames(t *testing.T, k known) {
	page, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	for name := range k.names { // the page means a histogram as a whole
		if base, ok := strings.CutSuffix(name, "_bucket"); ok {
			k.names[base] = true
		}
	}
	alerts := 0
	for _, e := range regexp.MustCompile(`(?m)^ +expr: (.*)$`).FindAllStringSubmatch(string(page), -1) {
		assert.NotEmpty(t, k.check(t, e[1]))
		alerts++
	}
	assert.Equal(t, strings.Count(string(page), "- alert: "), alerts)
	assert.Greater(t, alerts, 5)
	table := string(page)[strings.Index(string(page), "## What each number means"):]
	for name := range k.names {
		if ours := strings.HasPrefix(name, "tax_") || strings.HasPrefix(name, "http_"); ours && !regexp.MustCompile(`_(bucket|sum|count)$`).MatchString(name) {
			assert.Contains(t, table, "`"+name+"`", "no row says what it means")
		}
	}
	for _, quoted := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(string(page), -1) {
		if metricName.MatchString(quoted[1]) {
			assert.True(t, k.names[quoted[1]] || k.labels[quoted[1]], "there is no %s", quoted[1])
		}
	}
}

// A line of the log that docs/operations.md explains is one that is written.
func TestDocumentedLinesOfTheLogAreWritten(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	var code []byte
	for _, path := range []string{"../../observe/log.go", "../../observer.go", "server.go"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		code = append(code, text...)
	}
	_, table, found := strings.Cut(string(page), "\n## Logs\n")
	require.True(t, found)
	lines := 0
	for line := range strings.Lines(table) {
		if name, _, row := strings.Cut(strings.TrimPrefix(line, "| `"), "` |"); row {
			for part := range strings.SplitSeq(name, "`, `") {
				assert.Contains(t, string(code), `"`+part+`"`)
				lines++
			}
		}
	}
	assert.Greater(t, lines, 10)
}

// failing is a store that cannot be reached.
type failing struct{ *store.Memory }

func (failing) Configurations(context.Context, tax.Key) ([]tax.Configuration, error) {
	return nil, &tax.StoreError{Kind: tax.ErrUnavailable}
}

func TestFailuresOfTheStoreAreLogged(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:0"} {
		var written bytes.Buffer
		c := config{metrics: address, maxBodyBytes: 1 << 20, requestTimeout: time.Second}
		s, err := newServer(t.Context(), c, new(tokens).authorize, backing{store: failing{store.NewMemory(nil)}, close: func() {}}, slog.New(slog.NewJSONHandler(&written, nil)))
		require.NoError(t, err)
		_, err = s.resolver.Tenant("acme").Resolve(t.Context(), "DE", "")
		require.ErrorIs(t, err, tax.ErrUnavailable)
		s.close()
		assert.Contains(t, written.String(), `"level":"ERROR","msg":"load failed","tenant":"acme","country":"DE"`, "metrics on %q", address)
	}
}
