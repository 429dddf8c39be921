package storetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// check is a test that is running.
type check struct {
	*testing.T
	factory Factory
	says    string // the sentence of the contract

	mu    sync.Mutex
	ended bool
}

// end ends the test. What a broken store does later is not reported any more.
func (c *check) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// broken reports that the store does not do what the contract says.
func (c *check) broken(format string, args ...any) {
	c.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.Errorf("the contract says: %s\nbut %s", c.says, fmt.Sprintf(format, args...))
}

// stop reports the same, and ends the test.
func (c *check) stop(format string, args ...any) {
	c.Helper()
	c.broken(format, args...)
	c.FailNow()
}

// ok ends the test if what was done failed.
func (c *check) ok(err error, doing string, args ...any) {
	c.Helper()
	if err != nil {
		c.stop("%s failed: %v", fmt.Sprintf(doing, args...), err)
	}
}

// kinds are the sentinels of the errors of a store.
var kinds = []error{tax.ErrNotFound, tax.ErrExists, tax.ErrConflict, tax.ErrInvalid, tax.ErrUnavailable, store.ErrRemoved}

// refused reports it unless what was done failed with an error of a kind, and of no other
// kind.
func (c *check) refused(err, kind error, doing string, args ...any) {
	c.Helper()
	doing = fmt.Sprintf(doing, args...)
	if err == nil {
		c.broken("%s did not fail, with %v", doing, kind)
		return
	}
	if !errors.Is(err, kind) {
		c.broken("%s failed with %q, which does not unwrap to %q", doing, err, kind)
	}
	for _, other := range kinds {
		if other != kind && errors.Is(err, other) {
			c.broken("%s failed with %q, which unwraps to %q as well as to %q", doing, err, other, kind)
		}
	}
}

// same reports it if two documents differ.
func (c *check) same(got, want tax.Configuration, what string, args ...any) {
	c.Helper()
	if g, w := c.text(got), c.text(want); g != w {
		c.broken("%s is\n%s\ninstead of\n%s", fmt.Sprintf(what, args...), g, w)
	}
}

// text returns a document as JSON.
func (c *check) text(d tax.Configuration) string {
	c.Helper()
	data, err := d.MarshalJSON()
	if err != nil {
		return fmt.Sprintf("%s (%v)", d, err)
	}
	return string(data)
}

// read returns the documents of a country in order.
func (c *check) read(s tax.Source, tenant, country string) []tax.Configuration {
	c.Helper()
	set, err := s.Configurations(c.Context(), tax.Key{Tenant: tenant, Country: country})
	c.ok(err, "Configurations of %q %s", clip(tenant), country)
	slices.SortFunc(set, func(a, b tax.Configuration) int { return cmp.Compare(a.Location.Region, b.Location.Region) })
	return set
}

// dump returns the documents of a country as text, to see whether they changed.
func (c *check) dump(s tax.Source, tenant, country string) string {
	c.Helper()
	var b bytes.Buffer
	for _, d := range c.read(s, tenant, country) {
		b.WriteString(c.text(d) + "\n")
	}
	return b.String()
}

// unchanged ends the test if a country is not what it was.
func (c *check) unchanged(s tax.Source, tenant, country, before, after string) {
	c.Helper()
	if now := c.dump(s, tenant, country); now != before {
		c.stop("after %s the documents are\n%s\ninstead of\n%s", after, now, before)
	}
}

// create writes a document that must be accepted.
func (c *check) create(s tax.Store, tenant string, d tax.Configuration) tax.Configuration {
	c.Helper()
	stored, err := s.Create(c.Context(), tenant, d)
	c.ok(err, "Create of %s", d.Location)
	return stored
}

// update writes a document that must be accepted.
func (c *check) update(s tax.Store, tenant string, d tax.Configuration) tax.Configuration {
	c.Helper()
	stored, err := s.Update(c.Context(), tenant, d)
	c.ok(err, "Update of %s version %d", d.Location, d.Metadata.Version)
	return stored
}

// get reads a document that must be there.
func (c *check) get(s tax.Store, tenant string, l tax.Location) tax.Configuration {
	c.Helper()
	d, err := s.Get(c.Context(), tenant, l)
	c.ok(err, "Get of %s", l)
	return d
}

// remove deletes a document that must be there.
func (c *check) remove(s tax.Store, tenant string, l tax.Location) {
	c.Helper()
	c.ok(s.Delete(c.Context(), tenant, l), "Delete of %s", l)
}

// patience is how long the suite waits for a call to return and, unless the factory says
// otherwise, for a report.
const patience = 10 * time.Second

// soon waits until a condition holds, and reports it if it never does.
func (c *check) soon(holds func() bool, what string, args ...any) {
	c.Helper()
	for end := time.Now().Add(c.factory.Patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.stop("after %v %s", c.factory.Patience, fmt.Sprintf(what, args...))
		}
	}
}

// within runs what must return although the store may hang.
func (c *check) within(run func(), what string) {
	c.Helper()
	done := make(chan struct{})
	go func() { defer close(done); run() }()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
		c.stop("%s did not return within %v", what, patience)
	}
}

// short returns a context that ends soon, but not before a busy database has stored a
// document.
func (c *check) short() (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Context(), 300*time.Millisecond)
}

// clip bounds what a message shows.
func clip(s string) string { return s[:min(len(s), 40)] }
