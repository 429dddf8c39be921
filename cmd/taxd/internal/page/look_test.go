package page

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// everywhere answers with the rates of the world, the same for all tests.
var everywhere = sync.OnceValue(func() *tax.Resolver {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		panic(err)
	}
	return r
})

// world is the page over the rates of the world.
var world = sync.OnceValue(func() http.Handler {
	h, err := New(readOnly(everywhere(), rates.Countries()))
	if err != nil {
		panic(err)
	}
	return h
})

// readOnly are the options of a page that nobody can sign in to.
func readOnly(r *tax.Resolver, countries []string) Options {
	refuse := func(*http.Request, string, string) error { return rest.ErrUnauthenticated }
	return Options{Store: store.NewMemory(nil), Resolver: r, Public: r, Countries: countries, Authorize: refuse}
}

// over returns the page over documents.
func over(t *testing.T, documents ...tax.Configuration) http.Handler {
	t.Helper()
	return overSource(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		var set []tax.Configuration
		for _, c := range documents {
			if c.Location.Country == key.Country {
				set = append(set, c.Clone())
			}
		}
		return set, nil
	}), documents...)
}

func overSource(t *testing.T, s tax.Source, documents ...tax.Configuration) http.Handler {
	t.Helper()
	r, err := tax.NewResolver(s, nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	countries := []string{"XK"}
	for _, c := range documents {
		if c.Location.Region == "" {
			countries = append(countries, c.Location.Country)
		}
	}
	h, err := New(readOnly(r, countries))
	require.NoError(t, err)
	return h
}

func en(name string) tax.LocalizedText {
	return tax.MustLocalizedText(map[string]string{"en": name})
}

func day(s string) tax.Date { return tax.MustDate(s) }

// germany has a change that is still to come, and a class that begins with it.
func germany() tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: "DE"}, TimeZone: "Europe/Berlin",
		Tax: tax.Tax{Code: "VAT", Name: tax.MustLocalizedText(map[string]string{"en": "VAT", "de": "MwSt"})},
		Classes: []tax.Class{
			{Code: "STANDARD", Name: tax.MustLocalizedText(map[string]string{"en": "Standard rate", "de": "Regelsatz"}), Default: true, Rates: []tax.Rate{
				{From: day("2899-07-01"), Percent: tax.MustPercent("21.5")},
				{From: day("2007-01-01"), Percent: tax.MustPercent("19"), Evidence: tax.Evidence{Status: tax.Agreed, Sources: []string{"https://example.org/law", "javascript:alert(1)"}}},
				{From: day("1998-04-01"), Percent: tax.MustPercent("16")},
			}},
			{Code: "MEDICINE", Name: en("Medicine"), Rates: []tax.Rate{{Treatment: tax.Exempt}}},
			{Code: "DRONES", Name: en("Drones"), Rates: []tax.Rate{{From: day("2899-07-01"), Percent: tax.MustPercent("30")}}},
		},
	}
}

func TestCountriesHaveTodaysRateAndWhatChangesNext(t *testing.T) {
	d := get(t, over(t, germany()), "/", "Accept-Language", "de-AT, en;q=0.5")
	cells := row(t, d.Node, "Deutschland")
	assert.Equal(t, []string{
		"Deutschland DE", "19 % MwSt", "exempt Medicine", "2899-07-01 Regelsatz 21.5 % 2899-07-01 Drones 30 %",
	}, cells)
	assert.Equal(t, []string{"Kosovo XK", "no rate known", "", ""}, row(t, d.Node, "Kosovo"))
	assert.Equal(t, "Accept-Language, Cookie", d.header.Get("Vary"))
}

func TestAllCountriesOfTheWorldAreListedInTheOrderOfTheReader(t *testing.T) {
	d := get(t, world(), "/", "Accept-Language", "sv")
	names := all(d.Node, "tbody")[0]
	assert.Len(t, all(names, "tr"), len(rates.Countries()))
	text := words(names)
	assert.Greater(t, strings.Index(text, "Österrike"), strings.Index(text, "Zimbabwe"), "Ö comes last in Swedish")
	assert.Equal(t, "sv", attribute(all(names, "bdi")[0], "lang"))
	assert.Equal(t, "by region", row(t, d.Node, "US")[1])
	d = get(t, world(), "/", "Accept-Language", "tlh, i-klingon;q=x")
	assert.Contains(t, words(d.Node), "Austria AT", "a language without names is not guessed: English is the default")
}

