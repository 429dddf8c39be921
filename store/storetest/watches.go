package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var watchTests = []test{
	{"Begins", "Watch calls changed with the zero Key as soon as it listens, and returns when its context is done", testWatchBegins},
	{"Reconnects", "no change is missed by someone who watches, loses the connection and watches again", testWatchReconnects},
	{"Others", "Watch reports every change that another process made", testWatchOthers},
	{"AfterItReturned", "changed is not called after Watch has returned", testWatchReturned},
}

// watcher returns the store as one that can be watched, or skips the test.
func (c *check) watcher(s tax.Store) tax.Watcher {
	c.Helper()
	w, ok := s.(tax.Watcher)
	if !ok {
		c.Skip("skipped: the store is no tax.Watcher")
	}
	return w
}

// watch watches until stop is called, which waits until Watch has returned.
func (c *check) watch(w tax.Watcher, changed func(tax.Key)) (stop func()) {
	ctx, cancel := context.WithCancel(c.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Watch(ctx, changed) }()
	return sync.OnceFunc(func() {
		c.Helper()
		cancel()
		select {
		case err := <-ended:
			if err != nil && !errors.Is(err, context.Canceled) {
				c.broken("Watch returned %v when its context was done", err)
			}
		case <-time.After(patience):
			c.stop("Watch did not return within %v when its context was done", patience)
		}
	})
}

func testWatchBegins(c *check) {
	s := c.store()
	w := c.watcher(s)
	var began atomic.Int64
	stop := c.watch(w, func(key tax.Key) {
		if key == (tax.Key{}) {
			began.Add(1)
		}
	})
	defer stop()
	c.soon(func() bool { return began.Load() > 0 }, "Watch has not called changed")
	stop()
	done, cancel := context.WithCancel(c.Context())
	cancel()
	c.within(func() {
		if err := w.Watch(done, func(tax.Key) {}); err != nil && !errors.Is(err, context.Canceled) {
			c.broken("Watch with a context that is done returned %v", err)
		}
	}, "Watch with a context that is done")
}

// view is what someone knows who reads what is reported.
type view struct {
	mu    sync.Mutex
	read  func(tax.Key) map[tax.Key]int
	known map[tax.Key]int
}

// changed reads what a report is about. A report without a country is about everything.
func (v *view) changed(key tax.Key) {
	v.mu.Lock() // so that an older read does not overwrite a newer one
	defer v.mu.Unlock()
	for key, percent := range v.read(key) {
		v.known[key] = percent
	}
}

func (v *view) percent(key tax.Key) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.known[key]
}

// deleted stands for the percentage of what is not there.
const deleted = -1

// viewOf returns a view of two countries of two tenants.
func (c *check) viewOf(s tax.Store, watched []tax.Key) *view {
	return &view{known: make(map[tax.Key]int), read: func(changed tax.Key) map[tax.Key]int {
		found := make(map[tax.Key]int)
		for _, key := range watched {
			if changed != (tax.Key{}) && (changed.Tenant != key.Tenant || changed.Country != "" && changed.Country != key.Country) {
				continue
			}
			set, err := s.Configurations(c.Context(), key)
			if err != nil || len(set) > 1 {
				c.broken("Configurations while others write: %v, %v", set, err)
				continue
			}
			if found[key] = deleted; len(set) == 1 {
				found[key] = percent(set[0])
			}
		}
		return found
	}}
}

var watched = []tax.Key{{Country: "CA"}, {Country: "DE"}, {Tenant: "a|b", Country: "CA"}, {Tenant: "a|b", Country: "DE"}}

// fill creates the countries that are watched.
func (c *check) fill(s tax.Store) map[tax.Key]tax.Configuration {
	docs := make(map[tax.Key]tax.Configuration)
	for _, key := range watched {
		docs[key] = c.create(s, key.Tenant, at(key.Country, 0))
	}
	return docs
}

