package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var faultTests = []test{
	{"Down", "a failure of the store is an error that unwraps to ErrUnavailable, never to another kind, and nothing is lost by it", testFaultDown},
	{"DownAtStart", "a store that is down at the start answers as soon as it is up", testFaultDownAtStart},
	{"ReadOnly", "a write that cannot be stored, as on a full disk, changes nothing; reads go on, and so do writes when there is room again", testFaultReadOnly},
	{"Hung", "a call returns when its context ends, even if the store does not answer, and those to other countries do not wait for it", testFaultHung},
	{"Slow", "a store that is slow loses no update", testFaultSlow},
	{"OutcomeUnknown", "a write whose outcome is not known is an error; a read tells, and the registered functions were called", testFaultOutcome},
	{"HungAfterTheCommit", "a write that was stored when its context ended is an error; a read tells what happened", testFaultHungAfter},
	{"CorruptRecord", "a document that the store holds but cannot read is invalid alone: Configurations returns it as damaged, and Get an error that unwraps to ErrInvalid", testFaultCorrupt},
	{"CorruptRecordReplaced", "a document that cannot be read can be replaced or deleted", testFaultRepaired},
	{"Panics", "a backend that panics or ends its goroutine harms no other caller", testFaultPanics},
	{"StaleWithinMaxStale", "a Resolver serves the last good answer of a store that is down, and says so", testFaultStale},
	{"Place", "a place that is unusable is an error, and all that was acknowledged is there when it is usable again", testFaultPlace},
}

// faulty returns a store over a backend that fails as told, or skips the test.
func (c *check) faulty() (*store.Versioned, *Faulty) {
	c.Helper()
	b, ok := c.backend(c.TempDir())
	if !ok {
		c.Skip("skipped: faults are put into a backend, and the factory makes none")
	}
	f := NewFaulty(b)
	return c.over(f, nil), f
}

func testFaultDown(c *check) {
	s, f := c.faulty()
	d := c.create(s, "", at("CA", 5))
	before := c.dump(s, "", "CA")
	f.Break(Failing)
	for _, call := range c.calls(s, d) {
		err := call.run(c.Context())
		c.refused(err, tax.ErrUnavailable, "%s of a store that is down", call.name)
		if !errors.Is(err, ErrFaulty) {
			c.broken("%s hides the cause: %v", call.name, err)
		}
	}
	f.Mend()
	c.unchanged(s, "", "CA", before, "a time in which the store was down")
	c.update(s, "", d)
}

func testFaultDownAtStart(c *check) {
	s, f := c.faulty()
	f.Break(Failing)
	_, err := s.Get(c.Context(), "", canada)
	c.refused(err, tax.ErrUnavailable, "Get of a store that is down at the start")
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver of a store that is down")
	defer r.Close()
	_, err = r.Resolve(c.Context(), "CA", "STANDARD")
	c.refused(err, tax.ErrUnavailable, "Resolve from a store that is down")
	f.Mend()
	c.create(s, "", at("CA", 5))
	a, err := r.Resolve(c.Context(), "CA", "STANDARD")
	if err != nil || a.Percent().IntPart() != 5 {
		c.broken("Resolve from a store that is up again: %v, %v", a, err)
	}
}

func testFaultReadOnly(c *check) {
	s, f := c.faulty()
	d := c.create(s, "", at("CA", 5))
	before := c.dump(s, "", "CA")
	f.Break(ReadOnly)
	for _, call := range c.calls(s, d) {
		err := call.run(c.Context())
		switch call.name {
		case "Create", "Update", "Delete", "Write":
			c.refused(err, tax.ErrUnavailable, "%s of a store that is read-only", call.name)
		default:
			c.ok(err, "%s of a store that is read-only", call.name)
		}
		c.unchanged(s, "", "CA", before, call.name+" of a store that is read-only")
	}
	f.Mend()
	if d := c.update(s, "", d); d.Metadata.Version != 2 {
		c.broken("the first Update that was stored has version %d, not 2", d.Metadata.Version)
	}
	versions, err := s.Versions(c.Context(), "", canada)
	c.ok(err, "Versions")
	if len(versions) != 2 {
		c.broken("writes that were not stored left %v in the history", versions)
	}
}

