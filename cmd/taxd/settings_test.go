package main

import (
	"bytes"
	"flag"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample returns a value that a flag does not have by default, and the same in TOML.
func sample(t *testing.T, g *flag.Flag) (value, inTOML string) {
	t.Helper()
	for _, value := range []string{"1m30s", "4711", "true", "WARN", "10.0.0.0/8,192.0.2.1/32"} {
		f := (&config{}).flags()
		if f.Set(g.Name, value) == nil && g.DefValue != value {
			if _, err := strconv.Atoi(value); err == nil || value == "true" {
				return value, value
			}
			return value, strconv.Quote(value)
		}
	}
	t.Fatalf("no sample for -%s", g.Name)
	return "", ""
}

// settingsOf returns the configuration that arguments and the environment make, and where its
// settings come from.
func settingsOf(t *testing.T, args []string, environ ...string) (config, sources) {
	t.Helper()
	var c config
	from, err := set(c.flags(), args, environ)
	require.NoError(t, err)
	return c, from
}

func TestEachSettingIsTakenFromEachSource(t *testing.T) {
	count := 0
	(&config{}).flags().VisitAll(func(g *flag.Flag) {
		if g.Name == configFlag {
			return
		}
		count++
		value, inTOML := sample(t, g)
		byFlag, from := settingsOf(t, []string{"-" + g.Name + "=" + value})
		assert.Equal(t, sources{g.Name: "the flag"}, from)
		byVariable, from := settingsOf(t, nil, "PATH=/bin", variable(g.Name)+"="+value)
		assert.Equal(t, sources{g.Name: variable(g.Name)}, from)
		path := written(t, "taxd.toml", "# for a test\n"+g.Name+" = "+inTOML+"\n")
		byFile, from := settingsOf(t, []string{"-config", path})
		assert.Equal(t, path, from[g.Name])
		byFile.file = ""
		defaults, _ := settingsOf(t, nil)
		assert.NotEqual(t, defaults, byFlag, g.Name)
		assert.Equal(t, byFlag, byVariable, g.Name)
		assert.Equal(t, byFlag, byFile, g.Name)
	})
	assert.Greater(t, count, 20)
}

func TestFlagsWinOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	path := written(t, "taxd.toml", `
listen = "127.0.0.1:1"
store = "file:1"
base-url = "https://one.example"
trusted-proxies = ["10.0.0.0/8", "192.0.2.1/32"]
`)
	c, from := settingsOf(t, []string{"-listen", "127.0.0.1:3"}, "TAXD_CONFIG="+path, "TAXD_LISTEN=127.0.0.1:2", "TAXD_STORE=file:2")
	assert.Equal(t, "127.0.0.1:3", c.listen)
	assert.Equal(t, "file:2", c.store)
	assert.Equal(t, "https://one.example", c.baseURL)
	assert.Len(t, c.trustedProxies, 2)
	assert.Equal(t, sources{"listen": "the flag", "store": "TAXD_STORE", "base-url": path, "trusted-proxies": path, "config": "TAXD_CONFIG"}, from)
	other := written(t, "other.toml", "\ufeff"+`store = "file:9"`)
	c, _ = settingsOf(t, []string{"-config", other}, "TAXD_CONFIG="+path)
	assert.Equal(t, "file:9", c.store, "the flag names the file")
	assert.Equal(t, "127.0.0.1:8080", c.listen)
	c, _ = settingsOf(t, []string{"-trusted-proxies", "203.0.113.0/24"}, "TAXD_CONFIG="+path)
	assert.Len(t, c.trustedProxies, 1, "a list replaces another one")
}

