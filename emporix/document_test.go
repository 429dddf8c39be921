package emporix_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/store"
)

// classesOf returns the part of a document with the classes.
func classesOf(t testing.TB, document string) string {
	t.Helper()
	_, after, ok := strings.Cut(document, `"taxClasses":`)
	require.True(t, ok)
	classes, _, ok := strings.Cut(after, `,"metadata":`)
	require.True(t, ok)
	return classes
}

func text(translations ...string) tax.LocalizedText {
	byTag := map[string]string{}
	for i := 0; i < len(translations); i += 2 {
		byTag[translations[i]] = translations[i+1]
	}
	return tax.MustLocalizedText(byTag)
}

func replace(from, percent string) tax.Rate {
	r := tax.Rate{Percent: tax.MustPercent(percent)}
	if from != "" {
		r.From = tax.MustDate(from)
	}
	return r
}

func TestTextsAreReadInTheLanguagesOfTheRequest(t *testing.T) {
	german, err := tax.NewLanguages(&tax.LanguageOptions{Default: "de"})
	require.NoError(t, err)
	s := newShop(t, emporix.ServiceOptions{Languages: func(id string) *tax.Languages {
		if id == tenant {
			return german
		}
		return nil
	}})
	c := tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
		{Code: "A", Name: text("de", "Normal", "en", "Standard"), Description: text("en", "Most goods"), Rates: []tax.Rate{replace("", "19")}},
		{Code: "B", Name: text("fr", "Réduit", "pt-BR", "Reduzida"), Rates: []tax.Rate{replace("", "7")}},
		{Code: "C", Rates: []tax.Rate{replace("", "0")}},
	}}
	s.put(t, c)
	_, err = s.store.Create(context.Background(), "others", c)
	require.NoError(t, err)

	for header, want := range map[string][2]string{
		"":                       {`"name":"Normal",`, `"name":"Réduit",`},
		"de-AT":                  {`"name":"Normal",`, `"name":"Réduit",`},
		"en-GB, fr;q=0.5":        {`"name":"Standard","description":"Most goods",`, `"name":"Réduit",`},
		"fr":                     {`"name":"Normal",`, `"name":"Réduit",`},
		"pt-PT":                  {`"name":"Normal",`, `"name":"Reduzida",`},
		"ja":                     {`"name":"Normal",`, `"name":"Réduit",`},
		"ja, *;q=0.1, de;q=0":    {`"name":"Normal",`, `"name":"Réduit",`},
		"de;q=0":                 {`"name":"Normal",`, `"name":"Réduit",`},
		"not a header, fr;q=0.2": {`"name":"Normal",`, `"name":"Réduit",`},
		" * ": {`"name":{"de":"Normal","en":"Standard"},"description":{"en":"Most goods"},`,
			`"name":{"fr":"Réduit","pt-BR":"Reduzida"},`},
		"*;q=0.3": {`"name":{"de":"Normal","en":"Standard"},"description":{"en":"Most goods"},`,
			`"name":{"fr":"Réduit","pt-BR":"Reduzida"},`},
	} {
		code := `"C"`
		if strings.Contains(header, "*") && !strings.Contains(header, "ja") {
			code = `{"de":"C"}`
		}
		assert.Equal(t, `[{"code":"A",`+want[0]+`"rate":19},{"code":"B",`+want[1]+`"rate":7},{"code":"C","name":`+code+`,"rate":0}]`,
			classesOf(t, s.retrieve(t, "DE", header)), header)
	}
	other, err := s.Retrieve(context.Background(), "others", "DE", "")
	require.NoError(t, err)
	assert.Contains(t, string(other), `"name":"Standard","description":"Most goods"`, "English is the default of tenants without languages")
}

func TestTextsAreEscapedAsJSON(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "*", `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A\"\\","name":{"en":"<\u0000\n\"ü😀>"},"rate":1}]}`)
	assert.Equal(t, `[{"code":"A\"\\","name":"<\u0000\n\"ü😀>","rate":1}]`, classesOf(t, s.retrieve(t, "DE", "")))
}

