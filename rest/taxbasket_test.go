package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/rest"
)

// basketWith is a request to price a basket with these fields.
func basketWith(fields string) string {
	return `{"place":{"country":"CA","region":"QC"},"policy":{"currency":"CAD","level":"rate"},"basket":{` + fields + `}}`
}

func TestABasketIsPricedAsByThePackage(t *testing.T) {
	s := canada(t, rest.Options{})
	w := s.ask("POST", "/v1/acme/baskets/price", readToken, pricedBasket)
	require.Equal(t, 200, w.Code, w.Body)
	assert.Equal(t, soldBasket, w.Body.String())
	// What Go writes of a basket itself is the same document.
	b := basket.Basket{Lines: []basket.Line{{Quantity: decimal.New(2, 0), Price: decimal.New(10, 0)}}}
	written, err := json.Marshal(map[string]any{"place": map[string]any{"country": "CA", "region": "QC"}, "policy": basket.Policy{Currency: "CAD", Level: basket.ByRate}, "basket": b})
	require.NoError(t, err)
	w = s.ask("POST", "/v1/acme/baskets/price", readToken, string(written))
	require.Equal(t, 200, w.Code, w.Body)
	assert.Equal(t, strings.ReplaceAll(soldBasket, `"10.00"`, `"10"`), w.Body.String())
	// Another tenant has no rates there.
	w = s.ask("POST", "/v1/others/baskets/price", "tok:others:tax.tax_read", pricedBasket)
	assert.Equal(t, 422, w.Code)
	assert.Contains(t, w.Body.String(), `"field":"place"`)
}

func TestLinesHavePlacesOfTheirOwn(t *testing.T) {
	w := canada(t, rest.Options{}).ask("POST", "/v1/acme/baskets/price", readToken, basketWith(`"lines":[
		{"quantity":1,"price":"105","includesTax":true,"tax":{"included":{"place":{"country":"CA"},"class":"STANDARD"}}},
		{"quantity":1,"price":"100","tax":{"place":{"country":"CA"}}}],
		"charges":[{"amount":"10","spread":"fixedClass","tax":{"place":{"country":"CA"}}}],"languages":["en"]`))
	require.Equal(t, 200, w.Code, w.Body)
	var r basket.Result
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &r))
	assert.Equal(t, basket.Sum{Net: 10000, Tax: 1498, Gross: 11498}, r.Lines[0].Sum)
	assert.Equal(t, basket.Sum{Net: 10000, Tax: 500, Gross: 10500}, r.Lines[1].Sum)
	assert.Equal(t, basket.Sum{Net: 1000, Tax: 50, Gross: 1050}, r.Charges[0].Sum)
	assert.NotEmpty(t, r.Labels)
}

