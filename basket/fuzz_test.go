package basket_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// pen writes a basket from bytes. Every input makes a basket, and most small
// changes of the input make small changes of the basket.
type pen struct{ ink []byte }

func (p *pen) next() int {
	if len(p.ink) == 0 {
		return 0
	}
	b := p.ink[0]
	p.ink = p.ink[1:]
	return int(b)
}

func (p *pen) one(n int) int { return p.next() % n }

// number returns numbers of all sizes, most of them small.
func (p *pen) number() int64 {
	n := int64(p.next())
	switch p.one(8) {
	case 0:
		n = -n
	case 1:
		n = n<<8 | int64(p.next())
	case 2:
		n = n<<16 | int64(p.next())<<8 | int64(p.next())
	case 3:
		n = []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 / 100, math.MinInt64 + 1, 1 << 62, 1<<53 + 1}[p.one(6)]
	}
	return n
}

func (p *pen) decimal() decimal.Decimal {
	exponent := []int32{0, -2, -2, -3, -1, 1, -20, 20, -21, 21, math.MaxInt32, math.MinInt32}[p.one(12)]
	d := decimal.New(p.number(), exponent)
	if p.one(32) == 31 {
		d = decimal.New(1, 38).Add(decimal.New(p.number(), 0)).Shift(-30)
	}
	return d
}

func (p *pen) class() string {
	return []string{"STANDARD", "REDUCED", "BOOKS", "BUCH", "", "QUEBEC", "BRAZIL", "EXEMPT", "ZERO", "TOYS", "LONG"}[p.one(11)]
}

func (p *pen) assertion() tax.Assertion {
	if p.one(6) > 0 {
		return tax.Assertion{}
	}
	return tax.Assertion{Treatment: tax.Treatment(p.one(7)), Reason: "told"}
}

func (p *pen) discount() basket.Discount {
	d := basket.Discount{}
	if p.one(2) == 0 {
		d.Percent = p.decimal()
	} else {
		d.Amount = p.decimal()
	}
	return d
}

func (p *pen) policy() basket.Policy {
	policy := basket.Policy{
		Level:    basket.Level(p.one(5)),
		Rounding: tax.RoundTo([]int{2, 0, 3, 12, 1}[p.one(5)], tax.Mode(p.one(5))).WithNetFirst(p.one(4) == 3),
		Cash:     basket.Cash{Step: []int64{0, 0, 5, 100, 1_000_000_000}[p.one(5)], Mode: tax.Mode(p.one(5))},
	}
	if policy.Cash.Step == 0 {
		policy.Cash = basket.Cash{}
	}
	policy.RoundReduced = p.one(4) == 3
	if !policy.Rounding.NetFirst() {
		policy.EachComponent = p.one(4) == 3
	}
	if policy.Level == basket.ByLine && !policy.Rounding.NetFirst() && p.one(4) == 3 {
		policy.TaxStep = 100
	}
	if policy.Level == basket.ByRate && !policy.EachComponent && !policy.Rounding.NetFirst() && p.one(4) == 3 {
		policy.TotalStep, policy.RoundGross = 100, p.one(2) == 1
		policy.Cash.Step = policy.Cash.Step / 100 * 100
		if policy.Cash.Step == 0 {
			policy.Cash = basket.Cash{}
		}
	}
	return policy
}

func (p *pen) basket() *basket.Basket {
	b := &basket.Basket{}
	for range p.one(6) {
		l := basket.Line{Class: p.class(), PriceIsTotal: p.one(5) == 4, IncludesTax: p.one(2) == 1, Assertion: p.assertion()}
		if p.one(2) == 0 {
			l.Count, l.PriceMinor = p.number(), p.number()
		} else {
			l.Quantity, l.Price = p.decimal(), p.decimal()
		}
		for range p.one(3) {
			l.Discounts = append(l.Discounts, p.discount())
		}
		b.Lines = append(b.Lines, l)
	}
	for range p.one(3) {
		d := p.discount()
		if d.Spread = basket.Spread(p.one(4)); d.Spread == basket.FixedClass {
			d.Class = p.class()
		}
		b.Discounts = append(b.Discounts, d)
	}
	for range p.one(3) {
		c := basket.Charge{Amount: p.decimal(), IncludesTax: p.one(2) == 1, Spread: basket.Spread(p.one(4))}
		if c.Spread == basket.FixedClass {
			c.Class, c.Assertion = p.class(), p.assertion()
		}
		b.Charges = append(b.Charges, c)
	}
	p.rare(b)
	return b
}

