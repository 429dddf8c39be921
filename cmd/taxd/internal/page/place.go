package page

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// placeData is the data of the page about a place.
type placeData struct {
	Location, Asked   tax.Location
	Name              text
	Day               tax.Date
	Around            []link // the places that it lies in, the outermost first
	Note              string
	NeedsRegion       bool
	LocalTaxesMissing bool
	Stale             bool
	Changeable        bool // by the reader
	Classes           []classData
	Regions           []regionRow
	Sources           []source
	Documents         []tax.DocumentVersion
	Next              []change
}

// classData is a class with its timeline.
type classData struct {
	rate
	Begins   bool // only after the day of the page
	Timeline []rate
	Chart    chart
}

// regionRow is a region in the list of a country.
type regionRow struct {
	Code     string
	Name     text
	Standard string
}

type link struct {
	Code string
	Name text
}

// source is where facts are from.
type source struct {
	ID, Name, Address, Date string
}

func (s *site) place(ctx context.Context, r *request) (view, error) {
	asked, err := tax.ParseLocation(r.PathValue("location"), "")
	if err != nil {
		return view{}, err
	}
	at := tax.Lookup{Country: asked.Country, Region: asked.Region}
	country, err := r.resolver.Country(ctx, asked.Country)
	if err != nil {
		return view{}, err
	}
	d := placeData{Asked: asked, Location: asked, Changeable: r.session != nil}
	p, err := r.resolver.Place(ctx, at)
	switch {
	case errors.Is(err, tax.ErrRegionRequired):
		d.NeedsRegion = true
	case err != nil:
		return view{}, err
	default:
		d.Location, d.Day, d.Stale = p.Location(), p.Date(), p.Stale()
		if err := r.classes(ctx, &d, p); err != nil {
			return view{}, err
		}
		if d.Next, err = r.next(ctx, p); err != nil {
			return view{}, err
		}
	}
	r.around(&d, country)
	if d.Location.Region == "" {
		d.Regions = r.regions(ctx, country)
	}
	return view{template: "place", title: d.Name.Text + " (" + d.Location.String() + ")", data: d}, nil
}

// around fills in the names of the place and of those that it lies in.
func (r *reader) around(d *placeData, country tax.Country) {
	name := func(l tax.Location) text {
		if l.Region == "" {
			return r.country(country)
		}
		for _, known := range country.Regions(r.in) {
			if known.Location == l {
				return text{Text: known.Name, Lang: known.Language}
			}
		}
		return text{Text: l.String()}
	}
	if d.Location.Country != country.Code() { // the country refers the address elsewhere
		name = func(l tax.Location) text { return r.countryNamed(l.Country) }
	}
	d.Name = name(d.Location)
	for l := d.Location.Parent(); l != (tax.Location{}); l = l.Parent() {
		d.Around = append(d.Around, link{l.String(), name(l)})
	}
	slices.Reverse(d.Around)
	if d.Asked != d.Location {
		d.Note = d.Asked.String() + " has no rates of its own: those of " + d.Location.String() + " hold there."
	}
}

// classes fills in the classes of a place, those that begin later as well.
func (r *reader) classes(ctx context.Context, d *placeData, p tax.Place) error {
	later, err := r.resolver.Place(ctx, tax.Lookup{Country: p.Location().Country, Region: p.Location().Region, Date: lastDay})
	if err != nil {
		return err
	}
	all := p.Classes()
	known := map[string]bool{}
	for _, a := range all {
		known[a.Class()] = true
	}
	now := len(all)
	for _, a := range later.Classes() {
		if !known[a.Class()] {
			all = append(all, a)
		}
	}
	sources := map[string]bool{}
	for i, a := range all {
		line, err := r.timeline(ctx, a)
		if err != nil {
			return err
		}
		c := classData{rate: r.rate(a), Begins: i >= now}
		for _, b := range line {
			entry := r.rate(b)
			c.Timeline = append(c.Timeline, entry)
			for _, id := range entry.Sources {
				if !sources[id] {
					sources[id] = true
					d.Sources = append(d.Sources, described(id))
				}
			}
			for _, document := range entry.Documents {
				if !slices.Contains(d.Documents, document) {
					d.Documents = append(d.Documents, document)
				}
			}
		}
		c.Chart = draw("chart-"+strconv.Itoa(i), "Rates of "+c.Name+" by day", line, p.Date())
		d.LocalTaxesMissing = d.LocalTaxesMissing || a.LocalTaxesMissing()
		d.Classes = append(d.Classes, c)
	}
	return nil
}

// described returns a source of the embedded rates, or what a tenant wrote in its place.
func described(id string) source {
	if known, ok := rates.Source(id); ok {
		return source{ID: id, Name: known.Name, Address: webAddress(known.Address), Date: known.Date}
	}
	return source{ID: id, Name: id, Address: webAddress(id)}
}

// webAddress returns an address that may become a link, "" for any other text.
func webAddress(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

// regions returns the regions of a country with what is charged by default in each.
func (r *reader) regions(ctx context.Context, country tax.Country) []regionRow {
	var rows []regionRow
	for _, known := range country.Regions(r.in) {
		row := regionRow{Code: known.Location.String(), Name: text{Text: known.Name, Lang: known.Language}}
		a, err := r.resolver.Lookup(ctx, tax.Lookup{Country: known.Location.Country, Region: known.Location.Region})
		if err == nil {
			row.Standard = charged(a)
		} else {
			row.Standard = "none"
		}
		rows = append(rows, row)
	}
	return rows
}
