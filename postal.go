package tax

import "github.com/taxresolve/tax/internal/postal"

// PostalRange is a set of postal codes, compared from the first character.
//
//	{From: "27498"}               exactly that code
//	{From: "6991", To: "6993"}    codes whose first four characters are 6991 to 6993
//	{From: "BT", To: "BT"}        codes that begin with BT
//
// A code that is shorter than the bounds is not in the range: 699 is not in 6991-6993.
// Two ranges overlap if there is a code that lies in both, whatever the lengths of
// their bounds.
//
// A bound has 1 to 10 characters, upper-case letters A to Z and digits, and both
// bounds have the same length. Case, spaces and hyphens in the postal code of an
// address do not matter.
type PostalRange struct {
	From, To string
}

// ParsePostalRange reads a range in one of the forms "27498", "6991-6993" and
// "BT*", in any case. The bounds are written without spaces and hyphens. Any other
// text is an [InputError].
func ParsePostalRange(s string) (PostalRange, error) {
	r, fault := postal.ParseRange(s)
	if fault != "" {
		return PostalRange{}, inputError("postal range", s, fault)
	}
	return PostalRange(r), nil
}

// String returns the range in the form that [ParsePostalRange] reads.
func (p PostalRange) String() string { return postal.Range(p).String() }

// fault says what is wrong with the range; "" if nothing is.
func (p PostalRange) fault() string { return postal.Range(p).Fault() }

// postalError says why the postal code of an address is refused. digitsOnly means that all
// those that regions of the country claim are digits.
func postalError(value string, digitsOnly bool) error {
	if digitsOnly {
		return inputError("postal code", value, "pass at most 10 digits and letters A to Z, of which up to three letters are before the first digit; spaces and hyphens do not count")
	}
	return inputError("postal code", value, "pass at most 10 letters A to Z and digits; spaces and hyphens do not count")
}
