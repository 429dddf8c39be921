package lint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
)

// History tells what was answered before.
type History struct {
	// File and Tenant are those of findings about documents that are no longer there.
	File, Tenant string
	// Countries are those for which there was a document.
	Countries []string
	// States returns what answered for a country, the earliest first. The last one did so
	// until today.
	States func(ctx context.Context, country string) ([]State, error)
}

// State is what answered from a day on, until the next state.
type State struct {
	From   tax.Date
	Source tax.Source // nil if nobody knows
}

// gone checks the countries of the history for which there are no documents any more.
func gone(ctx context.Context, documents []*document.Document, o Options) ([]Finding, error) {
	if o.History == nil {
		return nil, nil
	}
	var list []Finding
	for _, country := range o.History.Countries {
		if slices.ContainsFunc(documents, func(d *document.Document) bool { return d.Configuration.Location.Country == country }) {
			continue
		}
		c := checking{Options: o, country: country}
		if err := c.past(ctx); err != nil {
			return nil, err
		}
		list = append(list, c.findings...)
	}
	return list, nil
}

// listing is a class that a document lists, or listed.
type listing struct {
	location tax.Location
	class    string
}

func (l listing) compare(other listing) int {
	return cmp.Or(strings.Compare(l.location.String(), other.location.String()), strings.Compare(l.class, other.class))
}

// past looks for days before today that were answered otherwise than they are now.
func (c *checking) past(ctx context.Context) error {
	if c.History == nil {
		return nil
	}
	states, err := c.History.States(ctx, c.country)
	if err != nil {
		return err
	}
	source := c.source(c.set)
	now, err := tax.NewResolver(source, nil)
	if err != nil {
		return err
	}
	defer now.Close()
	is, err := source.Configurations(ctx, tax.Key{Country: c.country})
	if err != nil {
		return err
	}
	found := map[listing][]compare.Change{}
	for i, s := range states {
		until := c.Today
		if i+1 < len(states) && states[i+1].From.Before(until) {
			until = states[i+1].From
		}
		if s.Source == nil || !s.From.Before(until) {
			continue
		}
		if err := c.rewritten(ctx, s, until, is, now, found); err != nil {
			return err
		}
	}
	c.addPast(found)
	return nil
}

// rewritten finds what a state answered otherwise, for the days from its own until another.
func (c *checking) rewritten(ctx context.Context, s State, until tax.Date, is []tax.Configuration, now *tax.Resolver, found map[listing][]compare.Change) error {
	was, err := s.Source.Configurations(ctx, tax.Key{Country: c.country})
	if err != nil {
		return err
	}
	then, err := tax.NewResolver(s.Source, nil)
	if err != nil {
		return err
	}
	defer then.Close()
	q := questions{days: []tax.Date{s.From}, places: compare.Locations(was, is)}
	for _, day := range compare.Days(was, is) {
		if day.After(s.From) && day.Before(until) {
			q.days = append(q.days, day)
		}
	}
	for _, of := range listings(was, is) {
		changes, err := q.changes(ctx, then, now, of.location, of.class)
		if err != nil {
			return err
		}
		for _, change := range merged(changes) {
			if !change.Before.Known() {
				continue
			}
			if change.Until.IsZero() {
				change.Until = until
			}
			if last := len(found[of]) - 1; last >= 0 && found[of][last].Until == change.From && found[of][last].Before == change.Before && found[of][last].After == change.After {
				found[of][last].Until = change.Until
				continue
			}
			found[of] = append(found[of], change)
		}
	}
	return nil
}

// listings returns the classes that documents list, in order.
func listings(sets ...[]tax.Configuration) []listing {
	seen := map[listing]bool{}
	var list []listing
	for _, set := range sets {
		for i := range set {
			for j := range set[i].Classes {
				of := listing{set[i].Location, set[i].Classes[j].Code}
				if !seen[of] {
					seen[of], list = true, append(list, of)
				}
			}
		}
	}
	slices.SortFunc(list, listing.compare)
	return list
}

// addPast notes days that were answered otherwise: at the class that lists them now, or else
// at its document.
func (c *checking) addPast(found map[listing][]compare.Change) {
	order := make([]listing, 0, len(found))
	for of := range found {
		order = append(order, of)
	}
	slices.SortFunc(order, listing.compare)
	for _, of := range order {
		texts := make([]string, len(found[of]))
		for i, change := range found[of] {
			texts[i] = describe(change)
		}
		message := "class " + of.class + " changes days before " + c.Today.String() + ", which were answered already: " + enough(texts)
		at, path := c.listing(of)
		if at == nil {
			c.findings = append(c.findings, Finding{
				Rule: pastRule, Severity: severityOf(pastRule), File: c.History.File, Tenant: c.History.Tenant, Location: of.location, Message: message,
			})
			continue
		}
		c.add(at, pastRule, path, message)
	}
}

// listing returns the document of a location, and the path of a class in it; nil without one.
func (c *checking) listing(of listing) (d *document.Document, path string) {
	for _, d := range c.documents {
		if d.Configuration.Location == of.location {
			i := slices.IndexFunc(d.Configuration.Classes, func(k tax.Class) bool { return k.Code == of.class })
			if i < 0 {
				return d, ""
			}
			return d, fmt.Sprintf("classes[%d]", i)
		}
	}
	return nil, ""
}
