package ampeco_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/ampeco/ampecotest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	ampecotest.Run(t, ampecotest.Factory{Open: func(_ *testing.T, _ string, clock func() time.Time) ampeco.Store { return ampeco.NewMemory(clock) }})
}

// shelf is a backend in a slice, which fails as told.
type shelf struct {
	mu   sync.Mutex
	last int64
	rows []ampeco.Row
	err  error
}

func (s *shelf) at(id int64) int {
	return slices.IndexFunc(s.rows, func(r ampeco.Row) bool { return r.ID == id })
}

func (s *shelf) Insert(_ context.Context, r ampeco.Row) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	r.ID, r.Revision = s.last, 1
	if s.err == nil {
		s.rows = append(s.rows, r)
	}
	return s.last, s.err
}

func (s *shelf) Load(_ context.Context, id int64) (ampeco.Row, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.at(id); at >= 0 {
		return s.rows[at], true, s.err
	}
	return ampeco.Row{}, false, s.err
}

func (s *shelf) Replace(_ context.Context, r ampeco.Row) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.at(r.ID)
	if at < 0 || s.rows[at].Revision != r.Revision {
		return false, s.err
	}
	r.Revision++
	s.rows[at] = r
	return true, s.err
}

func (s *shelf) Remove(_ context.Context, id int64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.rows)
	s.rows = slices.DeleteFunc(s.rows, func(r ampeco.Row) bool { return r.ID == id })
	return len(s.rows) < before, s.err
}

func (s *shelf) Rows(_ context.Context, r ampeco.Range) (ampeco.Rows, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to := min(r.Offset, len(s.rows)), len(s.rows)
	for i, row := range s.rows {
		if r.After > 0 && row.ID <= r.After {
			from = i + 1
		}
		if r.Before > 0 && row.ID >= r.Before {
			to = min(to, i)
		}
	}
	if r.Before > 0 {
		from = max(to-min(r.Limit, to), 0)
	} else {
		to = from + min(r.Limit, to-from)
	}
	return ampeco.Rows{Rows: slices.Clone(s.rows[from:to]), Earlier: from > 0, Later: to < len(s.rows), Total: len(s.rows)}, s.err
}

func TestStoresOverABackendKeepTheContract(t *testing.T) {
	shelves := map[string]*shelf{}
	ampecotest.Run(t, ampecotest.Factory{Lasting: true, Open: func(t *testing.T, place string, clock func() time.Time) ampeco.Store {
		if shelves[place] == nil {
			shelves[place] = &shelf{}
		}
		s, err := ampeco.NewStore(shelves[place], clock)
		require.NoError(t, err)
		return s
	}})
}

// overtaken is a backend in which another writer comes right after the first row was read.
type overtaken struct {
	*shelf
	other func()
}

func (o *overtaken) Load(ctx context.Context, id int64) (ampeco.Row, bool, error) {
	r, found, err := o.shelf.Load(ctx, id)
	if other := o.other; other != nil {
		o.other = nil
		other()
	}
	return r, found, err
}

func TestAPatchKeepsWhatAnotherOneHasChangedInBetween(t *testing.T) {
	rows := &shelf{}
	other, err := ampeco.NewStore(rows, nil)
	require.NoError(t, err)
	made, err := other.Create(t.Context(), ampeco.Draft{Name: "a"})
	require.NoError(t, err)
	s, err := ampeco.NewStore(&overtaken{rows, func() {
		_, err := other.Update(t.Context(), made.ID, ampeco.Patch{TaxIdentificationNumberID: ampeco.Set(int64(7))})
		require.NoError(t, err)
	}}, nil)
	require.NoError(t, err)
	got, err := s.Update(t.Context(), made.ID, ampeco.Patch{Name: ampeco.Set("b")})
	require.NoError(t, err)
	assert.Equal(t, "b", got.Name)
	assert.EqualValues(t, 7, got.TaxIdentificationNumberID)
}

func TestFailuresOfABackendAreUnavailable(t *testing.T) {
	b := &shelf{}
	s, err := ampeco.NewStore(b, nil)
	require.NoError(t, err)
	made, err := s.Create(t.Context(), ampeco.Draft{Name: "x"})
	require.NoError(t, err)
	b.err = errors.New("no space")
	for _, err := range []error{
		second(s.Create(t.Context(), ampeco.Draft{Name: "x"})), second(s.Get(t.Context(), 1)), second(s.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set("y")})),
		s.Delete(t.Context(), 1), second(s.List(t.Context(), ampeco.Range{Limit: 1})),
	} {
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		assert.ErrorIs(t, err, b.err)
		assert.Equal(t, 503, ampeco.ErrorFor(err).Status)
	}
	*b = shelf{rows: []ampeco.Row{{ID: made.ID, Document: []byte(`{"name":""}`)}}}
	_, err = s.Get(t.Context(), made.ID)
	assert.ErrorContains(t, err, "damaged in the database")
	assert.Equal(t, 500, ampeco.ErrorFor(err).Status, "the client has done nothing wrong")
	_, err = ampeco.NewStore(nil, nil)
	assert.ErrorIs(t, err, tax.ErrInvalid)
}
