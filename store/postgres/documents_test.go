package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// country returns the document of a country with one rate, in percent.
func country(code, percent string) tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: code}, TimeZone: "UTC",
		Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}},
	}
}

// hostile are texts that end statements, literals and comments wherever they are pasted
// into one, and bytes that a text of the database cannot hold.
var hostile = []string{
	"'", `"`, `\`, "''; DROP TABLE tax.country; --", "$1", "$$; DROP SCHEMA tax CASCADE; $$", "%s %d", "*/ /*", "\x00", "a\x00b",
	"\xff\xfe", "\xc3", "\u2028", "тест", "NULL", "", " ", strings.Repeat("x", 1024), strings.Repeat("\x00", 1024), strings.Repeat("'", 1024),
}

func TestAnyBytesAreATenantAndNothingElse(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, server(t).database(t), nil)
	for i, tenant := range hostile {
		c := country("DE", "19")
		c.Metadata.Source = strings.ToValidUTF8(tenant[:min(len(tenant), 64)], "?")
		c.Classes[0].Description = text(t, c.Metadata.Source)
		c, err := s.Create(store.WithAuthor(ctx, tenant), tenant, c)
		require.NoError(t, err, "%.20q", tenant)
		for range i % 3 {
			c, err = s.Update(store.WithAuthor(ctx, tenant), tenant, c)
			require.NoError(t, err, "%.20q", tenant)
		}
	}
	for i, tenant := range hostile {
		c, err := s.Get(ctx, tenant, tax.Location{Country: "DE"})
		require.NoError(t, err, "%.20q", tenant)
		assert.EqualValues(t, i%3+1, c.Metadata.Version, "%.20q", tenant)
		versions, err := s.Versions(ctx, tenant, c.Location)
		require.NoError(t, err)
		assert.Len(t, versions, i%3+1, "%.20q", tenant)
		page, err := s.List(ctx, tenant, tax.Query{})
		require.NoError(t, err)
		assert.Equal(t, 1, page.Len(), "%.20q", tenant)
	}
	_, err := s.Create(ctx, strings.Repeat("x", 1025), country("DE", "19"))
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

// text returns a text in English, if there is any.
func text(t *testing.T, s string) tax.LocalizedText {
	if strings.TrimSpace(s) == "" {
		return tax.LocalizedText{}
	}
	l, err := tax.NewLocalizedText(map[string]string{"en": s})
	if err != nil {
		return tax.LocalizedText{} // the library itself refuses it
	}
	return l
}

func TestCodesThatTextCannotHoldAreNotFound(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, server(t).database(t), nil)
	_, err := s.Create(ctx, "shop", country("DE", "19"))
	require.NoError(t, err)
	for _, code := range hostile {
		set, err := s.Configurations(ctx, tax.Key{Tenant: "shop", Country: code})
		require.NoError(t, err, "%.20q", code)
		assert.Empty(t, set, "%.20q", code)
		_, err = s.Get(ctx, "shop", tax.Location{Country: "DE", Region: "x" + code})
		require.ErrorIs(t, err, tax.ErrNotFound, "%.20q", code)
		require.ErrorIs(t, s.Delete(ctx, "shop", tax.Location{Country: code}), tax.ErrNotFound, "%.20q", code)
		versions, err := s.Versions(ctx, "shop", tax.Location{Country: "DE", Region: "x" + code})
		require.NoError(t, err, "%.20q", code)
		assert.Empty(t, versions, "%.20q", code)
		_, err = s.Create(ctx, "shop", country("D"+code, "19"))
		require.ErrorIs(t, err, tax.ErrInvalid, "%.20q", code)
		for v, err := range postgres.BackendOf(s).Documents(ctx, "shop", tax.Location{Country: code}) {
			require.NoError(t, err, "%.20q", code)
			assert.Less(t, code, v.Configuration.Location.Country)
		}
	}
}

func TestListsBeginAfterAnyLocation(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, server(t).database(t), nil)
	for _, code := range []string{"AT", "CA", "DE", "FR"} {
		_, err := s.Create(ctx, "shop", country(code, "19"))
		require.NoError(t, err)
	}
	region := country("CA", "5")
	region.Location.Region = "QC"
	_, err := s.Create(ctx, "shop", region)
	require.NoError(t, err)
	all := []tax.Location{{Country: "AT"}, {Country: "CA"}, {Country: "CA", Region: "QC"}, {Country: "DE"}, {Country: "FR"}}
	for _, after := range []tax.Location{
		{}, {Country: "AT"}, {Country: "CA"}, {Country: "CA", Region: "QC"}, {Country: "FR"}, {Country: "ZZ"}, {Country: "C\x00"}, {Country: "CA\x00"},
		{Country: "CA\xff"}, {Country: "\xff"}, {Country: "CA", Region: "Q\x00"}, {Country: "CA", Region: "QC\x00"}, {Country: "CA", Region: "\xff"}, {Country: "D\xc3\x28"}, {Country: "\x00"},
	} {
		var got, want []tax.Location
		for v, err := range postgres.BackendOf(s).Documents(ctx, "shop", after) {
			require.NoError(t, err)
			got = append(got, v.Configuration.Location)
		}
		for _, l := range all {
			if l.Country > after.Country || l.Country == after.Country && l.Region > after.Region {
				want = append(want, l)
			}
		}
		assert.Equal(t, want, got, "after %q", after)
	}
}

func TestListsAreReadInPartsFromOneState(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, server(t).database(t), nil)
	us := country("US", "0")
	changes := []store.Change{{Configuration: us}}
	for i := range 700 {
		r := country("US", "1")
		r.Location.Region = "X-" + strings.Repeat("A", 1+i/26%26) + string(rune('A'+i%26)) + string(rune('A'+i/676))
		changes = append(changes, store.Change{Configuration: r})
	}
	require.NoError(t, s.Write(ctx, []store.Batch{{Key: tax.Key{Tenant: "shop", Country: "US"}, Changes: changes}})[0].Err)
	seen, last := 0, tax.Location{}
	for v, err := range postgres.BackendOf(s).Documents(ctx, "shop", tax.Location{}) {
		require.NoError(t, err)
		assert.Less(t, last.Region, v.Configuration.Location.Region+"\x00")
		assert.EqualValues(t, 1, v.Configuration.Metadata.Version, "written after the list began")
		if last, seen = v.Configuration.Location, seen+1; seen == 10 {
			for _, out := range s.Write(ctx, []store.Batch{{Key: tax.Key{Tenant: "shop", Country: "US"}, Changes: changes}}) {
				require.NoError(t, out.Err)
			}
		}
	}
	assert.Equal(t, len(changes), seen)
}

func TestDocumentsThatWereDamagedBehindItsBackAreInvalidAlone(t *testing.T) {
	ctx := t.Context()
	dsn := server(t).database(t)
	s, pool := openStore(t, dsn, nil), connect(t, dsn)
	for _, code := range []string{"AT", "BE", "DE", "FR"} {
		c, err := s.Create(ctx, "shop", country(code, "19"))
		require.NoError(t, err)
		_, err = s.Update(ctx, "shop", c)
		require.NoError(t, err)
	}
	for _, statement := range []string{
		"UPDATE tax.configuration SET document = 'no JSON' WHERE country = 'AT'",
		"UPDATE tax.configuration SET document = replace(document, 'BE', 'NL') WHERE country = 'BE'",
		"UPDATE tax.configuration SET version = 7 WHERE country = 'DE'",
		"UPDATE tax.history SET document = '{}' WHERE country = 'FR'",
	} {
		done, err := pool.Exec(ctx, statement)
		require.NoError(t, err)
		require.EqualValues(t, 1, done.RowsAffected())
	}
	for _, code := range []string{"AT", "BE", "DE"} {
		_, err := s.Get(ctx, "shop", tax.Location{Country: code})
		require.ErrorIs(t, err, tax.ErrInvalid, code)
	}
	_, err := s.Get(ctx, "shop", tax.Location{Country: "FR"})
	require.NoError(t, err)
	_, err = s.Versions(ctx, "shop", tax.Location{Country: "FR"})
	require.ErrorIs(t, err, tax.ErrInvalid)
	out := s.Write(ctx, []store.Batch{{Key: tax.Key{Tenant: "shop", Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "20")}}}})[0]
	require.NoError(t, out.Err)
	assert.EqualValues(t, 8, out.Configurations[0].Metadata.Version, "above that of the damaged row")
}

func TestOptionsThatCannotBeUsedAreRefused(t *testing.T) {
	pool := connect(t, "postgres://127.0.0.1:1/none")
	for field, o := range map[string]postgres.Options{
		"timeout": {Timeout: -1}, "poll": {Poll: -1}, "schema": {Schema: "a\x00b"}, "limits": {Store: store.Options{Limits: tax.Limits{Bytes: -1}}},
	} {
		_, err := postgres.Open(t.Context(), pool, &o)
		var refused *tax.InputError
		require.ErrorAs(t, err, &refused, field)
		assert.Equal(t, field, refused.Field)
	}
	for _, schema := range []string{strings.Repeat("x", 64), "pg_tax", "\xff"} {
		_, err := postgres.Open(t.Context(), pool, &postgres.Options{Schema: schema})
		assert.ErrorIs(t, err, tax.ErrInvalid, "%q", schema)
	}
	_, err := postgres.Open(t.Context(), nil, nil)
	require.ErrorIs(t, err, tax.ErrInvalid)
	_, err = postgres.Connect(t.Context(), "postgres://user:secret@host:port/x", nil)
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.NotContains(t, err.Error(), "secret")
	_, err = postgres.Open(t.Context(), pool, nil)
	require.ErrorIs(t, err, postgres.ErrUnreachable)
}

// Who deletes rows of countries with another program leaves their documents behind.
func TestDocumentsWithoutTheirCountryAreReplaced(t *testing.T) {
	dsn := server(t).database(t)
	s := openStore(t, dsn, nil)
	batches := []store.Batch{{Key: shop, Changes: []store.Change{{Configuration: country("DE", "19")}}},
		{Key: tax.Key{Tenant: "other", Country: "DE"}, Changes: []store.Change{{Configuration: country("DE", "19")}}}}
	for range 2 {
		for _, out := range s.Write(t.Context(), batches) {
			require.NoError(t, out.Err)
			assert.EqualValues(t, 1, out.Configurations[0].Metadata.Version)
		}
		_, err := connect(t, dsn).Exec(t.Context(), "DELETE FROM tax.country")
		require.NoError(t, err)
	}
}
