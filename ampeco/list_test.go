package ampeco_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

// numbered returns a service with n taxes that differ only in their ids.
func numbered(t testing.TB, n int, opts *ampeco.ServiceOptions) (*ampeco.Service, *ampeco.Memory) {
	t.Helper()
	m := ampeco.NewMemory(fixedClock)
	for range n {
		_, err := m.Create(context.Background(), ampeco.Draft{Name: "x"})
		require.NoError(t, err)
	}
	s, err := ampeco.NewService(m, opts)
	require.NoError(t, err)
	return s, m
}

// envelope is the body of a list, decoded by encoding/json.
type envelope struct {
	Data []struct {
		ID int64 `json:"id"`
	} `json:"data"`
	Links struct {
		First, Last, Prev, Next *string
	} `json:"links"`
	Meta struct {
		CurrentPage int     `json:"current_page"`
		PerPage     int     `json:"per_page"`
		NextCursor  *string `json:"next_cursor"`
		PrevCursor  *string `json:"prev_cursor"`
		Total       int     `json:"total"`
	} `json:"meta"`
}

func (e envelope) ids() (list []int64) {
	for _, x := range e.Data {
		list = append(list, x.ID)
	}
	return list
}

func list(t testing.TB, s *ampeco.Service, query string) envelope {
	t.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	body, err := s.List(context.Background(), values)
	require.NoError(t, err, query)
	var e envelope
	require.NoError(t, json.Unmarshal(body, &e), "%s", body)
	return e
}

func one(id int) string {
	return fmt.Sprintf(`{"id":%d,"name":"x","displayName":[],"percentage":0,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}`, id)
}

func TestEnvelopesOfNumberedPages(t *testing.T) {
	const path = `"/public-api/resources/taxes/v2.0`
	for _, c := range []struct {
		taxes       int
		query, want string
	}{
		{5, "page=2&per_page=2", `{"data":[` + one(3) + `,` + one(4) + `],"links":{"first":` + path + `?page=1&per_page=2","last":` + path + `?page=3&per_page=2","prev":` + path + `?page=1&per_page=2","next":` + path + `?page=3&per_page=2"},` +
			`"meta":{"current_page":2,"from":3,"last_page":3,"path":` + path + `","per_page":2,"to":4,"total":5}}`},
		{5, "page=3&per_page=2", `{"data":[` + one(5) + `],"links":{"first":` + path + `?page=1&per_page=2","last":` + path + `?page=3&per_page=2","prev":` + path + `?page=2&per_page=2","next":null},` +
			`"meta":{"current_page":3,"from":5,"last_page":3,"path":` + path + `","per_page":2,"to":5,"total":5}}`},
		{1, "", `{"data":[` + one(1) + `],"links":{"first":` + path + `?page=1&per_page=100","last":` + path + `?page=1&per_page=100","prev":null,"next":null},` +
			`"meta":{"current_page":1,"from":1,"last_page":1,"path":` + path + `","per_page":100,"to":1,"total":1}}`},
		{0, "per_page=1", `{"data":[],"links":{"first":` + path + `?page=1&per_page=1","last":` + path + `?page=1&per_page=1","prev":null,"next":null},` +
			`"meta":{"current_page":1,"from":null,"last_page":1,"path":` + path + `","per_page":1,"to":null,"total":0}}`},
		{2, "page=9&per_page=1", `{"data":[],"links":{"first":` + path + `?page=1&per_page=1","last":` + path + `?page=2&per_page=1","prev":` + path + `?page=2&per_page=1","next":null},` +
			`"meta":{"current_page":9,"from":null,"last_page":2,"path":` + path + `","per_page":1,"to":null,"total":2}}`},
	} {
		s, _ := numbered(t, c.taxes, nil)
		query, err := url.ParseQuery(c.query)
		require.NoError(t, err)
		got, err := s.List(context.Background(), query)
		require.NoError(t, err)
		// The links of meta have a test of their own.
		assert.Equal(t, c.want, regexp.MustCompile(`"links":\[.*?\],`).ReplaceAllString(string(got), ""), c.query)
	}
}

