package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// The limits are those of package tax. Its largest circle is the compiler, whose
// stages call each other. Lower a limit when the drawing allows it. Before raising
// one, look for the definition that is in the wrong file.
const (
	maxCircle = 4 // files
	maxUp     = 7 // arrows in the whole package
)

// house is a package with its files in the order of the drawing, the lowest first.
type house struct {
	pack
	order   []int
	floor   []int   // by file
	circles [][]int // of more than one file, in the order of the files
	up      []arrow // those that run up
}

// build arranges the files of a package.
func build(p pack) house {
	g := make(graph, len(p.files))
	for i, f := range p.files {
		g[i] = make([]int, len(p.files))
		for used, names := range f.uses {
			g[i][used] = len(names)
		}
	}
	h := house{pack: p}
	circles := g.circles()
	h.floor = g.floors(circles)
	slices.SortFunc(circles, func(a, b []int) int {
		return cmp.Or(cmp.Compare(h.floor[a[0]], h.floor[b[0]]), cmp.Compare(a[0], b[0]))
	})
	for _, circle := range circles {
		circle = arranged(circle, g)
		h.order = append(h.order, circle...)
		if len(circle) > 1 {
			h.circles = append(h.circles, circle)
		}
	}
	h.up = g.arrowsUp(h.order)
	return h
}

// draw writes the files from the ground up, then the circles and the arrows that run
// up.
func (h house) draw(w io.Writer) error {
	var out bytes.Buffer
	lines, floors := 0, 0
	for i, f := range h.files {
		lines += f.lines
		floors = max(floors, h.floor[i]+1)
	}
	fmt.Fprintf(&out, "%s: %d files, %d lines, %d floors\n\n", h.path, len(h.files), lines, floors)

	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "floor\tfile\tlines\tuses")
	for _, i := range h.order {
		f := h.files[i]
		used := h.names(slices.Sorted(maps.Keys(f.uses)))
		fmt.Fprintf(table, "%d\t%s\t%d\t%s\n", h.floor[i], f.name, f.lines, cmp.Or(strings.Join(used, ", "), "-"))
	}
	if err := table.Flush(); err != nil {
		return err
	}

	fmt.Fprintf(&out, "\ncircles of at most %d files: %d\n", maxCircle, len(h.circles))
	for _, circle := range h.circles {
		fmt.Fprintf(&out, "  %d files: %s\n", len(circle), strings.Join(h.names(circle), ", "))
	}
	fmt.Fprintf(&out, "\narrows that run up, at most %d: %d\n", maxUp, len(h.up))
	for _, a := range h.up {
		fmt.Fprintf(&out, "  %s uses %s: %s\n", h.files[a.from].name, h.files[a.to].name, some(h.files[a.from].uses[a.to]))
	}
	_, err := w.Write(out.Bytes())
	return err
}

// some returns the first of the names, which are enough to find the others.
func some(names []string) string {
	const enough = 4
	if more := len(names) - enough; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:enough], ", "), more)
	}
	return strings.Join(names, ", ")
}

// verdict returns an error if the house breaks a limit. It names every circle and
// every arrow at fault.
func (h house) verdict() error {
	var faults []error
	for _, circle := range h.circles {
		if len(circle) > maxCircle {
			faults = append(faults, fmt.Errorf("%d files form a circle, more than %d: %s\n"+
				"Move definitions to the file whose noun they belong to, or pass to a lower file what it needs",
				len(circle), maxCircle, strings.Join(h.names(circle), ", ")))
		}
	}
	if len(h.up) > maxUp {
		var arrows []string
		for _, a := range h.up {
			arrows = append(arrows, h.files[a.from].name+" to "+h.files[a.to].name)
		}
		faults = append(faults, fmt.Errorf("%d arrows run up, more than %d: %s\n"+
			"Move what an arrow names, as drawn above, to the file where the arrow starts or to one below it",
			len(h.up), maxUp, strings.Join(arrows, ", ")))
	}
	return errors.Join(faults...)
}

func (h house) names(numbers []int) []string {
	var list []string
	for _, i := range numbers {
		list = append(list, h.files[i].name)
	}
	return list
}
