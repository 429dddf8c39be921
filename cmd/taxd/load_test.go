package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
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
