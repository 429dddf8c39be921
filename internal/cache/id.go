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

// View is a tenant with what its lookups need to know of it. It is computed once, and used
// with one cache. It must not be copied after its first use.
type View struct {
	Tenant unique.Handle[string]
	Hash   uint64 // the argument of [ID.Hash]
	number uint32 // in Cache.tenants, when it was looked for last; the lock of the cache guards it
	long   bool   // the id is longer than maxKeptTenant: reading it would cost each load a read of memory
}

// ViewOf returns the view of a tenant.
func ViewOf(tenant string) View {
	return View{Tenant: unique.Make(tenant), Hash: maphash.String(tenantSeed, tenant), long: len(tenant) > maxKeptTenant}
}

// Hash returns the hash of the ID, given that of a view of its tenant. It is never 0.
func (id ID) Hash(tenant uint64) uint64 {
	return (tenant+uint64(id.Place)*0x9e3779b97f4a7c15)*0xd1342543de82ef95 | 1
}

// key is an ID with what follows from it. The tenant's id may be long, so this is
// computed before the lock is taken.
type key struct {
	ID
	hash   uint64
	view   *View
	digest *digest // of a long id of the tenant, else nil
}

// keyOf returns the key of a place of a tenant.
func keyOf(v *View, place uint16) key {
	id := ID{v.Tenant, place}
	return key{id, id.Hash(v.Hash), v, digestOf(v)}
}
