package tax_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func languagesOf(t testing.TB, o *tax.LanguageOptions) *tax.Languages {
	t.Helper()
	l, err := tax.NewLanguages(o)
	require.NoError(t, err)
	return l
}

func TestLanguagesHaveTheDocumentedDefaults(t *testing.T) {
	for name, l := range map[string]*tax.Languages{
		"nil options": languagesOf(t, nil), "zero options": languagesOf(t, &tax.LanguageOptions{}), "zero value": {}, "nil": nil,
	} {
		assert.Equal(t, "en", l.Default(), name)
		assert.Nil(t, l.Allowed(), name)
		allowed, err := l.Allow("FR-ca")
		require.NoError(t, err, name)
		assert.Equal(t, "fr-CA", allowed, name)
		p, err := l.ParseAcceptLanguage(strings.Repeat(" ", 510) + "de")
		require.NoError(t, err, name)
		assert.Equal(t, []string{"de"}, p.Tags(), name)
		_, err = l.ParseAcceptLanguage(strings.Repeat(" ", 511) + "de")
		assert.ErrorIs(t, err, tax.ErrInvalid, name)
		p, err = l.ParseAcceptLanguage("de" + strings.Repeat(",de", 15) + ",fr")
		requireLeftOut(t, "fr", err, name)
		assert.Equal(t, []string{"de"}, p.Tags(), name)
		_, err = l.ParseAcceptLanguage("en-a-bb-cc-dd-ee-ff-gg-hh-ii-jj-kkk")
		require.NoError(t, err, name)
		_, err = l.ParseAcceptLanguage("en-a-bb-cc-dd-ee-ff-gg-hh-ii-jj-kkkk")
		assert.ErrorIs(t, err, tax.ErrInvalid, name)
	}
}

func TestLimitsAreThoseOfTheOptions(t *testing.T) {
	l := languagesOf(t, &tax.LanguageOptions{HeaderBytes: 20, HeaderElements: 2, TagBytes: 5})
	p, err := l.ParseAcceptLanguage("de,en-GB            ")
	require.NoError(t, err)
	assert.Equal(t, []string{"de", "en-GB"}, p.Tags())
	_, err = l.ParseAcceptLanguage("de,en-GB             ")
	require.ErrorContains(t, err, "20 bytes")
	p, err = l.ParseAcceptLanguage("de,en,fr")
	requireLeftOut(t, "fr", err, "elements")
	assert.Equal(t, []string{"de", "en"}, p.Tags())
	p, err = l.ParseAcceptLanguage("es-419,de")
	requireLeftOut(t, "es-419", err, "a tag of six bytes")
	assert.Equal(t, []string{"de"}, p.Tags())
	p, err = l.ParseAcceptLanguage("*,en")
	require.NoError(t, err)
	assert.Equal(t, []string{"en"}, p.Tags())
	// The limits of one are not those of another, nor of the function.
	for _, parse := range []func(string) (tax.Preferences, error){tax.ParseAcceptLanguage, languagesOf(t, nil).ParseAcceptLanguage} {
		p, err = parse("de,es-419,fr,it            ")
		require.NoError(t, err)
		assert.Len(t, p.Tags(), 4)
	}

	wide := languagesOf(t, &tax.LanguageOptions{HeaderBytes: 1 << 16, HeaderElements: 1000, TagBytes: 256})
	long := "en-x" + strings.Repeat("-abcdefgh", 28)
	require.Len(t, long, 256)
	p, err = wide.ParseAcceptLanguage(strings.Repeat("de,", 999) + long + strings.Repeat(" ", 60000))
	require.NoError(t, err)
	assert.Equal(t, []string{"de", long}, p.Tags())
	p, err = wide.ParseAcceptLanguage(strings.Repeat("de,", 1000) + long)
	requireLeftOut(t, long[:64], err, "1,001 elements")
	assert.Equal(t, []string{"de"}, p.Tags())
	_, err = wide.ParseAcceptLanguage(long + "a")
	requireLeftOut(t, long[:64], err, "257 bytes")
}

