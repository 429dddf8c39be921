package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// country returns the configuration of a country with one class, the default,
// at a percentage.
func country(code, percent string) tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: code}, Tax: tax.Tax{Code: "VAT"}, TimeZone: "UTC",
		Classes: []tax.Class{{Code: "STANDARD", Default: true, Aliases: []string{"STD"}, Rates: []tax.Rate{{
			Percent:    tax.MustPercent(percent),
			Components: []tax.Component{{Code: "ALL", Percent: tax.MustPercent(percent)}},
			Evidence:   tax.Evidence{Status: tax.Agreed, Sources: []string{"law"}},
		}}}},
	}
}

// region returns the configuration of a region that adds to the STANDARD class
// of its country.
func region(l tax.Location, percent string) tax.Configuration {
	return tax.Configuration{
		Location: l, RegionAliases: []string{"X-ALIAS"}, PostalCodes: []tax.PostalRange{{From: "G", To: "J"}},
		Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent(percent)}}}},
	}
}

var (
	canada = tax.Location{Country: "CA"}
	quebec = tax.Location{Country: "CA", Region: "QC"}
)

// steppingClock returns a clock that is one second later at each call. Its
// times are not in UTC and finer than milliseconds.
func steppingClock() func() time.Time {
	now := time.Date(2026, 11, 21, 23, 0, 0, 123456789, time.FixedZone("", 3600))
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// dump returns all configurations of a tenant in some countries, as JSON.
func dump(t *testing.T, s tax.Store, tenant string) (texts []string) {
	t.Helper()
	for _, code := range []string{"CA", "DE"} {
		set, err := s.Configurations(t.Context(), tax.Key{Tenant: tenant, Country: code})
		require.NoError(t, err)
		for _, c := range set {
			data, err := c.MarshalJSON()
			require.NoError(t, err)
			texts = append(texts, string(data))
		}
	}
	return texts
}

func TestVersionsCountUpAndTimesAreUTCInMilliseconds(t *testing.T) {
	m := store.NewMemory(&store.Options{Clock: steppingClock()})
	at := func(second int) time.Time { return time.Date(2026, 11, 21, 22, 0, second, 123000000, time.UTC) }

	given := country("CA", "5")
	given.Metadata = tax.Metadata{Version: 42, Created: at(50), Modified: at(51), Source: "shop", AsOf: tax.MustDate("2026-11-01")}
	c, err := m.Create(t.Context(), "shop", given)
	require.NoError(t, err)
	assert.Equal(t, tax.Metadata{Version: 1, Created: at(1), Modified: at(1), Source: "shop", AsOf: tax.MustDate("2026-11-01")}, c.Metadata,
		"version and times belong to the store")

	for version := int64(2); version <= 3; version++ {
		c.Metadata.Created = at(59)
		c, err = m.Update(t.Context(), "shop", c)
		require.NoError(t, err)
		assert.Equal(t, version, c.Metadata.Version)
		assert.Equal(t, at(1), c.Metadata.Created)
		assert.Equal(t, at(int(version)), c.Metadata.Modified)
		got, err := m.Get(t.Context(), "shop", canada)
		require.NoError(t, err)
		assert.Equal(t, c.Metadata, got.Metadata)
	}

	require.NoError(t, m.Delete(t.Context(), "shop", canada))
	c, err = m.Create(t.Context(), "shop", c)
	require.NoError(t, err)
	assert.Equal(t, int64(4), c.Metadata.Version, "after a deletion, versions go on, so that none comes twice")
}

func TestUpdateOfAnotherVersionConflicts(t *testing.T) {
	m := store.NewMemory(nil)
	first, err := m.Create(t.Context(), "", country("CA", "5"))
	require.NoError(t, err)
	_, err = m.Update(t.Context(), "", first)
	require.NoError(t, err)
	before := dump(t, m, "")
	for _, version := range []int64{1, 0, 3, -1} {
		first.Metadata.Version = version
		_, err = m.Update(t.Context(), "", first)
		require.ErrorIs(t, err, tax.ErrConflict)
		var conflict *tax.StoreError
		require.ErrorAs(t, err, &conflict)
		assert.Equal(t, tax.StoreError{Kind: tax.ErrConflict, Location: canada, Given: version, Current: 2}, *conflict)
	}
	assert.Equal(t, before, dump(t, m, ""))
}

func TestExistsAndNotFound(t *testing.T) {
	m := store.NewMemory(nil)
	_, err := m.Create(t.Context(), "shop", country("CA", "5"))
	require.NoError(t, err)
	before := dump(t, m, "shop")

	_, err = m.Create(t.Context(), "shop", country("CA", "6"))
	require.ErrorIs(t, err, tax.ErrExists)
	for name, missing := range map[string]func() error{
		"get":              func() error { _, err := m.Get(t.Context(), "shop", quebec); return err },
		"get of another":   func() error { _, err := m.Get(t.Context(), "", canada); return err },
		"update":           func() error { _, err := m.Update(t.Context(), "shop", region(quebec, "9.975")); return err },
		"update elsewhere": func() error { _, err := m.Update(t.Context(), "other", country("CA", "5")); return err },
		"delete":           func() error { return m.Delete(t.Context(), "shop", quebec) },
		"delete elsewhere": func() error { return m.Delete(t.Context(), "other", canada) },
		"the zero place":   func() error { return m.Delete(t.Context(), "shop", tax.Location{}) },
	} {
		err := missing()
		require.ErrorIs(t, err, tax.ErrNotFound, name)
		var e *tax.StoreError
		require.ErrorAs(t, err, &e, name)
		assert.NotErrorIs(t, err, tax.ErrExists)
	}
	assert.Equal(t, before, dump(t, m, "shop"))
	assert.Empty(t, dump(t, m, ""))

	require.NoError(t, m.Delete(t.Context(), "shop", canada))
	assert.ErrorIs(t, m.Delete(t.Context(), "shop", canada), tax.ErrNotFound)
	set, err := m.Configurations(t.Context(), tax.Key{Tenant: "shop", Country: "CA"})
	require.NoError(t, err)
	assert.Empty(t, set)
}

func TestWriteThatBreaksARuleChangesNothing(t *testing.T) {
	m := store.NewMemory(nil)
	_, err := m.Create(t.Context(), "", region(quebec, "9.975"))
	require.ErrorIs(t, err, tax.ErrInvalid, "a region that adds is created after the country")
	assert.Empty(t, dump(t, m, ""))

	ca, err := m.Create(t.Context(), "", country("CA", "5"))
	require.NoError(t, err)
	qc, err := m.Create(t.Context(), "", region(quebec, "9.975"))
	require.NoError(t, err)
	before := dump(t, m, "")
	told := 0
	defer m.Notify(func(tax.Key) { told++ })()

	invalid := func(edit func(*tax.Configuration)) tax.Configuration {
		c := ca.Clone()
		edit(&c)
		return c
	}
	ontario := region(tax.Location{Country: "CA", Region: "ON"}, "8")
	for name, write := range map[string]func() error{
		"the country under a region that adds": func() error { return m.Delete(t.Context(), "", canada) },
		"its class renamed": func() error {
			_, err := m.Update(t.Context(), "", invalid(func(c *tax.Configuration) { c.Classes[0].Code = "NORMAL" }))
			return err
		},
		"its class exempted": func() error {
			_, err := m.Update(t.Context(), "", invalid(func(c *tax.Configuration) {
				c.Classes[0].Rates = []tax.Rate{{Treatment: tax.Exempt}}
			}))
			return err
		},
		"no rates": func() error {
			_, err := m.Update(t.Context(), "", invalid(func(c *tax.Configuration) { c.Classes[0].Rates = nil }))
			return err
		},
		"another region's postal codes": func() error { _, err := m.Create(t.Context(), "", ontario); return err },
		"not canonical": func() error {
			_, err := m.Create(t.Context(), "", tax.Configuration{Location: tax.Location{Country: "ca", Region: "on"}})
			return err
		},
		"no place": func() error { _, err := m.Create(t.Context(), "", tax.Configuration{}); return err },
		"no such place": func() error {
			_, err := m.Create(t.Context(), "", tax.Configuration{Location: tax.Location{Country: "ZZ"}})
			return err
		},
	} {
		err := write()
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		var e *tax.InvalidError
		require.ErrorAs(t, err, &e, name)
		assert.NotEmpty(t, e.Faults, name)
		assert.Equal(t, before, dump(t, m, ""), name)
	}
	assert.Zero(t, told, "no listener is called for a failed write")

	require.NoError(t, m.Delete(t.Context(), "", qc.Location), "the region can be deleted before the country")
	require.NoError(t, m.Delete(t.Context(), "", canada))
	assert.Equal(t, 2, told)
}

func TestCallersAndStoreShareNothing(t *testing.T) {
	m := store.NewMemory(nil)
	spoil := func(c tax.Configuration) {
		c.Classes[0].Code = "SPOILED"
		c.Classes[0].Rates[0].Percent = tax.MustPercent("99")
		if len(c.Classes[0].Aliases) > 0 {
			c.Classes[0].Aliases[0] = "SPOILED"
			c.Classes[0].Rates[0].Components[0].Code = "SPOILED"
			c.Classes[0].Rates[0].Evidence.Sources[0] = "spoiled"
		}
		for i := range c.RegionAliases {
			c.RegionAliases[i] = "SPOILED"
		}
		for i := range c.PostalCodes {
			c.PostalCodes[i].From = "SPOILED"
		}
		if c.Metadata.Base != nil {
			c.Metadata.Base.Version = 99
		}
	}
	given := country("CA", "5")
	given.Metadata.Base = &tax.Metadata{Version: 7}
	created, err := m.Create(t.Context(), "", given)
	require.NoError(t, err)
	below, err := m.Create(t.Context(), "", region(quebec, "9.975"))
	require.NoError(t, err)
	before := dump(t, m, "")

	spoil(given)
	spoil(created.Clone())
	spoil(below)
	assert.Equal(t, before, dump(t, m, ""))
	set, err := m.Configurations(t.Context(), tax.Key{Country: "CA"})
	require.NoError(t, err)
	require.Len(t, set, 2)
	assert.Equal(t, canada, set[0].Location, "the country first")
	spoil(set[0])
	spoil(set[1])
	set[0] = tax.Configuration{}
	got, err := m.Get(t.Context(), "", canada)
	require.NoError(t, err)
	spoil(got)
	assert.Equal(t, before, dump(t, m, ""))

	passed := created.Clone()
	updated, err := m.Update(t.Context(), "", passed)
	require.NoError(t, err)
	before = dump(t, m, "")
	spoil(passed)
	spoil(updated)
	spoil(created)
	assert.Equal(t, before, dump(t, m, ""))
}

func TestTenantsAreApart(t *testing.T) {
	m := store.NewMemory(nil)
	tenants := []string{"", "a", "a|b", "\x00", "a\x00CA", "CA"}
	for i, tenant := range tenants {
		_, err := m.Create(t.Context(), tenant, country("CA", []string{"1", "2", "3", "4", "5", "6"}[i]))
		require.NoError(t, err, "%q", tenant)
	}
	require.NoError(t, m.Delete(t.Context(), "a", canada))
	for i, tenant := range tenants {
		c, err := m.Get(t.Context(), tenant, canada)
		if tenant == "a" {
			assert.ErrorIs(t, err, tax.ErrNotFound)
			continue
		}
		require.NoError(t, err, "%q", tenant)
		assert.EqualValues(t, i+1, c.Classes[0].Rates[0].Percent.IntPart(), "%q", tenant)
	}
}

func TestZeroMemoryIsAnEmptyStore(t *testing.T) {
	var m store.Memory
	page, err := m.List(t.Context(), "", tax.Query{})
	require.NoError(t, err)
	assert.Empty(t, page.Configurations())
	var told []tax.Key
	defer m.Notify(func(key tax.Key) { told = append(told, key) })()
	defer m.Notify(nil)()
	before := time.Now().Add(-time.Millisecond)
	for _, code := range []string{"CA", "DE"} {
		c, err := m.Create(t.Context(), "", country(code, "5"))
		require.NoError(t, err)
		assert.WithinRange(t, c.Metadata.Modified, before, time.Now())
	}
	assert.Equal(t, []tax.Key{{Country: "CA"}, {Country: "DE"}}, told)
	page, err = m.List(t.Context(), "", tax.Query{PageSize: 1})
	require.NoError(t, err)
	require.Len(t, page.Configurations(), 1)
	next, err := m.List(t.Context(), "", tax.Query{PageSize: 1, Cursor: page.Next})
	require.NoError(t, err)
	require.Len(t, next.Configurations(), 1)
	assert.Equal(t, "DE", next.Configurations()[0].Location.Country)

	var other store.Memory // has another key for its cursors
	_, err = other.List(t.Context(), "", tax.Query{PageSize: 1, Cursor: page.Next})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	//lint:ignore SA1012 a nil context is an error, not a panic
	_, err = m.Get(nil, "", canada)
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestContextThatIsDoneStopsEverything(t *testing.T) {
	m := store.NewMemory(nil)
	c, err := m.Create(t.Context(), "", country("CA", "5"))
	require.NoError(t, err)
	before := dump(t, m, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	expired, stop := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer stop()
	for ctx, want := range map[context.Context]error{ctx: context.Canceled, expired: context.DeadlineExceeded} {
		_, err = m.Create(ctx, "", country("DE", "19"))
		assert.ErrorIs(t, err, want)
		_, err = m.Update(ctx, "", c)
		assert.ErrorIs(t, err, want)
		_, err = m.Get(ctx, "", canada)
		assert.ErrorIs(t, err, want)
		_, err = m.Configurations(ctx, tax.Key{Country: "CA"})
		assert.ErrorIs(t, err, want)
		assert.ErrorIs(t, m.Delete(ctx, "", canada), want)
	}
	assert.Equal(t, before, dump(t, m, ""))
}
