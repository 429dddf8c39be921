package tax_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

func ExamplePercent() {
	for _, text := range []string{"19", "9.975", "19.50", "1e3", ".5", "-7"} {
		_, err := tax.Percent(text)
		fmt.Println(text, err)
	}
	_, err := tax.Percent("19 %")
	fmt.Println(errors.Is(err, tax.ErrInvalid))
	// Output:
	// 19 <nil>
	// 9.975 <nil>
	// 19.50 <nil>
	// 1e3 tax: percent "1e3": write digits with a point before the decimals, such as 19 or 9.975
	// .5 tax: percent ".5": write digits with a point before the decimals, such as 19 or 9.975
	// -7 tax: percent "-7": negative: a percentage is at least 0
	// true
}

// Some systems write 19 % as 0.19.
func ExampleFraction() {
	p, err := tax.Fraction("0.19")
	fmt.Println(p.Equal(decimal.New(19, 0)), err)
	_, err = tax.Fraction("19")
	fmt.Println(err)
	// Output:
	// true <nil>
	// tax: fraction "19": too large: a percentage is at most 1000
}

// A program that reads percentages from a form or a file tells where the wrong one
// is.
func ExampleInputError_At() {
	_, err := tax.Percent("19,5")
	var refusal *tax.InputError
	if errors.As(err, &refusal) {
		fmt.Println(refusal.At("lines[2].taxRate"))
	}
	// Output:
	// tax: lines[2].taxRate "19,5": write digits with a point before the decimals, such as 19 or 9.975
}

func ExampleParseDate() {
	d, err := tax.ParseDate("2024-02-29")
	fmt.Println(d.Year(), d.Month(), d.Day(), err)
	_, err = tax.ParseDate("2023-02-29")
	fmt.Println(err)
	_, err = tax.ParseDate("21.11.2026")
	fmt.Println(err)
	// Output:
	// 2024 February 29 <nil>
	// tax: date "2023-02-29": no such day: use 0001-01-01 to 9999-12-31
	// tax: date "21.11.2026": write the day as YYYY-MM-DD
}

// One instant is a different day in different places.
func ExampleDateIn() {
	at := time.Date(2026, time.December, 31, 23, 30, 0, 0, time.UTC)
	for _, zone := range []*time.Location{nil, time.FixedZone("Berlin", 3600), time.FixedZone("Honolulu", -10*3600)} {
		d, err := tax.DateIn(at, zone)
		fmt.Println(zone, d, err)
	}
	// Output:
	// UTC 2026-12-31 <nil>
	// Berlin 2027-01-01 <nil>
	// Honolulu 2026-12-31 <nil>
}

func ExampleDate_AddDays() {
	change := tax.MustDate("2024-03-01")
	fmt.Println(change.AddDays(-1), change.AddDays(365))
	fmt.Println(tax.MustDate("9999-12-31").AddDays(1).IsZero())
	// Output:
	// 2024-02-29 2025-03-01
	// true
}

func ExampleParsePostalRange() {
	for _, text := range []string{"27498", "6991-6993", "bt*", "6993-6991", "27 498"} {
		p, err := tax.ParsePostalRange(text)
		fmt.Printf("%q %q %v\n", p.From, p.To, err)
	}
	// Output:
	// "27498" "" <nil>
	// "6991" "6993" <nil>
	// "BT" "BT" <nil>
	// "" "" tax: postal range "6993-6991": the second bound is before the first
	// "" "" tax: postal range "27 498": bounds are 1 to 10 letters A to Z and digits, without spaces and hyphens
}

func ExampleNewLocalizedText() {
	text, err := tax.NewLocalizedText(map[string]string{"en": "VAT", "iw": "\u05de\u05e2\u05f4\u05de", "PT-br": "ICMS"})
	fmt.Println(err)
	for _, t := range text.All() {
		fmt.Println(t.Language, t.Text)
	}
	_, err = tax.NewLocalizedText(map[string]string{"de_DE": "MwSt"})
	fmt.Println(err)
	// Output:
	// <nil>
	// en VAT
	// he מע״מ
	// pt-BR ICMS
	// tax: language "de_DE": not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR
}

func ExampleLocalizedText_In() {
	text := tax.MustLocalizedText(map[string]string{"de": "Umsatzsteuer", "en": "VAT", "zh-Hant": "營業稅"})
	for _, tags := range [][]string{{"de-AT"}, {"fr", "en-GB"}, {"zh-TW"}, {"zh-CN"}, {"ja"}} {
		t := text.In(tax.MustPreferences(tags...))
		fmt.Printf("%v %q %q\n", tags, t.Language, t.Text)
	}
	// Output:
	// [de-AT] "de" "Umsatzsteuer"
	// [fr en-GB] "en" "VAT"
	// [zh-TW] "zh-Hant" "營業稅"
	// [zh-CN] "" ""
	// [ja] "" ""
}

func ExampleNewPreferences() {
	p, err := tax.NewPreferences("de-CH", "fr-CH", "en")
	name := tax.MustLocalizedText(map[string]string{"fr": "TVA", "en": "VAT"})
	fmt.Println(name.In(p).Text, err)
	_, err = tax.NewPreferences("de", "*")
	fmt.Println(err)
	// Output:
	// TVA <nil>
	// tax: language "*": not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR
}

// Every fault is found at once, with the path to it; what is allowed but
// probably not meant is a warning.
func ExampleConfiguration_Validate() {
	report := tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes: []tax.Class{
			{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("0.19")}}},
			{Code: "STANDARD"},
		},
	}.Validate()
	for _, f := range report.Errors {
		fmt.Println("error:", f)
	}
	for _, f := range report.Warnings {
		fmt.Println("warning:", f)
	}
	fmt.Println(errors.Is(report.Err(), tax.ErrInvalid))
	// Output:
	// error: DE: classes[1].code: STANDARD is already classes[0].code: codes and aliases are unique in a configuration
	// error: DE: classes[1].rates: empty: a class needs at least one entry
	// warning: DE: timeZone: not given: the day at this place is taken from UTC
	// warning: DE: classes: every percentage is below 1: 19 % is written 19, not 0.19; use Fraction to convert
	// true
}

func ExampleValidateCountry() {
	report := tax.ValidateCountry([]tax.Configuration{
		{Location: tax.Location{Country: "AT"}, TimeZone: "Europe/Vienna"},
		{Location: tax.Location{Country: "AT", Region: "X-JUNGHOLZ"}, PostalCodes: []tax.PostalRange{{From: "6691"}}},
		{Location: tax.Location{Country: "AT", Region: "7"}, PostalCodes: []tax.PostalRange{{From: "6", To: "6"}}},
	})
	for _, f := range report.Errors {
		fmt.Println(f)
	}
	// Output:
	// AT-7: postalCodes: overlap with AT-X-JUNGHOLZ
	// AT-X-JUNGHOLZ: postalCodes: overlap with AT-7
}

// The codes go into an electronic invoice.
func ExampleTreatment_Category() {
	for _, t := range []tax.Treatment{tax.Taxable, tax.ZeroRated, tax.ReverseCharge, tax.OutsideScope} {
		fmt.Println(t, t.Category())
	}
	// Output:
	// taxable S
	// zeroRated Z
	// reverseCharge AE
	// outsideScope O
}

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
	a, err := quebec().FromNet(decimal.New(3995, -2), tax.Rounding{Scale: 2})
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
	a, err := quebec().FromGross(decimal.New(100, 0), tax.Rounding{Scale: 2})
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
