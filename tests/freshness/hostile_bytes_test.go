package freshness_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// long is a text of so many bytes, which shares no memory with another one.
func long(n, bytes int) string { return fmt.Sprintf("%06d", n) + strings.Repeat("x", bytes-6) }

// inLanguages is a text in so many languages, which no other text has.
func inLanguages(n, languages int, text string) tax.LocalizedText {
	byTag := map[string]string{}
	for i := range languages {
		byTag[fmt.Sprintf("en-x-%05d-%05d", n, i)] = text
	}
	return tax.MustLocalizedText(byTag)
}

func list(n, length int, prefix string) (list []string) {
	for i := range length {
		list = append(list, fmt.Sprintf("%s%d-%d", prefix, n, i))
	}
	return list
}

// days are entries of so many days, the newest first.
func days(n int, entry func(i int) tax.Rate) (list []tax.Rate) {
	for i := range n {
		r := entry(i)
		r.From = tax.MustDate("2020-01-01").AddDays(-i)
		list = append(list, r)
	}
	return list
}

// hostile are documents that put memory where an estimate might not look. No two
// numbers have anything in common.
var hostile = map[string]func(n int, country, region *tax.Configuration){
	"long source": func(n int, country, _ *tax.Configuration) {
		country.Metadata.Source = long(n, 1<<18)
	},
	"long source of a region": func(n int, _, region *tax.Configuration) {
		region.Metadata.Source = long(n, 1<<18)
	},
	"deep base": func(n int, country, _ *tax.Configuration) {
		for i := range 32 {
			base := country.Metadata
			country.Metadata = tax.Metadata{Source: long(n*100+i, 1<<12), Base: &base}
		}
	},
	"long names": func(n int, country, _ *tax.Configuration) {
		country.Classes[0].Rates[0].Tax = tax.Tax{Code: "VAT", Name: inLanguages(n, 2, long(n, 1<<17))}
		country.Classes[0].Rates[0].Components = []tax.Component{
			{Code: "A", Percent: tax.MustPercent("19"), Name: inLanguages(n, 1, long(n, 1<<17))}}
	},
	"many languages": func(n int, country, _ *tax.Configuration) {
		country.Classes[0].Name = inLanguages(n, 1000, "t")
		country.Tax = tax.Tax{Code: "VAT", Name: inLanguages(n, 1000, "t")}
	},
	"long names of places": func(n int, country, region *tax.Configuration) {
		country.Name, region.Name = inLanguages(n, 2, long(n, 1<<17)), inLanguages(n, 1000, "t")
	},
	"some languages of each class": func(n int, country, _ *tax.Configuration) {
		for i := range 20 {
			class := taxtest.Class(fmt.Sprint("C", i), "- 19")
			class.Name = inLanguages(100*n+i, 50, "t")
			country.Classes = append(country.Classes, class)
		}
	},
	"sources of merged entries": func(n int, country, region *tax.Configuration) {
		country.Classes[0].Rates[0].Evidence.Sources = list(n, 5000, "")
		region.Classes[0].Rates = days(500, func(i int) tax.Rate {
			return tax.Rate{Effect: tax.Add, Percent: tax.MustPercent("1"), Evidence: tax.Evidence{Sources: list(n, 2, "s")}}
		})
	},
	"inherited entries": func(n int, country, region *tax.Configuration) {
		country.Classes[0].Rates = days(500, func(i int) tax.Rate {
			return tax.Rate{Percent: tax.MustPercent("1"), Evidence: tax.Evidence{Sources: list(n, 20, "s")}}
		})
		region.Classes[0].Rates = []tax.Rate{{Effect: tax.Inherit}}
	},
	"names of merged entries": func(n int, country, region *tax.Configuration) {
		country.Tax = tax.Tax{Code: "GST", Name: tax.MustLocalizedText(map[string]string{"en": long(n, 1000), "fr": "TPS"})}
		region.Classes[0].Rates = days(500, func(i int) tax.Rate {
			return tax.Rate{Effect: tax.Add, Percent: tax.MustPercent("1"),
				Tax: tax.Tax{Code: "PST", Name: tax.MustLocalizedText(map[string]string{"en": long(n, 100)})}}
		})
	},
	"components of merged entries": func(n int, country, region *tax.Configuration) {
		region.Classes[0].Rates = days(200, func(i int) tax.Rate {
			return tax.Rate{Effect: tax.Add, Percent: tax.MustPercent("2"), Components: []tax.Component{
				{Code: "A", Percent: tax.MustPercent("1"), Name: tax.MustLocalizedText(map[string]string{"en": long(n, 200)})},
				{Code: "B", Percent: tax.MustPercent("1"), Name: tax.MustLocalizedText(map[string]string{"en": long(n, 200)})}}}
		})
	},
	"aliases": func(n int, country, region *tax.Configuration) {
		country.Classes[0].Aliases = list(n, 1500, "A")
		region.Classes[0].Aliases = list(n, 1500, "B")
	},
	"aliases that collide": func(n int, country, _ *tax.Configuration) {
		country.Classes[0].Aliases = colliding(n*10000, 3000)
	},
	"region aliases": func(n int, _, region *tax.Configuration) {
		for i := range 5000 {
			region.RegionAliases = append(region.RegionAliases, fmt.Sprintf("X-N%d-A%d", n, i))
		}
	},
	"postal codes": func(n int, _, region *tax.Configuration) {
		for i := range 3000 {
			region.PostalCodes = append(region.PostalCodes, tax.PostalRange{From: fmt.Sprintf("%05d", 10*i+n)})
		}
	},
	"many faults": func(n int, country, region *tax.Configuration) {
		for range 5000 {
			region.Classes = append(region.Classes, taxtest.Class(fmt.Sprint("C", n), "- 19"))
		}
	},
	"many faults of all": func(n int, country, region *tax.Configuration) {
		region.Location = tax.Location{Country: "DE", Region: long(n, 1<<16)}
		for range 2000 {
			region.Classes = append(region.Classes, taxtest.Class(fmt.Sprint("C", n), "- 19"))
		}
	},
	"a region alias that is none": func(n int, _, region *tax.Configuration) {
		region.RegionAliases = []string{long(n, 1<<18)}
	},
}

