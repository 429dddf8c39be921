package compare

import (
	"context"

	"github.com/taxresolve/tax"
)

// Span is a time in which an answer stays the same.
type Span struct {
	From  tax.Date `json:"from"`           // 0001-01-01 is ever
	Until tax.Date `json:"until,omitzero"` // the first day after it; zero if there is no end
	Answer
}

// Timeline returns the answers to a lookup on all days, the earliest first. days are those on
// which an answer may change: see [Days].
func Timeline(ctx context.Context, r *tax.Resolver, l tax.Lookup, days []tax.Date) ([]Span, error) {
	var spans []Span
	for _, day := range days {
		l.Date = day
		a, err := Ask(ctx, r, l)
		if err != nil {
			return nil, err
		}
		last := len(spans) - 1
		if last >= 0 && spans[last].Answer == a {
			continue
		}
		if last >= 0 {
			spans[last].Until = day
		}
		spans = append(spans, Span{From: day, Answer: a})
	}
	return spans, nil
}
