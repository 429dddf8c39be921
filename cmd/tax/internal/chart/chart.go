// Package chart draws the rates of a class over time as SVG.
package chart

import (
	"encoding/xml"
	"fmt"
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
	letterWidth, yearWidth   = 8, 52
	daysBefore, daysAfter    = 2 * 365, 365
)

// The colours are those of a light page or of a dark one, as the reader has it.
const style = `text{font:12px sans-serif;fill:#333}.axis{stroke:#999}.today{stroke:#999;stroke-dasharray:4 4}.rate{fill:none;stroke:#0b62a4;stroke-width:2}` +
	`@media(prefers-color-scheme:dark){text{fill:#ddd}.rate{stroke:#6db3f2}}`

// SVG returns a drawing of spans, the earliest first, in which today is marked. A time
// without a rate is a gap.
func SVG(title string, spans []compare.Span, today tax.Date) string {
	first, last := days(spans, today)
	highest := highest(spans)
	x := func(d tax.Date) int {
		return left + int(int64(right-left)*min(max(day(d)-first, 0), last-first)/(last-first))
	}
	var path, labels, words strings.Builder
	at := "" // where the path is
	for _, span := range spans {
		words.WriteString(text(sentence(span)))
		if !span.Known() {
			continue
		}
		from, until := x(span.From), right
		if !span.Until.IsZero() {
			until = x(span.Until)
		}
		y := bottom - (bottom-top)*thousandths(span.Percent)/(highest*1000)
		step := "M"
		if at == strconv.Itoa(from) {
			step = "L"
		}
		fmt.Fprintf(&path, "%s%d %dL%d %d", step, from, y, until, y)
		at = strconv.Itoa(until)
		// A label stands over its own line only, so that it never crosses another one.
		if label := span.String(); until-from >= letterWidth*len(label) {
			fmt.Fprintf(&labels, "<text x=\"%d\" y=\"%d\">%s</text>\n", from+3, y-6, text(label))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", text(title), words.String(), style)
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"18\">%s</text>\n", left, text(title))
	fmt.Fprintf(&b, "<path class=\"axis\" d=\"M%d %dL%d %d\"/>\n<path class=\"today\" d=\"M%d %dL%d %d\"/>\n", left, bottom, right, bottom, x(today), top, x(today), bottom)
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0 %%</text>\n<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%d %%</text>\n", left-4, bottom+4, left-4, top+4, highest)
	years(&b, first, last, x)
	fmt.Fprintf(&b, "<path class=\"rate\" d=\"%s\"/>\n%s</svg>\n", path.String(), labels.String())
	return b.String()
}

// years labels the axis of days.
func years(b *strings.Builder, first, last int64, x func(tax.Date) int) {
	from, to := time.Unix(first*86400, 0).UTC().Year(), time.Unix(last*86400, 0).UTC().Year()
	step := 1
	for _, step = range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000} {
		if (to-from)*yearWidth <= (right-left)*step {
			break
		}
	}
	for year := (from/step + 1) * step; year <= to; year += step {
		if january, err := tax.NewDate(year, time.January, 1); err == nil {
			fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x(january), bottom+20, year)
		}
	}
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

// text escapes a text. What XML cannot have becomes �, and so does what turns the order of
// letters around.
func text(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0x7f && r < 0xa0 {
			return '�'
		}
		return r
	}, s)
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder has no errors
	return b.String()
}
