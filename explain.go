package tax

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Explanation says why a lookup got its answer. It is plain data: it can be stored
// with an order as JSON, and replayed with [Resolver.Replay].
type Explanation struct {
	// Input is the lookup, in canonical form.
	Input LookupInput `json:"input"`
	// Territory is the place whose configuration answered.
	Territory Location `json:"territory"`
	// Steps are the steps that led to the answer: how the territory was found, then
	// how the class was found.
	Steps []Step `json:"steps"`
	// Class is the code of the class that answered.
	Class string `json:"class"`
	// Percent is the whole rate in percent of the net price, as exact decimal text:
	// "19" means 19 %.
	Percent string `json:"percent"`
	// OfGross means that Percent is in percent of the price with the tax inside.
	OfGross bool `json:"ofGross,omitempty"`
	// Components are the parts of Percent, in the order in which they apply.
	Components []ComponentPart `json:"components,omitempty"`
	// Treatment is the treatment that counts: the asserted one if there is one, else
	// that of the rate.
	Treatment Treatment `json:"treatment"`
	// Tax is the code of the tax.
	Tax string `json:"tax,omitempty"`
	// Since is the first day on which exactly this rate holds, and Until the first
	// day on which it no longer does; zero if they are not known.
	Since Date `json:"since,omitzero"`
	Until Date `json:"until,omitzero"`
	// Status and Sources are the evidence of the rate.
	Status  Status   `json:"status,omitempty"`
	Sources []string `json:"sources,omitempty"`
	// Undated means that the first day of an entry that took part is not known.
	Undated bool `json:"undated,omitempty"`
	// VerifiedSince is, with Undated, the first day on which all entries without a
	// first day were verified: the latest VerifiedSince of their [Evidence], or AsOf of
	// their documents; zero if one has neither.
	VerifiedSince Date `json:"verifiedSince,omitzero"`
	// Asserted is the treatment that the seller set with [Resolution.As].
	Asserted *Assertion `json:"asserted,omitempty"`
	// Documents are the versions of the configurations that took part.
	Documents []DocumentVersion `json:"documents"`
	// PostalCodeMatters means that no postal code was given, or one that several
	// regions share, and that an address inside Territory with one could have led to
	// another percentage, treatment or tax, or to an error.
	PostalCodeMatters bool `json:"postalCodeMatters,omitempty"`
	// LocalTaxesMissing means that cities or counties there charge taxes of their own,
	// which are not in Percent.
	LocalTaxesMissing bool `json:"localTaxesMissing,omitempty"`
	// RegionOverruled means that region and postal code disagreed, and that the
	// postal code decided.
	RegionOverruled bool `json:"regionOverruled,omitempty"`
	// RegionUnknown means that the region is neither in ISO 3166-2 nor configured,
	// and that the country answered, as its [RegionRule] allows.
	RegionUnknown bool `json:"regionUnknown,omitempty"`
	// NoTimeZoneData means that today is the day in UTC, because the system does not
	// know the time zone of the place.
	NoTimeZoneData bool `json:"noTimeZoneData,omitempty"`
	// LoadedAt is the instant at which the load of the documents began. Stale means
	// that they were older than Options.TTL allows, because the source failed.
	LoadedAt time.Time `json:"loadedAt,omitzero"`
	Stale    bool      `json:"stale,omitempty"`
}

// MarshalJSON returns an object with the fields as they are tagged. A text that is not
// UTF-8 is an [InputError], except for the tenant: see [LookupInput.MarshalJSON].
func (e Explanation) MarshalJSON() ([]byte, error) {
	type plain Explanation
	return strictjson.Marshal(plain(e), inputError)
}

