package tax

import (
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"
)

// tongue is a language tag and what matching needs to know of it.
type tongue struct {
	tag string
	// parents are the tag itself and its parents of the same family, the nearest
	// first.
	parents []tongueName
	// family is the language and the script it is written in; 0 when the tag
	// does not state a language.
	family uint64
	// region tells that the tag states one.
	region bool
	// any marks the range "*".
	any bool
}

// tongueName is a tag in two forms that are compared fast.
type tongueName struct {
	tag string
	// key is the tag itself when it is short.
	key tagKey
	// meaning is language, script and region as they are stated or likely: tags
	// with the same meaning are names of one language. 0 for what has no family
	// and for tags with variants or extensions, which mean something of their
	// own.
	meaning uint64
}

// tongues keeps what was found out about the tags that were used last, by the text
// they were written as: finding out takes microseconds.
var tongues, _ = lru.New[string, *tongue](1024)

// tongueOf reads a BCP 47 tag.
func tongueOf(text string, limit int) (*tongue, error) {
	if len(text) <= limit {
		if t, ok := tongues.Get(text); ok && len(t.tag) <= limit {
			return t, nil
		}
		text = strings.Clone(text) // the request or document it is from is not kept
	}
	tag, err := parseTag(text, limit)
	if err != nil {
		return nil, err
	}
	t := newTongue(tag)
	tongues.Add(text, &t)
	return &t, nil
}

// newTongue finds out about a canonical tag.
func newTongue(tag language.Tag) tongue {
	t := tongue{tag: tag.String()}
	_, stated := tag.Region()
	t.region = stated == language.Exact
	for {
		name := tongueName{tag: tag.String(), key: keyOf(tag.String())}
		var family uint64
		family, name.meaning = meaningOf(tag)
		switch {
		case len(t.parents) == 0:
			t.family = family
		case family != t.family:
			return t // a parent in another script
		}
		t.parents = append(t.parents, name)
		// The parents are those of CLDR: they lead from zh-TW to zh-Hant.
		if tag = tag.Parent(); tag == language.Und || family == 0 {
			return t
		}
	}
}

// meaningOf packs what a tag stands for. x/text names the individual language
// that an encompassing one usually means (nb of no, cmn of zh), and what is
// likely where the tag states nothing.
func meaningOf(tag language.Tag) (family, meaning uint64) {
	if _, stated := tag.Base(); stated != language.Exact {
		return 0, 0
	}
	whole := tag
	if encompassing, err := language.Macro.Canonicalize(tag); err == nil {
		whole = encompassing
	}
	base, _ := whole.Base()
	script, _ := whole.Script()
	region, _ := whole.Region()
	family = packed(base.String(), 3)<<(4*6) | packed(script.String(), 4)
	if len(tag.Variants()) == 0 && len(tag.Extensions()) == 0 {
		meaning = family<<(3*6) | packed(region.String(), 3)
	}
	return family, meaning
}

// packed writes n letters or digits into six bits each.
func packed(s string, n int) (bits uint64) {
	for i := range n {
		bits <<= 6
		if i < len(s) {
			bits |= uint64(upper(s[i])-'0') + 1
		}
	}
	return bits
}

// tagKey is a tag of at most 8 bytes as a number, or a hash of a longer one with
// the highest bit set, which no letter has.
type tagKey uint64

const longTag tagKey = 1 << 63

func keyOf(tag string) (k tagKey) {
	if len(tag) <= 8 {
		for i := range len(tag) {
			k = k<<8 | tagKey(tag[i])
		}
		return k
	}
	k = 14695981039346656037 // FNV-1a
	for i := range len(tag) {
		k = (k ^ tagKey(tag[i])) * 1099511628211
	}
	return k | longTag
}

// languageSet is the languages of a text, sorted by tag, ready to be matched.
// Texts are few sets of languages in many copies: one set serves all of them.
type languageSet struct {
	tags []string
	keys []tagKey
	// meanings are those of the tags, and broad those of the tags that state no
	// region, else 0.
	meanings, broad []uint64
	families        []uint64
	parents         [][]tongueName
}

// languageSets keeps the sets that were made last.
var languageSets, _ = lru.New[string, *languageSet](512)

// maxSharedSet is how many languages a set may have to be kept for others.
const maxSharedSet = 64

