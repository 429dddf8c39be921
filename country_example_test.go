package tax_test

import (
	"errors"
	"fmt"

	"github.com/taxresolve/tax"
)

func ExampleParseLocation() {
	for _, address := range [][2]string{
		{"deu", ""},
		{"UK", ""},
		{"ca", "ca-qc"},
		{"XI", ""},
		{"DE", "x-helgoland"},
	} {
		l, err := tax.ParseLocation(address[0], address[1])
		fmt.Println(l, err)
	}

	_, err := tax.ParseLocation("AN", "")
	fmt.Println(err)
	fmt.Println(errors.Is(err, tax.ErrUnknownCountry))
	// Output:
	// DE <nil>
	// GB <nil>
	// CA-QC <nil>
	// GB-NIR <nil>
	// DE-X-HELGOLAND <nil>
	// tax: country "AN": was dissolved in 2010: pass BQ, CW or SX
	// true
}

func ExampleLocation_Parent() {
	ajaccio := tax.Location{Country: "FR", Region: "2A"}
	for l := ajaccio; l != (tax.Location{}); l = l.Parent() {
		fmt.Println(l)
	}
	// Output:
	// FR-2A
	// FR-20R
	// FR
}
