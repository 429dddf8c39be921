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
	texts         rateTexts // if they are known already
}

// rateTexts are the place and the rates of a line for people.
type rateTexts struct{ location, before, after string }

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
// the context; r may still be read from then, until its Read returns.
func Simulate(ctx context.Context, r io.Reader, before, after *tax.Resolver, o Options) (*Report, error) {
	p := pricing{before: before, after: after, options: o, report: newReport(o.Largest)}
	reading := read(r, o.Currency)
	defer close(reading.stop)
	for {
		var b *batch
		select {
		case b = <-reading.batches:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		for i := range b.orders {
			if err := p.next(ctx, &b.orders[i]); err != nil {
				return nil, errors.Join(ctx.Err(), err)
			}
		}
		switch {
		case b.end == io.EOF:
			return p.report, nil
		case b.end != nil || ctx.Err() != nil:
			return nil, errors.Join(ctx.Err(), b.end)
		}
		reading.free <- b
	}
}

// next prices a line, or notes why it was refused.
func (p *pricing) next(ctx context.Context, q *order) error {
	err := q.err
	if err == nil {
		err = p.add(ctx, q)
	}
	if err != nil {
		refused := reason(err)
		if refused == nil {
			return err
		}
		p.report.refuse(q.number, refused)
	}
	if p.report.Lines++; p.options.OnProgress != nil && p.report.Lines%1000 == 0 {
		p.options.OnProgress(p.report.Lines)
	}
	return nil
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
	if !q.answered {
		if err := p.answer(ctx, q.question); err != nil {
			return err
		}
	}
	line := &p.line
	line.Number, line.Currency, line.Class, line.texts = q.number, q.currency, q.class, q.texts
	var err error
	if line.Before, err = price(q.before, q); err != nil {
		return err
	}
	if line.After, err = price(q.after, q); err != nil {
		return err
	}
	p.report.add(line, q.total)
	if p.options.OnLine != nil {
		return p.options.OnLine(line)
	}
	return nil
}

// answer answers a question, for all lines that ask it.
func (p *pricing) answer(ctx context.Context, q *question) (err error) {
	l := q.lookup
	if l.Date.IsZero() {
		l.Date = p.options.Day
	}
	if q.before, err = p.before.Lookup(ctx, l); err != nil {
		return err
	}
	if !p.options.Then.IsZero() {
		l.Date = p.options.Then
	}
	if q.after, err = p.after.Lookup(ctx, l); err != nil {
		return err
	}
	q.class = q.before.Class()
	q.total = p.report.total(group{q.before.Location().Country, q.class, q.currency})
	if p.options.OnLine != nil { // all lines want them
		q.texts = rateTexts{q.before.Location().String(), rateText(q.before), rateText(q.after)}
	}
	q.answered = true
	return nil
}

func price(rate tax.Resolution, q *order) (p Price, err error) {
	p.Rate = rate
	if q.gross {
		p.MinorAmounts, err = rate.FromGrossMinor(q.amount, q.currency.rounding)
	} else {
		p.MinorAmounts, err = rate.FromNetMinor(q.amount, q.currency.rounding)
	}
	return p, err
}

// rateText returns a rate for people: "19 %", "9 % of gross", "exempt".
func rateText(r tax.Resolution) string {
	if r.Treatment() != tax.Taxable {
		return r.Treatment().String()
	}
	percent := r.Explain().Percent
	if strings.Contains(percent, ".") {
		percent = strings.TrimRight(strings.TrimRight(percent, "0"), ".")
	}
	if r.OfGross() {
		return percent + " % of gross"
	}
	return percent + " %"
}
