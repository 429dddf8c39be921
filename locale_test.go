package tax

import (
	"encoding/json"
	"math"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax/internal/lang"
)

// inLanguages is a text in each of these languages, saying its own tag.
func inLanguages(t *testing.T, tags ...string) LocalizedText {
	t.Helper()
	byTag := map[string]string{}
	for _, tag := range tags {
		byTag[tag] = "text in " + tag
	}
	text, err := NewLocalizedText(byTag)
	require.NoError(t, err)
	return text
}

func TestTagsAreMadeCanonical(t *testing.T) {
	for given, want := range map[string]string{
		"de": "de", "DE": "de", "de-at": "de-AT", "DE-AT": "de-AT", "PT-br": "pt-BR", "zh-tw": "zh-TW", "ZH-hant": "zh-Hant",
		"zh-HANT-hk": "zh-Hant-HK", "sr-latn": "sr-Latn", "iw": "he", "iw-il": "he-IL", "in": "id", "ji": "yi", "jw": "jv",
		"sh": "sr-Latn", "tl": "fil", "i-klingon": "tlh", "zh-min-nan": "nan", "zh-yue": "yue", "art-lojban": "jbo",
		"de-DD": "de-DE", "de-UK": "de-GB", "es-419": "es-419", "de-1996": "de-1996", "ca-VALENCIA": "ca-valencia", "deu": "de", "GER": "de",
		"de_AT": "de-AT", "PT_br": "pt-BR", "zh_Hant-hk": "zh-Hant-HK", "en_t_aa": "en-t-aa", "X_tax": "x-tax",
	} {
		text, err := NewLocalizedText(map[string]string{given: "x"})
		if err != nil && given == "GER" {
			continue // a bibliographic code of ISO 639-2 is not a BCP 47 tag
		}
		require.NoError(t, err, given)
		assert.Equal(t, []Translation{{want, "x"}}, text.All(), given)
		again, err := NewLocalizedText(map[string]string{want: "x"})
		require.NoError(t, err, want)
		assert.True(t, text.Equal(again), "%s must be canonical", want)
		p, err := NewPreferences(given)
		require.NoError(t, err, given)
		assert.Equal(t, want, text.In(p).Language, given)
	}
}

func TestOneLanguageUnderTwoNamesIsRefused(t *testing.T) {
	for _, tags := range [][2]string{{"iw", "he"}, {"DE", "de"}, {"sh", "sr-Latn"}, {"pt-br", "pt-BR"}, {"zh-min-nan", "nan"}, {"deu", "de"}, {"de-UK", "de-GB"}, {"de_AT", "de-AT"}} {
		_, err := NewLocalizedText(map[string]string{tags[0]: "a", tags[1]: "b"})
		var input *InputError
		require.ErrorAs(t, err, &input, "%v", tags)
		assert.Contains(t, input.Reason, "twice", "%v", tags)
	}
}

// notTags are texts that are no language, many of which x/text accepts in one
// way or another.
func notTags() []string {
	return []string{
		"", " ", "*", "-", "de-", "-de", "de--AT", "de__AT", "_de", "de_", "en_US.UTF-8", "en_US@euro", "garbage!!", "!!", "C", "POSIX", "und", "root", "xx", "xx-YY",
		"de;q=0.5", "en;q=0", "de,en", "de, en", "de AT", " de", "de ", "de\n", "de\x00", "dé", "日本語", "\xff", "d\u0435", "a", "1", "abcdefghi",
		"de-AT-AT", "de-ABCDEFGHI", strings.Repeat("junk", 512), strings.Repeat("en,", 350000), "de-" + strings.Repeat("x", 33),
		"en-a-" + strings.Repeat("bb-", 10) + "bbb",
	}
}

