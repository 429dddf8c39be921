package freshness_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// plain returns the documents that a careful source has for a country.
func plain(country string) []tax.Configuration {
	percent := map[string]string{"DE": "19", "FR": "20", "ES": "21", "GB": "22"}[country]
	return []tax.Configuration{
		taxtest.Doc(country, taxtest.Class("STANDARD*", "- "+percent, "STD"), taxtest.Class("REDUCED", "2020-01-01 5; 2024-01-01 7 single")),
		taxtest.WithPostalCodes(taxtest.Doc(country+"-X-ISLE", taxtest.Class("STANDARD", "- 3 tax:ISLE")), "35*"),
	}
}

// sources are the documents of tenants, by the tenant's first letter. Most of them are
// careless or hostile. They look at the country alone, so that tenants whose names
// begin with the same letter have the same documents.
var sources = map[byte]func(country string) []tax.Configuration{
	'a': plain,
	'b': func(string) []tax.Configuration { return plain("FR") },
	'c': func(string) []tax.Configuration { return plain("DE") },
	'd': func(country string) []tax.Configuration { return append(plain(country), plain(country)[0]) },
	'e': func(country string) []tax.Configuration { return plain(country)[1:] },
	'f': func(country string) []tax.Configuration {
		set := plain(country)
		set[0].Location.Country = strings.ToLower(country)
		return set
	},
	'g': func(country string) []tax.Configuration { return append(plain(country), plain("FR")...) },
	'h': func(country string) []tax.Configuration {
		set := plain(country)
		set[1].Metadata.Version = -1
		return set
	},
	'i': func(country string) []tax.Configuration {
		set := plain(country)
		for i := range set {
			set[i].Metadata = tax.Metadata{Version: int64(7 + i), Source: "another " + country}
		}
		return set
	},
	'j': func(country string) []tax.Configuration { // two regions claim one postal code
		return append(plain(country), taxtest.WithPostalCodes(taxtest.Doc(country+"-X-SECOND", taxtest.Class("STANDARD", "- 4")), "3510"))
	},
	'k': func(country string) []tax.Configuration {
		set := plain(country)
		set[0].Regions = tax.RegionsRequired
		return set
	},
	'l': func(country string) []tax.Configuration { // codes that are valid in one country alone
		return append(plain(country), taxtest.Doc(country+"-CN", taxtest.Class("STANDARD", "- 7")), taxtest.Doc(country+"-NIR"))
	},
	'm': func(country string) []tax.Configuration {
		set := plain(country)
		slices.Reverse(set)
		return set
	},
	'n': func(string) []tax.Configuration { return nil },
	'o': func(country string) []tax.Configuration {
		set := plain(country)
		set[0].Classes[0].Rates[0].Percent = set[0].Classes[0].Rates[0].Percent.Neg()
		return set
	},
	'p': func(string) []tax.Configuration { return []tax.Configuration{{}} },

	// These share a country by its classes.
	'q': func(country string) []tax.Configuration { return plain(country)[:1] },
	'r': func(country string) []tax.Configuration {
		set := plain(country)[:1]
		set[0].Classes[0].Rates[0].Percent = set[0].Classes[0].Rates[0].Percent.Neg()
		return set
	},
	's': func(country string) []tax.Configuration {
		set := plain(country)[:1]
		slices.Reverse(set[0].Classes)
		return set
	},
	't': func(country string) []tax.Configuration {
		set := plain(country)[:1]
		set[0].Tax.Code = "LEVY"
		return set
	},
	'u': func(country string) []tax.Configuration {
		set := plain(country)[:1]
		set[0].Metadata = tax.Metadata{Version: 3, AsOf: tax.MustDate("2024-03-01")}
		return set
	},
	'v': func(country string) []tax.Configuration {
		set := plain(country)[:1]
		set[0].Classes[0].Default, set[0].Classes[1].Default = false, true
		return set
	},
	'w': func(country string) []tax.Configuration { // REDUCED is a class and an alias
		set := plain(country)[:1]
		set[0].Classes[0].Aliases = append(set[0].Classes[0].Aliases, "REDUCED")
		return set
	},
	'x': func(country string) []tax.Configuration {
		set := plain(country)[:1]
		set[0].Regions = tax.RegionsListed
		return set
	},
}

