package storetest

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var noticeTests = []test{
	{"BeforeTheWriteReturns", "a Notifier calls the registered functions after a write has taken effect and before it returns", testNotified},
	{"OnlyOfWrites", "a write that changed nothing calls no function, and stop ends a registration", testNotifiedOfWritesOnly},
	{"Panic", "a function that panics keeps no other function from being called, and no write from taking effect", testNotifiedPanic},
	{"Resolver", "once a write has returned, no lookup of a Resolver uses the old state", testResolver},
}

// notifier returns the store as one that notifies, or skips the test.
func (c *check) notifier(s tax.Store) tax.Notifier {
	c.Helper()
	n, ok := s.(tax.Notifier)
	if !ok {
		c.Skip("skipped: the store is no tax.Notifier")
	}
	return n
}

// keys collects what is reported.
type keys struct {
	mu   sync.Mutex
	list []tax.Key
}

func (k *keys) add(key tax.Key) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, key)
}

func (k *keys) take() []tax.Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.list
	k.list = nil
	return list
}

func testNotified(c *check) {
	s := c.store()
	n := c.notifier(s)
	var told keys
	var seen atomic.Int64
	defer n.Notify(func(key tax.Key) {
		set, err := s.Configurations(c.Context(), key)
		if err != nil {
			c.broken("the function cannot read from the store: %v", err)
		}
		seen.Store(int64(len(set)))
		told.add(key)
	})()
	key := tax.Key{Tenant: "shop", Country: "CA"}
	expect := func(doing string, documents int, want ...tax.Key) {
		c.Helper()
		if got := told.take(); !slices.Equal(got, want) {
			c.broken("%s reported %v, not %v", doing, got, want)
		}
		if n := seen.Load(); n != int64(documents) {
			c.broken("when %s called the function, there were %d documents, not %d", doing, n, documents)
		}
	}
	d := c.create(s, "shop", at("CA", 5))
	expect("Create", 1, key)
	c.update(s, "shop", d)
	expect("Update", 1, key)
	c.create(s, "shop", adding(quebec, 9))
	expect("Create of a region", 2, key)
	c.remove(s, "shop", quebec)
	c.remove(s, "shop", canada)
	expect("Delete", 0, key, key)
	if w, ok := s.(store.BulkWriter); ok {
		out := w.Write(c.Context(), []store.Batch{{Key: key, Changes: []store.Change{{Configuration: at("CA", 5)}, {Configuration: adding(quebec, 9)}}}})
		c.ok(out[0].Err, "Write")
		expect("Write", 2, key)
	}
}

func testNotifiedOfWritesOnly(c *check) {
	s := c.store()
	n := c.notifier(s)
	c.create(s, "", at("CA", 5))
	var told keys
	stop := n.Notify(told.add)
	_, _ = s.Create(c.Context(), "", at("CA", 5))
	_, _ = s.Update(c.Context(), "", at("CA", 5))
	_, _ = s.Create(c.Context(), "", at("ZZ", 5))
	_ = s.Delete(c.Context(), "", quebec)
	_, _ = s.Get(c.Context(), "", canada)
	if got := told.take(); len(got) != 0 {
		c.broken("writes that were refused reported %v", got)
	}
	stop()
	stop()
	c.remove(s, "", canada)
	if got := told.take(); len(got) != 0 {
		c.broken("after stop a write reported %v", got)
	}
}

func testNotifiedPanic(c *check) {
	s := c.store()
	n := c.notifier(s)
	var before, after keys
	defer n.Notify(before.add)()
	stop := n.Notify(func(tax.Key) { panic("a listener") }) // as a user's function may
	defer n.Notify(after.add)()
	func() {
		defer func() { _ = recover() }()
		_, _ = s.Create(c.Context(), "", at("CA", 5))
	}()
	if one, other := before.take(), after.take(); len(one) != 1 || len(other) != 1 {
		c.broken("a listener panicked, and the others were told %v and %v", one, other)
	}
	stop()
	d := c.get(s, "", canada)
	c.within(func() { c.update(s, "", d) }, "Update after a listener panicked")
}

func testResolver(c *check) {
	s := c.store()
	c.notifier(s)
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver")
	defer r.Close()
	d := c.create(s, "", at("CA", 0))
	var written atomic.Int64
	done := make(chan struct{})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				floor := written.Load()
				a, err := r.Resolve(c.Context(), "CA", "STANDARD")
				if err != nil {
					c.broken("Resolve while others write failed: %v", err)
					return
				}
				if got := a.Percent().IntPart(); got < floor {
					c.broken("Resolve answered %d %% after the write of %d %% had returned", got, floor)
					return
				}
			}
		})
	}
	for i := range c.times(100) {
		setPercent(&d, i+1)
		d = c.update(s, "", d)
		written.Store(int64(i + 1))
	}
	close(done)
	group.Wait()
}
