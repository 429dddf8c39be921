package nats

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// serverOptions are those of a server that keeps its data in a folder.
func serverOptions(folder string) *server.Options {
	return &server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true}
}

// serve starts a server in this process.
func serve(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	return s
}

// one returns the URL of a server that stops at the end of the test.
func one(t testing.TB) string {
	t.Helper()
	s := serve(t, serverOptions(t.TempDir()))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s.ClientURL()
}

// memberVariable is the environment variable that makes this program a server of a cluster.
const memberVariable = "TAX_NATS_MEMBER"

// member is a server of a cluster, in a process of its own, so that it can be killed.
type member struct {
	Name, Folder   string
	Port, Route    int
	Routes         []int
	process        *exec.Cmd
	stopsWithInput *os.File
}

func TestMain(m *testing.M) {
	if text := os.Getenv(memberVariable); text != "" {
		if err := beMember(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if url := os.Getenv(coldVariable); url != "" {
		if err := beCold(url, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	// Most of the time is waiting for elections: more tests at once than there are processors.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// beMember runs a server until its input ends: until the test that started it does.
func beMember(text string) error {
	var m member
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return err
	}
	o := serverOptions(m.Folder)
	o.ServerName, o.Port = m.Name, m.Port
	o.Cluster = server.ClusterOpts{Name: "fleet", Host: "127.0.0.1", Port: m.Route}
	for _, port := range m.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))})
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	s.Start()
	_, _ = os.Stdin.Read(make([]byte, 1)) // returns when the other end is closed
	s.Shutdown()
	return nil
}

// cluster starts three servers, and returns them and the URL of all.
func cluster(t testing.TB) ([]*member, string) {
	t.Helper()
	var members []*member
	var routes []int
	var urls []string
	for i := range 3 {
		m := &member{Name: "n" + strconv.Itoa(i), Folder: t.TempDir(), Port: freePort(t), Route: freePort(t)}
		members, routes = append(members, m), append(routes, m.Route)
		urls = append(urls, "nats://127.0.0.1:"+strconv.Itoa(m.Port))
	}
	for _, m := range members {
		m.Routes = routes
		m.start(t)
		t.Cleanup(m.kill)
	}
	return members, strings.Join(urls, ",")
}

func (m *member) start(t testing.TB) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	text, err := json.Marshal(m)
	require.NoError(t, err)
	m.process = exec.Command(self)
	m.process.Env = append(os.Environ(), memberVariable+"="+string(text))
	m.process.Stderr = os.Stderr
	in, out, err := os.Pipe()
	require.NoError(t, err)
	m.process.Stdin, m.stopsWithInput = in, out
	require.NoError(t, m.process.Start())
	require.NoError(t, in.Close())
}

// kill ends a server as if its machine had failed.
func (m *member) kill() {
	_ = m.process.Process.Kill()
	_ = m.process.Wait()
	_ = m.stopsWithInput.Close()
}

// lastPort is the last port that was given to a server.
var lastPort atomic.Int64

// freePort returns a port that no other server gets: below those that the system gives to
// connections, and from a number on that another run of the tests hardly has.
func freePort(t testing.TB) int {
	t.Helper()
	lastPort.CompareAndSwap(0, 12_000+int64(os.Getpid())%600*32)
	for range 10_000 {
		port := int(lastPort.Add(1))
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}
