package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// mapping says which column of a table is what.
type mapping struct {
	columns  map[string]string // the name in the file by ours
	fraction bool
}

var fields = []string{"country", "region", "postcode", "class", "rate", "from", "to"}

func newMapping(text string, fraction bool) (mapping, error) {
	m := mapping{map[string]string{}, fraction}
	for pair := range strings.SplitSeq(text, ",") {
		ours, theirs, ok := strings.Cut(pair, "=")
		if !ok || !slices.Contains(fields, ours) || theirs == "" {
			return m, fmt.Errorf("columns: %q: write %s=NAME", pair, strings.Join(fields, "=NAME, "))
		}
		m.columns[ours] = theirs
	}
	return m, nil
}

// readCSV reads a table with a header. Without a class, a row is about the standard rate.
func readCSV(text []byte, m mapping) (list []foreign, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w", err)
	}
	at := map[string]int{}
	for ours, theirs := range m.columns {
		if i := slices.Index(header, theirs); i >= 0 {
			at[ours] = i
		}
	}
	for _, needed := range []string{"country", "rate"} {
		if _, ok := at[needed]; !ok {
			return nil, fmt.Errorf("no column %q for the %s among %q: name it with -columns", m.columns[needed], needed, header)
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		cell := func(field string) string {
			if i, ok := at[field]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		f := foreign{line: fmt.Sprintf("line %d", line), country: cell("country"), region: cell("region"), postalCode: cell("postcode"), class: classCode(cell("class"))}
		for _, day := range []struct {
			into *tax.Date
			text string
		}{{&f.from, cell("from")}, {&f.to, cell("to")}} {
			if *day.into, err = dayOf(day.text); err != nil {
				return nil, fmt.Errorf("%s: %w", f.line, err)
			}
		}
		if err := f.read(cell("rate"), m.fraction); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
}

// readKdeldycke reads the CSV file of kdeldycke/vat-rates. A cell has several territories,
// one a line: a country, and after a hyphen a region or a postal code. A territory under a
// code of the Commission's is there under that of ISO as well, and so it is left out.
func readKdeldycke(text []byte, _ mapping) (list []foreign, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("no header")
	}
	column := func(names ...string) int {
		return slices.IndexFunc(rows[0], func(name string) bool { return slices.Contains(names, name) })
	}
	from, to, codes, rate, kind := column("start_date"), column("stop_date"), column("territory_codes"), column("rate", "standard_rate"), column("rate_type")
	if min(from, to, codes, rate) < 0 {
		return nil, fmt.Errorf("the header is %q, without start_date, stop_date, territory_codes or rate", rows[0])
	}
	for i, row := range rows[1:] {
		for territory := range strings.FieldsSeq(row[codes]) {
			f := foreign{line: fmt.Sprintf("row %d (%s)", i+2, territory), class: standard}
			if kind >= 0 {
				f.class = classCode(row[kind])
				f.loose = f.class != standard
			}
			country, rest, _ := strings.Cut(territory, "-")
			if l, err := tax.ParseLocation(country, ""); err != nil || l.Country != country {
				continue
			}
			if f.country, f.region = country, rest; rest != "" {
				if _, err := tax.ParseLocation(country, rest); err != nil {
					f.region, f.postalCode = "", rest
				}
			}
			if f.from, err = dayOf(row[from]); err == nil {
				f.to, err = dayOf(row[to])
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.line, err)
			}
			if err := f.read(row[rate], true); err != nil {
				return nil, err
			}
			list = append(list, f)
		}
	}
	return list, nil
}