func TestOptionsOfLanguagesAreChecked(t *testing.T) {
	for field, list := range map[string][]tax.LanguageOptions{
		"language":              {{Default: "de__DE"}, {Default: "*"}, {Default: "und"}, {Default: " de"}, {Allowed: []string{"en", ""}}, {Allowed: []string{"en", "xx"}}, {Default: strings.Repeat("a", mebibyte)}},
		"option Default":        {{Allowed: []string{"de", "fr"}}, {Default: "de", Allowed: []string{"en"}}, {Default: "de-AT", Allowed: []string{"de"}}, {Default: "de", Allowed: []string{"de-AT"}}},
		"option HeaderBytes":    {{HeaderBytes: -1}, {HeaderBytes: 1<<16 + 1}},
		"option HeaderElements": {{HeaderElements: -1}, {HeaderElements: 1001}},
		"option TagBytes":       {{TagBytes: -1}, {TagBytes: 257}},
		"option CachedHeaders":  {{CachedHeaders: -1}, {CachedHeaders: 1<<20 + 1}},
	} {
		for _, o := range list {
			l, err := tax.NewLanguages(&o)
			var input *tax.InputError
			if assert.ErrorAs(t, err, &input, "%s", field) {
				assert.Equal(t, field, input.Field)
				assert.LessOrEqual(t, len(input.Value), 64)
			}
			assert.True(t, l == nil, "languages beside an error: %v", err)
		}
	}
	languagesOf(t, &tax.LanguageOptions{HeaderBytes: 1, HeaderElements: 1, TagBytes: 1, CachedHeaders: 1})
}

func TestAllowedLanguagesAreCanonicalAndSorted(t *testing.T) {
	o := &tax.LanguageOptions{Default: "iw", Allowed: []string{"zh-hant", "PT-br", "he", "de", "iw", "de", "DE-at", "en"}}
	l := languagesOf(t, o)
	want := []string{"de", "de-AT", "en", "he", "pt-BR", "zh-Hant"}
	assert.Equal(t, "he", l.Default())
	assert.Equal(t, want, l.Allowed())
	// The list is a copy, and so were the options.
	l.Allowed()[0] = "changed"
	o.Allowed[2], o.Default = "it", "it"
	assert.Equal(t, want, l.Allowed())
	assert.Equal(t, "he", l.Default())
	_, err := l.Allow("it")
	assert.Error(t, err)
}

func TestOnlyAllowedLanguagesMayBeWritten(t *testing.T) {
	l := languagesOf(t, &tax.LanguageOptions{Default: "de", Allowed: []string{"de", "en", "pt-BR", "he"}})
	for tag, want := range map[string]string{"de": "de", "DE": "de", "pt-br": "pt-BR", "iw": "he", "deu": "de"} {
		got, err := l.Allow(tag)
		require.NoError(t, err, tag)
		assert.Equal(t, want, got)
	}
	for _, tag := range []string{"fr", "de-AT", "pt", "PT-pt", "pt_PT", "no", "x-tax", "de-1996", "de-u-co-phonebk"} {
		got, err := l.Allow(tag)
		var input *tax.InputError
		require.ErrorAs(t, err, &input, tag)
		assert.Empty(t, got)
		assert.Equal(t, "language", input.Field)
		assert.Equal(t, tag, input.Value)
		assert.Contains(t, err.Error(), "de, en, he, pt-BR", "the allowed are listed")
	}
	for _, l := range []*tax.Languages{l, languagesOf(t, nil)} {
		for _, tag := range []string{"", "*", "de__DE", "xx", "und", "de;q=1", strings.Repeat("de-", mebibyte/3)} {
			_, err := l.Allow(tag)
			var input *tax.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, "language", input.Field)
			assert.LessOrEqual(t, len(input.Value), 64)
		}
	}
	for tag, want := range map[string]string{"fr": "fr", "X-TAX": "x-tax", "de-1996": "de-1996", "iw": "he"} {
		got, err := languagesOf(t, nil).Allow(tag)
		require.NoError(t, err, tag)
		assert.Equal(t, want, got)
	}
}

func TestHeadersFallBackOnTheDefaultLanguage(t *testing.T) {
	l := languagesOf(t, &tax.LanguageOptions{Default: "de-AT"})
	text := inEvery(t, "de", "fr")
	for header, want := range map[string]string{
		"": "de no", "ja": "de no", "fr": "fr exact", "*": "de no", "garbage!!": "de no", "ja, !!": "de no", "de;q=0": "- no", "*;q=0": "- no", "*;q=0, fr-CA": "- no",
		"de-AT": "de high", strings.Repeat(" ", 513): "de no", strings.Repeat("fr,", mebibyte/3): "de no", " \t,": "de no", "de-AT;q=0": "de no",
	} {
		p, _ := l.ParseAcceptLanguage(header)
		m := text.In(p)
		assert.Equal(t, want, choiceOf(m.Language, m.Confidence), "%.64q", header)
		assert.False(t, p.IsZero(), "%.64q", header)
	}
	p, err := l.ParseAcceptLanguage("")
	require.NoError(t, err)
	assert.Nil(t, p.Tags())
	assert.False(t, p.All())
}

