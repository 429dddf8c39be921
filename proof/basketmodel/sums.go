package basketmodel

import (
	"errors"
	"math/big"
	"slices"
	"strings"

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
			OfGross: rate.OfGross(), Treatment: rate.Treatment(), Without: strings.Join(slices.Sorted(slices.Values(p.slots[w.slot].exemption.Components)), ", "),
		}
	}
	for _, x := range p.positions() {
		to := &rows[p.slots[x.slot].row]
		to.Sum = joined(to.Sum, x.sum())
	}
	p.roundRows(rows)
	for i := range rows {
		rows[i].Components = components(p.slots[p.rows[i].slot].charged, rows[i].Sum.Tax, stepOf(p.policy))
		for k := range rows[i].Components {
			if !p.policy.EachComponent {
				break
			}
			sum := zero
			for _, x := range p.positions() {
				if p.slots[x.slot].row == i {
					sum = plus(sum, x.parts[k])
				}
			}
			rows[i].Components[k].Amount = minor(sum)
		}
		r.Total = joined(r.Total, rows[i].Sum)
	}
	r.Totals = append(r.Totals, rows...)
}

// elsewhere returns a territory if it is not that of the basket.
func elsewhere(territory, basket tax.Location) tax.Location {
	if territory == basket {
		return tax.Location{}
	}
	return territory
}

// components divides the tax of a row among the components of its rate.
func components(charged []tax.Component, amount int64, step *big.Rat) []basket.ComponentSum {
	var list []basket.ComponentSum
	var weights []*big.Rat
	for _, part := range proof.Shares(charged) {
		list = append(list, basket.ComponentSum{Code: part.Code})
		weights = append(weights, part.Share)
	}
	if sum(weights).Sign() == 0 {
		return list
	}
	for i, share := range allocate(over(whole(amount), step), weights) {
		list[i].Amount = minor(times(share, step))
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

// settle sets what is left to pay of the total.
func (p *pricing) settle(b *basket.Basket, r *basket.Result) error {
	left := whole(r.Total.Gross)
	for i, d := range b.Discounts {
		if !d.AfterTax {
			continue
		}
		off := p.units(d.Amount)
		switch {
		case d.Amount.Sign() == 0:
			off = roundTo(over(times(left, proof.Exact(d.Percent)), hundred), p.policy, p.policy.Rounding.Mode())
		case !over(off, stepOf(p.policy)).IsInt():
			return errors.New("finer than totals are")
		case d.AtMost:
			r.Discounts[i].Stated = minor(off)
			if less(left, off) {
				off = left
			}
			if left.Sign() < 0 {
				off = zero
			}
			r.Discounts[i].Left = r.Discounts[i].Stated - minor(off)
		case less(left, off):
			return errors.New("more than there is to pay")
		}
		r.Discounts[i].Amount = minor(off)
		left = minus(left, off)
	}
	for _, w := range b.Withheld {
		if err := fit(basket.Discount{Percent: w.Percent}); err != nil {
			return err
		}
		off := roundTo(over(times(whole(r.Total.Net), proof.Exact(w.Percent)), hundred), p.policy, p.policy.Rounding.Mode())
		r.Withheld = append(r.Withheld, basket.ResultWithholding{ID: w.ID, Percent: text(w.Percent), Amount: minor(off)})
		left = minus(left, off)
	}
	for i, l := range b.Lines {
		if l.Tax != nil && l.Tax.SellerBears {
			r.Lines[i].SellerBears = true
			r.Borne += r.Lines[i].Tax
		}
	}
	r.Borne = minor(roundTo(whole(r.Borne), p.policy, p.policy.Rounding.Mode()))
	prepaid, err := p.amount(b.Prepaid)
	if err != nil || !over(prepaid, stepOf(p.policy)).IsInt() {
		return errors.New("no amount of the totals")
	}
	r.Prepaid = minor(prepaid)
	due := minus(minus(left, whole(r.Borne)), prepaid)
	r.Payable = minor(payable(p.policy.Cash, due))
	r.CashRounding = r.Payable - minor(due)
	if a := b.Accounting; a != nil {
		rounding, err := tax.RoundingFor(a.Currency)
		if err != nil || a.Rate.Sign() <= 0 {
			return errors.New("no accounting currency")
		}
		rounding = rounding.WithMode(p.policy.Rounding.Mode())
		exact := times(exactOf(p.positions()), proof.Exact(a.Rate))
		exact = over(times(exact, power(rounding.Scale())), power(p.policy.Rounding.Scale()))
		r.Accounting = &basket.ResultAccounting{Currency: strings.ToUpper(a.Currency), Rate: text(a.Rate), Rounding: rounding, Tax: minor(p.round(exact))}
	}
	return nil
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
