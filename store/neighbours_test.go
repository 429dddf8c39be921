package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// spain has regions of ISO 3166-2 that lie in others (GC and TF in CN, B in CT), and private
// ones.
var spain = tax.Key{Tenant: "shop", Country: "ES"}

var spanish = func() []string {
	list := []string{"CN", "GC", "TF", "CT", "B", "GI", "MD", "M", "AN", "SE"}
	for i := range 40 {
		list = append(list, fmt.Sprint("X-", i))
	}
	return list
}()

func one[E any](rng *rand.Rand, list []E) E { return list[rng.IntN(len(list))] }

// anyDocument returns a document that has often to do with others, and sometimes does not go
// together with them.
func anyDocument(rng *rand.Rand, region string) tax.Configuration {
	often := func(n int) bool { return rng.IntN(n) == 0 }
	c := tax.Configuration{Location: tax.Location{Country: "ES", Region: region}, Exclusive: often(12)}
	effects := []tax.Effect{tax.Replace, tax.Replace, tax.Add, tax.Inherit, tax.AddCompound, tax.End}
	if region == "" {
		c.TimeZone, c.Tax, effects = "Europe/Madrid", tax.Tax{Code: "IVA"}, effects[:2]
		if often(2) {
			c.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "PT"}, Regions: []string{one(rng, spanish)}, PostalCodes: anyCodes(rng, 2)}}
		}
	} else {
		c.PostalCodes, c.SharedPostalCodes = anyCodes(rng, 5), anyCodes(rng, 5)
		if often(10) {
			c.RegionAliases = []string{one(rng, spanish)}
		}
		if often(4) && len(region) > 2 {
			c.Within = one(rng, spanish)
		}
	}
	for i, code := range []string{"S", "R", "Z"} {
		if region != "" && !often(6) {
			continue
		}
		class := tax.Class{Code: code, Default: i == 0}
		if often(6) {
			class.Aliases = []string{one(rng, []string{"S", "R", "Z", "T", "U"})}
		}
		for year := 2024; year >= 2020; year -= 1 + rng.IntN(4) {
			r := tax.Rate{From: tax.MustDate(fmt.Sprint(year, "-01-01")), Effect: one(rng, effects)}
			if r.Effect != tax.Inherit && r.Effect != tax.End {
				r.Percent = tax.MustPercent(fmt.Sprint(1 + rng.IntN(30)))
			}
			if r.Effect == tax.Replace && often(8) {
				r.Percent, r.Treatment = tax.MustPercent("0"), tax.Exempt
			}
			class.Rates = append(class.Rates, r)
		}
		c.Classes = append(c.Classes, class)
	}
	return c
}

// anyCodes returns postal codes, most often none.
func anyCodes(rng *rand.Rand, often int) (list []tax.PostalRange) {
	if rng.IntN(often) > 0 {
		return nil
	}
	from := 10 + rng.IntN(80)
	switch rng.IntN(3) {
	case 0:
		return []tax.PostalRange{{From: fmt.Sprint(from)}}
	case 1:
		return []tax.PostalRange{{From: fmt.Sprint(from, "5"), To: fmt.Sprint(from+rng.IntN(3), "9")}}
	}
	return []tax.PostalRange{{From: fmt.Sprint(from), To: fmt.Sprint(from)}}
}

// anyBatch returns changes of some locations of what is stored.
func anyBatch(rng *rand.Rand, stored map[string]tax.Configuration) store.Batch {
	b := store.Batch{Key: spain}
	size := 1
	if rng.IntN(4) == 0 {
		size += rng.IntN(3)
	}
	for _, i := range rng.Perm(len(spanish) + 1)[:size] {
		region := append(spanish, "")[i]
		c := store.Change{Action: store.Put, Configuration: anyDocument(rng, region)}
		if old, ok := stored[region]; ok {
			switch rng.IntN(6) {
			case 0:
				c.Action = store.Delete
			case 2:
				// No more than a detail.
				c.Configuration = old.Clone()
				c.Configuration.RegionAliases = nil
				c.Configuration.Within = ""
			}
		}
		b.Changes = append(b.Changes, c)
	}
	return b
}

