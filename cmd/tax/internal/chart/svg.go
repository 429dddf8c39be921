package chart

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

// The colours are those of a light page or of a dark one, as the reader has it.
const style = `text{font:12px sans-serif;fill:#333}.axis{stroke:#999}.today{stroke:#999;stroke-dasharray:4 4}.rate{fill:none;stroke:#0b62a4;stroke-width:2}` +
	`@media(prefers-color-scheme:dark){text{fill:#ddd}.rate{stroke:#6db3f2}}`

// SVG returns a drawing of spans, the earliest first, in which today is marked. A time
// without a rate is a gap.
func SVG(title string, spans []compare.Span, today tax.Date) string {
	d := draft(title, spans, today)
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escaped(d.title), escaped(d.words), style)
	fmt.Fprintf(&b, "<path class=\"axis\" d=\"M%d %dL%d %d\"/>\n<path class=\"today\" d=\"M%d %dL%d %d\"/>\n<path class=\"rate\" d=\"", left, bottom, right, bottom, d.today, top, d.today, bottom)
	for _, s := range d.steps {
		to := "M"
		if s.joined {
			to = "L"
		}
		fmt.Fprintf(&b, "%s%d %dL%d %d", to, s.from, s.y, s.until, s.y)
	}
	b.WriteString("\"/>\n")
	for _, l := range d.labels {
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", l.x, l.y, l.anchor, escaped(l.text))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// escaped returns a text for XML. What XML cannot have becomes �.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder has no errors
	return b.String()
}
