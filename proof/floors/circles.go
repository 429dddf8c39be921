package main

import "slices"

// graph says which files of a package use which: g[a][b] is the number of names from
// file b that file a uses.
type graph [][]int

// circles divides the files into circles: two files are in the same circle if each
// reaches the other. Any other file is a circle by itself. A circle comes after those
// that it uses.
func (g graph) circles() [][]int {
	t := tarjan{graph: g, number: make([]int, len(g)), lowest: make([]int, len(g)), open: make([]bool, len(g))}
	for f := range g {
		if t.number[f] == 0 {
			t.visit(f)
		}
	}
	return t.found
}

// tarjan is the state of Tarjan's algorithm for strongly connected components.
type tarjan struct {
	graph
	visited int
	number  []int // of the visit to a file, 0 before it
	lowest  []int // number among the open files that the file reaches
	open    []bool
	stack   []int // the open files: those whose circle is not complete
	found   [][]int
}

func (t *tarjan) visit(f int) {
	t.visited++
	t.number[f], t.lowest[f], t.open[f] = t.visited, t.visited, true
	t.stack = append(t.stack, f)
	for used, names := range t.graph[f] {
		switch {
		case names == 0:
		case t.number[used] == 0:
			t.visit(used)
			t.lowest[f] = min(t.lowest[f], t.lowest[used])
		case t.open[used]:
			t.lowest[f] = min(t.lowest[f], t.number[used])
		}
	}
	if t.lowest[f] < t.number[f] {
		return // a file further down the stack completes this circle
	}
	first := slices.Index(t.stack, f)
	circle := slices.Clone(t.stack[first:])
	t.stack = t.stack[:first]
	for _, member := range circle {
		t.open[member] = false
	}
	slices.Sort(circle)
	t.found = append(t.found, circle)
}

// floors returns the floor of every file: one above the highest file outside its
// circle that the circle uses, or 0 if it uses none. The circles must be in the order
// of graph.circles.
func (g graph) floors(circles [][]int) []int {
	floors := make([]int, len(g))
	for _, circle := range circles {
		floor := 0
		for _, f := range circle {
			for used, names := range g[f] {
				if names > 0 && !slices.Contains(circle, used) {
					floor = max(floor, floors[used]+1)
				}
			}
		}
		for _, f := range circle {
			floors[f] = floor
		}
	}
	return floors
}
