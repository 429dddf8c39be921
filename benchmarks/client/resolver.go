package client

import (
	"context"
	"errors"
	"runtime"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/world"
)

// resolver is the common part of the clients in this file: each asks a tax.Resolver
// with a different call. It answers single questions for checking. The scenario
// closes the tax.Resolver.
type resolver struct {
	name   string
	answer func(question int) (tax.Resolution, error)
}

func (r *resolver) Name() string { return r.name }
func (r *resolver) Close()       {}

func (r *resolver) Answer(question int) (world.Thousandths, error) {
	a, err := r.answer(question)
	if err != nil {
		return 0, err
	}
	return world.Thousandths(a.Percent().Shift(3).IntPart()), nil
}

type resolving struct {
	resolver
	r      *tax.Resolver
	stream []Pair
}

// Resolving makes a client that calls Resolver.Resolve.
func Resolving(name string, r *tax.Resolver, stream []Pair, key func(question int) Pair) Client {
	return &resolving{resolver{name, func(question int) (tax.Resolution, error) {
		k := key(question)
		return r.Resolve(context.Background(), k.Country, k.Class)
	}}, r, stream}
}

func (c *resolving) Walk(from, n int) (hits int) {
	ctx, mask := context.Background(), len(c.stream)-1
	var last tax.Resolution
	for i := range n {
		k := &c.stream[(from+i)&mask]
		if a, err := c.r.Resolve(ctx, k.Country, k.Class); err == nil {
			hits++
			last = a
		}
	}
	runtime.KeepAlive(last)
	return hits
}

// Visit is a question to the view of a tenant, which the program keeps with its other
// data about the tenant.
type Visit struct {
	View           *tax.Resolver
	Country, Class string
}

type viewing struct {
	resolver
	stream []Visit
}

// Viewing makes a client that asks views of tenants.
func Viewing(name string, stream []Visit, visit func(question int) Visit) Client {
	return &viewing{resolver{name, func(question int) (tax.Resolution, error) {
		v := visit(question)
		return v.View.Resolve(context.Background(), v.Country, v.Class)
	}}, stream}
}

func (c *viewing) Walk(from, n int) (hits int) {
	ctx, mask := context.Background(), len(c.stream)-1
	var last tax.Resolution
	for i := range n {
		k := &c.stream[(from+i)&mask]
		if a, err := k.View.Resolve(ctx, k.Country, k.Class); err == nil {
			hits++
			last = a
		}
	}
	runtime.KeepAlive(last)
	return hits
}

type passing struct {
	resolver
	r      *tax.Resolver
	stream []Triple
}

// Passing makes a client that names the tenant in every call.
func Passing(name string, r *tax.Resolver, stream []Triple, key func(question int) Triple) Client {
	return &passing{resolver{name, func(question int) (tax.Resolution, error) {
		k := key(question)
		return r.Tenant(k.Tenant).Resolve(context.Background(), k.Country, k.Class)
	}}, r, stream}
}

func (c *passing) Walk(from, n int) (hits int) {
	ctx, mask := context.Background(), len(c.stream)-1
	var last tax.Resolution
	for i := range n {
		k := &c.stream[(from+i)&mask]
		if a, err := c.r.Tenant(k.Tenant).Resolve(ctx, k.Country, k.Class); err == nil {
			hits++
			last = a
		}
	}
	runtime.KeepAlive(last)
	return hits
}

type looking struct {
	resolver
	r      *tax.Resolver
	stream []tax.Lookup
}

// Looking makes a client that calls Resolver.Lookup.
func Looking(name string, r *tax.Resolver, stream []tax.Lookup, lookup func(question int) tax.Lookup) Client {
	return &looking{resolver{name, func(question int) (tax.Resolution, error) {
		return r.Lookup(context.Background(), lookup(question))
	}}, r, stream}
}

func (c *looking) Walk(from, n int) (hits int) {
	ctx, mask := context.Background(), len(c.stream)-1
	var last tax.Resolution
	for i := range n {
		if a, err := c.r.Lookup(ctx, c.stream[(from+i)&mask]); err == nil {
			hits++
			last = a
		}
	}
	runtime.KeepAlive(last)
	return hits
}

// Priced is a question about a place that the program already holds, as for the
// lines of one basket.
type Priced struct {
	Place tax.Place
	Class string
}

type pricing struct {
	resolver
	stream []Priced
}

// Pricing makes a client that calls Place.Rate.
func Pricing(name string, stream []Priced, priced func(question int) Priced) Client {
	return &pricing{resolver{name, func(question int) (tax.Resolution, error) {
		p := priced(question)
		return p.Place.Rate(p.Class)
	}}, stream}
}

func (c *pricing) Walk(from, n int) (hits int) {
	mask := len(c.stream) - 1
	var last tax.Resolution
	for i := range n {
		k := &c.stream[(from+i)&mask]
		if a, err := k.Place.Rate(k.Class); err == nil {
			hits++
			last = a
		}
	}
	runtime.KeepAlive(last)
	return hits
}

type failing struct {
	resolver
	r      *tax.Resolver
	stream []Pair
}

// Failing makes a client that asks for classes that do not exist. Its hits are the
// lookups refused for that reason.
func Failing(name string, r *tax.Resolver, stream []Pair) Client {
	return &failing{resolver{name, func(int) (tax.Resolution, error) {
		return tax.Resolution{}, tax.ErrUnknownClass
	}}, r, stream}
}

func (c *failing) Walk(from, n int) (refused int) {
	ctx, mask := context.Background(), len(c.stream)-1
	var last error
	for i := range n {
		k := &c.stream[(from+i)&mask]
		if _, err := c.r.Resolve(ctx, k.Country, k.Class); err != nil {
			refused++
			last = err
		}
	}
	if !errors.Is(last, tax.ErrUnknownClass) {
		return 0
	}
	return refused
}

type allocating struct{ resolver }

// Allocating makes a client that does nothing but allocate the error of a lookup.
func Allocating(name string) Client {
	return &allocating{resolver{name, func(int) (tax.Resolution, error) { return tax.Resolution{}, nil }}}
}

func (c *allocating) Walk(_, n int) int {
	var last *tax.LookupError
	for range n {
		last = newLookupError()
	}
	runtime.KeepAlive(last)
	return n
}

// newLookupError is not inlined, so that the error is on the heap.
//
//go:noinline
func newLookupError() *tax.LookupError { return new(tax.LookupError) }
