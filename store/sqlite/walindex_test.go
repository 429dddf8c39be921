package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// watched is the statement that asks SQLite for the version of the data.
type watched struct {
	driver.Stmt
	asked    int
	answered func() // is called before the answer arrives; nil for nothing
}

func (w *watched) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	w.asked++
	rows, err := w.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if w.answered != nil {
		w.answered()
	}
	return rows, err
}

// watchedAsk returns the statement of a backend that has read a country twice.
func watchedAsk(t *testing.T, b *backend) *watched {
	t.Helper()
	loaded(t, b, nil)
	loaded(t, b, nil)
	require.NotNil(t, b.recent.ask)
	w := &watched{Stmt: b.recent.ask.stmt}
	b.recent.ask.stmt = w
	return w
}

// watchedStores returns two stores over one file, with the backend of the first one, its
// statement, and the configuration that they have.
func watchedStores(t *testing.T) (s, other *store.Versioned, b *backend, w *watched, c tax.Configuration) {
	t.Helper()
	path := file(t)
	s, b = inside(t, path, nil)
	other = opened(t, path, nil)
	c, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	return s, other, b, watchedAsk(t, b), c
}

func TestSQLiteIsAskedOnceForEachWrite(t *testing.T) {
	s, other, _, w, c := watchedStores(t)
	_, err := s.Get(t.Context(), "shop", germany) // the headers of the first answer may have been old
	require.NoError(t, err)
	for round, writer := range []*store.Versioned{s, other, s, other} {
		c, err = writer.Update(t.Context(), "shop", c)
		require.NoError(t, err)
		w.asked = 0
		for range 10 {
			got, err := s.Get(t.Context(), "shop", germany)
			require.NoError(t, err)
			require.Equal(t, c, got)
		}
		assert.Equal(t, 1, w.asked, "round %d", round)
	}
}

func TestWriteBetweenTheHeadersAndTheAnswerIsNotMissed(t *testing.T) {
	s, other, b, w, c := watchedStores(t)
	write := func() {
		w.answered = nil
		var err error
		c, err = other.Update(t.Context(), "shop", c)
		require.NoError(t, err)
	}
	for range 3 {
		b.recent.ask.seen, w.answered = walIndex{}, write
		_, err := s.Get(t.Context(), "shop", germany) // at the same time as the write
		require.NoError(t, err)
		require.Nil(t, w.answered)
		got, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		assert.Equal(t, c, got)
	}
}

func TestHeadersThatSayNothing(t *testing.T) {
	var none *walIndex
	_, ok := none.read()
	assert.False(t, ok, "no memory")
	var w walIndex
	_, ok = w.read()
	assert.False(t, ok, "no header yet")
	for i := range w {
		w[i] = uint64(i%words + 1)
	}
	now, ok := w.read()
	assert.True(t, ok)
	assert.Equal(t, w, now)
	for i := range w {
		w[i]++
		_, ok = w.read()
		assert.False(t, ok, "word %d was written, and that of the other copy not yet", i)
		w[i]--
	}
	for _, c := range []any{nil, 1, struct{ db string }{}, &struct{ db uintptr }{}} {
		assert.Nil(t, walIndexOf(c), "no connection of the driver: %T", c)
	}
}

func TestMemoryThatIsTakenAwayIsAnErrorAndNoPanic(t *testing.T) {
	path := file(t)
	s, b := inside(t, path, nil)
	_, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	watchedAsk(t, b)
	_, ok := b.recent.ask.index.read()
	require.True(t, ok)
	require.NoError(t, os.Truncate(path+"-shm", 0))
	_, ok = b.recent.ask.index.read()
	assert.False(t, ok)
	_, err = s.Get(t.Context(), "shop", germany)
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	require.NoError(t, os.Truncate(path+"-shm", 1<<15))
	require.NoError(t, s.Close())
	c, err := opened(t, path, nil).Get(t.Context(), "shop", germany)
	assert.NoError(t, err)
	assert.EqualValues(t, 1, c.Metadata.Version)
}

func TestDatabaseWithoutWALIsAskedForEachRead(t *testing.T) {
	path := file(t)
	s := opened(t, path, nil)
	c, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	db := outside(t, path)
	run(t, db, "PRAGMA journal_mode = DELETE")
	s, b := inside(t, path, nil)
	other := opened(t, path, nil)
	w := watchedAsk(t, b)
	assert.Nil(t, b.recent.ask.index)
	for range 3 {
		c, err = other.Update(t.Context(), "shop", c)
		require.NoError(t, err)
		got, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		assert.Equal(t, c, got)
	}
	assert.Equal(t, 3, w.asked)
	assert.NoFileExists(t, path+"-shm")
}

