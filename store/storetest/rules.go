package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var ruleTests = []test{
	{"Invalid", "a write that breaks a rule changes nothing and returns an error that unwraps to ErrInvalid", testInvalid},
	{"Needed", "a write is validated together with the other documents of its country: a region that adds is created after the country and deleted before it", testNeeded},
	{"HostileTexts", "a document whose texts are not UTF-8, or whose codes are not canonical, is refused with ErrInvalid", testHostileTexts},
	{"Limits", "a document that is beyond the limits of the store is refused with ErrInvalid, however many writes made it as large", testLimits},
	{"Pairs", "of two writes that are valid alone and invalid together, at most one is accepted", testPairs},
	{"PairsOfADeletionAndARegion", "of a deletion of a country and a region that needs it, at most one is accepted", testPulledAway},
	{"PairsOfAnUpdateAndARegion", "what was validated is what takes effect: if another write to the country comes in between, the write is validated again", testUnderneath},
}

func testInvalid(c *check) {
	s := c.store()
	ca := c.create(s, "", at("CA", 5))
	c.create(s, "", adding(quebec, 9))
	before := c.dump(s, "", "CA")
	edit := func(edit func(*tax.Configuration)) tax.Configuration {
		d := ca.Clone()
		edit(&d)
		return d
	}
	for name, d := range map[string]tax.Configuration{
		"without the class that a region adds to": edit(func(d *tax.Configuration) { d.Classes[0].Code = "OTHER" }),
		"with a class without rates":              edit(func(d *tax.Configuration) { d.Classes[0].Rates = nil }),
		"with a class twice":                      edit(func(d *tax.Configuration) { d.Classes = append(d.Classes, d.Classes[0]) }),
		"with two default classes": edit(func(d *tax.Configuration) {
			d.Classes = append(d.Classes, tax.Class{Code: "B", Default: true, Rates: d.Classes[0].Rates})
		}),
		"with a negative rate": edit(func(d *tax.Configuration) { d.Classes[0].Rates[0].Percent = tax.MustPercent("1").Neg() }),
	} {
		_, err := s.Update(c.Context(), "", d)
		c.refused(err, tax.ErrInvalid, "Update to a document %s", name)
		c.unchanged(s, "", "CA", before, "an Update to a document "+name)
	}
	for _, l := range []tax.Location{{}, {Country: "ZZ"}, {Country: "ca", Region: "on"}, {Country: "CA", Region: "ZZZZ"}, {Country: "CA", Region: "\x00"}, {Country: "../CA"}} {
		_, err := s.Create(c.Context(), "", tax.Configuration{Location: l})
		c.refused(err, tax.ErrInvalid, "Create of location %q", l)
		c.unchanged(s, "", "CA", before, "a Create of a location that does not exist")
	}
}

func testNeeded(c *check) {
	s := c.store()
	_, err := s.Create(c.Context(), "", adding(quebec, 9))
	c.refused(err, tax.ErrInvalid, "Create of a region that adds to a country that is not there")
	c.unchanged(s, "", "CA", "", "a Create that was refused")
	c.create(s, "other", at("CA", 5))
	_, err = s.Create(c.Context(), "", adding(quebec, 9))
	c.refused(err, tax.ErrInvalid, "Create of a region that adds to the country of another tenant")
	c.create(s, "", at("CA", 5))
	c.create(s, "", adding(quebec, 9))
	before := c.dump(s, "", "CA")
	c.refused(s.Delete(c.Context(), "", canada), tax.ErrInvalid, "Delete of the country that a region adds to")
	c.unchanged(s, "", "CA", before, "a Delete that was refused")
	c.remove(s, "", quebec)
	c.remove(s, "", canada)
}

func testHostileTexts(c *check) {
	s := c.store()
	for name, edit := range map[string]func(*tax.Configuration){
		"a class code that is not UTF-8": func(d *tax.Configuration) { d.Classes[0].Code = "A\xff" },
		"a class code with NUL":          func(d *tax.Configuration) { d.Classes[0].Code = "A\x00" },
		"an alias that is not UTF-8":     func(d *tax.Configuration) { d.Classes[0].Aliases[0] = "\xc3\x28" },
		"a tax code that is not UTF-8":   func(d *tax.Configuration) { d.Tax.Code = "\xff" },
		"a time zone that is not UTF-8":  func(d *tax.Configuration) { d.TimeZone = "Europe/\xff" },
		"a postal code with NUL":         func(d *tax.Configuration) { d.PostalCodes = []tax.PostalRange{{From: "\x00", To: "\x00"}} },
		"a region alias that is a path":  func(d *tax.Configuration) { d.RegionAliases = []string{"../X"} },
	} {
		d := alone(quebec, 5)
		edit(&d)
		_, err := s.Create(c.Context(), "", d)
		c.refused(err, tax.ErrInvalid, "Create of a document with %s", name)
		c.unchanged(s, "", "CA", "", "a Create that was refused")
	}
}