func TestAPlaceHasItsClassesAndTheirTimelines(t *testing.T) {
	d := get(t, over(t, germany()), "/places/de")
	assert.Equal(t, "Germany DE", words(all(d.Node, "h1")[0]))
	classes := all(d.Node, "table")[0]
	assert.Equal(t, []string{"Standard rate STANDARD default", "19 % VAT", "taxable", "", "from 2007-01-01 until 2899-06-30", "sources agree"}, row(t, classes, "STANDARD"))
	assert.Equal(t, []string{"Medicine MEDICINE", "exempt VAT", "exempt", "", "", "not stated"}, row(t, classes, "MEDICINE"))
	assert.Contains(t, row(t, classes, "DRONES")[1], "begins later")
	line := all(d.Node, "table")[1]
	assert.Equal(t, []string{"from 1998-04-01 until 2006-12-31", "16 %"}, row(t, line, "1998")[:2])
	assert.Equal(t, []string{"from 2899-07-01", "21.5 %"}, row(t, line, "from 2899")[:2])
	charts := all(d.Node, "svg")
	require.Len(t, charts, 3)
	assert.Equal(t, "16 % from 1998-04-01 until 2006-12-31; 19 % from 2007-01-01 until 2899-06-30; 21.5 % from 2899-07-01", words(all(charts[0], "desc")[0]))
	assert.Len(t, all(charts[0], "path.future"), 1)
	assert.Empty(t, all(charts[1], "path.future"))
}

func TestChartsStayInTheirFrame(t *testing.T) {
	numbers := regexp.MustCompile(`-?[\d.]+|NaN|Inf`)
	for _, place := range []string{"DE", "CA-QC", "IN", "BR", "CH", "ES-X-CANARY", "US-NY"} {
		d := get(t, world(), "/places/"+place)
		for _, path := range all(d.Node, "path") {
			for i, n := range numbers.FindAllString(attribute(path, "d"), -1) {
				v, err := strconv.ParseFloat(n, 64)
				require.NoError(t, err)
				assert.GreaterOrEqual(t, v, 0.0)
				assert.LessOrEqual(t, v, []float64{chartWidth, chartHeight}[i%2], place)
			}
		}
	}
}

func TestARegionHasComponentsAndSources(t *testing.T) {
	d := get(t, world(), "/places/CA-QC", "Accept-Language", "fr-CA")
	assert.Equal(t, "Québec CA-QC", words(all(d.Node, "h1")[0]))
	assert.Equal(t, "Canada", words(all(d.Node, "ol")[0]))
	standard := row(t, all(d.Node, "table")[0], "STANDARD")
	assert.Contains(t, standard[1], "14.975 %")
	assert.Regexp(t, `5 %.*9\.975 %`, standard[3])
	assert.NotEmpty(t, all(d.Node, "dl.sources"))
	assert.NotEmpty(t, all(all(d.Node, "dl.sources")[0], "a"))
}

func TestACountryWithoutARateHasItsRegions(t *testing.T) {
	d := get(t, world(), "/places/US")
	assert.Equal(t, 200, d.status)
	assert.Contains(t, words(d.Node), "it depends on the region")
	assert.Contains(t, row(t, d.Node, "US-NY")[1], "4 %")
	assert.Contains(t, words(get(t, world(), "/places/US-NY").Node), "Cities and counties charge taxes of their own")
	assert.Contains(t, words(get(t, world(), "/places/DE-BY").Node), "DE-BY has no rates of its own: those of DE hold there.")
}

func TestPlacesAreFoundByNameCodeAndPostalCode(t *testing.T) {
	for _, c := range []struct{ q, language, first string }{
		{"osterreich", "de", "Österreich AT country"},
		{"ÖSTERR", "de", "Österreich AT country"},
		{"Autriche", "fr-CH", "Autriche AT country"},
		{"deu", "en", "Germany DE code"},
		{"QC", "fr", "Québec CA-QC region of Canada"},
		{"quebec", "en", "Quebec CA-QC region of Canada"},
		{"at-6991", "en", "Mittelberg AT-X-MITTELBERG postal code in Austria"},
		{"27498", "de", "Helgoland DE-X-HELGOLAND postal code in Deutschland"},
	} {
		d := get(t, world(), "/search?q="+strings.ReplaceAll(c.q, " ", "+"), "Accept-Language", c.language)
		hits := all(d.Node, "li")
		require.NotEmpty(t, hits, c.q)
		var texts []string
		for _, h := range hits {
			texts = append(texts, words(h))
		}
		assert.Contains(t, texts, c.first, c.q)
	}
	prefixed := words(get(t, world(), "/search?q=AT+6991").Node)
	assert.Contains(t, prefixed, "Mittelberg AT-X-MITTELBERG postal code in Austria")
	assert.NotContains(t, prefixed, "Canada", "a code of a country in front says which country is meant")
	assert.Contains(t, words(get(t, world(), "/search?q=Atlantis").Node), "No place has the name, code or postal code Atlantis")
	assert.Contains(t, words(get(t, world(), "/search?q="+strings.Repeat("a", 200)).Node), "too long")
	assert.Equal(t, "/", get(t, world(), "/search?q=+").header.Get("Location"))
}

