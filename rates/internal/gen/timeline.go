package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// classes builds the classes of a territory from its rows and its lines of kind
// entry.
func (b *builder) classes(t *territory) {
	byClass := map[string][]*rateRow{}
	parts := b.partRows(t)
	for _, r := range t.rows {
		if !parts[r] {
			byClass[r.class] = append(byClass[r.class], r)
		}
	}
	for _, s := range b.in.shapes {
		if (s.kind == "entry" || s.kind == "unknown") && s.country == t.location.Country && s.region == t.location.Region && byClass[s.class] == nil {
			byClass[s.class] = []*rateRow{}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(byClass)) {
		c := &tax.Class{Code: code, Order: new(b.order(code))}
		c.Name = b.className(t.location.Country, code)
		c.Description = b.classDescription(t.location.Country, code)
		c.Rates = b.timeline(t, code, byClass[code])
		c.Default = b.isDefault(t, code, byClass[code])
		t.classes = append(t.classes, c)
	}
}

// isDefault reads the column default, in which all rows of a class and tax must
// agree. A territory without rows has the default class of its country.
func (b *builder) isDefault(t *territory, code string, rows []*rateRow) bool {
	if len(rows) == 0 && b.unknown(t.location.Country) {
		return true
	}
	if len(rows) == 0 {
		return slices.ContainsFunc(b.in.rates, func(r *rateRow) bool {
			return r.country == t.location.Country && r.region == "" && r.postcodes == "" && r.class == code && r.isDefault
		})
	}
	byTax := map[string]bool{}
	isDefault := false
	for _, r := range rows {
		if d, seen := byTax[r.tax]; seen && d != r.isDefault {
			b.faults.addf("%s: default differs from that of other rows of the class", r.line)
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
		entries = append(entries, tax.Rate{From: r.to, Effect: tax.End, Evidence: dated(r.evidence)})
	}
	entries = b.handmade(t, code, entries)
	if s := b.in.shapes.one(&b.faults, "unknown", t.location, code, ""); s != nil {
		if len(entries) > 0 {
			b.faults.addf("%s: the class has a rate", s.line)
		}
		// The class exists and never has a rate, so that a lookup is refused with
		// ErrNoRate and not with ErrUnknownCountry.
		entries = append(entries, tax.Rate{Effect: tax.End, Evidence: tax.Evidence{Sources: s.sources}})
	}
	slices.Reverse(entries)
	return entries
}

// dated returns the evidence for an entry with a first day.
func dated(e tax.Evidence) tax.Evidence {
	e.VerifiedSince = tax.Date{}
	return e
}

// gap checks that a gap after a row is intended, since a mistyped day would
// look the same. It must be confirmed by a line of kind gap, or of kind entry,
// for the day.
func (b *builder) gap(t *territory, r *rateRow) {
	means := func(s *shape) bool {
		return s.country == t.location.Country && s.region == t.location.Region && s.class == r.class && s.key == r.to.String()
	}
	meant := len(b.in.shapes.match("gap", means)) > 0 ||
		slices.ContainsFunc(b.in.shapes, func(s *shape) bool { return s.kind == "entry" && means(s) })
	if !meant {
		b.faults.addf("%s: a gap follows: add a line of kind gap if it is intended", r.line)
	}
}

// cut ends the rows of one tax on the day when another tax replaces it in the
// same class.
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
			b.faults.addf("%s: the day is not within %s", s.line, r.line)
		}
		r.used = true
		short := *r
		short.to = day
		rows[i] = &short
	}
	return rows
}

// entries returns the entries of a row: one entry, or, if it has parts, one for
// each period in which the parts stay the same.
func (b *builder) entries(t *territory, r *rateRow) []tax.Rate {
	r.used = true
	rate := tax.Rate{From: r.from, Percent: r.percent, Tax: tax.Tax{Code: r.tax}, Evidence: r.evidence}
	rate.Evidence.Sources = slices.Clone(r.evidence.Sources)
	if r.percent.Sign() == 0 {
		rate.Treatment = b.treatment(t, r)
	}
	rate.OfGross = single(&b.faults, b.in.shapes.match("gross", func(s *shape) bool {
		return s.country == r.country && wild(s.region, t.location.Region) && s.class == r.class && s.tax == r.tax
	})) != nil
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
	for _, from := range b.periods(t, r, parts) {
		entry := rate
		if entry.From = from; !from.IsZero() {
			entry.Evidence = dated(entry.Evidence)
		}
		b.compose(t, r, parts, &entry)
		entries = append(entries, entry)
	}
	return entries
}

