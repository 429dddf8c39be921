package rest

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

// pricing is a basket as it arrives: the documents of package basket, in which places are
// addresses that the Resolver finds for the tenant.
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

// What one request may have. Shares of discounts, rows of charges and names of rates are
// products of two of these numbers.
const (
	maxLines     = 10_000
	maxDiscounts = 100
	maxCharges   = 100
	maxLanguages = 20
	maxReturns   = 1_000
	maxNotes     = 1_000
)

func (t *taxAPI) price(ctx context.Context, r *request) (answer, error) {
	var in pricing
	if err := readBasket(r.body, &in); err != nil {
		return answer{}, err
	}
	if err := in.Basket.check(); err != nil {
		return answer{}, err
	}
	p := places{resolver: t.resolver.Tenant(r.tenant), known: map[address]tax.Place{}}
	at, err := p.place(ctx, "place", in.Place)
	if err != nil {
		return answer{}, err
	}
	b, err := in.Basket.basket(ctx, p, at)
	if err != nil {
		return answer{}, err
	}
	priced, err := basket.Price(at, b, in.Policy)
	if err != nil {
		return answer{}, err
	}
	result, err := priced.Result()
	if err != nil {
		return answer{}, err
	}
	return ok(result)
}

func (d *basketDocument) check() error {
	if d == nil {
		return inputError("basket", "", "missing: write the basket with its lines")
	}
	for i := range d.Lines {
		if err := atMost(fmt.Sprintf("lines[%d].discounts", i), len(d.Lines[i].Discounts), maxDiscounts); err != nil {
			return err
		}
		if err := atMost(fmt.Sprintf("lines[%d].charges", i), len(d.Lines[i].Charges), maxCharges); err != nil {
			return err
		}
	}
	return errors.Join(atMost("lines", len(d.Lines), maxLines), atMost("discounts", len(d.Discounts), maxDiscounts),
		atMost("charges", len(d.Charges), maxCharges), atMost("languages", len(d.Languages), maxLanguages))
}

func atMost(field string, n, most int) error {
	if n > most {
		return inputError(field, fmt.Sprint(n), fmt.Sprintf("more than %d: divide the basket", most))
	}
	return nil
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

// places are those of one request. Each is looked up once.
type places struct {
	resolver interface {
		Place(context.Context, tax.Lookup) (tax.Place, error)
	}
	known map[address]tax.Place
}

func (p places) place(ctx context.Context, field string, a address) (tax.Place, error) {
	if place, ok := p.known[a]; ok {
		return place, nil
	}
	if a.Country == "" {
		return tax.Place{}, inputError(field+".country", "", "missing: write the ISO 3166-1 code of the country")
	}
	place, err := p.resolver.Place(ctx, tax.Lookup{Country: a.Country, Region: a.Region, PostalCode: a.PostalCode, Date: a.Date})
	var lookup *tax.LookupError
	if errors.As(err, &lookup) && (!errors.Is(lookup.Kind, tax.ErrInvalid) || lookup.Code() == postalCodeMalformed) && !isTemporary(err) {
		return tax.Place{}, &basket.RateError{Path: field, Err: err}
	}
	if err == nil {
		p.known[a] = place
	}
	return place, err
}

// storedSale is a sale with what was paid back of it.
type storedSale struct {
	Sale  *basket.Result      `json:"sale"`
	Notes []basket.CreditNote `json:"notes"`
}

func (s *storedSale) check() error {
	if s.Sale == nil {
		return inputError("sale", "", "missing: write the result as it was stored")
	}
	return errors.Join(atMost("sale.lines", len(s.Sale.Lines), maxLines), atMost("notes", len(s.Notes), maxNotes))
}

func (t *taxAPI) refund(_ context.Context, r *request) (answer, error) {
	var in struct {
		storedSale
		Returns []basket.Return `json:"returns"`
	}
	err := readBasket(r.body, &in)
	if err == nil {
		err = errors.Join(in.check(), atMost("returns", len(in.Returns), maxReturns))
	}
	if err != nil {
		return answer{}, err
	}
	note, err := basket.Refund(in.Sale, in.Notes, in.Returns...)
	if err != nil {
		return answer{}, err
	}
	return ok(note)
}

func (t *taxAPI) verify(_ context.Context, r *request) (answer, error) {
	var in storedSale
	err := readBasket(r.body, &in)
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return answer{}, err
	}
	var violations basket.Violations
	if err := basket.Verify(in.Sale, in.Notes...); err != nil && !errors.As(err, &violations) {
		return answer{}, err
	}
	return ok(map[string]any{"violations": append(basket.Violations{}, violations...)})
}
