package basket

import (
	"math/big"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// eachComponent computes the tax of every position component by component, each rounded
// at the level of the policy as if it were the only tax.
func (p *Priced) eachComponent() error {
	most := 1
	for i := range p.rates.slots {
		most = max(most, len(p.rates.slots[i].charged()))
	}
	sums := make([]int64, len(p.positions))
	p.parts = make([][]int64, most)
	for k := range most {
		for g := range p.rates.groups {
			p.rates.groups[g].only(k)
		}
		if err := p.levelTax(); err != nil {
			return err
		}
		p.parts[k] = make([]int64, len(p.positions))
		for i := range p.positions {
			var ok bool
			if sums[i], ok = exact.Add(sums[i], p.positions[i].tax); !ok {
				return tooLarge(p.path(i))
			}
			p.parts[k][i] = p.positions[i].tax
		}
	}
	for g := range p.rates.groups {
		p.rates.groups[g].only(-1)
	}
	for i, sum := range sums {
		p.positions[i].tax = sum
	}
	return nil
}

// only makes a group charge one of its components alone; with -1, all of them. A group
// without components has one.
func (g *group) only(k int) {
	g.each.part = nil
	whole := [2]exact.WideRatio{g.wide(0), g.wide(1)}
	if k >= 0 {
		part, all := big.NewInt(1), big.NewInt(1)
		if sum := sumOfInts(g.each.weights); sum.Sign() != 0 {
			all = sum
			part = new(big.Int)
			if k < len(g.each.weights) {
				part = g.each.weights[k]
			}
		} else if k > 0 {
			part = new(big.Int)
		}
		for kind := range whole {
			whole[kind].Num = new(big.Int).Mul(whole[kind].Num, part)
			whole[kind].Den = new(big.Int).Mul(whole[kind].Den, all)
		}
		g.each.part = &whole
	}
	for kind := range whole {
		g.share[kind] = narrow(whole[kind])
	}
}

// narrow returns a ratio in 64 bits, or none if it does not fit.
func narrow(w exact.WideRatio) exact.Ratio {
	r := new(big.Rat).SetFrac(w.Num, w.Den)
	if !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return exact.Ratio{}
	}
	return exact.Ratio{Num: r.Num().Uint64(), Den: r.Denom().Uint64()}
}

// weightsOfTaxes returns the weights by which components share their tax.
func weightsOfTaxes(list []tax.Component) []*big.Int {
	return exact.Weights(len(list), componentsFrom(list))
}

// sameComponents reports whether two rates have the same components.
func sameComponents(a, b []tax.Component) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Code != b[i].Code || a[i].Compound != b[i].Compound || !a[i].Percent.Equal(b[i].Percent) {
			return false
		}
	}
	return true
}

// rowComponents replaces the components of the rows by the sums of those of their
// positions.
func (p *Priced) rowComponents(totals []Total) {
	for i := range totals {
		for k := range totals[i].Components {
			totals[i].Components[k].Amount = 0
		}
	}
	for k, taxes := range p.parts {
		for i, amount := range taxes {
			if list := totals[p.rates.slots[p.positions[i].slot].row].Components; k < len(list) {
				list[k].Amount += amount
			}
		}
	}
}

// stepTax returns the tax of an amount, rounded to a multiple of a step.
func (g *group) stepTax(mode exact.Mode, step, given int64, gross bool) (int64, bool) {
	w, by := g.wide(kindOf(gross)), big.NewInt(step)
	steps := mode.WideScaled(big.NewInt(given), 0, w.Num, new(big.Int).Mul(w.Den, by))
	steps.Mul(steps, by)
	return steps.Int64(), steps.IsInt64()
}
