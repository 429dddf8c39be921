package browser

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/rates"
)

func TestCountriesLeadToAPlaceWithAllThatIsKnownOfIt(t *testing.T) {
	r := newShop(t).tab(t)
	require.Equal(t, 200, r.open("/"))
	assert.Equal(t, []string{"Germany DE", "19 % VAT", "7 % reduced rate 0 %, zero-rated zero rate"}, r.row("Germany")[:3])
	assert.Contains(t, r.row("Kazakhstan")[3], "2027-01-01 reduced rate 10 %")
	r.seen("countries")

	require.Equal(t, 200, r.follow("link", "Kazakhstan"))
	assert.Equal(t, "/places/KZ", r.path())
	assert.Contains(t, r.text("main"), "What changes next 2027-01-01 reduced rate 10 %")
	assert.Contains(t, r.names("image"), "Rates of reduced rate by day 5 % from 2026-01-01 until 2026-12-31; 10 % from 2027-01-01", "a chart in words")
	r.seen("place-change")

	require.Equal(t, 200, r.follow("link", "Countries"))
	require.Equal(t, 200, r.follow("link", "Canada"))
	assert.Contains(t, r.row("Quebec"), "14.975 %")
	require.Equal(t, 200, r.follow("link", "Quebec"))
	assert.Equal(t, "/places/CA-QC", r.path())
	standard := r.row("STANDARD")
	assert.Contains(t, standard[1], "14.975 %")
	assert.Equal(t, "taxable", standard[2])
	assert.Contains(t, standard[3], "5 %")
	assert.Contains(t, standard[3], "9.975 %")
	assert.Equal(t, "sources agree", standard[5])
	assert.NotContains(t, r.text("main"), "The same as a table, with sources Rates of", "what is folded is not read")
	r.press("DisclosureTriangle", "The same as a table, with sources")
	assert.Contains(t, r.text("details[open]"), "from 2013-01-01")
	assert.Contains(t, r.text(".sources"), "https://")
	r.seen("place-region")
	require.Equal(t, 200, r.follow("link", "Canada"), "the way back up")
}

func TestAllCountriesOfTheWorldFitATelephone(t *testing.T) {
	r := newShop(t, rates.Countries()...).tab(t)
	r.size(360, true)
	require.Equal(t, 200, r.open("/"))
	assert.Equal(t, len(rates.Countries()), eval[int](r, "document.querySelectorAll('tbody tr').length"))
	assert.Empty(t, eval[[]string](r, outOfReach))
}

func TestACountryByRegionSaysSo(t *testing.T) {
	r := newShop(t).tab(t)
	require.Equal(t, 200, r.open("/"))
	assert.Equal(t, "by region", r.row("United States")[1])
	require.Equal(t, 200, r.follow("link", "United States"))
	assert.Contains(t, r.text("main"), "it depends on the region")
	assert.NotEmpty(t, r.row("South Dakota"))
	r.seen("place-by-region")
}

func TestPlacesAreFoundInTheLanguageOfTheReader(t *testing.T) {
	r := newShop(t).tab(t)
	for _, q := range []struct{ languages, text, place string }{
		{"de", "osterreich", "Österreich"}, {"fr", "Autriche", "Autriche"}, {"ja", "オーストリア", "オーストリア"},
		{"en", "QC", "Quebec"}, {"en", "27498", "Heligoland"}, {"de", "AT 6991", "Mittelberg"},
	} {
		r.reads(q.languages)
		require.Equal(t, 200, r.open("/"))
		r.fill("Name, code or postal code", q.text)
		require.Equal(t, 200, r.follow("button", "Search"))
		assert.Equal(t, q.text, r.value("Name, code or postal code"))
		assert.Contains(t, r.text(".hits"), q.place, q.text)
	}
	r.reads("en")
	r.open("/search?q=land")
	r.seen("search")
	require.Equal(t, 200, r.follow("link", "Iceland"))
	assert.Equal(t, "/places/IS", r.path())
	r.open("/search?q=" + url.QueryEscape("<b>nowhere</b>"))
	assert.Contains(t, r.text("main"), "No place has the name, code or postal code <b>nowhere</b>.")
	r.seen("search-nothing")
}

func TestErrorsLeadOn(t *testing.T) {
	r := newShop(t).tab(t)
	assert.Equal(t, 404, r.open("/nowhere"))
	r.seen("problem")
	assert.Equal(t, 200, r.follow("link", "All countries"))
}
