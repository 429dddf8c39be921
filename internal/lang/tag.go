// Package lang chooses the language of a text for a reader. It parses language tags
// and Accept-Language headers, and matches the languages that a reader prefers with
// those that a text has. It never guesses: another language does not match, nor does
// another script of the same language.
package lang

import (
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"
)

// Tag is a canonical BCP 47 tag, with the facts about it that matching needs. It is
// immutable.
type Tag struct {
	text string
	// lineage has the tag itself and its parents in the same family, nearest first.
	lineage []name
	// levels has the meanings of the lineage, each once: de-DE and de have the same
	// level. The first is 0 for a tag with variants or extensions.
	levels []uint64
	// family is the language and its script; 0 if the tag does not state a language.
	family uint64
	// sister is the family of the other written form of the language; 0 if there is
	// none.
	sister uint64
	// wildcard means that the tag is the * of a header; all other fields are zero.
	wildcard bool
}

// MaxTagBytes is the length of the longest tag that is read, in bytes. RFC 5646,
// section 4.4.1, recommends it.
const MaxTagBytes = 35

// Parse parses a BCP 47 tag of at most maxBytes bytes. If the text is not one, the
// Tag is nil, and reason says what is wrong and what to write instead.
func Parse(text string, maxBytes int) (t *Tag, reason string) {
	if len(text) <= maxBytes {
		if t, ok := parsed.Get(text); ok && len(t.text) <= maxBytes {
			return t, ""
		}
		text = strings.Clone(text) // does not keep the request or document around it
	}
	canonical, reason := canonicalize(text, maxBytes)
	if reason != "" {
		return nil, reason
	}
	t = newTag(canonical)
	parsed.Add(text, t)
	return t, ""
}

// parsed keeps the tags that were used last, by the text that they were parsed from,
// because parsing takes microseconds.
var parsed, _ = lru.New[string, *Tag](1024)

// String returns the canonical tag.
func (t *Tag) String() string { return t.text }

// name is a tag in forms that are fast to compare.
type name struct {
	text string
	key  key
	// meaning is the language, script and region that the tag states or most likely
	// means: tags with the same meaning are names of the same language. It is 0 for a
	// tag without a family, and for a tag with variants or extensions, which only
	// equals itself.
	meaning uint64
	// hasRegion means that the tag itself states a region.
	hasRegion bool
}

func (n *name) is(other *name) bool {
	return n.key == other.key && (n.key&hashed == 0 || n.text == other.text)
}

// canonicalize parses a tag, in which underscores are read as hyphens. It checks the
// length and the characters first: the parser of x/text takes quadratic time for long
// tags, and its own guard does not count the underscores that it accepts.
func canonicalize(text string, maxBytes int) (tag language.Tag, reason string) {
	if len(text) > maxBytes {
		return language.Und, "too long: a language tag has at most " + strconv.Itoa(maxBytes) + " bytes"
	}
	for i := range len(text) {
		c := text[i]
		if letter := c | 0x20; (letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return language.Und, "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR"
		}
	}
	text = strings.ReplaceAll(text, "_", "-")
	tag, err := parseText(text)
	valid := err == nil && tag != language.Und
	if canonical := tag.String(); valid && canonical != text {
		// The canonical form of some tags with several variants does not parse, or
		// changes when it is parsed again.
		again, err := language.Parse(canonical)
		valid = err == nil && again.String() == canonical && len(canonical) <= maxBytes
	}
	if !valid {
		return language.Und, "not a BCP 47 tag: use a tag such as de or pt-BR"
	}
	return tag, ""
}

// parseText is language.Parse with fewer allocations for the tags that are nearly all there
// are: a language of two letters.
func parseText(text string) (language.Tag, error) {
	if len(text) != 2 {
		return language.Parse(text)
	}
	base, err := language.ParseBase(text)
	if err != nil {
		return language.Und, err
	}
	return language.Compose(base)
}

// newTag collects the facts about a tag.
func newTag(canonical language.Tag) *Tag {
	var own struct { // one allocation for a tag without parents
		Tag
		name  [1]name
		level [1]uint64
	}
	t := &own.Tag
	t.text, t.lineage, t.levels = canonical.String(), own.name[:0], own.level[:0]
	for tag := canonical; ; {
		n := name{text: tag.String(), key: keyOf(tag.String())}
		_, stated := tag.Region()
		n.hasRegion = stated == language.Exact
		var family uint64
		family, n.meaning = meaningOf(tag)
		switch {
		case len(t.lineage) == 0:
			t.family, t.sister = family, sisterOf(family)
		case family != t.family:
			return t // a parent in another script
		}
		t.lineage = append(t.lineage, n)
		if len(t.levels) == 0 || t.levels[len(t.levels)-1] != n.meaning {
			t.levels = append(t.levels, n.meaning)
		}
		// The parents are those of CLDR: that of zh-TW is zh-Hant.
		if tag = tag.Parent(); tag == language.Und || family == 0 {
			return t
		}
	}
}

// meaningOf packs the family and the meaning of a tag. x/text adds the most likely
// script and region if the tag states none, and replaces a language with the
// macrolanguage that usually stands for it (nb with no, cmn with zh).
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

// packed packs up to n letters or digits, in six bits each, ignoring case.
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

var (
	norwegian = packed("no", 3) // and nb, which no usually means
	nynorsk   = packed("nn", 3)
)

// sisterOf returns the family of the other written form of Norwegian, in the same
// script; 0 for another language.
func sisterOf(family uint64) uint64 {
	const script = 1<<(4*6) - 1
	switch family >> (4 * 6) {
	case norwegian:
		return nynorsk<<(4*6) | family&script
	case nynorsk:
		return norwegian<<(4*6) | family&script
	}
	return 0
}

// isNamed reports whether two tags are names of the same language.
func (t *Tag) isNamed(other *Tag) bool {
	if len(t.levels) > 0 && len(other.levels) > 0 && t.levels[0] != 0 && t.levels[0] == other.levels[0] {
		return true
	}
	return t.text == other.text
}

// key is a tag of at most 8 bytes as a number, or the hash of a longer one. Only
// hashes have the highest bit, because characters of tags do not.
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
