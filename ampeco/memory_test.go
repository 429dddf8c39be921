package ampeco_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

func TestMemoryRefusesDraftsOfGoWithAllFaults(t *testing.T) {
	m := ampeco.NewMemory(nil)
	_, err := m.Create(context.Background(), ampeco.Draft{
		DisplayName: []tax.Translation{{Language: "en"}}, Percentage: decimal.New(1, 4), TaxIdentificationNumberID: -1,
	})
	assert.Equal(t, []string{"displayName.0.translation", "name", "percentage", "taxIdentificationNumberId"}, faultyFields(t, err))
	created, err := m.Create(context.Background(), ampeco.Draft{Name: "none"})
	require.NoError(t, err)
	assert.EqualValues(t, 1, created.ID, "a refused draft used up an id")
}

func TestMemorySharesNothingWithItsCallers(t *testing.T) {
	ctx := context.Background()
	m := ampeco.NewMemory(fixedClock)
	list := []tax.Translation{{Language: "en", Text: "VAT"}}
	created, err := m.Create(ctx, ampeco.Draft{Name: "x", DisplayName: list})
	require.NoError(t, err)
	created.DisplayName[0].Text = "changed"
	unchanged, err := m.Update(ctx, 1, ampeco.Patch{})
	require.NoError(t, err)
	updated, err := m.Update(ctx, 1, ampeco.Patch{Name: ampeco.Set("y")})
	require.NoError(t, err)
	got, err := m.Get(ctx, 1)
	require.NoError(t, err)
	page, err := m.List(ctx, ampeco.Range{Limit: 1})
	require.NoError(t, err)
	for _, l := range [][]tax.Translation{list, unchanged.DisplayName, updated.DisplayName, got.DisplayName, page.Taxes[0].DisplayName} {
		l[0].Text = "changed"
	}
	got, err = m.Get(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, "VAT", got.DisplayName[0].Text)
}

func TestListsShowWhatWasWritten(t *testing.T) {
	ctx := context.Background()
	_, m := shop(t)
	require.NoError(t, m.Delete(ctx, 3))
	for _, id := range []int64{1, 4, 7} {
		updated, err := m.Update(ctx, id, ampeco.Patch{Name: ampeco.Set("new")})
		require.NoError(t, err)
		got, err := m.Get(ctx, id)
		require.NoError(t, err)
		assert.Equal(t, updated, got)
	}
	page, err := m.List(ctx, ampeco.Range{Limit: 100})
	require.NoError(t, err)
	var names []string
	for _, x := range page.Taxes {
		names = append(names, fmt.Sprint(x.ID, " ", x.Name))
	}
	assert.Equal(t, []string{"1 new", "2 VAT 20", "4 new", "5 VAT 20", "6 VAT 20", "7 new"}, names)
}

func TestMemoryKeepsTimesInUTCAndSeconds(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 31, 23, 59, 59, 999e6, time.FixedZone("", -7200))
	m := ampeco.NewMemory(func() time.Time { return now })
	created, err := m.Create(ctx, ampeco.Draft{Name: "x"})
	require.NoError(t, err)
	assert.Equal(t, time.Date(2026, 4, 1, 1, 59, 59, 0, time.UTC), created.LastUpdatedAt)
	now = now.Add(time.Second)
	kept, err := m.Update(ctx, 1, ampeco.Patch{Name: ampeco.Set("x"), DisplayName: ampeco.Clear[[]tax.Translation]()})
	require.NoError(t, err)
	assert.Equal(t, created, kept)
	moved, err := m.Update(ctx, 1, ampeco.Patch{Name: ampeco.Set("y")})
	require.NoError(t, err)
	assert.Equal(t, time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC), moved.LastUpdatedAt)

	now = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = m.Update(ctx, 1, ampeco.Patch{Name: ampeco.Set("z")})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	got, err := m.Get(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, moved, got)
}

func TestZeroMemoryIsAnEmptyStore(t *testing.T) {
	var m ampeco.Memory
	_, err := m.Get(t.Context(), 1)
	assert.ErrorIs(t, err, tax.ErrNotFound)
	before := time.Now().Add(-time.Second)
	made, err := m.Create(t.Context(), ampeco.Draft{Name: "VAT", Percentage: tax.MustPercent("19")})
	require.NoError(t, err)
	assert.EqualValues(t, 1, made.ID)
	assert.WithinRange(t, made.LastUpdatedAt, before, time.Now())
	got, err := m.Get(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, made, got)
	r, err := m.Resolve(t.Context(), 1, tax.Date{})
	require.NoError(t, err)
	assert.True(t, r.Percent().Equal(tax.MustPercent("19")))
}

func TestServiceThatNothingMadeSaysSo(t *testing.T) {
	for _, s := range []*ampeco.Service{nil, {}} {
		for _, err := range []error{
			second(s.List(t.Context(), nil)), second(s.Create(t.Context(), []byte(`{"name":"x"}`))), second(s.Read(t.Context(), "1")),
			second(s.Update(t.Context(), "1", []byte(`{}`))), s.Delete(t.Context(), "1"),
		} {
			var input *tax.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, "service", input.Field)
			assert.ErrorIs(t, err, tax.ErrInvalid)
		}
	}
}

