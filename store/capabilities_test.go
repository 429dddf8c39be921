package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// able is a backend in memory with everything that a backend may be able to do.
type able struct {
	store.Backend
	loads, bulks, reads int
	save                error
}

func (a *able) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	a.loads++
	return a.Backend.Load(ctx, key)
}

func (a *able) LoadAll(ctx context.Context, keys []tax.Key) (all []*store.Country, err error) {
	a.bulks++
	for _, key := range keys {
		c, err := a.Backend.Load(ctx, key)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (a *able) Read(ctx context.Context, key tax.Key) (*store.Country, error) {
	a.reads++
	return a.Backend.Load(ctx, key)
}

func (a *able) Save(ctx context.Context, commits []*store.Commit) []error {
	if a.save != nil {
		return []error{a.save}
	}
	return a.Backend.Save(ctx, commits)
}

func TestReadsMayComeFromACopyAndWritesNever(t *testing.T) {
	a := &able{Backend: store.NewBackend()}
	s, err := store.New(a, nil)
	require.NoError(t, err)
	c, err := s.Create(t.Context(), "shop", country("DE", "19"))
	require.NoError(t, err)
	assert.Equal(t, able{Backend: a.Backend, loads: 1}, *a)
	_, err = s.Get(t.Context(), "shop", c.Location)
	require.NoError(t, err)
	set, err := s.Configurations(t.Context(), tax.Key{Tenant: "shop", Country: "DE"})
	require.NoError(t, err)
	assert.Len(t, set, 1)
	assert.Equal(t, able{Backend: a.Backend, loads: 1, reads: 2}, *a)
}

func TestManyCountriesAreLoadedTogether(t *testing.T) {
	a := &able{Backend: store.NewBackend()}
	s, err := store.New(a, nil)
	require.NoError(t, err)
	var batches []store.Batch
	for _, tenant := range []string{"one", "two", "three"} {
		batches = append(batches, store.Batch{Key: tax.Key{Tenant: tenant, Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "19")}}})
	}
	for range 2 {
		for _, out := range s.Write(t.Context(), batches) {
			require.NoError(t, out.Err)
		}
	}
	assert.Equal(t, able{Backend: a.Backend, bulks: 2}, *a)
	c, err := s.Get(t.Context(), "three", country("DE", "19").Location)
	require.NoError(t, err)
	assert.EqualValues(t, 2, c.Metadata.Version)
}

// few loads fewer countries than it was asked for.
type few struct{ store.Backend }

func (few) LoadAll(context.Context, []tax.Key) ([]*store.Country, error) {
	return make([]*store.Country, 1), nil
}

func TestBackendThatLoadsTooFewCountriesIsUnavailable(t *testing.T) {
	s := over(t, few{store.NewBackend()}, nil)
	for _, out := range s.Write(t.Context(), []store.Batch{put(country("AT", "20")), put(country("DE", "19"))}) {
		require.ErrorIs(t, out.Err, tax.ErrUnavailable)
	}
}

func TestAnUnknownOutcomeIsNotHiddenByTheContext(t *testing.T) {
	a := &able{Backend: store.NewBackend(), save: errors.Join(store.ErrUnknownOutcome, context.Canceled)}
	create := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := store.New(saving{a, cancel}, nil)
		require.NoError(t, err)
		_, err = s.Create(ctx, "shop", country("DE", "19"))
		return err
	}
	err := create()
	require.ErrorIs(t, err, store.ErrUnknownOutcome)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, context.Canceled)

	a.save = errors.New("down") // it is known then
	assert.Equal(t, context.Canceled, create())
}

// saving calls a function while it saves.
type saving struct {
	store.Backend
	call func()
}

func (s saving) Save(ctx context.Context, commits []*store.Commit) []error {
	s.call()
	return s.Backend.Save(ctx, commits)
}

func TestABatchWithALocationTwiceSaysSo(t *testing.T) {
	s := store.NewMemory(nil)
	twice := []store.Change{{Action: store.Put, Configuration: country("DE", "19")}, {Action: store.Put, Configuration: country("DE", "20")}}
	out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "DE"}, Changes: twice}})[0]
	refused := (*tax.InputError)(nil)
	require.ErrorAs(t, out.Err, &refused)
	assert.Equal(t, "location", refused.Field)
	assert.Contains(t, refused.Reason, "given twice in a batch")
}
