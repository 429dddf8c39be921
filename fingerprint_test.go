package tax

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/codetable"
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

// lineFingerprint is the fingerprint of a line.
func lineFingerprint(c *Configuration, n int) string {
	w := &canonWriter{}
	w.beginLines(c)
	w.lineOf(c, n)
	return string(w.lines())
}

// fingerprintOf is the fingerprint of a country as a whole.
func fingerprintOf(country string, set []Configuration) string {
	return string(new(canonWriter).countryOf(country, set))
}

// A new field of a document must be added to the fingerprint: this test changes each
// field that there is, however deep.
func TestFingerprintCoversTheCountryAndEveryFieldButMetadata(t *testing.T) {
	before := fingerprintOf("DE", full())
	assert.Equal(t, before, fingerprintOf("DE", full()), "it depends on what is said and on nothing else")
	assert.NotEqual(t, before, fingerprintOf("FR", full()), "documents of Germany are invalid for France")
	changes := 0
	for set, path := range changed(t, full) {
		if len(path) > len(".Metadata") && path[:len(".Metadata")] == ".Metadata" {
			assert.Equal(t, before, fingerprintOf("DE", set), path)
			continue
		}
		assert.NotEqual(t, before, fingerprintOf("DE", set), path)
		changes++
	}
	assert.Greater(t, changes, 40)
}

// simple is full without what a country that is shared by its classes has not.
func simple() []Configuration {
	set := full()
	c := &set[0]
	c.Location.Region, c.Within, c.RegionAliases, c.Elsewhere = "", "", []string{}, []Referral{}
	c.PostalCodes, c.SharedPostalCodes = []PostalRange{}, []PostalRange{}
	second := full()[0].Classes[0]
	second.Code, second.Aliases, second.Default, second.Rates[0].From = "REDUCED", []string{"RED"}, false, Date{}
	c.Classes = append(c.Classes, second)
	return set
}

// A country that is shared by its classes has no field that neither its body nor one of
// its lines covers, and a class changes no line but its own.
func TestPartsCoverEveryFieldButMetadata(t *testing.T) {
	w := &canonWriter{}
	parts := func(c *Configuration) (body string, lines []string) {
		for n := range c.Classes {
			lines = append(lines, lineFingerprint(c, n))
		}
		return string(w.bodyOf(c)), lines
	}
	body, lines := parts(&simple()[0])
	require.True(t, divisible("DE", simple()))
	assert.False(t, divisible("FR", simple()))
	assert.False(t, divisible("DE", append(simple(), simple()...)))
	for _, regional := range []func(c, all *Configuration){
		func(c, all *Configuration) { c.Location = all.Location },
		func(c, all *Configuration) { c.Within = all.Within },
		func(c, all *Configuration) { c.PostalCodes = all.PostalCodes },
		func(c, all *Configuration) { c.SharedPostalCodes = all.SharedPostalCodes },
		func(c, all *Configuration) { c.RegionAliases = all.RegionAliases },
		func(c, all *Configuration) { c.Elsewhere = all.Elsewhere },
	} {
		set := simple()
		regional(&set[0], &full()[0])
		assert.False(t, divisible("DE", set))
	}
	changes := 0
	for set, path := range changed(t, simple) {
		otherBody, otherLines := parts(&set[0])
		switch {
		case path == "": // what an overlay lies on
		case reflect.DeepEqual(set, simple()): // a list that was empty
		case strings.HasPrefix(path, ".Metadata"):
			assert.Equal(t, body, otherBody, path)
			assert.Equal(t, lines[0], otherLines[0], path)
			assert.Equal(t, path != ".Metadata.AsOf", lines[1] == otherLines[1], path)
		case !divisible("DE", set):
		case strings.HasPrefix(path, ".Classes["):
			n, field := int(path[len(".Classes[")]-'0'), path[len(".Classes[0]"):]
			assert.Equal(t, field == ".Default", lines[n] == otherLines[n], path)
			assert.Equal(t, lines[1-n], otherLines[1-n], path)
			leads := field == ".Default" || field == ".Code" || strings.HasPrefix(field, ".Aliases")
			assert.Equal(t, leads, body != otherBody, path)
			changes++
		default:
			assert.NotEqual(t, body, otherBody, path)
			if len(set[0].Classes) == len(lines) {
				assert.Equal(t, !strings.HasPrefix(path, ".Tax"), lines[0] == otherLines[0], path)
			}
			changes++
		}
	}
	assert.Greater(t, changes, 60)
}

