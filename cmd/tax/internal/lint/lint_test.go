package lint_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/cmd/tax/internal/lint"
)

var today = tax.MustDate("2026-11-21")

// embedded stands for the rates of the world: a country with two classes and a region, and
// one that needs its region.
var embedded = tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	text := map[string]string{
		"DE": `[{"location":{"country":"DE"},"timeZone":"Europe/Berlin","taxClasses":[
			{"code":"STANDARD","isDefault":true,"rates":[{"from":"2007-01-01","percent":19},{"from":"1998-04-01","percent":16}]},
			{"code":"REDUCED","rates":[{"from":"2007-01-01","percent":7}]}]},
			{"location":{"country":"DE","region":"X-A"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2007-01-01","percent":0,"treatment":"outsideScope"}]}]}]`,
		"CA": `[{"location":{"country":"CA"},"timeZone":"America/Toronto","regions":"required","taxClasses":[{"code":"STANDARD","isDefault":true,"rates":[{"from":"2008-01-01","percent":5}]}]},
			{"location":{"country":"CA","region":"ON"},"exclusive":true,"taxClasses":[{"code":"STANDARD","isDefault":true,"rates":[{"from":"2010-07-01","percent":13}]}]}]`,
		"US": `[{"location":{"country":"US"},"timeZone":"America/New_York","regions":"required","taxClasses":[{"code":"STANDARD","isDefault":true,"rates":[{"from":"2008-01-01","percent":5}]}]},
			{"location":{"country":"US","region":"NY"}}]`,
	}[key.Country]
	if text == "" {
		return nil, nil
	}
	var list []tax.Configuration
	return list, json.Unmarshal([]byte(text), &list)
})

// check returns what is found in the text of a file.
func check(t *testing.T, text string, o lint.Options) []lint.Finding {
	t.Helper()
	documents, problems, err := document.Read("a.json", strings.NewReader(text))
	require.NoError(t, err)
	o.Embedded, o.Today, o.OldAfter = embedded, today, 365
	list, err := lint.Check(t.Context(), documents, problems, o)
	require.NoError(t, err)
	return list
}

// ids returns the rules and lines of findings.
func ids(list []lint.Finding) []string {
	names := []string{}
	for _, f := range list {
		names = append(names, f.Rule+":"+string(rune('0'+f.Line)))
	}
	return names
}

func TestRules(t *testing.T) {
	const begin = "{\"location\":{\"country\":\"DE\"},\n\"taxClasses\":[\n"
	for name, c := range map[string]struct {
		text  string
		alone bool
		want  []string
	}{
		"nothing":                      {begin + `{"code":"STANDARD","rates":[{"from":"2027-01-01","percent":20}]}]}`, false, []string{"differs_from_embedded:3"}},
		"as the embedded":              {begin + `{"code":"STANDARD","rates":[{"from":"2007-01-01","percent":19}]}]}`, false, []string{"override_equals_base:3"}},
		"a fraction":                   {begin + "{\"code\":\"STANDARD\",\"rates\":[\n{\"from\":\"2027-01-01\",\"percent\":0.19}]}]}", false, []string{"differs_from_embedded:3", "percent_looks_like_fraction:4", "percents_below_one:2"}},
		"a small rate":                 {begin + `{"code":"SMALL","rates":[{"from":"2027-01-01","percent":0.5},{"from":"2026-01-01","percent":1}]}]}`, false, []string{}},
		"the past":                     {begin + `{"code":"STANDARD","rates":[{"from":"2026-11-20","percent":20}]}]}`, false, []string{"past_rewritten:3", "differs_from_embedded:3"}},
		"today":                        {begin + `{"code":"STANDARD","rates":[{"from":"2026-11-21","percent":20}]}]}`, false, []string{"differs_from_embedded:3"}},
		"the past when it was not":     {begin + "{\"code\":\"STANDARD\",\"rates\":[{\"from\":\"2026-11-20\",\"percent\":20}]}],\n\"metadata\":{\"modifiedAt\":\"2026-11-19T08:00:00Z\"}}", false, []string{"differs_from_embedded:3"}},
		"a class of its own":           {begin + `{"code":"NEW","rates":[{"from":"2020-01-01","percent":20}]}]}`, false, []string{}},
		"no rate on any day":           {begin + `{"code":"NEW","rates":[{"from":"2020-01-01","effect":"end"}]}]}`, false, []string{"class_unreachable:3"}},
		"an end of another":            {begin + `{"code":"REDUCED","rates":[{"from":"2030-01-01","effect":"end"}]}]}`, false, []string{"differs_from_embedded:3"}},
		"a class of no region":         {`{"location":{"country":"CA"},"taxClasses":[` + "\n" + `{"code":"NEW","rates":[{"from":"2027-01-01","percent":20}]}]}`, false, []string{"class_unreachable:2"}},
		"a country through its region": {`{"location":{"country":"US"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2027-01-01","percent":6}]}]}`, false, []string{"differs_from_embedded:1"}},
		"a class of a region": {`{"location":{"country":"CA"},"taxClasses":[{"code":"NEW","rates":[{"from":"2027-01-01","percent":20}]}]}
			{"location":{"country":"CA","region":"QC"},"taxClasses":[{"code":"QST","rates":[{"from":"2027-01-01","percent":9.975}]}]}`, false, []string{}},
		"a region as its country": {`{"location":{"country":"DE"},"timeZone":"Europe/Berlin","taxClasses":[{"code":"STANDARD","rates":[{"from":"2007-01-01","percent":19},{"from":"1998-04-01","percent":16}]}]}` + "\n" +
			`{"location":{"country":"DE","region":"BY"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2007-01-01","percent":19},{"from":"1998-04-01","percent":16}]}]}`, true, []string{"override_equals_base:2"}},
		"a copy that is behind": {`{"location":{"country":"DE"},"timeZone":"Europe/Berlin","taxClasses":[{"code":"STANDARD","rates":[{"from":"1998-04-01","percent":16}]}]}`, true, []string{"differs_from_embedded:1"}},
		"no time zone alone":    {begin + `{"code":"NEW","rates":[{"from":"2020-01-01","percent":20}]}]}`, true, []string{"time_zone_missing:1"}},
		"a language":            {begin + "{\"code\":\"A\",\"name\":{\"de\":\"a\",\"fr\":\"a\"},\"rates\":[{\"from\":\"2027-01-01\",\"percent\":20}]},\n{\"code\":\"B\",\n\"name\":{\"de\":\"b\"},\"rates\":[{\"from\":\"2027-01-01\",\"percent\":20}]}]}", false, []string{"language_missing:5"}},
		"old":                   {`{"location":{"country":"DE"},` + "\n" + `"metadata":{"asOf":"2025-11-20"}}`, false, []string{"as_of_old:2"}},
		"not yet old":           {`{"location":{"country":"DE"},"metadata":{"asOf":"2025-11-21"}}`, false, []string{}},
		"a fault":               {begin + "{\"code\":\"STANDARD\",\"rates\":[{\"from\":\"2027-01-01\",\"percent\":20}]},\n{\"code\":\"STANDARD\",\"rates\":[{\"from\":\"2027-01-01\",\"percent\":20}]}]}", false, []string{"class_duplicate:4"}},
		"twice":                 {`{"location":{"country":"DE"}}` + "\n" + `{"location":{"country":"DE"}}`, false, []string{"location_duplicate:2"}},
		"on what is not there":  {`{"location":{"country":"DE","region":"BY"},` + "\n" + `"taxClasses":[{"code":"NEW","rates":[{"from":"2027-01-01","effect":"add","percent":1}]}]}`, false, []string{"parent_class_missing:2"}},
		"an undated entry":      {begin + `{"code":"STANDARD","rate":20}]}`, false, []string{"from_missing:3"}},
		"no JSON":               {"{\n\"location\":", false, []string{"malformed_json:2"}},
		"a field":               {"{\n\"place\":1}", false, []string{"unknown:2"}},
		"another value":         {"\n1", false, []string{"wrong_type:2"}},
	} {
		assert.ElementsMatch(t, c.want, ids(check(t, c.text, lint.Options{Alone: c.alone})), name)
	}
}

