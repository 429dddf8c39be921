package arithmetic

import (
	"fmt"
	"runtime"

	"github.com/cockroachdb/apd/v3"
)

// apdContext has as many digits as govalues: enough for every 64-bit integer.
var apdContext = apd.Context{
	Precision: 19, MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent,
	Traps: apd.DefaultTraps, Rounding: apd.RoundHalfUp,
}

// apdPrices computes into one decimal again and again, as the library is meant to
// be used.
type apdPrices struct {
	prices[apd.Decimal]
	factors [len(Rates)]apd.Decimal
}

func apdAmount(minor int64) (d apd.Decimal) {
	d.SetFinite(minor, -Scale)
	return d
}

func apdWhole(n int64) (d apd.Decimal) {
	d.SetFinite(n, 0)
	return d
}

func apdFactors(plus int64) (f [len(Rates)]apd.Decimal) {
	for class, rate := range Rates {
		f[class].SetFinite(plus+rate, -5)
	}
	return f
}

func apdMinor(d apd.Decimal) (int64, error) {
	if d.Form != apd.Finite || d.Exponent != -Scale || d.Negative || !d.Coeff.IsInt64() {
		return 0, fmt.Errorf("%s: not rounded to %d decimals", d.String(), Scale)
	}
	return d.Coeff.Int64(), nil
}

func newApdPrices(list []Price, toNet bool) Client {
	return &apdPrices{newPrices(Apd, list, toNet, apdAmount), apdFactors(hundred)}
}

func (c *apdPrices) gross(d *apd.Decimal, e *item[apd.Decimal]) error {
	if _, err := apdContext.Mul(d, &e.price, &c.factors[e.class]); err != nil {
		return err
	}
	_, err := apdContext.Quantize(d, d, -Scale)
	return err
}

func (c *apdPrices) net(d *apd.Decimal, e *item[apd.Decimal]) error {
	if _, err := apdContext.Quo(d, &e.price, &c.factors[e.class]); err != nil {
		return err
	}
	_, err := apdContext.Quantize(d, d, -Scale)
	return err
}

func (c *apdPrices) Walk(from, n int) int {
	last := new(apd.Decimal)
	mask := len(c.list) - 1
	if c.toNet {
		for i := range n {
			if c.net(last, &c.list[(from+i)&mask]) != nil {
				return i
			}
		}
	} else {
		for i := range n {
			if c.gross(last, &c.list[(from+i)&mask]) != nil {
				return i
			}
		}
	}
	runtime.KeepAlive(last)
	return n
}

func (c *apdPrices) Answer(i int) ([]int64, error) {
	var d apd.Decimal
	err := c.gross(&d, &c.list[i])
	if c.toNet {
		err = c.net(&d, &c.list[i])
	}
	if err != nil {
		return nil, err
	}
	m, err := apdMinor(d)
	return []int64{m}, err
}

func newApdBaskets(list [][]Line) Client {
	rates := apdFactors(0)
	return libraryBaskets(Apd, list, apdAmount, apdWhole, func(lines []entry[apd.Decimal]) (p priced[apd.Decimal], err error) {
		p.lines = make([]sums[apd.Decimal], len(lines))
		for i := range lines {
			l, at := &lines[i], &p.lines[i]
			if _, err = apdContext.Mul(&at.net, &l.price, &l.quantity); err != nil {
				return p, err
			}
			if _, err = apdContext.Quantize(&at.net, &at.net, -Scale); err != nil {
				return p, err
			}
			if _, err = apdContext.Mul(&at.tax, &at.net, &rates[l.class]); err != nil {
				return p, err
			}
			if _, err = apdContext.Quantize(&at.tax, &at.tax, -Scale); err != nil {
				return p, err
			}
			if _, err = apdContext.Add(&at.gross, &at.net, &at.tax); err != nil {
				return p, err
			}
			if _, err = apdContext.Add(&p.total.net, &p.total.net, &at.net); err != nil {
				return p, err
			}
			if _, err = apdContext.Add(&p.total.tax, &p.total.tax, &at.tax); err != nil {
				return p, err
			}
			if _, err = apdContext.Add(&p.total.gross, &p.total.gross, &at.gross); err != nil {
				return p, err
			}
		}
		return p, nil
	}, apdMinor)
}
