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
	en-001 en-150 en-DE en-CH en-AT en-IE en-US-u-va-posix en-Latn-US en-CA en-IN en-AS en-Shaw en-GB-oxendict en-t-de en-x-tax fr fr-FR fr-CA fr-CH fr-BE fr-Latn-CA pt pt-BR
	pt-PT pt-AO pt-MZ pt-Latn es es-ES es-419 es-MX es-AR es-CL es-PH it it-CH nl nl-BE af lb gsw zh zh-CN zh-TW zh-HK zh-MO zh-SG zh-MY
	zh-Hans zh-Hant zh-Hans-HK zh-Hans-CN zh-Hant-CN zh-Hant-HK zh-Hant-MO zh-Latn zh-Latn-pinyin cmn cmn-TW cmn-Hant yue yue-CN yue-Hans nan hak
	ja ja-JP ja-Latn ja-Hira ko ko-KP ko-Kore sr sr-RS sr-ME sr-BA sr-XK sr-Latn sr-Cyrl sr-Cyrl-ME sr-Latn-BA hr bs bs-BA bs-Latn bs-Cyrl
	az az-Latn az-Cyrl az-IR az-Arab az-RU azj uz uz-AF uz-Cyrl uz-Arab kk kk-CN kk-Arab ky ky-CN tg tg-Arab pa pa-IN pa-PK pa-Arab pa-Guru
	pnb lah mn mn-CN mn-Mong khk hi hi-IN hi-Latn mr ur ur-IN sd sd-Deva ks ks-Deva ar ar-EG ar-AE ar-001 arb arz fa fa-AF pes he yi
	no nb nn nn-NO nb-NO no-NO nb-SJ no-SJ sw sw-KE swh et ekk lv lvs ms zsm ms-SG ms-ID id ro ro-MD fil tw ak fat ku kmr zgh shi shi-Latn am ti
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
			element = []string{"", " ", "xx", "de__AT", "!", "de;", "*-CH", "en;q=2"}[rnd.Intn(8)]
		case 3:
			element = strings.ReplaceAll(element, "-", "_")
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
		allowed := append(pick(rnd, pool, rnd.Intn(5)), standard)
		rnd.Shuffle(len(allowed), func(i, j int) { allowed[i], allowed[j] = allowed[j], allowed[i] })
		if len(allowed) == 1 {
			allowed = nil
		}

		var p tax.Preferences
		r := reader{wants: wants}
		about := fmt.Sprintf("header %q, languages %v, fallbacks %v, default %s, allowed %v", header, languages, fallbacks, standard, allowed)
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
			l, err := tax.NewLanguages(&tax.LanguageOptions{Default: standard, Allowed: allowed, CachedHeaders: 1})
			require.NoError(t, err)
			p, err = l.ParseAcceptLanguage(header)
			r = readerOf(header)
			require.Equal(t, r.left != "", err != nil, about)
		}
		p, err := p.WithFallback(fallbacks...)
		require.NoError(t, err)
		r.fallbacks = fallbacks
		if standard != "" {
			r.fallbacks, r.allowed = append(r.fallbacks, standard), allowed
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
		return tag == m.Language || tag != "*" && family != "" &&
			(familyOf(language.MustParse(tag)) == family || sisters[familyOf(language.MustParse(tag))] == family)
	}), about)
}

// A language without a region and the one of its main region are one language by two
// names: neither readers nor texts are treated differently for it.
func TestALanguageAndItsMainRegionAreTreatedAlike(t *testing.T) {
	rnd := rand.New(rand.NewSource(12))
	names := [][2]string{{"en", "en-US"}, {"de", "de-DE"}, {"es", "es-ES"}, {"fr", "fr-FR"}, {"pt", "pt-BR"}, {"zh", "zh-CN"}, {"zh-Hant", "zh-TW"}, {"sr", "sr-RS"}, {"no", "nb"}}
	for _, pair := range names {
		family := about(pair[0]).family
		require.Equal(t, family, about(pair[1]).family)
		require.Equal(t, about(pair[0]).place, about(pair[1]).place)
		related := slices.DeleteFunc(slices.Clone(tagsOfMany), func(tag string) bool {
			a := about(tag)
			return a.family != family && sisters[a.family] != family || a.family == family && a.place == about(pair[0]).place
		})
		choice := func(reader string, tags []string) tax.Match {
			m := inEvery(t, tags...).In(tax.MustPreferences(reader))
			m.Text = ""
			if m.Language == pair[1] {
				m.Language = pair[0]
			}
			return m
		}
		for range 40 {
			tags := pick(rnd, related, rnd.Intn(4))
			require.Equal(t, choice(pair[0], tags), choice(pair[1], tags), "readers of %v, texts %v", pair, tags)
			short, long := append([]string{pair[0]}, tags...), append([]string{pair[1]}, tags...)
			for _, reader := range related {
				require.Equal(t, choice(reader, short).Language, choice(reader, long).Language, "%s of %v and %v", reader, pair, tags)
			}
		}
	}
}

