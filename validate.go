package tax

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/iso"
)

// Validate checks one document by itself. [ValidateCountry] checks the documents of
// a country together, and so finds faults that one document does not show.
func (c Configuration) Validate() Report {
	var v validator
	v.check(&c)
	return v.report
}

// Report is the result of a validation: all faults at once. Errors make a document
// unusable. Warnings are about things that are allowed, but probably not meant.
type Report struct {
	Errors   []Fault `json:"errors,omitempty"`
	Warnings []Fault `json:"warnings,omitempty"`
}

// Fault is one finding of a validation.
type Fault struct {
	// Location is that of the document.
	Location Location `json:"location"`
	// Path leads to the fault in the document, by the names of the Go fields in
	// lower camel case: classes[2].rates[0].percent. It is empty if the fault is
	// that of the whole document.
	Path string `json:"path,omitempty"`
	// Code names the rule that is broken, the same in every version, for programs and
	// translations: class_duplicate. docs/errors.md lists them all.
	Code string `json:"code,omitempty"`
	// Message says what is wrong and what to do.
	Message string `json:"message"`
}

// String returns the fault in one line.
func (f Fault) String() string {
	var parts []string
	for _, s := range []string{printable(f.Location.String()), f.Path, f.Message} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Err returns an [InvalidError] with the errors of the report, or nil if there are
// none.
func (r Report) Err() error {
	if len(r.Errors) == 0 {
		return nil
	}
	return &InvalidError{r.Errors}
}

// InvalidError refuses documents that break rules. It unwraps to [ErrInvalid].
type InvalidError struct {
	// Faults are the faults of the documents; at least one.
	Faults []Fault
}

// Error returns the first fault and the number of the others.
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

// Code returns invalid_configuration; each of the faults has a code of its own.
func (e *InvalidError) Code() string { return string(codeInvalidConfiguration) }

// Unwrap returns [ErrInvalid].
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *InvalidError) MarshalText() ([]byte, error) { return errorText(e) }

func (e *InvalidError) clone() *InvalidError { return &InvalidError{slices.Clone(e.Faults)} }

// validator checks documents. It keeps its position as numbers, and makes the text
// of a path only for a fault, because most documents have none.
type validator struct {
	report   Report
	location Location
	// canonical is the location that the document means; it is zero if invalid says
	// why there is none.
	canonical Location
	invalid   error
	at        position
	// fraction is set by a percentage between 0 and 1, whole by one of 1 or more.
	fraction, whole bool
	quiet           bool // warnings are not made
}

// position is a place in a document: the indexes of a class, an entry and a
// component; -1 for each of them that the place is not in.
type position struct{ class, rate, component int }

// check makes the report on a document.
func (v *validator) check(c *Configuration) {
	v.begin(c)
	v.place(c)
	v.content(c)
}

func (v *validator) begin(c *Configuration) {
	*v = validator{location: c.Location, at: position{-1, -1, -1}, quiet: v.quiet}
}

// content checks the tax, the classes and the metadata.
func (v *validator) content(c *Configuration) {
	if c.damage != "" {
		v.errorf("", "damaged", c.damage)
	}
	v.tax(&c.Tax)
	v.classes(c)
	v.metadata("metadata", &c.Metadata)
}

// errorf reports an error in a field at the position of the validator. code is that of
// the Fault.
func (v *validator) errorf(field string, code errorCode, message string) {
	v.report.Errors = append(v.report.Errors, Fault{v.location, v.at.path(field), string(code), message})
}

// warnf is errorf for a warning.
func (v *validator) warnf(field string, code errorCode, message string) {
	if v.quiet {
		return
	}
	v.report.Warnings = append(v.report.Warnings, Fault{v.location, v.at.path(field), string(code), message})
}

// path returns the path of a field at the position. Without a field, it is the path
// of the class, entry or component itself.
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

