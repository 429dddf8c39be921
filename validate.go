package tax

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax/internal/iso"
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
	var v validator
	v.check(&c)
	return v.report
}

// validator checks documents. Where in one it is, it keeps as numbers: the text
// of a path is only made for a fault, because most documents have none.
type validator struct {
	report   Report
	location Location
	// canonical is the location that is meant, unless invalid tells why there
	// is none.
	canonical Location
	invalid   error
	at        position
	// fraction is set by a percentage below 1, whole by any other.
	fraction, whole bool
}

// position is a place in a document; -1 stands for not being in any.
type position struct{ class, rate, component int }

// check makes the report of a document.
func (v *validator) check(c *Configuration) {
	v.begin(c)
	v.place(c)
	v.content(c)
}

func (v *validator) begin(c *Configuration) {
	*v = validator{location: c.Location, at: position{-1, -1, -1}}
}

// content checks what a document says, wherever it applies.
func (v *validator) content(c *Configuration) {
	v.tax(&c.Tax)
	v.classes(c)
	v.metadata("metadata", &c.Metadata)
}

// errorf reports what is wrong with a field of what the validator is at.
func (v *validator) errorf(field, message string) {
	v.report.Errors = append(v.report.Errors, Fault{v.location, v.at.path(field), message})
}

func (v *validator) warnf(field, message string) {
	v.report.Warnings = append(v.report.Warnings, Fault{v.location, v.at.path(field), message})
}

// path is the path of a field at the position; "" for what is there itself.
func (at position) path(field string) string {
	if at.class < 0 {
		return field
	}
	path := indexed("classes", at.class)
	if at.rate >= 0 {
		path += "." + indexed("rates", at.rate)
	}
	if at.component >= 0 {
		path += "." + indexed("components", at.component)
	}
	if field != "" {
		path += "." + field
	}
	return path
}

func indexed(list string, i int) string { return list + "[" + itoa(int64(i)) + "]" }

// place checks where the document applies and when a day begins there.
func (v *validator) place(c *Configuration) {
	v.canonical, v.invalid = ParseLocation(c.Location.Country, c.Location.Region)
	switch {
	case v.invalid != nil:
		v.errorf("location", strings.TrimPrefix(v.invalid.Error(), "tax: "))
	case v.canonical != c.Location:
		v.errorf("location", "not canonical: write "+v.canonical.String())
	}
	for i := range c.PostalCodes {
		if reason := c.PostalCodes[i].fault(); reason != "" {
			v.errorf(indexed("postalCodes", i), reason)
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
	v.aliases(c)
	v.zone(c)
}

func (v *validator) zone(c *Configuration) {
	if !isZoneName(c.TimeZone) {
		v.errorf("timeZone", "not a zone name: use an IANA name such as Europe/Berlin")
	}
}

// aliases checks the other codes of a region.
func (v *validator) aliases(c *Configuration) {
	var seen map[string]bool
	if len(c.RegionAliases) > fewCodes {
		seen = map[string]bool{c.Location.Region: true}
	}
	for i, alias := range c.RegionAliases {
		if code, ok := iso.Region(c.Location.Country, alias); !ok || code != alias {
			v.errorf(indexed("regionAliases", i), "not a region code: write 1 to 3 upper-case letters and digits, or X- and a name")
		}
		if seen[alias] || seen == nil && (alias == c.Location.Region || slices.Contains(c.RegionAliases[:i], alias)) {
			v.errorf(indexed("regionAliases", i), "given twice")
		}
		if seen != nil {
			seen[alias] = true
		}
	}
}

// fewCodes are found among each other sooner by comparing them all than by a
// map, which would have to be made first.
const fewCodes = 24

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
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
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '/' && c != '_' && c != '-' && c != '+' {
			return false
		}
	}
	return true
}

func (v *validator) tax(t *Tax) {
	if reason := t.fault(); reason != "" {
		v.errorf("tax.code", reason)
	}
}

// fault tells what is wrong with the code of the tax, or "".
func (t *Tax) fault() string {
	switch {
	case t.Code == "" && !t.Name.IsZero():
		return "missing: a tax with a name needs a code"
	case t.Code != "" && !isCode(t.Code):
		return codeForm
	}
	return ""
}

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

// classes checks the classes of a document.
func (v *validator) classes(c *Configuration) {
	codes := 0
	for i := range c.Classes {
		codes += 1 + len(c.Classes[i].Aliases)
	}
	var seen map[string]codePlace
	if codes > fewCodes {
		seen = make(map[string]codePlace)
	}
	defaults := 0
	for i := range c.Classes {
		class := &c.Classes[i]
		v.at = position{i, -1, -1}
		for j := -1; j < len(class.Aliases); j++ {
			v.code(c.Classes, codePlace{i, j}, seen)
		}
		if class.Default {
			if defaults++; defaults == 2 {
				v.errorf("default", "second default class: at most one class is the default")
			}
		}
		v.timeline(class, c.Location.Region == "")
	}
	v.at = position{-1, -1, -1}
	if v.fraction && !v.whole {
		v.warnf("classes", "every percentage is below 1: 19 % is written 19, not 0.19; use Fraction to convert")
	}
}

// codePlace is the place of a class code, for which alias is -1, or of an alias.
type codePlace struct{ class, alias int }

func (p codePlace) field() string {
	if p.alias < 0 {
		return "code"
	}
	return indexed("aliases", p.alias)
}

// code checks a class code or alias, and that nothing before it in the document
// has the same. seen has what is before it if it is not nil.
func (v *validator) code(classes []Class, p codePlace, seen map[string]codePlace) {
	code := codeAt(classes, p)
	if !isCode(code) {
		v.errorf(p.field(), codeForm)
		return
	}
	first, ok := seen[code]
	if seen == nil {
		first, ok = firstCode(classes, p)
	}
	if ok {
		v.errorf(p.field(), taken(code, position{first.class, -1, -1}.path(first.field())))
	} else if seen != nil {
		seen[code] = p
	}
}

func taken(code, path string) string {
	return code + " is already " + path + ": codes and aliases are unique in a configuration"
}

func codeAt(classes []Class, p codePlace) string {
	if p.alias < 0 {
		return classes[p.class].Code
	}
	return classes[p.class].Aliases[p.alias]
}

// firstCode finds a code or alias before p that is the same.
func firstCode(classes []Class, p codePlace) (codePlace, bool) {
	code := codeAt(classes, p)
	for i := range classes[:p.class+1] {
		aliases := classes[i].Aliases
		if i == p.class {
			if p.alias < 0 {
				break
			}
			aliases = aliases[:p.alias]
		}
		if classes[i].Code == code {
			return codePlace{i, -1}, true
		}
		if j := slices.Index(aliases, code); j >= 0 {
			return codePlace{i, j}, true
		}
	}
	return codePlace{}, false
}

func (v *validator) metadata(path string, m *Metadata) {
	for n := 1; m != nil; n, m = n+1, m.Base {
		if n > maxBases+1 {
			v.errorf(path, "more than "+itoa(maxBases)+" documents under each other")
			return
		}
		if m.Version < 0 {
			v.errorf(path+".version", "negative")
		}
		if m.Base != nil {
			path += ".base"
		}
	}
}