func TestWhatIsNoLanguageIsRefused(t *testing.T) {
	for _, tag := range notTags() {
		about := clip(tag)
		_, err := NewPreferences("de", tag)
		var input *InputError
		require.ErrorAs(t, err, &input, "%q", about)
		assert.Equal(t, "language", input.Field)
		assert.LessOrEqual(t, len(input.Value), 64)
		assert.ErrorIs(t, err, ErrInvalid)
		text, err := NewLocalizedText(map[string]string{tag: "x"})
		require.ErrorAs(t, err, &input, "%q", about)
		assert.True(t, text.IsZero())
		_, err = NewResolver(SourceFunc(nil), &Options{DefaultLanguage: tag})
		if tag != "" { // which asks for the default
			assert.ErrorIs(t, err, ErrInvalid, "%q", about)
		}
	}
	assert.Panics(t, func() { MustPreferences("!!") })
	assert.Panics(t, func() { MustLocalizedText(map[string]string{"!!": "x"}) })
}

func TestTextsThatAreEmptyOrNotUTF8AreRefused(t *testing.T) {
	for text, reason := range map[string]string{"": "empty", "\xff": "UTF-8", "VAT\xc3": "UTF-8", "\xed\xa0\x80": "UTF-8"} {
		_, err := NewLocalizedText(map[string]string{"de": "MwSt", "en": text})
		var input *InputError
		require.ErrorAs(t, err, &input, "%q", text)
		assert.Contains(t, input.Reason, reason)
		assert.Equal(t, "text in en", input.Field)
	}
}

func TestTheLanguageIsNeverGuessed(t *testing.T) {
	for _, c := range []struct {
		have, want string // tags, separated by spaces
		found      string // "" for none
	}{
		// For these, the matcher of x/text answers German, English, Traditional Chinese
		// or Serbian in Latin letters, sometimes with high confidence.
		{"de en fr pt-BR zh-Hant sr-Latn", "ja", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "nl", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "uk", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "hr", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "lb", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "gsw", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "gsw-CH", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "i-klingon", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh-CN", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh-Hans", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "sr", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "sr-RS", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "sr-Cyrl", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "pt", "pt-BR"},
		{"de en fr pt-BR zh-Hant sr-Latn", "pt-PT", "pt-BR"},
		{"de en fr pt-BR zh-Hant sr-Latn", "ar", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "mul", ""},
		{"de en fr pt-BR zh-Hant sr-Latn", "x-private", ""},
		{"ms en", "en-SG", "en"},
		{"de", "", ""},
		{"", "de", ""},
		// Parents.
		{"de en fr pt-BR zh-Hant sr-Latn", "de-AT", "de"},
		{"de en fr pt-BR zh-Hant sr-Latn", "de-CH-1996", "de"},
		{"de en fr pt-BR zh-Hant sr-Latn", "en-ZA", "en"},
		{"de en fr pt-BR zh-Hant sr-Latn", "fr-CA", "fr"},
		{"de en fr pt-BR zh-Hant sr-Latn", "pt-BR", "pt-BR"},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh-TW", "zh-Hant"},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh-HK", "zh-Hant"},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh-MO", "zh-Hant"},
		{"de en fr pt-BR zh-Hant sr-Latn", "zh-Hant-TW", "zh-Hant"},
		{"de en fr pt-BR zh-Hant sr-Latn", "sr-Latn-RS", "sr-Latn"},
		{"de en fr pt-BR zh-Hant sr-Latn", "sh", "sr-Latn"},
		{"zh zh-Hant zh-HK", "zh-HK", "zh-HK"},
		{"zh zh-Hant", "zh-CN", "zh"},
		{"zh zh-Hant", "zh-SG", "zh"},
		{"zh", "zh-TW", ""},
		{"zh", "zh-Hant", ""},
		{"sr", "sr-Cyrl-BA", "sr"},
		{"sr", "sr-Latn", ""},
		{"sr", "sr-ME", ""}, // Montenegro writes Serbian in Latin letters
		{"sr-Latn", "sr-ME", "sr-Latn"},
		{"en en-GB en-001", "en-AU", "en-001"},
		{"en en-GB", "en-AU", "en-GB"},
		{"en-US", "en", "en-US"},
		{"de-AT", "de-DE", "de-AT"},
		{"es es-419", "es-MX", "es-419"},
		{"es es-419", "es-ES", "es"},
		{"pt pt-PT", "pt-AO", "pt-PT"},
		{"az", "az-Cyrl", ""},
		{"uz", "uz-AF", ""},
		{"pa", "pa-PK", ""},
		{"pa-Arab", "pa-PK", "pa-Arab"},
		{"hi", "hi-Latn", ""},
		{"ja", "ja-Latn", ""},
		{"id", "in-ID", "id"},
		{"he", "iw", "he"},
		{"de-GB de", "de-UK", "de-GB"},
		// Tags that carry more than a language.
		{"de", "de-u-co-phonebk", "de"},
		{"de", "de-DE-u-rg-atzzzz", "de"},
		{"de en", "en-t-de", "en"},
		{"sr-Latn", "sr-Latn-u-rg-bazzzz", "sr-Latn"},
		{"en", "en-GB-oed", "en"},
		// Other scripts, exactly and by their regions.
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "ja-JP", "ja"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "ko-KR", "ko"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "th-TH", "th"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "ar-EG", "ar"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "el-CY", "el"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "uk-UA", "uk"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "ka-GE", "ka"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "am-ET", "am"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "bn-IN", "bn"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "fa-AF", "fa"},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "be", ""},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "ps", ""},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "mr", ""},
		{"ja ko th hi ar he el ru uk bg ka hy am ta bn ur fa my km lo si", "yue", ""},
		// The order of preference decides, and a parent of the first comes
		// before the second.
		{"de en fr", "fr en", "fr"},
		{"de en fr", "ja fr-CA en", "fr"},
		{"de en fr", "de-AT en", "de"},
		{"de en fr en-GB", "en-GB de", "en-GB"},
		{"de en fr", "ja nl uk", ""},
	} {
		p, err := NewPreferences(strings.Fields(c.want)...)
		require.NoError(t, err, "%+v", c)
		got := inLanguages(t, strings.Fields(c.have)...).In(p)
		assert.Equal(t, c.found, got.Language, "%+v", c)
		if c.found == "" {
			assert.Equal(t, Match{}, got, "%+v", c)
		} else {
			assert.Equal(t, "text in "+c.found, got.Text, "%+v", c)
		}
	}
}

