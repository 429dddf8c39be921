package storetest

import (
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Faulty is a [store.Backend] that fails as it is told, and otherwise does what another
// one does. Its zero value always fails. It is safe for concurrent use.
type Faulty struct {
	inner store.Backend

	mu      sync.Mutex
	fault   Fault
	damaged map[tax.Key][]tax.Location
	mended  chan struct{} // closed by Mend
}

// Fault is a way in which a backend fails.
type Fault uint8

const (
	// Sound is no fault.
	Sound Fault = iota
	// Slow answers after 5 milliseconds.
	Slow
	// Hung does not answer until the context is done or the backend is mended.
	Hung
	// Failing answers every call with an error.
	Failing
	// ReadOnly answers reads, and every Save with an error, as when a disk is full.
	ReadOnly
	// Lost stores commits, but answers with [store.ErrUnknownOutcome], as when a connection
	// ends while it commits.
	Lost
	// HungAfter stores commits, but does not answer until the context is done or the
	// backend is mended.
	HungAfter
	// Moving answers every Save with [store.ErrMoved].
	Moving
	// Panicking panics in every call.
	Panicking
	// Ending ends the goroutine of every call.
	Ending
)

var faultNames = [...]string{"sound", "slow", "hung", "failing", "read-only", "lost", "hung after", "moving", "panicking", "ending"}

// String returns the name of the fault in lower case.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return "Fault(" + strconv.Itoa(int(f)) + ")"
}

// ErrFaulty is the error of a backend that fails because it was told to.
var ErrFaulty = errors.New("storetest: the backend fails because it was told to")

// NewFaulty returns a backend that does what b does until it is told otherwise.
func NewFaulty(b store.Backend) *Faulty {
	return &Faulty{inner: b, mended: make(chan struct{})}
}

// Break makes the backend fail from now on.
func (f *Faulty) Break(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// Mend ends the fault. Calls that hang go on.
func (f *Faulty) Mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = Sound
	if f.mended != nil {
		close(f.mended)
	}
	f.mended = make(chan struct{})
}

// Damage makes a document unreadable, until it is written again. It stays so when the
// backend is mended.
func (f *Faulty) Damage(tenant string, l tax.Location) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.damaged == nil {
		f.damaged = make(map[tax.Key][]tax.Location)
	}
	key := tax.Key{Tenant: tenant, Country: l.Country}
	f.damaged[key] = append(f.damaged[key], l)
}

// state returns the fault, and what is closed when it ends.
func (f *Faulty) state() (Fault, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inner == nil {
		return Failing, f.mended
	}
	return f.fault, f.mended
}

// before fails as a call fails before the backend did anything. write says whether it is
// a Save.
func (f *Faulty) before(ctx context.Context, write bool) error {
	fault, mended := f.state()
	switch fault {
	case Slow:
		wait := time.NewTimer(5 * time.Millisecond)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	case Hung:
		return hang(ctx, mended)
	case Failing:
		return ErrFaulty
	case ReadOnly:
		if write {
			return ErrFaulty
		}
	case Moving:
		if write {
			return store.ErrMoved
		}
	case Panicking:
		panic("storetest: the backend panics because it was told to") // as a user's backend may
	case Ending:
		runtime.Goexit()
	}
	return nil
}

