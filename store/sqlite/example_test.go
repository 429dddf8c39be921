package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/sqlite"
)

func ExampleOpen() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)

	// The tenant's own rates lie on those of the world.
	path := filepath.Join(folder, "tax.db")
	s, err := sqlite.Open(path, &sqlite.Options{Store: store.Options{Base: rates.World()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = s.Create(store.WithAuthor(ctx, "anna"), "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes: []tax.Class{
			{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate("2030-01-01"), Percent: tax.MustPercent("20")}}},
		},
	})
	fmt.Println(err, s.Close())

	// The next process finds them.
	s, err = sqlite.Open(path, &sqlite.Options{Store: store.Options{Base: rates.World()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	r, _ := tax.NewResolver(s, nil)
	defer r.Close()
	for _, day := range []string{"2029-12-31", "2030-01-01"} {
		rate, err := r.Tenant("shop").Lookup(ctx, tax.Lookup{Country: "DE", Date: tax.MustDate(day)})
		fmt.Println(day, rate.Percent(), err)
	}
	versions, _ := s.Versions(ctx, "shop", tax.Location{Country: "DE"})
	fmt.Println(len(versions), "version by", versions[0].Author)
	// Output:
	// <nil> <nil>
	// 2029-12-31 19 <nil>
	// 2030-01-01 20 <nil>
	// 1 version by anna
}

func ExampleError() {
	_, err := sqlite.Open(filepath.Join("no such folder", "tax.db"), nil)
	fmt.Println(errors.Is(err, sqlite.ErrCannotOpen))
	var e *sqlite.Error
	fmt.Println(errors.As(err, &e))
	// Output:
	// true
	// true
}
