package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sell runs the program and returns its output, with columns separated by
// single spaces.
func sell(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), append([]string{"-date", "2026-11-21"}, args...), &out))
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestBasketPrintsAnInvoiceAndACreditNote(t *testing.T) {
	assert.Equal(t, strings.TrimSpace(`
Invoice for DE on 2026-11-21 in EUR, tax by rate, rates as of 2026-11-29

item rate quantity price amount discounts net tax gross
Desk lamp VAT 19 % 2 49.90 99.80 -13.75 72.31 13.74 86.05
Novel VAT 7 % 1 12.90 12.90 -1.78 10.39 0.73 11.12
Coffee VAT 7 % 3 6.49 19.47 -2.69 15.68 1.10 16.78
Shipping VAT 19 % 3.03 0.57 3.60
Shipping VAT 7 % 1.22 0.08 1.30
total 102.63 16.22 118.85

off everything amount
discount of 10 % -13.22
coupon -5.00

by rate net tax gross
VAT 19 % 75.34 14.31 89.65
VAT 7 % 27.29 1.91 29.20

verified: it adds up, and every tax is that of its rate

Credit note

item rate quantity net tax gross
Desk lamp VAT 19 % 1 36.16 6.87 43.03
total 36.16 6.87 43.03

verified: it is part of the sale, of which 66.47 + 9.35 = 75.82 are left`), sell(t))
}

func TestBasketRoundsAtALevel(t *testing.T) {
	args := strings.Fields("-country CA -region QC -currency CAD -gross=false -discount 0 -coupon 0 -shipping 0 -return Cup=1 -item Cup=0")
	for range 4 {
		args = append(args, "-item", "Tea=2.50")
	}
	line := sell(t, append(args, "-level", "line")...)
	assert.Equal(t, 4, strings.Count(line, "Tea GST+QST 14.975 % 1 2.50 2.50 0.00 2.50 0.37 2.87\n"))
	assert.Contains(t, line, "\ntotal 10.00 1.48 11.48\n")
	assert.NotContains(t, line, "off everything")
	assert.NotContains(t, line, "Shipping")
	rate := sell(t, append(args, "-level", "rate")...)
	assert.Equal(t, 2, strings.Count(rate, "Tea GST+QST 14.975 % 1 2.50 2.50 0.00 2.50 0.38 2.88\n"))
	assert.Contains(t, rate, "\ntotal 10.00 1.50 11.50\n")
	down := sell(t, append(args, "-mode", "down")...)
	assert.Contains(t, down, "\ntotal 10.00 1.49 11.49\n")
}

func TestBasketRoundsWhatIsPaidInCash(t *testing.T) {
	out := sell(t, "-country", "CH", "-currency", "chf", "-cash", "0.05")
	assert.Contains(t, out, "Invoice for CH on 2026-11-21 in CHF")
	assert.Contains(t, out, "\ntotal 111.39 7.46 118.85\nto pay 118.85, cash rounding 0.00\n")
	assert.Contains(t, out, "\ntotal 39.80 3.23 43.03\nto pay back 43.05, cash rounding 0.02\n")
}

func TestBasketShowsComponents(t *testing.T) {
	out := sell(t, "-country", "CA", "-region", "QC", "-currency", "CAD", "-gross=false", "-level", "document")
	assert.Contains(t, out, "\nGST+QST 14.975 % 118.85 17.80 136.65\nof which GST 5.94\nof which QST 11.86\n")
}

func TestBasketShowsWhatARateIsOf(t *testing.T) {
	out := sell(t, "-country", "BO", "-currency", "BOB", "-gross=false", "-item", "Tea=100", "-discount", "0", "-coupon", "0", "-shipping", "0")
	assert.Contains(t, out, "\nTea VAT 13 % of gross 1 100 100.00 0.00 100.00 14.94 114.94\n")
	out = sell(t, "-postal", "27498")
	assert.Contains(t, out, "\nVAT 0 %, outsideScope 118.85 0.00 118.85\n")
}

func TestBasketTakesYens(t *testing.T) {
	out := sell(t, "-country", "JP", "-currency", "JPY", "-coupon", "100", "-shipping", "500", "-item", "Tea=3x1080@REDUCED", "-item", "Cup=1100")
	assert.Contains(t, out, "\nTea CT 8 % 3 1080 3240 -399 2631 210 2841\n")
	assert.Contains(t, out, "\ntotal 3969 337 4306\n")
}

func TestBasketTakesThePriceOfAReturn(t *testing.T) {
	out := sell(t, "-item", "Pen=3x1.11", "-discount", "0", "-coupon", "0", "-shipping", "0", "-return", "Pen=2")
	assert.Contains(t, out, "\nPen VAT 19 % 2 1.87 0.35 2.22\n")
	assert.Contains(t, out, "of which 0.93 + 0.18 = 1.11 are left")
}

func TestBasketRefusesWrongInput(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-country US", "region required"},
		{"-country EU", "unknown country"},
		{"-country CA -region ZZ", "unknown region"},
		{"-postal 12/34", "postal code"},
		{"-date 2026-02-30", "no such day"},
		{"-currency euro", "not three letters"},
		{"-currency XAU", "no minor unit"},
		{"-level row", "no such value"},
		{"-mode ceiling", "no such value"},
		{"-cash 0.005", "-cash: tax: amount"},
		{"-cash -0.05", "smallest payable amount"},
		{"-discount 101", "0 to 100"},
		{"-discount ten", "write a number"},
		{"-coupon 1000", "larger than the"},
		{"-coupon 0.005", "more than 2 decimals"},
		{"-coupon -5", "negative"},
		{"-shipping 4.905", "charges[0].amount"},
		{"-currency JPY", "more than 0 decimals"},
		{"-item Lamp", "name=2x9.99@CLASS"},
		{"-item Lamp=ten", "write a number"},
		{"-item Lamp=0x5", "nothing to price"},
		{"-item Lamp=1e300", "at most 40 digits"},
		{"-level unit -discount 0 -coupon 0 -item Tea=0.5x10", "not a whole number"},
		{"-return Lamp", "name=quantity"},
		{"-return Lamp=1", "no such line"},
		{"-return Novel=2", "not between 0 and the 1"},
		{"-item Tea=1 -item Tea=1 -coupon 1 -return Tea=1", "several lines"},
		{"-date 1800-01-01", "no rate on that day"},
		{"basket", "unexpected"},
	} {
		var out bytes.Buffer
		err := run(context.Background(), strings.Fields(c.args), &out)
		assert.ErrorContains(t, err, c.want, c.args)
		assert.NotContains(t, out.String(), "Invoice", c.args)
	}
}
