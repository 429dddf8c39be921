package storetest

import (
	"errors"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var versionTests = []test{
	{"Count", "a new document has version 1; every update adds one; one that is created where others were deleted begins above their versions", testVersionsCount},
	{"BelongToTheStore", "the store sets Version, Created and Modified, whatever is passed", testMetadataIsTheStores},
	{"Times", "times are UTC, to the millisecond, and never go back", testTimes},
	{"Creators", "of many who create a location at once, one wins, and all others get ErrExists", testCreators},
	{"Updaters", "no update is lost when everyone who gets ErrConflict reads again and retries", testUpdaters},
	{"Forward", "a reader never sees an older state after a newer one", testForward},
}

// carries reports it if an error has another detail than the store should tell.
func (c *check) carries(err error, want *tax.StoreError) {
	c.Helper()
	var got *tax.StoreError
	if !errors.As(err, &got) {
		c.broken("%q is not a StoreError, which names the versions", err)
		return
	}
	shown := *got
	shown.Cause = nil
	if !reflect.DeepEqual(&shown, want) {
		c.broken("the error has %+v, not %+v", shown, *want)
	}
}

func testVersionsCount(c *check) {
	s := c.store()
	d := c.create(s, "", at("CA", 5))
	for version := int64(1); ; version++ {
		if d.Metadata.Version != version {
			c.stop("the document has version %d, not %d", d.Metadata.Version, version)
		}
		if version == 4 {
			break
		}
		d = c.update(s, "", d)
	}
	if d := c.create(s, "", adding(quebec, 9)); d.Metadata.Version != 1 {
		c.broken("a new document of a country without deletions has version %d, not 1", d.Metadata.Version)
	}
	c.remove(s, "", quebec)
	c.remove(s, "", canada)
	for range 2 {
		again := c.create(s, "", at("CA", 5))
		if again.Metadata.Version <= d.Metadata.Version {
			c.broken("a document that was deleted at version %d is created again with version %d", d.Metadata.Version, again.Metadata.Version)
		}
		d = again
		c.remove(s, "", canada)
	}
	if d := c.create(s, "", at("DE", 5)); d.Metadata.Version != 1 {
		c.broken("a new document of another country has version %d, not 1", d.Metadata.Version)
	}
}

func testMetadataIsTheStores(c *check) {
	s := c.store()
	given := at("CA", 5)
	past, future := time.Unix(0, 0).UTC(), time.Now().AddDate(10, 0, 0).UTC()
	given.Metadata = tax.Metadata{Version: 42, Created: future, Modified: past, Source: "shop", AsOf: tax.MustDate("2026-11-01")}
	d := c.create(s, "", given)
	if m := d.Metadata; m.Version != 1 || m.Created.Equal(future) || m.Modified.Equal(past) {
		c.broken("Create kept the version or the times that were passed: %+v", m)
	}
	if m := d.Metadata; m.Source != "shop" || m.AsOf != tax.MustDate("2026-11-01") {
		c.broken("Create changed Source or AsOf: %+v", m)
	}
	created := d.Metadata.Created
	d.Metadata.Created, d.Metadata.Modified = past, future
	d = c.update(s, "", d)
	if m := d.Metadata; !m.Created.Equal(created) || m.Modified.Equal(future) || m.Modified.Before(created) {
		c.broken("after Update the times are %+v; it was created at %v", m, created)
	}
}

func testTimes(c *check) {
	var now *clock
	var o *store.Options
	if c.factory.Store == nil {
		now = newClock()
		o = &store.Options{Clock: now.time}
	}
	s, place := c.open(o)
	d := c.create(s, "", at("CA", 5))
	latest := d.Metadata.Created
	check := func(m tax.Metadata) {
		c.Helper()
		for _, at := range []time.Time{m.Created, m.Modified} {
			if at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond)) || at.IsZero() {
				c.broken("a time is %v", at)
			}
		}
		if m.Modified.Before(latest) {
			c.broken("Modified is %v after %v", m.Modified, latest)
		}
		latest = m.Modified
	}
	check(d.Metadata)
	for _, by := range []time.Duration{time.Second, -time.Hour, time.Minute, 2 * time.Hour} {
		if now != nil {
			now.move(by)
		}
		d = c.update(s, "", d)
		check(d.Metadata)
		check(c.get(s, "", canada).Metadata)
	}
	if now == nil {
		return
	}
	if want := now.move(0); !latest.Equal(want) {
		c.broken("Modified is %v, and the clock of the options shows %v", latest, want)
	}
	if c.factory.Shared {
		now.move(-24 * time.Hour)
		other := c.at(place, o)
		check(c.update(other, "", d).Metadata)
		c.remove(other, "", canada)
	} else {
		c.remove(s, "", canada)
	}
	now.move(-24 * time.Hour)
	check(c.create(s, "", at("CA", 5)).Metadata)
}

