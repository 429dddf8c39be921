package basket_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// single returns a sale of one line at 19 % and what it has to be, for tests that change
// one value.
func single() *basket.Result {
	sum := basket.Sum{Net: 100, Tax: 19, Gross: 119}
	return &basket.Result{
		Format: basket.Format,
		Policy: basket.Policy{Rounding: tax.RoundTo(0, tax.HalfUp)},
		Rates:  []tax.Explanation{{Percent: "19", Class: "A"}},
		Lines:  []basket.ResultLine{{Quantity: "1", Price: "100", Subtotal: 100, Sum: sum}},
		Totals: []basket.Total{{Percent: "19", Class: "A", Sum: sum}},
		Total:  sum, Payable: 119,
	}
}

// at sets all sums of a sale of one line.
func at(s *basket.Result, net, tax int64) {
	sum := basket.Sum{Net: net, Tax: tax, Gross: net + tax}
	s.Lines[0].Sum, s.Totals[0].Sum, s.Total, s.Payable = sum, sum, sum, sum.Gross
}

func TestNumbersAreReadUpToTheirBounds(t *testing.T) {
	require.NoError(t, basket.Verify(single()))
	for name, c := range map[string]struct {
		do func(s *basket.Result)
		at string // of the violation; empty if there is none
	}{
		"point without decimals":      {func(s *basket.Result) { s.Lines[0].Price = "100." }, "lines[0].price"},
		"point without digits before": {func(s *basket.Result) { s.Lines[0].Price = ".5" }, "lines[0].price"},
		"200 bytes":                   {func(s *basket.Result) { s.Lines[0].Price = "100." + strings.Repeat("0", 196) }, ""},
		"201 bytes":                   {func(s *basket.Result) { s.Lines[0].Price = "100." + strings.Repeat("0", 197) }, "lines[0].price"},
		"no price":                    {func(s *basket.Result) { s.Lines[0].Price = "" }, "lines[0].price"},
		"zeros at the end":            {func(s *basket.Result) { s.Totals[0].Percent = "19.00" }, ""},
		"negative percentage": {func(s *basket.Result) {
			s.Rates[0].Percent, s.Totals[0].Percent = "-1", "-1"
			at(s, 100, -1)
		}, "rates[0].percent"},
		"99.9 % of the gross price": {func(s *basket.Result) {
			s.Rates[0].Percent, s.Totals[0].Percent, s.Rates[0].OfGross, s.Totals[0].OfGross = "99.9", "99.9", true, true
			at(s, 100, 99900)
		}, ""},
		"100 % of the gross price": {func(s *basket.Result) {
			s.Rates[0].Percent, s.Totals[0].Percent, s.Rates[0].OfGross, s.Totals[0].OfGross = "100", "100", true, true
			at(s, 100, 0)
		}, "rates[0].percent"},
		"100 % off": {func(s *basket.Result) {
			s.Lines[0].Discounts = []basket.LineDiscount{{Percent: "100", Amount: 100}}
			at(s, 0, 0)
		}, ""},
		"more than 100 % off": {func(s *basket.Result) {
			s.Lines[0].Discounts = []basket.LineDiscount{{Percent: "100.1", Amount: 100}}
			at(s, 0, 0)
		}, "lines[0].discounts[0].percent"},
		"a line of nothing": {func(s *basket.Result) {
			s.Lines[0].Quantity, s.Lines[0].Subtotal = "0", 0
			at(s, 0, 0)
		}, "lines[0].quantity"},
		"a price per line of half a unit": {func(s *basket.Result) {
			s.Lines[0].Price, s.Lines[0].PriceIsTotal = "99.5", true
		}, "lines[0].price"},
		"the longest step of coins":         {func(s *basket.Result) { s.Policy.Cash.Step, s.Payable, s.CashRounding = 1_000_000_000, 0, -119 }, ""},
		"a step of coins beyond the bound":  {func(s *basket.Result) { s.Policy.Cash.Step, s.Payable, s.CashRounding = 1_000_000_001, 0, -119 }, "policy.cash.step"},
		"a mode of coins without a step":    {func(s *basket.Result) { s.Policy.Cash.Mode = tax.Down }, "policy.cash.step"},
		"a mode of coins that is none":      {func(s *basket.Result) { s.Policy.Cash = basket.Cash{Step: 7, Mode: tax.Down + 1} }, "policy.cash.mode"},
		"the first rate after the last":     {func(s *basket.Result) { s.Lines[0].Rate = 1 }, "lines[0].rate"},
		"a level after the last":            {func(s *basket.Result) { s.Policy.Level = basket.ByRunningTotal + 1 }, "policy.level"},
		"the spread of a discount":          {func(s *basket.Result) { s.Discounts = []basket.ResultDiscount{{Spread: 4, Shares: []int64{0}}} }, "discounts[0].spread"},
		"one share more than lines":         {func(s *basket.Result) { s.Discounts = []basket.ResultDiscount{{Shares: []int64{0, 0}}} }, "discounts[0].shares"},
		"a part of a negative rate":         {func(s *basket.Result) { s.Charges = []basket.ResultCharge{{Parts: []basket.ChargePart{{Rate: -1}}}} }, "charges[0].parts[0].rate"},
		"a part of the rate after the last": {func(s *basket.Result) { s.Charges = []basket.ResultCharge{{Parts: []basket.ChargePart{{Rate: 1}}}} }, "charges[0].parts[0].rate"},
	} {
		s := single()
		c.do(s)
		if c.at == "" {
			require.NoError(t, basket.Verify(s), name)
			continue
		}
		var found basket.Violations
		require.ErrorAs(t, basket.Verify(s), &found, name)
		require.Equal(t, basket.Violation{Law: basket.LawReadable, At: c.at}, found[0], name)
	}
}

