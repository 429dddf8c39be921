package postal

import "strings"

// Range is a set of postal codes, anchored at the first character: exactly From
// when To is empty, else the codes whose leading characters are From to To,
// which have one length.
type Range struct {
	From, To string
}

const (
	rangeForm  = "write one code, two bounds of equal length with a hyphen, or a prefix with a star"
	rangeBound = "bounds are 1 to 10 letters A to Z and digits, without spaces and hyphens"
)

// ParseRange reads "27498", "6991-6993" or "BT*". A code is written without
// spaces and hyphens. fault tells what is wrong with anything else; the range is
// empty then.
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

// String returns the range as [ParseRange] reads it.
func (r Range) String() string {
	switch r.To {
	case "":
		return r.From
	case r.From:
		return r.From + "*"
	}
	return r.From + "-" + r.To
}

// Fault tells what is wrong with the range, or "".
func (r Range) Fault() string {
	from, ok := Pack(r.From)
	if !ok || from.Length == 0 || from.String() != r.From {
		return rangeBound
	}
	if r.To == "" {
		return ""
	}
	to, ok := Pack(r.To)
	switch {
	case !ok || to.String() != r.To:
		return rangeBound
	case from.Length != to.Length:
		return "bounds differ in length: " + rangeForm
	case to.Packed < from.Packed:
		return "the second bound is before the first"
	}
	return ""
}

// Repaired returns a range that is written wrongly as it was probably meant, and
// any other as it is. It reports false when the bounds cannot be read at all.
// Nothing may be answered from a repaired range: it is there to find out which
// codes it is about.
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

// DigitsOnly reports whether the bounds are digits.
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

// Claim returns the codes of a range without [Range.Fault] as the claim of an
// owner.
func (r Range) Claim(owner int32) Span {
	from, _ := Pack(r.From)
	if r.To == "" {
		return Span{from.Packed, from.Packed, owner, int32(from.Length)}
	}
	to, _ := Pack(r.To)
	// Everything that begins with To sorts from To itself to To followed by
	// the highest characters there are.
	return Span{from.Packed, to.Packed + shift[to.Length] - 1, owner, int32(from.Length)}
}

// upper upper-cases ASCII and nothing else: strings.ToUpper would turn letters
// that are not ASCII into letters that are.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
