package freshness_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// loadsOf asks for a country and returns how many loads that took.
func loadsOf(t *testing.T, r *tax.Resolver, src *taxtest.MeteredSource, key tax.Key) int {
	t.Helper()
	before := src.LoadsOf(key)
	_, err := r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")
	require.NoError(t, err)
	return src.LoadsOf(key) - before
}

func TestCapacityIsExact(t *testing.T) {
	list := taxtest.Countries()
	for _, capacity := range []int{1, 2, 7, 100} {
		src := taxtest.Metered(taxtest.LoadNineteen)
		r := taxtest.Open(t, src, &tax.Options{Capacity: capacity})
		for i, country := range list[:capacity] {
			assert.Equal(t, 1, loadsOf(t, r, src, tax.Key{Country: country}))
			assert.Equal(t, i+1, r.Stats().Countries)
		}
		for range 3 {
			for _, country := range list[:capacity] {
				assert.Zero(t, loadsOf(t, r, src, tax.Key{Country: country}), "capacity %d: all of them fit", capacity)
			}
		}
		assert.Zero(t, r.Stats().Evictions)
		for i, country := range list[capacity : 2*capacity] {
			assert.Equal(t, 1, loadsOf(t, r, src, tax.Key{Tenant: "shop", Country: country}))
			assert.Equal(t, capacity, r.Stats().Countries, "tenants share it")
			assert.EqualValues(t, i+1, r.Stats().Evictions, "one for one")
		}
	}
}

func TestCapacityOfManyIsUsedWhole(t *testing.T) {
	const capacity = 20_000
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, &tax.Options{Capacity: capacity})
	list := taxtest.Countries()
	for i := range capacity {
		_, err := r.Tenant(fmt.Sprint(i/100)).Resolve(t.Context(), list[i%100], "")
		require.NoError(t, err)
		require.LessOrEqual(t, r.Stats().Countries, capacity)
	}
	assert.Equal(t, capacity, r.Stats().Countries, "whoever the tenants are")
	assert.Zero(t, r.Stats().Evictions)
}

func TestCapacityCountryThatIsUsedIsNotDisplaced(t *testing.T) {
	for _, capacity := range []int{2, 3, 7, 100, 1024} {
		src := taxtest.Metered(taxtest.LoadNineteen)
		r := taxtest.Open(t, src, &tax.Options{Capacity: capacity})
		hot := tax.Key{Tenant: "hot", Country: "DE"}
		for i := range 5 * capacity {
			loads := loadsOf(t, r, src, hot)
			if i > 0 {
				require.Zero(t, loads, "capacity %d, after %d others", capacity, i)
			}
			require.Equal(t, 1, loadsOf(t, r, src, tax.Key{Tenant: fmt.Sprint(i), Country: "DE"}))
		}
		assert.EqualValues(t, 4*capacity+1, r.Stats().Evictions)
	}
}

func TestCapacityNoneOfAHotSetIsDisplaced(t *testing.T) {
	// Every country of the hot set is asked for between two insertions, so each is
	// marked as used whenever the eviction comes to it.
	for _, hot := range []int{10, 60, 200} {
		src := taxtest.Metered(taxtest.LoadNineteen)
		r := taxtest.Open(t, src, &tax.Options{Capacity: 2 * hot})
		reloads := 0
		for i := range 6 * hot {
			for n := range hot {
				loads := loadsOf(t, r, src, tax.Key{Tenant: fmt.Sprintf("hot %03d", n), Country: "DE"})
				if i > 0 {
					reloads += loads
				}
			}
			loadsOf(t, r, src, tax.Key{Tenant: fmt.Sprintf("scan %06d", i), Country: "FR"})
		}
		assert.Zero(t, reloads, "a hot set of %d", hot)
		assert.EqualValues(t, 5*hot, r.Stats().Evictions, "a hot set of %d", hot)
	}
}

func TestCapacityHotSetSurvivesAScan(t *testing.T) {
	const capacity = 400
	for name, options := range map[string]tax.Options{
		"capacity": {Capacity: capacity},
		"bytes":    {Capacity: 100 * capacity, MaxBytes: capacity * bytesOfOne(t)},
	} {
		src := taxtest.Metered(loadsItsOwn)
		r := taxtest.Open(t, src, &options)
		hot := make([]tax.Key, capacity/2)
		for i := range hot {
			hot[i] = tax.Key{Tenant: fmt.Sprintf("hot %07d", i), Country: "DE"}
			loadsOf(t, r, src, hot[i])
		}
		reloads, asked := 0, 0
		for i := range 10 * capacity { // a scan: each is asked once
			loadsOf(t, r, src, tax.Key{Tenant: fmt.Sprintf("scan %06d", i), Country: "FR"})
			for n := range 2 {
				reloads += loadsOf(t, r, src, hot[(2*i+n)%len(hot)])
				asked++
			}
		}
		assert.Zero(t, reloads, "%s: of %d", name, asked)
		assert.Greater(t, r.Stats().Evictions, uint64(8*capacity), name)
	}
}

