//go:build unix

package main

import (
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
			var ours, theirs measurements
			for range 5 {
				ours.add(wrk(t, duration, s.token, s.url+path))
				theirs.add(wrk(t, duration, s.token, constant+path))
			}
			ratio := median(ours.perSecond) / median(theirs.perSecond)
			t.Logf("%-8s %-9s %6.0f requests/s of %6.0f: %.2f; p99 %.2f ms of %.2f ms; processor %.1f µs a request of %.1f µs: %.2f",
				strings.SplitAfter(store, ":")[0], name, median(ours.perSecond), median(theirs.perSecond), ratio, median(ours.p99), median(theirs.p99),
				median(ours.processor), median(theirs.processor), median(theirs.processor)/median(ours.processor))
			assert.GreaterOrEqual(t, ratio, 0.75)
		}
	}
}

// measurements are what wrk saw, run by run.
type measurements struct{ perSecond, p99, processor []float64 }

func (m *measurements) add(perSecond, p99, processor float64) {
	m.perSecond, m.p99, m.processor = append(m.perSecond, perSecond), append(m.p99, p99), append(m.processor, processor)
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

// wrk returns the requests a second, the milliseconds in which 99 % were answered, and the
// microseconds of a processor that this process, which has both servers, took for each. These
// depend little on what else the machine does.
func wrk(t *testing.T, duration, token, url string) (perSecond, p99, processor float64) {
	t.Helper()
	before := processorTime(t)
	out, err := exec.Command("wrk", "-t2", "-c32", "-d"+duration, "--latency", "-H", "Authorization: Bearer "+token, url).CombinedOutput()
	took := processorTime(t) - before
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "Non-2xx")
	found := regexp.MustCompile(`99% +([\d.]+)(us|ms|s)(?s:.*?)(\d+) requests in(?s:.*)Requests/sec: +([\d.]+)`).FindStringSubmatch(string(out))
	require.NotNil(t, found, "%s", out)
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		return n
	}
	p99 = number(found[1]) * math.Pow(1000, map[string]float64{"us": -1, "ms": 0, "s": 1}[found[2]])
	return number(found[4]), p99, float64(took.Microseconds()) / number(found[3])
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