func documentsOf(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	return sources[key.Tenant[0]](key.Country), nil
}

// question is a lookup by a tenant.
type question struct {
	tenant string
	lookup tax.Lookup
}

// questions returns what the tenants ask: about every place of every country, each time
// for two of the classes and days that there are.
func questions() (list []question) {
	rng := rand.New(rand.NewPCG(5, 17))
	for _, letter := range slices.Sorted(maps.Keys(sources)) {
		for _, tenant := range []string{string(letter), string(letter) + "2"} {
			for _, country := range []string{"DE", "FR", "ES", "XI", "fra"} {
				for _, l := range []tax.Lookup{
					{}, {Region: "X-ISLE"}, {Region: "x-isle"}, {PostalCode: "35001"}, {PostalCode: "99"}, {Region: "GC"},
					{Region: "NIR"}, {Region: "X-SECOND", PostalCode: "3510"}, {Region: "nowhere"}, {PostalCode: "3_5"},
				} {
					l.Country = country
					for range 2 {
						l.Class = []string{"", "STANDARD", "STD", "REDUCED", "NONE"}[rng.IntN(5)]
						l.Date = []tax.Date{{}, tax.MustDate("2022-05-01")}[rng.IntN(2)]
						list = append(list, question{tenant, l})
					}
				}
			}
		}
	}
	return list
}

// ask returns everything that is known of an answer or of an error, as a text.
func (q question) ask(t *testing.T, r *tax.Resolver) string {
	a, err := r.Tenant(q.tenant).Lookup(t.Context(), q.lookup)
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(a.Explain())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Whatever was asked before, by this tenant or by another, and whatever is in memory,
// the answer to a question is that of a resolver which was never asked anything else.
func TestAnswersDependOnNothingThatWasAskedBefore(t *testing.T) {
	clock := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	list := questions()
	for name, opts := range map[string]tax.Options{
		"default": {},
		"strict":  {Refuse: tax.RefuseSingle, FallbackToDefault: true, Languages: func(string) *tax.Languages { return nil }},
		"small":   {Capacity: 8, TenantQuota: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts.Clock = clock
			fresh := make([]string, len(list))
			for i, q := range list {
				r := taxtest.Open(t, tax.SourceFunc(documentsOf), &opts)
				fresh[i] = q.ask(t, r)
				r.Close()
			}
			rng := rand.New(rand.NewPCG(17, 12))
			for range 2 {
				warm := taxtest.Open(t, tax.SourceFunc(documentsOf), &opts)
				for _, i := range append(rng.Perm(len(list)), rng.Perm(len(list))...) {
					require.Equal(t, fresh[i], list[i].ask(t, warm), "%+v", list[i])
					switch q := list[i]; rng.IntN(50) {
					case 0:
						warm.Tenant(q.tenant).Invalidate(q.lookup.Country)
					case 1:
						warm.InvalidateTenant()
					case 2:
						warm.InvalidateAll()
					}
				}
			}
			warm := taxtest.Open(t, tax.SourceFunc(documentsOf), &opts)
			var asking sync.WaitGroup
			for range 4 {
				order := rng.Perm(len(list))
				asking.Go(func() {
					for _, i := range order {
						assert.Equal(t, fresh[i], list[i].ask(t, warm), "%+v, among others that ask", list[i])
					}
				})
			}
			asking.Wait()
		})
	}
}

// Classes of one order are listed as their document has them, also if another tenant has
// them in another order.
func TestClassesStandWhereTheirTenantPutThem(t *testing.T) {
	r := taxtest.Open(t, tax.SourceFunc(documentsOf), nil)
	for range 2 {
		for tenant, want := range map[string][]string{"q": {"STANDARD", "REDUCED"}, "s": {"REDUCED", "STANDARD"}} {
			list, err := r.Tenant(tenant).Classes(t.Context(), tax.Lookup{Country: "DE"})
			require.NoError(t, err)
			var got []string
			for _, a := range list {
				got = append(got, a.Class())
			}
			assert.Equal(t, want, got, tenant)
		}
	}
}

