package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// reports collects what Watch reports.
type reports struct {
	mu   sync.Mutex
	keys []tax.Key
}

func (r *reports) add(key tax.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, key)
}

func (r *reports) count(key tax.Key) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		if k == key {
			n++
		}
	}
	return n
}

// watch follows a store until the test ends. It returns when the files have been seen.
func watch(t *testing.T, s *store.Versioned) *reports {
	r := &reports{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Watch(ctx, r.add) }()
	t.Cleanup(func() {
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
	})
	require.Eventually(t, func() bool { return r.count(tax.Key{}) >= 2 }, 5*time.Second, time.Millisecond)
	return r
}

// soon waits until something holds.
func soon(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 5*time.Second, time.Millisecond)
}

// swap edits a file as editors do that write another one and rename it: nobody sees a part
// of it, however slow the machine is.
func swap(t *testing.T, dir, file, old, edited string) {
	t.Helper()
	name := filepath.Join(dir, "_", file)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(name+".new", []byte(strings.ReplaceAll(string(text), old, edited)), 0o644))
	require.NoError(t, os.Rename(name+".new", name))
}

const often = 3 * time.Millisecond

func TestWatchReportsOtherProcessesAndEdits(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	var broken []error
	s := openFile(t, dir, &store.FileOptions{PollInterval: often, Broken: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		broken = append(broken, err)
	}})
	other := openFile(t, dir, nil)
	long := strings.Repeat("/", 1024)
	for _, tenant := range []string{"", "A/b", long} {
		_, err := other.Create(t.Context(), tenant, german("18"))
		require.NoError(t, err)
		_, err = s.Get(t.Context(), tenant, germany)
		require.NoError(t, err)
	}
	r := watch(t, s)
	mine, other1, other2 := tax.Key{Country: "DE"}, tax.Key{Tenant: "A/b", Country: "DE"}, tax.Key{Tenant: long, Country: "DE"}
	for _, key := range []tax.Key{other1, other2} {
		c, err := other.Get(t.Context(), key.Tenant, germany)
		require.NoError(t, err)
		_, err = other.Update(t.Context(), key.Tenant, c)
		require.NoError(t, err)
		soon(t, func() bool { return r.count(key) == 1 })
	}

	// A write of its own is reported once, by the write itself.
	c, err := s.Get(t.Context(), "", germany)
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "", c)
	require.NoError(t, err)
	time.Sleep(10 * often)
	assert.Equal(t, 1, r.count(mine))

	swap(t, dir, "DE.json", `"percent": 18`, `"percent": 19`)
	soon(t, func() bool { return r.count(mine) >= 2 })
	time.Sleep(10 * often)
	reported := r.count(mine)

	name := filepath.Join(dir, "_", "DE.json")
	// One that is broken is told, but the last good state still counts.
	swap(t, dir, "DE.json", `"percent": 19`, `"percent": ,19`)
	soon(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(broken) > 0 })
	time.Sleep(10 * often)
	assert.Equal(t, reported, r.count(mine))
	mu.Lock()
	require.Len(t, broken, 1, "once")
	require.ErrorIs(t, broken[0], tax.ErrInvalid)
	require.ErrorContains(t, broken[0], name+":")
	mu.Unlock()
	swap(t, dir, "DE.json", `"percent": ,19`, `"percent": 20`)
	soon(t, func() bool { return r.count(mine) > reported })
	time.Sleep(10 * often)
	reported = r.count(mine)
	require.NoError(t, os.Remove(name))
	soon(t, func() bool { return r.count(mine) > reported })
}

func TestWatchReportsAnEditThatKeepsTimeAndSize(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, &store.FileOptions{PollInterval: 200 * time.Millisecond})
	_, err := openFile(t, dir, nil).Create(t.Context(), "", german("18"))
	require.NoError(t, err)
	name := filepath.Join(dir, "_", "DE.json")
	info, err := os.Stat(name)
	require.NoError(t, err)
	r := watch(t, s)
	replace(t, dir, "DE.json", `"percent": 18`, `"percent": 19`)
	require.NoError(t, os.Chtimes(name, time.Time{}, info.ModTime()))
	soon(t, func() bool { return r.count(tax.Key{Country: "DE"}) == 1 })
}

func TestResolverSeesAnEditWithinAnInterval(t *testing.T) {
	s, dir := canadian(t, &store.FileOptions{PollInterval: often})
	r := taxtest.Open(t, s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = r.Watch(ctx) }()
	defer func() { cancel(); <-ended }()
	ask := func() string {
		return taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "CA", Class: "STANDARD"}))
	}
	for i := range 5 {
		replace(t, dir, "CA.json", fmt.Sprintf(`"percent": %d`, 5+10*i), fmt.Sprintf(`"percent": %d`, 15+10*i))
		soon(t, func() bool { return ask() == fmt.Sprintf("%d VAT", 15+10*i) })
	}
}

func TestWatchEndsWhenTheFolderHasGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := openFile(t, dir, &store.FileOptions{PollInterval: often})
	require.NoError(t, os.RemoveAll(dir))
	assert.ErrorIs(t, s.Watch(t.Context(), func(tax.Key) {}), os.ErrNotExist)
}
