package exact

import (
	"sync/atomic"

	"github.com/shopspring/decimal"
)

// Everyday amounts occur often, and most of the time to compute one goes into making
// the decimal, which takes two allocations. So decimals with a coefficient below
// 16,384, which is 163.84 in cents, are made once, when they are first needed, and
// shared. That is safe because decimals are immutable. All of them take one megabyte.
const internedDecimals = 1 << 14

var interned [internedDecimals]atomic.Pointer[decimal.Decimal]

// Decimal returns c * 10^-scale with scale decimals, zeros at the end included.
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

// internedScale is the scale of nearly all currencies. Decimals with another scale
// share the digits.
const internedScale = 2

func intern(c int64) *decimal.Decimal {
	d := decimal.New(c, -internedScale)
	// The first caller stores it. The others had the same value.
	interned[c].CompareAndSwap(nil, &d)
	return interned[c].Load()
}
