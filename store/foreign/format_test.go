package foreign_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/foreign"
)

var update = flag.Bool("update", false, "rewrite the documents that the samples are read as; review them by hand")

// spreadsheet is the table of testdata/spreadsheet.csv.
var spreadsheet = foreign.Table{Columns: map[string]string{
	"country": "Land", "region": "Gebiet", "postcodes": "PLZ", "class": "Steuerklasse", "percent": "Satz", "from": "Gültig ab",
	"name.de": "Name (de)", "name.en": "Name (en)",
}, Source: "spreadsheet"}

func TestSamplesAreReadAsTheirDocuments(t *testing.T) {
	for file, format := range map[string]store.Format{
		"ibericode.json": foreign.Ibericode, "salestax.json": foreign.SalesTax, "rates.csv": foreign.Rates, "spreadsheet.csv": spreadsheet.Format,
	} {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", file))
			require.NoError(t, err)
			if file == "spreadsheet.csv" {
				text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
			}
			in := bytes.NewReader(text)
			m := store.NewMemory(&store.Options{Clock: func() time.Time { return time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC) }})
			report, err := store.Import(t.Context(), in, m, &store.ImportOptions{Format: format})
			require.NoError(t, err)
			assert.Equal(t, report.Records, report.Written)
			var out bytes.Buffer
			_, err = store.Export(t.Context(), &out, m, &store.ExportOptions{Encode: func(c tax.Configuration) ([]byte, error) {
				c.Metadata = tax.Metadata{Source: c.Metadata.Source}
				return c.MarshalJSON()
			}})
			require.NoError(t, err)
			golden := filepath.Join("testdata", file+".documents")
			if *update {
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), out.String())
			// Once more, nothing changes.
			in.Seek(0, 0)
			again, err := store.Import(t.Context(), in, m, &store.ImportOptions{Format: format})
			require.NoError(t, err)
			assert.Equal(t, report.Records, again.Unchanged)
		})
	}
}

// rejections imports a text into an empty store and returns why it is refused.
func rejections(t *testing.T, format store.Format, text string) []string {
	t.Helper()
	m := store.NewMemory(nil)
	report, err := store.Import(t.Context(), strings.NewReader(text), m, &store.ImportOptions{Format: format, Limits: store.ImportLimits{RecordBytes: 1 << 12}})
	var list []string
	for _, r := range report.Rejections {
		if r.Code != "country_refused" {
			list = append(list, fmt.Sprint(r.Line, " ", r.Location, " ", r.Code, " ", r))
		}
	}
	if err != nil && len(list) == 0 {
		list = append(list, err.Error())
	}
	return list
}

func TestCellsOfATable(t *testing.T) {
	const head = "country,region,postcodes,class,percent,from,to,default,effect,treatment,status,name.de,note\n"
	for cells, want := range map[string]string{
		"DE,,,S,19,,,,,,,,":                        "",
		"DE,,,S, 19 % ,,,,,,,Normal,":              "",
		"DE,,,S,\"19,50\",,,,,,,,":                 "",
		"DE,,,S,9.975,2020-01-01T00:00:00Z,,,,,,,": "",
		"DE,,,S,0,,,yes,replace,exempt,single,,":   "",
		"DE,,,S,,,,,,,,,":                          "2 DE missing",
		"DE,,,S,%,,,,,,,,":                         "2 DE missing",
		"DE,,,S,\"1.000,5\",,,,,,,,":               "2 DE conflicting",
		"DE,,,S,19 percent,,,,,,,,":                "2 DE malformed",
		"DE,,,S,-19,,,,,,,,":                       "2 DE ",
		"DE,,,S,1e2,,,,,,,,":                       "2 DE ",
		"DE,,,S,19,01/02/2020,,,,,,,":              "2 DE malformed",
		"DE,,,S,19,30.02.2020,,,,,,,":              "2 DE ",
		"DE,,,S,19,39083,,,,,,,":                   "2 DE ",
		"DE,,,S,19,2020-01-01,2020-01-01,,,,,,":    "2 DE conflicting",
		"DE,,,S,19,,,perhaps,,,,,":                 "2 DE malformed",
		"DE,,,S,19,,,,double,,,,":                  "2 DE ",
		"DE,,,S,19,,,,,free,,,":                    "2 DE ",
		"DE,,,S,19,,,,,,sure,,":                    "2 DE ",
		"DE,,x y z!,S,19,,,,,,,,":                  "2 DE ",
		"Germany,,,S,19,,,,,,,,":                   "2  unknown_country line 2: country: ",
		"DE,XX,,S,19,,,,,,,,":                      "2  unknown_region line 2: region: ",
		"DE,,,S,19":                                "2 DE out_of_range",
		"DE,,,S,19,,,,,,,\xff,":                    "2 DE not_utf8",
		"DE,,,S,19,,,,,,,\"a\"b,":                  "2  ",
		"DE,,,S,19,,,,,,,,\nDE,,,S,20,,,,,,,,":     "2 DE duplicate",
		"DE,,,S,19,2020-01-01,2022-01-01,,,,,,\nDE,,,S,20,2021-01-01,,,,,,,": "2 DE conflicting",
		"DE,BY,80000,S,19,,,,,,,,\nDE,BY,80001,S,20,2021-01-01,,,,,,,":       "3 DE-BY mismatch",
		"DE,,,S,19,,,x,,,,,\nDE,,,R,7,,,x,,,,,":                              "2 DE class_default_duplicate",
	} {
		got := rejections(t, foreign.Table{}.Format, head+cells)
		if want == "" {
			assert.Empty(t, got, cells)
		} else if assert.NotEmpty(t, got, cells) {
			assert.True(t, strings.HasPrefix(got[0], want), "%s: %s, not %s", cells, got[0], want)
		}
	}
}

