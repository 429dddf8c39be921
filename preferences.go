package tax

import (
	"slices"
	"strings"
)

// Preferences are the languages a reader understands, best first, and those to
// fall back on. They are immutable, one word wide, and worth keeping: making them
// costs more than using them. The zero value prefers none.
type Preferences struct{ p *preferences }

type preferences struct {
	wants []tongue
	// fallbacks are those of the caller and then the default language, if any.
	fallbacks []tongue
	standard  *tongue
	// ranges are those of a header that excludes some language, else none.
	ranges []languageRange
	all    bool
}

// languageRange is a range of RFC 4647: a tag and all that begin with it and a
// hyphen; every tag if it is empty.
type languageRange struct {
	tag      string
	excluded bool
}

// NewPreferences makes preferences from BCP 47 tags, best first. A tag that is
// not valid or longer than 35 bytes is an [InputError].
func NewPreferences(tags ...string) (Preferences, error) {
	wants, err := tonguesOf(tags)
	if err != nil || len(wants) == 0 {
		return Preferences{}, err
	}
	return Preferences{&preferences{wants: wants}}, nil
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

// WithFallback returns the preferences with languages to fall back on, in order,
// when there is no translation that the reader prefers. They take the place of
// those set before; the default language of [Languages] stays the last. A tag that
// is not valid or longer than 35 bytes is an [InputError].
func (p Preferences) WithFallback(tags ...string) (Preferences, error) {
	fallbacks, err := tonguesOf(tags)
	if err != nil {
		return Preferences{}, err
	}
	var with preferences
	if p.p != nil {
		with = *p.p
	}
	if with.standard != nil {
		fallbacks = append(fallbacks, *with.standard)
	}
	with.fallbacks = fallbacks
	if p.p == nil && len(fallbacks) == 0 {
		return Preferences{}, nil
	}
	return Preferences{&with}, nil
}

// withDefault returns the preferences with the default language, if there is one.
func (p Preferences) withDefault(standard *tongue) Preferences {
	if standard == nil {
		return p
	}
	with := preferences{}
	if p.p != nil {
		with = *p.p
	}
	with.standard, with.fallbacks = standard, []tongue{*standard}
	return Preferences{&with}
}

// Tags returns the preferred languages in canonical form, best first, without
// the range * and without fallbacks.
func (p Preferences) Tags() []string {
	var tags []string
	if p.p != nil {
		for _, w := range p.p.wants {
			if !w.any {
				tags = append(tags, w.tag)
			}
		}
	}
	return tags
}

// All reports whether the reader asked for every translation: the one element of
// the header was *, with a weight above 0. [LocalizedText.In] then gives the
// fallback; [LocalizedText.All] gives them all.
func (p Preferences) All() bool { return p.p != nil && p.p.all }

// IsZero reports whether nothing is preferred, excluded or fallen back on.
func (p Preferences) IsZero() bool { return p.p == nil }

// finds reports whether there is one text that these preferences could find.
func (p Preferences) finds() bool {
	return p.p != nil && !p.p.all && len(p.p.wants)+len(p.p.fallbacks) > 0
}

// appendTo writes what decides about matches, so that no two preferences that
// match differently are written alike.
func (p Preferences) appendTo(out []byte) []byte {
	if p.p == nil {
		return append(out, 0)
	}
	for _, list := range [][]tongue{p.p.wants, p.p.fallbacks} {
		for _, t := range list {
			out = append(out, t.tag...)
			out = append(out, ',')
		}
		out = append(out, ';')
	}
	for _, r := range p.p.ranges {
		out = append(out, r.tag...)
		if r.excluded {
			out = append(out, '!')
		}
		out = append(out, ',')
	}
	return append(out, 1)
}

func tonguesOf(tags []string) ([]tongue, error) {
	list := make([]tongue, 0, len(tags))
	for _, text := range tags {
		t, err := tongueOf(text, maxTagBytes)
		if err != nil {
			return nil, err
		}
		list = append(list, *t)
	}
	return list, nil
}

// excludes reports whether the longest range that a tag is in is excluded.
func excludes(ranges []languageRange, tag string) bool {
	if len(ranges) == 0 {
		return false
	}
	longest, excluded := -1, false
	for _, r := range ranges {
		if !r.has(tag) || len(r.tag) < longest {
			continue
		}
		excluded = r.excluded || excluded && len(r.tag) == longest
		longest = len(r.tag)
	}
	return excluded
}

func (r languageRange) has(tag string) bool {
	return r.tag == "" || strings.HasPrefix(tag, r.tag) && (len(tag) == len(r.tag) || tag[len(r.tag)] == '-')
}

// weighted is an element of a header.
type weighted struct {
	tongue
	weight int // in thousandths
}

// preferencesOf makes preferences of the elements of a header.
func preferencesOf(elements []weighted) Preferences {
	p := new(preferences)
	excluding := false
	for _, e := range elements {
		excluding = excluding || e.weight == 0
	}
	// Stable: ties in the order given.
	slices.SortStableFunc(elements, func(a, b weighted) int { return b.weight - a.weight })
	for _, e := range elements {
		if excluding {
			p.ranges = append(p.ranges, languageRange{e.tag, e.weight == 0})
		}
		if e.weight > 0 && !names(p.wants, e.tag) {
			p.wants = append(p.wants, e.tongue)
		}
	}
	if len(elements) == 0 {
		return Preferences{}
	}
	p.all = len(elements) == 1 && elements[0].any && elements[0].weight > 0
	return Preferences{p}
}
