package tax

import (
	"errors"
	"slices"
	"strings"

	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// handle is what an answer consists of: the compiled country that it points into,
// and two words that say where. Copying it costs nothing, and a lookup that finds
// its country compiled allocates nothing.
type handle struct {
	c      *compiled
	bits   bits
	postal uint64 // packed postal code; 0 if none was given
}

// bits packs what a handle says besides the country:
//
//	 0-21  day of taxation
//	22-24  territoryStep
//	25-26  classStep
//	27     the day was taken from the clock
//	28     postal code and region disagreed
//	29     fallback to the default class was asked for
//	30-43  number of the ISO region that was asked for
//	44-63  number of the line; in a Place, of the territory
type bits uint64

const (
	bitToday bits = 1 << (27 + iota)
	bitOverruled
	bitFallback

	shiftTerritoryStep = 22
	shiftClassStep     = 25
	shiftRegion        = 30
	shiftIndex         = 64 - indexBits
)

// territoryStep is how a lookup reached its territory.
type territoryStep uint64

const (
	stepCountry territoryStep = iota
	stepRegion
	stepRegionAlias
	stepParentRegion
	stepPostalCode
	stepReferred
	stepRegionName
)

// classStep is how a lookup reached its class.
type classStep uint64

const (
	stepClass classStep = iota
	stepClassAlias
	stepDefaultClass
	stepFallback
)

func (b bits) day() Date { return Date{int32(b & (1<<shiftTerritoryStep - 1))} }

func (b bits) territoryStep() territoryStep { return territoryStep(b >> shiftTerritoryStep & 7) }

func (b bits) classStep() classStep { return classStep(b >> shiftClassStep & 3) }

func (b bits) region() uint16 { return uint16(b >> shiftRegion & (1<<14 - 1)) }

func (b bits) index() int32 { return int32(b >> shiftIndex) }

// to returns the bits with another index and class step.
func (b bits) to(index int32, step classStep) bits {
	const rest bits = (1<<shiftIndex - 1) &^ (3 << shiftClassStep)
	return b&rest | bits(index)<<shiftIndex | bits(step)<<shiftClassStep
}

// at finds the territory and the day of a lookup whose country is compiled.
func (c *compiled) at(l *Lookup, fallback bool) (handle, error) {
	if c.broken != nil {
		return handle{}, c.fail(ErrInvalid, l, l.Date, Location{}, "", c.broken)
	}
	var code, given postal.Code
	if l.PostalCode != "" {
		var ok bool
		if code, given, ok = postal.Parse(c.country, l.PostalCode, c.digitsOnly, c.postal); !ok && c.hasPostal() {
			return handle{}, c.fail(ErrInvalid, l, l.Date, Location{}, "correct the address", postalError(l.PostalCode, c.digitsOnly)).as("postal_code_malformed")
		}
	}
	region, wellFormed := l.Region, true
	var known *codetable.Slot
	if region != "" {
		if known = c.regions.Find(region); known == nil || known.Alias { // otherwise it is canonical already
			region, wellFormed = iso.Region(c.country, l.Region)
			known = c.regions.Find(region)
		}
	}
	t, step, overruled, kind := c.place(region, known, wellFormed, code)
	if kind != nil {
		return c.notPlaced(l, region, given.Packed, t, overruled, kind, fallback)
	}
	terr := &c.territories[t]
	h := handle{c: c, postal: given.Packed, bits: bits(step)<<shiftTerritoryStep | bits(t)<<shiftIndex}
	if region != "" && step != stepRegion { // otherwise the territory says which
		if i := iso.RegionIndex(c.country, region); i != 0 {
			h.bits |= bits(i) << shiftRegion
		} else {
			if known == nil {
				if h, named, err := c.byName(l, fallback); named {
					return h, err // where it lies, another day may be today
				}
			}
			h = h.with(func(d *details) { d.askedRegion = strings.Clone(region) })
		}
	}
	day := l.Date
	if day.IsZero() {
		if terr.zoneBroken {
			return handle{}, c.fail(ErrInvalid, l, l.Date, terr.location,
				"its time zone is invalid: repair the document that names it, or pass the day", c.tombstoneAt(terr)).as("time_zone_invalid")
		}
		if day = dayOf(terr.day); day.IsZero() {
			return handle{}, c.fail(ErrInvalid, l, l.Date, terr.location, "Options.Clock gives no day between 0001-01-01 and 9999-12-31: correct it, or pass the day", nil).as("clock_out_of_range")
		}
		h.bits |= bitToday
	}
	h.bits |= bits(day.n)
	if overruled {
		h.bits |= bitOverruled
	}
	if fallback {
		h.bits |= bitFallback
	}
	return h, nil
}

// notPlaced is at for a lookup that place has no territory for.
//
//go:noinline
func (c *compiled) notPlaced(l *Lookup, region string, postal uint64, t int32, overruled bool, kind error, fallback bool) (handle, error) {
	if kind == errElsewhere {
		return handle{}, &elsewhereError{c, c.territories[t].location, region, postal, overruled}
	}
	if kind == ErrUnknownRegion && iso.RegionIndex(c.country, region) == 0 {
		if h, named, err := c.byName(l, fallback); named {
			return h, err
		}
	}
	if overruled {
		return handle{}, c.fail(kind, l, l.Date, Location{},
			"region and postal code disagree: correct one of them", nil).as("postal_code_elsewhere")
	}
	return handle{}, c.fail(kind, l, l.Date, Location{}, c.addressAdvice(kind, postal), nil)
}

// byName answers a lookup whose region is no code, but a name of a region; named is false
// if no region has that name.
//
//go:noinline
func (c *compiled) byName(l *Lookup, fallback bool) (h handle, named bool, err error) {
	regions, documented := c.named(l.Region)
	switch {
	case len(regions) == 0:
		return handle{}, false, nil
	case len(regions) > 1:
		return handle{}, true, c.fail(ErrUnknownRegion, l, l.Date, Location{},
			"several regions have that name: pass the code, such as "+strings.Join(regions, " or "), nil).as("region_ambiguous")
	}
	coded := *l
	coded.Region = regions[0]
	h, err = c.at(&coded, fallback)
	switch err := err.(type) {
	case nil:
		if step := h.bits.territoryStep(); step == stepRegion || !documented && step != stepPostalCode && h.bits&bitOverruled == 0 {
			h.bits = h.bits&^(7<<shiftTerritoryStep) | bits(stepRegionName)<<shiftTerritoryStep
		}
		h.bits &^= (1<<14 - 1) << shiftRegion
		h = h.with(func(d *details) { d.askedRegion = strings.Clone(l.Region) })
	case *LookupError:
		err.Lookup.Region = l.Region
	case *elsewhereError:
		err.region = l.Region
	}
	return h, true, err
}

// errElsewhere is the kind of a territory that stands for a referral.
var errElsewhere = errors.New("tax: elsewhere")

// elsewhereError says which other place answers an address of a country. It is an error so
// that lookups without a referral need not ask for one. No caller ever sees it.
type elsewhereError struct {
	from      *compiled
	to        Location
	region    string // in the lookup: a code in canonical form, or a name
	postal    uint64 // in the lookup, packed
	overruled bool
}

// Error says where to ask.
func (e *elsewhereError) Error() string { return errElsewhere.Error() + ": " + e.to.String() }

// referred returns the handle of the other place as the answer to the address.
func (e *elsewhereError) referred(h handle) handle {
	h = h.with(func(d *details) { d.referrer, d.askedRegion = e.from, strings.Clone(e.region) })
	h.c.loaded, h.c.stale = min(h.c.loaded, e.from.loaded), h.c.stale || e.from.stale
	h.postal = e.postal
	h.bits = h.bits&^(7<<shiftTerritoryStep|(1<<14-1)<<shiftRegion) | bits(stepReferred)<<shiftTerritoryStep
	if e.overruled {
		h.bits |= bitOverruled
	}
	return h
}

// place finds the territory of an address: by postal code, then region, then
// country. The region is canonical, and known is its slot; nil if it has none. The error,
// kind, is one of the sentinels.
func (c *body) place(region string, known *codetable.Slot, wellFormed bool, code postal.Code) (t int32, step territoryStep, overruled bool, kind error) {
	if !wellFormed {
		return 0, 0, false, ErrUnknownRegion
	}
	if region != "" {
		t, step, kind = c.byRegionCode(region, known)
	}
	if code.Length > 0 {
		if p, ok := c.postal.Find(code); ok {
			if p < 0 {
				return c.placeShared(&c.shared[-p-1], region, t, step, kind)
			}
			return p, stepPostalCode, region != "" && !c.agree(p, region, t, step), nil
		}
		return c.notClaimed(code, t, step, kind)
	}
	if t == 0 && kind == nil && (c.rule == RegionsRequired || c.territories[0].absent) {
		kind = ErrRegionRequired
	}
	return t, step, false, kind
}

// notClaimed is place for an address with a postal code that no valid document claims. r,
// step and kind are what the region leads to.
func (c *body) notClaimed(code postal.Code, r int32, step territoryStep, kind error) (int32, territoryStep, bool, error) {
	if p, ok := c.postalWeak.Find(code); ok {
		return p, stepPostalCode, false, nil
	}
	if c.postalUnknown != 0 {
		return c.postalUnknown, stepPostalCode, false, nil
	}
	if kind != nil && (kind != errElsewhere || !c.territories[r].hasPostal) {
		return r, 0, false, kind
	}
	overruled := false
	if c.territories[r].hasPostal && c.territories[r].layers == 0 {
		// The region lists its postal codes, and this is not one of them. The two
		// contradict each other, and the postal code wins.
		for c.territories[r].hasPostal && c.territories[r].parent >= 0 {
			r = c.territories[r].parent
		}
		step, overruled = stepCountry, true
		if r != 0 {
			step = stepParentRegion
		}
	}
	if r == 0 && (c.rule == RegionsRequired || c.territories[0].absent) {
		return 0, 0, overruled, ErrRegionRequired
	}
	return r, step, overruled, nil
}

// elsewhere returns errElsewhere for a territory that stands for a referral, unless the
// document of the country is invalid.
func (c *body) elsewhere(t int32) error {
	if terr := &c.territories[t]; terr.elsewhere && terr.broken == nil {
		return errElsewhere
	}
	return nil
}

// placeShared is place for a postal code that several territories share: the region
// decides, if it fits one of them. r, step and kind are what the region leads to.
func (c *body) placeShared(s *sharedCode, region string, r int32, step territoryStep, kind error) (int32, territoryStep, bool, error) {
	if s.owners == nil {
		same := r > 0 && c.territories[r].elsewhere && c.territories[r].location == c.territories[s.around].location
		return s.around, stepPostalCode, region != "" && !same, c.elsewhere(s.around)
	}
	overruled := false
	switch decided, ok := c.decide(s, region, r, step); {
	case region == "":
		r, step = s.around, stepPostalCode
	case kind != nil && kind != errElsewhere:
		return 0, 0, false, kind
	case ok && kind == nil:
		if overruled = decided != r; overruled {
			r, step = decided, stepParentRegion
		}
	case c.territories[r].layers > 0 && r > 0:
		return r, step, false, nil // whether it has the code is not known
	default:
		r, step, overruled = s.around, stepPostalCode, true
	}
	for _, o := range s.owners {
		if c.territories[o].broken != nil && c.within(o, r) {
			return o, stepPostalCode, overruled, nil // what it says of the address is not known
		}
	}
	if r == 0 {
		if c.rule == RegionsRequired || c.territories[0].absent {
			return 0, 0, overruled, ErrRegionRequired
		}
		step = stepCountry
	}
	return r, step, overruled, nil
}

// decide returns the territory that a region means among those that share a postal code:
// its own, or one around it if regions in between have other codes. ok is false if the
// code is nowhere in the region.
func (c *body) decide(s *sharedCode, region string, r int32, step territoryStep) (t int32, ok bool) {
	if region == "" {
		return 0, false
	}
	others := false
	for t = r; t > 0; t = c.territories[t].parent {
		if slices.Contains(s.owners, t) {
			if others {
				return t, true
			}
			return r, true
		}
		others = others || c.territories[t].hasPostal
	}
	return r, slices.ContainsFunc(s.owners, func(o int32) bool { return c.agree(o, region, r, step) })
}

// byRegionCode finds the territory of a region: the region itself, or the nearest
// region around it that has a configuration, or the country. known is its slot; nil if it
// has none.
func (c *body) byRegionCode(region string, known *codetable.Slot) (int32, territoryStep, error) {
	switch {
	case region == "":
		return 0, stepCountry, nil
	case known == nil:
		return c.aroundRegion(region)
	case known.Alias:
		return known.Line, stepRegionAlias, c.elsewhere(known.Line)
	}
	return known.Line, stepRegion, nil
}

// aroundRegion finds the nearest region around one that has no configuration, or the
// country.
func (c *body) aroundRegion(region string) (int32, territoryStep, error) {
	l := Location{c.country, region}.Parent()
	for ; l.Region != ""; l = l.Parent() {
		if around := c.regions.Find(l.Region); around != nil {
			return around.Line, stepParentRegion, c.elsewhere(around.Line)
		}
	}
	if c.rule != RegionsOptional || c.territories[0].absent {
		return 0, 0, ErrUnknownRegion
	}
	return 0, stepCountry, nil
}

// agree reports whether territory p of a postal code can be in a region, or the region
// in it. r and step are the territory that the region leads to, and how.
func (c *body) agree(p int32, region string, r int32, step territoryStep) bool {
	if step == stepRegion || step == stepRegionAlias {
		return c.within(p, r) || c.contains(region, c.territories[p].location.Region)
	}
	if step == stepParentRegion && r == p {
		return true
	}
	inside, known := c.liesIn(p, region)
	// Where a private region is, other than in its parent, nobody knows.
	return inside || !known && c.within(p, r) && iso.RegionIndex(c.country, region) != 0
}

// liesIn reports whether ISO 3166-2 places territory t in a region, whether or not that
// region has a configuration. known is false if ISO knows neither the code of the
// territory nor an alias of it.
func (c *body) liesIn(t int32, region string) (inside, known bool) {
	terr := &c.territories[t]
	inside = c.contains(region, terr.location.Region)
	known = iso.RegionIndex(c.country, terr.location.Region) != 0
	if inside || !terr.aliased {
		return inside, known
	}
	for code, s := range c.regions.Codes {
		if s.Line == t && s.Alias {
			inside = inside || c.contains(region, code)
			known = known || iso.RegionIndex(c.country, code) != 0
		}
	}
	return inside, known
}

// contains reports whether ISO 3166-2 places a region in another one, or whether they are
// the same.
func (c *body) contains(outer, region string) bool {
	for l := (Location{c.country, region}); l.Region != ""; l = l.Parent() {
		if l.Region == outer {
			return true
		}
	}
	return false
}

// with returns the handle with details of its own, changed by set.
func (h handle) with(set func(*details)) handle {
	own := &struct {
		compiled
		record
		details
	}{*h.c, *h.c.record, *h.c.details}
	set(&own.details)
	own.record.details, own.compiled.record = &own.details, &own.record
	h.c = &own.compiled
	return h
}

// fail returns the error of a lookup. territory is the one that it reached; zero
// if it reached none.
func (c *compiled) fail(kind error, l *Lookup, day Date, territory Location, detail string, cause error) *LookupError {
	if detail == "" {
		detail = advice(kind)
	}
	if c.referrer != nil {
		detail = askedElsewhere(territory.String(), detail)
	}
	var code errorCode
	if invalid, ok := cause.(*InvalidError); ok {
		cause, code = invalid.clone(), codeInvalidConfiguration // the caller may modify it
	}
	e := &LookupError{Kind: kind, Tenant: c.tenant.Value(), Lookup: *l, Territory: territory, Detail: detail, Cause: cause, code: code, place: c}
	e.Lookup.Date = day
	return e
}
