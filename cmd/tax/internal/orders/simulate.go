// Package orders prices the lines of a CSV file twice, with two sets of rates or on two
// days, and sums up what differs. Memory does not depend on the number of lines.
package orders

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/taxresolve/tax"
)

// Options say how orders are priced.
type Options struct {
	Currency string   // of lines that name none
	Day      tax.Date // of lines that name none; today at the place if it is zero
	Then     tax.Date // the day of all prices after; that of the line if it is zero
	Largest  int      // how many of the largest differences of each currency are kept
	// OnLine, if it is not nil, is called with every line that was priced. It must not keep it.
	OnLine func(*Line) error
	// OnProgress, if it is not nil, is called once in a thousand lines.
	OnProgress func(lines int)
}

// Line is an order that was priced twice.
type Line struct {
	Number        int // in the file
	Class         string
	Currency      *Currency
	Before, After Price
}

// Price is the amounts of an order with a rate.
type Price struct {
	Rate tax.Resolution
	tax.MinorAmounts
}

// Difference is how much more tax there is after.
func (l *Line) Difference() int64 { return l.After.Tax - l.Before.Tax }

// changed reports whether a line costs something else.
func (l *Line) changed() bool { return l.Before.MinorAmounts != l.After.MinorAmounts }

// Simulate prices every line of a file with both resolvers. Lines that cannot be priced are in
// the report, with the reason. An error is one of the file as a whole, of a source, or of
// the context.
func Simulate(ctx context.Context, r io.Reader, before, after *tax.Resolver, o Options) (*Report, error) {
	f, err := open(r, o.Currency)
	if err != nil {
		return nil, err
	}
	p := pricing{before: before, after: after, options: o, report: newReport(o.Largest)}
	for {
		q, err := f.next()
		if err == io.EOF {
			return p.report, nil
		}
		if err == nil {
			err = p.add(ctx, &q)
		}
		switch refused := reason(err); {
		case err != nil && refused == nil, ctx.Err() != nil:
			return nil, errors.Join(ctx.Err(), err)
		case refused != nil:
			p.report.refuse(q.number, refused)
		}
		if p.report.Lines++; o.OnProgress != nil && p.report.Lines%1000 == 0 {
			o.OnProgress(p.report.Lines)
		}
	}
}

// coded is an error of the library.
type coded interface {
	error
	Code() string
}

// reason returns why a line was refused, and nil for an error that ends the run.
func reason(err error) coded {
	if err == nil {
		return nil
	}
	var input *tax.InputError
	var lookup *tax.LookupError
	switch {
	case errors.Is(err, tax.ErrUnavailable):
		return nil
	case errors.As(err, &input):
		return input
	case errors.As(err, &lookup):
		return lookup
	}
	return nil
}

type pricing struct {
	before, after *tax.Resolver
	options       Options
	report        *Report
	line          Line // the one that is being priced
}

// add prices a line.
func (p *pricing) add(ctx context.Context, q *order) error {
	if q.lookup.Date.IsZero() {
		q.lookup.Date = p.options.Day
	}
	line := &p.line
	line.Number, line.Currency = q.number, q.currency
	var err error
	if line.Before, err = price(ctx, p.before, q); err != nil {
		return err
	}
	if !p.options.Then.IsZero() {
		q.lookup.Date = p.options.Then
	}
	if line.After, err = price(ctx, p.after, q); err != nil {
		return err
	}
	line.Class = line.Before.Rate.Class()
	p.report.add(line)
	if p.options.OnLine != nil {
		return p.options.OnLine(line)
	}
	return nil
}

func price(ctx context.Context, r *tax.Resolver, q *order) (p Price, err error) {
	if p.Rate, err = r.Lookup(ctx, q.lookup); err != nil {
		return p, err
	}
	if q.gross {
		p.MinorAmounts, err = p.Rate.FromGrossMinor(q.amount, q.currency.rounding)
	} else {
		p.MinorAmounts, err = p.Rate.FromNetMinor(q.amount, q.currency.rounding)
	}
	return p, err
}

// Text returns the rate for people: "19 %", "9 % of gross", "exempt".
func (p *Price) Text() string {
	if p.Rate.Treatment() != tax.Taxable {
		return p.Rate.Treatment().String()
	}
	percent := p.Rate.Explain().Percent
	if strings.Contains(percent, ".") {
		percent = strings.TrimRight(strings.TrimRight(percent, "0"), ".")
	}
	if p.Rate.OfGross() {
		return percent + " % of gross"
	}
	return percent + " %"
}
