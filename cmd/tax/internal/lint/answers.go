package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
)

// answers compares what the documents answer with what the embedded rates answer, and with
// what would be answered without each of them.
func (c *checking) answers(ctx context.Context) error {
	mine, err := c.resolver(c.set)
	if err != nil {
		return err
	}
	defer mine.Close()
	embedded, err := tax.NewResolver(c.Embedded, nil)
	if err != nil {
		return err
	}
	defer embedded.Close()
	q := questions{days: compare.Days(c.set, c.embedded), places: compare.Locations(c.set, c.embedded)}
	for i, d := range c.documents {
		for j := range d.Configuration.Classes {
			listed := &d.Configuration.Classes[j]
			path := fmt.Sprintf("classes[%d]", j)
			if len(listed.Rates) == 0 || c.found(d, unreachableRule, path) {
				continue
			}
			redundant, err := c.redundant(ctx, mine, i, j, q)
			if err != nil {
				return err
			}
			if redundant {
				c.add(d, equalRule, path, "the entries of class "+listed.Code+" change no answer: leave them out, so that it follows what it lies on")
			}
			if class(at(c.embedded, d.Configuration.Location), listed.Code) == nil {
				continue
			}
			changes, err := q.changes(ctx, embedded, mine, d.Configuration.Location, listed.Code)
			if err != nil {
				return err
			}
			c.changed(d, listed, path, changes)
		}
	}
	return nil
}

// found reports whether a rule has found something at a path of a document.
func (c *checking) found(d *document.Document, rule, path string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		return f.Rule == rule && f.Path == path && f.Location == d.Configuration.Location
	})
}

// questions are the days on which answers of a country may change, and its places.
type questions struct {
	days   []tax.Date
	places []tax.Location
}

// changes returns how the answers of a place differ for a class. If a country answers only
// for its regions, it returns how those of the first region that differs do.
func (q *questions) changes(ctx context.Context, before, after *tax.Resolver, l tax.Location, class string) ([]compare.Change, error) {
	changes, err := q.at(ctx, before, after, l, class)
	if err != nil || len(changes) > 0 || l.Region != "" {
		return changes, err
	}
	alone, err := compare.Ask(ctx, after, tax.Lookup{Country: l.Country, Class: class, Date: q.days[len(q.days)-1]})
	if err != nil || alone.Missing != "region_required" {
		return nil, err
	}
	return q.anywhere(ctx, before, after, class)
}

// anywhere returns how the answers of the first place differ at which they do.
func (q *questions) anywhere(ctx context.Context, before, after *tax.Resolver, class string) ([]compare.Change, error) {
	for _, place := range q.places {
		if changes, err := q.at(ctx, before, after, place, class); err != nil || len(changes) > 0 {
			return changes, err
		}
	}
	return nil, nil
}

func (q *questions) at(ctx context.Context, before, after *tax.Resolver, l tax.Location, class string) ([]compare.Change, error) {
	return compare.Changes(ctx, before, after, tax.Lookup{Country: l.Country, Region: l.Region, Class: class}, q.days)
}

// resolver answers from documents.
func (c *checking) resolver(set []tax.Configuration) (*tax.Resolver, error) {
	return tax.NewResolver(c.source(set), nil)
}

// source has documents, on the embedded rates unless they are alone.
func (c *checking) source(set []tax.Configuration) tax.Source {
	var source tax.Source = tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return slices.Clone(set), nil
	})
	if !c.Alone {
		source = tax.Overlay(c.Embedded, source)
	}
	return source
}

// redundant reports whether all answers are the same without the entries of a class.
func (c *checking) redundant(ctx context.Context, mine *tax.Resolver, document, listed int, q questions) (bool, error) {
	less := slices.Clone(c.set)
	d := less[document].Clone()
	without := d.Classes[listed]
	if !c.Alone && class(at(c.embedded, d.Location), without.Code) != nil {
		d.Classes[listed].Rates = nil
	} else if without.Name.IsZero() && without.Description.IsZero() && len(without.Aliases) == 0 && !without.Default {
		d.Classes = slices.Delete(d.Classes, listed, listed+1)
	} else {
		return false, nil // it says more than rates
	}
	less[document] = d
	if c.Alone && len(tax.ValidateCountry(less).Errors) > 0 {
		return false, nil
	}
	r, err := c.resolver(less)
	if err != nil {
		return false, err
	}
	defer r.Close()
	changes, err := q.anywhere(ctx, r, mine, without.Code)
	return err == nil && len(changes) == 0, err
}

// changed notes the days on which an answer differs from the embedded one.
func (c *checking) changed(d *document.Document, listed *tax.Class, path string, changes []compare.Change) {
	written := c.Today
	if modified := d.Configuration.Metadata.Modified; !modified.IsZero() {
		if day, err := tax.DateIn(modified, nil); err == nil {
			written = day
		}
	}
	var texts, past []string
	for _, change := range merged(changes) {
		if !change.Before.Known() {
			continue
		}
		texts = append(texts, describe(change))
		if change.From.Before(written) {
			begun := change
			if begun.Until.IsZero() || begun.Until.After(written) {
				begun.Until = written
			}
			past = append(past, describe(begun))
		}
	}
	if len(texts) > 0 {
		c.add(d, differsRule, path, "class "+listed.Code+" differs from the embedded rates: "+enough(texts))
	}
	if len(past) > 0 && !c.Alone && c.History == nil { // which knows better
		c.add(d, pastRule, path, "class "+listed.Code+" changes days before "+written.String()+", which were answered already: "+enough(past))
	}
}

// merged returns the changes with those that follow one another and end in the same missing
// answer as one.
func merged(changes []compare.Change) []compare.Change {
	var list []compare.Change
	for _, c := range changes {
		last := len(list) - 1
		if last >= 0 && !c.After.Known() && c.After == list[last].After && c.From == list[last].Until && c.Before.Known() && list[last].Before.Known() {
			list[last].Until = c.Until
			list[last].Before = compare.Answer{} // several
			continue
		}
		list = append(list, c)
	}
	return list
}

func describe(c compare.Change) string {
	text := fmt.Sprintf("%s in place of %s from %s", c.After, c.Before, c.From)
	if !c.After.Known() {
		text = fmt.Sprintf("no answer (%s) from %s", c.After, c.From)
	}
	if !c.Until.IsZero() {
		text += " until " + c.Until.String()
	}
	return text
}

// enough joins the first of several texts.
func enough(texts []string) string {
	const most = 3
	if more := len(texts) - most; more > 0 {
		return fmt.Sprintf("%s, and %d more times", strings.Join(texts[:most], "; "), more)
	}
	return strings.Join(texts, "; ")
}
