package tax

import (
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
)

// span is a stretch of a merged timeline while it is being built: from a day
// on, until the next span. The first span of a timeline has no from.
type span struct {
	from Date
	rate *effective
	gap  gap
}

// timeline is contiguous and sorted by day, and never empty.
type timeline []span

// merge lays the entries of a class in one territory over the timeline of its
// parent. parent is nil when the parent has no such class. t is the number of
// the territory terr, whose tax is charged where an entry names none. The message
// tells what is wrong with entry i; it is empty when nothing is.
func merge(parent timeline, entries []Rate, t int32, terr *territory) (merged timeline, i int, message string) {
	oldest := len(entries) - 1
	if !entries[oldest].From.IsZero() {
		// Listing a class takes it over: before the first entry there is no
		// rate, whatever the parent charged.
		merged = append(merged, span{gap: gapNone})
	}
	for i := oldest; i >= 0; i-- {
		entry := &entries[i]
		var until Date // zero: for ever
		if i > 0 {
			until = entries[i-1].From
		}
		unknownTax := terr.taxBroken && entry.Tax.Code == "" && entry.Effect.hasPercent()
		switch entry.Effect {
		case Replace:
			if unknownTax {
				merged = append(merged, span{from: entry.From, gap: gapInvalid})
				continue
			}
			merged = append(merged, span{from: entry.From, rate: own(entry, t, terr)})
		case End:
			merged = append(merged, span{from: entry.From, gap: gapEnded})
		default:
			if parent == nil {
				return nil, i, entry.Effect.String() + ", but the parent has no such class"
			}
			for _, s := range clipped(parent, entry.From, until) {
				switch {
				case s.rate == nil:
				case entry.Effect == Inherit:
					s.rate = inherited(s.rate, t)
				case unknownTax:
					s.rate, s.gap = nil, gapInvalid
				default:
					if s.rate.treatment != Taxable || s.rate.ofGross {
						return nil, i, entry.Effect.String() + ", but the parent's rate on " + dayOr(s.from, "any early day") +
							" is not a taxable percentage of the net price"
					}
					s.rate = added(s.rate, entry, t, terr)
				}
				merged = append(merged, s)
			}
		}
	}
	return merged, 0, ""
}

// clipped is the part of a timeline from a day on until another, exclusive.
func clipped(t timeline, from, until Date) timeline {
	var part timeline
	for i, s := range t {
		if !until.IsZero() && !s.from.Before(until) {
			break
		}
		if i+1 < len(t) && !t[i+1].from.After(from) {
			continue
		}
		if s.from.Before(from) {
			s.from = from
		}
		part = append(part, s)
	}
	return part
}

// own is the rate of an entry that stands for itself.
func own(r *Rate, t int32, terr *territory) *effective {
	tax, documents := taxOf(r, t, terr)
	return &effective{
		percent:    r.Percent,
		ofGross:    r.OfGross,
		components: r.Components,
		treatment:  r.Treatment,
		tax:        tax,
		evidence:   r.Evidence,
		undated:    r.From.IsZero(),
		documents:  documents,
	}
}

// inherited is the parent's rate as a territory takes it over with an entry. Its
// evidence is the parent's.
func inherited(parent *effective, t int32) *effective {
	e := *parent
	e.documents = append(slices.Clone(parent.documents), t)
	return &e
}

// added is the rate of an entry on top of its parent's.
func added(parent *effective, r *Rate, t int32, terr *territory) *effective {
	tax, documents := taxOf(r, t, terr)
	e := &effective{
		components: slices.Clone(parent.components),
		treatment:  Taxable,
		tax:        sum(parent.tax, tax),
		undated:    parent.undated || r.From.IsZero(),
		documents:  slices.Concat(parent.documents, documents),
		evidence: Evidence{
			Status:  max(parent.evidence.Status, r.Evidence.Status),
			Sources: union(parent.evidence.Sources, r.Evidence.Sources),
		},
	}
	if len(e.components) == 0 {
		e.components = []Component{{Code: parent.tax.Code, Name: parent.tax.Name, Percent: parent.percent}}
	}
	parts := slices.Clone(r.Components)
	if len(parts) == 0 {
		parts = []Component{{Code: tax.Code, Name: tax.Name, Percent: r.Percent}}
	}
	if r.Effect == AddCompound {
		parts[0].Compound = true // validation allows no second part here
	}
	e.components = append(e.components, parts...)
	e.percent = trimmed(totalPercent(e.components))
	return e
}

// trimmed drops trailing zeros after the point. A sum that nobody wrote has no
// decimals to keep: 6 + 7.5 x 1.06 is 13.95, not 13.950.
func trimmed(d decimal.Decimal) decimal.Decimal {
	n, exp := d.Coefficient(), d.Exponent()
	ten, rest := big.NewInt(10), new(big.Int)
	for exp < 0 {
		q, r := new(big.Int).QuoRem(n, ten, rest)
		if r.Sign() != 0 {
			break
		}
		n, exp = q, exp+1
	}
	return decimal.NewFromBigInt(n, exp)
}

// taxOf is the tax of an entry, and the documents that took part in it.
func taxOf(r *Rate, t int32, terr *territory) (Tax, []int32) {
	if r.Tax.Code != "" || terr.taxFrom == t {
		tax := r.Tax
		if tax.Code == "" {
			tax = terr.tax
		}
		return tax, []int32{t}
	}
	return terr.tax, []int32{t, terr.taxFrom}
}

// sum names two taxes that are charged together.
func sum(a, b Tax) Tax {
	switch {
	case a.Code == b.Code || b.Code == "":
		return a
	case a.Code == "":
		return b
	}
	return Tax{Code: a.Code + "+" + b.Code, Name: a.Name.join(b.Name)}
}

func union(a, b []string) []string {
	u := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(u, s) {
			u = append(u, s)
		}
	}
	return u
}

func dayOr(d Date, otherwise string) string {
	if d.IsZero() {
		return otherwise
	}
	return d.String()
}