func TestAnyPercentageOfAnExemptRateIsBroken(t *testing.T) {
	s := single()
	s.Rates[0].Treatment, s.Totals[0].Treatment = tax.Exempt, tax.Exempt
	s.Rates[0].Percent, s.Totals[0].Percent = "0.4", "0.4"
	at(s, 100, 0)
	require.Equal(t, basket.Violations{{Law: basket.LawTreatments, At: "rates[0].percent", Want: 0, Got: 1}}, basket.Verify(s))
}

func TestRatesInOtherNotationsAreOne(t *testing.T) {
	s := single()
	s.Rates = append(s.Rates, tax.Explanation{Percent: "19.0", Class: "A"})
	second := s.Lines[0]
	second.Rate = 1
	s.Lines = append(s.Lines, second)
	sum := basket.Sum{Net: 200, Tax: 38, Gross: 238}
	s.Totals[0].Sum, s.Total, s.Payable = sum, sum, 238
	require.NoError(t, basket.Verify(s))
}

func TestDiscountsOfALineAreBetweenNothingAndItsPrice(t *testing.T) {
	for amount, most := range map[int64]int64{150: 100, -10: 0} {
		s := single()
		s.Lines[0].Discounts = []basket.LineDiscount{{Amount: amount}}
		at(s, 100-most, (100-most)*19/100)
		require.Equal(t, basket.Violations{{Law: basket.LawPrice, At: "lines[0].discounts[0].amount", Want: most, Got: amount}}, basket.Verify(s))
	}
}

func TestChargesAreRoundedByThemselvesAtEveryLevel(t *testing.T) {
	policy := basket.Policy{Level: basket.ByUnit, Rounding: tax.RoundTo(2, tax.HalfUp)}
	s := resultOf(t, bazaar(t), &basket.Basket{
		Lines:   []basket.Line{{Class: "STANDARD", Quantity: decimal.New(3, 0), Price: decimal.New(13, -2)}},
		Charges: []basket.Charge{{Amount: decimal.New(39, -2)}},
	}, policy)
	require.EqualValues(t, 6, s.Lines[0].Tax, "3 times that of one")
	require.EqualValues(t, 7, s.Charges[0].Tax)
}