func TestLinksOfMetaLeadToThePagesAround(t *testing.T) {
	type link struct {
		URL    *string `json:"url"`
		Label  string  `json:"label"`
		Active bool    `json:"active"`
	}
	for _, c := range []struct {
		taxes, page int
		want        string
	}{
		{0, 1, "- [1] -"},
		{1, 1, "- [1] -"},
		{3, 1, "- [1] 2 3 2"},
		{3, 2, "1 1 [2] 3 3"},
		{3, 9, "3 1 2 3 -"},
		{13, 7, "6 1 2 3 4 5 6 [7] 8 9 10 11 12 13 8"},
		{14, 1, "- [1] 2 3 4 ... 13 14 2"},
		{14, 6, "5 1 2 3 4 5 [6] 7 8 9 ... 13 14 7"},
		{14, 14, "13 1 2 ... 11 12 13 [14] -"},
		{20, 10, "9 1 2 ... 7 8 9 [10] 11 12 13 ... 19 20 11"},
		{20, 99, "20 1 2 ... 17 18 19 20 -"},
	} {
		s, _ := numbered(t, c.taxes, nil)
		body, err := s.List(context.Background(), url.Values{"page": {strconv.Itoa(c.page)}, "per_page": {"1"}})
		require.NoError(t, err)
		var e struct{ Meta struct{ Links []link } }
		require.NoError(t, json.Unmarshal(body, &e))
		links := e.Meta.Links
		assert.Equal(t, "&laquo; Previous", links[0].Label)
		assert.Equal(t, "Next &raquo;", links[len(links)-1].Label)
		var got []string
		for i, l := range links {
			text, target := l.Label, "-"
			if l.URL != nil {
				target = strings.TrimSuffix(strings.TrimPrefix(*l.URL, "/public-api/resources/taxes/v2.0?page="), "&per_page=1")
			}
			switch {
			case i == 0 || i == len(links)-1:
				text = target
			case text == "...":
				assert.Nil(t, l.URL)
			default:
				assert.Equal(t, text, target)
			}
			if l.Active {
				text = "[" + text + "]"
			}
			got = append(got, text)
		}
		assert.Equal(t, c.want, strings.Join(got, " "), "page %d of %d", c.page, c.taxes)
	}
}

func TestEnvelopesOfPagesByCursor(t *testing.T) {
	const path = "https://shop.example/taxes"
	s, _ := numbered(t, 3, &ampeco.ServiceOptions{Path: path, CursorKey: []byte("0123456789abcdef")})
	first, err := s.List(context.Background(), url.Values{"cursor": {""}, "per_page": {"2"}})
	require.NoError(t, err)
	next := list(t, s, "cursor=&per_page=2").Meta.NextCursor
	require.NotNil(t, next)
	assert.Equal(t, `{"data":[`+one(1)+`,`+one(2)+`],"links":{"first":null,"last":null,"prev":null,"next":"`+path+`?cursor=`+*next+`&per_page=2"},`+
		`"meta":{"path":"`+path+`","per_page":2,"next_cursor":"`+*next+`","prev_cursor":null}}`, string(first))

	second, err := s.List(context.Background(), url.Values{"cursor": {*next}, "per_page": {"2"}})
	require.NoError(t, err)
	prev := list(t, s, "per_page=2&cursor="+*next).Meta.PrevCursor
	require.NotNil(t, prev)
	assert.Equal(t, `{"data":[`+one(3)+`],"links":{"first":null,"last":null,"prev":"`+path+`?cursor=`+*prev+`&per_page=2","next":null},`+
		`"meta":{"path":"`+path+`","per_page":2,"next_cursor":null,"prev_cursor":"`+*prev+`"}}`, string(second))

	back, err := s.List(context.Background(), url.Values{"cursor": {*prev}, "per_page": {"2"}})
	require.NoError(t, err)
	assert.Equal(t, string(first), string(back))

	empty, _ := numbered(t, 0, nil)
	got, err := empty.List(context.Background(), url.Values{"cursor": {""}})
	require.NoError(t, err)
	assert.Equal(t, `{"data":[],"links":{"first":null,"last":null,"prev":null,"next":null},"meta":{"path":"/public-api/resources/taxes/v2.0","per_page":100,"next_cursor":null,"prev_cursor":null}}`, string(got))
}

