package postgres_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store/postgres"
)

// newStandby makes a standby of a cluster and starts it.
func newStandby(t *testing.T, of *cluster) *cluster {
	t.Helper()
	copied, err := of.Standby()
	require.NoError(t, err)
	t.Cleanup(func() { _ = copied.Close() })
	return &cluster{Server: copied}
}

func TestReplicaNeverAnswersWithAnOlderState(t *testing.T) {
	t.Parallel()
	server(t)
	primary, err := newCluster()
	require.NoError(t, err)
	t.Cleanup(func() { _ = primary.Close() })
	dsn := primary.DSN("postgres")
	writer := openStore(t, dsn, nil)
	require.NoError(t, put(t.Context(), writer, "shop", "1"))
	standby := newStandby(t, primary)
	replica, admin := connect(t, standby.DSN("postgres")), connect(t, standby.DSN("postgres"))
	s := openStore(t, dsn, &postgres.Options{Replica: replica, Poll: 20 * time.Millisecond})
	percent := func() string {
		c, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		return c.Classes[0].Rates[0].Percent.String()
	}
	exec := func(statement string) {
		_, err := admin.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	assert.Equal(t, "1", percent())
	require.Eventually(t, func() bool { lag, err := s.Lag(t.Context()); return err == nil && lag == 0 }, 5*time.Second, time.Millisecond)

	exec("SELECT pg_wal_replay_pause()")
	require.NoError(t, put(t.Context(), writer, "shop", "2"))
	assert.Equal(t, "1", percent(), "the replica answers, and nobody has told of the write")
	require.NoError(t, put(t.Context(), s, "shop", "3"))
	assert.Equal(t, "3", percent(), "its own write")
	require.Eventually(t, func() bool { lag, err := s.Lag(t.Context()); return err == nil && lag > 0 }, 5*time.Second, time.Millisecond)

	r := watch(t, s) // from here on it knows what the replica lacks
	for i := range 5 {
		want := strconv.Itoa(10 + i)
		require.NoError(t, put(t.Context(), writer, "shop", want))
		r.eventually(t, shop)
		assert.Equal(t, want, percent(), "a write that was reported")
	}
	exec("SELECT pg_wal_replay_resume()")
	require.Eventually(t, func() bool { lag, err := s.Lag(t.Context()); return err == nil && lag == 0 }, 5*time.Second, time.Millisecond)
	assert.Equal(t, "14", percent())

	require.NoError(t, standby.Stop("immediate"))
	assert.Equal(t, "14", percent(), "the primary answers for it")
}

func TestReplicaThatHangsLeavesTimeForThePrimary(t *testing.T) {
	dsn := server(t).database(t)
	p, through := newProxy(t, dsn)
	s := openStore(t, dsn, &postgres.Options{Replica: connect(t, through)})
	require.NoError(t, put(t.Context(), s, "shop", "1"))
	_, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	p.Set(func() { p.Silent = true })
	defer p.Set(func() { p.Silent = false })
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	_, err = s.Get(ctx, "shop", germany)
	require.NoError(t, err)
}

func TestReplicaIsAskedWhereItCanAnswer(t *testing.T) {
	// The tables of the replica are those of another database, so that its answers can be told apart.
	primary, other := server(t).database(t), server(t).database(t)
	s := openStore(t, primary, &postgres.Options{Replica: connect(t, other)})
	require.NoError(t, put(t.Context(), openStore(t, primary, nil), "shop", "1"))
	require.NoError(t, put(t.Context(), openStore(t, other, nil), "shop", "2"))
	r, err := tax.NewResolver(s, nil)
	require.NoError(t, err)
	defer r.Close()
	a, err := r.Tenant("shop").Resolve(context.Background(), "DE", "")
	require.NoError(t, err)
	assert.Equal(t, "2", fmt.Sprint(a.Percent()))
	versions, err := s.Versions(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Equal(t, "1", versions[0].Configuration.Classes[0].Rates[0].Percent.String(), "history is the primary's")
	require.NoError(t, put(t.Context(), s, "shop", "3"))
	a, err = r.Tenant("shop").Resolve(context.Background(), "DE", "")
	require.NoError(t, err)
	assert.Equal(t, "3", fmt.Sprint(a.Percent()), "revision 2, which the replica lacks")
}
