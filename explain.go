package tax

import (
	"context"
	"strings"
	"time"

	"github.com/taxresolve/tax/internal/exact"
)

// Explanation says why a lookup got its answer. It is plain data: it can be
// stored as JSON with an order, and replayed with [Resolver.Replay].
type Explanation struct {
	// Input is what was asked, in canonical form.
	Input Input `json:"input"`
	// Territory is the place whose configuration answered.
	Territory Location `json:"territory"`
	// Steps lead to the answer: how the territory was found, then how the
	// class was.
	Steps []Step `json:"steps"`
	// Class is the code of the class that answered.
	Class string `json:"class"`
	// Percent is exact, in percent, as text.
	Percent string `json:"percent"`
	// OfGross tells that Percent is of the price with the tax inside.
	OfGross bool `json:"ofGross,omitempty"`
	// Components are the parts of Percent, in the order in which they apply.
	Components []ComponentPart `json:"components,omitempty"`
	// Treatment is the one that counts: the asserted one, if there is one.
	Treatment Treatment `json:"treatment"`
	// Tax is the code of the tax.
	Tax string `json:"tax,omitempty"`
	// Since and Until are those of [Resolution].
	Since Date `json:"since,omitzero"`
	Until Date `json:"until,omitzero"`
	// Status and Sources are the evidence of the rate.
	Status  Status   `json:"status,omitempty"`
	Sources []string `json:"sources,omitempty"`
	// Undated tells that the first day of an entry that took part is not known.
	Undated bool `json:"undated,omitempty"`
	// Asserted is the treatment that the seller set with [Resolution.As].
	Asserted *Assertion `json:"asserted,omitempty"`
	// Documents are the configurations that took part, one version each.
	Documents []Document `json:"documents"`
	// PostalCodeMatters tells that no postal code was given, and that one
	// inside Territory could have led to another percentage, treatment or tax,
	// or to none.
	PostalCodeMatters bool `json:"postalCodeMatters,omitempty"`
	// RegionOverruled tells that region and postal code disagreed; the postal
	// code won.
	RegionOverruled bool `json:"regionOverruled,omitempty"`
	// RegionUnknown tells that the region given is neither in ISO 3166-2 nor
	// configured; the country answered, as its rule for regions allows.
	RegionUnknown bool `json:"regionUnknown,omitempty"`
	// NoTimeZoneData tells that today was taken from UTC because the system
	// does not know the time zone of the place.
	NoTimeZoneData bool `json:"noTimeZoneData,omitempty"`
	// LoadedAt is when the load of the documents began; Stale tells that they
	// had passed their time, because the source failed.
	LoadedAt time.Time `json:"loadedAt,omitzero"`
	Stale    bool      `json:"stale,omitempty"`
}

// Input is a lookup in canonical form.
type Input struct {
	// Tenant is the one whose configurations were asked.
	Tenant string `json:"tenant,omitempty"`
	// Country and Region are ISO codes, or the code that was given.
	Country string `json:"country"`
	Region  string `json:"region,omitempty"`
	// PostalCode is in upper case, without spaces and hyphens.
	PostalCode string `json:"postalCode,omitempty"`
	// Class is the code that was asked for; empty for the default class.
	Class string `json:"class,omitempty"`
	// Date is the day of taxation; Today tells that it came from the clock.
	Date  Date `json:"date"`
	Today bool `json:"today,omitempty"`
	// FallbackToDefault tells that the default class was allowed to answer.
	FallbackToDefault bool `json:"fallbackToDefault,omitempty"`
}

// Step is one step of a resolution, in words.
type Step string

// The first step of every resolution is one of StepCountry to StepPostalCode:
// how the territory was found. The second is one of StepClass to StepFallback:
// how the class was.
const (
	// StepCountry: the country itself answers.
	StepCountry Step = "country"
	// StepRegion: the region has a configuration.
	StepRegion Step = "region"
	// StepRegionAlias: a region's configuration names the code as an alias.
	StepRegionAlias Step = "region alias"
	// StepParentRegion: ISO 3166-2 places the region in one that answers.
	StepParentRegion Step = "parent region"
	// StepPostalCode: the postal code lies in a range of the territory.
	StepPostalCode Step = "postal code"

	// StepClass: the class has the code.
	StepClass Step = "class"
	// StepClassAlias: the class has the code as an alias.
	StepClassAlias Step = "class alias"
	// StepDefaultClass: no class was asked for.
	StepDefaultClass Step = "default class"
	// StepFallback: the class is unknown there or has no rate on the day.
	StepFallback Step = "fallback to default class"
	// StepInherited: the territory does not list the class; it comes from its
	// parent.
	StepInherited Step = "inherited from parent"
)

