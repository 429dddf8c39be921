package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/cmd/tax/internal/shop"
)

func (s *session) priceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "price FILE",
		Short: "Price a basket",
		Long: `price computes the taxes of a basket: a JSON document with place, policy and basket, as in
docs/command.md. FILE may be - for standard input. With --json it prints the result to store
with the order. Addresses without a date are those of --date, or of today.`,
		Example: "  tax price basket.json\n  tax price - --json < basket.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			document, err := s.read(args[0])
			if err != nil {
				return err
			}
			r, err := s.resolver(c.Context())
			if err != nil {
				return err
			}
			day, err := s.date()
			if err != nil {
				return err
			}
			result, err := shop.Price(c.Context(), r, document, day)
			if err != nil {
				return about(args[0], err)
			}
			if s.json {
				return s.printJSON(result, "  ")
			}
			return s.printResult(result)
		},
	}
}

func (s *session) refundCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "refund FILE",
		Short: "Make the credit note of a return",
		Long: `refund computes what is paid back: from a JSON document with the sale as it was stored,
notes for what was paid back before, and returns. FILE may be - for standard input. With
--json it prints the credit note to store with the sale.`,
		Example: "  tax refund return.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			document, err := s.read(args[0])
			if err != nil {
				return err
			}
			sale, note, err := shop.Refund(document)
			if err != nil {
				return about(args[0], err)
			}
			if s.json {
				return s.printJSON(note, "  ")
			}
			return s.printNote(sale.Policy, note)
		},
	}
}

func (s *session) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify FILE",
		Short: "Check that a stored result adds up to the cent",
		Long: `verify checks a stored result, or a document with the sale and its notes, against the laws
that every result keeps, and names each that is broken, where, and by how many cents. FILE may
be - for standard input. The exit code is 1 if a law is broken.`,
		Example: "  tax verify sale.json\n  tax verify broken.json # exit code 1",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			document, err := s.read(args[0])
			if err != nil {
				return err
			}
			sale, violations, err := shop.Verify(document)
			if err != nil {
				return about(args[0], err)
			}
			if s.json {
				err = s.printJSON(map[string]any{"violations": append(basket.Violations{}, violations...)}, "  ")
			} else {
				err = s.printViolations(sale, violations)
			}
			if err == nil && len(violations) > 0 {
				return errFound
			}
			return err
		},
	}
}

// money writes minor units in the scale of a policy: 1999 is 19.99.
func money(p basket.Policy, minor int64) string {
	decimals := p.Rounding.Scale()
	d, err := p.Rounding.Decimal(minor)
	if err != nil {
		return fmt.Sprint(minor)
	}
	return strings.TrimSpace(d.StringFixed(max(decimals, 0)) + " " + p.Currency)
}

func sums(p basket.Policy, sum basket.Sum) []string {
	return []string{money(p, sum.Net), money(p, sum.Tax), money(p, sum.Gross)}
}

func (s *session) printResult(r *basket.Result) error {
	var rows [][]string
	for i, line := range r.Lines {
		name := line.ID
		if name == "" {
			name = fmt.Sprintf("line %d", i+1)
		}
		rows = append(rows, append([]string{name, line.Quantity, r.Rates[line.Rate].Percent + " %"}, sums(r.Policy, line.Sum)...))
	}
	for _, charge := range r.Charges {
		rows = append(rows, append([]string{charge.ID, "", ""}, sums(r.Policy, charge.Sum)...))
	}
	for _, total := range r.Totals {
		name := strings.TrimSpace("total " + total.TaxCode)
		if total.Treatment != tax.Taxable {
			name += " " + total.Treatment.String()
		}
		rows = append(rows, append([]string{name, "", total.Percent + " %"}, sums(r.Policy, total.Sum)...))
	}
	rows = append(rows, append([]string{"total", "", ""}, sums(r.Policy, r.Total)...))
	for _, after := range afterTotal(r) {
		if after.amount != 0 {
			rows = append(rows, []string{after.name, "", "", "", "", money(r.Policy, after.amount)})
		}
	}
	rows = append(rows, []string{"to pay", "", "", "", "", money(r.Policy, r.Payable)})
	fmt.Fprintf(s.out, "%s on %s\n", r.Location, r.Date)
	return s.printTable([]string{"line", "quantity", "rate", "net", "tax", "gross"}, rows)
}

// step is an amount between a total and what is paid.
type step struct {
	name   string
	amount int64
}

// afterTotal returns everything that lies between the total of a result and what is to pay,
// so that whoever reads the column can add it up.
func afterTotal(r *basket.Result) []step {
	var steps []step
	for _, d := range r.Discounts {
		if d.AfterTax {
			steps = append(steps, step{strings.TrimSpace("discount " + d.ID), -d.Amount})
		}
	}
	for _, w := range r.Withheld {
		steps = append(steps, step{strings.TrimSpace("withheld " + w.ID), -w.Amount})
	}
	return append(steps, step{"tax borne by the seller", -r.Borne}, step{"prepaid", -r.Prepaid}, step{"cash rounding", r.CashRounding})
}

func (s *session) printNote(p basket.Policy, note *basket.CreditNote) error {
	var rows [][]string
	for _, line := range note.Lines {
		name := line.ID
		if name == "" {
			name = fmt.Sprintf("line %d", line.Position+1)
		}
		rows = append(rows, append([]string{name, line.Quantity}, sums(p, line.Sum)...))
	}
	rows = append(rows, append([]string{"total", ""}, sums(p, note.Total)...))
	for _, after := range []step{{"not paid by the buyer", -note.Deducted}, {"cash rounding", note.CashRounding}} {
		if after.amount != 0 {
			rows = append(rows, []string{after.name, "", "", "", money(p, after.amount)})
		}
	}
	rows = append(rows, []string{"to pay back", "", "", "", money(p, note.Payable)})
	return s.printTable([]string{"line", "quantity", "net", "tax", "gross"}, rows)
}

func (s *session) printViolations(sale *basket.Result, list basket.Violations) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(s.out, "every law holds: %d lines, %s\n", len(sale.Lines), money(sale.Policy, sale.Total.Gross))
		return err
	}
	for _, v := range list {
		if _, err := fmt.Fprintln(s.out, printable(v.String())); err != nil {
			return err
		}
	}
	return nil
}
