//go:build lockheld

package freshness_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/taxtest"
)

// How long the lock is held for a miss, on the flat trace of docs/performance.md, in a cache
// with room for a tenth, and for the invalidation of a tenant. This is a measurement, which
// needs the build tag:
//
//	go test -tags lockheld -run TestLockIsHeldForAMoment -v ./tests/freshness
func TestLockIsHeldForAMoment(t *testing.T) {
	const tenants, room, questions = 10_000, 30_000, 300_000
	countries := taxtest.Countries()[:30]
	sets := map[string][]tax.Configuration{}
	for i, country := range countries {
		c := taxtest.Doc(country)
		for k, code := range []string{"STANDARD*", "REDUCED", "BOOKS", "FOOD", "ZERO"} {
			c.Classes = append(c.Classes, taxtest.Class(code, fmt.Sprintf("- %d.%d", i, k)))
		}
		sets[country] = []tax.Configuration{c}
	}
	load := func(_ context.Context, key tax.Key) ([]tax.Configuration, error) { return sets[key.Country], nil }
	for name, src := range map[string]tax.Source{"any source": tax.SourceFunc(load), "never waits": fastSource{load}} {
		t.Run(name, func(t *testing.T) {
			r := taxtest.Open(t, src, &tax.Options{Capacity: room})
			views := make([]*tax.Resolver, tenants)
			for i := range views {
				views[i] = r.Tenant(fmt.Sprint("tenant ", i))
			}
			random := rand.New(rand.NewPCG(4, 4))
			shuffled, next := random.Perm(tenants*len(countries)), zipf(random, 0.86, tenants*len(countries))
			walk := func(n int) {
				for range n {
					unit := shuffled[next()]
					_, err := views[unit/len(countries)].Resolve(t.Context(), countries[unit%len(countries)], "")
					require.NoError(t, err)
				}
			}
			walk(questions)
			cache.Held()
			before := r.Stats()
			walk(questions)
			for i := range 2000 {
				views[i].InvalidateTenant()
			}
			after := r.Stats()
			t.Logf("%.1f %% hits", 100-100*float64(after.Misses-before.Misses)/questions)
			for method, times := range cache.Held() {
				slices.Sort(times)
				if n := len(times); n >= 1000 {
					sum := 0
					for _, ns := range times[:n*99/100] { // the rest is that of other programs
						sum += int(ns)
					}
					t.Logf("%-16s %6d times, ns: mean %d, p10 %d, p50 %d, p90 %d, p99 %d", method[strings.LastIndex(method, ".")+1:], n, sum/(n*99/100), times[n/10], times[n/2], times[n*9/10], times[n*99/100])
				}
			}
		})
	}
}

// fastSource says that it never waits.
type fastSource struct{ tax.SourceFunc }

func (fastSource) NeverWaits() bool { return true }

// zipf draws numbers below n, k in proportion to 1/(k+1)^s.
func zipf(random *rand.Rand, s float64, n int) func() int {
	sums := make([]float64, n)
	sum := 0.0
	for k := range sums {
		sum += math.Pow(float64(k+1), -s)
		sums[k] = sum
	}
	return func() int { return sort.SearchFloat64s(sums, random.Float64()*sum) }
}