var (
	territorySteps = [...]Step{StepCountry, StepRegion, StepRegionAlias, StepParentRegion, StepPostalCode}
	classSteps     = [...]Step{StepClass, StepClassAlias, StepDefaultClass, StepFallback}
)

// ComponentPart is a component of a rate as plain data; Percent is exact text.
type ComponentPart struct {
	// Code is that of the [Component].
	Code string `json:"code"`
	// Percent of the net price, or, with Compound, of the net price plus every
	// component before.
	Percent string `json:"percent"`
	// Compound is that of the [Component].
	Compound bool `json:"compound,omitempty"`
}

// Document is the state of a configuration that took part in an answer.
type Document struct {
	// Location is the place that the document is about.
	Location Location `json:"location"`
	// Version, Source and AsOf are those of its [Metadata].
	Version int64  `json:"version,omitempty"`
	Source  string `json:"source,omitempty"`
	AsOf    Date   `json:"asOf,omitzero"`
}

// Explain tells why the answer is what it is. It allocates; it is for records
// and support, not for every keystroke.
func (r Resolution) Explain() Explanation {
	if r.h.c == nil {
		return Explanation{}
	}
	c, b, rate, terr := r.h.c, r.h.bits, r.rate(), r.territory()
	e := Explanation{
		Input:           r.h.input(terr),
		Territory:       terr.location,
		Steps:           []Step{territorySteps[b.territoryStep()], classSteps[b.classStep()]},
		Class:           r.Class(),
		Percent:         exact.Format(r.Percent()),
		OfGross:         r.OfGross(),
		Treatment:       r.Treatment(),
		Tax:             rate.tax.Code,
		Since:           r.Since(),
		Until:           r.Until(),
		Status:          rate.evidence.Status,
		Sources:         r.Evidence().Sources,
		Undated:         rate.undated,
		RegionOverruled: b&bitOverruled != 0,
		NoTimeZoneData:  b&bitToday != 0 && terr.zoneMissing,
		LoadedAt:        r.LoadedAt(),
		Stale:           r.Stale(),
	}
	e.RegionUnknown = e.Input.Region != "" && b.territoryStep() == stepCountry && !e.RegionOverruled && b.region() == 0
	switch b.classStep() {
	case stepClass, stepClassAlias:
		e.Input.Class = r.Class()
	}
	if c.askedClass != "" {
		e.Input.Class = c.askedClass
	}
	for _, p := range r.Components() {
		e.Components = append(e.Components, ComponentPart{p.Code, exact.Format(p.Percent), p.Compound})
	}
	if a := r.asserted(); a != nil {
		asserted := *a
		e.Asserted = &asserted
	}
	if r.line().origin != r.segment().territory {
		e.Steps = append(e.Steps, StepInherited)
	}
	e.Documents = c.took(r)
	if r.h.postal == 0 {
		e.PostalCodeMatters = c.postalMatters(r, e.Input.Class)
	}
	return e
}

// took lists the documents that took part: that of the territory, that which
// lists the class, and those whose entries make the rate.
func (c *compiled) took(r Resolution) []Document {
	var list []Document
	seen := map[int32]bool{}
	add := func(t int32) {
		if seen[t] {
			return
		}
		seen[t] = true
		for m := range c.metadata[t].chain() {
			list = append(list, Document{c.territories[t].location, m.Version, m.Source, m.AsOf})
		}
	}
	add(r.segment().territory)
	add(r.line().origin)
	if step := r.h.bits.classStep(); step == stepDefaultClass || step == stepFallback {
		add(r.territory().defaultFrom)
	}
	for _, t := range r.rate().documents() {
		add(t)
	}
	return list
}

// postalMatters reports whether a postal code could have changed the answer:
// whether any territory inside the one that answered is reached by postal code
// and answers the same class with something else, or not at all.
func (c *compiled) postalMatters(r Resolution, class string) bool {
	mine := r.rate()
	for t := range c.territories {
		inside := int32(t) != r.segment().territory && c.within(int32(t), r.segment().territory)
		if !inside || !c.territories[t].hasPostal {
			continue
		}
		h := r.h
		h.bits = h.bits.to(int32(t), stepClass)
		there, err := h.class(&Lookup{Class: class})
		if err != nil {
			return true
		}
		other := Resolution{there}.rate()
		if other.treatment != mine.treatment || other.tax.Code != mine.tax.Code || other.ofGross != mine.ofGross || !other.percent.Equal(mine.percent) {
			return true
		}
	}
	return false
}

