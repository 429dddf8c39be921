// Package world has the rates of the benchmarks. They are invented, plain, and can
// be computed without the library, so that every answer can be checked.
package world

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

// Classes are the codes of the five classes that every country has.
var Classes = [...]string{"STANDARD", "REDUCED", "REDUCED_2", "SUPER_REDUCED", "ZERO"}

// eras are the days on which every rate of the detailed documents changes.
var eras = [...]string{"", "2007-01-01", "2020-07-01", "2021-01-01"}

// Thousandths is a percentage in units of 0.001 %: the smallest value that a program
// without a library could keep as an answer.
type Thousandths int64

// Table has the rates of the classes of a country, as such a program keeps them.
type Table [len(Classes)]Thousandths

// Countries returns the alpha-2 codes of all countries.
var Countries = sync.OnceValue(func() (codes []string) {
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if l, err := tax.ParseLocation(code, ""); err == nil && l.String() == code {
				codes = append(codes, code)
			}
		}
	}
	return codes
})

// Rate returns the rate of a class of a country today, by their numbers.
func Rate(country, class int) Thousandths { return rateIn(country, class, len(eras)-1) }

func rateIn(country, class, era int) Thousandths {
	return Thousandths((len(Classes)-1-class)*4000 + country%17*250 + era*125)
}

// RateOn returns the rate of a class of a country on a day.
func RateOn(country, class int, day tax.Date) Thousandths {
	era := len(eras) - 1
	for era > 0 && day.Before(tax.MustDate(eras[era])) {
		era--
	}
	return rateIn(country, class, era)
}

// Tables returns the tables of all countries, by their numbers.
var Tables = sync.OnceValue(func() []Table {
	tables := make([]Table, len(Countries()))
	for i := range tables {
		for class := range Classes {
			tables[i][class] = Rate(i, class)
		}
	}
	return tables
})

// Names are the same in all countries, as they are in the documents of one shop.
var className = sync.OnceValue(func() (names [len(Classes)]tax.LocalizedText) {
	for i, code := range Classes {
		text := strings.ToLower(strings.ReplaceAll(code, "_", " ")) + " rate"
		names[i] = tax.MustLocalizedText(map[string]string{"en": text, "de": text + " (de)", "fr": text + " (fr)"})
	}
	return names
})

func percent(t Thousandths) decimal.Decimal { return decimal.New(int64(t), -3) }

// country makes a document with the rates from an era on.
func country(number, from int, rate func(class, era int) Thousandths) tax.Configuration {
	c := tax.Configuration{
		Location: tax.Location{Country: Countries()[number]},
		Tax:      tax.Tax{Code: "VAT"},
	}
	for class, code := range Classes {
		k := tax.Class{Code: code, Name: className()[class], Order: new(class), Default: class == 0}
		for era := len(eras) - 1; era >= from; era-- {
			r := tax.Rate{Percent: percent(rate(class, era))}
			if era > from {
				r.From = tax.MustDate(eras[era])
			}
			k.Rates = append(k.Rates, r)
		}
		c.Classes = append(c.Classes, k)
	}
	return c
}

// common returns the rates of a country that all tenants share.
func common(number int) func(class, era int) Thousandths {
	return func(class, era int) Thousandths { return rateIn(number, class, era) }
}

// Plain returns, by country code, one document with today's rates, as merchants
// write them for their own shops.
var Plain = sync.OnceValue(func() map[string][]tax.Configuration {
	all := make(map[string][]tax.Configuration)
	for i, code := range Countries() {
		all[code] = []tax.Configuration{country(i, len(eras)-1, common(i))}
	}
	return all
})

// Detailed returns, by country code, documents with four rates in the history
// of every class, and with the regions of [Regions].
var Detailed = sync.OnceValue(func() map[string][]tax.Configuration {
	all := make(map[string][]tax.Configuration)
	for i, code := range Countries() {
		all[code] = []tax.Configuration{country(i, 0, common(i))}
	}
	for _, r := range Regions() {
		all[r.Country] = append(all[r.Country], r.document())
	}
	return all
})

// Source returns the same documents for every tenant and every call, so that a load
// spends no time on making them. It counts its calls.
func Source(documents map[string][]tax.Configuration, calls *atomic.Int64) tax.Source {
	return tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		calls.Add(1)
		return documents[key.Country], nil
	})
}

const tenantPrefix = "merchant-"

// Tenants returns n identifiers of tenants.
func Tenants(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s%06d", tenantPrefix, i)
	}
	return ids
}
