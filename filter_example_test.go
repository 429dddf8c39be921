package tax_test

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
)

// exampleDocuments are kept in the order of country and region.
func exampleDocuments() []*tax.Configuration {
	var docs []*tax.Configuration
	for _, d := range []struct{ country, german, english, percent string }{
		{"AT", "Ermäßigter Satz", "Reduced rate", "10"},
		{"CH", "Reduzierter Satz", "Reduced rate", "2.6"},
		{"DE", "Ermäßigter Satz", "Reduced rate", "7"},
		{"GB", "", "Reduced rate", "5"},
		{"LU", "Ermäßigter Satz", "", "8"},
	} {
		byTag := map[string]string{"de": d.german, "en": d.english}
		for tag, text := range byTag {
			if text == "" {
				delete(byTag, tag)
			}
		}
		docs = append(docs, &tax.Configuration{
			Location: tax.Location{Country: d.country}, Tax: tax.Tax{Code: "VAT"},
			Classes: []tax.Class{{
				Code: "REDUCED", Name: tax.MustLocalizedText(byTag),
				Rates: []tax.Rate{{From: tax.MustDate("2024-01-01"), Percent: tax.MustPercent(d.percent)}},
			}},
		})
	}
	return docs
}

func printPage(p tax.Page) {
	for _, c := range p.Configurations() {
		fmt.Print(c.Location, " ")
	}
	fmt.Println("of", p.Total)
}

// The countries with a class whose German name contains Satz, the highest rate first,
// two on a page.
func ExampleSelect() {
	q := tax.Query{
		Name:        tax.TextFilter{Contains: "Satz"},
		Preferences: tax.MustPreferences("de"),
		Date:        tax.MustDate("2026-11-21"),
		Sort:        []tax.SortKey{{By: tax.ByRate, Descending: true}},
		PageSize:    2, Total: true,
	}
	page, err := tax.Select(slices.Values(exampleDocuments()), q)
	if err != nil {
		fmt.Println(err)
		return
	}
	printPage(page)
	q.Cursor = page.Next
	page, _ = tax.Select(slices.Values(exampleDocuments()), q)
	printPage(page)

	q = tax.Query{Rate: decimal.NullDecimal{Decimal: tax.MustPercent("5.00"), Valid: true}, Total: true}
	page, _ = tax.Select(slices.Values(exampleDocuments()), q)
	printPage(page)
	_, err = tax.Select(slices.Values(exampleDocuments()), tax.Query{PageNumber: 2})
	fmt.Println(err)
	// Output:
	// AT LU of 4
	// DE CH of 4
	// GB of 1
	// tax: pageSize "": missing: pass it with the number of the page
}

// Without regard to case, and by the whole code of the country.
func ExampleQuery() {
	page, err := tax.Select(slices.Values(exampleDocuments()), tax.Query{
		Country: "DE", ExactCodes: true, Class: "REDUCED",
		Name: tax.TextFilter{Contains: "ERMÄẞIGT", IgnoreCase: true, In: tax.MustPreferences("de")},
	})
	for c := range page.All() {
		fmt.Println(c.Location, c.Classes[0].Name.In(tax.MustPreferences("en")).Text)
	}
	fmt.Println(err)
	// Output:
	// DE Reduced rate
	// <nil>
}

// The copies of a page are made one at a time.
func ExamplePage_All() {
	page, err := tax.Select(slices.Values(exampleDocuments()), tax.Query{PageSize: 3})
	for c := range page.All() {
		fmt.Print(c.Location, " ")
	}
	fmt.Println(page.Len(), err)
	// Output:
	// AT CH DE 3 <nil>
}

// A slice that is kept sorted is read from the place of the cursor on.
func ExampleSelectFrom() {
	docs := exampleDocuments()
	from := func(after tax.Location) iter.Seq[*tax.Configuration] {
		fmt.Printf("after %q: ", after)
		i, _ := slices.BinarySearchFunc(docs, after, func(c *tax.Configuration, l tax.Location) int {
			if c.Location.Country < l.Country || c.Location.Country == l.Country && c.Location.Region <= l.Region {
				return -1
			}
			return 1
		})
		return slices.Values(docs[i:])
	}
	q := tax.Query{PageSize: 3, Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	for range 2 {
		page, err := tax.SelectFrom(from, q)
		if err != nil {
			fmt.Println(err)
			return
		}
		var list []tax.Location
		for _, c := range page.Configurations() {
			list = append(list, c.Location)
		}
		fmt.Println(list)
		q.Cursor = page.Next
	}
	// Output:
	// after "": [AT CH DE]
	// after "DE": [GB LU]
}

func ExampleParseSort() {
	keys, err := tax.ParseSort("name.en:desc,taxClassCode")
	for _, k := range keys {
		fmt.Println(k.By, k.In.Tags(), k.Descending)
	}
	fmt.Println(err)
	_, err = tax.ParseSort("price")
	fmt.Println(err)
	// Output:
	// name [en] true
	// taxClassCode [] false
	// <nil>
	// tax: sort "price": no such field: use one of name, description, countryCode, region, taxClassCode, rate, modifiedAt
}
