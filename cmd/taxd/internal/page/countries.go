package page

import (
	"context"
	"errors"

	"github.com/taxresolve/tax"
)

// lastDay is a day on which every change that is known has taken effect.
var lastDay = tax.MustDate("9999-12-31")

// countryRow is a country in the list of all.
type countryRow struct {
	Code     string
	Name     text
	Tax      string
	Standard string
	Others   []classRate
	Next     []change
	Note     string
}

// classRate is what is charged for a class.
type classRate struct {
	Name, Text string
}

// change is what becomes of a class on a day.
type change struct {
	Day              tax.Date
	Name, Class, New string
}

func (s *site) countries(ctx context.Context, r *request) (view, error) {
	rows := make([]countryRow, 0, len(r.names.sorted))
	for _, code := range r.names.sorted {
		row, err := r.countryRow(ctx, code)
		if err != nil {
			return view{}, err
		}
		rows = append(rows, row)
	}
	return view{template: "countries", title: "Tax rates of all countries", data: rows}, nil
}

// countryRow returns the row of a country. One that has no answer says why, and does not
// keep the others from being shown; only if the rates are not available is there an error.
func (r *reader) countryRow(ctx context.Context, code string) (countryRow, error) {
	row := countryRow{Code: code, Name: r.countryNamed(code)}
	country, err := r.resolver.Country(ctx, code)
	if err == nil {
		row.Name = r.country(country)
		var p tax.Place
		if p, err = r.resolver.Place(ctx, tax.Lookup{Country: code}); err == nil {
			r.fill(&row, p.Classes())
			row.Next, err = r.next(ctx, p)
		}
	}
	switch {
	case err == nil && row.Standard == "" && row.Others == nil:
		row.Note = "no rate known"
	case err == nil:
		return row, nil
	case errors.Is(err, tax.ErrRegionRequired):
		row.Note = "by region"
	case errors.Is(err, tax.ErrUnknownCountry):
		row.Note = "no rate known"
	case errors.Is(err, tax.ErrInvalid):
		row.Note = "the configuration is invalid"
	default:
		return row, err
	}
	return row, nil
}

func (r *reader) fill(row *countryRow, classes []tax.Resolution) {
	for _, a := range classes {
		if a.IsDefault() {
			row.Standard, row.Tax = charged(a), a.TaxName(r.in)
			continue
		}
		row.Others = append(row.Others, classRate{Name: a.Name(r.in), Text: charged(a)})
	}
}

// next returns the changes on the first day on which a class of a place changes, begins or
// ends.
func (r *reader) next(ctx context.Context, p tax.Place) ([]change, error) {
	at := tax.Lookup{Country: p.Location().Country, Region: p.Location().Region, Date: lastDay}
	last, err := r.resolver.Place(ctx, at)
	if err != nil {
		return nil, err
	}
	now := map[string]tax.Resolution{}
	var day tax.Date
	sooner := func(d tax.Date) {
		if d.After(p.Date()) && (day.IsZero() || d.Before(day)) {
			day = d
		}
	}
	for _, a := range p.Classes() {
		now[a.Class()] = a
		sooner(a.Until())
	}
	for _, a := range last.Classes() {
		if _, known := now[a.Class()]; !known {
			sooner(a.Since())
		}
	}
	if day.IsZero() {
		return nil, nil
	}
	at.Date = day
	then, err := r.resolver.Place(ctx, at)
	if err != nil {
		return nil, err
	}
	var list []change
	for _, a := range then.Classes() {
		if a.Since() == day {
			list = append(list, change{Day: day, Name: a.Name(r.in), Class: a.Class(), New: charged(a)})
		}
		delete(now, a.Class())
	}
	for _, a := range p.Classes() {
		if _, gone := now[a.Class()]; gone {
			list = append(list, change{Day: day, Name: a.Name(r.in), Class: a.Class(), New: "ends"})
		}
	}
	return list, nil
}
