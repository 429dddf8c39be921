package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// filled returns a store with some countries and a region for each tenant.
func filled(t testing.TB, tenants ...string) *store.Memory {
	t.Helper()
	m := store.NewMemory(&store.Options{Clock: steppingClock()})
	for _, tenant := range tenants {
		for _, c := range []tax.Configuration{country("FR", "20"), country("CA", "5"), country("DE", "19"), region(quebec, "9.975"), country("AT", "20")} {
			_, err := m.Create(t.Context(), tenant, c)
			require.NoError(t, err)
		}
	}
	return m
}

func TestListsAreByTenant(t *testing.T) {
	m := filled(t, "", "shop")
	_, err := m.Create(t.Context(), "shop", country("US", "1"))
	require.NoError(t, err)
	for tenant, want := range map[string]string{"": "AT CA CA-QC DE FR", "shop": "AT CA CA-QC DE FR US", "other": "", "\x00": ""} {
		page, err := m.List(t.Context(), tenant, tax.Query{Total: true})
		require.NoError(t, err, "%q", tenant)
		assert.Equal(t, want, taxtest.Codes(page.Configurations()), "%q", tenant)
		assert.Equal(t, len(strings.Fields(want)), page.Total)
	}
}

func TestListFollowsEveryWrite(t *testing.T) {
	m := store.NewMemory(&store.Options{Clock: steppingClock()})
	list := func(q tax.Query) string {
		page, err := m.List(t.Context(), "", q)
		require.NoError(t, err)
		return taxtest.Codes(page.Configurations())
	}
	assert.Equal(t, "", list(tax.Query{}))
	de, err := m.Create(t.Context(), "", country("DE", "19"))
	require.NoError(t, err)
	_, err = m.Create(t.Context(), "", country("CA", "5"))
	require.NoError(t, err)
	assert.Equal(t, "CA DE", list(tax.Query{}))
	assert.Equal(t, "DE CA", list(tax.Query{Sort: []tax.SortKey{{By: tax.ByModified}}}))
	_, err = m.Update(t.Context(), "", de)
	require.NoError(t, err)
	assert.Equal(t, "CA DE", list(tax.Query{Sort: []tax.SortKey{{By: tax.ByModified}}}))
	_, err = m.Create(t.Context(), "", region(quebec, "9.975"))
	require.NoError(t, err)
	assert.Equal(t, "CA CA-QC DE", list(tax.Query{}))
	_, err = m.Create(t.Context(), "", country("??", "5"))
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Equal(t, "CA CA-QC DE", list(tax.Query{}), "a write that failed is not listed")
	for _, l := range []tax.Location{quebec, canada, {Country: "DE"}} {
		require.NoError(t, m.Delete(t.Context(), "", l))
	}
	page, err := m.List(t.Context(), "", tax.Query{Total: true})
	require.NoError(t, err)
	assert.Zero(t, page.Len(), "all are deleted")
	assert.Zero(t, page.Total)
	assert.ErrorIs(t, m.Delete(t.Context(), "", quebec), tax.ErrNotFound)
	_, err = m.Create(t.Context(), "", country("AT", "20"))
	require.NoError(t, err)
	assert.Equal(t, "AT", list(tax.Query{}))
}

func TestCursorsOfAStoreAreGoodForOneTenant(t *testing.T) {
	tenants := []string{"", "\x00", "a", "a\x00", "\x00a", "b", strings.Repeat("x", 32), strings.Repeat("x", 33), strings.Repeat("x", 31) + "\x00", strings.Repeat("long", 256)}
	m := filled(t, tenants...)
	for _, by := range [][]tax.SortKey{nil, {{By: tax.ByRate}}} {
		for _, tenant := range tenants {
			page, err := m.List(t.Context(), tenant, tax.Query{PageSize: 1, Sort: by})
			require.NoError(t, err)
			for _, other := range tenants {
				_, err := m.List(t.Context(), other, tax.Query{PageSize: 1, Sort: by, Cursor: page.Next})
				if other == tenant {
					require.NoError(t, err)
					continue
				}
				var input *tax.InputError
				require.ErrorAs(t, err, &input, "%.40q, not %.40q", other, tenant)
				assert.Equal(t, "cursor", input.Field)
			}
			_, err = filled(t, tenant).List(t.Context(), tenant, tax.Query{PageSize: 1, Sort: by, Cursor: page.Next})
			require.ErrorIs(t, err, tax.ErrInvalid, "another store has another secret")
			_, err = m.List(t.Context(), tenant, tax.Query{PageSize: 1, Sort: by, Cursor: page.Next, CursorKey: []byte("mine")})
			require.ErrorIs(t, err, tax.ErrInvalid, "the caller has a key of its own")
		}
	}
}

func TestCursorsWithAKeyOfTheCallerOutliveTheStore(t *testing.T) {
	q := tax.Query{PageSize: 2, CursorKey: []byte("key of the service")}
	page, err := filled(t, "shop").List(t.Context(), "shop", q)
	require.NoError(t, err)
	q.Cursor = page.Next
	page, err = filled(t, "shop").List(t.Context(), "shop", q)
	require.NoError(t, err)
	assert.Equal(t, "CA-QC DE", taxtest.Codes(page.Configurations()))
	assert.Equal(t, "key of the service", string(q.CursorKey))
}

