package store_test

import (
	"sync"
	"testing"

	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

// Two stores over one backend are as two processes over one database.
func TestVersionedKeepsTheContract(t *testing.T) {
	var places sync.Map
	storetest.Run(t, storetest.Factory{Shared: true, Backend: func(_ *testing.T, place string) store.Backend {
		b, _ := places.LoadOrStore(place, store.NewBackend())
		return b.(store.Backend)
	}})
}
