package histories

import (
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/pgserver"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
	"github.com/taxresolve/tax/store/sqlite"
)

// opened returns the handles of one history. Other stores are proved by adding them here.
var opened = map[string]func(t *testing.T) []tax.Store{
	"memory": func(*testing.T) []tax.Store { return []tax.Store{store.NewMemory(nil)} },
	"two handles": func(t *testing.T) []tax.Store {
		b := &table{}
		return []tax.Store{over(t, b), over(t, b)}
	},
	"files": func(t *testing.T) []tax.Store { return []tax.Store{files(t, t.TempDir())} },
	"two handles on files": func(t *testing.T) []tax.Store {
		folder := t.TempDir()
		return []tax.Store{files(t, folder), files(t, folder)}
	},
	"SQLite": func(t *testing.T) []tax.Store {
		return []tax.Store{database(t, filepath.Join(t.TempDir(), "tax.db"))}
	},
	"two handles on SQLite": func(t *testing.T) []tax.Store {
		name := filepath.Join(t.TempDir(), "tax.db")
		return []tax.Store{database(t, name), database(t, name)}
	},
}

// The handles are those of two processes: each has connections of its own.
func TestPostgreSQLAndResolverAreLinearizable(t *testing.T) {
	server := pgserver.ForTest(t)
	connected := func(t *testing.T) tax.Store {
		s, err := postgres.Connect(t.Context(), server.DSN("postgres"), nil)
		require.NoError(t, err)
		return s
	}
	for name, count := range map[string]int{"one handle": 1, "two handles": 2} {
		t.Run(name, func(t *testing.T) {
			handles := []tax.Store{connected(t)}
			for len(handles) < count {
				handles = append(handles, connected(t))
			}
			defer closeAll(t, handles)
			prove(t, max(wanted(t)/100, 20), func(n uint64) ([2]string, []tax.Store, func()) {
				other := name + " " + strconv.FormatUint(n, 10)
				return [2]string{other, other + "a"}, handles, func() {}
			})
		})
	}
}

func files(t *testing.T, folder string) tax.Store {
	s, err := store.OpenFile(folder, nil)
	require.NoError(t, err)
	return s
}

func database(t *testing.T, name string) tax.Store {
	s, err := sqlite.Open(name, nil)
	require.NoError(t, err)
	return s
}

func over(t *testing.T, b store.Backend) tax.Store {
	s, err := store.New(b, nil)
	require.NoError(t, err)
	return s
}

func TestStoreAndResolverAreLinearizable(t *testing.T) {
	for name, open := range opened {
		t.Run(name, func(t *testing.T) {
			count := max(wanted(t)/4, 50)
			if strings.HasSuffix(name, "files") || strings.HasSuffix(name, "SQLite") {
				count = max(count/25, 20) // each history has a store of its own on the disk
			}
			prove(t, count, func(uint64) ([2]string, []tax.Store, func()) {
				handles := open(t)
				return nobody, handles, func() { closeAll(t, handles) }
			})
		})
	}
}

// nobody and another tenant.
var nobody = [2]string{"", "a"}

func closeAll(t *testing.T, handles []tax.Store) {
	for _, s := range handles {
		require.NoError(t, s.(io.Closer).Close())
	}
}

// prove makes histories and checks them. begin returns the tenants and handles of one, and
// end is called after it.
func prove(t *testing.T, count int, begin func(n uint64) (tenants [2]string, handles []tax.Store, end func())) {
	kinds := map[error]int{}
	operations := 0
	for n := range uint64(count) {
		seed := first(t) + n
		tenants, handles, end := begin(n)
		ops, err := RunStore(seed, tenants, handles)
		end()
		require.NoError(t, err)
		if fault := StoreFault(ops); fault != "" {
			t.Fatalf("PROOF_SCRIPT=%d: %s", seed, fault)
		}
		operations += len(ops)
		for i := range ops {
			for _, kind := range []error{nil, tax.ErrExists, tax.ErrNotFound, tax.ErrConflict, tax.ErrUnknownCountry} {
				if errors.Is(ops[i].Err, kind) {
					kinds[kind]++
				}
			}
		}
	}
	t.Logf("%d histories of %d operations; outcomes: %v", count, operations, kinds)
	for _, kind := range []error{nil, tax.ErrExists, tax.ErrNotFound, tax.ErrConflict} {
		assert.Greater(t, 100*kinds[kind], operations, "%v is too rare", kind)
	}
}

// A proof that accepted these stores would accept one with their mistakes.
func TestBrokenStoresAreCaught(t *testing.T) {
	for name, open := range map[string]func() []tax.Store{
		"a backend that does not compare the revision": func() []tax.Store {
			b := &table{careless: true}
			return []tax.Store{over(t, b), over(t, b)}
		},
		"a store that notifies of nothing": func() []tax.Store {
			return []tax.Store{&silent{store.NewMemory(nil)}}
		},
		"a store that notifies late": func() []tax.Store {
			return []tax.Store{&late{Memory: store.NewMemory(nil)}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(2000) {
				ops, err := RunStore(n, nobody, open())
				require.NoError(t, err)
				if fault := StoreFault(ops); fault != "" {
					t.Logf("caught after %d histories: %s", n+1, fault)
					return
				}
			}
			t.Fatal("not caught in 2000 histories")
		})
	}
}

// silent is a store whose listeners are never called.
type silent struct{ *store.Memory }

func (*silent) Notify(func(tax.Key)) (stop func()) { return func() {} }

// late calls its listeners in the background.
type late struct{ *store.Memory }

func (l *late) Notify(changed func(tax.Key)) (stop func()) {
	return l.Memory.Notify(func(key tax.Key) {
		go func() {
			time.Sleep(time.Microsecond)
			changed(key)
		}()
	})
}

// table is a small backend, on which two stores are as two processes are.
type table struct {
	careless bool
	mu       sync.Mutex
	rows     map[tax.Key]*store.Country
}

func (b *table) Load(_ context.Context, key tax.Key) (*store.Country, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows[key], nil
}

func (b *table) Save(_ context.Context, commits []*store.Commit) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rows == nil {
		b.rows = make(map[tax.Key]*store.Country)
	}
	errs := make([]error, len(commits))
	for i, c := range commits {
		if b.rows[c.Key] != c.Before && !b.careless {
			errs[i] = store.ErrMoved
			continue
		}
		b.rows[c.Key] = c.After
	}
	return errs
}

func (*table) Ended(context.Context, tax.Key, *tax.Location) ([]*store.Version, time.Time, error) {
	return nil, time.Time{}, nil
}

func (*table) Documents(context.Context, string, tax.Location) iter.Seq2[*store.Version, error] {
	return func(func(*store.Version, error) bool) {}
}
