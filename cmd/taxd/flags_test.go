package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/pgserver"
)

// certificate returns the paths of a certificate for loopback and of its key, and the
// certificate.
func certificate(t *testing.T) (cert, key string, c *x509.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	c, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	text, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return written(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		written(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text}))), c
}

// secure returns a client that believes a certificate.
func secure(t *testing.T, c *x509.Certificate, newest uint16) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(c)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: newest}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestTLSIsServedFromVersion12On(t *testing.T) {
	cert, key, c := certificate(t)
	s := start(t, "-tls-cert", cert, "-tls-key", key)
	require.True(t, strings.HasPrefix(s.url, "https://"))
	for version, fine := range map[uint16]bool{tls.VersionTLS13: true, tls.VersionTLS12: true, tls.VersionTLS11: false} {
		answer, err := secure(t, c, version).Get(s.url + "/healthz")
		if !fine {
			assert.Error(t, err)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, 200, answer.StatusCode)
		assert.Equal(t, 2, answer.ProtoMajor)
		answer.Body.Close()
	}
	_, header := exchange(t, secure(t, c, 0), "PUT", s.url+"/v1/acme/configurations/DE-X-A", s.token, region)
	assert.Equal(t, s.url+"/v1/acme/configurations/DE-X-A", header.Get("Location"))
	status, _ := ask(t, "GET", strings.Replace(s.url, "https", "http", 1)+"/healthz", "", "")
	assert.Equal(t, 400, status, "without TLS")
	var out, problems bytes.Buffer
	assert.Equal(t, exitDone, run(t.Context(), []string{"check", "-listen", "127.0.0.1:0", "-store", "memory:", "-tls-cert", cert, "-tls-key", key}, noEnvironment, &out, &problems))
	assert.Equal(t, exitUsage, run(t.Context(), []string{"check", "-listen", "127.0.0.1:0", "-store", "memory:", "-tls-cert", key, "-tls-key", cert}, noEnvironment, &out, &problems))
	assert.Contains(t, problems.String(), "PEM files that belong together")
}

// exchange sends a request with headers in pairs of name and value, and returns the status
// and the headers of the answer.
func exchange(t *testing.T, client *http.Client, method, url, token, body string, header ...string) (int, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := client.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, answer.Header
}

func TestLinksFollowTheBaseURLOrATrustedProxy(t *testing.T) {
	forwarded := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "shop.example", "X-Forwarded-Prefix", "/rates"}
	const path = "/v1/acme/configurations/DE-X-A"
	for _, c := range []struct {
		args []string
		base string // "" is the address of the server
	}{
		{nil, ""},
		{[]string{"-base-url", "https://api.example.com/tax"}, "https://api.example.com/tax"},
		{[]string{"-trusted-proxies", "10.0.0.0/8, 127.0.0.0/8"}, "https://shop.example/rates"},
		{[]string{"-trusted-proxies", "10.0.0.0/8"}, ""},
		{[]string{"-trusted-proxies", "127.0.0.1/32", "-base-url", "https://api.example.com"}, "https://api.example.com"},
	} {
		s := start(t, c.args...)
		base := c.base
		if base == "" {
			base = s.url
		}
		status, header := exchange(t, http.DefaultClient, "PUT", s.url+path, s.token, region, forwarded...)
		assert.Equal(t, 201, status)
		assert.Equal(t, base+path, header.Get("Location"), "%v", c.args)
	}
}

func TestStrictRefusesUnknownFields(t *testing.T) {
	const body = `{"location":{"countryCode":"DE"},"taxClasses":[],"mixins":{}}`
	for args, want := range map[string]int{"-strict=false": 201, "-strict": 400} {
		s := start(t, args, "-ampeco-tenant", "acme")
		status, text := ask(t, "POST", s.url+"/tax/acme/taxes", s.token, body)
		assert.Equal(t, want, status, "%s: %s", args, text)
		status, text = ask(t, "POST", s.url+"/public-api/resources/taxes/v2.0", s.token, `{"name":"VAT","percentage":20,"mixins":{}}`)
		assert.Equal(t, map[int]int{201: 201, 400: 422}[want], status, "%s: %s", args, text)
		status, text = ask(t, "PUT", s.url+"/v1/acme/configurations/DE", s.token, body)
		assert.Equal(t, 400, status, "our own API always does: %s", text)
	}
}

