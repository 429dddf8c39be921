package postgres_test

import (
	"context"
	"fmt"
	"os"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/store/postgres"
)

func ExampleConnect() {
	ctx := context.Background()
	s, err := postgres.Connect(ctx, os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.Create(ctx, "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"}, TimeZone: "Europe/Berlin",
		Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent("19")}}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := tax.NewResolver(s, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	rate, err := r.Tenant("shop").Resolve(ctx, "DE", "STANDARD")
	fmt.Println(rate.Percent(), err)
}

func ExampleStore_Taxes() {
	ctx := context.Background()
	s, err := postgres.Connect(ctx, os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	taxes, err := s.Taxes("acme")
	if err != nil {
		fmt.Println(err)
		return
	}
	created, err := taxes.Create(ctx, ampeco.Draft{Name: "VAT 20", Percentage: tax.MustPercent("20")})
	fmt.Println(created.ID, created.Name, err)
}
