package foreign

import (
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// territory is a country or a state in the file of node-sales-tax.
type territory struct {
	Type   string               `json:"type"`
	Rate   json.Number          `json:"rate"`
	States map[string]territory `json:"states"`
	Before map[string]territory `json:"before"`
	// Currency is in newer versions of the file, and no part of a rate.
	Currency string `json:"currency"`
}

// SalesTax is the format of the JSON file of valeriansaliou/node-sales-tax.
//
// Everything has one class, STANDARD. The code of the tax is the type in upper case. A
// country of the type none without states is outside the scope of any tax; with states it
// has no rate of its own, and lookups need the state.
//
// The rate of a state is added to that of its country. One that lowers it is added up here,
// and holds from the first day of the country's current rate. An older rate has the
// instant at which it ended in the file, two hours before midnight UTC.
func SalesTax(r io.Reader, recordBytes int64) iter.Seq2[store.Record, error] {
	return documents(func(yield func(*row, error) bool) {
		for m, err := range members(r, recordBytes) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range salesTaxRows(m) {
				if !yield(r, nil) {
					return
				}
			}
		}
	}, "valeriansaliou/node-sales-tax")
}

// salesTaxRows returns the rows of a country.
func salesTaxRows(m member) (list []*row) {
	l, err := tax.ParseLocation(m.name, "")
	var t territory
	if err == nil {
		err = read(m.value, &t)
	}
	begin := row{path: m.name, location: l, class: standard, standard: true, tax: strings.ToUpper(t.Type), err: err}
	if err != nil {
		return []*row{&begin}
	}
	untaxed := t.Type == "none"
	if untaxed && len(t.States) > 0 {
		list = []*row{{path: m.name, location: l, onlyRegions: true}}
	} else {
		list = begin.dated(t)
	}
	for _, code := range slices.Sorted(maps.Keys(t.States)) {
		list = append(list, stateRow(begin, t, code, list[0], untaxed))
	}
	return list
}

// stateRow returns the row of a state of a country, whose newest row is given.
func stateRow(r row, t territory, code string, newest *row, untaxed bool) *row {
	state := t.States[code]
	r.path += ".states." + code
	r.tax = strings.ToUpper(state.Type)
	l, err := tax.ParseLocation(r.location.Country, code)
	if err != nil {
		r.err = err
		return &r
	}
	r.location = l
	if len(state.States)+len(state.Before) > 0 {
		r.err = refused("states", code, "not allowed in a state: its rate is one number")
		return &r
	}
	text, negative := strings.CutPrefix(state.Rate.String(), "-")
	r.percent(json.Number(text), true)
	switch {
	case r.err != nil:
	case negative:
		r.rate.From = newest.rate.From
		r.rate.Percent = newest.rate.Percent.Sub(r.rate.Percent)
	case !untaxed:
		r.rate.Effect = tax.Add
	}
	return &r
}

// dated returns the rows of a country, the newest first.
func (r row) dated(t territory) (list []*row) {
	type older struct {
		from tax.Date
		rate territory
	}
	var before []older
	for _, end := range slices.Sorted(maps.Keys(t.Before)) {
		from, err := ended(end)
		if err != nil {
			r.err = err
			return []*row{&r}
		}
		before = append(before, older{from, t.Before[end]})
	}
	slices.SortFunc(before, func(a, b older) int { return a.from.Compare(b.from) })
	now := t
	for _, b := range slices.Backward(before) {
		entry := r
		entry.rate.From = b.from
		entry.set(now)
		list = append(list, &entry)
		now = b.rate
	}
	first := r
	first.set(now)
	return append(list, &first)
}

// set sets the rate of an entry of a country.
func (r *row) set(t territory) {
	r.percent(t.Rate, true)
	r.tax = strings.ToUpper(t.Type)
	if t.Type == "none" && r.err == nil {
		if !r.rate.Percent.IsZero() {
			r.err = refused("rate", t.Rate.String(), "not allowed with the type none: write 0")
		}
		r.rate.Treatment = tax.OutsideScope
	}
}

// ended returns the day after the one on which a rate ended.
func ended(text string) (tax.Date, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return tax.Date{}, refused("before", text, "not a time such as 2020-12-31T22:00:00.000Z")
	}
	return tax.DateIn(at.Add(2*time.Hour), time.UTC)
}
