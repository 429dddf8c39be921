package histories

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Pace makes goroutines meet at random.
type Pace interface {
	// Pause lets others do up to the given number of steps.
	Pause(r *rand.Rand, steps int)
	// Rest waits until nothing goes on in the background.
	Rest()
}

// Timed paces by a clock. It is for a bubble of testing/synctest, where sleeping
// costs no time and goroutines that wake at the same moment run at once.
type Timed struct{ Step time.Duration }

// Pause sleeps for a random number of steps.
func (p Timed) Pause(r *rand.Rand, steps int) {
	if n := r.IntN(steps + 1); n > 0 {
		time.Sleep(time.Duration(n) * p.Step)
	}
}

// Rest sleeps for longer than any load takes.
func (p Timed) Rest() { time.Sleep(100 * p.Step) }

// Free paces by the scheduler alone.
type Free struct{}

// Pause yields a random number of times, and rarely sleeps.
func (Free) Pause(r *rand.Rand, steps int) {
	for range r.IntN(4*steps + 1) {
		runtime.Gosched()
	}
	if r.IntN(40) == 0 {
		time.Sleep(time.Microsecond)
	}
}

// Rest does nothing: only loads go on, and World counts those.
func (Free) Rest() {}

// Breaks says how many of a thousand loads break, and in which way.
type Breaks struct {
	// Fail, Panic and Exit make a load return an error, panic, or end its
	// goroutine.
	Fail, Panic, Exit int
	// Hang makes a load take Long, which is beyond its deadline. It needs a Timed
	// pace.
	Hang int
	Long time.Duration
}

// World is a store with a version for each key, and a source that breaks and is slow
// at the wrong moments. It never looks at the context of a load.
type World struct {
	pace   Pace
	breaks Breaks
	clock  *atomic.Int64
	memory *store.Memory
	// writing admits one writer. The store has a lock for that, which it holds
	// while it notifies of the write. But in a bubble, time stands still while a
	// goroutine waits for a lock, and passes while it waits for a channel.
	writing chan struct{}

	mu     sync.Mutex
	random *rand.Rand
	loads  []Load
	active int
	broken map[tax.Key]bool
	calm   bool // nothing breaks any more
}

func newWorld(s *Script, clock *atomic.Int64) *World {
	return &World{
		pace: s.Pace, breaks: s.Breaks, clock: clock, memory: store.NewMemory(nil), writing: make(chan struct{}, 1),
		random: rand.New(rand.NewPCG(s.Seed, 1)), broken: make(map[tax.Key]bool),
	}
}

// draw returns a random number generator for one goroutine.
func (w *World) draw() *rand.Rand {
	w.mu.Lock()
	defer w.mu.Unlock()
	return rand.New(rand.NewPCG(w.random.Uint64(), 2))
}

var errBroken = errors.New("broken on purpose")

// Configurations reads the store, with a pause before and a longer one after, so that
// the version it returns may have been replaced in the meantime.
func (w *World) Configurations(_ context.Context, key tax.Key) (docs []tax.Configuration, err error) {
	r := w.draw()
	w.mu.Lock()
	w.active++
	l := Load{Key: key, Start: w.clock.Add(1)}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.active--
		l.End = w.clock.Add(1)
		w.loads = append(w.loads, l)
	}()
	w.pace.Pause(r, 2)
	l.Read = w.clock.Add(1)
	// The store does not get the context of the load, because the world must ignore
	// it.
	docs, err = w.memory.Configurations(context.Background(), key)
	if err != nil {
		return nil, err
	}
	l.Version = version(docs)
	w.pace.Pause(r, 5)
	return docs, w.misfortune(r, key)
}

// misfortune breaks a load now and then.
func (w *World) misfortune(r *rand.Rand, key tax.Key) error {
	w.mu.Lock()
	n, b := r.IntN(1000), w.breaks
	hit := n < b.Fail+b.Panic+b.Exit+b.Hang && !w.calm
	if hit {
		w.broken[key] = true
	}
	w.mu.Unlock()
	switch {
	case !hit:
		return nil
	case n < b.Fail:
		return errBroken
	case n < b.Fail+b.Panic:
		panic(errBroken) // the cache has to recover it
	case n < b.Fail+b.Panic+b.Exit:
		runtime.Goexit()
	}
	time.Sleep(b.Long)
	return nil
}

// Notify passes on the notifications of the store, late, and sometimes twice or about
// more than the one country.
func (w *World) Notify(changed func(tax.Key)) (stop func()) {
	return w.memory.Notify(func(key tax.Key) {
		r := w.draw()
		w.pace.Pause(r, 2)
		switch r.IntN(8) {
		case 0:
			changed(key)
		case 1:
			key = tax.Key{}
		case 2:
			// For the empty tenant this would mean everything.
			if key.Tenant != "" {
				key.Country = ""
			}
		}
		changed(key)
		w.pace.Pause(r, 1)
	})
}

// calmDown stops breaking loads, except for those under way.
func (w *World) calmDown() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calm = true
}

// hasBroken reports whether a load of the key was broken.
func (w *World) hasBroken(key tax.Key) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken[key]
}

// ended waits until no load is under way, and returns all loads.
func (w *World) ended() []Load {
	w.pace.Rest()
	r := w.draw()
	for {
		w.mu.Lock()
		if w.active == 0 {
			defer w.mu.Unlock()
			return slices.Clone(w.loads)
		}
		w.mu.Unlock()
		runtime.Gosched()
		w.pace.Pause(r, 3)
	}
}

// write makes a version the current one of a key; 0 deletes the key.
func (w *World) write(key tax.Key, version int) error {
	w.writing <- struct{}{}
	defer func() { <-w.writing }()
	ctx, at := context.Background(), tax.Location{Country: key.Country}
	doc := document(key.Country, version)
	stored, err := w.memory.Get(ctx, key.Tenant, at)
	switch {
	case errors.Is(err, tax.ErrNotFound) && version == 0:
		return nil
	case errors.Is(err, tax.ErrNotFound):
		_, err = w.memory.Create(ctx, key.Tenant, doc)
	case err != nil:
	case version == 0:
		err = w.memory.Delete(ctx, key.Tenant, at)
	default:
		doc.Metadata = stored.Metadata
		_, err = w.memory.Update(ctx, key.Tenant, doc)
	}
	return err
}

// document returns a country whose percentage is the version.
func document(country string, version int) tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: country},
		Tax:      tax.Tax{Code: "VAT"},
		Classes:  []tax.Class{{Code: "S", Default: true, Rates: []tax.Rate{{Percent: decimal.New(int64(version), 0)}}}},
	}
}

// version returns the version of the documents of a country; 0 if there are none.
func version(docs []tax.Configuration) int {
	if len(docs) == 0 {
		return 0
	}
	return int(docs[0].Classes[0].Rates[0].Percent.IntPart())
}
