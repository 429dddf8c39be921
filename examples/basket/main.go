// Basket prints an invoice with several real tax rates, a percentage discount,
// a coupon and shipping, and then a credit note for a return. It verifies both.
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
	s, err := parse(args, out)
	if err != nil {
		return err
	}
	policy, err := s.policy()
	if err != nil {
		return err
	}
	lookup, err := s.lookup()
	if err != nil {
		return err
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
	sale, err := invoice(place, s.basket(), policy)
	if err != nil {
		return err
	}
	returns := s.returns
	if len(returns) == 0 {
		returns = returned{firstBack(sale)}
	}
	note, err := creditNote(sale, returns)
	if err != nil {
		return err
	}
	// Print nothing before all amounts are computed and verified.
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

// invoice prices the basket. A shop would store the result with the order.
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

// creditNote pays back from the stored result. It needs no resolver.
func creditNote(sale *basket.Result, returns []basket.Return) (basket.CreditNote, error) {
	note, err := basket.Refund(sale, nil, returns...)
	if err != nil {
		return note, err
	}
	return note, basket.Verify(sale, note)
}

// firstBack returns one piece of the first line, or the whole line if it has no
// more than one.
func firstBack(sale *basket.Result) basket.Return {
	one, first := decimal.New(1, 0), sale.Lines[0]
	if quantity, err := decimal.NewFromString(first.Quantity); err == nil && quantity.GreaterThan(one) {
		return basket.Return{ID: first.ID, Quantity: one}
	}
	return basket.Return{ID: first.ID, All: true}
}
