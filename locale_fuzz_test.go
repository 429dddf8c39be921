package tax_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax"
)

// FuzzTag looks for a tag that panics, that is not found by its own name, or
// whose canonical form is another one's. Hostile and odd inputs are in
// testdata/fuzz.
func FuzzTag(f *testing.F) {
	f.Fuzz(func(t *testing.T, tag string) {
		start := time.Now()
		text, err := tax.NewLocalizedText(map[string]string{tag: "text"})
		p, wanted := tax.NewPreferences(tag)
		_, fallback := tax.MustPreferences("mul").WithFallback(tag)
		require.Less(t, time.Since(start), 5*time.Second)
		require.Equal(t, err == nil, wanted == nil)
		require.Equal(t, err == nil, fallback == nil)
		if err != nil {
			require.ErrorIs(t, err, tax.ErrInvalid)
			require.ErrorIs(t, wanted, tax.ErrInvalid)
			require.LessOrEqual(t, len(err.Error()), 1000)
			require.True(t, text.IsZero() && p.IsZero())
			return
		}
		require.LessOrEqual(t, len(tag), 35)
		own := text.All()[0].Language
		require.Equal(t, []string{own}, p.Tags())
		require.Equal(t, tax.Match{Translation: text.All()[0], Confidence: language.Exact}, text.In(p))
		require.Equal(t, canonical(tag), own)

		// The canonical form is stable, and another name of the same.
		again, err := tax.NewLocalizedText(map[string]string{own: "text"})
		require.NoError(t, err)
		require.True(t, text.Equal(again))
		require.Equal(t, language.Exact, again.In(p).Confidence)
		if !strings.EqualFold(tag, own) {
			_, err = tax.NewLocalizedText(map[string]string{own: "text", tag: "text"})
			require.ErrorIs(t, err, tax.ErrInvalid, "one language twice")
		}
		header, err := tax.ParseAcceptLanguage(tag)
		require.NoError(t, err)
		require.Equal(t, p.Tags(), header.Tags())
		document, err := text.MarshalJSON()
		require.NoError(t, err)
		var read tax.LocalizedText
		require.NoError(t, read.UnmarshalJSON(document))
		require.True(t, text.Equal(read))

		// Others find it by the rules, and only by these.
		for _, other := range []string{"de", "en-GB", "zh-TW", "sr-Latn", "no", "es-419"} {
			m := text.In(tax.MustPreferences(other))
			choice, confidence := reader{wants: []string{other}}.choose([]string{own})
			require.Equal(t, choiceOf(choice, confidence), choiceOf(m.Language, m.Confidence), other)
		}
		clear(known) // of tags that do not come again
	})
}

// FuzzAcceptLanguage looks for a header that panics, takes long, holds more than
// the limits allow, or is read otherwise than by the grammar. Hostile and odd
// inputs are in testdata/fuzz.
func FuzzAcceptLanguage(f *testing.F) {
	tags := []string{"de", "de-AT", "en", "en-GB", "fr", "pt-BR", "zh-Hant", "sr-Latn", "nb", "de-u-co-phonebk", "x-tax"}
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: "en", CachedHeaders: 1})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, header string) {
		start := time.Now()
		p, err := tax.ParseAcceptLanguage(header)
		again, errAgain := tax.ParseAcceptLanguage(header)
		standard, errStandard := languages.ParseAcceptLanguage(header)
		require.Less(t, time.Since(start), 5*time.Second)
		if len(header) <= 512 {
			require.True(t, p == again, "the header was not kept")
		}
		require.Equal(t, err, errAgain)
		require.Equal(t, err, errStandard)
		require.Equal(t, p.Tags(), standard.Tags())
		require.False(t, standard.IsZero())
		require.LessOrEqual(t, len(p.Tags()), 16)

		r := reader{left: "all of it"}
		if len(header) <= 512 {
			r = readerOf(header)
		}
		if err == nil {
			require.Empty(t, r.left)
		} else {
			var input *tax.InputError
			require.ErrorAs(t, err, &input)
			require.Equal(t, "Accept-Language", input.Field)
			require.LessOrEqual(t, len(input.Value), 64)
			require.NotEmpty(t, r.left)
		}
		wants := slices.DeleteFunc(slices.Clone(r.wants), func(tag string) bool { return tag == "*" })
		require.ElementsMatch(t, wants, p.Tags())
		if len(wants) > 0 {
			require.Equal(t, wants, p.Tags())
			// What is read once more is the same.
			once, err := tax.ParseAcceptLanguage(strings.Join(p.Tags(), ","))
			if len(strings.Join(wants, ",")) <= 512 {
				require.NoError(t, err)
				require.Equal(t, wants, once.Tags())
			}
		}

		text := inEvery(t, tags...)
		r.fallbacks = []string{"fr", "en"}
		standard, err = standard.WithFallback("fr")
		require.NoError(t, err)
		m := text.In(standard)
		assert.Equal(t, m, text.In(standard))
		require.False(t, m.Language != "" && r.excluded(m.Language), "%s is excluded", m.Language)
		choice, confidence := r.choose(tags)
		require.Equal(t, choiceOf(choice, confidence), choiceOf(m.Language, m.Confidence))
		clear(known)
	})
}