// Rates of two tenants, named in three languages.
func namedRates(country string) []tax.Configuration {
	c := taxtest.Doc(country, taxtest.Class("STANDARD*", "- 19"), taxtest.Class("NAMELESS", "- 0"))
	c.Classes[0].Name = tax.MustLocalizedText(map[string]string{"de": "Regelsatz", "en": "Standard rate", "fr": "Taux normal"})
	c.Classes[0].Description = tax.MustLocalizedText(map[string]string{"de": "Beschreibung", "en": "Description", "fr": "Explication"})
	c.Tax.Name = tax.MustLocalizedText(map[string]string{"de": "Steuer", "en": "Tax", "fr": "Impôt"})
	return []tax.Configuration{c}
}

func TestEveryTenantHasADefaultLanguageOfItsOwn(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	french, english := languagesOf(t, &tax.LanguageOptions{Default: "fr-CA"}), languagesOf(t, nil)
	r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return namedRates(key.Country), nil
	}), &tax.Options{DefaultLanguage: "de", Languages: func(tenant string) *tax.Languages {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, tenant)
		return map[string]*tax.Languages{"paris": french, "london": english, "zero": {}}[tenant]
	}})
	excluding, err := tax.ParseAcceptLanguage("ja, fr;q=0, en;q=0, de;q=0")
	require.NoError(t, err)
	own, err := tax.MustPreferences("ja").WithFallback("en")
	require.NoError(t, err)
	all, err := tax.ParseAcceptLanguage("*")
	require.NoError(t, err)
	for tenant, want := range map[string]string{"paris": "Taux normal", "london": "Standard rate", "zero": "Standard rate", "berlin": "Regelsatz", "": "Regelsatz"} {
		resolution, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "STANDARD")
		require.NoError(t, err, tenant)
		assert.Equal(t, want, resolution.Name(tax.Preferences{}), "%q: nothing preferred", tenant)
		assert.Equal(t, want, resolution.Name(tax.MustPreferences("ja")), tenant)
		assert.Equal(t, want, resolution.Name(all), tenant)
		assert.Equal(t, "Regelsatz", resolution.Name(tax.MustPreferences("de-CH")), tenant)
		assert.Equal(t, "Standard rate", resolution.Name(tax.MustPreferences("en-GB")), tenant)
		assert.Equal(t, "Standard rate", resolution.Name(own), "%q: a fallback comes before the default", tenant)
		assert.Equal(t, "STANDARD", resolution.Name(excluding), "%q: the default is excluded", tenant)
		byDefault := map[string]string{"Taux normal": "Explication Impôt", "Standard rate": "Description Tax", "Regelsatz": "Beschreibung Steuer"}[want]
		assert.Equal(t, byDefault, resolution.Description(tax.Preferences{})+" "+resolution.TaxName(tax.Preferences{}), tenant)

		nameless, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "NAMELESS")
		require.NoError(t, err, tenant)
		assert.Equal(t, "NAMELESS", nameless.Name(tax.MustPreferences("de")), tenant)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, tenant := range []string{"paris", "london", "berlin", ""} {
		assert.True(t, slices.Contains(asked, tenant), "%q was not asked for", tenant)
	}
}

func TestExcludedDefaultsGiveTheCodeOfTheClass(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(namedRates("DE")...), nil)
	resolution, err := r.Resolve(t.Context(), "DE", "STANDARD")
	require.NoError(t, err)
	for header, want := range map[string]string{
		"": "Standard rate", "ja": "Standard rate", "en;q=0": "STANDARD", "*;q=0": "STANDARD", "ja, *;q=0": "STANDARD", "de, *;q=0": "Regelsatz",
		"en;q=0, fr-CH": "Taux normal", "en-GB;q=0": "Standard rate",
		// * gives the default at its place, except if the header names it.
		"*, de;q=0.5": "Standard rate", "*, en;q=0.5, de;q=0.9": "Regelsatz",
	} {
		p, err := tax.ParseAcceptLanguage(header)
		require.NoError(t, err)
		assert.Equal(t, want, resolution.Name(p), "%q", header)
	}
}
