package emporix

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// writer appends to one JSON text, all on one line.
type writer struct{ out []byte }

// open begins the text, or the next object of a list.
func (w *writer) open(bracket byte) {
	if len(w.out) > 0 {
		w.out = strictjson.AppendSeparator(w.out)
	}
	w.out = append(w.out, bracket)
}

func (w *writer) close(bracket byte) { w.out = append(w.out, bracket) }

func (w *writer) name(name string) { w.out = strictjson.AppendName(w.out, name) }

func (w *writer) object(name string) {
	w.name(name)
	w.out = append(w.out, '{')
}

func (w *writer) list(name string) {
	w.name(name)
	w.out = append(w.out, '[')
}

func (w *writer) raw(name, value string) {
	w.name(name)
	w.out = append(w.out, value...)
}

// number writes a decimal without an exponent and without trailing zeros after
// the decimal point.
func (w *writer) number(name string, d decimal.Decimal) { w.raw(name, exact.Format(exact.Trim(d))) }

// text writes a string. It leaves an empty one out.
func (w *writer) text(name, value string) {
	if value != "" {
		w.name(name)
		w.out = strictjson.AppendString(w.out, value)
	}
}

func (w *writer) location(name, country string) {
	if country != "" {
		w.object(name)
		w.text("countryCode", country)
		w.close('}')
	}
}
