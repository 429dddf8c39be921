package store

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// Versioned is the [tax.Store] of this package and of the packages below it. It keeps its
// documents in a [Backend]: in memory, in files, in a database. Whatever the backend is,
// Versioned
//
//   - validates every write together with the other documents of its country, on top of
//     the base in its [Options] if there is one, and validates it again if another write
//     to the country came in between, in this process or another one;
//   - counts versions: a new document has version 1, or one above all that were deleted
//     in its country, so that no version of a location comes twice unless one is restored;
//   - keeps history within its [Retention], and is a [Historian];
//   - writes many documents at once as a [BulkWriter];
//   - lists as a [tax.Lister];
//   - calls the functions registered with Notify before a write returns, and reports the
//     writes of other processes to those who Watch, if its backend does.
//
// Versioned is safe for concurrent use. Reads never wait for writes. Writes to one country
// wait for each other; those to others do not. The zero value keeps everything in memory
// with the default options.
type Versioned struct {
	options Options
	kept    Backend // nil until the first use of a zero value
	begin   sync.Once

	secret    [32]byte // signs cursors
	writers   turns
	listeners listeners
}

var (
	_ tax.Store    = (*Versioned)(nil)
	_ tax.Lister   = (*Versioned)(nil)
	_ tax.Notifier = (*Versioned)(nil)
	_ tax.Watcher  = (*Versioned)(nil)
	_ Historian    = (*Versioned)(nil)
	_ BulkWriter   = (*Versioned)(nil)
)

// New returns a store that keeps its documents in a backend. Nil options are the zero
// Options. A backend that is nil, and limits or a retention that are negative, are a
// [tax.InputError].
func New(b Backend, o *Options) (*Versioned, error) {
	if b == nil {
		return nil, &tax.InputError{Field: "backend", Value: "nil", Reason: "nil: pass what keeps the documents, or use NewMemory"}
	}
	s := &Versioned{kept: b}
	if o != nil {
		s.options = *o
	}
	return s, s.options.check()
}

// backend returns what keeps the documents.
func (s *Versioned) backend() Backend {
	s.begin.Do(func() {
		rand.Read(s.secret[:]) // never fails: see crypto/rand
		if s.kept == nil {
			s.kept = &memory{}
		}
	})
	return s.kept
}

// Close closes the backend, if it can be closed. The store must not be used afterwards.
func (s *Versioned) Close() error {
	if c, ok := s.backend().(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Configurations returns the configurations of a country: its own first, then those of
// its regions in order. With a base they are those of the base with the tenant's own on
// top. A document that the backend cannot read is invalid: see [tax.Damaged].
func (s *Versioned) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if s.options.Base == nil {
		return s.own(ctx, key)
	}
	return tax.Overlay(s.options.Base, tax.SourceFunc(s.own)).Configurations(ctx, key)
}

// own returns the tenant's own configurations of a country.
func (s *Versioned) own(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	country, err := s.read(ctx, key)
	if err != nil {
		return nil, err
	}
	return country.set(), nil
}

// set returns the documents of a country as they belong to a caller.
func (c *Country) set() []tax.Configuration {
	if c == nil {
		return nil
	}
	set := make([]tax.Configuration, 0, c.Documents.Len()+len(c.Damaged))
	for v := range c.Documents.All() {
		set = append(set, v.Configuration.Clone())
	}
	for _, d := range c.Damaged {
		set = append(set, tax.Damaged(d.Location, errors.New(d.Cause)))
	}
	return set
}

// owns returns what own does, of those countries that can be read. It reads them together.
func (s *Versioned) owns(ctx context.Context, keys []tax.Key) map[tax.Key][]tax.Configuration {
	bulk, ok := s.backend().(BulkBackend)
	if !ok || len(keys) < 2 {
		return nil
	}
	keys = slices.DeleteFunc(keys, func(key tax.Key) bool { return usable(ctx, key.Tenant) != nil })
	all, err := bulk.LoadAll(ctx, keys)
	if err != nil || len(all) != len(keys) {
		return nil // one of them by itself will say why
	}
	sets := make(map[tax.Key][]tax.Configuration, len(keys))
	for i, key := range keys {
		sets[key] = all[i].set()
	}
	return sets
}

// load returns the state of a country; nil if it has none.
func (s *Versioned) load(ctx context.Context, key tax.Key) (*Country, error) {
	return s.loadBy(ctx, key, s.backend().Load)
}

// read returns a state of a country that is good enough for readers.
func (s *Versioned) read(ctx context.Context, key tax.Key) (*Country, error) {
	b := s.backend()
	if r, ok := b.(ReplicaBackend); ok {
		return s.loadBy(ctx, key, r.Read)
	}
	return s.loadBy(ctx, key, b.Load)
}

func (s *Versioned) loadBy(ctx context.Context, key tax.Key, load func(context.Context, tax.Key) (*Country, error)) (*Country, error) {
	if err := usable(ctx, key.Tenant); err != nil {
		return nil, err
	}
	country, err := load(ctx, key)
	if err != nil {
		return nil, failed(ctx, key.Tenant, tax.Location{Country: key.Country}, err)
	}
	return country, nil
}

// Create writes a new configuration: see [tax.Store].
func (s *Versioned) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return s.one(ctx, tenant, Change{Create, c})
}

