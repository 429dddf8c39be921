package basket_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// prompt fails if do takes far too long. The bound is generous, because test
// machines can be slow.
func prompt(t testing.TB, do func()) {
	t.Helper()
	start := time.Now()
	do()
	require.Less(t, time.Since(start), 20*time.Second)
}

func TestHostileResultsAreBroken(t *testing.T) {
	require.Equal(t, basket.Violations{{Law: basket.LawReadable, At: "sale"}}, basket.Verify(nil, basket.CreditNote{}))

	nines := strings.Repeat("9", 1_000_000)
	tests := map[string]func(s *basket.Result, notes []basket.CreditNote){
		"policy.level":         func(s *basket.Result, _ []basket.CreditNote) { s.Policy.Level = 5 },
		"policy.rounding":      func(s *basket.Result, _ []basket.CreditNote) { s.Policy.Rounding = tax.Rounding{} },
		"policy.rounding.mode": func(s *basket.Result, _ []basket.CreditNote) { s.Policy.Rounding = s.Policy.Rounding.WithMode(5) },
		"policy.rounding.scale": func(s *basket.Result, _ []basket.CreditNote) {
			s.Policy.Rounding = tax.RoundTo(math.MaxInt32, tax.HalfUp)
		},
		"policy.rounding.netFirst": func(s *basket.Result, _ []basket.CreditNote) {
			s.Policy.Rounding = s.Policy.Rounding.WithNetFirst(true)
		},
		"policy.cash.step":               func(s *basket.Result, _ []basket.CreditNote) { s.Policy.Cash.Step = math.MinInt64 },
		"policy.cash.mode":               func(s *basket.Result, _ []basket.CreditNote) { s.Policy.Cash.Mode = 255 },
		"rates[0].treatment":             func(s *basket.Result, _ []basket.CreditNote) { s.Rates[0].Treatment = 99 },
		"rates[0].percent":               func(s *basket.Result, _ []basket.CreditNote) { s.Rates[0].Percent = "1e9" },
		"rates[1].percent":               func(s *basket.Result, _ []basket.CreditNote) { s.Rates[1].Percent = nines },
		"rates[2].percent":               func(s *basket.Result, _ []basket.CreditNote) { s.Rates[2].Percent, s.Rates[2].OfGross = "100", true },
		"rates[3].percent":               func(s *basket.Result, _ []basket.CreditNote) { s.Rates[3].Percent = "-1" },
		"rates[1].components[0].percent": func(s *basket.Result, _ []basket.CreditNote) { s.Rates[1].Components[0].Percent = "-" },
		"rates[1].components[62].percent": func(s *basket.Result, _ []basket.CreditNote) {
			s.Rates[1].Components = make([]tax.ComponentPart, 100_000)
			for i := range s.Rates[1].Components {
				s.Rates[1].Components[i] = tax.ComponentPart{Percent: strings.Repeat("9", 40), Compound: true}
			}
		},
		"lines[0].rate":     func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Rate = -1 },
		"lines[1].rate":     func(s *basket.Result, _ []basket.CreditNote) { s.Lines[1].Rate = math.MaxInt },
		"lines[0].quantity": func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Quantity = "0.0" },
		"lines[1].quantity": func(s *basket.Result, _ []basket.CreditNote) { s.Lines[1].Quantity = "" },
		"lines[0].price":    func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Price = nines },
		"lines[1].price": func(s *basket.Result, _ []basket.CreditNote) {
			s.Lines[1].Price, s.Lines[1].PriceIsTotal = "1.999", true
		},
		"lines[2].price":                func(s *basket.Result, _ []basket.CreditNote) { s.Lines[2].Price = "--1" },
		"lines[2].subtotal":             func(s *basket.Result, _ []basket.CreditNote) { s.Lines[2].Price = strings.Repeat("9", 200) },
		"lines[0].discounts[0].percent": func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Discounts[0].Percent = "100.1" },
		"lines[0].discounts[1].amount":  func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Discounts[1].Amount = math.MinInt64 },
		"discounts[0].spread":           func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Spread = 200 },
		"discounts[0].shares":           func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Shares = nil },
		"discounts[1].shares":           func(s *basket.Result, _ []basket.CreditNote) { s.Lines = nil },
		"discounts[0].percent":          func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Percent = "-1" },
		"discounts[0].amount":           func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Amount = math.MinInt64 },
		"charges[0].spread":             func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Spread = 4 },
		"charges[0].parts[1].rate":      func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Parts[1].Rate = 99 },
		"charges[1].parts":              func(s *basket.Result, _ []basket.CreditNote) { s.Charges[1].Parts = nil },
		"totals[1].components": func(s *basket.Result, _ []basket.CreditNote) {
			s.Totals[1].Components = make([]basket.ComponentSum, 1000)
		},
		"totals[0]":                     func(s *basket.Result, _ []basket.CreditNote) { s.Totals[0].Percent = nines },
		"notes[0].lines[0].position":    func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[0].Position = -1 },
		"notes[0].lines[1].position":    func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[1].Position = math.MaxInt },
		"notes[1].lines[0].rate":        func(_ *basket.Result, n []basket.CreditNote) { n[1].Lines[0].Rate = -7 },
		"notes[0].lines[0].quantity":    func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[0].Quantity = nines },
		"notes[1].lines[4].quantity":    func(_ *basket.Result, n []basket.CreditNote) { n[1].Lines[4].Quantity = "1" },
		"notes[0].totals[1].components": func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals[1].Components = nil },
		"notes[0].totals[2]":            func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals = append(n[0].Totals, n[0].Totals[0]) },
		"notes[0].totals[0]":            func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals[0].Class = "FOREIGN" },
	}
	for at, do := range tests {
		t.Run(at, func(t *testing.T) {
			level := basket.ByRate
			if at == "policy.rounding.netFirst" {
				level = basket.ByDocument
			}
			sale, notes := order(t, level)
			do(sale, notes)
			var found basket.Violations
			prompt(t, func() { require.ErrorAs(t, basket.Verify(sale, notes...), &found) })
			var paths []string
			for _, v := range found {
				paths = append(paths, v.At)
			}
			require.Contains(t, paths, at)
			require.Less(t, len(found.Error()), 1000)
		})
	}
}

