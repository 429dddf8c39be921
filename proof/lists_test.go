package proof_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"github.com/taxresolve/tax/proof/listmodel"
	"github.com/taxresolve/tax/store"
	"pgregory.net/rapid"
)

// queries is the number of queries on every random set: PROOF_CHECKS=5000 makes a
// million.
const queries = 200

// TestSelectEqualsTheNaiveList runs random queries on random sets, in pages by number
// and by cursor.
func TestSelectEqualsTheNaiveList(t *testing.T) {
	check(t, 60, func(t *rapid.T) {
		r := randomOf(t)
		l, err := listOf(listmodel.Documents(r), r)
		require.NoError(t, err)
		for range queries {
			q := listmodel.Query(r)
			if wrong := l.wrong(q); wrong != "" {
				small := l.reduced(q)
				t.Fatalf("%s\nquery %+v\nreduced to a smaller set: %s\n%s", wrong, q, small.wrong(q), proof.Show(small.docs))
			}
		}
	})
}

// randomOf draws a seed. The integers of rapid prefer small numbers; its booleans are
// uniform.
func randomOf(t *rapid.T) *rand.Rand {
	seed := uint64(0)
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 62, 62).Draw(t, "seed") {
		if seed *= 2; bit {
			seed++
		}
	}
	return rand.New(rand.NewPCG(seed, 0))
}

// list is a set of documents in every form that can be queried.
type list struct {
	docs     []tax.Configuration  // sorted by location
	shuffled []*tax.Configuration // countries before regions
	memory   *store.Memory
	now      time.Time // the clock of the store
}

func listOf(docs []tax.Configuration, r *rand.Rand) (*list, error) {
	l := &list{docs: docs}
	for i := range docs {
		l.shuffled = append(l.shuffled, &docs[i])
	}
	r.Shuffle(len(docs), func(i, j int) { l.shuffled[i], l.shuffled[j] = l.shuffled[j], l.shuffled[i] })
	slices.SortStableFunc(l.shuffled, func(a, b *tax.Configuration) int {
		return min(1, len(a.Location.Region)) - min(1, len(b.Location.Region))
	})
	l.memory = store.NewMemory(&store.Options{Clock: func() time.Time { return l.now }})
	for _, c := range l.shuffled {
		kept := *c // with its times: those of a store never go back
		kept.Metadata.Version, kept.Metadata.Created = 1, c.Metadata.Modified
		key := tax.Key{Country: c.Location.Country}
		out := l.memory.Write(ctx, []store.Batch{{Key: key, Changes: []store.Change{{Action: store.Restore, Configuration: kept}}}})
		if err := out[0].Err; err != nil {
			return nil, err
		}
	}
	return l, nil
}

// reduced drops documents for as long as a query still gets a wrong answer.
func (l *list) reduced(q tax.Query) *list {
	for i := 0; i < len(l.docs); {
		less, err := listOf(slices.Delete(slices.Clone(l.docs), i, i+1), rand.New(rand.NewPCG(1, 1)))
		if err == nil && less.wrong(q) != "" {
			l, i = less, 0
		} else {
			i++
		}
	}
	return l
}

// after yields the documents after a location.
func (l *list) after(at tax.Location) iter.Seq[*tax.Configuration] {
	return func(yield func(*tax.Configuration) bool) {
		for i := range l.docs {
			c := &l.docs[i]
			passed := c.Location.Country > at.Country || c.Location.Country == at.Country && c.Location.Region > at.Region
			if (passed || at == tax.Location{}) && !yield(c) {
				return
			}
		}
	}
}

// ways returns the ways to run a query.
func (l *list) ways(q tax.Query) iter.Seq2[string, func(cursor string) (tax.Page, error)] {
	return func(yield func(string, func(string) (tax.Page, error)) bool) {
		_ = yield("Select", func(cursor string) (tax.Page, error) {
			q.Cursor = cursor
			return tax.Select(slices.Values(l.shuffled), q)
		}) && yield("SelectFrom", func(cursor string) (tax.Page, error) {
			q.Cursor = cursor
			return tax.SelectFrom(l.after, q)
		}) && yield("Memory.List", func(cursor string) (tax.Page, error) {
			q.Cursor = cursor
			return l.memory.List(ctx, "", q)
		})
	}
}