func TestPricesOfBothKindsAreVerifiedTogether(t *testing.T) {
	policy := basket.Policy{Level: basket.ByRate, Rounding: tax.RoundTo(2, tax.HalfUp).WithNetFirst(true)}
	s := resultOf(t, bazaar(t), &basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Quantity: one, Price: decimal.New(119, 0), IncludesTax: true},
		{Class: "STANDARD", Quantity: one, Price: decimal.New(100, 0)},
	}}, policy)
	require.Equal(t, basket.Sum{Net: 20000, Tax: 3800, Gross: 23800}, s.Total)
}

func TestRowsByRateKeepApartWhatIsNotOneRate(t *testing.T) {
	part := func(code string, amount int64) []basket.ComponentSum {
		return []basket.ComponentSum{{Code: code, Amount: amount}}
	}
	sum := basket.Sum{Net: 100, Tax: 5, Gross: 105}
	row := func(class, code string, ofGross bool, treatment tax.Treatment, parts []basket.ComponentSum) basket.Total {
		return basket.Total{TaxCode: code, Class: class, Percent: "5", OfGross: ofGross, Treatment: treatment, Sum: sum, Components: parts}
	}
	r := basket.Result{Format: basket.Format, Totals: []basket.Total{
		row("A", "VAT", false, tax.Taxable, part("X", 5)), row("B", "GST", false, tax.Taxable, nil), row("C", "VAT", true, tax.Taxable, nil),
		row("D", "VAT", false, tax.Exempt, nil), row("E", "VAT", false, tax.Taxable, append(part("X", 4), part("Y", 1)...)),
	}}
	rows := r.ByRate()
	require.Len(t, rows, 4)
	require.Equal(t, basket.Sum{Net: 200, Tax: 10, Gross: 210}, rows[0].Sum)
	require.Equal(t, append(part("X", 9), part("Y", 1)...), rows[0].Components)
	require.Equal(t, part("X", 5), r.Totals[0].Components, "the totals are not changed")
}

func TestAChargeOfOneRateHasOnePart(t *testing.T) {
	s, _ := order(t, basket.ByLine)
	fee := &s.Charges[2]
	half := fee.Parts[0]
	half.Net, half.Tax, half.Gross = 0, 0, 0
	fee.Parts = append(fee.Parts, half)
	require.Equal(t, basket.Violations{{Law: basket.LawCharge, At: "charges[2].parts", Want: 1, Got: 2}}, basket.Verify(s))
}

func TestComponentsAreThoseOfTheRate(t *testing.T) {
	s, _ := order(t, basket.ByLine)
	s.Totals[1].Components[0].Code = "STATS"
	require.Equal(t, basket.Violations{{Law: basket.LawReadable, At: "totals[1].components[0].code"}}, basket.Verify(s))
}

func TestOneCentIsChargedToTheFirstOfEquals(t *testing.T) {
	b := &basket.Basket{Charges: []basket.Charge{{Amount: decimal.New(1, -2)}}}
	for _, class := range []string{"STANDARD", "REDUCED", "LOCAL", "CITY", "QUEBEC"} {
		b.Lines = append(b.Lines, basket.Line{Class: class, Quantity: one, Price: decimal.New(100, 0)})
	}
	s := resultOf(t, bazaar(t), b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	require.Len(t, s.Charges[0].Parts, 1)
	require.Equal(t, 0, s.Charges[0].Parts[0].Rate)
}

func TestAnAmountOffPricesOfBothKindsIsBroken(t *testing.T) {
	s := single()
	second := s.Lines[0]
	second.IncludesTax, second.Price, second.Subtotal = true, "119", 119
	s.Lines = append(s.Lines, second)
	s.Discounts = []basket.ResultDiscount{{Amount: 19, Shares: []int64{0, 19}}}
	var found basket.Violations
	require.ErrorAs(t, basket.Verify(s), &found)
	require.Contains(t, found, basket.Violation{Law: basket.LawDiscount, At: "discounts[0].amount", Want: 0, Got: 19})
}

func TestRefundFindsTheRowOfAPercentageInAnotherNotation(t *testing.T) {
	s := single()
	s.Totals[0].Percent = "19.00"
	note, err := basket.Refund(s, nil, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, s.Total, note.Total)
}
