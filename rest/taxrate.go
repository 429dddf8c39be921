package rest

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// rateWriter writes rates as programs of other languages read them: numbers are texts, so
// that none passes through a binary float.
type rateWriter struct{ strictjson.Builder }

// newRateWriter returns a writer with room for some rates.
func newRateWriter(rates int) *rateWriter {
	const usual = 256 // bytes of a rate
	return &rateWriter{strictjson.NewBuilder(make([]byte, 0, usual*max(rates, 1)))}
}

// rate writes a rate with the names that a reader understands.
func (w *rateWriter) rate(r tax.Resolution, in tax.Preferences) {
	w.Open('{')
	w.Name("location")
	w.Open('{')
	w.text("country", r.Location().Country)
	w.optional("region", r.Location().Region)
	w.Close('}')
	w.text("class", r.Class())
	w.text("name", r.Name(in))
	w.text("percent", exact.Format(r.Percent()))
	w.flag("ofGross", r.OfGross())
	w.components(r.Components())
	w.text("treatment", r.Treatment().String())
	w.optional("tax", r.Tax().Code)
	w.optional("taxName", r.TaxName(in))
	w.text("date", r.Date().String())
	w.optional("since", r.Since().String())
	w.optional("until", r.Until().String())
	w.flag("stale", r.Stale())
	w.Close('}')
}

func (w *rateWriter) components(list []tax.Component) {
	if len(list) == 0 {
		return
	}
	w.Name("components")
	w.Open('[')
	for _, c := range list {
		w.Open('{')
		w.text("code", c.Code)
		w.text("percent", exact.Format(c.Percent))
		w.flag("compound", c.Compound)
		w.Close('}')
	}
	w.Close(']')
}

// flag writes what is true, and leaves out the rest.
func (w *rateWriter) flag(name string, value bool) {
	if value {
		w.Name(name)
		w.Raw("true")
	}
}

// optional writes a text that is not empty.
func (w *rateWriter) optional(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

// text writes a text as [json.Marshal] does, which escapes more than JSON requires.
func (w *rateWriter) text(name, value string) {
	w.Name(name)
	if isPlain(value) {
		w.Text(value)
		return
	}
	escaped, _ := json.Marshal(value) // never fails for a string
	w.Raw(string(escaped))
}

// isPlain reports whether JSON has a text as it is, also between the tags of a page.
func isPlain(s string) bool {
	for _, c := range s {
		switch c {
		case '"', '\\', '<', '>', '&', '\u2028', '\u2029', utf8.RuneError:
			return false
		}
		if c < ' ' {
			return false
		}
	}
	return true
}
