package tax

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/taxresolve/tax/internal/strictjson"
)

// LocalizedText is one text in several languages. It is immutable and one word
// wide; the zero value has no translation. Compare with [LocalizedText.Equal].
//
// In JSON it is an object from BCP 47 tags to texts: {"de":"MwSt","en":"VAT"}.
type LocalizedText struct {
	t *translations
}

// translations are the texts in the languages of a set, which is shared by all
// texts in the same languages.
type translations struct {
	in    *languageSet
	texts []string
}

// Translation is a text in one language.
type Translation struct {
	// Language is a canonical BCP 47 tag: "de", "zh-Hant".
	Language string
	// Text is what readers of that language read.
	Text string
}

// Match is the translation that was chosen for a reader, and how sure the choice
// is.
type Match struct {
	// Translation is zero if there is none for the reader.
	Translation
	// Confidence tells how well Language suits what the reader prefers:
	//
	//   - [language.Exact]: it is the language preferred, to the letter.
	//   - [language.High]: it is the same by another name (zh-TW and zh-Hant, nb
	//     and no), or its nearest parent (de for de-AT).
	//   - [language.Low]: it is another variety of the same language in the same
	//     script (pt-BR for pt-PT, en-GB for en). This is the least with which a
	//     translation is chosen.
	//   - [language.No]: it is none that the reader prefers, but one of the
	//     fallbacks or the default language; or there is no translation.
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
		t, err := tongueOf(tag, maxTagBytes)
		if err != nil {
			return LocalizedText{}, err
		}
		switch {
		case text == "":
			return LocalizedText{}, inputError("text in "+t.tag, text, "empty: leave the language out")
		case !utf8.ValidString(text):
			return LocalizedText{}, inputError("text in "+t.tag, text, "not valid UTF-8")
		}
		list = append(list, Translation{t.tag, text})
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
		list[i] = Translation{l.t.in.tags[i], text}
	}
	return list
}

// Equal reports whether both have the same translations.
func (l LocalizedText) Equal(m LocalizedText) bool {
	if l.t == nil || m.t == nil {
		return l.t == m.t
	}
	return l.t.in.equal(m.t.in) && slices.Equal(l.t.texts, m.t.texts)
}

// In returns the translation for a reader: that of the first preferred language
// that the text has by one of the rules of [Match.Confidence]; else of the first
// fallback, see [Preferences.WithFallback]; else of the default language of the
// [Languages] that read the preferences. Without any of them it returns the zero
// Match: never another language, another script, or what the reader excluded.
//
// The same text and preferences give the same answer at any time.
func (l LocalizedText) In(p Preferences) Match { return l.in(p, nil) }

// in is In with one more language at the end, in which the text is given if the
// reader does not exclude it.
func (l LocalizedText) in(p Preferences, last *tongue) Match {
	if l.t == nil {
		return Match{}
	}
	i, confidence := l.t.in.choose(p.p, last)
	if i < 0 {
		return Match{}
	}
	return Match{Translation{l.t.in.tags[i], l.t.texts[i]}, confidence}
}

// MarshalJSON writes an object from tags to texts, in the order of the tags. The
// zero text is an empty object.
func (l LocalizedText) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, t := range l.All() {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(strictjson.AppendString(out, t.Language), ':')
		out = strictjson.AppendString(out, t.Text)
	}
	return append(out, '}'), nil
}

// join makes the text of two taxes that are charged together, in the languages
// that both have.
func (l LocalizedText) join(m LocalizedText) LocalizedText {
	if l.t == nil || m.t == nil {
		return LocalizedText{}
	}
	var list []Translation
	for i, tag := range l.t.in.tags {
		if j := slices.Index(m.t.in.tags, tag); j >= 0 {
			list = append(list, Translation{tag, l.t.texts[i] + " + " + m.t.texts[j]})
		}
	}
	if len(list) == 0 {
		return LocalizedText{}
	}
	return newText(list)
}

// newText makes a text of translations that are sorted by canonical tag.
func newText(list []Translation) LocalizedText {
	tags, texts := make([]string, len(list)), make([]string, len(list))
	for i, t := range list {
		tags[i], texts[i] = t.Language, t.Text
	}
	return LocalizedText{&translations{sharedSet(tags), texts}}
}
