package tax_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// BenchmarkResolve answers from a warm cache of every country with five
// classes. BenchmarkBareMap is what the same question costs without a library.
func BenchmarkResolve(b *testing.B) { benchmarkResolve(b, warmWorld(b)) }

// BenchmarkResolveCounted is BenchmarkResolve with Options.CountHits.
func BenchmarkResolveCounted(b *testing.B) {
	benchmarkResolve(b, warmWorld(b, func(o *tax.Options) { o.CountHits = true }))
}

func benchmarkResolve(b *testing.B, r *tax.Resolver) {
	questions := zipfQuestions()
	ctx := context.Background()
	both(b, func(from, n int) {
		var last tax.Resolution
		for i := range n {
			q := &questions[(from+i)&(len(questions)-1)]
			a, err := r.Resolve(ctx, q.country, q.class)
			if err != nil {
				b.Error(err)
			}
			last = a
		}
		runtime.KeepAlive(last)
	})
}

// BenchmarkBareMap looks a percentage up in a Go map: no days, regions,
// treatments or reloads. It is the unit in which the others are to be read.
func BenchmarkBareMap(b *testing.B) {
	questions := zipfQuestions()
	rates := make(map[worldQuestion]decimal.Decimal)
	for i, q := range worldQuestions() {
		rates[q] = decimal.New(int64(i), 0)
	}
	both(b, func(from, n int) {
		var last decimal.Decimal
		for i := range n {
			percent, ok := rates[questions[(from+i)&(len(questions)-1)]]
			if !ok {
				b.Error("missing")
			}
			last = percent
		}
		runtime.KeepAlive(last)
	})
}

// both runs a loop on one core and on all of them. A loop asks n questions, from one on, so
// that what is timed is the lookup and not a call that asks whether there is another.
func both(b *testing.B, loop func(from, n int)) {
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		loop(0, b.N)
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		var asking sync.WaitGroup
		cores := runtime.GOMAXPROCS(0)
		for core := range cores {
			from, end := b.N*core/cores, b.N*(core+1)/cores
			asking.Go(func() { loop(from, end-from) })
		}
		asking.Wait()
	})
}

