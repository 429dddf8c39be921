package emporix_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
)

func withClass(members string) string {
	return `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":1},{` + members + `}]}`
}

func TestBodiesThatAreRefusedNameTheFault(t *testing.T) {
	for body, field := range map[string]string{
		``:                   "document",
		`[]`:                 "document",
		`null`:               "document",
		`{`:                  "document",
		withClass(``) + `{}`: "taxClasses[1].code",
		`{"location":{"countryCode":"DE"},"taxClasses":[]} x`: "document",
		"\xef\xbb\xbf{}": "document",

		`{}`:                                "location",
		`{"taxClasses":[]}`:                 "location",
		`{"location":{},"taxClasses":[]}`:   "location.countryCode",
		`{"location":null,"taxClasses":[]}`: "location",
		`{"location":{"countryCode":""},"taxClasses":[]}`:                                "location.countryCode",
		`{"location":{"countryCode":"ZZ"},"taxClasses":[]}`:                              "location.countryCode",
		`{"location":{"countryCode":" DE"},"taxClasses":[]}`:                             "location.countryCode",
		`{"location":{"countryCode":"CA-QC"},"taxClasses":[]}`:                           "location.countryCode",
		`{"location":{"countryCode":"XI"},"taxClasses":[]}`:                              "location.countryCode",
		`{"location":{"countryCode":276},"taxClasses":[]}`:                               "location.countryCode",
		`{"location":{"countryCode":"CA","region":"QC"},"taxClasses":[]}`:                "location.region",
		`{"locationCode":"AT","location":{"countryCode":"DE"},"taxClasses":[]}`:          "locationCode",
		`{"locationCode":"","location":{"countryCode":"DE"},"taxClasses":[]}`:            "locationCode",
		`{"locationCode":"DE-BY","location":{"countryCode":"DE"},"taxClasses":[]}`:       "locationCode",
		`{"locationCode":null,"location":{"countryCode":"DE"},"taxClasses":[]}`:          "locationCode",
		`{"location":{"countryCode":"DE"}}`:                                              "taxClasses",
		`{"location":{"countryCode":"DE"},"taxClasses":null}`:                            "taxClasses",
		`{"location":{"countryCode":"DE"},"taxClasses":{}}`:                              "taxClasses",
		`{"location":{"countryCode":"DE"},"taxClasses":[null]}`:                          "taxClasses[0]",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"taxClasses":[]}`:              "taxClasses",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"timeZone":"UTC"}`:             "timeZone",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"TaxClasses":[]}`:              "TaxClasses",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"metadata":{"version":1}}`:     "metadata",
		`{"location":{"countryCode":"DE","countryCode":"DE"},"taxClasses":[]}`:           "location.countryCode",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"loc\u0061tion":{}}`:           "location",
		`{"location":{"countryCode":"DE"},"taxClasses":[` + strings.Repeat("[", 100000):  "taxClasses[0]",
		`{"location":{"countryCode":"DE"},"taxClasses":[]}` + strings.Repeat(" ", 1<<20): "document",

		withClass(`"name":"B","rate":1`):                                            "taxClasses[1].code",
		withClass(`"code":"B","rate":1`):                                            "taxClasses[1].name",
		withClass(`"code":"B","name":"B"`):                                          "taxClasses[1].rate",
		withClass(`"code":"A","name":"B","rate":1`):                                 "taxClasses[1].code",
		withClass(`"code":"","name":"B","rate":1`):                                  "taxClasses[1].code",
		withClass(`"code":1,"name":"B","rate":1`):                                   "taxClasses[1].code",
		withClass(`"code":"B","name":"","rate":1`):                                  "taxClasses[1].name",
		withClass(`"code":"B","name":null,"rate":1`):                                "taxClasses[1].name",
		withClass(`"code":"B","name":{"en":"B"},"rate":1`):                          "taxClasses[1].name",
		withClass("\"code\":\"B\",\"name\":\"\xff\",\"rate\":1"):                    "taxClasses[1].name",
		withClass(`"code":"B","name":"\ud800","rate":1`):                            "taxClasses[1].name",
		withClass(`"code":"B","name":"B","description":"","rate":1`):                "taxClasses[1].description",
		withClass(`"code":"B","name":"B","description":null,"rate":1`):              "taxClasses[1].description",
		withClass(`"code":"B","name":"B","description":{},"rate":1`):                "taxClasses[1].description",
		withClass(`"code":"B","name":"B","order":1.0,"rate":1`):                     "taxClasses[1].order",
		withClass(`"code":"B","name":"B","order":"1","rate":1`):                     "taxClasses[1].order",
		withClass(`"code":"B","name":"B","order":2147483648,"rate":1`):              "taxClasses[1].order",
		withClass(`"code":"B","name":"B","order":null,"rate":1`):                    "taxClasses[1].order",
		withClass(`"code":"B","name":"B","rate":"1"`):                               "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":-1`):                                "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":1e4`):                               "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":01`):                                "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":1000.1`):                            "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":1.0000000000000000001`):             "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":NaN`):                               "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":null`):                              "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":1,"rate":1`):                        "taxClasses[1].rate",
		withClass(`"code":"B","name":"B","rate":1,"rates":[]`):                      "taxClasses[1].rates",
		withClass(`"code":"B","name":"B","rate":1,"isDefault":"true"`):              "taxClasses[1].isDefault",
		withClass(`"code":"B","name":"B","rate":1,"isDefault":null`):                "taxClasses[1].isDefault",
		withClass(`"code":"B","name":"B","rate":1,"aliases":["C"]`):                 "taxClasses[1].aliases",
		withClass(`"code":"B","name":"B","rate":1`) + strings.Repeat(" ", 10) + ",": "document",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"B","name":"B","rate":1,"isDefault":true},{"code":"A","name":"B","rate":1,"isDefault":true}]}`: "taxClasses[1].isDefault",
		manyClasses(1001): "taxClasses[1000]",
	} {
		s := newShop(t, emporix.ServiceOptions{Strict: true})
		_, err := s.Create(context.Background(), tenant, "", []byte(body))
		require.Equal(t, field, fieldOf(err), "%.200s: %v", body, err)
		assert.Less(t, len(err.Error()), 400)
		_, err = s.Retrieve(context.Background(), tenant, "DE", "")
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "", manyClasses(1000))
}

