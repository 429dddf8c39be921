package emporix

import (
	"context"
	"regexp"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestRandomUUIDsAreOfVersion4AndDiffer(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := randomUUID()
		require.Regexp(t, form, id)
		require.False(t, seen[id])
		seen[id] = true
	}
}

func TestMissingUUIDIsMadeAndAGivenOneRepeated(t *testing.T) {
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{{Location: tax.Location{Country: key.Country}, Classes: []tax.Class{{Code: "A", Rates: []tax.Rate{{Percent: decimal.New(19, 0)}}}}}}, nil
	}), nil)
	require.NoError(t, err)
	defer r.Close()
	c, err := NewCalculator(r, nil)
	require.NoError(t, err)
	made := 0
	c.newUUID = func() string { made++; return "made" }
	const input = `"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"A","includesTax":false,"price":0}`
	const rest = input + `,"output":{"netPrice":0,"grossPrice":0,"targetTaxRate":19}}`

	got, err := c.CalculateJSON(context.Background(), []byte(`{`+input+`}`))
	require.NoError(t, err)
	assert.Equal(t, `{"commandUuid":"made",`+rest, string(got))

	got, err = c.CalculateJSON(context.Background(), []byte(`{"commandUuid":"mine",`+input+`}`))
	require.NoError(t, err)
	assert.Equal(t, `{"commandUuid":"mine",`+rest, string(got))
	assert.Equal(t, 1, made)
}
