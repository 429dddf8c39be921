package main

import "slices"

// graph is which file of a package uses which: the number of names that a file, by
// its number, uses of another, 0 for none.
type graph [][]int

// circles divides the files into circles: two files are in one when each
// reaches the other. A file in no circle is one of its own. A circle comes after
// those that it uses.
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
	lowest  []int // number that the file reaches among the open ones
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
		return // a file further down the stack closes this circle
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
// circle that the circle uses, 0 when there is none. The circles come in the order
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