// outside opens a database as another program does.
func outside(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func run(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// servants is the variable of the environment for a process that executes the statements
// it reads in the database that the variable names.
const servants = "SQLITE_SERVANT"

func servant(path string) error {
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if _, err := db.Exec(lines.Text()); err != nil {
			return err
		}
		fmt.Println("done")
	}
	return db.Close()
}

// another starts a process that executes statements.
func another(t *testing.T, path string) (execute func(statements ...string)) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env, cmd.Stderr = append(os.Environ(), servants+"="+path), os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { assert.NoError(t, in.Close()); assert.NoError(t, cmd.Wait()) })
	answers := bufio.NewReader(out)
	return func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			_, err := io.WriteString(in, statement+"\n")
			require.NoError(t, err)
			answer, err := answers.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "done\n", answer, statement)
		}
	}
}

func TestNextReadSeesWhatAnotherProcessHasWritten(t *testing.T) {
	path := file(t)
	s, b := inside(t, path, nil)
	_, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	w := watchedAsk(t, b)
	execute := another(t, path)
	const large = "CREATE TABLE other AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT randomblob(4000) FROM n"
	for round, statements := range [][]string{
		nil,
		{"PRAGMA wal_checkpoint(PASSIVE)"},
		{"PRAGMA wal_checkpoint(RESTART)"},
		{"PRAGMA wal_checkpoint(TRUNCATE)"},
		{"VACUUM"},
		{"PRAGMA cache_size = 10", "BEGIN", large, "ROLLBACK"}, // what is in the WAL does not count
		{large, "DROP TABLE other", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"},
	} {
		execute(statements...)
		for _, author := range []string{"anna", "bert"} {
			execute("UPDATE configuration SET author = '" + author + strconv.Itoa(round) + "'")
			c, _ := loaded(t, b, nil)
			assert.Equal(t, author+strconv.Itoa(round), inForce(c).Author)
			_, same := loaded(t, b, c)
			assert.True(t, same)
		}
	}
	assert.Positive(t, w.asked)
}

func TestNextReadSeesACopyThatWasRestored(t *testing.T) {
	path := file(t)
	s, b := inside(t, path, nil)
	c, err := s.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	db, copied := outside(t, path), filepath.Join(t.TempDir(), "copy.db")
	run(t, db, "VACUUM INTO '"+copied+"'")
	_, err = s.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	watchedAsk(t, b)
	now, _ := loaded(t, b, nil)
	require.EqualValues(t, 2, inForce(now).Configuration.Metadata.Version)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	require.NoError(t, conn.Raw(func(c any) error {
		begun := reflect.ValueOf(c).MethodByName("NewRestore").Call([]reflect.Value{reflect.ValueOf(copied)})
		require.True(t, begun[1].IsNil())
		restore := begun[0].Interface().(interface {
			Step(pages int32) (more bool, err error)
			Finish() error
		})
		_, err := restore.Step(-1)
		require.NoError(t, err)
		return restore.Finish()
	}))
	require.NoError(t, conn.Close())
	now, _ = loaded(t, b, nil)
	assert.EqualValues(t, 1, inForce(now).Configuration.Metadata.Version)
}

// TestNoReadIsStale has two stores and another program do what they like in turns, and
// compares what each store reads after each turn with what was written last.
func TestNoReadIsStale(t *testing.T) {
	path := file(t)
	first, b := inside(t, path, nil)
	db, random := outside(t, path), rand.New(rand.NewPCG(7, 8))
	second := opened(t, path, nil)
	c, err := first.Create(t.Context(), "shop", doc("DE", "16"))
	require.NoError(t, err)
	author := ""
	for turn := range 100 {
		writer := []*store.Versioned{first, second}[turn%2]
		switch what := random.IntN(12); what {
		case 0, 1, 2, 3:
			c, err = writer.Update(t.Context(), "shop", c)
			author = ""
		case 4:
			_, err = writer.Create(t.Context(), strconv.Itoa(turn), doc("FR", "20"))
		case 5, 6:
			author = strconv.Itoa(turn)
			run(t, db, "UPDATE configuration SET author = '"+author+"'")
		case 7:
			run(t, db, "BEGIN", "UPDATE configuration SET author = 'nobody'", "ROLLBACK")
		case 8:
			run(t, db, "PRAGMA wal_checkpoint("+[]string{"PASSIVE", "FULL", "RESTART", "TRUNCATE"}[random.IntN(4)]+")")
		case 9:
			if random.IntN(5) == 0 {
				run(t, db, "VACUUM")
			}
		case 10:
			require.NoError(t, second.Close())
			second = opened(t, path, nil)
		case 11:
			b.recent.close()
		}
		require.NoError(t, err)
		for _, s := range []*store.Versioned{first, second} {
			for range 1 + random.IntN(3) {
				got, err := s.Get(t.Context(), "shop", germany)
				require.NoError(t, err)
				require.Equal(t, c, got, "turn %d", turn)
			}
		}
		now, _ := loaded(t, b, nil)
		require.Equal(t, author, inForce(now).Author, "turn %d", turn)
	}
}
