package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func ExampleOpenFile() {
	dir, _ := os.MkdirTemp("", "store")
	defer os.RemoveAll(dir)
	ctx := store.WithAuthor(context.Background(), "anna")
	s, err := store.OpenFile(dir, &store.FileOptions{PollInterval: 200 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = s.Create(ctx, "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"}, Tax: tax.Tax{Code: "VAT"},
		Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("19")}}}},
	})
	fmt.Println(err)

	// The document is in a file that people can read and edit.
	edit := func(old, changed string) {
		name := filepath.Join(dir, "shop", "DE.json")
		text, _ := os.ReadFile(name)
		_ = os.WriteFile(name, []byte(strings.Replace(string(text), old, changed, 1)), 0o644)
	}
	edit(`"percent": 19`, `"percent": 16`)
	versions, err := s.Versions(ctx, "shop", tax.Location{Country: "DE"})
	for _, v := range versions {
		fmt.Printf("version %d: %s %%, by %q\n", v.Configuration.Metadata.Version, v.Configuration.Classes[0].Rates[0].Percent, v.Author)
	}
	fmt.Println(err)

	// An edit that cannot be used is an error that says where.
	edit(`"percent": 16`, `"percent": -16`)
	_, err = s.Get(ctx, "shop", tax.Location{Country: "DE"})
	_, place, _ := strings.Cut(err.Error(), filepath.Join("shop", "DE.json"))
	fmt.Println(errors.Is(err, tax.ErrInvalid), place)
	// Output:
	// <nil>
	// version 2: 16 %, by ""
	// version 1: 19 %, by "anna"
	// <nil>
	// true :22:28: tax: taxClasses[0].rates[0].percent "-16": negative: a percentage is at least 0
}