func TestAMatchHasTheLanguageAndTheScriptAsked(t *testing.T) {
	tags := strings.Fields(`de de-AT de-CH en en-US en-GB en-001 en-150 fr fr-CA pt pt-BR pt-PT pt-AO es es-419 es-MX it nl nl-BE lb gsw
		zh zh-CN zh-TW zh-HK zh-MO zh-SG zh-Hans zh-Hant zh-Hans-HK zh-Hant-CN yue yue-CN yue-Hans cmn nan ja ja-Latn ko
		sr sr-RS sr-ME sr-BA sr-XK sr-Latn sr-Cyrl sr-Latn-BA hr bs bs-Cyrl sl mk bg ru uk be az az-AZ az-Cyrl az-IR az-Arab
		uz uz-AF uz-Cyrl uz-Arab kk kk-CN ky ky-CN tg mn mn-CN mn-Mong pa pa-PK pa-Arab pa-Guru ur sd sd-Deva sd-IN ks ks-Deva
		hi hi-Latn mr ne bn ta te th lo km my ka hy el el-CY he ar ar-EG fa fa-AF ps ckb ms ms-CC ms-BN id fil vi ha ha-NE
		nb nn no da sv fi et lv lt pl cs sk hu ro ro-MD tr sq eu ca gl ga cy mt is shi shi-Latn zgh vai vai-Latn en-Shaw mul x-private`)
	matches := 0
	for _, have := range tags {
		text := inLanguages(t, have)
		for _, want := range tags {
			p, err := NewPreferences(want)
			require.NoError(t, err, want)
			got := text.In(p)
			if got == (Match{}) {
				assert.NotEqual(t, have, want, "a text must be found by its own tag")
				continue
			}
			matches++
			a, err := language.Macro.Canonicalize(language.MustParse(have))
			require.NoError(t, err)
			b, err := language.Macro.Canonicalize(language.MustParse(want))
			require.NoError(t, err)
			base, _ := a.Base()
			asked, _ := b.Base()
			if norwegian := []string{"no", "nn"}; slices.Contains(norwegian, base.String()) && slices.Contains(norwegian, asked.String()) {
				base = asked // nn, nb and no find each other
			}
			assert.Equal(t, asked, base, "%s answers %s", have, want)
			script, _ := a.Script()
			reads, _ := b.Script()
			assert.Equal(t, reads, script, "%s answers %s", have, want)
		}
	}
	assert.Greater(t, matches, len(tags), "parents must match as well")
}