func TestListSaysTodayByTheClockOfTheStore(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	m := store.NewMemory(&store.Options{Clock: func() time.Time { return now }})
	c := country("CA", "5")
	c.TimeZone = "UTC"
	c.Classes[0].Rates = []tax.Rate{{From: tax.MustDate("2027-01-01"), Percent: tax.MustPercent("5")}}
	_, err := m.Create(t.Context(), "", c)
	require.NoError(t, err)
	q := tax.Query{Effective: true}
	list := func() string {
		page, err := m.List(t.Context(), "", q)
		require.NoError(t, err)
		return taxtest.Codes(page.Configurations())
	}
	assert.Equal(t, "", list())
	now = now.Add(time.Hour)
	assert.Equal(t, "CA", list())
	q.Now = now.Add(-time.Second)
	assert.Equal(t, "", list(), "the caller's time takes precedence")
}

func TestWhatAListGaveIsTheCallersOwn(t *testing.T) {
	m := filled(t, "")
	before := dump(t, m, "")
	page, err := m.List(t.Context(), "", tax.Query{})
	require.NoError(t, err)
	for _, c := range page.Configurations() {
		c.Classes[0].Code = "SPOILED"
		c.Classes[0].Rates[0].Percent = tax.MustPercent("99")
		for i := range c.Classes[0].Rates[0].Components {
			c.Classes[0].Rates[0].Components[i].Code = "SPOILED"
		}
		for i := range c.PostalCodes {
			c.PostalCodes[i].From = "SPOILED"
		}
	}
	assert.Equal(t, before, dump(t, m, ""))
	again, err := m.List(t.Context(), "", tax.Query{})
	require.NoError(t, err)
	assert.Equal(t, again.Configurations(), page.Configurations())

	// A page does not change after it is made.
	want := page.Configurations()
	de, err := m.Get(t.Context(), "", tax.Location{Country: "DE"})
	require.NoError(t, err)
	de.Classes[0].Rates[0].Percent, de.Classes[0].Rates[0].Components = tax.MustPercent("21"), nil
	_, err = m.Update(t.Context(), "", de)
	require.NoError(t, err)
	require.NoError(t, m.Delete(t.Context(), "", quebec))
	assert.Equal(t, want, page.Configurations())
}

func TestListWithAContextThatIsDone(t *testing.T) {
	m := filled(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	page, err := m.List(ctx, "", tax.Query{PageSize: -1})
	require.ErrorIs(t, err, context.Canceled)
	assert.Zero(t, page.Len())
	_, err = m.List(t.Context(), "", tax.Query{PageSize: -1})
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "pageSize", input.Field)
}

// Each of two writers updates its twenty regions in turn, so that in every
// state of the store a region has the version of the previous region, or one
// less.
func TestListsBesideWritesSeeWholeStates(t *testing.T) {
	m := store.NewMemory(nil)
	var all []string
	for i := range 40 {
		all = append(all, numberedRegion(i).String())
		c := region(numberedRegion(i), "1")
		c.PostalCodes, c.RegionAliases = nil, nil
		c.Classes[0].Rates[0].Effect = tax.Replace
		_, err := m.Create(t.Context(), "", c)
		require.NoError(t, err)
	}
	var stop atomic.Bool
	var group sync.WaitGroup
	for w := range 2 {
		group.Go(func() {
			for round := int64(2); !stop.Load(); round++ {
				for i := w * 20; i < w*20+20; i++ {
					c, err := m.Get(t.Context(), "", numberedRegion(i))
					if !assert.NoError(t, err) {
						return
					}
					c.Classes[0].Rates[0].Percent = tax.MustPercent(fmt.Sprint(round % 1000))
					if _, err = m.Update(t.Context(), "", c); !assert.NoError(t, err) {
						return
					}
				}
			}
		})
	}
	group.Go(func() { // configurations of another country come and go
		for !stop.Load() {
			if _, err := m.Create(t.Context(), "", country("DE", "19")); !assert.NoError(t, err) {
				return
			}
			if err := m.Delete(t.Context(), "", tax.Location{Country: "DE"}); !assert.NoError(t, err) {
				return
			}
		}
	})
	deadline := time.Now().Add(700 * time.Millisecond)
	for n := 0; time.Now().Before(deadline) && !t.Failed(); n++ {
		requireOneState(t, m, all)
		var sort []tax.SortKey
		if n%2 == 0 {
			sort = []tax.SortKey{{By: tax.ByRegion}}
		}
		requireWalk(t, m, sort, all)
	}
	stop.Store(true)
	group.Wait()
}

func numberedRegion(i int) tax.Location {
	return tax.Location{Country: "CA", Region: fmt.Sprintf("X-%02d", i)}
}

// requireOneState lists all regions at once.
func requireOneState(t *testing.T, m *store.Memory, all []string) {
	page, err := m.List(t.Context(), "", tax.Query{Country: "CA", Total: true})
	require.NoError(t, err)
	require.Equal(t, strings.Join(all, " "), taxtest.Codes(page.Configurations()))
	require.Equal(t, len(all), page.Total)
	list := page.Configurations()
	for i, c := range list {
		require.Len(t, c.Classes[0].Rates, 1)
		if i%20 > 0 {
			gap := list[i-1].Metadata.Version - c.Metadata.Version
			require.True(t, gap == 0 || gap == 1, "not one state: %s is at version %d, %s at %d", all[i-1], list[i-1].Metadata.Version, all[i], c.Metadata.Version)
		}
	}
}

// requireWalk lists all regions by cursor.
func requireWalk(t *testing.T, m *store.Memory, sort []tax.SortKey, all []string) {
	seen := ""
	q := tax.Query{PageSize: 7, Country: "CA", Sort: sort}
	for range 10 {
		page, err := m.List(t.Context(), "", q)
		require.NoError(t, err)
		seen += taxtest.Codes(page.Configurations()) + " "
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	require.Equal(t, strings.Join(all, " "), strings.TrimSpace(seen), "by cursor, while values change that do not affect the order")
}
