package lang

import (
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"
)

// Set is the set of languages that a text has, sorted by tag and prepared for
// matching. It is immutable. Texts share it, because many texts have few different
// sets of languages: see [SetOf].
type Set struct {
	tags []string
	keys []key
	// meanings has the meaning of each tag, and broadMeanings the same, but 0 for a
	// tag that states a region.
	meanings, broadMeanings []uint64
	families                []uint64
	lineages                [][]name
}

// SetOf returns the set of the languages with these tags, which must be canonical and
// sorted.
func SetOf(tags []string) *Set {
	if len(tags) > maxSharedTags {
		return newSet(tags)
	}
	name := strings.Join(tags, ",")
	if s, ok := sets.Get(name); ok {
		return s
	}
	s := newSet(tags)
	sets.Add(name, s)
	return s
}

// sets keeps the sets that were used last, by their tags.
var sets, _ = lru.New[string, *Set](512)

// maxSharedTags bounds the memory of the shared sets: a larger set is not shared.
const maxSharedTags = 64

func newSet(tags []string) *Set {
	s := &Set{tags: make([]string, len(tags))}
	for i, tag := range tags {
		t, _ := Parse(tag, len(tag)) // canonical, so it parses
		own := t.lineage[0]
		s.tags[i] = t.text
		s.keys = append(s.keys, own.key)
		s.meanings = append(s.meanings, own.meaning)
		if t.hasRegion {
			own.meaning = 0
		}
		s.broadMeanings = append(s.broadMeanings, own.meaning)
		s.families = append(s.families, t.family)
		s.lineages = append(s.lineages, t.lineage)
	}
	return s
}

// Tags returns the tags of the languages, sorted. The slice must not be modified.
func (s *Set) Tags() []string { return s.tags }

// Equal reports whether both sets have the same languages.
func (s *Set) Equal(other *Set) bool {
	return s == other || slices.Equal(s.tags, other.tags)
}

// Choose returns the index of the language for a reader, or -1 if there is none, and
// how well it suits the preferences. last is one more language to fall back on after
// all others, unless it is nil or the reader excludes it.
func (s *Set) Choose(p *Preferences, last *Tag) (int, language.Confidence) {
	if p != nil {
		for n := range p.preferred {
			if p.preferred[n].wildcard {
				if i := s.fallback(p, last, p.preferred); i >= 0 {
					return i, language.No
				}
			} else if i, confidence := s.match(&p.preferred[n], p.ranges); i >= 0 {
				return i, confidence
			}
		}
	}
	return s.fallback(p, last, nil), language.No
}

// fallback returns the index of the first language to fall back on that the set has;
// -1 if it has none. It skips the languages in skipped, which have their own places
// among the preferred languages.
func (s *Set) fallback(p *Preferences, last *Tag, skipped []Tag) int {
	var excluded ranges
	if p != nil {
		excluded = p.ranges
		for n := range p.fallbacks {
			if t := &p.fallbacks[n]; !contains(skipped, t.text) {
				if i, _ := s.match(t, excluded); i >= 0 {
					return i
				}
			}
		}
	}
	if last != nil && !contains(skipped, last.text) {
		i, _ := s.match(last, excluded)
		return i
	}
	return -1
}

// match returns the index of the language that suits one preferred language best; -1
// if none does. The first rule that finds a language that is not excluded decides:
//
//  1. the tag itself: Exact
//  2. the same language under another name: High
//  3. the nearest parent, or another name of it that states no region: High
//  4. another variety of the language in the same script; if there are several, the
//     first of those with the nearest common parent: Low
func (s *Set) match(want *Tag, r ranges) (int, language.Confidence) {
	for n := range want.lineage {
		name := &want.lineage[n]
		for i, key := range s.keys {
			if key == name.key && (key&hashed == 0 || s.tags[i] == name.text) && !r.exclude(s.tags[i]) {
				if n == 0 {
					return i, language.Exact
				}
				return i, language.High
			}
		}
		if name.meaning == 0 {
			continue
		}
		meanings := s.meanings
		if n > 0 {
			meanings = s.broadMeanings
		}
		for i, meaning := range meanings {
			if meaning == name.meaning && !r.exclude(s.tags[i]) {
				return i, language.High
			}
		}
	}
	if want.family == 0 {
		return -1, language.No
	}
	nearest, distance := -1, 0
	for i, family := range s.families {
		if family != want.family || r.exclude(s.tags[i]) {
			continue
		}
		if d := want.distance(s.lineages[i]); nearest < 0 || d < distance {
			nearest, distance = i, d
		}
	}
	if nearest < 0 {
		return -1, language.No
	}
	return nearest, language.Low
}
