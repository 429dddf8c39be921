package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ring is a package in which every file uses the next, and the last one the first.
func ring(prefix string, size int) sources {
	s := sources{}
	for i := range size {
		next := fmt.Sprint(prefix, (i+1)%size)
		s[fmt.Sprint(prefix, i, ".go")] = fmt.Sprintf("func %s%d() { %s() }", prefix, i, next)
	}
	return s
}

func TestAHouseWithoutCirclesStands(t *testing.T) {
	h := build(sources{
		"a.go":   "func a() { b(); ground() }",
		"b.go":   "func b() { c() }",
		"c.go":   "func c() { ground() }",
		"d.go":   "func d() {}",
		"low.go": "func ground() {}",
	}.read(t))
	require.NoError(t, h.verdict())
	assert.Equal(t, []string{"d.go", "low.go", "c.go", "b.go", "a.go"}, h.names(h.order))
	assert.Equal(t, []int{3, 2, 1, 0, 0}, h.floor)
	assert.Empty(t, h.circles)
	assert.Empty(t, h.up)
}

func TestDrawing(t *testing.T) {
	h := build(sources{
		"a.go": "func a() { b(); b2(); b3(); d() }",
		"b.go": "func b() { a() }\nfunc b2() { c() }\nfunc b3() { d() }",
		"c.go": "func c() { e(); f() }\nfunc c2() { b2(); b3() }\nfunc f() {}",
		"d.go": "func d() { e() }",
		"e.go": "func e() {}",
	}.read(t))
	var out strings.Builder
	require.NoError(t, h.draw(&out))
	assert.Equal(t, `example.com/house: 5 files, 14 lines, 3 floors

floor  file  lines  uses
0      e.go  2      -
1      d.go  2      e.go
2      b.go  4      a.go, c.go, d.go
2      a.go  2      b.go, d.go
2      c.go  4      b.go, e.go

circles of at most 4 files: 1
  3 files: b.go, a.go, c.go

arrows that run up, at most 7: 2
  b.go uses a.go: a
  b.go uses c.go: c
`, out.String())
	require.NoError(t, h.verdict())
}

func TestSomeNames(t *testing.T) {
	assert.Equal(t, "a", some([]string{"a"}))
	assert.Equal(t, "a, b, c, d", some([]string{"a", "b", "c", "d"}))
	assert.Equal(t, "a, b, c, d and 2 more", some([]string{"a", "b", "c", "d", "e", "f"}))
}

func TestACircleOfTwoHasOneArrowUp(t *testing.T) {
	h := build(ring("f", 2).read(t))
	require.NoError(t, h.verdict())
	assert.Equal(t, [][]int{{0, 1}}, h.circles)
	assert.Equal(t, []arrow{{0, 1}}, h.up)
	assert.Equal(t, []int{0, 0}, h.floor)
}

func TestLargestCircle(t *testing.T) {
	require.NoError(t, build(ring("f", maxCircle).read(t)).verdict())

	err := build(ring("f", maxCircle+1).read(t)).verdict()
	require.Error(t, err)
	assert.Contains(t, err.Error(), "5 files form a circle, more than 4: f3.go, f2.go, f1.go, f0.go, f4.go\nMove ")
	assert.NotContains(t, err.Error(), "run up", "one arrow is allowed")
}

func TestMostArrowsUp(t *testing.T) {
	several := func(count int) sources {
		s := sources{}
		for i := range count {
			for name, text := range ring(fmt.Sprint("f", i, "_"), 2) {
				s[name] = text
			}
		}
		return s
	}
	require.NoError(t, build(several(maxUp).read(t)).verdict())

	err := build(several(maxUp + 1).read(t)).verdict()
	require.Error(t, err)
	assert.Contains(t, err.Error(), "8 arrows run up, more than 7: f0_0.go to f0_1.go, f1_0.go to f1_1.go")
	assert.Contains(t, err.Error(), "\nMove ")
	assert.NotContains(t, err.Error(), "form a circle")
}
