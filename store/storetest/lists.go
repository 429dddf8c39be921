package storetest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

var listTests = []test{
	{"LikeSelect", "List returns the page that a query asks for, as Select does", testListLikeSelect},
	{"Cursors", "a cursor continues its list, for its tenant and its query only", testListCursors},
	{"BesideWrites", "List answers from one state of the store, whatever is written meanwhile: no document that stays is missed or comes twice", testListBesideWrites},
	{"Refusals", "a query that Select refuses is refused with ErrInvalid", testListRefusals},
}

// lister returns an empty store that can list, or skips the test.
func (c *check) lister(s tax.Store) tax.Lister {
	c.Helper()
	l, ok := s.(tax.Lister)
	if !ok {
		c.Skip("skipped: the store is no tax.Lister")
	}
	return l
}

// codes returns the locations of documents.
func codes(docs []tax.Configuration) string {
	var list []string
	for i := range docs {
		list = append(list, docs[i].Location.String())
	}
	return strings.Join(list, " ")
}

// queries returns queries of all kinds.
func queries(docs []tax.Configuration) []tax.Query {
	english := tax.MustPreferences("en")
	since := time.Time{}
	if len(docs) > 0 {
		since = docs[len(docs)/2].Metadata.Modified
	}
	rate := tax.Query{Date: tax.MustDate("2026-12-01")}
	rate.Rate.Decimal, rate.Rate.Valid = tax.MustPercent("7"), true
	list := []tax.Query{
		{}, {CountriesOnly: true}, {Country: "D"}, {Country: "DE", ExactCodes: true}, {Region: "X-A"}, {Region: "X-A", ExactCodes: true},
		{ChangedSince: since}, {Class: "A"}, {Class: "A", ExactCodes: true}, {Class: "none"},
		{Name: tax.TextFilter{Contains: "ate"}, Preferences: english},
		{Name: tax.TextFilter{Equals: "RATE", IgnoreCase: true, In: english}},
		rate, {Effective: true, Date: tax.MustDate("2020-01-01")}, {Effective: true},
		{Treatments: []tax.Treatment{tax.Taxable}}, {Country: "E", Class: "BOOKS", CountriesOnly: true},
	}
	for _, keys := range []string{"", "country:desc", "region,country", "modified:desc", "class,rate", "rate:desc"} {
		for i := range list[:min(len(list), 9)] {
			q := list[i]
			if keys != "" {
				q.Sort, _ = tax.ParseSort(keys)
			}
			list = append(list, q)
		}
	}
	return list
}

func testListLikeSelect(c *check) {
	s := c.store()
	lister := c.lister(s)
	r := rand.New(rand.NewPCG(1, 2))
	for _, tenant := range []string{"shop", "empty", "a|b\x00"} {
		var docs []tax.Configuration
		if tenant != "empty" {
			for _, d := range random(r, c.times(60)) {
				docs = append(docs, c.create(s, tenant, d))
			}
			docs = c.shuffle(s, tenant, docs, r)
		}
		slices.SortFunc(docs, func(a, b tax.Configuration) int {
			return cmp.Or(cmp.Compare(a.Location.Country, b.Location.Country), cmp.Compare(a.Location.Region, b.Location.Region))
		})
		for _, q := range queries(docs) {
			q.Now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
			q.CursorKey = []byte("key")
			for i, size := range []int{0, 3, 7, 1}[:c.times(4)] {
				// Who need not count all documents begins after the cursor.
				q.PageSize, q.Total = size, i%2 == 0
				c.sameList(lister, tenant, docs, q)
			}
			if c.Failed() {
				return
			}
		}
	}
}

// shuffle updates some documents and deletes others, and returns what is left.
func (c *check) shuffle(s tax.Store, tenant string, docs []tax.Configuration, r *rand.Rand) (left []tax.Configuration) {
	for _, d := range docs {
		switch r.IntN(4) {
		case 0:
			left = append(left, c.update(s, tenant, d))
		case 1:
			c.remove(s, tenant, d.Location)
		default:
			left = append(left, d)
		}
	}
	return left
}

