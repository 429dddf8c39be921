package proof

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"pgregory.net/rapid"
)

// Shop returns a made-up country with every kind of rate that a basket can meet:
// components, compound and simple, percentages of the gross price, two classes at one
// rate, two taxes at one rate, and all treatments without tax.
func Shop() tax.Configuration {
	c := tax.Configuration{Location: tax.Location{Country: "DE"}, Tax: tax.Tax{Code: "VAT"}, TimeZone: "UTC"}
	for i, text := range shopClasses {
		words := strings.Fields(text)
		rate := tax.Rate{Percent: tax.MustPercent(words[1])}
		for _, word := range words[2:] {
			code, percent, isPart := strings.Cut(word, ":")
			percent, compound := strings.CutSuffix(percent, "c")
			switch {
			case isPart:
				rate.Components = append(rate.Components, tax.Component{Code: code, Percent: tax.MustPercent(percent), Compound: compound})
			case word == "gross":
				rate.OfGross = true
			case word == "LUX":
				rate.Tax = tax.Tax{Code: word}
			default:
				if err := rate.Treatment.UnmarshalText([]byte(word)); err != nil {
					panic(err) // unreachable: the list above names treatments
				}
			}
		}
		c.Classes = append(c.Classes, tax.Class{
			Code: words[0], Default: i == 0, Aliases: []string{"OLD_" + words[0]}, Rates: []tax.Rate{rate},
		})
	}
	return c
}

// shopClasses has a line for each class: its code, its percentage, and then its
// components, a treatment, another tax or "gross". Components ending in "c" are
// compound.
var shopClasses = []string{
	"STANDARD 19",
	"REDUCED 7",
	"BOOKS 7",
	"FOOD 8.625",
	"LUXURY 19 LUX",
	"QUEBEC 14.975 GST:5 QST:9.975",
	"COMPOUND 12.875 GST:5 QST:7.5c",
	"INDIA 18 CGST:9 SGST:9",
	"SPAIN 26.2 IVA:21 RECARGO:5.2",
	"THREE 21.9 A:2.5 B:2.5 C:1 VAT:15c",
	"NOTHING 0 A:0 B:0",
	"HALF 7 gross",
	"BRAZIL 13 gross",
	"HEAVY 90 gross",
	"DOUBLE 150",
	"TINY 0.05",
	"LONG 9.9876543",
	"SWISS 2.6",
	"CHEAP 2.5",
	"FREE 0",
	"ZERO 0 zeroRated",
	"EXEMPT 0 exempt",
	"OUTSIDE 0 outsideScope",
}

// PolicyOf draws the policy of a basket.
func PolicyOf() *rapid.Generator[basket.Policy] {
	return rapid.Custom(func(t *rapid.T) basket.Policy {
		p := basket.Policy{
			Level: pick(t, []basket.Level{basket.ByLine, basket.ByUnit, basket.ByRate, basket.ByDocument, basket.ByRunningTotal}, "level"),
			Rounding: tax.RoundTo(
				pick(t, []int{2, 2, 2, 0, 1, 3, 4}, "scale"),
				pick(t, []tax.Mode{tax.HalfUp, tax.HalfEven, tax.HalfDown, tax.Up, tax.Down}, "mode"),
			),
		}
		if chance(t, 30, "net first") && p.Level != basket.ByDocument {
			p.Rounding = p.Rounding.WithNetFirst(true)
		}
		p.EachComponent = !p.Rounding.NetFirst() && chance(t, 25, "each component")
		p.RoundReduced = chance(t, 20, "reduced price")
		if p.Level == basket.ByLine && !p.Rounding.NetFirst() && chance(t, 20, "tax in steps") {
			p.TaxStep = pick(t, []int64{5, 100}, "tax step")
		}
		if p.Level == basket.ByRate && !p.Rounding.NetFirst() && !p.EachComponent && chance(t, 40, "totals in steps") {
			p.TotalStep = pick(t, []int64{10, 100, 100, 7}, "step of totals")
			p.RoundGross = chance(t, 40, "round the gross")
		}
		if chance(t, 30, "coins") {
			p.Cash = basket.Cash{
				Step: pick(t, []int64{5, 10, 50, 100, 7, 1}, "step"),
				Mode: pick(t, []tax.Mode{tax.HalfUp, tax.HalfEven, tax.HalfDown, tax.Up, tax.Down}, "mode of coins"),
			}
			p.Cash.Step *= max(1, p.TotalStep)
		}
		return p
	})
}