// treatment returns the meaning of a row at 0. Exactly one line must fit the
// row.
func (b *builder) treatment(t *territory, r *rateRow) tax.Treatment {
	lines := b.in.shapes.match("treatment", func(s *shape) bool {
		return wild(s.country, r.country) && wild(s.region, t.location.Region) && wild(s.class, r.class) && wild(s.tax, r.tax)
	})
	if len(lines) != 1 {
		b.faults.addf("%s: %d lines of kind treatment fit, want 1", r.line, len(lines))
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

// handmade adds the lines of kind entry to a timeline, which is oldest first.
func (b *builder) handmade(t *territory, code string, entries []tax.Rate) []tax.Rate {
	for _, s := range b.in.shapes.match("entry", func(s *shape) bool {
		return s.country == t.location.Country && s.region == t.location.Region && s.class == code
	}) {
		word, evidence, _ := strings.Cut(s.value, " ")
		status, verified, _ := strings.Cut(evidence, " ")
		rate := tax.Rate{Evidence: tax.Evidence{Status: statuses[status], Sources: s.sources}}
		var err error
		if rate.From, err = dayOrNone(s.key); err != nil {
			b.faults.addf("%s: key: %w", s.line, err)
		}
		if rate.Evidence.VerifiedSince, err = verifiedSince(verified, rate.From); err != nil {
			b.faults.addf("%s: %w", s.line, err)
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
		// An entry replaces the end of a row on the same day.
		entries = slices.DeleteFunc(entries, func(e tax.Rate) bool { return e.Effect == tax.End && e.From == rate.From })
		if slices.ContainsFunc(entries, func(e tax.Rate) bool { return e.From == rate.From }) {
			b.faults.addf("%s: there already is an entry on that day", s.line)
		}
		entries = append(entries, rate)
	}
	slices.SortStableFunc(entries, func(a, b tax.Rate) int { return a.From.Compare(b.From) })
	return entries
}

// part is a component of a class, with the class and tax of its rows.
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

// partRows returns the rows of a territory that are only components of others.
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
				b.faults.addf("%s: a part on days without the rate that it is part of", r.line)
			}
		}
	}
	return rows
}

// periods returns the first days of the periods of a row in which neither its
// parts nor their stacking change.
func (b *builder) periods(t *territory, r *rateRow, parts []*shape) []tax.Date {
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

// compose adds the components to an entry. If the row is not a part itself, it
// is the total, and must equal the sum of the parts. Otherwise the sum of the
// parts is the total, and the entry is only as certain as the least certain
// part.
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
		entry.Components = append(entry.Components, tax.Component{
			Code: p.code, Name: b.componentName(t.location.Country, p.code), Percent: row.percent, Compound: p.code == compound,
		})
		evidence.Status = max(evidence.Status, row.evidence.Status)
		for _, id := range row.evidence.Sources {
			if !slices.Contains(evidence.Sources, id) {
				evidence.Sources = append(slices.Clip(evidence.Sources), id)
			}
		}
	}
	total := decimal.Decimal{}
	for _, percent := range exact.NetPercents(len(entry.Components), func(i int) (decimal.Decimal, bool) {
		return entry.Components[i].Percent, entry.Components[i].Compound
	}) {
		total = total.Add(percent)
	}
	if !isPart {
		if !total.Equal(r.percent) {
			b.faults.addf("%s: the parts sum to %s from %s on", r.line, total, entry.From)
		}
		evidence.Status = entry.Evidence.Status
	} else {
		entry.Percent = exact.Trim(total)
	}
	entry.Evidence = evidence
}

// lastDay returns the last day on which a row holds, or the last day of the
// calendar if it has an open end.
func (r *rateRow) lastDay() tax.Date {
	if r.to.IsZero() {
		return endOfDays
	}
	return r.to.AddDays(-1)
}

var endOfDays = tax.MustDate("9999-12-31")

// rowOn returns the row of a part on a day, or nil.
func rowOn(rows []*rateRow, p part, day tax.Date) *rateRow {
	for _, r := range rows {
		if p.has(r) && !r.from.After(day) && (r.to.IsZero() || day.Before(r.to)) {
			return r
		}
	}
	return nil
}
