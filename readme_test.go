package tax_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// Example is the snippet of README.md, with a day so that its output stands.
func Example() {
	err := func(ctx context.Context, day tax.Date, price decimal.Decimal) error {
		// README begins
		r, err := tax.NewResolver(rates.World(), nil)
		if err != nil {
			return err
		}
		defer r.Close()

		a, err := r.Resolve(ctx, "DE", "REDUCED") // today
		if err != nil {
			return err // says what is not known, and what to pass instead
		}
		fmt.Println(a.Class(), a.Treatment())

		a, err = r.Lookup(ctx, tax.Lookup{Country: "AT", PostalCode: "6991", Date: day})
		if err != nil {
			return err
		}
		fmt.Println(a.TaxName(tax.MustPreferences("de-AT")), a.Percent().StringFixed(1))

		amounts, err := a.FromNet(price, tax.Rounding{Scale: 2})
		if err != nil {
			return err
		}
		fmt.Println(amounts.Net().StringFixed(2), amounts.Tax().StringFixed(2), amounts.Gross().StringFixed(2))

		record := a.Explain() // plain data, to keep with the order
		fmt.Println(record.Territory, record.Steps)
		// README ends
		return nil
	}(context.Background(), tax.MustDate("2026-11-21"), decimal.New(1990, -2))
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// REDUCED taxable
	// USt 19.0
	// 19.90 3.78 23.68
	// AT-X-MITTELBERG [postal code default class]
}

// TestReadmeShowsTheExample keeps the snippet of the README and the Example
// the same.
func TestReadmeShowsTheExample(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)

	_, body, ok := strings.Cut(string(source), "// README begins\n")
	require.True(t, ok)
	body, _, ok = strings.Cut(body, "\t\t// README ends")
	require.True(t, ok)
	body = strings.ReplaceAll("\n"+body, "\n\t\t", "\n")[1:]

	_, snippet, ok := strings.Cut(string(readme), "```go\n")
	require.True(t, ok)
	snippet, _, ok = strings.Cut(snippet, "```")
	require.True(t, ok)
	require.Equal(t, body, snippet)
}
