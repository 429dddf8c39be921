package main

import (
	"cmp"
	"math"
	"slices"
)

// maxExact is the size of the largest circle for which all orders are compared. Time
// and memory double with every file.
const maxExact = 16

// arranged returns the files of a circle in an order in which few arrows run up, with
// few names each: those are the ones to cut. Up to maxExact files, no order is
// better.
func arranged(circle []int, g graph) []int {
	if len(circle) > maxExact {
		return sifted(circle, g)
	}
	// Comparing sets is enough: the arrows that run up to a file depend on which
	// files are below it, not on their order.
	type state struct {
		cost
		top int
	}
	best := make([]state, 1<<len(circle)) // by set of files
	for set := 1; set < len(best); set++ {
		best[set].arrows = math.MaxInt
		for i, f := range circle {
			below := set &^ (1 << i)
			if below == set {
				continue
			}
			c := best[below].cost
			for j, user := range circle {
				if below&(1<<j) != 0 {
					c.add(g[user][f])
				}
			}
			if c.compare(best[set].cost) <= 0 {
				best[set] = state{c, i}
			}
		}
	}
	order := make([]int, 0, len(circle))
	for set := len(best) - 1; set != 0; set &^= 1 << best[set].top {
		order = append(order, circle[best[set].top])
	}
	slices.Reverse(order)
	return order
}

// sifted is arranged for large circles. It finds a good order, not always the best:
// the file that uses the fewest of those left comes next, and then single files are
// moved for as long as that helps.
func sifted(circle []int, g graph) []int {
	left, order := slices.Clone(circle), make([]int, 0, len(circle))
	for len(left) > 0 {
		next := slices.MinFunc(left, func(a, b int) int {
			return g.between(a, left).compare(g.between(b, left))
		})
		order = append(order, next)
		left = slices.DeleteFunc(left, func(f int) bool { return f == next })
	}
	for best := g.up(order); ; {
		before := best
		for _, f := range circle {
			without := slices.DeleteFunc(slices.Clone(order), func(other int) bool { return other == f })
			for at := range order {
				moved := slices.Insert(slices.Clone(without), at, f)
				if c := g.up(moved); c.compare(best) < 0 {
					order, best = moved, c
				}
			}
		}
		if best == before {
			return order
		}
	}
}

// cost compares orders: first the number of arrows, then the number of names that
// cause them.
type cost struct{ arrows, names int }

func (c *cost) add(names int) {
	if names > 0 {
		c.arrows++
		c.names += names
	}
}

func (c cost) compare(other cost) int {
	return cmp.Or(cmp.Compare(c.arrows, other.arrows), cmp.Compare(c.names, other.names))
}

// between returns the cost of the arrows from a file to others.
func (g graph) between(from int, others []int) cost {
	var c cost
	for _, to := range others {
		c.add(g[from][to])
	}
	return c
}

// up returns the cost of the arrows that run up in an order.
func (g graph) up(order []int) cost {
	var c cost
	for _, a := range g.arrowsUp(order) {
		c.add(g[a.from][a.to])
	}
	return c
}

// arrow leads from a file to one that it uses.
type arrow struct{ from, to int }

// arrowsUp returns the arrows from a file to a later one, in the order of the files.
func (g graph) arrowsUp(order []int) []arrow {
	var up []arrow
	for i, from := range order {
		for _, to := range order[i+1:] {
			if g[from][to] > 0 {
				up = append(up, arrow{from, to})
			}
		}
	}
	return up
}
