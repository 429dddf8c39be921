package storetest

import (
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var documentTests = []test{
	{"Create", "Create writes a new configuration and returns it as stored; a read that begins after a write has returned sees it", testCreate},
	{"Exists", "Create returns ErrExists if the location has a configuration already", testExists},
	{"Update", "Update replaces the configuration and returns it as stored", testUpdate},
	{"Conflict", "if another version than Metadata.Version is stored, Update returns ErrConflict with both versions", testConflict},
	{"NotFound", "Get, Update and Delete return ErrNotFound if there is no configuration", testNotFound},
	{"Delete", "Delete removes the configuration of a location", testDelete},
	{"AllFields", "what is read is what was written: every field, and every text that is UTF-8", testAllFields},
	{"LargeTexts", "a document within the limits of the store is accepted, however long its texts are", testLargeTexts},
	{"Ownership", "the store copies what a caller passes in, and returns copies", testOwnership},
	{"Reopened", "what was written is there for whoever opens the data again", testReopened},
}

func testCreate(c *check) {
	s := c.store()
	if set := c.read(s, "shop", "CA"); len(set) != 0 {
		c.broken("an empty store has %d documents", len(set))
	}
	stored := c.create(s, "shop", at("CA", 5))
	c.create(s, "shop", adding(quebec, 9))
	c.same(c.get(s, "shop", canada), stored, "what Get returns after Create")
	set := c.read(s, "shop", "CA")
	if len(set) != 2 || set[0].Location != canada || set[1].Location != quebec {
		c.stop("Configurations returns %v after CA and CA-QC were created", set)
	}
	c.same(set[0], stored, "what Configurations returns after Create")
	want := at("CA", 5)
	want.Metadata = stored.Metadata
	c.same(stored, want, "what Create returns")
}

func testExists(c *check) {
	s := c.store()
	c.create(s, "", at("CA", 5))
	before := c.dump(s, "", "CA")
	for _, d := range []tax.Configuration{at("CA", 5), at("CA", 6)} {
		_, err := s.Create(c.Context(), "", d)
		c.refused(err, tax.ErrExists, "Create of a location that has a document")
	}
	c.unchanged(s, "", "CA", before, "a Create that was refused")
}

func testUpdate(c *check) {
	s := c.store()
	first := c.create(s, "", at("CA", 5))
	c.create(s, "", at("DE", 19))
	first.Classes[0].Aliases = nil
	setPercent(&first, 6)
	stored := c.update(s, "", first)
	if got := percent(stored); got != 6 || stored.Classes[0].Aliases != nil {
		c.broken("Update returns %v with %d %%, not what was passed", stored, got)
	}
	c.same(c.get(s, "", canada), stored, "what Get returns after Update")
	c.same(c.read(s, "", "CA")[0], stored, "what Configurations returns after Update")
	if got := percent(c.get(s, "", tax.Location{Country: "DE"})); got != 19 {
		c.broken("Update of CA changed DE to %d %%", got)
	}
}

func testConflict(c *check) {
	s := c.store()
	d := c.create(s, "", at("CA", 5))
	d = c.update(s, "", d)
	before := c.dump(s, "", "CA")
	for _, version := range []int64{d.Metadata.Version - 1, d.Metadata.Version + 1, 0, -1, 1 << 62} {
		stale := d.Clone()
		stale.Metadata.Version = version
		_, err := s.Update(c.Context(), "", stale)
		c.refused(err, tax.ErrConflict, "Update of version %d, with version %d stored,", version, d.Metadata.Version)
		c.carries(err, &tax.StoreError{Kind: tax.ErrConflict, Location: canada, Given: version, Current: d.Metadata.Version})
	}
	c.unchanged(s, "", "CA", before, "an Update that was refused")
}

func testNotFound(c *check) {
	s := c.store()
	c.create(s, "shop", at("CA", 5))
	before := c.dump(s, "shop", "CA")
	for _, x := range []struct {
		tenant string
		l      tax.Location
	}{
		{"shop", quebec}, {"shop", tax.Location{Country: "DE"}}, {"", canada}, {"other", canada},
		{"shop", tax.Location{}}, {"shop", tax.Location{Country: "ca"}}, {"shop", tax.Location{Country: "CA\x00"}}, {"shop", tax.Location{Country: "C"}},
		{"shop", tax.Location{Country: "../CA", Region: "\xff/.."}},
	} {
		_, err := s.Get(c.Context(), x.tenant, x.l)
		c.refused(err, tax.ErrNotFound, "Get of %q %q", x.tenant, x.l)
		c.refused(s.Delete(c.Context(), x.tenant, x.l), tax.ErrNotFound, "Delete of %q %q", x.tenant, x.l)
	}
	for _, x := range []struct {
		tenant string
		d      tax.Configuration
	}{{"shop", adding(quebec, 5)}, {"other", at("CA", 5)}} {
		_, err := s.Update(c.Context(), x.tenant, x.d)
		c.refused(err, tax.ErrNotFound, "Update of %q %s", x.tenant, x.d.Location)
	}
	c.unchanged(s, "shop", "CA", before, "writes to documents that are not there")
}

func testDelete(c *check) {
	s := c.store()
	c.create(s, "", at("CA", 5))
	c.create(s, "", adding(quebec, 9))
	c.remove(s, "", quebec)
	if set := c.read(s, "", "CA"); len(set) != 1 || set[0].Location != canada {
		c.broken("Configurations returns %v after CA-QC was deleted", set)
	}
	c.refused(s.Delete(c.Context(), "", quebec), tax.ErrNotFound, "a second Delete")
	c.remove(s, "", canada)
	if set := c.read(s, "", "CA"); len(set) != 0 {
		c.broken("Configurations returns %v after all were deleted", set)
	}
	_, err := s.Get(c.Context(), "", canada)
	c.refused(err, tax.ErrNotFound, "Get after Delete")
	if d := c.create(s, "", at("CA", 7)); percent(d) != 7 {
		c.broken("a document that is created again has %d %%", percent(d))
	}
}

func testAllFields(c *check) {
	s, place := c.open(nil)
	given := full("DE")
	stored := c.create(s, "shop", given)
	want := given.Clone()
	want.Metadata.Version, want.Metadata.Created, want.Metadata.Modified = stored.Metadata.Version, stored.Metadata.Created, stored.Metadata.Modified
	region := alone(tax.Location{Country: "DE", Region: "X-HELGOLAND"}, 0)
	region.PostalCodes = []tax.PostalRange{{From: "27498", To: "27498"}}
	region.RegionAliases = []string{"X-HEL"}
	region.Exclusive = true
	region = c.create(s, "shop", region)
	readers := []tax.Store{s}
	if c.factory.Shared {
		readers = append(readers, c.at(place, nil))
	}
	for _, s := range readers {
		c.same(c.get(s, "shop", want.Location), want, "the document")
		set := c.read(s, "shop", "DE")
		if len(set) != 2 {
			c.stop("Configurations returns %v", set)
		}
		c.same(set[0], want, "the document among those of its country")
		c.same(set[1], region, "the document of the region")
	}
	// A percentage keeps its digits: 19.10 is not 19.1.
	if got := c.get(s, "shop", want.Location).Classes[0].Rates[1].Percent; got.Exponent() != -2 {
		c.broken("19.10 %% was read with %d decimals", -got.Exponent())
	}
}

func testLargeTexts(c *check) {
	s := c.store()
	d := at("DE", 19)
	texts := map[string]string{}
	for _, language := range []string{"de", "en", "fr"} {
		texts[language] = strings.Repeat("text\x00é", 1<<14) + language
	}
	d.Classes[0].Description = tax.MustLocalizedText(texts)
	for i := range 200 {
		d.Classes = append(d.Classes, tax.Class{Code: "C" + strings.Repeat("X", i%60) + string(rune('A'+i/60)), Rates: d.Classes[0].Rates})
	}
	stored := c.create(s, "", d)
	c.same(c.get(s, "", d.Location), stored, "a document of 300 KB")
	setPercent(&stored, 20)
	stored = c.update(s, "", stored)
	c.same(c.read(s, "", "DE")[0], stored, "a document of 300 KB after an update")
}

func testOwnership(c *check) {
	s := c.store()
	spoil := func(d tax.Configuration) {
		class := &d.Classes[0]
		class.Code, *class.Order = "SPOILED", 99
		class.Aliases[0] = "SPOILED"
		class.Rates[0].Components[0].Code = "SPOILED"
		class.Rates[1].Evidence.Sources[0] = "spoiled"
		class.Rates[0].Percent = tax.MustPercent("99")
		d.Metadata.Base.Version = 99
	}
	given := full("DE")
	stored := c.create(s, "", given)
	before := c.dump(s, "", "DE")
	spoil(given)
	c.unchanged(s, "", "DE", before, "the caller changed what was passed to Create")
	changed := stored.Clone()
	spoil(stored)
	c.unchanged(s, "", "DE", before, "the caller changed what Create returned")
	spoil(c.get(s, "", tax.Location{Country: "DE"}))
	c.unchanged(s, "", "DE", before, "the caller changed what Get returned")
	set := c.read(s, "", "DE")
	spoil(set[0])
	set[0] = tax.Configuration{}
	c.unchanged(s, "", "DE", before, "the caller changed what Configurations returned")
	updated := c.update(s, "", changed)
	before = c.dump(s, "", "DE")
	spoil(changed)
	c.unchanged(s, "", "DE", before, "the caller changed what was passed to Update")
	spoil(updated)
	c.unchanged(s, "", "DE", before, "the caller changed what Update returned")
	if l, ok := s.(tax.Lister); ok {
		page, err := l.List(c.Context(), "", tax.Query{})
		c.ok(err, "List")
		for _, d := range page.Configurations() {
			spoil(d)
		}
		c.unchanged(s, "", "DE", before, "the caller changed what List returned")
	}
	if h, ok := s.(store.Historian); ok {
		versions, err := h.Versions(c.Context(), "", tax.Location{Country: "DE"})
		c.ok(err, "Versions")
		for _, v := range versions {
			spoil(v.Configuration)
		}
		again, err := h.Versions(c.Context(), "", tax.Location{Country: "DE"})
		c.ok(err, "Versions")
		for _, v := range again {
			if v.Configuration.Classes[0].Code != "STANDARD" {
				c.broken("the caller changed the history, by what Versions returned")
			}
		}
	}
}

func testReopened(c *check) {
	c.needsShared()
	s, place := c.open(nil)
	c.create(s, "shop", at("CA", 5))
	d := c.create(s, "shop", adding(quebec, 9))
	setPercent(&d, 10)
	c.update(s, "shop", d)
	c.create(s, "", at("CA", 1))
	c.remove(s, "", canada)
	before := c.dump(s, "shop", "CA")
	again := c.at(place, nil)
	c.unchanged(again, "shop", "CA", before, "the data were opened again")
	_, err := again.Get(c.Context(), "", canada)
	c.refused(err, tax.ErrNotFound, "Get of a deleted document after the data were opened again")
	if d := c.create(again, "", at("CA", 1)); d.Metadata.Version != 2 {
		c.broken("a document that is created again after the data were opened again has version %d, not 2", d.Metadata.Version)
	}
}
