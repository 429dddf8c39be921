package store

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"github.com/taxresolve/tax"
)

// text splits a JSON text into its values or lines, without holding more than one of them.
type text struct {
	r    *bufio.Reader
	line int64 // the number of the line that is read, from 1 on
	most int64 // the size of the largest value or line
	buf  []byte

	began, inList bool
	index         int // of the next value in the list
}

// value is a value or a line.
type value struct {
	data    []byte // valid until the next one is read
	line    int64
	path    string
	tooLong bool // data is a part of it
}

func newText(r io.Reader, most int64) *text {
	if most <= 0 {
		most = defaultRecordBytes
	}
	if r == nil {
		r = noReader{}
	}
	return &text{r: bufio.NewReaderSize(r, 1<<16), line: 1, most: most}
}

// noReader stands for a nil reader.
type noReader struct{}

func (noReader) Read([]byte) (int, error) {
	return 0, &tax.InputError{Field: "reader", Value: "nil", Reason: "nil: pass what the records are read from"}
}

func (t *text) tooLong() error {
	return &tax.InputError{Field: "document", Reason: "larger than " + decimal(t.most) + " bytes: pass a higher limit or a smaller document"}
}

// begin reads the byte order mark that some programs write.
func (t *text) begin() error {
	t.began = true
	switch mark, _ := t.r.Peek(3); {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		t.r.Discard(3)
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return &tax.InputError{Field: "document", Reason: "not valid UTF-8: it is UTF-16, write it as UTF-8"}
	}
	return nil
}

// nextLine returns the rest of the line, without its end. The last one may be empty.
func (t *text) nextLine() (value, error) {
	v := value{line: t.line}
	t.buf = t.buf[:0]
	read := false
	for {
		part, err := t.r.ReadSlice('\n')
		read = read || len(part) > 0
		if room := t.most - int64(len(t.buf)); int64(len(bytes.TrimRight(part, "\r\n"))) > room {
			v.tooLong = true
		} else if !v.tooLong {
			t.buf = append(t.buf, part...)
		}
		switch {
		case err == nil:
			t.line++
		case err == bufio.ErrBufferFull:
			continue
		case err != io.EOF || !read:
			return v, err
		}
		v.data = t.buf
		return v, nil
	}
}

// value returns the next value: of the list if the text is one, else of the text itself.
// Its error is io.EOF when there is none.
func (t *text) value() (value, error) {
	if !t.began {
		if err := t.begin(); err != nil {
			return value{}, err
		}
		c, err := t.space()
		if err != nil {
			return value{}, err
		}
		if t.inList = c == '['; t.inList {
			t.r.ReadByte()
		}
	}
	c, err := t.space()
	if err != nil {
		return value{}, t.cutOff(err, t.inList)
	}
	if t.inList {
		if c == ']' {
			t.r.ReadByte()
			return value{}, t.nothingAfter()
		}
		if t.index > 0 {
			if c != ',' {
				return value{}, t.wrong(c, "want a comma or the end of the list")
			}
			t.r.ReadByte()
			if c, err = t.space(); err != nil {
				return value{}, t.cutOff(err, true)
			}
		}
	}
	if c != '{' {
		return value{}, t.wrong(c, "want an object")
	}
	v := value{line: t.line}
	if t.inList {
		v.path = "[" + strconv.Itoa(t.index) + "]"
	}
	t.index++
	err = t.object(&v)
	return v, err
}

// object reads an object, checking no more than its brackets and quotes.
func (t *text) object(v *value) error {
	t.buf = t.buf[:0]
	depth, quoted, escaped := 0, false, false
	for {
		c, err := t.r.ReadByte()
		if err != nil {
			return t.cutOff(err, true)
		}
		if c == '\n' {
			t.line++
		}
		if v.tooLong = v.tooLong || int64(len(t.buf)) >= t.most; !v.tooLong {
			t.buf = append(t.buf, c)
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				v.data = t.buf
				return nil
			}
		}
	}
}

// space reads over white space and returns the byte after it, which stays unread.
func (t *text) space() (byte, error) {
	for {
		c, err := t.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			t.line++
		case c != ' ' && c != '\t' && c != '\r':
			return c, t.r.UnreadByte()
		}
	}
}

// nothingAfter returns io.EOF unless something follows the list.
func (t *text) nothingAfter() error {
	c, err := t.space()
	if err != nil {
		return err
	}
	return t.wrong(c, "data after the list: pass one list")
}

// cutOff returns the error for a text that ends inside a value.
func (t *text) cutOff(err error, inside bool) error {
	if err == io.EOF && inside {
		return &tax.InputError{Field: "line " + decimal(t.line), Reason: "the document ends too early: it was cut off"}
	}
	return err
}

func (t *text) wrong(c byte, want string) error {
	return &tax.InputError{Field: "line " + decimal(t.line), Value: string(rune(c)), Reason: "not valid JSON: " + want}
}
