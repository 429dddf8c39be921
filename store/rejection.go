package store

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// refused reports whether nothing of the country is written.
func (g *group) refused() bool { return g.refusal != "" || len(g.rejections) > 0 }

// reject notes why a record is refused.
func (g *group) reject(file string, i int, err error) {
	var invalid *tax.InvalidError
	if errors.As(err, &invalid) && len(invalid.Faults) > 0 {
		for _, f := range invalid.Faults {
			g.fault(file, i, f)
		}
		return
	}
	r := g.rejection(file, i)
	r.Message = strings.TrimPrefix(err.Error(), "tax: ")
	var input *tax.InputError
	if errors.As(err, &input) {
		r.Path, r.Message = joined(r.Path, input.Field), input.Reason
		if input.Value != "" {
			r.Message = strconv.Quote(clip(input.Value)) + ": " + input.Reason
		}
	}
	r.Code = codeOf(err)
	r.within(&g.records[i].Configuration, r.Path)
	g.rejections = append(g.rejections, r)
}

// blame notes an error of a write to the country at the records that it is about.
func (g *group) blame(file string, err error) {
	var invalid *tax.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Faults) == 0 {
		var stored *tax.StoreError
		i := 0
		if errors.As(err, &stored) {
			i = g.about(stored.Location)
		}
		g.reject(file, i, err)
		return
	}
	for _, f := range invalid.Faults {
		g.fault(file, g.about(f.Location), f)
	}
}

// about returns the record of a location. A fault of a document that is not among the
// records is the fault of the first of them.
func (g *group) about(l tax.Location) int {
	i := slices.IndexFunc(g.records, func(r numbered) bool { return r.Configuration.Location == l })
	return max(i, 0)
}

// fault notes a fault of a validation.
func (g *group) fault(file string, i int, f tax.Fault) {
	r := g.rejection(file, i)
	if c := &g.records[i].Configuration; f.Location == c.Location {
		r.Path = joined(r.Path, f.Path)
		r.within(c, f.Path)
	} else {
		r.Message = quoted(f.Location.String()) + ": " + f.Path + ": "
	}
	r.Code, r.Message = cmp.Or(f.Code, "invalid"), r.Message+f.Message
	g.rejections = append(g.rejections, r)
}

// rejection returns the place of a record.
func (g *group) rejection(file string, i int) Rejection {
	r := &g.records[i]
	return Rejection{File: file, Record: r.number, Line: r.Line, Tenant: r.Tenant, Location: r.Configuration.Location, Path: r.Path}
}

// complete returns the rejections of the country, at least one for each record, in order.
func (g *group) complete(file string) []Rejection {
	reason := g.refusal
	if reason == "" {
		first := g.rejections[0]
		reason = "not written: record " + decimal(first.Record) + " of the same country is refused"
		if first.Line > 0 {
			reason = "not written: line " + decimal(first.Line) + " of the same country is refused"
		}
	}
	has := make(map[int64]bool, len(g.rejections))
	for i := range g.rejections {
		has[g.rejections[i].Record] = true
	}
	for i := range g.records {
		if r := &g.records[i]; !has[r.number] {
			refused := g.rejection(file, i)
			refused.Code, refused.Message = countryRefused, reason
			g.rejections = append(g.rejections, refused)
		}
	}
	slices.SortStableFunc(g.rejections, func(a, b Rejection) int { return cmp.Compare(a.Record, b.Record) })
	return g.rejections
}

// place returns where a record is, for people.
func place(r *numbered) string {
	if r.Line > 0 {
		return "line " + decimal(r.Line)
	}
	return "record " + decimal(r.number)
}

// codeOf returns the code of an error.
func codeOf(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return "invalid"
}

// joined returns a path in a part of a document.
func joined(path, rest string) string {
	if path == "" || rest == "" {
		return path + rest
	}
	return path + "." + rest
}

// within sets the class and the day of a fault from its path. It has taxClasses[2] if it is
// one in the JSON, and classes[2] otherwise.
func (r *Rejection) within(c *tax.Configuration, path string) {
	i, rest, ok := element(path, "taxClasses[")
	if !ok {
		i, rest, ok = element(path, "classes[")
	}
	if !ok || i >= len(c.Classes) {
		return
	}
	r.Class = c.Classes[i].Code
	if n, _, ok := element(rest, "rates["); ok && n < len(c.Classes[i].Rates) {
		r.From = c.Classes[i].Rates[n].From
	}
}

// element returns the index after the name of a list in a path.
func element(path, list string) (i int, rest string, ok bool) {
	_, after, ok := strings.Cut(path, list)
	if !ok {
		return 0, "", false
	}
	number, rest, ok := strings.Cut(after, "]")
	i, err := strconv.Atoi(number)
	return i, rest, ok && err == nil && i >= 0
}
