package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// check validates the documents and compares them with the tables.
func check(in *inputs, w *world, f *faults) {
	for _, documents := range w.countries {
		report := tax.ValidateCountry(documents)
		for _, fault := range slices.Concat(report.Errors, report.Warnings) {
			f.addf("%s", fault)
		}
		checkPostal(in, documents, f)
	}
	for _, s := range in.shapes.match("same", func(*shape) bool { return true }) {
		if err := w.same(s); err != nil {
			f.addf("%s: %w", s.line, err)
		}
	}
	checkUsed(in, f)
}

// checkUsed reports lines of the tables that remain unused.
func checkUsed(in *inputs, f *faults) {
	for _, r := range in.rates {
		if !r.used {
			f.addf("%s: not used: add a line of kind drop with the reason", r.line)
		}
	}
	for _, n := range in.names {
		dropped := in.shapes.match("dropname", func(s *shape) bool { return wild(s.country, n.country) && s.class == n.class })
		if n.used == (len(dropped) > 0) {
			f.addf("%s: used %t, dropped by %d lines", n.line, n.used, len(dropped))
		}
	}
	for _, n := range in.regions {
		if !n.used {
			f.addf("%s: not used", n.line)
		}
	}
	for _, z := range in.zones {
		if !z.used {
			f.addf("%s: not used", z.line)
		}
	}
	for _, p := range in.postal {
		if !p.used {
			f.addf("%s: not used", p.line)
		}
	}
	for _, s := range in.shapes {
		if !s.used {
			f.addf("%s: has no effect", s.line)
		}
	}
	for _, s := range in.sources {
		if !s.used {
			f.addf("%s: not cited anywhere", s.line)
		}
	}
}

// checkPostal compares the postal codes in the rows of a country with those in
// its documents, code by code, because a mistake in a hand-made range could
// move a town.
func checkPostal(in *inputs, documents []tax.Configuration, f *faults) {
	country := documents[0].Location.Country
	if slices.ContainsFunc(in.postal, func(p *postalRow) bool { return p.country == country }) {
		return // its codes come from there
	}
	rows, places := map[string]bool{}, map[string]bool{}
	for _, r := range in.rates {
		if r.country == country && r.postcodes != "" {
			for _, cell := range strings.Split(r.postcodes, ",") {
				expand(cell, rows, f)
			}
		}
	}
	for _, d := range documents {
		for _, p := range d.PostalCodes {
			expand(p.String(), places, f)
		}
	}
	for code := range rows {
		if !places[code] {
			f.addf("%s: postal code %s of rates.csv is in no document", country, code)
		}
	}
	for code := range places {
		if !rows[code] {
			f.addf("%s: postal code %s of a document is not in rates.csv", country, code)
		}
	}
}

// expand adds every code of a range of digits, or a single code as it is.
func expand(cell string, codes map[string]bool, f *faults) {
	first, last, isRange := strings.Cut(cell, "-")
	if !isRange {
		codes[cell] = true
		return
	}
	var from, to int
	if _, err := fmt.Sscan("1"+first+" 1"+last, &from, &to); err != nil || len(first) != len(last) {
		f.addf("postal range %s: not two numbers of equal length", cell)
		return
	}
	for n := from; n <= to; n++ {
		codes[fmt.Sprint(n)[1:]] = true
	}
}

// same compares two locations that stand for the same place, on every day on
// which both have a rate of a class.
func (w *world) same(s *shape) error {
	there, err := place(s.value)
	if err != nil {
		return err
	}
	a, b := w.document(tax.Location{Country: s.country, Region: s.region}), w.document(there)
	if a == nil || b == nil {
		return fmt.Errorf("one of the places is not in the data")
	}
	compared := 0
	for _, c := range a.Classes {
		i := slices.IndexFunc(b.Classes, func(o tax.Class) bool { return o.Code == c.Code })
		if i < 0 {
			continue
		}
		for _, r := range slices.Concat(c.Rates, b.Classes[i].Rates) {
			x, y := rateOn(c, r.From), rateOn(b.Classes[i], r.From)
			if x == nil || y == nil {
				continue
			}
			compared++
			if !x.Percent.Equal(y.Percent) || x.Treatment != y.Treatment || x.Effect != y.Effect {
				return fmt.Errorf("class %s on %s: %s %s here, %s %s there", c.Code, r.From, x.Percent, x.Treatment, y.Percent, y.Treatment)
			}
		}
	}
	if compared == 0 {
		return fmt.Errorf("nothing to compare")
	}
	return nil
}

func (w *world) document(l tax.Location) *tax.Configuration {
	for _, documents := range w.countries {
		for i := range documents {
			if documents[i].Location == l {
				return &documents[i]
			}
		}
	}
	return nil
}

// rateOn returns the entry of a class that holds on a day, or nil.
func rateOn(c tax.Class, day tax.Date) *tax.Rate {
	for i := range c.Rates {
		if c.Rates[i].From.Compare(day) <= 0 {
			if c.Rates[i].Effect == tax.End {
				return nil
			}
			return &c.Rates[i]
		}
	}
	return nil
}
