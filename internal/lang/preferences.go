package lang

import (
	"slices"
	"strings"
)

// Preferences are the languages that a reader understands, best first, and the
// languages to fall back on. They are immutable. Nil Preferences prefer no language,
// and their methods work.
type Preferences struct {
	preferred []Tag
	// fallbacks are those of the caller, followed by the default language if there is
	// one.
	fallbacks       []Tag
	defaultLanguage *Default
	// ranges are the ranges of a header if it excludes a language; else none.
	ranges ranges
	// all means that the header was * and nothing else.
	all bool
}

// Default is the default language of a tenant, on which all readers fall back, with the
// languages in which the texts of the tenant may be written.
type Default struct {
	Tag
	allowed []Tag // in the order in which they were declared
}

// NewDefault returns a default language, and the languages that are allowed, in the
// order in which they were declared. The slice must not be modified afterwards.
func NewDefault(t *Tag, allowed []Tag) *Default { return &Default{*t, allowed} }

// Same reports whether readers get the same from two default languages.
func (d *Default) Same(e *Default) bool {
	return d == e || d.text == e.text && slices.EqualFunc(d.allowed, e.allowed, func(a, b Tag) bool { return a.text == b.text })
}

// NewPreferences returns preferences for these languages, best first. The slice
// must not be modified afterwards.
func NewPreferences(preferred []Tag) *Preferences {
	if len(preferred) == 0 {
		return nil
	}
	return &Preferences{preferred: preferred}
}

// WithFallback returns preferences that fall back on these languages, in order,
// instead of those set before. The default language stays the last. The slice must
// not be modified afterwards.
func (p *Preferences) WithFallback(fallbacks []Tag) *Preferences {
	var with Preferences
	if p != nil {
		with = *p
	}
	if with.defaultLanguage != nil {
		fallbacks = append(fallbacks, with.defaultLanguage.Tag)
	}
	with.fallbacks = fallbacks
	if p == nil && len(fallbacks) == 0 {
		return nil
	}
	return &with
}

// withDefault returns preferences that fall back on a default language only; p itself
// if that is nil.
func (p *Preferences) withDefault(defaultLanguage *Default) *Preferences {
	if defaultLanguage == nil {
		return p
	}
	var with Preferences
	if p != nil {
		with = *p
	}
	with.defaultLanguage, with.fallbacks = defaultLanguage, []Tag{defaultLanguage.Tag}
	return &with
}

// Tags returns the tags of the preferred languages, best first, without the range *
// and without the fallbacks.
func (p *Preferences) Tags() []string {
	if p == nil {
		return nil
	}
	return textsOf(p.preferred)
}

// String returns the languages as people read them: the preferred ones, best first, then
// those to fall back on, and those that are excluded.
func (p *Preferences) String() string {
	if p == nil {
		return "no language"
	}
	var excluded []string
	for _, r := range p.ranges {
		if r.excluded {
			excluded = append(excluded, r.tag)
		}
	}
	var parts []string
	if p.all {
		parts = append(parts, "all")
	}
	for _, part := range []struct {
		word string
		tags []string
	}{{"", textsOf(p.preferred)}, {"otherwise ", textsOf(p.fallbacks)}, {"never ", excluded}} {
		if len(part.tags) > 0 {
			parts = append(parts, part.word+strings.Join(part.tags, ", "))
		}
	}
	if len(parts) == 0 {
		return "no language"
	}
	return strings.Join(parts, "; ")
}

// textsOf returns the tags without the range *.
func textsOf(list []Tag) (texts []string) {
	for n := range list {
		if !list[n].wildcard {
			texts = append(texts, list[n].text)
		}
	}
	return texts
}

// All reports whether the header asked for all translations: its only element was *,
// with a weight above 0.
func (p *Preferences) All() bool { return p != nil && p.all }

// CanMatch reports whether there can be a language that suits the preferences.
func (p *Preferences) CanMatch() bool {
	return p != nil && !p.all && len(p.preferred)+len(p.fallbacks) > 0
}

// AppendTo appends everything that decides which language is chosen. Preferences that
// choose differently never append the same bytes.
func (p *Preferences) AppendTo(out []byte) []byte {
	if p == nil {
		return append(out, 0)
	}
	lists := [][]Tag{p.preferred, p.fallbacks}
	if p.defaultLanguage != nil {
		lists = append(lists, p.defaultLanguage.allowed)
	}
	for _, list := range lists {
		for n := range list {
			out = append(out, list[n].text...)
			out = append(out, ',')
		}
		out = append(out, ';')
	}
	for _, r := range p.ranges {
		out = append(out, r.tag...)
		if r.excluded {
			out = append(out, '!')
		}
		out = append(out, ',')
	}
	return append(out, 1)
}

func contains(list []Tag, tag string) bool {
	return slices.ContainsFunc(list, func(t Tag) bool { return t.text == tag })
}

// preferencesOf returns the preferences in the elements of a header.
func preferencesOf(elements []element) *Preferences {
	if len(elements) == 0 {
		return nil
	}
	p := &Preferences{all: len(elements) == 1 && elements[0].tag.wildcard && elements[0].weight > 0}
	excluding := slices.ContainsFunc(elements, func(e element) bool { return e.weight == 0 })
	// The sort is stable: elements with equal weights stay in the order given.
	slices.SortStableFunc(elements, func(a, b element) int { return b.weight - a.weight })
	for _, e := range elements {
		if excluding {
			p.ranges = append(p.ranges, languageRange{e.tag.text, e.weight == 0})
		}
		if e.weight > 0 && !contains(p.preferred, e.tag.text) {
			p.preferred = append(p.preferred, e.tag)
		}
	}
	return p
}

// excludes reports whether the reader excludes a language.
func (p *Preferences) excludes(tag string) bool {
	return p != nil && len(p.ranges) > 0 && p.ranges.exclude(tag)
}

// ranges are the language ranges of a header, some of which are excluded.
type ranges []languageRange

// languageRange is a range of RFC 4647: a tag, and every longer tag that begins with
// it and a hyphen. The empty range has every tag.
type languageRange struct {
	tag      string
	excluded bool
}

// exclude reports whether the longest range that has a tag is excluded.
func (r ranges) exclude(tag string) bool {
	longest, excluded := -1, false
	for _, l := range r {
		if !l.has(tag) || len(l.tag) < longest {
			continue
		}
		excluded = l.excluded || excluded && len(l.tag) == longest
		longest = len(l.tag)
	}
	return excluded
}

func (l languageRange) has(tag string) bool {
	return l.tag == "" || strings.HasPrefix(tag, l.tag) && (len(tag) == len(l.tag) || tag[len(l.tag)] == '-')
}