// sameList reports it if a list is not that of Select, by number and by cursor.
func (c *check) sameList(l tax.Lister, tenant string, docs []tax.Configuration, q tax.Query) {
	c.Helper()
	all := func(yield func(*tax.Configuration) bool) {
		for i := range docs {
			if !yield(&docs[i]) {
				return
			}
		}
	}
	byCursor := q
	for number := 1; ; number++ {
		byNumber := q
		if q.PageSize > 0 {
			byNumber.PageNumber = number
		}
		want, err := tax.Select(all, byNumber)
		c.ok(err, "Select of %+v", byNumber)
		for _, q := range []tax.Query{byNumber, byCursor} {
			got, err := l.List(c.Context(), tenant, q)
			c.ok(err, "List of %+v", q)
			if codes(got.Configurations()) != codes(want.Configurations()) || got.Total != want.Total || (got.Next == "") != (want.Next == "") {
				c.stop("List of %+v returns %q of %d (more: %v), and Select %q of %d (more: %v)", q,
					codes(got.Configurations()), got.Total, got.Next != "", codes(want.Configurations()), want.Total, want.Next != "")
			}
			for i, d := range got.Configurations() {
				c.same(d, want.Configurations()[i], "a document of List")
			}
			if q.Cursor != "" || number == 1 {
				byCursor.Cursor = got.Next
			}
		}
		if want.Next == "" || q.PageSize == 0 || number == 40 {
			return
		}
	}
}

func testListCursors(c *check) {
	s := c.store()
	l := c.lister(s)
	tenants := []string{"", "a", "\x00", "a\x00"}
	for _, tenant := range tenants {
		for i, code := range countries {
			c.create(s, tenant, at(code, i))
		}
	}
	for _, sort := range []string{"", "rate:desc"} {
		q := tax.Query{PageSize: 3}
		if sort != "" {
			q.Sort, _ = tax.ParseSort(sort)
		}
		page, err := l.List(c.Context(), "a", q)
		c.ok(err, "List")
		q.Cursor = page.Next
		for _, tenant := range tenants {
			_, err := l.List(c.Context(), tenant, q)
			if tenant == "a" {
				c.ok(err, "List with a cursor")
			} else {
				c.refused(err, tax.ErrInvalid, "List of tenant %q with a cursor of tenant %q", tenant, "a")
			}
		}
		other := q
		other.Country = "D"
		_, err = l.List(c.Context(), "a", other)
		c.refused(err, tax.ErrInvalid, "List with the cursor of another query")
	}
}

// While others write, a reader pages through documents that stay as they are.
func testListBesideWrites(c *check) {
	one, other := c.handles(nil)
	l := c.lister(one)
	var stay []string
	for i, code := range countries {
		if i%2 == 0 {
			c.create(one, "", at(code, i))
			stay = append(stay, code)
		}
	}
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; ; i++ {
			code := countries[1+2*(i%(len(countries)/2))]
			if _, err := other.Create(c.Context(), "", at(code, i)); err != nil {
				c.broken("Create while others list failed: %v", err)
				return
			}
			if err := other.Delete(c.Context(), "", tax.Location{Country: code}); err != nil {
				c.broken("Delete while others list failed: %v", err)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	defer group.Wait()
	defer close(done)
	for range c.times(50) {
		var seen []string
		for _, d := range c.pages(l, 2, "List while others write") {
			if slices.Contains(stay, d.Location.Country) {
				seen = append(seen, d.Location.Country)
			}
		}
		if !slices.Equal(seen, stay) {
			c.stop("pages by cursor had %v of the documents that stayed, not %v", seen, stay)
		}
	}
}

// pages returns all documents of the tenant "", page by page.
func (c *check) pages(l tax.Lister, size int, what string) (docs []tax.Configuration) {
	c.Helper()
	for q := (tax.Query{PageSize: size}); ; {
		page, err := l.List(c.Context(), "", q)
		c.ok(err, "%s", what)
		docs = append(docs, page.Configurations()...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return docs
		}
	}
}

func testListRefusals(c *check) {
	s := c.store()
	l := c.lister(s)
	c.create(s, "", at("CA", 5))
	for _, q := range []tax.Query{
		{PageSize: -1}, {PageSize: math.MaxInt32}, {PageNumber: -1, PageSize: 1}, {PageNumber: 2}, {Cursor: "forged"}, {Cursor: strings.Repeat("x", 1<<16)}, {Cursor: "\xff\x00"},
		{PageNumber: 1, PageSize: 1, Cursor: "x"}, {Name: tax.TextFilter{Contains: "x"}},
	} {
		_, err := l.List(c.Context(), "", q)
		c.refused(err, tax.ErrInvalid, "List of %+v", q)
	}
	page, err := l.List(c.Context(), "", tax.Query{PageNumber: 1 << 20, PageSize: 1000, Total: true})
	c.ok(err, "List of a page far behind the last")
	if page.Len() != 0 || page.Total != 1 {
		c.broken("a page far behind the last has %d documents of %d", page.Len(), page.Total)
	}
}
