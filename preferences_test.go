package tax_test

import (
	"fmt"
	"math"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// Many tags that are near each other.
var tagsOfMany = strings.Fields(`de de-AT de-DE de-CH de-LI de-1996 de-1901 de-CH-1996 de-Latn de-u-co-phonebk de-x-tax en en-US en-GB en-AU en-NZ
	en-001 en-150 en-DE en-CH en-IE en-CA en-IN en-AS en-Shaw en-GB-oxendict en-t-de en-x-tax fr fr-FR fr-CA fr-CH fr-BE fr-Latn-CA pt pt-BR
	pt-PT pt-AO pt-MZ pt-Latn es es-ES es-419 es-MX es-AR es-CL es-PH it it-CH nl nl-BE af lb gsw zh zh-CN zh-TW zh-HK zh-MO zh-SG zh-MY
	zh-Hans zh-Hant zh-Hans-HK zh-Hans-CN zh-Hant-CN zh-Hant-HK zh-Hant-MO zh-Latn zh-Latn-pinyin cmn cmn-TW cmn-Hant yue yue-CN yue-Hans nan hak
	ja ja-JP ja-Latn ja-Hira ko ko-KP ko-Kore sr sr-RS sr-ME sr-BA sr-XK sr-Latn sr-Cyrl sr-Cyrl-ME sr-Latn-BA hr bs bs-BA bs-Latn bs-Cyrl
	az az-Latn az-Cyrl az-IR az-Arab az-RU azj uz uz-AF uz-Cyrl uz-Arab kk kk-CN kk-Arab ky ky-CN tg tg-Arab pa pa-IN pa-PK pa-Arab pa-Guru
	pnb lah mn mn-CN mn-Mong khk hi hi-IN hi-Latn mr ur ur-IN sd sd-Deva ks ks-Deva ar ar-EG ar-AE ar-001 arb arz fa fa-AF pes he yi
	no nb nn nb-NO no-NO nb-SJ no-SJ sw sw-KE swh et ekk lv lvs ms zsm ms-SG ms-ID id ro ro-MD fil tw ak fat ku kmr zgh shi shi-Latn am ti
	ka hy th km my ca ca-valencia ca-ES ca-ES-valencia mul und-Latn und-DE x-tax x-vat tlh`)

func pick(rnd *rand.Rand, from []string, n int) []string {
	var some []string
	for range n {
		some = append(some, from[rnd.Intn(len(from))])
	}
	return some
}

// randomHeader writes a header for some of the tags, and now and then what is
// none.
func randomHeader(rnd *rand.Rand, pool []string) string {
	var elements []string
	for range rnd.Intn(6) {
		element := pool[rnd.Intn(len(pool))]
		switch rnd.Intn(12) {
		case 0:
			element = "*"
		case 1:
			element = strings.ToUpper(element)
		case 2:
			element = []string{"", " ", "xx", "de_AT", "!", "de;", "*-CH", "en;q=2"}[rnd.Intn(8)]
		}
		switch rnd.Intn(4) {
		case 0:
			element += ";q=0"
		case 1:
			element += fmt.Sprintf(" ;\tQ=0.%d", rnd.Intn(4)*250)
		}
		elements = append(elements, element)
	}
	return strings.Join(elements, []string{",", ", ", "\t,"}[rnd.Intn(3)])
}

func TestRandomPreferencesAreMetByTheRules(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	cases := 8000
	if testing.Short() {
		cases /= 10
	}
	found := map[language.Confidence]int{}
	for range cases {
		// Few tags, most of them related, so that all the rules are needed.
		pool := pick(rnd, tagsOfMany, 6)
		for range 8 {
			near := tagsOfMany[rnd.Intn(len(tagsOfMany))]
			if about(near).family == about(pool[0]).family {
				pool = append(pool, near)
			}
		}
		first := slices.Index(tagsOfMany, pool[0])
		pool = append(pool, tagsOfMany[max(0, first-4):min(len(tagsOfMany), first+5)]...)
		languages := pick(rnd, pool, rnd.Intn(6))
		if rnd.Intn(100) == 0 {
			languages = pick(rnd, tagsOfMany, 120) // a set that is not shared
		}
		header, wants := randomHeader(rnd, pool), pick(rnd, pool, rnd.Intn(4))
		fallbacks, standard := pick(rnd, pool, rnd.Intn(3)), pool[rnd.Intn(len(pool))]

		var p tax.Preferences
		r := reader{wants: wants}
		about := fmt.Sprintf("header %q, languages %v, fallbacks %v, default %s", header, languages, fallbacks, standard)
		switch rnd.Intn(4) {
		case 0:
			about = fmt.Sprintf("preferences %v, languages %v, fallbacks %v", wants, languages, fallbacks)
			p = tax.MustPreferences(wants...)
			standard = ""
		case 1:
			standard = ""
			p, _ = tax.ParseAcceptLanguage(header)
			r = readerOf(header)
		default:
			l, err := tax.NewLanguages(&tax.LanguageOptions{Default: standard, CachedHeaders: 1})
			require.NoError(t, err)
			p, err = l.ParseAcceptLanguage(header)
			r = readerOf(header)
			require.Equal(t, r.left != "", err != nil, about)
		}
		p, err := p.WithFallback(fallbacks...)
		require.NoError(t, err)
		r.fallbacks = fallbacks
		if standard != "" {
			r.fallbacks = append(r.fallbacks, standard)
		}

		tag, confidence := r.choose(languages)
		text := inEvery(t, languages...)
		m := text.In(p)
		require.Equal(t, choiceOf(tag, confidence), choiceOf(m.Language, m.Confidence), about)
		requireSameFamily(t, m, r, about)
		for range 2 {
			require.Equal(t, m, text.In(p), about)
			rnd.Shuffle(len(languages), func(i, j int) { languages[i], languages[j] = languages[j], languages[i] })
			require.Equal(t, m, inEvery(t, languages...).In(p), about)
		}
		if m.Language != "" || confidence != language.No {
			found[m.Confidence]++
		}
	}
	t.Logf("by confidence: %v", found)
	for _, c := range []language.Confidence{language.No, language.Low, language.High, language.Exact} {
		assert.Greater(t, found[c], cases/100, "%v is hardly ever tried", c)
	}
}

// requireSameFamily fails for a choice in another language or script than was
// asked for.
func requireSameFamily(t *testing.T, m tax.Match, r reader, about string) {
	t.Helper()
	if m.Language == "" {
		require.Equal(t, tax.Match{}, m, about)
		return
	}
	require.False(t, r.excluded(m.Language), about)
	asked := r.wants
	if m.Confidence == language.No {
		asked = r.fallbacks
	}
	family := familyOf(language.MustParse(m.Language))
	require.True(t, slices.ContainsFunc(asked, func(tag string) bool {
		return tag == m.Language || tag != "*" && family != "" && familyOf(language.MustParse(tag)) == family
	}), about)
}

func TestFallbacksKeepTheirOrder(t *testing.T) {
	text := inEvery(t, "de", "en", "fr", "it")
	asks := func(p tax.Preferences, want string) {
		t.Helper()
		m := text.In(p)
		assert.Equal(t, want, choiceOf(m.Language, m.Confidence))
	}
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: "fr"})
	require.NoError(t, err)
	standard, err := languages.ParseAcceptLanguage("ja")
	require.NoError(t, err)
	with := func(p tax.Preferences, tags ...string) tax.Preferences {
		t.Helper()
		p, err := p.WithFallback(tags...)
		require.NoError(t, err)
		return p
	}

	asks(standard, "fr no")
	asks(with(standard, "it", "de"), "it no")
	asks(with(standard, "ko", "de", "it"), "de no")
	asks(with(standard, "ko", "nl"), "fr no")
	// They take the place of those before, but the default stays the last.
	asks(with(with(standard, "it"), "de"), "de no")
	asks(with(with(standard, "it")), "fr no")
	asks(with(with(standard, "it"), "ko"), "fr no")
	asks(with(standard, "fr", "it"), "fr no")

	japanese := tax.MustPreferences("ja")
	asks(with(japanese, "it"), "it no")
	asks(with(with(japanese, "it")), "- no")
	asks(with(with(japanese, "it"), "ko"), "- no")
	asks(japanese, "- no")
	asks(with(tax.Preferences{}, "de"), "de no")
	asks(with(tax.MustPreferences("de-AT"), "en"), "de high")
	// The preferences themselves stay as they were.
	asks(standard, "fr no")
	assert.Equal(t, []string{"ja"}, with(standard, "it").Tags())
}

