// Package taxtest is shared by the tests of several packages. It has a short notation
// for documents, sources that fail, hang and count, and answers as texts. Only tests
// import it.
//
// In the notation a timeline reads from the oldest entry to the newest:
//
//	taxtest.Doc("CA-QC", taxtest.Class("STANDARD*", "- ^ 9.5 tax:QST; 2013-01-01 + 9.975 tax:QST"))
//
// A star marks the default class. An entry begins with its first day, or with - if the
// start is unknown. Its rate comes next:
//
//	19                           19 %, in place of the rate of the parent
//	+ 9.975                      added to the rate of the parent, of the net price
//	^ 9.5                        added to it, of the net price plus the parent's tax
//	inherit                      the rate of the parent
//	end                          the class does not exist any more
//	12 FED:5 PROV:7              with components; NAME:7c is compound
//	0 exempt, 7 single, 17 ofGross, 7 tax:IGIC    with a treatment, a status and so on
package taxtest

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// Doc returns a document. A country has the tax VAT, and a region has no tax of its
// own.
func Doc(location string, classes ...tax.Class) tax.Configuration {
	country, region, _ := strings.Cut(location, "-")
	c := tax.Configuration{Location: tax.Location{Country: country, Region: region}, Classes: classes}
	if region == "" {
		c.Tax = tax.Tax{Code: "VAT"}
	}
	return c
}

// Class returns a class whose timeline is in the notation.
func Class(code, timeline string, aliases ...string) tax.Class {
	code, isDefault := strings.CutSuffix(code, "*")
	c := tax.Class{Code: code, Default: isDefault, Aliases: aliases}
	for entry := range strings.SplitSeq(timeline, ";") {
		c.Rates = append(c.Rates, rate(strings.Fields(entry)))
	}
	slices.Reverse(c.Rates)
	return c
}

// With returns the document after the edit.
func With(c tax.Configuration, edit func(*tax.Configuration)) tax.Configuration {
	edit(&c)
	return c
}

// WithPostalCodes returns the document with postal codes.
func WithPostalCodes(c tax.Configuration, ranges ...string) tax.Configuration {
	for _, text := range ranges {
		p, err := tax.ParsePostalRange(text)
		if err != nil {
			panic(err) // a mistake in a test
		}
		c.PostalCodes = append(c.PostalCodes, p)
	}
	return c
}

var (
	effects    = map[string]tax.Effect{"+": tax.Add, "^": tax.AddCompound, "inherit": tax.Inherit, "end": tax.End}
	treatments = map[string]tax.Treatment{"zeroRated": tax.ZeroRated, "exempt": tax.Exempt, "outsideScope": tax.OutsideScope}
	statuses   = map[string]tax.Status{"agreed": tax.Agreed, "single": tax.Single, "undated": tax.Undated, "disputed": tax.Disputed}
)

// rate reads one entry. It panics if the notation does not have a word.
func rate(words []string) tax.Rate {
	var r tax.Rate
	if words[0] != "-" {
		r.From = tax.MustDate(words[0])
	}
	for _, word := range words[1:] {
		name, value, pair := strings.Cut(word, ":")
		switch {
		case effects[word] != tax.Replace:
			r.Effect = effects[word]
		case treatments[word] != tax.Taxable:
			r.Treatment = treatments[word]
		case statuses[word] != tax.Unstated:
			r.Evidence.Status = statuses[word]
		case word == "ofGross":
			r.OfGross = true
		case pair && name == "tax":
			r.Tax.Code = value
		case pair && name == "source":
			r.Evidence.Sources = append(r.Evidence.Sources, value)
		case pair:
			value, compound := strings.CutSuffix(value, "c")
			r.Components = append(r.Components, tax.Component{Code: name, Percent: tax.MustPercent(value), Compound: compound})
		default:
			r.Percent = tax.MustPercent(word)
		}
	}
	return r
}

// English returns a text that exists only in English.
func English(text string) tax.LocalizedText {
	return tax.MustLocalizedText(map[string]string{"en": text})
}

// Countries returns the alpha-2 codes of all countries.
func Countries() (list []string) {
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			if l, err := tax.ParseLocation(code, ""); err == nil && l == (tax.Location{Country: code}) {
				list = append(list, code)
			}
		}
	}
	return list
}
