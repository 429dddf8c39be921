package followers

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taxresolve/tax/internal/pgserver"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
	"github.com/taxresolve/tax/store/postgres"
)

// fleet returns a thousand resolvers that follow a store.
func fleet(t *testing.T, writer store.BulkWriter, reader Followed) *Fleet {
	f := &Fleet{Writer: writer, Reader: reader, Resolvers: 1000, Pause: time.Second, Changes: 1000,
		Countries: []string{"DE", "FR", "IT", "ES", "AT", "NL", "BE", "PL"}, Duration: 2 * time.Second}
	if testing.Short() {
		f.Resolvers, f.Duration = 100, time.Second/2
	}
	if text := os.Getenv("PROOF_FOLLOWERS"); text != "" {
		var err error
		f.Duration, err = time.ParseDuration(text)
		require.NoError(t, err, "PROOF_FOLLOWERS is a duration such as 1m")
	}
	return f
}

// follow runs a fleet, and checks what it promises.
func follow(t *testing.T, f *Fleet) {
	report, err := f.Run(t.Context())
	require.NoError(t, err)
	t.Log(report)
	assert.Zero(t, report.GoneBack, "answers that were older than the one before")
	assert.Zero(t, report.LoadedTooOften, "countries that a resolver has loaded more often than they have changed")
	assert.Greater(t, report.Changes, 0)
	assert.Greater(t, report.Lookups, f.Resolvers/4)
	// Every resolver may come to know every country in the meantime.
	assert.Less(t, report.HeapAtLast, report.HeapAtFirst+uint64(f.Resolvers*len(f.Countries))*4<<10)
	assert.LessOrEqual(t, report.AtLast, report.GoroutinesFirst)
}

func TestResolversFollowAStoreInMemory(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := store.NewMemory(nil)
	follow(t, fleet(t, s, s))
}

func TestResolversFollowPostgreSQLOnAFewConnections(t *testing.T) {
	server := pgserver.ForTest(t)
	defer goleak.VerifyNone(t)
	writer, err := postgres.Connect(t.Context(), server.DSN("postgres"), nil)
	require.NoError(t, err)
	defer writer.Close()
	reader, err := postgres.Connect(t.Context(), server.DSN("postgres")+"&pool_max_conns=4&application_name=followers", nil)
	require.NoError(t, err)
	defer reader.Close()
	f := fleet(t, writer, reader)
	admin, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	require.NoError(t, err)
	defer admin.Close(t.Context())
	connected := make(chan int, 1)
	time.AfterFunc(f.Duration/2, func() {
		n := -1
		_ = admin.QueryRow(context.Background(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'followers'").Scan(&n)
		connected <- n
	})
	follow(t, f)
	n := <-connected
	assert.Positive(t, n)
	assert.LessOrEqual(t, n, 4, "connections for all resolvers, their subscription included")
}

func TestResolversFollowNATSWithOneSubscription(t *testing.T) {
	running, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	require.NoError(t, err)
	running.Start()
	t.Cleanup(func() { running.Shutdown(); running.WaitForShutdown() })
	require.True(t, running.ReadyForConnections(10*time.Second))
	connected := func() (*natsgo.Conn, *store.Versioned) {
		conn, err := natsgo.Connect(running.ClientURL())
		require.NoError(t, err)
		t.Cleanup(conn.Close)
		s, err := nats.Open(t.Context(), conn, nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return conn, s
	}
	_, writer := connected()
	conn, reader := connected()
	f := fleet(t, writer, reader)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	subscriptions := make(chan int, 1)
	time.AfterFunc(f.Duration/2, func() {
		n := -1
		if stream, err := js.Stream(context.Background(), "KV_tax"); err == nil {
			n = stream.CachedInfo().State.Consumers
		}
		subscriptions <- n
	})
	follow(t, f)
	assert.Equal(t, 1, <-subscriptions, "subscriptions of all resolvers")
}