// wrong describes what is wrong with the answers to a query, or returns "".
func (l *list) wrong(q tax.Query) string {
	want := listmodel.List(l.docs, q)
	for name, ask := range l.ways(q) {
		page, err := ask("")
		if wrong := differs(page, err, want, q); wrong != "" {
			return name + ": " + wrong
		}
	}
	if len(want.Faults) > 0 || q.PageNumber > 0 {
		return ""
	}
	all := locations(want.All)
	for name, ask := range l.ways(q) {
		var got []tax.Configuration
		cursor := ""
		for range len(l.docs) + 1 {
			page, err := ask(cursor)
			if err != nil {
				return name + " by cursor: " + err.Error()
			}
			got = append(got, page.Configurations()...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if locations(got) != all {
			return fmt.Sprintf("%s by cursor:\n%s, not\n%s", name, locations(got), all)
		}
	}
	return ""
}

func differs(page tax.Page, err error, want listmodel.Answer, q tax.Query) string {
	if err != nil {
		var input *tax.InputError
		switch {
		case !errors.As(err, &input):
			return "not an InputError: " + err.Error()
		case !slices.Contains(want.Faults, input.Field):
			return fmt.Sprintf("%v, but the wrong parameters are %v", err, want.Faults)
		case page.Next != "" || page.Total != 0 || page.Len() != 0:
			return "an answer beside an error"
		}
		return ""
	}
	total := 0
	if q.Total {
		total = len(want.All)
	}
	switch {
	case len(want.Faults) > 0:
		return fmt.Sprintf("an answer, although these parameters are wrong: %v", want.Faults)
	case locations(page.Configurations()) != locations(want.Page):
		return fmt.Sprintf("%s, not\n%s", locations(page.Configurations()), locations(want.Page))
	case page.Total != total:
		return fmt.Sprintf("total %d, not %d", page.Total, total)
	case (page.Next != "") != want.More:
		return fmt.Sprintf("a next page: %t", page.Next != "")
	}
	return ""
}

func locations(docs []tax.Configuration) string {
	var b strings.Builder
	for _, c := range docs {
		b.WriteString(c.Location.Country + "-" + c.Location.Region + " ")
	}
	return b.String()
}

// TestSelectByCursorWhileDocumentsChange writes, creates and deletes between the
// pages. Every document that was not touched must come once, and none out of order.
func TestSelectByCursorWhileDocumentsChange(t *testing.T) {
	check(t, 300, func(t *rapid.T) {
		r := randomOf(t)
		l, err := listOf(listmodel.Documents(r), r)
		require.NoError(t, err)
		for range 5 {
			q := listmodel.Query(r)
			q.PageNumber, q.PageSize, q.MaxPageSize = 0, 1+r.IntN(5), 0
			pages(t, l, r, q)
			if t.Failed() {
				return
			}
		}
	})
}

func pages(t *rapid.T, l *list, r *rand.Rand, q tax.Query) {
	start, err := l.memory.List(ctx, "", tax.Query{PageSize: 1000})
	require.NoError(t, err)
	want := listmodel.List(start.Configurations(), q)
	if len(want.Faults) > 0 {
		return
	}
	touched := map[tax.Location]bool{}
	seen := map[tax.Location]int{}
	for range 300 {
		page, err := l.memory.List(ctx, "", q)
		require.NoError(t, err)
		for _, c := range page.Configurations() {
			seen[c.Location]++
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
		if len(touched) < 200 { // so that the pages come to an end
			list := page.Configurations()
			change(t, l, r, touched, list[len(list)-1].Location)
		}
	}
	require.Empty(t, q.Cursor, "it ends")
	for _, c := range want.All {
		if !touched[c.Location] {
			require.Equal(t, 1, seen[c.Location], "%v, which was not touched, in pages of %d by cursor: %+v", c.Location, q.PageSize, q)
		}
	}
	for at, n := range seen {
		if !touched[at] {
			require.Equal(t, 1, n, "%v, which was not touched", at)
			require.True(t, slices.ContainsFunc(want.All, func(c tax.Configuration) bool { return c.Location == at }), "%v does not match", at)
		}
	}
}

// change writes to one document of the store, often the one at the cursor. Changing a
// country counts as touching its regions, because its zone may change.
func change(t *rapid.T, l *list, r *rand.Rand, touched map[tax.Location]bool, last tax.Location) {
	l.now = time.Date(2026, 11, 16, 0, 0, r.IntN(20), 0, time.UTC)
	all, err := l.memory.List(ctx, "", tax.Query{PageSize: 1000})
	require.NoError(t, err)
	stored := all.Configurations()
	fresh := listmodel.Documents(r)
	if len(fresh) == 0 {
		return
	}
	c := fresh[r.IntN(len(fresh))]
	if r.IntN(3) == 0 {
		c.Location = last
	}
	c = listmodel.Document(r, c.Location, false)
	touched[c.Location] = true
	i := slices.IndexFunc(stored, func(d tax.Configuration) bool { return d.Location == c.Location })
	switch {
	case i < 0:
		_, err = l.memory.Create(ctx, "", c)
	case r.IntN(3) == 0:
		err = l.memory.Delete(ctx, "", c.Location)
	default:
		c.Metadata.Version = stored[i].Metadata.Version
		_, err = l.memory.Update(ctx, "", c)
	}
	if err != nil {
		require.ErrorIs(t, err, tax.ErrInvalid, "regions still add to the country")
		return
	}
	if c.Location.Region == "" {
		for _, d := range stored {
			touched[d.Location] = touched[d.Location] || d.Location.Country == c.Location.Country
		}
	}
}