// input is the lookup of a handle in canonical form, and where its day is from.
func (h handle) input(t *territory) Input {
	l := h.lookup(t)
	return Input{
		Tenant:            h.c.tenant.Value(),
		Country:           l.Country,
		Region:            l.Region,
		PostalCode:        l.PostalCode,
		Date:              l.Date,
		Today:             h.bits&bitToday != 0,
		FallbackToDefault: l.FallbackToDefault,
	}
}

// Replay asks again what an explanation answered, on the same day, and lists
// what is different now; nothing when the answer is the same. The treatment
// that a seller asserted is asserted again. The error is that of
// [Resolver.Lookup] when there is no answer any more. The resolver may be the
// view of any tenant: that of the explanation is used.
func (r *Resolver) Replay(ctx context.Context, e Explanation) (Resolution, []Difference, error) {
	in := e.Input
	if in.Date.IsZero() {
		return Resolution{}, nil, inputError("explanation", "", "without a day: pass one that Resolution.Explain made")
	}
	now, err := r.Tenant(in.Tenant).Lookup(ctx, Lookup{
		Country: in.Country, Region: in.Region, PostalCode: in.PostalCode, Class: in.Class, Date: in.Date,
		FallbackToDefault: in.FallbackToDefault,
	})
	if err != nil {
		return Resolution{}, nil, err
	}
	if e.Asserted != nil {
		now = now.As(e.Asserted.Treatment, e.Asserted.Reason)
	}
	return now, e.differences(now.Explain()), nil
}

// Difference is one thing that two explanations say differently.
type Difference struct {
	// Field is the name of the field in JSON.
	Field string `json:"field"`
	// Then is what the first explanation says, Now what the second one does.
	Then string `json:"then"`
	Now  string `json:"now"`
}

// differences lists what another explanation of the same lookup says
// differently. What led to the answer counts; whether the day came from the
// clock, and how the zone was known, does not.
func (e Explanation) differences(now Explanation) []Difference {
	var list []Difference
	for _, f := range []struct{ name, then, now string }{
		{"territory", e.Territory.String(), now.Territory.String()},
		{"steps", joined(e.Steps), joined(now.Steps)},
		{"class", e.Class, now.Class},
		{"percent", plain(e.Percent), plain(now.Percent)},
		{"ofGross", yes(e.OfGross), yes(now.OfGross)},
		{"components", parts(e.Components), parts(now.Components)},
		{"treatment", e.Treatment.String(), now.Treatment.String()},
		{"tax", e.Tax, now.Tax},
		{"since", e.Since.String(), now.Since.String()},
		{"until", e.Until.String(), now.Until.String()},
		{"status", e.Status.String(), now.Status.String()},
		{"sources", joined(e.Sources), joined(now.Sources)},
		{"undated", yes(e.Undated), yes(now.Undated)},
		{"regionUnknown", yes(e.RegionUnknown), yes(now.RegionUnknown)},
		{"regionOverruled", yes(e.RegionOverruled), yes(now.RegionOverruled)},
		{"documents", documents(e.Documents), documents(now.Documents)},
	} {
		if f.then != f.now {
			list = append(list, Difference{f.name, f.then, f.now})
		}
	}
	return list
}

func joined[S ~string](list []S) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}

func parts(list []ComponentPart) string {
	var texts []string
	for _, p := range list {
		text := p.Code + " " + plain(p.Percent)
		if p.Compound {
			text += " compound"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func documents(list []Document) string {
	var texts []string
	for _, d := range list {
		texts = append(texts, strings.TrimSpace(d.Location.String()+" "+d.Source+" version "+itoa(d.Version)+" "+d.AsOf.String()))
	}
	return strings.Join(texts, ", ")
}

// plain drops zeros at the end of the decimals: 19.00 is no other percentage
// than 19.
func plain(percent string) string {
	if strings.Contains(percent, ".") {
		percent = strings.TrimRight(strings.TrimRight(percent, "0"), ".")
	}
	return percent
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
