package orders

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
)

// rows reads the rows of a CSV file, as encoding/csv does. That makes a text of each row,
// which takes longer than to price it; so only a row with a quote in it, or one of which the
// end was not read yet, is left to it.
type rows struct {
	in      *bufio.Reader
	bounded *bounded
	csv     *csv.Reader // reads from in
	quoted  int         // lines that csv has read
	plain   int         // lines that it has not
	cells   [][]byte
	texts   []byte // of the cells of a row that csv has read
}

func newRows(r io.Reader) rows {
	b := &bounded{Reader: r}
	in := bufio.NewReaderSize(b, 1<<16)
	c := csv.NewReader(in) // which takes a large bufio.Reader as it is
	c.ReuseRecord, c.FieldsPerRecord = true, -1
	return rows{in: in, bounded: b, csv: c}
}

// next returns the cells of the next row, and the line on which it begins. They are valid
// until the next call. A [csv.ParseError] is about this row alone.
func (r *rows) next() (cells [][]byte, line int, err error) {
	r.bounded.left = maxLineBytes
	for {
		ahead, err := r.in.Peek(r.in.Buffered())
		end := bytes.IndexByte(ahead, '\n')
		if err != nil || end < 0 || bytes.IndexByte(ahead[:end], '"') >= 0 {
			return r.parse()
		}
		_, _ = r.in.Discard(end + 1) // was read already
		r.plain++
		if text := bytes.TrimSuffix(ahead[:end], []byte{'\r'}); len(text) > 0 { // empty lines are no rows
			return r.split(text), r.quoted + r.plain, nil
		}
	}
}

// split returns the cells of a row without quotes.
func (r *rows) split(row []byte) [][]byte {
	r.cells = r.cells[:0]
	for {
		end := bytes.IndexByte(row, ',')
		if end < 0 {
			r.cells = append(r.cells, row)
			return r.cells
		}
		r.cells = append(r.cells, row[:end])
		row = row[end+1:]
	}
}

// parse leaves the next row to encoding/csv.
func (r *rows) parse() (cells [][]byte, line int, err error) {
	row, err := r.csv.Read()
	if err != nil {
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			line, r.quoted = r.plain+syntax.StartLine, syntax.Line
		}
		return nil, line, err
	}
	r.cells, r.texts = r.cells[:0], r.texts[:0]
	for _, cell := range row {
		r.texts = append(r.texts, cell...)
	}
	rest := r.texts
	for _, cell := range row {
		r.cells, rest = append(r.cells, rest[:len(cell)]), rest[len(cell):]
	}
	last := len(row) - 1
	begin, _ := r.csv.FieldPos(0)
	end, _ := r.csv.FieldPos(last)
	r.quoted = end + bytes.Count(r.cells[last], []byte{'\n'})
	return r.cells, r.plain + begin, nil
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

var errTooLong = tooLong{}

// tooLong is the error for a line that is longer than [maxLineBytes]. It ends the file.
type tooLong struct{}

func (tooLong) Error() string { return "a line longer than 1 MiB: look for a quote that is not closed" }

// Code returns the code of the error.
func (tooLong) Code() string { return "too_long" }