func TestFallbacksThatAreNoLanguagesAreRefused(t *testing.T) {
	p := tax.MustPreferences("ja")
	for _, tag := range []string{"", "*", "de_DE", "xx", "und", strings.Repeat("a", 1<<20), "en-a-bb-cc-dd-ee-ff-gg-hh-ii-jj-kkkk"} {
		with, err := p.WithFallback("de", tag)
		var input *tax.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "language", input.Field)
		assert.LessOrEqual(t, len(input.Value), 64)
		assert.True(t, with.IsZero(), "preferences beside an error")
	}
}

func TestFallbacksAreTheCallersOwn(t *testing.T) {
	tags := []string{"fr", "de"}
	p, err := tax.Preferences{}.WithFallback(tags...)
	require.NoError(t, err)
	tags[0] = "it"
	text := inEvery(t, "de", "fr", "it")
	assert.Equal(t, "fr", text.In(p).Language)
	// Two that begin alike do not write into one list.
	one, err := p.WithFallback("it")
	require.NoError(t, err)
	two, err := p.WithFallback("de")
	require.NoError(t, err)
	assert.Equal(t, "it", text.In(one).Language)
	assert.Equal(t, "de", text.In(two).Language)
	assert.Equal(t, "fr", text.In(p).Language)
}

func TestTagsArePreferencesBestFirst(t *testing.T) {
	for header, want := range map[string][]string{
		"":                              nil,
		" \t":                           nil,
		"*":                             nil,
		"en;q=0":                        nil,
		"*;q=0":                         nil,
		"de":                            {"de"},
		"DE-at":                         {"de-AT"},
		"iw, ZH-hant":                   {"he", "zh-Hant"},
		"en;q=0.1, de;q=0.5, fr":        {"fr", "de", "en"},
		"en, *, de":                     {"en", "de"},
		"fr-CH, fr;q=0.9, *;q=0.5":      {"fr-CH", "fr"},
		"de;q=0.1, en;q=0.5, de;q=0.9":  {"de", "en"},
		"iw;q=0.1, en;q=0.5, he":        {"he", "en"},
		"de, garbage!!, en;q=0, fr":     {"de", "fr"},
		"it;q=0.5, en;q=0.5, de;q=0.5":  {"it", "en", "de"},
		"sh, tl, no-bok, zh-min-nan":    {"sr-Latn", "fil", "nb", "nan"},
		"x-tax, de-1996, en-u-nu-latn":  {"x-tax", "de-1996", "en-u-nu-latn"},
		"de;q=0.001, en;q=0.002, fr;q=": {"en", "de"},
	} {
		p, _ := tax.ParseAcceptLanguage(header)
		assert.Equal(t, want, p.Tags(), "%q", header)
		if len(want) > 0 {
			p.Tags()[0] = "changed"
			assert.Equal(t, want, p.Tags(), "Tags of %q are not a copy", header)
		}
	}
	assert.Equal(t, []string{"he", "pt-BR"}, tax.MustPreferences("iw", "PT-br").Tags())
	assert.Nil(t, tax.Preferences{}.Tags())
	with, err := tax.MustPreferences("de").WithFallback("en")
	require.NoError(t, err)
	assert.Equal(t, []string{"de"}, with.Tags(), "fallbacks are not preferred")
}