func TestHeadersOfATable(t *testing.T) {
	for text, want := range map[string]string{
		"country\tpercent\nDE\t19\n":     "",
		"country;percent\r\nDE;19,5\r\n": "",
		"sep=;\ncountry;percent\nDE;19":  "",
		"":                               "the first line names the columns",
		"land,percent\nDE,19":            "name the column of the country",
		"country,percent,percent\n":      "given twice",
		"\xff\xfec\x00":                  "UTF-16",
		"country,percent\nDE,\"19":       "not a row of CSV",
		"country,percent\nDE," + strings.Repeat("9", 1<<18): "larger than 4096 bytes in one record",
	} {
		got := strings.Join(rejections(t, foreign.Table{}.Format, text), "\n")
		if want == "" {
			assert.Empty(t, got, text)
		} else {
			assert.Contains(t, got, want, "%.40s", text)
		}
	}
	for want, table := range map[string]foreign.Table{
		"no such meaning of a column":              {Columns: map[string]string{"price": "percent"}},
		"no such column for the class":             {Columns: map[string]string{"class": "Klasse"}},
		"not a character that can separate cells:": {Comma: '"'},
	} {
		assert.Contains(t, strings.Join(rejections(t, table.Format, "country,percent\nDE,19"), ""), want)
	}
}

func TestFractionsArePercentagesUnlessTheySaySo(t *testing.T) {
	m := store.NewMemory(nil)
	table := foreign.Table{Fraction: true}
	_, err := store.Import(t.Context(), strings.NewReader("country,class,percent\nDE,A,0.19\nDE,B,\"0,09975\"\nDE,C,7 %\n"), m, &store.ImportOptions{Format: table.Format})
	require.NoError(t, err)
	c, err := m.Get(t.Context(), "", tax.Location{Country: "DE"})
	require.NoError(t, err)
	assert.Equal(t, "DE version 1: A, B, C", c.String())
	for i, want := range []string{"A: 19", "B: 9.975", "C: 7"} {
		assert.Equal(t, want, c.Classes[i].String())
	}
}

func TestTablesMayComeAgainForOtherTenantsOnly(t *testing.T) {
	got := func(text string) store.Report {
		report, _ := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), &store.ImportOptions{Format: foreign.Table{}.Format})
		return report
	}
	report := got("country,percent\nDE,19\nAT,20\nDE,16\n")
	assert.EqualValues(t, 1, report.Refused)
	assert.Contains(t, report.Rejections[0].Message, "comes again after others")
}