// loadsItsOwn has for each tenant a document like no other, so that no two
// share memory.
func loadsItsOwn(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	c := taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19"))
	c.Name, c.Classes[0].Name = taxtest.English("Country of "+key.Tenant), taxtest.English("Rate of "+key.Tenant)
	return []tax.Configuration{c}, nil
}

// bytesOfOne is the estimate for a country of loadsItsOwn whose tenant has an
// id of 11 bytes.
func bytesOfOne(t *testing.T) int64 {
	t.Helper()
	r := taxtest.Open(t, tax.SourceFunc(loadsItsOwn), nil)
	for i := range 100 {
		_, err := r.Tenant(fmt.Sprintf("scan %06d", i)).Resolve(t.Context(), "FR", "")
		require.NoError(t, err)
	}
	return r.Stats().Bytes / 100
}

func TestQuotaKeepsATenantFromDisplacingOthers(t *testing.T) {
	list := taxtest.Countries()
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, &tax.Options{Capacity: 100, TenantQuota: 20, Observer: &tax.Observer{
		Evicted: func(key tax.Key) { assert.Equal(t, "greedy", key.Tenant) },
	}})
	var others []tax.Key
	for i := range 80 { // 8 tenants with 10 countries each, one of them without an id
		others = append(others, tax.Key{Tenant: strings.Repeat("x", i/10), Country: list[i]})
		loadsOf(t, r, src, others[i])
	}
	for range 3 {
		for i, country := range list[:200] {
			assert.Equal(t, 1, loadsOf(t, r, src, tax.Key{Tenant: "greedy", Country: country}))
			assert.LessOrEqual(t, r.Stats().Countries, 100)
			assert.Zero(t, loadsOf(t, r, src, others[i%80]), "%v", others[i%80])
		}
	}
	for _, key := range others {
		assert.Zero(t, loadsOf(t, r, src, key), "%v", key)
	}
	assert.Equal(t, 100, r.Stats().Countries, "the quota is kept, not more and not less")
	assert.EqualValues(t, 580, r.Stats().Evictions)
}

func TestQuotaDisplacesTheTenantsOwnLeastRecentlyUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Metered(taxtest.LoadNineteen)
		var evicted []tax.Key
		r := taxtest.Open(t, src, &tax.Options{TenantQuota: 3, Observer: &tax.Observer{
			Evicted: func(key tax.Key) { evicted = append(evicted, key) },
		}})
		key := func(country string) tax.Key { return tax.Key{Tenant: "shop", Country: country} }
		for _, country := range []string{"AT", "BE", "CZ", "AT", "DE"} {
			loadsOf(t, r, src, key(country))
		}
		synctest.Wait()
		assert.Equal(t, []tax.Key{key("BE")}, evicted)
		for _, country := range []string{"CZ", "AT", "DE"} {
			assert.Zero(t, loadsOf(t, r, src, key(country)), country)
		}
		// Room that an invalidation made is used before anything is displaced.
		r.Tenant("shop").Invalidate("CZ")
		assert.Equal(t, 1, loadsOf(t, r, src, key("CZ")))
		r.Tenant("shop").InvalidateTenant()
		for _, country := range []string{"FR", "GR", "HU"} {
			assert.Equal(t, 1, loadsOf(t, r, src, key(country)))
		}
		r.InvalidateAll()
		for _, country := range []string{"FR", "GR", "HU"} {
			assert.Equal(t, 1, loadsOf(t, r, src, key(country)))
		}
		synctest.Wait()
		assert.Len(t, evicted, 1)
		assert.Equal(t, 1, loadsOf(t, r, src, key("IT")))
		synctest.Wait()
		assert.Len(t, evicted, 2)
	})
}

func TestBytesStayBelowTheirBoundAfterEveryLoad(t *testing.T) {
	one := bytesOfOne(t)
	for _, fit := range []int64{1, 2, 5, 50} {
		rng := rand.New(rand.NewPCG(1, uint64(fit)))
		bound := fit*one + one/2
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			set, err := loadsItsOwn(ctx, key)
			for i := range rng.IntN(10) * rng.IntN(2) { // larger ones among them
				set = append(set, taxtest.Doc(fmt.Sprintf("%s-X-R%d", key.Country, i), taxtest.Class("STANDARD", "- + 1")))
			}
			return set, err
		}), &tax.Options{MaxBytes: bound})
		many := 0
		for i := range 2000 {
			_, err := r.Tenant(fmt.Sprintf("scan %06d", i)).Resolve(t.Context(), "FR", "")
			require.NoError(t, err)
			s := r.Stats()
			if s.Countries != 1 {
				require.LessOrEqual(t, s.Bytes, bound, "%d countries", s.Countries)
				many++
			}
			require.Positive(t, s.Countries, "what was loaded last is there")
		}
		if fit == 50 {
			assert.Greater(t, many, 1900)
		}
		assert.Positive(t, r.Stats().Evictions)
	}
}