func TestAllAsksForEveryTranslation(t *testing.T) {
	languages, err := tax.NewLanguages(nil)
	require.NoError(t, err)
	for header, want := range map[string]bool{
		"*": true, " * ": true, "*;q=0.1": true, "* ; q=1.000": true, ",*,": true, "*;q=0.001": true,
		"*;q=0": false, "*;q=0.000": false, "": false, "de": false, "de, *": false, "*, de;q=0.5": false, "*, de;q=0": false,
	} {
		p, err := tax.ParseAcceptLanguage(header)
		require.NoError(t, err, "%q", header)
		assert.Equal(t, want, p.All(), "%q", header)
		p, err = languages.ParseAcceptLanguage(header)
		require.NoError(t, err, "%q", header)
		assert.Equal(t, want, p.All(), "%q with a default language", header)
		p, err = p.WithFallback("de")
		require.NoError(t, err, "%q", header)
		assert.Equal(t, want, p.All(), "%q with a fallback", header)
	}
	assert.False(t, tax.Preferences{}.All())
	assert.False(t, tax.MustPreferences("de").All())
}

func TestZeroPreferencesPreferNothing(t *testing.T) {
	for _, header := range []string{"", " ", "\t ", ",", " , ,\t", "garbage!!", "und", strings.Repeat("a", 513)} {
		p, _ := tax.ParseAcceptLanguage(header)
		assert.True(t, p.IsZero(), "%q", header)
		assert.Equal(t, tax.Preferences{}, p, "%q", header)
	}
	for _, header := range []string{"de", "*", "en;q=0", "*;q=0", "de, !!"} {
		p, _ := tax.ParseAcceptLanguage(header)
		assert.False(t, p.IsZero(), "%q", header)
	}
	none, err := tax.Preferences{}.WithFallback()
	require.NoError(t, err)
	assert.True(t, none.IsZero(), "without any fallback nothing is preferred")
	assert.Equal(t, tax.Match{}, inEvery(t, "de").In(none))
}

