package tax_test

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/testfile"
)

// The rules of matching, written a second time: loops over tags and strings, and
// nothing of the package.

// reader is what a reader asks for.
type reader struct {
	wants     []string // canonical; "*" too
	ranges    []readerRange
	fallbacks []string // those of the caller and then the default language
	allowed   []string // to the tenant, in its order
	left      string   // the first element that cannot be read
	elements  int      // that were read
}

type readerRange struct {
	text   string
	weight float64
}

var headerElement = regexp.MustCompile(`^([A-Za-z0-9_-]+|\*)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$`)

// readerOf reads a header within the default limits.
func readerOf(header string) (r reader) {
	count := 0
	for _, element := range strings.Split(header, ",") {
		element = strings.Trim(element, " \t")
		if element == "" {
			continue
		}
		count++
		parts := headerElement.FindStringSubmatch(element)
		tag := ""
		if parts != nil && count <= 16 {
			tag = hyphenated(parts[1])
		}
		if tag == "" {
			if r.left == "" {
				r.left = element
			}
			continue
		}
		weight := 1.0
		if parts[2] != "" {
			weight, _ = strconv.ParseFloat(strings.TrimSuffix(parts[2], "."), 64)
		}
		r.elements++
		r.ranges = append(r.ranges, readerRange{tag, weight})
	}
	byWeight := slices.Clone(r.ranges)
	slices.SortStableFunc(byWeight, func(a, b readerRange) int { return cmp.Compare(b.weight, a.weight) })
	for _, w := range byWeight {
		if w.weight > 0 && !slices.Contains(r.wants, w.text) {
			r.wants = append(r.wants, w.text)
		}
	}
	return r
}

// canonical is the canonical form of a tag, "" for what is none.
func canonical(tag string) string {
	switch {
	case tag == "*":
		return tag
	case len(tag) > 35:
		return "" // x/text takes long for long ones
	}
	parsed, err := language.Parse(tag)
	if err != nil || parsed == language.Und {
		return ""
	}
	again, err := language.Parse(parsed.String())
	if err != nil || again.String() != parsed.String() || len(again.String()) > 35 {
		return ""
	}
	return parsed.String()
}

// hyphenated is the canonical form of a tag that may be written with underscores.
func hyphenated(tag string) string { return canonical(strings.ReplaceAll(tag, "_", "-")) }

// excluded: some range of weight 0 has the tag, and no longer one with a weight.
func (r reader) excluded(tag string) bool {
	for _, zero := range r.ranges {
		if zero.weight > 0 || !inRange(tag, zero.text) {
			continue
		}
		saved := false
		for _, longer := range r.ranges {
			saved = saved || longer.weight > 0 && longer.text != "*" && inRange(tag, longer.text) &&
				(zero.text == "*" || len(longer.text) > len(zero.text))
		}
		if !saved {
			return true
		}
	}
	return false
}

func inRange(tag, text string) bool { return text == "*" || strings.HasPrefix(tag+"-", text+"-") }

// choose gives the choice among canonical tags; "" for none.
func (r reader) choose(tags []string) (string, language.Confidence) {
	var left []string
	for _, tag := range tags {
		if !r.excluded(tag) {
			left = append(left, tag)
		}
	}
	declared := slices.Concat(r.wants, r.fallbacks, r.allowed)
	fallback := func(except []string) string {
		for _, tag := range r.fallbacks {
			if slices.Contains(except, tag) {
				continue
			}
			if found, _ := nearest(tag, left, declared); found != "" {
				return found
			}
		}
		return ""
	}
	for _, want := range r.wants {
		if want == "*" {
			if found := fallback(r.wants); found != "" {
				return found, language.No
			}
		} else if found, confidence := nearest(want, left, declared); found != "" {
			return found, confidence
		}
	}
	return fallback(nil), language.No
}

