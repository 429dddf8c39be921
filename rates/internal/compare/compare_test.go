package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const germanColumns = "country=Land,class=Code,rate=Satz,from=Gueltig ab"

func TestDifferencesAreThoseOfTheSamples(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"ibericode testdata/ibericode.json", `
			FI REDUCED2 2026-01-01 2026-11-29 14 no such rate, REDUCED 13.5, REDUCED_2 10, STANDARD 25.5
			PT 9500 STANDARD 2026-11-29 2026-11-29 18 16
			13 rates compared from 2000-01-01 to 2026-11-29, 2 differences`},
		{"-on 2020-12-31 ibericode testdata/ibericode.json", `
			13 rates compared from 2000-01-01 to 2020-12-31, 0 differences`},
		{"kdeldycke testdata/kdeldycke.csv", `
			DE STANDARD 2020-07-01 2020-12-31 19 16
			DE 87491 STANDARD 2020-07-01 2020-12-31 19 16
			FR-MF STANDARD 2015-01-01 2026-11-29 20 outsideScope (single)
			MF STANDARD 2015-01-01 2026-11-29 20 rate_unknown
			8 rates compared from 2000-01-01 to 2026-11-29, 4 differences`},
		{"-since 2021-01-01 kdeldycke testdata/kdeldycke.csv", `
			FR-MF STANDARD 2021-01-01 2026-11-29 20 outsideScope (single)
			MF STANDARD 2021-01-01 2026-11-29 20 rate_unknown
			8 rates compared from 2021-01-01 to 2026-11-29, 2 differences`},
		{"tedb testdata/tedb.xml", `
			FI REDUCED_RATE 2026-01-01 2026-01-01 14 no such rate, REDUCED 13.5, REDUCED_2 10, STANDARD 25.5
			3 rates compared from 2000-01-01 to 2026-11-29, 1 differences`},
		{"salestax testdata/salestax.json", `
			CA STANDARD 2026-11-29 2026-11-29 5 region_required
			CA-NS STANDARD 2026-11-29 2026-11-29 15 14
			EE STANDARD 2025-07-01 2026-11-29 22 24
			US-CA STANDARD 2026-11-29 2026-11-29 8.25 7.25
			11 rates compared from 2000-01-01 to 2026-11-29, 4 differences`},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out strings.Builder
			args := strings.Fields(c.args)
			different, err := run(append([]string{"-on", "2026-11-29"}, args...), &out)
			require.NoError(t, err)
			assert.Equal(t, !strings.Contains(c.want, " 0 differences"), different)
			assert.Equal(t, "place class first day last day theirs ours "+words(c.want), words(out.String()))
		})
	}
}

func TestRatesThatOnlyWeHaveAreListed(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // the beginning of the list
	}{
		{[]string{"-since", "2026-01-01", "ibericode", "testdata/ibericode.json"}, `
			DE ZERO 2026-01-01 2026-11-29 zeroRated (single)
			DE-X-BUESINGEN all 2026-01-01 2026-11-29 no such place
			FI REDUCED 2026-01-01 2026-11-29 13.5
			FI-01 all 2026-01-01 2026-11-29 no such place
			PT INTERMEDIATE 2026-01-01 2026-11-29 13
			PT REDUCED 2026-01-01 2026-11-29 6
			PT PARKING 2026-01-01 2026-11-29 13
			PT-20 INTERMEDIATE 2026-01-01 2026-11-29 9
			PT-20 REDUCED 2026-01-01 2026-11-29 4
			PT-30 all 2026-01-01 2026-11-29 no such place
			10 rates that the file lacks; 247 countries are not in it: AD AE AF`},
		{[]string{"-since", "2020-01-01", "-columns", germanColumns, "csv", "testdata/own.csv"}, `
			DE STANDARD 2020-01-01 2020-06-30 19
			DE STANDARD 2020-07-01 2020-12-31 16
			DE REDUCED 2020-01-01 2020-06-30 7
			DE ZERO 2023-01-01 2026-11-29 zeroRated (single)
			DE-X-BUESINGEN all 2020-01-01 2026-11-29 no such place
			DE-X-HELGOLAND all 2020-01-01 2026-11-29 no such place
			FR STANDARD`},
		{[]string{"-since", "2026-01-01", "csv", write(t, "country,rate,from,to\nAE,5,2018-01-01,2026-06-01\n")}, `
			AE STANDARD 2026-06-01 2026-11-29 5
			1 rates`},
		{[]string{"-since", "2026-11-29", "csv", write(t, "country,rate\nAE,5\n")}, `
			0 rates that the file lacks; 249 countries are not in it: AD AF`},
	} {
		var out strings.Builder
		_, err := run(append([]string{"-ours", "-on", "2026-11-29"}, c.args...), &out)
		require.NoError(t, err)
		_, ours, found := strings.Cut(words(out.String()), "only in the embedded rates: place class first day last day ours ")
		require.True(t, found)
		assert.True(t, strings.HasPrefix(ours, words(c.want)+" "), ours)
	}
}

func TestLackingRatesAreReportedByTheExitCode(t *testing.T) {
	for rate, want := range map[string]bool{"AE,,5": false, "FI,,25.5": true} {
		path := write(t, "country,class,rate\n"+rate+"\n")
		for _, flag := range []string{"-ours", "-ours=false"} {
			lacking, err := run([]string{flag, "-since", "2026-11-29", "-on", "2026-11-29", "csv", path}, new(strings.Builder))
			require.NoError(t, err)
			assert.Equal(t, want && flag == "-ours", lacking, "%s %s", flag, rate)
		}
	}
}

