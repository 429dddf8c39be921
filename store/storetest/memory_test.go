package storetest_test

import (
	"testing"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, storetest.Factory{Open: func(_ *testing.T, _ string, o *store.Options) tax.Store { return store.NewMemory(o) }})
}
