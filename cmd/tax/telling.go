package main

import (
	"fmt"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// tell prints an answer and how it was found, as a person would say it.
func (s *session) tell(r tax.Resolution) error {
	a, e := s.rate(r), r.Explain()
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "  %-10s %s\n", name, printable(text)) }
	b.WriteString(s.heading(printable(s.summary(r))) + "\n")
	if d := r.Description(s.answersIn); d != "" {
		line("for", d)
	}
	line("treatment", a.Treatment.String())
	for i, c := range r.Components() {
		text := e.Components[i].Percent + " % " + c.Code
		if c.Compound {
			text += ", on the price and the parts before it"
		}
		line("part", text)
	}
	b.WriteString(s.heading("How it was found") + "\n")
	line("question", asked(e.Input))
	for _, step := range e.Steps {
		line(stepName(step), stepWords[step])
	}
	b.WriteString(s.heading("Where it comes from") + "\n")
	line("evidence", evidence(e))
	for _, id := range e.Sources {
		line("source", sourceWords(id))
	}
	for _, d := range e.Documents {
		line("document", documentWords(d))
	}
	if doubts := doubts(e); len(doubts) > 0 {
		b.WriteString(s.heading("Mind") + "\n")
		for _, d := range doubts {
			fmt.Fprintf(&b, "  %s\n", d)
		}
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// asked is a question in words.
func asked(in tax.LookupInput) string {
	parts := []string{in.Country}
	for _, p := range []struct{ name, value string }{
		{"region ", in.Region}, {"postal code ", in.PostalCode}, {"class ", in.Class}, {"tenant ", in.Tenant},
	} {
		if p.value != "" {
			parts = append(parts, p.name+p.value)
		}
	}
	day := "on " + in.Date.String()
	if in.Today {
		day += ", which is today there"
	}
	return strings.Join(append(parts, day), ", ")
}

// stepWords say what each step of a resolution means.
var stepWords = map[tax.Step]string{
	tax.StepCountry:      "the country itself answers",
	tax.StepRegion:       "the region has a configuration of its own",
	tax.StepRegionAlias:  "the configuration of a region has the code as an alias",
	tax.StepRegionName:   "the region was found by its name",
	tax.StepParentRegion: "the region lies in one that has a configuration",
	tax.StepReferred:     "the address belongs to another country than the one that was asked",
	tax.StepPostalCode:   "the postal code says in which region the address is",
	tax.StepClass:        "there is a class with the code",
	tax.StepClassAlias:   "a class has the code as an alias",
	tax.StepDefaultClass: "none was asked for, so the default class answers",
	tax.StepFallback:     "there is none with a rate on that day, so the default class answers",
	tax.StepInherited:    "the place does not list it, and takes it over from what it lies in",
}

func stepName(step tax.Step) string {
	switch step {
	case tax.StepClass, tax.StepClassAlias, tax.StepDefaultClass, tax.StepFallback, tax.StepInherited:
		return "class"
	}
	return "place"
}

// evidence says how well the rate is supported.
func evidence(e tax.Explanation) string {
	words := map[tax.Status]string{
		tax.Unstated: "not stated",
		tax.Agreed:   "several sources agree",
		tax.Single:   "one source says so",
		tax.Undated:  "the first day is not known, and the day of the question is before the rate was checked",
		tax.Disputed: "sources disagree",
	}[e.Status]
	if e.Undated && !e.VerifiedSince.IsZero() {
		words += "; the first day is not known, the rate was checked on " + e.VerifiedSince.String()
	}
	return words
}

func sourceWords(id string) string {
	source, known := rates.Source(id)
	if !known {
		return id
	}
	text := source.Name
	if source.Date != "" {
		text += " (" + source.Date + ")"
	}
	if source.Address != "" {
		text += ", " + source.Address
	}
	return text
}

func documentWords(d tax.DocumentVersion) string {
	text := d.Location.String()
	if d.Version > 0 {
		text += fmt.Sprintf(", version %d", d.Version)
	}
	if d.Source != "" {
		text += ", from " + d.Source
	}
	if !d.AsOf.IsZero() {
		text += ", as of " + d.AsOf.String()
	}
	return text
}

// doubts are what somebody should know before relying on the answer.
func doubts(e tax.Explanation) []string {
	var list []string
	for _, d := range []struct {
		holds bool
		words string
	}{
		{e.PostalCodeMatters, "The postal code could change the answer: pass --postal-code."},
		{e.LocalTaxesMissing, "Cities and counties there charge taxes of their own, which are not in the rate."},
		{e.RegionOverruled, "Region and postal code disagree; the postal code decided."},
		{e.RegionUnknown, "The region is not known; the country answered, as it allows."},
		{e.NoTimeZoneData, "The time zone of the place is not known here, so today is the day in UTC."},
		{e.Stale, "The source failed; this is its last good answer."},
	} {
		if d.holds {
			list = append(list, d.words)
		}
	}
	return list
}
