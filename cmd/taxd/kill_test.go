package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if os.Getenv("TAXD_TEST_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// TAXD_KILLS=100 kills so often.
func TestKilledProgramLosesNoAcknowledgedWrite(t *testing.T) {
	kills := 10
	if text := os.Getenv("TAXD_KILLS"); text != "" {
		var err error
		kills, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	address := "sqlite:" + filepath.Join(t.TempDir(), "taxes.db")
	var acknowledged []string
	for round := range kills {
		acknowledged = append(acknowledged, killedUnderWrites(t, address, round)...)
	}
	require.GreaterOrEqual(t, len(acknowledged), kills)
	s := start(t, "-store", address)
	for _, tenant := range acknowledged {
		status, text := ask(t, "GET", s.url+"/v1/"+tenant+"/configurations/DE-X-A", s.token, "")
		assert.Equal(t, http.StatusOK, status, "%s was acknowledged and is lost: %s", tenant, text)
	}
}

// killedUnderWrites runs the program as a process, writes with several clients, kills it,
// and returns the tenants whose writes were acknowledged.
func killedUnderWrites(t *testing.T, address string, round int) (acknowledged []string) {
	t.Helper()
	program := exec.Command(os.Args[0], "-listen", "127.0.0.1:0", "-store", address)
	program.Env = append(os.Environ(), "TAXD_TEST_PROGRAM=1")
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	url, token, _ := announced(t, out, false)
	var mu sync.Mutex
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for n := 0; ; n++ {
				tenant := fmt.Sprintf("t-%d-%d-%d", round, client, n)
				status, _, err := send("PUT", url+"/v1/"+tenant+"/configurations/DE-X-A", token, region)
				if err != nil || status >= 300 {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, tenant)
				mu.Unlock()
			}
		})
	}
	time.Sleep(time.Duration(50+37*(round%7)) * time.Millisecond)
	require.NoError(t, program.Process.Kill())
	_ = program.Wait() // says that it was killed
	clients.Wait()
	return acknowledged
}
