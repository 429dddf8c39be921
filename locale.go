package tax

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/taxresolve/tax/internal/lang"
	"github.com/taxresolve/tax/internal/strictjson"
)

// LocalizedText is one text in several languages. It is immutable and one word
// wide; the zero value has no translation. Compare with [LocalizedText.Equal].
//
// In JSON it is an object from BCP 47 tags to texts: {"de":"MwSt","en":"VAT"}.
type LocalizedText struct {
	t *translations
}

// translations are texts, each in the language of the set that has its index.
type translations struct {
	languages *lang.Set
	texts     []string
}

// Translation is a text in one language.
type Translation struct {
	// Language is a canonical BCP 47 tag: "de", "zh-Hant".
	Language string
	// Text is the text in that language.
	Text string
}

// Match is the translation that was chosen for a reader, and how sure the choice
// is.
type Match struct {
	// Translation is zero if there is none for the reader.
	Translation
	// Confidence says how well Language suits what the reader prefers:
	//
	//   - [language.Exact]: it is the preferred language, to the letter.
	//   - [language.High]: it is the same language by another name (zh-TW and
	//     zh-Hant, nb and no), or its nearest parent (de for de-AT).
	//   - [language.Low]: it is another variety of the same language in the same
	//     script (pt-BR for pt-PT, en-GB for en). Nothing below that is chosen as
	//     a preferred language.
	//   - [language.No]: it is not preferred, but one of the fallbacks or the
	//     default language; or there is no translation.
	Confidence language.Confidence
}

// NewLocalizedText makes a text from translations by BCP 47 tag. Tags are made
// canonical ("iw" becomes "he", "PT-br" becomes "pt-BR"). A tag that is not
// valid, is longer than 35 bytes, or comes twice, and a text that is empty or
// not UTF-8, is an [InputError].
func NewLocalizedText(byTag map[string]string) (LocalizedText, error) {
	if len(byTag) == 0 {
		return LocalizedText{}, nil
	}
	list := make([]Translation, 0, len(byTag))
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		text := byTag[tag]
		t, err := parseTag(tag)
		if err != nil {
			return LocalizedText{}, err
		}
		switch {
		case text == "":
			return LocalizedText{}, inputError("text in "+t.String(), text, "empty: leave the language out")
		case !utf8.ValidString(text):
			return LocalizedText{}, inputError("text in "+t.String(), text, "not valid UTF-8")
		}
		list = append(list, Translation{t.String(), text})
	}
	slices.SortFunc(list, func(a, b Translation) int { return strings.Compare(a.Language, b.Language) })
	for i := 1; i < len(list); i++ {
		if list[i].Language == list[i-1].Language {
			return LocalizedText{}, inputError("language", list[i].Language, "given twice, once by another name: keep one")
		}
	}
	return newText(list), nil
}

// MustLocalizedText is [NewLocalizedText] for package-level variables: it
// panics on an error.
func MustLocalizedText(byTag map[string]string) LocalizedText {
	t, err := NewLocalizedText(byTag)
	if err != nil {
		panic(err)
	}
	return t
}

// IsZero reports whether there is no translation.
func (l LocalizedText) IsZero() bool { return l.t == nil }

// All returns the translations, sorted by tag, as a copy.
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

// Equal reports whether both have the same translations.
func (l LocalizedText) Equal(m LocalizedText) bool {
	if l.t == nil || m.t == nil {
		return l.t == m.t
	}
	return l.t.languages.Equal(m.t.languages) && slices.Equal(l.t.texts, m.t.texts)
}

// In returns the translation for a reader. It is the one for the first preferred
// language that the text has by one of the rules of [Match.Confidence]; else for
// the first such fallback, see [Preferences.WithFallback]; else for the default
// language of the [Languages] that read the preferences. If the text has none of
// them, the Match is zero. Another language or script is never returned, nor one
// that the reader excluded.
//
// The same text and preferences give the same answer at any time.
func (l LocalizedText) In(p Preferences) Match { return l.in(p, nil) }

// in is In with one more language to fall back on at the end.
func (l LocalizedText) in(p Preferences, last *lang.Tag) Match {
	if l.t == nil {
		return Match{}
	}
	i, confidence := l.t.languages.Choose(p.p, last)
	if i < 0 {
		return Match{}
	}
	return Match{Translation{l.t.languages.Tags()[i], l.t.texts[i]}, confidence}
}

// MarshalJSON writes an object from tags to texts, in the order of the tags. The
// zero text is an empty object.
func (l LocalizedText) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for _, t := range l.All() {
		out = strictjson.AppendName(out, t.Language)
		out = strictjson.AppendString(out, t.Text)
	}
	return append(out, '}'), nil
}

// join returns the name of two taxes that are charged together, in the languages
// that both texts have.
func (l LocalizedText) join(m LocalizedText) LocalizedText {
	if l.t == nil || m.t == nil {
		return LocalizedText{}
	}
	var list []Translation
	for i, tag := range l.t.languages.Tags() {
		if j := slices.Index(m.t.languages.Tags(), tag); j >= 0 {
			list = append(list, Translation{tag, l.t.texts[i] + " + " + m.t.texts[j]})
		}
	}
	if len(list) == 0 {
		return LocalizedText{}
	}
	return newText(list)
}

// newText makes a text from translations that are sorted by canonical tag.
func newText(list []Translation) LocalizedText {
	tags, texts := make([]string, len(list)), make([]string, len(list))
	for i, t := range list {
		tags[i], texts[i] = t.Language, t.Text
	}
	return LocalizedText{&translations{lang.SetOf(tags), texts}}
}
