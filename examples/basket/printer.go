package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/rates"
)

// printer writes tables about one sale. It keeps the first error.
type printer struct {
	out  io.Writer
	sale *basket.Result
	err  error
}

// table writes rows in aligned columns.
func (p *printer) table(rows [][]string) {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		p.note(fmt.Fprintln(w, strings.Join(row, "\t")))
	}
	p.note(0, w.Flush())
}

func (p *printer) printf(format string, args ...any) { p.note(fmt.Fprintf(p.out, format, args...)) }

func (p *printer) note(_ int, err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *printer) money(minor int64) string {
	r := p.sale.Policy.Rounding
	amount, err := r.Decimal(minor)
	p.note(0, err)
	return amount.StringFixed(r.Scale())
}

// row returns a name, cells and the amounts of a sum.
func (p *printer) row(name string, s basket.Sum, cells ...string) []string {
	return append(append([]string{name}, cells...), p.money(s.Net), p.money(s.Tax), p.money(s.Gross))
}

func rateName(code, percent string, ofGross bool, treatment tax.Treatment) string {
	text := strings.TrimSpace(code + " " + percent + " %")
	if ofGross {
		text += " of gross"
	}
	if treatment != tax.Taxable {
		text += ", " + treatment.String()
	}
	return text
}

// rate returns the name of a rate of the sale.
func (p *printer) rate(i int) string {
	e := &p.sale.Rates[i]
	return rateName(e.Tax, e.Percent, e.OfGross, e.Treatment)
}

func (p *printer) invoice() {
	s := p.sale
	p.printf("Invoice for %s on %s in %s, tax by %s, rates as of %s\n\n", s.Location, s.Date, s.Policy.Currency, s.Policy.Level, rates.AsOf())
	table := [][]string{{"item", "rate", "quantity", "price", "amount", "discounts", "net", "tax", "gross"}}
	for _, l := range s.Lines {
		off := l.Shared
		for _, d := range l.Discounts {
			off += d.Amount
		}
		table = append(table, p.row(l.ID, l.Sum, p.rate(l.Rate), l.Quantity, l.Price, p.money(l.Subtotal), p.money(-off)))
	}
	for _, c := range s.Charges {
		for _, part := range c.Parts {
			table = append(table, p.row(c.ID, part.Sum, p.rate(part.Rate), "", "", "", ""))
		}
	}
	table = append(table, p.row("total", s.Total, "", "", "", "", ""))
	p.table(table)
	p.payable(s.CashRounding, s.Payable, "to pay")

	if len(s.Discounts) > 0 {
		p.printf("\n")
		table = [][]string{{"off everything", "amount"}}
		for _, d := range s.Discounts {
			name := d.ID
			if d.Percent != "" {
				name += " of " + d.Percent + " %"
			}
			table = append(table, []string{name, p.money(-d.Amount)})
		}
		p.table(table)
	}

	p.printf("\n")
	p.totals(s.ByRate())
	p.printf("\nverified: it adds up, and every tax is that of its rate\n")
}

// totals writes one row for each rate and one for each of its components.
func (p *printer) totals(list []basket.Total) {
	table := [][]string{{"by rate", "net", "tax", "gross"}}
	for _, t := range list {
		table = append(table, p.row(rateName(t.TaxCode, t.Percent, t.OfGross, t.Treatment), t.Sum))
		for _, c := range t.Components {
			table = append(table, []string{"  of which " + c.Code, "", p.money(c.Amount), ""})
		}
	}
	p.table(table)
}

func (p *printer) creditNote(n basket.CreditNote) {
	p.printf("\nCredit note\n\n")
	table := [][]string{{"item", "rate", "quantity", "net", "tax", "gross"}}
	for _, l := range n.Lines {
		table = append(table, p.row(l.ID, l.Sum, p.rate(l.Rate), l.Quantity))
	}
	p.table(append(table, p.row("total", n.Total, "", "")))
	p.payable(n.CashRounding, n.Payable, "to pay back")
	left := p.sale.Total
	left.Net, left.Tax, left.Gross = left.Net-n.Total.Net, left.Tax-n.Total.Tax, left.Gross-n.Total.Gross
	p.printf("\nverified: it is part of the sale, of which %s + %s = %s are left\n", p.money(left.Net), p.money(left.Tax), p.money(left.Gross))
}

// payable writes the payable amount if there is cash rounding.
func (p *printer) payable(rounding, payable int64, name string) {
	if p.sale.Policy.Cash.Step != 0 {
		p.printf("%s %s, cash rounding %s\n", name, p.money(payable), p.money(rounding))
	}
}
