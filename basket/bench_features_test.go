package basket_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// everything returns a basket in which every line has something special and which has all
// else that a basket can have.
func everything(tb testing.TB, lines int) *basket.Basket {
	b := mixed(lines)
	home, err := oneRate("23").Rate("STANDARD")
	require.NoError(tb, err)
	elsewhere := oneRate("20")
	ten := []basket.Discount{{Percent: decimal.New(10, 0)}, {Amount: decimal.New(5, -2)}}
	for i := range b.Lines {
		l := &b.Lines[i]
		l.IncludesTax = i%2 == 0
		switch i % 10 {
		case 0:
			l.Discounts = ten
		case 1:
			l.Charges = []basket.Charge{{Amount: decimal.New(12, -1), Reason: "engraving", Code: "AA"}}
		case 2:
			l.Discounts = []basket.Discount{{Percent: decimal.New(10, 0), EachUnit: true}}
		case 3:
			l.Per = decimal.New(7, 0)
		case 4:
			l.Tax = &basket.Taxation{Included: home}
		case 5:
			l.Class, l.Tax = "STANDARD", &basket.Taxation{Place: elsewhere}
		case 6:
			l.Tax = &basket.Taxation{Base: basket.TaxBase{Less: decimal.New(1, 0)}}
		case 7:
			l.Class, l.Tax = "", &basket.Taxation{ClassByPrice: []basket.ClassUpTo{{UpTo: decimal.New(20, 0), Class: "REDUCED"}, {Class: "STANDARD"}}}
		case 8:
			l.Assertion = tax.Assertion{Treatment: tax.Export, Reason: "declaration 4711"}
		case 9:
			l.Tax = &basket.Taxation{Base: basket.TaxBase{Amount: decimal.New(3, 0)}, SellerBears: true}
		}
	}
	b.Lines[0].ID = "first"
	b.Charges = []basket.Charge{
		{ID: "shipping", Amount: decimal.New(490, -2), IncludesTax: true},
		{ID: "bonus", Amount: decimal.New(1, 0), Allowance: true, Spread: basket.FixedClass, Class: "REDUCED"},
	}
	b.Discounts = []basket.Discount{
		{Percent: decimal.New(5, 0), Except: []string{"first"}},
		{Amount: decimal.New(20, 0), AmountTax: basket.WithTax, AtMost: true},
		{Percent: decimal.New(1, 0), Charges: true},
		{Amount: decimal.New(1, 0), AfterTax: true},
	}
	b.Withheld = []basket.Withholding{{ID: "IRPF", Percent: decimal.New(2, 0)}}
	b.Prepaid = decimal.New(1, 0)
	b.Accounting = &basket.Accounting{Currency: "NOK", Rate: decimal.New(1150, -2)}
	return b
}

// What is special about a line takes no memory of its own.
func TestPricingWithEverythingAllocatesForTheBasketNotForItsLines(t *testing.T) {
	place := shop(t.Context())
	count := func(lines int) float64 {
		b := everything(t, lines)
		return testing.AllocsPerRun(20, func() {
			if _, err := basket.Price(place, b, basket.Policy{Currency: "EUR", Level: basket.ByRate}); err != nil {
				t.Fatal(err)
			}
		})
	}
	require.LessOrEqual(t, count(100), 75.0)
	require.LessOrEqual(t, count(1000), count(100)+2)
}

// BenchmarkPriceWithEverything compares a basket with everything with one whose 100 lines
// have a price and a quantity. The metric is the ratio of the medians.
func BenchmarkPriceWithEverything(b *testing.B) {
	place := shop(b.Context())
	policy := basket.Policy{Currency: "EUR", Level: basket.ByRate}
	baskets := [2]*basket.Basket{mixed(100), everything(b, 100)}
	var times [2][]time.Duration
	for b.Loop() {
		for i := range baskets {
			start := time.Now()
			p, err := basket.Price(place, baskets[i], policy)
			if err != nil {
				b.Fatal(err)
			}
			times[i] = append(times[i], time.Since(start))
			sumSink = p.Total()
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	plain, all := times[0][len(times[0])/2], times[1][len(times[1])/2]
	b.ReportMetric(float64(plain), "plain-ns")
	b.ReportMetric(float64(all), "everything-ns")
	b.ReportMetric(float64(all)/float64(plain), "x")
}
