package cache

import (
	"hash/maphash"
	"unique"
)

// Places bounds [ID.Place]: every pair of two letters.
const Places = 26 * 26

// ID identifies a value: the tenant as the address of its one canonical copy, so
// that no two tenants are ever taken for one another whatever their ids contain,
// and a place as its two letters.
type ID struct {
	Tenant unique.Handle[string]
	Place  uint16 // below Places
}

// Nobody is the tenant whose id is empty: that of a resolver without tenants.
var Nobody = unique.Make("")

var tenantSeed = maphash.MakeSeed()

// TenantHash returns the hash of a tenant's id: the part of [ID.Hash] that a view
// computes once.
func TenantHash(tenant string) uint64 { return maphash.String(tenantSeed, tenant) }

// Hash spreads the places of a tenant with that [TenantHash]; it is never 0.
func (id ID) Hash(tenant uint64) uint64 {
	return (tenant+uint64(id.Place)*0x9e3779b97f4a7c15)*0xd1342543de82ef95 | 1
}

// hash is Hash where the hash of the tenant is not at hand.
func (id ID) hash() uint64 { return id.Hash(TenantHash(id.Tenant.Value())) }
