package arithmetic

import (
	"runtime"

	"github.com/shopspring/decimal"
)

// taxPrices is our client with decimals: one in, one out.
type taxPrices struct {
	prices[decimal.Decimal]
	shop *Shop
}

func newTaxPrices(s *Shop, list []Price, toNet bool) Client {
	return &taxPrices{newPrices(Tax, list, toNet, shopspringAmount), s}
}

func (c *taxPrices) gross(e *item[decimal.Decimal]) (decimal.Decimal, error) {
	a, err := c.shop.rates[e.class].FromNet(e.price, rounding)
	return a.Gross(), err
}

func (c *taxPrices) net(e *item[decimal.Decimal]) (decimal.Decimal, error) {
	a, err := c.shop.rates[e.class].FromGross(e.price, rounding)
	return a.Net(), err
}

func (c *taxPrices) Walk(from, n int) int {
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

func (c *taxPrices) Answer(i int) ([]int64, error) {
	d, err := c.gross(&c.list[i])
	if c.toNet {
		d, err = c.net(&c.list[i])
	}
	if err != nil {
		return nil, err
	}
	m, err := shopspringMinor(d)
	return []int64{m}, err
}

// minorPrices is our client with integers.
type minorPrices struct {
	prices[int64]
	shop *Shop
}

func newMinorPrices(s *Shop, list []Price, toNet bool) Client {
	return &minorPrices{newPrices(TaxMinor, list, toNet, itself), s}
}

func (c *minorPrices) gross(e *item[int64]) (int64, error) {
	a, err := c.shop.rates[e.class].FromNetMinor(e.price, rounding)
	return a.Gross, err
}

func (c *minorPrices) net(e *item[int64]) (int64, error) {
	a, err := c.shop.rates[e.class].FromGrossMinor(e.price, rounding)
	return a.Net, err
}

func (c *minorPrices) Walk(from, n int) int {
	var sum int64
	mask := len(c.list) - 1
	if c.toNet {
		for i := range n {
			net, err := c.net(&c.list[(from+i)&mask])
			if err != nil {
				return i
			}
			sum += net
		}
	} else {
		for i := range n {
			gross, err := c.gross(&c.list[(from+i)&mask])
			if err != nil {
				return i
			}
			sum += gross
		}
	}
	runtime.KeepAlive(sum)
	return n
}

func (c *minorPrices) Answer(i int) ([]int64, error) {
	m, err := c.gross(&c.list[i])
	if c.toNet {
		m, err = c.net(&c.list[i])
	}
	return []int64{m}, err
}
