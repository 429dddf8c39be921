package ampeco_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

func TestPatchesInJSONHaveTheFieldsThatWereSent(t *testing.T) {
	const sent = `{"name":"VAT","displayName":null,"percentage":7.7,"taxIdentificationNumberId":null}`
	p, err := ampeco.ParsePatch([]byte(sent))
	require.NoError(t, err)
	got, err := json.Marshal(p)
	require.NoError(t, err)
	assert.JSONEq(t, sent, string(got))
	got, err = json.Marshal(ampeco.Patch{})
	require.NoError(t, err)
	assert.Equal(t, `{}`, string(got))

	for _, p := range []ampeco.Patch{
		{Name: ampeco.Clear[string]()}, {Name: ampeco.Set("")},
		{Percentage: ampeco.Set(decimal.New(-1, 0))}, {TaxIdentificationNumberID: ampeco.Set[int64](0)},
	} {
		_, err = p.MarshalJSON()
		assert.Len(t, faultyFields(t, err), 1, p)
	}
}

func TestJSONThatCannotBeReadLeavesTheValue(t *testing.T) {
	p, d := ampeco.Patch{Name: ampeco.Set("VAT")}, ampeco.Draft{Name: "VAT", Percentage: tax.MustPercent("20")}
	patch, draft := p, d
	require.Error(t, patch.UnmarshalJSON([]byte(`{"name":""}`)))
	require.Error(t, draft.UnmarshalJSON([]byte(`{"name":"x"}`)))
	assert.Equal(t, p, patch)
	assert.Equal(t, d, draft)
	require.NoError(t, draft.UnmarshalJSON([]byte(`{"name":"x","percentage":1}`)))
	assert.Equal(t, "x", draft.Name)
}

func TestBodiesAreReadUpToTheirLargestSize(t *testing.T) {
	const body = `{"name":"x","percentage":20}`
	spaces := strings.Repeat(" ", 1<<20-len(body))
	_, err := ampeco.ParseDraft([]byte(body + spaces))
	require.NoError(t, err)
	_, err = ampeco.ParseDraft([]byte(body + spaces + " "))
	assert.Equal(t, []string{"body"}, faultyFields(t, err))
}

func TestFieldsThatTheStoreSetsAreIgnored(t *testing.T) {
	p, err := ampeco.ParsePatch([]byte(`{"id":7,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}`))
	require.NoError(t, err)
	assert.Equal(t, ampeco.Patch{}, p)
	_, err = ampeco.ParsePatch([]byte(`{"id":7,"created":1,"ID":1}`))
	assert.Equal(t, []string{"ID", "created"}, faultyFields(t, err))
}

func TestTimesOfAnyStoreAreWrittenInUTC(t *testing.T) {
	foreign := vat(t)
	foreign.LastUpdatedAt = foreign.LastUpdatedAt.In(time.FixedZone("", 9*60*60))
	s, err := ampeco.NewService(broken{tax: foreign}, nil)
	require.NoError(t, err)
	body, err := s.Read(context.Background(), "7")
	require.NoError(t, err)
	assert.Contains(t, string(body), `"lastUpdatedAt":"2026-03-31T09:52:15+00:00"`)
}

func TestKeysOfCursorsHave16Bytes(t *testing.T) {
	m := ampeco.NewMemory(nil)
	_, err := ampeco.NewService(m, &ampeco.ServiceOptions{CursorKey: make([]byte, 15)})
	require.ErrorIs(t, err, tax.ErrInvalid)
	_, err = ampeco.NewService(m, &ampeco.ServiceOptions{CursorKey: make([]byte, 16)})
	assert.NoError(t, err)
}
