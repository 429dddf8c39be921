package lang

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
)

// tagOf parses a tag that is valid.
func tagOf(t testing.TB, text string) *Tag {
	t.Helper()
	tag, reason := Parse(text, MaxTagBytes)
	require.Empty(t, reason, text)
	return tag
}

func TestLimitsOfTagsHoldForTagsParsedBefore(t *testing.T) {
	tag := tagOf(t, "zh-Hant-HK")
	assert.Equal(t, "zh-Hant-HK", tag.String())
	for limit, want := range map[int]string{9: "too long: a language tag has at most 9 bytes", 10: ""} {
		got, reason := Parse("zh-Hant-HK", limit)
		assert.Equal(t, want, reason)
		assert.Equal(t, want == "", got == tag, limit)
	}
	// The canonical form may be longer than what was given.
	assert.Equal(t, "sr-Latn", tagOf(t, "sh").String())
	got, reason := Parse("sh", 6)
	assert.Nil(t, got)
	assert.NotEmpty(t, reason)
}

// A tag must not keep the request or the document alive that it was read from.
func TestATagIsNoPartOfTheTextItWasReadFrom(t *testing.T) {
	for _, text := range []string{"qaa", "QAB", "qac-Latn", "de-1901-1996", "en-x-own", "x-mine", "de-u-co-phonebk", "en_QM"} {
		request := strings.Clone("lang=" + text)
		within := func(s string) bool {
			start, at := uintptr(unsafe.Pointer(unsafe.StringData(request))), uintptr(unsafe.Pointer(unsafe.StringData(s)))
			return at >= start && at < start+uintptr(len(request))
		}
		tag, _ := Parse(request[len("lang="):], MaxTagBytes)
		require.NotNil(t, tag, text)
		for _, s := range append(parsed.Keys(), tag.text, tag.lineage[0].text) {
			require.False(t, within(s), "%s: %s", text, s)
		}
	}
}

func TestTheReasonSaysWhatIsWrongWithATag(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "not a BCP 47 tag: use a tag such as de or pt-BR",
		"und":                    "not a BCP 47 tag: use a tag such as de or pt-BR",
		"xx":                     "not a BCP 47 tag: use a tag such as de or pt-BR",
		"*":                      "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR",
		"de.AT":                  "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR",
		"de__AT":                 "not a BCP 47 tag: use a tag such as de or pt-BR",
		"_":                      "not a BCP 47 tag: use a tag such as de or pt-BR",
		"d\u00e9":                "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR",
		strings.Repeat("a", 36):  "too long: a language tag has at most 35 bytes",
		strings.Repeat("_", 999): "too long: a language tag has at most 35 bytes",
	} {
		tag, reason := Parse(text, MaxTagBytes)
		assert.Nil(t, tag, text)
		assert.Equal(t, want, reason, text)
	}
	// Every byte that is no letter, digit, hyphen or underscore.
	for c := range 256 {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		_, reason := Parse("x-"+string([]byte{byte(c)}), MaxTagBytes)
		assert.Equal(t, letter || c >= '0' && c <= '9' || c == '-' || c == '_', !strings.Contains(reason, "letters, digits and hyphens"), "%q", c)
	}
}

func TestShortTagsAreTheirOwnKeys(t *testing.T) {
	seen := map[key]string{}
	for _, tag := range []string{"a", "aa", "aaa", "b", "ab", "ba", "de", "de-AT", "es-419", "zh-Hant", "sr-Latn", "sr-Cyrl", "en-001", "12345678", "abcdefgh"} {
		k := keyOf(tag)
		assert.Zero(t, k&hashed, tag)
		assert.Empty(t, seen[k], tag)
		seen[k] = tag
	}
	assert.NotZero(t, keyOf("de-DE-1996")&hashed)
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

func TestLanguagesOfTwoLettersAreParsedAsByTheLibrary(t *testing.T) {
	const characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	valid := 0
	for _, a := range characters {
		for _, b := range characters {
			text := string(a) + string(b)
			want, wrong := language.Parse(text)
			got, err := parseText(text)
			require.Equal(t, wrong == nil, err == nil, text)
			if err == nil {
				require.Equal(t, want, got, text)
				valid++
			}
		}
	}
	assert.Greater(t, valid, 4*180, "ISO 639-1 has more than 180 languages, each written in 4 ways")
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = parseText("de") }), 1.0, "language.Parse takes 3")
}