func manyClasses(n int) string {
	var classes []string
	for i := range n {
		classes = append(classes, `{"code":"C`+strconv.Itoa(i)+`","name":"C","rate":1}`)
	}
	return `{"location":{"countryCode":"DE"},"taxClasses":[` + strings.Join(classes, ",") + `]}`
}

func TestFaultsOfTheDocumentAreAllNamed(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	_, err := s.Create(context.Background(), tenant, "", []byte(withClass(`"code":"B B","name":"B","rate":1`)))
	require.ErrorIs(t, err, tax.ErrInvalid)
	body := `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"B B","name":"B","rate":1},{"code":"é","name":"B","rate":1}]}`
	_, err = s.Create(context.Background(), tenant, "", []byte(body))
	document := emporix.ErrorFor(err)
	assert.Equal(t, 400, document.Code)
	assert.Equal(t, "invalid request", document.Message)
	require.Len(t, document.Details, 2)
	assert.Contains(t, document.Details[0], "DE: classes[0].code: not a code")
	assert.Contains(t, document.Details[1], "DE: classes[1].code: not a code")

	// A code must not be an alias of another class.
	s.put(t, tax.Configuration{Location: tax.Location{Country: "AT"}, Classes: []tax.Class{
		{Code: "A", Name: text("en", "A"), Aliases: []string{"B"}, Rates: []tax.Rate{replace("", "1")}}}})
	err = s.Update(context.Background(), tenant, "AT", "", []byte(`{"location":{"countryCode":"AT"},"taxClasses":[{"code":"B","name":"B","rate":1}],"metadata":{"version":1}}`))
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Equal(t, int64(1), s.get(t, "AT").Metadata.Version)
}

