package foreign

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Table describes a CSV file with a header, such as one from a spreadsheet: each row is the
// rate of a class at a place from a day on. The rows of a country are next to each other,
// in any order.
//
// A column has one of these meanings. Only country and percent are needed.
//
//	country    a code: DE, DEU, EL
//	region     the code of a region: QC, CA-QC, X-HELGOLAND
//	postcodes  postal codes of the region: 6691,6991-6993,BT*. Without a region they make a
//	           private one with the name of the first code: X-6691
//	tax        the code of the tax: VAT
//	class      the code of the class; STANDARD if it is empty
//	percent    19, 19.0, 19,0 and 19 % are the same; an empty cell is refused
//	from       the first day: 2007-01-01 or 01.01.2007; empty if it is not known
//	to         the first day on which the rate holds no more; the class ends then unless
//	           another row begins
//	default    true or false; without the column, STANDARD is the default
//	effect     replace, add, addCompound, inherit or end: see [tax.Effect]
//	treatment  taxable, zeroRated, exempt, outsideScope ...: see [tax.Treatment]
//	status     agreed, single, undated or disputed: see [tax.Status]
//	sources    the sources of the rate, with semicolons between them
//	name.LANG  the name of the class in a language: name.en, name.pt-BR
//
// Cells may have spaces around them. A byte order mark, ends of lines of Windows, a first line
// such as sep=; and rows whose cells are all empty are read over. A percentage with a percent
// sign is never a fraction. A day may have midnight after it, but no other time. The rows of a
// class have one name of it in each language, or none.
type Table struct {
	// Columns are the names of the columns in the header by their meaning. A column that
	// is named here must be there, and may have several meanings. A meaning that is not named here has the column of its
	// own name, if there is one. Other columns of the file are not read.
	Columns map[string]string
	// Comma separates the cells. Zero stands for the one of comma, semicolon and tab that
	// the header has most of.
	Comma rune
	// Fraction says that 0.19 is 19 %.
	Fraction bool
	// OnTop are the codes of taxes that a region charges on top of its country's. A row with
	// one of them has the effect add unless the column effect says otherwise. Without, the
	// percentage of a region is all that is charged there, whatever its tax is.
	OnTop []string
	// Source is the Source in the metadata of the documents.
	Source string
}

// Rates is the format of a CSV file with the columns country, region, postcodes, tax,
// class, rate, valid_from, valid_to, default, status and sources, as rates/data/rates.csv
// in this repository has them. Evidence and sources are kept.
//
// Taxes with the codes PST and QST are charged on top of the country's, everything else
// instead of it. What no column of the file says is not in the documents either: taxes on
// taxes, treatments, components, time zones. A country with several rates of one class on
// one day is refused.
func Rates(r io.Reader, recordBytes int64) iter.Seq2[store.Record, error] {
	t := Table{
		Columns: map[string]string{"percent": "rate", "from": "valid_from", "to": "valid_to"},
		OnTop:   []string{"PST", "QST"},
	}
	return t.Format(r, recordBytes)
}

// meanings are those of columns, without those of names.
var meanings = []string{"country", "region", "postcodes", "tax", "class", "percent", "from", "to", "default", "effect", "treatment", "status", "sources"}

const namePrefix = "name."

// Format reads the table: it is a store.Format.
func (t Table) Format(r io.Reader, recordBytes int64) iter.Seq2[store.Record, error] {
	return documents(func(yield func(*row, error) bool) {
		limit := newBounded(r, recordBytes)
		in, err := decoded(limit)
		var table *table
		if err == nil {
			table, err = t.open(in)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for {
			limit.reset()
			row, err := table.next()
			if err == nil && row == nil {
				continue
			}
			if errors.Is(err, io.EOF) || !yield(row, err) || err != nil {
				return
			}
		}
	}, t.Source)
}

// table is a table that is being read.
type table struct {
	Table
	csv     *csv.Reader
	header  []string
	columns map[string]int // by meaning
	names   []string       // the languages of the names
	skipped int64          // lines before the header
}

// open reads the header.
func (t Table) open(in *bufio.Reader) (*table, error) {
	opened := &table{Table: t, columns: make(map[string]int)}
	comma, err := opened.separator(in)
	if err != nil {
		return nil, err
	}
	if t.Comma == 0 {
		opened.Comma = comma
	}
	if c := opened.Comma; c == '"' || c == '\r' || c == '\n' || !utf8.ValidRune(c) || c == utf8.RuneError {
		return nil, refused("comma", string(c), "not a character that can separate cells: use a comma, a semicolon or a tab")
	}
	opened.csv = csv.NewReader(in)
	opened.csv.Comma, opened.csv.FieldsPerRecord, opened.csv.ReuseRecord = opened.Comma, -1, true
	header, err := opened.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, refused("header", "", "missing: the first line names the columns")
	}
	if err != nil {
		return nil, opened.fault(err)
	}
	opened.header = slices.Clone(header)
	for i := range opened.header {
		opened.header[i] = strings.TrimSpace(opened.header[i])
	}
	return opened, opened.find()
}

// separator returns what separates the cells of the header. A line sep=; before it, which
// spreadsheets write, is read.
func (t *table) separator(in *bufio.Reader) (rune, error) {
	line, err := in.Peek(in.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, malformed(err)
	}
	text, _, _ := strings.Cut(string(line), "\n")
	if rest, ok := strings.CutPrefix(strings.TrimRight(text, "\r"), "sep="); ok && len(rest) == 1 {
		in.Discard(len(text) + 1)
		t.skipped = 1
		return rune(rest[0]), nil
	}
	counts := make(map[rune]int)
	quoted := false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best, nil
}

