package tax

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/iso"
)

// Rounding says how an amount is rounded. It is passed as a value: no setting of
// rounding is global. [RoundingFor] returns the rounding of a currency.
type Rounding struct {
	// Mode is the rule for rounding. The zero value is [HalfUp].
	Mode Mode `json:"mode"`
	// Scale is the number of decimals of the currency, from 0 to 12: 2 for euros, 0
	// for yen, 3 for Kuwaiti dinars. A minor unit is 10^-Scale.
	Scale int32 `json:"scale"`
	// NetFirst rounds the net amount of a gross price, and leaves the rest to the
	// tax. Otherwise, and always for a net price, the tax is rounded. With [HalfUp]
	// the two only differ if the amount lies exactly halfway: 2.99 with 4 % inside is
	// exactly 2.875 + 0.115, which becomes 2.87 + 0.12 or, with NetFirst, 2.88 + 0.11.
	NetFirst bool `json:"netFirst,omitempty"`
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
// There is no default: for any other currency, pass a Rounding of your own. If
// there is an error, the Rounding is zero, but so is the Rounding for yen: check the
// error. The values and their sources are in internal/iso/gen/currencies.csv.
// RoundingFor allocates nothing unless there is an error, and is safe for
// concurrent use.
func RoundingFor(currency string) (Rounding, error) {
	decimals, unit := iso.MinorUnit(currency)
	if unit != iso.UnitDefined {
		return Rounding{}, currencyError(currency, unit)
	}
	return Rounding{Scale: decimals}, nil
}

// currencyError says why a currency has no rounding and what to do instead.
func currencyError(value string, unit iso.Unit) error {
	const byHand = "pass a Rounding with the Scale that you settle in"
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

// Round returns an amount rounded to Scale decimals. An amount has at most 40
// digits and an exponent from -20 to 20. Any other amount, and a rounding that does
// not exist, is an [InputError].
func (r Rounding) Round(amount decimal.Decimal) (decimal.Decimal, error) {
	if err := r.check(); err != nil {
		return decimal.Decimal{}, err
	}
	if !exact.Within(amount) {
		return decimal.Decimal{}, inputError("amount", exact.Describe(amount), exact.Bounds)
	}
	shift, mode := int(amount.Exponent()+r.Scale), exact.Mode(r.Mode)
	if c, ok := exact.Small(amount); ok {
		if units, ok := mode.Scaled(c, shift, 1, 1); ok {
			return exact.Decimal(units, r.Scale), nil
		}
	}
	one := exact.Power(0)
	return decimal.NewFromBigInt(mode.WideScaled(amount.Coefficient(), shift, one, one), -r.Scale), nil
}

// Minor returns an amount in minor units: 1999 for 19.99 at scale 2. It does not
// round. An amount that has more decimals than Scale or does not fit 64 bits, and a
// rounding that does not exist, is an [InputError].
func (r Rounding) Minor(amount decimal.Decimal) (int64, error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	if e := amount.Exponent(); e >= -exact.MaxExponent && e <= exact.MaxExponent {
		if c, ok := exact.Small(amount); ok {
			units, ok := int64(0), false
			if shift := int(e + r.Scale); shift >= 0 {
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
	if trimmed.Exponent() < -r.Scale {
		return 0, inputError("amount", exact.Format(amount), "more than "+itoa(int64(r.Scale))+" decimals"+advice)
	}
	units := trimmed.Shift(r.Scale).BigInt()
	if !units.IsInt64() {
		return 0, inputError("amount", exact.Describe(amount), "out of range: minor units have 64 bits")
	}
	return units.Int64(), nil
}

// Decimal returns an amount of minor units in units of the currency, with Scale
// decimals: 19.99 for 1999 at scale 2.
func (r Rounding) Decimal(minor int64) decimal.Decimal { return exact.Decimal(minor, r.Scale) }

const maxScale = 12

func (r Rounding) valid() bool {
	return int(r.Mode) < len(modeNames) && uint32(r.Scale) <= maxScale
}

func (r Rounding) check() error {
	switch {
	case r.valid():
		return nil
	case int(r.Mode) >= len(modeNames):
		return inputError("rounding mode", itoa(int64(r.Mode)), "no such mode: use HalfUp, HalfEven, HalfDown, Up or Down")
	}
	return inputError("rounding scale", itoa(int64(r.Scale)), "out of range: use the number of decimals of the currency, 0 to 12")
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
