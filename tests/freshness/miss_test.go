package freshness_test

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// misses returns a function that looks up a country that is not in memory. Its documents have
// five classes. The last ones are those of the load before, and the first ones are new: no load
// had their rate.
func misses(tb testing.TB, fresh int, source func(context.Context, tax.Key)) func() {
	c := taxtest.Doc("DE")
	for _, code := range []string{"STANDARD*", "REDUCED", "BOOKS", "FOOD", "ZERO"} {
		c.Classes = append(c.Classes, taxtest.Class(code, "- 5"))
	}
	percents := make([]decimal.Decimal, 100_000)
	for i := range percents {
		percents[i] = decimal.New(int64(i), -4)
	}
	n, set := 0, []tax.Configuration{c}
	r := taxtest.Open(tb, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		source(ctx, key)
		n++
		for i := range fresh {
			c.Classes[i].Rates[0].Percent = percents[n%len(percents)]
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
		fresh  int
		source func(context.Context, tax.Key)
		want   float64
	}{
		{"known classes", 0, func(context.Context, tax.Key) {}, 4},
		{"known classes, and the source waits", 0, func(ctx context.Context, _ tax.Key) {
			select {
			case <-ctx.Done():
			default:
			}
		}, 5},
		{"a new class", 1, func(context.Context, tax.Key) {}, 7},
		{"new classes", 5, func(context.Context, tax.Key) {}, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, fewest(misses(t, c.fresh, c.source)))
		})
	}
}

func BenchmarkMiss(b *testing.B) {
	for name, fresh := range map[string]int{"known classes": 0, "new classes": 5} {
		b.Run(name, func(b *testing.B) {
			miss := misses(b, fresh, func(context.Context, tax.Key) {})
			b.ReportAllocs()
			for b.Loop() {
				miss()
			}
		})
	}
}
