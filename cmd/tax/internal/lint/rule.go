// Package lint finds what is wrong with configurations, and what is allowed but probably
// not meant.
package lint

import (
	"strconv"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/spelling"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities, the lightest first.
const (
	Note Severity = iota
	Warning
	Error
)

// String returns the name: "note", "warning", "error".
func (s Severity) String() string {
	return [...]string{"note", "warning", "error"}[min(s, Error)]
}

// MarshalText returns the name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Rule is a rule that can be switched off. Errors of validation cannot be: they have the
// codes of docs/errors.md.
type Rule struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Advice   string   `json:"advice"`
}

// Rules are all rules, in the order in which docs/command.md lists them.
func Rules() []Rule { return append([]Rule(nil), rules[:]...) }

var rules = [...]Rule{
	{fractionRule, Warning, "write 19 for 19 %, not 0.19"},
	{unreachableRule, Warning, "a class that no question reaches"},
	{equalRule, Warning, "entries that change no answer"},
	{differsRule, Note, "answers that differ from the embedded rates"},
	{pastRule, Warning, "days that were answered already get another answer"},
	{languageRule, Warning, "a name that lacks a language in which others are"},
	{staleRule, Warning, "facts that were last checked long ago"},
	{"time_zone_missing", Warning, "a country without a time zone: its day is that of UTC"},
	{"percent_zero", Warning, "taxable at 0 %"},
	{"percents_below_one", Warning, "every percentage is below 1, as fractions are"},
	{"country_missing", Warning, "regions without a document of their country"},
}

const (
	fractionRule    = "percent_looks_like_fraction"
	unreachableRule = "class_unreachable"
	equalRule       = "override_equals_base"
	differsRule     = "differs_from_embedded"
	pastRule        = "past_rewritten"
	languageRule    = "language_missing"
	staleRule       = "as_of_old"
)

// severityOf returns the severity of a rule.
func severityOf(id string) Severity {
	for _, r := range rules {
		if r.ID == id {
			return r.Severity
		}
	}
	return Error
}

// Known returns an error if there is no such rule.
func Known(id string) error {
	ids := func(yield func(string) bool) {
		for _, r := range rules {
			if !yield(r.ID) {
				return
			}
		}
	}
	for known := range ids {
		if known == id {
			return nil
		}
	}
	reason := "no such rule that can be switched off: see tax lint --rules"
	if meant := spelling.Closest(id, ids); meant != "" {
		reason += "; did you mean " + strconv.Quote(meant) + "?"
	}
	return &tax.InputError{Field: "rule", Value: id, Reason: reason}
}
