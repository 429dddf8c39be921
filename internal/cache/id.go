package cache

import (
	"hash/maphash"
	"unique"
)

// Places is the number of places: every pair of two letters.
const Places = 26 * 26

// ID identifies a value by tenant and place. The tenant is the address of the one
// canonical copy of its id, so that two tenants are never confused, whatever their
// ids contain. The place is a pair of letters.
type ID struct {
	Tenant unique.Handle[string]
	Place  uint16 // below Places
}

// Nobody is the tenant with the empty id, as in a resolver without tenants.
var Nobody = unique.Make("")

var tenantSeed = maphash.MakeSeed()

// TenantHash returns the hash of a tenant's id, the argument of [ID.Hash]. A view
// computes it once.
func TenantHash(tenant string) uint64 { return maphash.String(tenantSeed, tenant) }

// Hash returns the hash of the ID, given the [TenantHash] of its tenant. It is
// never 0.
func (id ID) Hash(tenant uint64) uint64 {
	return (tenant+uint64(id.Place)*0x9e3779b97f4a7c15)*0xd1342543de82ef95 | 1
}

// key is an ID with what follows from it. The tenant's id may be long, so this is
// computed before the lock is taken.
type key struct {
	ID
	hash       uint64
	remembered rememberedID
}

// keyOf returns the key of an ID with its [ID.Hash].
func keyOf(id ID, hash uint64) key {
	return key{id, hash, remembered(id.Tenant).at(id.Place)}
}

// hash is Hash for callers that do not have the hash of the tenant.
func (id ID) hash() uint64 { return id.Hash(TenantHash(id.Tenant.Value())) }
