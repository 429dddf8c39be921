package store_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// copies is a backend that gives copies of its states, so that every write to it is validated
// with the whole country.
type copies struct{ store.Backend }

func (c copies) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	country, err := c.Backend.Load(ctx, key)
	if err != nil || country == nil {
		return country, err
	}
	same := *country
	return &same, nil
}

// TestAnOverrideIsAcceptedIfTheWholeCountryIsValidOnItsBase writes at random, on a base that
// changes now and then, and compares with a store that validates the whole country each time.
func TestAnOverrideIsAcceptedIfTheWholeCountryIsValidOnItsBase(t *testing.T) {
	accepted, refused := 0, 0
	for seed := range uint64(3) {
		rng, referrals := rand.New(rand.NewPCG(seed, 1914)), seed == 2
		base := &changing{}
		base.set = anyBase(rng, referrals)
		options := &store.Options{Base: base, Retention: store.Retention{Versions: -1}}
		s, err := store.New(store.NewBackend(), options)
		require.NoError(t, err)
		whole, err := store.New(copies{store.NewBackend()}, options)
		require.NoError(t, err)
		stored := map[string]tax.Configuration{}
		for i := range 240 {
			if i%60 == 59 {
				base.set = anyBase(rng, referrals)
			}
			b := anyBatch(rng, stored)
			for i := range b.Changes {
				c := &b.Changes[i].Configuration
				if !referrals {
					c.Elsewhere = nil
				}
				if len(c.Classes) > 0 && c.Classes[0].Rates != nil && rng.IntN(8) == 0 {
					rates := c.Classes[0].Rates
					rates[len(rates)-1].From = tax.Date{}
				}
			}
			want := whole.Write(t.Context(), []store.Batch{b})[0]
			got := s.Write(t.Context(), []store.Batch{b})[0]
			require.Equal(t, want.Err, got.Err, "seed %d, write %d: %v", seed, i, b.Changes)
			if want.Err != nil {
				refused++
				continue
			}
			accepted++
			for _, c := range b.Changes {
				if stored[c.Configuration.Location.Region] = c.Configuration; c.Action == store.Delete {
					delete(stored, c.Configuration.Location.Region)
				}
			}
		}
		require.Greater(t, len(stored), 16, "of countries with fewer documents, all are validated")
	}
	t.Logf("%d writes accepted, %d refused", accepted, refused)
	assert.Greater(t, accepted, 300)
	assert.Greater(t, refused, 150)
}

// anyBase returns documents of a country that go together.
func anyBase(rng *rand.Rand, referrals bool) (set []tax.Configuration) {
	kept := map[string]tax.Configuration{}
	for _, region := range append([]string{""}, spanish[:20]...) {
		c := anyDocument(rng, region)
		if c.Metadata.Version = 1; !referrals {
			c.Elsewhere = nil
		}
		with := maps.Clone(kept)
		with[region] = c
		if list := slices.Collect(maps.Values(with)); tax.ValidateCountry(list).Err() == nil {
			kept = with
		}
	}
	for _, region := range slices.Sorted(maps.Keys(kept)) {
		set = append(set, kept[region])
	}
	return set
}

// A base that changes takes its verdict with it.
func TestAWriteIsValidatedOnTheBaseAsItIsNow(t *testing.T) {
	base := &changing{set: []tax.Configuration{country("CA", "5")}}
	s := on(t, base)
	b := store.Batch{Key: tax.Key{Tenant: "shop", Country: "CA"}}
	for i := range 30 {
		b.Changes = append(b.Changes, store.Change{Configuration: county(i)})
	}
	require.NoError(t, s.Write(t.Context(), []store.Batch{b})[0].Err)
	for i := range 3 { // the last write has left what the next one needs
		_, err := s.Create(t.Context(), "shop", county(30+i))
		require.NoError(t, err)
	}
	changed := country("CA", "5")
	changed.Classes[0].Code = "OTHER"
	base.set = []tax.Configuration{changed}
	_, err := s.Create(t.Context(), "shop", county(40))
	require.ErrorIs(t, err, tax.ErrInvalid, "its rate is on top of one that is no more")
	base.set = []tax.Configuration{country("CA", "6")}
	_, err = s.Create(t.Context(), "shop", county(40))
	require.NoError(t, err)
}

// provinces is a base with a country and 50 of its regions.
func provinces() *changing {
	base := &changing{set: []tax.Configuration{country("CA", "5")}}
	for i := range 50 {
		base.set = append(base.set, county(9000+i))
	}
	return base
}

func TestAWriteIsValidatedWithWhatLiesUnderOtherOverrides(t *testing.T) {
	base := provinces()
	dated := county(8000)
	dated.Classes[0].Rates[0].From = tax.MustDate("2020-01-01")
	base.set = append(base.set, dated)
	s := on(t, base)
	fill(t, s, 30)
	create := func(c tax.Configuration) error {
		_, err := s.Create(t.Context(), "shop", c)
		return err
	}
	named := func(i int) tax.Configuration {
		return tax.Configuration{Location: county(i).Location, Tax: tax.Tax{Code: "LOCAL"}}
	}
	require.NoError(t, create(named(9000)))
	require.NoError(t, create(named(8000)))
	claims := func(i int) tax.Configuration {
		c := named(7000 + i)
		c.RegionAliases = county(i).RegionAliases
		return c
	}
	require.ErrorIs(t, create(claims(9000)), tax.ErrInvalid, "the base has the alias, under an override")
	require.NoError(t, s.Delete(t.Context(), "shop", named(9000).Location))
	require.ErrorIs(t, create(claims(9000)), tax.ErrInvalid, "and without one")
	require.ErrorIs(t, create(claims(9001)), tax.ErrInvalid)
	require.NoError(t, create(named(9001)))

	undated := county(8000)
	undated.Metadata.Version = 1
	_, err := s.Update(t.Context(), "shop", undated)
	require.ErrorContains(t, err, "the base has a history of this rate")
	undated.Classes[0].Rates[0].From = tax.MustDate("2021-01-01")
	_, err = s.Update(t.Context(), "shop", undated)
	require.NoError(t, err)
}

// TestAnOverrideOfALargeCountryIsValidatedWithWhatItCanAffect counts what a write allocates.
func TestAnOverrideOfALargeCountryIsValidatedWithWhatItCanAffect(t *testing.T) {
	few, _ := perWrite(t, on(t, provinces()), 100)
	many, _ := perWrite(t, on(t, provinces()), 2000)
	t.Logf("objects: %.0f with 100 regions, %.0f with 2,000", few, many)
	assert.LessOrEqual(t, many, 1.1*few)
}

// BenchmarkCreateOnBase is BenchmarkCreate on a base.
func BenchmarkCreateOnBase(b *testing.B) {
	for _, n := range []int{100, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := on(b, provinces())
			fill(b, s, n)
			benchmarkCreate(b, s, n)
		})
	}
}
