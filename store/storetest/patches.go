package storetest

import (
	"errors"
	"strings"

	"github.com/taxresolve/tax"
)

var patchTests = []test{
	{"Apply", "a patch changes the fields that it names and keeps all others, when its result is passed to Update", testPatch},
	{"Conflict", "if the document was changed since the patch read it, Update returns ErrConflict", testPatchConflict},
	{"Invalid", "a patch whose result breaks a rule changes nothing", testPatchInvalid},
}

// patched reads a document, applies a patch to it and writes the result.
func (c *check) patched(s tax.Store, tenant string, l tax.Location, text string) (tax.Configuration, error) {
	c.Helper()
	p, err := tax.ReadPatch(strings.NewReader(text), nil)
	c.ok(err, "ReadPatch")
	d, err := p.Apply(c.get(s, tenant, l))
	if err != nil {
		return d, err
	}
	return s.Update(c.Context(), tenant, d)
}

func testPatch(c *check) {
	s := c.store()
	stored := c.create(s, "shop", full("DE"))
	got, err := c.patched(s, "shop", stored.Location, `{"metadata": {"version": 1}, "timeZone": "Europe/Berlin",
		"taxClasses": {"BOOKS": {"rates": [{"from": "2030-01-01", "percent": 8}, {"percent": "7.00"}]}, "FOOD": {"rate": 5}}}`)
	c.ok(err, "Update of a patched document")
	want := stored.Clone()
	want.TimeZone = "Europe/Berlin"
	want.Classes[1].Rates = []tax.Rate{{From: tax.MustDate("2030-01-01"), Percent: tax.MustPercent("8")}, {Percent: tax.MustPercent("7.00")}}
	want.Classes = append(want.Classes, tax.Class{Code: "FOOD", Rates: []tax.Rate{{Percent: tax.MustPercent("5")}}})
	want.Metadata.Version, want.Metadata.Modified = 2, got.Metadata.Modified
	c.same(got, want, "the patched document")
	c.same(c.get(s, "shop", stored.Location), want, "the patched document that is read again")
	got, err = c.patched(s, "shop", stored.Location, `{"metadata": {"version": 2}, "taxClasses": {"FOOD": null}}`)
	c.ok(err, "Update of a document without one of its classes")
	if len(got.Classes) != 2 {
		c.broken("the document has %d classes after one of 3 was removed", len(got.Classes))
	}
}

func testPatchConflict(c *check) {
	s := c.store()
	stored := c.create(s, "", at("CA", 5))
	p, err := tax.ReadPatch(strings.NewReader(`{"metadata": {"version": 1}, "timeZone": "America/Toronto"}`), nil)
	c.ok(err, "ReadPatch")
	late, err := p.Apply(stored)
	c.ok(err, "Apply")
	setPercent(&stored, 6)
	c.update(s, "", stored)
	before := c.dump(s, "", "CA")
	_, err = s.Update(c.Context(), "", late)
	c.refused(err, tax.ErrConflict, "Update of a patched document that was changed since")
	_, err = p.Apply(c.get(s, "", canada))
	c.refused(err, tax.ErrConflict, "Apply to a later version")
	c.unchanged(s, "", "CA", before, "a patch that came late")

	// Many patch one document, each its own class. None undoes what another one did.
	patchers := c.times(20)
	race(patchers, func(i int) {
		code := "P" + strings.Repeat("X", i)
		for range 100 * patchers {
			d, err := s.Get(c.Context(), "", canada)
			if err != nil {
				c.broken("Get failed: %v", err)
				return
			}
			d.Classes = append(d.Classes, tax.Class{Code: code, Rates: d.Classes[0].Rates})
			if _, err = s.Update(c.Context(), "", d); err == nil {
				return
			} else if !errors.Is(err, tax.ErrConflict) {
				c.refused(err, tax.ErrConflict, "Update while others update")
				return
			}
		}
	})
	if n := len(c.get(s, "", canada).Classes); n != 1+patchers {
		c.broken("the document has %d classes after %d were added", n, patchers)
	}
}

func testPatchInvalid(c *check) {
	s := c.store()
	c.create(s, "", at("CA", 5))
	c.create(s, "", adding(quebec, 9))
	before := c.dump(s, "", "CA")
	_, err := c.patched(s, "", canada, `{"metadata": {"version": 1}, "taxClasses": {"STANDARD": null, "OTHER": {"rate": 5}}}`)
	c.refused(err, tax.ErrInvalid, "Update of a document without the class that a region adds to")
	c.unchanged(s, "", "CA", before, "a patch that was refused")
}