func TestLanguagesThatAreAskedForAreNeeded(t *testing.T) {
	list := check(t, `{"location":{"country":"DE"},"name":{"de":"Deutschland"}}`, lint.Options{Languages: []string{"de", "fr"}})
	require.Len(t, list, 1)
	assert.Equal(t, "has no text in fr", list[0].Message)
}

func TestDifferencesSayWhenAndWhat(t *testing.T) {
	list := check(t, `{"location":{"country":"DE"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2027-07-01","percent":19},{"from":"2027-01-01","percent":21}]}]}`, lint.Options{})
	require.Len(t, list, 1)
	assert.Contains(t, list[0].Message, "21 % in place of 19 % from 2027-01-01 until 2027-07-01")
}

func TestRulesAreKnownByTheirIDs(t *testing.T) {
	for _, r := range lint.Rules() {
		assert.NoError(t, lint.Known(r.ID))
		assert.NotEmpty(t, r.Advice)
	}
	assert.ErrorContains(t, lint.Known("as_of_ol"), `did you mean "as_of_old"?`)
	assert.Error(t, lint.Known("class_duplicate"))
}

func TestFormats(t *testing.T) {
	list := []lint.Finding{{Rule: "a", Severity: lint.Error, File: "x,y:1.json", Line: 3, Location: tax.Location{Country: "DE"}, Path: "p", Message: "50 %\nmore"}, {Rule: "b"}}
	var out bytes.Buffer
	require.NoError(t, lint.Annotations(&out, list))
	assert.Equal(t, "::error file=x%2Cy%3A1.json,line=3,title=tax lint%3A a::DE: p: 50 %25%0Amore\n::notice title=tax lint%3A b::\n", out.String())
	assert.Equal(t, "x,y:1.json:3: error: DE: p: 50 %\nmore [a]", list[0].String())
	out.Reset()
	require.NoError(t, lint.SARIF(&out, list))
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID, Level string
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &log))
	assert.Equal(t, "2.1.0", log.Version)
	require.Len(t, log.Runs[0].Results, 2)
	first := log.Runs[0].Results[0]
	assert.Equal(t, "error", first.Level)
	assert.Equal(t, 3, first.Locations[0].PhysicalLocation.Region.StartLine)
	assert.Equal(t, "x,y:1.json", first.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	rules := map[string]bool{}
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		rules[r.ID] = true
	}
	assert.True(t, rules["a"] && rules["b"] && rules["as_of_old"], "each rule that is used is described")
}
