package main

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestArranged(t *testing.T) {
	for name, c := range map[string]struct {
		uses  [][]int
		order []int
		up    []arrow
	}{
		"one file":  {[][]int{{}}, []int{0}, nil},
		"two files": {[][]int{{1}, {0}}, []int{0, 1}, []arrow{{0, 1}}},
		"a ring":    {[][]int{{1}, {2}, {0}}, []int{1, 0, 2}, []arrow{{1, 2}}},
		"a star":    {[][]int{{1, 2, 3}, {0}, {0}, {0}}, []int{0, 1, 2, 3}, []arrow{{0, 1}, {0, 2}, {0, 3}}},
		"a top":     {[][]int{{1}, {0, 2, 3}, {0}, {0}}, []int{0, 2, 3, 1}, []arrow{{0, 1}}},
	} {
		g := graphOf(c.uses)
		order := arranged(g.all(), g)
		assert.Equal(t, c.order, order, name)
		assert.Equal(t, c.up, g.arrowsUp(order), name)
	}
}

func TestArrowsUpHaveFewNames(t *testing.T) {
	for _, g := range []graph{
		{{0, 2}, {5, 0}},
		{{0, 2, 0}, {0, 0, 5}, {5, 0, 0}},
	} {
		for _, order := range [][]int{arranged(g.all(), g), sifted(g.all(), g)} {
			assert.Equal(t, []arrow{{0, 1}}, g.arrowsUp(order))
		}
	}
}

func TestArrangedComparesAllOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graphUpTo(6).Draw(t, "package")
		best := cost{arrows: math.MaxInt}
		permute(g.all(), func(order []int) {
			if c := g.up(order); c.compare(best) < 0 {
				best = c
			}
		})

		order := arranged(g.all(), g)
		assert.ElementsMatch(t, g.all(), order)
		assert.Equal(t, best, g.up(order))

		order = sifted(g.all(), g)
		assert.ElementsMatch(t, g.all(), order)
		assert.GreaterOrEqual(t, g.up(order).compare(best), 0)
	})
}

// permute calls visit with every order of a list.
func permute(list []int, visit func([]int)) {
	var extend func(order []int)
	extend = func(order []int) {
		if len(order) == len(list) {
			visit(order)
			return
		}
		for _, x := range list {
			if !slices.Contains(order, x) {
				extend(append(slices.Clone(order), x))
			}
		}
	}
	extend(nil)
}

// A circle that is too large to compare all orders still gets a good one: at best, a
// ring has one arrow up.
func TestALargeRingHasOneArrowUp(t *testing.T) {
	uses := make([][]int, 3*maxExact)
	for f := range uses {
		uses[f] = []int{(f + 1) % len(uses)}
	}
	g := graphOf(uses)
	order := arranged(g.all(), g)
	assert.ElementsMatch(t, g.all(), order)
	assert.Len(t, g.arrowsUp(order), 1)
}

// Arrows run up only inside circles, because the files are in the order of the
// floors.
func TestArrowsUpStayInsideCircles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graphUpTo(20).Draw(t, "package")
		p := pack{path: "example.com/house"}
		for from := range g {
			f := file{uses: map[int][]string{}}
			for to, names := range g[from] {
				if names > 0 {
					f.uses[to] = make([]string, names)
				}
			}
			p.files = append(p.files, f)
		}
		h, reached := build(p), g.reach()
		assert.ElementsMatch(t, g.all(), h.order)
		for i := range h.order[1:] {
			assert.LessOrEqual(t, h.floor[h.order[i]], h.floor[h.order[i+1]])
		}
		for _, a := range h.up {
			assert.True(t, reached[a.from][a.to] && reached[a.to][a.from], "%v", a)
		}
		for _, circle := range h.circles {
			at := slices.Index(h.order, circle[0])
			assert.Equal(t, circle, h.order[at:at+len(circle)], "a circle stays together")
		}
	})
}
