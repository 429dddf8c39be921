package tax

import (
	"math"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Rounding says how an amount is rounded: to how many decimals, and in which direction.
// Get one from [RoundingFor] or [RoundTo]. It is passed as a value: no setting of
// rounding is global.
//
// The zero value is no rounding: whatever is asked to round with it returns an
// [InputError] of field "rounding" ([ErrInvalid]). A Rounding is comparable, and is safe
// for concurrent use.
type Rounding struct {
	// One more than the decimals, so that 0 means that none were given. A number
	// below 0 is a wrong number of decimals, as it was given.
	places   int32
	mode     Mode
	netFirst bool
}

// RoundTo returns a rounding to a number of decimals, from 0 to 12: 2 for cents. A minor
// unit is then 10^-decimals of the currency. A number outside that range, and a mode
// that does not exist, is an [InputError] wherever the Rounding is used, of field
// "rounding scale" or "rounding mode".
func RoundTo(decimals int, mode Mode) Rounding {
	places := max(min(decimals, math.MaxInt32-1), math.MinInt32)
	if places >= 0 {
		places++
	}
	return Rounding{places: int32(places), mode: mode}
}

// RoundingFor returns the rounding of a currency: [HalfUp], to the decimals of its
// minor unit in ISO 4217. That is 2 decimals for EUR, 0 for JPY and 3 for KWD. The
// coins in use do not matter: IDR and HUF have 2 decimals, whatever is paid in cash.
//
// The currency is a code of three letters in any case, current or withdrawn.
// Nothing is trimmed.
//
// RoundingFor returns an [InputError] of field "currency" ([ErrInvalid]) if:
//   - the code is not in the table;
//   - ISO 4217 has no minor unit for it, as for gold (XAU) or no currency (XXX);
//   - it is withdrawn, and the sources disagree on its minor unit.
//
// There is no default: for any other currency, use [RoundTo]. If there is an error, the
// Rounding is zero, which rounds nothing. The values and their sources are in
// internal/iso/gen/currencies.csv.
// RoundingFor allocates nothing unless there is an error, and is safe for
// concurrent use.
func RoundingFor(currency string) (Rounding, error) {
	decimals, unit := iso.MinorUnit(currency)
	if unit != iso.UnitDefined {
		return Rounding{}, currencyError(currency, unit)
	}
	return Rounding{places: decimals + 1}, nil
}

// currencyError says why a currency has no rounding and what to do instead.
func currencyError(value string, unit iso.Unit) error {
	const byHand = "pass tax.RoundTo with the decimals that you settle in"
	reason := "is not in the table of ISO 4217: check the code, or " + byHand
	switch {
	case unit == iso.UnitNone:
		reason = "has no minor unit in ISO 4217: " + byHand
	case unit == iso.UnitDisputed:
		reason = "is withdrawn, and sources disagree on its minor unit: " + byHand
	case value == "":
		reason = "no currency given: pass a code of ISO 4217"
	case len(value) == 3 && strings.Trim(value, "0123456789") == "":
		reason = "is a numeric code, which is not accepted: pass the code of three letters"
	case len(value) != 3:
		reason = "is not three letters: pass a code of ISO 4217"
		if _, unit := iso.MinorUnit(strings.TrimSpace(clip(value))); unit != iso.UnitUnknown {
			reason = "remove the spaces around the code"
		}
	}
	return inputError("currency", value, reason)
}

// Round returns an amount rounded to the decimals of the rounding. An amount has at most 40
// digits and an exponent from -20 to 20. Any other amount, and a rounding that does
// not exist, is an [InputError].
func (r Rounding) Round(amount decimal.Decimal) (decimal.Decimal, error) {
	if err := r.check(); err != nil {
		return decimal.Decimal{}, err
	}
	if !exact.Within(amount) {
		return decimal.Decimal{}, inputError("amount", exact.Describe(amount), exact.Bounds)
	}
	shift, mode := int(amount.Exponent()+r.scale()), exact.Mode(r.mode)
	if c, ok := exact.Small(amount); ok {
		if units, ok := mode.Scaled(c, shift, 1, 1); ok {
			return exact.Decimal(units, r.scale()), nil
		}
	}
	one := exact.Power(0)
	return decimal.NewFromBigInt(mode.WideScaled(amount.Coefficient(), shift, one, one), -r.scale()), nil
}

// Minor returns an amount in minor units: 1999 for 19.99 at scale 2. It does not
// round. An amount that has more decimals than the rounding or does not fit 64 bits, and a
// rounding that does not exist, is an [InputError].
func (r Rounding) Minor(amount decimal.Decimal) (int64, error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	if e := amount.Exponent(); e >= -exact.MaxExponent && e <= exact.MaxExponent {
		if c, ok := exact.Small(amount); ok {
			units, ok := int64(0), false
			if shift := int(e + r.scale()); shift >= 0 {
				units, ok = exact.Shifted(c, shift)
			} else {
				units, ok = exact.Unshifted(c, -shift)
			}
			if ok {
				return units, nil
			}
		}
	}
	return r.wideMinor(amount)
}

// wideMinor is Minor for amounts that 64 bits do not hold with the zeros at their
// end, and for those that are refused.
func (r Rounding) wideMinor(amount decimal.Decimal) (int64, error) {
	const advice = ": round it first"
	if !exact.Within(amount) {
		return 0, inputError("amount", exact.Describe(amount), exact.Bounds)
	}
	trimmed := exact.Trim(amount)
	if trimmed.Exponent() < -r.scale() {
		return 0, inputError("amount", exact.Format(amount), "more than "+itoa(int64(r.scale()))+" decimals"+advice)
	}
	units := trimmed.Shift(r.scale()).BigInt()
	if !units.IsInt64() {
		return 0, inputError("amount", exact.Describe(amount), "out of range: minor units have 64 bits")
	}
	return units.Int64(), nil
}

// Decimal returns an amount of minor units in units of the currency, with the decimals of
// the rounding: 19.99 for 1999 at scale 2. A rounding that does not exist is an
// [InputError]: it does not say what a minor unit is.
func (r Rounding) Decimal(minor int64) (decimal.Decimal, error) {
	if !r.valid() {
		return decimal.Decimal{}, r.check()
	}
	return exact.Decimal(minor, r.scale()), nil
}

// Scale returns the number of decimals: 2 for euros. It is 0 for the zero Rounding, which
// has none: see [Rounding.IsZero].
func (r Rounding) Scale() int32 {
	if r.places > 0 {
		return r.places - 1
	}
	return r.places
}

// Mode returns the direction of rounding.
func (r Rounding) Mode() Mode { return r.mode }

// NetFirst reports whether the net amount of a gross price is rounded, and the tax is the
// rest: see [Rounding.WithNetFirst].
func (r Rounding) NetFirst() bool { return r.netFirst }

// IsZero reports whether this is the zero value, which is no rounding.
func (r Rounding) IsZero() bool { return r == Rounding{} }

// WithMode returns the same rounding with another mode. The zero Rounding stays without
// decimals, and so without use.
func (r Rounding) WithMode(mode Mode) Rounding {
	r.mode = mode
	return r
}

// WithNetFirst returns the same rounding with another rule for gross prices. With true,
// the net amount is rounded and the rest is the tax. With false, which is the rule of
// [RoundTo] and [RoundingFor], and always for a net price, the tax is rounded. With
// [HalfUp] the two only differ if the amount lies exactly halfway: 2.99 with 4 % inside
// is exactly 2.875 + 0.115, which becomes 2.87 + 0.12 or, net first, 2.88 + 0.11.
func (r Rounding) WithNetFirst(first bool) Rounding {
	r.netFirst = first
	return r
}

const maxScale = 12

// scale is Scale of a valid rounding.
func (r Rounding) scale() int32 { return r.places - 1 }

func (r Rounding) valid() bool {
	return int(r.mode) < len(modeNames) && uint32(r.places-1) <= maxScale
}

func (r Rounding) check() error {
	switch {
	case r.valid():
		return nil
	case r.places == 0:
		return inputError("rounding", "", `not given: use tax.RoundingFor("EUR") or tax.RoundTo(2, tax.HalfUp)`)
	case int(r.mode) >= len(modeNames):
		return inputError("rounding mode", itoa(int64(r.mode)), "no such mode: use HalfUp, HalfEven, HalfDown, Up or Down")
	}
	return inputError("rounding scale", itoa(int64(r.Scale())), "out of range: use the number of decimals of the currency, 0 to 12")
}

// String returns the mode and the decimals: "halfUp, scale 2".
func (r Rounding) String() string {
	if r.places == 0 {
		return "no rounding"
	}
	text := r.mode.String() + ", scale " + itoa(int64(r.Scale()))
	if r.netFirst {
		text += ", netFirst"
	}
	return text
}

// MarshalJSON returns {"mode":"halfUp","scale":2}, and "netFirst":true if it is. A
// rounding that does not exist, which the zero value is, is an [InputError].
func (r Rounding) MarshalJSON() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	out := `{"mode":"` + r.mode.String() + `","scale":` + itoa(int64(r.scale()))
	if r.netFirst {
		out += `,"netFirst":true`
	}
	return []byte(out + "}"), nil
}

