package arithmetic

import (
	"context"
	"errors"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// Shop has the rates of our clients.
type Shop struct {
	place tax.Place
	rates [len(Rates)]tax.Resolution
}

// NewShop resolves the classes at one place on one day.
func NewShop() (*Shop, error) {
	c := tax.Configuration{Location: tax.Location{Country: "DE"}, Tax: tax.Tax{Code: "VAT"}}
	for i, code := range Classes {
		c.Classes = append(c.Classes, tax.Class{
			Code: code, Default: i == 0, Rates: []tax.Rate{{Percent: decimal.New(Rates[i], -3)}},
		})
	}
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{c}, nil
	}), nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s := new(Shop)
	if s.place, err = r.Place(context.Background(), tax.Lookup{Country: "DE", Date: tax.MustDate("2026-11-22")}); err != nil {
		return nil, err
	}
	for i, code := range Classes {
		if s.rates[i], err = s.place.Rate(code); err != nil {
			return nil, err
		}
	}
	return s, nil
}

var rounding = tax.RoundTo(Scale, tax.HalfUp)

// Names of our clients.
const (
	Tax        = "tax"
	TaxMinor   = Tax + ", minor units"
	TaxLines   = Tax + ", every line as decimals"
	TaxTotals  = Tax + ", totals only"
	TaxRate    = TaxTotals + ", by rate"
	TaxDoc     = TaxTotals + ", by document"
	TaxOff     = TaxTotals + ", with a discount pro rata"
	TaxResults = Tax + ", Result"
)

// Baskets returns our clients for baskets. The class codes of lines lie in other
// memory than those in the rates.
func (s *Shop) Baskets(list [][]Line) []Client {
	var codes [len(Classes)]string
	for i, code := range Classes {
		codes[i] = strings.Clone(code)
	}
	var decimals, integers, discounted []*basket.Basket
	for _, lines := range list {
		d, n := new(basket.Basket), new(basket.Basket)
		for _, l := range lines {
			d.Lines = append(d.Lines, basket.Line{
				Class: codes[l.Class], Quantity: decimal.NewFromInt(l.Count), Price: shopspringAmount(l.Minor),
			})
			n.Lines = append(n.Lines, basket.Line{Class: codes[l.Class], Count: l.Count, PriceMinor: l.Minor})
		}
		off := &basket.Basket{Lines: d.Lines, Discounts: []basket.Discount{{Percent: decimal.NewFromInt(percentOff)}}}
		decimals, integers, discounted = append(decimals, d), append(integers, n), append(discounted, off)
	}
	totals := func(name string, list []*basket.Basket, level basket.Level) Client {
		return &baskets[*basket.Basket, sums[decimal.Decimal]]{name, list,
			func(b *basket.Basket) (sums[decimal.Decimal], error) {
				p, err := s.price(b, level)
				if err != nil {
					return sums[decimal.Decimal]{}, err
				}
				return decimalsOf(p.Total())
			},
			func(t sums[decimal.Decimal]) ([]int64, error) {
				return flat([]sums[decimal.Decimal]{t}, shopspringMinor)
			}}
	}
	return []Client{
		&baskets[*basket.Basket, priced[decimal.Decimal]]{TaxLines, decimals, s.everyLine,
			func(p priced[decimal.Decimal]) ([]int64, error) {
				return flat(append(p.lines[:len(p.lines):len(p.lines)], p.total), shopspringMinor)
			}},
		totals(TaxTotals, decimals, basket.ByLine),
		&baskets[*basket.Basket, *basket.Priced]{TaxMinor, integers, s.integers,
			func(p *basket.Priced) ([]int64, error) {
				all := make([]int64, 0, 3*len(list[0])+3)
				for i := range list[0] { // all baskets have as many lines
					all = append(all, p.Line(i).Net, p.Line(i).Tax, p.Line(i).Gross)
				}
				return append(all, p.Total().Net, p.Total().Tax, p.Total().Gross), nil
			}},
		totals(TaxRate, decimals, basket.ByRate),
		totals(TaxDoc, decimals, basket.ByDocument),
		totals(TaxOff, discounted, basket.ByLine),
		&baskets[*basket.Basket, *basket.Result]{TaxResults, decimals, s.result,
			func(r *basket.Result) (all []int64, err error) {
				for _, l := range r.Lines {
					all = append(all, l.Net, l.Tax, l.Gross)
				}
				return append(all, r.Total.Net, r.Total.Tax, r.Total.Gross), nil
			}},
	}
}

func (s *Shop) price(b *basket.Basket, level basket.Level) (*basket.Priced, error) {
	return basket.Price(s.place, b, basket.Policy{Level: level, Rounding: rounding})
}

// decimalsOf makes decimals with the rounding, which shares those of everyday amounts.
func decimalsOf(s basket.Sum) (all sums[decimal.Decimal], err error) {
	if all.net, err = rounding.Decimal(s.Net); err != nil {
		return all, err
	}
	if all.tax, err = rounding.Decimal(s.Tax); err != nil {
		return all, err
	}
	all.gross, err = rounding.Decimal(s.Gross)
	return all, err
}

func (s *Shop) everyLine(b *basket.Basket) (all priced[decimal.Decimal], err error) {
	p, err := s.price(b, basket.ByLine)
	if err != nil {
		return all, err
	}
	all.lines = make([]sums[decimal.Decimal], len(b.Lines))
	for i := range b.Lines {
		if all.lines[i], err = decimalsOf(p.Line(i)); err != nil {
			return all, err
		}
	}
	all.total, err = decimalsOf(p.Total())
	return all, err
}

var errNoSum = errors.New("the taxes of the lines do not sum to that of the basket")

// integers prices a basket and reads every line.
func (s *Shop) integers(b *basket.Basket) (*basket.Priced, error) {
	p, err := s.price(b, basket.ByLine)
	if err != nil {
		return nil, err
	}
	total := p.Total()
	for i := range b.Lines {
		l := p.Line(i)
		total.Net, total.Tax, total.Gross = total.Net-l.Net, total.Tax-l.Tax, total.Gross-l.Gross
	}
	if total != (basket.Sum{}) {
		return nil, errNoSum
	}
	return p, nil
}

func (s *Shop) result(b *basket.Basket) (*basket.Result, error) {
	p, err := s.price(b, basket.ByLine)
	if err != nil {
		return nil, err
	}
	return p.Result()
}
