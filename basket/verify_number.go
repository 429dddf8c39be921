package basket

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// number is a decimal of a result: coefficient / 10^scale. It has no trailing
// zeros after the decimal point, so that equal numbers look the same.
type number struct {
	coefficient *big.Int
	scale       int
}

// maxNumberText is far longer than any number of a real result, and short
// enough to keep the arithmetic fast.
const maxNumberText = 200

// readNumber reads digits, with an optional minus sign and optional decimals.
func readNumber(text string) (n number, ok bool) {
	if len(text) > maxNumberText {
		return n, false
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, decimals, point := strings.Cut(digits, ".")
	if whole == "" || point && decimals == "" || strings.Trim(whole+decimals, "0123456789") != "" {
		return n, false
	}
	decimals = strings.TrimRight(decimals, "0")
	n.coefficient, ok = new(big.Int).SetString(whole+decimals, 10)
	n.scale = len(decimals)
	if negative {
		n.coefficient.Neg(n.coefficient)
	}
	return n, ok
}

// readPortion reads the percentage of a discount, 0 to 100.
func readPortion(text string) (percent number, ok bool) {
	percent, ok = readNumber(text)
	return percent, ok && percent.cmp(0) >= 0 && percent.cmp(100) <= 0
}

// fraction returns the number times 10^shift.
func (n number) fraction(shift int) fraction {
	return fraction{n.coefficient, bigOne}.shifted(shift - n.scale)
}

func (n number) cmp(whole int64) int {
	return n.coefficient.Cmp(fraction{big.NewInt(whole), bigOne}.shifted(n.scale).num)
}

// at returns the coefficient at a larger scale.
func (n number) at(scale int) *big.Int {
	return fraction{n.coefficient, bigOne}.shifted(scale - n.scale).num
}

func (n number) plus(o number) number {
	scale := max(n.scale, o.scale)
	return number{new(big.Int).Add(n.at(scale), o.at(scale)), scale}
}

func (n number) times(o number) number {
	return number{new(big.Int).Mul(n.coefficient, o.coefficient), n.scale + o.scale}
}

// fraction is a rational number, not reduced; den is positive. The big integers
// are shared, so they are never modified.
type fraction struct{ num, den *big.Int }

var bigOne = big.NewInt(1)

func zeros(n int) []*big.Int {
	list := make([]*big.Int, n)
	for i := range list {
		list[i] = new(big.Int)
	}
	return list
}

func whole(n int64) fraction { return fraction{big.NewInt(n), bigOne} }

// times multiplies by a whole number.
func (f fraction) times(n *big.Int) fraction { return fraction{new(big.Int).Mul(f.num, n), f.den} }

func (f fraction) product(o fraction) fraction {
	return fraction{new(big.Int).Mul(f.num, o.num), new(big.Int).Mul(f.den, o.den)}
}

func (f fraction) plus(o fraction) fraction {
	a, b := new(big.Int).Mul(f.num, o.den), new(big.Int).Mul(o.num, f.den)
	return fraction{a.Add(a, b), new(big.Int).Mul(f.den, o.den)}
}

// rest returns 1 minus the fraction.
func (f fraction) rest() fraction { return fraction{new(big.Int).Sub(f.den, f.num), f.den} }

// shifted multiplies by a power of ten.
func (f fraction) shifted(n int) fraction {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return fraction{f.num, new(big.Int).Mul(f.den, power)}
	}
	return f.times(power)
}

// cmp compares two fractions. Those of one list mostly share a denominator.
func (f fraction) cmp(o fraction) int {
	if f.den == o.den {
		return f.num.Cmp(o.num)
	}
	return new(big.Int).Mul(f.num, o.den).Cmp(new(big.Int).Mul(o.num, f.den))
}

// rounded rounds the fraction to an integer. Verify shares no code with Price
// except this: there is only one function that rounds.
func (f fraction) rounded(mode tax.Mode) *big.Int {
	return exact.Mode(mode).Quotient(f.num, f.den)
}

// sumOf adds fractions in pairs, so that numbers grow slowly even if all
// denominators differ.
func sumOf(list []fraction) fraction {
	switch len(list) {
	case 0:
		return whole(0)
	case 1:
		return list[0]
	}
	return sumOf(list[:len(list)/2]).plus(sumOf(list[len(list)/2:]))
}

// settle makes integers of fractions, so that they sum to a total. Each
// fraction is cut off toward zero; the units that are left go one each to the
// largest remainders of their sign, the first of equals first.
func settle(total *big.Int, list []fraction) []*big.Int {
	parts, rests := make([]*big.Int, len(list)), make([]fraction, len(list))
	left := new(big.Int).Set(total)
	for i, f := range list {
		var rest *big.Int
		parts[i], rest = new(big.Int).QuoRem(f.num, f.den, new(big.Int))
		rests[i] = fraction{rest, f.den}
		left.Sub(left, parts[i])
	}
	sign := left.Sign()
	if sign == 0 {
		return parts
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(sign*rests[j].cmp(rests[i]), i-j)
	})
	for _, i := range order {
		if left.Sign() == 0 {
			break
		}
		parts[i].Add(parts[i], big.NewInt(int64(sign)))
		left.Sub(left, big.NewInt(int64(sign)))
	}
	return parts
}

// apportion divides a total in proportion to weights, which are not negative.
// If all weights are 0, so are the parts.
func apportion(total *big.Int, weights []*big.Int) []*big.Int {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	list := make([]fraction, len(weights))
	if sum.Sign() == 0 {
		total, sum = new(big.Int), bigOne
	}
	for i, w := range weights {
		list[i] = fraction{new(big.Int).Mul(w, total), sum}
	}
	return settle(total, list)
}
