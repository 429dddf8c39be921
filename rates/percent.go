package rates

import "github.com/shopspring/decimal"

// percents are the percentages that were read last. A country has few different ones, which
// nobody can change.
type percents struct {
	last [64]struct {
		n     uint64 // in the packed form
		value decimal.Decimal
	}
	read int
}

// percent reads a percentage.
func (d *decoder) percent() decimal.Decimal {
	n, p := d.number(), &d.percents
	if n == 0 {
		return decimal.Decimal{}
	}
	for i := range min(p.read, len(p.last)) {
		if p.last[i].n == n {
			return p.last[i].value
		}
	}
	one := &p.last[p.read%len(p.last)]
	one.n, one.value = n, decimal.New(int64(n>>4), -int32(n&15))
	p.read++
	return one.value
}