func TestMemoryHeedsItsContext(t *testing.T) {
	_, m := shop(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range []error{
		second(m.Create(ctx, ampeco.Draft{Name: "x"})), second(m.Get(ctx, 1)), second(m.Update(ctx, 1, ampeco.Patch{})),
		m.Delete(ctx, 1), second(m.List(ctx, ampeco.Range{Limit: 1})), second(m.Resolve(ctx, 1, tax.Date{})),
	} {
		assert.ErrorIs(t, err, context.Canceled)
	}
	page, err := m.List(context.Background(), ampeco.Range{Limit: 100})
	require.NoError(t, err)
	assert.Len(t, page.Taxes, 7)
}

func second[T any](_ T, err error) error { return err }

// There are seven taxes, of which 1, 4 and 7 have been deleted.
func TestMemoryListsParts(t *testing.T) {
	ctx := context.Background()
	_, m := shop(t)
	for _, id := range []int64{1, 4, 7} {
		require.NoError(t, m.Delete(ctx, id))
	}
	const most = math.MaxInt
	for _, c := range []struct {
		r              ampeco.Range
		want           string
		earlier, later bool
	}{
		{ampeco.Range{Limit: most}, "2 3 5 6", false, false},
		{ampeco.Range{Limit: 4}, "2 3 5 6", false, false},
		{ampeco.Range{Limit: 3}, "2 3 5", false, true},
		{ampeco.Range{Limit: most, Offset: 1}, "3 5 6", true, false},
		{ampeco.Range{Limit: 2, Offset: 1}, "3 5", true, true},
		{ampeco.Range{Limit: 2, Offset: 4}, "", true, false},
		{ampeco.Range{Limit: 2, Offset: most}, "", true, false},
		{ampeco.Range{Limit: 2, After: 1}, "2 3", false, true},
		{ampeco.Range{Limit: 2, After: 3}, "5 6", true, false},
		{ampeco.Range{Limit: 2, After: 4}, "5 6", true, false},
		{ampeco.Range{Limit: 1, After: 2}, "3", true, true},
		{ampeco.Range{Limit: most, After: 6}, "", true, false},
		{ampeco.Range{Limit: most, After: 1 << 62}, "", true, false},
		{ampeco.Range{Limit: 2, Before: 6}, "3 5", true, true},
		{ampeco.Range{Limit: 2, Before: 4}, "2 3", false, true},
		{ampeco.Range{Limit: 2, Before: 1 << 62}, "5 6", true, false},
		{ampeco.Range{Limit: 2, Before: 2}, "", false, true},
		{ampeco.Range{Limit: most, Before: 3}, "2", false, true},
		{ampeco.Range{Limit: most, Before: math.MaxInt64}, "2 3 5 6", false, false},
		{ampeco.Range{Limit: most, After: math.MaxInt64}, "", true, false},
		{ampeco.Range{Limit: most, Offset: 2}, "5 6", true, false},
	} {
		for _, total := range []bool{false, true} {
			c.r.Total = total
			page, err := m.List(ctx, c.r)
			require.NoError(t, err)
			var ids []string
			for _, x := range page.Taxes {
				ids = append(ids, fmt.Sprint(x.ID))
			}
			assert.Equal(t, c.want, strings.Join(ids, " "), "%+v", c.r)
			assert.Equal(t, []bool{c.earlier, c.later}, []bool{page.Earlier, page.Later}, "%+v", c.r)
			assert.Equal(t, map[bool]int{true: 4}[total], page.Total)
		}
	}
	for _, r := range []ampeco.Range{{}, {Limit: -1}, {Limit: 1, Offset: -1}, {Limit: 1, After: -1}, {Limit: 1, Before: -1},
		{Limit: 1, Offset: 1, After: 1}, {Limit: 1, After: 1, Before: 5}, {Limit: 1, Offset: 1, Before: 5}} {
		_, err := m.List(ctx, r)
		assert.ErrorIs(t, err, tax.ErrInvalid, "%+v", r)
		assert.Equal(t, 500, ampeco.ErrorFor(err).Status)
	}
}

func TestPatchesOfDifferentFieldsAllLast(t *testing.T) {
	ctx := context.Background()
	s, m := shop(t)
	const rounds = 200
	var writers, readers sync.WaitGroup
	for _, body := range []string{`{"name":"n%d"}`, `{"displayName":[{"locale":"en","translation":"d%d"}]}`, `{"percentage":%d}`, `{"taxIdentificationNumberId":%d}`} {
		writers.Go(func() {
			for i := range rounds {
				if _, err := s.Update(ctx, "7", fmt.Appendf(nil, body, i+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Go(func() {
		for range rounds {
			created, err := m.Create(ctx, ampeco.Draft{Name: "x"})
			if err != nil || m.Delete(ctx, created.ID) != nil {
				t.Error(created, err)
			}
		}
	})
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			last := int64(0)
			for {
				select {
				case <-done:
					return
				default:
				}
				r, err := m.Resolve(ctx, 7, tax.Date{})
				if percent := r.Percent().IntPart(); err != nil || percent != 20 && percent < last {
					t.Error(r, err)
				} else if percent != 20 {
					last = percent
				}
				if _, err := s.List(ctx, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	got, err := s.Read(ctx, "7")
	require.NoError(t, err)
	assert.Equal(t, `{"data":{"id":7,"name":"n200","displayName":[{"locale":"en","translation":"d200"}],"percentage":200,"taxIdentificationNumberId":200,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}}`, string(got))
}
