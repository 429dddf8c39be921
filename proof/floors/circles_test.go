package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestCirclesAndFloors(t *testing.T) {
	for name, c := range map[string]struct {
		uses    [][]int
		circles [][]int
		floors  []int
	}{
		"nothing":                   {nil, nil, []int{}},
		"one file":                  {[][]int{{}}, [][]int{{0}}, []int{0}},
		"a chain":                   {[][]int{{1}, {2}, {}}, [][]int{{2}, {1}, {0}}, []int{2, 1, 0}},
		"the longest way counts":    {[][]int{{1, 3}, {2}, {3}, {}}, [][]int{{3}, {2}, {1}, {0}}, []int{3, 2, 1, 0}},
		"two files":                 {[][]int{{1}, {0}}, [][]int{{0, 1}}, []int{0, 0}},
		"a ring":                    {[][]int{{1}, {2}, {0}}, [][]int{{0, 1, 2}}, []int{0, 0, 0}},
		"two rings with a file":     {[][]int{{1}, {0, 2}, {0}}, [][]int{{0, 1, 2}}, []int{0, 0, 0}},
		"a ring upon a ring":        {[][]int{{1}, {0, 2}, {3}, {2}}, [][]int{{2, 3}, {0, 1}}, []int{1, 1, 0, 0}},
		"a floor above all members": {[][]int{{1}, {}, {3}, {2, 0}, {2}}, [][]int{{1}, {0}, {2, 3}, {4}}, []int{1, 0, 2, 2, 3}},
	} {
		g := graphOf(c.uses)
		circles := g.circles()
		assert.Equal(t, c.circles, circles, name)
		assert.Equal(t, c.floors, g.floors(circles), name)
	}
}

// graphOf makes a graph from lists of the files that each file uses, with one name
// each.
func graphOf(uses [][]int) graph {
	g := make(graph, len(uses))
	for f, list := range uses {
		g[f] = make([]int, len(uses))
		for _, used := range list {
			g[f][used] = 1
		}
	}
	return g
}

// graphUpTo draws a graph in which no file uses itself. Some are sparse, so that
// not everything is one circle.
func graphUpTo(files int) *rapid.Generator[graph] {
	return rapid.Custom(func(t *rapid.T) graph {
		g := make(graph, rapid.IntRange(1, files).Draw(t, "files"))
		most := rapid.IntRange(0, 3).Draw(t, "most")
		for f := range g {
			g[f] = make([]int, len(g))
			for range most {
				if used := rapid.IntRange(0, len(g)-1).Draw(t, "used"); used != f {
					g[f][used] = rapid.IntRange(1, 5).Draw(t, "names")
				}
			}
		}
		return g
	})
}

// all returns the numbers of the files.
func (g graph) all() []int {
	numbers := make([]int, len(g))
	for f := range g {
		numbers[f] = f
	}
	return numbers
}

// reach says which files reach which in any number of steps, computed in the plain
// way.
func (g graph) reach() [][]bool {
	reached := make([][]bool, len(g))
	for from := range g {
		reached[from] = make([]bool, len(g))
		for to := range g {
			reached[from][to] = g[from][to] > 0
		}
	}
	for via := range g {
		for from := range g {
			for to := range g {
				reached[from][to] = reached[from][to] || reached[from][via] && reached[via][to]
			}
		}
	}
	return reached
}

func TestTwoFilesAreInOneCircleWhenEachReachesTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graphUpTo(12).Draw(t, "package")
		circles, reached := g.circles(), g.reach()
		circle := make([]int, len(g))
		members := 0
		for i, c := range circles {
			members += len(c)
			for _, f := range c {
				circle[f] = i
			}
		}
		assert.Equal(t, len(g), members, "every file is in one circle")
		for a := range g {
			for b := range g {
				together := a == b || reached[a][b] && reached[b][a]
				if together != (circle[a] == circle[b]) {
					t.Fatalf("%d and %d: %v", a, b, circles)
				}
			}
		}
	})
}

func TestAFloorIsOneAboveTheHighestThatItsCircleUses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graphUpTo(12).Draw(t, "package")
		floors, reached := g.floors(g.circles()), g.reach()
		for a := range g {
			floor := 0
			for b := range g {
				switch {
				case !reached[a][b]:
				case reached[b][a]:
					assert.Equal(t, floors[a], floors[b])
				default:
					floor = max(floor, floors[b]+1)
				}
			}
			assert.Equal(t, floor, floors[a])
		}
	})
}
