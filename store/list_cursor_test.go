package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// TestTheNextPageBeginsAfterWhatIsGone deletes the last configuration of a
// page, the one after it, or both, before it requests the next page.
func TestTheNextPageBeginsAfterWhatIsGone(t *testing.T) {
	locations := []tax.Location{
		{Country: "AT"}, {Country: "CA"}, {Country: "CA", Region: "AB"}, {Country: "CA", Region: "BC"}, {Country: "CA", Region: "QC"},
		{Country: "DE"}, {Country: "FR"},
	}
	for size := 1; size < len(locations); size++ {
		for gone := range 1 << 2 {
			m := store.NewMemory(nil)
			for _, l := range locations {
				_, err := m.Create(t.Context(), "shop", tax.Configuration{Location: l})
				require.NoError(t, err)
			}
			first, err := m.List(t.Context(), "shop", tax.Query{PageSize: size})
			require.NoError(t, err)
			require.Equal(t, size, first.Len())
			want := locations[size:]
			if gone&1 != 0 {
				require.NoError(t, m.Delete(t.Context(), "shop", locations[size-1]))
			}
			if gone&2 != 0 {
				require.NoError(t, m.Delete(t.Context(), "shop", locations[size]))
				want = want[1:]
			}
			next, err := m.List(t.Context(), "shop", tax.Query{Cursor: first.Next})
			require.NoError(t, err)
			var got []tax.Location
			for _, c := range next.Configurations() {
				got = append(got, c.Location)
			}
			assert.ElementsMatch(t, want, got, "pages of %d, %d gone", size, gone)
			assert.Empty(t, next.Next)
		}
	}
}
