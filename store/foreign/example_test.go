package foreign_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/foreign"
)

func ExampleTable() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	text := "Land;Klasse;Satz;ab\n" +
		"DE;STANDARD;19 %;01.01.2021\n" +
		"DE;STANDARD;16,0 %;01.07.2020\n" +
		"AT;STANDARD;zwanzig;\n"
	table := foreign.Table{Columns: map[string]string{"country": "Land", "class": "Klasse", "percent": "Satz", "from": "ab"}}
	report, err := store.Import(ctx, strings.NewReader(text), m, &store.ImportOptions{Format: table.Format, File: "rates.csv"})
	fmt.Println(report, err != nil)
	fmt.Println(report.Rejections[0])
	c, err := m.Get(ctx, "", tax.Location{Country: "DE"})
	fmt.Println(c.Classes[0], err)
	// Output:
	// 2 records, 1 written, 1 refused true
	// rates.csv:4: AT: Satz: "zwanzig": write digits with a point before the decimals, such as 19 or 9.975
	// STANDARD: 19 from 2021-01-01, 16 from 2020-07-01 <nil>
}

func ExampleIbericode() {
	ctx := context.Background()
	file, err := os.Open("testdata/ibericode.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m := store.NewMemory(nil)
	report, err := store.Import(ctx, file, m, &store.ImportOptions{Format: foreign.Ibericode})
	fmt.Println(report, err)

	r, _ := tax.NewResolver(m, nil)
	defer r.Close()
	rate, err := r.Lookup(ctx, tax.Lookup{Country: "PT", PostalCode: "9560-001", Class: "STANDARD", Date: tax.MustDate("2026-11-30")})
	fmt.Println(rate.Location(), rate.Percent(), err)
	// Output:
	// 5 records, 5 written <nil>
	// PT-X-AZORES 18 <nil>
}