func testFaultHung(c *check) {
	s, f := c.faulty()
	d := c.create(s, "", at("CA", 5))
	c.create(s, "", at("DE", 19))
	f.Break(Hung)
	for _, call := range c.calls(s, d) {
		ctx, cancel := c.short()
		c.within(func() {
			if err := call.run(ctx); !errors.Is(err, context.DeadlineExceeded) {
				c.broken("%s of a store that hangs returns %v at its deadline", call.name, err)
			}
		}, call.name+" of a store that hangs")
		cancel()
	}
	// A writer that hangs holds up those of its country, until their contexts end.
	held, release := context.WithCancel(c.Context())
	first := make(chan error, 1)
	go func() { _, err := s.Update(held, "", d); first <- err }()
	time.Sleep(time.Millisecond)
	ctx, cancel := c.short()
	defer cancel()
	c.within(func() {
		if _, err := s.Update(ctx, "", d); !errors.Is(err, context.DeadlineExceeded) {
			c.broken("Update behind one that hangs returns %v at its deadline", err)
		}
	}, "Update behind one that hangs")
	f.Break(Sound) // for later calls; that one still hangs
	c.within(func() { c.update(s, "", c.get(s, "", tax.Location{Country: "DE"})) }, "Update of another country")
	release()
	if err := <-first; !errors.Is(err, context.Canceled) {
		c.broken("Update of a store that hangs returns %v when it is cancelled", err)
	}
	f.Mend()
	c.update(s, "", c.get(s, "", canada))
}

func testFaultSlow(c *check) {
	s, f := c.faulty()
	c.create(s, "", at("CA", 0))
	f.Break(Slow)
	updaters := 6
	race(updaters, func(int) {
		for {
			d, err := s.Get(c.Context(), "", canada)
			if err != nil {
				c.broken("Get: %v", err)
				return
			}
			setPercent(&d, percent(d)+1)
			if _, err = s.Update(c.Context(), "", d); err == nil {
				return
			}
			if !errors.Is(err, tax.ErrConflict) {
				c.broken("Update: %v", err)
				return
			}
		}
	})
	if d := c.get(s, "", canada); percent(d) != updaters {
		c.broken("%d updates were acknowledged, and %d are stored", updaters, percent(d))
	}
}

func testFaultOutcome(c *check) {
	s, f := c.faulty()
	d := c.create(s, "", at("CA", 5))
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver")
	defer r.Close()
	_, err = r.Resolve(c.Context(), "CA", "STANDARD")
	c.ok(err, "Resolve")
	f.Break(Lost)
	setPercent(&d, 6)
	_, err = s.Update(c.Context(), "", d)
	c.refused(err, tax.ErrUnavailable, "Update whose outcome is unknown")
	if !errors.Is(err, store.ErrUnknownOutcome) {
		c.broken("Update hides that its outcome is unknown: %v", err)
	}
	f.Mend()
	now := c.get(s, "", canada)
	if now.Metadata.Version != 2 || percent(now) != 6 {
		c.broken("version %d with %d %% is stored", now.Metadata.Version, percent(now))
	}
	a, err := r.Resolve(c.Context(), "CA", "STANDARD")
	if err != nil || a.Percent().IntPart() != 6 {
		c.broken("a Resolver answers %v %%, %v after the write of 6 %% that took effect", a.Percent(), err)
	}
	_, err = s.Update(c.Context(), "", d) // repeated, as if nothing had been stored
	c.refused(err, tax.ErrConflict, "an Update that is repeated after it took effect")
}

func testFaultHungAfter(c *check) {
	s, f := c.faulty()
	d := c.create(s, "", at("CA", 5))
	var told keys
	defer s.Notify(told.add)()
	f.Break(HungAfter)
	ctx, cancel := c.short()
	defer cancel()
	setPercent(&d, 6)
	c.within(func() {
		if _, err := s.Update(ctx, "", d); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnknownOutcome) {
			c.broken("Update returns %v at its deadline", err)
		}
	}, "Update of a store that hangs after its commit")
	f.Mend()
	if now := c.get(s, "", canada); percent(now) != 6 || now.Metadata.Version != 2 {
		c.broken("version %d with %d %% is stored", now.Metadata.Version, percent(now))
	}
	if len(told.take()) == 0 {
		c.broken("nobody was told of a write that took effect")
	}
}

