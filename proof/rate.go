package proof

import (
	"errors"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

// rate is the rate of a class in a territory on one day.
type rate struct {
	percent   *big.Rat
	ofGross   bool
	parts     []Part
	treatment tax.Treatment
	tax       string
	status    tax.Status
	// verified has the as-of day of the document of every entry without a first day.
	verified []tax.Date
	entries  []Entry
}

// rate finds the document that lists the class, of the territory or its nearest
// parent, and answers from its entry of that day.
func (w World) rate(territory tax.Location, code string, day tax.Date) (rate, error) {
	for _, at := range w.visible(territory) {
		if w.invalid[at] {
			return rate{}, refuse("the class may be in "+at.String(), tax.ErrInvalid)
		}
		for _, c := range w.docs[at].Classes {
			if c.Code == code {
				return w.listed(at, c, day)
			}
		}
	}
	return rate{}, refuse("no class "+code, tax.ErrUnknownClass)
}

// listed answers from the timeline of a class that a document lists.
func (w World) listed(at tax.Location, c tax.Class, day tax.Date) (rate, error) {
	i := slices.IndexFunc(c.Rates, func(r tax.Rate) bool { return !r.From.After(day) })
	if i < 0 {
		return rate{}, refuse("before the first entry", tax.ErrNoRate)
	}
	e := c.Rates[i]
	if e.Effect == tax.End {
		return rate{}, refuse("the class has ended", tax.ErrNoRate)
	}
	own := rate{
		percent:   Exact(e.Percent),
		ofGross:   e.OfGross,
		parts:     Shares(e.Components),
		treatment: e.Treatment,
		status:    e.Evidence.Status,
		entries:   []Entry{{at, c.Code, i}},
	}
	if e.From.IsZero() {
		own.verified = []tax.Date{w.docs[at].Metadata.AsOf}
	}
	if e.Effect == tax.Replace {
		return w.named(at, own, e.Tax.Code)
	}

	above, err := w.parentRate(at, c.Code, day)
	if err != nil {
		return rate{}, err
	}
	if e.Effect == tax.Inherit {
		// As if the region did not list the class: its entry says nothing about
		// the rate, so the evidence for the entry does not matter.
		above.entries = append(own.entries, above.entries...)
		return above, nil
	}
	if above.treatment != tax.Taxable || own.treatment != tax.Taxable {
		return rate{}, refuse("only taxable rates add up", tax.ErrNoRate, tax.ErrInvalid)
	}
	if own, err = w.named(at, own, e.Tax.Code); err != nil {
		return rate{}, err
	}
	// Every share is of the net price, so the parts of both simply follow each
	// other. On top of the parent's tax, each own part is larger by the parent's
	// rate.
	factor := big.NewRat(1, 1)
	if e.Effect == tax.AddCompound {
		factor.Add(factor, new(big.Rat).Quo(above.percent, big.NewRat(100, 1)))
	}
	sum := rate{
		percent:   new(big.Rat).Add(above.percent, new(big.Rat).Mul(own.percent, factor)),
		parts:     above.orWhole(),
		treatment: tax.Taxable,
		tax:       above.tax + "+" + own.tax,
		status:    max(above.status, own.status),
		verified:  slices.Concat(above.verified, own.verified),
		entries:   append(own.entries, above.entries...),
	}
	if above.tax == own.tax {
		// Two shares of one tax are one tax.
		sum.tax = own.tax
	}
	for _, p := range own.orWhole() {
		sum.parts = append(sum.parts, Part{p.Code, new(big.Rat).Mul(p.Share, factor)})
	}
	return sum, nil
}

// parentRate returns the rate of the nearest ancestor that has a document.
func (w World) parentRate(at tax.Location, code string, day tax.Date) (rate, error) {
	chain := w.Chain(at)
	if len(chain) < 2 {
		return rate{}, refuse("no parent", tax.ErrNoRate)
	}
	above, err := w.rate(chain[1], code, day)
	if errors.Is(err, tax.ErrUnknownClass) {
		err = refuse("the parent has no such class", tax.ErrNoRate)
	}
	return above, err
}

// named returns the rate with the code of its tax: that of the entry, the document
// or the nearest parent that names one.
func (w World) named(at tax.Location, r rate, code string) (rate, error) {
	r.tax = code
	for _, up := range w.Chain(at) {
		if r.tax != "" {
			break
		}
		// An invalid document may still name the tax, unless that is its fault.
		named := w.docs[up].Tax
		if w.invalid[up] && named.Code == "" && !named.Name.IsZero() {
			return rate{}, refuse("the tax is named in "+up.String(), tax.ErrInvalid)
		}
		r.tax = named.Code
	}
	return r, nil
}

// statusOn returns the status on a day, and the first day on which everything without a
// first day was verified; zero if there is none. What was verified later than the day is
// undated, if it has a status at all that says less.
func (r rate) statusOn(day tax.Date) (status tax.Status, since tax.Date) {
	status = r.status
	for i, asOf := range r.verified {
		if asOf.IsZero() {
			since = tax.Date{}
		} else if i == 0 || !since.IsZero() && asOf.After(since) {
			since = asOf
		}
		if (asOf.IsZero() || asOf.After(day)) && (status == tax.Agreed || status == tax.Single) {
			status = tax.Undated
		}
	}
	return status, since
}

// orWhole returns the parts of the rate, or the rate as one part if it has none.
func (r rate) orWhole() []Part {
	if len(r.parts) == 0 {
		return []Part{{r.tax, r.percent}}
	}
	return slices.Clone(r.parts)
}

// Shares turns components into shares of the net price. A compound component is
// stated as a percentage of the net price plus all components before it.
func Shares(components []tax.Component) []Part {
	var parts []Part
	total := new(big.Rat)
	for _, c := range components {
		share := Exact(c.Percent)
		if c.Compound {
			onTop := new(big.Rat).Mul(share, new(big.Rat).Quo(total, big.NewRat(100, 1)))
			share.Add(share, onTop)
		}
		total.Add(total, share)
		parts = append(parts, Part{c.Code, share})
	}
	return parts
}

// interval finds the days around the given one on which the same entries answer, by
// trying every day on which any document changes.
func (w World) interval(territory tax.Location, code string, day tax.Date, entries []Entry) (since, until tax.Date) {
	same := func(day tax.Date) bool {
		r, err := w.rate(territory, code, day)
		return err == nil && slices.Equal(r.entries, entries)
	}
	days := w.boundaries()
	for _, d := range slices.Backward(days) {
		if d.After(day) {
			continue
		}
		before := d.AddDays(-1)
		if before.IsZero() {
			// There is no day before the first of the calendar, so it bounds the
			// interval only if an entry of the answer begins there.
			if w.begins(entries, d) {
				since = d
			}
			break
		}
		if !same(before) {
			since = d
			break
		}
	}
	for _, d := range days {
		if d.After(day) && !same(d) {
			return since, d
		}
	}
	return since, tax.Date{}
}

// boundaries returns the first days of all entries of all documents, ascending.
func (w World) boundaries() []tax.Date {
	var days []tax.Date
	for _, doc := range w.docs {
		for _, c := range doc.Classes {
			for _, r := range c.Rates {
				if !r.From.IsZero() {
					days = append(days, r.From)
				}
			}
		}
	}
	slices.SortFunc(days, tax.Date.Compare)
	return slices.Compact(days)
}

// begins reports whether one of the entries begins on the day.
func (w World) begins(entries []Entry, day tax.Date) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool {
		for _, c := range w.docs[e.Location].Classes {
			if c.Code == e.Class {
				return c.Rates[e.Index].From == day
			}
		}
		return false
	})
}

// Exact returns a decimal as a rational number.
func Exact(d decimal.Decimal) *big.Rat {
	r := new(big.Rat).SetInt(d.Coefficient())
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Exponent(), -d.Exponent()))), nil)
	if d.Exponent() < 0 {
		return r.Quo(r, new(big.Rat).SetInt(ten))
	}
	return r.Mul(r, new(big.Rat).SetInt(ten))
}
