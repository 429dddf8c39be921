package nats

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

// connect returns a connection that is closed at the end of the test.
func connect(t testing.TB, url string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// bucketOf returns the name of a bucket for a place.
func bucketOf(place string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && bucketName.MatchString(string(r)) {
			return r
		}
		return '_'
	}, place)
	return name[max(len(name)-150, 0):]
}

// soaking is the group that counts what the process has in use, so that it runs while no
// other test does.
const soaking = "Soak"

func TestContract(t *testing.T) {
	t.Parallel()
	contract(t, func(group string) bool { return group != soaking })
}

func TestLongUse(t *testing.T) {
	only := func(group string) bool { return group == soaking }
	t.Run("one", func(t *testing.T) { contract(t, only) })
	t.Run("cluster", func(t *testing.T) { contractOfACluster(t, only) })
}

func contract(t *testing.T, group func(string) bool) {
	options := serverOptions(t.TempDir())
	s := serve(t, options)
	options.Port = s.Addr().(*net.TCPAddr).Port
	url := s.ClientURL()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	storetest.Run(t, storetest.Factory{
		Backend: func(t *testing.T, place string) store.Backend { return keeper(t, url, place, 1) },
		Shared:  true,
		Break: func(t *testing.T, _ string) func() {
			s.Shutdown()
			s.WaitForShutdown()
			return func() { s = serve(t, options) }
		},
		Effort: 25,
		Group:  group,
	})
}

// keeper opens what keeps the documents of a place.
func keeper(t *testing.T, url, place string, replicas int) store.Backend {
	t.Helper()
	b, err := open(t.Context(), connect(t, url), &Options{Bucket: bucketOf(place), Timeout: time.Duration(replicas+3) * time.Second, Replicas: replicas})
	require.NoError(t, err)
	return b
}

// breaking is the group whose tests kill servers. It waits for elections, so that it has
// servers of its own.
const breaking = "Faults"

// The suite with three servers, of which two have to have every write.
func TestContractOfACluster(t *testing.T) {
	t.Parallel()
	contractOfACluster(t, func(group string) bool { return group != breaking && group != soaking })
}

func TestContractOfAClusterThatIsKilled(t *testing.T) {
	t.Parallel()
	contractOfACluster(t, func(group string) bool { return group == breaking })
}

func contractOfACluster(t *testing.T, group func(string) bool) {
	if testing.Short() {
		t.Skip("three servers take a while to find each other")
	}
	members, urls := cluster(t)
	settled(t, urls, "")
	storetest.Run(t, storetest.Factory{
		Backend: func(t *testing.T, place string) store.Backend { return keeper(t, urls, place, 3) },
		Shared:  true,
		Break: func(t *testing.T, place string) func() {
			// All of them: one that is left may take a write that it stores later, so that
			// its outcome is not known.
			for _, m := range members {
				m.kill()
			}
			return func() {
				for _, m := range members {
					m.start(t)
				}
				settled(t, urls, bucketOf(place))
			}
		},
		Effort: 2,
		Group:  group,
	})
}

// settled waits until a cluster has leaders.
func settled(t *testing.T, urls, bucket string) {
	require.Eventually(t, func() bool {
		conn, err := nats.Connect(urls)
		if err != nil {
			return false
		}
		defer conn.Close()
		_, err = open(t.Context(), conn, &Options{Replicas: 3, Bucket: bucket})
		return err == nil
	}, 60*time.Second, 100*time.Millisecond)
}
