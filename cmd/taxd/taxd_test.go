package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// running is the program in this process.
type running struct {
	url, token string
	metrics    string // its URL, if there is one
	problems   *locked
	stop       func() (code int)
}

// locked is a buffer for several goroutines.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var noEnvironment []string

// start runs the program on a free port until the test ends.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	s, code := &running{problems: &locked{}}, make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"-listen", "127.0.0.1:0", "-store", "memory:"}, args...), noEnvironment, write, s.problems)
		write.Close()
	}()
	var once sync.Once
	last := -1
	s.stop = func() int {
		once.Do(func() { cancel(); last = <-code })
		return last
	}
	t.Cleanup(func() { s.stop() })
	s.url, s.token, s.metrics = announced(t, read, slices.Contains(args, "-metrics"))
	return s
}

// announced returns what the program prints when it serves.
func announced(t *testing.T, out io.Reader, measured bool) (url, token, metrics string) {
	t.Helper()
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the program did not start")
	_, url, _ = strings.Cut(lines.Text(), "listening on ")
	require.NotEmpty(t, url)
	if lines.Scan() {
		_, token, _ = strings.Cut(lines.Text(), "ends: ")
	}
	if measured && assert.True(t, lines.Scan()) {
		_, metrics, _ = strings.Cut(lines.Text(), "reach them, on ")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return url, token, metrics
}

// ask sends a request and returns the status and the body.
func ask(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	status, text, err := send(method, url, token, body)
	require.NoError(t, err)
	return status, text
}

func send(method, url, token, body string) (int, string, error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// eventuallyReady waits until the countries are in memory.
func eventuallyReady(t *testing.T, s *running) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, _, err := send("GET", s.url+"/readyz", "", "")
		return err == nil && status == http.StatusOK
	}, 20*time.Second, 20*time.Millisecond)
}

// written returns the path of a file with a text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const region = `{"location":{"countryCode":"DE","region":"X-A"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2021-01-01","percent":19}]}]}`

func TestProgramServesAllAPIs(t *testing.T) {
	s := start(t, "-ampeco-tenant", "acme", "-log-level", "DEBUG")
	eventuallyReady(t, s)
	for _, c := range []struct {
		path, token string
		status      int
		has         string
	}{
		{"/v1/acme/resolve?country=DE&class=STANDARD", s.token, 200, `"percent":"19"`},
		{"/v1/acme/resolve?country=DE&class=STANDARD", "", 401, ""},
		{"/v1/acme/resolve?country=DE&class=STANDARD", "wrong-wrong-wrong", 401, ""},
		{"/v1/openapi.yaml", "", 200, "openapi: 3.1"},
		{"/tax/acme/taxes", s.token, 200, "[]"},
		{"/public-api/resources/taxes/v2.0", s.token, 200, `"data":[]`},
		{"/healthz", "", 200, "ok"},
		{"/readyz", "", 200, "ready"},
		{"/", "", 200, "Tax rates of all countries"},
	} {
		status, body := ask(t, "GET", s.url+c.path, c.token, "")
		assert.Equal(t, c.status, status, "%s %s", c.path, body)
		assert.Contains(t, body, c.has, c.path)
	}
	assert.Equal(t, exitDone, s.stop())
	assert.Contains(t, s.problems.String(), `"path":"/v1/acme/resolve"`)
	assert.NotContains(t, s.problems.String(), s.token)
}

func TestAPIsThatWereNotAskedForAreNotServed(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/public-api/resources/taxes/v2.0", "/metrics"} {
		status, _ := ask(t, "GET", s.url+path, s.token, "")
		assert.Equal(t, 404, status, path)
	}
}

func TestTokensPermitTheirTenantAndScope(t *testing.T) {
	s := start(t, "-token-file", written(t, "tokens", "# shops\nreader-of-acme-0 acme read\n\nmanager-of-acme-0 acme manage\noperator-of-all-0 * read\n"))
	get, put := s.url+"/v1/acme/configurations", s.url+"/v1/acme/configurations/DE-X-A"
	for _, c := range []struct {
		method, url, token string
		status             int
	}{
		{"GET", get, "reader-of-acme-0", 200},
		{"GET", strings.Replace(get, "acme", "other", 1), "reader-of-acme-0", 403},
		{"GET", strings.Replace(get, "acme", "other", 1), "operator-of-all-0", 200},
		{"PUT", put, "reader-of-acme-0", 403},
		{"PUT", put, "operator-of-all-0", 403},
		{"GET", get, "nobody-of-acme-00", 401},
		{"DELETE", put, "manager-of-acme-0", 404},
	} {
		body := ""
		if c.method == "PUT" {
			body = region
		}
		status, text := ask(t, c.method, c.url, c.token, body)
		assert.Equal(t, c.status, status, "%s %s %s: %s", c.method, c.url, c.token, text)
	}
}

func TestFlatTaxesLastInSQLite(t *testing.T) {
	args := []string{"-ampeco-tenant", "acme", "-store", "sqlite:" + filepath.Join(t.TempDir(), "taxes.db")}
	const path = "/public-api/resources/taxes/v2.0"
	s := start(t, args...)
	status, text := ask(t, "POST", s.url+path, s.token, `{"name":"VAT","percentage":20}`)
	require.Equal(t, 201, status, text)
	require.Equal(t, exitDone, s.stop())
	s = start(t, args...)
	status, text = ask(t, "GET", s.url+path+"/1", s.token, "")
	assert.Equal(t, 200, status, text)
	assert.Contains(t, text, `"percentage":20`)
}

func TestStoresKeepWhatIsWritten(t *testing.T) {
	for _, kind := range []string{"sqlite:", "file:"} {
		t.Run(kind, func(t *testing.T) {
			address := kind + filepath.Join(t.TempDir(), "taxes")
			if kind == "file:" {
				require.NoError(t, os.Mkdir(strings.TrimPrefix(address, kind), 0o700))
			}
			s := start(t, "-store", address)
			status, text := ask(t, "PUT", s.url+"/v1/acme/configurations/DE-X-A", s.token, region)
			require.Contains(t, []int{200, 201}, status, text)
			require.Equal(t, exitDone, s.stop())
			s = start(t, "-store", address)
			status, text = ask(t, "GET", s.url+"/v1/acme/configurations/DE-X-A", s.token, "")
			assert.Equal(t, 200, status, text)
			assert.Contains(t, text, `"STANDARD"`)
		})
	}
}

func TestLittleMemoryIsNotCollectedAgainAndAgain(t *testing.T) {
	eventuallyReady(t, start(t))
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 128 {
		garbage = make([]byte, 1<<20)
	}
	runtime.ReadMemStats(&after)
	assert.LessOrEqual(t, after.NumGC-before.NumGC, uint32(6))
}

var garbage []byte