// Tenants whose documents say the same may speak different languages.
func TestTenantsWithTheSameDocumentsHaveTheirOwnDefaultLanguages(t *testing.T) {
	c := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	c.Classes[0].Name = tax.MustLocalizedText(map[string]string{"de": "Normalsatz", "en": "Standard rate", "fr": "Taux normal"})
	regional := taxtest.Doc("DE-BY", taxtest.Class("BEER", "- 7"))
	for name, source := range map[string]tax.Source{
		"shared by classes": taxtest.Fixed(c), "shared as a whole": taxtest.Fixed(c, regional),
		"known by number": &numbered{load: taxtest.Fixed(c), version: func(tax.Key) (uint64, bool) { return 7, true }},
	} {
		t.Run(name, func(t *testing.T) {
			r := taxtest.Open(t, source, &tax.Options{Languages: func(tenant string) *tax.Languages {
				l, err := tax.NewLanguages(&tax.LanguageOptions{Default: tenant[:2]})
				require.NoError(t, err)
				return l
			}})
			for range 2 {
				for tenant, want := range map[string]string{"de": "Normalsatz", "en": "Standard rate", "fr": "Taux normal", "de 2": "Normalsatz"} {
					a, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
					assert.Equal(t, want, a.Name(tax.Preferences{}), tenant)
				}
			}
		})
	}
}

// combined returns a country of up to seven classes in one of many combinations.
func combined(country string, classes, n int) tax.Configuration {
	c := taxtest.Doc(country)
	for i, code := range []string{"STANDARD*", "REDUCED", "BOOKS", "FOOD", "ZERO", "DRINKS", "HOTELS"}[:classes] {
		c.Classes = append(c.Classes, taxtest.Class(code, fmt.Sprintf("- 3; 2007-01-01 %d.%d", 5+i, n>>(3*i)&7)))
	}
	return c
}

// Tenants who combine known classes in their own ways take hardly more memory than the
// entries of an LRU would. A full collection looks at every object.
func TestClassesThatTenantsCombineTakeLittleMemory(t *testing.T) {
	const tenants, countries = 200, 50
	list := taxtest.Countries()[:countries]
	for _, c := range []struct {
		name           string
		classes        int
		metadata       func(n int) tax.Metadata
		bytes, objects float64
	}{
		{"combinations of their own", 5, func(int) tax.Metadata { return tax.Metadata{} }, 220, 1.3},
		{"versions of their own", 5, func(n int) tax.Metadata { return tax.Metadata{Version: int64(n + 1)} }, 285, 2.3},
		{"versions of their own of seven classes", 7, func(n int) tax.Metadata { return tax.Metadata{Version: int64(n + 1)} }, 380, 3.3},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
				n++
				doc := combined(key.Country, c.classes, int(uint32(n)*2654435761>>4))
				doc.Metadata = c.metadata(n)
				return []tax.Configuration{doc}, nil
			}), &tax.Options{Capacity: 2 * tenants * countries})
			resolve := func(view *tax.Resolver) {
				for _, country := range list {
					_, err := view.Resolve(t.Context(), country, "")
					require.NoError(t, err)
				}
			}
			for i := range 100 { // what all have in common
				resolve(r.Tenant(fmt.Sprint("before ", i)))
			}
			heap, objects, estimate := taxtest.HeapInUse(), objectsInUse(), r.Stats().Bytes
			for i := range tenants {
				resolve(r.Tenant(fmt.Sprint(i)))
			}
			each := func(n int64) float64 { return float64(n) / (tenants * countries) }
			objects, heap, estimate = objectsInUse()-objects, taxtest.HeapInUse()-heap, r.Stats().Bytes-estimate
			t.Logf("%.0f bytes each, %.0f estimated, %.2f objects", each(heap), each(estimate), each(objects))
			assert.LessOrEqual(t, each(heap), c.bytes)
			assert.LessOrEqual(t, each(objects), c.objects)
			assert.InEpsilon(t, heap, estimate, 0.25)
			runtime.KeepAlive(r)
		})
	}
}