// UnmarshalJSON reads what MarshalJSON returns. The mode and the scale must be there. If
// there is an error, which is an [InputError], r keeps its value.
func (r *Rounding) UnmarshalJSON(data []byte) error {
	d := strictjson.NewReader(data, roundingError)
	var mode Mode
	var netFirst bool
	scale, hasMode := int64(-1), false
	err := d.Object([]string{"mode", "scale", "netFirst"}, func(field string) (err error) {
		switch field {
		case "mode":
			var name string
			if name, err = d.Text(); err == nil {
				hasMode, err = true, mode.UnmarshalText([]byte(name))
			}
		case "scale":
			scale, err = d.Integer(0, maxScale)
		default:
			netFirst, err = d.Flag()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case scale < 0:
		return inputError("rounding scale", "", "missing: write the number of decimals of the currency, 0 to 12")
	case !hasMode:
		return inputError("rounding mode", "", "missing: "+enumAdvice(modeNames[:]))
	}
	if err := d.End(); err != nil {
		return err
	}
	*r = RoundTo(int(scale), mode).WithNetFirst(netFirst)
	return nil
}

// roundingError names the fields of a rounding in JSON as check does.
func roundingError(path, value, reason string) error {
	if path == "document" {
		return inputError("rounding", value, reason)
	}
	return inputError("rounding "+path, value, reason)
}

// Mode is a rule for rounding. Every mode is symmetric about zero, so that a refund
// is rounded like its sale.
type Mode uint8

const (
	// HalfUp rounds to the nearest number, and a half away from zero: at scale 2,
	// 0.125 becomes 0.13 and -0.125 becomes -0.13. Tax laws call this commercial
	// rounding.
	HalfUp Mode = iota
	// HalfEven rounds to the nearest number, and a half to the even digit: at scale
	// 2, 0.125 becomes 0.12 and 0.135 becomes 0.14.
	HalfEven
	// HalfDown rounds to the nearest number, and a half toward zero.
	HalfDown
	// Up rounds away from zero.
	Up
	// Down rounds toward zero: it drops all further decimals.
	Down
)

var modeNames = [...]string{"halfUp", "halfEven", "halfDown", "up", "down"}

// String returns the name used in JSON.
func (m Mode) String() string { return enumName(modeNames[:], int(m)) }

// MarshalText returns the name used in JSON. A value that does not exist is an
// [InputError].
func (m Mode) MarshalText() ([]byte, error) {
	return marshalEnum("rounding mode", modeNames[:], m)
}

// UnmarshalText reads a name that MarshalText returns. Any other text is an
// [InputError], including the name in another case.
func (m *Mode) UnmarshalText(text []byte) error {
	return unmarshalEnum("rounding mode", modeNames[:], m, text)
}
