package main

import (
	"slices"

	"github.com/taxresolve/tax"
)

// The codes of names.csv that name the tax of the country instead of a class.
const shortTaxName = "TAX_SHORT"

// className is the name of a class of a country; English is required.
func (b *builder) className(country, code string) tax.LocalizedText {
	return b.text(country, "name", code, b.collect(country, "name", code, code))
}

// taxName is the name of a tax of a country. The short name of names.csv is
// that of the tax that the country itself charges, home.
func (b *builder) taxName(country, code, home string) tax.LocalizedText {
	short := ""
	if code == home {
		short = shortTaxName
	}
	return b.text(country, "taxname", code, b.collect(country, "taxname", code, short))
}

// componentName is the name of a component: of a share, which names.csv keeps
// among the classes, or of a tax.
func (b *builder) componentName(country, code string) tax.LocalizedText {
	names := b.collect(country, "name", code, code)
	for lang, name := range b.collect(country, "taxname", code, b.homeName(country, code)) {
		if _, ok := names[lang]; !ok {
			names[lang] = name
		}
	}
	return b.text(country, "name or taxname", code, names)
}

// homeName is shortTaxName if a tax is the one that the rows of the country
// itself name in their default class.
func (b *builder) homeName(country, code string) string {
	if slices.ContainsFunc(b.in.rates, func(r *rateRow) bool {
		return r.country == country && r.region == "" && r.postcodes == "" && r.isDefault && r.tax == code
	}) {
		return shortTaxName
	}
	return ""
}

// collect gathers names by language: those of names.csv, then those of the
// country in shapes.csv, then, in English, those for every country.
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
		b.faults.addf("%s: %s has no English name: a line of kind %s must give it", country, code, kind)
	}
	text, err := tax.NewLocalizedText(names)
	if err != nil {
		b.faults.addf("%s: %s: %w", country, code, err)
	}
	return text
}
