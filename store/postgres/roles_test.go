package postgres_test

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// grants returns the statements that the documentation has for roles.
func grants(t *testing.T, role string) (list []string) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^//\t(GRANT [^;]*);`).FindAllStringSubmatch(string(text), -1) {
		if strings.HasSuffix(m[1], " "+role) {
			list = append(list, m[1])
		}
	}
	return list
}

// as returns the connection string for another role, which is made.
func as(t *testing.T, dsn, role string) string {
	admin := connect(t, dsn)
	_, err := admin.Exec(t.Context(), "DROP ROLE IF EXISTS "+role)
	require.NoError(t, err)
	statements := append([]string{"CREATE ROLE " + role + " LOGIN"}, grants(t, role)...)
	for _, statement := range statements {
		_, err := admin.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	t.Cleanup(func() {
		admin, err := pgxpool.New(context.Background(), dsn)
		require.NoError(t, err)
		defer admin.Close()
		_, err = admin.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role)
		assert.NoError(t, err)
	})
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.User(role)
	return u.String()
}

func TestARoleThatReadsNeedsOnlyWhatIsDocumented(t *testing.T) {
	require.Len(t, grants(t, "reader"), 2)
	dsn := server(t).database(t)
	owner := openStore(t, dsn, nil)
	require.NoError(t, put(t.Context(), owner, "shop", "19"))
	s := openStore(t, as(t, dsn, "reader"), &postgres.Options{Poll: time.Hour})
	_, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	_, err = s.Versions(t.Context(), "shop", germany)
	require.NoError(t, err)
	_, err = s.List(t.Context(), "shop", tax.Query{})
	require.NoError(t, err)
	r := watch(t, s)
	require.NoError(t, put(t.Context(), owner, "shop", "20"))
	r.eventually(t, shop)

	err = put(t.Context(), s, "shop", "21")
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, postgres.ErrDenied)
	_, err = taxesOf(t, s, "shop").List(t.Context(), ampeco.Range{Limit: 1})
	require.NoError(t, err)
	_, err = taxesOf(t, s, "shop").Create(t.Context(), ampeco.Draft{Name: "a"})
	require.ErrorIs(t, err, postgres.ErrDenied)
	require.NotErrorIs(t, err, store.ErrUnknownOutcome)
	c, err := owner.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 2, c.Metadata.Version)
}

func TestARoleThatWritesNeedsOnlyWhatIsDocumented(t *testing.T) {
	require.Len(t, grants(t, "writer"), 4)
	dsn := server(t).database(t)
	s := openStore(t, as(t, dsn, "writer"), nil)
	require.NoError(t, put(t.Context(), s, "shop", "19"))
	require.NoError(t, put(t.Context(), s, "shop", "20"))
	require.NoError(t, s.Delete(t.Context(), "shop", germany))
	versions, err := s.Versions(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Len(t, versions, 2)
	taxes := taxesOf(t, s, "shop")
	made, err := taxes.Create(t.Context(), ampeco.Draft{Name: "a"})
	require.NoError(t, err)
	_, err = taxes.Update(t.Context(), made.ID, ampeco.Patch{Name: ampeco.Set("b")})
	require.NoError(t, err)
	require.NoError(t, taxes.Delete(t.Context(), made.ID))
}

func TestWithoutTablesARoleThatCannotMakeThemIsDenied(t *testing.T) {
	dsn := server(t).database(t)
	_, err := connect(t, dsn).Exec(t.Context(), "DROP SCHEMA tax CASCADE")
	require.NoError(t, err)
	admin := connect(t, dsn)
	_, err = admin.Exec(t.Context(), "DROP ROLE IF EXISTS nothing; CREATE ROLE nothing LOGIN")
	require.NoError(t, err)
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.User("nothing")
	_, err = postgres.Connect(t.Context(), u.String(), nil)
	require.ErrorIs(t, err, postgres.ErrDenied)
}
