package proof_test

import (
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
	"pgregory.net/rapid"
)

// number is an integer in a result or a credit note.
type number struct {
	path  string
	value reflect.Value
}

// numbers finds the integers of a kind in a value, at any depth.
func numbers(v reflect.Value, path string, kind reflect.Kind) []number {
	var list []number
	switch v.Kind() {
	case kind:
		return []number{{path, v}}
	case reflect.Pointer:
		if !v.IsNil() {
			return numbers(v.Elem(), path, kind)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, numbers(v.Index(i), fmt.Sprintf("%s[%d]", path, i), kind)...)
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.IsExported() && len(f.Index) == 1 {
				list = append(list, numbers(v.FieldByIndex(f.Index), path+"."+f.Name, kind)...)
			}
		}
	}
	return list
}

// lawless matches the numbers that no law restricts: the version of the document that
// a rate is from, and the steps of cash and tax, since many amounts fit several steps.
var lawless = regexp.MustCompile(`^sale\.(Rates\[\d+\]\.Documents\[\d+\]\.Version|Policy\.(Cash\.Step|TaxStep))$`)

// fitsSeveral reports whether a number is the amount off each unit of a line of less than
// one unit: several amounts come to the same price then, as several prices do. So do some
// steps of the totals.
func fitsSeveral(sale *basket.Result, path string) bool {
	if path == "sale.Policy.TotalStep" {
		return sale.Policy.TotalStep != 0 // some amounts are multiples of the next step as well
	}
	var line, discount int
	if _, err := fmt.Sscanf(path, "sale.Lines[%d].Discounts[%d].Amount", &line, &discount); err != nil {
		return false
	}
	quantity, ok := new(big.Rat).SetString(sale.Lines[line].Quantity)
	d := sale.Lines[line].Discounts[discount]
	return ok && d.EachUnit && d.Percent == "" && quantity.Abs(quantity).Cmp(big.NewRat(1, 1)) < 0
}

// soldAndReturned draws a sale and its credit notes.
func soldAndReturned(t *rapid.T) (*basket.Result, []basket.CreditNote) {
	sale := stored(t, drawn(t).result)
	var notes []basket.CreditNote
	for range rapid.IntRange(0, 3).Draw(t, "refunds") {
		if note, err := basket.Refund(sale, notes, returned(t, sale)); err == nil {
			notes = append(notes, note)
		}
	}
	return sale, notes
}

func TestVerifyNamesTheLawThatANumberBreaks(t *testing.T) {
	check(t, 300, func(t *rapid.T) {
		sale, notes := soldAndReturned(t)
		require.NoError(t, basket.Verify(sale, notes...))
		list := numbers(reflect.ValueOf(sale), "sale", reflect.Int64)
		list = append(list, numbers(reflect.ValueOf(notes), "notes", reflect.Int64)...)
		require.NotEmpty(t, list)
		// Every number of a small sale, some of a large one.
		for range min(len(list), 60) {
			n := list[rapid.IntRange(0, len(list)-1).Draw(t, "number")]
			if lawless.MatchString(n.path) || fitsSeveral(sale, n.path) {
				continue
			}
			by := rapid.SampledFrom([]int64{1, -1}).Draw(t, "by")
			right := n.value.Int()
			n.value.SetInt(right + by)
			err := basket.Verify(sale, notes...)
			n.value.SetInt(right)
			var broken basket.Violations
			require.ErrorAs(t, err, &broken, "%s is %d, not %d", n.path, right+by, right)
			require.NotEmpty(t, broken)
			for _, v := range broken {
				require.NotEmpty(t, v.Law)
				require.NotEmpty(t, v.At, v.Law)
			}
		}
		require.NoError(t, basket.Verify(sale, notes...), "everything is as it was")
	})
}

