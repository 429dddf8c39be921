package main

import (
	"fmt"
	"io"
	"slices"
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

// slowest returns, in order, the times in which changes had reached every process.
func (t *times) slowest() []time.Duration {
	var slowest []time.Duration
	for i := range t.took[0] {
		latest := time.Duration(0)
		for _, took := range t.took {
			latest = max(latest, took[i])
		}
		slowest = append(slowest, latest)
	}
	slices.Sort(slowest)
	return slowest
}

// print prints the times of each process, and of all of them.
func (t *times) print(out io.Writer, trip string, threeTrips time.Duration) {
	fmt.Fprintf(out, "%-10s %8s %12s %12s %12s\n", "process", "changes", "median", "99 %", "longest")
	line := func(name string, sorted []time.Duration) {
		fmt.Fprintf(out, "%-10s %8d %12s %12s %12s\n", name, len(sorted), round(at(sorted, 50)), round(at(sorted, 99)), round(at(sorted, 100)))
	}
	for i, took := range t.took {
		sorted := slices.Sorted(slices.Values(took))
		line(fmt.Sprint(i+2), sorted)
	}
	line("all", t.all())
	if threeTrips > 0 {
		fmt.Fprintf(out, "three round trips of %s: %s\n", trip, round(threeTrips))
	}
	if t.wentBack == 0 {
		fmt.Fprintln(out, "no answer ever went back")
	} else {
		fmt.Fprintln(out, "ANSWERS THAT WENT BACK:", t.wentBack)
	}
}

func round(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