// sharedSet is the set of canonical tags that are sorted.
func sharedSet(tags []string) *languageSet {
	if len(tags) > maxSharedSet {
		return newLanguageSet(tags)
	}
	name := strings.Join(tags, ",")
	if s, ok := languageSets.Get(name); ok {
		return s
	}
	s := newLanguageSet(tags)
	languageSets.Add(name, s)
	return s
}

func newLanguageSet(tags []string) *languageSet {
	s := &languageSet{tags: make([]string, len(tags))}
	for i, tag := range tags {
		t, _ := tongueOf(tag, len(tag)) // which was read before
		s.tags[i] = t.tag
		own := t.parents[0]
		s.keys = append(s.keys, own.key)
		s.meanings = append(s.meanings, own.meaning)
		if t.region {
			own.meaning = 0
		}
		s.broad = append(s.broad, own.meaning)
		s.families = append(s.families, t.family)
		s.parents = append(s.parents, t.parents)
	}
	return s
}

func (s *languageSet) equal(other *languageSet) bool {
	return s == other || slices.Equal(s.tags, other.tags)
}

// choose finds the language for a reader; -1 if there is none.
func (s *languageSet) choose(p *preferences, last *tongue) (int, language.Confidence) {
	if p != nil {
		for w := range p.wants {
			if p.wants[w].any {
				if i := s.fallback(p, last, p.wants); i >= 0 {
					return i, language.No
				}
			} else if i, confidence := s.match(&p.wants[w], p.ranges); i >= 0 {
				return i, confidence
			}
		}
	}
	return s.fallback(p, last, nil), language.No
}

// fallback finds the language for a reader of whose preferred languages there is
// none, except those that are named to be tried at another place.
func (s *languageSet) fallback(p *preferences, last *tongue, named []tongue) int {
	var ranges []languageRange
	if p != nil {
		ranges = p.ranges
		for f := range p.fallbacks {
			if t := &p.fallbacks[f]; !names(named, t.tag) {
				if i, _ := s.match(t, ranges); i >= 0 {
					return i
				}
			}
		}
	}
	if last != nil && !names(named, last.tag) {
		i, _ := s.match(last, ranges)
		return i
	}
	return -1
}

func names(list []tongue, tag string) bool {
	return slices.ContainsFunc(list, func(t tongue) bool { return t.tag == tag })
}

// match finds the language that suits one preferred language best; -1 if none
// does. These are the rules of [Match.Confidence], and how they rank.
func (s *languageSet) match(w *tongue, ranges []languageRange) (int, language.Confidence) {
	for n := range w.parents {
		name := &w.parents[n]
		for i, key := range s.keys {
			if key == name.key && (key&longTag == 0 || s.tags[i] == name.tag) && !excludes(ranges, s.tags[i]) {
				if n == 0 {
					return i, language.Exact
				}
				return i, language.High
			}
		}
		if name.meaning == 0 {
			continue
		}
		// The same by another name; of a parent only what is as broad as it.
		meanings := s.meanings
		if n > 0 {
			meanings = s.broad
		}
		for i, meaning := range meanings {
			if meaning == name.meaning && !excludes(ranges, s.tags[i]) {
				return i, language.High
			}
		}
	}
	if w.family == 0 {
		return -1, language.No
	}
	best, distance := -1, 0
	for i, family := range s.families {
		if family != w.family || excludes(ranges, s.tags[i]) {
			continue
		}
		if d := w.distance(s.parents[i]); best < 0 || d < distance {
			best, distance = i, d
		}
	}
	if best < 0 {
		return -1, language.No
	}
	return best, language.Low
}

// distance counts the steps up to the nearest parent that another tag has too.
func (t *tongue) distance(other []tongueName) int {
	for n := range t.parents {
		if slices.ContainsFunc(other, func(o tongueName) bool { return o.tag == t.parents[n].tag }) {
			return n
		}
	}
	return len(t.parents)
}

const maxTagBytes = 35 // RFC 5646, section 4.4.1

// parseTag reads a BCP 47 tag. Length and characters are checked first: the
// parser of x/text takes quadratic time on long tags, and accepts underscores
// that its own guard does not count.
func parseTag(s string, limit int) (language.Tag, error) {
	if len(s) > limit {
		return language.Und, inputError("language", s, "too long: a language tag has at most "+itoa(int64(limit))+" bytes")
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
		valid = err == nil && again.String() == canonical && len(canonical) <= limit
	}
	if !valid {
		return language.Und, inputError("language", s, "not a BCP 47 tag: use a tag such as de or pt-BR")
	}
	return tag, nil
}
