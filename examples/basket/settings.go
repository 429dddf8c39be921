package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// settings are the flags of the program.
type settings struct {
	country, region, postal, day, currency string

	level basket.Level
	mode  tax.Mode
	gross bool

	cash, percent, coupon, shipping amount

	lines   items
	returns returned
}

func parse(args []string, out io.Writer) (*settings, error) {
	flags := flag.NewFlagSet("basket", flag.ContinueOnError)
	flags.SetOutput(out)
	var s settings
	flags.StringVar(&s.country, "country", "DE", "country of the address, ISO 3166-1")
	flags.StringVar(&s.region, "region", "", "region of the address, ISO 3166-2")
	flags.StringVar(&s.postal, "postal", "", "postal code of the address")
	flags.StringVar(&s.day, "date", "", "day of taxation, YYYY-MM-DD (default today at the address)")
	flags.StringVar(&s.currency, "currency", "EUR", "currency of the prices, ISO 4217")
	flags.TextVar(&s.level, "level", basket.ByRate, "round the tax by unit, line, rate or document")
	flags.TextVar(&s.mode, "mode", tax.HalfUp, "rounding mode: halfUp, halfEven, halfDown, up or down")
	flags.BoolVar(&s.gross, "gross", true, "the prices include the tax")
	flags.Var(&s.cash, "cash", "smallest payable `amount`, such as 0.05 (default none)")
	flags.Var(&s.percent, "discount", "`percent` off everything (default 10)")
	flags.Var(&s.coupon, "coupon", "`amount` off everything after the discount (default 5)")
	flags.Var(&s.shipping, "shipping", "`amount` of shipping, taxed in proportion to the goods (default 4.90)")
	flags.Var(&s.lines, "item", "`name=2x9.99@CLASS`; may be repeated; quantity and class are optional")
	flags.Var(&s.returns, "return", "`name=quantity` that comes back; may be repeated (default one of the first item)")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected %q: use the flags that -help lists", flags.Arg(0))
	}
	return &s, nil
}

func (s *settings) basket() *basket.Basket {
	lines := s.lines
	if len(lines) == 0 {
		lines = items{
			{ID: "Desk lamp", Class: "STANDARD", Count: 2, Price: decimal.New(4990, -2)},
			{ID: "Novel", Class: "REDUCED", Count: 1, Price: decimal.New(1290, -2)},
			{ID: "Coffee", Class: "REDUCED", Count: 3, Price: decimal.New(649, -2)},
		}
	}
	for i := range lines {
		lines[i].IncludesTax = s.gross
	}
	b := &basket.Basket{Lines: lines}
	for _, d := range []basket.Discount{
		{ID: "discount", Percent: s.percent.or(decimal.New(10, 0))},
		{ID: "coupon", Amount: s.coupon.or(decimal.New(5, 0))},
	} {
		if d.Percent.Sign() != 0 || d.Amount.Sign() != 0 {
			b.Discounts = append(b.Discounts, d)
		}
	}
	if fee := s.shipping.or(decimal.New(490, -2)); fee.Sign() != 0 {
		b.Charges = []basket.Charge{{ID: "Shipping", Amount: fee, IncludesTax: s.gross}}
	}
	return b
}

func (s *settings) policy() (basket.Policy, error) {
	rounding, err := tax.RoundingFor(s.currency)
	if err != nil {
		return basket.Policy{}, err
	}
	rounding = rounding.WithMode(s.mode)
	p := basket.Policy{Currency: strings.ToUpper(s.currency), Level: s.level, Rounding: rounding}
	if p.Cash.Step, err = rounding.Minor(s.cash.or(decimal.Decimal{})); err != nil {
		return basket.Policy{}, fmt.Errorf("-cash: %w", err)
	}
	return p, nil
}

func (s *settings) lookup() (l tax.Lookup, err error) {
	l = tax.Lookup{Country: s.country, Region: s.region, PostalCode: s.postal, FallbackToDefault: true}
	if s.day != "" {
		l.Date, err = tax.ParseDate(s.day)
	}
	return l, err
}

// amount is the value of an optional flag.
type amount struct {
	value decimal.Decimal
	given bool
}

func (a *amount) or(other decimal.Decimal) decimal.Decimal {
	if a.given {
		return a.value
	}
	return other
}

// String is part of flag.Value.
func (a *amount) String() string { return "" }

// Set reads a number.
func (a *amount) Set(s string) (err error) {
	a.value, err = number(s)
	a.given = true
	return err
}

func number(s string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(s)
	if err != nil {
		return d, fmt.Errorf("%q: write a number such as 12.90", s)
	}
	return d, nil
}

type items []basket.Line

// String is part of flag.Value.
func (i *items) String() string { return "" }

// Set reads "name=2x9.99@CLASS".
func (i *items) Set(s string) error {
	name, rest, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("write name=2x9.99@CLASS")
	}
	text, class, _ := strings.Cut(rest, "@")
	quantity, price, ok := strings.Cut(text, "x")
	if !ok {
		quantity, price = "1", text
	}
	line := basket.Line{ID: name, Class: class}
	var err error
	if line.Quantity, err = number(quantity); err != nil {
		return err
	}
	line.Price, err = number(price)
	*i = append(*i, line)
	return err
}

type returned []basket.Return

// String is part of flag.Value.
func (r *returned) String() string { return "" }

// Set reads "name=quantity".
func (r *returned) Set(s string) error {
	name, text, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("write name=quantity")
	}
	quantity, err := number(text)
	*r = append(*r, basket.Return{ID: name, Quantity: quantity})
	return err
}
