package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const currencyHeader = "code,numeric,minor_units,status,withdrawn,sources,note\n"

func TestMalformedCurrenciesAreRefused(t *testing.T) {
	valid := currencyHeader +
		"BBB,002,,current,,one two,\nAAA,001,2,current,,one two,\n" +
		"CCC,001,0,withdrawn,2001-02,one two,\nDDD,004,3,withdrawn,2001-02-03,one two,\n" +
		"EEE,005,4,withdrawn,,one two,\nFFF,006,?,withdrawn,,one two,two has 3\n"
	in, err := loadCurrencies(write(t, map[string]string{currencyFile: valid}))
	require.NoError(t, err)
	var got strings.Builder
	for _, c := range in.currencies {
		got.WriteString(c.code + string(c.unit))
	}
	assert.Equal(t, "AAA2BBB-CCC0DDD3EEE4FFF?", got.String())

	for name, c := range map[string]struct{ row, message string }{
		"too few columns":           {"GGG,007,2,current\n", "fields"},
		"lower case":                {"ggg,007,2,current,,one two,\n", "upper-case"},
		"two letters":               {"GG,007,2,current,,one two,\n", "upper-case"},
		"numeric not three digits":  {"GGG,7,2,current,,one two,\n", "three digits"},
		"duplicate code":            {"AAA,007,2,withdrawn,,one two,\n", "duplicate of AAA"},
		"duplicate current numeric": {"GGG,001,2,current,,one two,\n", "duplicate of AAA"},
		"unknown status":            {"GGG,007,2,retired,,one two,\n", "unknown status"},
		"current and withdrawn":     {"GGG,007,2,current,2001-02,one two,\n", "no day of withdrawal"},
		"withdrawn in a year":       {"GGG,007,2,withdrawn,2001,one two,\n", "month or a day"},
		"withdrawn on no day":       {"GGG,007,2,withdrawn,2001-02-30,one two,\n", "month or a day"},
		"minor units negative":      {"GGG,007,-1,current,,one two,\n", "minor units"},
		"minor units too large":     {"GGG,007,7,current,,one two,\n", "minor units"},
		"minor units of two digits": {"GGG,007,02,current,,one two,\n", "minor units"},
		"minor units in words":      {"GGG,007,N.A.,current,,one two,\n", "minor units"},
		"withdrawn without units":   {"GGG,007,,withdrawn,,one two,\n", "minor units"},
		"current but disputed":      {"GGG,007,?,current,,one two,why\n", "minor units"},
		"disputed without a note":   {"GGG,007,?,withdrawn,,one two,\n", "no note"},
		"no source":                 {"GGG,007,2,current,,,\n", "not two sources"},
		"one source":                {"GGG,007,2,current,,one,\n", "not two sources"},
		"one source twice":          {"GGG,007,2,current,,one one,\n", "not two sources"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadCurrencies(write(t, map[string]string{currencyFile: valid + c.row}))
			require.Error(t, err)
			assert.ErrorContains(t, err, c.message)
			assert.ErrorContains(t, err, currencyFile)
			if name != "too few columns" { // the CSV reader gives its line
				code, _, _ := strings.Cut(c.row, ",")
				assert.ErrorContains(t, err, `"`+code+`"`)
			}
		})
	}

	_, rows, _ := strings.Cut(valid, "\n")
	for name, content := range map[string]string{"no header": rows, "empty": "", "header alone": currencyHeader} {
		_, err := loadCurrencies(write(t, map[string]string{currencyFile: content}))
		assert.ErrorContains(t, err, currencyFile, name)
	}
}

func TestOrderAndLineEndsDoNotChangeTheCurrencies(t *testing.T) {
	b, err := os.ReadFile(currencyFile)
	require.NoError(t, err)
	unix := strings.ReplaceAll(string(b), "\r\n", "\n")
	a, err := loadCurrencies(write(t, map[string]string{currencyFile: unix}))
	require.NoError(t, err)
	windows, err := loadCurrencies(write(t, map[string]string{currencyFile: strings.ReplaceAll(unix, "\n", "\r\n")}))
	require.NoError(t, err)
	assert.Equal(t, a, windows)

	turned, err := loadCurrencies(write(t, map[string]string{
		currencyFile: currencyHeader + "BBB,002,2,current,,one two,\nAAA,001,2,current,,one two,\n"}))
	require.NoError(t, err)
	assert.Equal(t, "AAA", turned.currencies[0].code)
}

func TestEverySourceOfACurrencyIsExplained(t *testing.T) {
	b, err := os.ReadFile(currencyFile)
	require.NoError(t, err)
	var header strings.Builder
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		header.WriteString(line)
	}
	err = readRows(currencyFile, bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")),
		strings.TrimSpace(currencyHeader), func(row []string) error {
			for _, key := range strings.Fields(row[5]) {
				assert.Regexp(t, `(?m)^# (\w+, )?`+key+`(, \w+)?: `, header.String(), "source of %s", row[0])
			}
			return nil
		})
	require.NoError(t, err)
}
