package lang

import (
	"slices"
	"strings"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"
)

// Set is the set of languages that a text has, sorted by tag and prepared for
// matching. It is immutable. Texts share it, because many texts have few different
// sets of languages: see [SetOf].
type Set struct {
	name     string // the tags, with a comma between any two
	tags     []string
	families []uint64
	members  []*Tag
}

// SetOf returns the set of the languages with these tags, which must be canonical and
// sorted.
func SetOf(tags []string) *Set {
	if len(tags) > maxSharedTags {
		return newSet(strings.Join(tags, ","), tags)
	}
	latest := &latest[len(tags)%len(latest)]
	if s := latest.Load(); s != nil && slices.Equal(s.tags, tags) {
		return s
	}
	name := strings.Join(tags, ",")
	s, ok := sets.Get(name)
	if !ok {
		s = newSet(name, tags)
		sets.Add(name, s)
	}
	latest.Store(s)
	return s
}

// latest are the sets that were asked for last, by their size: the texts of a document
// mostly have the same languages, or one.
var latest [4]atomic.Pointer[Set]

// sets keeps the sets that were used last, by their tags.
var sets, _ = lru.New[string, *Set](512)

// maxSharedTags bounds the memory of the shared sets: a larger set is not shared.
const maxSharedTags = 64

func newSet(name string, tags []string) *Set {
	s := setOfSize(len(tags))
	s.name = name
	for i, tag := range tags {
		t, _ := Parse(tag, len(tag)) // canonical, so it parses
		s.tags[i], s.families[i], s.members[i] = t.text, t.family, t
	}
	return s
}

// setOfSize returns a set with room for so many languages: in one allocation, if they are as
// few as those of most texts.
func setOfSize(n int) *Set {
	var few struct {
		Set
		tags     [2]string
		families [2]uint64
		members  [2]*Tag
	}
	if n > len(few.tags) {
		return &Set{tags: make([]string, n), families: make([]uint64, n), members: make([]*Tag, n)}
	}
	few.Set = Set{tags: few.tags[:n:n], families: few.families[:n:n], members: few.members[:n:n]}
	return &few.Set
}

// Tags returns the tags of the languages, sorted. The slice must not be modified.
func (s *Set) Tags() []string { return s.tags }

// Name returns the tags in one text, from which no other set has the same: a tag has no comma.
func (s *Set) Name() string { return s.name }

// Equal reports whether both sets have the same languages.
func (s *Set) Equal(other *Set) bool {
	return s == other || slices.Equal(s.tags, other.tags)
}

// Choose returns the index of the language for a reader, or -1 if there is none, and
// how well it suits the preferences. last is one more language to fall back on after
// all others, unless it is nil or the reader excludes it.
func (s *Set) Choose(p *Preferences, last *Default) (int, language.Confidence) {
	if p != nil {
		for n := range p.preferred {
			if p.preferred[n].wildcard {
				if i := s.fallback(p, last, p.preferred); i >= 0 {
					return i, language.No
				}
			} else if i, confidence := s.match(&p.preferred[n], p, last); i >= 0 {
				return i, confidence
			}
		}
	}
	return s.fallback(p, last, nil), language.No
}

// fallback returns the index of the first language to fall back on that the set has;
// -1 if it has none. It skips the languages in skipped, which have their own places
// among the preferred languages.
func (s *Set) fallback(p *Preferences, last *Default, skipped []Tag) int {
	if p != nil {
		for n := range p.fallbacks {
			if t := &p.fallbacks[n]; !contains(skipped, t.text) {
				if i, _ := s.match(t, p, last); i >= 0 {
					return i
				}
			}
		}
	}
	if last != nil && !contains(skipped, last.text) {
		i, _ := s.match(&last.Tag, p, last)
		return i
	}
	return -1
}

// match returns the index of the language that suits one preferred language best; -1
// if none does. Those that the reader excludes do not count.
//
// The tag itself is the best. Then come the others of its family, by their proximity,
// then those of the sister family. Of equally near ones, the first in the declared
// order is taken, and of those that nobody declared, the first by tag.
func (s *Set) match(want *Tag, p *Preferences, last *Default) (int, language.Confidence) {
	name, only, others := &want.lineage[0], -1, false
	for i, family := range s.families {
		if family != want.family || p.excludes(s.tags[i]) {
			continue
		}
		if name.is(&s.members[i].lineage[0]) {
			return i, language.Exact
		}
		only, others = i, only >= 0
	}
	switch {
	case want.family == 0:
		return -1, language.No
	case others:
		return s.nearest(want, want.family, p, last)
	case only >= 0 && want.isNamed(s.members[only]):
		return only, language.High
	case only >= 0:
		return only, want.confidence(want.proximity(s.members[only]))
	case want.sister != 0:
		return s.nearest(want, want.sister, p, last)
	}
	return -1, language.No
}

// nearest returns the index of the language of a family that is nearest to a preferred
// language; -1 if there is none.
func (s *Set) nearest(want *Tag, family uint64, p *Preferences, last *Default) (int, language.Confidence) {
	nearest, least := -1, proximity(0)
	for i := range s.families {
		if s.families[i] != family || p.excludes(s.tags[i]) {
			continue
		}
		near := want.proximity(s.members[i])
		if nearest < 0 || near < least || near == least && s.declared(i, p, last) < s.declared(nearest, p, last) {
			nearest, least = i, near
		}
	}
	if nearest < 0 {
		return -1, language.No
	}
	return nearest, want.confidence(least)
}

// declared returns the position of a language among those that the reader, and then the
// tenant, declared; the number of these if it is not among them.
func (s *Set) declared(i int, p *Preferences, last *Default) (position int) {
	t, found := s.members[i], false
	look := func(list []Tag) {
		for n := 0; n < len(list) && !found; n++ {
			if found = t.isNamed(&list[n]); !found {
				position++
			}
		}
	}
	if p != nil {
		look(p.preferred)
		look(p.fallbacks)
		if p.defaultLanguage != nil {
			look(p.defaultLanguage.allowed)
		}
	}
	if last != nil && !found {
		if t.isNamed(&last.Tag) {
			return position
		}
		position++
		look(last.allowed)
	}
	return position
}
