package sqlite

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

var listed = time.Date(2026, 11, 30, 22, 30, 0, 0, time.UTC)

// filled returns a store with documents of many places, written at different times, and
// the documents themselves.
func filled(t *testing.T) (*store.Versioned, []*tax.Configuration) {
	t.Helper()
	now := listed.Add(-time.Hour)
	s := opened(t, file(t), &Options{Store: store.Options{Clock: func() time.Time {
		now = now.Add(7 * time.Millisecond)
		return now
	}}})
	random := rand.New(rand.NewPCG(1, 2))
	var all []*tax.Configuration
	for _, country := range []string{"DE", "AT", "CA", "US", "JP", "BR", "NZ"} {
		c := doc(country, fmt.Sprint(random.IntN(4)))
		// In some of these countries the next day has begun, in others it has not.
		c.TimeZone = map[string]string{"DE": "Europe/Berlin", "AT": "Europe/Vienna", "CA": "America/Toronto", "US": "America/New_York", "JP": "Asia/Tokyo"}[country]
		docs := []tax.Configuration{c}
		for n := range random.IntN(6) {
			docs = append(docs, taxtest.Doc(country+"-X-"+[]string{"A", "AB", "ABC", "B", "BC", "C1"}[n],
				taxtest.Class("STANDARD*", fmt.Sprintf("2020-01-01 %d; 2026-12-01 %d", random.IntN(4), random.IntN(4)))))
		}
		for _, d := range docs {
			stored, err := s.Create(t.Context(), "shop", d)
			require.NoError(t, err)
			all = append(all, &stored)
			_, err = s.Create(t.Context(), "other", d)
			require.NoError(t, err)
		}
	}
	slices.SortFunc(all, func(a, b *tax.Configuration) int { return strings.Compare(a.Location.String(), b.Location.String()) })
	return s, all
}

// question returns a random query.
func question(random *rand.Rand, all []*tax.Configuration) tax.Query {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	q := tax.Query{
		Country: pick("", "", "", "E", "DE", "C", "A", "XX", "\x00", "\xff"), Region: pick("", "", "", "A", "B", "AB", "C", "X-A", "\xff"),
		ExactCodes: random.IntN(2) == 0, CountriesOnly: random.IntN(5) == 0, Total: random.IntN(3) == 0,
		PageSize: 1 + random.IntN(7), Now: listed, CursorKey: []byte("key"),
	}
	if random.IntN(3) == 0 {
		q.ChangedSince = all[random.IntN(len(all))].Metadata.Modified.Add(time.Duration(random.IntN(3)-1) * time.Microsecond)
	}
	if random.IntN(3) == 0 {
		q.Rate = decimal.NewNullDecimal(decimal.NewFromInt(int64(random.IntN(4))))
	}
	if random.IntN(3) == 0 {
		q.Effective = true
		q.Date = []tax.Date{{}, tax.MustDate("2026-11-30")}[random.IntN(2)]
	}
	q.Sort, _ = tax.ParseSort(pick("", "", "", "modifiedAt:desc", "rate,region", "countryCode:desc", "region"))
	if random.IntN(4) == 0 {
		q.PageNumber = 1 + random.IntN(3)
	}
	return q
}

func TestListsAreThoseOfSelectWithCursorsForEither(t *testing.T) {
	s, all := filled(t)
	random := rand.New(rand.NewPCG(3, 4))
	pages, cursors := 0, 0
	for range 400 {
		q := question(random, all)
		for {
			want, err := tax.Select(slices.Values(all), q)
			require.NoError(t, err)
			got, err := s.List(t.Context(), "shop", q)
			require.NoError(t, err)
			require.Equal(t, taxtest.Codes(want.Configurations()), taxtest.Codes(got.Configurations()), "%+v", q)
			require.Equal(t, [2]any{want.Next, want.Total}, [2]any{got.Next, got.Total}, "%+v", q)
			pages++
			if q.Cursor, q.PageNumber = got.Next, 0; q.Cursor == "" {
				break
			}
			cursors++
		}
	}
	assert.Greater(t, pages, 400)
	assert.Greater(t, cursors, 200)
}

func TestPageReadsNoMoreThanItShows(t *testing.T) {
	s, b := inside(t, file(t), nil)
	for _, country := range []string{"AT", "CA", "DE", "FR"} {
		for _, tenant := range []string{"a", "shop", "z"} {
			_, err := s.Create(t.Context(), tenant, doc(country, "20"))
			require.NoError(t, err)
		}
	}
	decoded := func(q tax.Query) (read []string) {
		query := func(seq iter.Seq2[*store.Version, error]) {
			for v, err := range seq {
				require.NoError(t, err)
				read = append(read, v.Configuration.Location.String())
			}
		}
		query(b.sequence(t.Context(), b.filtered, filters("shop", &q, tax.Location{})...))
		return read
	}
	assert.Equal(t, []string{"DE"}, decoded(tax.Query{Country: "DE", ExactCodes: true}))
	assert.Equal(t, []string{"AT", "CA"}, decoded(tax.Query{Country: "A"}))
	assert.Empty(t, decoded(tax.Query{Region: "QC"}))
	assert.Empty(t, decoded(tax.Query{ChangedSince: time.Now().Add(time.Hour)}))
	for _, q := range []tax.Query{{}, {Country: "DE", Effective: true}, {Region: "A", Sort: []tax.SortKey{{By: tax.ByRate}}}} {
		_, ok, err := b.Page(t.Context(), "shop", q)
		assert.Equal(t, [2]any{false, nil}, [2]any{ok, err})
	}
}
