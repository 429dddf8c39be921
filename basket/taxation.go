package basket

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Taxation says what is special about the tax of a line or of a charge. Most have none.
type Taxation struct {
	// Place is where, and on which day (BT-7), the line is taxed, if not at the place and on the
	// day of the basket: one order to two addresses, or one invoice over two days. Totals
	// are apart by territory.
	Place tax.Place `json:",omitzero"`
	// Included is the rate of the tax that the price includes, if it is not the one
	// charged: that of the country of the price list. The net price is then kept, and the
	// price becomes the one that includes the tax charged; see KeepGross.
	//
	// With neither Included nor IncludedComponents, the price of a line with an
	// Assertion includes the tax that would be charged without it.
	Included tax.Resolution `json:",omitzero"`
	// IncludedComponents are the codes of the components that the price includes, if
	// others of the same rate come on top.
	IncludedComponents []string `json:",omitempty"`
	// KeepGross keeps the price that includes tax instead, whichever tax is charged: the
	// customer pays what is written, and the seller gets more or less of it.
	KeepGross bool `json:",omitempty"`
	// Exemption takes away components of the tax, or says why none is charged.
	Exemption Exemption `json:",omitzero"`
	// Base is the amount of a line that is taxed, if it is not the price.
	Base TaxBase `json:",omitzero"`
	// SellerBears says that the seller pays the tax of a line, such as that of a gift: it is
	// in the totals, but not in the payable amount.
	SellerBears bool `json:",omitempty"`
	// ClassByPrice chooses the class of a line by the price of a piece, from the lowest
	// price to the highest. The line itself must have no class.
	ClassByPrice []ClassUpTo `json:",omitempty"`
}

// ListPrice is a price as it was given, with a tax inside that is not the one charged.
// The price of the line was computed from it once, and rounded to minor units: price x
// (1 + rate charged) / (1 + rate included).
type ListPrice struct {
	// Price is the price that was given, as exact text.
	Price string `json:"price"`
	// Percent is the tax that it includes, as exact text. OfGross says that it is a
	// percentage of the gross price.
	Percent string `json:"percent"`
	OfGross bool   `json:"ofGross,omitempty"`
}

// String returns what is set, in words, for people and logs.
func (t Taxation) String() string {
	var words []string
	add := func(set bool, word string) {
		if set {
			words = append(words, word)
		}
	}
	add(t.Place != tax.Place{}, "at "+t.Place.String())
	add(t.Included != tax.Resolution{}, "included: "+t.Included.String())
	add(len(t.IncludedComponents) > 0, "included: "+strings.Join(t.IncludedComponents, " + "))
	add(t.KeepGross, "gross kept")
	add(!t.Exemption.isZero(), strings.TrimSpace("exempt "+t.Exemption.Code+" "+strings.Join(t.Exemption.Components, " + ")))
	for i, d := range t.Base.fields() {
		add(d.Sign() != 0, "base "+taxBaseNames[i]+" "+exact.Describe(d))
	}
	add(t.SellerBears, "borne by the seller")
	add(len(t.ClassByPrice) > 0, "class by price")
	if words == nil {
		return "nothing special"
	}
	return strings.Join(words, ", ")
}

// percentage is a rate as a number.
type percentage struct {
	percent decimal.Decimal
	ofGross bool
}

// markup returns the ratio of a price with the tax to one without.
func (p percentage) markup() exact.WideRatio {
	w := exact.WidePercent(p.percent).InNet(p.ofGross)
	w.Num.Add(w.Num, w.Den)
	return w
}

// over returns the ratio of a price with one tax to the same price with another, if it fits
// 64 bits.
func (p percentage) over(o percentage) (exact.Ratio, bool) {
	to, from := exact.Percent(p.percent), exact.Percent(o.percent)
	if to.Den == 0 || from.Den == 0 {
		return exact.Ratio{}, false
	}
	to, from = to.InNet(p.ofGross), from.InNet(o.ofGross)
	if to.Den == 0 || from.Den == 0 {
		return exact.Ratio{}, false
	}
	high1, num := bits.Mul64(to.Num+to.Den, from.Den)
	high2, den := bits.Mul64(to.Den, from.Num+from.Den)
	return exact.Ratio{Num: num, Den: den}, high1 == 0 && high2 == 0 && to.Num < 1<<62 && to.Den < 1<<62 && from.Num < 1<<62 && from.Den < 1<<62
}

// isOfList reports whether something is said about the tax that a price includes.
func (t *Taxation) isOfList() bool {
	return t.KeepGross || len(t.IncludedComponents) > 0 || t.Included != tax.Resolution{}
}