func TestLinksOfNumberedPagesLeadThroughAllTaxes(t *testing.T) {
	for n := range 8 {
		for perPage := 1; perPage <= 8; perPage++ {
			s, _ := numbered(t, n, nil)
			var got []int64
			pages := 1
			e := list(t, s, fmt.Sprintf("per_page=%d", perPage))
			got = append(got, e.ids()...)
			for ; e.Links.Next != nil; pages++ {
				_, query, _ := strings.Cut(*e.Links.Next, "?")
				e = list(t, s, query)
				got = append(got, e.ids()...)
			}
			require.Len(t, got, n)
			for i, id := range got {
				require.EqualValues(t, i+1, id)
			}
			assert.Equal(t, max((n+perPage-1)/perPage, 1), pages)
			_, last, _ := strings.Cut(*e.Links.Last, "?")
			assert.Equal(t, e, list(t, s, last))
		}
	}
}

// long is a store that says that it has very many taxes.
type long struct {
	ampeco.Store
	total int
}

func (l long) List(ctx context.Context, r ampeco.Range) (ampeco.Page, error) {
	page, err := l.Store.List(ctx, r)
	page.Total = l.total
	return page, err
}

func TestNumbersOfTheLastPagesDoNotOverflow(t *testing.T) {
	_, m := numbered(t, 1, nil)
	for _, total := range []int{math.MaxInt, math.MaxInt - 1, math.MaxInt32} {
		s, err := ampeco.NewService(long{m, total}, nil)
		require.NoError(t, err)
		e := list(t, s, "page=1&per_page=100")
		require.NotNil(t, e.Links.Last)
		assert.Contains(t, *e.Links.Last, fmt.Sprintf("page=%d&", total/100+1))
		assert.NotNil(t, e.Links.Next, "%d", total)
		assert.Equal(t, total, e.Meta.Total)
	}
	s, err := ampeco.NewService(long{m, math.MaxInt}, nil)
	require.NoError(t, err)
	e := list(t, s, "page=2147483647&per_page=1")
	assert.Equal(t, math.MaxInt32, e.Meta.CurrentPage)
	require.NotNil(t, e.Links.Prev)
	assert.Contains(t, *e.Links.Prev, "page=2147483646&")
}

func TestAnEmptyCursorBesideAPageIsNone(t *testing.T) {
	s, _ := numbered(t, 3, nil)
	want := list(t, s, "page=2&per_page=1")
	for _, query := range []string{"page=2&per_page=1&cursor=", "cursor=null&page=2&per_page=1"} {
		assert.Equal(t, want, list(t, s, query), query)
	}
	first := list(t, s, "cursor=null&per_page=1")
	assert.Equal(t, []int64{1}, first.ids())
	assert.NotNil(t, first.Meta.NextCursor)
}