func TestVerifyNoticesAUnitInTheWrongLine(t *testing.T) {
	check(t, 1000, func(t *rapid.T) {
		sale := drawn(t).result
		if len(sale.Lines) < 2 {
			return
		}
		from := rapid.IntRange(0, len(sale.Lines)-1).Draw(t, "from")
		to := rapid.IntRange(0, len(sale.Lines)-1).Draw(t, "to")
		a, b := &sale.Lines[from], &sale.Lines[to]
		if from == to || a.Rate != b.Rate || a.IncludesTax != b.IncludesTax {
			return
		}
		// All sums stay what they are.
		for _, move := range []struct {
			line *basket.ResultLine
			by   int64
		}{{a, -1}, {b, 1}} {
			move.line.Tax += move.by
			if move.line.IncludesTax {
				move.line.Net -= move.by
			} else {
				move.line.Gross += move.by
			}
		}
		var broken basket.Violations
		require.ErrorAs(t, basket.Verify(sale), &broken)
	})
}

func TestVerifyNoticesAnotherPolicy(t *testing.T) {
	check(t, 1000, func(t *rapid.T) {
		d := drawn(t)
		policy := proof.PolicyOf().Draw(t, "another policy")
		policy.Rounding = tax.RoundTo(int(d.policy.Rounding.Scale()), policy.Rounding.Mode()).WithNetFirst(policy.Rounding.NetFirst())
		p, err := basket.Price(shopPlace(), &d.basket, policy)
		if err != nil {
			return
		}
		other, err := p.Result()
		require.NoError(t, err)
		d.result.Policy = policy
		if string(mustText(other)) == string(mustText(d.result)) {
			require.NoError(t, basket.Verify(d.result), "the policies do not differ in this basket")
			return
		}
		var broken basket.Violations
		require.ErrorAs(t, basket.Verify(d.result), &broken)
	})
}

func TestVerifySurvivesAnyIndex(t *testing.T) {
	check(t, 300, func(t *rapid.T) {
		sale, notes := soldAndReturned(t)
		list := numbers(reflect.ValueOf(sale), "sale", reflect.Int)
		list = append(list, numbers(reflect.ValueOf(notes), "notes", reflect.Int)...)
		for _, n := range list {
			right := n.value.Int()
			for _, wrong := range []int64{-1, 1 << 40, -1 << 60, int64(len(sale.Lines) + 40)} {
				n.value.SetInt(wrong)
				require.Error(t, basket.Verify(sale, notes...), "%s is %d", n.path, wrong)
				_, err := basket.Refund(sale, notes, basket.Return{All: true})
				_ = err // it may return an error, but must not panic
			}
			n.value.SetInt(right)
		}
	})
}

func TestVerifySurvivesAnyText(t *testing.T) {
	texts := []string{"", "x", "1e999999999", "-5", "0", "1/3", "0x10", "12345678901234567890123456789012345678901234567890", "٣"}
	check(t, 300, func(t *rapid.T) {
		sale, notes := soldAndReturned(t)
		for i := range sale.Lines {
			l := &sale.Lines[i]
			for _, field := range []*string{&l.Quantity, &l.Price, &sale.Rates[l.Rate].Percent} {
				right := *field
				*field = rapid.SampledFrom(texts).Draw(t, "text")
				_ = basket.Verify(sale, notes...)
				_, _ = basket.Refund(sale, notes, basket.Return{All: true})
				*field = right
			}
		}
		for i := range notes {
			for j := range notes[i].Lines {
				l := &notes[i].Lines[j]
				right := l.Quantity
				l.Quantity = rapid.SampledFrom(texts).Draw(t, "text")
				_ = basket.Verify(sale, notes...)
				_, _ = basket.Refund(sale, notes, basket.Return{All: true})
				l.Quantity = right
			}
		}
		require.NoError(t, basket.Verify(sale, notes...))
	})
}

func TestVerifyRefusesNothingAtAll(t *testing.T) {
	require.Error(t, basket.Verify(nil))
	_, err := basket.Refund(nil, nil, basket.Return{All: true})
	require.Error(t, err)
}
