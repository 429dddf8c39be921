package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var contextTests = []test{
	{"Done", "a context that is done is an error before anything is written", testContextDone},
	{"Ends", "a write whose context ends takes effect as a whole or not at all", testContextEnds},
}

// call is a method of a store that takes a context.
type call struct {
	name string
	run  func(context.Context) error
}

// calls returns all methods of a store that take a context, with a document of Canada at
// its current version.
func (c *check) calls(s tax.Store, d tax.Configuration) []call {
	key := tax.Key{Country: "CA"}
	list := []call{
		{"Configurations", func(ctx context.Context) error { _, err := s.Configurations(ctx, key); return err }},
		{"Get", func(ctx context.Context) error { _, err := s.Get(ctx, "", canada); return err }},
		{"Create", func(ctx context.Context) error { _, err := s.Create(ctx, "", adding(quebec, 5)); return err }},
		{"Update", func(ctx context.Context) error { _, err := s.Update(ctx, "", d); return err }},
		{"Delete", func(ctx context.Context) error { return s.Delete(ctx, "", canada) }},
	}
	if l, ok := s.(tax.Lister); ok {
		list = append(list, call{"List", func(ctx context.Context) error { _, err := l.List(ctx, "", tax.Query{}); return err }})
	}
	if w, ok := s.(store.BulkWriter); ok {
		list = append(list, call{"Write", func(ctx context.Context) error {
			return w.Write(ctx, []store.Batch{{Key: key, Changes: []store.Change{{Action: store.Put, Configuration: at("CA", 9)}}}})[0].Err
		}})
	}
	if h, ok := s.(store.Historian); ok {
		list = append(list,
			call{"Versions", func(ctx context.Context) error { _, err := h.Versions(ctx, "", canada); return err }},
			call{"Version", func(ctx context.Context) error { _, err := h.Version(ctx, "", canada, 1); return err }},
			call{"AsOf", func(ctx context.Context) error { _, err := h.AsOf(ctx, key, time.Now()); return err }})
	}
	return list
}

func testContextDone(c *check) {
	s := c.store()
	d := c.create(s, "", at("CA", 5))
	before := c.dump(s, "", "CA")
	ended, cancel := context.WithCancel(c.Context())
	cancel()
	expired, stop := context.WithDeadline(c.Context(), time.Unix(0, 0))
	defer stop()
	for _, call := range c.calls(s, d) {
		if err := call.run(ended); !errors.Is(err, context.Canceled) {
			c.broken("%s with a cancelled context returns %v", call.name, err)
		}
		if err := call.run(expired); !errors.Is(err, context.DeadlineExceeded) {
			c.broken("%s after the deadline returns %v", call.name, err)
		}
		c.unchanged(s, "", "CA", before, call.name+" with a context that is done")
	}
}

// Contexts end at any moment of an update. Whatever Update says, the document is one of
// those that were passed, with the version that goes with it.
func testContextEnds(c *check) {
	s := c.store()
	d := c.create(s, "", at("CA", 0))
	var ended atomic.Int64
	for i := range c.times(100) {
		ctx, cancel := context.WithCancel(c.Context())
		next := d.Clone()
		setPercent(&next, percent(d)+1)
		time.AfterFunc(time.Duration(i)*3*time.Microsecond, cancel)
		stored, err := s.Update(ctx, "", next)
		cancel()
		now := c.get(s, "", canada)
		switch {
		case err == nil && c.text(now) != c.text(stored):
			c.stop("Update returned %v, and %v is stored", stored, now)
		case err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, tax.ErrUnavailable):
			c.stop("Update failed with %q, which unwraps neither to the error of the context nor to ErrUnavailable", err)
		case err != nil:
			ended.Add(1)
		}
		if moved := now.Metadata.Version - d.Metadata.Version; moved > 1 || int64(percent(now)-percent(d)) != moved {
			c.stop("version %d with %d %% followed version %d with %d %%", now.Metadata.Version, percent(now), d.Metadata.Version, percent(d))
		}
		d = now
	}
	c.Logf("%d updates were ended by their context", ended.Load())
}