// BenchmarkLookup asks one question again and again, so that it is compared only with itself.
func BenchmarkLookup(b *testing.B) {
	r := warmWorld(b)
	date := tax.MustDate("2015-06-30")
	for _, c := range []struct {
		name   string
		lookup tax.Lookup
	}{
		{"country", tax.Lookup{Country: "CA", Class: "STANDARD"}},
		{"region", tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD"}},
		{"postal", tax.Lookup{Country: "CA", PostalCode: "G1A 0A2", Class: "STANDARD"}},
		{"date", tax.Lookup{Country: "CA", Class: "STANDARD", Date: date}},
		{"all", tax.Lookup{Country: "CA", Region: "QC", PostalCode: "G1A 0A2", Class: "STANDARD", Date: date}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Lookup(context.Background(), c.lookup); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPlaceRate(b *testing.B) {
	p, err := warmWorld(b).Place(context.Background(), tax.Lookup{Country: "CA", Region: "QC", Date: tax.MustDate("2015-06-30")})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Rate("STANDARD"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnknownClass(b *testing.B) {
	r := warmWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Resolve(context.Background(), "DE", "BOOKS"); err == nil {
			b.Fatal("BOOKS exists")
		}
	}
}

// BenchmarkValidateCountry validates the documents of a country with a dozen regions.
func BenchmarkValidateCountry(b *testing.B) {
	set := worldDocuments("CA")
	b.ReportAllocs()
	for b.Loop() {
		if err := tax.ValidateCountry(set).Err(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTranslation finds a translation by the tag itself, its parent, another
// variety, and not at all.
func BenchmarkTranslation(b *testing.B) {
	text := tax.MustLocalizedText(map[string]string{
		"de": "a", "en": "b", "es": "c", "fr": "d", "it": "e", "pt-BR": "f", "sr-Latn": "g", "zh-Hant": "h",
	})
	for _, tag := range []string{"fr", "fr-CH", "zh-TW", "pt-PT", "ja"} {
		prefs := tax.MustPreferences(tag)
		b.Run(tag, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text.In(prefs)
			}
		})
	}
}

// BenchmarkAcceptLanguage reads a header that was seen before.
func BenchmarkAcceptLanguage(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tax.ParseAcceptLanguage("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSelect makes the first page of the world's configurations: in the default order, by
// country, which is the same, and by rate.
func BenchmarkSelect(b *testing.B) {
	var all []tax.Configuration
	for _, code := range taxtest.Countries() {
		all = append(all, worldDocuments(code)...)
	}
	slices.SortFunc(all, func(a, b tax.Configuration) int { return strings.Compare(a.Location.String(), b.Location.String()) })
	from := func(after tax.Location) iter.Seq[*tax.Configuration] {
		return func(yield func(*tax.Configuration) bool) {
			for i := range all {
				if !yield(&all[i]) {
					return
				}
			}
		}
	}
	for name, q := range map[string]tax.Query{
		"country": {Class: "REDUCED"},
		"sorted":  {Class: "REDUCED", Sort: []tax.SortKey{{By: tax.ByCountry}}},
		"rate":    {Class: "REDUCED", Date: tax.MustDate("2026-11-21"), Sort: []tax.SortKey{{By: tax.ByRate, Descending: true}}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if page, err := tax.SelectFrom(from, q); err != nil || page.Len() == 0 {
					b.Fatal(page.Len(), err)
				}
			}
		})
	}
}

func BenchmarkFromNet(b *testing.B)   { benchmarkAmounts(b, tax.Resolution.FromNet) }
func BenchmarkFromGross(b *testing.B) { benchmarkAmounts(b, tax.Resolution.FromGross) }

// BenchmarkFromNetMinor is BenchmarkFromNet in integers.
func BenchmarkFromNetMinor(b *testing.B) {
	a, err := warmWorld(b).Lookup(context.Background(), tax.Lookup{Country: "DE", Class: "STANDARD"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		if _, err := a.FromNetMinor(i&0xffff, tax.RoundTo(2, tax.HalfUp)); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkAmounts(b *testing.B, from func(tax.Resolution, decimal.Decimal, tax.Rounding) (tax.Amounts, error)) {
	r := warmWorld(b)
	price, cents := decimal.New(19999, -2), tax.RoundTo(2, tax.HalfUp)
	for name, l := range map[string]tax.Lookup{
		"one rate":   {Country: "DE", Class: "STANDARD"},
		"components": {Country: "CA", Region: "QC", Class: "STANDARD"},
	} {
		a, err := r.Lookup(context.Background(), l)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := from(a, price, cents); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAnswersFromMemoryAllocateNothing(t *testing.T) {
	r := warmWorld(t)
	ctx := context.Background()
	date := tax.MustDate("2015-06-30")
	p, err := r.Place(ctx, tax.Lookup{Country: "CA", Region: "QC", Date: date})
	require.NoError(t, err)
	lookup := func(l tax.Lookup) func() {
		return func() { _, err = r.Lookup(ctx, l) }
	}
	for name, answer := range map[string]func(){
		"Resolve":                func() { _, err = r.Resolve(ctx, "DE", "STANDARD") },
		"Resolve alpha-3":        func() { _, err = r.Resolve(ctx, "deu", "STANDARD") },
		"Resolve default class":  func() { _, err = r.Resolve(ctx, "DE", "") },
		"Lookup country":         lookup(tax.Lookup{Country: "CA", Class: "STANDARD"}),
		"Lookup region":          lookup(tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD"}),
		"Lookup region, full":    lookup(tax.Lookup{Country: "CA", Region: "ca-qc", Class: "STANDARD"}),
		"Lookup parent region":   lookup(tax.Lookup{Country: "FR", Region: "2A", Class: "STANDARD"}),
		"Lookup postal code":     lookup(tax.Lookup{Country: "CA", PostalCode: "g1a 0a2", Class: "STANDARD"}),
		"Lookup everything":      lookup(tax.Lookup{Country: "CA", Region: "QC", PostalCode: "G1A 0A2", Class: "STANDARD", Date: date}),
		"Lookup region, default": lookup(tax.Lookup{Country: "CA", Region: "QC", Date: date}),
		"Place":                  func() { _, err = r.Place(ctx, tax.Lookup{Country: "CA", Region: "QC", Date: date}) },
		"Place.Rate":             func() { _, err = p.Rate("STANDARD") },
		"accessors": func() {
			a, _ := p.Rate("STANDARD")
			_, _, _, _, _, _, _ = a.Class(), a.Percent(), a.Treatment(), a.Location(), a.Since(), a.Until(), a.Tax()
		},
	} {
		got := testing.AllocsPerRun(200, answer)
		require.NoError(t, err, name)
		assert.Zero(t, got, "%s allocates", name)
	}
}

// The rest of a miss is compiling, which is asserted where it is done: nothing
// of it takes place here, because the documents are known.
func TestCoordinatingALoadAllocatesLittleAndAnUnknownClassOnce(t *testing.T) {
	r := warmWorld(t)
	ctx := context.Background()
	var err error
	assert.LessOrEqual(t, testing.AllocsPerRun(200, func() {
		r.Invalidate("DE")
		_, err = r.Resolve(ctx, "DE", "STANDARD")
	}), 16.0)
	require.NoError(t, err)
	assert.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, err = r.Resolve(ctx, "DE", "BOOKS") }), 1.0)
	require.ErrorIs(t, err, tax.ErrUnknownClass)
}

type worldQuestion struct{ country, class string }

var worldClasses = [...]string{"STANDARD", "REDUCED", "REDUCED_2", "SUPER_REDUCED", "ZERO"}

// zipfQuestions is a stream of questions in which some are asked far more often
// than others, as in a shop: Zipf's law with exponent 1.1. Its length is a
// power of two.
func zipfQuestions() []worldQuestion {
	all := worldQuestions()
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	zipf := rand.NewZipf(random, 1.1, 1, uint64(len(all)-1))
	// The strings of a question lie in other memory than those of an answer, as if they came with a
	// request: comparing a string with itself is faster.
	own := map[string]string{}
	for _, q := range all {
		own[q.country], own[q.class] = strings.Clone(q.country), strings.Clone(q.class)
	}
	stream := make([]worldQuestion, 1<<16)
	for i := range stream {
		q := all[zipf.Uint64()]
		stream[i] = worldQuestion{own[q.country], own[q.class]}
	}
	return stream
}

// worldQuestions are all countries times all classes, in an order that does
// not ask one country twice in a row.
func worldQuestions() (list []worldQuestion) {
	for _, class := range worldClasses {
		for _, country := range taxtest.Countries() {
			list = append(list, worldQuestion{country, class})
		}
	}
	return list
}

// worldDocuments gives every country five classes with a history, and Canada
// and France some regions.
func worldDocuments(country string) []tax.Configuration {
	var classes []tax.Class
	for i, code := range worldClasses {
		name := code
		if i == 0 {
			name += "*"
		}
		history := fmt.Sprintf("- %d; 2007-01-01 %d; 2020-07-01 %d; 2021-01-01 %d", 16-i, 19-i, 15-i, 20-i)
		classes = append(classes, taxtest.Class(name, history))
	}
	set := []tax.Configuration{taxtest.Doc(country, classes...)}
	switch country {
	case "CA":
		for i, code := range []string{"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"} {
			c := taxtest.Doc("CA-"+code, taxtest.Class("STANDARD", "- + 7; 2013-01-01 + 9.975"))
			set = append(set, taxtest.WithPostalCodes(c, string("TVREABXYKCGSN"[i])+"*"))
			if code == "QC" {
				set[len(set)-1] = taxtest.WithPostalCodes(set[len(set)-1], "H*", "J*")
			}
		}
	case "FR":
		set = append(set, taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 10")))
	}
	return set
}

// warmWorld is a resolver that has loaded every country.
func warmWorld(t testing.TB, change ...func(*tax.Options)) *tax.Resolver {
	t.Helper()
	documents := map[string][]tax.Configuration{}
	for _, code := range taxtest.Countries() {
		documents[code] = worldDocuments(code)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	options := &tax.Options{Clock: func() time.Time { return now }}
	for _, c := range change {
		c(options)
	}
	r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return documents[key.Country], nil
	}), options)
	for code := range documents {
		_, err := r.Resolve(context.Background(), code, "")
		require.NoError(t, err)
	}
	require.GreaterOrEqual(t, len(documents), 249)
	return r
}