func TestIbericodeRefusesWhatItCannotRead(t *testing.T) {
	for text, want := range map[string]string{
		`{"items":{"DE":[{"effective_from":"2020-01-01","rates":{"standard":19}},{"effective_from":"2021-01-01","rates":{"standard":19}}]}}`: "a period above it that does not begin later",
		`{"items":{"DE":[{"effective_from":"2020-01-01","rates":{"standard":-1}}]}}`:                                                         "DE",
		`{"items":{"DE":[{"effective_from":"2020-01-01","rates":{}}]}}`:                                                                      "a period has rates",
		`{"items":{"DE":[{"effective_from":"2020-01-01","rate":{}}]}}`:                                                                       "unknown field",
		`{"items":{"ZZ":[]}}`: "ZZ",
		`{"items":{"DE":[{"effective_from":"x","rates":{"standard":19}}]}}`:                                                               "x",
		`{"items":{"DE":[{"effective_from":"","rates":{"standard":19},"exceptions":[{"name":"A","postcode":".*","standard":0}]}]}}`:       "not a pattern of postal codes",
		`{"items":{"DE":[{"effective_from":"","rates":{"standard":19},"exceptions":[{"name":"A","postcode":"(((","standard":0}]}]}}`:      "not a pattern of postal codes",
		`{"items":{"DE":[{"effective_from":"","rates":{"standard":19},"exceptions":[{"name":"A","postcode":"[A-Z]{9}","standard":0}]}]}}`: "not a pattern of postal codes",
		`{"items":{"DE":[{"effective_from":"","rates":{"standard":19},"exceptions":[{"name":"","postcode":"1","standard":0}]}]}}`:         "an exception has a name",
		`{"items":{"DE":[{"effective_from":"","rates":{"standard":19},"exceptions":[{"name":"日本","postcode":"1","standard":0}]}]}}`:       "give the region a code",
		`{"items":{},"items":{}}`: "given twice",
		`{"items":{"DE":[{"effective_from":"2020-01-01","rates":{"standard":19,"standard":7}}]}}`:           "given twice",
		`{"items":{"DE":[{"effective_from":"2020-01-01","Rates":{"standard":7},"rates":{"standard":19}}]}}`: "given twice",
		`{"items":{"DE":[{"effective_from":"2020-01-01","rates":{"standard":1e400}}]}}`:                     `"1e400"`,
		`{"other":{}}`:     "missing: the document is no file of this format",
		`[]`:               "want an object",
		`{"items":{"DE":`:  "ends too early",
		`{"items":{"DE":]`: "not valid JSON at byte",
		"":                 "ends too early",
		`{"items":{"DE":[` + strings.Repeat(" ", 1<<18): "larger than 4096 bytes in one record",
	} {
		assert.Contains(t, strings.Join(rejections(t, foreign.Ibericode, text), "\n"), want, "%.200s", text)
	}
}

func TestSalesTaxRefusesWhatItCannotRead(t *testing.T) {
	for text, want := range map[string]string{
		`{"DE":{"type":"vat","rate":0.19,"rate":0.07}}`:                                   "given twice",
		`{"DE":{"type":"vat","rate":0.19,"RATE":0.07}}`:                                   "given twice",
		`{"DE":{"type":"vat","rate":0.1,"states":{"BY":{"rate":0.1},"by":{"rate":0.2}}}}`: "given twice",
		`{"DE":{"type":"vat"}}`:                                                           "percent",
		`{"DE":{"type":"none","rate":0.1}}`:                                               "not allowed with the type none",
		`{"DE":{"type":"vat","rate":0.1,"before":{"2020":{"rate":0.2}}}}`:                 "not a time such as",
		`{"DE":{"type":"vat","rate":0.1,"states":{"QQ":{"rate":0.2}}}}`:                   "QQ",
		`{"DE":{"type":"vat","rate":0.1,"states":{"BY":{"rate":-0.2}}}}`:                  "BY",
		`{"DE":{"type":"vat","rate":0.1,"states":{"BY":{"rate":0,"states":{"A":{}}}}}}`:   "not allowed in a state",
		`{"DE":{"type":"vat","rate":"0.1","more":1}}`:                                     "unknown field",
	} {
		assert.Contains(t, strings.Join(rejections(t, foreign.SalesTax, text), "\n"), want, text)
	}
}

func TestFormatsHoldNoMoreThanTheirLimits(t *testing.T) {
	rows := "country,percent,from\n" + strings.Repeat("DE,19,2020-01-01\n", 100_010) + "FR,20,\n"
	got := rejections(t, foreign.Table{}.Format, rows)
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "more than 100000 rows of one country")
	periods := strings.Repeat(`{"effective_from":"2020-01-01","rates":{"standard":19}},`, 101)
	assert.Contains(t, rejectedBy(t, foreign.Ibericode, `{"items":{"DE":[`+strings.TrimSuffix(periods, ",")+`]}}`), "more than 100 periods")
	exceptions := strings.Repeat(`{"name":"a","postcode":"1","standard":0},`, 501)
	assert.Contains(t, rejectedBy(t, foreign.Ibericode, `{"items":{"DE":[{"effective_from":"","rates":{"standard":1},"exceptions":[`+strings.TrimSuffix(exceptions, ",")+`]}]}}`), "more than 500 exceptions")
}

