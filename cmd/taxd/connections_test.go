package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dial opens a connection to the program and writes a text.
func dial(t *testing.T, s *running, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	_, err = io.WriteString(c, text)
	require.NoError(t, err)
	return c
}

// continued waits until the server reads the body of a request that expects 100-continue, and
// returns what the connection answers after that.
func continued(t *testing.T, c net.Conn) *bufio.Reader {
	t.Helper()
	answers := bufio.NewReader(c)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		line, err := answers.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	return answers
}

func TestSlowClientsAreCutAndHurtNobody(t *testing.T) {
	s := start(t, "-header-timeout", "300ms", "-read-timeout", "400ms", "-write-timeout", "800ms", "-idle-timeout", "300ms")
	eventuallyReady(t, s)
	put := "PUT /v1/acme/configurations/DE-X-A HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + s.token + "\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
	slow := map[string]net.Conn{
		"header": dial(t, s, "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "),
		"body":   dial(t, s, put),
		"idle":   dial(t, s, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
		"reader": dial(t, s, strings.Repeat("GET /v1/openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n", 1000)),
	}
	began := time.Now()
	for range 20 {
		status, _ := ask(t, "GET", s.url+"/v1/acme/resolve?country=DE&class=STANDARD", s.token, "")
		assert.Equal(t, 200, status)
	}
	assert.Less(t, time.Since(began), 2*time.Second)
	time.Sleep(time.Second) // longer than every timeout; the reader has read nothing
	for what, c := range slow {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
		text, err := io.ReadAll(c)
		assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection of the slow %s is still open", what)
		assert.NotContains(t, string(text), "201 Created", what)
		assert.Less(t, strings.Count(string(text), "HTTP/1.1 200 OK"), 1000, "the slow %s got everything", what)
	}
}

func TestShutdownLosesNoRequest(t *testing.T) {
	s := start(t, "-drain-delay", "200ms")
	eventuallyReady(t, s)
	address := strings.TrimPrefix(s.url, "http://")
	unready, lost := make(chan struct{}), make(chan error, 8)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() { // as behind a proxy, which sends requests until /readyz says 503
			for {
				select {
				case <-unready:
					return
				default:
				}
				if err := once(address, s.token); err != nil {
					lost <- err
					return
				}
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	// A request whose body is still being sent when the program is told to end.
	late := dial(t, s, fmt.Sprintf("PUT /v1/acme/configurations/DE-X-A HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", s.token, len(region)))
	answers := continued(t, late)
	_, err := io.WriteString(late, region[:20])
	require.NoError(t, err)
	code := make(chan int, 1)
	go func() { code <- s.stop() }()
	require.Eventually(t, func() bool {
		status, _, err := send("GET", s.url+"/readyz", "", "")
		return err == nil && status == http.StatusServiceUnavailable
	}, 5*time.Second, 5*time.Millisecond)
	close(unready)
	time.Sleep(300 * time.Millisecond)
	_, err = io.WriteString(late, region[20:])
	require.NoError(t, err)
	answer, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	answer.Body.Close()
	assert.Contains(t, []int{200, 201}, answer.StatusCode)
	clients.Wait()
	assert.Equal(t, exitDone, <-code)
	close(lost)
	for err := range lost {
		assert.NoError(t, err)
	}
}

// once asks on a connection of its own: an error after it was accepted is a lost request.
func once(address, token string) error {
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET /v1/acme/resolve?country=DE&class=STANDARD HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func TestRequestsAreCutAtTheEndOfTheShutdown(t *testing.T) {
	s := start(t, "-shutdown-timeout", "100ms")
	c := dial(t, s, "PUT /v1/acme/configurations/DE-X-A HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "+s.token+"\r\nContent-Type: application/json\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n")
	continued(t, c)
	assert.Equal(t, exitFailed, s.stop())
	assert.Contains(t, s.problems.String(), "-shutdown-timeout")
}

// TAXD_CONNECTIONS=10000 opens so many. The program is a process of its own, because each of
// the two may have a limit of open files that is little higher.
func TestManyConnectionsAreServed(t *testing.T) {
	count := 200
	if text := os.Getenv("TAXD_CONNECTIONS"); text != "" {
		var err error
		count, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	program := exec.Command(os.Args[0], "-listen", "127.0.0.1:0", "-store", "memory:")
	program.Env = append(os.Environ(), "TAXD_TEST_PROGRAM=1")
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	defer program.Wait()
	defer program.Process.Kill()
	s := &running{}
	s.url, s.token, _ = announced(t, out, false)
	for range count {
		dial(t, s, "GET /healthz HTTP/1.1\r\nHost: a\r\n")
	}
	status, _ := ask(t, "GET", s.url+"/v1/acme/resolve?country=DE&class=STANDARD", s.token, "")
	assert.Equal(t, 200, status)
}

func TestHostileHeadersAreAnswered(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		text   string
		status string
	}{
		"accept-language of 1 MiB": {"Accept-Language: en_" + strings.Repeat("t_aa_", 200_000) + "\r\n", " 431 "},
		"accept-language of 30 KB": {"Accept-Language: en_" + strings.Repeat("t_aa_", 6_000) + "\r\n", " 200 "},
		"two lengths":              {"Content-Length: 1\r\nContent-Length: 2\r\n", " 400 "},
		"folded":                   {"X-A: b\r\n Authorization: c\r\n", " 200 "},
		"space before the colon":   {"Authorization : Bearer x\r\n", " 400 "},
		"unknown coding":           {"Transfer-Encoding: chunked, identity\r\n", " 501 "},
	} {
		client := dial(t, s, "")
		require.NoError(t, client.SetDeadline(time.Now().Add(10*time.Second)))
		_, _ = io.WriteString(client, "GET /v1/acme/resolve?country=DE&class=STANDARD HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "+s.token+"\r\n"+c.text+"\r\n")
		line, err := bufio.NewReader(client).ReadString('\n')
		assert.NoError(t, err, name)
		assert.Contains(t, line, c.status, name)
	}
}
