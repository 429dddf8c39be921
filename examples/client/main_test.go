package main

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClientAsksWhatACheckoutAsks(t *testing.T) {
	s, err := startOwn()
	require.NoError(t, err)
	defer s.Close()
	var out bytes.Buffer
	require.NoError(t, shop(t.Context(), &out, client{base: s.URL + "/v1/acme", http: http.DefaultClient}))
	assert.Equal(t, `AT-X-MITTELBERG STANDARD: USt 19 %
2 books and a pen: net 2077 + tax 171 = 2248 cents
a mistake: unknown class, did you mean REDUCED?
`, out.String())
	err = client{base: s.URL + "/nothing", http: http.DefaultClient}.do(t.Context(), "GET", "/", nil, nil)
	assert.EqualError(t, err, "there is no such path")
}
