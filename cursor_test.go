package tax

import (
	"encoding/base64"
	"iter"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/canon"
)

// listedPlaces are configurations of some places, each with other values.
func listedPlaces() []Configuration {
	var docs []Configuration
	for i, country := range []string{"AT", "BE", "CH", "DE", "FR", "IT"} {
		name := MustLocalizedText(map[string]string{"de": "Satz " + country, "en": "Rate " + country})
		docs = append(docs, Configuration{
			Location: Location{Country: country}, TimeZone: "Europe/Berlin",
			Metadata: Metadata{Version: 1, Modified: time.Date(2026, 11, 1+i, 0, 0, 0, 0, time.UTC)},
			Classes: []Class{{
				Code: "STANDARD", Name: name, Description: name,
				Rates: []Rate{{Percent: decimal.New(int64(30-i), 0)}},
			}},
		})
	}
	return docs
}

func eachOf(docs []Configuration) iter.Seq[*Configuration] {
	return func(yield func(*Configuration) bool) {
		for i := range docs {
			if !yield(&docs[i]) {
				return
			}
		}
	}
}

func countriesOf(p Page) (codes string) {
	for _, c := range p.Configurations() {
		codes += c.Location.Country
	}
	return codes
}

// everyKey is a query whose cursor holds a value of every kind.
func everyKey() Query {
	keys, err := ParseSort("name.en,description.de:desc,rate,modifiedAt:desc,taxClassCode,region,countryCode")
	if err != nil {
		panic(err)
	}
	return Query{Sort: keys, PageSize: 2, CursorKey: []byte("key"), Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
}

// cursorOf is the cursor after the first page.
func cursorOf(t testing.TB, q Query) string {
	t.Helper()
	page, err := Select(eachOf(listedPlaces()), q)
	require.NoError(t, err)
	require.NotEmpty(t, page.Next)
	return page.Next
}

// requireRefused fails unless the cursor of a query is refused.
func requireRefused(t testing.TB, q Query, about ...any) {
	t.Helper()
	page, err := Select(eachOf(listedPlaces()), q)
	var input *InputError
	require.ErrorAs(t, err, &input, about...)
	require.Equal(t, "cursor", input.Field, about...)
	require.ErrorIs(t, err, ErrInvalid)
	require.LessOrEqual(t, len(input.Value), 64)
	require.Zero(t, page.Len())
	require.Empty(t, page.Next)
}

func TestCursorsFitIntoAddresses(t *testing.T) {
	for _, q := range []Query{{PageSize: 2}, everyKey()} {
		for range 100 {
			q.CursorKey = append(q.CursorKey, 'x')
			require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]+$`), cursorOf(t, q))
		}
	}
}

func TestDamagedCursorsAreRefused(t *testing.T) {
	for _, q := range []Query{{PageSize: 2, CursorKey: []byte("key")}, {PageSize: 2}, everyKey()} {
		good := cursorOf(t, q)
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		for i := range good {
			for _, c := range alphabet + "+/=. \n\x00\xff" {
				if rune(good[i]) != c {
					q.Cursor = good[:i] + string(c) + good[i+1:]
					requireRefused(t, q, "byte %d", i)
				}
			}
			q.Cursor = good[:i]
			if i > 0 {
				requireRefused(t, q, "cut to %d", i)
			}
			for _, more := range []string{"A", "AA", "AAA", "AAAA", "\n", "\r\n", "=", "==", "."} {
				q.Cursor = good[:i] + more + good[i:]
				requireRefused(t, q, "%q in byte %d", more, i)
			}
		}
		for _, bad := range []string{" " + good, good + " ", good + "\n", good + "\r\n", good + "=", good + good, "\n", " ", "=", "null", strings.ToLower(good)} {
			q.Cursor = bad
			requireRefused(t, q, "%q", bad)
		}
		raw, err := base64.RawURLEncoding.DecodeString(good)
		require.NoError(t, err)
		for i := range raw {
			for bit := range 8 {
				raw[i] ^= 1 << bit
				q.Cursor = base64.RawURLEncoding.EncodeToString(raw)
				requireRefused(t, q, "bit %d of byte %d", bit, i)
				raw[i] ^= 1 << bit
			}
		}
		q.Cursor = good
		page, err := Select(eachOf(listedPlaces()), q)
		require.NoError(t, err)
		assert.Equal(t, 2, page.Len())
	}
}

func TestLongCursorsAreRefusedAtOnce(t *testing.T) {
	good := cursorOf(t, Query{PageSize: 2})
	for _, n := range []int{16<<10 + 1, 1 << 20} {
		q := Query{Cursor: good + strings.Repeat("A", n-len(good))}
		requireRefused(t, q)
		assert.LessOrEqual(t, testing.AllocsPerRun(5, func() { _, _ = newSelection(&q) }), 10.0, "nothing of it is read")
	}
}

// fullQuery has everything that decides about content and order.
func fullQuery() Query {
	q := everyKey()
	q.Country, q.Region, q.Class, q.Effective = "", "", "STANDARD", true
	q.Name, q.Description = TextFilter{Contains: "Rate", In: MustPreferences("en")}, TextFilter{Contains: "Satz", In: MustPreferences("de")}
	q.Treatments = []Treatment{Taxable, Exempt}
	q.ChangedSince = time.Date(2026, 10, 1, 0, 0, 0, 1, time.UTC)
	q.Date = MustDate("2026-11-21")
	q.Preferences = MustPreferences("en", "de")
	q.Sort = slices.Clone(q.Sort)
	return q
}

// A release must go on reading the cursors of the one before: those that clients
// hold, and those of another instance while both are in use.
func TestCursorsOfEarlierReleasesAreRead(t *testing.T) {
	effective := Query{PageSize: 2, Effective: true, Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	for cursor, q := range map[string]Query{
		"n3MKggVUwy9-lTeKhSYYEARCRQA":                    {PageSize: 2},
		"5zhiWY34TBQUc_MTyoMPMwRCRQAaRXVyb3BlL0Jlcmxpbg": effective,
		"Vq8GdXK11BXbD_HGrtnDNQAOUmF0ZSBCRQAOU2F0eiBCRQAEMjkAgJDymLNoABBTVEFOREFSRAEAAARCRQRCRQAaRXVyb3BlL0Jlcmxpbg": everyKey(),
		"KHiu4_NfLJh1IYsyeqBcKAAOUmF0ZSBCRQAOU2F0eiBCRQAEMjkAgJDymLNoABBTVEFOREFSRAEAAARCRQRCRQA":                    fullQuery(),
	} {
		assert.Equal(t, cursor, cursorOf(t, q))
		q.Cursor = cursor
		page, err := Select(eachOf(listedPlaces()), q)
		require.NoError(t, err, cursor)
		assert.Equal(t, "CHDE", countriesOf(page), cursor)
	}
}

func TestCursorsOfAnotherListAreRefused(t *testing.T) {
	good := cursorOf(t, fullQuery())
	for about, change := range map[string]func(*Query){
		"country":                  func(q *Query) { q.Country = "A" },
		"region":                   func(q *Query) { q.Region = "X" },
		"class":                    func(q *Query) { q.Class = "STAND" },
		"no class":                 func(q *Query) { q.Class = "" },
		"country in place":         func(q *Query) { q.Country, q.Class = q.Class, "" },
		"region in place":          func(q *Query) { q.Region, q.Class = q.Class, "" },
		"exact codes":              func(q *Query) { q.ExactCodes = true },
		"whole name":               func(q *Query) { q.Name.Equals = "Rate" },
		"whole name only":          func(q *Query) { q.Name.Equals, q.Name.Contains = q.Name.Contains, "" },
		"whole description":        func(q *Query) { q.Description.Equals = "x" },
		"case of names":            func(q *Query) { q.Name.IgnoreCase = true },
		"case of descriptions":     func(q *Query) { q.Description.IgnoreCase = true },
		"countries only":           func(q *Query) { q.CountriesOnly = true },
		"effective":                func(q *Query) { q.Effective = false },
		"name":                     func(q *Query) { q.Name.Contains = "Rat" },
		"name dropped":             func(q *Query) { q.Name.Contains = "" },
		"names in another":         func(q *Query) { q.Name.In = MustPreferences("en-GB") },
		"names in two":             func(q *Query) { q.Name.In = MustPreferences("en", "de") },
		"names with fallback":      func(q *Query) { q.Name.In, _ = q.Name.In.WithFallback("de") },
		"names in the general":     func(q *Query) { q.Name.In = Preferences{} },
		"description":              func(q *Query) { q.Description.Contains += " " },
		"descriptions in another":  func(q *Query) { q.Description.In = MustPreferences("de-AT") },
		"texts swapped":            func(q *Query) { q.Name, q.Description = q.Description, q.Name },
		"rate":                     func(q *Query) { q.Rate.Valid = true },
		"rate 19":                  func(q *Query) { q.Rate = decimal.NullDecimal{Valid: true, Decimal: decimal.New(19, 0)} },
		"treatments":               func(q *Query) { q.Treatments = []Treatment{Taxable} },
		"other treatments":         func(q *Query) { q.Treatments = []Treatment{Taxable, ZeroRated} },
		"no treatments":            func(q *Query) { q.Treatments = nil },
		"since":                    func(q *Query) { q.ChangedSince = q.ChangedSince.Add(1) },
		"since ever":               func(q *Query) { q.ChangedSince = time.Time{} },
		"date":                     func(q *Query) { q.Date = q.Date.AddDays(1) },
		"today":                    func(q *Query) { q.Date = Date{} },
		"no order":                 func(q *Query) { q.Sort = nil },
		"a key less":               func(q *Query) { q.Sort = q.Sort[:len(q.Sort)-1] },
		"a key more":               func(q *Query) { q.Sort = append(q.Sort, SortKey{By: ByCountry}) },
		"keys swapped":             func(q *Query) { q.Sort[4], q.Sort[5] = q.Sort[5], q.Sort[4] },
		"a direction":              func(q *Query) { q.Sort[6].Descending = true },
		"a language of a key":      func(q *Query) { q.Sort[0].In = MustPreferences("de") },
		"no language of a key":     func(q *Query) { q.Sort[0].In = Preferences{} },
		"fallback of a key":        func(q *Query) { q.Sort[0].In, _ = q.Sort[0].In.WithFallback("de") },
		"another field":            func(q *Query) { q.Sort[0].By = ByDescription },
		"key":                      func(q *Query) { q.CursorKey = []byte("kez") },
		"no key":                   func(q *Query) { q.CursorKey = nil },
		"a key and a zero":         func(q *Query) { q.CursorKey = []byte("key\x00") },
		"a key and many zeros":     func(q *Query) { q.CursorKey = append([]byte("key"), make([]byte, 61)...) },
		"a longer key":             func(q *Query) { q.CursorKey = []byte("key" + strings.Repeat("k", 100)) },
		"the order of preferences": func(q *Query) { q.Name.In = MustPreferences("de", "en") },
	} {
		q := fullQuery()
		change(&q)
		q.Cursor = good
		requireRefused(t, q, about)
	}
	q := fullQuery()
	q.Cursor = good
	_, err := Select(eachOf(listedPlaces()), q)
	require.NoError(t, err)
}

func TestCursorsSeeLanguagesOnlyWhereTextsAreRead(t *testing.T) {
	general := Query{Sort: []SortKey{{By: ByName}}, Preferences: MustPreferences("en"), PageSize: 2}
	own := Query{Sort: []SortKey{{By: ByName, In: MustPreferences("en")}}, PageSize: 2}
	own.Cursor = cursorOf(t, general)
	page, err := Select(eachOf(listedPlaces()), own)
	require.NoError(t, err, "the same languages, said elsewhere")
	assert.Equal(t, "CHDE", countriesOf(page))
	general.Cursor = own.Cursor
	general.Preferences = MustPreferences("de")
	requireRefused(t, general)
	// Preferences that exclude a language differ from those that do not.
	excluding, err := ParseAcceptLanguage("en, fr;q=0")
	require.NoError(t, err)
	general.Preferences = excluding
	requireRefused(t, general)
	general.Cursor = ""
	general.Cursor = cursorOf(t, general)
	page, err = Select(eachOf(listedPlaces()), general)
	require.NoError(t, err)
	assert.Equal(t, "CHDE", countriesOf(page))
}

func TestPagesByCursorMayDifferInWhatDoesNotDecide(t *testing.T) {
	q := fullQuery()
	q.Cursor = cursorOf(t, q)
	for about, change := range map[string]func(*Query){
		"as it was":    func(*Query) {},
		"size":         func(q *Query) { q.PageSize = 3 },
		"default size": func(q *Query) { q.PageSize = 0 },
		"largest size": func(q *Query) { q.MaxPageSize = 5000 },
		"total":        func(q *Query) { q.Total = true },
		"now":          func(q *Query) { q.Now = q.Now.AddDate(1, 0, 0) },
		"now unsaid":   func(q *Query) { q.Now = time.Time{} },
		"zone of an instant": func(q *Query) {
			q.ChangedSince = q.ChangedSince.In(time.FixedZone("", 3600))
		},
		"another copy of the key": func(q *Query) { q.CursorKey = []byte(string(q.CursorKey)) },
	} {
		other := q
		change(&other)
		page, err := Select(eachOf(listedPlaces()), other)
		require.NoError(t, err, about)
		assert.Equal(t, "CHDEFRIT"[:2*page.Len()], countriesOf(page), about)
		want := 2
		switch about {
		case "size":
			want = 3
		case "default size":
			want = 4
		case "total":
			assert.Equal(t, 6, page.Total, "the total is that of the list, not of what is left")
		}
		assert.Equal(t, want, page.Len(), about)
	}
	q.Rate = decimal.NullDecimal{Valid: true, Decimal: decimal.New(7, 0)}
	first, err := newSelection(&Query{Rate: q.Rate})
	require.NoError(t, err)
	again, err := newSelection(&Query{Rate: decimal.NullDecimal{Valid: true, Decimal: decimal.New(700, -2)}})
	require.NoError(t, err)
	assert.Equal(t, first.seal(&row{}), again.seal(&row{}), "7 and 7.00 are one filter")
	q.PageNumber = 1
	_, err = Select(eachOf(listedPlaces()), q)
	var input *InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "pageNumber", input.Field, "a cursor is a place of its own")
}

func TestPagesByCursorGoOnAfterWhatChanged(t *testing.T) {
	for _, expression := range []string{"", "rate:desc", "modifiedAt", "name.en", "taxClassCode,rate:desc"} {
		keys, err := ParseSort(expression)
		require.NoError(t, err)
		q := Query{Sort: keys, PageSize: 2}
		q.Cursor = cursorOf(t, q) // after AT, BE
		docs := listedPlaces()
		rest := func() string {
			page, err := Select(eachOf(docs), Query{Sort: keys, PageSize: 60, Cursor: q.Cursor})
			require.NoError(t, err)
			return countriesOf(page)
		}
		assert.Equal(t, "CHDEFRIT", rest(), expression)
		docs = docs[1:]
		assert.Equal(t, "CHDEFRIT", rest(), "%s: one of the first page was deleted", expression)
		docs = docs[1:]
		assert.Equal(t, "CHDEFRIT", rest(), "%s: the place of the cursor itself was deleted", expression)
		docs = docs[1:]
		assert.Equal(t, "DEFRIT", rest(), "%s: the next was deleted", expression)
		docs = nil
		assert.Equal(t, "", rest(), "%s: all were deleted", expression)
		docs = append(listedPlaces(), Configuration{Location: Location{"ZA", ""}}, Configuration{Location: Location{"AA", ""}})
		want := "CHDEFRITAAZA" // without values: the last
		if expression == "" {
			want = "CHDEFRITZA"
		}
		if expression == "" {
			slices.SortFunc(docs, func(a, b Configuration) int { return strings.Compare(a.Location.Country, b.Location.Country) })
		}
		assert.Equal(t, want, rest(), "%s: others were created", expression)
	}
}

// sealed is a cursor with this content, as somebody without a key can make it.
func sealed(t testing.TB, q Query, content string) string {
	t.Helper()
	s, err := newSelection(&q)
	require.NoError(t, err)
	return canon.Seal(q.CursorKey, s.definition(), []byte(content))
}

func TestCursorsThatAreSignedAndOddDoNoHarm(t *testing.T) {
	queries := []Query{{PageSize: 2}, {PageSize: 2, Effective: true}, everyKey()}
	for _, field := range []SortField{ByName, ByCountry, ByRate, ByModified} {
		queries = append(queries, Query{PageSize: 2, Sort: []SortKey{{By: field, In: MustPreferences("en")}}})
	}
	long := "\x80\x80\x01" // a length of 8,192
	for _, q := range queries {
		for _, content := range []string{
			"", "\x00", "\x01", "\x02", "\xff", "\x00\x00\x00", "\x04AT\x00", "\x04AT\x00\x00", "\x04\xff\xfe\x00", "\x01\x00\x00", "\x03AT\x00",
			strings.Repeat("\x00", 64), strings.Repeat("\x01", 64), strings.Repeat("\xff", 64), strings.Repeat("\x80", 10) + "\x01", long, long + strings.Repeat("A", 8192),
			"\x00\x021\x04AT\x00", "\x00\x061e9\x04AT\x00", "\x00\x04-1\x04AT\x00", "\x00\x1e1e1000000000000\x04AT\x00", "\x01\x061e9\x04AT\x00",
			"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x04AT\x00", "\x00\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x04AT\x00",
		} {
			q.Cursor = ""
			q.CursorKey = nil
			q.Cursor = sealed(t, q, content)
			page, err := Select(eachOf(listedPlaces()), q)
			if err != nil {
				var input *InputError
				require.ErrorAs(t, err, &input, "%q", content)
				require.Equal(t, "cursor", input.Field)
				continue
			}
			require.LessOrEqual(t, page.Len(), 2)
		}
	}
}

func TestCursorsKeepValuesWithoutLoss(t *testing.T) {
	q := everyKey()
	for _, percent := range []string{"0", "1000", "0.000000000001", "999.999999999999", "7.50"} {
		for _, at := range []time.Time{{}, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC)} {
			docs := listedPlaces()
			for i := range docs {
				docs[i].Classes[0].Rates[0].Percent = MustPercent(percent)
				docs[i].Metadata.Modified = at
				docs[i].Classes[0].Name = MustLocalizedText(map[string]string{"en": "a\x00\u00e9\U0001F4B6" + strings.Repeat("\u00e9", 600)})
			}
			var all string
			q.Cursor = ""
			for range 4 {
				page, err := Select(eachOf(docs), q)
				require.NoError(t, err)
				all += countriesOf(page)
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			require.Equal(t, "ITFRDECHBEAT", all, "%s, %v: by description, descending", percent, at)
		}
	}
}

func TestCursorsOfDocumentsThatNobodyValidatedWork(t *testing.T) {
	docs := listedPlaces()
	for i := range docs {
		docs[i].Classes[0].Code = strings.Repeat("\xff", 1<<16) + docs[i].Location.Country
		docs[i].Classes[0].Rates[0].Percent = decimal.New(1, math.MaxInt32)
	}
	keys, err := ParseSort("taxClassCode,rate,name.de")
	require.NoError(t, err)
	q := Query{Sort: keys, PageSize: 1}
	var all string
	for range 7 {
		page, err := Select(eachOf(docs), q)
		require.NoError(t, err)
		all += countriesOf(page)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	assert.Equal(t, "ATBECHDEFRIT", all)
}

// FuzzCursor passes any text as a cursor, and any content behind a right signature.
func FuzzCursor(f *testing.F) {
	f.Add("", "", uint8(0))
	f.Add(cursorOf(f, Query{PageSize: 2}), "\x04AT\x00", uint8(0))
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAA", "\x00\x0419\x04AT\x00", uint8(1))
	docs := listedPlaces()
	f.Fuzz(func(t *testing.T, cursor, content string, fields uint8) {
		q := Query{PageSize: 2, Preferences: MustPreferences("en"), Effective: fields&64 != 0, Now: time.Unix(1795219200, 0)}
		if by := fields & 15; by > 0 {
			q.Sort = []SortKey{{By: SortField(by-1) % 7, Descending: fields&16 != 0}}
		}
		if fields&32 != 0 {
			q.Sort = append(q.Sort, SortKey{By: ByRate}, SortKey{By: ByModified, Descending: true})
		}
		ask := func(cursor string) {
			q := q
			q.Cursor = cursor
			page, err := Select(eachOf(docs), q)
			if err != nil {
				var input *InputError
				require.ErrorAs(t, err, &input)
				require.Equal(t, "cursor", input.Field)
				return
			}
			require.LessOrEqual(t, page.Len(), 2)
			// The pages after the cursor are in order and come to an end.
			seen := page.Len()
			for range 4 {
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
				page, err = Select(eachOf(docs), q)
				require.NoError(t, err)
				seen += page.Len()
			}
			require.Empty(t, page.Next)
			require.LessOrEqual(t, seen, len(docs))
		}
		ask(cursor)
		if len(content) < 10000 {
			ask(sealed(t, q, content))
		}
	})
}
