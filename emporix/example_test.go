package emporix_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	world "github.com/taxresolve/tax/rates"
)

// worldRates returns a resolver. Its Clock stands still, so that the output
// does not change; a real resolver needs no Clock.
func worldRates() *tax.Resolver {
	r, err := tax.NewResolver(world.World(), &tax.Options{
		Clock: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		panic(err) // unreachable: the options are valid
	}
	return r
}

func ExampleCalculator_CalculateJSON() {
	r := worldRates()
	defer r.Close()
	c, err := emporix.NewCalculator(r, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := c.CalculateJSON(context.Background(), []byte(`{
		"commandUuid": "53a4fd36-3d5f-4c0b-9c2e-9e4d3f0d9c11",
		"input": {
			"sourceLocation": {"countryCode": "DE"}, "sourceTaxClass": "STANDARD",
			"targetLocation": {"countryCode": "PL"}, "targetTaxClass": "STANDARD",
			"includesTax": true, "price": 1.59
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(answer))
	// Output:
	// {"commandUuid":"53a4fd36-3d5f-4c0b-9c2e-9e4d3f0d9c11","input":{"sourceLocation":{"countryCode":"DE"},"sourceTaxClass":"STANDARD","targetLocation":{"countryCode":"PL"},"targetTaxClass":"STANDARD","includesTax":true,"price":1.59},"output":{"netPrice":1.3361344538,"grossPrice":1.643445378174,"sourceTaxRate":19,"targetTaxRate":23}}
}

func ExampleCalculator_Calculate() {
	r := worldRates()
	defer r.Close()
	c, err := emporix.NewCalculator(r, &emporix.CalculatorOptions{AllowDefaultClass: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	price, err := emporix.NewPrice(decimal.New(10000, -2))
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := c.Calculate(context.Background(), emporix.Command{
		Input: emporix.Input{TargetCountry: "DE", IncludesTax: true, Price: price},
		Date:  tax.MustDate("2020-12-31"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	out := answer.Output
	fmt.Println(out.NetPrice.StringFixed(10), out.GrossPrice.StringFixed(2))
	fmt.Println(out.Source.Explain().Percent, out.Source.Class(), "until", out.Source.Until())
	// Output:
	// 86.2068965517 100.00
	// 16 STANDARD until 2021-01-01
}

func ExampleErrorFor() {
	r := worldRates()
	defer r.Close()
	c, err := emporix.NewCalculator(r, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, request := range []string{
		`{"input": {"targetLocation": {"countryCode": "DE"}, "targetTaxClass": "STANDARD", "includesTax": false, "price": "1,59"}}`,
		`{"input": {"targetLocation": {"countryCode": "DE"}, "targetTaxClass": "BOOKS", "includesTax": false, "price": 1.59}}`,
	} {
		_, err := c.CalculateJSON(context.Background(), []byte(request))
		document := emporix.ErrorFor(err)
		body, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("HTTP %d\n%s\n", document.Code, body)
	}
	// Output:
	// HTTP 400
	// {
	//   "code": 400,
	//   "status": "Bad Request",
	//   "message": "invalid request",
	//   "details": [
	//     "input.price \"1,59\": write digits with a point before the decimals, such as 19 or 9.975"
	//   ]
	// }
	// HTTP 400
	// {
	//   "code": 400,
	//   "status": "Bad Request",
	//   "message": "unknown class",
	//   "details": [
	//     "the tax configuration of the country \"DE\" has no tax class \"BOOKS\""
	//   ]
	// }
}
