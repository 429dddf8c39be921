package freshness_test

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// misses returns a function that looks up a country that is not in memory. Its documents
// have five classes: those of the load before, or one or two others than in all loads before.
func misses(tb testing.TB, known bool, source func(context.Context, tax.Key)) func() {
	c := taxtest.Doc("DE")
	for _, code := range []string{"STANDARD*", "REDUCED", "BOOKS", "FOOD", "ZERO"} {
		c.Classes = append(c.Classes, taxtest.Class(code, "- 5"))
	}
	percents := make([]decimal.Decimal, 1000)
	for i := range percents {
		percents[i] = decimal.New(int64(i), -2)
	}
	n, set := 0, []tax.Configuration{c}
	r := taxtest.Open(tb, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		source(ctx, key)
		if !known {
			n++
			c.Classes[0].Rates[0].Percent, c.Classes[1].Rates[0].Percent = percents[n%1000], percents[n/1000%1000]
		}
		return set, nil
	}), nil)
	view, ctx := r.Tenant("shop"), context.Background()
	return func() {
		view.Invalidate("DE")
		if _, err := view.Resolve(ctx, "DE", ""); err != nil {
			tb.Fatal(err)
		}
	}
}

// fewest returns the fewest allocations of a call. The pools forget now and then what
// they hold, under the race detector at random.
func fewest(call func()) float64 {
	n := testing.AllocsPerRun(100, call)
	for range 100 {
		n = min(n, testing.AllocsPerRun(1, call))
	}
	return n
}

func TestMissTakesFewAllocations(t *testing.T) {
	for _, c := range []struct {
		name   string
		known  bool
		source func(context.Context, tax.Key)
		most   float64
	}{
		{"known classes", true, func(context.Context, tax.Key) {}, 6},
		{"known classes, and the source waits", true, func(ctx context.Context, _ tax.Key) {
			select {
			case <-ctx.Done():
			default:
			}
		}, 8},
		{"new classes", false, func(context.Context, tax.Key) {}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.LessOrEqual(t, fewest(misses(t, c.known, c.source)), c.most)
		})
	}
}

func BenchmarkMiss(b *testing.B) {
	for name, known := range map[string]bool{"known classes": true, "new classes": false} {
		b.Run(name, func(b *testing.B) {
			miss := misses(b, known, func(context.Context, tax.Key) {})
			b.ReportAllocs()
			for b.Loop() {
				miss()
			}
		})
	}
}