// place checks the place that the document is about: its location, postal codes,
// aliases and time zone.
func (v *validator) place(c *Configuration) {
	v.canonical, v.invalid = parseLocation(c.Location.Country, c.Location.Region)
	switch {
	case v.invalid != nil:
		v.errorf("location", "location_invalid", strings.TrimPrefix(v.invalid.Error(), "tax: "))
	case v.canonical != c.Location:
		v.errorf("location", "location_not_canonical", "not canonical: write "+v.canonical.String())
	}
	v.postalCodes("postalCodes", c.PostalCodes)
	v.postalCodes("sharedPostalCodes", c.SharedPostalCodes)
	v.within(c)
	if c.Location.Region == "" {
		if len(c.PostalCodes) > 0 {
			v.errorf("postalCodes", "postal_codes_on_country", "on a country: postal codes belong to its regions")
		}
		if len(c.SharedPostalCodes) > 0 {
			v.errorf("sharedPostalCodes", "postal_codes_on_country", "on a country: postal codes belong to its regions")
		}
		if len(c.RegionAliases) > 0 {
			v.errorf("regionAliases", "region_aliases_on_country", "on a country: only a region has other codes")
		}
		if c.TimeZone == "" {
			v.warnf("timeZone", "time_zone_missing", "not given: the day at this place is taken from UTC")
		}
	} else if c.Regions != RegionsOptional {
		v.errorf("regions", "region_rule_on_region", "on a region: only a country has a rule for its regions")
	}
	if int(c.Regions) >= len(regionRuleNames) {
		v.errorf("regions", "region_rule_unknown", "no such rule: use RegionsOptional, RegionsListed or RegionsRequired")
	}
	v.aliases(c)
	v.elsewhere(c)
	v.zone(c)
}

func (v *validator) postalCodes(field string, list []PostalRange) {
	for i := range list {
		if reason := list[i].fault(); reason != "" {
			v.errorf(indexed(field, i), "postal_range_malformed", reason)
		}
	}
}

// within checks the region that a region says it lies in.
func (v *validator) within(c *Configuration) {
	if c.Within == "" {
		return
	}
	code, ok := iso.Region(c.Location.Country, c.Within)
	switch {
	case !iso.IsPrivate(c.Location.Region):
		v.errorf("within", "within_on_iso_region", "not on a private region: ISO 3166-2 says where other regions lie")
	case !ok || code != c.Within:
		v.errorf("within", "within_malformed", regionForm)
	case code == c.Location.Region:
		v.errorf("within", "within_circular", "the region itself: write the region around it")
	}
}

func (v *validator) zone(c *Configuration) {
	if !civil.IsZoneName(c.TimeZone) {
		v.errorf("timeZone", "time_zone_malformed", "not a zone name: use an IANA name in its own case, such as Europe/Berlin")
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
			v.errorf(indexed("regionAliases", i), "region_alias_malformed", regionForm)
		}
		if seen[alias] || seen == nil && (alias == c.Location.Region || slices.Contains(c.RegionAliases[:i], alias)) {
			v.errorf(indexed("regionAliases", i), "region_alias_duplicate", "given twice")
		}
		if seen != nil {
			seen[alias] = true
		}
	}
}

const regionForm = "not a region code: write 1 to 3 upper-case letters and digits, or X- and a name"

// elsewhere checks the referrals of a country.
func (v *validator) elsewhere(c *Configuration) {
	if len(c.Elsewhere) == 0 {
		return
	}
	if c.Location.Region != "" {
		v.errorf("elsewhere", "referral_on_region", "on a region: only a country says which of its addresses belong to another one")
	}
	seen := map[string]bool{}
	for i := range c.Elsewhere {
		r, at := &c.Elsewhere[i], indexed("elsewhere", i)
		switch l, err := parseLocation(r.Location.Country, r.Location.Region); {
		case err != nil:
			v.errorf(at+".location", "location_invalid", strings.TrimPrefix(err.Error(), "tax: "))
		case l != r.Location:
			v.errorf(at+".location", "location_not_canonical", "not canonical: write "+l.String())
		case l.Country == v.canonical.Country:
			v.errorf(at+".location", "referral_to_itself", "in the country itself: give that region the codes as regionAliases and postalCodes")
		}
		if len(r.Regions)+len(r.PostalCodes) == 0 {
			v.errorf(at, "referral_empty", "neither regions nor postal codes: write those that belong to the place")
		}
		for j, region := range r.Regions {
			if code, ok := iso.Region(c.Location.Country, region); !ok || code != region {
				v.errorf(at+"."+indexed("regions", j), "region_alias_malformed", regionForm)
			} else if seen[region] {
				v.errorf(at+"."+indexed("regions", j), "region_alias_duplicate", "given twice")
			}
			seen[region] = true
		}
		v.postalCodes(at+".postalCodes", r.PostalCodes)
	}
}