func TestParametersThatAreRefused(t *testing.T) {
	s, _ := numbered(t, 3, nil)
	cursor := *list(t, s, "cursor=&per_page=1").Meta.NextCursor
	other, _ := numbered(t, 3, nil)
	foreign := *list(t, other, "cursor=&per_page=1").Meta.NextCursor
	for query, want := range map[string]string{
		"page=0": "page", "page=-1": "page", "page=%2B1": "page", "page=+1": "page", "page=01": "page", "page=1e1": "page",
		"page=1.0": "page", "page=": "page", "page": "page", "page=one": "page", "page=0x1": "page", "page=1_0": "page", "page=%D9%A1": "page",
		"page=2147483648": "page", "page=99999999999999999999": "page", "page=2147483647": "page", "page=21474837&per_page=100": "page",
		"page=1&page=1": "page", "page=1&page=2": "page",
		"per_page=0": "per_page", "per_page=-1": "per_page", "per_page=101": "per_page", "per_page=2147483648": "per_page",
		"per_page=%2B1": "per_page", "per_page=1e1": "per_page", "per_page=": "per_page", "per_page=5&per_page=5": "per_page",
		"page=x&per_page=x":       "page per_page",
		"page=1&cursor=" + cursor: "cursor", "page=0&cursor=x": "cursor page",
		"cursor=x": "cursor", "cursor=" + foreign: "cursor", "cursor=" + cursor + "&cursor=" + cursor: "cursor",
		"cursor=" + cursor[1:]: "cursor", "cursor=" + cursor + "=": "cursor", "cursor=%0A" + cursor[1:]: "cursor",
		"cursor=" + strings.Repeat("A", len(cursor)): "cursor", "cursor=" + strings.Repeat("A", 100000): "cursor",
		"perPage=1": "perPage", "Page=1": "Page", "limit=1": "limit", "=": "", "page%5B%5D=1": "page[]", "%FF=1": "",
		"x=1&y=2&page=0": "page x y",
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		body, err := s.List(context.Background(), values)
		assert.Empty(t, body)
		assert.Equal(t, want, strings.Join(faultyFields(t, err), " "), "%.60s", query)
		assert.Equal(t, 422, ampeco.ErrorFor(err).Status)
		assert.Less(t, len(err.Error()), 300)
	}
	_, err := s.List(context.Background(), url.Values{"page": {}})
	assert.Equal(t, []string{"page"}, faultyFields(t, err))
	assert.Empty(t, list(t, s, "page=21474836&per_page=100").Data)
	assert.Empty(t, list(t, s, "page=2147483647&per_page=1").Data)
}

func TestListsPassTheErrorsOfTheStoreOn(t *testing.T) {
	s, _ := numbered(t, 3, nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	body, err := s.List(ctx, nil)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, body)
}

// A change of any character makes a cursor invalid.
func TestCursorsCannotBeMadeUp(t *testing.T) {
	s, _ := numbered(t, 3, nil)
	cursor := *list(t, s, "cursor=&per_page=1").Meta.NextCursor
	assert.Equal(t, cursor, url.QueryEscape(cursor))
	for i := range len(cursor) {
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/ " {
			changed := cursor[:i] + string(c) + cursor[i+1:]
			if changed == cursor {
				continue
			}
			_, err := s.List(context.Background(), url.Values{"cursor": {changed}})
			assert.Equal(t, []string{"cursor"}, faultyFields(t, err), changed)
		}
	}
}

func TestCursorsAreOfEveryServiceWithTheKey(t *testing.T) {
	key := []byte("a key of 16 byte")
	opts := &ampeco.ServiceOptions{CursorKey: key}
	one, m := numbered(t, 3, opts)
	cursor := *list(t, one, "cursor=&per_page=1").Meta.NextCursor
	two, err := ampeco.NewService(m, opts)
	require.NoError(t, err)
	assert.Equal(t, []int64{2, 3}, list(t, two, "cursor="+cursor).ids())
	key[0] = 'A'
	assert.Equal(t, []int64{2, 3}, list(t, two, "cursor="+cursor).ids(), "the service kept a reference to the caller's key")
	three, err := ampeco.NewService(m, opts)
	require.NoError(t, err)
	_, err = three.List(context.Background(), url.Values{"cursor": {cursor}})
	assert.Equal(t, []string{"cursor"}, faultyFields(t, err))
}

func TestServicesRefuseOptionsThatMakeNoSense(t *testing.T) {
	m := ampeco.NewMemory(nil)
	for _, make := range []func() (*ampeco.Service, error){
		func() (*ampeco.Service, error) { return ampeco.NewService(nil, nil) },
		func() (*ampeco.Service, error) { return ampeco.NewService(m, &ampeco.ServiceOptions{Path: "/a?b=c"}) },
		func() (*ampeco.Service, error) { return ampeco.NewService(m, &ampeco.ServiceOptions{Path: "/a#b"}) },
		func() (*ampeco.Service, error) { return ampeco.NewService(m, &ampeco.ServiceOptions{Path: "/\xff"}) },
		func() (*ampeco.Service, error) {
			return ampeco.NewService(m, &ampeco.ServiceOptions{CursorKey: []byte("short")})
		},
	} {
		s, err := make()
		assert.ErrorIs(t, err, tax.ErrInvalid)
		assert.Nil(t, s)
	}
}
