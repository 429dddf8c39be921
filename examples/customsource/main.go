// Customsource overlays tax classes from a source of its own on the world's
// rates: the shop's codes become aliases of legal classes, and the shop adds a
// class that exists in no law.
//
//	go run ./examples/customsource
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

func main() {
	if err := run(context.Background(), os.Stdout, tax.Date{}); err != nil {
		fmt.Fprintln(os.Stderr, "customsource:", err)
		os.Exit(1)
	}
}

// shop is the source. It returns the documents of one country. A real source
// would read a database, and call Resolver.Invalidate after a change.
var shop = tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	documents := map[string][]tax.Class{
		"DE": {{Code: "REDUCED", Aliases: []string{"BOOKS", "GROCERIES"}}},
		"FR": {{Code: "REDUCED", Aliases: []string{"BOOKS", "GROCERIES"}}, deposit},
	}
	if documents[key.Country] == nil {
		return nil, nil
	}
	return []tax.Configuration{{Location: tax.Location{Country: key.Country}, Classes: documents[key.Country]}}, nil
})

// deposit is the deposit on a bottle. It is not a supply, so there is no tax.
var deposit = tax.Class{
	Code:  "DEPOSIT",
	Name:  tax.MustLocalizedText(map[string]string{"en": "deposit", "fr": "consigne"}),
	Order: new(100),
	Rates: []tax.Rate{{Treatment: tax.OutsideScope}},
}

func run(ctx context.Context, out io.Writer, day tax.Date) error {
	r, err := tax.NewResolver(tax.Overlay(rates.World(), shop), nil)
	if err != nil {
		return err
	}
	defer r.Close()
	french := tax.MustPreferences("fr")
	for _, q := range []tax.Lookup{
		{Country: "DE", Class: "BOOKS"},
		{Country: "FR", Class: "BOOKS"},
		{Country: "FR", Class: "DEPOSIT"},
		{Country: "AT", Class: "BOOKS"},
	} {
		q.Date = day
		a, err := r.Lookup(ctx, q)
		if err != nil {
			fmt.Fprintf(out, "%s %-8s %v\n", q.Country, q.Class, err)
			continue
		}
		e := a.Explain()
		fmt.Fprintf(out, "%s %-8s %s %% (%s, %s), %s by %s\n",
			q.Country, q.Class, e.Percent, a.Name(french), e.Treatment, e.Class, e.Steps[1])
	}
	return nil
}
