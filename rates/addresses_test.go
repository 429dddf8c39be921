package rates_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/testfile"
)

// TestGoldenAddresses looks up every line of testdata/addresses.txt, which describes its
// form.
func TestGoldenAddresses(t *testing.T) {
	r := newResolver(t, nil)
	cases := 0
	for n, line := range testfile.Lines(t, "testdata/addresses.txt") {
		cases++
		line, _, _ = strings.Cut(line, "#")
		address, want, ok := strings.Cut(line, "->")
		fields := strings.Fields(address)
		require.True(t, ok && len(fields) == 3, "line %d", n)
		a, err := r.Lookup(ctx, tax.Lookup{
			Country: fields[0], Region: strings.Trim(fields[1], "-"), PostalCode: written(fields[2]), Date: tax.MustDate("2026-11-21"),
		})
		want = strings.Join(strings.Fields(want), " ")
		if place, asks := strings.CutPrefix(want, "asks "); asks {
			assert.Equal(t, place, asked(a, err), "line %d: %s", n, line)
			continue
		}
		assert.Equal(t, want, answer(a, err), "line %d: %s", n, line)
	}
	require.GreaterOrEqual(t, cases, 200)
}

// asked returns the country that an address was referred to, whether or not anything is
// known there; empty if it was not.
func asked(a tax.Resolution, err error) string {
	var e *tax.LookupError
	switch {
	case errors.As(err, &e) && e.Territory.Country != e.Lookup.Country:
		return e.Territory.Country
	case err == nil && a.Explain().Steps[0] == tax.StepReferred:
		return a.Location().Country
	}
	return ""
}

var character = regexp.MustCompile(`U\+([0-9A-F]{4})_`)

// written returns a postal code as a customer writes it.
func written(field string) string {
	if field == "-" {
		return ""
	}
	text := character.ReplaceAllStringFunc(field, func(s string) string {
		n, err := strconv.ParseUint(s[2:6], 16, 32)
		if err != nil {
			panic(err) // the expression has digits
		}
		return string(rune(n))
	})
	return strings.ReplaceAll(text, "_", " ")
}

// answer returns the answer in the form of the file.
func answer(a tax.Resolution, err error) string {
	var input *tax.InputError
	if errors.As(err, &input) && input.Field == "postal code" {
		return "error input"
	}
	for name, kind := range map[string]error{
		"region-required": tax.ErrRegionRequired, "unknown-region": tax.ErrUnknownRegion, "unknown-country": tax.ErrUnknownCountry,
	} {
		if errors.Is(err, kind) {
			return "error " + name
		}
	}
	if err != nil {
		return err.Error()
	}
	e := a.Explain()
	text := fmt.Sprint(a.Location(), " ", a.Percent(), " ", strings.ReplaceAll(string(e.Steps[0]), " ", "-"))
	for flag, set := range map[string]bool{" local": e.LocalTaxesMissing, " overruled": e.RegionOverruled} {
		if set {
			text += flag
		}
	}
	if e.LocalTaxesMissing && e.RegionOverruled { // the order of a map is random
		text = strings.ReplaceAll(strings.ReplaceAll(text, " overruled", ""), " local", "") + " local overruled"
	}
	return text
}

// Every row of the table of postal codes answers as it says, at its first and last code that
// no longer row has.
func TestEveryPrefixLeadsToItsRegion(t *testing.T) {
	r := newResolver(t, nil)
	longest := map[string][]string{} // regions by country and prefix
	rows := table(t, "postal.csv")
	for _, row := range rows {
		longest[row[0]+row[1]] = strings.Fields(row[2])
	}
	elsewhere := map[string]string{}
	for _, country := range []string{"US", "CA"} {
		for _, e := range configurations(t, country)[0].Elsewhere {
			for _, region := range e.Regions {
				elsewhere[country+"-"+region] = e.Location.String()
			}
		}
	}
	for _, row := range rows {
		for _, rest := range []string{"0000", "9999", "0A0", "9Z9"} {
			code := row[1] + rest
			code = code[:min(len(code), max(len(row[1]), 5))]
			regions := longest[row[0]+row[1]]
			for n := len(code); n > len(row[1]); n-- {
				if longer, ok := longest[row[0]+code[:n]]; ok {
					regions = longer
					break
				}
			}
			if row[0] == "US" && strings.Trim(code, "0123456789") != "" {
				continue
			}
			p, err := r.Place(ctx, tax.Lookup{Country: row[0], PostalCode: code})
			var e *tax.LookupError
			switch {
			case len(regions) != 1:
				assert.ErrorIs(t, err, tax.ErrRegionRequired, code)
			case elsewhere[row[0]+"-"+regions[0]] != "" && errors.As(err, &e):
				assert.Equal(t, elsewhere[row[0]+"-"+regions[0]], e.Territory.String(), code)
				assert.ErrorIs(t, err, tax.ErrUnknownCountry, code)
			case elsewhere[row[0]+"-"+regions[0]] != "":
				assert.Equal(t, elsewhere[row[0]+"-"+regions[0]], p.Location().String(), code)
			case assert.NoError(t, err, code):
				assert.Equal(t, row[0]+"-"+regions[0], p.Location().String(), code)
			}
			for _, region := range regions {
				if len(regions) > 1 {
					p, err := r.Place(ctx, tax.Lookup{Country: row[0], Region: region, PostalCode: code})
					require.NoError(t, err, code)
					assert.Equal(t, region, p.Location().Region, code)
				}
			}
		}
	}
}