// hostile are texts that a page must show as they are.
var hostile = []string{
	`<script>alert("1")</script>`, `"><img src=x onerror=alert(1)>`, `{{.}} </title></table><h1>`,
	"\u202egnp.exe\u202c \u2067abc", "עִבְרִית עם English", strings.Repeat("Donaudampfschifffahrt", 40),
}

func TestHostileTextShowsAsText(t *testing.T) {
	for _, name := range hostile {
		c := germany()
		c.Tax.Name, c.Name = en(name), en(name)
		c.Classes[0].Name, c.Classes[0].Description = en(name), en(name)
		c.Classes[0].Rates[1].Evidence.Sources = []string{name}
		c.Metadata.Source = name
		h := over(t, c)
		plain := strings.Join(strings.Fields(name), " ")
		for _, path := range []string{"/", "/places/DE"} {
			d := get(t, h, path)
			assert.Contains(t, words(d.Node), plain)
			isolated := false
			for _, b := range all(d.Node, "bdi") {
				isolated = isolated || words(b) == plain
			}
			assert.True(t, isolated, "the direction of a name must not reach what is around it")
		}
		d := get(t, h, "/search?q="+"%3Cscript%3E%22%E2%80%AE")
		assert.Equal(t, "<script>\"\u202e", attribute(all(d.Node, "input")[0], "value"))
	}
	d := get(t, over(t, germany()), "/places/DE")
	assert.NotContains(t, words(all(d.Node, "main")[0]), "zgotmpl")
	for _, a := range all(d.Node, "a") {
		assert.NotContains(t, attribute(a, "href"), "javascript")
	}
}

func TestErrorsSayWhatToDoAndNothingOfTheStore(t *testing.T) {
	failing := errors.New("password=secret")
	var logged error
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, failing }), nil)
	require.NoError(t, err)
	defer r.Close()
	o := readOnly(r, []string{"DE"})
	o.Failed = func(_ *http.Request, err error) { logged = err }
	h, err := New(o)
	require.NoError(t, err)
	for _, path := range []string{"/", "/places/DE", "/search?q=x"} {
		logged = nil
		d := get(t, h, path)
		assert.Equal(t, http.StatusServiceUnavailable, d.status, path)
		assert.NotContains(t, words(d.Node), "secret")
		require.ErrorIs(t, logged, failing)
	}
	d := get(t, world(), "/places/Germny")
	assert.Equal(t, http.StatusBadRequest, d.status)
	assert.Equal(t, http.StatusNotFound, get(t, world(), "/nothing").status)
	_, err = New(Options{})
	require.ErrorIs(t, err, tax.ErrInvalid)
}

func TestOneInvalidCountryDoesNotHideTheOthers(t *testing.T) {
	broken := germany()
	broken.Location.Country = "FR"
	broken.Classes[0].Code = "two words"
	d := get(t, over(t, germany(), broken), "/")
	assert.Equal(t, "the configuration is invalid", row(t, d.Node, "France")[1])
	assert.Contains(t, row(t, d.Node, "Germany")[1], "19 %")
}

func TestTheStyleSheetKnowsDarkPagesAndNoOtherServer(t *testing.T) {
	w := httptest.NewRecorder() // not a page
	world().ServeHTTP(w, httptest.NewRequest("GET", "/style.css", nil))
	assert.Equal(t, "text/css; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Contains(t, w.Body.String(), "prefers-color-scheme: dark")
	assert.Contains(t, w.Body.String(), ":focus-visible")
	assert.NotRegexp(t, `url\(|@import`, w.Body.String())
}

func TestTimelinesAreThoseOfLookups(t *testing.T) {
	r := everywhere()
	who := reader{resolver: r}
	for _, l := range []tax.Lookup{{Country: "DE"}, {Country: "CA", Region: "QC"}, {Country: "CH"}} {
		now, err := r.Lookup(t.Context(), l)
		require.NoError(t, err)
		line, err := who.timeline(t.Context(), now)
		require.NoError(t, err)
		require.Greater(t, len(line), 1, l.Country)
		for i, a := range line {
			if i > 0 {
				assert.Equal(t, line[i-1].Until(), a.Since())
				l.Date = a.Since()
				b, err := r.Lookup(t.Context(), l)
				require.NoError(t, err)
				assert.True(t, b.Percent().Equal(a.Percent()))
			}
		}
		assert.True(t, line[len(line)-1].Until().IsZero(), "the last entry has no end")
		assert.False(t, line[0].Since().After(day(time.Now().Format(time.DateOnly))))
	}
}
