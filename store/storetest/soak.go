package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var soakTests = []test{
	{"LongUse", "however long a store is used, lookups are as fresh as promised, and it keeps no more memory, goroutines and files than at first", testLongUse},
}

// soakVariable is the environment variable that says how long the store is used, such as
// 2h. The test needs a -timeout above it.
const soakVariable = "STORETEST_SOAK"

// pauseVariable is the environment variable that says how long each writer pauses at most
// between two writes, such as 80ms on a machine that has other work to do. The pauses of
// the readers grow with it.
const pauseVariable = "STORETEST_SOAK_PAUSE"

// more is how many goroutines and files more than at first are no leak.
const more = 10

// soak is a store in use: one goroutine for each country of each tenant that writes, and
// readers that look up what was written, here and in another process.
type soak struct {
	*check
	pause   time.Duration // of a writer between two writes, at most
	keys    []tax.Key
	acked   []atomic.Int64 // the last version that a write has returned, by key
	place   string
	mended  atomic.Int64 // Unix milliseconds of the last time that the data could be reached again
	cut     sync.RWMutex // held while the data cannot be reached; nothing is asserted then
	paused  sync.RWMutex // held while nobody may do anything
	lookups atomic.Int64
	writes  atomic.Int64
}

func testLongUse(c *check) {
	length := durationOf(c, soakVariable, 300*time.Millisecond)
	s := &soak{check: c, pause: durationOf(c, pauseVariable, 2*time.Millisecond)}
	one, place := c.open(&store.Options{Retention: store.Retention{Versions: 3}})
	s.place = place
	for _, tenant := range []string{"", "a", "b", "a\x00b"} {
		for _, country := range []string{"CA", "DE", "FR"} {
			s.keys = append(s.keys, tax.Key{Tenant: tenant, Country: country})
			c.create(one, tenant, at(country, 1))
		}
	}
	var other tax.Store
	if _, ok := one.(tax.Watcher); ok && c.factory.Shared {
		other = c.at(place, nil)
	}
	s.acked = make([]atomic.Int64, len(s.keys))
	for i := range s.acked {
		s.acked[i].Store(1)
	}
	goroutines := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(c.Context(), length)
	defer cancel()
	var users sync.WaitGroup
	for i := range s.keys {
		users.Go(func() { s.write(ctx, one, i) })
	}
	users.Go(func() {
		behind := time.Duration(0)
		if _, ok := one.(tax.Notifier); !ok {
			behind = 2 * length // nobody tells the resolver
		}
		s.look(ctx, one, behind)
	})
	if other != nil {
		users.Go(func() { s.look(ctx, other, c.factory.Patience) })
	}
	if c.factory.Break != nil {
		users.Go(func() { s.cutOff(ctx, length/10) })
	}
	first := s.measureAfter(ctx, length/4)
	last := s.measureAfter(ctx, length*2/3)
	users.Wait()
	if s.lookups.Load() == 0 || s.writes.Load() == 0 {
		c.broken("%d lookups and %d writes were made in %v", s.lookups.Load(), s.writes.Load(), length)
	}
	s.flat(first, last)
	c.soon(func() bool { return runtime.NumGoroutine() <= goroutines+more }, "there are %d goroutines, and %d at first", runtime.NumGoroutine(), goroutines)
	c.Logf("%d writes and %d lookups in %v; %v at first, %v in the end", s.writes.Load(), s.lookups.Load(), length, first, last)
}

// durationOf returns what an environment variable says, or else what is usual.
func durationOf(c *check, variable string, usual time.Duration) time.Duration {
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		c.Fatalf("storetest: %s is %q: set a duration such as 2h or 80ms", variable, text)
	}
	return d
}

// write updates a country again and again.
func (s *soak) write(ctx context.Context, to tax.Store, i int) {
	key := s.keys[i]
	d := at(key.Country, 1)
	d.Metadata.Version = 1
	for n := 0; ctx.Err() == nil; n++ {
		s.paused.RLock()
		s.cut.RLock()
		setPercent(&d, 1+n%99)
		stored, err := to.Update(ctx, key.Tenant, d)
		switch {
		case err == nil:
			d = stored
			s.acked[i].Store(d.Metadata.Version)
			s.writes.Add(1)
		case ctx.Err() != nil:
		case !s.mayFail(err):
			s.broken("Update of %v failed while nothing was wrong: %v", key, err)
		default: // it may have taken effect
			if now, err := to.Get(ctx, key.Tenant, d.Location); err == nil {
				d = now
			}
		}
		s.cut.RUnlock()
		s.paused.RUnlock()
		time.Sleep(rand.N(s.pause))
	}
}