// forgetful is a backend that sometimes does not store a commit: because somebody else was
// faster, or for another reason.
type forgetful struct {
	store.Backend
	rng *rand.Rand
}

func (f *forgetful) Save(ctx context.Context, commits []*store.Commit) []error {
	switch f.rng.IntN(20) {
	case 0:
		return []error{store.ErrMoved}
	case 1:
		return []error{errors.New("the disk is full")}
	}
	return f.Backend.Save(ctx, commits)
}

// TestAWriteIsAcceptedIfTheWholeCountryIsValid writes at random, and compares with the
// validation of the whole country: verdict and faults are the same after every write.
func TestAWriteIsAcceptedIfTheWholeCountryIsValid(t *testing.T) {
	accepted, refused := 0, 0
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 19))
		s, err := store.New(&forgetful{store.NewBackend(), rng}, &store.Options{Retention: store.Retention{Versions: -1}})
		require.NoError(t, err)
		stored := map[string]tax.Configuration{}
		for range 300 {
			b := anyBatch(rng, stored)
			after := maps.Clone(stored)
			for _, c := range b.Changes {
				if after[c.Configuration.Location.Region] = c.Configuration; c.Action == store.Delete {
					delete(after, c.Configuration.Location.Region)
				}
			}
			var set []tax.Configuration
			for _, region := range slices.Sorted(maps.Keys(after)) {
				set = append(set, after[region])
			}
			want := tax.ValidateCountry(set).Err()
			got := s.Write(t.Context(), []store.Batch{b})[0].Err
			if errors.Is(got, tax.ErrUnavailable) {
				require.NoError(t, want, "it was accepted before it was lost")
				continue
			}
			if want != nil {
				require.EqualError(t, got, want.Error(), "seed %d: %v", seed, b.Changes)
				require.Equal(t, want, got)
				refused++
				continue
			}
			require.NoError(t, got, "seed %d: %v", seed, b.Changes)
			accepted, stored = accepted+1, after
		}
		require.Greater(t, len(stored), 16, "of countries with fewer documents, all are validated")
	}
	t.Logf("%d writes accepted, %d refused", accepted, refused)
	assert.Greater(t, accepted, 500)
	assert.Greater(t, refused, 300)
}

// alters is a backend that adds a document to copies of the states that it is given.
type alters struct {
	store.Backend
	more *store.Version
}

func (a alters) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	country, err := a.Backend.Load(ctx, key)
	if err != nil || country == nil || a.more == nil {
		return country, err
	}
	altered := *country
	altered.Documents = store.NewDocuments(append(slices.Collect(country.Documents.All()), a.more))
	return &altered, nil
}

func TestACopyOfAStateIsValidatedAsAWhole(t *testing.T) {
	kept := &alters{Backend: store.NewBackend()}
	s, err := store.New(kept, nil)
	require.NoError(t, err)
	fill(t, s, 20)
	broken := county(99)
	broken.Classes[0].Rates = nil
	kept.more = &store.Version{Configuration: broken}
	_, err = s.Create(t.Context(), "shop", county(30))
	require.ErrorIs(t, err, tax.ErrInvalid)
	kept.more = nil
	_, err = s.Create(t.Context(), "shop", county(30))
	require.NoError(t, err)
}

// A region's rate comes on top of one two places further out, which a write takes away.
func TestAWriteAffectsAllThatLiesFurtherInside(t *testing.T) {
	s := counties(t, 20)
	plain := func(region, within string, rates ...tax.Rate) tax.Configuration {
		c := tax.Configuration{Location: tax.Location{Country: "CA", Region: region}, Within: within}
		if len(rates) > 0 {
			c.Classes = []tax.Class{{Code: "TOURISM", Rates: rates}}
		}
		return c
	}
	one := tax.MustPercent("1")
	for _, c := range []tax.Configuration{plain("X-OUTER", "", tax.Rate{Percent: one}), plain("X-MIDDLE", "X-OUTER"),
		plain("X-INNER", "X-MIDDLE", tax.Rate{Percent: one, Effect: tax.Add})} {
		_, err := s.Create(t.Context(), "shop", c)
		require.NoError(t, err)
	}
	without := plain("X-OUTER", "")
	without.Metadata.Version = 1
	_, err := s.Update(t.Context(), "shop", without)
	require.ErrorIs(t, err, tax.ErrInvalid)
	require.ErrorIs(t, s.Delete(t.Context(), "shop", without.Location), tax.ErrInvalid)
	require.NoError(t, s.Delete(t.Context(), "shop", tax.Location{Country: "CA", Region: "X-INNER"}))
	_, err = s.Update(t.Context(), "shop", without)
	require.NoError(t, err)
}

