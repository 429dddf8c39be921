package tax

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/iso"
)

// Rounding says how an amount is rounded. It is a value: nothing about
// rounding is global. [RoundingFor] has the one of a currency.
type Rounding struct {
	// Mode is the rule; the zero value is HalfUp.
	Mode Mode `json:"mode"`
	// Scale is the number of decimals of the currency: 2 for euros, 0 for yen,
	// 3 for Kuwaiti dinars. From 0 to 12. A minor unit is 10 to the power of
	// minus Scale.
	Scale int32 `json:"scale"`
	// NetFirst rounds the net of a gross price and leaves the rest to the tax.
	// Otherwise, and always for a net price, it is the tax that is rounded. By
	// HalfUp the two differ on ties only: 2.99 with 4 % inside is exactly 2.875 +
	// 0.115, and so 2.87 + 0.12, or, net first, 2.88 + 0.11.
	NetFirst bool `json:"netFirst,omitempty"`
}

// Mode is a rule for rounding. Every mode is symmetric about zero, so that a
// refund rounds as its sale did.
type Mode uint8

const (
	// HalfUp rounds to the nearest, and halves away from zero: 0.125 becomes
	// 0.13 and -0.125 becomes -0.13 at scale 2. It is what tax laws mean by
	// commercial rounding.
	HalfUp Mode = iota
	// HalfEven rounds to the nearest, and halves to the even digit: 0.125
	// becomes 0.12, 0.135 becomes 0.14.
	HalfEven
	// HalfDown rounds to the nearest, and halves toward zero.
	HalfDown
	// Up rounds away from zero.
	Up
	// Down rounds toward zero: it cuts off.
	Down
)

var modeNames = [...]string{"halfUp", "halfEven", "halfDown", "up", "down"}

// String returns the name used in JSON.
func (m Mode) String() string { return enumName(modeNames[:], int(m)) }

// Round returns the amount with Scale decimals. An amount has at most 40 digits
// and an exponent from -20 to 20; another one, or a rounding that does not
// exist, is an [InputError].
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
// round. It is an [InputError] when the amount has more decimals than Scale,
// when 64 bits do not hold it, or when the rounding does not exist.
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

// wideMinor is Minor for amounts whose digits do not fit, zeros at the end
// included, and for those that are refused.
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

// Decimal returns an amount of minor units with Scale decimals: 19.99 for 1999
// at scale 2.
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

// MarshalText returns the name of the rule. A value that does not exist is an
// [InputError].
func (m Mode) MarshalText() ([]byte, error) {
	return marshalEnum("rounding mode", modeNames[:], m)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (m *Mode) UnmarshalText(text []byte) error {
	return unmarshalEnum("rounding mode", modeNames[:], m, text)
}

// RoundingFor returns the rounding of a currency: half up, to the decimals of
// its minor unit in ISO 4217, which are 2 for EUR, 0 for JPY and 3 for KWD. They
// are not the decimals of coins: IDR and HUF have 2, whatever is paid in cash.
//
// The currency is a code of three letters in any case, current or withdrawn.
// Nothing is trimmed.
//
// RoundingFor returns an [InputError] of field "currency" ([ErrInvalid]) if:
//   - the code is not in the table;
//   - ISO gives it no minor unit, as to gold (XAU) or to no currency (XXX);
//   - it is withdrawn and the sources disagree on its minor unit.
//
// There is no default: a Rounding made by hand serves other currencies. The
// Rounding is zero if there is an error, but a zero Rounding is also that of
// yen: look at the error. The values and their sources are in
// internal/iso/gen/currencies.csv. RoundingFor allocates nothing unless there is
// an error, and is safe for concurrent use.
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