// words returns a text with one space between its words.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestClassesOfATableAreOurs(t *testing.T) {
	var out strings.Builder
	different, err := run([]string{"-columns", germanColumns, "csv", "testdata/own.csv"}, &out)
	require.NoError(t, err)
	assert.True(t, different)
	assert.NotContains(t, out.String(), "STANDARD")
	assert.Regexp(t, `(?m)^DE +REDUCED +2021-01-01 +2026-11-29 +5 +7$`, out.String(), "the older rate has no last day in the file")
	assert.Regexp(t, `(?m)^FR +BOOKS +2026-11-29 +2026-11-29 +5.5 +unknown_class$`, out.String())

	same, err := run([]string{"-columns", germanColumns, "-on", "2020-12-31", "-since", "2020-12-31", "csv", write(t, "Land,Code,Satz\nDE,,0.16\n"), "-fraction"}, &out)
	require.Error(t, err, "flags come first")
	assert.False(t, same)
	out.Reset()
	same, err = run([]string{"-columns", germanColumns, "-on", "2020-12-31", "-fraction", "csv", write(t, "Land,Code,Satz\nDE,,0.16\n")}, &out)
	require.NoError(t, err)
	assert.False(t, same)
	assert.Contains(t, out.String(), "1 rates compared from 2000-01-01 to 2020-12-31, 0 differences")
}

func TestWrongInputIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"ibericode", `{"items": {}}`, "no rates"},
		{"ibericode", `[]`, "want an object"},
		{"ibericode", `{"items": {"DE": [{"effective_from": "soon", "rates": {"standard": 19}}]}}`, "items.DE[0]"},
		{"ibericode", `{"items": {"DE": [{"effective_from": "2020-01-01", "rates": {"standard": "1e9"}}]}}`, "items.DE[0]"},
		{"ibericode", `{"items": {"Q1": [{"effective_from": "2020-01-01", "rates": {"standard": 19}}]}}`, "Q1"},
		{"ibericode", `{"items": {"DE": [{"effective_from": "2020-01-01", "rates": {"standard": 19}, "exceptions": [{"name": "X", "postcode": "(", "standard": 0}]}]}}`, `items.DE[0].exceptions "X"`},
		{"ibericode", `{"items": {"DE": [{"effective_from": "2020-01-01", "rates": {"standard": 19}, "exceptions": [{"name": "X", "postcode": "1{900}", "standard": 0}]}]}}`, `items.DE[0].exceptions "X"`},
		{"ibericode", `{"items": {"DE": [{"effective_from": "2020-01-01", "rates": {"standard": 19}}, {"effective_from": "2021-01-01", "rates": {"standard": 19}}]}}`, "does not begin later"},
		{"kdeldycke", ``, "no header"},
		{"kdeldycke", "a,b\n1,2\n", "without start_date"},
		{"kdeldycke", "start_date,stop_date,territory_codes,rate\n2020-13-01,,DE,0.19\n", "row 2 (DE)"},
		{"kdeldycke", "start_date,stop_date,territory_codes,rate\n2020-01-01,,DE,\n", "row 2 (DE)"},
		{"kdeldycke", "start_date,stop_date,territory_codes,rate\n2020-01-01\n", "wrong number of fields"},
		{"tedb", `<a>`, "EOF"},
		{"tedb", `<Envelope><Body><retrieveVatRatesRespMsg/></Body></Envelope>`, "no rates"},
		{"tedb", tedbResult(`<rate><value>20</value></rate>`), "no day"},
		{"tedb", tedbResult(`<rate><value>x</value></rate><situationOn>2026-01-01</situationOn>`), "vatRateResults 1 (FR)"},
		{"salestax", `{"DE": {"rate": 0.19, "before": {"yesterday": {"rate": 0.16}}}}`, "yesterday"},
		{"salestax", `{"DE": {"rate": "19 %"}}`, "invalid number"},
		{"salestax", `{"US": {"type": "none", "rate": 0, "states": {"Texas": {"rate": 0.06}}}}`, "US.states.Texas"},
		{"salestax", `{"US": {"type": "none", "rate": 0, "states": {"TX": {}}}}`, "US.states.TX"},
		{"csv", "", "no header"},
		{"csv", "land,satz\n", `no column "country"`},
		{"csv", "country,rate\nDE,19 or so\n", "line 2"},
		{"csv", "country,rate,from,to\nDE,19,2020-01-01,2020-01-01\n", "line 2"},
		{"csv", "country,rate\nDE,19,x\n", "wrong number of fields"},
		{"csv", "country,rate\n", "no rates"},
		{"xls", "", "pass a format"},
	} {
		var out strings.Builder
		different, err := run([]string{c.format, write(t, c.text)}, &out)
		assert.False(t, different)
		assert.ErrorContains(t, err, c.want, "%s of %s", c.format, c.text)
		assert.Empty(t, out.String())
	}
	for _, args := range [][]string{
		{}, {"csv"}, {"csv", "testdata/none.csv"}, {"-since", "x", "csv", "testdata/own.csv"}, {"-on", "x", "csv", "testdata/own.csv"},
		{"-columns", "land=Land", "csv", "testdata/own.csv"}, {"-columns", "country", "csv", "testdata/own.csv"},
	} {
		_, err := run(args, new(strings.Builder))
		assert.Error(t, err, "%q", args)
	}
}

func tedbResult(text string) string {
	return `<Envelope><Body><retrieveVatRatesRespMsg><vatRateResults><memberState>FR</memberState><type>STANDARD</type>` + text +
		`</vatRateResults></retrieveVatRatesRespMsg></Body></Envelope>`
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
