package ampeco

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
)

// Memory is a [Store] in memory. The zero value is an empty store that uses [time.Now];
// [NewMemory] sets another clock. It is safe for concurrent use. Listing a late page takes no
// longer than listing the first.
type Memory struct {
	clock func() time.Time // nil for time.Now

	write sync.Mutex // held by writers while they read, change and write
	last  int64      // the last id; guarded by write

	// read guards list and byID. A writer locks it only to store what it has
	// prepared.
	read sync.RWMutex
	list []*stored // in order of ids
	byID map[int64]*stored
}

// stored is a tax, which never changes, with the resolution for the last
// requested day.
type stored struct {
	tax        Tax
	resolution atomic.Pointer[tax.Resolution]
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store. clock returns the current time; nil means
// [time.Now].
func NewMemory(clock func() time.Time) *Memory {
	return &Memory{clock: clock}
}

// String returns "ampeco taxes in memory", for people and logs.
func (*Memory) String() string { return "ampeco taxes in memory" }

// LogValue returns the text of String for log/slog.
func (m *Memory) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON always returns a [tax.InputError]: write the taxes that List returns.
func (*Memory) MarshalJSON() ([]byte, error) { return nil, noJSON("memory") }

// Create writes a new tax: see [Store]. The ids are 1, 2, 3 and so on.
func (m *Memory) Create(ctx context.Context, d Draft) (Tax, error) {
	t, err := d.Tax()
	if err != nil {
		return Tax{}, err
	}
	m.write.Lock()
	defer m.write.Unlock()
	t.ID = m.last + 1
	s, err := m.stamped(ctx, t)
	if err != nil {
		return Tax{}, err
	}
	m.last = t.ID
	m.read.Lock()
	defer m.read.Unlock()
	if m.byID == nil {
		m.byID = make(map[int64]*stored)
	}
	m.byID[t.ID] = s
	m.list = append(m.list, s)
	return s.tax.clone(), nil
}

// Get returns a tax: see [Store].
func (m *Memory) Get(ctx context.Context, id int64) (Tax, error) {
	s, err := m.find(ctx, id)
	if err != nil {
		return Tax{}, err
	}
	return s.tax.clone(), nil
}

// Update changes a tax: see [Store].
func (m *Memory) Update(ctx context.Context, id int64, p Patch) (Tax, error) {
	m.write.Lock()
	defer m.write.Unlock()
	before, err := m.find(ctx, id)
	if err != nil {
		return Tax{}, err
	}
	t, err := p.Apply(before.tax)
	if err != nil || sameContent(t, before.tax) {
		return t, err
	}
	s, err := m.stamped(ctx, t)
	if err != nil {
		return Tax{}, err
	}
	m.read.Lock()
	defer m.read.Unlock()
	m.byID[id] = s
	m.list[m.after(id-1)] = s
	return s.tax.clone(), nil
}

// Delete removes a tax: see [Store].
func (m *Memory) Delete(ctx context.Context, id int64) error {
	m.write.Lock()
	defer m.write.Unlock()
	if _, err := m.find(ctx, id); err != nil {
		return err
	}
	m.read.Lock()
	defer m.read.Unlock()
	delete(m.byID, id)
	at := m.after(id - 1)
	m.list = slices.Delete(m.list, at, at+1)
	return nil
}

// List returns a part of the taxes: see [Store].
func (m *Memory) List(ctx context.Context, r Range) (Page, error) {
	if err := usable(ctx); err != nil {
		return Page{}, err
	}
	if err := r.fault(); err != nil {
		return Page{}, err
	}
	m.read.RLock()
	defer m.read.RUnlock()
	size := len(m.list)
	var from, to int
	if r.Before > 0 {
		to = m.after(r.Before - 1)
		from = max(to-r.Limit, 0)
	} else {
		from = min(r.Offset, size)
		if r.After > 0 {
			from = m.after(r.After)
		}
		to = from + min(r.Limit, size-from)
	}
	p := Page{Earlier: from > 0, Later: to < size}
	for _, s := range m.list[from:to] {
		p.Taxes = append(p.Taxes, s.tax.clone())
	}
	if r.Total {
		p.Total = size
	}
	return p, nil
}

// Resolve returns a tax as the answer to a lookup: see [Tax.Resolution]. The
// zero Date is today in UTC. The resolution for the last requested day is kept,
// initially the one for the day of the write, so that resolving again for the
// same day allocates nothing.
func (m *Memory) Resolve(ctx context.Context, id int64, on tax.Date) (tax.Resolution, error) {
	s, err := m.find(ctx, id)
	if err != nil {
		return tax.Resolution{}, err
	}
	if on.IsZero() {
		if on, err = tax.DateIn(m.now(), time.UTC); err != nil {
			return tax.Resolution{}, err
		}
	}
	return s.on(on)
}

func (s *stored) on(day tax.Date) (tax.Resolution, error) {
	if last := s.resolution.Load(); last != nil && last.Date() == day {
		return *last, nil
	}
	r, err := s.tax.Resolution(day)
	if err != nil {
		return tax.Resolution{}, err
	}
	s.resolution.Store(&r)
	return r, nil
}

// stamped prepares a tax for storing, updated now.
func (m *Memory) stamped(ctx context.Context, t Tax) (*stored, error) {
	if err := usable(ctx); err != nil {
		return nil, err
	}
	t.LastUpdatedAt = m.now().UTC().Truncate(time.Second)
	today, err := tax.DateIn(t.LastUpdatedAt, time.UTC)
	if err != nil {
		return nil, err
	}
	s := &stored{tax: t}
	_, err = s.on(today)
	return s, err
}

func (m *Memory) now() time.Time {
	if m.clock == nil {
		return time.Now()
	}
	return m.clock()
}

// usable returns an error if a method cannot work with the context.
func usable(ctx context.Context) error {
	if ctx == nil {
		return inputError("context", "nil", "pass context.Background() if there is no other")
	}
	return ctx.Err()
}

func (m *Memory) find(ctx context.Context, id int64) (*stored, error) {
	if err := usable(ctx); err != nil {
		return nil, err
	}
	m.read.RLock()
	s := m.byID[id]
	m.read.RUnlock()
	if s == nil {
		return nil, notFound(strconv.FormatInt(id, 10))
	}
	return s, nil
}

// after returns the index of the first tax with a greater id.
func (m *Memory) after(id int64) int {
	at, _ := slices.BinarySearchFunc(m.list, id, func(s *stored, id int64) int {
		if s.tax.ID <= id {
			return -1
		}
		return 1
	})
	return at
}
