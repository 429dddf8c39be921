// Package followers proves what a store does to the resolvers that follow it: a thousand of
// them in one process, while it changes a thousand times a second. Each is at the last
// version in the end, none loads a country more often than it has changed, and neither
// memory nor goroutines grow.
//
//	go test -v ./followers                                        some seconds
//	PROOF_FOLLOWERS=1m go test -timeout 0 -v ./followers          for a minute
package followers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Fleet is what a run is made of.
type Fleet struct {
	// Writer is the store that changes.
	Writer store.BulkWriter
	// Reader is what the resolvers follow: the same store, or another handle on its data.
	Reader Followed
	// Resolvers is their number. Each looks up once in Pause.
	Resolvers int
	Pause     time.Duration
	// Changes is the number of changes in a second, over Countries, for a Duration.
	Changes   int
	Countries []string
	Duration  time.Duration
}

// Followed is a store that tells what others write.
type Followed interface {
	tax.Store
	tax.Notifier
	tax.Watcher
}

// Report is what a run has seen.
type Report struct {
	Changes, Lookups, Loads int
	// Behind is the longest time from the end of the last change until a resolver had it.
	Behind time.Duration
	// HeapAtFirst and HeapAtLast are the bytes in use after a tenth of the time and in the
	// end; Goroutines are those at the same times.
	HeapAtFirst, HeapAtLast  uint64
	GoroutinesFirst, AtLast  int
	GoneBack, LoadedTooOften int
}

// String returns the report on one line.
func (r Report) String() string {
	return fmt.Sprintf("%d changes, %d lookups, %d loads; the last resolver was %v behind; heap %d to %d KB, goroutines %d to %d",
		r.Changes, r.Lookups, r.Loads, r.Behind.Round(time.Microsecond), r.HeapAtFirst>>10, r.HeapAtLast>>10, r.GoroutinesFirst, r.AtLast)
}

// follower is a resolver, and what it has answered with.
type follower struct {
	resolver *tax.Resolver
	source   *counted
	seen     []int64 // the percentage of each country, which only grows
}

// counted counts the loads of each country.
type counted struct {
	Followed
	loads []atomic.Int64
	index map[string]int
}

// Configurations loads a country.
func (c *counted) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	c.loads[c.index[key.Country]].Add(1)
	return c.Followed.Configurations(ctx, key)
}

// Run lets the resolvers follow the changes. The error is that of the store or a resolver.
func (f *Fleet) Run(ctx context.Context) (Report, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var report Report
	changed := make([]atomic.Int64, len(f.Countries)) // changes of each country
	for i := range f.Countries {
		if err := f.change(ctx, i, 1); err != nil {
			return report, err
		}
		changed[i].Store(1)
	}
	followers, err := f.begin()
	if err != nil {
		return report, err
	}
	var watching, looking sync.WaitGroup
	defer func() {
		stop()
		watching.Wait()
		for _, w := range followers {
			w.resolver.Close()
		}
	}()
	var lookups, back atomic.Int64
	failed := make(chan error, len(followers))
	done, quiet := context.WithCancel(ctx)
	for _, w := range followers {
		watching.Go(func() { _ = w.resolver.Watch(ctx) })
		looking.Go(func() {
			pause := time.NewTimer(rand.N(f.Pause)) // not all at once
			defer pause.Stop()
			for {
				select {
				case <-done.Done():
					return
				case <-pause.C:
				}
				pause.Reset(f.Pause)
				lookups.Add(1)
				if older, err := w.look(ctx, f.Countries, rand.IntN(len(f.Countries))); err != nil {
					failed <- err
					return
				} else if older {
					back.Add(1)
				}
			}
		})
	}
	err = f.write(ctx, changed, &report)
	last := time.Now()
	quiet()
	looking.Wait()
	select {
	case err = <-failed:
	default:
	}
	if err != nil {
		return report, err
	}
	report.Lookups, report.GoneBack = int(lookups.Load()), int(back.Load())
	if err := f.settle(ctx, followers, changed); err != nil {
		return report, err
	}
	report.Behind = time.Since(last)
	report.HeapAtLast, report.AtLast = measure()
	for _, w := range followers {
		for i := range f.Countries {
			n := w.source.loads[i].Load()
			report.Loads += int(n)
			if n > changed[i].Load()+1 { // the first one, and one for each change
				report.LoadedTooOften++
			}
		}
	}
	return report, nil
}

