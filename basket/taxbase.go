package basket

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// TaxBase is the amount that is taxed (part of BT-116) if it is not the price of the line after all
// discounts. It includes tax if the price does. At most one field is set; for goods that
// are taken back, amounts are negative.
type TaxBase struct {
	// Less is an amount that is not taxed, such as the cost of used goods of which only
	// the margin is taxed. The base is at least 0.
	Less decimal.Decimal `json:"less,omitzero"`
	// LessPercent is a percentage of the price that is not taxed, such as the reduction for
	// early payment. It is rounded to minor units.
	LessPercent decimal.Decimal `json:"lessPercent,omitzero"`
	// UpTo is the amount up to which the price is taxed.
	UpTo decimal.Decimal `json:"upTo,omitzero"`
	// Amount is taxed instead of the price, such as the value of a gift. It is an amount
	// without tax, and so must the price be.
	Amount decimal.Decimal `json:"amount,omitzero"`
}

// fields are the values of a base, of which one may be set.
func (b *TaxBase) fields() [4]decimal.Decimal {
	return [...]decimal.Decimal{b.Less, b.LessPercent, b.UpTo, b.Amount}
}

// isZero reports whether the price itself is taxed.
func (b *TaxBase) isZero() bool {
	return b.Less.Sign() == 0 && b.LessPercent.Sign() == 0 && b.UpTo.Sign() == 0 && b.Amount.Sign() == 0
}

// isAbsent reports whether all fields are left out: 0 without an exponent to check.
func (b *TaxBase) isAbsent() bool {
	return b.isZero() && b.Less.Exponent()|b.LessPercent.Exponent()|b.UpTo.Exponent()|b.Amount.Exponent() == 0
}

var taxBaseNames = [...]string{"less", "lessPercent", "upTo", "amount"}

// check refuses a base with several values, or with one that is none.
func (b *TaxBase) check(p *Policy, includesTax bool) *fault {
	if b.isAbsent() || b.isZero() && exact.Within(b.Less) && exact.Within(b.LessPercent) && exact.Within(b.UpTo) && exact.Within(b.Amount) {
		return nil
	}
	set := false
	if includesTax && b.Amount.Sign() != 0 {
		return &fault{"tax.base.amount", exact.Describe(b.Amount), "not allowed with a price that includes tax: pass both without tax"}
	}
	for i, d := range b.fields() {
		var f *fault
		switch {
		case !exact.Within(d):
			f = &fault{"", exact.Describe(d), exact.Bounds}
		case d.Sign() == 0:
			continue
		case d.Sign() < 0:
			f = &fault{"", exact.Format(d), "negative: the sign is that of the line"}
		case set:
			f = &fault{"", exact.Format(d), "given together with another base: use one of them"}
		case taxBaseNames[i] == "lessPercent":
			_, f = p.portion(0, d)
		default:
			_, f = p.minor("", d)
		}
		if f != nil {
			f.field = "tax.base." + taxBaseNames[i]
			return f
		}
		set = true
	}
	return nil
}

// of returns the base of a line that costs an amount. back says that it takes goods back.
// The base has been checked.
func (b *TaxBase) of(p *Policy, given int64, back bool) int64 {
	size, sign := given, int64(1)
	if given < 0 || given == 0 && back {
		size, sign = -given, -1
	}
	amount := func(d decimal.Decimal) int64 {
		units, _ := p.minor("", d)
		return units
	}
	switch {
	case b.Less.Sign() != 0:
		size = max(size-amount(b.Less), 0)
	case b.LessPercent.Sign() != 0:
		off, _ := p.portion(size, b.LessPercent)
		size -= off
	case b.UpTo.Sign() != 0:
		size = min(size, amount(b.UpTo))
	case b.Amount.Sign() != 0:
		size = amount(b.Amount)
	}
	return sign * size
}

// isBack reports whether a line takes goods back.
func (l *Line) isBack() bool { return l.Count < 0 || l.Quantity.Sign() < 0 }

// base returns the amount of a position that is taxed.
func (p *Priced) base(i int) int64 {
	at := &p.positions[i]
	if !at.based {
		return at.given
	}
	l := &p.basket.Lines[i]
	return l.Tax.Base.of(&p.policy, at.given, l.isBack())
}

