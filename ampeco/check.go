package ampeco

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

const (
	maxNameRunes    = 255
	maxTranslations = 100
)

const notNull = "cannot be cleared: write a value, or leave the field out to keep the one it has"

// check adds the faults of the patch to f, and brings locales and the
// percentage into the form in which they are stored.
func (p *Patch) check(f faults) {
	switch name, isSet := p.Name.Value(); {
	case p.Name.Cleared():
		f.add("name", notNull)
	case !isSet:
	case utf8.RuneCountInString(name) > maxNameRunes:
		f.add("name", "too long: at most "+strconv.Itoa(maxNameRunes)+" characters")
	default:
		f.addText("name", name)
	}

	if list, isSet := p.DisplayName.Value(); isSet {
		p.DisplayName = Set(f.translations(list))
	}

	switch d, isSet := p.Percentage.Value(); {
	case p.Percentage.Cleared():
		f.add("percentage", notNull)
	case isSet:
		d, reason := percentage(d)
		if reason != "" {
			f.add("percentage", reason)
		}
		p.Percentage = Set(d)
	}

	if id, isSet := p.TaxIdentificationNumberID.Value(); isSet && id < 1 {
		f.add("taxIdentificationNumberId", "write a whole number from 1, or clear the field")
	}
}

// addText adds the fault of a text that people read, if it has one.
func (f faults) addText(field, text string) {
	switch {
	case text == "":
		f.add(field, "empty: write a text")
	case !utf8.ValidString(text):
		f.add(field, "not valid UTF-8")
	}
}

// translations checks display names and returns them with canonical tags, or
// nil if there are none. It skips entries that already have a fault.
func (f faults) translations(list []tax.Translation) []tax.Translation {
	if len(list) > maxTranslations {
		f.add("displayName", "too many: at most "+strconv.Itoa(maxTranslations)+" translations")
		return nil
	}
	var canonical []tax.Translation
	seen := make(map[string]bool, len(list))
	for i, t := range list {
		path := translationPath(i)
		if f.has(path) {
			continue
		}
		tag, reason := canonicalTag(t.Language)
		switch {
		case reason != "":
			f.add(path+".locale", reason)
		case seen[tag]:
			f.add(path+".locale", tag+" is given twice: keep one")
		}
		seen[tag] = true
		f.addText(path+".translation", t.Text)
		canonical = append(canonical, tax.Translation{Language: tag, Text: t.Text})
	}
	return canonical
}

func translationPath(i int) string { return "displayName." + strconv.Itoa(i) }

// canonicalTag returns the canonical form of a tag, by the rules of package tax, but
// without underscores.
func canonicalTag(tag string) (canonical, reason string) {
	if tag == "" {
		return "", "missing: write a BCP 47 tag, such as de or pt-BR"
	}
	if strings.Contains(tag, "_") {
		return "", "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR" // as the contract says
	}
	text, err := tax.NewLocalizedText(map[string]string{tag: "-"})
	if err != nil {
		return "", reasonOf(err)
	}
	return text.All()[0].Language, ""
}

// percentage applies the rules for percentages in bodies to a decimal that a
// caller made. It checks the bounds first, because only a decimal within bounds
// can be formatted.
func percentage(d decimal.Decimal) (decimal.Decimal, string) {
	if !exact.Within(d) {
		return decimal.Decimal{}, exact.Bounds
	}
	return exact.ParsePercent(exact.Format(d))
}

// reasonOf returns the reason of an error of package tax, without the name and
// value of the input.
func reasonOf(err error) string {
	var input *tax.InputError
	if errors.As(err, &input) {
		return input.Reason
	}
	return err.Error()
}
