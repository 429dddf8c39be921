package main

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/csvtable"
)

// inputs are the tables, checked line by line.
type inputs struct {
	checksum [sha256.Size]byte
	rates    []*rateRow
	names    []*nameRow
	regions  []*regionRow
	shapes   shapes
	zones    []*zoneRow
	postal   []*postalRow
	sources  []*sourceRow
}

// rateRow is a row of rates.csv: a rate of a class from one day until another.
type rateRow struct {
	line                                   string
	country, region, postcodes, tax, class string
	percent                                decimal.Decimal
	from, to                               tax.Date // to is exclusive; a zero day is an open end
	isDefault                              bool
	evidence                               tax.Evidence
	used                                   bool
}

// nameRow is a row of names.csv.
type nameRow struct {
	line                       string
	country, class, lang, name string
	used                       bool
}

// regionRow is a row of regionnames.csv.
type regionRow struct {
	line                        string
	country, region, lang, name string
	used                        bool
}

// zoneRow is a row of zones.csv.
type zoneRow struct {
	line                  string
	country, region, zone string
	used                  bool
}

// sourceRow is a row of sources.csv.
type sourceRow struct {
	line                    string
	id, name, address, date string
	used                    bool
}

var statuses = map[string]tax.Status{
	tax.Agreed.String():   tax.Agreed,
	tax.Single.String():   tax.Single,
	tax.Disputed.String(): tax.Disputed,
}

func readInputs(data string) (*inputs, error) {
	in := &inputs{}
	var err error
	if in.checksum, err = checksum(data); err != nil {
		return nil, err
	}
	var f faults
	table := func(name, columns string, read func(line string, cells []string) error) {
		if err := readTable(filepath.Join(data, name), columns, read); err != nil {
			f = append(f, err)
		}
	}
	table("sources.csv", "id,name,address,version,date,licence", func(line string, c []string) error {
		in.sources = append(in.sources, &sourceRow{line: line, id: c[0], name: c[1], address: c[2], date: c[4]})
		if c[0] == "" || c[1] == "" {
			return fmt.Errorf("a source needs an id and a name")
		}
		return nil
	})
	table("rates.csv", "country,region,postcodes,tax,class,rate,valid_from,valid_to,default,status,sources,verified", func(line string, c []string) error {
		r, err := in.rate(line, c)
		in.rates = append(in.rates, r)
		return err
	})
	table("names.csv", "country,class,lang,name", func(line string, c []string) error {
		in.names = append(in.names, &nameRow{line: line, country: c[0], class: c[1], lang: c[2], name: c[3]})
		return nil
	})
	table("regionnames.csv", "country,region,lang,name,source", func(line string, c []string) error {
		in.regions = append(in.regions, &regionRow{line: line, country: c[0], region: c[1], lang: c[2], name: c[3]})
		_, err := in.cite(c[4])
		return err
	})
	table("zones.csv", "country,region,zone,source", func(line string, c []string) error {
		in.zones = append(in.zones, &zoneRow{line: line, country: c[0], region: c[1], zone: c[2]})
		_, err := in.cite(c[3])
		return err
	})
	table("postal.csv", "country,prefix,region,note,source", func(line string, c []string) error {
		in.postal = append(in.postal, &postalRow{line: line, country: c[0], prefix: c[1], regions: strings.Fields(c[2])})
		_, err := in.cite(c[4])
		return err
	})
	table("shapes.csv", "kind,country,region,class,tax,key,value,source", func(line string, c []string) error {
		s := &shape{line: line, kind: c[0], country: c[1], region: c[2], class: c[3], tax: c[4], key: c[5], value: c[6]}
		in.shapes = append(in.shapes, s)
		var err error
		s.sources, err = in.cite(c[7])
		if !slices.Contains(shapeKinds, s.kind) {
			return fmt.Errorf("no such kind: %q", s.kind)
		}
		return err
	})
	return in, f.err()
}

func (in *inputs) rate(line string, c []string) (*rateRow, error) {
	r := &rateRow{line: line, country: c[0], region: c[1], postcodes: c[2], tax: c[3], class: c[4], isDefault: c[8] == "true"}
	var f faults
	var err error
	if r.percent, err = tax.Percent(c[5]); err != nil {
		f = append(f, err)
	}
	if r.percent.Exponent() < -maxDecimals {
		f.addf("%s has more than %d decimals, for which the packed form has no room", c[5], maxDecimals)
	}
	if r.percent.Sign() == 0 {
		r.percent = decimal.Decimal{} // the same form of zero as in entries without a row
	}
	if r.from, err = dayOrNone(c[6]); err != nil {
		f = append(f, err)
	}
	if r.to, err = dayOrNone(c[7]); err != nil {
		f = append(f, err)
	}
	if c[8] != "true" && c[8] != "false" {
		f.addf("default is %q: write true or false", c[8])
	}
	if !r.to.IsZero() && !r.from.Before(r.to) {
		f.addf("ends on %s, which is not after its first day", r.to)
	}
	status, ok := statuses[c[9]]
	if !ok {
		f.addf("no such status: %q", c[9])
	}
	r.evidence.Status = status
	if r.evidence.Sources, err = in.cite(c[10]); err != nil {
		f = append(f, err)
	}
	if r.evidence.VerifiedSince, err = verifiedSince(c[11], r.from); err != nil {
		f = append(f, err)
	}
	return r, f.err()
}

// verifiedSince reads the day on which an entry without a first day was first verified.
func verifiedSince(cell string, from tax.Date) (tax.Date, error) {
	if (cell == "") == from.IsZero() {
		return tax.Date{}, fmt.Errorf("verified is %q: give the day if there is no first day, and only then", cell)
	}
	return dayOrNone(cell)
}

// cite splits a list of source ids, checks that each is known, and marks it as
// used.
func (in *inputs) cite(cell string) ([]string, error) {
	ids := strings.Split(cell, ";")
	var f faults
	for i, id := range ids {
		n := slices.IndexFunc(in.sources, func(s *sourceRow) bool { return s.id == id })
		if n < 0 {
			f.addf("source %q is not in sources.csv", id)
			continue
		}
		if slices.Contains(ids[:i], id) {
			f.addf("source %q is given twice", id)
		}
		in.sources[n].used = true
	}
	return ids, f.err()
}

func dayOrNone(s string) (tax.Date, error) {
	if s == "" {
		return tax.Date{}, nil
	}
	return tax.ParseDate(s)
}

// readTable reads a file with the given header. It calls read for each row, with a
// description of its position.
func readTable(path, columns string, read func(line string, cells []string) error) error {
	rows, err := csvtable.Read(path, columns)
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	var f faults
	for i, cells := range rows {
		line := fmt.Sprintf("%s row %d (%s)", name, i+1, strings.Join(cells, ","))
		for _, cell := range cells {
			if cell != strings.TrimSpace(cell) {
				f.addf("%s: a cell begins or ends with a space", line)
			}
		}
		if err := read(line, cells); err != nil {
			f.addf("%s: %w", line, err)
		}
	}
	return f.err()
}
