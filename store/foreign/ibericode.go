package foreign

import (
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// period is a time of a country in the file of ibericode/vat-rates.
type period struct {
	From       string                 `json:"effective_from"`
	Rates      map[string]json.Number `json:"rates"`
	Exceptions []exception            `json:"exceptions"`
}

// exception is a place with another standard rate.
type exception struct {
	Name     string      `json:"name"`
	Postcode string      `json:"postcode"`
	Standard json.Number `json:"standard"`
}

// Ibericode is the format of the JSON file of ibericode/vat-rates.
//
// The code of a class is its name in upper case: STANDARD, which is the default, REDUCED1,
// PARKING. A class that a later period does not list ends with the earlier one. A period
// from 0000-01-01 begins on an unknown day. The tax has the code VAT.
//
// An exception becomes a private region of its name, such as X-CAMPIONE-DITALIA, with the
// postal codes that its pattern matches. It has the class STANDARD alone and inherits the
// others, and STANDARD as well in periods without the exception.
func Ibericode(r io.Reader, recordBytes int64) iter.Seq2[store.Record, error] {
	return documents(func(yield func(*row, error) bool) {
		for m, err := range members(r, recordBytes, "items") {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range ibericodeRows(m) {
				if !yield(r, nil) {
					return
				}
			}
		}
	}, "ibericode/vat-rates")
}

// These bound the periods of a country, and the exceptions in all of them: each exception
// has a rate in each period.
const (
	maxPeriods    = 100
	maxExceptions = 500
)

// checkSize returns an error if a country has too much.
func checkSize(periods []period) error {
	exceptions := 0
	for i := range periods {
		exceptions += len(periods[i].Exceptions)
	}
	if len(periods) > maxPeriods || exceptions > maxExceptions {
		return refused("items", "", "more than "+strconv.Itoa(maxPeriods)+" periods, or more than "+strconv.Itoa(maxExceptions)+" exceptions, of one country")
	}
	return nil
}

// ibericodeRows returns the rows of a country.
func ibericodeRows(m member) (list []*row) {
	l, err := tax.ParseLocation(m.name, "")
	var periods []period
	if err == nil {
		err = read(m.value, &periods)
	}
	if err == nil {
		err = checkSize(periods)
	}
	begin := row{path: "items." + m.name, location: l, tax: "VAT", err: err}
	if err != nil {
		return []*row{&begin}
	}
	codes := make(map[string]postalCodes)
	var to tax.Date
	for i, p := range periods {
		now := begin
		now.path += "[" + strconv.Itoa(i) + "]"
		now.rate.From, now.err = dayOf(p.From)
		if i > 0 && now.err == nil && !now.rate.From.Before(to) {
			now.err = refused("effective_from", p.From, "given together with a period above it that does not begin later: write the newest period first")
		}
		now.to = to
		to = now.rate.From
		for _, name := range slices.Sorted(maps.Keys(p.Rates)) {
			r := now
			r.class = strings.ToUpper(name)
			r.standard = r.class == standard
			r.percent(p.Rates[name], false)
			list = append(list, &r)
		}
		if len(p.Rates) == 0 {
			now.err = cmpErr(now.err, refused("rates", "", "missing: a period has rates"))
			list = append(list, &now)
		}
		list = append(list, exceptionRows(now, periods, i, codes)...)
	}
	return list
}

// postalCodes are those of a pattern, or what is wrong with it.
type postalCodes struct {
	ranges []tax.PostalRange
	err    error
}

// exceptionRows returns the rows of the exceptions in a period. Those that only other
// periods have inherit the rate of the country.
func exceptionRows(now row, periods []period, at int, known map[string]postalCodes) (list []*row) {
	seen := make(map[string]bool)
	for i, p := range periods {
		for _, e := range p.Exceptions {
			if i != at && seen[e.Name] {
				continue
			}
			r := now
			r.name, r.class, r.path = e.Name, standard, now.path+".exceptions "+strconv.Quote(e.Name)
			codes, ok := known[e.Postcode]
			if !ok {
				codes.ranges, codes.err = postalPattern(e.Postcode)
				known[e.Postcode] = codes
			}
			err := codes.err
			if err == nil && e.Name == "" {
				err = refused("name", "", "missing: an exception has a name")
			}
			r.postalCodes, r.err = codes.ranges, cmpErr(r.err, err)
			own := slices.IndexFunc(periods[at].Exceptions, func(other exception) bool { return other.Name == e.Name })
			switch {
			case i == at:
				r.percent(e.Standard, false)
			case own >= 0:
				continue
			default:
				r.rate.Effect = tax.Inherit
			}
			seen[e.Name] = true
			list = append(list, &r)
		}
	}
	return list
}

// percent sets the percentage of a row, if nothing is wrong with it yet.
func (r *row) percent(n json.Number, fraction bool) {
	if r.err == nil {
		r.rate.Percent, r.err = percentOf(n.String(), fraction)
	}
}
