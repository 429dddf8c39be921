package tax_test

import (
	"errors"
	"iter"
	"math"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// places are so many configurations, by location.
func places(n int) []tax.Configuration {
	var docs []tax.Configuration
	for i := range n {
		docs = append(docs, listed("C"+string(rune('A'+i/26/26)), "X-"+string(rune('A'+i/26%26))+string(rune('A'+i%26)), "19"))
	}
	return docs
}

// counted yields configurations and counts how many were read and how often.
type counted struct {
	docs         []tax.Configuration
	read, passes int
	from         []tax.Location
}

func (c *counted) all(yield func(*tax.Configuration) bool) { c.after(tax.Location{})(yield) }

func (c *counted) after(l tax.Location) iter.Seq[*tax.Configuration] {
	c.from = append(c.from, l)
	return func(yield func(*tax.Configuration) bool) {
		c.passes++
		for d := range after(c.docs)(l) {
			c.read++
			if !yield(d) {
				return
			}
		}
	}
}

func TestPagesThatDoNotExistAreRefused(t *testing.T) {
	docs := places(3)
	for _, c := range []struct {
		size, number, most int
		cursor             string
		field              string // "" if there is a page
	}{
		{field: ""},
		{size: 1, number: 1}, {size: 1000}, {size: 1000, number: 1}, {size: 5, most: 5}, {size: 5000, most: 5000},
		{size: -1, field: "pageSize"}, {size: math.MinInt, field: "pageSize"}, {size: math.MaxInt, field: "pageSize"},
		{size: 1 << 30, field: "pageSize"}, {size: 1<<31 - 1, field: "pageSize"}, {size: 1001, field: "pageSize"}, {size: 6, most: 5, field: "pageSize"},
		{size: -5, number: 1, field: "pageSize"}, {number: 1, field: "pageSize"}, {number: 7, field: "pageSize"}, {number: math.MaxInt, field: "pageSize"},
		{size: 1<<31 - 1, number: 1, most: 1<<31 - 1}, {size: math.MaxInt32, most: math.MaxInt, field: ""},
		{size: 1<<31 - 1, number: 2, most: 1<<31 - 1, field: "pageNumber"},
		{size: math.MaxInt, most: math.MaxInt}, {size: math.MaxInt, number: 1, most: math.MaxInt}, {size: math.MaxInt - 1, number: 1, most: math.MaxInt},
		{size: math.MaxInt, number: 2, most: math.MaxInt, field: "pageNumber"}, {most: math.MaxInt},
		{size: 1, number: 1<<31 - 1}, {size: 1000, number: 2147483}, {size: 1000, number: 2147484, field: "pageNumber"},
		{size: 1, number: -1, field: "pageNumber"}, {size: 1, number: math.MinInt, field: "pageNumber"}, {size: 7, number: math.MaxInt, field: "pageNumber"},
		{size: 1, most: -1, field: "maxPageSize"}, {most: math.MinInt, field: "maxPageSize"},
		{size: 1, number: 1, cursor: "AAAA", field: "pageNumber"}, {size: 1, number: 2, cursor: "AAAA", field: "pageNumber"},
		{cursor: "AAAA", field: "cursor"}, {size: 5, cursor: strings.Repeat("A", 1<<20), field: "cursor"},
	} {
		q := tax.Query{PageSize: c.size, PageNumber: c.number, MaxPageSize: c.most, Cursor: c.cursor}
		page, err := tax.Select(each(docs), q)
		if c.field == "" {
			require.NoError(t, err, "%+v", c)
			continue
		}
		var input *tax.InputError
		require.ErrorAs(t, err, &input, "%+v", c)
		assert.Equal(t, c.field, input.Field, "%+v", c)
		assert.NotEmpty(t, input.Reason, "%+v", c)
		assert.LessOrEqual(t, len(input.Value), 64)
		assert.ErrorIs(t, err, tax.ErrInvalid)
		assert.Zero(t, page.Len())
		assert.Empty(t, page.Next)
	}
}

// A position is one of a list, and the largest int is one: nothing may be added to it.
func TestPagesAtTheLargestPositionAreAnswered(t *testing.T) {
	docs := places(3)
	for _, c := range []struct {
		size, number int
		want         string
	}{
		{math.MaxInt, 0, taxtest.Codes(docs)}, {math.MaxInt, 1, taxtest.Codes(docs)}, {math.MaxInt - 1, 1, taxtest.Codes(docs)}, {math.MaxInt32, 1, taxtest.Codes(docs)},
		{1, math.MaxInt32, ""}, {2, math.MaxInt32 / 2, ""}, {3, math.MaxInt32 / 3, ""}, {math.MaxInt32 - 1, 1, taxtest.Codes(docs)},
	} {
		for _, keys := range [][]tax.SortKey{nil, {{By: tax.ByModified}}, {{By: tax.ByRate, Descending: true}}} {
			for _, total := range []bool{false, true} {
				q := tax.Query{PageSize: c.size, PageNumber: c.number, MaxPageSize: math.MaxInt, Sort: keys, Total: total}
				for _, list := range []func() (tax.Page, error){
					func() (tax.Page, error) { return tax.Select(each(docs), q) },
					func() (tax.Page, error) { return tax.SelectFrom(after(docs), q) },
				} {
					page, err := list()
					require.NoError(t, err, "%+v", c)
					assert.Equal(t, c.want, taxtest.Codes(page.Configurations()), "%+v", c)
					assert.Empty(t, page.Next)
					assert.Equal(t, map[bool]int{true: 3}[total], page.Total)
				}
			}
		}
	}
	_, err := tax.Select(each(docs), tax.Query{PageSize: math.MaxInt, PageNumber: 2, MaxPageSize: math.MaxInt})
	assert.ErrorContains(t, err, "pass a number from 1 to 1")
}

func TestARefusedQueryReadsNothing(t *testing.T) {
	c := &counted{docs: places(3)}
	for _, q := range []tax.Query{{PageSize: -1}, {Cursor: "x"}, {Name: tax.TextFilter{Contains: "x"}}, {Sort: make([]tax.SortKey, 1)}} {
		_, err := tax.Select(c.all, q)
		require.ErrorIs(t, err, tax.ErrInvalid)
		_, err = tax.SelectFrom(c.after, q)
		require.ErrorIs(t, err, tax.ErrInvalid)
	}
	assert.Zero(t, c.passes)
}

func TestNoSequenceIsAnErrorAndAnEmptyOneIsEmpty(t *testing.T) {
	_, err := tax.Select(nil, tax.Query{})
	require.ErrorIs(t, err, tax.ErrInvalid)
	_, err = tax.SelectFrom(nil, tax.Query{})
	require.ErrorIs(t, err, tax.ErrInvalid)
	_, err = tax.SelectFrom(func(tax.Location) iter.Seq[*tax.Configuration] { return nil }, tax.Query{})
	require.ErrorIs(t, err, tax.ErrInvalid)
	for _, q := range []tax.Query{{}, {Total: true}, {PageSize: 5, PageNumber: 7}, {Sort: []tax.SortKey{{By: tax.ByRate}}}} {
		page, err := tax.Select(each(nil), q)
		require.NoError(t, err)
		assert.Zero(t, page.Len())
		assert.Empty(t, page.Configurations())
		assert.Empty(t, page.Next)
		assert.Zero(t, page.Total)
	}
}

func TestSelectReadsTheSequenceOnce(t *testing.T) {
	for _, q := range []tax.Query{{}, {PageSize: 1}, {Total: true}, {Sort: []tax.SortKey{{By: tax.ByRate}}, PageSize: 2, PageNumber: 3}} {
		c := &counted{docs: places(100)}
		_, err := tax.Select(c.all, q)
		require.NoError(t, err)
		assert.Equal(t, 100, c.read)
		assert.Equal(t, 1, c.passes)
	}
}

func TestSelectFromReadsNoMoreThanThePageNeeds(t *testing.T) {
	docs := places(1000)
	for i := range docs {
		if i%10 == 0 {
			docs[i].Classes[0].Code = "TENTH"
		}
	}
	for about, c := range map[string]struct {
		q    tax.Query
		read int
	}{
		"one more tells of a next page":    {tax.Query{PageSize: 5}, 6},
		"the default is 60":                {tax.Query{}, 61},
		"pages before it":                  {tax.Query{PageSize: 5, PageNumber: 4}, 21},
		"what matches":                     {tax.Query{PageSize: 2, Class: "TENTH"}, 21},
		"the last page":                    {tax.Query{PageSize: 500, PageNumber: 2}, 1000},
		"the order by country, asked for":  {tax.Query{PageSize: 5, Sort: []tax.SortKey{{By: tax.ByCountry}}}, 6},
		"all, for countries from the last": {tax.Query{PageSize: 5, Sort: []tax.SortKey{{By: tax.ByCountry, Descending: true}}}, 1000},
		"all, for the total":               {tax.Query{PageSize: 5, Total: true}, 1000},
		"all, for another order":           {tax.Query{PageSize: 5, Sort: []tax.SortKey{{By: tax.ByModified}}}, 1000},
		"all, if there is no second match": {tax.Query{PageSize: 1, Region: "X-AA", Country: "CA"}, 1000},
	} {
		seq := &counted{docs: docs}
		_, err := tax.SelectFrom(seq.after, c.q)
		require.NoError(t, err, about)
		assert.Equal(t, c.read, seq.read, about)
		assert.Equal(t, 1, seq.passes, about)
		assert.Equal(t, []tax.Location{{}}, seq.from, about)
	}
}

func TestTheNextPageByCursorReadsFromThereOn(t *testing.T) {
	docs := places(1000)
	for _, keys := range [][]tax.SortKey{nil, {{By: tax.ByCountry}}} {
		seq := &counted{docs: docs}
		q := tax.Query{PageSize: 7, Sort: keys}
		at := tax.Location{}
		n := 0
		for ; n == 0 || q.Cursor != ""; n++ {
			seq.read, seq.from = 0, nil
			page, err := tax.SelectFrom(seq.after, q)
			require.NoError(t, err)
			assert.Equal(t, []tax.Location{at}, seq.from)
			assert.LessOrEqual(t, seq.read, 8)
			list := page.Configurations()
			at = list[len(list)-1].Location
			other, err := tax.Select(each(docs), q)
			require.NoError(t, err)
			assert.Equal(t, other.Next, page.Next, "a cursor is good for both")
			assert.Equal(t, taxtest.Codes(other.Configurations()), taxtest.Codes(list))
			q.Cursor = page.Next
		}
		assert.Equal(t, 143, n)
	}
}

func TestEveryFieldPutsWhatHasNoValueLast(t *testing.T) {
	full, bare := listed("FR", "X-A", "19"), tax.Configuration{Location: tax.Location{Country: "AT"}}
	full.Classes[0].Description = full.Classes[0].Name
	in := tax.MustPreferences("en")
	for _, by := range []tax.SortField{tax.ByName, tax.ByDescription, tax.ByRegion, tax.ByClass, tax.ByRate, tax.ByModified} {
		for _, descending := range []bool{false, true} {
			q := tax.Query{Sort: []tax.SortKey{{By: by, Descending: descending, In: in}}, PageSize: 1}
			assert.Equal(t, "FR-X-A AT", paged(t, []tax.Configuration{bare, full}, q), "%v, descending %t", by, descending)
			assert.Equal(t, "FR-X-A AT", paged(t, []tax.Configuration{full, bare}, q), "%v, descending %t", by, descending)
		}
	}
	other := full.Clone()
	other.Location, other.Classes[0].Rates = tax.Location{Country: "BE"}, []tax.Rate{{Effect: tax.End}}
	q := tax.Query{Sort: []tax.SortKey{{By: tax.ByRate, Descending: true}, {By: tax.ByCountry, Descending: true}}, PageSize: 1}
	assert.Equal(t, "FR-X-A BE AT", paged(t, []tax.Configuration{bare, other, full}, q), "the next key decides among those without")
}

func TestTheFirstClassIsByOrderThenAsGiven(t *testing.T) {
	class := func(code string, order int, percent string) tax.Class {
		return tax.Class{Code: code, Order: new(order), Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}
	}
	a, b := listed("AT", "", "1"), listed("BE", "", "1")
	a.Classes = []tax.Class{class("Z", 0, "9"), class("C", -1, "9"), class("B", -1, "5"), class("A", 1, "7")}
	b.Classes = []tax.Class{class("B", 2, "4"), class("A", 2, "6"), class("AA", 2, "1")}
	docs := []tax.Configuration{a, b}
	by := []tax.SortKey{{By: tax.ByRate}}
	assert.Equal(t, "BE AT", selected(t, docs, tax.Query{Sort: by}), "B at 4, C at 9")
	assert.Equal(t, "BE AT", selected(t, docs, tax.Query{Sort: by, Class: "A"}), "A at 6 before A at 7")
	assert.Equal(t, "BE AT", selected(t, docs, tax.Query{Sort: by, Class: "B"}), "B at 4 before B at 5")
	assert.Equal(t, "BE AT", selected(t, docs, tax.Query{Sort: []tax.SortKey{{By: tax.ByClass}}}), "B before C")
}

// A region that comes before its country has the day of UTC on every page.
func TestPagesByCursorAreOfOneListWhateverTheSequence(t *testing.T) {
	country, first, second := listed("DE", "", "19"), listed("DE", "X-A", "19"), listed("DE", "X-B", "19")
	country.TimeZone = "Pacific/Kiritimati"
	for _, c := range []*tax.Configuration{&first, &second} {
		c.Classes[0].Rates = []tax.Rate{{From: tax.MustDate("2027-01-01"), Percent: tax.MustPercent("1")}, {Percent: tax.MustPercent("19")}}
	}
	for _, docs := range [][]tax.Configuration{{country, first, second}, {first, second, country}, {first, country, second}, {second, country, first}} {
		for _, by := range [][]tax.SortKey{nil, {{By: tax.ByRate}}, {{By: tax.ByRate, Descending: true}}} {
			for _, rate := range []string{"1", "19"} {
				q := tax.Query{Rate: percentIs(rate), Now: noon(tax.MustDate("2026-12-31")), Sort: by, PageSize: 1}
				whole := q
				whole.PageSize = 60
				assert.Equal(t, selected(t, docs, whole), paged(t, docs, q), "%s: rate %s", taxtest.Codes(docs), rate)
			}
		}
	}
}

func TestTheOrderIsOneWhateverTheSequence(t *testing.T) {
	docs := places(200)
	random := rand.New(rand.NewSource(2))
	for i := range docs {
		docs[i].Classes[0].Rates[0].Percent = tax.MustPercent([]string{"19", "19.0", "7"}[i%3])
	}
	for _, keys := range [][]tax.SortKey{
		nil, {{By: tax.ByRate}}, {{By: tax.ByRate, Descending: true}}, {{By: tax.ByModified, Descending: true}}, {{By: tax.ByClass}, {By: tax.ByRate}},
	} {
		q := tax.Query{Sort: keys, PageSize: 70, PageNumber: 2}
		want := selected(t, docs, q)
		require.Len(t, strings.Fields(want), 70)
		for range 20 {
			shuffled := slices.Clone(docs)
			random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			require.Equal(t, want, selected(t, shuffled, q))
		}
	}
}

func TestAPageFarAwayCostsNothing(t *testing.T) {
	docs := places(100)
	for _, q := range []tax.Query{
		{PageSize: 1, PageNumber: 1<<31 - 1}, {PageSize: 1<<31 - 1, MaxPageSize: 1<<31 - 1}, {PageSize: 1000, PageNumber: 2147483},
	} {
		for _, sort := range [][]tax.SortKey{nil, {{By: tax.ByRate}}} {
			q.Sort = sort
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			_, err := tax.Select(each(docs), q)
			require.NoError(t, err)
			_, err = tax.SelectFrom(after(docs), q)
			require.NoError(t, err)
			runtime.ReadMemStats(&end)
			assert.Less(t, end.TotalAlloc-start.TotalAlloc, uint64(1<<20), "%+v", q)
		}
	}
}

func TestSelectCopiesNothing(t *testing.T) {
	cost := func(n int, q tax.Query) float64 {
		docs := places(n)
		return testing.AllocsPerRun(5, func() { _, _ = tax.Select(each(docs), q) })
	}
	for _, q := range []tax.Query{{}, {Class: "A", Rate: percentIs("19"), Effective: true}, {Country: "ZZ"}, {PageSize: 3, Sort: []tax.SortKey{{By: tax.ByRate}}}} {
		q.Now = noon(tax.MustDate("2026-11-21"))
		assert.LessOrEqual(t, cost(3000, q), cost(300, q)+20, "what a list costs is its page, not what it passes: %+v", q)
	}
}

func TestConfigurationsOfAPageAreCopies(t *testing.T) {
	docs := places(2)
	page, err := tax.Select(each(docs), tax.Query{})
	require.NoError(t, err)
	first := page.Configurations()
	first[0].Classes[0].Code = "SPOILED"
	first[0].Classes[0].Rates[0].Percent = tax.MustPercent("99")
	first[1] = tax.Configuration{}
	assert.Equal(t, "STANDARD", docs[0].Classes[0].Code)
	assert.Equal(t, places(2), page.Configurations())
	assert.Equal(t, places(2), docs)

	assert.Zero(t, tax.Page{}.Len())
	assert.Empty(t, tax.Page{}.Configurations())
}

func TestTheIteratorOfAPageCopiesOneAtATime(t *testing.T) {
	docs := places(50)
	page, err := tax.Select(each(docs), tax.Query{})
	require.NoError(t, err)
	assert.Equal(t, page.Configurations(), slices.Collect(page.All()))
	for c := range page.All() {
		c.Classes[0].Code = "SPOILED"
	}
	assert.Equal(t, docs, slices.Collect(page.All()))

	first := func() {
		for c := range page.All() {
			require.Equal(t, docs[0].Location, c.Location)
			break
		}
	}
	one := testing.AllocsPerRun(20, func() { _ = docs[0].Clone() })
	assert.LessOrEqual(t, testing.AllocsPerRun(20, first), one+8, "only what is reached is copied")
	assert.Empty(t, slices.Collect(tax.Page{}.All()))
}

func TestAFilterThatIgnoresCaseMustBeUTF8(t *testing.T) {
	docs := []tax.Configuration{listed("DE", "", "19")}
	in := tax.MustPreferences("en")
	for filter, want := range map[tax.TextFilter]string{
		{Contains: "stAND", In: in, IgnoreCase: true}:     "DE",
		{Contains: "\xff", In: in}:                        "",
		{Contains: "\xff", In: in, IgnoreCase: true}:      "error name",
		{Equals: "\xc3", In: in, IgnoreCase: true}:        "error name",
		{IgnoreCase: true}:                                "DE",
		{Equals: "standard 19", In: in}:                   "",
		{Equals: "standard 19", In: in, IgnoreCase: true}: "DE",
	} {
		assert.Equal(t, want, selected(t, docs, tax.Query{Name: filter}), "%q", filter)
	}
}

func TestAQueryIsNotChanged(t *testing.T) {
	docs := places(20)
	backing := []tax.SortKey{{By: tax.ByRate, Descending: true}, {By: tax.ByClass}}
	treatments := []tax.Treatment{tax.Exempt, tax.Taxable}
	key := []byte("key-and-more")
	q := tax.Query{Sort: backing[:1], Treatments: treatments, CursorKey: key[:3], PageSize: 2}
	page, err := tax.Select(each(docs), q)
	require.NoError(t, err)
	q.Cursor = page.Next
	_, err = tax.SelectFrom(after(docs), q)
	require.NoError(t, err)
	assert.Equal(t, []tax.SortKey{{By: tax.ByRate, Descending: true}, {By: tax.ByClass}}, backing)
	assert.Equal(t, []tax.Treatment{tax.Exempt, tax.Taxable}, treatments)
	assert.Equal(t, "key-and-more", string(key))
	assert.Equal(t, places(20), docs)
}

// A sequence may end early with what its own source said.
func TestASequenceThatStopsIsTheWholeList(t *testing.T) {
	failed := errors.New("gone")
	var cause error
	docs := places(10)
	page, err := tax.Select(func(yield func(*tax.Configuration) bool) {
		for i := range 3 {
			if !yield(&docs[i]) {
				return
			}
		}
		cause = failed
	}, tax.Query{Total: true})
	require.NoError(t, err)
	assert.Equal(t, 3, page.Total)
	assert.Equal(t, failed, cause)
}

func TestChangedSinceIsExactAndOrderIsInMilliseconds(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	modified := func(country string, d time.Duration) tax.Configuration {
		c := listed(country, "", "19")
		c.Metadata.Modified = at.Add(d).In(time.FixedZone("", 3600))
		return c
	}
	docs := []tax.Configuration{modified("AT", 2*time.Millisecond), modified("BE", time.Millisecond), modified("CH", 0), modified("DE", -time.Millisecond)}
	assert.Equal(t, "AT BE CH", selected(t, docs, tax.Query{ChangedSince: at}))
	assert.Equal(t, "AT BE", selected(t, docs, tax.Query{ChangedSince: at.Add(1)}))
	assert.Equal(t, "AT", selected(t, docs, tax.Query{ChangedSince: at.Add(2 * time.Millisecond).In(time.FixedZone("", -7200))}))
	by := tax.Query{Sort: []tax.SortKey{{By: tax.ByModified}}, PageSize: 1}
	assert.Equal(t, "DE CH BE AT", paged(t, docs, by))
	docs[3].Metadata.Modified = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, "DE CH BE AT", paged(t, docs, by), "long ago is not never")
}