// race calls run in many goroutines at once, and waits for them.
func race(n int, run func(i int)) {
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			run(i)
		})
	}
	close(start)
	group.Wait()
}

func testCreators(c *check) {
	one, other := c.handles(nil)
	c.creators(one, other, 1)
	c.remove(one, "", canada)
	c.creators(one, other, 2) // where something was deleted
}

// creators creates a location many times at once. One wins, with a version.
func (c *check) creators(one, other tax.Store, version int64) {
	creators := c.times(64)
	var won atomic.Int64
	var exists atomic.Int64
	race(creators, func(i int) {
		s := one
		if i%2 == 1 {
			s = other
		}
		_, err := s.Create(c.Context(), "", at("CA", i))
		switch {
		case err == nil && won.Swap(int64(i)+1) != 0:
			c.broken("two of the creators won")
		case err != nil && errors.Is(err, tax.ErrExists):
			exists.Add(1)
		case err != nil:
			c.refused(err, tax.ErrExists, "Create while others create")
		}
	})
	if exists.Load() != int64(creators)-1 {
		c.broken("%d of %d creators got ErrExists", exists.Load(), creators)
	}
	for _, s := range []tax.Store{one, other} {
		if d := c.get(s, "", canada); int64(percent(d)) != won.Load()-1 || d.Metadata.Version != version {
			c.broken("creator %d won, and version %d with %d %% is stored", won.Load()-1, d.Metadata.Version, percent(d))
		}
	}
}

func testUpdaters(c *check) {
	one, other := c.handles(nil)
	c.create(one, "", at("CA", 0))
	updaters := c.times(200)
	race(updaters, func(i int) {
		s := one
		if i%2 == 1 {
			s = other
		}
		for range 100 * updaters {
			d, err := s.Get(c.Context(), "", canada)
			if err != nil {
				c.broken("Get while others update failed: %v", err)
				return
			}
			runtime.Gosched() // others read the same version
			setPercent(&d, percent(d)+1)
			_, err = s.Update(c.Context(), "", d)
			if err == nil {
				return
			}
			if !errors.Is(err, tax.ErrConflict) {
				c.refused(err, tax.ErrConflict, "Update while others update")
				return
			}
		}
		c.broken("an updater never got through")
	})
	for _, s := range []tax.Store{one, other} {
		if d := c.get(s, "", canada); percent(d) != updaters || d.Metadata.Version != int64(updaters)+1 {
			c.broken("%d updates that add 1 %% were acknowledged, and version %d with %d %% is stored", updaters, d.Metadata.Version, percent(d))
		}
	}
}

func testForward(c *check) {
	one, other := c.handles(nil)
	d := c.create(one, "", at("CA", 0))
	done := make(chan struct{})
	var written atomic.Int64
	written.Store(1)
	var group sync.WaitGroup
	for i := range 4 {
		s, floor := one, written.Load
		if i%2 == 1 {
			s, floor = other, func() int64 { return 0 } // may be behind
		}
		group.Go(func() {
			for last := int64(0); ; {
				last = max(last, floor())
				set, err := s.Configurations(c.Context(), tax.Key{Country: "CA"})
				if err != nil || len(set) != 1 {
					c.broken("Configurations returns %v, %v while others write", set, err)
					return
				}
				if version := set[0].Metadata.Version; version < last || int64(percent(set[0])) != version-1 {
					c.broken("a reader saw version %d with %d %% after version %d", version, percent(set[0]), last)
					return
				} else {
					last = version
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range c.times(200) {
		setPercent(&d, i+1)
		d = c.update(one, "", d)
		written.Store(d.Metadata.Version)
	}
	close(done)
	group.Wait()
}
