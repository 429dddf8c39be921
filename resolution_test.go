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

func answered(t *testing.T, l tax.Lookup, set ...tax.Configuration) tax.Resolution {
	t.Helper()
	if l.Date.IsZero() {
		l.Date = taxtest.Day
	}
	a, err := taxtest.Resolver(t, set...).Lookup(t.Context(), l)
	require.NoError(t, err)
	return a
}

func TestResolutionTellsWhatTheEntrySays(t *testing.T) {
	standard := taxtest.Class("STANDARD*", "2007-01-01 19.50 agreed source:law source:gazette; 2027-01-01 21")
	a := answered(t, tax.Lookup{Country: "DE"}, taxtest.Doc("DE", standard))
	assert.Equal(t, "STANDARD", a.Class())
	assert.Equal(t, "19.50", taxtest.Percent(a.Percent()), "the decimals that were given are kept")
	assert.Equal(t, tax.Taxable, a.Treatment())
	assert.Equal(t, "VAT", a.Tax().Code)
	assert.Equal(t, tax.Location{Country: "DE"}, a.Location())
	assert.Equal(t, taxtest.Day, a.Date())
	assert.Equal(t, tax.MustDate("2007-01-01"), a.Since())
	assert.Equal(t, tax.MustDate("2027-01-01"), a.Until())
	assert.Equal(t, tax.Evidence{Status: tax.Agreed, Sources: []string{"law", "gazette"}}, a.Evidence())
	assert.Nil(t, a.Components())
	assert.False(t, a.OfGross())
}

func TestEvidenceOfASumIsTheWeakestStatusAndAllSources(t *testing.T) {
	for _, c := range []struct {
		parent, own string
		want        tax.Evidence
	}{
		{"agreed source:a", "single source:b", tax.Evidence{Status: tax.Single, Sources: []string{"a", "b"}}},
		{"disputed source:a", "agreed source:a source:b", tax.Evidence{Status: tax.Disputed, Sources: []string{"a", "b"}}},
		{"agreed", "agreed", tax.Evidence{Status: tax.Agreed}},
	} {
		a := answered(t, tax.Lookup{Country: "CA", Region: "QC"},
			taxtest.Doc("CA", taxtest.Class("STANDARD*", "1991-01-01 5 "+c.parent)), taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "1992-01-01 + 9 "+c.own)))
		assert.Equal(t, c.want.Status, a.Evidence().Status)
		assert.Equal(t, c.want.Sources, a.Evidence().Sources)
	}
}

func TestTaxOfAnEntryIsItsOwnThenTheDocumentsThenTheNearestAbove(t *testing.T) {
	named := func(c tax.Configuration, code string) tax.Configuration {
		c.Tax = tax.Tax{Code: code, Name: tax.MustLocalizedText(map[string]string{"en": "Tax " + code})}
		return c
	}
	set := []tax.Configuration{
		named(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")), "A"), taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 10")),
		named(taxtest.Doc("FR-2A", taxtest.Class("STANDARD", "- 5; 2020-01-01 6 tax:C")), "B"), named(taxtest.Doc("FR-2B"), "B"),
	}
	for _, c := range []struct{ region, on, want string }{
		{"", "2000-01-01", "A"}, {"20R", "2000-01-01", "A"}, {"2A", "2000-01-01", "B"}, {"2A", "2020-01-01", "C"},
		{"2B", "2000-01-01", "A"}, // the entry is the one of 20R, and its tax with it
	} {
		a := answered(t, tax.Lookup{Country: "FR", Region: c.region, Date: tax.MustDate(c.on)}, set...)
		assert.Equal(t, c.want, a.Tax().Code, c)
		if c.want != "C" {
			assert.Equal(t, "Tax "+c.want, a.TaxName(tax.Preferences{}))
		}
	}
}

func TestNamesFollowThePreferencesThenTheDefaultThenTheCode(t *testing.T) {
	text := func(pairs ...string) tax.LocalizedText {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return tax.MustLocalizedText(m)
	}
	standard := taxtest.Class("STANDARD*", "- 19")
	standard.Name, standard.Description = text("de", "Regelsatz", "fr", "Taux normal", "en", "Standard rate"), text("de", "Die meisten Waren")
	country := taxtest.Doc("DE", standard, taxtest.Class("REDUCED", "- 7"))
	country.Tax = tax.Tax{Code: "VAT", Name: text("de", "MwSt", "en", "VAT")}
	for _, c := range []struct {
		language    string
		preferences []string
		want        string // name, description, tax
	}{
		{"", []string{"de-AT", "fr"}, "Regelsatz|Die meisten Waren|MwSt"},
		{"", []string{"fr", "de"}, "Taux normal|Die meisten Waren|MwSt"},
		{"", []string{"ja"}, "Standard rate||VAT"},
		{"", nil, "Standard rate||VAT"},
		{"de", []string{"ja"}, "Regelsatz|Die meisten Waren|MwSt"},
		{"nl", []string{"ja"}, "STANDARD||VAT"},
	} {
		a, err := taxtest.Open(t, taxtest.Fixed(country), &tax.Options{DefaultLanguage: c.language}).Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		p := tax.MustPreferences(c.preferences...)
		assert.Equal(t, c.want, a.Name(p)+"|"+a.Description(p)+"|"+a.TaxName(p), "%+v", c)
	}
	a := answered(t, tax.Lookup{Country: "DE", Class: "REDUCED"}, country)
	assert.Equal(t, "REDUCED", a.Name(tax.MustPreferences("de")))
	assert.Empty(t, a.Description(tax.MustPreferences("de")))
}

