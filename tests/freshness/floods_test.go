package freshness_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// ownDocument shares nothing with the document of another number.
func ownDocument(country string, n int) tax.Configuration {
	text := func(kind string) tax.LocalizedText {
		return tax.MustLocalizedText(map[string]string{
			"en": fmt.Sprintf("%s rate of document %d", kind, n), "de": fmt.Sprintf("Satz %s des Dokuments %d", kind, n),
		})
	}
	c := taxtest.Doc(country)
	c.Metadata = tax.Metadata{Version: int64(n), Source: fmt.Sprintf("ledger %d of the department of finance", n)}
	for i, code := range []string{"STANDARD", "REDUCED", "BOOKS", "FOOD", "ZERO"} {
		class := taxtest.Class(code, fmt.Sprintf("- %d.%05d; 2007-01-01 %d.%05d; 2020-07-01 %d.%05d source:gazette-%d-%d", 10+i, n, 20+i, n, 15+i, n, n, i))
		class.Default, class.Order, class.Name, class.Description = i == 0, new(i), text(code), text("Description of the "+code)
		c.Classes = append(c.Classes, class)
	}
	return c
}

func TestBytesAgreeWithTheHeap(t *testing.T) {
	list := taxtest.Countries()[:50]
	var n atomic.Int64
	for _, c := range []struct {
		name     string
		tenants  int
		id       string
		document func(key tax.Key) []tax.Configuration
		options  tax.Options
	}{
		{"nothing in common", 40, "", func(key tax.Key) []tax.Configuration {
			return []tax.Configuration{ownDocument(key.Country, int(n.Add(1)))}
		}, tax.Options{}},
		{"with regions", 10, "", func(key tax.Key) []tax.Configuration {
			set := []tax.Configuration{ownDocument(key.Country, int(n.Add(1)))}
			for i := range 8 {
				c := ownDocument(fmt.Sprintf("%s-X-R%d", key.Country, i), int(n.Add(1)))
				c.PostalCodes = []tax.PostalRange{{From: fmt.Sprintf("%d0000", i+1), To: fmt.Sprintf("%d9999", i+1)}}
				c.TimeZone = "Europe/Berlin"
				set = append(set, c)
			}
			return set
		}, tax.Options{}},
		{"the same for every tenant", 40, "", func(key tax.Key) []tax.Configuration {
			return []tax.Configuration{ownDocument(key.Country, int(key.Country[0])*100+int(key.Country[1]))}
		}, tax.Options{}},
		{"small and the same", 200, "", func(key tax.Key) []tax.Configuration {
			return []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19"))}
		}, tax.Options{}},
		{"small, one for each tenant", 10_000, "", func(key tax.Key) []tax.Configuration {
			return []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19"))}
		}, tax.Options{}},
		{"with a quota", 10_000, "", func(key tax.Key) []tax.Configuration {
			return []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19"))}
		}, tax.Options{TenantQuota: 250}},
		{"long ids", 2500, strings.Repeat("x", 2000), func(key tax.Key) []tax.Configuration {
			return []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19"))}
		}, tax.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Capacity = 100_000
			r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
				return c.document(key), nil
			}), &c.options)
			_, err := r.Tenant("first").Resolve(t.Context(), "DE", "") // what is made once
			require.NoError(t, err)
			base, bytes, total := taxtest.HeapInUse(), r.Stats().Bytes, 0
			for tenant := range c.tenants {
				view := r.Tenant(fmt.Sprintf("%s%d", c.id, tenant))
				for _, country := range list[:max(1, min(len(list), 10_000/c.tenants))] {
					_, err := view.Resolve(t.Context(), country, "")
					require.NoError(t, err)
					total++
				}
			}
			heap := taxtest.HeapInUse() - base
			bytes = r.Stats().Bytes - bytes
			require.Equal(t, total+1, r.Stats().Countries)
			t.Logf("%d countries: %d bytes estimated each, %d found", total, bytes/int64(total), heap/int64(total))
			assert.InEpsilon(t, heap, bytes, 0.25, "the heap grew by %d, the estimate by %d", heap, bytes)

			r.InvalidateAll()
			assert.Less(t, taxtest.HeapInUse()-base, heap/5, "nothing stays behind")
			runtime.KeepAlive(r)
		})
	}
}

