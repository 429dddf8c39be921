package main

import (
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// natsServer starts a server in this process that wants a password, and returns its address.
func natsServer(t *testing.T) string {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		Username: "taxd", Password: "secret-secret-secret"})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return strings.TrimPrefix(s.ClientURL(), "nats://")
}

// What one program has written is kept by the servers, and reaches another one that runs.
func TestProgramsShareWhatIsInNATS(t *testing.T) {
	address := "nats://taxd:secret-secret-secret@" + natsServer(t) + "/shared?replicas=1"
	writer, reader := start(t, "-store", address), start(t, "-store", address)
	resolve := "/v1/acme/resolve?country=DE&class=STANDARD"
	status, text := ask(t, "GET", reader.url+resolve, reader.token, "")
	require.Equal(t, 200, status, text)
	require.Contains(t, text, `"percent":"19"`, "the rates of the world are below")
	status, text = ask(t, "PUT", writer.url+"/v1/acme/configurations/DE", writer.token,
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2021-01-01","percent":21}]}]}`)
	require.Contains(t, []int{200, 201}, status, text)
	require.Eventually(t, func() bool {
		status, text, err := send("GET", reader.url+resolve, reader.token, "")
		return err == nil && status == 200 && strings.Contains(text, `"percent":"21"`)
	}, 10*time.Second, 5*time.Millisecond)
	other := start(t, "-store", strings.Replace(address, "shared", "other", 1))
	_, text = ask(t, "GET", other.url+resolve, other.token, "")
	assert.Contains(t, text, `"percent":"19"`, "another bucket has other rates")
	require.Equal(t, exitDone, writer.stop())
	require.Equal(t, exitDone, reader.stop())
	again := start(t, "-store", address)
	status, text = ask(t, "GET", again.url+"/v1/acme/configurations/DE", again.token, "")
	assert.Equal(t, 200, status, text)
	assert.NotContains(t, again.problems.String()+reader.problems.String(), "secret-secret")
}

func TestFlatTaxesLastInNATS(t *testing.T) {
	args := []string{"-ampeco-tenant", "acme", "-store", "nats://taxd:secret-secret-secret@" + natsServer(t)}
	const path = "/public-api/resources/taxes/v2.0"
	s := start(t, args...)
	status, text := ask(t, "POST", s.url+path, s.token, `{"name":"VAT","percentage":20}`)
	require.Equal(t, 201, status, text)
	other := start(t, args...)
	status, text = ask(t, "GET", other.url+path+"/1", other.token, "")
	assert.Equal(t, 200, status, text)
	require.Equal(t, exitDone, s.stop())
	s = start(t, args...)
	status, text = ask(t, "GET", s.url+path+"/1", s.token, "")
	assert.Equal(t, 200, status, text)
	assert.Contains(t, text, `"percentage":20`)
}
