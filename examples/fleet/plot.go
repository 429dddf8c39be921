package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// plot shows which share of the changes had arrived after which time, a curve for each of
// several lists of times.
type plot []curve

// curve are times in order.
type curve struct {
	name  string
	times []time.Duration
}

// colors are those of the curves.
var colors = [...]string{"#06c", "#c30", "#080", "#808"}

// The size of a plot and the place of its axes.
const (
	width, height = 640, 330
	left, right   = 60, width - 20
	top, bottom   = 30, height - 40
)

// scale is a logarithmic axis of times, over whole powers of ten.
type scale struct{ first, last float64 }

// scaleOf returns the axis for what is drawn.
func (p plot) scaleOf() scale {
	s := scale{math.Inf(1), math.Inf(-1)}
	for _, c := range p {
		for _, d := range c.times {
			exponent := math.Log10(float64(max(d, time.Microsecond)))
			s.first, s.last = min(s.first, math.Floor(exponent)), max(s.last, math.Ceil(exponent))
		}
	}
	if s.last <= s.first {
		s.last = s.first + 1
	}
	return s
}

func (s scale) x(d time.Duration) float64 {
	return left + (math.Log10(float64(max(d, time.Microsecond)))-s.first)/(s.last-s.first)*(right-left)
}

func y(share float64) float64 { return bottom - share*(bottom-top) }

// svg draws the plot.
func (p plot) svg() []byte {
	s := p.scaleOf()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/><text x="%d" y="18">From the beginning of a write to the first answer with it: share of the answers</text>`+"\n", width, height, left)
	for exponent := s.first; exponent <= s.last; exponent++ {
		d := time.Duration(math.Pow(10, exponent))
		fmt.Fprintf(&b, `<path d="M%.1f %.1fV%.1f" stroke="#bbb"/><text x="%.1f" y="%d" text-anchor="middle">%v</text>`+"\n", s.x(d), y(0), y(1), s.x(d), bottom+18, d)
		for n := time.Duration(2); n < 10 && exponent < s.last; n++ {
			fmt.Fprintf(&b, `<path d="M%.1f %.1fV%.1f" stroke="#eee"/>`+"\n", s.x(n*d), y(0), y(1))
		}
	}
	for n := range 6 {
		share := float64(n) / 5
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%d %%</text>`+"\n", left, y(share), right, left-6, y(share)+4, 20*n)
	}
	for i, c := range p {
		color := colors[i%len(colors)]
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", c.path(s), color)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s" text-anchor="end">%s</text>`+"\n", right-6, bottom-12-16*(len(p)-1-i), color, escaped(c.name))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// path draws at most 200 steps: more are not seen.
func (c *curve) path(s scale) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", s.x(c.times[0]), y(0))
	steps := min(len(c.times), 200)
	for n := 1; n <= steps; n++ {
		at := len(c.times) * n / steps
		fmt.Fprintf(&b, "H%.1fV%.1f", s.x(c.times[at-1]), y(float64(at)/float64(len(c.times))))
	}
	return b.String()
}

// escaped returns text as XML has it.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
}
