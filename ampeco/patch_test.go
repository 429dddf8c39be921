package ampeco_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/internal/testfile"
)

// A Service applies the patches of the table. Its answers are compared byte for
// byte.
func TestUpdatesDoWhatTheTableSays(t *testing.T) {
	ctx := context.Background()
	created := time.Date(2026, 3, 31, 9, 52, 15, 999e6, time.UTC)
	stored := map[string]string{}
	lines := 0
	for at, line := range testfile.Lines(t, "testdata/patches.txt") {
		if name, ok := strings.CutPrefix(line, "tax "); ok {
			name, body, _ := strings.Cut(name, " ")
			stored[name] = body
			continue
		}
		lines++
		name, rest, _ := strings.Cut(line, " | ")
		cut := strings.LastIndex(rest, " | ")
		require.True(t, cut >= 0 && stored[name] != "", "line %d", at)
		body, want := rest[:cut], rest[cut+3:]

		now := created
		m := ampeco.NewMemory(func() time.Time { return now })
		s, err := ampeco.NewService(m, &ampeco.ServiceOptions{Strict: true})
		require.NoError(t, err)
		before, err := s.Create(ctx, []byte(stored[name]))
		require.NoError(t, err)
		require.Equal(t, answer(stored[name], "2026-03-31T09:52:15+00:00"), string(before), "line %d", at)

		now = created.Add(time.Hour)
		got, err := s.Update(ctx, "1", []byte(body))
		after, readErr := s.Read(ctx, "1")
		require.NoError(t, readErr)
		switch fields, refused := strings.CutPrefix(want, "! "); {
		case refused:
			assert.Equal(t, strings.Fields(fields), faultyFields(t, err), "line %d: %v", at, err)
			assert.Equal(t, string(before), string(after), "line %d", at)
			continue
		case want == "=":
			assert.Equal(t, string(before), string(got), "line %d", at)
		default:
			assert.Equal(t, answer(want, "2026-03-31T10:52:15+00:00"), string(got), "line %d", at)
		}
		assert.NoError(t, err, "line %d", at)
		assert.Equal(t, string(got), string(after), "line %d", at)
	}
	assert.GreaterOrEqual(t, lines, 40)
}

// answer returns the body of an answer for tax 1 with these writable fields.
func answer(fields, at string) string {
	return `{"data":{"id":1,` + strings.TrimSuffix(fields[1:], "}") + `,"lastUpdatedAt":"` + at + `"}}`
}

// faultyFields returns the fields that an error refuses, sorted. It checks that
// each has a reason.
func faultyFields(t testing.TB, err error) []string {
	t.Helper()
	var invalid *ampeco.ValidationError
	if !errors.As(err, &invalid) {
		t.Errorf("not a ValidationError: %v", err)
		return nil
	}
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.NotEmpty(t, invalid.Errors)
	for field, reasons := range invalid.Errors {
		assert.NotEmpty(t, reasons, field)
		assert.NotContains(t, reasons, "", field)
	}
	return slices.Sorted(maps.Keys(invalid.Errors))
}

func TestPatchesOfGoAreHeldToTheRulesOfBodies(t *testing.T) {
	before := vat(t)
	for _, c := range []struct {
		patch  ampeco.Patch
		fields []string
	}{
		{ampeco.Patch{Name: ampeco.Clear[string]()}, []string{"name"}},
		{ampeco.Patch{Percentage: ampeco.Clear[decimal.Decimal]()}, []string{"percentage"}},
		{ampeco.Patch{Name: ampeco.Set("")}, []string{"name"}},
		{ampeco.Patch{Name: ampeco.Set("\xff")}, []string{"name"}},
		{ampeco.Patch{Name: ampeco.Set(strings.Repeat("ё", 256))}, []string{"name"}},
		{ampeco.Patch{Percentage: ampeco.Set(decimal.New(-1, 0))}, []string{"percentage"}},
		{ampeco.Patch{Percentage: ampeco.Set(decimal.New(1, -19))}, []string{"percentage"}},
		{ampeco.Patch{Percentage: ampeco.Set(decimal.New(1, 1<<31-1))}, []string{"percentage"}},
		{ampeco.Patch{Percentage: ampeco.Set(decimal.New(1, -1<<31))}, []string{"percentage"}},
		{ampeco.Patch{TaxIdentificationNumberID: ampeco.Set[int64](0)}, []string{"taxIdentificationNumberId"}},
		{ampeco.Patch{TaxIdentificationNumberID: ampeco.Set[int64](-1)}, []string{"taxIdentificationNumberId"}},
		{ampeco.Patch{DisplayName: ampeco.Set([]tax.Translation{{Language: "he", Text: "a"}, {Language: "iw", Text: "\xff"}})},
			[]string{"displayName.1.locale", "displayName.1.translation"}},
		{ampeco.Patch{DisplayName: ampeco.Set(make([]tax.Translation, 101)), Name: ampeco.Set("")}, []string{"displayName", "name"}},
	} {
		after, err := c.patch.Apply(before)
		assert.Equal(t, c.fields, faultyFields(t, err))
		assert.Zero(t, after)
	}
	_, err := ampeco.Patch{Name: ampeco.Set(strings.Repeat("ё", 255)), TaxIdentificationNumberID: ampeco.Clear[int64]()}.Apply(before)
	assert.NoError(t, err)
}

func TestPatchesShareNothingWithTheTaxesTheyMake(t *testing.T) {
	list := []tax.Translation{{Language: "DE", Text: "MwSt"}}
	p := ampeco.Patch{DisplayName: ampeco.Set(list)}
	before := vat(t)
	after, err := p.Apply(before)
	require.NoError(t, err)
	assert.Equal(t, []tax.Translation{{Language: "de", Text: "MwSt"}}, after.DisplayName)
	assert.Equal(t, "DE", list[0].Language, "the patch was changed")
	list[0].Text = "changed"
	assert.Equal(t, "MwSt", after.DisplayName[0].Text)

	same, err := ampeco.Patch{}.Apply(before)
	require.NoError(t, err)
	same.DisplayName[0].Text = "changed"
	assert.Equal(t, "VAT", before.DisplayName[0].Text)
	assert.Equal(t, before.LastUpdatedAt, same.LastUpdatedAt)
	assert.Equal(t, before.ID, same.ID)
}

func TestParsedPatchesTellWhatWasSent(t *testing.T) {
	p, err := ampeco.ParsePatch([]byte(`{"name":"VAT","displayName":null,"percentage":7.70}`))
	require.NoError(t, err)
	assert.Equal(t, ampeco.Set("VAT"), p.Name)
	assert.Equal(t, ampeco.Clear[[]tax.Translation](), p.DisplayName)
	percent, set := p.Percentage.Value()
	assert.True(t, set)
	assert.True(t, percent.Equal(tax.MustPercent("7.7")))
	assert.Equal(t, ampeco.Field[int64]{}, p.TaxIdentificationNumberID)
	assert.True(t, p.DisplayName.Cleared())
	_, set = p.DisplayName.Value()
	assert.False(t, set)
	_, set = p.TaxIdentificationNumberID.Value()
	assert.False(t, set || p.TaxIdentificationNumberID.Cleared())
}