func TestWhatRoundingByUnitNeedsIsRead(t *testing.T) {
	sum := basket.Sum{Net: 100, Tax: 100, Gross: 200}
	sale := &basket.Result{
		Format: basket.Format,
		Policy: basket.Policy{Level: basket.ByUnit, Rounding: tax.RoundTo(0, tax.HalfUp)},
		Rates:  []tax.Explanation{{Percent: "100"}},
		Lines:  []basket.ResultLine{{Quantity: "2", Price: "100", IncludesTax: true, Subtotal: 200, Sum: sum}},
		Totals: []basket.Total{{Percent: "100", Sum: sum}},
		Total:  sum, Payable: 200,
	}
	require.NoError(t, basket.Verify(sale))
	sale.Lines[0].Quantity, sale.Lines[0].Price = "2.5", "80"
	require.Equal(t, basket.Violations{{Law: basket.LawReadable, At: "lines[0].quantity"}}, basket.Verify(sale))
	sale.Lines[0].Quantity, sale.Lines[0].Price = "2", "100.1"
	require.NoError(t, basket.Verify(sale))
	sale.Policy.Rounding = sale.Policy.Rounding.WithNetFirst(true)
	require.Equal(t, basket.Violations{{Law: basket.LawReadable, At: "lines[0].price"}}, basket.Verify(sale))
}

func TestNumbersAtTheBoundsAreNotWrapped(t *testing.T) {
	lowest := basket.Sum{Net: math.MinInt64, Tax: math.MinInt64, Gross: 0}
	sale := &basket.Result{
		Format: basket.Format,
		Policy: basket.Policy{Rounding: tax.RoundTo(0, tax.HalfUp)},
		Rates:  []tax.Explanation{{Percent: "100"}},
		Lines:  []basket.ResultLine{{Quantity: "1", Price: "-9223372036854775808", Subtotal: math.MinInt64, Sum: lowest}},
		Totals: []basket.Total{{Percent: "100", Sum: lowest}},
		Total:  lowest,
	}
	require.Equal(t, basket.Violations{
		{basket.LawSum, "lines[0].gross", math.MinInt64, 0},
		{basket.LawSum, "totals[0].gross", math.MinInt64, 0},
		{basket.LawSum, "total.gross", math.MinInt64, 0},
	}, basket.Verify(sale))
	note := basket.CreditNote{Lines: []basket.CreditLine{{Sum: lowest, Quantity: "1"}, {Sum: lowest}}, Payable: math.MaxInt64, CashRounding: math.MinInt64}
	require.Error(t, basket.Verify(sale, note, note))
	v := basket.Violation{Law: basket.LawTax, At: "lines[0].tax", Want: math.MinInt64, Got: math.MaxInt64}
	require.Equal(t, "tax of the level: lines[0].tax: want -9223372036854775808, got 9223372036854775807 (+18446744073709551615)", v.String())
}

