package main

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// world is the content of the packed form.
type world struct {
	asOf      tax.Date
	countries [][]tax.Configuration // by country code; each country comes before its regions
	sources   []*sourceRow          // in order of ids
}

// build turns the tables into the documents of every country, and checks that
// no line of the tables remains unused.
func build(in *inputs) (*world, error) {
	b := &builder{in: in}
	b.asOf = b.dayOfFacts()
	for _, r := range in.rates {
		// A day long after the facts can only be a slip.
		if latest := b.asOf.AddDays(366); r.evidence.VerifiedSince.After(latest) {
			b.faults.addf("%s: verified after %s", r.line, latest)
		}
	}
	w := &world{asOf: b.asOf, sources: in.sources}
	slices.SortFunc(w.sources, func(a, b *sourceRow) int { return cmp.Compare(a.id, b.id) })
	codes := map[string]bool{}
	for _, r := range in.rates {
		codes[r.country] = true
	}
	for _, s := range in.shapes {
		if s.kind == "unknown" {
			codes[s.country] = true
		}
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		w.countries = append(w.countries, b.country(code))
	}
	if err := b.faults.err(); err != nil {
		return nil, err
	}
	check(in, w, &b.faults)
	return w, b.faults.err()
}

type builder struct {
	in     *inputs
	asOf   tax.Date
	faults faults
}

func (b *builder) dayOfFacts() tax.Date {
	lines := b.in.shapes.match("asof", func(*shape) bool { return true })
	if len(lines) != 1 {
		b.faults.addf("shapes.csv: %d lines of kind asof, want 1", len(lines))
		return tax.Date{}
	}
	day, err := tax.ParseDate(lines[0].value)
	if err != nil {
		b.faults.addf("%s: %w", lines[0].line, err)
	}
	return day
}

// territory is a document while it is being built.
type territory struct {
	location tax.Location
	rows     []*rateRow
	classes  []*tax.Class // every entry names its tax
	document tax.Configuration
}

// country builds the documents of a country.
func (b *builder) country(code string) []tax.Configuration {
	territories := b.territories(code)
	for _, t := range territories {
		b.classes(t)
	}
	home := territories[0]
	codes := b.claims(code)
	for _, t := range territories {
		b.spread(t, home)
		b.document(t, home)
		codes.take(&t.document)
	}
	b.elsewhere(&home.document, codes)
	b.left(code, codes)
	documents := make([]tax.Configuration, len(territories))
	for i, t := range territories {
		documents[i] = t.document
	}
	return documents
}

// territories returns the places of a country with the rows of each.
func (b *builder) territories(code string) []*territory {
	home := tax.Location{Country: code}
	byPlace := map[tax.Location]*territory{home: {location: home}}
	at := func(l tax.Location) *territory {
		t := byPlace[l]
		if t == nil {
			t = &territory{location: l}
			byPlace[l] = t
		}
		return t
	}
	for _, r := range b.in.rates {
		if r.country != code {
			continue
		}
		for _, l := range b.places(r) {
			if drops := b.in.shapes.of("drop", l, r.class, r.tax); len(drops) > 0 {
				r.used = true
				continue
			}
			t := at(l)
			t.rows = append(t.rows, r)
		}
	}
	listed := b.in.shapes.match("region", func(s *shape) bool { return s.country == code })
	for _, s := range listed {
		l := tax.Location{Country: code, Region: s.region}
		if byPlace[l] != nil {
			b.faults.addf("%s: the region has rows", s.line)
		}
		at(l)
	}
	// If the country has a rule for regions, a listed region has a meaning for the
	// tax, which a time zone alone must not give it.
	optional := len(b.in.shapes.of("regions", home, "", "")) == 0
	for _, z := range b.in.zones {
		if z.country == code {
			l := tax.Location{Country: code, Region: z.region}
			if byPlace[l] == nil && !optional {
				b.faults.addf("%s: the region has neither rows nor a line of kind region", z.line)
			}
			at(l)
		}
	}
	for _, n := range b.in.regions {
		if n.country == code && optional {
			at(tax.Location{Country: code, Region: n.region})
		}
	}
	places := slices.SortedFunc(maps.Keys(byPlace), func(a, b tax.Location) int { return cmp.Compare(a.Region, b.Region) })
	territories := make([]*territory, len(places))
	for i, l := range places {
		territories[i] = byPlace[l]
	}
	return territories
}

// places returns the territories that a row belongs to.
func (b *builder) places(r *rateRow) []tax.Location {
	if r.region != "" || r.postcodes == "" {
		return []tax.Location{{Country: r.country, Region: r.region}}
	}
	var places []tax.Location
	for _, s := range b.in.shapes.match("rows", func(s *shape) bool { return s.country == r.country && s.value == r.postcodes }) {
		places = append(places, tax.Location{Country: s.country, Region: s.region})
	}
	if len(places) == 0 {
		b.faults.addf("%s: no line of kind rows has these postcodes", r.line)
	}
	return places
}

