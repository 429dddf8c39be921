package basket_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// order returns a sale with discounts, charges and treatments of every kind,
// and two credit notes. Its amounts can be followed by hand:
//
//	lamp     2 * 49.90 less 9.98 less 5.00, coupon 4.09   80.73 at 19 %
//	coat     100.00, coupon 4.83, the most taxed net 1.90  93.27 at 8.875 %
//	book     12.90, coupon 0.62, books 0.12                12.16 at 7 %
//	export   20.00, coupon 0.97                            19.03 not taxable
//	shipping                                                4.90 of all rates
//	wrapping 3.00 and 19 %                                  3.57
//	fee      1.50 and 8.625 %                               1.63
//	together 215.29, in cash 215.30
func order(t testing.TB, level basket.Level) (*basket.Result, []basket.CreditNote) {
	t.Helper()
	policy := basket.Policy{Currency: "CHF", Level: level, Rounding: tax.RoundTo(2, tax.HalfUp), Cash: basket.Cash{Step: 5}}
	sale := resultOf(t, bazaar(t), &basket.Basket{
		Lines: []basket.Line{
			{ID: "lamp", Class: "STANDARD", Quantity: decimal.New(2, 0), Price: decimal.New(4990, -2), IncludesTax: true, Discounts: []basket.Discount{
				{ID: "second", Percent: decimal.New(10, 0)}, {Amount: decimal.New(5, 0)},
			}},
			{ID: "coat", Class: "CITY", Quantity: one, Price: decimal.New(100, 0), IncludesTax: true},
			{ID: "book", Class: "NOVELS", Quantity: one, Price: decimal.New(1290, -2), IncludesTax: true},
			{ID: "export", Class: "STANDARD", Quantity: one, Price: decimal.New(20, 0), IncludesTax: true, Assertion: tax.Assertion{Treatment: tax.Export}, Tax: &basket.Taxation{KeepGross: true}},
		},
		Discounts: []basket.Discount{
			{ID: "coupon", Amount: decimal.New(1051, -2)},
			{ID: "books", Percent: decimal.New(1, 0), Spread: basket.FixedClass, Class: "BOOKS"},
			{ID: "most", Percent: decimal.New(2, 0), Spread: basket.DominantRate},
		},
		Charges: []basket.Charge{
			{ID: "shipping", Amount: decimal.New(490, -2), IncludesTax: true},
			{ID: "wrapping", Amount: decimal.New(3, 0), Spread: basket.HighestRate},
			{ID: "fee", Amount: decimal.New(150, -2), Spread: basket.FixedClass, Class: "LOCAL"},
		},
	}, policy)
	var notes []basket.CreditNote
	for _, returns := range [][]basket.Return{
		{{ID: "lamp", Quantity: one}, {ID: "coat", Amount: 3333}},
		{{All: true}},
	} {
		note, err := basket.Refund(sale, notes, returns...)
		require.NoError(t, err)
		notes = append(notes, note)
	}
	require.NoError(t, basket.Verify(sale, notes...))
	return sale, notes
}

var levels = []basket.Level{basket.ByLine, basket.ByUnit, basket.ByRate, basket.ByDocument, basket.ByRunningTotal}

