package histories

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/taxresolve/tax"
)

// Scope says how much an invalidation drops.
type Scope uint8

// What the resolver can drop.
const (
	OneCountry Scope = iota
	OneTenant
	Everything
)

// Answer is the result of a read. Version is 0 if there is no such country.
type Answer struct {
	Version  int
	Stale    bool
	LoadedAt time.Time // zero if the cache does not say
}

// Cache is what the clients of a history use.
type Cache interface {
	// Read asks for a key; how selects one of the ways to ask.
	Read(ctx context.Context, key tax.Key, how int) (Answer, error)
	Invalidate(key tax.Key, scope Scope)
	// Warm loads the countries that are not there.
	Warm(ctx context.Context, tenant string, countries []string) error
	// Evictions returns how many keys were evicted to make room.
	Evictions() int
	Close()
}

// Maker makes a cache in front of a source, with the options of a script.
type Maker func(src tax.Source, s *Script) (Cache, error)

// Resolver makes a cache from the resolver of the library.
func Resolver(src tax.Source, s *Script) (Cache, error) {
	r, err := tax.NewResolver(src, s.Options())
	if err != nil {
		return nil, err
	}
	return &resolver{r}, nil
}

// Options returns the options of the resolver for a script.
func (s *Script) Options() *tax.Options {
	o := s.options
	if s.Watched {
		// The hooks are slow, and nothing else may notice that.
		pause := func(salt uint64) { s.Pace.Pause(rand.New(rand.NewPCG(s.Seed, salt)), 2) }
		o.Observer = &tax.Observer{
			LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context { pause(10); return ctx },
			LoadEnd:   func(context.Context, tax.LoadEvent) { pause(11) },
			Evicted:   func(tax.Key) { pause(12) },
		}
	}
	return &o
}

type resolver struct{ *tax.Resolver }

func (c *resolver) Read(ctx context.Context, key tax.Key, how int) (Answer, error) {
	a, err := c.answer(ctx, key, how)
	switch {
	case errors.Is(err, tax.ErrUnknownCountry):
		return Answer{}, nil
	case err != nil:
		return Answer{}, err
	}
	return Answer{int(a.Percent().IntPart()), a.Stale(), a.LoadedAt()}, nil
}

func (c *resolver) answer(ctx context.Context, key tax.Key, how int) (tax.Resolution, error) {
	view := c.Tenant(key.Tenant)
	switch l := (tax.Lookup{Country: key.Country, Class: "S"}); how % 4 {
	case 0:
		p, err := view.Place(ctx, l)
		if err != nil {
			return tax.Resolution{}, err
		}
		return p.Rate("S")
	case 1:
		all, err := view.Classes(ctx, l)
		if err != nil {
			return tax.Resolution{}, err
		}
		return all[0], nil
	case 2:
		l.Date = tax.MustDate("2026-05-01")
		return view.Lookup(ctx, l)
	}
	return view.Resolve(ctx, key.Country, "S")
}

func (c *resolver) Invalidate(key tax.Key, scope Scope) {
	switch view := c.Tenant(key.Tenant); scope {
	case OneCountry:
		view.Invalidate(key.Country)
	case OneTenant:
		view.InvalidateTenant()
	case Everything:
		view.InvalidateAll()
	}
}

func (c *resolver) Warm(ctx context.Context, tenant string, countries []string) error {
	return c.Tenant(tenant).Warm(ctx, tax.Warming{Countries: countries, Concurrency: 2})
}

func (c *resolver) Evictions() int { return int(c.Stats().Evictions) }