// spread gives a territory all classes of the country, with one timeline for
// all of them.
func (b *builder) spread(t, home *territory) {
	s := single(&b.faults, b.in.shapes.match("spread", func(s *shape) bool {
		return s.country == t.location.Country && s.region == t.location.Region
	}))
	if s == nil {
		return
	}
	i := slices.IndexFunc(t.classes, func(c *tax.Class) bool { return c.Code == s.class })
	if i < 0 {
		b.faults.addf("%s: the territory has no such class", s.line)
		return
	}
	pattern := t.classes[i]
	for _, c := range home.classes {
		if slices.ContainsFunc(t.classes, func(own *tax.Class) bool { return own.Code == c.Code }) {
			continue
		}
		same := *c
		same.Default = false
		same.Rates = pattern.Clone().Rates
		t.classes = append(t.classes, &same)
	}
}

// document completes the document of a territory.
func (b *builder) document(t, home *territory) {
	d := &t.document
	d.Location = t.location
	d.Name = b.regionName(t.location)
	d.Metadata = tax.Metadata{Version: 1, AsOf: b.asOf}
	d.Exclusive = b.in.shapes.one(&b.faults, "exclusive", t.location, "", "") != nil
	d.LocalTaxesMissing = b.in.shapes.one(&b.faults, "local", t.location, "", "") != nil
	for _, s := range b.in.shapes.of("alias", t.location, "", "") {
		d.RegionAliases = append(d.RegionAliases, s.value)
	}
	if s := b.in.shapes.one(&b.faults, "regions", t.location, "", ""); s != nil {
		switch s.value {
		case tax.RegionsListed.String():
			d.Regions = tax.RegionsListed
		case tax.RegionsRequired.String():
			d.Regions = tax.RegionsRequired
		default:
			b.faults.addf("%s: no such rule for regions", s.line)
		}
	}
	for _, z := range b.in.zones {
		if z.country == t.location.Country && z.region == t.location.Region {
			if d.TimeZone != "" {
				b.faults.addf("%s: second zone of the place", z.line)
			}
			z.used = true
			d.TimeZone = z.zone
		}
	}
	b.postal(t)
	b.tax(t, home)
	slices.SortFunc(t.classes, func(a, b *tax.Class) int {
		return cmp.Or(cmp.Compare(*a.Order, *b.Order), cmp.Compare(a.Code, b.Code))
	})
	defaults := 0
	for _, c := range t.classes {
		if c.Default {
			defaults++
		}
		d.Classes = append(d.Classes, *c)
	}
	// A region that inherits can have the default class of its country.
	inherits := t != home && !d.Exclusive
	if defaults > 1 || defaults == 0 && len(t.classes) > 0 && !inherits {
		b.faults.addf("%s: %d default classes, want 1", t.location, defaults)
	}
}

// postal gives a territory its postal codes, from its rows or from its line of
// kind postal.
func (b *builder) postal(t *territory) {
	var cells []string
	if s := b.in.shapes.one(&b.faults, "postal", t.location, "", ""); s != nil {
		cells = strings.Fields(s.value)
	} else {
		of := map[string]bool{}
		for _, r := range t.rows {
			of[r.postcodes] = true
		}
		if len(of) > 1 {
			b.faults.addf("%s: rows with different postcodes: add a line of kind postal", t.location)
		}
		for cell := range of {
			if cell != "" {
				cells = strings.Split(cell, ",")
			}
		}
	}
	for _, cell := range cells {
		p, err := tax.ParsePostalRange(cell)
		if err != nil {
			b.faults.addf("%s: %w", t.location, err)
		}
		t.document.PostalCodes = append(t.document.PostalCodes, p)
	}
}

// tax sets the tax of a document to the current tax of its default class.
// Entries with another tax name it themselves. A region that only has the
// country's tax inherits it.
func (b *builder) tax(t, home *territory) {
	d := &t.document
	code := ""
	if s := b.in.shapes.one(&b.faults, "tax", t.location, "", ""); s != nil {
		code = s.value
	}
	other := false
	for _, c := range t.classes {
		for i := range c.Rates {
			r := &c.Rates[i]
			if code == "" && c.Default {
				code = r.Tax.Code
			}
			other = other || r.Tax.Code != "" && r.Tax.Code != home.document.Tax.Code
		}
	}
	if code == "" && t == home && !b.unknown(t.location.Country) {
		b.faults.addf("%s: no tax: add a line of kind tax", t.location)
	}
	if code != "" && (t == home || other) {
		d.Tax.Code = code
		d.Tax.Name = b.taxName(t.location.Country, code, home.document.Tax.Code)
	}
	for _, c := range t.classes {
		for i := range c.Rates {
			r := &c.Rates[i]
			if r.Tax.Code == code {
				r.Tax = tax.Tax{}
			} else if r.Tax.Code != "" {
				r.Tax.Name = b.taxName(t.location.Country, r.Tax.Code, home.document.Tax.Code)
			}
		}
	}
}

// unknown reports whether no rate of a country is known.
func (b *builder) unknown(country string) bool {
	return slices.ContainsFunc(b.in.shapes, func(s *shape) bool { return s.kind == "unknown" && s.country == country })
}

func (b *builder) order(code string) int {
	lines := b.in.shapes.match("order", func(s *shape) bool { return s.class == code })
	if len(lines) != 1 {
		b.faults.addf("class %s: %d lines of kind order, want 1", code, len(lines))
		return 0
	}
	n, err := strconv.Atoi(lines[0].value)
	if err != nil || n < 0 {
		b.faults.addf("%s: not a number", lines[0].line)
	}
	return n
}
