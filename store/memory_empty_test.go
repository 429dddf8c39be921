package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestWithoutHistoryLittleIsLeftOfWhatWasDeleted(t *testing.T) {
	m := NewMemory(&Options{Retention: Retention{Versions: -1}})
	l := tax.Location{Country: "CA"}
	_, err := m.Create(t.Context(), "shop", tax.Configuration{Location: l})
	require.NoError(t, err)
	require.NoError(t, m.Delete(t.Context(), "shop", l))
	kept := m.backend().(*memory)
	country := kept.tenant("shop").country("CA")
	require.Zero(t, country.Documents.Len())
	require.EqualValues(t, 1, country.Retired, "versions go on from here")
	require.Empty(t, kept.history[tax.Key{Tenant: "shop", Country: "CA"}].versions)
}
