package ampeco_test

import (
	"context"
	"math/rand"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

// model is the simplest possible store: the existing ids in order.
type model struct {
	ids  []int64
	last int64
}

func (m *model) after(id int64, limit int) (page []int64, earlier, later bool) {
	at, found := slices.BinarySearch(m.ids, id)
	if found {
		at++
	}
	to := min(at+limit, len(m.ids))
	return m.ids[at:to], at > 0, to < len(m.ids)
}

func (m *model) before(id int64, limit int) (page []int64, earlier, later bool) {
	at, _ := slices.BinarySearch(m.ids, id)
	from := max(at-limit, 0)
	return m.ids[from:at], from > 0, at < len(m.ids)
}

// The test walks forward and back by cursors while taxes are created and
// deleted. Each page is what the model has after or before the last id of the
// previous page, so nothing is skipped or repeated.
func TestPagesByCursorAreThoseOfTheModelWhateverIsWritten(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewSource(seed))
	ctx := context.Background()
	for range 150 {
		s, m := numbered(t, 0, nil)
		var want model
		write := func() {
			if n := len(want.ids); n > 0 && random.Intn(3) == 0 {
				at := random.Intn(n)
				require.NoError(t, m.Delete(ctx, want.ids[at]))
				want.ids = slices.Delete(want.ids, at, at+1)
				return
			}
			created, err := m.Create(ctx, ampeco.Draft{Name: "x"})
			require.NoError(t, err)
			want.last++
			require.Equal(t, want.last, created.ID)
			want.ids = append(want.ids, created.ID)
		}
		for range random.Intn(30) {
			write()
		}
		// A cursor stands for the ids after or before a position.
		cursor, position, forth := "", int64(0), true
		for range 40 {
			for range random.Intn(4) {
				write()
			}
			limit := 1 + random.Intn(5)
			e := list(t, s, "cursor="+cursor+"&per_page="+digits(limit))
			part := want.before
			if forth {
				part = want.after
			}
			page, earlier, later := part(position, limit)
			require.True(t, slices.Equal(page, e.ids()), "%v, not %v", e.ids(), page)
			require.Equal(t, earlier, e.Meta.PrevCursor != nil)
			require.Equal(t, later, e.Meta.NextCursor != nil)
			require.Equal(t, earlier, e.Links.Prev != nil)
			require.Equal(t, later, e.Links.Next != nil)
			first, last := position+1, position-1 // for an empty page
			if n := len(page); n > 0 {
				first, last = page[0], page[n-1]
			}
			switch {
			case later && (!earlier || random.Intn(3) > 0):
				cursor, position, forth = *e.Meta.NextCursor, last, true
			case earlier:
				cursor, position, forth = *e.Meta.PrevCursor, first, false
			}
		}
	}
}

func digits(n int) string { return string(rune('0' + n)) }

// During concurrent writes, a walk sees every tax that exists from its
// beginning to its end, exactly once and in order.
func TestWalksByCursorBesideWritersLoseNothing(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	ctx := context.Background()
	s, m := numbered(t, 300, nil)
	done := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			random := rand.New(rand.NewSource(seed + int64(w)))
			odd := random.Perm(150) // of the first 300, only odd ids are deleted
			for i := w; ; i += 2 {
				select {
				case <-done:
					return
				default:
				}
				if _, err := m.Create(ctx, ampeco.Draft{Name: "x"}); err != nil {
					t.Error(err)
				}
				if i < len(odd) {
					// Both writers may pick the same id: then one finds nothing.
					_ = m.Delete(ctx, int64(2*odd[i]+1))
				}
				time.Sleep(50 * time.Microsecond)
			}
		})
	}
	for range 5 {
		for _, perPage := range []string{"7", "100"} {
			var seen []int64
			e := list(t, s, "cursor=&per_page="+perPage)
			for {
				seen = append(seen, e.ids()...)
				if e.Meta.NextCursor == nil || len(seen) > 300 && seen[len(seen)-1] > 400 {
					break // the writers may be faster than the walk
				}
				e = list(t, s, "cursor="+*e.Meta.NextCursor+"&per_page="+perPage)
			}
			assert.True(t, slices.IsSorted(seen))
			assert.Len(t, slices.Compact(slices.Clone(seen)), len(seen), "a tax was repeated")
			for id := int64(2); id <= 300; id += 2 {
				if _, found := slices.BinarySearch(seen, id); !found {
					t.Errorf("%d was skipped", id)
				}
			}
		}
	}
	close(done)
	writers.Wait()
	_, err := m.Get(ctx, 2)
	assert.NotErrorIs(t, err, tax.ErrNotFound)
}