// find finds the columns in the header.
func (t *table) find() error {
	for _, meaning := range slices.Sorted(maps.Keys(t.Columns)) {
		if !slices.Contains(meanings, meaning) && !strings.HasPrefix(meaning, namePrefix) {
			return refused("columns", meaning, "no such meaning of a column: use "+strings.Join(meanings, ", ")+", or name. and a language")
		}
		if !slices.Contains(t.header, t.Columns[meaning]) {
			return refused("columns", t.Columns[meaning], "no such column for the "+meaning+": the header has "+t.listed())
		}
	}
	for i, name := range t.header {
		if name != "" && slices.Contains(t.header[:i], name) {
			return refused("header", name, "given twice: name each column once")
		}
		if _, ok := t.Columns[name]; !ok {
			t.mean(name, i)
		} // otherwise another column was given for it, or it comes next
		for meaning, column := range t.Columns {
			if column == name {
				t.mean(meaning, i)
			}
		}
	}
	slices.Sort(t.names)
	for _, needed := range []string{"country", "percent"} {
		if _, ok := t.columns[needed]; !ok {
			return refused("columns", needed, "missing: name the column of the "+needed+"; the header has "+t.listed())
		}
	}
	return nil
}

// mean notes the meaning of a column, if it is one.
func (t *table) mean(meaning string, column int) {
	if language, ok := strings.CutPrefix(meaning, namePrefix); ok {
		t.names = append(t.names, language)
	} else if !slices.Contains(meanings, meaning) {
		return
	}
	t.columns[meaning] = column
}

// listed returns the names of the columns, for an error.
func (t *table) listed() string {
	const most = 256
	all := strings.Join(t.header, ", ")
	if len(all) <= most {
		return all
	}
	return strings.ToValidUTF8(all[:most], "") + " ..."
}

// next reads a row. It returns nil for one without anything, as spreadsheets write them below
// the others. Its error ends the table.
func (t *table) next() (*row, error) {
	cells, err := t.csv.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return &row{line: int64(wrong.StartLine) + t.skipped, err: refused("row", "", "not a row of CSV: "+wrong.Err.Error())}, nil
	case err != nil:
		return nil, t.fault(err)
	}
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return nil, nil
	}
	line, _ := t.csv.FieldPos(0)
	r := &row{line: int64(line) + t.skipped}
	t.fill(r, cells)
	return r, nil
}

// fault returns the error for a table that cannot be read further.
func (t *table) fault(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return refused("header", "", "not a row of CSV: "+wrong.Err.Error())
	}
	return malformed(err)
}

// fill sets what the cells say. The first fault is that of the row.
func (t *table) fill(r *row, cells []string) {
	cell := func(meaning string) string {
		i, ok := t.columns[meaning]
		if !ok || i >= len(cells) {
			return ""
		}
		return strings.Clone(strings.TrimSpace(cells[i]))
	}
	try := func(meaning string, err error) {
		if err == nil || r.err != nil {
			return
		}
		r.err = err
		var input *tax.InputError
		if errors.As(err, &input) {
			r.err = input.At("") // the column says it
		}
		if r.path = meaning; t.Columns[meaning] != "" {
			r.path = t.Columns[meaning]
		}
	}
	var err error
	r.location, err = tax.ParseLocation(cell("country"), cell("region"))
	if errors.Is(err, tax.ErrUnknownRegion) {
		try("region", err)
	}
	try("country", err) // unless it was the region
	if len(cells) != len(t.header) {
		try("row", refused("row", "", "pass the number of cells that the header has, "+strconv.Itoa(len(t.header))+", not "+strconv.Itoa(len(cells))))
	}
	for _, c := range cells {
		if !utf8.ValidString(c) {
			try("row", refused("row", "", "not valid UTF-8: save the file as UTF-8"))
		}
	}
	r.postalCodes, err = postalCodesOf(cell("postcodes"))
	try("postcodes", err)
	r.tax, r.class = cell("tax"), cell("class")
	if r.class == "" {
		r.class = standard
	}
	if _, ok := t.columns["default"]; ok {
		r.standard, err = flagOf(cell("default"))
		try("default", err)
	} else {
		r.standard = r.class == standard
	}
	t.fillRate(r, cell, try)
	for _, language := range t.names {
		if name := cell(namePrefix + language); name != "" {
			if r.names == nil {
				r.names = make(map[string]string)
			}
			r.names[language] = name
		}
	}
}

// fillRate sets the entry of a row.
func (t *table) fillRate(r *row, cell func(string) string, try func(string, error)) {
	var err error
	if text := cell("effect"); text != "" {
		try("effect", r.rate.Effect.UnmarshalText([]byte(text)))
	} else if r.location.Region != "" && slices.Contains(t.OnTop, r.tax) {
		r.rate.Effect = tax.Add
	}
	if text := cell("treatment"); text != "" {
		try("treatment", r.rate.Treatment.UnmarshalText([]byte(text)))
	}
	if e := r.rate.Effect; cell("percent") != "" || e != tax.Inherit && e != tax.End {
		r.rate.Percent, err = percentOf(cell("percent"), t.Fraction)
		try("percent", err)
	}
	r.rate.From, err = dayOf(cell("from"))
	try("from", err)
	r.to, err = dayOf(cell("to"))
	try("to", err)
	if text := cell("status"); text != "" {
		try("status", r.rate.Evidence.Status.UnmarshalText([]byte(text)))
	}
	for source := range strings.SplitSeq(cell("sources"), ";") {
		if source = strings.TrimSpace(source); source != "" {
			r.rate.Evidence.Sources = append(r.rate.Evidence.Sources, source)
		}
	}
}