// ResultBase is the tax base of a line and what it came to.
type ResultBase struct {
	// Less, LessPercent, UpTo and Amount are those of the [TaxBase], as exact text.
	Less        string `json:"less,omitempty"`
	LessPercent string `json:"lessPercent,omitempty"`
	UpTo        string `json:"upTo,omitempty"`
	Amount      string `json:"amount,omitempty"`
	// Taxed is the amount that was taxed, in minor units. It includes tax if the price of
	// the line does.
	Taxed int64 `json:"taxed"`
}

// result returns the base as data.
func (b *TaxBase) result(taxed int64) ResultBase {
	var texts [4]string
	for i, d := range b.fields() {
		if d.Sign() != 0 {
			texts[i] = exact.Format(d)
		}
	}
	return ResultBase{texts[0], texts[1], texts[2], texts[3], taxed}
}

// ClassUpTo is one step of a rule that chooses the class of a line by the price of a piece.
type ClassUpTo struct {
	// UpTo is the highest price of a piece in the class. Only the last step of a rule has
	// none: it is for all other prices.
	UpTo decimal.Decimal `json:"upTo,omitzero"`
	// Class is the code of the class.
	Class string `json:"class"`
}

// ResultClassUpTo is a [ClassUpTo] in a result.
type ResultClassUpTo struct {
	// UpTo is exact text, empty for the last step.
	UpTo string `json:"upTo,omitempty"`
	// Class is the code of the class.
	Class string `json:"class"`
}

// resultSteps returns a rule as data.
func resultSteps(steps []ClassUpTo) []ResultClassUpTo {
	var list []ResultClassUpTo
	for _, step := range steps {
		text := ""
		if step.UpTo.Sign() != 0 {
			text = exact.Format(step.UpTo)
		}
		list = append(list, ResultClassUpTo{text, step.Class})
	}
	return list
}

// chosen returns the class of a line by the price of a piece: what the line costs after its
// own discounts and charges, as it was given and whatever tax that includes, by the
// quantity. It compares exactly.
func (p *Policy) chosen(l *Line) (string, *fault) {
	steps := l.Tax.ClassByPrice
	if f := wrongStep(steps); f != nil {
		return "", f
	}
	if l.Class != "" {
		return "", &fault{"class", l.Class, "given together with a rule that chooses the class: use one of them"}
	}
	unit := l
	if l.reducesUnit() {
		reduced := *l
		if f := p.reduceUnit(&reduced, nil); f != nil {
			return "", f
		}
		unit = &reduced
	}
	given, f := p.subtotal(unit)
	if f == nil {
		given, f = p.reduced(l, given)
	}
	if f != nil {
		return "", f
	}
	quantity, _ := l.quantity() // subtotal has read it without a fault
	last := len(steps) - 1
	for _, step := range steps[:last] {
		if p.isUpTo(given, step.UpTo, quantity) {
			return step.Class, nil
		}
	}
	return steps[last].Class, nil
}

// wrongStep returns what is wrong with a rule, also after the step that decides: otherwise a
// wrong rule would be right for some prices.
func wrongStep(steps []ClassUpTo) *fault {
	var before decimal.Decimal
	for i, step := range steps {
		reason := ""
		switch last := i == len(steps)-1; {
		case !exact.Within(step.UpTo):
			reason = exact.Bounds
		case last != (step.UpTo.Sign() == 0):
			reason = "not allowed: the last step has none, and all others have one"
		case !last && !before.LessThan(step.UpTo):
			reason = "out of range: larger than 0, and than that of the step before"
		}
		if reason != "" {
			return &fault{fmt.Sprintf("tax.classByPrice[%d].upTo", i), exact.Describe(step.UpTo), reason}
		}
		before = step.UpTo
	}
	return nil
}

// isUpTo reports whether a quantity costs at most a price for each piece.
func (p *Policy) isUpTo(given int64, upTo, quantity decimal.Decimal) bool {
	most, ok1 := exact.Small(upTo)
	n, ok2 := exact.Small(quantity)
	shift := int(upTo.Exponent() + quantity.Exponent() + p.Rounding.Scale())
	size, ok3 := exact.Shifted(given, max(-shift, 0))
	limit, ok4 := exact.Mul(most, n)
	if ok4 {
		limit, ok4 = exact.Shifted(limit, max(shift, 0))
	}
	if ok1 && ok2 && ok3 && ok4 {
		return exact.Magnitude(size) <= exact.Magnitude(limit)
	}
	return exact.Decimal(given, p.Rounding.Scale()).Abs().LessThanOrEqual(upTo.Mul(quantity.Abs()))
}
