package tax

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Report is the result of a validation: every fault at once. Errors make a
// document unusable; Warnings are about what is allowed but probably not meant.
type Report struct {
	Errors, Warnings []Fault
}

// Fault is one finding of a validation.
type Fault struct {
	// Location is the document it is about.
	Location Location
	// Path leads to the place in it, by the names of the Go fields in lower
	// camel case: classes[2].rates[0].percent. Empty for the whole document.
	Path string
	// Message tells what is wrong and what to do.
	Message string
}

// String writes the fault in one line.
func (f Fault) String() string {
	var parts []string
	for _, s := range []string{printable(f.Location.String()), f.Path, f.Message} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Err returns an [InvalidError] with the errors of the report, or nil when
// there are none.
func (r Report) Err() error {
	if len(r.Errors) == 0 {
		return nil
	}
	return &InvalidError{r.Errors}
}

// InvalidError refuses documents that break rules. It unwraps to [ErrInvalid].
type InvalidError struct {
	// Faults are all that was found, never empty.
	Faults []Fault
}

// Error names the first fault and the number of the others.
func (e *InvalidError) Error() string {
	s := "tax: invalid configuration"
	if len(e.Faults) > 0 {
		s += ": " + e.Faults[0].String()
	}
	if more := len(e.Faults) - 1; more > 0 {
		s += " (and " + itoa(int64(more)) + " more)"
	}
	return s
}

// Unwrap returns [ErrInvalid].
func (e *InvalidError) Unwrap() error { return ErrInvalid }

func (e *InvalidError) clone() *InvalidError { return &InvalidError{slices.Clone(e.Faults)} }

// Validate checks one document by itself. What only shows beside the other
// documents of the country is checked by [ValidateCountry].
func (c Configuration) Validate() Report {
	v := validator{location: c.Location}
	v.place(&c)
	v.tax("tax", c.Tax)
	defaults := 0
	codes := map[string]string{}
	for i := range c.Classes {
		class := &c.Classes[i]
		path := "classes[" + itoa(int64(i)) + "]"
		v.code(path+".code", class.Code, codes)
		for j, alias := range class.Aliases {
			v.code(path+".aliases["+itoa(int64(j))+"]", alias, codes)
		}
		if class.Default {
			if defaults++; defaults == 2 {
				v.errorf(path+".default", "second default class: at most one class is the default")
			}
		}
		v.timeline(path, class, c.Location.Region == "")
	}
	v.fractions(&c)
	v.metadata("metadata", &c.Metadata)
	return v.report
}

type validator struct {
	location Location
	report   Report
}

func (v *validator) errorf(path, message string) {
	v.report.Errors = append(v.report.Errors, Fault{v.location, path, message})
}

func (v *validator) warnf(path, message string) {
	v.report.Warnings = append(v.report.Warnings, Fault{v.location, path, message})
}

// place checks where the document applies and when a day begins there.
func (v *validator) place(c *Configuration) {
	canonical, err := ParseLocation(c.Location.Country, c.Location.Region)
	switch {
	case err != nil:
		v.errorf("location", strings.TrimPrefix(err.Error(), "tax: "))
	case canonical != c.Location:
		v.errorf("location", "not canonical: write "+canonical.String())
	}
	for i, p := range c.PostalCodes {
		path := "postalCodes[" + itoa(int64(i)) + "]"
		if reason := p.fault(); reason != "" {
			v.errorf(path, reason)
		}
	}
	if c.Location.Region == "" {
		if len(c.PostalCodes) > 0 {
			v.errorf("postalCodes", "on a country: postal codes belong to its regions")
		}
		if len(c.RegionAliases) > 0 {
			v.errorf("regionAliases", "on a country: only a region has other codes")
		}
		if c.TimeZone == "" {
			v.warnf("timeZone", "not given: the day at this place is taken from UTC")
		}
	} else if c.Regions != RegionsOptional {
		v.errorf("regions", "on a region: only a country has a rule for its regions")
	}
	if int(c.Regions) >= len(regionRuleNames) {
		v.errorf("regions", "no such rule: use RegionsOptional, RegionsListed or RegionsRequired")
	}
	seen := map[string]bool{c.Location.Region: true}
	for i, alias := range c.RegionAliases {
		path := "regionAliases[" + itoa(int64(i)) + "]"
		if code, ok := canonicalRegion(c.Location.Country, alias); !ok || code != alias {
			v.errorf(path, "not a region code: write 1 to 3 upper-case letters and digits, or X- and a name")
		}
		if seen[alias] {
			v.errorf(path, "given twice")
		}
		seen[alias] = true
	}
	if !isZoneName(c.TimeZone) {
		v.errorf("timeZone", "not a zone name: use an IANA name such as Europe/Berlin")
	}
}

// isZoneName checks the shape of an IANA name. Whether the zone exists depends
// on the system and is found out when it is loaded. "Local" is refused: it
// would make answers depend on the machine.
func isZoneName(s string) bool {
	if len(s) > 64 || s == "Local" || strings.Contains(s, "..") || strings.HasPrefix(s, "/") {
		return false
	}
	for i := range len(s) {
		c := upper(s[i])
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("/_-+", rune(c)) {
			return false
		}
	}
	return true
}

func (v *validator) tax(path string, t Tax) {
	if reason := t.fault(); reason != "" {
		v.errorf(path+".code", reason)
	}
}

// fault tells what is wrong with the code of the tax, or "".
func (t Tax) fault() string {
	switch {
	case t.Code == "" && !t.Name.IsZero():
		return "missing: a tax with a name needs a code"
	case t.Code != "" && !isCode(t.Code):
		return codeForm
	}
	return ""
}

const maxComponents = 16

const codeForm = "not a code: use 1 to 64 printable characters of ASCII without spaces"

// isCode bounds codes to what survives every system they pass through.
func isCode(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// code checks a class code or alias and that nothing else in the document has
// the same.
func (v *validator) code(path, code string, seen map[string]string) {
	if !isCode(code) {
		v.errorf(path, codeForm)
		return
	}
	if first, ok := seen[code]; ok {
		v.errorf(path, code+" is already "+first+": codes and aliases are unique in a configuration")
		return
	}
	seen[code] = path
}

// timeline checks the dated entries of a class.
func (v *validator) timeline(path string, class *Class, country bool) {
	if len(class.Rates) == 0 {
		v.errorf(path+".rates", "empty: a class needs at least one entry")
	}
	for i := range class.Rates {
		r := &class.Rates[i]
		path := path + ".rates[" + itoa(int64(i)) + "]"
		switch {
		case r.From.IsZero() && i != len(class.Rates)-1:
			v.errorf(path+".from", "missing: only the oldest entry may have an unknown start")
		case i > 0 && !class.Rates[i-1].From.IsZero() && !r.From.Before(class.Rates[i-1].From):
			v.errorf(path+".from", "not before the entry above it: list entries newest first, one per day")
		}
		if int(r.Effect) >= len(effectNames) {
			v.errorf(path+".effect", "no such effect")
			continue
		}
		if country && (r.Effect == Add || r.Effect == AddCompound || r.Effect == Inherit) {
			v.errorf(path+".effect", r.Effect.String()+" on a country: there is no parent; use replace")
		}
		if r.Effect.hasPercent() {
			v.rate(path, r)
		} else {
			v.noRate(path, r)
		}
	}
}

// rate checks an entry that carries a percentage.
func (v *validator) rate(path string, r *Rate) {
	v.tax(path+".tax", r.Tax)
	if int(r.Evidence.Status) >= len(statusNames) {
		v.errorf(path+".evidence.status", "no such status")
	}
	if int(r.Treatment) >= len(treatmentNames) {
		v.errorf(path+".treatment", "no such treatment")
		return
	}
	if reason := percentFault(r.Percent); reason != "" {
		v.errorf(path+".percent", reason)
		return
	}
	zero := r.Percent.Sign() == 0
	switch {
	case r.Treatment != Taxable && !zero:
		v.errorf(path+".percent", "not 0, but the treatment is "+r.Treatment.String())
	case r.Treatment != Taxable && r.Effect != Replace:
		v.errorf(path+".treatment", r.Treatment.String()+" with "+r.Effect.String()+": only a taxable rate comes on top of another")
	case r.Treatment == Taxable && zero:
		v.warnf(path+".percent", "taxable at 0 %: say zeroRated, exempt or outsideScope if that is meant")
	}
	if r.OfGross && r.Effect != Replace {
		v.errorf(path+".ofGross", "with "+r.Effect.String()+": a percentage of the gross price cannot come on top of another")
	}
	if r.OfGross && !r.Percent.LessThan(decimal.New(100, 0)) {
		v.errorf(path+".percent", "of the gross price, it must be below 100")
	}
	if len(r.Components) == 0 {
		return
	}
	if r.OfGross || r.Treatment != Taxable {
		v.errorf(path+".components", "only a taxable percentage of the net price has components")
		return
	}
	if len(r.Components) > maxComponents {
		// Every compound part multiplies the digits of the whole.
		v.errorf(path+".components", "more than "+itoa(maxComponents)+" components")
		return
	}
	seen := map[string]string{}
	valid := true
	for i := range r.Components {
		c := &r.Components[i]
		path := path + ".components[" + itoa(int64(i)) + "]"
		v.code(path+".code", c.Code, seen)
		if reason := percentFault(c.Percent); reason != "" {
			v.errorf(path+".percent", reason)
			valid = false
		}
	}
	if !valid {
		return
	}
	if r.Effect == AddCompound && len(r.Components) > 1 {
		v.errorf(path+".components", "several with addCompound: list one, or none")
		return
	}
	if r.Effect == Add && slices.ContainsFunc(r.Components, func(c Component) bool { return c.Compound }) {
		v.errorf(path+".components", "compound with add: use addCompound, or an entry that replaces")
		return
	}
	if total := totalPercent(r.Components); !total.Equal(r.Percent) {
		v.errorf(path+".components", "together "+formatDecimal(total)+", but the percentage is "+formatDecimal(r.Percent))
	}
}

// noRate checks an entry that carries no percentage.
func (v *validator) noRate(path string, r *Rate) {
	if r.Percent.Sign() != 0 || r.OfGross || len(r.Components) > 0 || r.Treatment != Taxable ||
		r.Tax.Code != "" || !r.Tax.Name.IsZero() {
		v.errorf(path, "an entry with "+r.Effect.String()+" has no rate of its own: leave percent, components, treatment and tax out")
	}
	if int(r.Evidence.Status) >= len(statusNames) {
		v.errorf(path+".evidence.status", "no such status")
	}
}

// fractions warns of 19 written as 0.19: every taxable percentage of the
// document lies between 0 and 1.
func (v *validator) fractions(c *Configuration) {
	one := decimal.New(1, 0)
	found := false
	for i := range c.Classes {
		for j := range c.Classes[i].Rates {
			r := &c.Classes[i].Rates[j]
			if !r.Effect.hasPercent() || percentFault(r.Percent) != "" || r.Percent.Sign() == 0 {
				continue
			}
			if !r.Percent.LessThan(one) {
				return
			}
			found = true
		}
	}
	if found {
		v.warnf("classes", "every percentage is below 1: 19 % is written 19, not 0.19; use Fraction to convert")
	}
}

func (v *validator) metadata(path string, m *Metadata) {
	n := 0
	for m := range m.chain() {
		if n++; n > maxBases+1 {
			v.errorf(path, "more than "+itoa(maxBases)+" documents under each other")
			return
		}
		if m.Version < 0 {
			v.errorf(path+".version", "negative")
		}
		path += ".base"
	}
}

// totalPercent is the percentage that components make together.
func totalPercent(components []Component) decimal.Decimal {
	total := decimal.Decimal{}
	for _, p := range netPercents(components) {
		total = total.Add(p)
	}
	return total
}

// netPercents are the percentages of the net price that components come to:
// each its own, or, when compound, its own of the net price plus everything
// before it.
func netPercents(components []Component) []decimal.Decimal {
	list := make([]decimal.Decimal, len(components))
	total := decimal.Decimal{}
	for i, c := range components {
		p := c.Percent
		if c.Compound {
			p = p.Add(p.Mul(total).Shift(-2))
		}
		list[i], total = p, total.Add(p)
	}
	return list
}
