// Package shop reads the JSON documents of baskets, returns and stored sales: those of
// package basket, in which places are addresses that a resolver finds. They are the
// documents of the HTTP API, too.
package shop

import (
	"context"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// address is where and when something is taxed.
type address struct {
	Country    string   `json:"country"`
	Region     string   `json:"region"`
	PostalCode string   `json:"postalCode"`
	Date       tax.Date `json:"date"`
}

// pricing is a basket with its place and policy.
type pricing struct {
	Place  address         `json:"place"`
	Policy basket.Policy   `json:"policy"`
	Basket *basketDocument `json:"basket"`
}

// The fields of these types take the place of those of the same name in what they embed.
type (
	basketDocument struct {
		basket.Basket
		Lines     []lineDocument
		Discounts []discountDocument
		Charges   []chargeDocument
		Withheld  []withholdingDocument
	}
	withholdingDocument struct {
		basket.Withholding
		Percent *decimal.Decimal `json:"percent"`
	}
	lineDocument struct {
		basket.Line
		Price      *decimal.Decimal
		PriceMinor *int64
		Discounts  []discountDocument
		Charges    []chargeDocument
		Tax        *taxationDocument
	}
	discountDocument struct {
		basket.Discount
		Percent, Amount *decimal.Decimal
	}
	chargeDocument struct {
		basket.Charge
		Percent, Amount *decimal.Decimal
		Tax             *taxationDocument
	}
	taxationDocument struct {
		basket.Taxation
		Place    *address
		Included *includedRate
	}
)

// includedRate is the rate of the tax that a price includes: that of a class at the place
// of the basket, or at another one.
type includedRate struct {
	Place *address `json:"place"`
	Class string   `json:"class"`
}

// Price prices the basket of a document. Addresses without a day are those of day, which
// may be zero for today. An error of the document is a [tax.InputError], and one of a place
// or a class a [basket.RateError] with its path.
func Price(ctx context.Context, r *tax.Resolver, document []byte, day tax.Date) (*basket.Result, error) {
	var in pricing
	if err := read(document, &in); err != nil {
		return nil, err
	}
	p := places{resolver: r, day: day, known: map[address]tax.Place{}}
	at, err := p.place(ctx, "place", in.Place)
	if err != nil {
		return nil, err
	}
	if in.Basket == nil {
		return nil, inputError("basket", "", "missing: write the basket with its lines")
	}
	b, err := in.Basket.basket(ctx, p, at)
	if err != nil {
		return nil, err
	}
	priced, err := basket.Price(at, b, in.Policy)
	if err != nil {
		return nil, err
	}
	return priced.Result()
}

// basket returns the document with its places.
func (d *basketDocument) basket(ctx context.Context, p places, at tax.Place) (*basket.Basket, error) {
	b := d.Basket
	var err error
	if b.Discounts, err = discounts(d.Discounts, "discounts"); err != nil {
		return nil, err
	}
	if b.Charges, err = p.charges(ctx, at, d.Charges, "charges"); err != nil {
		return nil, err
	}
	b.Withheld = nil
	for i, w := range d.Withheld {
		if w.Percent == nil {
			return nil, inputError(fmt.Sprintf("withheld[%d].percent", i), "", "missing: write the percentage that is kept back")
		}
		b.Withheld = append(b.Withheld, basket.Withholding{ID: w.ID, Percent: *w.Percent})
	}
	b.Lines = make([]basket.Line, len(d.Lines))
	for i := range d.Lines {
		if b.Lines[i], err = p.line(ctx, at, &d.Lines[i], fmt.Sprintf("lines[%d]", i)); err != nil {
			return nil, err
		}
	}
	return &b, nil
}

// line returns a line. A price that is not given is not one of 0.
func (p places) line(ctx context.Context, at tax.Place, d *lineDocument, field string) (l basket.Line, err error) {
	l = d.Line
	if d.Price != nil {
		l.Price = *d.Price
	}
	if d.PriceMinor != nil {
		l.PriceMinor = *d.PriceMinor
	}
	if l.Discounts, err = discounts(d.Discounts, field+".discounts"); err == nil {
		l.Charges, err = p.charges(ctx, at, d.Charges, field+".charges")
	}
	if err == nil {
		l.Tax, err = d.Tax.taxation(ctx, p, at, field+".tax")
	}
	if err == nil && d.Price == nil && d.PriceMinor == nil {
		err = inputError(field+".price", "", "missing: write the price of one unit, 0 if it is free")
	}
	return l, err
}

func discounts(documents []discountDocument, field string) ([]basket.Discount, error) {
	var list []basket.Discount
	for i, d := range documents {
		if err := size(fmt.Sprintf("%s[%d]", field, i), d.Percent, d.Amount, &d.Discount.Percent, &d.Discount.Amount); err != nil {
			return nil, err
		}
		list = append(list, d.Discount)
	}
	return list, nil
}

func (p places) charges(ctx context.Context, at tax.Place, documents []chargeDocument, field string) ([]basket.Charge, error) {
	var list []basket.Charge
	for i, d := range documents {
		field := fmt.Sprintf("%s[%d]", field, i)
		var err error
		if d.Charge.Tax, err = d.Tax.taxation(ctx, p, at, field+".tax"); err == nil {
			err = size(field, d.Percent, d.Amount, &d.Charge.Percent, &d.Charge.Amount)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d.Charge)
	}
	return list, nil
}

// size sets the percentage or the amount of a discount or charge, of which one is given.
func size(field string, percent, amount, toPercent, toAmount *decimal.Decimal) error {
	if percent == nil && amount == nil {
		return inputError(field+".amount", "", "missing: write an amount or a percent")
	}
	if percent != nil {
		*toPercent = *percent
	}
	if amount != nil {
		*toAmount = *amount
	}
	return nil
}

func (d *taxationDocument) taxation(ctx context.Context, p places, at tax.Place, field string) (*basket.Taxation, error) {
	if d == nil {
		return nil, nil
	}
	special := d.Taxation
	var err error
	if d.Place != nil {
		if special.Place, err = p.place(ctx, field+".place", *d.Place); err != nil {
			return nil, err
		}
	}
	if d.Included == nil {
		return &special, nil
	}
	if d.Included.Place != nil {
		if at, err = p.place(ctx, field+".included.place", *d.Included.Place); err != nil {
			return nil, err
		}
	}
	if special.Included, err = at.Rate(d.Included.Class); err != nil {
		return nil, &basket.RateError{Path: field + ".included.class", Err: err}
	}
	return &special, nil
}

// places are those of one document. Each is looked up once.
type places struct {
	resolver *tax.Resolver
	day      tax.Date
	known    map[address]tax.Place
}

func (p places) place(ctx context.Context, field string, a address) (tax.Place, error) {
	if a.Date.IsZero() {
		a.Date = p.day
	}
	if place, ok := p.known[a]; ok {
		return place, nil
	}
	if a.Country == "" {
		return tax.Place{}, inputError(field+".country", "", "missing: write the ISO 3166-1 code of the country")
	}
	place, err := p.resolver.Place(ctx, tax.Lookup{Country: a.Country, Region: a.Region, PostalCode: a.PostalCode, Date: a.Date})
	var lookup *tax.LookupError
	if errors.As(err, &lookup) && !errors.Is(err, tax.ErrUnavailable) {
		return tax.Place{}, &basket.RateError{Path: field, Err: err}
	}
	if err == nil {
		p.known[a] = place
	}
	return place, err
}
