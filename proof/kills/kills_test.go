package kills

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func TestMain(m *testing.M) {
	if dir, ok := child(); ok {
		fmt.Fprintln(os.Stderr, Write(context.Background(), dir, os.Stdout))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// wanted returns how many processes are killed.
func wanted(t *testing.T) int {
	text := os.Getenv("PROOF_KILLS")
	if text == "" {
		return 25
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "PROOF_KILLS is a number of kills")
	return n
}

// report is a write that was acknowledged.
type report struct {
	key     int
	version int64
	percent string
}

// writing is a child process that writes.
type writing struct {
	command *exec.Cmd
	output  io.Reader
}

func begin(t *testing.T, dir string) *writing {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "PROOF_KILLS_CHILD="+dir)
	c.Stderr = os.Stderr
	output, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	return &writing{c, output}
}

// kill kills the process some time after its first report, and returns all of its reports.
func (w *writing) kill(t *testing.T) (reports []report) {
	lines := bufio.NewScanner(w.output)
	for lines.Scan() {
		var r report
		if n, err := fmt.Sscan(lines.Text(), &r.key, &r.version, &r.percent); n < 3 || err != nil {
			break // the line on which it was killed
		}
		if len(reports) == 0 {
			time.AfterFunc(rand.N(12*time.Millisecond), func() { _ = w.command.Process.Kill() })
		}
		reports = append(reports, r)
	}
	err := w.command.Wait()
	require.ErrorContains(t, err, "killed", "it ended before it was killed")
	return reports
}

func TestKilledWritersLoseNothing(t *testing.T) {
	dir := t.TempDir()
	began, writes, left := time.Now(), 0, 0
	kills := 0
	for round := 0; kills < wanted(t); round++ {
		var children []*writing
		for range 1 + round%2 { // every other time two processes at once
			children = append(children, begin(t, dir))
		}
		var reports []report
		for _, c := range children {
			reports = append(reports, c.kill(t)...)
			kills++
		}
		require.NotEmpty(t, reports)
		writes += len(reports)
		names, err := filepath.Glob(filepath.Join(dir, "*", "*.tmp"))
		require.NoError(t, err)
		left += len(names)
		verify(t, dir, reports)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d kills in %v: %d writes acknowledged, 0 lost, 0 files corrupt; %d temporary files left and swept",
		kills, time.Since(began).Round(time.Second), writes, left)
}

// verify checks what processes have left that were killed.
func verify(t *testing.T, dir string, reports []report) {
	s, err := store.OpenFile(dir, nil)
	require.NoError(t, err)
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.tmp"))
	require.NoError(t, err)
	assert.Empty(t, names)
	kept := make([]map[int64]string, len(keys))
	oldest := make([]int64, len(keys))
	for n, key := range keys {
		kept[n] = map[int64]string{}
		l := tax.Location{Country: key.Country}
		set, err := s.Configurations(t.Context(), key)
		require.NoError(t, err)
		require.NoError(t, tax.ValidateCountry(set).Err())
		if len(set) > 1 {
			assert.Equal(t, percentOf(set[0]), percentOf(set[1]), "both of a batch or none")
		}
		versions, err := s.Versions(t.Context(), key.Tenant, l)
		require.NoError(t, err)
		for i, v := range versions {
			at := v.Configuration.Metadata.Version
			kept[n][at] = percentOf(v.Configuration)
			assert.Equal(t, versions[0].Configuration.Metadata.Version-int64(i), at, "no gap")
			assert.Equal(t, i == 0, v.Until.IsZero(), "the newest is in force, and no other")
			oldest[n] = at
		}
	}
	for _, r := range reports {
		if r.version >= oldest[r.key] {
			assert.Equal(t, r.percent, kept[r.key][r.version], "version %d of %v", r.version, keys[r.key])
		}
	}
}

func percentOf(c tax.Configuration) string { return c.Classes[0].Rates[0].Percent.String() }
