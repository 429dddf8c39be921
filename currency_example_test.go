package tax_test

import (
	"errors"
	"fmt"

	"github.com/taxresolve/tax"
)

func ExampleRoundingFor() {
	for _, currency := range []string{"EUR", "jpy", "KWD", "IDR"} {
		r, err := tax.RoundingFor(currency)
		fmt.Println(currency, r.Scale, err)
	}

	_, err := tax.RoundingFor("XAU")
	fmt.Println(err)
	fmt.Println(errors.Is(err, tax.ErrInvalid))
	// Output:
	// EUR 2 <nil>
	// jpy 0 <nil>
	// KWD 3 <nil>
	// IDR 2 <nil>
	// tax: currency "XAU": has no minor unit in ISO 4217: pass a Rounding with the Scale that you settle in
	// true
}
