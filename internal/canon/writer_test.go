package canon_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/canon"
)

// Moving characters from one text to the next must give other bytes.
func TestNoTwoSequencesAreWrittenAlike(t *testing.T) {
	seen := map[string]int{}
	for i, write := range []func(w *canon.Writer){
		func(*canon.Writer) {},
		func(w *canon.Writer) { w.Texts(nil) },
		func(w *canon.Writer) { w.Texts([]string{""}) },
		func(w *canon.Writer) { w.Texts([]string{"", ""}) },
		func(w *canon.Writer) { w.Texts([]string{"ABC"}) },
		func(w *canon.Writer) { w.Texts([]string{"AB", "C"}) },
		func(w *canon.Writer) { w.Texts([]string{"A", "BC"}) },
		func(w *canon.Writer) { w.Texts([]string{"AB"}); w.Texts([]string{"C"}) },
		func(w *canon.Writer) { w.Texts([]string{"A"}); w.Texts([]string{"BC"}) },
		func(w *canon.Writer) { w.Texts([]string{"A", "B"}); w.Texts([]string{"C"}) },
		func(w *canon.Writer) { w.Texts([]string{"A", "B"}); w.Texts(nil) },
		func(w *canon.Writer) { w.Texts([]string{"A"}); w.Texts([]string{"B"}) },
	} {
		var w canon.Writer
		write(&w)
		before, found := seen[string(w.Bytes())]
		assert.False(t, found, "%d is written as %d", i, before)
		seen[string(w.Bytes())] = i
	}
}

func TestListsAndRepeatsAreWrittenAsTheirParts(t *testing.T) {
	var w, parts canon.Writer
	texts := []string{"Satz", "", strings.Repeat("r", 63), strings.Repeat("r", 64), strings.Repeat("r", 200), "taux"}
	w.Flag(true)
	w.Each(texts)
	w.Texts(texts)
	parts.Flag(true)
	for _, s := range texts {
		parts.Text(s)
	}
	parts.Count(len(texts))
	for _, s := range texts {
		parts.Text(s)
	}
	assert.Equal(t, parts.Bytes(), w.Bytes())
	before := w.Len()
	w.Text("dropped")
	w.Truncate(before)
	w.Again(1, before)
	assert.Equal(t, string(parts.Bytes())+string(parts.Bytes()[1:]), string(w.Bytes()))
}

func TestDecimalsAreWrittenWithTheirScaleAndSign(t *testing.T) {
	wide := new(big.Int).Lsh(big.NewInt(1), 70)
	seen := map[string]string{}
	for _, d := range []decimal.Decimal{
		{}, decimal.New(0, -1), decimal.New(19, 0), decimal.New(190, -1), decimal.New(-19, 0), decimal.New(19, 1),
		decimal.New(math.MaxInt64, 0), decimal.New(math.MinInt64, 0), decimal.New(1, math.MaxInt32), decimal.New(1, math.MinInt32),
		decimal.NewFromBigInt(wide, 0), decimal.NewFromBigInt(new(big.Int).Neg(wide), 0), decimal.NewFromBigInt(wide, -1),
		decimal.NewFromBigInt(new(big.Int).Add(wide, big.NewInt(1)), 0), // differs from the others only in the last bit
		decimal.NewFromBigInt(new(big.Int).Lsh(wide, 1), 0),
	} {
		var w canon.Writer
		w.Decimal(d)
		about := fmt.Sprintf("%se%d", d.Coefficient(), d.Exponent())
		assert.Empty(t, seen[string(w.Bytes())], about)
		seen[string(w.Bytes())] = about
	}
	var zero, written canon.Writer
	zero.Decimal(decimal.Decimal{})
	written.Decimal(decimal.New(0, 0))
	assert.Equal(t, written.Bytes(), zero.Bytes())
}

func TestWritersAppendAndStartAgain(t *testing.T) {
	w := canon.NewWriter([]byte("before"))
	w.Flag(true)
	w.Number(-1)
	assert.Equal(t, "before\x01\x01", string(w.Bytes()))
	w.Reset()
	assert.Empty(t, w.Bytes())
	w.Text("A")
	assert.Equal(t, "\x02A", string(w.Bytes()))
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		w.Reset()
		w.Text("A")
		w.Count(1)
		w.Flag(false)
	}))
}
