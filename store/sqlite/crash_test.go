package sqlite

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
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// The variables of the environment for the tests of crashes: how many there are, and in
// a process that is to be killed, the database to write to.
const (
	kills   = "SQLITE_KILLS"
	victims = "SQLITE_VICTIM"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(victims); path != "" {
		fmt.Println(victim(path))
		os.Exit(1)
	}
	if path := os.Getenv(servants); path != "" {
		if err := servant(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if crowd != "" {
		os.RemoveAll(filepath.Dir(crowd))
	}
	os.Exit(code)
}

// victim writes until it is killed. It prints each write that has returned. Each write is
// to two documents of one of four countries, which always have the same percentage.
func victim(path string) error {
	s, err := Open(path, nil)
	if err != nil {
		return err
	}
	ctx := store.WithAuthor(context.Background(), strconv.Itoa(os.Getpid()))
	for n := rand.IntN(4); ; n++ {
		country := []string{"CA", "US", "DE", "FR"}[n%4]
		region := map[string]string{"CA": "QC", "US": "NY", "DE": "X-A", "FR": "X-B"}[country]
		key := tax.Key{Tenant: "shop", Country: country}
		percent := strconv.Itoa(rand.IntN(50))
		out := s.Write(ctx, []store.Batch{{Key: key, Changes: []store.Change{
			{Configuration: doc(country, percent)}, {Configuration: doc(country+"-"+region, percent)},
		}}})
		if out[0].Err != nil {
			return out[0].Err
		}
		if _, err := fmt.Println("stored", country, out[0].Configurations[0].Metadata.Version, percent); err != nil {
			return err
		}
	}
}

// killed runs a victim, kills it after some of its writes, and returns what it printed.
func killed(t *testing.T, path string, random *rand.Rand) (lines []string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), victims+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	read := bufio.NewReader(out)
	first, err := read.ReadString('\n')
	assert.NoError(t, err)
	time.Sleep(time.Duration(random.IntN(6000)) * time.Microsecond)
	require.NoError(t, cmd.Process.Kill())
	rest, err := io.ReadAll(read)
	assert.NoError(t, err)
	assert.Error(t, cmd.Wait())
	return strings.Split(first+string(rest), "\n")
}

func TestKilledProcessesLoseNothing(t *testing.T) {
	times := 300
	if testing.Short() || raced {
		times = 30
	}
	if n, err := strconv.Atoi(os.Getenv(kills)); err == nil {
		times = n
	}
	path := filepath.Join(t.TempDir(), "tax.db")
	random := rand.New(rand.NewPCG(5, 6))
	last := map[string][2]string{} // what was stored of each country
	acknowledged := 0
	var reader *store.Versioned // that stays open, in half of the rounds
	for round := range times {
		switch round % 20 {
		case 10:
			reader = opened(t, path, nil)
		case 0:
			if reader != nil {
				require.NoError(t, reader.Close())
				reader = nil
			}
		}
		lines := killed(t, path, random)
		for _, line := range lines[:len(lines)-1] { // the last one was cut off
			words := strings.Fields(line)
			require.Equal(t, "stored", words[0], line)
			last[words[1]] = [2]string{words[2], words[3]}
			acknowledged++
		}
		s, b := inside(t, path, nil)
		for country, stored := range last {
			last[country] = notLost(t, s, country, stored[0], stored[1])
			if reader != nil {
				assert.Equal(t, last[country], notLost(t, reader, country, stored[0], stored[1]))
			}
		}
		if random.IntN(20) == 0 {
			require.Equal(t, "ok", integrity(t, b.single))
		}
		require.NoError(t, s.Close())
		require.False(t, t.Failed())
	}
	_, b := inside(t, path, nil)
	assert.Equal(t, "ok", integrity(t, b.single))
	assert.Greater(t, acknowledged, times)
	t.Logf("%d kills, %d writes acknowledged, none lost", times, acknowledged)
}

// notLost checks a country of which a version was stored, or perhaps the next one, and
// returns which of them is.
func notLost(t *testing.T, s *store.Versioned, country, version, percent string) [2]string {
	t.Helper()
	set, err := s.Configurations(t.Context(), tax.Key{Tenant: "shop", Country: country})
	require.NoError(t, err)
	require.Len(t, set, 2)
	of := func(i int) string { return set[i].Classes[0].Rates[0].Percent.String() }
	assert.Equal(t, of(0), of(1), "a half of a write")
	assert.Equal(t, set[0].Metadata.Version, set[1].Metadata.Version)
	want, err := strconv.ParseInt(version, 10, 64)
	require.NoError(t, err)
	switch set[0].Metadata.Version {
	case want:
		assert.Equal(t, percent, of(0))
	case want + 1: // stored, but killed before it said so
		before, err := s.Version(t.Context(), "shop", tax.Location{Country: country}, want)
		require.NoError(t, err)
		assert.Equal(t, percent, before.Configuration.Classes[0].Rates[0].Percent.String())
	default:
		assert.Fail(t, "lost", "%s is at version %d, %d was stored", country, set[0].Metadata.Version, want)
	}
	return [2]string{strconv.FormatInt(set[0].Metadata.Version, 10), of(0)}
}