func TestRequestsThatTakeTooLongAreAnsweredWith503(t *testing.T) {
	s := start(t, "-request-timeout", "1ns")
	status, header := exchange(t, http.DefaultClient, "PUT", s.url+"/v1/acme/configurations/DE-X-A", s.token, region)
	assert.Equal(t, 503, status)
	assert.Equal(t, "1", header.Get("Retry-After"))
	assert.Contains(t, s.problems.String(), `"msg":"request failed"`)
	eventuallyReady(t, s) // is not a request of a tenant
}

func TestBodiesAreBounded(t *testing.T) {
	s := start(t, "-max-body-bytes", "200")
	status, text := ask(t, "PUT", s.url+"/v1/acme/configurations/DE-X-A", s.token, region)
	assert.Equal(t, 201, status, text)
	status, text = ask(t, "PUT", s.url+"/v1/acme/configurations/DE-X-A", s.token, region+strings.Repeat(" ", 200))
	assert.Equal(t, 413, status, text)
}

// Connections that arrive while the listener closes may be cut, but an answer is whole, and
// a write that was acknowledged stays.
func TestWritesOfTheLastMomentAreLostOnlyIfNobodyWasTold(t *testing.T) {
	address := "sqlite:" + filepath.Join(t.TempDir(), "taxes.db")
	s := start(t, "-store", address)
	var mu sync.Mutex
	var acknowledged []string
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for n := 0; ; n++ {
				tenant := "t-" + string(rune('a'+client)) + "-" + strings.Repeat("x", n)
				status, text, err := send("PUT", s.url+"/v1/"+tenant+"/configurations/DE-X-A", s.token, region)
				if err != nil || n == 200 {
					return
				}
				assert.Equal(t, 201, status, text)
				mu.Lock()
				acknowledged = append(acknowledged, tenant)
				mu.Unlock()
			}
		})
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(acknowledged) > 0
	}, 20*time.Second, 50*time.Millisecond)
	assert.Equal(t, exitDone, s.stop())
	clients.Wait()
	require.NotEmpty(t, acknowledged)
	s = start(t, "-store", address)
	for _, tenant := range acknowledged {
		status, _ := ask(t, "GET", s.url+"/v1/"+tenant+"/configurations/DE-X-A", s.token, "")
		assert.Equal(t, 200, status, tenant)
	}
}

func TestPostgreSQLIsServed(t *testing.T) {
	database := pgserver.ForTest(t)
	address := database.DSN("postgres")
	first, second := start(t, "-store", address, "-request-timeout", "2s", "-ampeco-tenant", "acme"), start(t, "-store", address, "-ampeco-tenant", "acme")
	eventuallyReady(t, second)
	const path = "/v1/acme/configurations/DE-X-A"
	const lookup = "/v1/acme/lookup?country=DE&region=X-A&class=STANDARD"
	_, text := ask(t, "GET", second.url+lookup, second.token, "")
	assert.Contains(t, text, `"percent":"19"`, "the rate of the country")
	status, text := ask(t, "PUT", first.url+path, first.token, strings.Replace(region, "19", "17", 1))
	require.Equal(t, 201, status, text)
	_, text = ask(t, "GET", first.url+lookup, first.token, "")
	assert.Contains(t, text, `"percent":"17"`, "the write is seen by the next read")
	assert.Eventually(t, func() bool {
		_, text, err := send("GET", second.url+lookup, second.token, "")
		return err == nil && strings.Contains(text, `"percent":"17"`)
	}, 10*time.Second, 20*time.Millisecond, "the other program hears of it")

	const taxes = "/public-api/resources/taxes/v2.0"
	status, text = ask(t, "POST", first.url+taxes, first.token, `{"name":"VAT","percentage":20}`)
	require.Equal(t, 201, status, text)
	status, text = ask(t, "GET", second.url+taxes+"/1", second.token, "")
	require.Equal(t, 200, status, text)
	assert.Contains(t, text, `"percentage":20`, "flat taxes are in the database")

	eventuallyReady(t, first)
	require.NoError(t, database.Stop("immediate"))
	status, text = ask(t, "PUT", first.url+"/v1/acme/configurations/DE-X-B", first.token, strings.Replace(region, "X-A", "X-B", 1))
	assert.Equal(t, 503, status, text)
	status, text = ask(t, "GET", first.url+"/readyz", "", "")
	assert.Equal(t, 503, status, text)
	status, _ = ask(t, "GET", first.url+lookup, first.token, "")
	assert.Equal(t, 200, status, "what is in memory is answered")
	require.NoError(t, database.Start())
	eventuallyReady(t, first)
	status, _ = ask(t, "GET", first.url+path, first.token, "")
	assert.Equal(t, 200, status)
}
