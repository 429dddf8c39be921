package tax

import (
	"context"
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
)

// full is a set of documents in which every field that can be set is.
func full() []Configuration {
	name := func(s string) LocalizedText {
		return MustLocalizedText(map[string]string{"en": s, "de": s + " auf Deutsch"})
	}
	tax := Tax{Code: "VAT", Name: name("VAT")}
	return []Configuration{{
		Location:    Location{"DE", "BY"},
		Name:        name("Bavaria"),
		Within:      "X-SOUTH",
		PostalCodes: []PostalRange{{"80331", "80999"}},

		SharedPostalCodes: []PostalRange{{"97896", ""}},
		RegionAliases:     []string{"BAY"},
		Regions:           RegionsListed,
		Exclusive:         true,
		LocalTaxesMissing: true,
		Elsewhere:         []Referral{{Location: Location{"CH", "SH"}, Regions: []string{"X-SWISS"}, PostalCodes: []PostalRange{{"82380", "82389"}}}},
		Tax:               tax,
		TimeZone:          "Europe/Berlin",
		Classes: []Class{{
			Code: "STANDARD", Name: name("Standard"), Description: name("Most"), Order: new(1), Default: true, Aliases: []string{"STD"},
			Rates: []Rate{{
				From: MustDate("2021-01-01"), Effect: Add, Percent: MustPercent("19.5"), OfGross: true,
				Components: []Component{{Code: "A", Name: name("A"), Percent: MustPercent("19.5"), Compound: true}},
				Treatment:  Exempt, Tax: tax, Evidence: Evidence{Status: Single, Sources: []string{"law"}, VerifiedSince: MustDate("2020-01-01")},
			}},
		}},
		Metadata: Metadata{Version: 1, Source: "me", AsOf: MustDate("2026-01-01"), Base: &Metadata{Source: "below"}},
	}}
}

// A new field of a document must be added to the fingerprint: this test changes each
// field that there is, however deep.
func TestFingerprintCoversTheCountryAndEveryFieldButMetadata(t *testing.T) {
	before := fingerprintOf("DE", full())
	assert.Equal(t, before, fingerprintOf("DE", full()), "it depends on what is said and on nothing else")
	assert.NotEqual(t, before, fingerprintOf("FR", full()), "documents of Germany are invalid for France")
	changes := 0
	for set, path := range changed(t) {
		if len(path) > len(".Metadata") && path[:len(".Metadata")] == ".Metadata" {
			assert.Equal(t, before, fingerprintOf("DE", set), path)
			continue
		}
		assert.NotEqual(t, before, fingerprintOf("DE", set), path)
		changes++
	}
	assert.Greater(t, changes, 40)
}

// changed yields sets that differ from full in one place.
func changed(t *testing.T) func(yield func([]Configuration, string) bool) {
	return func(yield func([]Configuration, string) bool) {
		for n := 0; ; n++ {
			set := full()
			path, at := "", n
			if !changeOne(t, reflect.ValueOf(&set[0]).Elem(), "", &at, &path) {
				return
			}
			if !yield(set, path) {
				return
			}
		}
	}
}