func TestNameOfASumJoinsTheLanguagesThatBothHave(t *testing.T) {
	canada, quebec := taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- + 9.975"))
	canada.Tax = tax.Tax{Code: "GST", Name: tax.MustLocalizedText(map[string]string{"en": "GST", "fr": "TPS"})}
	quebec.Tax = tax.Tax{Code: "QST", Name: tax.MustLocalizedText(map[string]string{"fr": "TVQ"})}
	a := answered(t, tax.Lookup{Country: "CA", Region: "QC"}, canada, quebec)
	assert.Equal(t, "TPS + TVQ", a.TaxName(tax.MustPreferences("fr-CA")))
	assert.Equal(t, "GST+QST", a.TaxName(tax.MustPreferences("en")))
	parts := a.Components()
	require.Len(t, parts, 2)
	assert.Equal(t, "TPS", parts[0].Name.In(tax.MustPreferences("fr")).Text)
	assert.Equal(t, "TVQ", parts[1].Name.In(tax.MustPreferences("fr")).Text)
}

func TestAsReplacesTheTreatmentAndKeepsTheRest(t *testing.T) {
	law := taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 12 FED:5 PROV:7"), taxtest.Class("EXEMPT", "- 0 exempt"), taxtest.Class("GROSS", "- 17 ofGross"))
	a := answered(t, tax.Lookup{Country: "CA"}, law)
	for _, treatment := range []tax.Treatment{tax.ZeroRated, tax.Exempt, tax.ReverseCharge, tax.IntraCommunity, tax.Export, tax.OutsideScope} {
		b := a.As(treatment, "proof")
		assert.Equal(t, treatment, b.Treatment())
		assert.Zero(t, b.Percent().Sign())
		assert.Nil(t, b.Components())
		assert.Equal(t, "VAT", b.Tax().Code)
		assert.Equal(t, "STANDARD", b.Class())
		assert.Equal(t, &tax.Assertion{Treatment: treatment, Reason: "proof"}, b.Explain().Asserted)
		assert.Equal(t, "12 VAT [FED 5, PROV 7]", taxtest.Answer(a, nil), "the original is not changed")
		assert.Nil(t, a.Explain().Asserted)

		back := b.As(tax.Taxable, "the proof was wrong")
		assert.Equal(t, "12 VAT [FED 5, PROV 7]", taxtest.Answer(back, nil))
		assert.Equal(t, "the proof was wrong", back.Explain().Asserted.Reason)
		assert.Equal(t, "proof", b.Explain().Asserted.Reason)
	}
	exempt := answered(t, tax.Lookup{Country: "CA", Class: "EXEMPT"}, law)
	assert.Equal(t, exempt, exempt.As(tax.Taxable, "no"), "what the law exempts has no percentage to charge")
	assert.Equal(t, tax.Export, exempt.As(tax.Export, "yes").Treatment())
	assert.Equal(t, tax.Exempt, exempt.As(tax.Export, "yes").As(tax.Taxable, "no").Explain().Treatment,
		"and the law's treatment returns when the seller takes his back")
	assert.Equal(t, a, a.As(99, "no such treatment"))
	gross := answered(t, tax.Lookup{Country: "CA", Class: "GROSS"}, law)
	assert.True(t, gross.OfGross())
	assert.False(t, gross.As(tax.Export, "").OfGross())
}

func TestResolutionOutlivesItsData(t *testing.T) {
	src := taxtest.NewNotifyingSource("19")
	r := taxtest.Open(t, src, nil)
	a, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	src.Percent.Store("21")
	src.Tell(tax.Key{})
	b, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	r.Close()
	assert.Equal(t, "19 VAT, 21 VAT", taxtest.Answer(a, nil)+", "+taxtest.Answer(b, nil))
}

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
	amounts, err := a.FromNet(decimal.New(999, -2), tax.RoundTo(2, tax.HalfUp))
	require.NoError(t, err)
	assert.Equal(t, "2.00", amounts.Tax().StringFixed(2))
	assert.Equal(t, "11.99", amounts.Gross().StringFixed(2))

	e := a.Explain()
	assert.Equal(t, []tax.DocumentVersion{{Version: 3}}, e.Documents)
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
