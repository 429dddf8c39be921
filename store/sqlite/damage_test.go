package sqlite

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestDocumentEditedBehindTheBackIsInvalidAlone(t *testing.T) {
	const quebec = "country = (SELECT id FROM country WHERE code = 'CA') AND region = 'QC'"
	for name, statement := range map[string]string{
		"no JSON":             "UPDATE configuration SET document = 'x' WHERE " + quebec,
		"empty":               "UPDATE configuration SET document = '' WHERE " + quebec,
		"cut off":             "UPDATE configuration SET document = substr(document, 1, length(document) - 9) WHERE " + quebec,
		"negative rate":       `UPDATE configuration SET document = replace(document, '"percent":9', '"percent":-9') WHERE ` + quebec,
		"rate as text":        `UPDATE configuration SET document = replace(document, '"percent":9', '"percent":"nine"') WHERE ` + quebec,
		"of another place":    `UPDATE configuration SET document = replace(replace(document, '"region":"QC"', '"region":"ON"'), 'CA-QC', 'CA-ON') WHERE ` + quebec,
		"of another country":  `UPDATE configuration SET document = replace(replace(document, '"country":"CA"', '"country":"US"'), 'CA-QC', 'US-QC') WHERE ` + quebec,
		"bytes that are none": "UPDATE configuration SET document = CAST(x'ff00fe' AS TEXT) WHERE " + quebec,
		"base":                "UPDATE configuration SET base = '[' WHERE " + quebec,
	} {
		t.Run(name, func(t *testing.T) {
			s, b := inside(t, file(t), nil)
			for _, d := range []tax.Configuration{doc("CA", "5"), doc("CA-QC", "9"), doc("CA-ON", "13"), doc("FR", "20")} {
				_, err := s.Create(t.Context(), "", d)
				require.NoError(t, err)
			}
			edit(t, b, statement)
			r := taxtest.Open(t, s, nil)
			ask := func(country, region string) string {
				return taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: country, Region: region, Class: "STANDARD"}))
			}
			assert.Equal(t, []string{"5 VAT", "invalid", "13 VAT", "20 VAT"}, []string{ask("CA", ""), ask("CA", "QC"), ask("CA", "ON"), ask("FR", "")})

			at := tax.Location{Country: "CA", Region: "QC"}
			_, err := s.Get(t.Context(), "", at)
			assert.ErrorIs(t, err, tax.ErrInvalid)
			for _, q := range []tax.Query{{Total: true}, {Country: "CA", Total: true}} {
				page, err := s.List(t.Context(), "", q)
				require.NoError(t, err)
				assert.NotContains(t, taxtest.Codes(page.Configurations()), "QC")
				assert.Equal(t, page.Len(), page.Total)
			}

			require.NoError(t, s.Delete(t.Context(), "", at))
			_, err = s.Create(t.Context(), "", doc("CA-QC", "10"))
			require.NoError(t, err)
			c, err := s.Get(t.Context(), "", at)
			require.NoError(t, err)
			assert.Equal(t, "10", c.Classes[0].Rates[0].Percent.String())
			assert.EqualValues(t, 2, c.Metadata.Version, "versions go on")
		})
	}
}

func TestHistoryThatCannotBeReadIsNeverLeftOut(t *testing.T) {
	s, b := inside(t, file(t), nil)
	for _, d := range []tax.Configuration{doc("CA", "5"), doc("CA-QC", "9")} {
		first, err := s.Create(t.Context(), "", d)
		require.NoError(t, err)
		_, err = s.Update(t.Context(), "", first)
		require.NoError(t, err)
	}
	edit(t, b, "UPDATE history SET document = 'x' WHERE region = 'QC'")
	_, err := s.Versions(t.Context(), "", tax.Location{Country: "CA", Region: "QC"})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorContains(t, err, "in the history")
	versions, err := s.Versions(t.Context(), "", tax.Location{Country: "CA"})
	require.NoError(t, err)
	assert.Len(t, versions, 2)
}

func TestDocumentEditedBehindTheBackIsRepairedByAWriteOfTheCountry(t *testing.T) {
	s, b := inside(t, file(t), nil)
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	edit(t, b, "UPDATE configuration SET document = 'x'")
	_, err = s.Create(t.Context(), "", doc("DE", "19"))
	assert.ErrorIs(t, err, tax.ErrExists)
	require.NoError(t, s.Delete(t.Context(), "", germany))
	assert.Equal(t, 0, number(t, b, "SELECT count(*) FROM configuration"))
}