func TestHostileTagsNeverReachTheParser(t *testing.T) {
	const mebibyte = 1 << 20
	fastest := func(f func()) time.Duration {
		best := time.Duration(math.MaxInt64)
		for range 50 {
			start := time.Now()
			f()
			best = min(best, time.Since(start))
		}
		return best
	}
	longest := "en-a-bb-cc-dd-ee-ff-gg-hh-ii-jj-kkk"
	require.Len(t, longest, lang.MaxTagBytes)
	ordinary := fastest(func() {
		_, err := NewPreferences(longest)
		require.NoError(t, err)
	})
	for name, tag := range map[string]string{
		"underscores": "en_" + strings.Repeat("t_aa_", mebibyte/5),
		"hyphens":     "en-" + strings.Repeat("t-aa-", mebibyte/5),
		"commas":      strings.Repeat("en,", mebibyte/3),
		"one subtag":  strings.Repeat("a", mebibyte),
	} {
		byTag := map[string]string{tag: "x"}
		promptly(t, name, func() {
			for what, f := range map[string]func() error{
				"NewPreferences":   func() error { _, err := NewPreferences(tag); return err },
				"NewLocalizedText": func() error { _, err := NewLocalizedText(byTag); return err },
				"NewResolver":      func() error { _, err := NewResolver(SourceFunc(nil), &Options{DefaultLanguage: tag}); return err },
			} {
				var err error
				refused := fastest(func() { err = f() })
				assert.ErrorIs(t, err, ErrInvalid, "%s: %s", what, name)
				// Hashing a map key may read it once; the parser would take
				// ten million times as long as for an ordinary tag.
				assert.LessOrEqual(t, refused, 1000*ordinary, "%s: %s", what, name)
			}
		})
	}
}

func TestLocalizedTextCannotBeModified(t *testing.T) {
	byTag := map[string]string{"de": "MwSt", "en": "VAT"}
	text, err := NewLocalizedText(byTag)
	require.NoError(t, err)
	byTag["de"], byTag["fr"] = "changed", "TVA"
	want := []Translation{{"de", "MwSt"}, {"en", "VAT"}}
	assert.Equal(t, want, text.All())
	all := text.All()
	all[0].Text = "changed"
	_ = append(all[:1], Translation{"fr", "TVA"})
	assert.Equal(t, want, text.All())

	tags := []string{"de", "en"}
	p, err := NewPreferences(tags...)
	require.NoError(t, err)
	tags[0] = "en"
	assert.Equal(t, "MwSt", text.In(p).Text)
}

