package tax_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// The tests of the resolver write documents in a short notation, in which a
// timeline reads from the oldest entry to the newest:
//
//	docAt("CA-QC", classOf("STANDARD*", "- ^ 9.5 tax:QST; 2013-01-01 + 9.975 tax:QST"))
//
// A star marks the default class. An entry is its first day, or - when the
// start is not known, and what holds from then on:
//
//	19                           19 % that stand for themselves
//	+ 9.975                      on top of the parent's, both on the net price
//	^ 9.5                        on top of the parent's, on net plus the parent's tax
//	inherit                      the parent's again
//	end                          no such class any more
//	12 FED:5 PROV:7              with components; NAME:7c is compound
//	0 exempt, 7 single, 17 ofGross, 7 tax:IGIC    treatment, status and so on
//
// docAt gives a country the tax VAT, and a region none of its own.
func docAt(location string, classes ...tax.Class) tax.Configuration {
	country, region, _ := strings.Cut(location, "-")
	c := tax.Configuration{Location: tax.Location{Country: country, Region: region}, Classes: classes}
	if region == "" {
		c.Tax = tax.Tax{Code: "VAT"}
	}
	return c
}

// with returns the document after an edit.
func with(c tax.Configuration, edit func(*tax.Configuration)) tax.Configuration {
	edit(&c)
	return c
}

// postalCodes gives the document the postal codes of its region.
func postalCodes(c tax.Configuration, ranges ...string) tax.Configuration {
	for _, text := range ranges {
		p, err := tax.ParsePostalRange(text)
		if err != nil {
			panic(err)
		}
		c.PostalCodes = append(c.PostalCodes, p)
	}
	return c
}

func classOf(code, timeline string, aliases ...string) tax.Class {
	code, isDefault := strings.CutSuffix(code, "*")
	c := tax.Class{Code: code, Default: isDefault, Aliases: aliases}
	for entry := range strings.SplitSeq(timeline, ";") {
		c.Rates = append(c.Rates, rateOf(strings.Fields(entry)))
	}
	slices.Reverse(c.Rates)
	return c
}

var (
	notedEffects    = map[string]tax.Effect{"+": tax.Add, "^": tax.AddCompound, "inherit": tax.Inherit, "end": tax.End}
	notedTreatments = map[string]tax.Treatment{"zeroRated": tax.ZeroRated, "exempt": tax.Exempt, "outsideScope": tax.OutsideScope}
	notedStatuses   = map[string]tax.Status{"agreed": tax.Agreed, "single": tax.Single, "disputed": tax.Disputed}
)

// rateOf panics on what the notation does not have: the tests write it.
func rateOf(words []string) tax.Rate {
	var r tax.Rate
	if words[0] != "-" {
		r.From = tax.MustDate(words[0])
	}
	for _, word := range words[1:] {
		name, value, pair := strings.Cut(word, ":")
		switch {
		case notedEffects[word] != tax.Replace:
			r.Effect = notedEffects[word]
		case notedTreatments[word] != tax.Taxable:
			r.Treatment = notedTreatments[word]
		case notedStatuses[word] != tax.Unstated:
			r.Evidence.Status = notedStatuses[word]
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

// fixedSource has these documents for every tenant and gives a copy at each
// call.
func fixedSource(set ...tax.Configuration) tax.SourceFunc {
	return func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		var found []tax.Configuration
		for _, c := range set {
			if c.Location.Country == key.Country {
				found = append(found, c.Clone())
			}
		}
		return found, nil
	}
}

// openResolver makes a resolver that the end of the test closes.
func openResolver(t testing.TB, src tax.Source, opts *tax.Options) *tax.Resolver {
	t.Helper()
	r, err := tax.NewResolver(src, opts)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// resolverOf makes a resolver of documents, with the default options.
func resolverOf(t testing.TB, set ...tax.Configuration) *tax.Resolver {
	t.Helper()
	return openResolver(t, fixedSource(set...), nil)
}

// percentText writes a decimal with all its decimals, whatever the package
// variables of the decimal library say.
func percentText(d decimal.Decimal) string { return d.StringFixed(max(0, -d.Exponent())) }

// answerText writes an answer as "14.975 GST+QST [GST 5, QST 9.975]", or an
// error as its sentinel without the "tax: ".
func answerText(r tax.Resolution, err error) string {
	if err != nil {
		return errorText(err)
	}
	text := percentText(r.Percent()) + " " + r.Tax().Code
	if r.Treatment() != tax.Taxable {
		text += " " + r.Treatment().String()
	}
	var parts []string
	for _, c := range r.Components() {
		part := c.Code + " " + percentText(c.Percent)
		if c.Compound {
			part += " compound"
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		text += " [" + strings.Join(parts, ", ") + "]"
	}
	return text
}

// placeText writes the territory of an answer and how it was found:
// "DE-X-HELGOLAND by postal code, region overruled".
func placeText(r tax.Resolution, err error) string {
	if err != nil {
		return errorText(err)
	}
	e := r.Explain()
	text := e.Territory.String() + " by " + string(e.Steps[0])
	if e.RegionOverruled {
		text += ", region overruled"
	}
	return text
}

// wayText writes which class answered where, and all steps to it: "STANDARD at
// ES-CN by region, default class".
func wayText(r tax.Resolution, err error) string {
	if err != nil {
		return errorText(err)
	}
	var steps []string
	for _, s := range r.Explain().Steps {
		steps = append(steps, string(s))
	}
	return r.Class() + " at " + r.Location().String() + " by " + strings.Join(steps, ", ")
}

var lookupSentinels = []error{
	tax.ErrUnknownCountry, tax.ErrUnknownRegion, tax.ErrRegionRequired, tax.ErrUnknownClass, tax.ErrNoDefaultClass,
	tax.ErrNoRate, tax.ErrUnverified, tax.ErrInvalid, tax.ErrUnavailable, tax.ErrClosed,
}

func errorText(err error) string {
	var e *tax.LookupError
	if errors.As(err, &e) {
		return strings.TrimPrefix(e.Kind.Error(), "tax: ")
	}
	return err.Error()
}

func day(s string) tax.Date { return tax.MustDate(s) }
