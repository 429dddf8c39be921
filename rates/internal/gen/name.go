package main

import (
	"slices"

	"github.com/taxresolve/tax"
)

// shortTaxName is the code in names.csv for the short name of the country's
// tax.
const shortTaxName = "TAX_SHORT"

// className returns the name of a class of a country. English is required.
func (b *builder) className(country, code string) tax.LocalizedText {
	return b.text(country, "name", code, b.collect(country, "name", code, code))
}

// classDescription returns the text that helps to choose a class. English is
// required.
func (b *builder) classDescription(country, code string) tax.LocalizedText {
	return b.text(country, "description", code, b.collect(country, "description", code, ""))
}

// taxName returns the name of a tax of a country. home is the tax of the
// country itself, to which the short name in names.csv belongs.
func (b *builder) taxName(country, code, home string) tax.LocalizedText {
	short := ""
	if code == home {
		short = shortTaxName
	}
	return b.text(country, "taxname", code, b.collect(country, "taxname", code, short))
}

// componentName returns the name of a component. It is the name of a class in
// names.csv, or the name of a tax.
func (b *builder) componentName(country, code string) tax.LocalizedText {
	names := b.collect(country, "name", code, code)
	for lang, name := range b.collect(country, "taxname", code, b.homeName(country, code)) {
		if _, ok := names[lang]; !ok {
			names[lang] = name
		}
	}
	return b.text(country, "name or taxname", code, names)
}

// homeName returns shortTaxName if a tax is the country's own: the tax of its
// default class. Otherwise it returns "".
func (b *builder) homeName(country, code string) string {
	if slices.ContainsFunc(b.in.rates, func(r *rateRow) bool {
		return r.country == country && r.region == "" && r.postcodes == "" && r.isDefault && r.tax == code
	}) {
		return shortTaxName
	}
	return ""
}

// regionName returns the name of a region; none for a country and for what has no line.
func (b *builder) regionName(l tax.Location) tax.LocalizedText {
	names := map[string]string{}
	for _, n := range b.in.regions {
		if n.country != l.Country || n.region != l.Region || l.Region == "" {
			continue
		}
		if names[n.lang] != "" {
			b.faults.addf("%s: second name in the language", n.line)
		}
		names[n.lang], n.used = n.name, true
	}
	if len(names) == 0 {
		return tax.LocalizedText{}
	}
	return b.text(l.Country, "region", l.Region, names)
}

// collect gathers names by language. Names in names.csv take precedence over
// those for the country in shapes.csv, and these over those for every country.
func (b *builder) collect(country, kind, code, inNames string) map[string]string {
	names := map[string]string{}
	from := []string{country}
	for _, s := range b.in.shapes.match("namesof", func(s *shape) bool { return s.country == country }) {
		from = append(from, s.value)
	}
	for _, country := range from {
		for _, n := range b.in.names {
			if inNames != "" && n.country == country && n.class == inNames && names[n.lang] == "" {
				names[n.lang] = n.name
				n.used = true
			}
		}
	}
	for _, country := range append(from, "*") {
		for _, s := range b.in.shapes {
			if s.kind == kind && s.country == country && (s.class == code || s.tax == code) && names[s.key] == "" {
				names[s.key] = s.value
				s.used = true
			}
		}
	}
	return names
}

func (b *builder) text(country, kind, code string, names map[string]string) tax.LocalizedText {
	if names["en"] == "" {
		b.faults.addf("%s: %s has no English name: add a line of kind %s", country, code, kind)
	}
	text, err := tax.NewLocalizedText(names)
	if err != nil {
		b.faults.addf("%s: %s: %w", country, code, err)
	}
	return text
}
