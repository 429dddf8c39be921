package world

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

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

// New returns a version of the document of a country, by its number, whose classes no other
// version has. Versions are below a million.
func New(number, version int, history bool) []tax.Configuration {
	last := len(eras) - 1
	from := last
	if history {
		from = 0
	}
	return []tax.Configuration{country(number, from, func(_, era int) Thousandths {
		return Thousandths(version + last - era)
	})}
}

// OneNew returns a version of the document of a country, by its number, whose first class no
// other version has. The other classes are those of [Plain].
func OneNew(number, version int) []tax.Configuration {
	return []tax.Configuration{country(number, len(eras)-1, func(class, era int) Thousandths {
		if class == 0 {
			return Thousandths(version)
		}
		return rateIn(number, class, era)
	})}
}

// OwnVersion returns the version of the document that a tenant has of a country in
// [OwnSource], both by their numbers.
func OwnVersion(tenant, country int) int { return tenant*len(Countries()) + country }

// OwnSource is a source in which no two of [Tenants] have the same document of any
// country: each combines the same classes in its own way. It makes documents on each call.
func OwnSource(calls *atomic.Int64) tax.Source { return made(calls, Own) }

// NewSource is a source in which no two of [Tenants] have a class in common.
func NewSource(calls *atomic.Int64) tax.Source { return made(calls, New) }

// StoredSource is [OwnSource] with the metadata that a store adds to each document: a version
// and two times.
func StoredSource(calls *atomic.Int64) tax.Source {
	return made(calls, func(number, version int, history bool) []tax.Configuration {
		set := Own(number, version, history)
		written := time.Unix(1_700_000_000+int64(version), 0).UTC()
		set[0].Metadata = tax.Metadata{Version: int64(version + 1), Created: written, Modified: written.Add(time.Hour)}
		return set
	})
}

func made(calls *atomic.Int64, document func(number, version int, history bool) []tax.Configuration) tax.Source {
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
		return document(number, OwnVersion(tenant, number), false), nil
	})
}
