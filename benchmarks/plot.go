package main

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax/benchmarks/client"
)

// plot is a bar chart of throughput by cache and number of cores.
type plot struct {
	file, title, says string
	bars              []bar
}

// bar is the throughput of a client in million lookups per second, on one core
// and on two.
type bar struct {
	name     string
	one, two float64
}

// plots returns the charts of the measures that were taken, the fastest client
// first.
func plots(rs results) []plot {
	list := []plot{
		{file: "throughput.svg", title: "One tenant, everything in memory", says: "million lookups per second; longer is better"},
		{file: "tenants.svg", title: "Many tenants, everything in memory", says: "million lookups per second; longer is better"},
		{file: "workingset.svg", title: "Working set ten times the size of the cache, Zipf 1.1", says: "million lookups per second, misses load and compile; longer is better"},
	}
	for i, measure := range []string{one, units, steepTrace} {
		for _, name := range append([]string{client.Tax, client.Local, client.PerAsk}, peerNames(measure == steepTrace)...) {
			a, ok := rs.value(on(measure, 1), name)
			b, too := rs.value(on(measure, 2), name)
			if ok && too {
				list[i].bars = append(list[i].bars, bar{name, 1e3 / a, 1e3 / b})
			}
		}
		slices.SortStableFunc(list[i].bars, func(a, b bar) int { return cmp.Compare(b.two, a.two) })
	}
	return list
}

// The dimensions of a chart, in its units.
const (
	plotWidth   = 760
	plotLeft    = 190 // where bars begin, after the names
	plotRight   = 70  // for the number after the longest bar
	plotTop     = 78
	plotPerBar  = 34
	plotBar     = 13
	plotBottom  = 16
	plotPadding = 16
)

// svg draws the plot. Its colours follow the colour scheme of the reader, light or
// dark.
func (p plot) svg() string {
	height := plotTop + plotPerBar*len(p.bars) + plotBottom
	longest := 0.0
	for _, b := range p.bars {
		longest = max(longest, b.one, b.two)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title">
<title id="title">%s: %s</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.note { fill: #59636e }
.ours { font-weight: 600 }
.ground { fill: #ffffff }
.one { fill: #9ec5f8 } .two { fill: #1a6fd4 }
.ours.one { fill: #9fdcae } .ours.two { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.note { fill: #9198a1 }
.ground { fill: #0d1117 }
.one { fill: #1f4a80 } .two { fill: #6cb0ff }
.ours.one { fill: #1d5a2c } .ours.two { fill: #56d364 }
}
</style>
<rect class="ground" width="%[3]d" height="%[4]d" rx="6"/>
<text class="title" x="%[7]d" y="28">%[5]s</text>
<text class="note" x="%[7]d" y="48">%[6]s</text>
`, plotWidth, height, plotWidth, height, escaped(p.title), escaped(p.says), plotPadding)
	fmt.Fprintf(&out, `<rect class="one" x="%d" y="57" width="13" height="11"/><text class="note" x="%d" y="67">1 core</text>
<rect class="two" x="%d" y="57" width="13" height="11"/><text class="note" x="%d" y="67">2 cores</text>
`, plotLeft, plotLeft+19, plotLeft+80, plotLeft+99)
	for i, b := range p.bars {
		y := plotTop + plotPerBar*i
		ours := ""
		if strings.HasPrefix(b.name, client.Tax) {
			ours = "ours "
		}
		fmt.Fprintf(&out, `<text class="%s" x="%d" y="%d" text-anchor="end">%s</text>`+"\n", strings.TrimSpace(ours), plotLeft-10, y+plotBar+5, escaped(b.name))
		for j, v := range []float64{b.one, b.two} {
			width := v / longest * (plotWidth - plotLeft - plotRight)
			top := y + j*(plotBar+1)
			fmt.Fprintf(&out, `<rect class="%s%s" x="%d" y="%d" width="%.1f" height="%d"/>`, ours, [...]string{"one", "two"}[j], plotLeft, top, width, plotBar)
			fmt.Fprintf(&out, `<text class="note" x="%.1f" y="%d">%s</text>`+"\n", plotLeft+width+6, top+plotBar-2, number(v))
		}
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	return b.String()
}
