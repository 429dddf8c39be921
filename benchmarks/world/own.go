package world

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/taxresolve/tax"
)

// ownRates is the number of percentages in documents that are all different: they
// share names and single rates, but no two documents are alike.
const ownRates = 40

// ownRate picks one of them. The multiplications spread the bits of the arguments,
// as splitmix64 does.
func ownRate(version, class, era int) Thousandths {
	x := uint64(version)*0x9e3779b97f4a7c15 + uint64(class*len(eras)+era)*0xd1b54a32d192ed03
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return Thousandths((x^x>>31)%ownRates) * 500
}

// OwnRate returns the rate of a class today in a version of a document.
func OwnRate(version, class int) Thousandths { return ownRate(version, class, len(eras)-1) }

// Own returns a version of the document of a country, by its number, that differs
// from all others. It has today's rates, or the whole history.
func Own(number, version int, history bool) []tax.Configuration {
	from := len(eras) - 1
	if history {
		from = 0
	}
	return []tax.Configuration{country(number, from, func(class, era int) Thousandths {
		return ownRate(version, class, era)
	})}
}

// OwnVersion returns the version of the document that a tenant has of a country in
// [OwnSource], both by their numbers.
func OwnVersion(tenant, country int) int { return tenant*len(Countries()) + country }

// OwnSource is a source in which no two of [Tenants] have the same document of any
// country. It makes documents on each call.
func OwnSource(calls *atomic.Int64) tax.Source {
	return tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		calls.Add(1)
		tenant, err := strconv.Atoi(strings.TrimPrefix(key.Tenant, tenantPrefix))
		if err != nil {
			return nil, err
		}
		number, ok := slices.BinarySearch(Countries(), key.Country)
		if !ok {
			return nil, nil
		}
		return Own(number, OwnVersion(tenant, number), false), nil
	})
}
