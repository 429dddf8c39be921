package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/internal/exact"
)

// fractions looks for 0.19 in place of 19: percentages below 1 of which a hundred times as
// much is charged somewhere in the country.
func (c *checking) fractions(d *document.Document) {
	charged := map[string]bool{}
	for _, set := range [][]tax.Configuration{c.embedded, c.set} {
		for i := range set {
			for j := range set[i].Classes {
				for _, rate := range set[i].Classes[j].Rates {
					charged[exact.Format(rate.Percent)] = true
				}
			}
		}
	}
	for i, class := range d.Configuration.Classes {
		for j, rate := range class.Rates {
			whole := rate.Percent.Shift(2)
			is, meant := exact.Format(rate.Percent), exact.Format(whole)
			if rate.Percent.IsPositive() && rate.Percent.LessThan(one) && charged[exact.Format(whole)] {
				c.add(d, fractionRule, fmt.Sprintf("classes[%d].rates[%d].percent", i, j),
					fmt.Sprintf("%s means %s %%: write %s if you mean %s %%", is, is, meant, meant))
			}
		}
	}
}

var one = tax.MustPercent("1")

// languages looks for names that lack a language.
func (c *checking) languages(d *document.Document) {
	type named struct {
		path string
		text tax.LocalizedText
	}
	names := []named{{"name", d.Configuration.Name}, {"tax.name", d.Configuration.Tax.Name}}
	for i, class := range d.Configuration.Classes {
		names = append(names, named{fmt.Sprintf("classes[%d].name", i), class.Name}, named{fmt.Sprintf("classes[%d].description", i), class.Description})
		for j, rate := range class.Rates {
			names = append(names, named{fmt.Sprintf("classes[%d].rates[%d].tax.name", i, j), rate.Tax.Name})
			for k, part := range rate.Components {
				names = append(names, named{fmt.Sprintf("classes[%d].rates[%d].components[%d].name", i, j, k), part.Name})
			}
		}
	}
	needed := slices.Clone(c.Languages)
	if len(needed) == 0 {
		for _, n := range names {
			needed = append(needed, tags(n.text)...)
		}
		slices.Sort(needed)
		needed = slices.Compact(needed)
	}
	for _, n := range names {
		has := tags(n.text)
		missing := slices.DeleteFunc(slices.Clone(needed), func(tag string) bool { return slices.Contains(has, tag) })
		if len(has) > 0 && len(missing) > 0 { // an empty name is that of what lies below
			c.add(d, languageRule, n.path, "has no text in "+strings.Join(missing, ", "))
		}
	}
}

func tags(t tax.LocalizedText) []string {
	var list []string
	for _, translation := range t.All() {
		list = append(list, translation.Language)
	}
	return list
}

// old looks for facts that were last checked long ago.
func (c *checking) old(d *document.Document) {
	asOf := d.Configuration.Metadata.AsOf
	if !asOf.IsZero() && asOf.AddDays(c.OldAfter).Before(c.Today) {
		c.add(d, staleRule, "metadata.asOf", fmt.Sprintf("the facts were last checked on %s, more than %d days ago: check them, and move the day", asOf, c.OldAfter))
	}
}

// unreachable looks for classes that no question reaches.
func (c *checking) unreachable() {
	for _, d := range c.documents {
		for i := range d.Configuration.Classes {
			listed := &d.Configuration.Classes[i]
			path := fmt.Sprintf("classes[%d]", i)
			switch {
			case len(listed.Rates) > 0 && !charges(listed) && !c.endsOther(d, listed.Code):
				c.add(d, unreachableRule, path, "class "+listed.Code+" has a rate on no day, and ends none that it would take over")
			case d.Configuration.Location.Region == "" && c.hidden(listed):
				c.add(d, unreachableRule, path, "class "+listed.Code+" has no place: the country alone has no answer, and none of its regions takes the class over")
			}
		}
	}
}

// charges reports whether a class has a rate on some day.
func charges(class *tax.Class) bool {
	return slices.ContainsFunc(class.Rates, func(r tax.Rate) bool { return r.Effect != tax.End })
}

// endsOther reports whether a class of entries that end it ends one of the embedded rates,
// or one of the country.
func (c *checking) endsOther(d *document.Document, code string) bool {
	l, country := d.Configuration.Location, tax.Location{Country: c.country}
	if !c.Alone && (class(at(c.embedded, l), code) != nil || class(at(c.embedded, country), code) != nil) {
		return true
	}
	return l != country && class(at(c.set, country), code) != nil
}

// hidden reports whether a class of a country whose regions are required is in none of them.
func (c *checking) hidden(listed *tax.Class) bool {
	below := slices.Clone(c.set)
	if !c.Alone {
		for _, e := range c.embedded {
			if mine := at(c.set, e.Location); mine == nil {
				below = append(below, e)
			} else if mine.Regions == tax.RegionsOptional && e.Location.Region == "" {
				at(below, e.Location).Regions = e.Regions
			}
		}
	}
	country := at(below, tax.Location{Country: c.country})
	if country == nil || country.Regions != tax.RegionsRequired {
		return false
	}
	for i := range below {
		region := &below[i]
		if region.Location.Region == "" {
			continue
		}
		own := class(region, listed.Code)
		if own == nil && !region.Exclusive {
			return false
		}
		if own != nil && slices.ContainsFunc(own.Rates, func(r tax.Rate) bool { return r.Effect != tax.Replace && r.Effect != tax.End }) {
			return false
		}
	}
	return true
}