// integers visits every int64 in a value, with its path in JSON.
func integers(value reflect.Value, path string, visit func(path string, n reflect.Value)) {
	switch value.Kind() {
	case reflect.Int64:
		visit(path, value)
	case reflect.Pointer:
		if !value.IsNil() {
			integers(value.Elem(), path, visit)
		}
	case reflect.Slice:
		for i := range value.Len() {
			integers(value.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Struct:
		for i := range value.NumField() {
			field := value.Type().Field(i)
			switch name, _, _ := strings.Cut(field.Tag.Get("json"), ","); {
			case !field.IsExported():
			case field.Anonymous:
				integers(value.Field(i), path, visit)
			default:
				integers(value.Field(i), strings.TrimPrefix(path+"."+name, "."), visit)
			}
		}
	}
}

// isNoAmount reports the integers that are no amounts: a cash step that is one
// more may round to the same total, and the version of a document is no part of
// the sale.
func isNoAmount(path string) bool {
	return path == "policy.cash.step" || path == "policy.taxStep" || strings.HasSuffix(path, ".version")
}

func TestEveryAmountThatIsOneOffIsNoticed(t *testing.T) {
	for _, level := range levels {
		sale, notes := order(t, level)
		amounts := 0
		visit := func(path string, n reflect.Value) {
			if isNoAmount(path) {
				return
			}
			amounts++
			right := n.Int()
			for _, by := range []int64{1, -1, 1 << 40, -1 << 62} {
				n.SetInt(right + by)
				require.IsType(t, basket.Violations{}, basket.Verify(sale, notes...), "%s %s %+d", level, path, by)
			}
			n.SetInt(right)
		}
		integers(reflect.ValueOf(sale), "", visit)
		integers(reflect.ValueOf(notes), "notes", visit)
		require.Greater(t, amounts, 150)
		require.NoError(t, basket.Verify(sale, notes...))
	}
}

func TestEveryAmountOfDrawnSalesThatIsOneOffIsNoticed(t *testing.T) {
	place := bazaar(t)
	sales := uint64(250)
	if testing.Short() {
		sales /= 10
	}
	for seed := range sales {
		d := draw(seed)
		sale := d.sale(t, place)
		if sale == nil {
			continue
		}
		notes := d.refunds(t, sale, d.chance(50))
		visit := func(path string, n reflect.Value) {
			if isNoAmount(path) {
				return
			}
			right := n.Int()
			for _, by := range []int64{1, -1} {
				n.SetInt(right + by)
				require.Error(t, basket.Verify(sale, notes...), "seed %d %s %+d", seed, path, by)
			}
			n.SetInt(right)
		}
		integers(reflect.ValueOf(sale), "", visit)
		integers(reflect.ValueOf(notes), "notes", visit)
		require.NoError(t, basket.Verify(sale, notes...))
	}
}

func TestABrokenLawIsNamedWithItsPlaceAndByHowMuch(t *testing.T) {
	tests := []struct {
		name string
		do   func(sale *basket.Result, notes []basket.CreditNote)
		law  basket.Law
		at   string
		by   int64
	}{
		{"gross of a line", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[1].Gross += 7 }, basket.LawSum, "lines[1].gross", 7},
		{"gross of a charge", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Gross-- }, basket.LawSum, "charges[0].gross", -1},
		{"gross of a part", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Parts[1].Net++ }, basket.LawSum, "charges[0].parts[1].gross", -1},
		{"gross of a row", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[2].Gross += 2 }, basket.LawSum, "totals[2].gross", 2},
		{"gross of the total", func(s *basket.Result, _ []basket.CreditNote) { s.Total.Gross += 3 }, basket.LawSum, "total.gross", 3},

		{"subtotal", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Subtotal += 100 }, basket.LawPrice, "lines[0].subtotal", 100},
		{"percent off a line", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Discounts[0].Amount += 2 }, basket.LawPrice, "lines[0].discounts[0].amount", 2},
		{"a price that was moved", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[1].Gross++; s.Lines[1].Net++ }, basket.LawPrice, "lines[1].gross", 1},
		{"a discount that adds", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[0].Discounts[1].Amount = -1 }, basket.LawPrice, "lines[0].discounts[1].amount", -1},

		{"shares beside the amount", func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Shares[1] += 4 }, basket.LawDiscount, "discounts[0].amount", -4},
		{"a share", func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Shares[0]++; s.Discounts[0].Shares[1]-- }, basket.LawDiscount, "discounts[0].shares[1]", -1},
		{"percent off the basket", func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[2].Amount += 9 }, basket.LawDiscount, "discounts[2].amount", 9},
		{"a share of another class", func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[1].Shares[0] += 1 }, basket.LawDiscount, "discounts[1].shares[0]", 1},
		{"shared of a line", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[3].Shared -= 5 }, basket.LawDiscount, "lines[3].shared", -5},
		{"more off than there is", func(s *basket.Result, _ []basket.CreditNote) { s.Discounts[0].Amount = 1_000_000 }, basket.LawDiscount, "discounts[0].amount", 1_000_000 - 21772},

		{"amount of a charge", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Amount += 10 }, basket.LawCharge, "charges[0].amount", 10},
		{"a part", func(s *basket.Result, _ []basket.CreditNote) {
			s.Charges[0].Parts[0].Gross++
			s.Charges[0].Parts[0].Net++
			s.Charges[0].Parts[1].Gross--
			s.Charges[0].Parts[1].Net--
		}, basket.LawCharge, "charges[0].parts[1].gross", -1},
		{"a lost part", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Parts = s.Charges[0].Parts[1:] }, basket.LawCharge, "charges[0].parts", -1},
		{"a part elsewhere", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[1].Parts[0].Rate = 2 }, basket.LawCharge, "charges[1].parts[0].rate", 2},
		{"a part of another row", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[0].Parts[1].Rate = 2 }, basket.LawCharge, "charges[0].parts[1].rate", 1},
		{"goods to spread over", func(s *basket.Result, _ []basket.CreditNote) { s.Lines, s.Discounts = nil, nil }, basket.LawCharge, "charges[1].parts", 1},
		{"net of a charge", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[2].Net += 6 }, basket.LawCharge, "charges[2].net", 6},

		{"tax of a line", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[2].Tax--; s.Lines[2].Net++ }, basket.LawTax, "lines[2].tax", -1},
		{"tax of a part", func(s *basket.Result, _ []basket.CreditNote) { s.Charges[2].Parts[0].Tax += 2 }, basket.LawTax, "charges[2].parts[0].tax", 2},
		{"tax where there is none", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[3].Tax = 3 }, basket.LawTax, "lines[3].tax", 3},

		{"tax of a row", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[0].Tax++; s.Totals[0].Net-- }, basket.LawTotals, "totals[0].tax", 1},
		{"net of the total", func(s *basket.Result, _ []basket.CreditNote) { s.Total.Net += 8 }, basket.LawTotals, "total.net", 8},

		{"a component", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[1].Components[1].Amount -= 2 }, basket.LawComponents, "totals[1].components[1].amount", -2},
		{"a lost component", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[1].Components = nil }, basket.LawComponents, "totals[1].components", -3},

		{"a row that is not taxable", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[3].Tax = 1 }, basket.LawTreatments, "totals[3].tax", 1},
		{"a row twice", func(s *basket.Result, _ []basket.CreditNote) { s.Totals = append(s.Totals, s.Totals[0]) }, basket.LawTreatments, "totals[5]", 1},
		{"a row of no rate", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[4].Treatment = tax.Exempt }, basket.LawTreatments, "totals[4]", 1},
		{"a rate without a row", func(s *basket.Result, _ []basket.CreditNote) { s.Totals = s.Totals[:4] }, basket.LawTreatments, "rates[4]", -1},
		{"an export with a percentage", func(s *basket.Result, _ []basket.CreditNote) { s.Rates[3].Percent = "19.0"; s.Totals[3].Percent = "19" }, basket.LawTreatments, "rates[3].percent", 19},

		{"payable", func(s *basket.Result, _ []basket.CreditNote) { s.Payable += 5 }, basket.LawPayable, "payable", 5},
		{"rounding of cash", func(s *basket.Result, _ []basket.CreditNote) { s.CashRounding -= 1 }, basket.LawPayable, "cashRounding", -1},

		{"an index", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[2].Rate = 5 }, basket.LawReadable, "lines[2].rate", 0},
		{"a text", func(s *basket.Result, _ []basket.CreditNote) { s.Lines[2].Price = "12,90" }, basket.LawReadable, "lines[2].price", 0},
		{"the code of a component", func(s *basket.Result, _ []basket.CreditNote) { s.Totals[1].Components[0].Code = "" }, basket.LawReadable, "totals[1].components[0].code", 0},

		{"gross of a line of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[0].Gross++ }, basket.LawSum, "notes[0].lines[0].gross", 1},
		{"gross of a row of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals[1].Gross++ }, basket.LawSum, "notes[0].totals[1].gross", 1},
		{"gross of the total of a note", func(_ *basket.Result, n []basket.CreditNote) { n[1].Total.Gross -= 2 }, basket.LawSum, "notes[1].total.gross", -2},
		{"more than there was", func(_ *basket.Result, n []basket.CreditNote) { n[1].Lines[1].Gross += 30; n[1].Lines[1].Net += 30 }, basket.LawRefund, "notes[1].lines[1].gross", 30},
		{"more pieces than there were", func(_ *basket.Result, n []basket.CreditNote) { n[1].Lines[0].Quantity = "3" }, basket.LawRefund, "notes[1].lines[0].quantity", 2},
		{"a piece for less", func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[0].Gross -= 40; n[0].Lines[0].Net -= 40 }, basket.LawRefundShare, "notes[0].lines[0].gross", -40},
		{"tax that was kept", func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[1].Tax--; n[0].Lines[1].Net++ }, basket.LawRefundShare, "notes[0].lines[1].tax", -1},
		{"tax of everything", func(_ *basket.Result, n []basket.CreditNote) { n[1].Lines[2].Tax++; n[1].Lines[2].Net-- }, basket.LawRefundAll, "notes[1].lines[2].tax", 1},
		{"rows of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals[0].Net-- }, basket.LawTotals, "notes[0].totals[0].net", -1},
		{"a lost row of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals = n[0].Totals[:1] }, basket.LawTotals, "notes[0].totals", -1},
		{"total of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Total.Tax += 2 }, basket.LawTotals, "notes[0].total.tax", 2},
		{"a component of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Totals[1].Components[2].Amount++ }, basket.LawComponents, "notes[0].totals[1].components[2].amount", 1},
		{"payable of a note", func(_ *basket.Result, n []basket.CreditNote) { n[0].Payable -= 5 }, basket.LawPayable, "notes[0].payable", -5},
		{"payable of all notes", func(_ *basket.Result, n []basket.CreditNote) { n[1].Payable += 5 }, basket.LawRefundAll, "notes.payable", 5},
		{"total of all notes", func(_ *basket.Result, n []basket.CreditNote) { n[1].Total.Net += 4 }, basket.LawRefundAll, "notes.total.net", 4},
		{"a line of another sale", func(_ *basket.Result, n []basket.CreditNote) { n[0].Lines[0].ID = "vase" }, basket.LawReadable, "notes[0].lines[0].id", 0},
	}
	laws := map[basket.Law]bool{}
	for _, test := range tests {
		laws[test.law] = true
		t.Run(test.name, func(t *testing.T) {
			sale, notes := order(t, basket.ByRate)
			test.do(sale, notes)
			var found basket.Violations
			require.ErrorAs(t, basket.Verify(sale, notes...), &found)
			for _, v := range found {
				if v.Law == test.law && v.At == test.at && v.Got-v.Want == test.by {
					return
				}
			}
			t.Errorf("not among %v", found)
		})
	}
	for _, law := range []basket.Law{
		basket.LawReadable, basket.LawSum, basket.LawPrice, basket.LawDiscount, basket.LawCharge, basket.LawTax, basket.LawTotals,
		basket.LawComponents, basket.LawTreatments, basket.LawPayable, basket.LawRefund, basket.LawRefundShare, basket.LawRefundAll,
	} {
		require.True(t, laws[law], law)
	}
}

func TestOneMistakeIsNotReportedEverywhere(t *testing.T) {
	sale, _ := order(t, basket.ByRate)
	sale.Lines[0].Subtotal++
	require.Equal(t, basket.Violations{{basket.LawPrice, "lines[0].subtotal", 9980, 9981}}, basket.Verify(sale))
	sale, _ = order(t, basket.ByDocument)
	sale.Discounts[2].Amount--
	require.Len(t, basket.Verify(sale), 1)
}

func TestTheTextOfViolationsIsShort(t *testing.T) {
	sale, _ := order(t, basket.ByLine)
	sale.Payable++
	require.EqualError(t, basket.Verify(sale), "tax: payable: payable: want 21530, got 21531 (+1)")
	sale.Total = basket.Sum{}
	sale.Lines[0].Price = "?"
	text := basket.Verify(sale).Error()
	require.True(t, strings.HasPrefix(text, "tax: lines = totals: total.net: want "), text)
	require.True(t, strings.HasSuffix(text, "; and 3 more"), text)

	err := basket.Verify(&basket.Result{Format: basket.Format, Lines: make([]basket.ResultLine, 500)})
	require.Len(t, err, 100)
	require.ErrorContains(t, err, "; and 97 more at least")
}
