package arithmetic

import (
	"fmt"
	"runtime"

	"github.com/govalues/decimal"
)

// govaluesPrices rounds half up by adding half a minor unit and cutting off the
// rest, because Round of this library rounds halves to even.
type govaluesPrices struct {
	prices[decimal.Decimal]
	factors [len(Rates)]decimal.Decimal
}

func govaluesAmount(minor int64) decimal.Decimal { return decimal.MustNew(minor, Scale) }

func govaluesWhole(n int64) decimal.Decimal { return decimal.MustNew(n, 0) }

func govaluesFactors(plus int64) (f [len(Rates)]decimal.Decimal) {
	for class, rate := range Rates {
		f[class] = decimal.MustNew(plus+rate, 5)
	}
	return f
}

func govaluesMinor(d decimal.Decimal) (int64, error) {
	if d.Scale() != Scale {
		return 0, fmt.Errorf("%s: not rounded to %d decimals", d, Scale)
	}
	return int64(d.Coef()), nil
}

var halfMinorUnit = decimal.MustNew(5, Scale+1)

func govaluesHalfUp(d decimal.Decimal) (decimal.Decimal, error) {
	d, err := d.Add(halfMinorUnit.CopySign(d))
	return d.Trunc(Scale), err
}

func newGovaluesPrices(list []Price, toNet bool) Client {
	return &govaluesPrices{newPrices(Govalues, list, toNet, govaluesAmount), govaluesFactors(hundred)}
}

func (c *govaluesPrices) gross(e *item[decimal.Decimal]) (decimal.Decimal, error) {
	d, err := e.price.Mul(c.factors[e.class])
	if err != nil {
		return d, err
	}
	return govaluesHalfUp(d)
}

func (c *govaluesPrices) net(e *item[decimal.Decimal]) (decimal.Decimal, error) {
	d, err := e.price.Quo(c.factors[e.class])
	if err != nil {
		return d, err
	}
	return govaluesHalfUp(d)
}

func (c *govaluesPrices) Walk(from, n int) int {
	var last decimal.Decimal
	var err error
	mask := len(c.list) - 1
	if c.toNet {
		for i := range n {
			if last, err = c.net(&c.list[(from+i)&mask]); err != nil {
				return i
			}
		}
	} else {
		for i := range n {
			if last, err = c.gross(&c.list[(from+i)&mask]); err != nil {
				return i
			}
		}
	}
	runtime.KeepAlive(last)
	return n
}

func (c *govaluesPrices) Answer(i int) ([]int64, error) {
	d, err := c.gross(&c.list[i])
	if c.toNet {
		d, err = c.net(&c.list[i])
	}
	if err != nil {
		return nil, err
	}
	m, err := govaluesMinor(d.Pad(Scale)) // a quotient has no trailing zeros
	return []int64{m}, err
}

func newGovaluesBaskets(list [][]Line) Client {
	rates := govaluesFactors(0)
	return libraryBaskets(Govalues, list, govaluesAmount, govaluesWhole, func(lines []entry[decimal.Decimal]) (p priced[decimal.Decimal], err error) {
		p.lines = make([]sums[decimal.Decimal], len(lines))
		for i := range lines {
			l, at := &lines[i], &p.lines[i]
			if at.net, err = l.price.Mul(l.quantity); err != nil {
				return p, err
			}
			if at.net, err = govaluesHalfUp(at.net); err != nil {
				return p, err
			}
			if at.tax, err = at.net.Mul(rates[l.class]); err != nil {
				return p, err
			}
			if at.tax, err = govaluesHalfUp(at.tax); err != nil {
				return p, err
			}
			if at.gross, err = at.net.Add(at.tax); err != nil {
				return p, err
			}
			if p.total.net, err = p.total.net.Add(at.net); err != nil {
				return p, err
			}
			if p.total.tax, err = p.total.tax.Add(at.tax); err != nil {
				return p, err
			}
			if p.total.gross, err = p.total.gross.Add(at.gross); err != nil {
				return p, err
			}
		}
		return p, nil
	}, govaluesMinor)
}