// begin opens the resolvers.
func (f *Fleet) begin() ([]*follower, error) {
	index := make(map[string]int, len(f.Countries))
	for i, code := range f.Countries {
		index[code] = i
	}
	var followers []*follower
	for range f.Resolvers {
		source := &counted{f.Reader, make([]atomic.Int64, len(f.Countries)), index}
		r, err := tax.NewResolver(source, nil)
		if err != nil {
			return nil, err
		}
		followers = append(followers, &follower{r, source, make([]int64, len(f.Countries))})
	}
	return followers, nil
}

// write changes the countries, all at the same time, at the pace that is asked for.
func (f *Fleet) write(ctx context.Context, changed []atomic.Int64, report *Report) error {
	began := time.Now()
	pace := time.Duration(len(f.Countries)) * time.Second / time.Duration(f.Changes)
	failed := make([]error, len(f.Countries))
	var writing sync.WaitGroup
	for at := range f.Countries {
		writing.Go(func() {
			for n := 1; time.Since(began) < f.Duration && failed[at] == nil; n++ {
				failed[at] = f.change(ctx, at, int64(n+1))
				changed[at].Store(int64(n + 1))
				time.Sleep(time.Until(began.Add(time.Duration(n) * pace)))
			}
		})
	}
	time.Sleep(f.Duration / 10)
	report.HeapAtFirst, report.GoroutinesFirst = measure()
	writing.Wait()
	for i := range changed {
		report.Changes += int(changed[i].Load()) - 1
	}
	return errors.Join(failed...)
}

// change writes a percentage that says how often a country has changed.
func (f *Fleet) change(ctx context.Context, at int, n int64) error {
	c := tax.Configuration{Location: tax.Location{Country: f.Countries[at]}, Classes: []tax.Class{{Code: "STANDARD", Default: true,
		Rates: []tax.Rate{{Percent: decimal.New(n, -6)}}}}}
	key := tax.Key{Country: f.Countries[at]}
	return f.Writer.Write(ctx, []store.Batch{{Key: key, Changes: []store.Change{{Action: store.Put, Configuration: c}}}})[0].Err
}

// look asks for a country and reports whether the answer is older than the one before.
func (w *follower) look(ctx context.Context, countries []string, at int) (older bool, err error) {
	a, err := w.resolver.Resolve(ctx, countries[at], "STANDARD")
	if err != nil {
		return false, err
	}
	n := a.Percent().Shift(6).IntPart()
	older = n < w.seen[at]
	w.seen[at] = n
	return older, nil
}

// patience is how long a resolver may take to answer with the last changes.
const patience = 10 * time.Second

// settle waits until every resolver answers with the last change of every country. They ask
// side by side, as before: one after the other they would wait for thousands of round trips.
func (f *Fleet) settle(ctx context.Context, followers []*follower, changed []atomic.Int64) error {
	deadline := time.Now().Add(patience)
	failed := make([]error, len(followers))
	var settling sync.WaitGroup
	for number, w := range followers {
		settling.Go(func() { failed[number] = w.settle(ctx, f.Countries, changed, deadline) })
	}
	settling.Wait()
	for number, err := range failed {
		if err != nil {
			return fmt.Errorf("resolver %d: %w", number, err)
		}
	}
	return nil
}

// settle waits until the resolver answers with the last change of every country.
func (w *follower) settle(ctx context.Context, countries []string, changed []atomic.Int64, deadline time.Time) error {
	for i := range countries {
		for {
			if _, err := w.look(ctx, countries, i); err != nil {
				return err
			}
			if w.seen[i] == changed[i].Load() {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("change %d of %d for %s, %v after the last one", w.seen[i], changed[i].Load(), countries[i], patience)
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// measure returns the bytes of the heap that are in use, and the number of goroutines.
func measure() (heap uint64, goroutines int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, runtime.NumGoroutine()
}
