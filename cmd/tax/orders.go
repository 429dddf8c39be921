package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/orders"
)

// pricedTwice is the part of simulate that is about a file of orders.
type pricedTwice struct {
	file, lines, currency, then string
	largest                     int
}

func (o *pricedTwice) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.file, "orders", "", "CSV `file` of orders to price twice")
	f.StringVar(&o.then, "then", "", "`day` on which the orders are priced after, as YYYY-MM-DD; that of the line if not given")
	f.StringVar(&o.currency, "currency", "", "`code` of the currency of lines that name none")
	f.IntVar(&o.largest, "largest", 10, "`number` of largest differences of each currency to print")
	f.StringVar(&o.lines, "lines", "", "CSV `file` to write with every line; - prints them in place of the totals")
}

// options checks the flags.
func (o *pricedTwice) options(s *session, args []string) (orders.Options, error) {
	refuse := func(field, value, reason string) (orders.Options, error) {
		return orders.Options{}, &usageError{&tax.InputError{Field: field, Value: value, Reason: reason}}
	}
	switch {
	case o.file == "":
		return refuse("orders", "", "missing: two sides are compared for the orders of a file; tax diff compares their answers")
	case len(args) < 2 && o.then == "":
		return refuse("after", "", "missing: name two sides, or another day with --then")
	case o.largest < 0 || o.largest > 10_000:
		return refuse("largest", strconv.Itoa(o.largest), "out of range: pass 0 to 10000")
	case o.lines == "-" && s.json:
		return refuse("lines", "-", "given with --json: pass a file")
	}
	options := orders.Options{Currency: o.currency, Largest: o.largest}
	var err error
	if options.Day, err = s.date(); err == nil && o.then != "" {
		options.Then, err = tax.ParseDate(o.then)
	}
	if err == nil && o.currency != "" {
		_, err = tax.RoundingFor(o.currency)
	}
	if err != nil {
		return orders.Options{}, &usageError{err}
	}
	return options, nil
}

// simulated is what --json has.
type simulated struct {
	*orders.Report
	Totals  []orders.Total     `json:"totals"`
	Largest []orders.Differing `json:"largest"`
}

func (s *session) simulateOrders(ctx context.Context, args []string, o pricedTwice) error {
	options, err := o.options(s, args)
	if err != nil {
		return err
	}
	before, after, err := s.twoResolvers(ctx, args)
	if err != nil {
		return err
	}
	in, err := s.file(o.file)
	if err != nil {
		return err
	}
	defer in.Close()
	size := int64(0)
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeType == 0 {
			size = info.Size()
		}
	}
	if err := o.apart(args); err != nil {
		return err
	}
	end, err := o.write(s, &options)
	if err != nil {
		return err
	}
	bytes := &counter{Reader: in}
	if s.progress && o.lines != "-" {
		options.OnProgress = func(lines int) { fmt.Fprintf(s.problems, "\r\x1b[K%s", bar(lines, bytes.n.Load(), size)) }
	}
	report, err := orders.Simulate(ctx, bytes, before, after, options)
	if options.OnProgress != nil {
		fmt.Fprint(s.problems, "\r\x1b[K")
	}
	if written := end(); err == nil {
		err = written
	}
	if err != nil {
		return about(o.file, err)
	}
	if err := s.printSimulated(o, report); err != nil {
		return err
	}
	if report.Refused > 0 {
		return &reportedError{&readingError{errors.New("lines were refused")}}
	}
	return nil
}

// twoResolvers returns those of the sides; they are the same if there is only one.
func (s *session) twoResolvers(ctx context.Context, args []string) (before, after *tax.Resolver, err error) {
	open := func(name string) (*tax.Resolver, error) {
		of, err := s.side(ctx, name, false)
		if err != nil {
			return nil, err
		}
		return s.resolverOf(of.source)
	}
	if before, err = open(s.named(args)); err != nil || len(args) < 2 {
		return before, before, err
	}
	after, err = open(args[1])
	return before, after, err
}

