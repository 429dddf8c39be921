package world

import (
	"strconv"
	"strings"
	"sync"

	"github.com/taxresolve/tax"
)

// Region is a part of a country that charges something on top of its standard
// rate and has postal codes of its own.
type Region struct {
	// Country and Code are those of ISO 3166.
	Country, Code string
	// CountryNumber is the place of the country in [Countries].
	CountryNumber int
	// PostalCode is one of its addresses.
	PostalCode string

	postalRange string
	extra       Thousandths
}

// The regions, each with the beginning of its postal codes.
var regionCodes = map[string]string{
	"CA": "AB=T BC=V MB=R NB=E NL=A NS=B NT=X NU=Y ON=K PE=C QC=G SK=S YT=N",
	"US": "AL=350 AZ=850 CA=900 CO=800 FL=320 GA=300 IL=600 IN=460 MA=010 MD=206 " +
		"MI=480 MN=550 MO=630 NC=270 NJ=070 NY=100 OH=430 PA=150 TN=370 TX=750 VA=220 WA=980 WI=530",
}

// Regions returns all regions in a fixed order.
var Regions = sync.OnceValue(func() (list []Region) {
	for number, code := range Countries() {
		for i, part := range strings.Fields(regionCodes[code]) {
			region, prefix, _ := strings.Cut(part, "=")
			postal := prefix + "01"
			if code == "CA" {
				postal = prefix + "1A 0A2"
			}
			list = append(list, Region{
				Country: code, CountryNumber: number, Code: region,
				PostalCode: postal, postalRange: prefix + "*", extra: Thousandths(1000 + i*125),
			})
		}
	}
	return list
})

// RateOn returns the rate of a class in the region on a day; the zero Date means
// today.
func (r Region) RateOn(class int, day tax.Date) Thousandths {
	rate := Rate(r.CountryNumber, class)
	if !day.IsZero() {
		rate = RateOn(r.CountryNumber, class, day)
	}
	if class == 0 {
		rate += r.extra
	}
	return rate
}

func (r Region) document() tax.Configuration {
	p, err := tax.ParsePostalRange(r.postalRange)
	if err != nil {
		panic(strconv.Quote(r.postalRange) + " is no postal range") // unreachable: the ranges are those above
	}
	return tax.Configuration{
		Location:    tax.Location{Country: r.Country, Region: r.Code},
		PostalCodes: []tax.PostalRange{p},
		Classes: []tax.Class{{
			Code:  Classes[0],
			Rates: []tax.Rate{{Effect: tax.Add, Percent: percent(r.extra)}},
		}},
	}
}
