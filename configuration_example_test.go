package tax_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func ExampleReadConfiguration() {
	c, err := tax.ReadConfiguration(strings.NewReader(`{
	  "location": {"country": "DE"},
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

	// A missing percentage is an error, never 0. The error has the path of the value.
	_, err = tax.ReadConfiguration(strings.NewReader(
		`{"location": {"country": "DE"}, "taxClasses": [{"code": "STANDARD", "rate": null}]}`), nil)
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
	//     "country": "CA",
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

func ExampleReadPatch() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	_, err := m.Create(ctx, "shop", tax.Configuration{
		Location: tax.Location{Country: "FR"},
		TimeZone: "Europe/Paris",
		Classes: []tax.Class{{
			Code:  "STANDARD",
			Name:  tax.MustLocalizedText(map[string]string{"fr": "taux normal", "en": "standard rate"}),
			Rates: []tax.Rate{{From: tax.MustDate("2014-01-01"), Percent: tax.MustPercent("20")}},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	p, err := tax.ReadPatch(strings.NewReader(`{
		"metadata": {"version": 1},
		"taxClasses": {"STANDARD": {"name": {"en": null, "de": "Normalsatz"}, "isDefault": true}}
	}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := m.Get(ctx, "shop", tax.Location{Country: "FR"})
	if err == nil {
		c, err = p.Apply(c)
	}
	if err == nil {
		c, err = m.Update(ctx, "shop", c)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	class := c.Classes[0]
	fmt.Println(c.Metadata.Version, class.Name.All(), class.Default, class.Rates[0].Percent.StringFixed(0), c.TimeZone)

	// The document has changed since the patch was made.
	_, err = p.Apply(c)
	fmt.Println(errors.Is(err, tax.ErrConflict))
	fmt.Println(err)
	// Output:
	// 2 [{de Normalsatz} {fr taux normal}] true 20 Europe/Paris
	// true
	// tax: version conflict: FR is at version 2, not 1: read it again and repeat the change
}

func ExampleLimits_Check() {
	c := tax.Configuration{Location: tax.Location{Country: "DE"}}
	for i := range 3 {
		c.Classes = append(c.Classes, tax.Class{
			Code:  fmt.Sprint("CLASS_", i),
			Rates: []tax.Rate{{Percent: tax.MustPercent("19")}},
		})
	}
	limits := &tax.Limits{Classes: 2}
	fmt.Println(limits.Check(c))
	c.Classes = c.Classes[:2]
	fmt.Println(limits.Check(c))
	// Output:
	// tax: taxClasses "3": more than 2 classes: pass a higher limit or fewer classes
	// <nil>
}

func ExampleConfiguration_Resolve() {
	// A rate that another system knows by a number, and by no place.
	c := tax.Configuration{Classes: []tax.Class{{
		Code:  "7",
		Name:  tax.MustLocalizedText(map[string]string{"en": "VAT", "bg": "ДДС"}),
		Rates: []tax.Rate{{Percent: tax.MustPercent("20")}},
	}}}
	a, err := c.Resolve("7", tax.MustDate("2026-11-22"))
	if err != nil {
		fmt.Println(err)
		return
	}
	amounts, err := a.FromNet(decimal.New(1050, -2), tax.RoundTo(2, tax.HalfUp))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Name(tax.MustPreferences("bg")), amounts.Tax().StringFixed(2), amounts.Gross().StringFixed(2))
	// Output:
	// ДДС 2.10 12.60
}

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

// A program that reads percentages from a form or a file says where the wrong
// one is.
func ExampleInputError_At() {
	_, err := tax.Percent("19,5")
	var refusal *tax.InputError
	if errors.As(err, &refusal) {
		fmt.Println(refusal.At("lines[2].taxRate"))
	}
	// Output:
	// tax: lines[2].taxRate "19,5": write digits with a point before the decimals, such as 19 or 9.975
}

// Addresses in Puerto Rico are written as addresses of the United States.
func ExampleReferral() {
	set := map[string][]tax.Configuration{
		"US": {
			{Location: tax.Location{Country: "US"}, Regions: tax.RegionsRequired, Elsewhere: []tax.Referral{{
				Location: tax.Location{Country: "PR"}, Regions: []string{"PR"}, PostalCodes: []tax.PostalRange{{From: "006", To: "007"}, {From: "009", To: "009"}},
			}}},
		},
		"PR": {{Location: tax.Location{Country: "PR"}, Classes: []tax.Class{
			{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent("11.5")}}},
		}}},
	}
	source := func(_ context.Context, key tax.Key) ([]tax.Configuration, error) { return set[key.Country], nil }
	r, err := tax.NewResolver(tax.SourceFunc(source), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	a, err := r.Lookup(context.Background(), tax.Lookup{Country: "US", PostalCode: "00901-1234", Date: tax.MustDate("2026-11-21")})
	fmt.Println(a.Location(), a.Percent(), a.Explain().Steps[0], err)
	// Output:
	// PR 11.5 referred <nil>
}

// A city adds to the tax of its state, and shares a postal code with its surroundings.
func ExampleConfiguration_within() {
	percent := func(effect tax.Effect, p string) []tax.Class {
		return []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Effect: effect, Percent: tax.MustPercent(p)}}}}
	}
	set := []tax.Configuration{
		{Location: tax.Location{Country: "US"}, Regions: tax.RegionsRequired},
		{Location: tax.Location{Country: "US", Region: "CO"}, Classes: percent(tax.Replace, "2.9"), LocalTaxesMissing: true},
		{
			Location: tax.Location{Country: "US", Region: "X-DENVER"}, Within: "CO", Classes: percent(tax.Add, "5.25"),
			PostalCodes: []tax.PostalRange{{From: "80201", To: "80212"}}, SharedPostalCodes: []tax.PostalRange{{From: "80014", To: "80014"}},
		},
	}
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil }), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, l := range []tax.Lookup{
		{Country: "US", PostalCode: "80203"},
		{Country: "US", PostalCode: "80014"},
		{Country: "US", PostalCode: "80014", Region: "X-DENVER"},
	} {
		a, err := r.Lookup(context.Background(), l)
		e := a.Explain()
		fmt.Println(a.Location(), a.Percent(), e.LocalTaxesMissing, e.PostalCodeMatters, err)
	}
	// Output:
	// US-X-DENVER 8.15 false false <nil>
	// US-CO 2.9 true true <nil>
	// US-X-DENVER 8.15 false false <nil>
}
