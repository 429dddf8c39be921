// Package lang finds the translation that suits a reader. It parses language tags
// and Accept-Language headers, and matches the languages that a reader prefers
// against those that a text has. It never guesses: another language, or another
// script of the same language, is not a match.
package lang

import (
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"
)

// MaxTagBytes is the length up to which tags are read; RFC 5646 recommends it in
// section 4.4.1.
const MaxTagBytes = 35

// Tag is a canonical BCP 47 tag, and the facts about it that matching needs. It is
// immutable.
type Tag struct {
	text string
	// lineage is the tag itself and its parents of the same family, the nearest
	// first.
	lineage []name
	// family is the language and the script it is written in; 0 when the tag
	// does not state a language.
	family uint64
	// hasRegion: the tag states a region itself.
	hasRegion bool
	// wildcard: the tag is the * of a header, and all the rest is zero.
	wildcard bool
}

// name is a tag in forms that are fast to compare.
type name struct {
	text string
	key  key
	// meaning is the language, script and region that the tag states or most
	// likely means: tags with one meaning are names of one language. It is 0 for
	// a tag without a family, and for one with variants or extensions, which
	// have a meaning of their own.
	meaning uint64
}

// parsed has the tags that were used last, by the text that they were parsed
// from, because parsing takes microseconds.
var parsed, _ = lru.New[string, *Tag](1024)

// Parse parses a BCP 47 tag of at most maxBytes. If the text is not such a tag, the
// Tag is nil, and the reason says what is wrong and what to write instead.
func Parse(text string, maxBytes int) (t *Tag, reason string) {
	if len(text) <= maxBytes {
		if t, ok := parsed.Get(text); ok && len(t.text) <= maxBytes {
			return t, ""
		}
		text = strings.Clone(text) // so that the request or document around it is not kept
	}
	canonical, reason := canonicalize(text, maxBytes)
	if reason != "" {
		return nil, reason
	}
	t = newTag(canonical)
	parsed.Add(text, t)
	return t, ""
}

// String returns the canonical tag.
func (t *Tag) String() string { return t.text }

// canonicalize parses a tag. Length and characters are checked first, because the
// parser of x/text takes quadratic time on long tags, and accepts underscores that
// its own guard does not count.
func canonicalize(text string, maxBytes int) (tag language.Tag, reason string) {
	if len(text) > maxBytes {
		return language.Und, "too long: a language tag has at most " + strconv.Itoa(maxBytes) + " bytes"
	}
	for i := range len(text) {
		c := text[i]
		if letter := c | 0x20; (letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '-' {
			return language.Und, "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR"
		}
	}
	tag, err := language.Parse(text)
	valid := err == nil && tag != language.Und
	if canonical := tag.String(); valid && canonical != text {
		// Some tags with several variants turn into text that does not parse, or
		// that another parse changes again.
		again, err := language.Parse(canonical)
		valid = err == nil && again.String() == canonical && len(canonical) <= maxBytes
	}
	if !valid {
		return language.Und, "not a BCP 47 tag: use a tag such as de or pt-BR"
	}
	return tag, ""
}

func newTag(canonical language.Tag) *Tag {
	t := &Tag{text: canonical.String()}
	_, stated := canonical.Region()
	t.hasRegion = stated == language.Exact
	for tag := canonical; ; {
		n := name{text: tag.String(), key: keyOf(tag.String())}
		var family uint64
		family, n.meaning = meaningOf(tag)
		switch {
		case len(t.lineage) == 0:
			t.family = family
		case family != t.family:
			return t // a parent in another script
		}
		t.lineage = append(t.lineage, n)
		// The parents are those of CLDR: they lead from zh-TW to zh-Hant.
		if tag = tag.Parent(); tag == language.Und || family == 0 {
			return t
		}
	}
}

// meaningOf packs the family and the meaning of a tag. x/text supplies what is most
// likely where the tag states nothing, and replaces an individual language by the
// macrolanguage that usually stands for it (nb by no, cmn by zh).
func meaningOf(tag language.Tag) (family, meaning uint64) {
	if _, stated := tag.Base(); stated != language.Exact {
		return 0, 0
	}
	whole := tag
	if macro, err := language.Macro.Canonicalize(tag); err == nil {
		whole = macro
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

// packed writes n letters or digits into six bits each, without regard to case.
func packed(s string, n int) (bits uint64) {
	for i := range n {
		bits <<= 6
		if i < len(s) {
			c := s[i]
			if c >= 'a' {
				c -= 'a' - 'A'
			}
			bits |= uint64(c-'0') + 1
		}
	}
	return bits
}

// distance counts the steps up the lineage to the first tag that another lineage
// has too.
func (t *Tag) distance(lineage []name) int {
	for n := range t.lineage {
		for i := range lineage {
			if lineage[i].text == t.lineage[n].text {
				return n
			}
		}
	}
	return len(t.lineage)
}

// key is a tag of at most 8 bytes as a number, or the hash of a longer tag with
// the highest bit set, which no character of a tag has.
type key uint64

const hashed key = 1 << 63

func keyOf(tag string) (k key) {
	if len(tag) <= 8 {
		for i := range len(tag) {
			k = k<<8 | key(tag[i])
		}
		return k
	}
	k = 14695981039346656037 // FNV-1a
	for i := range len(tag) {
		k = (k ^ key(tag[i])) * 1099511628211
	}
	return k | hashed
}