// nearest finds what suits one language best: every way to it as a word that sorts
// like the way, and the first of them.
func nearest(want string, tags, declared []string) (string, language.Confidence) {
	if slices.Contains(tags, want) {
		return want, language.Exact
	}
	w := about(want)
	best, tag, confidence := "~", "", language.No
	for _, other := range tags {
		o := about(other)
		if w.family == "" || o.family != w.family && sisters[o.family] != w.family {
			continue
		}
		n := slices.IndexFunc(declared, func(d string) bool {
			return d == other || d != "*" && o.place != "" && about(d).place == o.place && about(d).family == o.family
		})
		if n < 0 {
			n = len(declared)
		}
		way, c := w.way(want, other, o)
		if way = fmt.Sprintf("%s, declared %02d, %s", way, n, other); way < best {
			best, tag, confidence = way, other, c
		}
	}
	return tag, confidence
}

// The two forms of Norwegian.
var sisters = map[string]string{"no-Latn": "nn-Latn", "nn-Latn": "no-Latn", "no-Cyrl": "nn-Cyrl", "nn-Cyrl": "no-Cyrl"}

// way describes the way from a tag to another: places up, places down, and which
// name of the place where it ends.
func (w aboutTag) way(want, other string, o aboutTag) (string, language.Confidence) {
	if o.family != w.family {
		return fmt.Sprintf("9 sister, %d down", len(o.places)), language.Low
	}
	for up, place := range w.places {
		down := slices.Index(o.places, place)
		if place == "" || down < 0 {
			continue
		}
		if down > 0 {
			return fmt.Sprintf("%d up, %d down", up, down), language.Low
		}
		// A tag that says no more than what the reader says, or less, is a parent.
		name, confidence := 8, language.High
		of := func(tag string) bool { return tag == want || about(tag).place == place }
		if i := slices.Index(slices.DeleteFunc(slices.Concat([]string{want}, w.parents), func(tag string) bool { return !of(tag) }), other); i >= 0 {
			name = i
		} else if o.region {
			name = 9
			if up > 0 && !slices.ContainsFunc(w.parents, func(tag string) bool { return about(tag).place == place && about(tag).region }) {
				confidence = language.Low
			}
		}
		return fmt.Sprintf("%d up, 0 down, name %d", up, name), confidence
	}
	return fmt.Sprintf("8 up, %d down", len(o.places)), language.Low
}

type aboutTag struct {
	family string
	// place is the region that is meant; "" for a tag with variants or extensions.
	place string
	// places are its own and those above it, each once.
	places  []string
	parents []string // the tags above it, in the family
	region  bool     // one is stated
}

var known = map[string]aboutTag{}

func about(tag string) aboutTag {
	if a, ok := known[tag]; ok {
		return a
	}
	a := aboutTag{}
	t := language.MustParse(tag)
	if family := familyOf(t); family != "" {
		a.family = family
		base, script, region := t.Raw()
		plain, _ := language.Compose(base, script, region)
		for i, subtag := range strings.Split(tag, "-") {
			if len(subtag) == 1 {
				break
			}
			a.region = a.region || i > 0 && (len(subtag) == 2 || len(subtag) == 3 && subtag[0] <= '9')
		}
		if plain.String() == tag { // no variants, no extensions
			a.place = placeOf(family, t)
		} else {
			a.parents = append(a.parents, shortest(plain))
		}
		a.places = append(a.places, a.place)
		for at := plain; ; {
			if place := placeOf(family, at); place != a.places[len(a.places)-1] {
				a.places = append(a.places, place)
			}
			parent, ok := parentOf(family, at)
			if !ok {
				break
			}
			a.parents = append(a.parents, parent)
			at = language.MustParse(parent)
		}
	}
	known[tag] = a
	return a
}

// placeOf is the region that a tag means.
func placeOf(family string, t language.Tag) string {
	whole, _ := language.Macro.Canonicalize(t)
	likely, _ := whole.Region()
	return likely.String()
}

// shortest is a tag without variants, as x/text writes it: without a script that
// needs no saying if no region follows.
func shortest(plain language.Tag) string {
	base, script, region := plain.Raw()
	bare, _ := language.Compose(base)
	usual, _ := bare.Script()
	if region.String() == "ZZ" && script == usual {
		return bare.String()
	}
	return plain.String()
}

