package nats

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// coldVariable is the environment variable that makes this program a process that has nothing
// in memory, with the URL of the server. processesVariable is the number of those.
const (
	coldVariable      = "TAX_NATS_COLD"
	processesVariable = "TAX_NATS_PROCESSES"
)

// coldTenants and coldCountries are what each process asks for.
var (
	coldTenants   = []string{"a", "b"}
	coldCountries = []string{"AT", "DE", "FR"}
)

// counting counts the loads of each country.
type counting struct {
	tax.Source
	loads sync.Map // of *atomic.Int64 by tax.Key
}

func (c *counting) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	n, _ := c.loads.LoadOrStore(key, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	return c.Source.Configurations(ctx, key)
}

// beCold opens a store, waits for a line, asks for all countries many times at once, and says
// how many it has loaded, how often the one that was loaded most, and how many messages that
// took.
func beCold(url string, in io.Reader, out io.Writer) error {
	ctx := context.Background()
	conn, err := nats.Connect(url, nats.Timeout(time.Minute))
	if err != nil {
		return err
	}
	defer conn.Close()
	s, err := Open(ctx, conn, &Options{Timeout: time.Minute})
	if err != nil {
		return err
	}
	defer s.Close()
	source := &counting{Source: s}
	r, err := tax.NewResolver(source, &tax.Options{LoadTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer r.Close()
	fmt.Fprintln(out, "ready")
	lines := bufio.NewReader(in)
	if _, err := lines.ReadString('\n'); err != nil {
		return err
	}
	before := conn.Stats().OutMsgs
	failed := make(chan error, 10*len(coldTenants)*len(coldCountries))
	for range 10 {
		for _, tenant := range coldTenants {
			for _, code := range coldCountries {
				go func() {
					_, err := r.Tenant(tenant).Resolve(ctx, code, "STANDARD")
					failed <- err
				}()
			}
		}
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			return err
		}
	}
	countries, most := 0, int64(0)
	source.loads.Range(func(_, n any) bool {
		countries, most = countries+1, max(most, n.(*atomic.Int64).Load())
		return true
	})
	fmt.Fprintln(out, countries, most, conn.Stats().OutMsgs-before)
	_, err = io.Copy(io.Discard, lines) // stays connected until the test has counted
	return err
}

// Processes that start at the same time, with nothing in memory, load each country once, over
// one connection each.
func TestColdProcessesLoadEachCountryOnce(t *testing.T) {
	processes := 100
	if text := os.Getenv(processesVariable); text != "" {
		var err error
		processes, err = strconv.Atoi(text)
		require.NoError(t, err, "%s is a number", processesVariable)
	} else if testing.Short() {
		processes = 6
	}
	server := serve(t, serverOptions(t.TempDir()))
	t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	s, _ := opened(t, connect(t, server.ClientURL()), "")
	for _, tenant := range coldTenants {
		for _, code := range coldCountries {
			c := taxOf(1)
			c.Location.Country = code
			require.NoError(t, s.Write(t.Context(), []store.Batch{{Key: tax.Key{Tenant: tenant, Country: code}, Changes: []store.Change{{Configuration: c}}}})[0].Err)
		}
	}
	own := server.NumClients()
	self, err := os.Executable()
	require.NoError(t, err)
	var inputs []io.WriteCloser
	var outputs []*bufio.Reader
	for range processes {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), coldVariable+"="+server.ClientURL())
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		inputs, outputs = append(inputs, in), append(outputs, bufio.NewReader(out))
		t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	}
	line := func(out *bufio.Reader) string {
		text, err := out.ReadString('\n')
		require.NoError(t, err)
		return strings.TrimSpace(text)
	}
	for _, out := range outputs {
		require.Equal(t, "ready", line(out))
	}
	began := time.Now()
	for _, in := range inputs {
		_, err := io.WriteString(in, "go\n")
		require.NoError(t, err)
	}
	countries := len(coldTenants) * len(coldCountries)
	for i, out := range outputs {
		assert.Equal(t, fmt.Sprintf("%d 1 %d", countries, countries), line(out), "countries, loads of each, messages of process %d", i)
	}
	t.Logf("%d processes had %d countries of %d tenants after %v", processes, len(coldCountries), len(coldTenants), time.Since(began).Round(time.Millisecond))
	assert.LessOrEqual(t, server.NumClients()-own, processes, "connections")
}