func TestKeptPreferencesAllocateNothing(t *testing.T) {
	text := inEvery(t, "de", "en", "fr", "pt-BR", "zh-Hant", "sr-Latn", "es-419", "de-u-co-phonebk")
	languages, err := tax.NewLanguages(nil)
	require.NoError(t, err)
	for header, want := range map[string]string{
		"fr":                    "fr exact",
		"de-u-co-phonebk":       "de-u-co-phonebk exact",
		"zh-TW":                 "zh-Hant high",
		"de-AT":                 "de high",
		"pt-PT":                 "pt-BR low",
		"ja":                    "en no",
		"ja, *;q=0.5":           "en no",
		"en;q=0":                "- no",
		"en;q=0, ja, es-MX":     "es-419 high",
		"ja, ko, nl, da, pt-AO": "pt-BR low",
		"":                      "en no",
	} {
		p, err := languages.ParseAcceptLanguage(header)
		require.NoError(t, err)
		m := text.In(p)
		assert.Equal(t, want, choiceOf(m.Language, m.Confidence), "%q", header)
		assert.Zero(t, testing.AllocsPerRun(100, func() { m = text.In(p) }), "In: %q", header)
		for name, parse := range map[string]func(string) (tax.Preferences, error){"": tax.ParseAcceptLanguage, "with a default": languages.ParseAcceptLanguage} {
			assert.Zero(t, testing.AllocsPerRun(100, func() {
				p, _ := parse(header)
				m = text.In(p)
			}), "a header seen before %s: %q", name, header)
		}
	}
}

// Tags are parts of requests and documents, and preferences are kept for long.
func TestWhatATagWasReadFromIsNotKept(t *testing.T) {
	languages, err := tax.NewLanguages(nil)
	require.NoError(t, err)
	for name, read := range map[string]func(tag string) (any, error){
		"NewPreferences": func(tag string) (any, error) { return tax.NewPreferences(tag) },
		"WithFallback":   func(tag string) (any, error) { return tax.Preferences{}.WithFallback(tag) },
		"Allow":          func(tag string) (any, error) { return languages.Allow(tag) },
		"NewLanguages": func(tag string) (any, error) {
			return tax.NewLanguages(&tax.LanguageOptions{Default: tag, CachedHeaders: 1})
		},
		// The text is dropped, but its languages are shared with later texts.
		"NewLocalizedText": func(tag string) (any, error) {
			_, err := tax.NewLocalizedText(map[string]string{tag: "text"})
			return nil, err
		},
	} {
		var kept []any
		before := taxtest.HeapInUse()
		for i := range 50 {
			request := fmt.Sprintf("de-x-%04d", i) + strings.Repeat("z", mebibyte)
			got, err := read(request[:9])
			require.NoError(t, err)
			kept = append(kept, got)
		}
		assert.Less(t, taxtest.HeapInUse()-before, int64(10*mebibyte), name)
		runtime.KeepAlive(kept)
	}
}

func TestTrapUnderscoresEscapeTheGuardOfTheParser(t *testing.T) {
	parse := func(n int) time.Duration {
		tag := "en_" + strings.Repeat("t_aa_", n)
		best := time.Duration(math.MaxInt64)
		for range 5 {
			start := time.Now()
			_, _ = language.Parse(tag)
			best = min(best, time.Since(start))
		}
		return best
	}
	// Four times the length takes about sixteen times as long.
	assert.Greater(t, parse(3200), 6*parse(800), "x/text no longer takes quadratic time on underscores")
	for _, tag := range []string{"en_US", "en_t_aa", "t_aa_t_aa"} {
		_, err := tax.NewPreferences(tag)
		assert.ErrorIs(t, err, tax.ErrInvalid, tag)
	}
}

func TestTrapTagsThatPartlyParse(t *testing.T) {
	tag, err := language.Parse("en_US.UTF-8")
	require.Error(t, err)
	require.Equal(t, "en", tag.String(), "x/text no longer returns a tag beside an error")
	for _, s := range []string{"en_US.UTF-8", "C", "POSIX", "!!", "*", "en;q=NaN", "de;q=2", "no-bokmal", "xx-YY"} {
		p, err := tax.NewPreferences(s)
		assert.ErrorIs(t, err, tax.ErrInvalid, s)
		assert.Equal(t, tax.Preferences{}, p, s)
	}
}
