package tax

import (
	"unique"

	"github.com/taxresolve/tax/internal/civil"
)

// Resolve returns the rate of a class on a day from this document alone, as a
// [Resolver] without any other document does: an entry that needs the rate of a
// parent is an error. Class "" is the default class, and a zero day is today in the
// time zone of the document. The default language is "en".
//
// The Location may be zero here: the rate then belongs to no place, like one that
// another system knows by a number.
//
// Every call copies and compiles the document. To ask often, keep the answer or use
// a Resolver.
//
// A document that breaks a rule is an [InvalidError]. A class or a day without a
// rate is a [LookupError], as in [Resolver.Lookup].
func (c Configuration) Resolve(class string, day Date) (Resolution, error) {
	c = c.Clone()
	b, report := compileAlone(&c)
	if err := report.Err(); err != nil {
		return Resolution{}, err
	}
	alone := &compiled{
		sharedBody: b, record: b.recordOf([]Configuration{c}, aloneSettings.defaultLanguage),
		tenant: unique.Make(""), loaded: aloneSettings.Clock().UnixMicro(),
	}
	l := Lookup{Country: c.Location.Country, Region: c.Location.Region, Class: class, Date: day}
	step := stepCountry
	if c.Location.Region != "" {
		step = stepRegion
	}
	h := handle{c: alone, bits: bits(step) << shiftTerritoryStep}
	if day.IsZero() {
		day = dayOf(b.territories[0].day)
		h.bits |= bitToday
	}
	h.bits |= bits(day.n)
	h, err := h.class(&l)
	return Resolution{h}, err
}

// aloneSettings are the default settings.
var aloneSettings = func() *settings {
	s, _ := (*Options)(nil).settings() // the defaults are valid
	return s
}()

// compileAlone compiles a document into a body that has no other one.
func compileAlone(c *Configuration) (*sharedBody, Report) {
	b := compilers.Get().(*compiler)
	defer func() {
		if b.clear() {
			compilers.Put(b)
		}
	}()
	b.draft.country, b.draft.settings, b.clock = c.Location.Country, aloneSettings, civil.NewClock(aloneSettings.Clock)
	v := &b.validator
	if v.begin(c); c.Location != (Location{}) {
		v.place(c)
	} else {
		v.zone(c)
	}
	v.content(c)
	b.documents = append(b.documents, document{Configuration: c, location: c.Location, faults: v.report.Errors})
	b.draft.territories = append(b.draft.territories, territory{location: c.Location, parent: -1})
	b.territory(0)
	return b.freeze(), Report{Errors: b.documents[0].faults, Warnings: v.report.Warnings}
}
