package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// lock takes the lock on a file as another process does, until unlock is called.
func lock(t *testing.T, b *backend) (unlock func()) {
	t.Helper()
	conn, err := b.single.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		assert.NoError(t, err)
		assert.NoError(t, conn.Close())
	}
}

func TestWriterWaitsForTheLockUntilItsDeadline(t *testing.T) {
	s, b := inside(t, file(t), nil)
	unlock := lock(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := s.Create(ctx, "", doc("DE", "19"))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(began), 2*time.Second)
	unlock()
	_, err = s.Create(t.Context(), "", doc("DE", "19")) // and the connection is still good
	assert.NoError(t, err)
}

func TestWriterWaitsForTheLockNoLongerThanBusyTimeout(t *testing.T) {
	s, b := inside(t, file(t), &Options{BusyTimeout: 20 * time.Millisecond})
	unlock := lock(t, b)
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorIs(t, err, ErrBusy)
	set, err := s.Configurations(t.Context(), tax.Key{Country: "DE"}) // readers do not wait
	assert.NoError(t, err)
	assert.Empty(t, set)
	unlock()
	_, err = s.Create(t.Context(), "", doc("DE", "19"))
	assert.NoError(t, err)
}

func TestWriterGoesOnWhenTheLockIsFree(t *testing.T) {
	s, b := inside(t, file(t), nil)
	unlock := lock(t, b)
	done := make(chan error)
	go func() {
		_, err := s.Create(t.Context(), "", doc("DE", "19"))
		done <- err
	}()
	time.Sleep(10 * time.Millisecond)
	unlock()
	assert.NoError(t, <-done)
}

func TestWritersThatGiveUpLeaveNothingBehind(t *testing.T) {
	s, b := inside(t, file(t), nil)
	kept := 0
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*5*time.Microsecond)
		if _, err := s.Create(ctx, strconv.Itoa(i), doc("DE", "19")); err == nil {
			kept++
		} else {
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		}
		cancel()
	}
	assert.Equal(t, kept, number(t, b, "SELECT count(*) FROM configuration"))
	unlock := lock(t, b) // nobody has it any more
	unlock()
	_, err := s.Create(t.Context(), "last", doc("DE", "19"))
	assert.NoError(t, err)
}

func TestDiskFull(t *testing.T) {
	s, b := inside(t, file(t), nil)
	first, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	// The bound is one of the connection, which is given up with the transaction that failed.
	most := number(t, b, "PRAGMA page_count") + 3
	var now int
	require.NoError(t, b.writer.conn.QueryRowContext(t.Context(), "PRAGMA max_page_count = "+strconv.Itoa(most)).Scan(&now))
	require.Equal(t, most, now)
	stored := 0
	for i := range 1000 {
		if _, err = s.Create(t.Context(), strconv.Itoa(i), doc("DE", "19")); err != nil {
			break
		}
		stored++
	}
	assertFull(t, s, b, err, stored, first)
	_, err = s.Update(t.Context(), "", first)
	assert.NoError(t, err, "once there is space again")
}

// assertFull checks a store whose disk is full.
func assertFull(t *testing.T, s tax.Store, b *backend, err error, stored int, first tax.Configuration) {
	t.Helper()
	require.ErrorIs(t, err, ErrFull)
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	require.NotZero(t, stored)
	assert.Equal(t, stored+1, number(t, b, "SELECT count(*) FROM configuration"))
	assert.Equal(t, stored+1, number(t, b, "SELECT count(*) FROM country"))
	assert.Equal(t, "ok", integrity(t, b.single))
	got, err := s.Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.Equal(t, first, got)
}

// integrity returns "ok" if SQLite finds nothing wrong with the file.
func integrity(t testing.TB, db *sql.DB) (found string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&found))
	return found
}

func TestCommitThatIsPartlyStoredIsNotStoredAtAll(t *testing.T) {
	s, b := inside(t, file(t), nil)
	first, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	edit(t, b, "INSERT INTO country (tenant, code, revision, retired, modified, sequence, writer) VALUES (x'00', 'XX', 1, 0, 0, 0, 0)")
	_, err = b.single.ExecContext(t.Context(), "CREATE TRIGGER fault BEFORE INSERT ON history BEGIN SELECT raise(ABORT, 'the disk is on fire'); END")
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "", first) // the history comes after the document
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorContains(t, err, "the disk is on fire")
	got, err := s.Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.Equal(t, first, got)
	assert.Equal(t, 1, number(t, b, "SELECT revision FROM country WHERE code = 'DE'"))
	_, err = s.Create(t.Context(), "", doc("FR", "20"))
	assert.NoError(t, err)
}

func TestDamagedPageIsAnErrorAndNoRate(t *testing.T) {
	path := file(t)
	s, b := inside(t, path, nil)
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	page := number(t, b, "SELECT rootpage FROM sqlite_schema WHERE name = 'configuration'")
	size := number(t, b, "PRAGMA page_size")
	require.NoError(t, s.Close())

	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, size), int64((page-1)*size))
	require.NoError(t, err)
	require.NoError(t, f.Close())

	r := taxtest.Open(t, opened(t, path, nil), nil)
	_, err = r.Resolve(t.Context(), "DE", "STANDARD")
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorIs(t, err, ErrCorrupt)
}
