package foreign

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// standard is the code of the class of the standard rate.
const standard = "STANDARD"

// row is one rate of a file.
type row struct {
	line        int64
	path        string
	location    tax.Location
	name        string // of a place that has no code
	postalCodes []tax.PostalRange
	tax         string
	class       string
	names       map[string]string // of the class, by language
	standard    bool              // it is the default class
	rate        tax.Rate
	to          tax.Date // the first day on which it holds no more; zero if none is known
	onlyRegions bool     // the country has no rate, its regions do
	err         error
}

// maxRows is the number of rows that one country can have: they are in memory together.
const maxRows = 100_000

// country collects the rows of a country, and makes documents of them.
type country struct {
	code   string
	source string
	rows   int
	places []*place
	at     map[tax.Location]*place
	rule   tax.RegionRule
	faults []store.Record
}

// place collects the rows of a country or a region.
type place struct {
	location    tax.Location
	postalCodes []tax.PostalRange
	first       *row
	classes     []*class
	of          map[string]*class
}

type class struct {
	tax.Class
	names map[string]string // by language
	rows  []*row
}

// add takes a row.
func (c *country) add(r *row) {
	switch c.rows++; {
	case c.rows > maxRows+1:
		return
	case c.rows > maxRows:
		c.places, c.faults = nil, nil
		r.err = refused("rows", "", "more than "+strconv.Itoa(maxRows)+" rows of one country: leave some of them out")
	case r.err == nil:
		r.err = c.take(r)
	}
	if r.err != nil {
		c.faults = append(c.faults, r.refusal())
	}
}

// refusal returns the record of a row that is refused.
func (r *row) refusal() store.Record {
	return store.Record{Configuration: tax.Configuration{Location: r.location}, Line: r.line, Path: r.path, Err: r.err}
}

// take adds a row to its place.
func (c *country) take(r *row) error {
	l := r.location
	if l.Region == "" && len(r.postalCodes) > 0 {
		region, err := private(cmp.Or(r.name, r.postalCodes[0].From))
		if err != nil {
			return err
		}
		l.Region = region
	}
	p := c.at[l]
	if p == nil {
		p = &place{location: l, postalCodes: r.postalCodes, first: r, of: make(map[string]*class)}
		c.places = append(c.places, p)
		c.at[l] = p
	}
	if r.onlyRegions {
		c.rule = tax.RegionsRequired
		return nil
	}
	if !slices.Equal(p.postalCodes, r.postalCodes) {
		return refused("postcodes", "", "changed since the row on "+p.first.where()+": give all rows of a region the same postal codes")
	}
	k := p.of[r.class]
	if k == nil {
		k = &class{Class: tax.Class{Code: r.class}}
		p.classes = append(p.classes, k)
		p.of[r.class] = k
	}
	k.rows = append(k.rows, r)
	k.Default = k.Default || r.standard
	return k.call(r)
}

// call gives the class the names of a row.
func (k *class) call(r *row) error {
	missing := false
	for _, language := range slices.Sorted(maps.Keys(r.names)) {
		switch name, named := k.names[language], r.names[language]; {
		case name == "":
			missing = true
		case name != named:
			return refused("name."+language, named, "changed since another row of the class, which says "+strconv.Quote(name)+": a class has one name")
		}
	}
	if !missing {
		return nil
	}
	if k.names == nil {
		k.names = make(map[string]string)
	}
	maps.Copy(k.names, r.names)
	name, err := tax.NewLocalizedText(k.names)
	if err == nil {
		k.Name = name
	}
	return err
}

// private returns the code of a private region with a name: X-BUESINGEN-AM-HOCHRHEIN.
func private(name string) (string, error) {
	const most = 32
	name = strings.ToUpper(letters.Replace(name))
	words := strings.FieldsFunc(name, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	code := strings.Join(words, "-")
	code = strings.TrimRight(code[:min(len(code), most)], "-")
	if code == "" {
		return "", refused("region", name, "not a name with letters from A to Z or digits: give the region a code")
	}
	return "X-" + code, nil
}

var letters = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "'", "",
	"á", "a", "à", "a", "â", "a", "ã", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "í", "i", "ñ", "n", "ó", "o", "ô", "o", "õ", "o", "ú", "u")

// records yields the documents of the country, and what was refused in it.
func (c *country) records() iter.Seq[store.Record] {
	return func(yield func(store.Record) bool) {
		for _, p := range c.places {
			d := tax.Configuration{Location: p.location, PostalCodes: p.postalCodes, Metadata: tax.Metadata{Source: c.source}}
			if d.Location.Region == "" {
				d.Regions = c.rule
			}
			var err error
			for _, k := range p.classes {
				rates, wrong := k.timeline()
				k.Rates, err = rates, cmp.Or(err, wrong)
				d.Classes = append(d.Classes, k.Class)
			}
			p.setTax(&d)
			if !yield(store.Record{Configuration: d, Line: p.first.line, Path: p.first.path, Err: err}) {
				return
			}
		}
		for _, r := range c.faults {
			if !yield(r) {
				return
			}
		}
	}
}

// setTax moves the tax that all rates name to the document.
func (p *place) setTax(d *tax.Configuration) {
	d.Tax.Code = p.first.tax
	for i := range d.Classes {
		for j := range d.Classes[i].Rates {
			if r := &d.Classes[i].Rates[j]; r.Tax.Code == d.Tax.Code {
				r.Tax.Code = ""
			}
		}
	}
}

// timeline returns the entries of a class, newest first.
func (k *class) timeline() (list []tax.Rate, err error) {
	slices.SortStableFunc(k.rows, func(a, b *row) int { return b.rate.From.Compare(a.rate.From) })
	for i, r := range k.rows {
		end := r.to
		if i > 0 {
			newer := k.rows[i-1]
			switch {
			case newer.rate.From == r.rate.From:
				return list, refused("class", k.Code, "given twice from the same day on, on "+newer.where()+" and "+r.where()+": keep one of the rates")
			case newer.rate.From.Before(end):
				return list, refused("to", r.to.String(), "given together with "+newer.where()+", on which another rate of the class begins earlier: let the one end when the other begins")
			case newer.rate.From == end:
				end = tax.Date{}
			}
		}
		if !end.IsZero() && !r.rate.From.Before(end) {
			return list, refused("to", r.to.String(), "given with a first day that is not before it: write the first day on which the rate holds no more")
		}
		if !end.IsZero() {
			list = append(list, tax.Rate{From: end, Effect: tax.End})
		}
		rate := r.rate
		rate.Tax.Code = r.tax
		list = append(list, rate)
	}
	return list, nil
}

// where returns where a row is, for people.
func (r *row) where() string {
	if r.line > 0 {
		return "line " + strconv.FormatInt(r.line, 10)
	}
	return r.path
}

// documents makes documents of rows, country by country. An error of the rows ends them.
func documents(rows iter.Seq2[*row, error], source string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		var open *country
		pass := func() bool {
			if open == nil {
				return true
			}
			for r := range open.records() {
				if !yield(r, nil) {
					return false
				}
			}
			return true
		}
		for r, err := range rows {
			if err != nil {
				if pass() {
					yield(store.Record{}, err)
				}
				return
			}
			code := r.location.Country
			if open == nil || code != open.code {
				if !pass() {
					return
				}
				open = &country{code: code, source: source, at: make(map[tax.Location]*place)}
			}
			if code != "" {
				open.add(r)
			} else if !yield(r.refusal(), nil) { // nobody can tell what it belongs to
				return
			}
		}
		pass()
	}
}

// refused returns the error for a value of a file.
func refused(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: value[:min(len(value), 64)], Reason: reason}
}
