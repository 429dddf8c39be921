package orders

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
)

// rowsOf returns all rows of a text with their lines, and the error that ends it.
func rowsOf(next func() ([]string, int, error)) string {
	var b strings.Builder
	for {
		row, line, err := next()
		var syntax *csv.ParseError
		switch {
		case errors.As(err, &syntax):
			fmt.Fprintf(&b, "%d: %v\n", line, syntax.Err)
		case err != nil:
			return b.String() + err.Error()
		default:
			fmt.Fprintf(&b, "%d: %q\n", line, row)
		}
	}
}

// checkRows compares with encoding/csv, which reads every row.
func checkRows(t *testing.T, text []byte) {
	c := csv.NewReader(bytes.NewReader(text))
	c.FieldsPerRecord = -1
	want := rowsOf(func() ([]string, int, error) {
		row, err := c.Read()
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			return nil, syntax.StartLine, err
		}
		line := 0
		if err == nil {
			line, _ = c.FieldPos(0)
		}
		return row, line, err
	})
	for _, in := range []io.Reader{bytes.NewReader(text), iotest.HalfReader(bytes.NewReader(text)), iotest.OneByteReader(bytes.NewReader(text))} {
		r := newRows(in)
		assert.Equal(t, want, rowsOf(func() (row []string, line int, err error) {
			cells, line, err := r.next()
			for _, cell := range cells {
				row = append(row, string(cell))
			}
			return row, line, err
		}), "%q", text)
	}
}

var rowTexts = []string{
	"", "a", "a,b\n", "a,b\r\nc\r\r\n", "\n\r\n\na\n\n", ",,\n,\n", "a,\"b\nc\"\nd\n", "\"a\r\nb\"\n\nc,\"\n\n\"\nd\ne\n",
	"a\nb\"c\nd\n", "a\n\"b\"c\nd\n", "a\n\"b\nc\"d\n\ne\n", "a\n\"b\nc", "\"\"\"\"\n\"\",\"\"\n", "a\r", "\r\n\ra\n", "\x00,\xff\n",
}

func TestRowsAreThoseOfEncodingCSV(t *testing.T) {
	for _, text := range rowTexts {
		checkRows(t, []byte(text))
	}
	long := strings.Repeat("x,y\n\"p\nq\",z\n", 30_000) // several buffers
	checkRows(t, []byte(long))
}

func FuzzRows(f *testing.F) {
	for _, text := range rowTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(checkRows)
}
