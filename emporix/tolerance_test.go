package emporix_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
)

// bodies are creations that a tolerant service reads as if they were the same plain one,
// and a strict service refuses at a field.
var bodies = map[string]string{
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19}],"metadata":{"version":3}}`:      "metadata",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19}],"metadata":null}`:               "metadata",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19}],"mixins":{"a":[{"b":null}]}}`:   "mixins",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19}],"mixins":1,"mixins":2}`:         "mixins",
	`{"location":{"countryCode":"DE","name":"Germany"},"taxClasses":[{"code":"A","name":"A","rate":19}]}`:              "location.name",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19,"location":{"code":"US"}}]}`:      "taxClasses[0].location",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":{"en":"A"},"rate":19}]}`:                        "taxClasses[0].name",
	`{"location":{"countryCode":"DE"},"locationCode":null,"taxClasses":[{"code":"A","name":"A","rate":19}]}`:           "locationCode",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19,"description":null}]}`:            "taxClasses[0].description",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":{"en":"A"},"rate":19,"description":{}}]}`:       "taxClasses[0].name",
	`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":19,"order":null,"isDefault":null}]}`: "taxClasses[0].order",
}

func TestATolerantServiceIgnoresFieldsThatTheContractDoesNotHave(t *testing.T) {
	for body, field := range bodies {
		strict := newShop(t, emporix.ServiceOptions{Strict: true})
		_, err := strict.Create(context.Background(), tenant, "", []byte(body))
		assert.Equal(t, field, fieldOf(err), body)

		s := newShop(t, emporix.ServiceOptions{})
		s.create(t, "", body)
		assert.Equal(t, `[{"code":"A","name":"A","rate":19}]`, classesOf(t, s.retrieve(t, "DE", "")), body)
	}
}

func TestATolerantServiceStillRefusesWhatItCannotMean(t *testing.T) {
	for body, field := range map[string]string{
		`{"location":{"countryCode":"CA","region":"QC"},"taxClasses":[]}`:                                    "location.region",
		`{"location":{"countryCode":"DE"},"TaxClasses":[],"taxClasses":[]}`:                                  "TaxClasses",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":1,"isdefault":true}]}`: "taxClasses[0].isdefault",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":null,"rate":1}]}`:                 "taxClasses[0].name",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":{},"rate":1}]}`:                   "taxClasses[0].name",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":null}]}`:               "taxClasses[0].rate",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":"19"}]}`:               "taxClasses[0].rate",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":{"en":"A","en":"B"},"rate":1}]}`:  "taxClasses[0].name.en",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"x":` + strings.Repeat("[", 1000):                  "",
		`{"location":{"countryCode":"DE"},"taxClasses":[],"x":nope}`:                                         "x",
		`{"location":null,"taxClasses":[]}`:                                                                  "location",
	} {
		s := newShop(t, emporix.ServiceOptions{})
		_, err := s.Create(context.Background(), tenant, "", []byte(body))
		require.ErrorIs(t, err, tax.ErrInvalid, body)
		if field != "" {
			assert.Equal(t, field, fieldOf(err), body)
		}
		_, err = s.Retrieve(context.Background(), tenant, "DE", "")
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
}

func TestUpdatesIgnoreTheTimesOfTheirMetadata(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "*", withVersion(""))
	for i, metadata := range []string{`{"version":1,"createdAt":null}`, `{"version":2,"modifiedAt":"yesterday","source":"x"}`} {
		body := `{"location":{"countryCode":"DE"},"taxClasses":[],"metadata":` + metadata + `}`
		require.NoError(t, s.Update(context.Background(), tenant, "DE", "", []byte(body)))
		assert.EqualValues(t, i+2, s.get(t, "DE").Metadata.Version)
	}
	err := s.Update(context.Background(), tenant, "DE", "", []byte(`{"location":{"countryCode":"DE"},"taxClasses":[],"metadata":{}}`))
	assert.Equal(t, "metadata.version", fieldOf(err))
}

// Without a language in the header, a text that is a map replaces all translations, and
// one that is a string its own.
func TestFormsOfTextsAreThoseOfEachClass(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
		{Code: "A", Name: text("de", "a", "en", "a"), Description: text("de", "a", "en", "a"), Rates: []tax.Rate{replace("", "1")}},
		{Code: "B", Name: text("de", "b", "en", "b"), Description: text("de", "b", "en", "b"), Rates: []tax.Rate{replace("", "1")}},
	}})
	require.NoError(t, s.Update(context.Background(), tenant, "DE", "", []byte(`{"location":{"countryCode":"DE"},"metadata":{"version":1},"taxClasses":[
		{"code":"A","name":{"en":"x"},"rate":1},{"code":"B","name":"y","rate":1}]}`)))
	assert.Equal(t, `[{"code":"A","name":{"en":"x"},"rate":1},{"code":"B","name":{"de":"b","en":"y"},"description":{"de":"b"},"rate":1}]`,
		classesOf(t, s.retrieve(t, "DE", "*")))
}

func TestClassesKeepTheOrderInWhichTheyAreSent(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "", `{"location":{"countryCode":"DE"},"taxClasses":[
		{"code":"Z","name":"Z","rate":1},{"code":"A","name":"A","rate":1},{"code":"M","name":"M","order":0,"rate":1},{"code":"B","name":"B","order":-1,"rate":1}]}`)
	assert.Equal(t, `[{"code":"B","name":"B","order":-1,"rate":1},{"code":"Z","name":"Z","rate":1},{"code":"A","name":"A","rate":1},{"code":"M","name":"M","order":0,"rate":1}]`,
		classesOf(t, s.retrieve(t, "DE", "")))
}

func TestRatesAreNumbersOfAnyNotation(t *testing.T) {
	for rate, want := range map[string]string{
		"7.000000000000001": "7.000000000000001", "28.999999999999996": "28.999999999999996", "1.9e1": "19", "2E+1": "20", "550e-2": "5.5", "0.010": "0.01",
	} {
		s := newShop(t, emporix.ServiceOptions{})
		s.create(t, "", `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":"A","rate":`+rate+`}]}`)
		assert.Equal(t, `[{"code":"A","name":"A","rate":`+want+`}]`, classesOf(t, s.retrieve(t, "DE", "")))
	}
}