// changed yields sets that differ in one place.
func changed(t *testing.T, of func() []Configuration) func(yield func([]Configuration, string) bool) {
	return func(yield func([]Configuration, string) bool) {
		for n := 0; ; n++ {
			set := of()
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
			hit(func() { *x = MustLocalizedText(map[string]string{"da": x.All()[0].Text, "en": x.All()[1].Text}) }) ||
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
	seen := map[string]string{}
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

// A long fingerprint is a hash, and no short one can be made to look like it.
func TestLongFingerprintsTakeLittleMemory(t *testing.T) {
	w := &canonWriter{}
	c := plainDE("19")
	assert.Contains(t, lineFingerprint(&c, 0), "STANDARD", "what is short is there in full")
	assert.Contains(t, string(w.bodyOf(&c)), "STANDARD")
	seen := map[string]string{}
	for _, text := range []string{"", "a", "b", "ba"} {
		c := plainDE("19")
		c.Classes[0].Description = MustLocalizedText(map[string]string{"en": strings.Repeat("x", maxFingerprint) + text})
		c.Classes[0].Aliases = []string{strings.Repeat("X", maxFingerprint) + text}
		line := lineFingerprint(&c, 0)
		for _, long := range []string{line, string(w.bodyOf(&c)), fingerprintOf("DE", []Configuration{c})} {
			assert.LessOrEqual(t, len(long), 40)
			assert.Equal(t, byte(1), long[0])
			assert.Empty(t, seen[long], "%q", text)
			seen[long] = "taken by " + text
		}
	}
	for _, c := range []Configuration{{}, c, {Location: Location{Country: "A"}}} {
		c.Classes = make([]Class, codetable.MaxLines)
		for n := range c.Classes {
			assert.NotEqual(t, byte(1), lineFingerprint(&c, n)[0], n)
		}
		c.Classes = c.Classes[:1]
		assert.NotEqual(t, byte(1), w.bodyOf(&c)[0])
		assert.NotEqual(t, byte(1), fingerprintOf(c.Location.Country, []Configuration{c})[0])
	}
}

func bodyOf(t *testing.T, r *Resolver, country string) *sharedBody {
	t.Helper()
	p, err := r.Place(context.Background(), Lookup{Country: country})
	require.NoError(t, err)
	return p.h.c.sharedBody
}

// lineIn returns the line of the default class of a country.
func lineIn(t *testing.T, r *Resolver, country string) *line {
	t.Helper()
	answer, err := r.Resolve(t.Context(), country, "")
	require.NoError(t, err)
	return answer.line()
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
	assert.Same(t, shared, bodyOf(t, r.Tenant("other rate"), "DE"), "the rates are not part of it")
	assert.Same(t, lineIn(t, a, "DE"), lineIn(t, r.Tenant("other version"), "DE"))
	assert.NotSame(t, lineIn(t, a, "DE"), lineIn(t, r.Tenant("other rate"), "DE"))
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

func TestInternerForgetsLinesThatNobodyHas(t *testing.T) {
	s, k := compileSettings(t)
	in := &interner{settings: s, clock: k}
	var made []weak.Pointer[line]
	lineOf := func(set []Configuration) *line {
		var c compiled
		in.compile(&c, "DE", set, s.defaultLanguage, false)
		return c.lines()[0]
	}
	for i := range 100 {
		set := []Configuration{plainDE(fmt.Sprint(i))}
		made = append(made, weak.Make(lineOf(set)))
	}
	kept := lineOf([]Configuration{plainDE("500")})
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
	assert.Same(t, kept, lineOf([]Configuration{plainDE("500")}))
	runtime.KeepAlive(kept)
}

// Whatever was loaded before, each class has the line that says what it says, and all documents
// that say so have that one.
func TestLinesAreSharedOneByOne(t *testing.T) {
	type said struct{ class, percent int }
	s, k := compileSettings(t)
	in, random, lines := &interner{settings: s, clock: k}, rand.New(rand.NewPCG(1, 9)), map[said]*line{}
	for range 400 {
		doc, rates := countryOf(1+random.IntN(2*maxTogether+2), 0, 1), 2+random.IntN(8)
		percents := make([]int, len(doc.Classes))
		for n := range doc.Classes {
			percents[n] = random.IntN(rates)
			doc.Classes[n].Rates[0].Percent = decimal.New(int64(percents[n]), 0)
		}
		c := new(compiled)
		in.compile(c, "CA", []Configuration{doc}, s.defaultLanguage, false)
		require.Len(t, c.lines(), len(doc.Classes))
		for n, l := range c.lines() {
			require.Equal(t, doc.Classes[n].Code, l.code)
			require.EqualValues(t, percents[n], l.on(day("2026-11-21")).rate.units)
			key := said{n, percents[n]}
			if lines[key] != nil {
				require.Same(t, lines[key], l)
			}
			if lines[key] = l; random.IntN(4) == 0 {
				delete(lines, key)
			}
		}
		if random.IntN(20) == 0 {
			runtime.GC()
		}
	}
}

// Lines are made together, but only a few: one that is left keeps few others in memory.
func TestALineKeepsFewOthersInMemory(t *testing.T) {
	s, k := compileSettings(t)
	in, set, c := &interner{settings: s, clock: k}, []Configuration{countryOf(30, 0, 2)}, new(compiled)
	in.compile(c, "CA", set, s.defaultLanguage, false)
	require.Len(t, c.lines(), 30)
	var made []weak.Pointer[line]
	for _, l := range c.lines() {
		made = append(made, weak.Make(l))
	}
	kept := c.lines()[29]
	c, set = nil, nil
	left := func() (n int) {
		for _, l := range made {
			if l.Value() != nil {
				n++
			}
		}
		return n
	}
	for range 100 {
		if runtime.GC(); left() <= 8 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	assert.LessOrEqual(t, left(), 8)
	runtime.KeepAlive(kept)
}

// What most entries do not say is written only where one says it.
func TestEntriesThatDifferHaveDifferentFingerprints(t *testing.T) {
	bare, full := Rate{Percent: MustPercent("19.5")}, full()[0].Classes[0].Rates[0]
	full.Percent = MustPercent("7")
	seen := map[string]string{}
	add := func(name string, r *Rate) {
		w := &canonWriter{}
		w.rate(r)
		assert.Empty(t, seen[string(w.Bytes())], name)
		seen[string(w.Bytes())] = name
	}
	var set func(name string, r *Rate, to, from reflect.Value)
	set = func(name string, r *Rate, to, from reflect.Value) {
		for i := range to.NumField() {
			name, to, from := name+"."+to.Type().Field(i).Name, to.Field(i), from.Field(i)
			switch to.Interface().(type) {
			case Tax, Evidence:
				set(name, r, to, from)
				continue
			}
			require.True(t, to.IsZero() != from.IsZero() || name == ".Percent", name)
			before := reflect.ValueOf(to.Interface())
			to.Set(from)
			add(name, r)
			to.Set(before)
		}
	}
	add("nothing", &bare)
	set("", &bare, reflect.ValueOf(&bare).Elem(), reflect.ValueOf(&full).Elem())
	assert.Greater(t, len(seen), 11)
}

func TestClassesThatDifferHaveDifferentFingerprints(t *testing.T) {
	text, seen := MustLocalizedText(map[string]string{"en": "Most"}), map[string]string{}
	for name, c := range map[string]Class{
		"a code": {}, "a name": {Name: text}, "a description": {Description: text}, "an alias": {Aliases: []string{"STD"}},
		"a description and an alias": {Description: text, Aliases: []string{"STD"}}, "an order": {Order: new(1)}, "the first place": {Order: new(0)},
	} {
		w := &canonWriter{}
		c.Code = "STANDARD"
		w.class(&c)
		assert.Empty(t, seen[string(w.Bytes())], name)
		seen[string(w.Bytes())] = name
	}
}

// A document can say what others do until its last class turns out to be invalid.
func TestAnInvalidCountryKeepsNoClassesOfOthers(t *testing.T) {
	s, k := compileSettings(t)
	in, valid, invalid := &interner{settings: s, clock: k}, new(compiled), new(compiled)
	set := []Configuration{plainDE("19")}
	set[0].Classes = append(set[0].Classes, Class{Code: "REDUCED", Rates: []Rate{{Percent: decimal.New(7, 0)}}})
	in.compile(valid, "DE", set, s.defaultLanguage, false)
	require.NotNil(t, valid.few[1])
	set[0].Classes[1].Rates = []Rate{{Percent: decimal.New(-7, 0)}}
	in.compile(invalid, "DE", set, s.defaultLanguage, false)
	require.NotNil(t, invalid.territories[0].broken)
	assert.Zero(t, invalid.few)
	runtime.KeepAlive(valid)
}

// A source may count the writes to all countries: documents that stay have many numbers.
func TestABodyIsRememberedByItsLatestVersions(t *testing.T) {
	s, k := compileSettings(t)
	in, c := &interner{settings: s, clock: k}, new(compiled)
	set := full()
	in.compile(c, "DE", set, s.defaultLanguage, true)
	c.record = c.first
	for n := range uint64(10) {
		for range 2 {
			in.remember(c, version{"DE", n}, set)
			in.remember(c, version{"DE", n / 2 * 2}, set) // another tenant
		}
	}
	for n := range uint64(10) {
		known := new(compiled)
		assert.Equal(t, n >= 6, in.known(known, version{"DE", n}), n)
		assert.Equal(t, n >= 6, known.sharedBody == c.sharedBody, n)
	}
	runtime.KeepAlive(c)
}