func TestUpdatesCarryTheVersionThatWasRead(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{Strict: true})
	s.create(t, "*", withVersion(""))
	before := jsonOf(t, s.get(t, "DE"))
	for metadata, field := range map[string]string{
		``:                                                    "metadata",
		`,"metadata":null`:                                    "metadata",
		`,"metadata":{}`:                                      "metadata.version",
		`,"metadata":{"version":null}`:                        "metadata.version",
		`,"metadata":{"version":0}`:                           "metadata.version",
		`,"metadata":{"version":"1"}`:                         "metadata.version",
		`,"metadata":{"version":1.0}`:                         "metadata.version",
		`,"metadata":{"version":1,"version":1}`:               "metadata.version",
		`,"metadata":{"version":9223372036854775808}`:         "metadata.version",
		`,"metadata":{"version":1,"source":"x"}`:              "metadata.source",
		`,"metadata":{"version":1,"createdAt":null}`:          "metadata.createdAt",
		`,"metadata":{"version":1,"createdAt":"yesterday"}`:   "metadata.createdAt",
		`,"metadata":{"version":1,"modifiedAt":"2022-03-31"}`: "metadata.modifiedAt",
		`,"metadata":{"version":1,"modifiedAt":"` + strings.Repeat("9", 1000) + `"}`: "metadata.modifiedAt",
	} {
		err := s.Update(context.Background(), tenant, "DE", "", []byte(`{"location":{"countryCode":"DE"},"taxClasses":[]`+metadata+`}`))
		require.Equal(t, field, fieldOf(err), "%s: %v", metadata, err)
	}
	assert.Equal(t, before, jsonOf(t, s.get(t, "DE")))
	require.NoError(t, s.Update(context.Background(), tenant, "DE", "",
		[]byte(`{"metadata":{"modifiedAt":"1999-01-01T00:00:00+02:00","createdAt":"1999-01-01T00:00:00.1Z","version":1},"taxClasses":[],"locationCode":"deu","location":{"countryCode":"DEU"}}`)))
	assert.Equal(t, 2026, s.get(t, "DE").Metadata.Created.Year())
}

func TestTextsAreWrittenInLanguagesOfTheTenant(t *testing.T) {
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: "de", Allowed: []string{"de", "en", "he"}})
	require.NoError(t, err)
	body := func(name string) string {
		return `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":` + name + `,"rate":1}]}`
	}
	for _, c := range []struct {
		header, name string
		field, text  string // of the error
		want         tax.LocalizedText
	}{
		{header: "", name: `"x"`, want: text("de", "x")},
		{header: " \t", name: `"x"`, want: text("de", "x")},
		{header: "en", name: `"x"`, want: text("en", "x")},
		{header: "\tIW ", name: `"x"`, want: text("he", "x")},
		{header: " * ", name: `{"en":"x","de":"y"}`, want: text("en", "x", "de", "y")},
		{header: "*", name: `{"iw":"x"}`, want: text("he", "x")},
		{header: "fr", name: `"x"`, field: "Content-Language", text: `"fr": not an allowed language: use de, en, he`},
		{header: "en-GB", name: `"x"`, field: "Content-Language", text: "en-GB"},
		{header: "en, de", name: `"x"`, field: "Content-Language", text: "en, de"},
		{header: "en;q=1", name: `"x"`, field: "Content-Language", text: "en;q=1"},
		{header: "**", name: `"x"`, field: "Content-Language", text: "**"},
		{header: "*, en", name: `"x"`, field: "Content-Language", text: "*, en"},
		{header: "\u00a0", name: `"x"`, field: "Content-Language"},
		{header: strings.Repeat("e", 1000), name: `"x"`, field: "Content-Language"},
		{header: "*", name: `"x"`, field: "taxClasses[0].name", text: `write a map such as {"en": "..."}`},
		{header: "*", name: `{}`, field: "taxClasses[0].name"},
		{header: "*", name: `{"fr":"x"}`, field: "taxClasses[0].name.fr", text: "use de, en, he"},
		{header: "*", name: `{"en":"x","en":"y"}`, field: "taxClasses[0].name.en"},
		{header: "*", name: `{"he":"x","iw":"y"}`, field: "taxClasses[0].name.iw"},
		{header: "*", name: `{"en":""}`, field: "taxClasses[0].name.en"},
		{header: "*", name: `{"en":null}`, field: "taxClasses[0].name.en"},
		{header: "*", name: `{"e n":"x"}`, field: `taxClasses[0].name["e n"]`},
		{header: "*", name: `{"":"x"}`, field: `taxClasses[0].name[""]`},
		{header: "*", name: `["x"]`, field: "taxClasses[0].name"},
		{header: "", name: `{"en":"x","iw":"y"}`, want: text("en", "x", "he", "y")},
		{header: " ", name: `{"fr":"x"}`, field: "taxClasses[0].name.fr", text: "use de, en, he"},
		{header: "", name: `{}`, field: "taxClasses[0].name"},
		{header: "en", name: `{"en":"x"}`, field: "taxClasses[0].name", text: `write a string in en, or use Content-Language "*"`},
	} {
		s := newShop(t, emporix.ServiceOptions{Languages: func(string) *tax.Languages { return languages }})
		_, err := s.Create(context.Background(), tenant, c.header, []byte(body(c.name)))
		require.Equal(t, c.field, fieldOf(err), "%q %s: %v", c.header, c.name, err)
		if c.field != "" {
			assert.ErrorContains(t, err, c.text)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, c.want.All(), s.get(t, "DE").Classes[0].Name.All())
	}
}