// look looks up through a resolver what was written. behind is how long another process
// may take to know.
func (s *soak) look(ctx context.Context, in tax.Store, behind time.Duration) {
	r, err := tax.NewResolver(in, &tax.Options{TTL: time.Hour})
	s.ok(err, "NewResolver")
	defer r.Close()
	if _, ok := in.(tax.Watcher); ok && behind > 0 {
		watching, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); _ = r.Watch(watching) }()
		defer func() { stop(); <-done }()
	}
	var known []sighting
	seen := make([]int64, len(s.keys)) // versions of the last answers
	for n := 0; ctx.Err() == nil; n++ {
		i := n % len(s.keys)
		s.paused.RLock()
		s.cut.RLock()
		if i == 0 {
			known = append(known, s.sight())
			for len(known) > 1 && time.Since(known[1].at) >= behind {
				known = known[1:]
			}
		}
		s.lookUp(ctx, r, i, known[0], behind, &seen[i])
		s.cut.RUnlock()
		s.paused.RUnlock()
		if i == 0 {
			time.Sleep(s.pause / 2)
		}
	}
}

// sighting is what had been written at an instant.
type sighting struct {
	at       time.Time
	versions []int64
}

func (s *soak) sight() sighting {
	v := sighting{time.Now(), make([]int64, len(s.keys))}
	for i := range s.acked {
		v.versions[i] = s.acked[i].Load()
	}
	return v
}

// lookUp looks up one rate. The answer must be from what was there at the sighting, if
// that is long enough ago, or from later, and never from before the last one.
func (s *soak) lookUp(ctx context.Context, r *tax.Resolver, i int, known sighting, behind time.Duration, seen *int64) {
	key, least := s.keys[i], int64(1)
	if time.Since(known.at) >= behind {
		least = known.versions[i]
	}
	a, err := r.Tenant(key.Tenant).Resolve(ctx, key.Country, "STANDARD")
	switch {
	case ctx.Err() != nil:
	case err != nil && s.mayFail(err):
	case err != nil:
		s.broken("the lookup of %v failed while nothing was wrong: %v", key, err)
	default:
		s.lookups.Add(1)
		version := a.Explain().Documents[0].Version
		if version < least {
			s.broken("a lookup of %v has version %d, although version %d was there %v before", key, version, least, time.Since(known.at))
		}
		if version < *seen {
			s.broken("a lookup of %v has version %d after one with version %d", key, version, *seen)
		}
		*seen = version
	}
}

// cutOff makes the data unreachable for a moment, again and again.
func (s *soak) cutOff(ctx context.Context, pause time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(pause, time.Minute)):
		}
		s.paused.RLock()
		s.cut.Lock()
		mend := s.factory.Break(s.T, s.place)
		time.Sleep(min(pause, 50*time.Millisecond))
		mend()
		s.mended.Store(time.Now().UnixMilli())
		s.cut.Unlock()
		s.paused.RUnlock()
	}
}

// mayFail reports whether an error is that of a connection that was cut a moment ago.
func (s *soak) mayFail(err error) bool {
	ago := time.Since(time.UnixMilli(s.mended.Load()))
	return ago < s.factory.Patience && (errors.Is(err, tax.ErrUnavailable) || errors.Is(err, tax.ErrStale))
}

// use is what a process has taken.
type use struct {
	heap              uint64 // bytes
	goroutines, files int
}

// String returns what was taken.
func (u use) String() string {
	return fmt.Sprintf("%d KiB, %d goroutines, %d files", u.heap>>10, u.goroutines, u.files)
}

// measureAfter returns what is in use after a time, while nobody does anything.
func (s *soak) measureAfter(ctx context.Context, wait time.Duration) use {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
	s.paused.Lock()
	defer s.paused.Unlock()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd") // none on other systems
	return use{m.HeapAlloc, runtime.NumGoroutine(), len(open)}
}

// flat reports it if more is in use than at first.
func (s *soak) flat(first, last use) {
	const heap = 4 << 20
	if last.heap > first.heap+first.heap/4+heap || last.goroutines > first.goroutines+more || last.files > first.files+more {
		s.broken("in use are %v, and at first %v", last, first)
	}
}