// Explain returns the explanation of the answer. It is meant for records and
// support: unlike a lookup, it allocates.
func (r Resolution) Explain() Explanation {
	if r.h.c == nil {
		return Explanation{}
	}
	c, b, rate, terr := r.h.c, r.h.bits, r.rate(), r.territory()
	e := Explanation{
		Input:         r.h.input(terr),
		Territory:     terr.location,
		Steps:         []Step{territorySteps[b.territoryStep()], classSteps[b.classStep()]},
		Class:         r.Class(),
		Percent:       exact.Format(r.Percent()),
		OfGross:       r.OfGross(),
		Treatment:     r.Treatment(),
		Tax:           rate.tax.Code,
		Since:         r.Since(),
		Until:         r.Until(),
		Status:        r.Evidence().Status,
		Sources:       r.Evidence().Sources,
		Undated:       rate.undated,
		VerifiedSince: rate.verified,

		LocalTaxesMissing: r.LocalTaxesMissing(),
		RegionOverruled:   b&bitOverruled != 0,
		NoTimeZoneData:    b&bitToday != 0 && terr.zoneMissing,
		LoadedAt:          r.LoadedAt(),
		Stale:             r.Stale(),
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
	if r.line().origin != c.territoryOf(b.index()) {
		e.Steps = append(e.Steps, StepInherited)
	}
	e.Documents = c.documentsOf(r)
	if sharing, shared := c.sharing(r.h.postal); shared || r.h.postal == 0 {
		e.PostalCodeMatters = c.postalMatters(r, e.Input.Class, sharing)
	}
	return e
}

// LookupInput is a lookup in canonical form.
type LookupInput struct {
	// Tenant is the tenant whose configurations answered. JSON has one that is not
	// UTF-8 as tenantBase64.
	Tenant string `json:"tenant,omitempty"`
	// Country is an ISO 3166-1 alpha-2 code. Region is the suffix of an ISO 3166-2
	// code, a private code, an alias, or a name as it was given; empty if none was.
	Country string `json:"country"`
	Region  string `json:"region,omitempty"`
	// PostalCode is in upper case, without spaces and hyphens.
	PostalCode string `json:"postalCode,omitempty"`
	// Class is the code or alias in the lookup; empty for the default class.
	Class string `json:"class,omitempty"`
	// Date is the day of taxation. Today means that it came from the clock.
	Date  Date `json:"date"`
	Today bool `json:"today,omitempty"`
	// FallbackToDefault means that the default class was allowed to answer.
	FallbackToDefault bool `json:"fallbackToDefault,omitempty"`
}

// MarshalJSON returns an object with the fields as they are tagged. A tenant that is
// not UTF-8 comes as tenantBase64 instead, so that the lookup is never replayed for
// another tenant. Any other text that is not UTF-8 is an [InputError].
func (l LookupInput) MarshalJSON() ([]byte, error) {
	type plain LookupInput
	t := tenantToJSON(&l.Tenant)
	return strictjson.Marshal(struct {
		tenantJSON
		plain
	}{t, plain(l)}, inputError)
}

// UnmarshalJSON reads what MarshalJSON returns. If there is an error, l keeps its
// value.
func (l *LookupInput) UnmarshalJSON(data []byte) error {
	type plain LookupInput
	read := struct {
		tenantJSON
		plain
	}{plain: plain(*l)}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	if err := read.into(&read.Tenant); err != nil {
		return err
	}
	*l = LookupInput(read.plain)
	return nil
}

// Step is one step of a resolution, in words.
type Step string

// The first step of every resolution says how the territory was found, and is one
// of StepCountry to StepPostalCode. The second says how the class was found, and is
// one of StepClass to StepFallback. StepInherited can follow as the third.
const (
	// StepCountry means that the country itself answered.
	StepCountry Step = "country"
	// StepRegion means that the region has a configuration.
	StepRegion Step = "region"
	// StepRegionAlias means that the configuration of a region names the code as an
	// alias.
	StepRegionAlias Step = "region alias"
	// StepRegionName means that the region of the lookup is the name of a region that has a
	// configuration, or one that [Options].RegionsNamed knows: then the territory is the one
	// that the code of that region leads to, which can be the country.
	StepRegionName Step = "region name"
	// StepParentRegion means that ISO 3166-2 places the region inside one that has a
	// configuration, or that is the alias of one.
	StepParentRegion Step = "parent region"
	// StepReferred means that the address belongs to another country than the one in the
	// lookup, whose configuration refers it there: see [Referral].
	StepReferred Step = "referred"
	// StepPostalCode means that the postal code lies in a range of the territory, or that
	// several regions in the territory share it.
	StepPostalCode Step = "postal code"

	// StepClass means that the class has the code.
	StepClass Step = "class"
	// StepClassAlias means that the class has the code as an alias.
	StepClassAlias Step = "class alias"
	// StepDefaultClass means that the lookup names no class.
	StepDefaultClass Step = "default class"
	// StepFallback means that the class is unknown at the place, or has no rate on
	// the day.
	StepFallback Step = "fallback to default class"
	// StepInherited means that the territory does not list the class, but inherits it
	// from its parent.
	StepInherited Step = "inherited from parent"
)

var (
	territorySteps = [...]Step{StepCountry, StepRegion, StepRegionAlias, StepParentRegion, StepPostalCode, StepReferred, StepRegionName}
	classSteps     = [...]Step{StepClass, StepClassAlias, StepDefaultClass, StepFallback}
)

// ComponentPart is a component of a rate as plain data; Percent is exact text.
type ComponentPart struct {
	// Code identifies the component within the rate.
	Code string `json:"code"`
	// Percent is in percent of the net price or, with Compound, of the net price plus
	// all components before this one.
	Percent string `json:"percent"`
	// Compound means that the component is charged on those before it as well.
	Compound bool `json:"compound,omitempty"`
}

// DocumentVersion is the version of a configuration that took part in an answer.
type DocumentVersion struct {
	// Location is the place that the configuration is about.
	Location Location `json:"location"`
	// Version, Source and AsOf are those of its [Metadata].
	Version int64  `json:"version,omitempty"`
	Source  string `json:"source,omitempty"`
	AsOf    Date   `json:"asOf,omitzero"`
}

// documentsOf lists the documents that took part: that of the territory, the one
// that lists the class, the one that names the default class if that answered, and
// those of the rate.
func (c *compiled) documentsOf(r Resolution) []DocumentVersion {
	var list []DocumentVersion
	seen := map[int32]bool{}
	add := func(t int32) {
		if seen[t] {
			return
		}
		seen[t] = true
		for e := range c.editionOf(t).chain {
			list = append(list, DocumentVersion{c.territories[t].location, e.version, e.source, e.asOf})
		}
	}
	if from := c.referrer; from != nil {
		for e := range from.edition.chain {
			list = append(list, DocumentVersion{from.territories[0].location, e.version, e.source, e.asOf})
		}
	}
	add(c.territoryOf(r.h.bits.index()))
	add(r.line().origin)
	if step := r.h.bits.classStep(); step == stepDefaultClass || step == stepFallback {
		add(r.territory().defaultFrom)
	}
	for _, t := range r.rate().documents() {
		add(t)
	}
	return list
}

// postalMatters reports whether a postal code could have changed the answer: whether
// a territory inside the one that answered has postal codes, and has another rate
// for the class or none. Of a code that several share, only these count.
func (c *compiled) postalMatters(r Resolution, class string, sharing []int32) bool {
	mine, within := r.rate(), c.territoryOf(r.h.bits.index())
	for t := range c.territories {
		inside := int32(t) != within && c.within(int32(t), within) && !c.territories[t].elsewhere
		if !inside || !c.territories[t].hasPostal || sharing != nil && !slices.Contains(sharing, int32(t)) {
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

// input returns the lookup of a handle in canonical form, without the class.
func (h handle) input(t *territory) LookupInput {
	l := h.lookup(t)
	return LookupInput{
		Tenant:            h.c.tenant.Value(),
		Country:           l.Country,
		Region:            l.Region,
		PostalCode:        l.PostalCode,
		Date:              l.Date,
		Today:             h.bits&bitToday != 0,
		FallbackToDefault: l.FallbackToDefault,
	}
}

// Replay repeats the lookup of an explanation, for the same day, and returns the
// new answer and everything that is different about it; no differences if it is
// the same. A treatment that the seller asserted is asserted again.
//
// The tenant is that of the explanation, whichever tenant r is a view of. If there
// is no answer any more, the error is that of [Resolver.Lookup]. An explanation
// without a day, or with an asserted treatment that does not exist, is an
// [InputError].
func (r *Resolver) Replay(ctx context.Context, e Explanation) (Resolution, []ReplayDifference, error) {
	in := e.Input
	if in.Date.IsZero() {
		return Resolution{}, nil, inputError("explanation", "", "has no day: pass one that Resolution.Explain returned")
	}
	if e.Asserted != nil && int(e.Asserted.Treatment) >= len(treatmentNames) {
		return Resolution{}, nil, inputError("asserted.treatment", e.Asserted.Treatment.String(), enumAdvice(treatmentNames[:]))
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

// ReplayDifference is a field that differs between two explanations.
type ReplayDifference struct {
	// Field is the name of the field in JSON.
	Field string `json:"field"`
	// Then is the value in the first explanation, and Now that in the second one.
	Then string `json:"then"`
	Now  string `json:"now"`
}

// differences lists the fields that differ in another explanation of the same
// lookup. Only the answer and the reasons for it count, not whether the day came
// from the clock or the time zone was known.
func (e Explanation) differences(now Explanation) []ReplayDifference {
	var list []ReplayDifference
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
		{"localTaxesMissing", yes(e.LocalTaxesMissing), yes(now.LocalTaxesMissing)},
		{"verifiedSince", e.VerifiedSince.String(), now.VerifiedSince.String()},
		{"regionUnknown", yes(e.RegionUnknown), yes(now.RegionUnknown)},
		{"regionOverruled", yes(e.RegionOverruled), yes(now.RegionOverruled)},
		{"documents", documents(e.Documents), documents(now.Documents)},
	} {
		if f.then != f.now {
			list = append(list, ReplayDifference{f.name, f.then, f.now})
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

func documents(list []DocumentVersion) string {
	var texts []string
	for _, d := range list {
		texts = append(texts, strings.TrimSpace(d.Location.String()+" "+d.Source+" version "+itoa(d.Version)+" "+d.AsOf.String()))
	}
	return strings.Join(texts, ", ")
}

// plain removes zeros at the end of the decimals: 19.00 and 19 are the same
// percentage.
func plain(percent string) string {
	if strings.Contains(percent, ".") {
		percent = strings.TrimRight(strings.TrimRight(percent, "0"), ".")
	}
	return percent
}

// yes returns "yes" or "no".
func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