// shopping is what the lines of one basket have in common.
type shopping struct {
	places  []tax.Place
	policy  basket.Policy
	classes []string
	names   []string
	kinds   int // 0: prices with the tax inside, 1: without, 2: both
}

func shoppingOf(t *rapid.T, policy basket.Policy, places []tax.Place) shopping {
	s := shopping{places: places, policy: policy, kinds: even(t, 3, "kinds")}
	for range 1 + even(t, 4, "classes") {
		s.classes = append(s.classes, strings.Fields(pick(t, shopClasses, "class"))[0])
	}
	return s
}

func (s shopping) class(t *rapid.T) string {
	class := pick(t, s.classes, "class")
	switch {
	case chance(t, 10, "by alias"):
		return "OLD_" + class
	case chance(t, 5, "default class"):
		return ""
	}
	return class
}

func (s shopping) includesTax(t *rapid.T) bool {
	return s.kinds == 0 || s.kinds == 2 && rapid.Bool().Draw(t, "includes tax")
}

func (s shopping) assertion(t *rapid.T) tax.Assertion {
	if !chance(t, 8, "asserted") {
		return tax.Assertion{}
	}
	return tax.Assertion{
		Treatment: pick(t, []tax.Treatment{tax.ReverseCharge, tax.Export, tax.Exempt, tax.Taxable}, "treatment"),
		Reason:    pick(t, []string{"for a reason", "for another"}, "reason"),
	}
}

// units draws an amount of low to high minor units.
func (s shopping) units(t *rapid.T, low, high int, label string) decimal.Decimal {
	return decimal.New(int64(low+even(t, high-low+1, label)), -s.policy.Rounding.Scale())
}

// BasketOf draws a basket for the shop at the first of some places, with lines that are
// taxed at others. Most of them can be priced under the policy.
func BasketOf(policy basket.Policy, places ...tax.Place) *rapid.Generator[basket.Basket] {
	return rapid.Custom(func(t *rapid.T) basket.Basket {
		s := shoppingOf(t, policy, places)
		var b basket.Basket
		for i := range linesOf(t) {
			b.Lines = append(b.Lines, s.line(t, i))
		}
		for i := range pick(t, []int{0, 0, 1, 1, 2}, "charges") {
			b.Charges = append(b.Charges, s.charge(t))
			s.names = append(s.names, cmp.Or(b.Charges[i].ID, "charge-"+strconv.Itoa(i+1)))
		}
		for i := range b.Lines {
			s.names = append(s.names, cmp.Or(b.Lines[i].ID, "line-"+strconv.Itoa(i+1)))
		}
		for range pick(t, []int{0, 0, 1, 1, 2}, "discounts") {
			b.Discounts = append(b.Discounts, s.discount(t))
		}
		s.paying(t, &b)
		return b
	})
}

func linesOf(t *rapid.T) int {
	if chance(t, 3, "no lines") {
		return 0
	}
	return 1 + even(t, pick(t, []int{2, 5, 5, 30}, "at most"), "lines")
}

