package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fields adds the names of all fields of a JSON value.
func fields(v any, names map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			names[name] = true
			fields(value, names)
		}
	case []any:
		for _, value := range v {
			fields(value, names)
		}
	}
}

// Each field that --json prints is one that docs/command.md names in the row of the command.
func TestDocumentNamesEachFieldOfJSON(t *testing.T) {
	_, forms, _ := strings.Cut(manualText(t), "\n## JSON\n")
	common, _, _ := strings.Cut(forms, "\n| command |")
	require.NotEmpty(t, common)
	inExamples(t)
	for line, row := range map[string]string{
		"tax resolve AT --postal-code 6991":                                 "resolve",
		"tax resolve CA-QC --date 2027-01-01":                               "resolve",
		"tax classes FR":                                                    "classes",
		"tax history CA-QC STANDARD":                                        "history",
		"tax regions ES --lang es":                                          "regions",
		"tax countries":                                                     "countries",
		"tax verify broken.json":                                            "verify",
		"tax lint rates --date 2026-11-21":                                  "lint",
		"tax lint --store file:stored --tenant acme":                        "lint",
		"tax lint --rules":                                                  "lint",
		"tax diff embedded copy.json":                                       "diff",
		"tax simulate copy.json --date 2026-11-21 --days 90":                "simulate",
		"tax simulate --orders orders.csv --currency EUR --then 2027-01-01": "simulate --orders",
		"tax simulate --orders orders.csv --then 2027-01-01 --currency XAU": "an error",
		"tax resolve DE REDUCD":                                             "an error",
		"tax resolve":                                                       "an error",
		"tax price none.json":                                               "an error",
	} {
		got := runIn(t, line+" --json", session{})
		printed := got.out
		if row == "an error" {
			assert.Empty(t, got.out, line)
			printed = got.problems
		}
		var v any
		require.NoError(t, json.Unmarshal([]byte(printed), &v), "%s\n%s", line, got.problems)
		names := map[string]bool{}
		fields(v, names)
		require.NotEmpty(t, names, line)
		described := common + described(t, forms, row)
		for name := range names {
			assert.True(t, strings.Contains(described, "`"+name+"`"), "%s prints the field %s", line, name)
		}
	}
}

// described returns what the table of forms says of a command, and of those that it refers to.
func described(t *testing.T, forms, row string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)^\\| `?"+regexp.QuoteMeta(row)+"`? \\| (.*) \\|$").FindAllStringSubmatch(forms, -1)
	require.Len(t, found, 1, row)
	text := found[0][1]
	for _, other := range []string{"resolve", "diff"} {
		if strings.Contains(text, "objects of `"+other+"`") || strings.Contains(text, "objects as those of `"+other+"`") {
			text += described(t, forms, other)
		}
	}
	return text
}