// apart refuses to write lines over a file that is read.
func (o *pricedTwice) apart(sides []string) error {
	lines, err := os.Stat(o.lines)
	if err != nil {
		return nil // there is none yet
	}
	for _, name := range append([]string{o.file}, sides...) {
		if read, err := os.Stat(name); err == nil && os.SameFile(read, lines) {
			return &usageError{&tax.InputError{Field: "lines", Value: o.lines, Reason: "given twice: what is read would be written over"}}
		}
	}
	return nil
}

// write makes the file of --lines, and returns how it ends.
func (o *pricedTwice) write(s *session, options *orders.Options) (end func() error, err error) {
	if o.lines == "" {
		return func() error { return nil }, nil
	}
	out := io.Writer(s.out)
	var f *os.File
	if o.lines != "-" {
		if f, err = os.Create(o.lines); err != nil {
			return nil, &readingError{err}
		}
		out = f
	}
	rows := csv.NewWriter(out)
	header := "line,location,class,currency,rate_before,net_before,tax_before,gross_before,rate_after,net_after,tax_after,gross_after,difference"
	if err := rows.Write(strings.Split(header, ",")); err != nil {
		return nil, err
	}
	options.OnLine = func(l *orders.Line) error {
		t := l.Texts()
		return rows.Write([]string{strconv.Itoa(t.Line), t.Location, t.Class, t.Currency, t.Before.Rate, t.Before.Net, t.Before.Tax, t.Before.Gross,
			t.After.Rate, t.After.Net, t.After.Tax, t.After.Gross, t.Difference})
	}
	return func() error {
		rows.Flush()
		if f != nil {
			return errors.Join(rows.Error(), f.Close())
		}
		return rows.Error()
	}, nil
}

// counter counts the bytes that were read.
type counter struct {
	io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// bar shows how far a file was read. Without a size it is the count of lines alone.
func bar(lines int, read, size int64) string {
	const width = 30
	if size <= 0 {
		return fmt.Sprintf("%d lines", lines)
	}
	read = min(read, size)
	done := int(read * width / size)
	return fmt.Sprintf("[%s%s] %d %%, %d lines", strings.Repeat("=", done), strings.Repeat(" ", width-done), read*100/size, lines)
}

func (s *session) printSimulated(o pricedTwice, r *orders.Report) error {
	if s.json {
		return s.printJSON(simulated{r, r.Totals(), r.Largest()}, "  ")
	}
	to := s.out
	if o.lines == "-" {
		to = s.problems // the lines are what is printed
	} else if err := s.printTotals(r); err != nil {
		return err
	}
	for _, rejection := range r.Rejected {
		if _, err := fmt.Fprintf(to, "refused: line %d: %s [%s]\n", rejection.Line, printable(message(errors.New(rejection.Message))), rejection.Code); err != nil {
			return err
		}
	}
	if r.Omitted > 0 {
		fmt.Fprintf(to, "refused: %d more\n", r.Omitted)
	}
	_, err := fmt.Fprintf(to, "%s, %d changed, %d refused\n", counted(r.Lines, "line"), r.Changed, r.Refused)
	return err
}

func (s *session) printTotals(r *orders.Report) error {
	var rows [][]string
	last := ""
	for _, t := range r.Totals() {
		country := t.Country
		if country == last {
			country = ""
		}
		last = t.Country
		rows = append(rows, []string{country, t.Class, strconv.Itoa(t.Lines), strconv.Itoa(t.Changed), t.Before.Tax, t.After.Tax, t.Difference + " " + t.Currency})
	}
	if len(rows) > 0 {
		if err := s.printTable([]string{"country", "class", "lines", "changed", "tax before", "tax after", "difference"}, rows); err != nil {
			return err
		}
	}
	rows = nil
	for _, l := range r.Largest() {
		rows = append(rows, []string{strconv.Itoa(l.Line), l.Location, l.Class, l.Before.Rate, l.After.Rate, l.Before.Gross, l.After.Gross, l.Difference + " " + l.Currency})
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(s.out, s.heading("Largest differences")); err != nil {
		return err
	}
	return s.printTable([]string{"line", "for", "class", "before", "after", "gross before", "gross after", "tax"}, rows)
}
