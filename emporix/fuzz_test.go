package emporix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/taxresolve/tax/emporix"
)

// FuzzCalculate sends arbitrary bytes. An error is a bad request or an error of
// the source. An answer is JSON, repeats the input, and satisfies the
// arithmetic.
func FuzzCalculate(f *testing.F) {
	f.Add([]byte(`{"commandUuid":"c","input":{"sourceLocation":{"countryCode":"DE"},"sourceTaxClass":"STANDARD","targetLocation":{"countryCode":"PL"},"targetTaxClass":"STANDARD","includesTax":true,"price":1.59}}`))
	c := calculator(f, &emporix.CalculatorOptions{AllowDefaultClass: true})
	f.Fuzz(func(t *testing.T, request []byte) {
		kept := bytes.Clone(request)
		got, err := c.CalculateJSON(context.Background(), request)
		if !bytes.Equal(kept, request) {
			t.Fatal("the request was changed")
		}
		if err != nil {
			document := emporix.ErrorFor(err)
			if len(document.Details) == 1 != (document.Code == 400) || !utf8.ValidString(err.Error()) {
				t.Fatalf("%+v for %v", document, err)
			}
			return
		}
		if !json.Valid(request) || !utf8.Valid(got) {
			t.Fatalf("%q is answered with %q", request, got)
		}
		a := decodeAnswer(t, got)
		if fault := a.fault(ofGross); fault != "" {
			t.Fatalf("%s\n%s\n%s", fault, request, got)
		}
		// Without its output, the answer is a request again.
		cut, _, _ := bytes.Cut(got, []byte(`,"output":`))
		again, err := c.CalculateJSON(context.Background(), append(bytes.Clone(cut), '}'))
		if err != nil || !bytes.Equal(got, again) {
			t.Fatalf("the answer to %s\nis      %s\nthen is %s: %v", request, got, again, err)
		}
	})
}
