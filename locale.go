package tax

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// LocalizedText is one text in several languages. It is immutable and one word
// wide; the zero value has no translation. Compare with [LocalizedText.Equal].
type LocalizedText struct {
	t *translations
}

// translations are sorted by tag. Texts have few languages, so that a scan
// beats a map.
type translations []Translation

// Translation is a text in one language.
type Translation struct {
	// Language is a canonical BCP 47 tag: "de", "zh-Hant".
	Language string
	// Text is what readers of that language read.
	Text string
}

// NewLocalizedText makes a text from translations by BCP 47 tag. Tags are made
// canonical ("iw" becomes "he", "PT-br" becomes "pt-BR"). A tag that is not
// valid, is longer than 35 bytes, or comes twice, and a text that is empty or
// not UTF-8, is an [InputError].
func NewLocalizedText(byTag map[string]string) (LocalizedText, error) {
	if len(byTag) == 0 {
		return LocalizedText{}, nil
	}
	list := make(translations, 0, len(byTag))
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		text := byTag[tag]
		canonical, err := parseTag(tag)
		if err != nil {
			return LocalizedText{}, err
		}
		switch {
		case text == "":
			return LocalizedText{}, inputError("text in "+canonical.String(), text, "empty: leave the language out")
		case !utf8.ValidString(text):
			return LocalizedText{}, inputError("text in "+canonical.String(), text, "not valid UTF-8")
		}
		list = append(list, Translation{canonical.String(), text})
	}
	slices.SortFunc(list, func(a, b Translation) int { return cmp.Compare(a.Language, b.Language) })
	for i := 1; i < len(list); i++ {
		if list[i].Language == list[i-1].Language {
			return LocalizedText{}, inputError("language", list[i].Language, "given twice, once by another name: keep one")
		}
	}
	return LocalizedText{&list}, nil
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
	return slices.Clone(*l.t)
}

// Equal reports whether both have the same translations.
func (l LocalizedText) Equal(m LocalizedText) bool {
	if l.t == nil || m.t == nil {
		return l.t == m.t
	}
	return slices.Equal(*l.t, *m.t)
}

// In returns the translation for the first preferred language that has one,
// itself or the nearest of its parents (de-AT finds de, zh-TW finds zh-Hant).
// It never returns another language: without a match it returns the zero
// Translation.
func (l LocalizedText) In(p Preferences) Translation {
	for _, chain := range p.chains {
		for _, tag := range chain {
			if t, ok := l.exact(tag); ok {
				return t
			}
		}
	}
	return Translation{}
}

func (l LocalizedText) exact(tag string) (Translation, bool) {
	if l.t != nil {
		for _, t := range *l.t {
			if t.Language == tag {
				return t, true
			}
		}
	}
	return Translation{}, false
}

// join makes the text of two taxes that are charged together, in the languages
// that both have.
func (l LocalizedText) join(m LocalizedText) LocalizedText {
	if l.t == nil || m.t == nil {
		return LocalizedText{}
	}
	var list translations
	for _, t := range *l.t {
		if other, ok := m.exact(t.Language); ok {
			list = append(list, Translation{t.Language, t.Text + " + " + other.Text})
		}
	}
	if len(list) == 0 {
		return LocalizedText{}
	}
	return LocalizedText{&list}
}

// Preferences are the languages a reader understands, best first. They are
// immutable and can be kept and shared; the zero value prefers none.
type Preferences struct {
	// chains holds, for every preferred tag, the tag and its parents.
	chains [][]string
}

// NewPreferences makes preferences from BCP 47 tags, best first. A tag that is
// not valid or longer than 35 bytes is an [InputError].
func NewPreferences(tags ...string) (Preferences, error) {
	var p Preferences
	for _, text := range tags {
		tag, err := parseTag(text)
		if err != nil {
			return Preferences{}, err
		}
		var chain []string
		// The parents are those of CLDR: they lead from zh-TW to zh-Hant and
		// never from one script to another.
		for ; tag != language.Und; tag = tag.Parent() {
			chain = append(chain, tag.String())
		}
		p.chains = append(p.chains, chain)
	}
	return p, nil
}

// MustPreferences is [NewPreferences] for package-level variables: it panics
// on an error.
func MustPreferences(tags ...string) Preferences {
	p, err := NewPreferences(tags...)
	if err != nil {
		panic(err)
	}
	return p
}

const maxTagBytes = 35 // RFC 5646, section 4.4.1

// parseTag reads a BCP 47 tag. Length and characters are checked first: the
// parser of x/text takes quadratic time on long tags, and accepts underscores
// that its own guard does not count.
func parseTag(s string) (language.Tag, error) {
	if len(s) > maxTagBytes {
		return language.Und, inputError("language", s, "too long: a language tag has at most 35 bytes")
	}
	for i := range len(s) {
		if c := upper(s[i]); (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return language.Und, inputError("language", s, "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR")
		}
	}
	tag, err := language.Parse(s)
	valid := err == nil && tag != language.Und
	if canonical := tag.String(); valid && canonical != s {
		// Some tags with several variants become a form that does not parse,
		// or that another parse changes again.
		again, err := language.Parse(canonical)
		valid = err == nil && again.String() == canonical && len(canonical) <= maxTagBytes
	}
	if !valid {
		return language.Und, inputError("language", s, "not a BCP 47 tag: use a tag such as de or pt-BR")
	}
	return tag, nil
}