func (v *validator) tax(t *Tax) {
	if code, reason := t.fault(); code != "" {
		v.errorf("tax.code", code, reason)
	}
}

// fault says what is wrong with the code of the tax, as a Fault does; "" if nothing is.
func (t *Tax) fault() (code errorCode, reason string) {
	switch {
	case t.Code == "" && !t.Name.IsZero():
		return "tax_code_missing", "missing: a tax with a name needs a code"
	case t.Code != "" && !isCode(t.Code):
		return "tax_code_malformed", codeForm
	}
	return "", ""
}

// notUTF8 refuses a text that JSON cannot hold.
const notUTF8 = "not valid UTF-8"

const codeForm = "not a code: use 1 to 64 printable ASCII characters without spaces"

// isCode reports whether s is a valid code. Codes are restricted to texts that
// every other system passes on unchanged.
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
				v.errorf("default", "class_default_duplicate", "second default class: at most one class is the default")
			}
		}
		v.timeline(class, c.Location.Region == "")
	}
	v.at = position{-1, -1, -1}
	if v.fraction && !v.whole {
		v.warnf("classes", "percents_below_one", "every percentage is below 1: 19 % is written 19, not 0.19; use Fraction to convert")
	}
}

// codePlace is the place of a code in a document: the index of its class, and that
// of the alias or -1 for the code of the class.
type codePlace struct{ class, alias int }

func (p codePlace) field() string {
	if p.alias < 0 {
		return "code"
	}
	return indexed("aliases", p.alias)
}

// code checks a class code or alias, and that it is not already used before p in
// the document. If seen is not nil, it has all codes before p.
func (v *validator) code(classes []Class, p codePlace, seen map[string]codePlace) {
	code := codeAt(classes, p)
	if !isCode(code) {
		v.errorf(p.field(), "class_code_malformed", codeForm)
		return
	}
	first, ok := seen[code]
	if seen == nil {
		first, ok = firstCode(classes, p)
	}
	if ok {
		v.errorf(p.field(), "class_duplicate", taken(code, position{first.class, -1, -1}.path(first.field())))
	} else if seen != nil {
		seen[code] = p
	}
}

// taken says that a code is already used at a path.
func taken(code, path string) string {
	return code + " is already " + path + ": codes and aliases are unique in a configuration"
}

func codeAt(classes []Class, p codePlace) string {
	if p.alias < 0 {
		return classes[p.class].Code
	}
	return classes[p.class].Aliases[p.alias]
}

// firstCode finds the first place before p that has the same code or alias.
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

// metadata checks the metadata of a document and of those under it.
func (v *validator) metadata(path string, m *Metadata) {
	for n := 1; m != nil; n, m = n+1, m.Base {
		if n > maxBases+1 {
			v.errorf(path, "metadata_too_deep", "more than "+itoa(maxBases)+" documents on top of each other: merge fewer")
			return
		}
		if m.Version < 0 {
			v.errorf(path+".version", "version_negative", "negative: versions begin at 1")
		}
		if !utf8.ValidString(m.Source) {
			v.errorf(path+".source", "source_not_utf8", notUTF8)
		}
		if m.Base != nil {
			path += ".base"
		}
	}
}