func TestATolerantCalculatorIgnoresFieldsThatTheContractDoesNotHave(t *testing.T) {
	const rest = `"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","price":1.59`
	const net = `"output":{"netPrice":1.59,"grossPrice":1.8921,"targetTaxRate":19}}`
	for request, field := range map[string]string{
		`{"input":{` + rest + `}}`:                                                                "",
		`{"input":{` + rest + `,"currency":"EUR"},"x":[{}]}`:                                      "input.currency",
		`{"commandUuid":null,"input":{` + rest + `}}`:                                             "commandUuid",
		`{"input":{"sourceLocation":null,"sourceTaxClass":null,"includesTax":null,` + rest + `}}`: "input.sourceLocation",
	} {
		got, err := calculator(t, nil).CalculateJSON(context.Background(), []byte(request))
		require.NoError(t, err, request)
		assert.True(t, strings.HasSuffix(string(got), net), "%s", got)
		_, err = calculator(t, &emporix.CalculatorOptions{Strict: true}).CalculateJSON(context.Background(), []byte(request))
		assert.Equal(t, field, fieldOf(err), request)
	}
	for _, request := range []string{
		`{"input":{"includestax":true,` + rest + `}}`,
		`{"input":{"sourceLocation":{"countryCode":"CA","region":"QC"},` + rest + `}}`,
		`{"input":{"targetTaxClass":null,"targetLocation":{"countryCode":"DE"},"price":1}}`,
		`{"input":null}`,
	} {
		_, err := calculator(t, nil).CalculateJSON(context.Background(), []byte(request))
		assert.ErrorIs(t, err, tax.ErrInvalid, request)
	}
}

func TestACalculatorOfATenantHasItsRates(t *testing.T) {
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		percent := map[string]string{"acme": "1", "others": "2"}[key.Tenant]
		if percent == "" {
			return nil, nil
		}
		return []tax.Configuration{{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{{Code: "A", Rates: []tax.Rate{replace("", percent)}}}}}, nil
	}), nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	all, err := emporix.NewCalculator(r, &emporix.CalculatorOptions{AllowDefaultClass: true})
	require.NoError(t, err)
	request := []byte(`{"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"A","price":100}}`)
	for id, want := range map[string]string{"acme": `"grossPrice":101`, "others": `"grossPrice":102`} {
		c, err := all.Tenant(id)
		require.NoError(t, err)
		got, err := c.CalculateJSON(context.Background(), request)
		require.NoError(t, err)
		assert.Contains(t, string(got), want)
	}
	for _, id := range []string{"", "ab", "ABC", "a b", "acme/x"} {
		_, err := all.Tenant(id)
		assert.Equal(t, "tenant", fieldOf(err), id)
		assert.Equal(t, 400, emporix.ErrorFor(err).Code)
	}
	var none *emporix.Calculator
	_, err = none.Tenant("acme")
	assert.Equal(t, "calculator", fieldOf(err))
	_, err = none.CalculateJSON(context.Background(), request)
	assert.Equal(t, "calculator", fieldOf(err))
}
