package orders

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// columns are those that a file may have. It may also have others.
var columns = [...]string{"country", "region", "postal_code", "class", "net", "gross", "currency", "date"}

const (
	country = iota
	region
	postalCode
	class
	net
	gross
	currency
	date
)

// maxLineBytes bounds a line: a quote that nobody closes makes one of the rest of the file.
const maxLineBytes = 1 << 20

// file reads orders.
type file struct {
	rows       rows
	width      int
	at         [len(columns)]int // the position of each of the columns, -1 without it
	asks       []int             // the columns of a question that the file has
	questions  map[string]*question
	key        []byte     // of questions
	room       []question // for those that come
	hits       int        // how often a question was one of those that are kept
	apart      bool       // questions are not kept: hardly any comes again
	currencies map[string]*Currency
	standard   *Currency // of a line that names none
}

// order is a line as it was read.
type order struct {
	number int
	*question
	gross  bool
	amount int64
	err    error // why it was refused
}

// question is what a line asks. Lines that ask the same share it, with the answer.
type question struct {
	lookup        tax.Lookup
	currency      *Currency
	answered      bool
	before, after tax.Resolution
	class         string
	total         *total
	texts         rateTexts
}

// open reads the header.
func open(r io.Reader, standard string) (*file, error) {
	f := &file{rows: newRows(r), questions: map[string]*question{}, currencies: map[string]*Currency{}}
	cells, _, err := f.rows.next()
	if err == io.EOF {
		return nil, &tax.InputError{Field: "header", Reason: "missing: the first line names the columns, such as country,class,net"}
	}
	if err != nil {
		return nil, err
	}
	var header []string
	for _, c := range cells {
		header = append(header, string(c))
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // of Excel
	f.width = len(header)
	for i, name := range columns {
		f.at[i] = slices.Index(header, name)
		if f.at[i] >= 0 && slices.Contains(header[f.at[i]+1:], name) {
			return nil, &tax.InputError{Field: "header", Value: name, Reason: "given twice: a column has a name of its own"}
		}
		if f.at[i] >= 0 && i != net && i != gross {
			f.asks = append(f.asks, i)
		}
	}
	if f.at[country] < 0 || f.at[net] < 0 && f.at[gross] < 0 {
		return nil, &tax.InputError{Field: "header", Value: clip(strings.Join(header, ",")), Reason: "missing: write the columns country and net or gross, with commas between"}
	}
	if standard != "" {
		f.standard, err = f.currencyOf(standard)
	} else if f.at[currency] < 0 {
		err = &tax.InputError{Field: "currency", Reason: "missing: pass --currency, or add a column currency"}
	}
	return f, err
}

// next returns the next order. An [tax.InputError] is about this one alone.
func (f *file) next() (q order, err error) {
	row, line, err := f.rows.next()
	if q.number = line; err != nil {
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			err = &tax.InputError{Field: "line", Reason: "not a line of CSV: " + syntax.Err.Error()}
		}
		return q, err
	}
	if len(row) != f.width {
		return q, &tax.InputError{Field: "line", Reason: "not a line of this table: it has another number of columns than the header"}
	}
	if q.question, err = f.question(row); err != nil {
		return q, err
	}
	amount, with, field := f.cell(row, net), f.cell(row, gross), "net"
	if len(with) > 0 {
		if len(amount) > 0 {
			return q, &tax.InputError{Field: "gross", Value: clip(string(with)), Reason: "given together with net: leave one of them empty"}
		}
		amount, field, q.gross = with, "gross", true
	}
	q.amount, err = q.currency.parse(field, amount)
	return q, err
}

// cell returns what a row has in one of the columns; nothing without it.
func (f *file) cell(row [][]byte, column int) []byte {
	if i := f.at[column]; i >= 0 {
		return row[i]
	}
	return nil
}

// maxQuestions bounds how many questions are kept, and maxKeyBytes the texts of each.
const maxQuestions, maxKeyBytes = 1 << 14, 256

// question returns what a row asks.
func (f *file) question(row [][]byte) (*question, error) {
	f.key = f.key[:0]
	for _, column := range f.asks {
		cell := row[f.at[column]]
		f.key = binary.AppendUvarint(f.key, uint64(len(cell)))
		f.key = append(f.key, cell...)
	}
	if f.apart || len(f.key) > maxKeyBytes {
		return f.read(string(f.key))
	}
	if q := f.questions[string(f.key)]; q != nil {
		f.hits++
		return q, nil
	}
	key := string(f.key)
	q, err := f.read(key)
	if err != nil {
		return nil, err
	}
	if len(f.questions) == maxQuestions {
		clear(f.questions)
		f.apart, f.hits = f.hits < maxQuestions, 0
	}
	f.questions[key] = q
	return q, nil
}

// read returns the question of a key.
func (f *file) read(key string) (*question, error) {
	var texts [len(columns)]string
	for _, column := range f.asks {
		n, width := binary.Uvarint([]byte(key[:min(len(key), binary.MaxVarintLen32)]))
		end := width + int(n)
		texts[column], key = key[width:end], key[end:]
	}
	if len(f.room) == 0 {
		f.room = make([]question, 128)
	}
	q := &f.room[0]
	f.room = f.room[1:]
	*q = question{currency: f.standard}
	q.lookup = tax.Lookup{Country: texts[country], Region: texts[region], PostalCode: texts[postalCode], Class: texts[class]}
	var err error
	if texts[date] != "" {
		if q.lookup.Date, err = tax.ParseDate(texts[date]); err != nil {
			return nil, err
		}
	}
	if texts[currency] != "" {
		q.currency, err = f.currencyOf(texts[currency])
	} else if q.currency == nil {
		err = &tax.InputError{Field: "currency", Reason: "missing: write a code such as EUR, or pass --currency"}
	}
	return q, err
}

// currencyOf returns a currency. Those that were found are kept.
func (f *file) currencyOf(code string) (*Currency, error) {
	if c := f.currencies[code]; c != nil {
		return c, nil
	}
	rounding, err := tax.RoundingFor(code)
	if err != nil {
		return nil, err
	}
	upper := strings.ToUpper(code)
	c := f.currencies[upper]
	if c == nil {
		c = &Currency{Code: upper, rounding: rounding, decimals: int(rounding.Scale())}
		f.currencies[upper] = c
	}
	f.currencies[strings.Clone(code)] = c // of a longer text
	return c, nil
}

// clip shortens a text of the file for a message.
func clip(text string) string {
	const most = 60
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return strings.ToValidUTF8(text, "�")
}
