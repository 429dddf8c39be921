package tax

import (
	"unique"

	"github.com/taxresolve/tax/internal/civil"
)

// Resolve resolves a class of the document alone on a day, as a [Resolver] does
// that has no other document: an entry that needs the rate of a parent is an
// error. Class "" is the default class; a zero day is today by the time zone of
// the document. A zero Location is allowed here: the rate then belongs to no
// place, as one that another system knows by a number.
//
// The document is copied, and compiled by every call: where calls are many, keep
// the answer, or use a Resolver. The default language is "en". Errors are an [InvalidError] for a document that breaks a
// rule, and the [LookupError] of [Resolver.Lookup] for a class or a day without a
// rate.
func (c Configuration) Resolve(class string, day Date) (Resolution, error) {
	c = c.Clone()
	b, report := compileAlone(&c)
	if err := report.Err(); err != nil {
		return Resolution{}, err
	}
	alone := &compiled{
		sharedBody: b, record: b.recordOf([]Configuration{c}), tenant: unique.Make(""),
		defaultLanguage: aloneSettings.defaultLanguage, loaded: aloneSettings.Clock().UnixMicro(),
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

// aloneSettings are the defaults.
var aloneSettings = func() *settings {
	s, _ := (*Options)(nil).settings() // which have no faults
	return s
}()

// compileAlone compiles one document into a body that has no other.
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
