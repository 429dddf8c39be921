package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answersTo returns the statuses of all answers to what a client sends on one connection.
func answersTo(t *testing.T, s *running, text string) (statuses []int) {
	t.Helper()
	c := dial(t, s, text)
	require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Second)))
	answers := bufio.NewReader(c)
	for {
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return statuses
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		statuses = append(statuses, answer.StatusCode)
	}
}

// A proxy and the server that read the end of a request differently would let a client
// smuggle a second one past the proxy. Each of these has one answer, and the connection
// ends with it.
func TestRequestsWhoseEndIsInDoubtEndTheirConnection(t *testing.T) {
	s := start(t, "-idle-timeout", "3s")
	const second = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"two ends":                 {"POST /v1/acme/import HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 401},
		"two ends, the other way":  {"POST /v1/acme/import HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + second + "\r\n0\r\n\r\n", 401},
		"chunks of HTTP 1.0":       {"POST /v1/acme/import HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 401},
		"a chunk that ends in LF":  {"POST /v1/acme/import HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n", 401},
		"a length with a sign":     {"POST /v1/acme/import HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", 400},
		"a list of lengths":        {"POST /v1/acme/import HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n", 400},
		"another coding":           {"POST /v1/acme/import HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
		"two hosts":                {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"no host":                  {"GET /healthz HTTP/1.1\r\n\r\n", 400},
		"a CR in a header":         {"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
		"a zero byte in a header":  {"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400},
		"the beginning of HTTP 2":  {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
		"a version that is none":   {"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n", 505},
		"a line without a version": {"GET /healthz\r\n\r\n", 400},
	} {
		assert.Equal(t, []int{c.status}, answersTo(t, s, c.text+second), name)
	}
	body := fmt.Sprintf("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(second), second)
	assert.Equal(t, []int{200, 404}, answersTo(t, s, body+"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "the body of a GET is no request")
}

// No path leads to another tenant than the one that a proxy reads in it, and none to a
// redirect.
func TestPathsThatOthersReadDifferentlyAreNone(t *testing.T) {
	s := start(t, "-token-file", written(t, "tokens", "reader-of-acme-0 acme read\n"))
	for _, path := range []string{
		"/v1/acme/../others/export", "/v1/others/../acme/export", "/v1/acme/./export", "//v1/acme/export", "/v1//acme/export", "/v1/acme/export//", "//",
		"/v1/acme%2f..%2fothers/export", "/v1/acme/%2e%2e/others/export", "/healthz/../v1/acme/export", "/tax/acme/..", "/v1/acme/configurations/..%2fexport",
	} {
		statuses := answersTo(t, s, "GET "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer reader-of-acme-0\r\n\r\n")
		assert.Len(t, statuses, 1, path)
		assert.Contains(t, []int{400, 403, 404}, append(statuses, 0)[0], path)
	}
	for _, path := range []string{"/v1/acme/export", "/v1/acme/export/", "http://others.example/v1/acme/export", "/v1/%61cme/export"} {
		statuses := answersTo(t, s, "GET "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer reader-of-acme-0\r\n\r\n")
		assert.Equal(t, []int{200}, statuses, path)
	}
}
