package emporix

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// writer writes JSON.
type writer struct{ strictjson.Builder }

func (w *writer) object(name string) {
	w.Name(name)
	w.Open('{')
}

func (w *writer) list(name string) {
	w.Name(name)
	w.Open('[')
}

func (w *writer) raw(name, value string) {
	w.Name(name)
	w.Raw(value)
}

// number writes a decimal without an exponent and without trailing zeros after
// the decimal point.
func (w *writer) number(name string, d decimal.Decimal) { w.raw(name, exact.Format(exact.Trim(d))) }

// text writes a string. It leaves an empty one out.
func (w *writer) text(name, value string) {
	if value != "" {
		w.Name(name)
		w.Text(value)
	}
}

func (w *writer) location(name, country string) {
	if country != "" {
		w.object(name)
		w.text("countryCode", country)
		w.Close('}')
	}
}

// input writes the input of a command with the fields that are given, as they are given.
func (w *writer) input(in Input) {
	w.Open('{')
	w.location("sourceLocation", in.SourceCountry)
	w.text("sourceTaxClass", in.SourceClass)
	w.location("targetLocation", in.TargetCountry)
	w.text("targetTaxClass", in.TargetClass)
	w.raw("includesTax", strconv.FormatBool(in.IncludesTax))
	if in.Price.quoted {
		w.text("price", in.Price.text)
	} else if in.Price.text != "" {
		w.raw("price", in.Price.text)
	}
	w.Close('}')
}
