// Package compare finds the answers that differ between two sources, and the days from
// which on they do.
package compare

import (
	"context"
	"errors"
	"strings"

	"github.com/taxresolve/tax"
)

// Answer is what a lookup answers, as far as it decides what is charged. Two answers are
// the same if they are equal.
type Answer struct {
	Class      string `json:"class,omitempty"`
	Percent    string `json:"percent,omitempty"` // "" only where the default class is compared
	OfGross    bool   `json:"ofGross,omitempty"`
	Components string `json:"components,omitempty"`
	Treatment  string `json:"treatment,omitempty"`
	Tax        string `json:"tax,omitempty"`
	// Missing is the code of the error in place of an answer.
	Missing string `json:"missing,omitempty"`
}

// Ask returns the answer to a lookup. An error is one of the source.
func Ask(ctx context.Context, r *tax.Resolver, l tax.Lookup) (Answer, error) {
	found, err := r.Lookup(ctx, l)
	var refused *tax.LookupError
	switch {
	case errors.As(err, &refused) && !errors.Is(err, tax.ErrUnavailable) && ctx.Err() == nil:
		return Answer{Missing: refused.Code()}, nil
	case err != nil:
		return Answer{}, err
	}
	e := found.Explain()
	a := Answer{Class: e.Class, Percent: shortest(e.Percent), OfGross: e.OfGross, Treatment: e.Treatment.String(), Tax: e.Tax}
	var parts []string
	for _, c := range e.Components {
		part := shortest(c.Percent) + " % " + c.Code
		if c.Compound {
			part += " compound"
		}
		parts = append(parts, part)
	}
	a.Components = strings.Join(parts, " + ")
	return a, nil
}

// shortest returns a number without the zeros at its end: 20.0 and 20 are one answer.
func shortest(number string) string {
	if strings.Contains(number, ".") {
		return strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number
}

// String returns the answer for people: "19 %", "exempt", "rate_unknown".
func (a Answer) String() string {
	switch {
	case a.Missing != "":
		return a.Missing
	case a.Percent == "":
		return a.Class
	case a.Treatment != tax.Taxable.String():
		return a.Treatment
	case a.OfGross:
		return a.Percent + " % of gross"
	}
	return a.Percent + " %"
}

// Known reports whether there is an answer.
func (a Answer) Known() bool { return a.Missing == "" }

// Change is a time in which an answer differs.
type Change struct {
	From   tax.Date `json:"from"`
	Until  tax.Date `json:"until,omitzero"` // the first day after it; zero if there is no end
	Before Answer   `json:"before"`
	After  Answer   `json:"after"`
}

// Changes returns the times in which two resolvers answer a lookup differently, the
// earliest first. days are those on which an answer may change: see [Days]. Without a class,
// only the code of the default class counts.
func Changes(ctx context.Context, before, after *tax.Resolver, l tax.Lookup, days []tax.Date) ([]Change, error) {
	var changes []Change
	open := false
	for _, day := range days {
		l.Date = day
		was, err := Ask(ctx, before, l)
		if err != nil {
			return nil, err
		}
		is, err := Ask(ctx, after, l)
		if err != nil {
			return nil, err
		}
		if l.Class == "" {
			was, is = Answer{Class: was.Class, Missing: was.Missing}, Answer{Class: is.Class, Missing: is.Missing}
		}
		if last := len(changes) - 1; open && (changes[last].Before != was || changes[last].After != is) {
			changes[last].Until, open = day, false
		}
		if was != is && !open {
			changes, open = append(changes, Change{From: day, Before: was, After: is}), true
		}
	}
	return changes, nil
}