func TestTextsInTheSameLanguagesShareOneSet(t *testing.T) {
	a := inLanguages(t, "de", "en", "zh-Hant")
	b := inLanguages(t, "ZH-hant", "EN", "de")
	assert.Same(t, a.t.languages, b.t.languages)
	other := inLanguages(t, "de", "en")
	assert.NotSame(t, a.t.languages, other.t.languages)

	// One of very many languages is not kept for others, and is matched all the same.
	tags := []string{}
	for x := 'a'; x <= 'z'; x++ {
		for y := 'a'; y <= 'z' && len(tags) <= 64; y++ {
			if tag, err := parseTag(string(x) + string(y)); err == nil && len(tag.String()) == 2 {
				tags = append(tags, tag.String())
			}
		}
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	require.GreaterOrEqual(t, len(tags), 64)
	large := inLanguages(t, append(tags, "de-AT", "de-CH")...)
	assert.NotSame(t, large.t.languages, inLanguages(t, append(tags, "de-AT", "de-CH")...).t.languages)
	for _, tag := range tags {
		assert.Equal(t, "text in "+tag, large.In(MustPreferences(tag)).Text)
	}
}

func TestTranslationsAreSortedByTag(t *testing.T) {
	text := inLanguages(t, "zh-Hant", "de-AT", "de", "en", "sr-Latn", "iw")
	var tags []string
	for _, tr := range text.All() {
		tags = append(tags, tr.Language)
	}
	assert.Equal(t, []string{"de", "de-AT", "en", "he", "sr-Latn", "zh-Hant"}, tags)
	assert.True(t, slices.IsSorted(tags))
}

func TestZeroTextsAndPreferencesMeanNone(t *testing.T) {
	var text LocalizedText
	assert.True(t, text.IsZero())
	assert.Nil(t, text.All())
	assert.Equal(t, Match{}, text.In(MustPreferences("de")))
	assert.Equal(t, Match{}, text.In(Preferences{}))
	for _, byTag := range []map[string]string{nil, {}} {
		empty, err := NewLocalizedText(byTag)
		require.NoError(t, err)
		assert.True(t, empty.IsZero())
		assert.True(t, empty.Equal(text))
	}
	none, err := NewPreferences()
	require.NoError(t, err)
	assert.Equal(t, Match{}, inLanguages(t, "de").In(none))
}

func TestTextsAreEqualByTheirTranslations(t *testing.T) {
	a := MustLocalizedText(map[string]string{"de": "MwSt", "iw": "\u05de\u05e2\u05f4\u05de"})
	for _, c := range []struct {
		byTag map[string]string
		want  bool
	}{
		{map[string]string{"DE": "MwSt", "he": "\u05de\u05e2\u05f4\u05de"}, true},
		{map[string]string{"de": "MwSt"}, false},
		{map[string]string{"de": "USt", "he": "\u05de\u05e2\u05f4\u05de"}, false},
		{map[string]string{"de-DE": "MwSt", "he": "\u05de\u05e2\u05f4\u05de"}, false},
		{nil, false},
	} {
		b := MustLocalizedText(c.byTag)
		assert.Equal(t, c.want, a.Equal(b), "%v", c.byTag)
		assert.Equal(t, c.want, b.Equal(a), "%v", c.byTag)
		assert.True(t, b.Equal(b))
	}
}

func TestTextsAreWrittenAsObjectsByTag(t *testing.T) {
	for want, byTag := range map[string]map[string]string{
		`{}`:                       nil,
		`{"de":"MwSt"}`:            {"DE": "MwSt"},
		`{"de":"MwSt","en":"VAT"}`: {"en": "VAT", "de": "MwSt"},
		`{"he":"\"x\\","pt-BR":"a\nb","zh-Hant":"營業稅"}`: {"zh-hant": "營業稅", "iw": `"x\`, "pt-br": "a\nb"},
	} {
		text := MustLocalizedText(byTag)
		got, err := text.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		got, err = json.Marshal(map[string]any{"name": text, "names": []LocalizedText{text}})
		require.NoError(t, err)
		assert.Equal(t, `{"name":`+want+`,"names":[`+want+`]}`, string(got))
	}
}

func TestTextsAreReadFromObjects(t *testing.T) {
	const both = "de MwSt en VAT"
	for _, c := range []struct{ document, want string }{
		{`{}`, ""},
		{` { } `, ""},
		{`{"de":"MwSt"}`, "de MwSt"},
		{`{"en":"VAT","de":"MwSt"}`, both},
		{`{"en":"VAT","DE":"MwSt"}`, both},
		{"\n{ \"en\" : \"VAT\",\t\"de\":\"\\u004dwSt\" }\r\n", both},
		{`{"iw":"x"}`, "he x"},
		{`{"x-tax":"\ud83d\ude00"}`, "x-tax 😀"},
	} {
		var text, read LocalizedText
		require.NoError(t, text.UnmarshalJSON([]byte(c.document)), c.document)
		var got []string
		for _, tr := range text.All() {
			got = append(got, tr.Language, tr.Text)
		}
		assert.Equal(t, c.want, strings.Join(got, " "), c.document)
		require.NoError(t, json.Unmarshal([]byte(c.document), &read), c.document)
		assert.True(t, text.Equal(read), c.document)
	}
}

// A string does not say its language.
func TestTextsAreNotReadFromStrings(t *testing.T) {
	for _, document := range []string{`"MwSt"`, ` "MwSt" `, `"\u004dwSt"`, `"x"`, `"\ud83d\ude00"`} {
		var text, read LocalizedText
		err := text.UnmarshalJSON([]byte(document))
		var input *InputError
		require.ErrorAs(t, err, &input, document)
		assert.Equal(t, `a plain string has no language: write {"en": "..."}`, input.Reason, document)
		assert.ErrorIs(t, err, ErrInvalid, document)
		assert.True(t, text.IsZero(), document)
		assert.ErrorIs(t, json.Unmarshal([]byte(document), &read), ErrInvalid, document)
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	before := MustLocalizedText(map[string]string{"fr": "TVA"})
	for _, document := range []string{
		``, ` `, `null`, `true`, `1`, `[]`, `["de"]`, `[{"de":"x"}]`,
		`""`, "\"\xff\"", `"\ud800"`, "\"a\nb\"", `"x`, `x`, `'x'`,
		`"x" "y"`, `"x"}`, `"x",`,
		`{`, `{"de"}`, `{"de":}`, `{"de":"x",}`, `{"de":"x"}}`, `{"de":"x"} {}`, `{"de":"x"}x`, `{de:"x"}`,
		`{"de":null}`, `{"de":1}`, `{"de":["x"]}`, `{"de":{"x":"y"}}`, `{"de":""}`, "{\"de\":\"\xff\"}",
		`{"de":"x","de":"x"}`, `{"de":"x","DE":"y"}`, `{"iw":"x","he":"x"}`, `{"de":"x","d\u0065":"y"}`,
		`{"":"x"}`, `{"de__DE":"x"}`, `{"xx":"x"}`, `{"und":"x"}`, `{"*":"x"}`, "{\"\xff\":\"x\"}",
		"\ufeff{}", strings.Repeat("[", 100000), strings.Repeat(`{"de":`, 100000),
		`{"` + strings.Repeat("t-aa-", 1<<17) + `":"x"}`, `{"de":"` + strings.Repeat("x", 1<<20) + `"}`,
		`"` + strings.Repeat("x", 1<<20) + `"`,
	} {
		promptly(t, clip(document), func() {
			read := before
			assert.Error(t, json.Unmarshal([]byte(document), &read), "%s", clip(document))
			err := read.UnmarshalJSON([]byte(document))
			var input *InputError
			assert.ErrorAs(t, err, &input, "%s", clip(document))
			assert.ErrorIs(t, err, ErrInvalid, "%s", clip(document))
			assert.True(t, read.Equal(before), "%s: what was read before stays", clip(document))
		})
	}
}

func TestTextsSurviveJSON(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	tags := strings.Fields("de de-AT en en-GB fr he pt-BR zh-Hant sr-Latn de-u-co-phonebk x-tax de-1996 yue")
	runes := []rune("aZ09 \"\\/<>&'\u0000\u001f\u007f\u0085\u2028\u2029\ufeff\ufffd\u00fc\u71df\U0001F600\n\t")
	for range 3000 {
		byTag := map[string]string{}
		for range rnd.Intn(6) {
			var text strings.Builder
			for range 1 + rnd.Intn(12) {
				text.WriteRune(runes[rnd.Intn(len(runes))])
			}
			byTag[tags[rnd.Intn(len(tags))]] = text.String()
		}
		text := MustLocalizedText(byTag)
		document, err := json.Marshal(text)
		require.NoError(t, err)
		require.True(t, utf8.Valid(document))
		plain := map[string]string{}
		require.NoError(t, json.Unmarshal(document, &plain))
		require.Equal(t, byTag, plain, "%s", document)
		var read LocalizedText
		require.NoError(t, json.Unmarshal(document, &read))
		require.True(t, text.Equal(read), "%s", document)
	}
}
