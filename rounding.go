package tax

import "math/big"

// Rounding says how an amount is rounded. It is a value: nothing about
// rounding is global.
type Rounding struct {
	// Mode is the rule; the zero value is HalfUp.
	Mode Mode
	// Scale is the number of decimals of the currency: 2 for euros, 0 for yen,
	// 3 for Kuwaiti dinars. From 0 to 12.
	Scale int32
}

// Mode is a rule for rounding. Every mode is symmetric about zero, so that a
// refund rounds as its sale did.
type Mode uint8

const (
	// HalfUp rounds to the nearest, and halves away from zero: 0.125 becomes
	// 0.13 and -0.125 becomes -0.13 at scale 2.
	HalfUp Mode = iota
)

const maxScale = 12

func (r Rounding) check() error {
	switch {
	case r.Mode != HalfUp:
		return inputError("rounding mode", itoa(int64(r.Mode)), "no such mode: use HalfUp")
	case r.Scale < 0 || r.Scale > maxScale:
		return inputError("rounding scale", itoa(int64(r.Scale)), "out of range: use the number of decimals of the currency, 0 to 12")
	}
	return nil
}

// quotient returns num/den rounded to an integer; den is positive. It is the
// only place where an amount is rounded.
func (m Mode) quotient(num, den *big.Int) *big.Int {
	q, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	// QuoRem truncates toward zero, so that rest has the sign of num and the
	// comparison below is the same on both sides of zero.
	if rest.Lsh(rest.Abs(rest), 1).Cmp(den) >= 0 {
		q.Add(q, big.NewInt(int64(num.Sign())))
	}
	return q
}
