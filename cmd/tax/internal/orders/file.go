package orders

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// columns are those that a file may have. It may also have others.
var columns = []string{"country", "region", "postal_code", "class", "net", "gross", "currency", "date"}

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
	rows       *csv.Reader
	bounded    *bounded
	width      int
	at         [8]int // the position of each of the columns, -1 without it
	currencies map[string]*Currency
	standard   *Currency // of a line that names none
}

// order is a line as it was read.
type order struct {
	number   int
	lookup   tax.Lookup
	gross    bool
	amount   int64
	currency *Currency
}

// bounded is a reader that reads no more than a line may have.
type bounded struct {
	io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.Reader.Read(p)
	b.left -= n
	return n, err
}

var errTooLong = errors.New("longer than 1 MiB: look for a quote that is not closed")

// open reads the header.
func open(r io.Reader, standard string) (*file, error) {
	f := &file{bounded: &bounded{r, maxLineBytes}, currencies: map[string]*Currency{}}
	f.rows = csv.NewReader(f.bounded)
	f.rows.ReuseRecord, f.rows.FieldsPerRecord = true, -1
	header, err := f.rows.Read()
	if err == io.EOF {
		return nil, &tax.InputError{Field: "header", Reason: "missing: the first line names the columns, such as country,class,net"}
	}
	if err != nil {
		return nil, err
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // of Excel
	f.width = len(header)
	for i, name := range columns {
		f.at[i] = slices.Index(header, name)
		if f.at[i] >= 0 && slices.Contains(header[f.at[i]+1:], name) {
			return nil, &tax.InputError{Field: "header", Value: name, Reason: "given twice: a column has a name of its own"}
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
	f.bounded.left = maxLineBytes
	row, err := f.rows.Read()
	if err != nil {
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			q.number = syntax.StartLine
			err = &tax.InputError{Field: "line", Reason: "not a line of CSV: " + syntax.Err.Error()}
		}
		return q, err
	}
	q.number, _ = f.rows.FieldPos(0)
	if len(row) != f.width {
		return q, &tax.InputError{Field: "line", Reason: "not a line of this table: it has another number of columns than the header"}
	}
	cell := func(column int) string {
		if i := f.at[column]; i >= 0 {
			return row[i]
		}
		return ""
	}
	q.lookup = tax.Lookup{Country: cell(country), Region: cell(region), PostalCode: cell(postalCode), Class: cell(class)}
	if day := cell(date); day != "" {
		if q.lookup.Date, err = tax.ParseDate(day); err != nil {
			return q, err
		}
	}
	if q.currency = f.standard; cell(currency) != "" {
		q.currency, err = f.currencyOf(cell(currency))
	} else if q.currency == nil {
		err = &tax.InputError{Field: "currency", Reason: "missing: write a code such as EUR, or pass --currency"}
	}
	if err != nil {
		return q, err
	}
	amount, field := cell(net), "net"
	if with := cell(gross); with != "" {
		if amount != "" {
			return q, &tax.InputError{Field: "gross", Value: clip(with), Reason: "given together with net: leave one of them empty"}
		}
		amount, field, q.gross = with, "gross", true
	}
	q.amount, err = q.currency.parse(field, amount)
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
	f.currencies[strings.Clone(code)] = c
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
