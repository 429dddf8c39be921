package nats

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/store"
)

// Taxes are the flat taxes of a tenant, an [ampeco.Store] in a bucket that may have
// configurations as well. It is safe for concurrent use, by several processes too. All taxes of
// the tenant are in one message; those that do not fit are refused with [ErrTooLarge]. A write
// whose outcome the store cannot find out has an error that unwraps to
// [store.ErrUnknownOutcome].
type Taxes struct {
	ampeco.Store
	backend *backend
}

// Close ends the use of the bucket; the connection stays open. It may be called twice.
func (t *Taxes) Close() error { return t.backend.Close() }

// OpenTaxes opens a bucket, as [Open] does, for the flat taxes of a tenant. Of Options.Store,
// only the clock counts, and of the options AnyServer does not: every read shows every write
// that had returned. An empty tenant, and one of more than 1,024 bytes, is a [tax.InputError];
// its other errors are those of Open.
func OpenTaxes(ctx context.Context, conn *nats.Conn, tenant string, o *Options) (*Taxes, error) {
	if tenant == "" || len(tenant) > longestTenant {
		return nil, &tax.InputError{Field: "tenant", Reason: "missing, or of more than 1,024 bytes: pass the tenant whose taxes these are"}
	}
	b, err := open(ctx, conn, o)
	if err != nil {
		return nil, err
	}
	s, err := ampeco.NewStore(&shelf{backend: b, tenant: tenant, turn: make(chan struct{}, 1)}, b.options.Store.Clock)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return &Taxes{s, b}, nil
}

// longestTenant is the number of bytes that the name of a tenant can have.
const longestTenant = 1024

// shelf is an [ampeco.Backend]: all taxes of a tenant in one message.
type shelf struct {
	*backend
	tenant string
	turn   chan struct{} // holds a value while something is written, so that few attempts are in vain
}

var _ ampeco.Backend = (*shelf)(nil)

// shelved is what the message has, as compressed JSON.
type shelved struct {
	Revision int64 `json:"revision"`
	Last     int64 `json:"last"` // the highest ID that there ever was
	Taxes    []row `json:"taxes,omitempty"`
}

// row is an [ampeco.Row]. They are in order of IDs.
type row struct {
	ID       int64           `json:"id"`
	Revision int64           `json:"revision"`
	Updated  int64           `json:"updated"` // in seconds
	Document json.RawMessage `json:"document"`
}

func (r *row) row() ampeco.Row {
	return ampeco.Row{ID: r.ID, Revision: r.Revision, UpdatedAt: time.Unix(r.Updated, 0).UTC(), Document: r.Document}
}

// at returns the number of the first row whose ID is at least that.
func (s *shelved) at(id int64) (n int, found bool) {
	return slices.BinarySearchFunc(s.Taxes, id, func(r row, id int64) int { return cmp.Compare(r.ID, id) })
}

// size returns the number of bytes that the documents have.
func (s *shelved) size() (bytes int) {
	for i := range s.Taxes {
		bytes += len(s.Taxes[i].Document)
	}
	return bytes
}

// read returns what the shelf has, and the sequence of its message.
func (f *shelf) read(ctx context.Context) (*shelved, uint64, error) {
	select {
	case <-f.closed:
		return nil, 0, errClosed
	default:
	}
	m, err := f.leading(ctx, tax.Key{Tenant: f.tenant}, f.taxesSubject(f.tenant))
	if err != nil || m == nil {
		return &shelved{}, 0, err
	}
	text, err := decompressed(m.data)
	s := &shelved{}
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the message of the taxes cannot be read: %w", err)
	}
	return s, m.sequence, nil
}

