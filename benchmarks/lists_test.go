package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

func TestTextsAndListsAreMeasured(t *testing.T) {
	into := result{}
	require.NoError(t, translations(into, tiny))
	require.NoError(t, lists(into, tiny))
	for _, g := range append(languageGoals(), listGoals()...) {
		_, ok := g.value(results{into})
		assert.True(t, ok, g.of)
	}
	text := textsDocument(settings{sizes: tiny, quick: true}, results{into})
	for _, heading := range []string{"## One translation", "## From the header", "## Pages of a list"} {
		assert.Contains(t, text, heading)
	}
	assert.NotContains(t, text, "not measured")
}

// The measure reads the right page.
func TestPagesOfTheCatalogueAreRight(t *testing.T) {
	m, all, err := catalogue(configurations)
	require.NoError(t, err)
	require.Len(t, all, configurations)
	prefs := tax.MustPreferences("fr")
	nameOf := func(c tax.Configuration) string {
		for _, class := range c.Classes {
			if name := class.Name.In(prefs).Text; strings.Contains(name, needle) {
				return name
			}
		}
		return ""
	}
	var want []string
	for _, c := range all {
		if name := nameOf(c); name != "" {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	q := tax.Query{Name: tax.TextFilter{Contains: needle}, Preferences: prefs, PageSize: pageInList, Sort: []tax.SortKey{{By: tax.ByName}}}
	for n := 1; n <= 20; n++ {
		q.Cursor = ""
		nth, err := nthPage(m, q, n)
		require.NoError(t, err)
		page, err := m.List(context.Background(), listedTenant, nth)
		require.NoError(t, err)
		var got []string
		for _, c := range page.Configurations() {
			got = append(got, nameOf(c))
		}
		assert.Equal(t, want[(n-1)*pageInList:n*pageInList], got, "page %d", n)
	}
}
