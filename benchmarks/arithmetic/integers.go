package arithmetic

import "runtime"

// integerPrices is the code of a program that uses only integers: it knows that all
// of its rates have three decimals, and that nothing overflows.
type integerPrices struct{ prices[int64] }

func itself(minor int64) int64 { return minor }

func newIntegerPrices(list []Price, toNet bool) Client {
	return &integerPrices{newPrices(Integers, list, toNet, itself)}
}

func (c *integerPrices) gross(e *item[int64]) int64 {
	return (e.price*(hundred+Rates[e.class]) + hundred/2) / hundred
}

func (c *integerPrices) net(e *item[int64]) int64 {
	whole := hundred + Rates[e.class]
	return (e.price*hundred + whole/2) / whole
}

func (c *integerPrices) Walk(from, n int) int {
	var sum int64
	mask := len(c.list) - 1
	if c.toNet {
		for i := range n {
			sum += c.net(&c.list[(from+i)&mask])
		}
	} else {
		for i := range n {
			sum += c.gross(&c.list[(from+i)&mask])
		}
	}
	runtime.KeepAlive(sum)
	return n
}

func (c *integerPrices) Answer(i int) ([]int64, error) {
	if c.toNet {
		return []int64{c.net(&c.list[i])}, nil
	}
	return []int64{c.gross(&c.list[i])}, nil
}

func newIntegerBaskets(list [][]Line) Client {
	return libraryBaskets(Integers, list, itself, itself, func(lines []entry[int64]) (p priced[int64], err error) {
		p.lines = make([]sums[int64], len(lines))
		for i := range lines {
			l, at := &lines[i], &p.lines[i]
			at.net = l.price * l.quantity
			at.tax = (at.net*Rates[l.class] + hundred/2) / hundred
			at.gross = at.net + at.tax
			p.total.net += at.net
			p.total.tax += at.tax
			p.total.gross += at.gross
		}
		return p, nil
	}, func(minor int64) (int64, error) { return minor, nil })
}