// The parent locales of CLDR, by language and script: all others have the language
// itself as their parent, or the language in its script.
var parentLocales = map[string]map[string]string{
	"en-Latn": {
		"en-001": "150 AG AI AU BB BE BM BS BW BZ CA CC CK CM CX CY DG DM ER FJ FK FM GB GD GG GH GI GM GY HK IE IL IM IN IO JE JM KE KI KN KY LC LR LS " +
			"MG MO MS MT MU MW MY NA NF NG NR NU NZ PG PH PK PN PW RW SB SC SD SG SH SL SS SX SZ TC TK TO TT TV TZ UG VC VG VU WS ZA ZM ZW",
		"en-150": "AT CH DE DK FI NL SE SI",
	},
	"es-Latn": {"es-419": "AR BO BR BZ CL CO CR CU DO EC GT HN MX NI PA PE PR PY SV US UY VE"},
	"pt-Latn": {"pt-PT": "AO CH CV GQ GW LU MO MZ ST TL"},
	"zh-Hant": {"zh-Hant-HK": "MO"},
}

// parentOf is the tag above one without variants, in its family.
func parentOf(family string, t language.Tag) (string, bool) {
	base, script, region := t.Raw()
	bare, _ := language.Compose(base)
	if region.String() == "ZZ" {
		usual, _ := bare.Script()
		return bare.String(), script.String() != "Zzzz" && script == usual
	}
	for parent, regions := range parentLocales[family] {
		if base.String() == family[:2] && slices.Contains(strings.Fields(regions), region.String()) {
			return parent, true
		}
	}
	if familyOf(bare) == family {
		return bare.String(), true
	}
	whole, _ := t.Script()
	scripted, _ := language.Compose(base, whole)
	return scripted.String(), true
}

// familyOf is language and script; "" if no language is stated.
func familyOf(t language.Tag) string {
	if strings.HasPrefix(t.String(), "und") || strings.HasPrefix(t.String(), "x-") {
		return ""
	}
	t, _ = language.Macro.Canonicalize(t)
	base, _ := t.Base()
	script, _ := t.Script()
	return base.String() + "-" + script.String()
}

// goldenLanguage is a line of testdata/languages.txt.
type goldenLanguage struct {
	header, standard         string
	fallbacks, allowed, tags []string
	want, left               string
}

func parseGoldenLanguage(line string) (g goldenLanguage, err error) {
	fields := strings.Split(line, "|")
	if len(fields) != 4 && len(fields) != 5 {
		return g, errors.New("not four or five fields")
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	header, rest, _ := strings.Cut(fields[0], "->")
	if g.header = strings.TrimSpace(header); g.header == `""` {
		g.header = ""
	}
	fallbacks, standard, _ := strings.Cut(rest, ";")
	for _, tag := range strings.Split(fallbacks, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			g.fallbacks = append(g.fallbacks, tag)
		}
	}
	standard, allowed, _ := strings.Cut(standard, ",")
	if g.standard = strings.TrimSpace(standard); allowed != "" {
		g.allowed = append(g.allowed, g.standard)
		for _, tag := range strings.Split(allowed, ",") {
			g.allowed = append(g.allowed, strings.TrimSpace(tag))
		}
	}
	if fields[1] != `""` {
		g.tags = strings.Fields(fields[1])
	}
	g.want = fields[2] + " " + fields[3]
	if len(fields) == 5 {
		g.left = fields[4]
	}
	return g, nil
}

// run returns the choice and its confidence, and the element that was left out.
func (g goldenLanguage) run(t *testing.T) (choice, left string) {
	t.Helper()
	parse := tax.ParseAcceptLanguage
	if g.standard != "" {
		languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: g.standard, Allowed: g.allowed})
		require.NoError(t, err)
		parse = languages.ParseAcceptLanguage
	}
	p, err := parse(g.header)
	var input *tax.InputError
	if errors.As(err, &input) {
		left = input.Value
	}
	if g.fallbacks != nil {
		p, err = p.WithFallback(g.fallbacks...)
		require.NoError(t, err)
	}
	text := inEvery(t, g.tags...)
	m := text.In(p)
	if m.Language != "" {
		assert.Equal(t, "text in "+m.Language, m.Text)
	}
	return choiceOf(m.Language, m.Confidence), left
}

// inEvery is a text in each of these languages, saying the canonical tag.
func inEvery(t *testing.T, tags ...string) tax.LocalizedText {
	t.Helper()
	byTag := map[string]string{}
	for _, tag := range tags {
		byTag[tag] = "text in " + hyphenated(tag)
	}
	text, err := tax.NewLocalizedText(byTag)
	require.NoError(t, err)
	return text
}