// colliding are codes that all have the same home in a code table.
func colliding(first, count int) (list []string) {
	for i := first; i < first+count; i++ {
		var code [16]byte
		for j := range code {
			code[j] = '`'
		}
		// Words a and b of a code are compared as a ^ rotl(b, 31): a bit of b and
		// the bit of a that it meets change together.
		var d uint64
		for j := range 8 {
			d |= uint64(i) >> (4 * j) & 15 << (8*j + 1)
		}
		flip := func(at int, word uint32) {
			for j := range 4 {
				code[at+j] ^= byte(word >> (8 * j))
			}
		}
		a := d<<31 | d>>33
		flip(0, uint32(a>>32))
		flip(8, uint32(a))
		flip(12, uint32(d>>32))
		flip(4, uint32(d))
		list = append(list, string(code[:]))
	}
	return list
}

// What a tenant writes cannot take more memory than MaxBytes says, wherever it writes
// it: the heap grows by less than one and a half times the estimate.
func TestBytesAreNeverFarBelowTheHeap(t *testing.T) {
	const tenants = 4
	for name, shape := range hostile {
		t.Run(name, func(t *testing.T) {
			n := 0
			r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
				n++
				country := taxtest.With(taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) { c.Tax.Code = "VAT" })
				region := taxtest.Doc(key.Country+"-X-R", taxtest.Class("STANDARD", "- 19"))
				if key.Tenant != "first" {
					shape(n, &country, &region)
				}
				return []tax.Configuration{country, region}, nil
			}), &tax.Options{Capacity: 100})
			resolve := func(tenant string) {
				_, err := r.Tenant(tenant).Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "X-R"})
				if !strings.Contains(name, "fault") && !strings.Contains(name, "none") {
					require.NoError(t, err)
				}
			}
			resolve("first")
			resolve("second") // also what is made once, such as shared languages
			base, bytes := taxtest.HeapInUse(), r.Stats().Bytes
			for i := range tenants {
				resolve(fmt.Sprint(i))
			}
			heap := taxtest.HeapInUse() - base
			bytes = r.Stats().Bytes - bytes
			t.Logf("%d bytes estimated each, %d found", bytes/tenants, heap/tenants)
			assert.Less(t, heap, bytes+bytes/2, "the heap grew by %d, the estimate by %d", heap, bytes)
			assert.Less(t, bytes, 3*heap, "the heap grew by %d, the estimate by %d", heap, bytes)
			runtime.KeepAlive(r)
		})
	}
}
