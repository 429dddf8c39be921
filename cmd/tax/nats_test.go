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
		Username: "tax", Password: "secret-secret"})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return strings.TrimPrefix(s.ClientURL(), "nats://")
}

func TestAStoreInNATSIsOneOfTheStores(t *testing.T) {
	server := natsServer(t)
	address := "nats://tax:secret-secret@" + server + "/rates"
	inExamples(t)
	run := func(line string, code int) ran {
		t.Helper()
		got := runIn(t, line, session{})
		require.Equal(t, code, got.code, "%s\n%s%s", line, got.out, got.problems)
		assert.NotContains(t, got.out+got.problems, "secret-secret")
		return got
	}
	missing := run("tax resolve DE --tenant acme --store "+address, exitStore)
	assert.Contains(t, missing.problems, `no such bucket`)
	run("tax resolve DE --tenant acme --store "+address, exitStore) // to ask has not made it
	assert.Equal(t, "1 records, 1 written; nothing was written: this was a dry run\n", run("tax migrate file:stored "+address+" --create --dry-run --tenant acme", exitDone).out)
	run("tax resolve DE --tenant acme --store "+address, exitStore) // nor has a dry run
	assert.Equal(t, "1 records, 1 written\n", run("tax migrate file:stored "+address+" --create --tenant acme", exitDone).out)
	assert.Contains(t, run("tax resolve DE --tenant acme --date 2027-01-01 --store "+address, exitDone).out, " 22 %")
	assert.Contains(t, run("tax diff embedded "+address+" --tenant acme --country DE", exitFound).out, "22 %")
	assert.Equal(t, "no answer differs\n", run("tax diff file:stored "+address+" --tenant acme", exitDone).out)
	run("tax export --tenant acme --store "+address, exitDone)
	run("tax resolve DE --store nats://tax:other-password@"+server+"/rates", exitStore)
}

func TestAddressesOfNATS(t *testing.T) {
	t.Chdir(t.TempDir())
	for address, code := range map[string]int{
		"nats:localhost":                                     exitUsage,
		"nats://":                                            exitUsage,
		"nats://u:hidden-word@a,,b":                          exitUsage,
		"nats://u:hidden-word@a/b?size=3":                    exitUsage,
		"nats://u:hidden-word@a/b?replicas=two":              exitUsage,
		"nats://u:hidden-word@a/b?%zz":                       exitUsage,
		"nats://u:hidden-word@127.0.0.1:1/b":                 exitStore,
		"nats://u:hidden-word@[:1/b":                         exitStore,
		"tls://u:hidden-word@127.0.0.1:1/b?credentials=none": exitStore,
	} {
		got := runIn(t, "tax resolve DE --store "+address, session{})
		assert.Equal(t, code, got.code, "%s\n%s", address, got.problems)
		assert.NotContains(t, got.problems, "hidden-word")
	}
}
