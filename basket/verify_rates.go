package basket

import (
	"math/big"
	"strconv"

	"github.com/taxresolve/tax"
)

// auditRate is an explained rate of the result, as numbers.
type auditRate struct {
	row, group int
	// components are the weights by which its components share the tax.
	components []*big.Int
}

// auditGroup is everything with the same tax, percentage and treatment.
type auditGroup struct {
	// share is the ratio of the tax to prices without tax and to prices with tax.
	share [2]fraction
}

// groupKey and rowKey identify groups and rows. percent is written so that
// equal numbers are equal texts.
type groupKey struct {
	territory    tax.Location // zero for that of the result
	tax, percent string
	ofGross      bool
	treatment    tax.Treatment
}

type rowKey struct {
	groupKey
	class   string
	without string // the components that are not charged
}

// splitOf returns a text that is the same for rates with the same components.
func splitOf(e *tax.Explanation) string {
	text := ""
	for _, c := range e.Components {
		percent := c.Percent
		if n, ok := readNumber(percent); ok {
			percent = n.coefficient.String() + "e-" + itoa(int64(n.scale))
		}
		text += strconv.Quote(c.Code) + percent
		if compound := c.Compound; compound {
			text += "c"
		}
	}
	return text
}

// keyOf returns the key of a row of the totals.
func keyOf(t *Total) (key rowKey, percent number, ok bool) {
	percent, ok = readNumber(t.Percent)
	if !ok {
		return key, percent, false
	}
	text := percent.coefficient.String() + "e-" + itoa(int64(percent.scale))
	return rowKey{groupKey{t.Location, t.TaxCode, text, t.OfGross, t.Treatment}, t.Class, t.Without}, percent, true
}

// readRates reads the explanations of the rates.
func (v *audit) readRates() {
	v.rates = make([]auditRate, len(v.sale.Rates))
	v.rows = map[rowKey]int{}
	groups, without := map[rowKey]int{}, v.sale.without()
	for i := range v.sale.Rates {
		e := &v.sale.Rates[i]
		key, percent, ok := keyOf(v.sale.rowOf(i, without[i]))
		if !ok || percent.cmp(0) < 0 || e.OfGross && percent.cmp(100) >= 0 {
			v.unreadable("rates[%d].percent", i)
			continue
		}
		if _, err := e.Treatment.MarshalText(); err != nil {
			v.unreadable("rates[%d].treatment", i)
			continue
		}
		if e.Treatment != tax.Taxable && percent.cmp(0) != 0 {
			v.expectBig(LawTreatments, new(big.Int), percent.fraction(0).rounded(tax.Up), "rates[%d].percent", i)
			percent = number{coefficient: new(big.Int)}
		}
		r := &v.rates[i]
		group := rowKey{groupKey: key.groupKey}
		if v.sale.Policy.EachComponent {
			group.without = splitOf(e)
		}
		if r.group, ok = groups[group]; !ok {
			r.group = len(v.groups)
			groups[group] = r.group
			v.groups = append(v.groups, newAuditGroup(percent, e.OfGross))
		}
		if r.row, ok = v.rows[key]; !ok {
			r.row = len(v.rows)
			v.rows[key] = r.row
			v.first = append(v.first, i)
		}
		v.readComponents(i)
	}
}

func newAuditGroup(percent number, ofGross bool) auditGroup {
	part := percent.fraction(-2)
	if ofGross {
		return auditGroup{[2]fraction{{part.num, part.rest().num}, part}}
	}
	return auditGroup{[2]fraction{part, {part.num, new(big.Int).Add(part.den, part.num)}}}
}

// maxComponentBits bounds the numbers that compound components multiply to.
const maxComponentBits = 8192

// readComponents computes the weights by which the components of a rate share
// its tax: their percentages of the net price, at one scale. A compound
// component is a percentage of the net price plus all components before it.
func (v *audit) readComponents(i int) {
	parts := v.sale.Rates[i].Components
	percents := make([]number, len(parts))
	total := number{coefficient: new(big.Int)}
	for n, c := range parts {
		p, ok := readNumber(c.Percent)
		if !ok || p.cmp(0) < 0 || total.coefficient.BitLen() > maxComponentBits {
			v.unreadable("rates[%d].components[%d].percent", i, n)
			return
		}
		if c.Compound {
			above := p.times(total)
			above.scale += 2
			p = p.plus(above)
		}
		percents[n], total = p, total.plus(p)
	}
	for _, p := range percents {
		v.rates[i].components = append(v.rates[i].components, p.at(total.scale))
	}
}
