package emporix_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/store"
)

// taxes returns a service with two countries. Its Clock stands still, so that
// the output does not change; a real service needs no Clock.
func taxes() *emporix.Service {
	clock := func() time.Time { return time.Date(2022, 3, 31, 9, 52, 15, 423_000_000, time.UTC) }
	s, err := emporix.NewService(store.NewMemory(&store.Options{Clock: clock}), &emporix.ServiceOptions{Clock: clock})
	if err != nil {
		panic(err) // unreachable: the options are valid
	}
	for _, body := range []string{
		`{"location": {"countryCode": "DE"}, "taxClasses": [
			{"code": "STANDARD", "name": {"en": "Standard", "de": "Normalsatz"}, "rate": 19, "isDefault": true},
			{"code": "REDUCED", "name": {"en": "Reduced", "de": "Ermäßigter Satz"}, "order": 1, "rate": 7}]}`,
		`{"location": {"countryCode": "FR"}, "taxClasses": [
			{"code": "STANDARD", "name": {"en": "Standard", "fr": "Taux normal"}, "rate": 20}]}`,
	} {
		if _, err := s.Create(context.Background(), "acme", "*", []byte(body)); err != nil {
			panic(err) // unreachable: the bodies are valid
		}
	}
	return s
}

func ExampleService_Retrieve() {
	s := taxes()
	for _, acceptLanguage := range []string{"de-AT, en;q=0.5", "*"} {
		body, err := s.Retrieve(context.Background(), "acme", "DE", acceptLanguage)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(body))
	}
	_, err := s.Retrieve(context.Background(), "acme", "IT", "")
	fmt.Println(emporix.ErrorFor(err).Code, err)
	// Output:
	// {"locationCode":"DE","location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Normalsatz","rate":19,"isDefault":true},{"code":"REDUCED","name":"Ermäßigter Satz","order":1,"rate":7}],"metadata":{"version":1,"createdAt":"2022-03-31T09:52:15.423Z","modifiedAt":"2022-03-31T09:52:15.423Z"}}
	// {"locationCode":"DE","location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":{"de":"Normalsatz","en":"Standard"},"rate":19,"isDefault":true},{"code":"REDUCED","name":{"de":"Ermäßigter Satz","en":"Reduced"},"order":1,"rate":7}],"metadata":{"version":1,"createdAt":"2022-03-31T09:52:15.423Z","modifiedAt":"2022-03-31T09:52:15.423Z"}}
	// 404 tax: not found: configuration of "IT" of tenant "acme"
}

func ExampleService_List() {
	s := taxes()
	parameters := url.Values{"name": {"Satz"}, "rate": {"7.0"}}
	list, err := s.List(context.Background(), "acme", parameters, "de", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("X-Total-Count:", list.Total)
	fmt.Println(string(list.Body))
	_, err = s.List(context.Background(), "acme", url.Values{"pageNumber": {"2"}}, "de", true)
	fmt.Println(err)
	// Output:
	// X-Total-Count: 1
	// [{"locationCode":"DE","location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"Normalsatz","rate":19,"isDefault":true},{"code":"REDUCED","name":"Ermäßigter Satz","order":1,"rate":7}],"metadata":{"version":1,"createdAt":"2022-03-31T09:52:15.423Z","modifiedAt":"2022-03-31T09:52:15.423Z"}}]
	// tax: pageSize "": missing: pass it with the number of the page
}

// A planned change holds from a day on. Earlier days keep their rates.
func ExampleService_Update() {
	ctx := context.Background()
	s := taxes()
	later := s.On(tax.MustDate("2023-01-01"))
	body := []byte(`{
		"location": {"countryCode": "FR"},
		"taxClasses": [{"code": "STANDARD", "name": "Standard", "rate": 21}],
		"metadata": {"version": 1}
	}`)
	if err := later.Update(ctx, "acme", "FR", "en", body); err != nil {
		fmt.Println(err)
		return
	}
	for _, service := range []*emporix.Service{s, later} {
		document, err := service.Retrieve(ctx, "acme", "FR", "fr")
		if err != nil {
			fmt.Println(err)
			return
		}
		_, classes, _ := strings.Cut(string(document), `"taxClasses":`)
		classes, _, _ = strings.Cut(classes, `,"metadata"`)
		fmt.Println(classes)
	}
	// A writer who has read version 1 is too late.
	err := s.Update(ctx, "acme", "FR", "en", body)
	fmt.Println(emporix.ErrorFor(err).Code, err)
	// Output:
	// [{"code":"STANDARD","name":"Taux normal","rate":20}]
	// [{"code":"STANDARD","name":"Taux normal","rate":21}]
	// 409 tax: version conflict: FR of tenant "acme" is at version 2, not 1: read it again and repeat the change
}
