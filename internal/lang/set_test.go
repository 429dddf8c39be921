package lang

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
)

// preferring returns preferences for tags separated by spaces.
func preferring(t testing.TB, tags string) *Preferences {
	t.Helper()
	return NewPreferences(tagsOf(t, tags))
}

func tagsOf(t testing.TB, tags string) (list []Tag) {
	t.Helper()
	for _, text := range strings.Fields(tags) {
		list = append(list, *tagOf(t, text))
	}
	return list
}

// No two tags are known that have one hash, so that one is made up.
func TestLongTagsWithOneHashAreToldApart(t *testing.T) {
	want := tagOf(t, "sl-rozaj-biske")
	s := newSet("sl-nedis", []string{"sl-nedis"})
	i, confidence := s.match(want, nil, nil)
	require.Equal(t, 0, i)
	require.Equal(t, language.Low, confidence)
	other := *tagOf(t, "sl-rozaj-njiva")
	other.lineage = slices.Clone(other.lineage)
	other.lineage[0].key = want.lineage[0].key
	require.NotZero(t, other.lineage[0].key&hashed)
	s.members[0] = &other
	i, confidence = s.match(want, nil, nil)
	assert.Equal(t, 0, i)
	assert.Equal(t, language.Low, confidence)
}

func TestTheSameLanguagesShareOneSet(t *testing.T) {
	a, b := SetOf([]string{"de", "en", "zh-Hant"}), SetOf([]string{"de", "en", "zh-Hant"})
	assert.Same(t, a, b)
	other := SetOf([]string{"de", "en"})
	assert.NotSame(t, a, other)
	assert.True(t, a.Equal(b))
	assert.False(t, a.Equal(other))

	// A set of very many languages is not kept for others, and is matched all the same.
	tags := []string{}
	for x := 'a'; x <= 'z'; x++ {
		for y := 'a'; y <= 'z' && len(tags) <= maxSharedTags; y++ {
			if tag, reason := Parse(string(x)+string(y), MaxTagBytes); reason == "" && len(tag.text) == 2 {
				tags = append(tags, tag.text)
			}
		}
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	require.GreaterOrEqual(t, len(tags), maxSharedTags)
	assert.Same(t, SetOf(tags[:maxSharedTags]), SetOf(tags[:maxSharedTags]))
	tags = append(tags, "de-AT", "de-CH")
	slices.Sort(tags)
	large, again := SetOf(tags), SetOf(tags)
	assert.NotSame(t, large, again)
	assert.True(t, large.Equal(again))
	for i, tag := range tags {
		chosen, confidence := large.Choose(preferring(t, tag), nil)
		assert.Equal(t, i, chosen, tag)
		assert.Equal(t, language.Exact, confidence, tag)
	}
}

func TestALanguageIsChosenByTheFirstRuleThatFindsOne(t *testing.T) {
	set := SetOf([]string{"de", "en-GB", "en-US", "no", "pt-BR", "sr-Latn"})
	for wanted, want := range map[string]struct {
		tag        string
		confidence language.Confidence
	}{
		"de":       {"de", language.Exact},
		"de-AT":    {"de", language.High},
		"nb":       {"no", language.High},
		"pt-PT":    {"pt-BR", language.Low},
		"en":       {"en-US", language.High},
		"en-AU":    {"en-GB", language.Low},
		"ja de-AT": {"de", language.High},
		"pt-PT de": {"pt-BR", language.Low},
		"ja":       {"", language.No},
		"sr":       {"", language.No},
		"":         {"", language.No},
	} {
		i, confidence := set.Choose(preferring(t, wanted), nil)
		tag := ""
		if i >= 0 {
			tag = set.Tags()[i]
		}
		assert.Equal(t, want.tag, tag, wanted)
		assert.Equal(t, want.confidence, confidence, wanted)
	}
}

func TestTheLastLanguageComesAfterAllFallbacks(t *testing.T) {
	set := SetOf([]string{"de", "en", "fr"})
	last := NewDefault(tagOf(t, "fr-CA"), nil)
	chosen := func(p *Preferences) string {
		i, _ := set.Choose(p, last)
		if i < 0 {
			return ""
		}
		return set.Tags()[i]
	}
	assert.Equal(t, "fr", chosen(nil))
	assert.Equal(t, "fr", chosen(preferring(t, "ja")))
	assert.Equal(t, "en", chosen(preferring(t, "ja en")))
	assert.Equal(t, "de", chosen(preferring(t, "ja").WithFallback(tagsOf(t, "de"))))
	assert.Equal(t, "fr", chosen(preferring(t, "ja").WithFallback(tagsOf(t, "ko"))))
	headers := headersWith(Limits{HeaderBytes: 512, Elements: 16, TagBytes: MaxTagBytes, Headers: 1}, nil)
	for header, want := range map[string]string{
		"fr;q=0": "", "ja, *;q=0": "", "ja, *": "fr", "*, en;q=0.5": "fr", "en, *": "en", "*, fr-CA;q=0.1, de;q=0.5": "de",
	} {
		p, err := headers.Parse(header, fault)
		require.NoError(t, err)
		assert.Equal(t, want, chosen(p), header)
	}
}

// Fingerprints tell sets apart by their names, those that are shared and those that are too large.
func TestSetsAreNamedByTheirTags(t *testing.T) {
	assert.Empty(t, SetOf(nil).Name())
	assert.Equal(t, "de", SetOf([]string{"de"}).Name())
	assert.Equal(t, "de,en-GB,fr", SetOf([]string{"de", "en-GB", "fr"}).Name())
	many := make([]string, maxSharedTags+1)
	for i := range many {
		many[i] = fmt.Sprintf("de-x-%02d", i)
	}
	assert.Equal(t, strings.Join(many, ","), SetOf(many).Name())
}
