package page

import (
	"fmt"
	"strings"

	"github.com/taxresolve/tax"
)

// stepWords say how a step led on. %s is what was asked, or what answered.
var stepWords = map[tax.Step]string{
	tax.StepCountry:      "The country %[2]s answers: nothing in the address leads to one of its regions.",
	tax.StepRegion:       "The region %[1]s has a configuration of its own: %[2]s.",
	tax.StepRegionAlias:  "The region %[1]s is another code of %[2]s.",
	tax.StepRegionName:   "The region %[1]s is the name of a place whose rates are those of %[2]s.",
	tax.StepParentRegion: "The region %[1]s lies in %[2]s, which has a configuration.",
	tax.StepReferred:     "The address belongs to another tax territory than the country written on it: %[2]s.",
	tax.StepPostalCode:   "The postal code %[1]s decides: it leads to %[2]s.",
	tax.StepClass:        "The class %[1]s is known there.",
	tax.StepClassAlias:   "%[1]s is another code of the class %[2]s.",
	tax.StepDefaultClass: "No class was asked for: the default class is %[2]s.",
	tax.StepFallback:     "The class %[1]s has no rate there: the default class %[2]s answers.",
	tax.StepInherited:    "The territory does not list the class, but inherits it from the place around it.",
}

// steps tells how an answer was found, as a person would tell it.
func (r *reader) steps(a tax.Resolution, e tax.Explanation) []string {
	list := []string{dayStep(e)}
	for i, step := range e.Steps {
		asked, answered := e.Input.Region, e.Territory.String()
		if step == tax.StepPostalCode {
			asked = e.Input.PostalCode
		}
		if i > 0 {
			asked, answered = e.Input.Class, e.Class
		}
		if words, ok := stepWords[step]; ok {
			list = append(list, fmt.Sprintf(words, isolated(asked), isolated(answered)))
		} else {
			list = append(list, string(step)) // one that is newer than this page
		}
	}
	list = append(list, remarks(e)...)
	charge := "It charges " + charged(a)
	if parts := r.rate(a).Components; len(parts) > 0 {
		charge += ", which is " + strings.Join(parts, " and ")
	}
	list = append(list, charge+".")
	if holds := (rate{Since: e.Since, Until: e.Until}).Interval(); holds != "" {
		list = append(list, "Exactly this rate holds "+holds+".")
	}
	for _, d := range e.Documents {
		text := "The configuration of " + d.Location.String() + " took part"
		if d.Source != "" {
			text += ", from " + isolated(d.Source)
		}
		if d.Version > 0 {
			text += fmt.Sprintf(", in version %d", d.Version)
		}
		if !d.AsOf.IsZero() {
			text += ", checked on " + d.AsOf.String()
		}
		list = append(list, text+".")
	}
	return append(list, "Evidence: "+statuses[e.Status]+".")
}

func dayStep(e tax.Explanation) string {
	switch {
	case e.NoTimeZoneData:
		return "The day is " + e.Input.Date.String() + ": today in UTC, because the server has no data of the time zone of the place."
	case e.Input.Today:
		return "The day is " + e.Input.Date.String() + ": today at the place."
	}
	return "The day is " + e.Input.Date.String() + ", as asked."
}

// remarks are what a reader should know besides.
func remarks(e tax.Explanation) []string {
	var list []string
	for _, r := range []struct {
		holds bool
		text  string
	}{
		{e.RegionOverruled, "The region and the postal code disagree: the postal code counts."},
		{e.RegionUnknown, "The region is not known: the country answers."},
		{e.PostalCodeMatters, "A postal code could have led to another answer."},
		{e.LocalTaxesMissing, "Cities or counties there charge taxes of their own, which are not in this rate."},
		{e.Undated, "The first day of an entry is not known: the rate may not have held on much earlier days."},
		{e.Stale, "The store does not answer at the moment: this is the last rate that it had."},
	} {
		if r.holds {
			list = append(list, r.text)
		}
	}
	return list
}