// Each result is very large in one dimension, so that a loop over one list
// within a loop over another would take too long.
func TestLargeHostileResultsAreVerifiedAtOnce(t *testing.T) {
	n := 40_000
	if testing.Short() {
		n /= 10
	}
	rates := func() *basket.Result {
		s := &basket.Result{Format: basket.Format, Policy: basket.Policy{Level: basket.ByDocument, Rounding: tax.RoundTo(0, tax.HalfUp)}}
		for i := range n {
			percent := "1." + strconv.Itoa(1_000_000_001+2*i)
			class := strconv.Itoa(i)
			s.Rates = append(s.Rates, tax.Explanation{Percent: percent, Class: class})
			s.Totals = append(s.Totals, basket.Total{Percent: percent, Class: class})
		}
		return s
	}
	line := func(rate int) basket.ResultLine {
		return basket.ResultLine{Rate: rate, Quantity: "1", Price: "100", Subtotal: 100, IncludesTax: true, Sum: basket.Sum{Net: 99, Tax: 1, Gross: 100}}
	}
	tests := map[string]func() (*basket.Result, []basket.CreditNote){
		"rates of a document": func() (*basket.Result, []basket.CreditNote) {
			s := rates()
			for i := range n {
				s.Lines = append(s.Lines, line(i))
			}
			return s, nil
		},
		"charges over rates": func() (*basket.Result, []basket.CreditNote) {
			s := rates()
			s.Policy.Level = basket.ByLine
			for i := range n {
				s.Lines = append(s.Lines, line(i))
				s.Charges = append(s.Charges, basket.ResultCharge{Amount: 1, Sum: basket.Sum{Net: 1, Gross: 1}, Parts: []basket.ChargePart{{Sum: basket.Sum{Net: 1, Gross: 1}}}})
			}
			return s, nil
		},
		"discounts without lines": func() (*basket.Result, []basket.CreditNote) {
			s := rates()
			for range 5 * n {
				s.Discounts = append(s.Discounts, basket.ResultDiscount{Spread: basket.HighestRate})
			}
			return s, nil
		},
		"notes": func() (*basket.Result, []basket.CreditNote) {
			s := rates()
			for i := range n {
				s.Lines = append(s.Lines, line(i))
			}
			return s, make([]basket.CreditNote, 5*n)
		},
		"lines of a note": func() (*basket.Result, []basket.CreditNote) {
			s := rates()
			for i := range n {
				s.Lines = append(s.Lines, line(i))
			}
			note := basket.CreditNote{Lines: make([]basket.CreditLine, 5*n), Totals: make([]basket.Total, 5*n)}
			return s, []basket.CreditNote{note, note}
		},
		"broken lines": func() (*basket.Result, []basket.CreditNote) {
			return &basket.Result{Format: basket.Format, Lines: make([]basket.ResultLine, 25*n)}, nil
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			sale, notes := make()
			prompt(t, func() {
				if err := basket.Verify(sale, notes...); err != nil {
					require.LessOrEqual(t, len(err.(basket.Violations)), 100)
				}
			})
		})
	}
}

// FuzzVerify reads a result and notes as JSON. Whatever they contain, Verify
// returns, and its findings are bounded, named and reproducible.
func FuzzVerify(f *testing.F) {
	// Short inputs can be minimized quickly.
	sale, notes := order(f, basket.ByRate)
	for i, e := range sale.Rates {
		sale.Rates[i] = tax.Explanation{Class: e.Class, Percent: e.Percent, Components: e.Components, Treatment: e.Treatment, Tax: e.Tax}
	}
	require.NoError(f, basket.Verify(sale, notes...))
	text, err := json.Marshal(delivered{sale, notes})
	require.NoError(f, err)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var d delivered
		if json.Unmarshal(text, &d) != nil {
			return
		}
		err := basket.Verify(d.Sale, d.Notes...)
		if err == nil {
			return
		}
		found := err.(basket.Violations)
		require.NotEmpty(t, found)
		require.LessOrEqual(t, len(found), 100)
		require.True(t, strings.HasPrefix(err.Error(), "tax: "))
		for _, v := range found {
			require.NotEmpty(t, v.Law)
			require.NotEmpty(t, v.At)
			require.NotContains(t, v.At, "%!", "a path lacks its numbers")
		}
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(basket.Verify(d.Sale, d.Notes...)))
	})
}

// delivered is a sale with its notes, as a shop would receive them.
type delivered struct {
	Sale  *basket.Result
	Notes []basket.CreditNote
}
