package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// fact is a statement of a document. What it is about does not change when others are
// added before it, so that two documents can be compared.
type fact struct {
	About, Says string
}

// facts returns all that a document says, but for its metadata.
func facts(c tax.Configuration) []fact {
	var list []fact
	say := func(about, says string) {
		if says != "" {
			list = append(list, fact{about, says})
		}
	}
	texts := func(about string, l tax.LocalizedText) {
		for _, t := range l.All() {
			say(about+" ("+t.Language+")", t.Text)
		}
	}
	texts("name", c.Name)
	say("lies within", c.Within)
	say("postal codes", ranges(c.PostalCodes))
	say("shared postal codes", ranges(c.SharedPostalCodes))
	say("other codes", strings.Join(c.RegionAliases, ", "))
	for _, e := range c.Elsewhere {
		say("belongs to "+e.Location.String(), strings.Trim(strings.Join(e.Regions, ", ")+", "+ranges(e.PostalCodes), ", "))
	}
	if c.Regions != tax.RegionsOptional {
		say("regions", c.Regions.String())
	}
	say("nothing is inherited", yes(c.Exclusive))
	say("local taxes are missing", yes(c.LocalTaxesMissing))
	say("tax", c.Tax.Code)
	texts("name of the tax", c.Tax.Name)
	say("time zone", c.TimeZone)
	for _, class := range c.Classes {
		about := "class " + isolated(class.Code)
		say(about, "is listed")
		texts(about+": name", class.Name)
		texts(about+": description", class.Description)
		say(about+": other codes", strings.Join(class.Aliases, ", "))
		say(about+": default", yes(class.Default))
		if class.Order != nil {
			say(about+": order", strconv.Itoa(*class.Order))
		}
		for _, r := range class.Rates {
			say(about+" from "+first(r.From), entryText(r))
		}
	}
	return list
}

func first(d tax.Date) string {
	if d.IsZero() {
		return "the beginning"
	}
	return d.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func ranges(list []tax.PostalRange) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}

// entryText says what an entry of a timeline does.
func entryText(r tax.Rate) string {
	text := percentText(r.Percent)
	switch {
	case r.Effect == tax.Inherit:
		return "as the place around it"
	case r.Effect == tax.End:
		return "the class ends"
	case r.Treatment != tax.Taxable:
		text = treatments[r.Treatment]
	case r.Effect == tax.Add:
		text += " next to the rate of the place around it"
	case r.Effect == tax.AddCompound:
		text += " on top of the rate of the place around it"
	}
	if r.OfGross {
		text += " of the gross price"
	}
	for i, c := range r.Components {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		text += separator + isolated(c.Code) + " " + percentText(c.Percent)
		if c.Compound {
			text += " compound"
		}
		for _, t := range c.Name.All() {
			text += " (" + t.Language + ": " + isolated(t.Text) + ")"
		}
	}
	if r.Tax.Code != "" {
		text += ", tax " + isolated(r.Tax.Code)
	}
	for _, t := range r.Tax.Name.All() {
		text += " (" + t.Language + ": " + isolated(t.Text) + ")"
	}
	if r.Evidence.Status != tax.Unstated {
		text += ", " + statuses[r.Evidence.Status]
	}
	if len(r.Evidence.Sources) > 0 {
		sources := make([]string, len(r.Evidence.Sources))
		for i, source := range r.Evidence.Sources {
			sources[i] = isolated(source)
		}
		text += ", by " + strings.Join(sources, ", ")
	}
	if !r.Evidence.VerifiedSince.IsZero() {
		text += ", verified since " + r.Evidence.VerifiedSince.String()
	}
	return text
}

// difference is a fact that two documents do not share. Was or Is is empty if one of them
// does not state it. Third is what a third document says.
type difference struct {
	About, Was, Is, Third string
}

// differences returns what changes from one document to another.
func differences(was, is tax.Configuration) []difference {
	return compared(facts(was), facts(is))
}

func compared(was, is []fact) []difference {
	said := map[string]string{}
	for _, f := range was {
		said[f.About] = f.Says
	}
	var list []difference
	kept := map[string]bool{}
	for _, f := range is {
		kept[f.About] = true
		if said[f.About] != f.Says {
			list = append(list, difference{About: f.About, Was: said[f.About], Is: f.Says})
		}
	}
	for _, f := range was {
		if !kept[f.About] {
			list = append(list, difference{About: f.About, Was: f.Says})
		}
	}
	slices.SortStableFunc(list, func(a, b difference) int { return strings.Compare(a.About, b.About) })
	return list
}
