package tax_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/taxresolve/tax"
)

func ExampleReadConfiguration() {
	c, err := tax.ReadConfiguration(strings.NewReader(`{
	  "location": {"countryCode": "DE"},
	  "taxClasses": [
	    {"code": "STANDARD", "name": {"en": "Standard", "de": "Normal"}, "isDefault": true, "rates": [
	      {"from": "2021-01-01", "percent": 19},
	      {"from": "2020-07-01", "percent": 16},
	      {"from": "2007-01-01", "percent": 19}
	    ]},
	    {"code": "REDUCED", "name": {"en": "Reduced"}, "order": 1, "rate": 7}
	  ]
	}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, class := range c.Classes {
		fmt.Println(class.Code, class.Rates[0].Percent, len(class.Rates))
	}

	// What is missing is never 0, and the error tells where it is missing.
	_, err = tax.ReadConfiguration(strings.NewReader(
		`{"location": {"countryCode": "DE"}, "taxClasses": [{"code": "STANDARD", "rate": null}]}`), nil)
	var input *tax.InputError
	if errors.As(err, &input) {
		fmt.Println(input.Field)
	}
	fmt.Println(errors.Is(err, tax.ErrInvalid))
	// Output:
	// STANDARD 19 3
	// REDUCED 7 1
	// taxClasses[0].rate
	// true
}

func ExampleConfiguration_MarshalJSON() {
	c := tax.Configuration{
		Location: tax.Location{Country: "CA", Region: "QC"},
		Tax:      tax.Tax{Code: "QST", Name: tax.MustLocalizedText(map[string]string{"en": "QST", "fr": "TVQ"})},
		Classes: []tax.Class{{
			Code:    "STANDARD",
			Default: true,
			Rates: []tax.Rate{
				{From: tax.MustDate("2013-01-01"), Effect: tax.Add, Percent: tax.MustPercent("9.975")},
				{Effect: tax.AddCompound, Percent: tax.MustPercent("9.50")},
			},
		}},
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(c); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {
	//   "locationCode": "CA-QC",
	//   "location": {
	//     "countryCode": "CA",
	//     "region": "QC"
	//   },
	//   "tax": {
	//     "code": "QST",
	//     "name": {
	//       "en": "QST",
	//       "fr": "TVQ"
	//     }
	//   },
	//   "taxClasses": [
	//     {
	//       "code": "STANDARD",
	//       "order": 0,
	//       "isDefault": true,
	//       "rates": [
	//         {
	//           "from": "2013-01-01",
	//           "effect": "add",
	//           "percent": 9.975
	//         },
	//         {
	//           "effect": "addCompound",
	//           "percent": 9.50
	//         }
	//       ]
	//     }
	//   ]
	// }
}
