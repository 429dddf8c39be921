package basket

import (
	"math/big"

	"github.com/taxresolve/tax"
)

// bigSum is a sum of Sums.
type bigSum struct{ net, tax, gross big.Int }

func (b *bigSum) add(s Sum) {
	b.net.Add(&b.net, big.NewInt(s.Net))
	b.tax.Add(&b.tax, big.NewInt(s.Tax))
	b.gross.Add(&b.gross, big.NewInt(s.Gross))
}

// expectSum compares all three amounts of a Sum.
func (v *audit) expectSum(law Law, want *bigSum, got Sum, path string, at ...int) {
	v.expect(law, &want.net, got.Net, path+".net", at...)
	v.expect(law, &want.tax, got.Tax, path+".tax", at...)
	v.expect(law, &want.gross, got.Gross, path+".gross", at...)
}

// adds checks that net + tax = gross.
func (v *audit) adds(s Sum, path string, at ...int) {
	gross := new(big.Int).Add(big.NewInt(s.Net), big.NewInt(s.Tax))
	v.expect(LawSum, gross, s.Gross, path, at...)
}

// sums checks the sums that need no rates: net + tax = gross, charges are the
// sums of their parts, and the total is the sum of its rows.
func (v *audit) sums() {
	for i := range v.sale.Lines {
		v.adds(v.sale.Lines[i].Sum, "lines[%d].gross", i)
	}
	for c := range v.sale.Charges {
		charge := &v.sale.Charges[c]
		var sum bigSum
		for n := range charge.Parts {
			v.adds(charge.Parts[n].Sum, "charges[%d].parts[%d].gross", c, n)
			sum.add(charge.Parts[n].Sum)
		}
		v.adds(charge.Sum, "charges[%d].gross", c)
		v.expectSum(LawCharge, &sum, charge.Sum, "charges[%d]", c)
	}
	var total bigSum
	for i := range v.sale.Totals {
		v.adds(v.sale.Totals[i].Sum, "totals[%d].gross", i)
		total.add(v.sale.Totals[i].Sum)
	}
	v.adds(v.sale.Total, "total.gross")
	v.expectSum(LawTotals, &total, v.sale.Total, "total")
}

// totals checks that each rate has a row, that the rows are the sums of their
// items, and that the components share the tax.
func (v *audit) totals() {
	sums := make([]bigSum, len(v.rows))
	for i := range v.items {
		sums[v.rates[v.items[i].rate].row].add(*v.items[i].sum)
	}
	wants := v.roundedRows(sums)
	v.rowAt = make([]int, len(v.rows))
	for row := range v.rowAt {
		v.rowAt[row] = -1
	}
	for i := range v.sale.Totals {
		t := &v.sale.Totals[i]
		row, ok := v.rowOf(t)
		if !ok {
			v.expectCount(LawTreatments, 0, 1, "totals[%d]", i)
			continue
		}
		if v.rowAt[row] >= 0 {
			v.expectCount(LawTreatments, 1, 2, "totals[%d]", i)
			continue
		}
		v.rowAt[row] = i
		if v.untaxed(row) {
			v.expect(LawTreatments, new(big.Int), t.Tax, "totals[%d].tax", i)
		}
		v.expectSum(LawTotals, &wants[row], t.Sum, "totals[%d]", i)
		v.expectSum(LawTotals, wants[row].minus(&sums[row]), t.Rounding, "totals[%d].rounding", i)
		weights := v.rates[v.first[row]].components
		if v.sameComponents(row, t, "totals[%d].components", i) {
			wants := v.apportionSteps(big.NewInt(t.Tax), weights)
			if v.sale.Policy.EachComponent {
				wants = v.partSums[row]
			}
			for k, want := range wants {
				v.expect(LawComponents, want, t.Components[k].Amount, "totals[%d].components[%d].amount", i, k)
			}
		}
	}
	for row, at := range v.rowAt {
		if at < 0 {
			v.expectCount(LawTreatments, 1, 0, "rates[%d]", v.first[row])
		}
	}
}

// rowOf returns the row of a rate of the sale that a row of totals stands for.
func (v *audit) rowOf(t *Total) (row int, ok bool) {
	key, _, ok := keyOf(t)
	if ok {
		row, ok = v.rows[key]
	}
	return row, ok
}

// untaxed reports whether a row is not taxable.
func (v *audit) untaxed(row int) bool {
	return v.sale.Rates[v.first[row]].Treatment != tax.Taxable
}

// sameComponents checks that a row has the components of its rate.
func (v *audit) sameComponents(row int, t *Total, path string, at ...int) bool {
	parts := v.sale.Rates[v.first[row]].Components
	if len(t.Components) != len(parts) {
		v.expectCount(LawComponents, len(parts), len(t.Components), path, at...)
		return false
	}
	for k := range parts {
		if t.Components[k].Code != parts[k].Code {
			v.unreadable(path+"[%d].code", append(at, k)...)
			return false
		}
	}
	return true
}

// cash returns the payable amount for a gross amount.
func (v *audit) cash(gross *big.Int) *big.Int {
	c := v.sale.Policy.Cash
	if c.Step == 0 {
		return gross
	}
	step := big.NewInt(c.Step)
	steps := fraction{gross, step}.rounded(c.Mode)
	return steps.Mul(steps, step)
}