// Update replaces a configuration: see [tax.Store].
func (s *Versioned) Update(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return s.one(ctx, tenant, Change{Update, c})
}

// Delete removes a configuration: see [tax.Store].
func (s *Versioned) Delete(ctx context.Context, tenant string, l tax.Location) error {
	_, err := s.one(ctx, tenant, Change{Delete, tax.Configuration{Location: l}})
	return err
}

// one carries out one change.
func (s *Versioned) one(ctx context.Context, tenant string, c Change) (tax.Configuration, error) {
	key := tax.Key{Tenant: tenant, Country: c.Configuration.Location.Country}
	out := s.Write(ctx, []Batch{{key, []Change{c}}})[0]
	if out.Err != nil {
		return tax.Configuration{}, out.Err
	}
	return out.Configurations[0], nil
}

// Get returns the configuration of a location: see [tax.Store]. The error of one that the
// backend cannot read unwraps to [tax.ErrInvalid].
func (s *Versioned) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	country, err := s.read(ctx, tax.Key{Tenant: tenant, Country: l.Country})
	if err != nil {
		return tax.Configuration{}, err
	}
	if v := country.at(l); v != nil {
		return v.Configuration.Clone(), nil
	}
	if d := country.damage(l); d != nil {
		return tax.Configuration{}, damaged(*d)
	}
	return tax.Configuration{}, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: l}
}

// List returns a page of the tenant's own configurations as [tax.Select] does, from one
// state of the store. Documents that the backend cannot read are not among them. A query
// without Now uses the clock of the store. A query without CursorKey uses a key of the
// store, so that its cursors are valid for one tenant and for the lifetime of the store.
func (s *Versioned) List(ctx context.Context, tenant string, q tax.Query) (tax.Page, error) {
	if err := usable(ctx, tenant); err != nil {
		return tax.Page{}, err
	}
	b := s.backend()
	if q.Now.IsZero() {
		q.Now = s.now()
	}
	if len(q.CursorKey) == 0 {
		q.CursorKey = append(s.secret[:len(s.secret):len(s.secret)], tenant...)
	}
	if p, ok := b.(PageBackend); ok {
		page, ok, err := p.Page(ctx, tenant, q)
		if refusal := (*tax.InputError)(nil); err != nil && !errors.As(err, &refusal) {
			err = failed(ctx, tenant, tax.Location{}, err)
		}
		if ok || err != nil {
			return page, err
		}
	}
	var broken error
	page, err := tax.SelectFrom(func(after tax.Location) iter.Seq[*tax.Configuration] {
		return func(yield func(*tax.Configuration) bool) {
			for v, err := range b.Documents(ctx, tenant, after) {
				if err != nil {
					broken = failed(ctx, tenant, after, err)
					return
				}
				if !yield(&v.Configuration) {
					return
				}
			}
		}
	}, q)
	if broken != nil {
		return tax.Page{}, broken
	}
	return page, err
}

// String returns "versioned store", for people and logs. It does not show the key that
// signs cursors.
func (*Versioned) String() string { return "versioned store" }

// LogValue returns the text of String for log/slog.
func (s *Versioned) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON always returns a [tax.InputError]: write the configurations themselves,
// which Configurations and List return.
func (*Versioned) MarshalJSON() ([]byte, error) {
	return nil, &tax.InputError{Field: "store", Reason: "not data that JSON can hold: write the configurations that List returns"}
}

func (s *Versioned) now() time.Time {
	if s.options.Clock == nil {
		return time.Now()
	}
	return s.options.Clock()
}

// instant returns the time of a write: now, but never before an earlier write.
func instant(now, earliest time.Time) time.Time {
	if now = kept(now); now.Before(earliest) {
		return earliest
	}
	return now
}

// kept returns an instant as stores keep it.
func kept(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// maxTenant is the number of bytes that the name of a tenant can have, so that it fits
// into the keys of every backend.
const maxTenant = 1024

// usable returns an error if a method cannot work with the context or the tenant.
func usable(ctx context.Context, tenant string) error {
	if ctx == nil {
		return &tax.InputError{Field: "context", Value: "nil", Reason: "pass context.Background() if there is no other"}
	}
	if len(tenant) > maxTenant {
		return &tax.InputError{Field: "tenant", Value: clip(tenant), Reason: "too long: a tenant has at most 1,024 bytes"}
	}
	return ctx.Err()
}

// failed returns the error of a backend as the contract of [tax.Store] has it: that of the
// context if it is done, else one that unwraps to [tax.ErrUnavailable]. One that says that
// a write may have taken effect is never hidden behind that of the context.
func failed(ctx context.Context, tenant string, l tax.Location, err error) error {
	if done := ctx.Err(); done != nil && !errors.Is(err, ErrUnknownOutcome) {
		return done
	}
	if errors.Is(err, tax.ErrUnavailable) || errors.Is(err, tax.ErrInvalid) {
		return err
	}
	return &tax.StoreError{Kind: tax.ErrUnavailable, Tenant: tenant, Location: l, Cause: err}
}

// damaged is the error for a document that the backend cannot read.
func damaged(d Damage) error {
	return tax.Damaged(d.Location, errors.New(d.Cause)).Validate().Err()
}