func TestWrongSettingsSayWhatToDoWithoutTheirValue(t *testing.T) {
	for _, c := range []struct{ file, variable, says string }{
		{"stroe = \"secret\"", "", `unknown setting "stroe"; did you mean store?`},
		{"TOKEN_FILE = \"secret\"", "", `unknown setting "TOKEN_FILE"; did you mean token-file?`},
		{"[tls]\ncert = \"secret\"", "", `unknown setting "tls.cert"; did you mean tls-cert?`},
		{"colour = \"secret\"", "", `unknown setting "colour"; taxd -help lists`},
		{"config = \"secret\"", "", `unknown setting "config"`},
		{"store = \"secret\"\nstore = \"secret\"", "", ":2:1: not TOML; write each setting once"},
		{"store = secret", "", ":1:9: not TOML"},
		{"store secret", "", "not TOML"},
		{"idle-timeout = \"secret\"", "", "invalid value for -idle-timeout"},
		{"idle-timeout = 10", "", "invalid value for -idle-timeout"},
		{"max-body-bytes = \"secret\"", "", "invalid value for -max-body-bytes"},
		{"max-body-bytes = 1e3", "", "write a text, a whole number, true or false"},
		{"max-body-bytes = 0x7fffffffffffffffff", "", "not TOML"},
		{"listen = 2026-11-30", "", "write a text, a whole number, true or false"},
		{"trusted-proxies = [[1.5]]", "", "write a text, a whole number, true or false"},
		{"trusted-proxies = [\"secret\"]", "", "write prefixes, such as 10.0.0.0/8"},
		{"log-level = \"secret\"", "", "unknown name"},
		{"strict = \"secret\"", "", "invalid value for -strict"},
		{"idle-timeout = \"0s\"", "", "positive duration"},
		{"", "TAXD_IDLE_TIMEOUT=secret", "TAXD_IDLE_TIMEOUT has an invalid value for -idle-timeout"},
		{"", "TAXD_LOG_LEVEL=secret", "TAXD_LOG_LEVEL has an invalid value for -log-level: unknown name"},
		{"", "TAXD_TRUSTED_PROXIES=secret", "write prefixes"},
		{"", "TAXD_TOKEN_FIEL=secret", "TAXD_TOKEN_FIEL is no setting; did you mean TAXD_TOKEN_FILE?"},
		{"", "TAXD_Store=secret", "TAXD_Store is no setting; did you mean TAXD_STORE?"},
		{"", "TAXD_CONFIG=/no/file", "-config names a file that this user may read"},
		{"store = \"memory:\"\nidle-timeout = \"secret\"", "TAXD_IDLE_TIMEOUT=1s", "invalid value for -idle-timeout"},
	} {
		environ := []string{c.variable}
		if c.file != "" {
			environ = append(environ, "TAXD_CONFIG="+written(t, "taxd.toml", c.file))
		}
		var out, problems bytes.Buffer
		assert.Equal(t, exitUsage, run(t.Context(), []string{"check", "-listen", "127.0.0.1:0", "-store", "memory:"}, environ, &out, &problems), "%v", c)
		assert.Contains(t, problems.String(), c.says)
		assert.NotContains(t, problems.String(), "secret", "%v", c)
		assert.Empty(t, out.String())
	}
}

// Kubernetes gives a service that is called taxd such variables, and clients have others.
func TestVariablesOfOthersAreNoSettings(t *testing.T) {
	c, from := settingsOf(t, nil, "TAXD_PORT=tcp://10.0.0.1:8080", "TAXD_SERVICE_HOST=10.0.0.1", "TAXD_PORT_8080_TCP_ADDR=10.0.0.1", "TAXD_TOKEN=x", "TAXD_URL=http://a", "TAXD_")
	assert.Empty(t, from)
	defaults, _ := settingsOf(t, nil)
	assert.Equal(t, defaults, c)
}

func TestCheckSaysWhereSettingsComeFrom(t *testing.T) {
	path := written(t, "taxd.toml", `base-url = "https://secret.example"`)
	var out, problems bytes.Buffer
	require.Equal(t, exitDone, run(t.Context(), []string{"check", "-listen", "127.0.0.1:0", "-config", path}, []string{"TAXD_STORE=memory:"}, &out, &problems), &problems)
	assert.Equal(t, fmt.Sprintf("taxd: -base-url is from %s\ntaxd: -config is from the flag\ntaxd: -listen is from the flag\ntaxd: -store is from TAXD_STORE\ntaxd: nothing is wrong with the configuration\n", path), out.String())
	assert.Empty(t, problems.String())
}
