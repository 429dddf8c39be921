package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func convert(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), args, &out))
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestConvertKeepsTheNetOrTheGrossPrice(t *testing.T) {
	assert.Equal(t, strings.TrimSpace(`
19.99 EUR from DE on 2026-11-21, class STANDARD, rates as of 2026-11-29

to rate kept net tax gross Emporix net Emporix gross
DE 19 % 16.80 3.19 19.99
PL 23 % net 16.80 3.86 20.66 16.7983193277 20.661932773071
PL 23 % gross 16.25 3.74 19.99
FR 20 % net 16.80 3.36 20.16 16.7983193277 20.15798319324
FR 20 % gross 16.66 3.33 19.99
HU 27 % net 16.80 4.53 21.33 16.7983193277 21.333865546179
HU 27 % gross 15.74 4.25 19.99
CH 8.1 % net 16.80 1.36 18.16 16.7983193277 18.1589831932437
CH 8.1 % gross 18.49 1.50 19.99`), convert(t, "-date", "2026-11-21"))
}

func TestConvertRoundsOnceToTheCurrency(t *testing.T) {
	out := convert(t, "-price", "1.59", "-from", "deu", "-to", "PL", "-date", "2026-11-21")
	assert.Contains(t, out, "\nPL 23 % net 1.33 0.31 1.64 1.3361344538 1.643445378174\n", "not 1.65, by way of a net price of 1.34")
	out = convert(t, "-price", "1000", "-to", "JP", "-currency", "jpy", "-date", "2019-09-30")
	assert.Contains(t, out, "1000 JPY from DE on 2019-09-30")
	assert.Contains(t, out, "\nJP 8 % net 841 67 908 840.3361344538 907.563025210104\n")
	assert.Contains(t, out, "\nJP 8 % gross 926 74 1000")
}

func TestConvertMirrorsARefund(t *testing.T) {
	out := convert(t, "-price", "-19.99", "-to", "PL", "-date", "2026-11-21")
	assert.Contains(t, out, "\nPL 23 % net -16.80 -3.86 -20.66 -16.7983193277 -20.661932773071\n")
}

func TestConvertKnowsAPercentageOfTheGrossPrice(t *testing.T) {
	out := convert(t, "-price", "119", "-to", "BO", "-date", "2026-11-21")
	assert.Contains(t, out, "\nBO 13 % net 100.00 14.94 114.94 100 114.9425287356\n")
}

func TestConvertRefusesWrongInput(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-price 1,59", "input.price"},
		{"-price 1e99", "exponent from -20 to 20"},
		{"-price 1.599", "more than 2 decimals"},
		{"-price 0.5 -currency JPY", "more than 0 decimals"},
		{"-currency euro", "not three letters"},
		{"-currency XAU", "no minor unit"},
		{"-date 2026-02-30", "no such day"},
		{"-from US", "region required"},
		{"-to XX", "unknown country"},
		{"-to PL,", "no country given"},
		{"-class BOOKS", "unknown class"},
		{"-date 1800-01-01", "no rate on that day"},
		{"19.99", "unexpected"},
	} {
		var out bytes.Buffer
		err := run(context.Background(), strings.Fields(c.args), &out)
		assert.ErrorContains(t, err, c.want, c.args)
		assert.Empty(t, out.String(), c.args)
	}
}
