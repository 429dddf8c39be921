package store

import (
	"context"
	"crypto/rand"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// Memory is a [tax.Store] in memory. It is also a [tax.Lister], and a
// [tax.Notifier]: resolvers that read from it see a write as soon as it has
// returned. The zero value is an empty store that uses [time.Now]; [NewMemory] sets
// another clock. Memory is safe for concurrent use. Reads take no lock. A write copies and
// validates the configurations of its country, without holding up the writes of others; if
// another write to that country is faster, it does so again.
type Memory struct {
	// Limits bound each configuration as it is stored. The zero value stands for the
	// defaults. Set them before the first use.
	Limits tax.Limits

	clock func() time.Time // nil for time.Now

	once   sync.Once
	secret [32]byte // signs cursors; set by sign

	// checker returns what checks a write to a country. It is called without the lock;
	// nil for alone.
	checker func(context.Context, tax.Key) (check, error)

	// tenants maps names to tenants. A tenant is never changed in place: every
	// write replaces it, so that readers have a consistent state without a lock.
	tenants sync.Map

	write     sync.Mutex // held by a writer while it stores what it has validated
	listen    sync.Mutex // guards the fields below
	listeners map[int]func(tax.Key)
	next      int
}

// tenant holds the countries of one tenant, sorted by code.
type tenant []country

// country holds the configurations of one country, sorted by region. The
// country's own comes first.
type country struct {
	code string
	set  []tax.Configuration
}

var (
	_ tax.Store    = (*Memory)(nil)
	_ tax.Lister   = (*Memory)(nil)
	_ tax.Notifier = (*Memory)(nil)
)

// NewMemory returns an empty store. clock returns the current time; nil means
// [time.Now].
func NewMemory(clock func() time.Time) *Memory {
	return &Memory{clock: clock}
}

// usable returns an error if a method cannot work with the context.
func usable(ctx context.Context) error {
	if ctx == nil {
		return &tax.InputError{Field: "context", Value: "nil", Reason: "pass context.Background() if there is no other"}
	}
	return ctx.Err()
}

// sign returns the key for the cursors of a tenant.
func (m *Memory) sign(tenant string) []byte {
	m.once.Do(func() { rand.Read(m.secret[:]) }) // never fails: see crypto/rand
	return append(m.secret[:len(m.secret):len(m.secret)], tenant...)
}

func (m *Memory) now() time.Time {
	if m.clock == nil {
		return time.Now()
	}
	return m.clock()
}

// Configurations returns copies of the configurations of a country: its own
// first, then those of its regions in order.
func (m *Memory) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if err := usable(ctx); err != nil {
		return nil, err
	}
	set := slices.Clone(m.tenant(key.Tenant).country(key.Country))
	for i := range set {
		set[i] = set[i].Clone()
	}
	return set, nil
}

// List returns a page of configurations as [tax.Select] does. Without Sort and
// Total, a page after a cursor takes the same time wherever it is in the list.
// A query without Now uses the clock of the store. A query without CursorKey
// uses a key of the store, so that its cursors are valid for one tenant and for
// the lifetime of the store.
func (m *Memory) List(ctx context.Context, tenant string, q tax.Query) (tax.Page, error) {
	if err := usable(ctx); err != nil {
		return tax.Page{}, err
	}
	if q.Now.IsZero() {
		q.Now = m.now()
	}
	if len(q.CursorKey) == 0 {
		q.CursorKey = m.sign(tenant)
	}
	return tax.SelectFrom(m.tenant(tenant).after, q)
}

// String returns "store in memory", for people and logs. It does not show the key that
// signs cursors.
func (*Memory) String() string { return "store in memory" }

// LogValue returns the text of String for log/slog.
func (m *Memory) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON always returns a [tax.InputError]: write the configurations themselves,
// which Configurations and List return.
func (*Memory) MarshalJSON() ([]byte, error) {
	return nil, &tax.InputError{Field: "memory", Reason: "not data that JSON can hold: write the configurations that List returns"}
}

