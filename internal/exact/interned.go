package exact

import (
	"sync/atomic"

	"github.com/shopspring/decimal"
)

// Amounts of everyday size come again and again, and making a decimal is most of
// what it takes to compute one: two allocations. So coefficients below 16,384,
// 163.84 in cents, are made once, when they are first needed, and shared: a
// decimal is never modified. All of them take one megabyte.
const internedDecimals = 1 << 14

var interned [internedDecimals]atomic.Pointer[decimal.Decimal]

// Decimal returns c * 10^-scale with the digits that it has.
func Decimal(c int64, scale int32) decimal.Decimal {
	if uint64(c) >= internedDecimals {
		return decimal.New(c, -scale)
	}
	p := interned[c].Load()
	if p == nil {
		p = intern(c)
	}
	if scale == internedScale {
		return *p
	}
	return p.Shift(internedScale - scale)
}

// internedScale is the scale of nearly all currencies: a decimal of another one
// shares the digits.
const internedScale = 2

func intern(c int64) *decimal.Decimal {
	d := decimal.New(c, -internedScale)
	// Whoever is first: all have the same value.
	interned[c].CompareAndSwap(nil, &d)
	return interned[c].Load()
}