// included returns the rate of the tax in a price, and whether the price has to change
// because the rate of its slot is another.
func (p *Priced) included(includesTax bool, t *Taxation, s *slot) (of percentage, differs bool, f *fault) {
	of, differs = s.own(), s.differs
	if t != nil && t.isOfList() {
		given := t.Included != tax.Resolution{}
		switch {
		case !includesTax && (given || len(t.IncludedComponents) > 0 || t.KeepGross):
			return of, false, &fault{"tax", "", "given with a price that includes no tax: set IncludesTax"}
		case given && len(t.IncludedComponents) > 0:
			return of, false, &fault{"tax.includedComponents", "", "given together with a rate: use one of them"}
		case t.KeepGross:
			return of, false, nil
		case given:
			of = percentage{t.Included.Percent(), t.Included.OfGross()}
		case len(t.IncludedComponents) > 0:
			if of, f = s.some(t.IncludedComponents); f != nil {
				return of, false, f
			}
		}
		differs = !of.equal(p.rates.groups[s.group].rate())
	}
	return of, includesTax && differs, nil
}

func (p percentage) equal(o percentage) bool {
	if a, b := exact.Percent(p.percent), exact.Percent(o.percent); p.ofGross == o.ofGross && a.Den != 0 && b.Den != 0 {
		return a.Equal(b) // comparing decimals allocates
	}
	if p.ofGross != o.ofGross {
		a, b := p.markup(), o.markup()
		return a.Num.Mul(a.Num, b.Den).Cmp(b.Num.Mul(b.Num, a.Den)) == 0
	}
	return p.percent.Equal(o.percent)
}

// some returns the percentage of some components of the rate of a slot.
func (s *slot) some(codes []string) (percentage, *fault) {
	components := s.components()
	if s.rate.OfGross() {
		return percentage{}, &fault{"tax.includedComponents", "", "not allowed with a rate of the gross price: its components cannot be told apart"}
	}
	nets := exact.NetPercents(len(components), componentsFrom(components))
	total := decimal.Decimal{}
	for i, code := range codes {
		n := indexOfComponent(components, code)
		if n < 0 {
			return percentage{}, &fault{fmt.Sprintf("tax.includedComponents[%d]", i), code, "no such component in the rate"}
		}
		total = total.Add(nets[n])
	}
	return percentage{percent: total}, nil
}

func componentsFrom(list []tax.Component) exact.Components {
	return func(i int) (decimal.Decimal, bool) { return list[i].Percent, list[i].Compound }
}

// indexOfComponent returns -1 if there is no such component.
func indexOfComponent(list []tax.Component, code string) int {
	for i := range list {
		if list[i].Code == code {
			return i
		}
	}
	return -1
}

// convert returns the price in minor units that includes the tax charged instead of
// another.
func (p *Policy) convert(price decimal.Decimal, charged, included percentage) (int64, bool) {
	c, ok1 := exact.Small(price)
	by, ok2 := charged.over(included)
	if ok1 && ok2 {
		if units, ok := p.mode().Scaled(c, int(price.Exponent()+p.Rounding.Scale()), by.Num, by.Den); ok {
			return units, true
		}
	}
	to, from := charged.markup(), included.markup()
	units := p.mode().WideScaled(price.Coefficient(), int(price.Exponent()+p.Rounding.Scale()), to.Num.Mul(to.Num, from.Den), to.Den.Mul(to.Den, from.Num))
	return units.Int64(), units.IsInt64()
}

// convertLine changes the price of a copy of a line to one that includes the tax charged.
func (p *Priced) convertLine(l *Line, s *slot) *fault {
	included, differs, f := p.included(l.IncludesTax, l.Tax, s)
	if f != nil || !differs {
		return f
	}
	price, f := p.policy.price(l)
	if f != nil {
		return f
	}
	units, ok := p.policy.convert(price, p.rates.groups[s.group].rate(), included)
	if !ok {
		return &fault{"price", exact.Describe(price), beyondMinor}
	}
	l.Price, l.PriceMinor = exact.Decimal(0, p.policy.Rounding.Scale()), units
	return nil
}

// listed returns what the price of a line was before it was converted; the zero ListPrice if
// it stayed as it was. The line has been priced.
func (p *Priced) listed(l *Line, s *slot) ListPrice {
	included, differs, _ := p.included(l.IncludesTax, l.Tax, s)
	if !differs {
		return ListPrice{}
	}
	price, _ := p.policy.price(l)
	return ListPrice{exact.Format(price), exact.Format(exact.Trim(included.percent)), included.ofGross}
}