func choiceOf(tag string, c language.Confidence) string {
	if tag == "" {
		tag = "-"
	}
	return tag + " " + strings.ToLower(c.String())
}

// TestGoldenLanguages runs every line of testdata/languages.txt, whose form is
// described there, and asks the rules as they are written above too.
func TestGoldenLanguages(t *testing.T) {
	cases := 0
	for n, text := range testfile.Lines(t, "testdata/languages.txt") {
		cases++
		g, err := parseGoldenLanguage(text)
		require.NoErrorf(t, err, "line %d: %s", n, text)
		choice, left := g.run(t)
		assert.Equal(t, g.want, choice, "line %d: %s", n, text)
		assert.Equal(t, g.left, left, "line %d: %s", n, text)

		r := readerOf(g.header)
		for _, tag := range append(g.fallbacks, g.standard) {
			if tag != "" {
				r.fallbacks = append(r.fallbacks, hyphenated(tag))
			}
		}
		for _, tag := range g.allowed {
			r.allowed = append(r.allowed, hyphenated(tag))
		}
		var tags []string
		for _, tag := range g.tags {
			tags = append(tags, hyphenated(tag))
		}
		assert.Equal(t, g.want, choiceOf(r.choose(tags)), "the rules, line %d: %s", n, text)
		assert.Equal(t, g.left, r.left, "the rules, line %d: %s", n, text)
	}
	require.GreaterOrEqual(t, cases, 438, "lines were lost")
}

func TestTrapTheMatcherAnswersAnyLanguage(t *testing.T) {
	supported := []language.Tag{language.German, language.English, language.French, language.BrazilianPortuguese, language.TraditionalChinese, language.MustParse("sr-Latn")}
	text := inEvery(t, "de", "en", "fr", "pt-BR", "zh-Hant", "sr-Latn")
	for asked, wrong := range map[string]int{"ja": 0, "nl": 0, "uk": 0, "hr": 0, "lb": 0, "gsw": 0, "i-klingon": 1, "zh-CN": 4, "sr": 5} {
		_, index, _ := language.NewMatcher(supported).Match(language.MustParse(asked))
		require.Equal(t, wrong, index, "the matcher answers %s otherwise now", asked)
		assert.Equal(t, tax.Match{}, text.In(tax.MustPreferences(asked)), asked)
	}
	// The order of the matcher can beat the preference.
	assert.Equal(t, "en", inEvery(t, "ms", "en").In(tax.MustPreferences("en-SG")).Language)
}

func TestTrapTheMatcherReturnsATagOfItsOwn(t *testing.T) {
	tag, _, _ := language.NewMatcher([]language.Tag{language.German}).Match(language.MustParse("de-AT"))
	require.NotEqual(t, "de", tag.String(), "the matcher returns a supported tag now")
	assert.Equal(t, "de", inEvery(t, "de").In(tax.MustPreferences("de-AT")).Language)
}

func TestTrapTheEmptyMatcherPanics(t *testing.T) {
	assert.NotPanics(t, func() {
		assert.Equal(t, tax.Match{}, tax.LocalizedText{}.In(tax.MustPreferences("de", "en")))
		assert.Equal(t, tax.Match{}, tax.LocalizedText{}.In(tax.Preferences{}))
	})
}

func TestTrapALanguageIsNoCountry(t *testing.T) {
	// The region of a tag can be rewritten, and -u-rg- can be any text, so no tag is
	// accepted as a country.
	assert.Equal(t, "de-GB", inEvery(t, "de-UK").All()[0].Language)
	for _, s := range []string{"de-AT", "de-u-rg-atzzzz", "de-UK", "de_DE"} {
		_, err := tax.ParseLocation(s, "")
		assert.ErrorIs(t, err, tax.ErrUnknownCountry, s)
	}
}

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
		require.Equal(t, hyphenated(tag), own)

		// The canonical form is stable, and another name of the same.
		again, err := tax.NewLocalizedText(map[string]string{own: "text"})
		require.NoError(t, err)
		require.True(t, text.Equal(again))
		require.Equal(t, language.Exact, again.In(p).Confidence)
		if tag != own {
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
			// Reading it again gives the same.
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
