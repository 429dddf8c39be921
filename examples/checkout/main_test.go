package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func checkout(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), args, &out))
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestCheckoutPricesTheDefaultBasket(t *testing.T) {
	assert.Equal(t, strings.TrimSpace(`
Basket for DE on 2026-11-21, rates as of 2026-11-29

item class tax rate net tax gross why
Desk lamp standard rate VAT 19 % 49.90 9.48 59.38 DE by country, class; since 2021-01-01; sources agreed; a postal code could change it
Novel reduced rate VAT 7 % 12.90 0.90 13.80 DE by country, class; since 2021-01-01; sources agreed; a postal code could change it
Gift wrapping standard rate VAT 19 % 3.50 0.67 4.17 DE by country, default class; since 2021-01-01; sources agreed; a postal code could change it
total 66.30 11.05 77.35`), checkout(t, "-date", "2026-11-21"))
}

func TestCheckoutShowsTaxesOnTaxesInTheCustomersLanguage(t *testing.T) {
	out := checkout(t, "-country", "CA", "-region", "QC", "-lang", "fr-CA", "-date", "2012-06-01", "-item", "Lampe=100@STANDARD")
	assert.Contains(t, out, "\nLampe taux normal TPS + TVQ 14.975 % 100.00 14.98 114.98 CA-QC by region, class; since 2012-01-01; until 2013-01-01")
	assert.Contains(t, out, "\nof which TPS 5 % 5.00\n")
	assert.Contains(t, out, "\nof which TVQ 9.5 % 9.98\n")
}

func TestCheckoutKeepsAGrossPrice(t *testing.T) {
	out := checkout(t, "-country", "AT", "-postal", "6991", "-gross", "-date", "2026-11-21", "-item", "Ski=119", "-item", "Buch=11@REDUCED")
	assert.Contains(t, out, "Basket for AT-X-MITTELBERG on 2026-11-21")
	assert.Contains(t, out, "\nSki standard rate VAT 19 % 100.00 19.00 119.00 AT-X-MITTELBERG by postal code, default class")
	assert.Contains(t, out, "\nBuch reduced rate VAT 10 % 10.00 1.00 11.00 AT-X-MITTELBERG by postal code, class, inherited from parent")
}

func TestCheckoutSaysWhyThereIsNoTax(t *testing.T) {
	out := checkout(t, "-country", "DE", "-postal", "27498", "-date", "2026-11-21", "-item", "Tea=5@REDUCED")
	assert.Contains(t, out, "0 % 5.00 0.00 5.00 DE-X-HELGOLAND by postal code, class; outsideScope")
}

func TestCheckoutRefusesWrongInput(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-country US", "region required"},
		{"-country EU", "unknown country"},
		{"-country CA -region ZZ", "unknown region"},
		{"-postal 12/34", "postal code"},
		{"-date 2026-02-30", "no such day"},
		{"-lang x!y", "language"},
		{"-item Lamp", "name=price@CLASS"},
		{"-item Lamp=ten", "write a number"},
		{"-item Lamp=1e300 -date 2026-11-21", "at most 40 digits"},
		{"-decimals 99", "use 0 to 12"},
		{"-decimals 4294967298", "use 0 to 12"},
		{"basket", "unexpected"},
	} {
		var out bytes.Buffer
		err := run(context.Background(), strings.Fields(c.args), &out)
		assert.ErrorContains(t, err, c.want, c.args)
		assert.NotContains(t, out.String(), "Basket for", c.args)
	}
}
