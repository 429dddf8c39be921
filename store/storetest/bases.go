package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var baseTests = []test{
	{"CheckedAtTheWrite", "a write is checked as it will be used, on top of the base that holds at the time", testBaseWrite},
	{"CheckedAtTheRead", "reads lay the documents on the base that holds at the time, and what it no longer carries is withheld", testBaseRead},
	{"OwnOnly", "Get, List and the history are about the tenant's own documents", testBaseOwn},
	{"Recorded", "the history records the metadata of the base that each version was written on", testBaseRecorded},
	{"Fails", "if the base fails, so does the write, with ErrUnavailable", testBaseFails},
	{"Notices", "functions that are registered with the store are called for changes of a base that notifies", testBaseNotices},
	{"Pairs", "of two writes that are valid alone on the base and invalid together, at most one is accepted", testBasePairs},
}

// base is a source that a test changes.
type base struct {
	mu     sync.Mutex
	set    []tax.Configuration
	err    error
	notice func(tax.Key)
}

// newBase returns a base with Canada and Quebec.
func newBase() *base {
	ca := at("CA", 5)
	ca.Classes = append(ca.Classes, tax.Class{Code: "REDUCED", Rates: []tax.Rate{{From: tax.MustDate("2000-01-01"), Percent: tax.MustPercent("2")}}})
	ca.Metadata = tax.Metadata{Version: 3, Source: "world", AsOf: tax.MustDate("2026-11-01")}
	qc := adding(quebec, 9)
	qc.Metadata = tax.Metadata{Version: 4, Source: "world", AsOf: tax.MustDate("2026-11-02")}
	return &base{set: []tax.Configuration{ca, qc}}
}

func (b *base) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var set []tax.Configuration
	for _, d := range b.set {
		if d.Location.Country == key.Country {
			set = append(set, d.Clone())
		}
	}
	return set, b.err
}

func (b *base) Notify(changed func(tax.Key)) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notice = changed
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.notice = nil
	}
}

// edit changes the base.
func (b *base) edit(edit func(*base)) {
	b.mu.Lock()
	edit(b)
	notice := b.notice
	b.mu.Unlock()
	if notice != nil {
		notice(tax.Key{})
	}
}

// on returns an empty store on a base.
func (c *check) on(b tax.Source) (s tax.Store, place string) {
	c.Helper()
	c.needsOptions()
	return c.open(&store.Options{Base: b})
}

// alias returns a document that gives a class of the base other names.
func alias(l tax.Location, class string, aliases ...string) tax.Configuration {
	return tax.Configuration{Location: l, Classes: []tax.Class{{Code: class, Aliases: aliases}}}
}

func testBaseWrite(c *check) {
	s, _ := c.on(newBase())
	for name, d := range map[string]tax.Configuration{
		"an alias that is a class of the base":              alias(canada, "STANDARD", "REDUCED"),
		"a class without rates that the base does not have": alias(canada, "BOOKS", "B"),
		"an undated rate over a history of the base":        {Location: canada, Classes: []tax.Class{{Code: "REDUCED", Rates: []tax.Rate{{Percent: tax.MustPercent("3")}}}}},
	} {
		_, err := s.Create(c.Context(), "", d)
		c.refused(err, tax.ErrInvalid, "Create of %s", name)
	}
	before := c.dump(s, "", "CA")
	// These are valid on the base only.
	c.create(s, "", alias(canada, "REDUCED", "BOOKS"))
	c.create(s, "", adding(ontario, 8))
	if c.dump(s, "", "CA") == before {
		c.broken("Configurations does not change with the documents of the tenant")
	}
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver")
	defer r.Close()
	for _, x := range []struct {
		l    tax.Lookup
		want int64
	}{
		{tax.Lookup{Country: "CA", Class: "STANDARD"}, 5}, {tax.Lookup{Country: "CA", Class: "BOOKS"}, 2},
		{tax.Lookup{Country: "CA", Region: "ON", Class: "STANDARD"}, 13}, {tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD"}, 14},
	} {
		a, err := r.Lookup(c.Context(), x.l)
		c.ok(err, "Lookup of %s %s %s", x.l.Country, x.l.Region, x.l.Class)
		if got := a.Percent().IntPart(); got != x.want {
			c.broken("Lookup of %s %s %s answers %d %%, not %d %%", x.l.Country, x.l.Region, x.l.Class, got, x.want)
		}
	}
}

func testBaseRead(c *check) {
	b := newBase()
	s, _ := c.on(b)
	c.create(s, "", alias(canada, "REDUCED", "BOOKS"))
	qc := c.create(s, "", alias(quebec, "STANDARD", "TVQ"))
	b.edit(func(b *base) { b.set[0].Classes = b.set[0].Classes[:1] }) // no REDUCED any more
	r, err := tax.NewResolver(s, nil)
	c.ok(err, "NewResolver")
	defer r.Close()
	if a, err := r.Lookup(c.Context(), tax.Lookup{Country: "CA", Class: "BOOKS"}); err == nil {
		c.broken("an alias of a class that the base no longer has answers %v %%", a.Percent())
	}
	a, err := r.Lookup(c.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "TVQ"})
	if err != nil || a.Percent().IntPart() != 14 {
		c.broken("an override that is still carried answers %v, %v", a, err)
	}
	// What was wrong before does not keep others from being written.
	qc.Classes[0].Aliases = []string{"QST"}
	c.update(s, "", qc)
	c.remove(s, "", canada)
}

