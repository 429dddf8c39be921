package arithmetic

import (
	"fmt"
	"runtime"

	"github.com/shopspring/decimal"
)

// shopspringPrices is the obvious code: a multiplication or a division, and then
// Round.
type shopspringPrices struct {
	prices[decimal.Decimal]
	factors [len(Rates)]decimal.Decimal
}

func shopspringAmount(minor int64) decimal.Decimal { return decimal.New(minor, -Scale) }

// shopspringFactors returns factors such as 1.19.
func shopspringFactors(plus int64) (f [len(Rates)]decimal.Decimal) {
	for class, rate := range Rates {
		f[class] = decimal.New(plus+rate, -5)
	}
	return f
}

func shopspringMinor(d decimal.Decimal) (int64, error) {
	if d.Exponent() != -Scale {
		return 0, fmt.Errorf("%s: not rounded to %d decimals", d, Scale)
	}
	return d.CoefficientInt64(), nil
}

func newShopspringPrices(list []Price, toNet bool) Client {
	return &shopspringPrices{newPrices(Shopspring, list, toNet, shopspringAmount), shopspringFactors(hundred)}
}

func (c *shopspringPrices) gross(e *item[decimal.Decimal]) decimal.Decimal {
	return e.price.Mul(c.factors[e.class]).Round(Scale)
}

func (c *shopspringPrices) net(e *item[decimal.Decimal]) decimal.Decimal {
	return e.price.Div(c.factors[e.class]).Round(Scale)
}

func (c *shopspringPrices) Walk(from, n int) int {
	var last decimal.Decimal
	mask := len(c.list) - 1
	if c.toNet {
		for i := range n {
			last = c.net(&c.list[(from+i)&mask])
		}
	} else {
		for i := range n {
			last = c.gross(&c.list[(from+i)&mask])
		}
	}
	runtime.KeepAlive(last)
	return n
}

func (c *shopspringPrices) Answer(i int) ([]int64, error) {
	d := c.gross(&c.list[i])
	if c.toNet {
		d = c.net(&c.list[i])
	}
	m, err := shopspringMinor(d)
	return []int64{m}, err
}

func newShopspringBaskets(list [][]Line) Client {
	rates := shopspringFactors(0)
	return libraryBaskets(Shopspring, list, shopspringAmount, decimal.NewFromInt, func(lines []entry[decimal.Decimal]) (p priced[decimal.Decimal], err error) {
		p.lines = make([]sums[decimal.Decimal], len(lines))
		for i := range lines {
			l := &lines[i]
			net := l.price.Mul(l.quantity).Round(Scale)
			tax := net.Mul(rates[l.class]).Round(Scale)
			gross := net.Add(tax)
			p.lines[i] = sums[decimal.Decimal]{net, tax, gross}
			p.total.net = p.total.net.Add(net)
			p.total.tax = p.total.tax.Add(tax)
			p.total.gross = p.total.gross.Add(gross)
		}
		return p, nil
	}, shopspringMinor)
}

// oneDecimal only makes the decimal of a known result: the time that is left if
// computing takes none.
type oneDecimal struct{ prices[int64] }

func newOneDecimal(list []Price, toNet bool) Client {
	known := make([]Price, len(list))
	for i, p := range list {
		known[i].Minor = p.Gross()
		if toNet {
			known[i].Minor = p.Net()
		}
	}
	return &oneDecimal{newPrices(OneDecimal, known, toNet, itself)}
}

func (c *oneDecimal) Walk(from, n int) int {
	var last decimal.Decimal
	mask := len(c.list) - 1
	for i := range n {
		last = shopspringAmount(c.list[(from+i)&mask].price)
	}
	runtime.KeepAlive(last)
	return n
}

func (c *oneDecimal) Answer(i int) ([]int64, error) {
	m, err := shopspringMinor(shopspringAmount(c.list[i].price))
	return []int64{m}, err
}