// change stores what a function makes of the shelf, and calls it once more for the state that
// another one has stored in the meantime. Nothing is stored if it returns false.
func (f *shelf) change(ctx context.Context, change func(*shelved) bool) (changed bool, err error) {
	limited, cancel := f.limited(ctx)
	defer cancel()
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-limited.Done():
		return false, limited.Err()
	}
	for attempt := 0; ; attempt++ {
		s, sequence, err := f.read(limited)
		if err != nil {
			return false, err
		}
		before, size := len(s.Taxes), s.size()
		if !change(s) {
			return false, nil
		}
		s.Revision++
		if err = f.store(ctx, limited, s, sequence, f.room(len(s.Taxes) < before, s.size() < size)); !errors.Is(err, store.ErrMoved) {
			return err == nil, err
		}
		if !pause(limited, attempt) {
			return false, errors.Join(err, ctx.Err())
		}
	}
}

// store stores the shelf if its message still has a sequence, and if it is within a limit.
func (f *shelf) store(ctx, limited context.Context, s *shelved, sequence uint64, limit int) error {
	data, err := compressed(limit, func(to []byte) ([]byte, error) {
		text, err := json.Marshal(s)
		return append(to, text...), err
	})
	if err != nil {
		return err
	}
	if len(data) > limit {
		return &TooLargeError{Key: tax.Key{Tenant: f.tenant}, Bytes: len(data), Limit: limit}
	}
	m := &nats.Msg{Subject: f.taxesSubject(f.tenant), Data: data, Header: nats.Header{
		revisionHeader: {strconv.FormatInt(s.Revision, 10)}, writerHeader: {f.id}, tokenHeader: {nuid.Next()},
	}}
	at, err := f.publish(ctx, limited, &sending{Msg: m, sequence: sequence})
	if err == nil {
		f.floors.raise(tax.Key{Tenant: f.tenant}, floor{at, s.Revision})
	}
	return err
}

// Insert implements [ampeco.Backend].
func (f *shelf) Insert(ctx context.Context, r ampeco.Row) (id int64, err error) {
	_, err = f.change(ctx, func(s *shelved) bool {
		s.Last++
		id = s.Last
		s.Taxes = append(s.Taxes, row{id, 1, r.UpdatedAt.Unix(), r.Document})
		return true
	})
	return id, err
}

// Load implements [ampeco.Backend].
func (f *shelf) Load(ctx context.Context, id int64) (ampeco.Row, bool, error) {
	limited, cancel := f.limited(ctx)
	defer cancel()
	s, _, err := f.read(limited)
	if err != nil {
		return ampeco.Row{}, false, err
	}
	n, found := s.at(id)
	if !found {
		return ampeco.Row{}, false, nil
	}
	return s.Taxes[n].row(), true, nil
}

// Replace implements [ampeco.Backend].
func (f *shelf) Replace(ctx context.Context, r ampeco.Row) (done bool, err error) {
	return f.change(ctx, func(s *shelved) bool {
		n, found := s.at(r.ID)
		if !found || s.Taxes[n].Revision != r.Revision {
			return false
		}
		s.Taxes[n] = row{r.ID, r.Revision + 1, r.UpdatedAt.Unix(), r.Document}
		return true
	})
}

// Remove implements [ampeco.Backend].
func (f *shelf) Remove(ctx context.Context, id int64) (found bool, err error) {
	return f.change(ctx, func(s *shelved) bool {
		n, found := s.at(id)
		if found {
			s.Taxes = slices.Delete(s.Taxes, n, n+1)
		}
		return found
	})
}

// Rows implements [ampeco.Backend].
func (f *shelf) Rows(ctx context.Context, r ampeco.Range) (rows ampeco.Rows, err error) {
	limited, cancel := f.limited(ctx)
	defer cancel()
	s, _, err := f.read(limited)
	if err != nil {
		return rows, err
	}
	first, end := min(r.Offset, len(s.Taxes)), len(s.Taxes)
	switch {
	case r.Before > 0:
		end, _ = s.at(r.Before)
		first = max(end-r.Limit, 0)
	case r.After > 0:
		var found bool
		if first, found = s.at(r.After); found {
			first++
		}
	}
	end = first + min(r.Limit, end-first)
	for i := range s.Taxes[first:end] {
		rows.Rows = append(rows.Rows, s.Taxes[first+i].row())
	}
	rows.Earlier, rows.Later = first > 0, end < len(s.Taxes)
	if r.Total {
		rows.Total = len(s.Taxes)
	}
	return rows, nil
}
