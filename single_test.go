package tax_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestADocumentAloneResolvesAsAResolverDoesThatHasNoOther(t *testing.T) {
	doc := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19; 2020-07-01 16; 2021-01-01 19"), taxtest.Class("OLD", "- 5; 2020-01-01 end"), taxtest.Class("FREE", "- 0 exempt"),
		taxtest.Class("LATER", "2030-01-01 3"))
	doc.Classes[0].Aliases = []string{"NORMAL"}
	doc.Tax = tax.Tax{Code: "VAT", Name: tax.MustLocalizedText(map[string]string{"de": "USt"})}
	doc.Metadata = tax.Metadata{Version: 7, Source: "pack"}
	r := taxtest.Open(t, taxtest.Fixed(doc), nil)
	for _, class := range []string{"", "STANDARD", "NORMAL", "OLD", "FREE", "LATER", "NONE"} {
		for _, on := range []string{"2000-01-01", "2020-06-30", "2020-07-01", "2020-12-31", "2021-01-01", "2026-11-22", "2031-01-01"} {
			want, wantErr := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Class: class, Date: tax.MustDate(on)})
			got, err := doc.Resolve(class, tax.MustDate(on))
			if wantErr != nil {
				var a, b *tax.LookupError
				require.ErrorAs(t, wantErr, &a)
				require.ErrorAs(t, err, &b, "%s on %s", class, on)
				assert.Equal(t, a.Kind, b.Kind)
				assert.Equal(t, a.Territory, b.Territory)
				continue
			}
			require.NoError(t, err, "%s on %s", class, on)
			a, b := want.Explain(), got.Explain()
			a.LoadedAt, b.LoadedAt = time.Time{}, time.Time{}
			assert.Equal(t, a, b, "%s on %s", class, on)
		}
	}
}

func TestARateOfNoPlaceHasAmountsNamesAndAnExplanation(t *testing.T) {
	name := tax.MustLocalizedText(map[string]string{"en": "VAT", "bg": "ДДС"})
	doc := tax.Configuration{
		Tax:      tax.Tax{Code: "7", Name: name},
		Classes:  []tax.Class{{Code: "7", Name: name, Rates: []tax.Rate{{Percent: tax.MustPercent("20")}}}},
		Metadata: tax.Metadata{Version: 3},
	}
	a, err := doc.Resolve("7", tax.MustDate("2026-11-22"))
	require.NoError(t, err)
	assert.Equal(t, tax.Location{}, a.Location())
	assert.Equal(t, "ДДС", a.Name(tax.MustPreferences("bg-BG")))
	assert.Equal(t, "VAT", a.TaxName(tax.MustPreferences("en-GB")))
	assert.Equal(t, "VAT", a.Name(tax.MustPreferences("ja")))
	amounts, err := a.FromNet(decimal.New(999, -2), tax.Rounding{Scale: 2})
	require.NoError(t, err)
	assert.Equal(t, "2.00", amounts.Tax().StringFixed(2))
	assert.Equal(t, "11.99", amounts.Gross().StringFixed(2))

	e := a.Explain()
	assert.Equal(t, []tax.Document{{Version: 3}}, e.Documents)
	assert.Equal(t, "20", e.Percent)
	data, err := json.Marshal(e)
	require.NoError(t, err)
	var stored tax.Explanation
	require.NoError(t, json.Unmarshal(data, &stored))
	assert.Equal(t, e.Percent, stored.Percent)
	assert.Equal(t, tax.ReverseCharge, a.As(tax.ReverseCharge, "BG123").Treatment())
}

func TestTodayOfADocumentAloneIsThatOfItsZone(t *testing.T) {
	for _, zone := range []string{"", "Pacific/Kiritimati", "Pacific/Pago_Pago"} {
		doc := taxtest.Doc("KI", taxtest.Class("STANDARD*", "- 1"))
		doc.TimeZone = zone
		for range 3 { // midnight may pass in between
			place, err := time.LoadLocation(zone)
			require.NoError(t, err)
			before, err := tax.DateIn(time.Now(), place)
			require.NoError(t, err)
			a, err := doc.Resolve("", tax.Date{})
			require.NoError(t, err)
			after, err := tax.DateIn(time.Now(), place)
			require.NoError(t, err)
			if before == after {
				assert.Equal(t, before, a.Date(), zone)
				assert.True(t, a.Explain().Input.Today)
				break
			}
		}
	}
}

func TestInvalidDocumentsAreNotResolved(t *testing.T) {
	class := tax.Class{Code: "A", Rates: []tax.Rate{{Percent: tax.MustPercent("5")}}}
	for what, doc := range map[string]tax.Configuration{
		"a percentage below 0": {Classes: []tax.Class{{Code: "A", Rates: []tax.Rate{{Percent: decimal.New(-1, 0)}}}}},
		"no class code":        {Classes: []tax.Class{{Rates: class.Rates}}},
		"two defaults":         {Classes: []tax.Class{{Code: "A", Default: true, Rates: class.Rates}, {Code: "B", Default: true, Rates: class.Rates}}},
		"no zone name":         {TimeZone: "Local", Classes: []tax.Class{class}},
		"a tax without code":   {Tax: tax.Tax{Name: tax.MustLocalizedText(map[string]string{"en": "x"})}, Classes: []tax.Class{class}},
		"no such country":      {Location: tax.Location{Country: "QQ"}, Classes: []tax.Class{class}},
		"a region alone":       {Location: tax.Location{Region: "QC"}, Classes: []tax.Class{class}},
		"an entry that adds to a parent": {Location: tax.Location{Country: "CA", Region: "QC"},
			Classes: []tax.Class{{Code: "A", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("5")}}}}},
		"an entry that adds to nothing": {Classes: []tax.Class{{Code: "A", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("5")}}}}},
	} {
		_, err := doc.Resolve("A", tax.MustDate("2026-11-22"))
		var invalid *tax.InvalidError
		require.ErrorAs(t, err, &invalid, what)
		assert.NotEmpty(t, invalid.Faults)
	}
	region := tax.Configuration{Location: tax.Location{Country: "CA", Region: "QC"}, Classes: []tax.Class{class}}
	a, err := region.Resolve("A", tax.MustDate("2026-11-22"))
	require.NoError(t, err)
	assert.Equal(t, region.Location, a.Location())
	assert.Equal(t, []tax.Step{tax.StepRegion, tax.StepClass}, a.Explain().Steps)
	assert.Equal(t, "QC", a.Explain().Input.Region)
}

func TestTheDocumentOfAnAnswerIsACopy(t *testing.T) {
	doc := taxtest.Doc("DE", taxtest.Class("A*", "- 19 agreed source:x X:10 Y:9"))
	a, err := doc.Resolve("", tax.MustDate("2026-11-22"))
	require.NoError(t, err)
	want := a.Explain()
	rate := &doc.Classes[0].Rates[0]
	rate.Percent, rate.Components[0].Percent, rate.Evidence.Sources[0] = tax.MustPercent("1"), tax.MustPercent("1"), "y"
	doc.Classes[0].Code = "B"
	assert.Equal(t, want, a.Explain())
}
