package storetest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var historyTests = []test{
	{"Versions", "Versions returns the versions of a location that the store keeps, the newest first, with who wrote and ended each", testHistoryVersions},
	{"Version", "Version returns one version, and ErrNotFound if there is no such version", testHistoryVersion},
	{"AsOf", "AsOf returns the versions of a country that were in force at an instant: from From, until before Until", testHistoryAsOf},
	{"Retention", "what is beyond the retention is removed, and a question about it is answered with ErrRemoved, never with another version", testHistoryRetention},
	{"Age", "a version that ended longer ago than the age of the retention is removed", testHistoryAge},
	{"None", "with a retention of none, everything that ended is removed", testHistoryNone},
	{"ClockBack", "when the clock goes back, versions still follow each other", testHistoryClockBack},
	{"Reopened", "the history is there for whoever opens the data again", testHistoryReopened},
	{"BesideWrites", "a history that is read while others write has versions without gaps", testHistoryBesideWrites},
}

// historian returns a store with a history and a clock, or skips the test.
func (c *check) historian(o store.Options) (tax.Store, store.Historian, *clock, string) {
	c.Helper()
	c.needsOptions()
	now := newClock()
	o.Clock = now.time
	s, place := c.open(&o)
	h, ok := s.(store.Historian)
	if !ok {
		c.Skip("skipped: the store is no store.Historian")
	}
	return s, h, now, place
}

