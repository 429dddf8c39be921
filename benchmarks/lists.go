package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/world"
	"github.com/taxresolve/tax/store"
)

const (
	listed          = "list"
	listedTenant    = "shop"
	configurations  = 2_000
	fewer           = 200
	classesInList   = 5
	pageInList      = 60
	needle          = "reduced"
	plainPass       = "one plain pass"
	byNameFirst     = "by name, first page"
	byNameLate      = "by name, 20th page by cursor"
	byCountryFirst  = "by country, first page"
	byCountryLate   = "by country, 20th page by cursor"
	byCountryCopies = "by country, first page, and a copy of each of its 60"
	byCountryTotal  = "by country, first page and the total"
	byCountryAsked  = "by country because Sort says so, first page"
	byCountryFew    = "the same, of 200 configurations"
)

var namedIn = []string{"de", "en", "es", "fr", "it"}

// catalogue fills a store with configurations of countries and invented regions.
func catalogue(size int) (*store.Memory, []tax.Configuration, error) {
	m := store.NewMemory(nil)
	codes := [classesInList]string{"STANDARD", "REDUCED", "ZERO", "PARKING", "SPECIAL"}
	countries := world.Countries()
	for n := range size {
		c := tax.Configuration{Location: tax.Location{Country: countries[n%len(countries)]}}
		if region := n / len(countries); region > 0 {
			c.Location.Region = fmt.Sprintf("X-%d", region)
		}
		for i, code := range codes {
			byTag := map[string]string{}
			for _, tag := range namedIn {
				byTag[tag] = fmt.Sprintf("%s rate %s %d", strings.ToLower(code), tag, (n*7919+i)%size)
			}
			name, err := tax.NewLocalizedText(byTag)
			if err != nil {
				return nil, nil, err
			}
			percent, err := tax.Percent(fmt.Sprint(5 * i))
			if err != nil {
				return nil, nil, err
			}
			c.Classes = append(c.Classes, tax.Class{Code: code, Name: name, Order: new(i), Rates: []tax.Rate{{Percent: percent}}})
		}
		if _, err := m.Create(context.Background(), listedTenant, c); err != nil {
			return nil, nil, err
		}
	}
	page, err := m.List(context.Background(), listedTenant, tax.Query{PageSize: size, MaxPageSize: size})
	return m, page.Configurations(), err
}

// nthPage returns the query for the nth page, by cursor.
func nthPage(m *store.Memory, q tax.Query, n int) (tax.Query, error) {
	for range n - 1 {
		page, err := m.List(context.Background(), listedTenant, q)
		if err != nil || page.Len() != pageInList || page.Next == "" {
			return q, fmt.Errorf("a page of %d before the %dth, %v", page.Len(), n, err)
		}
		q.Cursor = page.Next
	}
	return q, nil
}

// listing has the plain pass and all lists.
func listing() (*scenario, error) {
	m, all, err := catalogue(configurations)
	if err != nil {
		return nil, err
	}
	few, _, err := catalogue(fewer)
	if err != nil {
		return nil, err
	}
	prefs, err := tax.NewPreferences("fr")
	if err != nil {
		return nil, err
	}
	s := &scenario{resident: true}
	s.time(plainPass, func(n int) {
		for range n {
			for i := range all {
				for j := range all[i].Classes {
					if strings.Contains(all[i].Classes[j].Name.In(prefs).Text, needle) {
						found++
					}
				}
			}
		}
	})
	byCountry := tax.Query{Name: tax.TextFilter{Contains: needle}, Preferences: prefs, PageSize: pageInList}
	byName, asked := byCountry, byCountry
	byName.Sort = []tax.SortKey{{By: tax.ByName}}
	asked.Sort = []tax.SortKey{{By: tax.ByCountry}}
	for _, l := range []struct {
		name   string
		of     *store.Memory
		query  tax.Query
		page   int
		copies bool
	}{
		{byNameFirst, m, byName, 1, false}, {byNameLate, m, byName, 20, false},
		{byCountryFirst, m, byCountry, 1, false}, {byCountryLate, m, byCountry, 20, false}, {byCountryCopies, m, byCountry, 1, true},
		{byCountryTotal, m, tax.Query{Name: byCountry.Name, Preferences: prefs, PageSize: pageInList, Total: true}, 1, false},
		{byCountryAsked, m, asked, 1, false}, {byCountryFew, few, asked, 1, false},
	} {
		q, err := nthPage(l.of, l.query, l.page)
		if err != nil {
			return nil, err
		}
		s.time(l.name, func(n int) {
			for range n {
				page, err := l.of.List(context.Background(), listedTenant, q)
				if err != nil || page.Len() != pageInList {
					panic(fmt.Sprint("a page of ", page.Len(), ": ", err)) // unreachable: the query was answered before
				}
				if l.copies {
					found += len(page.Configurations())
				}
			}
		})
	}
	return s, nil
}

// lists measures pages of a list beside one plain pass over its data.
func lists(into result, z sizes) error {
	s, err := listing()
	if err != nil {
		return err
	}
	for _, c := range s.clients {
		into.put(listed+" allocations", c.Name(), allocations(10, func() { c.Walk(0, 10) }))
	}
	return s.settled(into, listed, max(z.Ops/4_000, 2), z.Rounds)
}

func listGoals() []goal {
	list := []goal{
		beside(listed, byNameFirst, plainPass, 4), beside(listed, byCountryFirst, plainPass, 0.05),
		beside(listed, byNameLate, byNameFirst, 1.5), beside(listed, byCountryLate, byCountryFirst, 1.5),
		beside(listed, byCountryAsked, byCountryFirst, 1.1), beside(listed, byCountryAsked, byCountryFew, 1.5),
	}
	for i := range list {
		list[i].group = "page of 60, 2,000 configurations of 5 classes"
	}
	return list
}

func listsTable(b *strings.Builder, rs results) {
	heading(b, "Pages of a list", fmt.Sprintf(`A tenant of store.Memory has %s configurations with %d classes each, named
in %d languages. The list has those with %q in the French name of a class, %d on a page.
The plain pass looks at the same names and only counts.`,
		thousands(configurations), classesInList, len(namedIn), needle, pageInList),
		"| | µs | / plain pass | allocations |")
	m := on(listed, 1)
	for _, name := range []string{plainPass, byNameFirst, byNameLate, byCountryFirst, byCountryLate, byCountryCopies, byCountryTotal, byCountryAsked, byCountryFew} {
		ns, ok := rs.value(m, name)
		row(b, name, of(ns/1000, ok), of(rs.ratio(m, name, m, plainPass)), of(rs.value(listed+" allocations", name)))
	}
}

// textsDocument writes the tables of languages and lists.
func textsDocument(s settings, rs results) string {
	var b strings.Builder
	head(&b, s, "Languages and lists, measured", fmt.Sprintf(`Compare ratios, not nanoseconds. Every number is the median of %s, on one
core. Ratios are taken within a process.`, medians(len(rs))), append(languageGoals(), listGoals()...), rs)
	section(&b, func(b *strings.Builder) { languagesTable(b, rs) })
	section(&b, func(b *strings.Builder) { headersTable(b, rs) })
	section(&b, func(b *strings.Builder) { listsTable(b, rs) })
	return b.String()
}
