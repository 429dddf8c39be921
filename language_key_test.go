package tax

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
)

// No two tags are known that have one hash, so that one is made up.
func TestLongTagsWithOneHashAreToldApart(t *testing.T) {
	want, err := tongueOf("sl-rozaj-biske", maxTagBytes)
	require.NoError(t, err)
	s := newLanguageSet([]string{"de-DE-1996"})
	i, _ := s.match(want, nil)
	require.Equal(t, -1, i)
	s.keys[0] = want.parents[0].key
	require.NotZero(t, s.keys[0]&longTag)
	i, confidence := s.match(want, nil)
	assert.Equal(t, -1, i)
	assert.Equal(t, language.No, confidence)
}

func TestShortTagsAreTheirOwnKeys(t *testing.T) {
	seen := map[tagKey]string{}
	for _, tag := range []string{"a", "aa", "aaa", "b", "ab", "ba", "de", "de-AT", "es-419", "zh-Hant", "sr-Latn", "sr-Cyrl", "en-001", "12345678", "abcdefgh"} {
		k := keyOf(tag)
		assert.Zero(t, k&longTag, tag)
		assert.Empty(t, seen[k], tag)
		seen[k] = tag
	}
	assert.NotZero(t, keyOf("de-DE-1996")&longTag)
}

// What is packed fits, so that no two meanings are one number.
func TestPackedNamesAreDistinct(t *testing.T) {
	seen := map[uint64]string{}
	for _, s := range []string{"", "a", "z", "0", "9", "aa", "az", "za", "a0", "0a", "419", "ZZ", "001", "zzz", "000"} {
		bits := packed(s, 3)
		assert.Less(t, bits, uint64(1)<<18, s)
		assert.NotContains(t, seen, bits, "%q and %q", s, seen[bits])
		seen[bits] = s
	}
	assert.Equal(t, packed("Latn", 4), packed("LATN", 4))
}

func TestTextsInTheSameLanguagesShareOneSet(t *testing.T) {
	a := inLanguages(t, "de", "en", "zh-Hant")
	b := inLanguages(t, "ZH-hant", "EN", "de")
	assert.Same(t, a.t.in, b.t.in)
	other := inLanguages(t, "de", "en")
	assert.NotSame(t, a.t.in, other.t.in)

	// One of very many languages is not kept for others, and is matched all the same.
	tags := []string{}
	for x := 'a'; x <= 'z'; x++ {
		for y := 'a'; y <= 'z' && len(tags) <= maxSharedSet; y++ {
			if tag, err := tongueOf(string(x)+string(y), maxTagBytes); err == nil && len(tag.tag) == 2 {
				tags = append(tags, tag.tag)
			}
		}
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	require.GreaterOrEqual(t, len(tags), maxSharedSet)
	large := inLanguages(t, append(tags, "de-AT", "de-CH")...)
	assert.NotSame(t, large.t.in, inLanguages(t, append(tags, "de-AT", "de-CH")...).t.in)
	for _, tag := range tags {
		assert.Equal(t, "text in "+tag, large.In(MustPreferences(tag)).Text)
	}
}
