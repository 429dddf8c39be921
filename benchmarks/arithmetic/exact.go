package arithmetic

import (
	"cmp"
	"math/big"
	"slices"
)

// Gross returns the gross amount of a net price, rounded half up.
func (p Price) Gross() int64 { return rounded(product(p.Minor, hundred+Rates[p.Class]), hundred) }

// Net returns the net amount of a gross price, rounded half up. With these rates
// there are no ties, so that rounding the tax gives the same result.
func (p Price) Net() int64 { return rounded(product(p.Minor, hundred), hundred+Rates[p.Class]) }

// taxOn returns the tax on an amount of minor units, times hundred, exactly.
func taxOn(net int64, class int) *big.Int { return product(net, Rates[class]) }

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

// rounded returns num / den, which is not negative, rounded half up:
// (2 num + den) / (2 den), cut off.
func rounded(num *big.Int, den int64) int64 {
	twice := new(big.Int).Lsh(num, 1)
	return twice.Add(twice, big.NewInt(den)).Quo(twice, big.NewInt(2*den)).Int64()
}

// Level says for which amounts the tax is rounded.
type Level int

// The levels.
const (
	ByLine Level = iota
	ByRate
	ByDocument
)

// EveryLine returns net, tax and gross of each line, and then of the total. The tax
// of every line is rounded half up.
func EveryLine(lines []Line) []int64 {
	all := make([]int64, 0, 3*len(lines)+3)
	var net, taxes int64
	for _, l := range lines {
		n := l.Minor * l.Count
		t := rounded(taxOn(n, l.Class), hundred)
		all = append(all, n, t, n+t)
		net, taxes = net+n, taxes+t
	}
	return append(all, net, taxes, net+taxes)
}

// Total returns net, tax and gross of a whole basket.
func Total(lines []Line, level Level) []int64 {
	if level == ByLine {
		all := EveryLine(lines)
		return all[len(all)-3:]
	}
	var nets [len(Rates)]int64
	for _, l := range lines {
		nets[l.Class] += l.Minor * l.Count
	}
	var net, taxes int64
	exact := new(big.Int)
	for class, n := range nets {
		net += n
		taxes += rounded(taxOn(n, class), hundred)
		exact.Add(exact, taxOn(n, class))
	}
	if level == ByDocument {
		taxes = rounded(exact, hundred)
	}
	return []int64{net, taxes, net + taxes}
}

// percentOff is the discount on the whole basket.
const percentOff = 10

// Discounted returns net, tax and gross of a basket with the discount, which is
// divided among the lines in proportion. Each share is rounded toward zero; the
// minor units that are left go, one each, to the largest remainders, and of equal
// ones to the first. The tax of every line is rounded half up.
func Discounted(lines []Line) []int64 {
	var whole int64
	for _, l := range lines {
		whole += l.Minor * l.Count
	}
	off := rounded(product(whole, percentOff), 100)
	nets, rests := make([]int64, len(lines)), make([]*big.Int, len(lines))
	order := make([]int, len(lines))
	left := off
	for i, l := range lines {
		net := l.Minor * l.Count
		share, rest := new(big.Int), new(big.Int)
		share.QuoRem(product(off, net), big.NewInt(whole), rest)
		nets[i], rests[i], order[i] = net-share.Int64(), rest, i
		left -= share.Int64()
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(rests[j].Cmp(rests[i]), cmp.Compare(i, j)) })
	for _, i := range order[:left] {
		nets[i]--
	}
	var taxes int64
	for i, l := range lines {
		taxes += rounded(taxOn(nets[i], l.Class), hundred)
	}
	return []int64{whole - off, taxes, whole - off + taxes}
}