func TestABasketThatCannotBePricedIsRefused(t *testing.T) {
	const line = `{"quantity":1,"price":1}`
	lines := func(fields string) string { return basketWith(`"lines":[{"quantity":1,"price":1,` + fields + `}]`) }
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		field  string
	}{
		"no place":              {`{"policy":{"currency":"EUR"},"basket":{}}`, 400, "missing", "place.country"},
		"no policy":             {`{"place":{"country":"CA"},"basket":{}}`, 400, "missing", "policy.rounding"},
		"no such country":       {strings.Replace(pricedBasket, `"CA"`, `"XX"`, 1), 422, "unknown_country", "place"},
		"a country without":     {strings.Replace(pricedBasket, `"CA","region":"QC"`, `"DE"`, 1), 422, "", "place"},
		"a class without":       {lines(`"class":"X"`), 422, "unknown_class", "lines[0].class"},
		"included without":      {lines(`"includesTax":true,"tax":{"included":{"class":"X"}}`), 422, "unknown_class", "lines[0].tax.included.class"},
		"place of a line":       {lines(`"tax":{"place":{"country":"DE"}}`), 422, "", "lines[0].tax.place"},
		"place of a charge":     {basketWith(`"charges":[{"amount":1,"spread":"fixedClass","tax":{"included":{"place":{}}}}]`), 400, "missing", "charges[0].tax.included.place.country"},
		"no quantity":           {basketWith(`"lines":[{"price":1}]`), 400, "", "lines[0].quantity"},
		"no price":              {basketWith(`"lines":[{"id":"pen","quantity":1,"Price":null}]`), 400, "missing", "lines[0].price"},
		"no size":               {basketWith(`"lines":[` + line + `],"discounts":[{"id":"x"}]`), 400, "missing", "discounts[0].amount"},
		"no size of a tax":      {basketWith(`"lines":[` + line + `],"withheld":[{"percent":1},{"id":"IRPF"}]`), 400, "missing", "withheld[1].percent"},
		"no size of a charge":   {basketWith(`"lines":[` + line + `],"charges":[{"includesTax":true,"amount":null}]`), 400, "missing", "charges[0].amount"},
		"no size in a line":     {lines(`"discounts":[{"percent":5},{}]`), 400, "missing", "lines[0].discounts[1].amount"},
		"no size on a line":     {lines(`"charges":[{}]`), 400, "missing", "lines[0].charges[0].amount"},
		"a field that is not":   {lines(`"x":1`), 400, "unknown", "basket.lines[0].x"},
		"a field of a tax":      {lines(`"tax":{"x":1}`), 400, "unknown", "basket.lines[0].tax.x"},
		"a field of a place":    {strings.Replace(pricedBasket, `"region"`, `"Tenant"`, 1), 400, "unknown", "place.Tenant"},
		"twice":                 {lines(`"class":"A","Class":"STANDARD"`), 400, "duplicate", "basket.lines[0].Class"},
		"a number as text":      {lines(`"count":"1"`), 400, "wrong_type", "basket.lines[0].count"},
		"no number":             {basketWith(`"lines":[{"quantity":1,"price":"x"}]`), 400, "malformed", "basket.lines[0].price"},
		"not UTF-8":             {lines(`"id":"` + "\xff" + `"`), 400, "not_utf8", "basket.lines[0].id"},
		"half a character":      {lines(`"id":"\ud800"`), 400, "", "basket.lines[0].id"},
		"a huge exponent":       {basketWith(`"lines":[{"quantity":1,"price":1e999999999}]`), 400, "", ""},
		"a huge exponent as":    {basketWith(`"lines":[{"quantity":"1e-999999999","price":1}]`), 400, "", ""},
		"a huge number":         {basketWith(`"lines":[{"quantity":1,"price":` + strings.Repeat("9", 1000) + `}]`), 400, "too_long", "basket.lines[0].price"},
		"a huge text":           {lines(`"id":"` + strings.Repeat("9", 5000) + `"`), 400, "too_long", "basket.lines[0].id"},
		"deep":                  {basketWith(`"lines":` + strings.Repeat("[", 500) + strings.Repeat("]", 500)), 400, "out_of_range", ""},
		"many lines":            {basketWith(`"lines":[` + many(10_001, line) + `]`), 400, "too_many", "lines"},
		"many discounts":        {basketWith(`"discounts":[` + many(101, "{}") + `]`), 400, "too_many", "discounts"},
		"many charges":          {basketWith(`"charges":[` + many(101, "{}") + `]`), 400, "too_many", "charges"},
		"many languages":        {basketWith(`"languages":[` + many(21, `"en"`) + `]`), 400, "too_many", "languages"},
		"many line discounts":   {lines(`"discounts":[` + many(101, "{}") + `]`), 400, "too_many", "lines[0].discounts"},
		"many line charges":     {lines(`"charges":[` + many(101, "{}") + `]`), 400, "too_many", "lines[0].charges"},
		"a language that is no": {basketWith(`"languages":["?"]`), 400, "", "languages[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := canada(t, rest.Options{Failed: func(_ *http.Request, err error) { t.Error(err) }}).ask("POST", "/v1/acme/baskets/price", readToken, c.body)
			assert.Equal(t, c.status, w.Code, w.Body)
			var answer struct {
				Error struct{ Code, Field, Message string }
			}
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), w.Body)
			assert.NotEmpty(t, answer.Error.Message)
			if c.code != "" {
				assert.Equal(t, c.code, answer.Error.Code, w.Body)
			}
			if c.field != "" {
				assert.Equal(t, c.field, answer.Error.Field, w.Body)
			}
		})
	}
}