func TestBytesStayBelowTheirBoundWhenACountryGrows(t *testing.T) {
	one := bytesOfOne(t)
	synctest.Test(t, func(t *testing.T) {
		regions := 0
		src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			set, err := loadsItsOwn(ctx, key)
			for i := range regions {
				set = append(set, taxtest.Doc(fmt.Sprintf("%s-X-R%d", key.Country, i), taxtest.Class("STANDARD", "- + 1")))
			}
			return set, err
		})
		bound := 10*one + one/2
		r := taxtest.Open(t, src, &tax.Options{MaxBytes: bound, TTL: time.Minute})
		key := func(i int) tax.Key { return tax.Key{Tenant: fmt.Sprintf("scan %06d", i), Country: "FR"} }
		for i := range 10 {
			loadsOf(t, r, src, key(i))
		}
		require.Equal(t, 10, r.Stats().Countries)
		regions = 5
		time.Sleep(time.Minute)
		for i := range 10 {
			assert.Equal(t, 1, loadsOf(t, r, src, key(i)))
			synctest.Wait()
			assert.LessOrEqual(t, r.Stats().Bytes, bound, "%d of 10 have grown", i+1)
			assert.Zero(t, loadsOf(t, r, src, key(i)), "what was loaded last is there")
		}
		assert.Positive(t, r.Stats().Evictions)
	})
}

func TestBytesCountryThatIsLargerThanTheBoundIsKeptAlone(t *testing.T) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, &tax.Options{MaxBytes: 1})
	for _, country := range []string{"DE", "FR", "DE"} {
		assert.Equal(t, 1, loadsOf(t, r, src, tax.Key{Country: country}))
		assert.Zero(t, loadsOf(t, r, src, tax.Key{Country: country}))
		assert.Equal(t, 1, r.Stats().Countries)
	}
	assert.EqualValues(t, 2, r.Stats().Evictions)
}

func TestBytesANewCountryIsNotItsOwnVictim(t *testing.T) {
	// All others are in use. The one that was asked for last must not be
	// loaded again and again for that.
	src := taxtest.Metered(loadsItsOwn)
	r := taxtest.Open(t, src, &tax.Options{MaxBytes: 4*bytesOfOne(t) - 1})
	others := []tax.Key{{Tenant: "scan 000001", Country: "FR"}, {Tenant: "scan 000002", Country: "FR"}, {Tenant: "scan 000003", Country: "FR"}}
	for range 2 {
		for _, key := range others {
			loadsOf(t, r, src, key)
		}
	}
	require.Equal(t, 3, r.Stats().Countries)
	fresh := tax.Key{Tenant: "scan 000009", Country: "FR"}
	assert.Equal(t, 1, loadsOf(t, r, src, fresh))
	assert.Zero(t, loadsOf(t, r, src, fresh), "it was displaced by its own load")
}

func TestBytesThatNobodyUsesAreThereForWhoNeedsThem(t *testing.T) {
	// One tenant has filled the memory and is not seen again.
	list := taxtest.Countries()
	for i := range 16 {
		src := taxtest.Metered(loadsItsOwn)
		r := taxtest.Open(t, src, &tax.Options{Capacity: 100_000, MaxBytes: 100 * bytesOfOne(t)})
		for _, country := range list[:150] {
			loadsOf(t, r, src, tax.Key{Tenant: "gone 000000", Country: country})
		}
		loads := 0
		for range 5 {
			for _, country := range list[:40] {
				loads += loadsOf(t, r, src, tax.Key{Tenant: fmt.Sprintf("here %06d", i), Country: country})
			}
		}
		assert.Equal(t, 40, loads, "tenant %d: all its countries fit", i)
	}
}

func TestBytesCountTheIdOfTheTenant(t *testing.T) {
	const megabyte = 1 << 20
	r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{MaxBytes: 8 * megabyte})
	for i := range 64 {
		id := strings.Repeat("x", megabyte) + fmt.Sprint(i)
		_, err := r.Tenant(id).Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		require.LessOrEqual(t, r.Stats().Countries, 8, "the key of each is a megabyte")
	}
	assert.GreaterOrEqual(t, r.Stats().Countries, 7)
	assert.Greater(t, r.Stats().Bytes, int64(7*megabyte))
}