// rejectedBy returns why a text is refused with the default limits.
func rejectedBy(t *testing.T, format store.Format, text string) string {
	report, err := store.Import(t.Context(), strings.NewReader(text), store.NewMemory(nil), &store.ImportOptions{Format: format})
	require.ErrorIs(t, err, tax.ErrInvalid)
	return fmt.Sprint(report.Rejections)
}

// An import that ends, because of its context or a limit, asks for no more records.
func TestFormatsCanBeStoppedAnywhere(t *testing.T) {
	for file, format := range map[string]store.Format{
		"ibericode.json": foreign.Ibericode, "salestax.json": foreign.SalesTax, "rates.csv": foreign.Rates, "spreadsheet.csv": spreadsheet.Format,
	} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		for stop := range 12 {
			for _, data := range [][]byte{text, text[:len(text)*2/3], bytes.Replace(text, []byte("DE"), []byte("D?"), 1)} {
				read := 0
				for range format(bytes.NewReader(data), 1<<20) {
					if read++; read > stop {
						break
					}
				}
				assert.NotZero(t, read, file)
			}
		}
	}
}

// Whatever the bytes are, nothing panics, and what is imported is read back.
func FuzzFormats(f *testing.F) {
	for _, file := range []string{"ibericode.json", "salestax.json", "rates.csv", "spreadsheet.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(f, err)
		for which := range 4 {
			f.Add(data, uint8(which))
		}
	}
	f.Add([]byte(`{"items":{"PT":[{"effective_from":"","rates":{"standard":1},"exceptions":[{"name":"A","postcode":"(9[5-9]\\d{2,}|1[1-3]{4})","standard":0}]}]}}`), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		format := []store.Format{foreign.Ibericode, foreign.SalesTax, foreign.Rates, spreadsheet.Format}[which%4]
		m := store.NewMemory(nil)
		report, err := store.Import(t.Context(), bytes.NewReader(data), m, &store.ImportOptions{Format: format, Limits: store.ImportLimits{RecordBytes: 1 << 14}})
		if err == nil && report.Written != report.Records {
			t.Fatalf("%+v", report)
		}
		again, _ := store.Import(t.Context(), bytes.NewReader(data), m, &store.ImportOptions{Format: format, Limits: store.ImportLimits{RecordBytes: 1 << 14}})
		if again.Written != 0 || again.Refused != report.Refused {
			t.Fatalf("%+v, and again %+v", report, again)
		}
	})
}

// The patterns are those of ibericode/vat-rates.
func TestPatternsOfPostalCodesAreRanges(t *testing.T) {
	for pattern, want := range map[string]string{
		`27498`:                         "27498",
		`(35\\d{3}|38\\d{3})`:           "35000-35999 38000-38999",
		`(5100[1-5]|5107[0-1]|51081)`:   "51001 51002 51003 51004 51005 51070 51071 51081",
		`971\\d{2,}`:                    "97100-97199",
		`9[5-6]\\d{2,}`:                 "9500-9599 9600-9699",
		`699[123]`:                      "6991 6992 6993",
		`^(BT)[0-9]$`:                   "BT0-BT9",
		`1\\d2|.`:                       "",
		`\\d*`:                          "",
		`[0-8]{9}`:                      "",
		`1{11}`:                         "",
		`(12345678901|1)`:               "",
		strings.Repeat("1|", 200) + "1": "",
	} {
		text := `{"items":{"AT":[{"effective_from":"","rates":{"standard":1},"exceptions":[{"name":"A","postcode":"` + pattern + `","standard":0}]}]}}`
		m := store.NewMemory(nil)
		_, err := store.Import(t.Context(), strings.NewReader(text), m, &store.ImportOptions{Format: foreign.Ibericode})
		c, _ := m.Get(t.Context(), "", tax.Location{Country: "AT", Region: "X-A"})
		var got []string
		for _, r := range c.PostalCodes {
			got = append(got, r.String())
		}
		assert.Equal(t, want, strings.Join(got, " "), pattern)
		assert.Equal(t, want == "", err != nil, pattern)
	}
}
