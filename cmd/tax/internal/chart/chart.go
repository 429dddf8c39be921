// Package chart draws the rates of a class over time, as SVG or as PNG.
package chart

import (
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

// All lengths are whole numbers.
const (
	width, height            = 640, 220
	left, right, top, bottom = 44, 620, 44, 180
	fontSize                 = 12
	letterWidth, yearWidth   = 8, 52
	daysBefore, daysAfter    = 2 * 365, 365
)

// drawing is what is drawn, whatever the form.
type drawing struct {
	title, words string
	today        int // where it is marked
	steps        []step
	labels       []label
}

// step is a rate: a line from left to right.
type step struct {
	from, until, y int
	joined         bool // with the one before it, by a line up or down
}

// label is a text on the line y, of which x is the place that anchor says.
type label struct {
	x, y   int
	anchor anchor
	text   string
}

type anchor string

const (
	start  anchor = "start"
	middle anchor = "middle"
	end    anchor = "end"
)

// draft returns the drawing of spans, the earliest first, in which today is marked. A time
// without a rate is a gap.
func draft(title string, spans []compare.Span, today tax.Date) drawing {
	first, last := days(spans, today)
	highest := highest(spans)
	x := func(d tax.Date) int {
		return left + int(int64(right-left)*min(max(day(d)-first, 0), last-first)/(last-first))
	}
	d := drawing{title: visible(title), today: x(today), labels: []label{
		{left, 18, start, visible(title)}, {left - 4, bottom + 4, end, "0 %"}, {left - 4, top + 4, end, strconv.Itoa(highest) + " %"},
	}}
	d.labels = append(d.labels, years(first, last, x)...)
	var words strings.Builder
	for _, span := range spans {
		words.WriteString(visible(sentence(span)))
		if !span.Known() {
			continue
		}
		s := step{from: x(span.From), until: right, y: bottom - (bottom-top)*thousandths(span.Percent)/(highest*1000)}
		if !span.Until.IsZero() {
			s.until = x(span.Until)
		}
		s.joined = len(d.steps) > 0 && d.steps[len(d.steps)-1].until == s.from
		d.steps = append(d.steps, s)
		// A label stands over its own line only, so that it never crosses another one.
		if text := span.String(); s.until-s.from >= letterWidth*len(text) {
			d.labels = append(d.labels, label{s.from + 3, s.y - 6, start, visible(text)})
		}
	}
	d.words = words.String()
	return d
}

// years returns the labels of the axis of days.
func years(first, last int64, x func(tax.Date) int) (list []label) {
	from, to := time.Unix(first*86400, 0).UTC().Year(), time.Unix(last*86400, 0).UTC().Year()
	step := 1
	for _, step = range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000} {
		if (to-from)*yearWidth <= (right-left)*step {
			break
		}
	}
	for year := (from/step + 1) * step; year <= to; year += step {
		if january, err := tax.NewDate(year, time.January, 1); err == nil {
			list = append(list, label{x(january), bottom + 20, middle, strconv.Itoa(year)})
		}
	}
	return list
}

// days returns the first and the last day of the drawing: all days on which something
// changes, and today.
func days(spans []compare.Span, today tax.Date) (first, last int64) {
	first, last = day(today), day(today)
	for _, span := range spans {
		if span.From.Year() > 1 { // 0001-01-01 is ever
			first, last = min(first, day(span.From)), max(last, day(span.From))
		}
	}
	return first - daysBefore, last + daysAfter
}

// day returns the number of a day.
func day(d tax.Date) int64 {
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// highest returns the percentage at the top of the drawing.
func highest(spans []compare.Span) int {
	most := 0
	for _, span := range spans {
		most = max(most, thousandths(span.Percent))
	}
	for _, s := range []int{1, 5, 10, 20, 25, 30, 50, 100, 200, 500} {
		if most <= s*1000 {
			return s
		}
	}
	return 1000
}

// thousandths returns a percentage in thousandths of a percent: a drawing shows no more.
func thousandths(percent string) int {
	whole, fraction, _ := strings.Cut(percent, ".")
	n, _ := strconv.Atoi(whole + (fraction + "000")[:3]) // of a time without a rate, 0
	return n
}

// sentence says what a span shows, for readers who do not see it.
func sentence(span compare.Span) string {
	s := span.String()
	if span.From.Year() > 1 {
		s += " from " + span.From.String()
	}
	if !span.Until.IsZero() {
		s += " until " + span.Until.String()
	}
	return s + ". "
}

// visible replaces what has no place in a line of text by �, and so what turns the order of
// letters around.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0x7f && r < 0xa0 {
			return '�'
		}
		return r
	}, s)
}
