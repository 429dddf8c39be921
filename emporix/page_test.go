package emporix_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/emporix"
)

func TestPagesHaveABoundOfMemory(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	for _, c := range []string{"AT", "DE", "PL"} {
		s.create(t, "", `{"location":{"countryCode":"`+c+`"},"taxClasses":[]}`)
	}
	whole, err := s.List(context.Background(), tenant, nil, "", false)
	require.NoError(t, err)
	for spare, want := range map[int]string{0: "", 1: "", -2: "pageSize"} {
		s.SetMaxListBytes(len(whole.Body) + spare)
		_, err = s.List(context.Background(), tenant, nil, "", false)
		assert.Equal(t, want, fieldOf(err), spare)
	}
	list, err := s.List(context.Background(), tenant, map[string][]string{"pageSize": {"2"}}, "", false)
	require.NoError(t, err)
	assert.NotEmpty(t, list.Next)
}