func TestASaleIsRefundedAndVerified(t *testing.T) {
	s := canada(t, rest.Options{})
	refund := func(notes, returns string) (int, string) {
		w := s.ask("POST", "/v1/acme/baskets/refund", readToken, `{"sale":`+soldBasket+`,"notes":[`+notes+`],"returns":`+returns+`}`)
		return w.Code, w.Body.String()
	}
	status, first := refund("", `[{"id":"line-1","quantity":"1"}]`)
	require.Equal(t, 200, status, first)
	var note basket.CreditNote
	require.NoError(t, json.Unmarshal([]byte(first), &note))
	assert.Equal(t, basket.Sum{Net: 1000, Tax: 150, Gross: 1150}, note.Total)
	status, rest := refund(first, `[{"all":true}]`)
	require.Equal(t, 200, status, rest)
	status, none := refund(first+","+rest, `[{"all":true}]`)
	assert.Equal(t, 400, status)
	assert.Contains(t, none, `"code":"nothing_left"`)
	status, none = refund("", `[]`)
	assert.Equal(t, 400, status)
	assert.Contains(t, none, `"field":"returns"`)

	verify := func(sale, notes string) string {
		w := s.ask("POST", "/v1/acme/baskets/verify", readToken, `{"sale":`+sale+`,"notes":[`+notes+`]}`)
		require.Equal(t, 200, w.Code, w.Body)
		return w.Body.String()
	}
	assert.Equal(t, `{"violations":[]}`, verify(soldBasket, first+","+rest))
	assert.Contains(t, verify(strings.Replace(soldBasket, `"payable":2300`, `"payable":2301`, 1), ""), `{"law":"payable","at":"payable","want":2300,"got":2301}`)
	assert.Contains(t, verify(soldBasket, first+","+first+","+first), `"law":"refund`)

	for _, operation := range []string{"refund", "verify"} {
		for body, want := range map[string]string{
			`{}`:          `"field":"sale"`,
			`{"sale":{}}`: `"`,
			`{"sale":{"lines":[` + strings.TrimSuffix(strings.Repeat("{},", 10_001), ",") + `]}}`:                     `"field":"sale.lines"`,
			fmt.Sprintf(`{"sale":%s,"notes":[%s]}`, soldBasket, strings.TrimSuffix(strings.Repeat("{},", 1001), ",")): `"field":"notes"`,
			`{"sale":` + soldBasket + `,"x":1}`: `"field":"x"`,
		} {
			w := s.ask("POST", "/v1/acme/baskets/"+operation, readToken, body)
			if operation == "verify" && body == `{"sale":{}}` {
				assert.Equal(t, 200, w.Code, w.Body)
				continue
			}
			assert.Equal(t, 400, w.Code, w.Body)
			assert.Contains(t, w.Body.String(), want)
		}
	}
	w := s.ask("POST", "/v1/acme/baskets/refund", readToken, `{"sale":`+soldBasket+`,"returns":[`+strings.TrimSuffix(strings.Repeat("{},", 1001), ",")+`]}`)
	assert.Equal(t, 400, w.Code)
	assert.Contains(t, w.Body.String(), `"field":"returns"`)
}

// No part of what two lists make together is larger than what the limits permit.
func TestTheLargestBasketIsPricedInTime(t *testing.T) {
	discounts := strings.TrimSuffix(strings.Repeat(`{"percent":1},`, 100), ",")
	lines := strings.TrimSuffix(strings.Repeat(`{"count":1,"priceMinor":999},`, 10_000), ",")
	w := canada(t, rest.Options{}).ask("POST", "/v1/acme/baskets/price", readToken, basketWith(`"lines":[`+lines+`],"discounts":[`+discounts+`]`))
	require.Equal(t, 200, w.Code, w.Body.String()[:min(w.Body.Len(), 200)])
	assert.Less(t, w.Body.Len(), 16<<20)
}
