package basket_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// mixed returns a basket of n lines of three classes in changing order.
func mixed(n int) *basket.Basket {
	classes := []string{"STANDARD", "REDUCED", "LOCAL"}
	b := &basket.Basket{Lines: make([]basket.Line, n)}
	for i := range b.Lines {
		b.Lines[i] = basket.Line{
			Class:    classes[i*7%len(classes)],
			Quantity: decimal.New(int64(1+i%5), 0),
			Price:    decimal.New(int64(199+i*37%9000), -2),
		}
	}
	return b
}

// mixedMinor returns the same basket with quantities and prices in integers.
func mixedMinor(n int) *basket.Basket {
	b := mixed(n)
	for i := range b.Lines {
		l := &b.Lines[i]
		l.Count, l.Quantity = l.Quantity.IntPart(), decimal.Decimal{}
		l.PriceMinor, l.Price = l.Price.CoefficientInt64(), decimal.Decimal{}
	}
	return b
}

// BenchmarkPrice computes every line and the totals in minor units, as a
// checkout does after each change of the basket.
func BenchmarkPrice(b *testing.B) {
	place := shop(b.Context())
	for _, level := range levels {
		for _, n := range []int{1, 100, 100_000} {
			lines := mixed(n)
			b.Run(fmt.Sprintf("%s/%d", level, n), func(b *testing.B) {
				measurePrice(b, place, lines, basket.Policy{Level: level, Rounding: tax.RoundTo(2, tax.HalfUp)})
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/line")
			})
		}
	}
}

// BenchmarkPriceMinor is BenchmarkPrice for lines in integers.
func BenchmarkPriceMinor(b *testing.B) {
	measurePrice(b, shop(b.Context()), mixedMinor(100), basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
}

func measurePrice(b *testing.B, place tax.Place, lines *basket.Basket, policy basket.Policy) {
	b.ReportAllocs()
	for b.Loop() {
		p, err := basket.Price(place, lines, policy)
		if err != nil {
			b.Fatal(err)
		}
		sumSink = p.Total()
	}
}

// BenchmarkResult makes the plain data of a priced basket.
func BenchmarkResult(b *testing.B) {
	p, err := basket.Price(shop(b.Context()), mixed(100), basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if resultSink, err = p.Result(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify checks the result of a basket.
func BenchmarkVerify(b *testing.B) {
	sale := resultOf(b, shop(b.Context()), mixed(100), basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	for b.Loop() {
		if err := basket.Verify(sale); err != nil {
			b.Fatal(err)
		}
	}
}

var (
	sumSink    basket.Sum
	resultSink *basket.Result
)
