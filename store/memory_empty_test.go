package store

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestNothingIsLeftOfWhatWasDeleted(t *testing.T) {
	m := NewMemory(nil)
	for _, code := range []string{"CA", "DE"} {
		_, err := m.Create(t.Context(), "shop", tax.Configuration{Location: tax.Location{Country: code}})
		require.NoError(t, err)
	}
	require.NoError(t, m.Delete(t.Context(), "shop", tax.Location{Country: "CA"}))
	require.Len(t, m.tenant("shop"), 1, "a country without documents would be searched in every list")
	require.NoError(t, m.Delete(t.Context(), "shop", tax.Location{Country: "DE"}))
	_, kept := m.tenants.Load("shop")
	assert.False(t, kept, "tenants that come and go would fill the memory")
}