// shown returns versions in one line each.
func shown(versions []store.Version) string {
	var b strings.Builder
	for i := range versions {
		v := &versions[i]
		b.WriteString(v.Configuration.Location.String() + " version " + strconv.FormatInt(v.Configuration.Metadata.Version, 10) + " " + strconv.Itoa(percent(v.Configuration)) + " %")
		b.WriteString(" by " + strconv.Quote(v.Author) + " from " + v.From.Format(time.TimeOnly))
		if !v.Until.IsZero() {
			b.WriteString(" until " + v.Until.Format(time.TimeOnly) + " by " + strconv.Quote(v.EndedBy))
		}
		if v.Deleted {
			b.WriteString(" deleted")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// expect reports it if versions are not as shown.
func (c *check) expect(versions []store.Version, err error, doing, want string) {
	c.Helper()
	c.ok(err, "%s", doing)
	if got := shown(versions); got != want {
		c.broken("%s returns\n%sinstead of\n%s", doing, got, want)
	}
}

// life writes, changes and deletes a document, a minute apart, beginning at 22:01 UTC.
func (c *check) life(s tax.Store, now *clock) {
	c.Helper()
	by := func(author string) context.Context {
		now.move(time.Minute)
		return store.WithAuthor(c.Context(), author)
	}
	d, err := s.Create(by("anna"), "shop", at("CA", 5))
	c.ok(err, "Create")
	setPercent(&d, 6)
	d, err = s.Update(by("b\x00ob \"é\""), "shop", d)
	c.ok(err, "Update")
	setPercent(&d, 7)
	_, err = s.Update(by(""), "shop", d)
	c.ok(err, "Update")
	c.ok(s.Delete(by("dora"), "shop", canada), "Delete")
	_, err = s.Create(by("emil"), "shop", at("CA", 8))
	c.ok(err, "Create")
}

const lived = `CA version 4 8 % by "emil" from 22:05:00
CA version 3 7 % by "" from 22:03:00 until 22:04:00 by "dora" deleted
CA version 2 6 % by "b\x00ob \"é\"" from 22:02:00 until 22:03:00 by ""
CA version 1 5 % by "anna" from 22:01:00 until 22:02:00 by "b\x00ob \"é\""
`

const livedRegion = `CA-QC version 5 10 % by "" from 22:07:00
CA-QC version 4 9 % by "" from 22:06:00 until 22:07:00 by ""
`

func testHistoryVersions(c *check) {
	s, h, now, _ := c.historian(store.Options{})
	versions, err := h.Versions(c.Context(), "shop", canada)
	c.expect(versions, err, "Versions of what was never there", "")
	c.life(s, now)
	versions, err = h.Versions(c.Context(), "shop", canada)
	c.expect(versions, err, "Versions", lived)
	versions, err = h.Versions(c.Context(), "other", canada)
	c.expect(versions, err, "Versions of another tenant", "")
	versions, err = h.Versions(c.Context(), "shop", quebec)
	c.expect(versions, err, "Versions of a region", "")
	now.move(time.Minute)
	region := c.create(s, "shop", adding(quebec, 9))
	now.move(time.Minute)
	setPercent(&region, 10)
	c.update(s, "shop", region)
	versions, err = h.Versions(c.Context(), "shop", canada)
	c.expect(versions, err, "Versions of a country whose region has some of its own", lived)
	versions, err = h.Versions(c.Context(), "shop", quebec)
	c.expect(versions, err, "Versions of a region of a country that has some of its own", livedRegion)
	for i := range versions {
		for _, at := range []time.Time{versions[i].From, versions[i].Until} {
			if at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond)) {
				c.broken("an instant of the history is %v", at)
			}
		}
	}
	// A document of the history has all of its fields.
	stored := c.create(s, "shop", full("DE"))
	now.move(time.Minute)
	c.update(s, "shop", stored)
	versions, err = h.Versions(c.Context(), "shop", tax.Location{Country: "DE"})
	c.ok(err, "Versions")
	if len(versions) != 2 {
		c.stop("Versions has %d versions of 2", len(versions))
	}
	c.same(versions[1].Configuration, stored, "the version that was replaced")
	long := strings.Repeat("é", 200)
	d, err := s.Create(store.WithAuthor(c.Context(), long), "shop", at("AT", 1))
	c.ok(err, "Create by an author of 400 bytes")
	v, err := h.Version(c.Context(), "shop", d.Location, 1)
	c.ok(err, "Version")
	if want := store.Author(store.WithAuthor(c.Context(), long)); v.Author != want {
		c.broken("the author is %q, not %q", v.Author, want)
	}
}

func testHistoryVersion(c *check) {
	s, h, now, _ := c.historian(store.Options{})
	c.life(s, now)
	for version := int64(1); version <= 4; version++ {
		v, err := h.Version(c.Context(), "shop", canada, version)
		c.ok(err, "Version %d", version)
		if v.Configuration.Metadata.Version != version || percent(v.Configuration) != int(version)+4 {
			c.broken("Version %d returns %v with %d %%", version, v, percent(v.Configuration))
		}
	}
	for _, version := range []int64{0, 5, -1, 1 << 62} {
		_, err := h.Version(c.Context(), "shop", canada, version)
		c.refused(err, tax.ErrNotFound, "Version %d", version)
	}
	_, err := h.Version(c.Context(), "shop", quebec, 1)
	c.refused(err, tax.ErrNotFound, "Version of what was never there")
	_, err = h.Version(c.Context(), "other", canada, 1)
	c.refused(err, tax.ErrNotFound, "Version of another tenant")
}

func testHistoryAsOf(c *check) {
	s, h, now, _ := c.historian(store.Options{})
	start := now.move(0)
	c.life(s, now)
	now.move(time.Minute)
	region := c.create(s, "shop", adding(quebec, 9))
	now.move(time.Minute)
	setPercent(&region, 10)
	c.update(s, "shop", region)
	key := tax.Key{Tenant: "shop", Country: "CA"}
	for _, x := range []struct {
		after time.Duration
		want  []int // percentages
	}{
		{-time.Hour, nil}, {0, nil}, {time.Minute - 1, nil}, {time.Minute, []int{5}}, {2*time.Minute - 1, []int{5}}, {2 * time.Minute, []int{6}},
		{3 * time.Minute, []int{7}}, {4*time.Minute - time.Millisecond, []int{7}}, {4 * time.Minute, nil}, {5 * time.Minute, []int{8}},
		{6 * time.Minute, []int{8, 9}}, {7 * time.Minute, []int{8, 10}}, {time.Hour, []int{8, 10}},
	} {
		// The time zone of the instant does not matter.
		versions, err := h.AsOf(c.Context(), key, start.Add(x.after).In(time.FixedZone("", -7200)))
		c.ok(err, "AsOf %v after the start", x.after)
		var got []int
		for i := range versions {
			got = append(got, percent(versions[i].Configuration))
		}
		if !slices.Equal(got, x.want) {
			c.broken("AsOf %v after the start returns %v %%, not %v %%", x.after, got, x.want)
		}
	}
	versions, err := h.AsOf(c.Context(), tax.Key{Country: "CA"}, now.time())
	c.expect(versions, err, "AsOf of another tenant", "")
}

// edited returns a store in which a document was changed often enough that its version 1 is gone.
func (c *check) edited(r store.Retention, versions int) (tax.Store, store.Historian, *clock, string) {
	c.Helper()
	s, h, now, place := c.historian(store.Options{Retention: r})
	d := c.create(s, "", at("CA", 1))
	for i := 2; i <= versions; i++ {
		now.move(time.Minute)
		setPercent(&d, i)
		d = c.update(s, "", d)
	}
	return s, h, now, place
}

func testHistoryRetention(c *check) {
	s, h, now, place := c.edited(store.Retention{Versions: 3}, 10)
	check := func(h store.Historian) {
		c.Helper()
		versions, err := h.Versions(c.Context(), "", canada)
		c.ok(err, "Versions")
		var kept []int64
		for i := range versions {
			kept = append(kept, versions[i].Configuration.Metadata.Version)
		}
		if !slices.Equal(kept, []int64{10, 9, 8, 7}) {
			c.broken("a retention of 3 keeps versions %v of 10", kept)
		}
		for version := int64(1); version <= 10; version++ {
			v, err := h.Version(c.Context(), "", canada, version)
			if version < 7 {
				c.refused(err, store.ErrRemoved, "Version %d, of which 7 to 10 are kept,", version)
			} else if err != nil || v.Configuration.Metadata.Version != version {
				c.broken("Version %d returns %v, %v", version, v, err)
			}
		}
		_, err = h.Version(c.Context(), "", canada, 11)
		c.refused(err, tax.ErrNotFound, "Version 11 of 10")
		// Version 6 ended four minutes after the first kept one began.
		oldest := now.move(0).Add(-3 * time.Minute)
		got, err := h.AsOf(c.Context(), tax.Key{Country: "CA"}, oldest)
		c.ok(err, "AsOf the beginning of the oldest version that is kept")
		if len(got) != 1 || got[0].Configuration.Metadata.Version != 7 {
			c.broken("AsOf the beginning of version 7 returns %v", got)
		}
		for _, at := range []time.Time{oldest.Add(-time.Millisecond), oldest.Add(-time.Hour)} {
			_, err = h.AsOf(c.Context(), tax.Key{Country: "CA"}, at)
			c.refused(err, store.ErrRemoved, "AsOf before the oldest version that is kept")
		}
	}
	check(h)
	if c.factory.Shared {
		other, ok := c.at(place, &store.Options{Retention: store.Retention{Versions: 3}, Clock: now.time}).(store.Historian)
		if ok {
			check(other)
		}
	}
	now.move(time.Minute)
	c.remove(s, "", canada)
	_, err := h.Version(c.Context(), "", canada, 7)
	c.refused(err, store.ErrRemoved, "Version 7, which a deletion moved out of the retention,")
	v, err := h.Version(c.Context(), "", canada, 10)
	if err != nil || !v.Deleted {
		c.broken("Version 10, which was deleted, is %v, %v", v, err)
	}
}

func testHistoryAge(c *check) {
	s, h, now, _ := c.edited(store.Retention{Age: time.Hour}, 3)
	versions, err := h.Versions(c.Context(), "", canada)
	c.ok(err, "Versions")
	if len(versions) != 3 {
		c.broken("Versions has %d of 3 within the age of the retention", len(versions))
	}
	now.move(59*time.Minute + 30*time.Second) // version 1 ended an hour and half a minute ago
	_, err = h.Version(c.Context(), "", canada, 1)
	c.refused(err, store.ErrRemoved, "Version 1, which ended longer ago than the age of the retention,")
	if v, err := h.Version(c.Context(), "", canada, 2); err != nil || percent(v.Configuration) != 2 {
		c.broken("Version 2, which ended within the age of the retention, is %v, %v", v, err)
	}
	now.move(time.Hour)
	c.update(s, "", c.get(s, "", canada))
	versions, err = h.Versions(c.Context(), "", canada)
	c.ok(err, "Versions")
	if len(versions) != 2 {
		c.broken("Versions has %v, with all but two removed", versions)
	}
}

func testHistoryNone(c *check) {
	s, h, now, _ := c.edited(store.Retention{Versions: -1}, 3)
	versions, err := h.Versions(c.Context(), "", canada)
	c.ok(err, "Versions")
	if len(versions) != 1 || versions[0].Configuration.Metadata.Version != 3 {
		c.broken("Versions returns %v without a history", versions)
	}
	_, err = h.Version(c.Context(), "", canada, 2)
	c.refused(err, store.ErrRemoved, "Version 2")
	now.move(time.Minute)
	c.remove(s, "", canada)
	versions, err = h.Versions(c.Context(), "", canada)
	c.expect(versions, err, "Versions of what was deleted", "")
	_, err = h.Version(c.Context(), "", canada, 3)
	c.refused(err, store.ErrRemoved, "Version 3, which was deleted,")
	got, err := h.AsOf(c.Context(), tax.Key{Country: "CA"}, now.time())
	c.expect(got, err, "AsOf now", "")
	_, err = h.AsOf(c.Context(), tax.Key{Country: "CA"}, now.time().Add(-30*time.Second))
	c.refused(err, store.ErrRemoved, "AsOf before the deletion")
	if d := c.create(s, "", at("CA", 5)); d.Metadata.Version != 4 {
		c.broken("a document of which no history is kept is created again with version %d, not 4", d.Metadata.Version)
	}
}

func testHistoryClockBack(c *check) {
	s, h, now, place := c.historian(store.Options{})
	d := c.create(s, "", at("CA", 1))
	for i, by := range []time.Duration{-time.Hour, 0, 2 * time.Hour, -24 * time.Hour} {
		now.move(by)
		if i == 3 && c.factory.Shared {
			s = c.at(place, &store.Options{Clock: now.time})
		}
		setPercent(&d, i+2)
		d = c.update(s, "", d)
	}
	versions, err := h.Versions(c.Context(), "", canada)
	c.ok(err, "Versions")
	if len(versions) != 5 {
		c.stop("Versions has %d of 5", len(versions))
	}
	for i, v := range versions {
		if v.Configuration.Metadata.Version != int64(5-i) {
			c.broken("version %d is at place %d of the history", v.Configuration.Metadata.Version, i)
		}
		if i > 0 && (!v.Until.Equal(versions[i-1].From) || v.Until.Before(v.From)) {
			c.broken("version %d is from %v until %v, and the next from %v", v.Configuration.Metadata.Version, v.From, v.Until, versions[i-1].From)
		}
	}
}

func testHistoryReopened(c *check) {
	c.needsShared()
	s, _, now, place := c.historian(store.Options{})
	c.life(s, now)
	again, ok := c.at(place, &store.Options{Clock: now.time}).(store.Historian)
	if !ok {
		c.stop("another handle is no store.Historian")
	}
	versions, err := again.Versions(c.Context(), "shop", canada)
	c.expect(versions, err, "Versions by another handle", lived)
}

func testHistoryBesideWrites(c *check) {
	one, other := c.handles(nil)
	h, ok := one.(store.Historian)
	if !ok {
		c.Skip("skipped: the store is no store.Historian")
	}
	d := c.create(one, "", at("CA", 1))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range c.times(60) {
			setPercent(&d, i+2)
			var err error
			if d, err = other.Update(c.Context(), "", d); err != nil {
				c.broken("Update failed: %v", err)
				return
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		floor := c.get(one, "", canada).Metadata.Version
		versions, err := h.Versions(c.Context(), "", canada)
		c.ok(err, "Versions while others write")
		if len(versions) == 0 || versions[0].Configuration.Metadata.Version < floor || !versions[0].Until.IsZero() {
			c.broken("the newest of %d versions is not in force, or older than version %d, which was read before", len(versions), floor)
			break
		}
		for i := 1; i < len(versions); i++ {
			if versions[i-1].Configuration.Metadata.Version != versions[i].Configuration.Metadata.Version+1 {
				c.broken("after version %d of the history comes version %d", versions[i-1].Configuration.Metadata.Version, versions[i].Configuration.Metadata.Version)
			}
		}
		at := time.Now()
		now, err := h.AsOf(c.Context(), tax.Key{Country: "CA"}, at)
		c.ok(err, "AsOf while others write")
		if len(now) != 1 {
			c.broken("AsOf now returns %v", now)
		}
	}
	<-done
}
