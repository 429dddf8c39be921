package proof

import (
	"slices"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax/basket"
	"pgregory.net/rapid"
)

// taxation draws what is special about the tax of a line or of a charge.
func (s shopping) taxation(t *rapid.T, includesTax bool) *basket.Taxation {
	special := &basket.Taxation{}
	if chance(t, 40, "elsewhere") {
		special.Place = pick(t, s.places, "place")
	}
	switch kind := even(t, 6, "special"); {
	case kind == 0 && includesTax:
		special.KeepGross = true
	case kind == 1 && includesTax && chance(t, 50, "included"): // most classes do not have the component
		special.IncludedComponents = []string{pick(t, []string{"GST", "CGST", "IVA", "A"}, "component")}
	case kind == 2 && includesTax:
		rate, err := s.places[0].Rate(s.class(t))
		if err != nil {
			t.Fatal(err)
		}
		special.Included = rate
	case kind == 3 && chance(t, 60, "exempt"):
		special.Exemption = basket.Exemption{Components: []string{pick(t, []string{"GST", "CGST", "IVA", "A"}, "component")}, Reason: "told"}
	case kind == 5:
		special.SellerBears = chance(t, 50, "borne")
	case kind == 4 && chance(t, 30, "code"):
		special.Exemption = basket.Exemption{Code: "VATEX-EU-IC"}
	}
	return special
}

// ofLine draws what only a line can have.
func (s shopping) ofLine(t *rapid.T, l *basket.Line) {
	amount := s.units(t, 1, 3000, "base")
	switch even(t, 7, "base") {
	case 0:
		l.Tax.Base.Less = amount
	case 1:
		l.Tax.Base.LessPercent = decimal.New(int64(1+even(t, 500, "percent")), -1)
	case 2:
		l.Tax.Base.UpTo = amount
	case 3:
		if !l.IncludesTax {
			l.Tax.Base.Amount = amount
		}
	case 4:
		l.Class = ""
		l.Tax.ClassByPrice = []basket.ClassUpTo{{UpTo: amount, Class: s.class(t)}, {Class: s.class(t)}}
		if chance(t, 30, "third step") { // a wrong one now and then
			next := basket.ClassUpTo{UpTo: amount.Add(decimal.New(int64(even(t, 30, "step")-3), 0)), Class: s.class(t)}
			l.Tax.ClassByPrice = slices.Insert(l.Tax.ClassByPrice, 1, next)
		}
	}
}

// ofBasket draws what only a discount of the basket can have.
func (s shopping) ofBasket(t *rapid.T, d *basket.Discount) {
	if d.Amount.Sign() != 0 {
		d.AtMost = chance(t, 30, "at most")
		if chance(t, 30, "amount of a kind") {
			d.AmountTax = pick(t, []basket.AmountTax{basket.WithTax, basket.WithoutTax}, "kind of amount")
		}
	}
	if d.Spread != basket.ProRata {
		return
	}
	if chance(t, 10, "after tax") {
		*d = basket.Discount{ID: d.ID, Percent: d.Percent, Amount: d.Amount, AtMost: d.AtMost, AfterTax: true}
		return
	}
	if len(s.names) == 0 {
		return
	}
	switch even(t, 6, "chosen") {
	case 0:
		d.Only = []string{pick(t, s.names, "only")}
	case 1:
		d.Except = []string{pick(t, s.names, "except")}
	}
	d.Charges = chance(t, 30, "charges")
}

// paying draws how a basket is paid.
func (s shopping) paying(t *rapid.T, b *basket.Basket) {
	if chance(t, 20, "prepaid") {
		b.Prepaid = s.units(t, 1, 5000, "prepaid")
	}
	if chance(t, 20, "withheld") {
		b.Withheld = []basket.Withholding{{ID: "IRPF", Percent: decimal.New(int64(even(t, 1000, "percent")), -1)}}
	}
	if chance(t, 20, "accounting") {
		b.Accounting = &basket.Accounting{
			Currency: pick(t, []string{"NOK", "JPY", "KWD"}, "currency"), Rate: decimal.New(int64(1+even(t, 100000, "rate")), -3),
		}
	}
}