// rare adds what few baskets have. Without more ink, it adds nothing.
func (p *pen) rare(b *basket.Basket) {
	for i := range b.Lines {
		l := &b.Lines[i]
		switch p.one(9) {
		case 1:
			l.Per = p.decimal()
		case 2:
			l.Charges = []basket.Charge{{Amount: p.decimal()}, {Percent: p.decimal()}}
		case 3:
			l.Discounts = append([]basket.Discount{{Percent: p.decimal(), EachUnit: true}}, l.Discounts...)
		case 4:
			l.Tax = &basket.Taxation{Base: basket.TaxBase{Less: p.decimal()}, SellerBears: p.one(2) == 1}
		case 5:
			l.Tax = &basket.Taxation{Base: basket.TaxBase{UpTo: p.decimal()}, IncludedComponents: []string{"GST"}}
		case 6:
			l.Tax = &basket.Taxation{Base: basket.TaxBase{Amount: p.decimal()}, KeepGross: p.one(2) == 1}
		case 7:
			l.Tax = &basket.Taxation{Exemption: basket.Exemption{Components: []string{"QST"}}, Base: basket.TaxBase{LessPercent: p.decimal()}}
		case 8:
			l.Class, l.Tax = "", &basket.Taxation{ClassByPrice: []basket.ClassUpTo{{UpTo: p.decimal(), Class: p.class()}, {Class: p.class()}}}
		}
	}
	for i := range b.Discounts {
		d := &b.Discounts[i]
		d.Optional, d.AtMost = p.one(3) == 1, p.one(3) == 1
		d.AmountTax, d.AfterTax = basket.AmountTax(p.one(3)), p.one(5) == 1
		d.Charges = p.one(3) == 1
		if p.one(5) == 1 {
			d.Only = []string{"line-1", "charge-1"}
		}
	}
	for i := range b.Charges {
		b.Charges[i].Allowance = p.one(4) == 1
	}
	if p.one(4) == 1 {
		b.Prepaid = p.decimal()
		b.Withheld = []basket.Withholding{{Percent: p.decimal()}}
		b.Accounting = &basket.Accounting{Currency: "JPY", Rate: p.decimal()}
	}
}

func (p *pen) returns() basket.Return {
	r := basket.Return{ID: []string{"", "line-1", "line-2", "charge-1"}[p.one(4)]}
	switch p.one(6) {
	case 0:
		r.All = true
	case 1, 3:
		r.Amount = p.number()
	case 4:
		r.Net = p.number()
	case 5:
		r.TaxOnly = true
	default:
		r.Quantity = p.decimal()
	}
	return r
}

// FuzzPrice checks that any basket is either refused or has a result that keeps
// the laws, survives a round trip through JSON and can be paid back to the
// cent.
func FuzzPrice(f *testing.F) {
	place := placeOf(f, append(plainClasses(),
		class("QUEBEC", tax.Rate{
			Percent: tax.MustPercent("14.975"), Components: []tax.Component{part("GST", "5", false), part("QST", "9.975", false)},
		}),
		class("BRAZIL", tax.Rate{Percent: tax.MustPercent("13"), OfGross: true}),
		class("EXEMPT", tax.Rate{Treatment: tax.Exempt}),
		class("ZERO", tax.Rate{Treatment: tax.ZeroRated}),
		class("LONG", plain("99.987654321098")),
	)...)
	f.Add([]byte{})
	f.Add([]byte("one lamp, two books and the shipping"))
	f.Add([]byte{2, 0, 0, 0, 0, 0, 3, 0, 0, 1, 1, 200, 4, 10, 4, 0, 1, 0, 1, 1, 0, 2, 4, 99, 4})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 9, 3, 0, 9, 3, 1, 1, 0, 1, 1, 7, 3, 2, 0, 1, 0, 1})
	f.Add([]byte{3, 1, 1, 0, 2, 0, 2, 6, 1, 1, 2, 0, 1, 17, 5, 0, 1, 33, 6, 2, 1, 9, 5, 0, 1, 50, 4})
	f.Fuzz(func(t *testing.T, ink []byte) {
		p := &pen{ink}
		policy, b := p.policy(), p.basket()
		priced, err := basket.Price(place, b, policy)
		if err != nil {
			require.Nil(t, priced)
			require.Less(t, len(err.Error()), 500)
			return
		}
		sale, err := priced.Result()
		require.NoError(t, err)
		require.NoError(t, basket.Verify(sale))
		require.Equal(t, priced.Total(), sale.Total)
		require.Equal(t, priced.Payable(), sale.Payable)
		text, err := json.Marshal(sale)
		require.NoError(t, err)
		var read basket.Result
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, *sale, read)

		var notes []basket.CreditNote
		var gross, paid int64
		for range 3 {
			if note, err := basket.Refund(&read, notes, p.returns()); err == nil {
				notes = append(notes, note)
			}
		}
		note, err := basket.Refund(&read, notes, basket.Return{All: true})
		if err == nil {
			notes = append(notes, note)
		}
		for _, note := range notes {
			gross, paid = gross+note.Total.Gross, paid+note.Payable
		}
		// If only lines of one sign are left, they can sum to more than the sale.
		if tooLarge := err != nil && strings.Contains(err.Error(), "64 bits"); len(notes) > 0 && !tooLarge {
			require.Equal(t, sale.Total.Gross, gross)
			if gross != 0 { // of nothing, nothing is in proportion
				require.Equal(t, sale.Payable+sale.Prepaid, paid)
			}
		}
		require.NoError(t, basket.Verify(&read, notes...))
	})
}
