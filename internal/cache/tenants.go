package cache

import "unique"

// tenants counts the entries of each tenant that has any. Such a tenant has a number, by
// which one read of memory finds it: the queues keep the number beside each entry, and a view
// keeps that of its tenant. So a load of a tenant that has entries, and its eviction, need no
// map. The lock of the cache guards it.
type tenants[V any] struct {
	nobody  tenant[V] // number 0, so that a resolver without tenants needs nothing else
	numbers map[unique.Handle[string]]uint32
	blocks  []*[tenantsAtOnce]tenant[V] // so that none moves when there are more
	last    uint32                      // the highest number in use so far
	free    uint32                      // the first that is free again; see tenant.next
}

// tenant is what the cache knows of a tenant that has entries.
type tenant[V any] struct {
	id      unique.Handle[string] // that of nobody if the number is free
	queue   *queue[V]             // with a quota: the order in which its entries are evicted
	entries int32
	next    uint32 // of a number that is free: another one; 0 is the end
}

const tenantsAtOnce = 256

// at returns the tenant of a number.
func (x *tenants[V]) at(number uint32) *tenant[V] {
	if number == 0 {
		return &x.nobody
	}
	return &x.blocks[number/tenantsAtOnce][number%tenantsAtOnce]
}

// find returns the tenant of a view, whose number it notes there; nil if there is none.
func (x *tenants[V]) find(v *View) *tenant[V] {
	if v.Tenant == Nobody {
		return &x.nobody
	}
	if v.number != 0 && v.number <= x.last {
		if t := x.at(v.number); t.id == v.Tenant {
			return t
		}
	}
	number, known := x.numbers[v.Tenant]
	if !known {
		return nil
	}
	v.number = number
	return x.at(number)
}

// has reports whether the tenant of a view has entries.
func (x *tenants[V]) has(v *View) bool {
	t := x.find(v)
	return t != nil && t.entries > 0
}

// add returns the tenant of a view, which gets a number if it has none.
func (x *tenants[V]) add(v *View) *tenant[V] {
	if t := x.find(v); t != nil {
		return t
	}
	number := x.free
	if number != 0 {
		x.free = x.at(number).next
	} else {
		x.last++
		if number = x.last; int(number/tenantsAtOnce) == len(x.blocks) {
			x.blocks = append(x.blocks, new([tenantsAtOnce]tenant[V]))
		}
	}
	if x.numbers == nil {
		x.numbers = make(map[unique.Handle[string]]uint32)
	}
	x.numbers[v.Tenant], v.number = number, number
	t := x.at(number)
	*t = tenant[V]{id: v.Tenant}
	return t
}

// remove takes out a tenant that has no entries any more.
func (x *tenants[V]) remove(number uint32) {
	t := x.at(number)
	if number == 0 {
		*t = tenant[V]{}
		return
	}
	delete(x.numbers, t.id)
	*t = tenant[V]{next: x.free}
	x.free = number
}
