package main

import (
	"strings"

	"github.com/taxresolve/tax"
)

// shape is a line of shapes.csv. The comment at the top of that file explains
// each kind.
type shape struct {
	line                                          string
	kind, country, region, class, tax, key, value string
	sources                                       []string
	used                                          bool
}

var shapeKinds = []string{
	"asof", "regions", "region", "rows", "postal", "alias", "exclusive", "tax", "spread",
	"unknown", "drop", "cut", "gap", "effect", "entry", "treatment", "gross", "part", "stack",
	"order", "name", "description", "taxname", "namesof", "dropname",
	"same",
	"codes", "refer", "local",
}

type shapes []*shape

// of returns the lines of a kind for a place, class and tax, and marks them as
// used. A line without a class or tax applies to any.
func (s shapes) of(kind string, at tax.Location, class, code string) []*shape {
	return s.match(kind, func(l *shape) bool {
		return l.country == at.Country && l.region == at.Region &&
			(l.class == "" || l.class == class) && (l.tax == "" || l.tax == code)
	})
}

// one is of for kinds of which a place has at most one line.
func (s shapes) one(f *faults, kind string, at tax.Location, class, code string) *shape {
	return single(f, s.of(kind, at, class, code))
}

// single returns the only line, or nil.
func single(f *faults, lines []*shape) *shape {
	if len(lines) == 0 {
		return nil
	}
	for _, l := range lines[1:] {
		f.addf("%s: second line of its kind", l.line)
	}
	return lines[0]
}

// match returns the lines of a kind that fit, and marks them as used.
func (s shapes) match(kind string, fits func(*shape) bool) (found []*shape) {
	for _, l := range s {
		if l.kind == kind && fits(l) {
			l.used = true
			found = append(found, l)
		}
	}
	return found
}

// wild reports whether a cell of a line matches a value; * matches any value.
func wild(cell, value string) bool { return cell == "*" || cell == value }

// on returns the value of the line with the latest key that is not after a day,
// or "". If the day is zero, only a line without a key applies.
func on(f *faults, lines []*shape, day tax.Date) (value string) {
	var latest tax.Date
	for _, l := range lines {
		from, err := dayOrNone(l.key)
		if err != nil {
			f.addf("%s: key: %w", l.line, err)
			continue
		}
		if from.After(day) || from.Before(latest) {
			continue
		}
		latest, value = from, l.value
	}
	return value
}

// place parses a location written "FR" or "FR-971".
func place(s string) (tax.Location, error) {
	country, region, _ := strings.Cut(s, "-")
	return tax.ParseLocation(country, region)
}
