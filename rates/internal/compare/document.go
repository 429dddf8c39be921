package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/store"
	formats "github.com/taxresolve/tax/store/foreign"
)

// readIbericode reads the JSON file of ibericode/vat-rates. One postal code stands for each
// of its exceptions, and its classes have names of their own.
func readIbericode(text []byte, _ mapping) ([]foreign, error) {
	return readDocuments(text, formats.Ibericode)
}

// readSalesTax reads the JSON file of valeriansaliou/node-sales-tax. Where a country has
// states and no tax of its own, it has no rate to compare.
func readSalesTax(text []byte, _ mapping) ([]foreign, error) {
	return readDocuments(text, formats.SalesTax)
}

// readDocuments reads a file in a format of the package for imports.
func readDocuments(text []byte, format store.Format) (list []foreign, err error) {
	// The percentages that regions of the country add to, by class.
	country, newest := "", map[string]decimal.Decimal{}
	for record, err := range format(bytes.NewReader(text), int64(len(text))+1) {
		if err == nil {
			err = record.Err
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", record.Path, err)
		}
		c := &record.Configuration
		if c.Location.Country != country {
			country = c.Location.Country
			clear(newest)
		}
		f := foreign{line: record.Path, country: country, region: c.Location.Region}
		if strings.HasPrefix(f.region, "X-") { // a name of ours
			f.region = ""
		}
		for _, p := range c.PostalCodes[:min(len(c.PostalCodes), 1)] {
			f.postalCode = p.From
		}
		for i := range c.Classes {
			f.class = c.Classes[i].Code
			f.loose = f.class != standard
			list = append(list, f.entries(&c.Classes[i], newest[f.class])...)
			if rates := c.Classes[i].Rates; c.Location.Region == "" && len(rates) > 0 {
				newest[f.class] = rates[0].Percent
			}
		}
	}
	return list, nil
}

// entries returns the rates of a class, newest first. country is what those that add to
// the country's rate add to.
func (f foreign) entries(c *tax.Class, country decimal.Decimal) (list []foreign) {
	f.to = tax.Date{}
	for _, r := range c.Rates {
		f.from, f.percent = r.From, exact.Trim(r.Percent)
		if r.Effect == tax.Add {
			f.percent = f.percent.Add(country)
		}
		if r.Effect == tax.Replace || r.Effect == tax.Add {
			list = append(list, f)
		}
		f.to = r.From
	}
	return list
}
