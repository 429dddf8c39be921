package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// classes builds the classes that the rows and the lines of kind entry of a
// territory give it.
func (b *builder) classes(t *territory) {
	byClass := map[string][]*rateRow{}
	parts := b.partRows(t)
	for _, r := range t.rows {
		if !parts[r] {
			byClass[r.class] = append(byClass[r.class], r)
		}
	}
	for _, s := range b.in.shapes {
		if s.kind == "entry" && s.country == t.location.Country && s.region == t.location.Region && byClass[s.class] == nil {
			byClass[s.class] = []*rateRow{}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(byClass)) {
		c := &tax.Class{Code: code, Order: b.order(code)}
		c.Name = b.className(t.location.Country, code)
		c.Rates = b.timeline(t, code, byClass[code])
		c.Default = b.isDefault(t, code, byClass[code])
		t.classes = append(t.classes, c)
	}
}

// isDefault reads the default column. The rows of a class and tax agree in it;
// a territory without rows has the default of its country.
func (b *builder) isDefault(t *territory, code string, rows []*rateRow) bool {
	if len(rows) == 0 {
		return slices.ContainsFunc(b.in.rates, func(r *rateRow) bool {
			return r.country == t.location.Country && r.region == "" && r.postcodes == "" && r.class == code && r.isDefault
		})
	}
	byTax := map[string]bool{}
	isDefault := false
	for _, r := range rows {
		if d, seen := byTax[r.tax]; seen && d != r.isDefault {
			b.faults.addf("%s: default differs from the other rows of the class", r.line)
		}
		byTax[r.tax] = r.isDefault
		isDefault = isDefault || r.isDefault
	}
	return isDefault
}

// timeline builds the entries of a class, newest first.
func (b *builder) timeline(t *territory, code string, rows []*rateRow) []tax.Rate {
	rows = b.cut(t, code, rows)
	slices.SortFunc(rows, func(a, b *rateRow) int { return a.from.Compare(b.from) })
	var entries []tax.Rate // oldest first
	for i, r := range rows {
		entries = append(entries, b.entries(t, r)...)
		if r.to.IsZero() {
			if i+1 < len(rows) {
				b.faults.addf("%s: open, but another row of the class follows", r.line)
			}
			continue
		}
		if i+1 < len(rows) {
			next := rows[i+1]
			if next.from.Before(r.to) {
				b.faults.addf("%s: overlaps %s", r.line, next.line)
			}
			if next.from == r.to {
				continue
			}
			b.gap(t, r)
		}
		entries = append(entries, tax.Rate{From: r.to, Effect: tax.End, Evidence: r.evidence})
	}
	entries = b.handmade(t, code, entries)
	slices.Reverse(entries)
	return entries
}

// gap checks that a row which ends before the next one begins is meant to: a
// slip in a day looks the same. A line of kind entry for the day means it too.
func (b *builder) gap(t *territory, r *rateRow) {
	means := func(s *shape) bool {
		return s.country == t.location.Country && s.region == t.location.Region && s.class == r.class && s.key == r.to.String()
	}
	meant := len(b.in.shapes.match("gap", means)) > 0 ||
		slices.ContainsFunc(b.in.shapes, func(s *shape) bool { return s.kind == "entry" && means(s) })
	if !meant {
		b.faults.addf("%s: a gap follows: a line of kind gap must say so", r.line)
	}
}

// cut ends the rows of one tax where another takes over in the same class.
func (b *builder) cut(t *territory, code string, rows []*rateRow) []*rateRow {
	rows = slices.Clone(rows)
	for i, r := range rows {
		s := b.in.shapes.one(&b.faults, "cut", t.location, code, r.tax)
		if s == nil {
			continue
		}
		day, err := tax.ParseDate(s.key)
		if err != nil {
			b.faults.addf("%s: key: %w", s.line, err)
		}
		if !slices.ContainsFunc(rows, func(o *rateRow) bool { return o.tax == s.value && o.from == day }) {
			b.faults.addf("%s: no row of %s begins on that day", s.line, s.value)
		}
		if !r.from.Before(day) || !r.to.IsZero() && !day.Before(r.to) {
			b.faults.addf("%s: does not cut %s", s.line, r.line)
		}
		r.used = true
		short := *r
		short.to = day
		rows[i] = &short
	}
	return rows
}

// entries makes the entries of a row: one, or, when it has parts, one for each
// stretch in which the parts stay the same.
func (b *builder) entries(t *territory, r *rateRow) []tax.Rate {
	r.used = true
	rate := tax.Rate{From: r.from, Percent: r.percent, Tax: tax.Tax{Code: r.tax}, Evidence: r.evidence}
	rate.Evidence.Sources = slices.Clone(r.evidence.Sources)
	if r.percent.Sign() == 0 {
		rate.Treatment = b.treatment(t, r)
	}
	rate.OfGross = b.in.shapes.one(&b.faults, "gross", t.location, r.class, r.tax) != nil
	switch value := on(&b.faults, b.in.shapes.of("effect", t.location, r.class, r.tax), r.from); value {
	case "":
	case tax.Add.String():
		rate.Effect = tax.Add
	case tax.AddCompound.String():
		rate.Effect = tax.AddCompound
	default:
		b.faults.addf("%s: no such effect: %q", r.line, value)
	}
	parts := b.in.shapes.of("part", t.location, r.class, r.tax)
	if len(parts) == 0 {
		return []tax.Rate{rate}
	}
	var entries []tax.Rate
	for _, from := range b.stretches(t, r, parts) {
		entry := rate
		entry.From = from
		b.compose(t, r, parts, &entry)
		entries = append(entries, entry)
	}
	return entries
}

// treatment finds the one line that tells what a row at 0 means.
func (b *builder) treatment(t *territory, r *rateRow) tax.Treatment {
	lines := b.in.shapes.match("treatment", func(s *shape) bool {
		return wild(s.country, r.country) && wild(s.region, t.location.Region) && wild(s.class, r.class) && wild(s.tax, r.tax)
	})
	if len(lines) != 1 {
		b.faults.addf("%s: %d lines of kind treatment fit, not 1", r.line, len(lines))
		return tax.Taxable
	}
	treatment, ok := treatments[lines[0].value]
	if !ok {
		b.faults.addf("%s: no such treatment at 0", lines[0].line)
	}
	return treatment
}

var treatments = map[string]tax.Treatment{
	tax.ZeroRated.String():    tax.ZeroRated,
	tax.Exempt.String():       tax.Exempt,
	tax.OutsideScope.String(): tax.OutsideScope,
}

// handmade puts the lines of kind entry into a timeline, oldest first.
func (b *builder) handmade(t *territory, code string, entries []tax.Rate) []tax.Rate {
	for _, s := range b.in.shapes.match("entry", func(s *shape) bool {
		return s.country == t.location.Country && s.region == t.location.Region && s.class == code
	}) {
		word, status, _ := strings.Cut(s.value, " ")
		rate := tax.Rate{Evidence: tax.Evidence{Status: statuses[status], Sources: s.sources}}
		var err error
		if rate.From, err = dayOrNone(s.key); err != nil {
			b.faults.addf("%s: key: %w", s.line, err)
		}
		treatment, isTreatment := treatments[word]
		switch {
		case statuses[status] == tax.Unstated:
			b.faults.addf("%s: no such status", s.line)
		case isTreatment:
			rate.Treatment, rate.Tax.Code = treatment, s.tax
		case word == tax.Inherit.String():
			rate.Effect = tax.Inherit
		default:
			b.faults.addf("%s: no such effect or treatment", s.line)
		}
		// What an entry says of a day is instead of the end of a row on it.
		entries = slices.DeleteFunc(entries, func(e tax.Rate) bool { return e.Effect == tax.End && e.From == rate.From })
		if slices.ContainsFunc(entries, func(e tax.Rate) bool { return e.From == rate.From }) {
			b.faults.addf("%s: there is an entry of that day", s.line)
		}
		entries = append(entries, rate)
	}
	slices.SortStableFunc(entries, func(a, b tax.Rate) int { return a.From.Compare(b.From) })
	return entries
}

// part is a component of a class and the rows it comes from.
type part struct {
	code, class, tax string
}

func (b *builder) part(s *shape) part {
	var p part
	rows := ""
	p.code, rows, _ = strings.Cut(s.value, "=")
	p.class, p.tax, _ = strings.Cut(rows, "/")
	if p.code == "" || p.class == "" || p.tax == "" {
		b.faults.addf("%s: write CODE=CLASS/TAX", s.line)
	}
	return p
}

func (p part) has(r *rateRow) bool { return r.class == p.class && r.tax == p.tax }

// partRows returns the rows of a territory that are only components.
func (b *builder) partRows(t *territory) map[*rateRow]bool {
	rows := map[*rateRow]bool{}
	for _, s := range b.in.shapes.match("part", func(s *shape) bool {
		return s.country == t.location.Country && s.region == t.location.Region
	}) {
		p, whole := b.part(s), part{class: s.class, tax: s.tax}
		if p.class == whole.class && p.tax == whole.tax {
			continue
		}
		for _, r := range t.rows {
			if !p.has(r) {
				continue
			}
			rows[r] = true
			if rowOn(t.rows, whole, r.from) == nil || rowOn(t.rows, whole, r.lastDay()) == nil {
				b.faults.addf("%s: a part on days on which there is no rate it is part of", r.line)
			}
		}
	}
	return rows
}

// stretches returns the first days of the stretches of a row in which no part
// and no way of stacking changes.
func (b *builder) stretches(t *territory, r *rateRow, parts []*shape) []tax.Date {
	days := []tax.Date{r.from}
	add := func(d tax.Date) {
		if d.After(r.from) && (r.to.IsZero() || d.Before(r.to)) {
			days = append(days, d)
		}
	}
	for _, s := range parts {
		p := b.part(s)
		for _, o := range t.rows {
			if p.has(o) {
				add(o.from)
				add(o.to)
			}
		}
	}
	for _, s := range b.in.shapes.of("stack", t.location, r.class, r.tax) {
		if day, err := dayOrNone(s.key); err == nil {
			add(day)
		}
	}
	slices.SortFunc(days, tax.Date.Compare)
	return slices.Compact(days)
}

// compose fills in the components of an entry. Rows of the class that are no
// part themselves are the total, which the parts must make; otherwise the
// parts make the total, and the entry is known as well as the worst of them.
func (b *builder) compose(t *territory, r *rateRow, parts []*shape, entry *tax.Rate) {
	compound := ""
	stack := b.in.shapes.of("stack", t.location, r.class, r.tax)
	if code, how, ok := strings.Cut(on(&b.faults, stack, entry.From), " "); ok && how == "compound" {
		compound = code
	} else if ok && how != "parallel" {
		b.faults.addf("%s: write compound or parallel after the code", stack[0].line)
	}
	evidence := entry.Evidence
	isPart := false
	total := decimal.Decimal{}
	for i, s := range parts {
		if s.key != strconv.Itoa(i+1) {
			b.faults.addf("%s: position %s, not %d", s.line, s.key, i+1)
		}
		p := b.part(s)
		isPart = isPart || p.has(r)
		row := rowOn(t.rows, p, entry.From)
		if row == nil {
			continue
		}
		row.used = true
		c := tax.Component{Code: p.code, Name: b.componentName(t.location.Country, p.code), Percent: row.percent, Compound: p.code == compound}
		charged := c.Percent
		if c.Compound {
			charged = charged.Add(charged.Mul(total).Shift(-2))
		}
		total = total.Add(charged)
		entry.Components = append(entry.Components, c)
		evidence.Status = max(evidence.Status, row.evidence.Status)
		for _, id := range row.evidence.Sources {
			if !slices.Contains(evidence.Sources, id) {
				evidence.Sources = append(slices.Clip(evidence.Sources), id)
			}
		}
	}
	if !isPart {
		if !total.Equal(r.percent) {
			b.faults.addf("%s: the parts make %s from %s on", r.line, total, entry.From)
		}
		evidence.Status = entry.Evidence.Status
	} else {
		entry.Percent = trim(total)
	}
	entry.Evidence = evidence
}

// trim drops the zeros after the point that adding leaves.
func trim(d decimal.Decimal) decimal.Decimal {
	for d.Exponent() < 0 && d.Equal(d.Truncate(-d.Exponent()-1)) {
		d = d.Truncate(-d.Exponent() - 1)
	}
	return d
}

// lastDay is the last day on which a row holds, the last there is for an open one.
func (r *rateRow) lastDay() tax.Date {
	if r.to.IsZero() {
		return endOfDays
	}
	return r.to.AddDays(-1)
}

var endOfDays = tax.MustDate("9999-12-31")

// rowOn returns the row of a part on a day.
func rowOn(rows []*rateRow, p part, day tax.Date) *rateRow {
	for _, r := range rows {
		if p.has(r) && !r.from.After(day) && (r.to.IsZero() || day.Before(r.to)) {
			return r
		}
	}
	return nil
}
