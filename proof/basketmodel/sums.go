package basketmodel

import (
	"errors"
	"math/big"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// total sets the totals of a result.
func (p *pricing) total(r *basket.Result) {
	rows := make([]basket.Total, len(p.rows))
	for i, w := range p.rows {
		rate := p.slots[w.slot].rate
		rows[i] = basket.Total{
			Location: elsewhere(rate.Location(), r.Location), TaxCode: rate.Tax().Code, Class: rate.Class(), Percent: p.slots[w.slot].explain().Percent,
			OfGross: rate.OfGross(), Treatment: rate.Treatment(),
		}
	}
	for _, x := range p.positions() {
		to := &rows[p.slots[x.slot].row]
		to.Sum = joined(to.Sum, x.sum())
	}
	for i := range rows {
		rows[i].Components = components(p.slots[p.rows[i].slot].charged, rows[i].Sum.Tax)
		r.Total = joined(r.Total, rows[i].Sum)
	}
	r.Totals = append(r.Totals, rows...)
	r.Payable = minor(payable(p.policy.Cash, whole(r.Total.Gross)))
	r.CashRounding = r.Payable - r.Total.Gross
}

// elsewhere returns a territory if it is not that of the basket.
func elsewhere(territory, basket tax.Location) tax.Location {
	if territory == basket {
		return tax.Location{}
	}
	return territory
}

// components divides the tax of a row among the components of its rate.
func components(charged []tax.Component, amount int64) []basket.ComponentSum {
	var list []basket.ComponentSum
	var weights []*big.Rat
	for _, part := range proof.Shares(charged) {
		list = append(list, basket.ComponentSum{Code: part.Code})
		weights = append(weights, part.Share)
	}
	if sum(weights).Sign() == 0 {
		return list
	}
	for i, share := range allocate(whole(amount), weights) {
		list[i].Amount = minor(share)
	}
	return list
}

// payable rounds to coins.
func payable(cash basket.Cash, gross *big.Rat) *big.Rat {
	if cash.Step == 0 {
		return gross
	}
	step := whole(cash.Step)
	return times(round(over(gross, step), cash.Mode), step)
}

func (x position) sum() basket.Sum {
	if x.gross {
		return basket.Sum{Net: minor(minus(x.given, x.tax)), Tax: minor(x.tax), Gross: minor(x.given)}
	}
	return basket.Sum{Net: minor(x.given), Tax: minor(x.tax), Gross: minor(plus(x.given, x.tax))}
}

func joined(a, b basket.Sum) basket.Sum {
	add := func(a, b int64) int64 { return minor(plus(whole(a), whole(b))) }
	return basket.Sum{Net: add(a.Net, b.Net), Tax: add(a.Tax, b.Tax), Gross: add(a.Gross, b.Gross)}
}

// ErrRange is the error of a basket with an amount that 64 bits do not hold.
var ErrRange = errors.New("out of range")

// minor returns a whole number of minor units as an integer. It panics with ErrRange
// if 64 bits do not hold it.
func minor(a *big.Rat) int64 {
	switch {
	case !a.IsInt():
		panic("not an amount: " + a.RatString()) // unreachable: sums of whole numbers are whole
	case !a.Num().IsInt64():
		panic(ErrRange) // ranged turns it into an error
	}
	return a.Num().Int64()
}

// ranged turns a panic with ErrRange into an error.
func ranged(err *error) {
	switch e := recover(); e {
	case nil:
	case ErrRange:
		*err = ErrRange
	default:
		panic(e) // unreachable: nothing else panics here
	}
}

// text returns a decimal with all its decimals.
func text(d decimal.Decimal) string {
	return proof.Exact(d).FloatString(int(max(0, -d.Exponent())))
}