func testLimits(c *check) {
	c.needsOptions()
	s, _ := c.open(&store.Options{Limits: tax.Limits{Classes: 3}})
	d := at("CA", 5)
	for i := range 3 {
		before := c.dump(s, "", "CA")
		var err error
		if i == 0 {
			d, err = s.Create(c.Context(), "", d)
		} else {
			d.Classes = append(d.Classes, tax.Class{Code: "C" + strconv.Itoa(i), Rates: d.Classes[0].Rates})
			d, err = s.Update(c.Context(), "", d)
		}
		c.ok(err, "a write of %d classes with a limit of 3", i+1)
		if c.dump(s, "", "CA") == before {
			c.broken("a write within the limits changed nothing")
		}
	}
	before := c.dump(s, "", "CA")
	d.Classes = append(d.Classes, tax.Class{Code: "LAST", Rates: d.Classes[0].Rates})
	_, err := s.Update(c.Context(), "", d)
	c.refused(err, tax.ErrInvalid, "an Update to 4 classes with a limit of 3")
	c.unchanged(s, "", "CA", before, "an Update that was refused")
	d.Location.Country = "DE"
	_, err = s.Create(c.Context(), "", d)
	c.refused(err, tax.ErrInvalid, "a Create with 4 classes with a limit of 3")
}

// Two regions that claim the same postal code are valid alone and invalid together.
func testPairs(c *check) {
	claim := func(region string) tax.Configuration {
		d := adding(tax.Location{Country: "CA", Region: region}, 5)
		d.PostalCodes = []tax.PostalRange{{From: "K1A", To: "K1A"}}
		return d
	}
	c.pairs(creating(claim("QC")), creating(claim("ON")))
}

// A region that adds to a class, and an update that removes the class.
func testUnderneath(c *check) {
	without := at("CA", 5)
	without.Classes[0].Code, without.Classes[0].Aliases = "OTHER", nil
	without.Metadata.Version = 1
	update := func(ctx context.Context, s tax.Store, tenant string) error {
		_, err := s.Update(ctx, tenant, without)
		return err
	}
	c.pairs(creating(adding(quebec, 5)), update)
}

// A region that adds to a class, and the deletion of its country.
func testPulledAway(c *check) {
	remove := func(ctx context.Context, s tax.Store, tenant string) error { return s.Delete(ctx, tenant, canada) }
	c.pairs(creating(adding(quebec, 5)), remove)
}

// creating returns the write that creates a document.
func creating(d tax.Configuration) func(context.Context, tax.Store, string) error {
	return func(ctx context.Context, s tax.Store, tenant string) error {
		_, err := s.Create(ctx, tenant, d)
		return err
	}
}

// pairs carries out two writes at once, by one handle and by two, for many tenants, each of
// which has the country already.
func (c *check) pairs(first, second func(ctx context.Context, s tax.Store, tenant string) error) {
	one, other := c.handles(nil)
	for i := range c.times(64) {
		tenant := strconv.Itoa(i)
		c.create(one, tenant, at("CA", 5))
		right := other
		if i%2 == 0 {
			right = one // two goroutines of one process
		}
		var accepted atomic.Int64
		race(2, func(n int) {
			s, write := one, first
			if n == 1 {
				s, write = right, second
			}
			err := write(c.Context(), s, tenant)
			if err == nil {
				accepted.Add(1)
			} else if !errors.Is(err, tax.ErrInvalid) {
				c.refused(err, tax.ErrInvalid, "the write that came later")
			}
		})
		if n := accepted.Load(); n != 1 {
			c.broken("%d of two such writes were accepted", n)
		}
		if err := tax.ValidateCountry(c.read(other, tenant, "CA")).Err(); err != nil {
			c.broken("the country is invalid now: %v", err)
		}
		if c.Failed() {
			return
		}
	}
}
