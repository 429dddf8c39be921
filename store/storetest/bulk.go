package storetest

import (
	"strconv"
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var bulkTests = []test{
	{"AnyOrder", "the changes of a batch are validated as the state that they lead to, so their order does not matter", testBulkOrder},
	{"AllOrNothing", "the changes of a batch take effect together or not at all, and one batch may fail while another takes effect", testBulkAllOrNothing},
	{"SameCountry", "batches for the same country take effect in order", testBulkSameCountry},
	{"Actions", "Put creates or replaces; Create, Update, Delete and Restore fail as their comments say", testBulkActions},
	{"Restore", "Restore keeps the version and the times of a document", testBulkRestore},
	{"OneState", "the documents of a country are read from one state", testBulkOneState},
	{"Large", "a batch has any number of documents of its country, all of which are read, listed and kept as history", testBulkLarge},
	{"Many", "one call writes the documents of many countries and tenants", testBulkMany},
}

// bulk returns the store as one that writes many documents at once, or skips the test.
func (c *check) bulk(s tax.Store) store.BulkWriter {
	c.Helper()
	w, ok := s.(store.BulkWriter)
	if !ok {
		c.Skip("skipped: the store is no store.BulkWriter")
	}
	return w
}

// batch returns a batch of one action for all documents.
func batch(tenant string, action store.Action, docs ...tax.Configuration) store.Batch {
	b := store.Batch{Key: tax.Key{Tenant: tenant, Country: docs[0].Location.Country}}
	for _, d := range docs {
		b.Changes = append(b.Changes, store.Change{Action: action, Configuration: d})
	}
	return b
}

// only returns a document that says no more than what to delete.
func only(l tax.Location) tax.Configuration { return tax.Configuration{Location: l} }

// written carries out batches, all of which must take effect.
func (c *check) written(w store.BulkWriter, batches ...store.Batch) []store.Outcome {
	c.Helper()
	out := w.Write(c.Context(), batches)
	if len(out) != len(batches) {
		c.stop("Write returned %d outcomes for %d batches", len(out), len(batches))
	}
	for i := range out {
		c.ok(out[i].Err, "batch %d of Write", i)
		if len(out[i].Configurations) != len(batches[i].Changes) {
			c.stop("batch %d has %d outcomes for %d changes", i, len(out[i].Configurations), len(batches[i].Changes))
		}
	}
	return out
}

func testBulkOrder(c *check) {
	s := c.store()
	w := c.bulk(s)
	out := c.written(w, batch("", store.Create, adding(quebec, 9), at("CA", 5), adding(ontario, 8)))
	set := c.read(s, "", "CA")
	if len(set) != 3 {
		c.stop("3 documents were created, and there are %v", set)
	}
	for _, d := range out[0].Configurations {
		c.same(c.get(s, "", d.Location), d, "what Write returned for %s", d.Location)
		if d.Metadata.Version != 1 {
			c.broken("%s was created with version %d", d.Location, d.Metadata.Version)
		}
	}
	c.written(w, batch("", store.Delete, only(canada), only(ontario), only(quebec)))
	if set := c.read(s, "", "CA"); len(set) != 0 {
		c.broken("all were deleted, and there are %v", set)
	}
	if out := w.Write(c.Context(), nil); len(out) != 0 {
		c.broken("Write of nothing has %d outcomes", len(out))
	}
	c.written(w, store.Batch{Key: tax.Key{Country: "CA"}})
}

func testBulkAllOrNothing(c *check) {
	s := c.store()
	w := c.bulk(s)
	c.create(s, "", at("CA", 5))
	before := c.dump(s, "", "CA")
	bad := at("DE", 19)
	bad.Classes[0].Rates = nil
	stale := at("CA", 6)
	stale.Metadata.Version = 9
	for name, x := range map[string]struct {
		batch store.Batch
		kind  error
	}{
		"one that exists":       {batch("", store.Create, adding(quebec, 9), at("CA", 6)), tax.ErrExists},
		"one that is not there": {batch("", store.Delete, only(canada), only(ontario)), tax.ErrNotFound},
		"a stale one":           {batch("", store.Update, stale), tax.ErrConflict},
		"an invalid state":      {batch("", store.Put, adding(quebec, 9), tax.Configuration{Location: canada}), tax.ErrInvalid},
		"a location twice":      {batch("", store.Put, adding(quebec, 9), adding(quebec, 8)), tax.ErrInvalid},
		"another country":       {batch("", store.Put, adding(quebec, 9), at("FR", 20)), tax.ErrInvalid},
		"no such action":        {batch("", store.Action(99), adding(quebec, 9)), tax.ErrInvalid},
	} {
		out := w.Write(c.Context(), []store.Batch{batch(name, store.Put, at("AT", 20)), x.batch, batch(name, store.Put, at("FR", 20))})
		if len(out) != 3 {
			c.stop("Write returned %d outcomes for 3 batches", len(out))
		}
		c.refused(out[1].Err, x.kind, "a batch with %s", name)
		if len(out[1].Configurations) != 0 {
			c.broken("a batch that failed has %v as outcome", out[1].Configurations)
		}
		c.unchanged(s, "", "CA", before, "a batch with "+name)
		c.ok(out[0].Err, "the batch before one with %s", name)
		c.ok(out[2].Err, "the batch after one with %s", name)
		if len(c.read(s, name, "AT")) != 1 || len(c.read(s, name, "FR")) != 1 {
			c.broken("the batches beside one with %s did not take effect", name)
		}
	}
}

func testBulkSameCountry(c *check) {
	s := c.store()
	w := c.bulk(s)
	next := at("CA", 6)
	next.Metadata.Version = 1
	last := at("CA", 7)
	last.Metadata.Version = 2
	out := c.written(w, batch("", store.Create, at("CA", 5)), batch("x", store.Create, at("CA", 1)), batch("", store.Update, next),
		batch("", store.Create, adding(quebec, 9)), batch("", store.Update, last), batch("", store.Delete, only(quebec)))
	if d := c.get(s, "", canada); d.Metadata.Version != 3 || percent(d) != 7 {
		c.broken("version %d with %d %% is stored after three batches for one country", d.Metadata.Version, percent(d))
	}
	if d := out[2].Configurations[0]; d.Metadata.Version != 2 || percent(d) != 6 {
		c.broken("the second batch for a country returned version %d with %d %%", d.Metadata.Version, percent(d))
	}
	if set := c.read(s, "", "CA"); len(set) != 1 {
		c.broken("the last batch deleted the region, and there are %v", set)
	}
}

func testBulkActions(c *check) {
	s := c.store()
	w := c.bulk(s)
	one := func(action store.Action, d tax.Configuration) error {
		return w.Write(c.Context(), []store.Batch{batch("", action, d)})[0].Err
	}
	with := func(d tax.Configuration, version int64) tax.Configuration {
		d.Metadata.Version = version
		return d
	}
	c.refused(one(store.Update, with(at("CA", 5), 1)), tax.ErrNotFound, "Update of what is not there")
	c.refused(one(store.Delete, only(canada)), tax.ErrNotFound, "Delete of what is not there")
	c.ok(one(store.Put, with(at("CA", 5), 77)), "Put of what is not there, whatever its version")
	c.ok(one(store.Put, with(at("CA", 6), 77)), "Put of what is there, whatever its version")
	if d := c.get(s, "", canada); d.Metadata.Version != 2 || percent(d) != 6 {
		c.broken("Put twice made version %d with %d %%", d.Metadata.Version, percent(d))
	}
	c.refused(one(store.Create, at("CA", 5)), tax.ErrExists, "Create of what is there")
	c.refused(one(store.Update, with(at("CA", 7), 1)), tax.ErrConflict, "Update of an older version")
	c.refused(one(store.Delete, with(only(canada), 1)), tax.ErrConflict, "Delete of an older version")
	c.ok(one(store.Update, with(at("CA", 7), 2)), "Update of the version that is stored")
	c.ok(one(store.Delete, with(only(canada), 3)), "Delete of the version that is stored")
	if set := c.read(s, "", "CA"); len(set) != 0 {
		c.broken("there are %v after all were deleted", set)
	}
}

func testBulkRestore(c *check) {
	s := c.store()
	w := c.bulk(s)
	c.create(s, "from", at("CA", 5))
	d := c.update(s, "from", c.get(s, "from", canada))
	region := c.create(s, "from", adding(quebec, 9))
	c.written(w, batch("to", store.Restore, region, d))
	if got, want := c.dump(s, "to", "CA"), c.dump(s, "from", "CA"); got != want {
		c.broken("documents are\n%s\nafter they were restored as\n%s", got, want)
	}
	before := c.dump(s, "to", "CA")
	c.written(w, batch("to", store.Restore, region, d))
	c.unchanged(s, "to", "CA", before, "the same documents were restored again")
	changed := d.Clone()
	setPercent(&changed, 6)
	out := w.Write(c.Context(), []store.Batch{batch("to", store.Restore, changed)})
	c.refused(out[0].Err, tax.ErrConflict, "Restore of another document with the same version")
	changed.Metadata.Version = 1
	out = w.Write(c.Context(), []store.Batch{batch("to", store.Restore, changed)})
	c.refused(out[0].Err, tax.ErrConflict, "Restore of an older version")
	changed.Metadata.Version = 0
	out = w.Write(c.Context(), []store.Batch{batch("to", store.Restore, changed)})
	c.refused(out[0].Err, tax.ErrInvalid, "Restore without a version")
	c.unchanged(s, "to", "CA", before, "a Restore that was refused")
	changed.Metadata.Version = 9
	c.written(w, batch("to", store.Restore, changed))
	if got := c.update(s, "to", c.get(s, "to", canada)); got.Metadata.Version != 10 || percent(got) != 6 {
		c.broken("Update made version %d with %d %% of version 9 that was restored", got.Metadata.Version, percent(got))
	}
}

// Batches that keep the country and its region at the same percentage are written while
// others read.
func testBulkOneState(c *check) {
	one, other := c.handles(nil)
	w := c.bulk(one)
	c.written(w, batch("", store.Put, at("CA", 1), alone(quebec, 1)))
	done := make(chan struct{})
	var group sync.WaitGroup
	for _, s := range []tax.Store{one, other} {
		group.Go(func() {
			for {
				set, err := s.Configurations(c.Context(), tax.Key{Country: "CA"})
				if err != nil || len(set) != 2 || percent(set[0]) != percent(set[1]) {
					c.broken("Configurations returns %v, %v, of two states", set, err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range c.times(60) {
		c.written(w, batch("", store.Put, alone(quebec, i), at("CA", i)))
	}
	close(done)
	group.Wait()
}

// Databases, drivers and services have limits of 100, 1,000 or 32,766 rows or parameters.
func testBulkLarge(c *check) {
	s := c.store()
	w := c.bulk(s)
	const many = 1100
	all := func(percent int) store.Batch {
		docs := []tax.Configuration{at("US", percent)}
		for i := range many - 1 {
			docs = append(docs, alone(tax.Location{Country: "US", Region: "X-" + strconv.Itoa(1000+i)}, percent))
		}
		return batch("", store.Put, docs...)
	}
	are := func(docs []tax.Configuration, want int, read string) {
		c.Helper()
		if len(docs) != many {
			c.stop("%s has %d of %d documents", read, len(docs), many)
		}
		for _, d := range docs {
			if percent(d) != want {
				c.stop("%s has %s with %d %%, not %d %%", read, d.Location, percent(d), want)
			}
		}
	}
	c.written(w, all(1))
	before := c.get(s, "", tax.Location{Country: "US"}).Metadata.Modified
	time.Sleep(2 * time.Millisecond) // instants are told apart by the millisecond
	c.written(w, all(2))
	are(c.read(s, "", "US"), 2, "Configurations")
	if l, ok := s.(tax.Lister); ok {
		page, err := l.List(c.Context(), "", tax.Query{Total: true})
		c.ok(err, "List")
		if page.Total != many {
			c.broken("List counts %d of %d documents", page.Total, many)
		}
		are(c.pages(l, 500, "List"), 2, "List")
	}
	if h, ok := s.(store.Historian); ok {
		versions, err := h.AsOf(c.Context(), tax.Key{Country: "US"}, before)
		c.ok(err, "AsOf")
		var docs []tax.Configuration
		for i := range versions {
			docs = append(docs, versions[i].Configuration)
		}
		are(docs, 1, "AsOf before the second batch")
	}
}

func testBulkMany(c *check) {
	s := c.store()
	w := c.bulk(s)
	tenants := c.times(40)
	var batches []store.Batch
	for tenant := range tenants {
		for i, code := range countries {
			batches = append(batches, batch(strconv.Itoa(tenant), store.Create, at(code, i+tenant)))
		}
	}
	c.written(w, batches...)
	for tenant := range tenants {
		for i, code := range countries {
			if set := c.read(s, strconv.Itoa(tenant), code); len(set) != 1 || percent(set[0]) != i+tenant {
				c.stop("tenant %d has %v in %s", tenant, set, code)
			}
		}
	}
}