func TestTenantsWithRandomIdsNeverShareACountry(t *testing.T) {
	// Few bytes to draw from, so that ids are each other's beginnings and ends,
	// and contain what a key made of strings would use between its parts.
	pieces := []string{"a", "b", "|", "\x00", "\xff", "\xc3", "\u00e4", "a\u0308", "DE", "FR", " ", ":", "/", strings.Repeat("a", 300)}
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 0))
		number := map[tax.Key]int64{} // what each key was given
		var keys []tax.Key
		for len(keys) < 2000 {
			var id strings.Builder
			for range rng.IntN(6) {
				id.WriteString(pieces[rng.IntN(len(pieces))])
			}
			key := tax.Key{Tenant: id.String(), Country: []string{"DE", "FR", "BE"}[rng.IntN(3)]}
			if number[key] == 0 {
				keys = append(keys, key)
				number[key] = int64(len(keys))
			}
		}
		for _, id := range []string{strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20) + "\x00", strings.Repeat("\xff", 1<<20)} {
			key := tax.Key{Tenant: id, Country: "DE"}
			keys = append(keys, key)
			number[key] = int64(len(keys))
		}
		src := taxtest.Metered(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			return []tax.Configuration{taxtest.With(taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) {
				c.Metadata.Version = number[key]
			})}, nil
		})
		r := taxtest.Open(t, src, &tax.Options{Capacity: 4096})
		for range 2 {
			rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			for _, key := range keys {
				a, err := r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")
				require.NoError(t, err)
				e := a.Explain()
				require.Equal(t, number[key], e.Documents[0].Version, "%.50q", key)
				require.Equal(t, key.Tenant, e.Input.Tenant)
				require.Equal(t, key.Country, a.Location().Country)
			}
		}
		assert.Equal(t, len(keys), src.Total(), "each is loaded once, and found")
		// Invalidating a country or a tenant drops no other.
		for i, key := range keys[:200] {
			if i%2 == 0 {
				r.Tenant(key.Tenant).Invalidate(key.Country)
			} else {
				r.Tenant(key.Tenant).InvalidateTenant()
			}
		}
		dropped := map[string]bool{}
		for i, key := range keys[:200] {
			if i%2 == 1 {
				dropped[key.Tenant] = true
			}
		}
		for i, key := range keys {
			want := 0
			if dropped[key.Tenant] || i < 200 && i%2 == 0 {
				want = 1
			}
			require.Equal(t, want, loadsOf(t, r, src, key), "%.50q", key)
		}
	}
}

func TestTenantsWithCollidingIdsAreNoSlowerAndNoLessRight(t *testing.T) {
	const tenants = 4000
	long := strings.Repeat("collide", 100)
	for name, id := range map[string]func(int) string{
		"same prefix":     func(i int) string { return long + fmt.Sprint(i) },
		"same suffix":     func(i int) string { return fmt.Sprint(i) + long },
		"same both sides": func(i int) string { return long + fmt.Sprintf("%05d", i) + long },
		"same bytes": func(i int) string {
			b := []byte(strings.Repeat("a", 24)) // anagrams
			for bit := range 12 {
				b[2*bit+i>>bit&1] = 'b'
			}
			return string(b)
		},
		"zeros": func(i int) string { return strings.Repeat("\x00", i) },
	} {
		src := taxtest.Metered(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			return []tax.Configuration{taxtest.With(taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) {
				c.Metadata.Source = fmt.Sprint(len(key.Tenant)) + key.Tenant[:min(40, len(key.Tenant))]
			})}, nil
		})
		r := taxtest.Open(t, src, &tax.Options{Capacity: 3 * tenants})
		seen := map[string]bool{}
		for pass := range 2 {
			for i := range tenants {
				tenant := id(i)
				seen[tenant] = true
				a, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
				require.Equal(t, fmt.Sprint(len(tenant))+tenant[:min(40, len(tenant))], a.Explain().Documents[0].Source)
			}
			assert.Equal(t, tenants, src.Total(), "%s, pass %d", name, pass)
		}
		assert.Len(t, seen, tenants, name)
	}
}

