package page

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	textsearch "golang.org/x/text/search"

	"github.com/taxresolve/tax"
)

const (
	longestQuery = 100 // bytes
	mostHits     = 60
	// longestPostalCode is that of a text that is tried as one, in characters.
	longestPostalCode = 12
)

// hit is a place that a search found.
type hit struct {
	Code, Why string
	Name      text
}

// found is the data of the page of a search.
type found struct {
	Query string
	Hits  []hit
	More  bool
	Long  bool // the text is too long to search for
}

func (s *site) search(ctx context.Context, r *request) (view, error) {
	q := strings.TrimSpace(r.FormValue("q"))
	d := found{Query: q, Long: len(q) > longestQuery}
	if q == "" {
		return view{goTo: "/"}, nil
	}
	if !d.Long {
		var err error
		if d.Hits, err = s.hits(ctx, r, q); err != nil {
			return view{}, err
		}
		if len(d.Hits) > mostHits {
			d.Hits, d.More = d.Hits[:mostHits], true
		}
	}
	return view{template: "search", title: "Search", data: d}, nil
}

// hits returns the places that a text may mean: by code, then by postal code, then by name.
func (s *site) hits(ctx context.Context, r *request, q string) ([]hit, error) {
	var byCode, byPostal, byName []hit
	seen := map[string]bool{}
	if l, err := tax.ParseLocation(q, ""); err == nil {
		byCode = append(byCode, hit{Code: l.String(), Why: "code", Name: r.countryNamed(l.Country)})
		seen[l.String()] = true
	}
	has := containing(q, r.names.tag)
	for _, code := range r.names.sorted {
		country, err := r.resolver.Country(ctx, code)
		if errors.Is(err, tax.ErrUnknownCountry) || errors.Is(err, tax.ErrInvalid) {
			continue
		} else if err != nil {
			return nil, err
		}
		name := r.country(country)
		if (has(name.Text) || has(r.names.byCode[code])) && !seen[code] {
			byName = append(byName, hit{Code: code, Why: "country", Name: name})
		}
		for _, region := range country.Regions(r.in) {
			at := region.Location.String()
			shown := hit{Code: at, Why: "region of " + isolated(name.Text), Name: text{Text: region.Name, Lang: region.Language}}
			switch {
			case seen[at]:
			case strings.EqualFold(region.Location.Region, q):
				byCode = append(byCode, shown)
			case has(region.Name):
				byName = append(byName, shown)
			}
		}
		if l, ok := r.postal(ctx, country, q); ok {
			byPostal = append(byPostal, hit{Code: l.String(), Why: "postal code in " + isolated(name.Text), Name: r.placeName(country, l)})
		}
	}
	return append(append(byCode, byPostal...), byName...), nil
}

// containing returns a function that reports whether a name contains a text. Neither case
// nor accents count: in a reader's language ö may be another letter than o, and so the
// letters are compared in no language as well.
func containing(q string, tag language.Tag) func(name string) bool {
	own := textsearch.New(tag, textsearch.Loose).CompileString(q)
	any := textsearch.New(language.Und, textsearch.Loose).CompileString(q)
	return func(name string) bool {
		start, _ := any.IndexString(name)
		if start < 0 {
			start, _ = own.IndexString(name)
		}
		return start >= 0
	}
}

// postal returns the territory of a country that has a postal code. Before it there may be
// the code of the country: "AT-6991". With that of another one, it is none of this country.
func (r *reader) postal(ctx context.Context, country tax.Country, q string) (tax.Location, bool) {
	if prefix, code, ok := strings.Cut(strings.ReplaceAll(q, " ", "-"), "-"); ok {
		if strings.EqualFold(prefix, country.Code()) {
			q = code
		} else if _, another := r.names.byCode[strings.ToUpper(prefix)]; another {
			return tax.Location{}, false
		}
	}
	if country.NeedsPostalCode() == tax.NotNeeded || len(q) > longestPostalCode || !strings.ContainsFunc(q, unicode.IsDigit) {
		return tax.Location{}, false
	}
	p, err := r.resolver.Place(ctx, tax.Lookup{Country: country.Code(), PostalCode: q})
	return p.Location(), err == nil && p.Location() != tax.Location{Country: country.Code()}
}

// placeName returns the name of a territory.
func (r *reader) placeName(country tax.Country, l tax.Location) text {
	for _, region := range country.Regions(r.in) {
		if region.Location == l {
			return text{Text: region.Name, Lang: region.Language}
		}
	}
	return r.countryNamed(l.Country)
}
