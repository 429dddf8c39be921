package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/taxresolve/tax"
)

const (
	width, height            = 800, 320
	left, right, top, bottom = 50, 20, 40, 40
)

// draw writes an SVG with the periods as a step line, up to a day.
func draw(out io.Writer, title string, periods []period, today tax.Date) error {
	first, highest := today, 1.0
	for i, p := range periods {
		if i == 0 {
			first = p.from
			if first.IsZero() {
				first = p.until
			}
		}
		highest = max(highest, p.percent)
	}
	if first.IsZero() || !first.Before(today) {
		first = today.AddDays(-366)
	}
	x := func(d tax.Date) float64 {
		return left + (width-left-right)*(years(d)-years(first))/(years(today)-years(first))
	}
	y := func(percent float64) float64 {
		return height - bottom - (height-top-bottom)*percent/(highest*1.1)
	}

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="24" font-size="16">%s</text>`+"\n", left, escape(title))
	fmt.Fprintf(&b, `<path d="M%d %d V%d H%d" fill="none" stroke="gray"/>`+"\n", left, top, height-bottom, width-right)
	lastYear, last := -width, highest // position of the last year label, and the last rate
	for _, p := range periods {
		from, until := p.from, p.until
		if from.Before(first) {
			from = first
		}
		if until.IsZero() || until.After(today) {
			until = today
		}
		if !from.Before(until) || p.text == "no rate" {
			continue
		}
		fmt.Fprintf(&b, `<path d="M%.1f %.1f H%.1f" stroke="steelblue" stroke-width="3"><title>%s: %s</title></path>`+"\n",
			x(from), y(p.percent), x(until), from, escape(p.text))
		// A higher rate is labeled above its line and a lower one below, so that
		// labels do not overlap.
		label := y(p.percent) - 6
		if p.percent < last {
			label = y(p.percent) + 16
		}
		last = p.percent
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f">%g</text>`+"\n", x(from), label, p.percent)
		if int(x(from))-lastYear >= 24 {
			lastYear = int(x(from))
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="gray" transform="rotate(45 %.1f %d)">%d</text>`+"\n",
				x(from), height-bottom+12, x(from), height-bottom+12, from.Year())
		}
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func years(d tax.Date) float64 {
	return float64(d.Year()) + float64(d.Month()-1)/12 + float64(d.Day()-1)/365
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}
