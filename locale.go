package tax

import (
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/taxresolve/tax/internal/lang"
)

// LocalizedText is one text in several languages. The zero value has no
// translation. It is immutable, one word wide, and safe for concurrent use. Compare
// texts with [LocalizedText.Equal].
//
// In JSON it is an object from BCP 47 tags to texts: {"de":"MwSt","en":"VAT"}.
type LocalizedText struct {
	t *translations
}

// Translation is a text in one language.
type Translation struct {
	// Language is a canonical BCP 47 tag: "de", "zh-Hant".
	Language string
	// Text is the text in that language.
	Text string
}

// Match is the translation chosen for a reader, and how well it suits that reader.
type Match struct {
	// Translation is the translation; zero if there is none for the reader.
	Translation
	// Confidence says how well Language suits the preferences of the reader:
	//
	//   - [language.Exact]: it is exactly the preferred language.
	//   - [language.High]: it is the same language under another name (zh-TW and
	//     zh-Hant, nb and no), or a parent in the CLDR data (de for de-AT).
	//   - [language.Low]: it is another variety of the same language in the same
	//     script (pt-BR for pt-PT, en-GB for en), or the other written form of
	//     Norwegian (nn for no). A language that suits less well does not match.
	//   - [language.No]: it is not a preferred language, but one of the fallbacks or
	//     the default language; or there is no translation.
	Confidence language.Confidence
}

// NewLocalizedText returns the text with the given translations, by BCP 47 tag.
// Tags are made canonical ("iw" becomes "he", "PT_br" becomes "pt-BR"). It returns
// an [InputError] for a tag that is not valid or longer than 35 bytes, for a
// language given under two names, and for a text that is empty or not UTF-8.
func NewLocalizedText(byTag map[string]string) (LocalizedText, error) {
	if len(byTag) == 0 {
		return LocalizedText{}, nil
	}
	var few [4]Translation // most texts have no more
	list := few[:0]
	for tag, text := range byTag {
		list = append(list, Translation{tag, text})
	}
	byLanguage := func(a, b Translation) int { return strings.Compare(a.Language, b.Language) }
	slices.SortFunc(list, byLanguage)
	for i := range list {
		text := list[i].Text
		t, err := parseTag(list[i].Language)
		if err != nil {
			return LocalizedText{}, err
		}
		switch {
		case text == "":
			return LocalizedText{}, inputError("text in "+t.String(), text, "empty: leave the language out")
		case !utf8.ValidString(text):
			return LocalizedText{}, inputError("text in "+t.String(), text, "not valid UTF-8")
		}
		list[i].Language = t.String()
	}
	slices.SortFunc(list, byLanguage)
	for i := 1; i < len(list); i++ {
		if list[i].Language == list[i-1].Language {
			return LocalizedText{}, inputError("language", list[i].Language, "given twice, once by another name: keep one")
		}
	}
	return newText(list), nil
}

// MustLocalizedText is [NewLocalizedText] for package-level variables: it panics if
// there is an error.
func MustLocalizedText(byTag map[string]string) LocalizedText {
	t, err := NewLocalizedText(byTag)
	if err != nil {
		panic(err)
	}
	return t
}

// In returns the translation for a reader. It asks for the preferred languages in
// their order, each with all that can match it (see [Match.Confidence]), then for the
// fallbacks (see [Preferences.WithFallback]), then for the default language of the
// [Languages] that read the preferences. If none of them matches, the Match is zero.
// Another language or script is never returned, nor one that the reader excluded.
//
// Of several varieties of one language, the nearest is returned: the one with the
// nearest common parent in the CLDR data, then with the fewest steps from there, where
// a tag without a region is that of its main region. Between equally near ones, the
// order of the reader's languages decides, then that of [LanguageOptions.Allowed], then
// the alphabet.
//
// The same text and preferences always give the same Match.
func (l LocalizedText) In(p Preferences) Match { return l.in(p, nil) }

// in is In with one more language to fall back on at the end, unless it is nil.
func (l LocalizedText) in(p Preferences, last *lang.Default) Match {
	if l.t == nil {
		return Match{}
	}
	i, confidence := l.t.languages.Choose(p.p, last)
	if i < 0 {
		return Match{}
	}
	return Match{Translation{l.t.languages.Tags()[i], l.t.texts[i]}, confidence}
}

// All returns all translations, sorted by tag. The slice is a copy.
func (l LocalizedText) All() []Translation {
	if l.t == nil {
		return nil
	}
	list := make([]Translation, len(l.t.texts))
	for i, text := range l.t.texts {
		list[i] = Translation{l.t.languages.Tags()[i], text}
	}
	return list
}

// String returns the translations in one line, sorted by tag, for people and logs:
// de "MwSt", en "VAT". Of a text longer than 64 bytes, it has the beginning. The zero
// value is "no text".
func (l LocalizedText) String() string {
	if l.t == nil {
		return "no text"
	}
	var b strings.Builder
	for i, t := range l.All() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.Language + " " + excerpt(t.Text))
	}
	return b.String()
}

// LogValue returns a group for log/slog that has the texts by their tags. For the zero
// value, it returns the text of String.
func (l LocalizedText) LogValue() slog.Value {
	if l.t == nil {
		return slog.StringValue(l.String())
	}
	var list []slog.Attr
	for _, t := range l.All() {
		list = append(list, slog.String(t.Language, t.Text))
	}
	return slog.GroupValue(list...)
}

// IsZero reports whether there is no translation.
func (l LocalizedText) IsZero() bool { return l.t == nil }

// Equal reports whether l and m have the same translations.
func (l LocalizedText) Equal(m LocalizedText) bool {
	if l.t == nil || m.t == nil {
		return l.t == m.t
	}
	return l.t.languages.Equal(m.t.languages) && slices.Equal(l.t.texts, m.t.texts)
}

// translations holds the texts. Each is in the language that has its index in the
// set.
type translations struct {
	languages *lang.Set
	texts     []string
}

// newText returns the text with these translations, which are sorted and have
// canonical tags.
func newText(list []Translation) LocalizedText {
	var few [8]string // most texts have no more
	tags, t := few[:0], translationsOf(len(list))
	for i := range list {
		tags, t.texts[i] = append(tags, list[i].Language), list[i].Text
	}
	t.languages = lang.SetOf(tags)
	return LocalizedText{t}
}

// translationsOf returns room for so many translations: in one allocation, if they are as
// few as in most texts.
func translationsOf(n int) *translations {
	switch n {
	case 1:
		var t struct {
			translations
			room [1]string
		}
		t.texts = t.room[:]
		return &t.translations
	case 2:
		var t struct {
			translations
			room [2]string
		}
		t.texts = t.room[:]
		return &t.translations
	}
	return &translations{texts: make([]string, n)}
}

// join returns "l + m" in the languages that both texts have: the name of two taxes
// that are charged together.
func (l LocalizedText) join(m LocalizedText) LocalizedText {
	if l.t == nil || m.t == nil {
		return LocalizedText{}
	}
	// The tags of both are sorted. Those of the shorter one are looked up, because many
	// entries with few languages can join one tax with many.
	few, many := l.t.languages.Tags(), m.t.languages.Tags()
	swapped := len(few) > len(many)
	if swapped {
		few, many = many, few
	}
	var list []Translation
	for i, tag := range few {
		if j, ok := slices.BinarySearch(many, tag); ok {
			if swapped {
				i, j = j, i
			}
			list = append(list, Translation{tag, l.t.texts[i] + " + " + m.t.texts[j]})
		}
	}
	if len(list) == 0 {
		return LocalizedText{}
	}
	return newText(list)
}