func TestClassesAreThoseWithARateOnTheDayInOrder(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
		{Code: "late", Order: new(7), Rates: []tax.Rate{replace("2027-01-01", "5")}},
		{Code: "b", Order: new(1), Rates: []tax.Rate{replace("2026-11-22", "19.500"), replace("", "16")}},
		{Code: "a", Order: new(1), Default: true, Rates: []tax.Rate{replace("2026-11-23", "9"), replace("2020-01-01", "8.000000000001")}},
		{Code: "ended", Rates: []tax.Rate{{From: tax.MustDate("2026-11-22"), Effect: tax.End}, replace("2020-01-01", "3")}},
		{Code: "exempt", Order: new(-1), Rates: []tax.Rate{{Treatment: tax.Exempt}}},
		{Code: "gross", Order: new(2), Rates: []tax.Rate{{Percent: tax.MustPercent("13.0"), OfGross: true}}},
	}})
	ctx := context.Background()
	for day, want := range map[string]string{
		"2026-11-22": `[{"code":"exempt","name":"exempt","order":-1,"rate":0},{"code":"b","name":"b","order":1,"rate":19.5},{"code":"a","name":"a","order":1,"rate":8.000000000001,"isDefault":true},{"code":"gross","name":"gross","order":2,"rate":13}]`,
		"2019-12-31": `[{"code":"exempt","name":"exempt","order":-1,"rate":0},{"code":"b","name":"b","order":1,"rate":16},{"code":"gross","name":"gross","order":2,"rate":13}]`,
		"2026-11-21": `[{"code":"exempt","name":"exempt","order":-1,"rate":0},{"code":"ended","name":"ended","rate":3},{"code":"b","name":"b","order":1,"rate":16},{"code":"a","name":"a","order":1,"rate":8.000000000001,"isDefault":true},{"code":"gross","name":"gross","order":2,"rate":13}]`,
		"2027-01-01": `[{"code":"exempt","name":"exempt","order":-1,"rate":0},{"code":"b","name":"b","order":1,"rate":19.5},{"code":"a","name":"a","order":1,"rate":9,"isDefault":true},{"code":"gross","name":"gross","order":2,"rate":13},{"code":"late","name":"late","order":7,"rate":5}]`,
	} {
		body, err := s.On(tax.MustDate(day)).Retrieve(ctx, tenant, "DE", "")
		require.NoError(t, err)
		assert.Equal(t, want, classesOf(t, string(body)), day)
		list, err := s.On(tax.MustDate(day)).List(ctx, tenant, nil, "", false)
		require.NoError(t, err)
		assert.Equal(t, "["+string(body)+"]", string(list.Body))
		if day == "2026-11-22" {
			assert.Equal(t, string(body), s.retrieve(t, "DE", ""), "today")
			body, err = s.On(tax.MustDate("2000-01-01")).On(tax.Date{}).Retrieve(ctx, tenant, "DE", "")
			require.NoError(t, err)
			assert.Equal(t, want, classesOf(t, string(body)), "today again")
		}
	}
}

func TestTodayIsTheDayAtThePlace(t *testing.T) {
	for zone, want := range map[string]string{
		"": "2026-11-22", "Pacific/Auckland": "2026-11-23", "America/Los_Angeles": "2026-11-22", "No/Such_Zone": "2026-11-22",
		"Asia/Tokyo": "2026-11-23", "Europe/Berlin": "2026-11-23",
	} {
		s := newShop(t, emporix.ServiceOptions{})
		s.now = time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
		s.put(t, tax.Configuration{Location: tax.Location{Country: "NZ"}, TimeZone: zone, Classes: []tax.Class{
			{Code: "A", Name: text("en", "A"), Rates: []tax.Rate{replace("2026-11-23", "2"), replace("", "1")}}}})
		rate := map[string]string{"2026-11-22": "1", "2026-11-23": "2"}[want]
		assert.Contains(t, s.retrieve(t, "NZ", ""), `"rate":`+rate, zone)
		list, err := s.List(context.Background(), tenant, url.Values{"rate": {rate}}, "", true)
		require.NoError(t, err)
		assert.Equal(t, 1, list.Total, zone)

		body := `{"location":{"countryCode":"NZ"},"taxClasses":[{"code":"A","name":"A","rate":` + rate + `},{"code":"B","name":"B","rate":3}],"metadata":{"version":1}}`
		require.NoError(t, s.Update(context.Background(), tenant, "NZ", "", []byte(body)))
		assert.Equal(t, want, s.get(t, "NZ").Classes[1].Rates[0].From.String(), zone)
	}
}

// canada has a region that adds to the rates of the country, and one with rates
// of its own.
func canada(t testing.TB, opts emporix.ServiceOptions) *shop {
	s := newShop(t, opts)
	s.put(t, tax.Configuration{Location: tax.Location{Country: "CA"}, Tax: tax.Tax{Code: "GST"}, Classes: []tax.Class{
		{Code: "STANDARD", Name: text("en", "Standard"), Default: true, Rates: []tax.Rate{replace("2008-01-01", "5"), replace("2006-07-01", "6")}},
		{Code: "ZERO", Name: text("en", "Zero"), Rates: []tax.Rate{replace("", "0")}},
	}})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "CA", Region: "QC"}, Tax: tax.Tax{Code: "QST"}, Classes: []tax.Class{
		{Code: "BOOKS", Order: new(2), Rates: []tax.Rate{replace("2030-01-01", "1")}},
		{Code: "STANDARD", Name: text("fr", "Normal"), Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("9.975"), From: tax.MustDate("2013-01-01")}}},
	}})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "CA", Region: "X-BASE"}, TimeZone: "Asia/Tokyo", Classes: []tax.Class{
		{Code: "STANDARD", Rates: []tax.Rate{replace("2026-11-23", "2"), {Effect: tax.Inherit}}},
	}})
	return s
}

