package store_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// manyBatches are more than are planned at once.
func manyBatches() (batches []store.Batch) {
	for i := range 600 {
		b := put(country("CA", "5"))
		b.Key.Tenant = strconv.Itoa(i)
		batches = append(batches, b)
	}
	return batches
}

func TestWritesArePlannedWhileOthersAreSaved(t *testing.T) {
	b := hook()
	var loads int
	var mu sync.Mutex
	planning := make(chan struct{})
	b.load = func() {
		mu.Lock()
		defer mu.Unlock()
		if loads++; loads == 600 {
			close(planning)
		}
	}
	b.save = func(ctx context.Context, commits []*store.Commit) []error {
		select {
		case <-planning:
		case <-time.After(10 * time.Second):
			t.Error("the last batches are planned after the first ones were saved")
		}
		return b.Backend.Save(ctx, commits)
	}
	for _, out := range over(t, b, nil).Write(t.Context(), manyBatches()) {
		require.NoError(t, out.Err)
		assert.EqualValues(t, 1, out.Configurations[0].Metadata.Version)
	}
}

// What plans ahead must harm the process no more than the caller's goroutine does.
func TestBackendThatPanicsWhileOthersAreSavedHarmsNobodyElse(t *testing.T) {
	for name, fail := range map[string]func(){"panics": func() { panic("backend") }, "ends its goroutine": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			b := hook()
			s := over(t, b, nil)
			var k told
			defer s.Notify(k.add)()
			loads := 0
			b.load = func() {
				if loads++; loads == 550 {
					fail()
				}
			}
			returned := false
			var panicked any
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { panicked = recover() }()
				s.Write(t.Context(), manyBatches())
				returned = true
			}()
			<-done
			assert.False(t, returned)
			assert.Equal(t, name == "panics", panicked != nil)
			assert.Len(t, k.keys, 512, "those that were saved meanwhile")
			assert.Zero(t, store.Waiting(s))
		})
	}
}

// slowly is a format that has a record for each of many tenants, and calls a function before
// each.
func slowly(before func(n int)) store.Format {
	return func(io.Reader, int64) iter.Seq2[store.Record, error] {
		return func(yield func(store.Record, error) bool) {
			for n := range 2000 {
				before(n)
				if !yield(store.Record{Named: true, Tenant: strconv.Itoa(n), Configuration: country("CA", "5")}, nil) {
					return
				}
			}
		}
	}
}

// bulkHook is a store whose bulk writes can be held up.
type bulkHook struct {
	*store.Memory
	before func()
}

func (b *bulkHook) Write(ctx context.Context, batches []store.Batch) []store.Outcome {
	b.before()
	return b.Memory.Write(ctx, batches)
}

func TestImportReadsWhileItWrites(t *testing.T) {
	read := make(chan struct{})
	s := &bulkHook{store.NewMemory(nil), func() {
		select {
		case <-read:
		case <-time.After(10 * time.Second):
			t.Error("it reads on only after the write")
		}
	}}
	var settled []int64
	report, err := store.Import(t.Context(), empty{}, s, &store.ImportOptions{
		OnProgress: func(p store.Progress) { settled = append(settled, p.Next) },
		Format: slowly(func(n int) {
			if n == 900 {
				close(read)
			}
		}),
	})
	require.NoError(t, err)
	assert.EqualValues(t, 2000, report.Written)
	assert.Contains(t, settled, int64(500), "what is written is reported before the end")
	assert.IsNonDecreasing(t, settled)
}

// empty has nothing to read.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }

func TestImportWaitsForItsWriteWhenReadingPanics(t *testing.T) {
	written := false
	s := &bulkHook{store.NewMemory(nil), func() { time.Sleep(20 * time.Millisecond); written = true }}
	assert.Panics(t, func() {
		_, _ = store.Import(t.Context(), empty{}, s, &store.ImportOptions{Format: slowly(func(n int) {
			if n == 600 {
				panic("reader")
			}
		})})
	})
	assert.True(t, written)
}

func TestImportThatFailsReportsWhatWasWrittenMeanwhile(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	report, err := store.Import(ctx, empty{}, store.NewMemory(nil), &store.ImportOptions{Limits: store.ImportLimits{Records: 700}, Format: slowly(func(int) {})})
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.EqualValues(t, 500, report.Written)
	assert.EqualValues(t, 500, report.Next)
}

// A country that comes again, after one of another tenant, is compared with what the first
// one has written.
func TestImportComparesACountryThatComesAgainWithWhatItWrote(t *testing.T) {
	s := store.NewMemory(nil)
	report, err := store.Import(t.Context(), empty{}, s, &store.ImportOptions{Format: func(io.Reader, int64) iter.Seq2[store.Record, error] {
		return func(yield func(store.Record, error) bool) {
			for n := range 1600 {
				tenant := fmt.Sprint("t", n%510) // again in the next write
				if !yield(store.Record{Named: true, Tenant: tenant, Configuration: country("CA", "5")}, nil) {
					return
				}
			}
		}
	}})
	require.NoError(t, err)
	assert.EqualValues(t, 510, report.Written)
	assert.EqualValues(t, 1090, report.Unchanged)
}

// rendezvous is a base that answers when it is asked for two countries at the same time.
type rendezvous struct {
	met chan struct{} // an unbuffered channel
}

func (r *rendezvous) Configurations(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
	select {
	case r.met <- struct{}{}:
	case <-r.met:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return nil, nil
}

// Validating and encoding takes most of the time of an import.
func TestBatchesArePlannedOnAllProcessors(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("there is one processor")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s := store.NewMemory(&store.Options{Base: &rendezvous{make(chan struct{})}})
	for _, out := range s.Write(ctx, manyBatches()) {
		require.NoError(t, out.Err, "no two are planned at the same time")
	}
}
