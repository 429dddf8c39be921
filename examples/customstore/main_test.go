package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

func TestShelf(t *testing.T) {
	storetest.Run(t, storetest.Factory{Effort: 25, Backend: func(*testing.T, string) store.Backend { return newShelf() }})
}

func TestShopHasRatesOfItsOwn(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, tax.MustDate("2026-11-30")))
	assert.Equal(t, `DE BOOKS  unknown class
DE BOOKS  7 %
refused: tax: invalid configuration: DE: classes[0].aliases[0]: STANDARD is already classes[0].code: codes and aliases are unique in a configuration
version 2 by bob: [BOOKS GROCERIES]
version 1 by anna: [BOOKS]
`, out.String())
}
