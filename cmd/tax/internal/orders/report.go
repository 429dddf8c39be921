package orders

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
)

// maxRejections bounds the lines that a report names as refused.
const maxRejections = 1000

// Report is what came out.
type Report struct {
	Lines    int `json:"lines"`
	Changed  int `json:"changed"`
	Refused  int `json:"refused"`
	totals   map[group]*total
	largest  map[*Currency][]Line
	keep     int
	Rejected []Rejection `json:"rejections"`
	Omitted  int         `json:"omitted,omitempty"` // refused, and not in Rejected
}

// Rejection is a line that cannot be priced.
type Rejection struct {
	Line    int    `json:"line"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// group is what a total is of.
type group struct {
	country, class string
	currency       *Currency
}

// total is the sum of a group.
type total struct {
	lines, changed int
	before, after  sums
}

type sums struct{ net, tax, gross sum }

func (s *sums) add(p *Price) {
	s.net.add(p.Net)
	s.tax.add(p.Tax)
	s.gross.add(p.Gross)
}

func newReport(largest int) *Report {
	return &Report{totals: map[group]*total{}, largest: map[*Currency][]Line{}, keep: largest, Rejected: []Rejection{}}
}

// total returns the sum of a group.
func (r *Report) total(g group) *total {
	t := r.totals[g]
	if t == nil {
		t = new(total)
		r.totals[g] = t
	}
	return t
}

// add adds a line, also to the sum of its group.
func (r *Report) add(l *Line, t *total) {
	t.lines++
	t.before.add(&l.Before)
	t.after.add(&l.After)
	if l.changed() {
		t.changed++
		r.Changed++
		r.keepLargest(l)
	}
}

// keepLargest keeps a line if it is one of the largest differences of its currency.
func (r *Report) keepLargest(l *Line) {
	list := r.largest[l.Currency]
	if len(list) == r.keep && (r.keep == 0 || magnitude(l) <= magnitude(&list[r.keep-1])) {
		return
	}
	i, _ := slices.BinarySearchFunc(list, l, func(a Line, b *Line) int {
		return cmp.Or(cmp.Compare(magnitude(b), magnitude(&a)), -1) // among equal ones, the first of the file first
	})
	if len(list) == r.keep {
		list = list[:r.keep-1]
	}
	r.largest[l.Currency] = slices.Insert(list, i, *l)
}

func magnitude(l *Line) int64 { return max(l.Difference(), -l.Difference()) }

func (r *Report) refuse(line int, why coded) {
	r.Refused++
	if len(r.Rejected) == maxRejections {
		r.Omitted++
		return
	}
	message := why.Error()
	if len(message) > 400 {
		message = strings.ToValidUTF8(message[:400], "") + "..."
	}
	r.Rejected = append(r.Rejected, Rejection{line, why.Code(), message})
}

// Amounts are texts, in units of the currency.
type Amounts struct {
	Rate  string `json:"rate,omitempty"`
	Net   string `json:"net"`
	Tax   string `json:"tax"`
	Gross string `json:"gross"`
}

// Total is what the lines of a country and a class come to.
type Total struct {
	Country    string  `json:"country"`
	Class      string  `json:"class"`
	Currency   string  `json:"currency"`
	Lines      int     `json:"lines"`
	Changed    int     `json:"changed"`
	Before     Amounts `json:"before"`
	After      Amounts `json:"after"`
	Difference string  `json:"difference"` // of the tax
}

// Totals returns the sums by country, class and currency.
func (r *Report) Totals() []Total {
	list := make([]Total, 0, len(r.totals))
	for g, t := range r.totals {
		if t.lines == 0 { // all were refused
			continue
		}
		amounts := func(s *sums) Amounts {
			return Amounts{"", g.currency.text(s.net.whole()), g.currency.text(s.tax.whole()), g.currency.text(s.gross.whole())}
		}
		list = append(list, Total{g.country, g.class, g.currency.Code, t.lines, t.changed, amounts(&t.before), amounts(&t.after),
			g.currency.text(new(big.Int).Sub(t.after.tax.whole(), t.before.tax.whole()))})
	}
	slices.SortFunc(list, func(a, b Total) int {
		return cmp.Or(strings.Compare(a.Country, b.Country), strings.Compare(a.Class, b.Class), strings.Compare(a.Currency, b.Currency))
	})
	return list
}

// Differing is a line with its amounts as texts.
type Differing struct {
	Line       int     `json:"line"`
	Location   string  `json:"location"`
	Class      string  `json:"class"`
	Currency   string  `json:"currency"`
	Before     Amounts `json:"before"`
	After      Amounts `json:"after"`
	Difference string  `json:"difference"` // of the tax
}

// Texts returns a line for people and programs.
func (l *Line) Texts() Differing {
	t := l.texts
	if t.location == "" {
		t = rateTexts{l.Before.Rate.Location().String(), rateText(l.Before.Rate), rateText(l.After.Rate)}
	}
	amounts := func(rate string, p *Price) Amounts {
		return Amounts{rate, l.Currency.Text(p.Net), l.Currency.Text(p.Tax), l.Currency.Text(p.Gross)}
	}
	return Differing{l.Number, t.location, l.Class, l.Currency.Code, amounts(t.before, &l.Before), amounts(t.after, &l.After), l.Currency.Text(l.Difference())}
}

// Largest returns the lines whose tax differs most, by currency.
func (r *Report) Largest() []Differing {
	currencies := make([]*Currency, 0, len(r.largest))
	for c := range r.largest {
		currencies = append(currencies, c)
	}
	slices.SortFunc(currencies, func(a, b *Currency) int { return strings.Compare(a.Code, b.Code) })
	list := []Differing{}
	for _, c := range currencies {
		for i := range r.largest[c] {
			list = append(list, r.largest[c][i].Texts())
		}
	}
	return list
}