func testFaultCorrupt(c *check) {
	s, f := c.faulty()
	c.create(s, "shop", at("CA", 5))
	c.create(s, "shop", adding(quebec, 9))
	c.create(s, "shop", adding(ontario, 8))
	f.Damage("shop", quebec)
	_, err := s.Get(c.Context(), "shop", quebec)
	c.refused(err, tax.ErrInvalid, "Get of a document that cannot be read")
	for _, l := range []tax.Location{canada, ontario} {
		c.get(s, "shop", l)
	}
	set := c.read(s, "shop", "CA")
	if len(set) != 3 {
		c.stop("Configurations returns %v, of 3 documents with one damaged", set)
	}
	if err := set[2].Validate().Err(); set[2].Location != quebec || !errors.Is(err, tax.ErrInvalid) {
		c.broken("the document that cannot be read is %v, %v", set[2], err)
	}
	page, err := s.List(c.Context(), "shop", tax.Query{})
	c.ok(err, "List")
	if got := codes(page.Configurations()); got != "CA CA-ON" {
		c.broken("List has %s", got)
	}
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver")
	defer r.Close()
	shop := r.Tenant("shop")
	_, err = shop.Lookup(c.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD"})
	c.refused(err, tax.ErrInvalid, "Lookup of a region whose document cannot be read")
	a, err := shop.Lookup(c.Context(), tax.Lookup{Country: "CA", Region: "ON", Class: "STANDARD"})
	if err != nil || a.Percent().IntPart() != 13 {
		c.broken("Lookup of another region answers %v, %v", a, err)
	}
	_, err = s.Create(c.Context(), "shop", adding(quebec, 9))
	c.refused(err, tax.ErrExists, "Create of a document that cannot be read")
	_, err = s.Update(c.Context(), "shop", adding(quebec, 9))
	c.refused(err, tax.ErrInvalid, "Update of a document that cannot be read")
	c.update(s, "shop", c.get(s, "shop", ontario))
}

func testFaultRepaired(c *check) {
	s, f := c.faulty()
	c.create(s, "", at("CA", 5))
	c.create(s, "", adding(quebec, 9))
	c.create(s, "", adding(ontario, 8))
	f.Damage("", quebec)
	f.Damage("", ontario)
	c.written(s, batch("", store.Put, adding(quebec, 10)))
	if got := percent(c.get(s, "", quebec)); got != 10 {
		c.broken("the document has %d %% after it was replaced by one with 10 %%", got)
	}
	c.remove(s, "", ontario)
	_, err := s.Get(c.Context(), "", ontario)
	c.refused(err, tax.ErrNotFound, "Get of a document that could not be read and was deleted")
	if set := c.read(s, "", "CA"); len(set) != 2 {
		c.broken("Configurations returns %v", set)
	}
}

func testFaultPanics(c *check) {
	s, f := c.faulty()
	d := c.create(s, "", at("CA", 5))
	for _, fault := range []Fault{Panicking, Ending} {
		f.Break(fault)
		for _, call := range c.calls(s, d) {
			var group sync.WaitGroup
			group.Go(func() {
				defer func() { _ = recover() }()
				_ = call.run(c.Context())
			})
			group.Wait()
		}
		f.Mend()
		c.within(func() { d = c.update(s, "", d) }, "Update after a backend panicked or ended its goroutine")
	}
}

func testFaultStale(c *check) {
	s, f := c.faulty()
	c.create(s, "", at("CA", 5))
	r, err := tax.NewResolver(s, &tax.Options{TTL: time.Millisecond, MaxStale: time.Hour})
	c.ok(err, "NewResolver")
	defer r.Close()
	_, err = r.Resolve(c.Context(), "CA", "STANDARD")
	c.ok(err, "Resolve")
	f.Break(Failing)
	c.soon(func() bool {
		a, err := r.Resolve(c.Context(), "CA", "STANDARD")
		if err != nil || a.Percent().IntPart() != 5 {
			c.stop("Resolve from a store that is down answers %v, %v", a, err)
		}
		return a.Explain().Stale
	}, "no answer says that it is stale")
}

func testFaultPlace(c *check) {
	if c.factory.Break == nil {
		c.Skip("skipped: Factory.Break is not set")
	}
	s, place := c.open(nil)
	d := c.create(s, "", at("CA", 5))
	before := c.dump(s, "", "CA")
	mend := c.factory.Break(c.T, place)
	setPercent(&d, 6)
	_, err := s.Update(c.Context(), "", d)
	c.refused(err, tax.ErrUnavailable, "Update of a place that is unusable")
	mend()
	c.unchanged(s, "", "CA", before, "the place was unusable")
	c.update(s, "", d)
	if got := percent(c.get(s, "", canada)); got != 6 {
		c.broken("after an Update to 6 %% the document has %d %%", got)
	}
}
