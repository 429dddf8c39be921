package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, storetest.Factory{
		Open: func(t *testing.T, place string, o *store.Options) tax.Store {
			given := Options{Poll: 5 * time.Millisecond}
			if o != nil {
				given.Store = *o
			}
			s, err := Open(filepath.Join(place, "tax.db"), &given)
			require.NoError(t, err)
			return s
		},
		Shared: true,
		Effort: 25,
	})
}
