package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/taxd/internal/page"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// now is a day before several changes that the embedded rates know of. No test depends on
// the day on which it runs.
func now() time.Time { return time.Date(2026, 11, 30, 9, 30, 0, 0, time.UTC) }

// world answers with the embedded rates, the same for all tests.
var world = sync.OnceValues(func() (*tax.Resolver, error) {
	return tax.NewResolver(rates.World(), &tax.Options{Clock: now})
})

// shop is a server with tokens: "acme-manage-token" permits to manage acme, and so on;
// that of any is good for all tenants.
type shop struct {
	origin string
	store  *store.Memory
}

func newShop(t *testing.T, countries ...string) *shop {
	t.Helper()
	if countries == nil {
		countries = []string{"AT", "BR", "CA", "CY", "DE", "FR", "IS", "KZ", "TJ", "US", "VN", "XK"}
	}
	s := &shop{store: store.NewMemory(&store.Options{Base: rates.World(), Clock: now})}
	mine, err := tax.NewResolver(s.store, &tax.Options{Clock: now})
	require.NoError(t, err)
	t.Cleanup(mine.Close)
	public, err := world()
	require.NoError(t, err)
	h, err := page.New(page.Options{
		Store: s.store, Resolver: mine, Base: rates.World(), Public: public, Countries: countries, Authorize: authorize,
		Timeout: patience, Clock: now,
	})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s.origin = server.URL
	return s
}

func authorize(r *http.Request, tenant, scope string) error {
	token, ok := rest.Bearer(r)
	parts := strings.Split(token, "-")
	switch {
	case !ok || len(parts) != 3 || parts[2] != "token":
		return rest.ErrUnauthenticated
	case parts[0] != tenant && parts[0] != "any" || scope == rest.ScopeManage && parts[1] != "manage":
		return rest.ErrForbidden
	}
	return nil
}

// has stores a configuration of a tenant, written by somebody.
func (s *shop) has(t *testing.T, tenant, author string, c tax.Configuration) tax.Configuration {
	t.Helper()
	c, err := s.store.Create(store.WithAuthor(t.Context(), author), tenant, c)
	require.NoError(t, err)
	return c
}

func (s *shop) get(t *testing.T, tenant, location string) tax.Configuration {
	t.Helper()
	l, err := tax.ParseLocation(location, "")
	require.NoError(t, err)
	c, err := s.store.Get(t.Context(), tenant, l)
	require.NoError(t, err)
	return c
}

// override is a configuration that changes the standard rate of Germany from a day on.
func override(percent, from string) tax.Configuration {
	return tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
		{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate(from), Percent: tax.MustPercent(percent)}}},
	}}
}
