package tax

import "github.com/taxresolve/tax/internal/postal"

// PostalRange is a set of postal codes, anchored at the first character.
//
//	{From: "27498"}               exactly that code
//	{From: "6991", To: "6993"}    codes whose first four characters are 6991 to 6993
//	{From: "BT", To: "BT"}        codes that begin with BT
//
// Bounds are letters A to Z and digits, at most 10, both of one length. Case,
// spaces and hyphens of the codes compared do not matter.
type PostalRange struct {
	From, To string
}

// ParsePostalRange reads "27498", "6991-6993" or "BT*". A code is written
// without spaces and hyphens. Anything else is an [InputError].
func ParsePostalRange(s string) (PostalRange, error) {
	r, fault := postal.ParseRange(s)
	if fault != "" {
		return PostalRange{}, inputError("postal range", s, fault)
	}
	return PostalRange(r), nil
}

// String returns the range as [ParsePostalRange] reads it.
func (p PostalRange) String() string { return postal.Range(p).String() }

// fault tells what is wrong with the range, or "".
func (p PostalRange) fault() string { return postal.Range(p).Fault() }

// postalError says why the postal code of an address is refused.
func postalError(value string) error {
	return inputError("postal code", value, "pass at most 10 letters A to Z and digits; spaces and hyphens do not count")
}