func TestRegionsAreShownWithTheRatesInEffectThere(t *testing.T) {
	ctx := context.Background()
	s := canada(t, emporix.ServiceOptions{Regions: true})
	const instants = `"metadata":{"version":1,"createdAt":"2026-11-22T12:00:00.000Z","modifiedAt":"2026-11-22T12:00:00.000Z"}}`
	quebec := `{"locationCode":"CA-QC","location":{"countryCode":"CA","region":"QC"},"taxClasses":[{"code":"STANDARD","name":"Normal","rate":14.975}],` + instants
	base := `{"locationCode":"CA-X-BASE","location":{"countryCode":"CA","region":"X-BASE"},"taxClasses":[{"code":"STANDARD","name":"STANDARD","rate":5}],` + instants
	for _, code := range []string{"CA-QC", "can-qc", "ca-QC"} {
		assert.Equal(t, quebec, s.retrieve(t, code, "fr"))
	}
	assert.Equal(t, base, s.retrieve(t, "CA-X-BASE", ""))

	list, err := s.List(ctx, tenant, nil, "fr", true)
	require.NoError(t, err)
	assert.Equal(t, "["+s.retrieve(t, "CA", "fr")+","+quebec+","+base+"]", string(list.Body))
	assert.Equal(t, 3, list.Total)

	s.now = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC) // midnight in Tokyo
	assert.Contains(t, s.retrieve(t, "CA-X-BASE", ""), `"rate":2}`)
	assert.Contains(t, s.retrieve(t, "CA-QC", ""), `"rate":14.975}`)
	early, err := s.On(tax.MustDate("2012-12-31")).Retrieve(ctx, tenant, "CA-QC", "")
	require.NoError(t, err)
	assert.Equal(t, "[]", classesOf(t, string(early)))

	body := []byte(`{"location":{"countryCode":"CA"},"taxClasses":[],"metadata":{"version":1}}`)
	assert.Equal(t, "locationCode", fieldOf(s.Update(ctx, tenant, "CA-QC", "", body)))
	assert.Equal(t, "locationCode", fieldOf(s.Delete(ctx, tenant, "CA-QC")))
	_, err = s.Retrieve(ctx, tenant, "CA-ON", "")
	require.ErrorIs(t, err, tax.ErrNotFound)

	list, err = canada(t, emporix.ServiceOptions{}).List(ctx, tenant, nil, "", true)
	require.NoError(t, err)
	assert.Equal(t, 1, list.Total, "only the country without the option")
}

// brokenCountry is a store that does not answer as a source.
type brokenCountry struct{ *store.Memory }

func (brokenCountry) Configurations(context.Context, tax.Key) ([]tax.Configuration, error) {
	return nil, errors.New("password of user taxes refused")
}

func TestARegionWithoutAnAnswerOfTheStoreIsUnavailable(t *testing.T) {
	s := canada(t, emporix.ServiceOptions{Regions: true})
	broken, err := emporix.NewService(brokenCountry{s.store}, &emporix.ServiceOptions{Regions: true})
	require.NoError(t, err)
	_, err = broken.Retrieve(context.Background(), tenant, "CA", "")
	require.NoError(t, err)
	_, err = broken.Retrieve(context.Background(), tenant, "CA-QC", "")
	document := emporix.ErrorFor(err)
	assert.Equal(t, 503, document.Code)
	assert.Empty(t, document.Details)
	_, err = broken.List(context.Background(), tenant, nil, "", false)
	assert.Equal(t, 503, emporix.ErrorFor(err).Code)
}

func TestInstantsAreWrittenAsTimeFormatsThem(t *testing.T) {
	for _, at := range []time.Time{
		time.UnixMilli(0), time.UnixMilli(-1), time.UnixMilli(1782000000999), time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC), time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 30, 23, 59, 59, 1, time.FixedZone("", -3600)),
	} {
		assert.Equal(t, `"at":"`+at.UTC().Format("2006-01-02T15:04:05.000Z")+`"`, emporix.Instant(at))
	}
}