// Create writes a new configuration: see [tax.Store].
func (m *Memory) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return m.change(ctx, tenant, c.Location, func(stored tax.Configuration, exists bool) (*tax.Configuration, error) {
		if exists {
			return nil, &tax.StoreError{Kind: tax.ErrExists, Tenant: tenant, Location: c.Location}
		}
		c := c.Clone()
		now := m.stamp()
		c.Metadata.Version, c.Metadata.Created, c.Metadata.Modified = 1, now, now
		return &c, nil
	})
}

// Get returns the configuration of a location: see [tax.Store].
func (m *Memory) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	if err := usable(ctx); err != nil {
		return tax.Configuration{}, err
	}
	set := m.tenant(tenant).country(l.Country)
	i, ok := find(set, l)
	if !ok {
		return tax.Configuration{}, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: l}
	}
	return set[i].Clone(), nil
}

// Update replaces a configuration: see [tax.Store].
func (m *Memory) Update(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return m.change(ctx, tenant, c.Location, func(stored tax.Configuration, exists bool) (*tax.Configuration, error) {
		switch {
		case !exists:
			return nil, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: c.Location}
		case c.Metadata.Version != stored.Metadata.Version:
			return nil, &tax.StoreError{Kind: tax.ErrConflict, Tenant: tenant, Location: c.Location, Given: c.Metadata.Version, Current: stored.Metadata.Version}
		}
		c := c.Clone()
		c.Metadata.Version++
		c.Metadata.Created, c.Metadata.Modified = stored.Metadata.Created, m.stamp()
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

// Notify registers a function that every write calls before it returns. Writes
// under way at once call it at once, so it must be safe for concurrent use. If it
// panics, so does the write, after it took effect and all other functions were
// called. A nil function is not registered.
func (m *Memory) Notify(changed func(tax.Key)) (stop func()) {
	if changed == nil {
		return func() {}
	}
	m.listen.Lock()
	defer m.listen.Unlock()
	if m.listeners == nil {
		m.listeners = make(map[int]func(tax.Key))
	}
	n := m.next
	m.next++
	m.listeners[n] = changed
	return func() {
		m.listen.Lock()
		defer m.listen.Unlock()
		delete(m.listeners, n)
	}
}

// change runs one write, and then tells the listeners. They are told without the
// lock, so that a slow one holds up its own write alone.
func (m *Memory) change(
	ctx context.Context, tenant string, l tax.Location,
	edit func(stored tax.Configuration, exists bool) (*tax.Configuration, error),
) (tax.Configuration, error) {
	c, err := m.stored(ctx, tenant, l, edit)
	if err != nil {
		return tax.Configuration{}, err
	}
	m.notify(tax.Key{Tenant: tenant, Country: l.Country})
	if c == nil {
		return tax.Configuration{}, nil
	}
	return c.Clone(), nil
}

// stored returns what a write has stored. edit gets the stored configuration and returns the new
// one, or nil to delete it. The whole country is validated with the change
// before anything is stored, and edited again if it has changed in the meantime.
func (m *Memory) stored(
	ctx context.Context, tenant string, l tax.Location,
	edit func(stored tax.Configuration, exists bool) (*tax.Configuration, error),
) (*tax.Configuration, error) {
	for {
		if err := usable(ctx); err != nil {
			return nil, err
		}
		before := m.tenant(tenant).country(l.Country)
		c, after, err := edited(before, l, edit)
		if err != nil {
			return nil, err
		}
		check, err := m.checked(ctx, tax.Key{Tenant: tenant, Country: l.Country})
		if err != nil {
			return nil, err
		}
		if err := m.check(check, before, after, c); err != nil {
			return nil, err
		}
		if m.replace(tenant, l.Country, before, after) {
			return c, nil
		}
	}
}

// edited returns what edit makes of the configuration of a location, nil if it deletes it,
// and a copy of the set of its country with that.
func edited(
	before []tax.Configuration, l tax.Location, edit func(stored tax.Configuration, exists bool) (*tax.Configuration, error),
) (c *tax.Configuration, after []tax.Configuration, err error) {
	at, exists := find(before, l)
	var stored tax.Configuration
	if exists {
		stored = before[at]
	}
	if c, err = edit(stored, exists); err != nil {
		return nil, nil, err
	}
	after = make([]tax.Configuration, 0, len(before)+1)
	after = append(after, before[:at]...)
	if c != nil {
		after = append(after, *c)
	}
	if exists {
		at++
	}
	return c, append(after, before[at:]...), nil
}

// check returns an error if a country cannot be as a write makes it. written is what it
// stores; nil if it deletes.
func (m *Memory) check(check check, before, after []tax.Configuration, written *tax.Configuration) error {
	if err := check(before, after, written); err != nil || written == nil {
		return err
	}
	return m.Limits.Check(*written)
}

// replace stores the set of a country, unless it is another one than before by now. Sets
// are never changed in place, so a set that begins at the same place is the same.
func (m *Memory) replace(tenant, code string, before, after []tax.Configuration) bool {
	m.write.Lock()
	defer m.write.Unlock()
	all := m.tenant(tenant)
	if now := all.country(code); len(now) != len(before) || len(now) > 0 && &now[0] != &before[0] {
		return false
	}
	if all = all.with(country{code, after}); len(all) == 0 {
		m.tenants.Delete(tenant)
	} else {
		m.tenants.Store(tenant, all)
	}
	return true
}

// check checks a write. before and after are the configurations of its country; written is
// the one that it stores, nil if it deletes one.
type check func(before, after []tax.Configuration, written *tax.Configuration) error

// checked returns what checks a write to a country.
func (m *Memory) checked(ctx context.Context, key tax.Key) (check, error) {
	if m.checker == nil {
		return alone(ctx, key)
	}
	return m.checker(ctx, key)
}

// alone checks the configurations of a country by themselves.
func alone(context.Context, tax.Key) (check, error) {
	return func(_, after []tax.Configuration, _ *tax.Configuration) error {
		return tax.ValidateCountry(after).Err()
	}, nil
}

func (m *Memory) tenant(name string) tenant {
	t, _ := m.tenants.Load(name)
	all, _ := t.(tenant)
	return all
}

// with returns a copy of the tenant with another state of one country.
func (t tenant) with(c country) tenant {
	i, found := t.find(c.code)
	rest := i
	if found {
		rest++
	}
	changed := append(make(tenant, 0, len(t)+1), t[:i]...)
	if len(c.set) > 0 {
		changed = append(changed, c)
	}
	return append(changed, t[rest:]...)
}

func (t tenant) country(code string) []tax.Configuration {
	if i, ok := t.find(code); ok {
		return t[i].set
	}
	return nil
}

func (t tenant) find(code string) (int, bool) {
	return slices.BinarySearchFunc(t, code, func(c country, code string) int { return strings.Compare(c.code, code) })
}

// find returns the index of a location in the set of its country.
func find(set []tax.Configuration, l tax.Location) (int, bool) {
	return slices.BinarySearchFunc(set, l.Region, func(c tax.Configuration, region string) int {
		return strings.Compare(c.Location.Region, region)
	})
}

// after returns an iterator over the configurations after a location, in order.
func (t tenant) after(l tax.Location) iter.Seq[*tax.Configuration] {
	return func(yield func(*tax.Configuration) bool) {
		i, found := t.find(l.Country)
		skip := 0
		if found {
			at, there := find(t[i].set, l)
			if skip = at; there {
				skip++
			}
		}
		for _, c := range t[i:] {
			for n := skip; n < len(c.set); n++ {
				if !yield(&c.set[n]) {
					return
				}
			}
			skip = 0
		}
	}
}

func (m *Memory) notify(key tax.Key) {
	m.listen.Lock()
	listeners := slices.Collect(maps.Values(m.listeners))
	m.listen.Unlock()
	for _, changed := range listeners {
		// Deferred, because one that panics must not leave the others untold.
		defer changed(key)
	}
}

// stamp returns the time for the metadata of what is written now.
func (m *Memory) stamp() time.Time { return m.now().UTC().Truncate(time.Millisecond) }
