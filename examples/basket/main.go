// Basket prices an invoice with several rates, a percentage off, a coupon and
// shipping, with the real rates of a day; then something comes back, and the
// credit note follows. All of it is verified.
//
//	go run ./examples/basket
//	go run ./examples/basket -country CH -currency CHF -cash 0.05
//	go run ./examples/basket -country CA -region QC -currency CAD -gross=false -level document
//	go run ./examples/basket -item "Novel=2x12.90@REDUCED" -item "Desk=249" -return "Novel=1"
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/rates"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "basket:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("basket", flag.ContinueOnError)
	flags.SetOutput(out)
	country := flags.String("country", "DE", "country of the address, ISO 3166-1")
	region := flags.String("region", "", "region of the address, ISO 3166-2")
	postal := flags.String("postal", "", "postal code of the address")
	day := flags.String("date", "", "day of taxation, YYYY-MM-DD (default today at the address)")
	currency := flags.String("currency", "EUR", "currency of the prices, ISO 4217")
	level := basket.ByRate
	flags.TextVar(&level, "level", basket.ByRate, "what the tax is rounded for: unit, line, rate or document")
	var mode tax.Mode
	flags.TextVar(&mode, "mode", tax.HalfUp, "how it is rounded: halfUp, halfEven, halfDown, up or down")
	gross := flags.Bool("gross", true, "the prices include the tax")
	var cash, percent, coupon, shipping amount
	flags.Var(&cash, "cash", "smallest `amount` that can be paid, such as 0.05 (default none)")
	flags.Var(&percent, "discount", "`percent` off everything (default 10)")
	flags.Var(&coupon, "coupon", "`amount` off everything after that (default 5)")
	flags.Var(&shipping, "shipping", "`amount` of shipping, taxed in proportion to the goods (default 4.90)")
	var lines items
	flags.Var(&lines, "item", "`name=2x9.99@CLASS`, repeated for more; quantity and class may be left out")
	var returns returned
	flags.Var(&returns, "return", "`name=quantity` that comes back, repeated for more (default one of the first item)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q: use the flags that -help lists", flags.Arg(0))
	}
	if len(lines) == 0 {
		lines = items{
			{ID: "Desk lamp", Class: "STANDARD", Count: 2, Price: decimal.New(4990, -2)},
			{ID: "Novel", Class: "REDUCED", Count: 1, Price: decimal.New(1290, -2)},
			{ID: "Coffee", Class: "REDUCED", Count: 3, Price: decimal.New(649, -2)},
		}
	}
	for i := range lines {
		lines[i].IncludesTax = *gross
	}
	b := &basket.Basket{Lines: lines}
	for _, d := range []basket.Discount{
		{ID: "discount", Percent: percent.or(decimal.New(10, 0))},
		{ID: "coupon", Amount: coupon.or(decimal.New(5, 0))},
	} {
		if d.Percent.Sign() != 0 || d.Amount.Sign() != 0 {
			b.Discounts = append(b.Discounts, d)
		}
	}
	if fee := shipping.or(decimal.New(490, -2)); fee.Sign() != 0 {
		b.Charges = []basket.Charge{{ID: "Shipping", Amount: fee, IncludesTax: *gross}}
	}
	rounding, err := tax.RoundingFor(*currency)
	if err != nil {
		return err
	}
	rounding.Mode = mode
	policy := basket.Policy{Currency: strings.ToUpper(*currency), Level: level, Rounding: rounding}
	if policy.Cash.Step, err = rounding.Minor(cash.or(decimal.Decimal{})); err != nil {
		return fmt.Errorf("-cash: %w", err)
	}
	lookup := tax.Lookup{Country: *country, Region: *region, PostalCode: *postal, FallbackToDefault: true}
	if *day != "" {
		if lookup.Date, err = tax.ParseDate(*day); err != nil {
			return err
		}
	}

	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		return err
	}
	defer r.Close()
	place, err := r.Place(ctx, lookup)
	if err != nil {
		return err
	}
	sale, err := invoice(place, b, policy)
	if err != nil {
		return err
	}
	if len(returns) == 0 {
		returns = returned{firstBack(sale)}
	}
	note, err := creditNote(sale, returns)
	if err != nil {
		return err
	}
	// Nothing is printed before everything has its amounts and was verified.
	var text bytes.Buffer
	p := printer{out: &text, sale: sale}
	p.invoice()
	p.creditNote(note)
	if p.err != nil {
		return p.err
	}
	_, err = text.WriteTo(out)
	return err
}

// invoice prices the basket. The result is what a shop stores with the order.
func invoice(place tax.Place, b *basket.Basket, policy basket.Policy) (*basket.Result, error) {
	priced, err := basket.Price(place, b, policy)
	if err != nil {
		return nil, err
	}
	sale, err := priced.Result()
	if err != nil {
		return nil, err
	}
	return sale, basket.Verify(sale)
}

// creditNote pays back from the stored result; it asks no resolver.
func creditNote(sale *basket.Result, returns []basket.Return) (basket.CreditNote, error) {
	note, err := basket.Refund(sale, nil, returns...)
	if err != nil {
		return note, err
	}
	return note, basket.Verify(sale, note)
}

// firstBack is one piece of the first line, or the line when there is no more of
// it.
func firstBack(sale *basket.Result) basket.Return {
	one, first := decimal.New(1, 0), sale.Lines[0]
	if quantity, err := decimal.NewFromString(first.Quantity); err == nil && quantity.GreaterThan(one) {
		return basket.Return{ID: first.ID, Quantity: one}
	}
	return basket.Return{ID: first.ID, All: true}
}

// amount is a number that may not be given.
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

// String is for the flag package.
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

// String is for the flag package.
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

// String is for the flag package.
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