// Someone watches, with cuts, while another handle writes. A store that is a Notifier
// reports its own writes in that way.
func testWatchReconnects(c *check) {
	s, writer := c.handles(nil)
	w := c.watcher(s)
	docs := c.fill(writer)
	v := c.viewOf(s, watched)
	if n, ok := s.(tax.Notifier); ok && s == writer {
		defer n.Notify(v.changed)()
	}
	stop := c.watch(w, v.changed)
	for i := range c.times(60) {
		key := watched[i%len(watched)]
		d := docs[key]
		setPercent(&d, i+1)
		docs[key] = c.update(writer, key.Tenant, d)
		if i%7 == 3 {
			stop()
		}
		if i%7 == 5 {
			stop = c.watch(w, v.changed)
		}
	}
	stop()
	key := watched[0]
	d := docs[key]
	setPercent(&d, 99) // while nobody watches
	docs[key] = c.update(writer, key.Tenant, d)
	stop = c.watch(w, v.changed)
	defer func() { stop() }()
	for _, key := range watched {
		c.soon(func() bool { return v.percent(key) == percent(docs[key]) },
			"someone who reads what is reported knows %s at %d %%, which is at %d %%", strconv.Quote(key.Tenant)+" "+key.Country, v.percent(key), percent(docs[key]))
	}
}

func testWatchOthers(c *check) {
	c.needsShared()
	s, place := c.open(nil)
	w := c.watcher(s)
	if b, ok := c.backend(place); ok {
		if _, ok := b.(tax.Watcher); !ok {
			c.Skip("skipped: the backend is no tax.Watcher")
		}
	}
	writer := c.at(place, nil)
	docs := c.fill(writer)
	v := c.viewOf(s, watched)
	defer c.watch(w, v.changed)()
	for i := range c.times(20) {
		key := watched[i%len(watched)]
		d := docs[key]
		setPercent(&d, i+1)
		docs[key] = c.update(writer, key.Tenant, d)
		c.soon(func() bool { return v.percent(key) == i+1 }, "nobody was told that another handle wrote %q %s", key.Tenant, key.Country)
	}
	last := watched[len(watched)-1]
	c.remove(writer, last.Tenant, tax.Location{Country: last.Country})
	c.soon(func() bool { return v.percent(last) == deleted }, "nobody was told that another handle deleted %q %s", last.Tenant, last.Country)
	// One call may write many countries.
	if bulk, ok := writer.(store.BulkWriter); ok {
		var batches []store.Batch
		for _, key := range watched {
			batches = append(batches, batch(key.Tenant, store.Put, at(key.Country, 50)))
		}
		out := c.written(bulk, batches...)
		for i, key := range watched {
			docs[key] = out[i].Configurations[0]
			c.soon(func() bool { return v.percent(key) == 50 }, "nobody was told that another handle wrote %q %s beside others", key.Tenant, key.Country)
		}
	}
	// A Resolver that watches learns of it as well.
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver")
	defer r.Close()
	ctx, cancel := context.WithCancel(c.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = r.Watch(ctx) }()
	defer func() { cancel(); <-ended }()
	d := docs[watched[0]]
	setPercent(&d, 77)
	c.update(writer, "", d)
	c.soon(func() bool {
		a, err := r.Resolve(c.Context(), "CA", "STANDARD")
		return err == nil && a.Percent().IntPart() == 77
	}, "a Resolver that watches still answers from before the write of another handle")
}

func testWatchReturned(c *check) {
	s := c.store()
	w := c.watcher(s)
	d := c.create(s, "", at("CA", 0))
	var returned atomic.Bool
	for range c.times(20) {
		returned.Store(false)
		stop := c.watch(w, func(tax.Key) {
			if returned.Load() {
				c.broken("changed was called after Watch had returned")
			}
		})
		var group sync.WaitGroup
		group.Go(func() {
			for range 5 {
				d = c.update(s, "", d)
			}
		})
		stop()
		returned.Store(true)
		group.Wait()
	}
}
