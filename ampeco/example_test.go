package ampeco_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

// aClock stands still, so that the output does not change. In a real program,
// pass nil to NewMemory.
func aClock() time.Time { return time.Date(2026, 3, 31, 9, 52, 15, 0, time.UTC) }

func ExampleMemory_Resolve() {
	ctx := context.Background()
	m := ampeco.NewMemory(aClock)
	created, err := m.Create(ctx, ampeco.Draft{
		Name:        "VAT 20",
		DisplayName: []tax.Translation{{Language: "en", Text: "VAT"}, {Language: "bg", Text: "ДДС"}},
		Percentage:  tax.MustPercent("20"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := m.Resolve(ctx, created.ID, tax.Date{})
	if err != nil {
		fmt.Println(err)
		return
	}
	amounts, err := r.FromNet(decimal.New(1999, -2), tax.RoundTo(2, tax.HalfUp))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Name(tax.MustPreferences("bg-BG")), r.Explain().Percent, r.Date())
	fmt.Println(amounts.Net().StringFixed(2), amounts.Tax().StringFixed(2), amounts.Gross().StringFixed(2))
	// Output:
	// ДДС 20 2026-03-31
	// 19.99 4.00 23.99
}

func ExampleService_List() {
	ctx := context.Background()
	m := ampeco.NewMemory(aClock)
	s, err := ampeco.NewService(m, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, percent := range []string{"20", "9", "0"} {
		if _, err := m.Create(ctx, ampeco.Draft{Name: "VAT " + percent, Percentage: tax.MustPercent(percent)}); err != nil {
			fmt.Println(err)
			return
		}
	}
	body, err := s.List(ctx, url.Values{"page": {"2"}, "per_page": {"2"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(body))
	// Output:
	// {"data":[{"id":3,"name":"VAT 0","displayName":[],"percentage":0,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}],"links":{"first":"/public-api/resources/taxes/v2.0?page=1&per_page=2","last":"/public-api/resources/taxes/v2.0?page=2&per_page=2","prev":"/public-api/resources/taxes/v2.0?page=1&per_page=2","next":null},"meta":{"current_page":2,"from":3,"last_page":2,"links":[{"url":"/public-api/resources/taxes/v2.0?page=1&per_page=2","label":"&laquo; Previous","active":false},{"url":"/public-api/resources/taxes/v2.0?page=1&per_page=2","label":"1","active":false},{"url":"/public-api/resources/taxes/v2.0?page=2&per_page=2","label":"2","active":true},{"url":null,"label":"Next &raquo;","active":false}],"path":"/public-api/resources/taxes/v2.0","per_page":2,"to":3,"total":3}}
}

func ExampleService_Update() {
	ctx := context.Background()
	s, err := ampeco.NewService(ampeco.NewMemory(aClock), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := s.Create(ctx, []byte(`{"name": "VAT 20", "percentage": 20, "taxIdentificationNumberId": 3}`)); err != nil {
		fmt.Println(err)
		return
	}
	for _, body := range []string{
		`{"percentage": 21.5}`,
		`{"taxIdentificationNumberId": null}`,
		`{"name": null, "percentage": -1, "displayName": [{"locale": "he", "translation": "a"}, {"locale": "iw", "translation": "b"}]}`,
	} {
		answer, err := s.Update(ctx, "1", []byte(body))
		if err != nil {
			document := ampeco.ErrorFor(err)
			answer, err = json.MarshalIndent(document, "", "  ")
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println("HTTP", document.Status)
		}
		fmt.Println(string(answer))
	}
	// Output:
	// {"data":{"id":1,"name":"VAT 20","displayName":[],"percentage":21.5,"taxIdentificationNumberId":3,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}}
	// {"data":{"id":1,"name":"VAT 20","displayName":[],"percentage":21.5,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}}
	// HTTP 422
	// {
	//   "message": "The given data was invalid.",
	//   "errors": {
	//     "displayName.1.locale": [
	//       "he is given twice: keep one"
	//     ],
	//     "name": [
	//       "cannot be cleared: write a value, or leave the field out to keep the one it has"
	//     ],
	//     "percentage": [
	//       "negative: a percentage is at least 0"
	//     ]
	//   }
	// }
}