// For every region of a language with varieties below others, the variety above it is
// the one that CLDR says.
func TestEveryRegionHasTheParentThatCLDRSays(t *testing.T) {
	parents := 0
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			region := string(first) + string(second)
			for _, tags := range [][]string{{"en", "en-001"}, {"en-150", "en-001"}, {"es", "es-419"}, {"pt", "pt-PT"}, {"zh-Hant", "zh-Hant-HK"}, {"fr", "fr-CA"}} {
				base, _, _ := strings.Cut(tags[len(tags)-1], "-")
				want := canonical(base + "-" + region)
				if strings.HasPrefix(tags[0], "zh") {
					want = canonical("zh-Hant-" + region)
				}
				if !strings.HasSuffix(want, "-"+region) || region == "ZZ" {
					continue // no region, or by another name
				}
				m := inEvery(t, tags...).In(tax.MustPreferences(want))
				require.Equal(t, choiceOf(reader{wants: []string{want}}.choose(tags)), choiceOf(m.Language, m.Confidence), "%s of %v", want, tags)
				if m.Language == tags[1] && m.Confidence == language.High {
					parents++
				}
			}
		}
	}
	count := func(family, parent string) int { return len(strings.Fields(parentLocales[family][parent])) }
	assert.Equal(t, 2*(count("en-Latn", "en-001")-1)+count("en-Latn", "en-150")+
		count("es-Latn", "es-419")+count("pt-Latn", "pt-PT")+count("zh-Hant", "zh-Hant-HK"), parents, "regions below a variety")
}

func TestTheOrderOfTheTenantsLanguagesDecidesBetweenEquals(t *testing.T) {
	name := tax.MustLocalizedText(map[string]string{"de-AT": "Österreich", "de-CH": "Schweiz", "de-LI": "Liechtenstein"})
	c := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	c.Classes[0].Name = name
	for want, allowed := range map[string][]string{"Österreich": nil, "Schweiz": {"en", "de-CH", "de-AT"}, "Liechtenstein": {"de_LI", "de-CH", "en"}} {
		languages := languagesOf(t, &tax.LanguageOptions{Allowed: allowed})
		assert.True(t, slices.IsSorted(languages.Allowed()))
		header, err := languages.ParseAcceptLanguage("de")
		require.NoError(t, err)
		assert.Equal(t, want, name.In(header).Text)

		r := taxtest.Open(t, taxtest.Fixed(c), &tax.Options{Languages: func(string) *tax.Languages { return languages }})
		resolution, err := r.Resolve(t.Context(), "DE", "STANDARD")
		require.NoError(t, err)
		assert.Equal(t, want, resolution.Name(tax.MustPreferences("de")))
		assert.Equal(t, want, resolution.Name(tax.MustPreferences("ja", "de")))
		assert.Equal(t, "Österreich", resolution.Name(tax.MustPreferences("de", "de-AT")), "the reader's own order comes first")
		r.Close()
	}
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
	for _, tag := range []string{"", "*", "de__DE", "xx", "und", strings.Repeat("a", 1<<20), "en-a-bb-cc-dd-ee-ff-gg-hh-ii-jj-kkkk"} {
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
	// They are read, so the length is what bounds the work.
	long := "en_" + strings.Repeat("t_aa_", 7)[:33]
	for _, tag := range []string{long, "t_aa_t_aa", "en_" + strings.Repeat("t_aa_", 1<<20)} {
		start := time.Now()
		_, err := tax.NewPreferences(tag)
		assert.ErrorIs(t, err, tax.ErrInvalid, "%.64q", tag)
		_, err = tax.ParseAcceptLanguage(tag)
		assert.ErrorIs(t, err, tax.ErrInvalid, "%.64q", tag)
		assert.Less(t, time.Since(start), time.Second)
	}
	p, err := tax.NewPreferences("en_t_aa")
	require.NoError(t, err)
	assert.Equal(t, []string{"en-t-aa"}, p.Tags())
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
