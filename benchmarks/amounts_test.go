package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/benchmarks/arithmetic"
)

// Answers that a reader can check, among them ties.
func TestExactAmounts(t *testing.T) {
	for _, c := range []struct {
		minor int64
		class int
		gross int64
	}{
		{100, 0, 119}, {50, 0, 60}, {49, 0, 58}, {1, 0, 1}, {3, 0, 4}, {10_000, 1, 10_700}, {50, 1, 54}, {800, 2, 869}, {400, 2, 435},
	} {
		p := arithmetic.Price{Minor: c.minor, Class: c.class}
		assert.Equal(t, c.gross, p.Gross(), p)
		assert.Equal(t, c.minor, arithmetic.Price{Minor: c.gross, Class: c.class}.Net(), p)
	}
	line := func(minor, count int64, class int) arithmetic.Line {
		return arithmetic.Line{Price: arithmetic.Price{Minor: minor, Class: class}, Count: count}
	}
	lines := []arithmetic.Line{line(50, 1, 0), line(25, 2, 0), line(10, 5, 1)} // 9.5, 9.5 and 3.5 of tax
	assert.Equal(t, []int64{50, 10, 60, 50, 10, 60, 50, 4, 54, 150, 24, 174}, arithmetic.EveryLine(lines))
	assert.Equal(t, []int64{150, 24, 174}, arithmetic.Total(lines, arithmetic.ByLine))
	assert.Equal(t, []int64{150, 23, 173}, arithmetic.Total(lines, arithmetic.ByRate)) // 19 and 3.5
	lines = append(lines, line(50, 1, 1))
	assert.Equal(t, []int64{200, 26, 226}, arithmetic.Total(lines, arithmetic.ByRate))
	lines = []arithmetic.Line{line(50, 1, 0), line(50, 1, 1)} // 9.5 + 3.5
	assert.Equal(t, []int64{100, 14, 114}, arithmetic.Total(lines, arithmetic.ByRate))
	assert.Equal(t, []int64{100, 13, 113}, arithmetic.Total(lines, arithmetic.ByDocument))
	lines = []arithmetic.Line{line(5, 1, 0), line(5, 1, 0)} // 1 off: 4 and 5, with 0.76 and 0.95
	assert.Equal(t, []int64{9, 2, 11}, arithmetic.Discounted(lines))
	lines = []arithmetic.Line{line(3, 1, 0), line(7, 1, 0)} // 1 off the larger: 3 and 6, with 0.57 and 1.14
	assert.Equal(t, []int64{9, 2, 11}, arithmetic.Discounted(lines))
}

func TestAllClientsComputeTheRightAmounts(t *testing.T) {
	ours := growing()
	peers := []string{arithmetic.Shopspring, arithmetic.Govalues, arithmetic.Apd, arithmetic.Integers}
	for _, c := range []struct {
		name  string
		scene func() (*scenario, error)
		list  int
		names []string
	}{
		{toGross, func() (*scenario, error) { return pricing(toGross) }, pricesInList, append([]string{arithmetic.Tax, arithmetic.TaxMinor, arithmetic.OneDecimal}, peers...)},
		{toNet, func() (*scenario, error) { return pricing(toNet) }, pricesInList, append([]string{arithmetic.Tax, arithmetic.TaxMinor, arithmetic.OneDecimal}, peers...)},
		{baskets, basketsOf, basketsInList, append(ours, peers...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := c.scene()
			require.NoError(t, err)
			require.NoError(t, s.verify())
			assert.Len(t, s.checks, len(s.clients))
			var names []string
			for _, walker := range s.clients {
				names = append(names, walker.Name())
				assert.Equal(t, c.list+1, walker.Walk(5, c.list+1), "%s begins again", walker.Name())
			}
			assert.ElementsMatch(t, c.names, names)
		})
	}
}

// Prices whose tax is a tie tell half up from half even.
func TestPricesAreMixed(t *testing.T) {
	ties, classes := 0, map[int]int{}
	for _, p := range priceList(pricesInList) {
		assert.Positive(t, p.Minor)
		assert.Less(t, p.Minor, int64(1_000_000))
		classes[p.Class]++
		if p.Minor*arithmetic.Rates[p.Class]%100_000 == 50_000 {
			ties++
		}
	}
	assert.Positive(t, ties)
	for class := range arithmetic.Rates {
		assert.Greater(t, classes[class], pricesInList/5)
	}
}

func TestAWrongAmountIsFound(t *testing.T) {
	s, err := pricing(toGross)
	require.NoError(t, err)
	for _, c := range s.clients {
		var wrong scenario
		wrong.compute(c.(arithmetic.Client), [][]int64{{1}})
		assert.ErrorContains(t, wrong.verify(), c.Name()+" computes")
	}
}

func TestEveryMeasureWritesItsDocument(t *testing.T) {
	for only, file := range map[string]string{one: ofCaches, "miss": ofCaches, amounts: ofArithmetic, baskets: ofArithmetic, texts: ofTexts, listed: ofTexts} {
		dir := t.TempDir()
		require.NoError(t, write(settings{sizes: full, out: dir, only: []string{only}}, results{{}}))
		written, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, written, 1)
		assert.Equal(t, file, written[0].Name())
	}
	dir := t.TempDir()
	require.NoError(t, write(settings{sizes: full, out: dir}, results{{}}))
	written, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, written, 3)
}
