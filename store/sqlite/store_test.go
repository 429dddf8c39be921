package sqlite

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock           { return &clock{time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)} }
func (c *clock) read() time.Time { return c.now }
func (c *clock) minute()         { c.now = c.now.Add(time.Minute) }

// told is everything that a store tells about a country.
type told struct {
	Set      []tax.Configuration
	Versions map[string][]store.Version
	AsOf     map[string][]store.Version
	Errors   map[string]string
	Listed   []tax.Configuration
}

// tell asks a store for everything about a country.
func tell(t *testing.T, s *store.Versioned, key tax.Key, regions ...string) string {
	t.Helper()
	ctx := t.Context()
	set, err := s.Configurations(ctx, key)
	require.NoError(t, err)
	all := told{Set: set, Versions: map[string][]store.Version{}, AsOf: map[string][]store.Version{}, Errors: map[string]string{}}
	for _, region := range regions {
		l := tax.Location{Country: key.Country, Region: region}
		all.Versions[region], err = s.Versions(ctx, key.Tenant, l)
		require.NoError(t, err)
		for n := range int64(9) {
			if _, err := s.Version(ctx, key.Tenant, l, n); err != nil {
				all.Errors[l.String()+string(rune('0'+n))] = err.Error()
			}
		}
	}
	for minute := range 30 {
		instant := time.Date(2026, 11, 30, 8, minute, 30, 0, time.UTC)
		name := instant.Format(time.TimeOnly)
		if all.AsOf[name], err = s.AsOf(ctx, key, instant); err != nil {
			all.Errors[name] = err.Error()
		}
	}
	page, err := s.List(ctx, key.Tenant, tax.Query{})
	require.NoError(t, err)
	all.Listed = page.Configurations()
	text, err := json.MarshalIndent(all, "", " ")
	require.NoError(t, err)
	return string(text)
}

// work writes to a country in every way that there is.
func work(t *testing.T, s *store.Versioned, c *clock) {
	t.Helper()
	by := func(author string) context.Context { return store.WithAuthor(t.Context(), author) }
	write := func(author string, action store.Action, d tax.Configuration) {
		t.Helper()
		c.minute()
		out := s.Write(by(author), []store.Batch{{Key: tax.Key{Tenant: "shop", Country: "CA"}, Changes: []store.Change{{Action: action, Configuration: d}}}})
		require.NoError(t, out[0].Err)
	}
	write("anna", store.Create, doc("CA", "5"))
	write("bert", store.Create, doc("CA-QC", "9.975"))
	write("", store.Update, at(doc("CA", "6"), 1))
	write("\xff\x00", store.Put, doc("CA", "7"))
	write("anna", store.Delete, doc("CA-QC", "9.975"))
	write("carl", store.Create, doc("CA-QC", "10"))
	write("carl", store.Put, doc("CA-ON", "13"))
	write("carl", store.Delete, doc("CA-ON", "13"))
	restored := at(doc("CA", "8.5"), 7)
	restored.Metadata.Created = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	write("dora", store.Restore, restored)
	write("dora", store.Put, doc("CA", "9"))
}

func TestStoreTellsTheSameAsMemoryAlsoWhenOpenedAgain(t *testing.T) {
	for name, o := range map[string]store.Options{
		"alone":              {},
		"on a base":          {Base: rates.World()},
		"one ended version":  {Retention: store.Retention{Versions: 1}},
		"no history":         {Retention: store.Retention{Versions: -1}},
		"ten minutes":        {Retention: store.Retention{Age: 10 * time.Minute}},
		"two, three minutes": {Retention: store.Retention{Versions: 2, Age: 3 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			key, regions, time := tax.Key{Tenant: "shop", Country: "CA"}, []string{"", "QC", "ON", "BC"}, newClock()
			o.Clock = time.read
			memory := store.NewMemory(&o)
			work(t, &memory.Versioned, time)
			want := tell(t, &memory.Versioned, key, regions...)
			*time = *newClock()
			path := file(t)
			s := opened(t, path, &Options{Store: o})
			work(t, s, time)
			assert.Equal(t, want, tell(t, s, key, regions...))

			require.NoError(t, s.Close())
			assert.Equal(t, want, tell(t, opened(t, path, &Options{Store: o}), key, regions...))
		})
	}
}

