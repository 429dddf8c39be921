package rates_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

var update = flag.Bool("update", false, "rewrite the coverage table of docs/rates.md")

const (
	coverageDoc   = "../docs/rates.md"
	coverageBegin = "<!-- coverage: written by go test ./rates -run Coverage -update -->\n"
	coverageEnd   = "<!-- end of coverage -->\n"
)

func TestCoverageTableOfTheDocsIsTheDatas(t *testing.T) {
	doc, err := os.ReadFile(coverageDoc)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(doc), coverageBegin)
	require.True(t, ok)
	table, after, ok := strings.Cut(rest, coverageEnd)
	require.True(t, ok)
	want := coverageTable(t)
	if *update {
		require.NoError(t, os.WriteFile(coverageDoc, []byte(before+coverageBegin+want+coverageEnd+after), 0o644))
		return
	}
	assert.Equal(t, want, table, "run go test ./rates -run Coverage -update")
	assert.Contains(t, before, "As of "+rates.AsOf().String())
}

// coverageTable returns the table of the document, with one line for each
// country.
func coverageTable(t *testing.T) string {
	statuses, total := statusCounts(t)
	var b strings.Builder
	b.WriteString("| country | taxes | classes | since | territories | agreed | single | disputed |\n|---|---|---|---|---|---|---|---|\n")
	without := 0
	for _, country := range rates.Countries() {
		documents := configurations(t, country)
		home := documents[0]
		if home.Tax.Code == "" {
			fmt.Fprintf(&b, "| %s | not known | | | | 0 | 0 | 0 |\n", country)
			without++
			continue
		}
		var classes, taxes, territories []string
		since := "by region"
		addTax := func(code string) {
			if code != "" && !slices.Contains(taxes, code) {
				taxes = append(taxes, code)
			}
		}
		onlyZone, onlyName := 0, 0
		var outside []string
		for _, d := range documents {
			addTax(d.Tax.Code)
			for _, c := range d.Classes {
				if !slices.Contains(classes, c.Code) {
					classes = append(classes, c.Code)
				}
				for _, r := range c.Rates {
					addTax(r.Tax.Code)
				}
			}
			switch {
			case d.Location.Region == "":
			case len(d.Classes) == 0 && d.Exclusive:
				outside = append(outside, d.Location.Region)
			case len(d.Classes) == 0 && d.TimeZone == "" && home.Regions == tax.RegionsOptional:
				onlyName++
			case len(d.Classes) == 0 && home.Regions == tax.RegionsOptional:
				onlyZone++
			default:
				territories = append(territories, d.Location.Region)
			}
		}
		for _, c := range home.Classes {
			if c.Default {
				since = c.Rates[len(c.Rates)-1].From.String()
				if since == "" {
					since = "not known"
				}
			}
		}
		if len(outside) > 0 {
			territories = append(territories, "(refused: "+strings.Join(outside, ", ")+")")
		}
		if len(home.Elsewhere) > 0 {
			var places []string
			for _, r := range home.Elsewhere {
				if l := r.Location.String(); !slices.Contains(places, l) {
					places = append(places, l)
				}
			}
			territories = append(territories, "(elsewhere: "+strings.Join(places, ", ")+")")
		}
		if onlyZone > 0 {
			territories = append(territories, fmt.Sprintf("(%d for their time zone)", onlyZone))
		}
		if onlyName > 0 {
			territories = append(territories, fmt.Sprintf("(%d for their name)", onlyName))
		}
		n := statuses[country]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d | %d | %d |\n", country, strings.Join(taxes, ", "), strings.Join(classes, ", "), since,
			strings.Join(territories, ", "), n["agreed"], n["single"], n["disputed"])
	}
	fmt.Fprintf(&b, "| %d countries, %d not known | | | | | %d | %d | %d |\n", len(rates.Countries()), without, total["agreed"], total["single"], total["disputed"])
	return b.String()
}

func statusCounts(t *testing.T) (byCountry map[string]map[string]int, total map[string]int) {
	t.Helper()
	byCountry, total = map[string]map[string]int{}, map[string]int{}
	for _, row := range table(t, "rates.csv") {
		if byCountry[row[0]] == nil {
			byCountry[row[0]] = map[string]int{}
		}
		byCountry[row[0]][row[9]]++
		total[row[9]]++
	}
	return byCountry, total
}