// county returns the document of a private region with a rate on top of its country's.
func county(i int) tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: "CA", Region: fmt.Sprint("X-", i)}, RegionAliases: []string{fmt.Sprint("X-ALIAS-", i)},
		PostalCodes: []tax.PostalRange{{From: fmt.Sprintf("%05d", i)}},
		Classes:     []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("1")}}}},
	}
}

// counties returns a store with a country and so many of its regions.
func counties(t testing.TB, n int) *store.Memory {
	s := store.NewMemory(nil)
	fill(t, s, n)
	return s
}

func fill(t testing.TB, s store.BulkWriter, n int) {
	b := store.Batch{Key: tax.Key{Tenant: "shop", Country: "CA"}, Changes: []store.Change{{Configuration: country("CA", "5")}}}
	for i := range n {
		b.Changes = append(b.Changes, store.Change{Configuration: county(i)})
	}
	require.NoError(t, s.Write(t.Context(), []store.Batch{b})[0].Err)
}

// TestAWriteToALargeCountryLooksAtWhatItCanAffect counts what a write allocates.
func TestAWriteToALargeCountryLooksAtWhatItCanAffect(t *testing.T) {
	few, fewBytes := perWrite(t, store.NewMemory(nil), 100)
	many, manyBytes := perWrite(t, store.NewMemory(nil), 2000)
	t.Logf("objects: %.0f with 100 regions, %.0f with 2,000; bytes: %.0f and %.0f", few, many, fewBytes, manyBytes)
	assert.LessOrEqual(t, many, 1.1*few)
	// The list of documents is copied, 8 bytes each, for two writes of each round.
	assert.LessOrEqual(t, manyBytes, fewBytes+3*8*2000)
}

// A store in files reads and writes the text of the country, but does not make the documents
// of that.
func TestAWriteToALargeCountryInFilesDecodesAndEncodesWhatItChanges(t *testing.T) {
	few, _ := perWrite(t, openFile(t, t.TempDir(), nil), 100)
	many, _ := perWrite(t, openFile(t, t.TempDir(), nil), 2000)
	t.Logf("objects: %.0f with 100 regions, %.0f with 2,000", few, many)
	assert.LessOrEqual(t, many, 3*few)
}