func (s shopping) line(t *rapid.T, i int) basket.Line {
	l := basket.Line{
		Class: s.class(t), IncludesTax: s.includesTax(t), Assertion: s.assertion(t),
		Quantity: decimal.New(int64(1+even(t, 5, "quantity")), 0),
		Price:    s.units(t, 0, pick(t, []int{20, 300, 100000}, "dear"), "price"),
	}
	if chance(t, 20, "special") {
		l.Tax = s.taxation(t, l.IncludesTax)
		s.ofLine(t, &l)
	}
	if rapid.Bool().Draw(t, "named") {
		l.ID = "sku-" + strconv.Itoa(i)
	}
	whole := s.policy.Level == basket.ByUnit
	if !whole && chance(t, 25, "fraction") {
		l.Quantity = decimal.New(int64(1+even(t, 5000, "quantity")), -int32(1+even(t, 3, "decimals")))
	}
	switch {
	case chance(t, 15, "per line"):
		l.PriceIsTotal = true
	case chance(t, 25, "finer") && !(whole && s.policy.Rounding.NetFirst()):
		l.Price = l.Price.Add(decimal.New(int64(even(t, 1000, "digits")), -s.policy.Rounding.Scale()-3))
	}
	if chance(t, 12, "taken back") {
		l.Quantity = l.Quantity.Neg()
	}
	switch {
	case chance(t, 3, "enormous"):
		// Amounts of which intermediate results, and sometimes the total, take more
		// than 64 bits.
		l.Price = l.Price.Mul(decimal.New(int64(1+even(t, 1000, "digits")), int32(7+even(t, 8, "zeros"))))
	case chance(t, 3, "long"):
		if !l.PriceIsTotal && !(whole && s.policy.Rounding.NetFirst()) {
			l.Price = l.Price.Add(decimal.New(int64(even(t, 1<<30, "digits")), -s.policy.Rounding.Scale()-14))
		}
	}
	if !l.PriceIsTotal && chance(t, 10, "of many units") {
		l.Per = pick(t, []decimal.Decimal{decimal.New(3, 0), decimal.New(1000, 0), decimal.New(25, -1)}, "per")
	}
	if chance(t, 4, "free") {
		l.Price = decimal.Decimal{}
	}
	if l.Quantity.Exponent() == 0 && chance(t, 30, "as integers") {
		l.Quantity, l.Count = decimal.Decimal{}, l.Quantity.CoefficientInt64()
		if l.Price.Exponent() == -s.policy.Rounding.Scale() {
			l.Price, l.PriceMinor = decimal.Decimal{}, l.Price.CoefficientInt64()
		}
	}
	most := l.Price.Abs().Shift(s.policy.Rounding.Scale()).IntPart() / 4
	for range pick(t, []int{0, 0, 0, 1, 2}, "own discounts") {
		l.Discounts = append(l.Discounts, s.percentOrAmount(t, most))
	}
	if len(l.Discounts) > 0 && !l.PriceIsTotal && l.Per.Sign() == 0 && chance(t, 40, "of each unit") {
		l.Discounts[0].EachUnit = true
	}
	for range pick(t, []int{0, 0, 0, 0, 1, 2}, "own charges") {
		d := s.percentOrAmount(t, max(most, 4))
		l.Charges = append(l.Charges, basket.Charge{ID: d.ID, Reason: "freight", Code: "FC", Amount: d.Amount, Percent: d.Percent})
	}
	return l
}

func (s shopping) percentOrAmount(t *rapid.T, most int64) basket.Discount {
	d := basket.Discount{ID: pick(t, []string{"", "COUPON"}, "id")}
	if chance(t, 40, "amount") && most > 0 {
		d.Amount = s.units(t, 1, int(min(most, 5000)), "amount")
		return d
	}
	d.Percent = pick(t, []decimal.Decimal{tax.MustPercent("5"), tax.MustPercent("10"), tax.MustPercent("33.3"), tax.MustPercent("50"),
		tax.MustPercent("12.125"), tax.MustPercent("100")}, "percent")
	return d
}

func (s shopping) discount(t *rapid.T) basket.Discount {
	d := s.percentOrAmount(t, int64(pick(t, []int{3, 30, 300}, "most")))
	d.Spread, d.Optional = basket.Spread(even(t, 4, "spread")), chance(t, 80, "optional")
	if d.Spread == basket.FixedClass {
		d.Class = s.class(t)
	}
	s.ofBasket(t, &d)
	return d
}

func (s shopping) charge(t *rapid.T) basket.Charge {
	c := basket.Charge{
		ID:          pick(t, []string{"", "shipping", "shipping", "wrapping"}, "id"),
		Amount:      s.units(t, 0, pick(t, []int{9, 995}, "dear"), "amount"),
		IncludesTax: s.includesTax(t),
		Spread:      basket.Spread(even(t, 4, "spread")),
		Allowance:   chance(t, 20, "allowance"),
	}
	if c.Spread == basket.FixedClass {
		c.Class, c.Assertion = s.class(t), s.assertion(t)
		if chance(t, 15, "special") {
			c.Tax = s.taxation(t, c.IncludesTax)
		}
	}
	if !c.Allowance && chance(t, 10, "taken back") {
		c.Amount = c.Amount.Neg()
	}
	return c
}