// Classes that a load found to be new are kept together: one that is left keeps the others in
// memory. Here each version leaves another one of those of the version before.
func TestBytesCountClassesThatAreKeptByOthers(t *testing.T) {
	const tenants = 2000
	version := 0
	r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		c := taxtest.Doc(key.Country)
		for i, code := range []string{"STANDARD*", "REDUCED", "BOOKS", "FOOD", "ZERO"} {
			c.Classes = append(c.Classes, taxtest.Class(code, fmt.Sprintf("- %d.%s", min(i, version), key.Tenant)))
		}
		return []tax.Configuration{c}, nil
	}), &tax.Options{Capacity: 2 * tenants})
	views := make([]*tax.Resolver, tenants)
	for i := range views {
		views[i] = r.Tenant(fmt.Sprintf("%06d", i))
	}
	load := func() {
		for i, view := range views {
			view.Invalidate("DE")
			a, err := view.Lookup(t.Context(), tax.Lookup{Country: "DE", Class: "ZERO"})
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("%d.%06d", version, i), fmt.Sprintf("%.6f", a.Percent().InexactFloat64()))
		}
	}
	_, err := r.Tenant("0").Resolve(t.Context(), "DE", "") // what is made once
	require.NoError(t, err)
	heap, bytes := taxtest.HeapInUse(), r.Stats().Bytes
	load()
	first := taxtest.HeapInUse() - heap
	for version = 1; version < 5; version++ {
		load()
	}
	grown, estimate := taxtest.HeapInUse()-heap, r.Stats().Bytes-bytes
	t.Logf("%d bytes each of the first version, %d now, %d estimated", first/tenants, grown/tenants, estimate/tenants)
	assert.InEpsilon(t, grown, estimate, 0.25)
	assert.Less(t, grown, 4*first, "15 classes in place of 5")
	r.InvalidateAll()
	taxtest.HeapInUse() // collects
	version = 0
	load()
	assert.Less(t, taxtest.HeapInUse()-heap, 2*first, "the others go with the last one")
	runtime.KeepAlive(r)
}

// objectsInUse returns the number of objects that are reachable.
func objectsInUse() int64 {
	taxtest.HeapInUse() // collects
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapObjects)
}

// More classes than the quick path knows answer all the same.
func TestCountryOfManyClassesAnswersForEachOfThem(t *testing.T) {
	doc := taxtest.Doc("DE")
	for i := range 70 {
		doc.Classes = append(doc.Classes, taxtest.Class(fmt.Sprintf("CLASS_%d", i), fmt.Sprintf("- %d", i+1)))
	}
	for _, classes := range []int{63, 64, 65, 70} {
		doc.Classes = doc.Classes[:classes]
		r := taxtest.Open(t, taxtest.Fixed(doc), nil)
		for range 2 {
			p, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
			require.NoError(t, err)
			require.Len(t, p.Classes(), classes)
			for i := range classes {
				want := fmt.Sprintf("%d VAT", i+1)
				assert.Equal(t, want, taxtest.Answer(r.Resolve(t.Context(), "DE", doc.Classes[i].Code)))
				assert.Equal(t, want, taxtest.Answer(p.Rate(doc.Classes[i].Code)))
			}
		}
		doc.Classes = doc.Classes[:cap(doc.Classes)][:70]
	}
}

// A source that answers with the documents of another country is refused, whatever is
// in memory, and costs nobody else anything.
func TestDocumentsOfAnotherCountryAreRefusedColdAndWarm(t *testing.T) {
	r := taxtest.Open(t, tax.SourceFunc(documentsOf), nil)
	for range 2 {
		for _, c := range []struct{ tenant, country, want string }{
			{"b", "DE", "invalid"}, {"b", "FR", "20 VAT"}, {"b", "ES", "invalid"}, {"a", "FR", "20 VAT"}, {"c", "FR", "invalid"},
			{"a", "DE", "19 VAT"}, {"c", "DE", "19 VAT"}, {"b", "DE", "invalid"},
		} {
			assert.Equal(t, c.want, taxtest.Answer(r.Tenant(c.tenant).Resolve(t.Context(), c.country, "STANDARD")), "%s %s", c.tenant, c.country)
		}
		r.InvalidateAll()
	}
}