func testBaseOwn(c *check) {
	s, _ := c.on(newBase())
	mine := c.create(s, "", alias(canada, "REDUCED", "BOOKS"))
	c.same(c.get(s, "", canada), mine, "what Get returns on a base")
	if len(mine.Classes) != 1 {
		c.broken("Create on a base returns %d classes of 1", len(mine.Classes))
	}
	_, err := s.Get(c.Context(), "", quebec)
	c.refused(err, tax.ErrNotFound, "Get of what only the base has")
	c.refused(s.Delete(c.Context(), "", quebec), tax.ErrNotFound, "Delete of what only the base has")
	if l, ok := s.(tax.Lister); ok {
		page, err := l.List(c.Context(), "", tax.Query{})
		c.ok(err, "List")
		if page.Len() != 1 {
			c.broken("List has %d documents of 1", page.Len())
		}
	}
	if set := c.read(s, "other", "CA"); len(set) != 2 {
		c.broken("a tenant without documents of its own reads %v of a base with 2", set)
	}
}

func testBaseRecorded(c *check) {
	b := newBase()
	s, _ := c.on(b)
	h, ok := s.(store.Historian)
	if !ok {
		c.Skip("skipped: the store is no store.Historian")
	}
	d := c.create(s, "", alias(canada, "REDUCED", "BOOKS"))
	c.create(s, "", adding(ontario, 8))
	b.edit(func(b *base) { b.set[0].Metadata.Version, b.set[0].Metadata.AsOf = 5, tax.MustDate("2026-12-01") })
	c.update(s, "", d)
	versions, err := h.Versions(c.Context(), "", canada)
	c.ok(err, "Versions")
	if len(versions) != 2 {
		c.stop("Versions has %d of 2", len(versions))
	}
	for i, want := range []tax.Metadata{{Version: 5, Source: "world", AsOf: tax.MustDate("2026-12-01")}, {Version: 3, Source: "world", AsOf: tax.MustDate("2026-11-01")}} {
		if got := versions[i].Base; got == nil || *got != want {
			c.broken("version %d was written on %v of the base, not on %v", versions[i].Configuration.Metadata.Version, got, want)
		}
	}
	v, err := h.Version(c.Context(), "", ontario, 1)
	c.ok(err, "Version")
	if v.Base == nil || v.Base.Version != 3 {
		c.broken("a region that the base does not have lies on %v, not on version 3 of the country", v.Base)
	}
}

func testBaseFails(c *check) {
	b := newBase()
	s, _ := c.on(b)
	d := c.create(s, "", alias(canada, "REDUCED", "BOOKS"))
	b.edit(func(b *base) { b.err = errors.New("the base is down") })
	_, err := s.Update(c.Context(), "", d)
	c.refused(err, tax.ErrUnavailable, "Update on a base that is down")
	_, err = s.Create(c.Context(), "", adding(ontario, 5))
	c.refused(err, tax.ErrUnavailable, "Create on a base that is down")
	if _, err = s.Configurations(c.Context(), tax.Key{Country: "CA"}); err == nil {
		c.broken("Configurations on a base that is down has no error")
	}
	b.edit(func(b *base) { b.err = nil })
	c.same(c.get(s, "", canada), d, "the document after writes that the base refused")
	c.update(s, "", d)
}

func testBaseNotices(c *check) {
	b := newBase()
	s, _ := c.on(b)
	n := c.notifier(s)
	var told keys
	stop := n.Notify(told.add)
	b.edit(func(*base) {})
	if got := told.take(); !slices.Equal(got, []tax.Key{{}}) {
		c.broken("a change of the base reported %v", got)
	}
	c.create(s, "", alias(canada, "REDUCED", "BOOKS"))
	if got := told.take(); !slices.Equal(got, []tax.Key{{Country: "CA"}}) {
		c.broken("a write on a base reported %v", got)
	}
	stop()
	b.edit(func(*base) {})
	if got := told.take(); len(got) != 0 {
		c.broken("after stop a change of the base reported %v", got)
	}
}

// One alias for two classes of the base.
func testBasePairs(c *check) {
	one, place := c.on(newBase())
	other := one
	if c.factory.Shared {
		other = c.at(place, &store.Options{Base: newBase()})
	}
	for i := range c.times(64) {
		tenant := string(rune('A' + i))
		errs := make([]error, 2)
		race(2, func(n int) {
			s, d := one, alias(canada, "REDUCED", "BOOKS")
			if n == 1 {
				s, d = other, adding(ontario, 8)
				d.Classes = append(d.Classes, tax.Class{Code: "BOOKS", Rates: d.Classes[0].Rates[:0:0]})
				d.Classes[1].Rates = []tax.Rate{{Percent: tax.MustPercent("1")}}
			}
			_, errs[n] = s.Create(c.Context(), tenant, d)
		})
		if errs[0] == nil && errs[1] == nil {
			c.broken("an alias of the country and a class of a region with the same code were both accepted")
			return
		}
		for _, err := range errs {
			if err != nil {
				c.refused(err, tax.ErrInvalid, "the write that came later")
			}
		}
	}
}
