package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestShopCodesFindLegalClasses(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, tax.MustDate("2026-11-21")))
	assert.Equal(t, `DE BOOKS    7 % (reduced rate, taxable), REDUCED by class alias
FR BOOKS    5.5 % (taux réduit, taxable), REDUCED by class alias
FR DEPOSIT  0 % (consigne, outsideScope), DEPOSIT by class
AT BOOKS    tax: unknown class: country "AT" class "BOOKS" on 2026-11-21: pass a class that the place has, see Resolver.Classes, or set FallbackToDefault
`, out.String())
}
