package emporix_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/emporix"
)

func TestParseCommandReadsEveryField(t *testing.T) {
	cmd, err := emporix.ParseCommand([]byte(` {"commandUuid":"c1","input":{"sourceLocation":{"countryCode":"DE"},"sourceTaxClass":"A",
		"targetLocation":{"countryCode":"PL"},"targetTaxClass":"B","includesTax":true,"price":1.59}} `))
	require.NoError(t, err)
	assert.Equal(t, emporix.Command{UUID: "c1", Input: emporix.Input{SourceCountry: "DE", SourceClass: "A",
		TargetCountry: "PL", TargetClass: "B", IncludesTax: true, Price: price(t, "1.59")}}, cmd)
}

func TestParseCommandDoesNotKeepTheRequest(t *testing.T) {
	request := []byte(`{"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","includesTax":false,"price":1.59}}`)
	cmd, err := emporix.ParseCommand(request)
	require.NoError(t, err)
	copy(request, bytes.Repeat([]byte("9"), len(request)))
	assert.Equal(t, "DE", cmd.Input.TargetCountry)
	assert.Equal(t, "1.59", cmd.Input.Price.String())
}

func TestMalformedRequestsAreRefusedWithTheirPath(t *testing.T) {
	input := func(fields string) string { return `{"input":{` + fields + `}}` }
	const rest = `"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","includesTax":true`
	priced := func(price string) string { return input(rest + `,"price":` + price) }
	for _, c := range []struct{ request, path, reason string }{
		// no document, or more than one
		{``, "document", "ends too early"},
		{` `, "document", "ends too early"},
		{`null`, "document", "instead of null"},
		{`[]`, "document", "an object instead of a list"},
		{`"x"`, "document", "an object instead of a string"},
		{`{`, "document", "ends too early"},
		{`{}`, "input", "missing"},
		{"\ufeff" + priced("1"), "document", "not valid JSON"},
		{priced("1") + `{}`, "document", "data after the document"},
		{priced("1") + `x`, "document", "data after the document"},
		{priced("1")[:60], "input", "ends too early"},
		{strings.Repeat(" ", 64<<10) + priced("1"), "document", "larger than 65536 bytes"},
		{strings.Repeat(`{"input":`, 5000), "input.input", "no such field"},
		{strings.Repeat("[", 60000), "document", "an object instead of a list"},
		// fields
		{`{"input":{},"command":1}`, "command", "use commandUuid, input"},
		{`{"Input":{}}`, "Input", "upper and lower case matter, write input"},
		{`{"commandUUID":"x","input":{}}`, "commandUUID", "write commandUuid"},
		{`{"output":{}}`, "output", "use commandUuid, input"},
		{input(rest + `,"price":1,"currency":"EUR"`), "input.currency", "no such field: use sourceLocation"},
		{input(rest + `,"price":1,"price":1`), "input.price", "given twice"},
		{input(rest + `,"price":1,"pri\u0063e":1`), "input.price", "given twice"},
		{input(rest + `,"price":1,"includestax":true`), "input.includestax", "write includesTax"},
		{input(rest + `,"price":1,`), "input", "a comma with nothing after it"},
		{`{"commandUuid":"a","commandUuid":"b"}`, "commandUuid", "given twice"},
		{input(`"targetLocation":{"countryCode":"DE","region":"BY"}`), "input.targetLocation.region", "use countryCode"},
		{input(`"targetLocation":{"countryCode":"DE","countryCode":"DE"}`), "input.targetLocation.countryCode", "given twice"},
		{input(`"targetLocation":{}`), "input.targetLocation.countryCode", "missing"},
		{input(`"sourceLocation":{}`), "input.sourceLocation.countryCode", "missing"},
		// values of another type, null, nothing
		{`{"commandUuid":null,"input":{}}`, "commandUuid", "instead of null"},
		{`{"commandUuid":7,"input":{}}`, "commandUuid", "a string instead of a number"},
		{`{"commandUuid":"","input":{}}`, "commandUuid", "empty"},
		{`{"commandUuid":"a` + "\xff" + `","input":{}}`, "commandUuid", "UTF-8"},
		{`{"commandUuid":"\ud83d","input":{}}`, "commandUuid", "surrogate"},
		{`{"commandUuid":"` + "\n" + `","input":{}}`, "commandUuid", "control character"},
		{`{"input":null}`, "input", "instead of null"},
		{input(`"targetLocation":"DE"`), "input.targetLocation", "an object instead of a string"},
		{input(`"targetLocation":null`), "input.targetLocation", "instead of null"},
		{input(`"targetLocation":{"countryCode":null}`), "input.targetLocation.countryCode", "instead of null"},
		{input(`"targetLocation":{"countryCode":""}`), "input.targetLocation.countryCode", "empty"},
		{input(`"targetTaxClass":""`), "input.targetTaxClass", "empty"},
		{input(`"targetTaxClass":["STANDARD"]`), "input.targetTaxClass", "a string instead of a list"},
		{input(`"sourceTaxClass":null`), "input.sourceTaxClass", "instead of null"},
		{input(`"includesTax":"true"`), "input.includesTax", "true or false instead of a string"},
		{input(`"includesTax":1`), "input.includesTax", "true or false instead of a number"},
		{input(`"includesTax":null`), "input.includesTax", "instead of null"},
		// fields that only the calculation requires
		{input(rest), "input.price", "missing"},
		{input(`"price":1`), "input.targetLocation", "missing"},
		{input(`"includesTax":true,"price":1,"targetTaxClass":"STANDARD"`), "input.targetLocation", "missing"},
		{input(`"includesTax":true,"price":1,"targetLocation":{"countryCode":"DE"}`), "input.targetTaxClass", "missing"},
		// prices
		{priced(`null`), "input.price", "instead of null"},
		{priced(`true`), "input.price", "a price, such as 1.59, instead of true or false"},
		{priced(`{"amount":1}`), "input.price", "instead of an object"},
		{priced(`""`), "input.price", "write digits"},
		{priced(`" 1"`), "input.price", "write digits"},
		{priced(`"1,59"`), "input.price", "write digits"},
		{priced(`"EUR 1.59"`), "input.price", "write digits"},
		{priced(`"−1.59"`), "input.price", "write digits"},
		{priced(`"١"`), "input.price", "write digits"},
		{priced(`"NaN"`), "input.price", "write digits"},
		{priced(`NaN`), "input.price", "want a price"},
		{priced(`-Infinity`), "input.price", "write digits"},
		{priced(`+1`), "input.price", "write digits"},
		{priced(`.5`), "input.price", "write digits"},
		{priced(`5.`), "input.price", "write digits"},
		{priced(`-`), "input.price", "write digits"},
		{priced(`01`), "input.price", "leading zero"},
		{priced(`"-01"`), "input.price", "leading zero"},
		{priced(`1_000`), "input.price", "write digits"},
		{priced(`0x10`), "input.price", "write digits"},
		{priced(`1e`), "input.price", "write digits"},
		{priced(`1e+`), "input.price", "write digits"},
		{priced(`1e+-5`), "input.price", "write digits"},
		{priced(`1e1.5`), "input.price", ""},
		{priced(`1e5e5`), "input.price", ""},
		{priced(`1e21`), "input.price", "exponent from -20 to 20"},
		{priced(`1e-21`), "input.price", "exponent from -20 to 20"},
		{priced(`1e1000000000`), "input.price", "exponent from -20 to 20"},
		{priced(`"1e-1000000000"`), "input.price", "exponent from -20 to 20"},
		{priced(`0.` + strings.Repeat("0", 20) + `1`), "input.price", "at most 40 digits"},
		{priced(strings.Repeat("9", 41)), "input.price", "at most 40 digits"},
		{priced(strings.Repeat("9", 60000)), "input.price", "at most 40 digits"},
	} {
		request := c.request
		if len(request) > 200 {
			request = request[:200]
		}
		t.Run(request, func(t *testing.T) {
			got, err := calculator(t, &emporix.CalculatorOptions{Strict: true}).CalculateJSON(context.Background(), []byte(c.request))
			requireInputError(t, err, c.path, c.reason)
			assert.Nil(t, got)
			document := emporix.ErrorFor(err)
			assert.Equal(t, 400, document.Code)
			require.Len(t, document.Details, 1)
			assert.True(t, strings.HasPrefix(document.Details[0], c.path), document.Details[0])
			assert.Less(t, len(document.Details[0]), 600)
		})
	}
}
