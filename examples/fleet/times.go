package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// times are how long changes took to reach each process, from before they were written.
type times struct {
	took     [][]time.Duration // of each process
	last     []int             // the last change that it has seen
	wentBack int
}

func newTimes(processes int) *times {
	return &times{took: make([][]time.Duration, processes), last: make([]int, processes)}
}

// add notes what a process has seen. It reports whether that is the change that began then.
func (t *times) add(s sight, change int, began time.Time) bool {
	if s.wentBack || s.change < t.last[s.process] {
		t.wentBack++
	}
	t.last[s.process] = s.change
	if s.change != change {
		return false
	}
	t.took[s.process] = append(t.took[s.process], s.at.Sub(began))
	return true
}

// all returns the times of all processes in order.
func (t *times) all() []time.Duration {
	all := slices.Concat(t.took...)
	slices.Sort(all)
	return all
}

// at returns the time within which a share of the changes arrived.
func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[(len(sorted)-1)*percent/100]
}

// print prints the times of each process, and of all of them.
func (t *times) print(out io.Writer, threeRoundTrips time.Duration) {
	fmt.Fprintf(out, "%-10s %8s %12s %12s %12s\n", "process", "changes", "median", "99 %", "longest")
	line := func(name string, sorted []time.Duration) {
		fmt.Fprintf(out, "%-10s %8d %12s %12s %12s\n", name, len(sorted), round(at(sorted, 50)), round(at(sorted, 99)), round(at(sorted, 100)))
	}
	for i, took := range t.took {
		sorted := slices.Sorted(slices.Values(took))
		line(fmt.Sprint(i+2), sorted)
	}
	line("all", t.all())
	if threeRoundTrips > 0 {
		fmt.Fprintln(out, "three round trips of SELECT 1:", round(threeRoundTrips))
	}
	if t.wentBack == 0 {
		fmt.Fprintln(out, "no answer ever went back")
	} else {
		fmt.Fprintln(out, "ANSWERS THAT WENT BACK:", t.wentBack)
	}
}

func round(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// svg draws how many of the changes had reached how many of the processes after which time:
// a curve for the slowest process of each change, one for all, and the median.
func (t *times) svg(title string) []byte {
	const width, height, left, bottom = 640, 320, 60, 40
	all := t.all()
	var slowest []time.Duration
	for i := range t.took[0] {
		latest := time.Duration(0)
		for _, took := range t.took {
			latest = max(latest, took[i])
		}
		slowest = append(slowest, latest)
	}
	slices.Sort(slowest)
	end := at(slowest, 99) * 12 / 10
	x := func(d time.Duration) float64 {
		return left + float64(min(d, end))/float64(end)*(width-left-20)
	}
	y := func(share float64) float64 { return height - bottom - share*(height-bottom-30) }
	curve := func(sorted []time.Duration) string {
		var b strings.Builder
		fmt.Fprintf(&b, "M%.1f %.1f", x(0), y(0))
		for i, d := range sorted {
			fmt.Fprintf(&b, "H%.1fV%.1f", x(d), y(float64(i+1)/float64(len(sorted))))
		}
		return b.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/><text x="%d" y="18">%s: from the beginning of a write to the first answer with it</text>`+"\n", width, height, left, escaped(title))
	for n := range 6 {
		d := end * time.Duration(n) / 5
		fmt.Fprintf(&b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%.1f ms</text>`+"\n", x(d), y(0), y(1), x(d), height-bottom+18, float64(d)/1e6)
		share := float64(n) / 5
		fmt.Fprintf(&b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%d %%</text>`+"\n", x(0), y(share), x(end), left-6, y(share)+4, 20*n)
	}
	fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#06c" stroke-width="1.5"/>`+"\n", curve(all))
	fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#c30" stroke-width="1.5"/>`+"\n", curve(slowest))
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#06c" text-anchor="end">a process</text><text x="%d" y="%d" fill="#c30" text-anchor="end">the last of the processes</text></svg>`+"\n", width-24, height-bottom-28, width-24, height-bottom-12)
	return []byte(b.String())
}

// escaped returns text as XML has it.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
}