func TestTenantsFloodingAtOnceNeverSeeEachOther(t *testing.T) {
	const workers, calls = 8, 3000
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if strings.HasSuffix(key.Tenant, "9") { // these have nothing
			return nil, nil
		}
		return []tax.Configuration{taxtest.With(taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) {
			c.Metadata.Source = key.Tenant
		})}, nil
	})
	r := taxtest.Open(t, src, &tax.Options{Capacity: 64, TenantQuota: 2})
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(worker)))
			for range calls {
				tenant := fmt.Sprintf("a|%d", rng.IntN(200))
				country := []string{"DE", "FR", "AT", "BE"}[rng.IntN(4)]
				view := r.Tenant(tenant)
				switch rng.IntN(20) {
				case 0:
					view.Invalidate(country)
				case 1:
					view.InvalidateTenant()
				}
				a, err := view.Resolve(t.Context(), country, "")
				if strings.HasSuffix(tenant, "9") {
					assert.ErrorIs(t, err, tax.ErrUnknownCountry)
					continue
				}
				if !assert.NoError(t, err) {
					return
				}
				e := a.Explain()
				if e.Documents[0].Source != tenant || e.Input.Tenant != tenant || e.Territory.Country != country {
					t.Errorf("%s of %q got that of %q", country, tenant, e.Documents[0].Source)
					return
				}
			}
		})
	}
	group.Wait()
	assert.LessOrEqual(t, r.Stats().Countries, 64)
}

func TestFloodOfUnknownKeysNeverDisplacesTheHotSet(t *testing.T) {
	for name, fails := range map[string]error{"none": nil, "failing": taxtest.ErrDatabase} {
		t.Run(name, func(t *testing.T) {
			var hotLoads, floodLoads atomic.Int64
			src := tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
				if strings.HasPrefix(key.Tenant, "hot") {
					hotLoads.Add(1)
					return taxtest.LoadNineteen(ctx, key)
				}
				floodLoads.Add(1)
				return nil, fails
			})
			const hot = 1000
			r := taxtest.Open(t, src, &tax.Options{Capacity: hot})
			views := make([]*tax.Resolver, hot)
			for i := range views {
				views[i] = r.Tenant(fmt.Sprintf("hot %d", i))
				_, err := views[i].Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
			}
			base := taxtest.HeapInUse()
			const flood = 40_000
			for i := range flood {
				id := fmt.Sprintf("unknown %d", i)
				if i >= flood-200 { // long ones, so that remembering them would show
					id += strings.Repeat("x", 1<<16)
				}
				_, err := r.Tenant(id).Resolve(t.Context(), "FR", "")
				require.Error(t, err)
				_, err = views[i%hot].Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
			}
			assert.EqualValues(t, hot, hotLoads.Load(), "none of the hot set was loaded again")
			assert.EqualValues(t, flood, floodLoads.Load())
			s := r.Stats()
			assert.Equal(t, hot, s.Countries)
			assert.Zero(t, s.Evictions)
			assert.Less(t, taxtest.HeapInUse()-base, int64(2<<20), "what is remembered is bounded")
			runtime.KeepAlive(views)
		})
	}
}

func TestFloodOfTenantsKeepsTheHotSetAndTheBoundOfMemory(t *testing.T) {
	const flood, hot, maxBytes = 100_000, 200, 4 << 20
	var hotLoads atomic.Int64
	r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if strings.HasPrefix(key.Tenant, "hot") {
			hotLoads.Add(1)
		}
		return taxtest.LoadNineteen(ctx, key)
	}), &tax.Options{Capacity: 1 << 20, MaxBytes: maxBytes})
	views := make([]*tax.Resolver, hot)
	for i := range views {
		views[i] = r.Tenant(fmt.Sprintf("hot %d", i))
	}
	base := taxtest.HeapInUse()
	for i := range flood {
		_, err := r.Tenant(fmt.Sprintf("tenant %d", i)).Resolve(t.Context(), "FR", "")
		require.NoError(t, err)
		_, err = views[i%hot].Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		if i%(flood/5) == 0 {
			require.LessOrEqual(t, r.Stats().Bytes, int64(maxBytes))
			require.Less(t, taxtest.HeapInUse()-base, int64(maxBytes)*3/2)
		}
	}
	assert.Less(t, hotLoads.Load()*100, int64(5*flood), "the hot set is found 95 times of 100")
	assert.Greater(t, r.Stats().Evictions, uint64(flood/2))
	runtime.KeepAlive(views)
}