func hang(ctx context.Context, mended <-chan struct{}) error {
	select {
	case <-mended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Load returns the state of a country.
func (f *Faulty) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	if err := f.before(ctx, false); err != nil {
		return nil, err
	}
	c, err := f.inner.Load(ctx, key)
	return f.without(key, c), err
}

// Read returns a state of a country, from a copy of the data if the other backend has one.
func (f *Faulty) Read(ctx context.Context, key tax.Key) (*store.Country, error) {
	r, ok := f.inner.(store.ReplicaBackend)
	if !ok {
		return f.Load(ctx, key)
	}
	if err := f.before(ctx, false); err != nil {
		return nil, err
	}
	c, err := r.Read(ctx, key)
	return f.without(key, c), err
}

// LoadAll returns the states of countries, together if the other backend can.
func (f *Faulty) LoadAll(ctx context.Context, keys []tax.Key) (all []*store.Country, err error) {
	if b, ok := f.inner.(store.BulkBackend); ok {
		if err := f.before(ctx, false); err != nil {
			return nil, err
		}
		all, err = b.LoadAll(ctx, keys)
		for i := range all {
			all[i] = f.without(keys[i], all[i])
		}
		return all, err
	}
	for _, key := range keys {
		c, err := f.Load(ctx, key)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// without returns a country in which the damaged documents cannot be read.
func (f *Faulty) without(key tax.Key, c *store.Country) *store.Country {
	f.mu.Lock()
	damaged := f.damaged[key]
	f.mu.Unlock()
	if c == nil || len(damaged) == 0 {
		return c
	}
	left := *c
	var documents []*store.Version
	for v := range c.Documents.All() {
		if l := v.Configuration.Location; contains(damaged, l) {
			left.Damaged = append(left.Damaged[:len(left.Damaged):len(left.Damaged)], store.Damage{Location: l, Cause: ErrFaulty.Error()})
		} else {
			documents = append(documents, v)
		}
	}
	left.Documents = store.NewDocuments(documents)
	return &left
}

func contains(list []tax.Location, l tax.Location) bool {
	for _, one := range list {
		if one == l {
			return true
		}
	}
	return false
}

// Save stores commits, or fails before or after it did.
func (f *Faulty) Save(ctx context.Context, commits []*store.Commit) []error {
	if err := f.before(ctx, true); err != nil {
		return all(commits, err)
	}
	errs := f.inner.Save(ctx, commits)
	for i, err := range errs {
		if err == nil {
			f.repaired(commits[i])
		}
	}
	switch fault, mended := f.state(); fault {
	case Lost:
		return all(commits, errors.Join(ErrFaulty, store.ErrUnknownOutcome))
	case HungAfter:
		if err := hang(ctx, mended); err != nil {
			return all(commits, errors.Join(err, store.ErrUnknownOutcome))
		}
	}
	return errs
}

// repaired forgets the damage of documents that were replaced or deleted.
func (f *Faulty) repaired(c *store.Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []tax.Location
	for _, l := range f.damaged[c.Key] {
		if !contains(c.Repaired, l) {
			left = append(left, l)
		}
	}
	if f.damaged != nil {
		f.damaged[c.Key] = left
	}
}

func all(commits []*store.Commit, err error) []error {
	errs := make([]error, len(commits))
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// Ended returns the history of a country or a location.
func (f *Faulty) Ended(ctx context.Context, key tax.Key, at *tax.Location) ([]*store.Version, time.Time, error) {
	if err := f.before(ctx, false); err != nil {
		return nil, time.Time{}, err
	}
	return f.inner.Ended(ctx, key, at)
}

// Documents yields the documents of a tenant. Those that are damaged are left out.
func (f *Faulty) Documents(ctx context.Context, tenant string, after tax.Location) iter.Seq2[*store.Version, error] {
	return func(yield func(*store.Version, error) bool) {
		if err := f.before(ctx, false); err != nil {
			yield(nil, err)
			return
		}
		for v, err := range f.inner.Documents(ctx, tenant, after) {
			if err == nil {
				l := v.Configuration.Location
				f.mu.Lock()
				damaged := contains(f.damaged[tax.Key{Tenant: tenant, Country: l.Country}], l)
				f.mu.Unlock()
				if damaged {
					continue
				}
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// Page returns a page if the other backend can. While a document is damaged it cannot.
func (f *Faulty) Page(ctx context.Context, tenant string, q tax.Query) (tax.Page, bool, error) {
	f.mu.Lock()
	whole := len(f.damaged) == 0
	f.mu.Unlock()
	p, ok := f.inner.(store.PageBackend)
	if !ok || !whole {
		return tax.Page{}, false, nil
	}
	if err := f.before(ctx, false); err != nil {
		return tax.Page{}, false, err
	}
	return p.Page(ctx, tenant, q)
}

// Watch reports what the other backend reports. If that cannot, it reports nothing.
func (f *Faulty) Watch(ctx context.Context, changed func(tax.Key)) error {
	if f.inner == nil {
		return ErrFaulty
	}
	if w, ok := f.inner.(tax.Watcher); ok {
		return w.Watch(ctx, changed)
	}
	changed(tax.Key{})
	<-ctx.Done()
	return ctx.Err()
}

// Close closes the other backend, if it can be closed.
func (f *Faulty) Close() error {
	if c, ok := f.inner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