// changeOne changes the n-th leaf under a value.
func changeOne(t *testing.T, v reflect.Value, at string, n *int, path *string) bool {
	hit := func(change func()) bool {
		if *n--; *n >= 0 {
			return false
		}
		*path = at
		change()
		return true
	}
	switch x := v.Addr().Interface().(type) {
	case *decimal.Decimal:
		return hit(func() { *x = x.Add(decimal.New(1, -12)) }) ||
			hit(func() { *x = decimal.New(x.CoefficientInt64()*10, x.Exponent()-1) }) || // the scale alone
			hit(func() { *x = x.Neg() })
	case *LocalizedText:
		return hit(func() { *x = MustLocalizedText(map[string]string{"en": x.All()[1].Text, "fr": x.All()[0].Text}) }) ||
			hit(func() { *x = MustLocalizedText(map[string]string{"en": "other", "de": x.All()[0].Text}) }) ||
			hit(func() { *x = LocalizedText{} })
	case *Date:
		return hit(func() { *x = MustDate("2021-01-02") })
	case *time.Time:
		return hit(func() { *x = x.Add(time.Hour) })
	}
	switch v.Kind() {
	case reflect.String:
		return hit(func() { v.SetString(v.String() + "X") })
	case reflect.Bool:
		return hit(func() { v.SetBool(!v.Bool()) })
	case reflect.Int, reflect.Int64:
		return hit(func() { v.SetInt(v.Int() + 1) })
	case reflect.Uint8:
		return hit(func() { v.SetUint(v.Uint() + 1) })
	case reflect.Pointer:
		return changeOne(t, v.Elem(), at, n, path)
	case reflect.Slice:
		for i := range v.Len() {
			if changeOne(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i), n, path) {
				return true
			}
		}
		return hit(func() { v.SetLen(0) }) ||
			hit(func() {
				v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, 2*v.Len()), v))
				v.Set(reflect.AppendSlice(v, v))
			})
	case reflect.Struct:
		if c, ok := v.Addr().Interface().(*Configuration); ok &&
			(hit(func() { c.under = &underlay{} }) || hit(func() { c.under = &underlay{absent: true} }) ||
				hit(func() { c.under = &underlay{Configuration: Configuration{TimeZone: "X"}} })) {
			return true
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Name == "under" || f.Name == "damage" { // what is damaged is not shared
				continue
			}
			require.True(t, f.IsExported(), "%s.%s: tell this test how to change it", at, f.Name)
			if f.Name == "Base" && v.Field(i).IsNil() {
				continue
			}
			if changeOne(t, v.Field(i), at+"."+f.Name, n, path) {
				return true
			}
		}
		return false
	}
	require.Fail(t, "a kind of field that is new", "%s: %s", at, v.Kind())
	return false
}

// Text that ends where other text begins must not look like it.
func TestFingerprintKeepsNeighboursApart(t *testing.T) {
	seen := map[fingerprint]string{}
	for _, c := range []Configuration{
		{RegionAliases: []string{"AB", "C"}}, {RegionAliases: []string{"A", "BC"}}, {RegionAliases: []string{"ABC"}},
		{RegionAliases: []string{"ABC", ""}}, {Tax: Tax{Code: "ABC"}}, {TimeZone: "ABC"},
		{Classes: []Class{{Code: "A"}, {Code: "B"}}}, {Classes: []Class{{Code: "A", Aliases: []string{"B"}}}},
		{Classes: []Class{{Rates: []Rate{{Percent: decimal.NewFromBigInt(new(big.Int).Lsh(big.NewInt(1), 70), 0)}}}}},
		{Classes: []Class{{Rates: []Rate{{Percent: decimal.NewFromBigInt(new(big.Int).Lsh(big.NewInt(-1), 70), 0)}}}}},
		{Classes: []Class{{Rates: []Rate{{Percent: decimal.NewFromBigInt(new(big.Int).Lsh(big.NewInt(1), 71), 0)}}}}},
		{Classes: []Class{{Rates: []Rate{{Percent: decimal.New(1, 0)}}}}}, {},
	} {
		f := fingerprintOf("DE", []Configuration{c})
		assert.Empty(t, seen[f], "%+v", c)
		seen[f] = fmt.Sprintf("%+v", c)
	}
	assert.NotEqual(t, fingerprintOf("DE", []Configuration{{}}), fingerprintOf("DE", []Configuration{{}, {}}))
}

func bodyOf(t *testing.T, r *Resolver, country string) *sharedBody {
	t.Helper()
	p, err := r.Place(context.Background(), Lookup{Country: country})
	require.NoError(t, err)
	return p.h.c.sharedBody
}

