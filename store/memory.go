// Package store has Stores of tax configurations that run in the process:
// [Memory] keeps them in memory. They need nothing but the standard library.
package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// Memory is a [tax.Store] in memory, and a [tax.Notifier]: resolvers that read
// from it see a write as soon as it returned. The zero value is not usable;
// call [NewMemory]. It is safe for concurrent use: reads take no lock, a write
// copies the list of configurations of the country it changes.
type Memory struct {
	clock func() time.Time

	// countries maps a tax.Key to a country that is never changed in place but
	// replaced by every write, so that a reader holds a consistent state
	// without a lock.
	countries sync.Map

	write     sync.Mutex // held by writers until their listeners were told
	listen    sync.Mutex // guards the fields below
	listeners map[int]func(tax.Key)
	next      int
}

// country holds the configurations of one country of one tenant.
type country map[tax.Location]tax.Configuration

var (
	_ tax.Store    = (*Memory)(nil)
	_ tax.Notifier = (*Memory)(nil)
)

// NewMemory returns an empty store. clock gives the times of the metadata; nil
// means [time.Now].
func NewMemory(clock func() time.Time) *Memory {
	if clock == nil {
		clock = time.Now
	}
	return &Memory{clock: clock, listeners: make(map[int]func(tax.Key))}
}

// Configurations returns copies of the configurations of a country, the
// country's own first, then by region.
func (m *Memory) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	set := m.country(key).sorted()
	for i := range set {
		set[i] = set[i].Clone()
	}
	return set, nil
}

// Create writes a new configuration: see [tax.Store].
func (m *Memory) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return m.change(ctx, tenant, c.Location, func(stored tax.Configuration, exists bool) (*tax.Configuration, error) {
		if exists {
			return nil, &tax.StoreError{Kind: tax.ErrExists, Tenant: tenant, Location: c.Location}
		}
		c := c.Clone()
		now := m.now()
		c.Metadata.Version, c.Metadata.Created, c.Metadata.Modified = 1, now, now
		return &c, nil
	})
}

// Get returns the configuration of a location: see [tax.Store].
func (m *Memory) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	if err := ctx.Err(); err != nil {
		return tax.Configuration{}, err
	}
	c, ok := m.country(tax.Key{Tenant: tenant, Country: l.Country})[l]
	if !ok {
		return tax.Configuration{}, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: l}
	}
	return c.Clone(), nil
}

// Update replaces a configuration: see [tax.Store].
func (m *Memory) Update(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return m.change(ctx, tenant, c.Location, func(stored tax.Configuration, exists bool) (*tax.Configuration, error) {
		switch {
		case !exists:
			return nil, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: c.Location}
		case c.Metadata.Version != stored.Metadata.Version:
			return nil, &tax.ConflictError{Location: c.Location, Given: c.Metadata.Version, Current: stored.Metadata.Version}
		}
		c := c.Clone()
		c.Metadata.Version++
		c.Metadata.Created, c.Metadata.Modified = stored.Metadata.Created, m.now()
		return &c, nil
	})
}

// Delete removes a configuration: see [tax.Store].
func (m *Memory) Delete(ctx context.Context, tenant string, l tax.Location) error {
	_, err := m.change(ctx, tenant, l, func(_ tax.Configuration, exists bool) (*tax.Configuration, error) {
		if !exists {
			return nil, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: l}
		}
		return nil, nil
	})
	return err
}

// Notify registers a function that every write calls before it returns. The
// function must not write to the store.
func (m *Memory) Notify(changed func(tax.Key)) (stop func()) {
	m.listen.Lock()
	defer m.listen.Unlock()
	n := m.next
	m.next++
	m.listeners[n] = changed
	return func() {
		m.listen.Lock()
		defer m.listen.Unlock()
		delete(m.listeners, n)
	}
}

// change runs one write: edit gets what is stored and returns what shall be,
// nil to delete. The country as it would be is validated before anything
// changes.
func (m *Memory) change(
	ctx context.Context, tenant string, l tax.Location,
	edit func(stored tax.Configuration, exists bool) (*tax.Configuration, error),
) (tax.Configuration, error) {
	if err := ctx.Err(); err != nil {
		return tax.Configuration{}, err
	}
	m.write.Lock()
	defer m.write.Unlock()
	key := tax.Key{Tenant: tenant, Country: l.Country}
	before := m.country(key)
	stored, exists := before[l]
	c, err := edit(stored, exists)
	if err != nil {
		return tax.Configuration{}, err
	}

	after := make(country, len(before)+1)
	maps.Copy(after, before)
	if c == nil {
		delete(after, l)
	} else {
		after[l] = *c
	}
	if err := tax.ValidateCountry(after.sorted()).Err(); err != nil {
		return tax.Configuration{}, err
	}
	if len(after) == 0 {
		m.countries.Delete(key)
	} else {
		m.countries.Store(key, after)
	}
	m.tell(key)
	if c == nil {
		return tax.Configuration{}, nil
	}
	return c.Clone(), nil
}

func (m *Memory) country(key tax.Key) country {
	c, _ := m.countries.Load(key)
	stored, _ := c.(country)
	return stored
}

// sorted lists the configurations, the country's own first, then by region.
// They are the stored ones.
func (c country) sorted() []tax.Configuration {
	return slices.SortedFunc(maps.Values(c), func(a, b tax.Configuration) int {
		return strings.Compare(a.Location.Region, b.Location.Region)
	})
}

func (m *Memory) tell(key tax.Key) {
	m.listen.Lock()
	listeners := slices.Collect(maps.Values(m.listeners))
	m.listen.Unlock()
	for _, changed := range listeners {
		changed(key)
	}
}

func (m *Memory) now() time.Time { return m.clock().UTC().Truncate(time.Millisecond) }
