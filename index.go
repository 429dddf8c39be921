package tax

import (
	"hash/maphash"
	"sync/atomic"
	"unique"
)

// ident is a [Key] in the form in which the cache compares it: the tenant as
// the address of its one canonical copy, so that no two tenants are ever taken
// for one another whatever their ids contain, and the country as its two
// letters.
type ident struct {
	tenant  unique.Handle[string]
	country uint16 // below 26 * 26
}

// identOf takes a canonical country.
func identOf(tenant unique.Handle[string], country string) ident {
	return ident{tenant, uint16(country[0]-'A')*26 + uint16(country[1]-'A')}
}

func (id ident) key() Key {
	return Key{id.tenant.Value(), alpha2(int(countryByAlpha2[id.country]))}
}

// nobody is the tenant whose id is empty: that of a resolver without tenants.
var nobody = unique.Make("")

var tenantSeed = maphash.MakeSeed()

// tenantHash is the hash of a tenant's id: the part of [hash] that a view
// computes once.
func tenantHash(tenant string) uint64 { return maphash.String(tenantSeed, tenant) }

// hash spreads the countries of a tenant; it is never 0.
func (id ident) hash(tenant uint64) uint64 {
	return (tenant+uint64(id.country)*0x9e3779b97f4a7c15)*0xd1342543de82ef95 | 1
}

// index finds entries by ident without a lock. One writer at a time, who holds
// the lock of the cache, changes it; readers may miss an entry while it moves,
// and then ask again under that lock. They never take one entry for another,
// because the ident is compared in the entry itself.
//
// It is a hash table with linear probing, at most three quarters full. A tag
// beside the pointer keeps a search from touching entries it does not want.
type index struct {
	slots []indexSlot // a power of two
	used  int
}

type indexSlot struct {
	tag atomic.Uint64 // the hash; 0 marks a slot that is free
	e   atomic.Pointer[entry]
}

const minIndex = 16

func newIndex() *index { return &index{slots: make([]indexSlot, minIndex)} }

// find returns the entry of an ident, or nil.
func (x *index) find(id ident, hash uint64) *entry {
	mask := uint64(len(x.slots) - 1)
	for i := hash >> 16; ; i++ {
		s := &x.slots[i&mask]
		switch s.tag.Load() {
		case hash:
			if e := s.e.Load(); e != nil && e.ident() == id {
				return e
			}
		case 0:
			return nil
		}
	}
}

// put adds an entry, or replaces the one with its ident. It returns another
// index when this one is full.
func (x *index) put(e *entry, hash uint64) *index {
	if 4*x.used >= 3*len(x.slots) {
		larger := &index{slots: make([]indexSlot, 2*len(x.slots))}
		for i := range x.slots {
			if moved := x.slots[i].e.Load(); moved != nil {
				larger.put(moved, x.slots[i].tag.Load())
			}
		}
		return larger.put(e, hash)
	}
	mask := uint64(len(x.slots) - 1)
	for i := hash >> 16; ; i++ {
		s := &x.slots[i&mask]
		switch tag := s.tag.Load(); {
		case tag == 0:
			x.used++
			// The pointer first: a reader who sees the tag sees the entry.
			s.e.Store(e)
			s.tag.Store(hash)
			return x
		case tag == hash && s.e.Load().ident() == e.ident():
			s.e.Store(e)
			return x
		}
	}
}

// remove takes an entry out. The entries after it move up, so that a search
// need not pass graves.
func (x *index) remove(id ident, hash uint64) {
	mask := uint64(len(x.slots) - 1)
	i := hash >> 16 & mask
	for {
		s := &x.slots[i]
		tag := s.tag.Load()
		if tag == 0 {
			return
		}
		if tag == hash && s.e.Load().ident() == id {
			break
		}
		i = (i + 1) & mask
	}
	for j := i; ; {
		j = (j + 1) & mask
		next := &x.slots[j]
		tag := next.tag.Load()
		if tag == 0 {
			break
		}
		if home := tag >> 16 & mask; (j-home)&mask < (j-i)&mask {
			continue // it may not stand before its home
		}
		x.slots[i].e.Store(next.e.Load())
		x.slots[i].tag.Store(tag)
		i = j
	}
	x.slots[i].tag.Store(0)
	x.slots[i].e.Store(nil)
	x.used--
}