func plainDE(percent string) Configuration {
	return Configuration{Location: Location{Country: "DE"}, Tax: Tax{Code: "VAT"}, TimeZone: "UTC",
		Classes: []Class{{Code: "STANDARD", Default: true, Rates: []Rate{{Percent: MustPercent(percent)}}}}}
}

func TestTenantsWithTheSameDocumentsShareABodyAndKeepTheirMetadata(t *testing.T) {
	r, err := NewResolver(SourceFunc(func(_ context.Context, key Key) ([]Configuration, error) {
		c := plainDE("19")
		switch key.Tenant {
		case "other rate":
			c = plainDE("16")
		case "other version":
			c.Metadata.Version = 7
		case "invalid":
			c.Metadata.Version = -1
		}
		return []Configuration{c}, nil
	}), nil)
	require.NoError(t, err)
	defer r.Close()
	a, b := r.Tenant("a"), r.Tenant("b")
	shared := bodyOf(t, a, "DE")
	assert.Same(t, shared, bodyOf(t, b, "DE"))
	assert.Same(t, shared, bodyOf(t, r.Tenant("other version"), "DE"))
	assert.NotSame(t, shared, bodyOf(t, r.Tenant("other rate"), "DE"))
	r.Invalidate("DE")
	assert.Same(t, shared, bodyOf(t, r, "DE"), "and so does what is loaded again")

	for tenant, version := range map[string]int64{"a": 0, "b": 0, "other version": 7} {
		answer, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		e := answer.Explain()
		assert.Equal(t, version, e.Documents[0].Version, tenant)
		assert.Equal(t, tenant, e.Input.Tenant)
	}
	_, err = r.Tenant("invalid").Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, ErrInvalid, "invalid metadata are no reason to answer with the body of valid ones")
}

func TestBodiesOfOneResolverAreNotThoseOfAnother(t *testing.T) {
	src := SourceFunc(func(context.Context, Key) ([]Configuration, error) { return []Configuration{plainDE("19")}, nil })
	strict, err := NewResolver(src, &Options{Refuse: RefuseUndated})
	require.NoError(t, err)
	defer strict.Close()
	lax, err := NewResolver(src, nil)
	require.NoError(t, err)
	defer lax.Close()
	_, err = lax.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	_, err = strict.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, ErrUnverified)
}

func TestInternerForgetsBodiesThatNobodyHas(t *testing.T) {
	var in interner
	var made []weak.Pointer[sharedBody]
	for i := range 100 {
		set := []Configuration{plainDE(fmt.Sprint(i))}
		made = append(made, weak.Make(in.body("DE", set, func() *sharedBody { return &sharedBody{body: body{country: "DE", bytes: int64(i)}} })))
	}
	kept := in.body("DE", []Configuration{plainDE("500")}, func() *sharedBody { return &sharedBody{body: body{country: "DE"}} })
	left := func() (n int) {
		for _, b := range made {
			if b.Value() != nil {
				n++
			}
		}
		return n
	}
	for range 100 {
		runtime.GC()
		if left() == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	assert.Zero(t, left())
	assert.Same(t, kept, in.body("DE", []Configuration{plainDE("500")}, func() *sharedBody { return &sharedBody{} }))
	runtime.KeepAlive(kept)
}

// A source may count the writes to all countries: documents that stay have many numbers.
func TestABodyIsRememberedByItsLatestVersions(t *testing.T) {
	in, set := &interner{}, full()
	s, err := (&Options{}).settings()
	require.NoError(t, err)
	b := in.body("DE", set, func() *sharedBody { return compileQuietly("DE", s, civil.NewClock(s.Clock), set) })
	for n := range uint64(10) {
		for range 2 {
			in.remember(version{"DE", n}, b, b.first)
			in.remember(version{"DE", n / 2 * 2}, b, b.first) // another tenant
		}
	}
	for n := range uint64(10) {
		known, _ := in.known(version{"DE", n}, true)
		assert.Equal(t, n >= 6, known == b, n)
	}
	runtime.KeepAlive(b)
}
