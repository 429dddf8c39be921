package basket

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// number is a decimal of a result: coefficient / 10^scale, with no zeros at the
// end of the decimals, so that equal numbers are the same.
type number struct {
	coefficient *big.Int
	scale       int
}

// maxNumberText is far beyond what a result has, and short enough for
// arithmetic that takes no noticeable time.
const maxNumberText = 200

// readNumber reads digits, with a minus before and decimals after a point.
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

// readPortion reads a percentage of a discount: 0 to 100.
func readPortion(text string) (percent number, ok bool) {
	percent, ok = readNumber(text)
	return percent, ok && percent.cmp(0) >= 0 && percent.cmp(100) <= 0
}

// fraction is the number times 10^shift.
func (n number) fraction(shift int) fraction {
	return fraction{n.coefficient, bigOne}.shifted(shift - n.scale)
}

func (n number) cmp(whole int64) int {
	return n.coefficient.Cmp(fraction{big.NewInt(whole), bigOne}.shifted(n.scale).num)
}

// at is the coefficient with a larger scale.
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

// fraction is a rational number that is not reduced; den is positive. Its
// numbers are shared and never changed.
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

// rest is 1 less the fraction.
func (f fraction) rest() fraction { return fraction{new(big.Int).Sub(f.den, f.num), f.den} }

// shifted multiplies by a power of ten.
func (f fraction) shifted(n int) fraction {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return fraction{f.num, new(big.Int).Mul(f.den, power)}
	}
	return f.times(power)
}

// cmp compares; fractions of one list mostly have the same denominator.
func (f fraction) cmp(o fraction) int {
	if f.den == o.den {
		return f.num.Cmp(o.num)
	}
	return new(big.Int).Mul(f.num, o.den).Cmp(new(big.Int).Mul(o.num, f.den))
}

// rounded is the fraction as a whole number. What is rounded is computed apart
// from what it checks; rounding itself is one function everywhere.
func (f fraction) rounded(mode tax.Mode) *big.Int {
	return exact.Mode(mode).Quotient(f.num, f.den)
}

// sumOf adds fractions in pairs: numbers grow as slowly as they can, however many
// different denominators there are.
func sumOf(list []fraction) fraction {
	switch len(list) {
	case 0:
		return whole(0)
	case 1:
		return list[0]
	}
	return sumOf(list[:len(list)/2]).plus(sumOf(list[len(list)/2:]))
}

// settle makes whole numbers of fractions that sum to a total: each is cut off
// toward zero, and what is left goes, one unit each, to the largest remainders
// of its sign, of equal ones to the first.
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

// apportion divides a total in the proportion of weights, which are not
// negative. When all are 0, so are the parts.
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
