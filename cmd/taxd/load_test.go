package main

import (
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHoldsUnderLoad sends requests as fast as the program answers, one in a hundred of them
// a write, for TAXD_LOAD, such as 10m: no error, each write is seen by the next read of its
// client, and heap and goroutines do not grow.
func TestHoldsUnderLoad(t *testing.T) {
	duration := time.Second
	if text := os.Getenv("TAXD_LOAD"); text != "" {
		var err error
		duration, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	s := start(t, "-store", "sqlite:"+filepath.Join(t.TempDir(), "taxes.db"))
	eventuallyReady(t, s)
	const clients = 16
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	until := time.Now().Add(duration)
	var asked, written atomic.Int64
	var running sync.WaitGroup
	for i := range clients {
		running.Go(func() {
			c := &loadClient{http: &http.Client{Transport: transport}, url: s.url + "/v1/shop-" + strconv.Itoa(i), token: s.token}
			for n := 0; time.Now().Before(until); n++ {
				if err := c.step(n); err != nil {
					t.Errorf("client %d, request %d: %v", i, n, err)
					return
				}
				asked.Add(1)
			}
			written.Add(int64(c.version))
		})
	}
	var heap []float64
	var goroutines []int
	for range 10 {
		time.Sleep(duration / 11)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap, goroutines = append(heap, float64(m.HeapAlloc)/(1<<20)), append(goroutines, runtime.NumGoroutine())
	}
	running.Wait()
	t.Logf("%d requests, %d of them writes, in %s: %.0f a second; heap %.1f MiB; goroutines %d", asked.Load(), written.Load(), duration,
		float64(asked.Load())/duration.Seconds(), heap, goroutines)
	assert.Positive(t, written.Load())
	first, last := slices.Max(heap[:5]), slices.Max(heap[5:])
	assert.Less(t, last, first*1.2+4, "the heap grows")
	assert.Less(t, slices.Max(goroutines[5:]), slices.Max(goroutines[:5])+clients, "goroutines are left")
}

// loadClient asks for a region whose rate it writes. No other client writes it.
type loadClient struct {
	http       *http.Client
	url, token string
	version    int // that it wrote last
}

// step writes once in a hundred times, and otherwise reads what it wrote, by address or as a
// document.
func (c *loadClient) step(n int) error {
	switch {
	case n%100 == 0:
		document := fmt.Sprintf(`{"location":{"countryCode":"DE","region":"X-A"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2021-01-01","percent":%d}]}]`, c.percent(c.version+1))
		if c.version > 0 {
			document += fmt.Sprintf(`,"metadata":{"version":%d}`, c.version)
		}
		err := c.ask("PUT", "/configurations/DE-X-A", document+"}", "")
		if err == nil {
			c.version++
		}
		return err
	case n%2 == 0:
		return c.ask("GET", "/configurations/DE-X-A", "", fmt.Sprintf(`"percent":%d`, c.percent(c.version)))
	}
	return c.ask("GET", "/lookup?country=DE&region=X-A&class=STANDARD", "", fmt.Sprintf(`"percent":"%d"`, c.percent(c.version)))
}

func (c *loadClient) percent(version int) int { return 1 + version%90 }

func (c *loadClient) ask(method, path, body, has string) error {
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode >= 300 || !strings.Contains(string(text), has)) {
		err = fmt.Errorf("status %d without %s: %s", answer.StatusCode, has, text)
	}
	return err
}

// TestAnswersAsManyRequestsAsAHandlerOfConstants compares the program with a handler that
// answers the same bytes from memory, both asked by wrk, for TAXD_WRK, such as 5s, in turns.
func TestAnswersAsManyRequestsAsAHandlerOfConstants(t *testing.T) {
	duration := os.Getenv("TAXD_WRK")
	if duration == "" {
		t.Skip("set TAXD_WRK to a duration such as 5s; needs wrk and an idle machine")
	}
	for _, store := range []string{"memory:", "sqlite:" + filepath.Join(t.TempDir(), "taxes.db")} {
		s := start(t, "-store", store)
		eventuallyReady(t, s)
		status, text := ask(t, "POST", s.url+"/tax/acme/taxes", s.token, `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Standard","rate":19,"isDefault":true}]}`)
		require.Equal(t, 201, status, text)
		for name, path := range map[string]string{"resolve": "/v1/acme/resolve?country=DE&class=STANDARD", "retrieve": "/tax/acme/taxes/DE"} {
			constant := answerOf(t, s, path)
			var ours, theirs, late, lateTheirs []float64
			for range 5 {
				a, p99 := wrk(t, duration, s.token, s.url+path)
				b, p99Theirs := wrk(t, duration, s.token, constant+path)
				ours, theirs, late, lateTheirs = append(ours, a), append(theirs, b), append(late, p99), append(lateTheirs, p99Theirs)
			}
			ratio := median(ours) / median(theirs)
			t.Logf("%-8s %-9s %6.0f requests/s of %6.0f: %.2f; p99 %.2f ms of %.2f ms", strings.SplitAfter(store, ":")[0], name, median(ours), median(theirs), ratio, median(late), median(lateTheirs))
			assert.GreaterOrEqual(t, ratio, 0.75)
		}
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// answerOf starts a server that answers everything as the program answers one request, and
// returns its address.
func answerOf(t *testing.T, s *running, path string) string {
	t.Helper()
	r, err := http.NewRequest("GET", s.url+path, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, 200, answer.StatusCode)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range answer.Header {
			if name != "Date" {
				w.Header()[name] = values
			}
		}
		_, _ = w.Write(body)
	})}
	t.Cleanup(func() { server.Close() })
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String()
}

// wrk returns the requests a second, and the milliseconds in which 99 % were answered.
func wrk(t *testing.T, duration, token, url string) (perSecond, p99 float64) {
	t.Helper()
	out, err := exec.Command("wrk", "-t2", "-c32", "-d"+duration, "--latency", "-H", "Authorization: Bearer "+token, url).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "Non-2xx")
	m := regexp.MustCompile(`Requests/sec: +([\d.]+)`).FindStringSubmatch(string(out))
	require.NotNil(t, m, "%s", out)
	perSecond, err = strconv.ParseFloat(m[1], 64)
	require.NoError(t, err)
	m = regexp.MustCompile(`99% +([\d.]+)(us|ms|s)`).FindStringSubmatch(string(out))
	require.NotNil(t, m, "%s", out)
	p99, err = strconv.ParseFloat(m[1], 64)
	require.NoError(t, err)
	return perSecond, p99 * math.Pow(1000, map[string]float64{"us": -1, "ms": 0, "s": 1}[m[2]])
}
