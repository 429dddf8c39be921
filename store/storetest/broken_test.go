package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

// broken is a store with a mistake, and a test of the suite that notices it.
var broken = map[string]struct {
	notices string
	make    func(o *store.Options) tax.Store
}{
	"an update of any version is accepted": {"Documents/Conflict", func(o *store.Options) tax.Store { return &blind{store.NewMemory(o)} }},
	"two updaters see the same version":    {"Versions/Updaters", func(o *store.Options) tax.Store { return &blind{store.NewMemory(o)} }},
	"what is not there is unavailable":     {"Documents/NotFound", func(o *store.Options) tax.Store { return &vague{store.NewMemory(o)} }},
	"documents are shared":                 {"Documents/Ownership", func(o *store.Options) tax.Store { return &sharing{Memory: store.NewMemory(o)} }},
	"tenants are folded":                   {"Tenants/Apart", func(o *store.Options) tax.Store { return &folding{store.NewMemory(o)} }},
	"contexts are not looked at":           {"Contexts/Done", func(o *store.Options) tax.Store { return &deaf{store.NewMemory(o)} }},
	"options are not looked at":            {"Bases/CheckedAtTheWrite", func(*store.Options) tax.Store { return store.NewMemory(nil) }},
	"limits are not looked at":             {"Rules/Limits", func(*store.Options) tax.Store { return store.NewMemory(nil) }},
	"functions are called in between":      {"Notices/BeforeTheWriteReturns", func(o *store.Options) tax.Store { return &late{store.NewMemory(o)} }},
	"watching begins with nothing":         {"Watching/Begins", func(o *store.Options) tax.Store { return &quiet{store.NewMemory(o)} }},
	"changes of a gap are lost":            {"Watching/Reconnects", func(o *store.Options) tax.Store { return &quiet{store.NewMemory(o)} }},
	"cursors are of every tenant":          {"Lists/Cursors", func(o *store.Options) tax.Store { return &listing{Memory: store.NewMemory(o)} }},
	"a filter is left out":                 {"Lists/LikeSelect", func(o *store.Options) tax.Store { return &listing{Memory: store.NewMemory(o)} }},
	"a batch is written one by one":        {"Bulk/AnyOrder", func(o *store.Options) tax.Store { return &single{store.NewMemory(o)} }},
	"a batch is written in part":           {"Bulk/AllOrNothing", func(o *store.Options) tax.Store { return &single{store.NewMemory(o)} }},
	"restored versions are new ones":       {"Bulk/Restore", func(o *store.Options) tax.Store { return &renewing{store.NewMemory(o)} }},
	"a removed version is the next one":    {"History/Retention", func(o *store.Options) tax.Store { return &guessing{store.NewMemory(o)} }},
}

// TestBroken runs the suite for a broken store. The test below starts it.
func TestBroken(t *testing.T) {
	c, ok := broken[os.Getenv("STORETEST_BROKEN")]
	if !ok {
		t.Skip("started by TestSuiteNoticesBrokenStores")
	}
	storetest.Run(t, storetest.Factory{Patience: 100 * time.Millisecond, Open: func(_ *testing.T, _ string, o *store.Options) tax.Store { return c.make(o) }})
}

func TestSuiteNoticesBrokenStores(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	for name, c := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), program, "-test.run", "^TestBroken$/^"+strings.ReplaceAll(c.notices, "/", "$/^")+"$")
			run.Env = append(os.Environ(), "STORETEST_BROKEN="+name)
			out, err := run.CombinedOutput()
			assert.Error(t, err, "the suite accepts it")
			assert.Contains(t, string(out), "--- FAIL: TestBroken/"+c.notices)
			assert.Contains(t, string(out), "the contract says: ")
		})
	}
}

// TestStoreWithoutAbilities passes: what it lacks is skipped.
func TestStoreWithoutAbilities(t *testing.T) {
	type plain struct{ tax.Store }
	storetest.Run(t, storetest.Factory{Effort: 10, Store: func(*testing.T) tax.Store { return plain{store.NewMemory(nil)} }})
}

type blind struct{ *store.Memory }

func (s *blind) Update(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	if now, err := s.Get(ctx, tenant, c.Location); err == nil {
		c.Metadata.Version = now.Metadata.Version
	}
	return s.Memory.Update(ctx, tenant, c)
}

type vague struct{ *store.Memory }

func (s *vague) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	c, err := s.Memory.Get(ctx, tenant, l)
	if errors.Is(err, tax.ErrNotFound) {
		err = &tax.StoreError{Kind: tax.ErrUnavailable, Location: l}
	}
	return c, err
}

type sharing struct {
	*store.Memory
	mu   sync.Mutex
	last map[tax.Location]tax.Configuration
}

func (s *sharing) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	c, err := s.Memory.Get(ctx, tenant, l)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = make(map[tax.Location]tax.Configuration)
	}
	s.last[l] = c
	return c, err
}

func (s *sharing) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	set, err := s.Memory.Configurations(ctx, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range set {
		if c, ok := s.last[set[i].Location]; ok {
			set[i] = c
		}
	}
	return set, err
}

type folding struct{ *store.Memory }

func (s *folding) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return s.Memory.Create(ctx, strings.ToLower(tenant), c)
}

type deaf struct{ *store.Memory }

func (s *deaf) Create(_ context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return s.Memory.Create(context.Background(), tenant, c)
}

type late struct{ *store.Memory }

func (s *late) Notify(changed func(tax.Key)) (stop func()) {
	return s.Memory.Notify(func(key tax.Key) { time.AfterFunc(20*time.Millisecond, func() { changed(key) }) })
}

type quiet struct{ *store.Memory }

func (s *quiet) Watch(ctx context.Context, changed func(tax.Key)) error {
	return s.Memory.Watch(ctx, func(key tax.Key) {
		if key != (tax.Key{}) {
			changed(key)
		}
	})
}

func (s *quiet) Notify(func(tax.Key)) (stop func()) { return func() {} }

type listing struct{ *store.Memory }

func (s *listing) List(ctx context.Context, tenant string, q tax.Query) (tax.Page, error) {
	q.CursorKey, q.CountriesOnly = []byte("all"), false
	return s.Memory.List(ctx, tenant, q)
}

type single struct{ *store.Memory }

func (s *single) Write(ctx context.Context, batches []store.Batch) []store.Outcome {
	out := make([]store.Outcome, len(batches))
	for i, b := range batches {
		for _, change := range b.Changes {
			o := s.Memory.Write(ctx, []store.Batch{{Key: b.Key, Changes: []store.Change{change}}})[0]
			if o.Err != nil {
				out[i] = o
				break
			}
			out[i].Configurations = append(out[i].Configurations, o.Configurations...)
		}
	}
	return out
}

type renewing struct{ *store.Memory }

func (s *renewing) Write(ctx context.Context, batches []store.Batch) []store.Outcome {
	for i := range batches {
		for n := range batches[i].Changes {
			if c := &batches[i].Changes[n]; c.Action == store.Restore {
				c.Action = store.Put
			}
		}
	}
	return s.Memory.Write(ctx, batches)
}

type guessing struct{ *store.Memory }

func (s *guessing) Version(ctx context.Context, tenant string, l tax.Location, version int64) (store.Version, error) {
	v, err := s.Memory.Version(ctx, tenant, l, version)
	if errors.Is(err, store.ErrRemoved) {
		list, _ := s.Versions(ctx, tenant, l)
		return list[len(list)-1], nil
	}
	return v, err
}
