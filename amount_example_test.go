package tax_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

// quebec answers with the two taxes of Quebec.
func quebec() tax.Resolution {
	source := tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{{
			Location: tax.Location{Country: "CA"},
			Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{
				Percent: tax.MustPercent("14.975"),
				Components: []tax.Component{
					{Code: "GST", Percent: tax.MustPercent("5")},
					{Code: "QST", Percent: tax.MustPercent("9.975")},
				},
			}}}},
		}}, nil
	})
	resolver, err := tax.NewResolver(source, nil)
	if err != nil {
		panic(err)
	}
	rate, err := resolver.Resolve(context.Background(), "CA", "STANDARD")
	if err != nil {
		panic(err)
	}
	return rate
}

// The price without tax stays as it is; the tax is rounded once, and its
// components sum to it.
func ExampleResolution_FromNet() {
	a, err := quebec().FromNet(decimal.New(3995, -2), tax.RoundTo(2, tax.HalfUp))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Net().StringFixed(2), a.Tax().StringFixed(2), a.Gross().StringFixed(2))
	for _, c := range a.Components() {
		fmt.Println(c.Component.Code, c.Amount.StringFixed(2))
	}
	// Output:
	// 39.95 5.98 45.93
	// GST 2.00
	// QST 3.98
}

// The price that the customer was shown stays as it is.
func ExampleResolution_FromGross() {
	a, err := quebec().FromGross(decimal.New(100, 0), tax.RoundTo(2, tax.HalfUp))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Net().StringFixed(2), a.Tax().StringFixed(2), a.Gross().StringFixed(2))
	for _, c := range a.Components() {
		fmt.Println(c.Component.Code, c.Amount.StringFixed(2))
	}
	// Output:
	// 86.98 13.02 100.00
	// GST 4.35
	// QST 8.67
}

// standard has one rate for each of two countries.
func standard() *tax.Resolver {
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		percent := map[string]string{"DE": "19", "PL": "23"}[key.Country]
		return []tax.Configuration{{
			Location: tax.Location{Country: key.Country},
			Tax:      tax.Tax{Code: "VAT"},
			TimeZone: "UTC",
			Classes:  []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}},
		}}, nil
	}), nil)
	if err != nil {
		panic(err)
	}
	return r
}

// A price in cents stays in cents: nothing is allocated.
func ExampleResolution_FromNetMinor() {
	rate, err := standard().Resolve(context.Background(), "DE", "STANDARD")
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := rate.FromNetMinor(1999, tax.RoundTo(2, tax.HalfUp))
	fmt.Println(a.Net, a.Tax, a.Gross, err)
	// Output:
	// 1999 380 2379 <nil>
}

// A price with more decimals than the currency has no minor units, and keeps
// its decimals.
func ExampleAmounts_Minor() {
	rate, err := standard().Resolve(context.Background(), "DE", "STANDARD")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, price := range []decimal.Decimal{decimal.New(1789, -3), decimal.New(179, -2)} {
		a, err := rate.FromGross(price, tax.RoundTo(2, tax.HalfUp))
		if err != nil {
			fmt.Println(err)
			return
		}
		text, _ := json.Marshal(a)
		cents, ok := a.Minor()
		fmt.Println(string(text), cents, ok)
	}
	// Output:
	// {"net":"1.499","tax":"0.29","gross":"1.789"} {0 0 0} false
	// {"net":"1.50","tax":"0.29","gross":"1.79"} {150 29 179} true
}

// A German price in Poland: with what the seller earns, or with what the
// customer pays.
func ExampleConvert() {
	r := standard()
	from, _ := r.Resolve(context.Background(), "DE", "")
	to, _ := r.Resolve(context.Background(), "PL", "")
	price, rounding := decimal.New(159, -2), tax.RoundTo(2, tax.HalfUp)

	kept, err := tax.Convert(price, from, to, rounding) // the seller earns as much as before
	text, _ := json.Marshal(kept)
	fmt.Println(string(text), err)

	same, err := to.FromGross(price, rounding) // the customer pays as much as before
	text, _ = json.Marshal(same)
	fmt.Println(string(text), err)
	// Output:
	// {"net":"1.33","tax":"0.31","gross":"1.64"} <nil>
	// {"net":"1.29","tax":"0.30","gross":"1.59"} <nil>
}

func ExampleRounding_Round() {
	price := decimal.New(12345, -3)
	for m := tax.HalfUp; m <= tax.Down; m++ {
		rounding := tax.RoundTo(2, m)
		up, err := rounding.Round(price)
		down, err2 := rounding.Round(price.Neg())
		fmt.Println(m, up.StringFixed(2), down.StringFixed(2), err, err2)
	}
	// Output:
	// halfUp 12.35 -12.35 <nil> <nil>
	// halfEven 12.34 -12.34 <nil> <nil>
	// halfDown 12.34 -12.34 <nil> <nil>
	// up 12.35 -12.35 <nil> <nil>
	// down 12.34 -12.34 <nil> <nil>
}

func ExampleRounding_Minor() {
	euro := tax.RoundTo(2, tax.HalfUp)
	for _, price := range []decimal.Decimal{decimal.New(1999, -2), decimal.New(20, 0), decimal.New(19999, -3)} {
		cents, err := euro.Minor(price)
		fmt.Println(cents, err)
	}
	price, err := euro.Decimal(1999)
	fmt.Println(price.StringFixed(2), err)
	// Output:
	// 1999 <nil>
	// 2000 <nil>
	// 0 tax: amount "19.999": more than 2 decimals: round it first
	// 19.99 <nil>
}

func ExampleRoundTo() {
	price := decimal.New(105, 0)
	for _, rounding := range []tax.Rounding{tax.RoundTo(0, tax.HalfUp), tax.RoundTo(0, tax.HalfEven), {}} {
		rounded, err := rounding.Round(price.Shift(-1))
		fmt.Println(rounding, "makes", rounded, err)
	}
	// Output:
	// halfUp, scale 0 makes 11 <nil>
	// halfEven, scale 0 makes 10 <nil>
	// no rounding makes 0 tax: rounding "": not given: use tax.RoundingFor("EUR") or tax.RoundTo(2, tax.HalfUp)
}

func ExampleRoundingFor() {
	for _, currency := range []string{"EUR", "jpy", "KWD", "IDR"} {
		r, err := tax.RoundingFor(currency)
		fmt.Println(currency, r.Scale(), err)
	}

	_, err := tax.RoundingFor("XAU")
	fmt.Println(err)
	fmt.Println(errors.Is(err, tax.ErrInvalid))
	// Output:
	// EUR 2 <nil>
	// jpy 0 <nil>
	// KWD 3 <nil>
	// IDR 2 <nil>
	// tax: currency "XAU": has no minor unit in ISO 4217: pass tax.RoundTo with the decimals that you settle in
	// true
}
