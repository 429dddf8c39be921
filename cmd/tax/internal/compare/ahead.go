package compare

import (
	"context"
	"slices"

	"github.com/taxresolve/tax"
)

// Ahead returns how the answers of a country change after a day, up to another one that
// counts: each row on the day From, by class and day. The source is asked for the tenant "".
func Ahead(ctx context.Context, source tax.Source, country string, today, last tax.Date) ([]Row, error) {
	set, err := source.Configurations(ctx, tax.Key{Country: country})
	if err != nil {
		return nil, err
	}
	days := slices.DeleteFunc(Days(set), func(d tax.Date) bool { return !d.After(today) || d.After(last) })
	if len(days) == 0 {
		return nil, nil
	}
	r, err := tax.NewResolver(source, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var rows []Row
	for _, class := range Classes(set) {
		var of []Row
		for _, place := range Locations(set) {
			changes, err := ahead(ctx, r, tax.Lookup{Country: place.Country, Region: place.Region, Class: class}, days)
			if err != nil {
				return nil, err
			}
			of = add(of, country, class, place, changes)
		}
		slices.SortStableFunc(of, func(a, b Row) int { return a.From.Compare(b.From) })
		rows = append(rows, of...)
	}
	return rows, nil
}

// ahead returns the changes of an answer on days.
func ahead(ctx context.Context, r *tax.Resolver, l tax.Lookup, days []tax.Date) ([]Change, error) {
	var changes []Change
	for _, day := range days {
		l.Date = day.AddDays(-1)
		was, err := Ask(ctx, r, l)
		if err != nil {
			return nil, err
		}
		l.Date = day
		is, err := Ask(ctx, r, l)
		if err != nil {
			return nil, err
		}
		if was != is {
			changes = append(changes, Change{From: day, Before: was, After: is})
		}
	}
	return changes, nil
}
