package store

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// Memory is a [Versioned] store that keeps everything in memory: it ends with the process.
// Reads take no lock. The zero value is an empty store with the default options.
type Memory struct{ Versioned }

// NewMemory returns an empty store in memory. Nil options are the zero [Options]. If they
// cannot be used, every method of the store that can fail returns the error of [New].
func NewMemory(o *Options) *Memory {
	m := &Memory{}
	if o != nil {
		m.options = *o
	}
	if err := m.options.check(); err != nil {
		m.kept = unusable{err}
	}
	return m
}

// NeverWaits reports whether the store has no base that waits: see [tax.Source].
func (m *Memory) NeverWaits() bool {
	base, ok := m.options.Base.(interface{ NeverWaits() bool })
	return m.options.Base == nil || ok && base.NeverWaits()
}

// String returns "store in memory", for people and logs. It does not show the key that
// signs cursors.
func (*Memory) String() string { return "store in memory" }

// memory is a [Backend] in memory.
type memory struct {
	// tenants maps names to tenants. A tenant is never changed in place: every write
	// replaces it, so that readers have a consistent state without a lock.
	tenants sync.Map

	write   sync.Mutex // held while commits are stored
	mu      sync.RWMutex
	history map[tax.Key]*past
}

// tenant holds the countries of one tenant, sorted by code.
type tenant []*country

type country struct {
	code string
	*Country
}

// past is the history of a country.
type past struct {
	versions map[string][]*Version // by region, the oldest first
	removed  time.Time
}

// Load returns the state of a country.
func (m *memory) Load(_ context.Context, key tax.Key) (*Country, error) {
	return m.tenant(key.Tenant).country(key.Country), nil
}

// Save stores commits.
func (m *memory) Save(_ context.Context, commits []*Commit) []error {
	m.write.Lock()
	defer m.write.Unlock()
	errs := make([]error, len(commits))
	for i, c := range commits {
		all := m.tenant(c.Key.Tenant)
		if now := all.country(c.Key.Country); now != nil && now.Revision != c.revision() || now == nil && c.Before != nil {
			errs[i] = ErrMoved
			continue
		}
		// History first: a reader that has seen the new state finds what it replaced.
		m.keep(c)
		m.tenants.Store(c.Key.Tenant, all.with(&country{c.Key.Country, c.After}))
	}
	return errs
}

// keep adds what a commit ended to the history, and removes what is beyond its retention.
func (m *memory) keep(c *Commit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.history == nil {
		m.history = make(map[tax.Key]*past)
	}
	p := m.history[c.Key]
	if p == nil {
		p = &past{versions: make(map[string][]*Version)}
		m.history[c.Key] = p
	}
	for _, v := range c.Ended {
		region := v.Configuration.Location.Region
		list := append(p.versions[region], v)
		first := 0
		for first < len(list) && !c.Retention.Keeps(list[first], len(list)-1-first, c.After.Modified) {
			if until := list[first].Until; until.After(p.removed) {
				p.removed = until
			}
			first++
		}
		if list = slices.Clone(list[first:]); len(list) == 0 {
			delete(p.versions, region)
		} else {
			p.versions[region] = list
		}
	}
}

// Ended returns the history of a country or a location.
func (m *memory) Ended(_ context.Context, key tax.Key, at *tax.Location) ([]*Version, time.Time, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p := m.history[key]
	if p == nil {
		return nil, time.Time{}, nil
	}
	if at != nil {
		return slices.Clone(p.versions[at.Region]), p.removed, nil
	}
	var all []*Version
	for _, list := range p.versions {
		all = append(all, list...)
	}
	return all, p.removed, nil
}

// Documents yields the documents of a tenant after a location, in order.
func (m *memory) Documents(_ context.Context, tenant string, after tax.Location) iter.Seq2[*Version, error] {
	t := m.tenant(tenant)
	return func(yield func(*Version, error) bool) {
		at, _ := t.find(after.Country)
		for _, c := range t[at:] {
			for v := range c.Documents.after(c.code, after) {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

func (m *memory) tenant(name string) tenant {
	t, _ := m.tenants.Load(name)
	all, _ := t.(tenant)
	return all
}

// with returns a copy of the tenant with another state of one country.
func (t tenant) with(c *country) tenant {
	i, found := t.find(c.code)
	rest := i
	if found {
		rest++
	}
	changed := append(make(tenant, 0, len(t)+1), t[:i]...)
	return append(append(changed, c), t[rest:]...)
}

func (t tenant) country(code string) *Country {
	if i, ok := t.find(code); ok {
		return t[i].Country
	}
	return nil
}

func (t tenant) find(code string) (int, bool) {
	return slices.BinarySearchFunc(t, code, func(c *country, code string) int { return strings.Compare(c.code, code) })
}

// unusable is the [Backend] of a store whose options cannot be used.
type unusable struct{ err error }

func (u unusable) Load(context.Context, tax.Key) (*Country, error) { return nil, u.err }

func (u unusable) Save(_ context.Context, commits []*Commit) []error {
	errs := make([]error, len(commits))
	for i := range errs {
		errs[i] = u.err
	}
	return errs
}

func (u unusable) Ended(context.Context, tax.Key, *tax.Location) ([]*Version, time.Time, error) {
	return nil, time.Time{}, u.err
}

func (u unusable) Documents(context.Context, string, tax.Location) iter.Seq2[*Version, error] {
	return func(yield func(*Version, error) bool) { yield(nil, u.err) }
}
