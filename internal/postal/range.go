package postal

import "strings"

// Range is a set of postal codes, compared from the first character. If To is empty,
// it has exactly the code From. Otherwise From and To have the same length, and the
// range has the codes whose first characters are From to To.
type Range struct {
	From, To string
}

const (
	rangeForm  = "write one code, two bounds of equal length with a hyphen, or a prefix with a star"
	rangeBound = "bounds are 1 to 10 letters A to Z and digits, without spaces and hyphens"
)

// ParseRange reads a range in one of the forms "27498", "6991-6993" and "BT*", in any
// case. The bounds are written without spaces and hyphens. For any other text, the
// range is empty and fault says what is wrong.
func ParseRange(s string) (r Range, fault string) {
	if len(s) > 2*maxLength+1 {
		return Range{}, rangeForm
	}
	from, to, bounds := strings.Cut(upper(s), "-")
	r = Range{from, to}
	if prefix, ok := strings.CutSuffix(from, "*"); ok && !bounds {
		r = Range{prefix, prefix}
	} else if bounds && (to == "" || from == to) {
		return Range{}, rangeForm
	}
	if fault = r.Fault(); fault != "" {
		return Range{}, fault
	}
	return r, ""
}

// String returns the range in the form that [ParseRange] reads.
func (r Range) String() string {
	switch r.To {
	case "":
		return r.From
	case r.From:
		return r.From + "*"
	}
	return r.From + "-" + r.To
}

// Fault says what is wrong with the range; "" if nothing is.
func (r Range) Fault() string {
	from, ok := Pack(r.From)
	if !ok || from.Length == 0 || !from.isText(r.From) {
		return rangeBound
	}
	if r.To == "" {
		return ""
	}
	to, ok := Pack(r.To)
	switch {
	case !ok || !to.isText(r.To):
		return rangeBound
	case from.Length != to.Length:
		return "bounds differ in length: " + rangeForm
	case to.Packed < from.Packed:
		return "the second bound is before the first"
	}
	return ""
}

// Repaired returns a range that has a fault as it was probably meant, and any other
// range as it is. It returns false if the bounds cannot be read at all. A repaired
// range only serves to know which codes are affected by the fault: it must not give
// answers.
func (r Range) Repaired() (Range, bool) {
	if r.Fault() == "" {
		return r, true
	}
	from, ok1 := Pack(r.From)
	to, ok2 := Pack(r.To)
	if !ok1 || !ok2 || from.Length == 0 {
		return r, false
	}
	r.From, r.To = from.String(), to.String()
	if r.To == "" {
		return r, true
	}
	n := min(len(r.From), len(r.To))
	r.From, r.To = min(r.From[:n], r.To[:n]), max(r.From[:n], r.To[:n])
	return r, true
}

// DigitsOnly reports whether the bounds consist of digits.
func (r Range) DigitsOnly() bool {
	for _, bound := range [...]string{r.From, r.To} {
		for i := range len(bound) {
			if !isDigit(bound[i]) {
				return false
			}
		}
	}
	return true
}

// Claim returns the codes of the range as a span that belongs to an owner. The range
// must have no [Range.Fault].
func (r Range) Claim(owner int32) Span {
	from, _ := Pack(r.From)
	if r.To == "" {
		return Span{Lo: from.Packed, Hi: from.Packed, Owner: owner, Length: int16(from.Length)}
	}
	to, _ := Pack(r.To)
	// The codes that begin with To sort from To itself up to To followed by the
	// highest characters.
	return Span{Lo: from.Packed, Hi: to.Packed + shift[to.Length] - 1, Owner: owner, Length: int16(from.Length)}
}

// upper returns the text with ASCII letters in upper case. Unlike strings.ToUpper, it
// does not turn other letters into ASCII ones.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
