package emporix_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	world "github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// documents exports the store of a shop as documents of the contract.
func (s *shop) documents(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	_, err := store.Export(t.Context(), &out, s.store, &store.ExportOptions{Tenants: []string{tenant}, Encode: func(c tax.Configuration) ([]byte, error) {
		return s.Document(t.Context(), tenant, "*", c)
	}})
	require.NoError(t, err)
	return out.String()
}

func TestDocumentsOfTheContractMoveFromStoreToStore(t *testing.T) {
	from, to := newShop(t, emporix.ServiceOptions{}), newShop(t, emporix.ServiceOptions{})
	_, err := store.Seed(t.Context(), from.store, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		set, err := world.World().Configurations(ctx, key)
		for i := range set {
			for j := range set[i].Classes {
				if c := &set[i].Classes[j]; c.Name.IsZero() {
					c.Name, _ = tax.NewLocalizedText(map[string]string{"en": c.Code}) // the contract requires one
				}
			}
		}
		return set, err
	}), tenant)
	require.NoError(t, err)
	text := from.documents(t)
	require.Greater(t, strings.Count(text, "\n"), 200)
	report, err := store.Import(t.Context(), strings.NewReader(text), to.store, &store.ImportOptions{Format: to.Format(tenant, "*")})
	require.NoError(t, err)
	assert.Equal(t, report.Records, report.Written)
	assert.Equal(t, text, to.documents(t), "the same documents, all at version 1")

	again, err := store.Import(t.Context(), strings.NewReader(text), to.store, &store.ImportOptions{Format: to.Format(tenant, "*")})
	require.NoError(t, err)
	assert.Equal(t, report.Records, again.Unchanged)
}

func TestImportedDocumentsLoseNoHistory(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	const german = `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Standard","rate":%s}],"metadata":{"version":7}}`
	load := func(text string) (store.Report, error) {
		return store.Import(t.Context(), strings.NewReader(text), s.store, &store.ImportOptions{Format: s.On(tax.MustDate("2027-01-01")).Format(tenant, "en")})
	}
	s.create(t, "en", `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Standard","rate":19}]}`)
	_, err := load(fmt.Sprintf(german, "20"))
	require.NoError(t, err)
	c := s.get(t, "DE")
	assert.Equal(t, "STANDARD: 20 from 2027-01-01, 19 from 2026-11-22", c.Classes[0].String())
	assert.EqualValues(t, 2, c.Metadata.Version)

	report, err := load(fmt.Sprintf(german, "20") + strings.Replace(fmt.Sprintf(german, `"20"`), "DE", "AT", 1))
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.EqualValues(t, 1, report.Unchanged)
	require.Len(t, report.Rejections, 1)
	assert.Equal(t, "AT", report.Rejections[0].Location.Country)
	assert.Equal(t, "taxClasses[0].rate", report.Rejections[0].Path)

	_, err = store.Import(t.Context(), strings.NewReader(fmt.Sprintf(german, "20")), s.store, &store.ImportOptions{Format: s.Format("No tenant", "en")})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	_, err = s.Document(t.Context(), "No tenant", "en", c)
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func ExampleService_Format() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	service, _ := emporix.NewService(m, nil)
	documents := `[
		{"location": {"countryCode": "AT"}, "taxClasses": [{"code": "STANDARD", "name": "Standard", "rate": 20}]},
		{"location": {"countryCode": "DE"}, "taxClasses": [{"code": "STANDARD", "name": "Standard", "rate": 19}]}
	]`
	format := service.On(tax.MustDate("2026-01-01")).Format("acme", "en")
	report, err := store.Import(ctx, strings.NewReader(documents), m, &store.ImportOptions{Format: format})
	fmt.Println(report, err)
	c, err := m.Get(ctx, "acme", tax.Location{Country: "DE"})
	fmt.Println(c.Classes[0], err)
	document, err := service.Document(ctx, "acme", "en", tax.Configuration{Location: c.Location, Classes: c.Classes})
	fmt.Println(string(document), err)
	// Output:
	// 2 records, 2 written <nil>
	// STANDARD: 19 from 2026-01-01 <nil>
	// {"locationCode":"DE","location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Standard","rate":19}],"metadata":{"version":0}} <nil>
}
