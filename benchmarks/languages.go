package main

import (
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/text/language"

	"github.com/taxresolve/tax"
)

// writtenIn are the languages of the texts.
var writtenIn = []string{"de", "en", "es", "fr", "it", "pt-BR", "sr-Latn", "zh-Hant"}

// asked are the preferred languages, and how each finds one of the texts.
var asked = []struct{ tag, way string }{
	{"fr", "the tag itself"},
	{"fr-CH", "its parent"},
	{"zh-TW", "the same under another name"},
	{"pt-PT", "another variety"},
	{"ja", "no match"},
}

const (
	acceptLanguage = "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7"
	headers        = "header"
	textIn         = "tax"
	matcherMatch   = "x/text Matcher.Match"
	headerSeen     = "tax, header seen before"
	headerNew      = "tax, header not seen before"
	matchStrings   = "x/text MatchStrings"
)

// timed is a loop to measure.
type timed struct {
	name string
	loop func(n int)
}

func (t timed) Name() string { return t.name }

func (t timed) Walk(_, n int) int {
	t.loop(n)
	return n
}

func (timed) Close() { runtime.KeepAlive(found) }

// found keeps the compiler from dropping results that nothing reads.
var found int

// speakers compares both ways to choose a translation for a tag.
func speakers(text tax.LocalizedText, matcher language.Matcher, tag string) (*scenario, error) {
	prefs, err := tax.NewPreferences(tag)
	if err != nil {
		return nil, err
	}
	want := language.Make(tag)
	s := &scenario{resident: true}
	s.time(textIn, func(n int) {
		for range n {
			found += len(text.In(prefs).Text)
		}
	})
	s.time(matcherMatch, func(n int) {
		for range n {
			_, index, _ := matcher.Match(want)
			found += index
		}
	})
	return s, nil
}

func (s *scenario) time(name string, loop func(n int)) {
	s.clients = append(s.clients, timed{name, loop})
}

// readers compares the ways from a header to a translation.
func readers(text tax.LocalizedText, matcher language.Matcher) (*scenario, error) {
	s := &scenario{resident: true}
	read := func(header string) {
		// Preferences are usable even if part of the header was left out.
		prefs, _ := tax.ParseAcceptLanguage(header)
		found += len(text.In(prefs).Text)
	}
	s.time(headerSeen, func(n int) {
		for range n {
			read(acceptLanguage)
		}
	})
	weight := 0
	s.time(headerNew, func(n int) {
		for range n {
			weight++
			read(fmt.Sprintf("fr-CH, fr;q=0.9, en;q=0.%03d, de;q=0.%03d", weight/1000%1000, weight%1000))
		}
	})
	s.time(matchStrings, func(n int) {
		for range n {
			_, index := language.MatchStrings(matcher, acceptLanguage)
			found += index
		}
	})
	prefs, err := tax.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return nil, err
	}
	if _, index := language.MatchStrings(matcher, acceptLanguage); text.In(prefs).Language != writtenIn[index] {
		return nil, fmt.Errorf("x/text finds %s for the header, tax %s", writtenIn[index], text.In(prefs).Language)
	}
	return s, nil
}

// translations measures choosing a text in the language of a reader.
func translations(into result, z sizes) error {
	byTag := map[string]string{}
	var tags []language.Tag
	for _, tag := range writtenIn {
		byTag[tag] = "text in " + tag
		tags = append(tags, language.Make(tag))
	}
	text, err := tax.NewLocalizedText(byTag)
	if err != nil {
		return err
	}
	matcher := language.NewMatcher(tags)
	for _, a := range asked {
		s, err := speakers(text, matcher, a.tag)
		if err != nil {
			return err
		}
		s.countAllocations(into, a.tag)
		if err := s.settled(into, a.tag, z.Ops, z.Rounds); err != nil {
			return err
		}
	}
	s, err := readers(text, matcher)
	if err != nil {
		return err
	}
	s.countAllocations(into, headers)
	return s.settled(into, headers, z.Ops/8, z.Rounds)
}

func languageGoals() []goal {
	list := []goal{
		beside("fr", textIn, matcherMatch, 0.12), beside("fr-CH", textIn, matcherMatch, 0.06),
		beside("zh-TW", textIn, matcherMatch, 0.06), beside(headers, headerSeen, matchStrings, 0.03),
	}
	for i, group := range []string{"the tag itself (fr)", "its parent (fr-CH)", "another name (zh-TW)", "header to translation"} {
		list[i].group = group
	}
	for _, a := range asked {
		g := counted(a.tag, a.tag+" allocations", textIn, 0)
		g.group = "allocations, preferences kept"
		list = append(list, g)
	}
	g := counted(headerSeen, headers+" allocations", headerSeen, 0)
	g.group = "allocations, header to translation"
	return append(list, g)
}

func languagesTable(b *strings.Builder, rs results) {
	heading(b, "One translation", fmt.Sprintf(`The translation of a text in %d languages (%s) for a reader
whose preferences are kept. The matcher of x/text was made beforehand, for the same
languages. It returns an index; tax returns the text, its language and the confidence.`,
		len(writtenIn), strings.Join(writtenIn, ", ")),
		"| | tax, ns | x/text, ns | tax / x/text | allocations, tax | allocations, x/text |")
	for _, a := range asked {
		m := on(a.tag, 1)
		row(b, a.tag+": "+a.way, of(rs.value(m, textIn)), of(rs.value(m, matcherMatch)), of(rs.ratio(m, textIn, m, matcherMatch)),
			of(rs.value(a.tag+" allocations", textIn)), of(rs.value(a.tag+" allocations", matcherMatch)))
	}
}

func headersTable(b *strings.Builder, rs results) {
	heading(b, "From the header", fmt.Sprintf(`From %q to a translation of the same text.
Headers not seen before differ in their weights; the time includes making them.`, acceptLanguage),
		"| | ns | / MatchStrings | allocations |")
	for _, name := range []string{headerSeen, headerNew, matchStrings} {
		m := on(headers, 1)
		row(b, name, of(rs.value(m, name)), of(rs.ratio(m, name, m, matchStrings)), of(rs.value(headers+" allocations", name)))
	}
}