// perWrite returns what a round of writes allocates in a country with so many regions.
func perWrite(t *testing.T, s interface {
	tax.Store
	store.BulkWriter
}, n int) (objects, bytes float64) {
	fill(t, s, n)
	const writes = 10
	var before, after runtime.MemStats
	for i := range 2 * writes {
		if i == writes { // the first write after many has more to do
			runtime.ReadMemStats(&before)
		}
		c, err := s.Create(t.Context(), "shop", county(n+i))
		require.NoError(t, err)
		if i%2 == 1 {
			c.Classes[0].Rates[0].Percent = tax.MustPercent("2")
			_, err = s.Update(t.Context(), "shop", c)
			require.NoError(t, err)
			require.NoError(t, s.Delete(t.Context(), "shop", county(n+i-1).Location))
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / writes, float64(after.TotalAlloc-before.TotalAlloc) / writes
}

// TestAWriteIsRefusedIfTheCountryBecomesTooLarge fills a country with regions until the next
// one would exceed a bound, and compares each write with the validation of the whole country.
func TestAWriteIsRefusedIfTheCountryBecomesTooLarge(t *testing.T) {
	name := func(text string, n int) tax.Tax {
		return tax.Tax{Code: text, Name: tax.MustLocalizedText(map[string]string{"en": text + strings.Repeat("x", n)})}
	}
	five, one := tax.MustPercent("5"), tax.MustPercent("1")
	for bound, c := range map[string]struct {
		country tax.Configuration
		rates   []tax.Rate // of each region
		tax     int        // bytes of the name of its tax
		fits    int        // regions that the bound leaves room for
	}{
		"codes": {country: tax.Configuration{Classes: []tax.Class{{Code: "S", Aliases: numbered(4094), Rates: []tax.Rate{{Percent: five}}}}}, fits: 63},
		"names": {country: tax.Configuration{Tax: name("A", 1<<19), Classes: []tax.Class{{Code: "S", Rates: []tax.Rate{{Percent: five}}}}},
			rates: []tax.Rate{{Effect: tax.Add, Percent: one}}, tax: 1 << 18, fits: 21},
	} {
		t.Run(bound, func(t *testing.T) {
			c.country.Location.Country, c.country.TimeZone = "CA", "UTC"
			set := []tax.Configuration{c.country}
			for i := range c.fits + 1 {
				r := tax.Configuration{Location: tax.Location{Country: "CA", Region: fmt.Sprintf("X-%03d", i)}}
				if c.rates != nil {
					r.Classes = []tax.Class{{Code: "S", Rates: c.rates}}
				}
				if c.tax > 0 {
					r.Tax = name(fmt.Sprint("B", i), c.tax)
				}
				set = append(set, r)
			}
			s := store.NewMemory(nil)
			b := store.Batch{Key: tax.Key{Country: "CA"}}
			for _, d := range set[:c.fits-1] {
				b.Changes = append(b.Changes, store.Change{Configuration: d})
			}
			require.NoError(t, s.Write(t.Context(), []store.Batch{b})[0].Err)
			refused := 0
			for i, d := range set[c.fits-1:] {
				_, err := s.Create(t.Context(), "", d)
				want := tax.ValidateCountry(append(slices.Clip(set[:c.fits-1+i-refused]), d)).Err()
				require.Equal(t, want, err, "region %d", c.fits-1+i)
				if err != nil {
					refused++
				}
			}
			assert.Positive(t, refused)
			assert.Less(t, refused, 2, "one fits")
		})
	}
}

func numbered(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint("a", i))
	}
	return list
}

// TestBurdenIsNoLessThanWhatMergingMakes has a region whose class comes on top of every entry of
// its country's.
func TestBurdenIsNoLessThanWhatMergingMakes(t *testing.T) {
	home, inner := country("CA", "5"), county(1)
	home.Classes[0].Rates = nil
	for i := range 10 {
		home.Classes[0].Rates = append(home.Classes[0].Rates, tax.Rate{From: tax.MustDate("2020-01-01").AddDays(-i), Percent: tax.MustPercent("5"),
			Components: []tax.Component{{Code: "A", Percent: tax.MustPercent("2")}, {Code: "B", Percent: tax.MustPercent("3")}}})
	}
	b := store.BurdenOf([]tax.Configuration{home, inner})
	assert.EqualValues(t, 2, b.Documents)
	assert.EqualValues(t, 2+3, b.Codes, "class and alias, and the class of the region with them")
	assert.EqualValues(t, 11+13, b.Spans)
	assert.EqualValues(t, 12, b.Merged, "10 really")
	assert.EqualValues(t, 12*3, b.Parts)
}

func BenchmarkCreate(b *testing.B) {
	for _, n := range []int{100, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkCreate(b, counties(b, n), n)
		})
	}
}

// benchmarkCreate creates a region and deletes it again.
func benchmarkCreate(b *testing.B, s tax.Store, n int) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c, err := s.Create(b.Context(), "shop", county(n+i%2))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Delete(b.Context(), "shop", c.Location); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCreateTenant creates 100,000 configurations of one tenant, one by one.
func BenchmarkCreateTenant(b *testing.B) {
	codes := rates.Countries()
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				s := store.NewMemory(nil)
				for i := range n {
					c := county(i / len(codes))
					c.Location.Country = codes[i%len(codes)]
					if i < len(codes) {
						c = country(c.Location.Country, "5")
					}
					if _, err := s.Create(b.Context(), "shop", c); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/create")
		})
	}
}

// BenchmarkCreateInFiles is BenchmarkCreate in a file store.
func BenchmarkCreateInFiles(b *testing.B) {
	for _, n := range []int{100, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := store.OpenFile(b.TempDir(), nil)
			require.NoError(b, err)
			fill(b, s, n)
			benchmarkCreate(b, s, n)
		})
	}
}
