package main

import (
	"bytes"
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWrongInputSaysWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	memory := []string{"-listen", "127.0.0.1:0", "-store", "memory:"}
	missing := t.TempDir() + "/missing/file"
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-colour"}, exitUsage, "taxd -help"},
		{[]string{"-token-fiel", "x"}, exitUsage, "did you mean -token-file?"},
		{[]string{"-idle-timeout", "soon"}, exitUsage, "taxd -help"},
		{[]string{"serve"}, exitUsage, "the only command is check"},
		{[]string{"-read-timeout", "0s"}, exitUsage, "positive duration"},
		{[]string{"-drain-delay", "-1s"}, exitUsage, "pass 0 or a positive duration"},
		{[]string{"-max-body-bytes", "0"}, exitUsage, "pass 1 to 1048576"},
		{[]string{"-max-body-bytes", "9999999"}, exitUsage, "pass 1 to 1048576"},
		{[]string{"-base-url", "ftp://api.example.com"}, exitUsage, "-base-url"},
		{[]string{"-base-url", "https://api.example.com/"}, exitUsage, "without a slash at the end"},
		{[]string{"-base-url", "https://api.example.com?x"}, exitUsage, "BaseURL"},
		{[]string{"-listen", "8080"}, exitUsage, "pass HOST:PORT"},
		{[]string{"-listen", ":0"}, exitUsage, "-token-file"},
		{[]string{"-tls-cert", missing}, exitUsage, "pass both, or neither"},
		{[]string{"-tls-cert", missing, "-tls-key", missing}, exitUsage, "PEM files"},
		{[]string{"-token-file", missing}, exitUsage, "names a file that this user may read"},
		{[]string{"-token-file", written(t, "empty", "# none\n")}, exitUsage, "no token"},
		{[]string{"-token-file", written(t, "short", "secret acme read\n")}, exitUsage, "line 1: the token is shorter"},
		{[]string{"-token-file", written(t, "scope", "secret-secret-secret acme write\n")}, exitUsage, "read or manage"},
		{[]string{"-token-file", written(t, "twice", "secret-secret-secret a read\nsecret-secret-secret b read\n")}, exitUsage, "line 2: the token is on an earlier line"},
		{[]string{"-traces", "127.0.0.1:4318"}, exitUsage, "-traces is no address of a collector"},
		{[]string{"-traces", "https://u:secret@collector.example"}, exitUsage, "OTEL_EXPORTER_OTLP_HEADERS"},
		{[]string{"-metrics", "9090"}, exitUsage, "pass HOST:PORT, such as 127.0.0.1:9090"},
		{[]string{"-metrics", taken.Addr().String()}, exitListen, "choose another address with -metrics"},
		{[]string{"-trusted-proxies", "proxy.local"}, exitUsage, "taxd -help"},
		{[]string{"-store", "redis://localhost"}, exitStore, "pass memory:, file:FOLDER"},
		{[]string{"-store", "sqlite:" + missing}, exitStore, "in a folder that this user may write"},
		{[]string{"-store", "postgres://u:secret-secret-secret@127.0.0.1:1/tax?connect_timeout=1"}, exitStore, "whether the server runs"},
		{[]string{"-store", "postgres://u:secret-secret-secret@[::1/tax"}, exitStore, "pass -store postgres://"},
		{[]string{"-store", "nats://u:secret-secret-secret@127.0.0.1:1/tax"}, exitStore, "whether the servers run"},
		{[]string{"-store", "nats://u:secret-secret-secret@[::1/tax"}, exitStore, "pass -store nats://"},
		{[]string{"-store", "nats://u:secret-secret-secret@/tax"}, exitStore, "missing: the name of a server"},
		{[]string{"-store", "nats://u:secret-secret-secret@a,,b/tax"}, exitStore, "missing: the name of a server"},
		{[]string{"-store", "nats:u:secret-secret-secret"}, exitStore, "not an address: // follows the colon"},
		{[]string{"-store", "nats://127.0.0.1:1/tax?replicas=many"}, exitStore, "not a number: replicas is 1, 3 or 5"},
		{[]string{"-store", "nats://127.0.0.1:1/tax?size=1"}, exitStore, "no such option \"size\""},
		{[]string{"-store", "nats://127.0.0.1:1/tax?credentials=/no/file"}, exitStore, "/no/file"},
		{[]string{"-listen", taken.Addr().String()}, exitListen, "choose another address with -listen"},
	} {
		var out, problems bytes.Buffer
		code := run(t.Context(), append(append([]string{"check"}, memory...), c.args...), noEnvironment, &out, &problems)
		assert.Equal(t, c.code, code, "%v", c.args)
		assert.Contains(t, problems.String(), c.says, "%v", c.args)
		assert.NotContains(t, problems.String(), "secret", "%v", c.args)
		assert.Empty(t, out.String(), "%v", c.args)
	}
}

func TestCheckSaysThatNothingIsWrong(t *testing.T) {
	var out, problems bytes.Buffer
	assert.Equal(t, exitDone, run(context.Background(), []string{"check", "-listen", "127.0.0.1:0", "-store", "memory:"}, noEnvironment, &out, &problems))
	assert.Contains(t, out.String(), "nothing is wrong")
	assert.Empty(t, problems.String())
}

func TestHelpNamesTheFlags(t *testing.T) {
	var out, problems bytes.Buffer
	assert.Equal(t, exitDone, run(t.Context(), []string{"-help"}, noEnvironment, &out, &problems))
	assert.Contains(t, out.String(), "-token-file")
	assert.Empty(t, problems.String())
}