func TestAuthorsAreKeptByteByByte(t *testing.T) {
	s := opened(t, file(t), nil)
	const author = "ä\x00 \u2028'"
	_, err := s.Create(store.WithAuthor(t.Context(), author), "", doc("DE", "19"))
	require.NoError(t, err)
	require.NoError(t, s.Delete(store.WithAuthor(t.Context(), author), "", germany))
	versions, err := s.Versions(t.Context(), "", germany)
	require.NoError(t, err)
	require.Len(t, versions, 1)
	assert.Equal(t, [2]string{author, author}, [2]string{versions[0].Author, versions[0].EndedBy})
}

func TestAnyStringIsATenant(t *testing.T) {
	s := opened(t, file(t), nil)
	names := []string{"", "\x00", "a", "a\x00", "a\x00b", "A", "a ", "\xff\xfe", "ä", "a\u0308", "' OR 1=1 --", "%", strings.Repeat("x", 1024)}
	for i, tenant := range names {
		_, err := s.Create(t.Context(), tenant, doc("DE", string(rune('1'+i%9))))
		require.NoError(t, err, "%q", tenant)
	}
	for i, tenant := range names {
		c, err := s.Get(t.Context(), tenant, germany)
		require.NoError(t, err, "%q", tenant)
		assert.Equal(t, string(rune('1'+i%9)), c.Classes[0].Rates[0].Percent.String())
		page, err := s.List(t.Context(), tenant, tax.Query{Country: "E", Total: true})
		require.NoError(t, err)
		assert.Equal(t, 1, page.Total)
	}
	_, err := s.Get(t.Context(), "", tax.Location{Country: "DE\x00"})
	assert.ErrorIs(t, err, tax.ErrNotFound)
}

func TestDocumentBeyondTheDefaultLimitsIsRead(t *testing.T) {
	big := doc("DE", "19")
	for i := range 1100 {
		big.Classes = append(big.Classes, taxtest.Class("C"+strconv.Itoa(i), "- 7"))
	}
	path := file(t)
	s := opened(t, path, &Options{Store: store.Options{Limits: tax.Limits{Classes: 2000}}})
	_, err := s.Create(t.Context(), "", big)
	require.NoError(t, err)
	c, err := opened(t, path, nil).Get(t.Context(), "", germany) // lower limits hold for writes
	require.NoError(t, err)
	assert.Len(t, c.Classes, 1101)
}

func TestReadsSeekInIndexes(t *testing.T) {
	_, b := inside(t, file(t), nil)
	for statement, arguments := range map[string]int{
		selectCountry: 2, selectEnded: 4, selectDocuments: 3, selectFiltered: 10, selectChanges: 1, selectLast: 0, selectFirst: 2,
	} {
		rows, err := b.single.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, arguments)...)
		require.NoError(t, err, statement)
		steps := 0
		for rows.Next() {
			var id, parent, unused int
			var detail string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
			assert.NotContains(t, detail, "SCAN", statement)
			assert.NotContains(t, detail, "TEMP B-TREE", statement)
			steps++
		}
		require.NoError(t, rows.Err())
		assert.NotZero(t, steps, statement)
	}
}

func TestHistoryInTheFileIsBounded(t *testing.T) {
	time := newClock()
	s, b := inside(t, file(t), &Options{Store: store.Options{Retention: store.Retention{Versions: 3}, Clock: time.read}})
	c, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	for range 10 {
		time.minute()
		c, err = s.Update(t.Context(), "", c)
		require.NoError(t, err)
	}
	assert.Equal(t, 3, number(t, b, "SELECT count(*) FROM history"))
	ended, removed, err := b.Ended(t.Context(), tax.Key{Country: "DE"}, nil)
	require.NoError(t, err)
	require.Len(t, ended, 3)
	assert.Equal(t, ended[0].From, removed, "the last one that was removed ended when the first of these began")
	_, err = s.Version(t.Context(), "", germany, 7)
	assert.ErrorIs(t, err, store.ErrRemoved)
}

func TestCloseLeavesNoFileBehind(t *testing.T) {
	path := file(t)
	s := opened(t, path, nil)
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	assert.FileExists(t, path+"-wal")
	require.NoError(t, s.Close())
	assert.NoFileExists(t, path+"-wal", "whoever closes a database as the last one cleans up")
	assert.NoFileExists(t, path+"-shm")
}
