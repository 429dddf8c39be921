package shop_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/cmd/tax/internal/shop"
	"github.com/taxresolve/tax/rates"
)

func resolver(t *testing.T) *tax.Resolver {
	t.Helper()
	r, err := tax.NewResolver(rates.World(), nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

var day = tax.MustDate("2026-11-21")

func TestAddressesTakeTheDayThatIsGiven(t *testing.T) {
	const basketAt = `{"place":{"country":"DE"DATE},"policy":{"currency":"EUR"},"basket":{"lines":[{"quantity":1,"price":100,
		"tax":{"place":{"country":"CA","region":"QC"}}}]}}`
	result, err := shop.Price(t.Context(), resolver(t), []byte(strings.Replace(basketAt, "DATE", "", 1)), day)
	require.NoError(t, err)
	assert.Equal(t, day, result.Date)
	assert.Equal(t, "14.975", result.Rates[0].Percent)
	assert.Equal(t, day, result.Rates[0].Input.Date)
	result, err = shop.Price(t.Context(), resolver(t), []byte(strings.Replace(basketAt, "DATE", `,"date":"2020-08-01"`, 1)), day)
	require.NoError(t, err)
	assert.Equal(t, tax.MustDate("2020-08-01"), result.Date)
}

func TestIncludedRatesAreThoseOfTheirPlace(t *testing.T) {
	result, err := shop.Price(t.Context(), resolver(t), []byte(`{"place":{"country":"CA","region":"QC"},"policy":{"currency":"CAD"},"basket":{
		"lines":[{"quantity":1,"price":"105","includesTax":true,"tax":{"included":{"place":{"country":"CA","region":"AB"},"class":"STANDARD"}}}],
		"charges":[{"amount":10,"spread":"fixedClass","tax":{"place":{"country":"CA","region":"AB"}}}]}}`), day)
	require.NoError(t, err)
	assert.Equal(t, basket.Sum{Net: 10000, Tax: 1498, Gross: 11498}, result.Lines[0].Sum)
	assert.Equal(t, basket.Sum{Net: 1000, Tax: 50, Gross: 1050}, result.Charges[0].Sum)
}

func TestWrongDocumentsAreRefusedByTheirPath(t *testing.T) {
	r := resolver(t)
	for document, path := range map[string]string{
		`[]`: "document",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"withheld":[{"id":"IRPF"}]}}`:                                               "withheld[0].percent",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"quantity":1}]}}`:                                                 "lines[0].price",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"quantity":1,"priceMinor":1}],"charges":[{"includesTax":true}]}}`: "charges[0].amount",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"quantity":1,"price":"1"}],"discounts":[{"id":"x"}]}}`:            "discounts[0].amount",
		`{"basket":{}}`:           "place.country",
		`{"place":{"Land":"DE"}}`: "place.Land",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"}}`:                                                                "basket",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":null}`:                                                  "basket",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"id":"` + "\xff" + `"}]}}`:                   "basket.lines[0].id",
		`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"price":` + strings.Repeat("9", 99) + `}]}}`: "basket.lines[0].price",
	} {
		_, err := shop.Price(t.Context(), r, []byte(document), day)
		var input *tax.InputError
		if assert.ErrorAs(t, err, &input, document) {
			assert.Equal(t, path, input.Field, document)
		}
	}
	for path, included := range map[string]string{
		"place":                       `{"place":{"country":"ZZ"},"basket":{}}`,
		"lines[0].tax.place":          `{"place":{"country":"DE"},"basket":{"lines":[{"tax":{"place":{"country":"US"}}}]}}`,
		"charges[0].tax.place":        `{"place":{"country":"DE"},"basket":{"charges":[{"tax":{"place":{"country":"US"}}}]}}`,
		"lines[0].tax.included.place": `{"place":{"country":"DE"},"basket":{"lines":[{"tax":{"included":{"place":{"country":"US"}}}}]}}`,
		"lines[0].tax.included.class": `{"place":{"country":"DE"},"basket":{"lines":[{"tax":{"included":{"class":"NONE"}}}]}}`,
	} {
		_, err := shop.Price(t.Context(), r, []byte(included), day)
		var rate *basket.RateError
		if assert.ErrorAs(t, err, &rate, path) {
			assert.Equal(t, path, rate.Path)
		}
	}
}

func TestASaleIsVerifiedAloneAndWithItsNotes(t *testing.T) {
	result, err := shop.Price(t.Context(), resolver(t), []byte(`{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"id":"a","quantity":2,"price":"9.99"}]}}`), day)
	require.NoError(t, err)
	alone, err := json.Marshal(result)
	require.NoError(t, err)
	_, note, err := shop.Refund([]byte(`{"sale":` + string(alone) + `,"returns":[{"id":"a","quantity":1}]}`))
	require.NoError(t, err)
	noted, err := json.Marshal(map[string]any{"sale": result, "notes": []*basket.CreditNote{note}})
	require.NoError(t, err)
	for _, document := range [][]byte{alone, noted} {
		_, violations, err := shop.Verify(document)
		require.NoError(t, err)
		assert.Empty(t, violations)
	}
	result.Lines[0].Tax++
	broken, err := json.Marshal(result)
	require.NoError(t, err)
	_, violations, err := shop.Verify(broken)
	require.NoError(t, err)
	assert.NotEmpty(t, violations)
}
