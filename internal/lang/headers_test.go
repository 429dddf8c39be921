package lang

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func headersWith(limits Limits, defaultLanguage *Default) *Headers {
	h := &Headers{}
	h.Init(limits, defaultLanguage)
	return h
}

// fault is the error for a value that was left out.
func fault(value, reason string) error { return errors.New(value + ": " + reason) }

func TestTheErrorIsAboutTheFirstElementLeftOut(t *testing.T) {
	h := headersWith(Limits{HeaderBytes: 30, Elements: 3, TagBytes: 5, Headers: 4}, nil)
	for header, want := range map[string]struct{ tags, err string }{
		"de, en-GB;q=0.5":       {"de en-GB", ""},
		"de, !, ?, fr":          {"de", "!: not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR"},
		"de, en, fr, it":        {"de en fr", "it: more than 3 elements: the rest was left out"},
		"es-419, de":            {"de", "es-419: too long: a language tag has at most 5 bytes"},
		"de;q=2, en":            {"en", "de;q=2: not a weight: write ;q= and a number from 0 to 1 with at most 3 decimals"},
		strings.Repeat(" ", 31): {"", strings.Repeat(" ", 31) + ": longer than 30 bytes: none of it was read"},
	} {
		for range 2 { // also when it was kept
			p, err := h.Parse(header, fault)
			assert.Equal(t, want.tags, strings.Join(p.Tags(), " "), header)
			if want.err == "" {
				assert.NoError(t, err, header)
			} else {
				assert.EqualError(t, err, want.err)
			}
		}
	}
}

func TestHeadersFallBackOnTheDefaultLanguage(t *testing.T) {
	set := SetOf([]string{"de", "en", "it"})
	h := headersWith(Limits{HeaderBytes: 30, Elements: 3, TagBytes: MaxTagBytes, Headers: 4}, NewDefault(tagOf(t, "it-CH"), nil))
	for header, want := range map[string]int{"": 2, "ja": 2, "de": 0, "!": 2, "it;q=0": -1, strings.Repeat("de,", 11): 2} {
		p, _ := h.Parse(header, fault)
		require.NotNil(t, p, header)
		i, _ := set.Choose(p, nil)
		assert.Equal(t, want, i, header)
		i, _ = set.Choose(p.WithFallback(tagsOf(t, "ko")), nil)
		assert.Equal(t, want, i, "%s: the default stays the last", header)
	}
}

// Preferences that choose differently are told apart: cursors are signed with what
// decides.
func TestWhatDecidesIsWritten(t *testing.T) {
	limits := Limits{HeaderBytes: 99, Elements: 9, TagBytes: MaxTagBytes, Headers: 1}
	seen := map[string]string{}
	for _, allowed := range []string{"", "en de", "de en", "en de-AT de-CH", "en de-CH de-AT"} {
		h := headersWith(limits, NewDefault(tagOf(t, "en"), tagsOf(t, allowed)))
		for _, header := range []string{"", "de", "de, en;q=0", "de-CH, en"} {
			p, err := h.Parse(header, fault)
			require.NoError(t, err)
			decides := string(p.AppendTo(nil))
			assert.Empty(t, seen[decides], "%s of %s", header, allowed)
			seen[decides] = header + " of " + allowed
		}
	}
}

func TestHeadersParsedBeforeAllocateNothing(t *testing.T) {
	set := SetOf([]string{"de", "en"})
	h := headersWith(Limits{HeaderBytes: 512, Elements: 16, TagBytes: MaxTagBytes, Headers: 4}, nil)
	const header = "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5"
	first, err := h.Parse(header, fault)
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		p, _ := h.Parse(header, fault)
		if p != first {
			t.Error("parsed anew")
		}
		if i, _ := set.Choose(p, nil); i != 1 {
			t.Errorf("chose %d", i)
		}
	}))
}

// A header whose place in front of the cache was taken by another one is found in
// the cache, at the same time by several goroutines.
func TestHeadersShareTheirPlaces(t *testing.T) {
	h := headersWith(Limits{HeaderBytes: 512, Elements: 16, TagBytes: MaxTagBytes, Headers: 8 * firstHeaders}, nil)
	want := map[string]*Preferences{}
	for n := range 4 * firstHeaders {
		header := fmt.Sprintf("de-x-%d", n)
		p, err := h.Parse(header, fault)
		require.NoError(t, err)
		want[header] = p
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for header, p := range want {
				if got, err := h.Parse(header, fault); got != p || err != nil {
					t.Errorf("%q was parsed anew", header)
				}
			}
		})
	}
	wg.Wait()
}
