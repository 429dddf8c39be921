// Package strictjson reads JSON and refuses anything that its caller does not expect.
// It writes JSON as strictly: a value that JSON cannot hold is refused with its path.
//
// It does not read with encoding/json, which keeps the last of duplicate keys, ignores
// case, lets null leave a value unchanged, and replaces invalid UTF-8 and halves of
// surrogate pairs.
package strictjson

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Reader reads one JSON text, value by value. The caller says which type of value it
// expects next, so nothing is skipped or guessed, and values nest no deeper than the
// calls of the caller. After an error, the Reader must not be used any more.
type Reader struct {
	data  []byte
	pos   int
	path  Path
	fault Fault
	// tolerant is set by Tolerate.
	tolerant bool
}

// Fault returns the error for a value that is refused, from its path, the value or the
// beginning of it, and the reason, which says what to write instead.
type Fault func(path, value, reason string) error

// NewReader returns a reader for one JSON text. The text must not change while it is
// being read.
func NewReader(data []byte, fault Fault) Reader { return Reader{data: data, fault: fault} }

// Tolerate makes [Reader.Object] ignore fields that it does not know. A name that differs
// from that of a field only in upper and lower case stays an error.
func (r *Reader) Tolerate() { r.tolerant = true }

// Tolerant reports whether [Reader.Tolerate] was called.
func (r *Reader) Tolerant() bool { return r.tolerant }

// Members reads an object. It calls read for each member, and read must read the value
// of the member. A key can come more than once.
func (r *Reader) Members(read func(key string) error) error {
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	for first := true; ; first = false {
		if done, err := r.closed('}', first); done || err != nil {
			return err
		}
		if r.Peek() != '"' {
			return r.syntax("want a field name in double quotes")
		}
		key, err := r.Text()
		if err != nil {
			return err
		}
		r.path.PushField(key)
		if r.Peek() != ':' {
			return r.syntax("want a colon after the field name")
		}
		r.pos++
		if err := read(key); err != nil {
			return err
		}
		r.path.Pop()
	}
}

// Object reads an object that has only the given fields, each at most once. It calls
// read for each field that the object has, and read must read the value. See
// [Reader.Tolerate] for other fields.
func (r *Reader) Object(fields []string, read func(field string) error) error {
	var seen uint32
	return r.Members(func(key string) error {
		i := slices.Index(fields, key)
		switch {
		case i < 0 && r.tolerant && !Misspelt(key, fields):
			return r.Skip()
		case i < 0:
			return r.Refuse(key, UnknownKey(key, fields))
		case seen&(1<<i) != 0:
			return r.Refuse(key, DuplicateKey)
		}
		seen |= 1 << i
		return read(key)
	})
}

// Misspelt reports whether a key differs from that of a field in upper and lower case
// alone.
func Misspelt(key string, fields []string) bool {
	return slices.ContainsFunc(fields, func(field string) bool { return strings.EqualFold(field, key) })
}

// UnknownKey returns the reason to refuse a key that is not one of fields.
func UnknownKey(key string, fields []string) string {
	for _, field := range fields {
		if strings.EqualFold(field, key) {
			return "no such field: upper and lower case matter, write " + field
		}
	}
	return "no such field: use " + strings.Join(fields, ", ")
}

// DuplicateKey is the reason to refuse a key that the object already has.
const DuplicateKey = "given twice: keep one"

// List reads an array. It calls read for each element, and read must read the element.
func (r *Reader) List(read func(i int) error) error {
	if err := r.open('[', "a list"); err != nil {
		return err
	}
	for i := 0; ; i++ {
		if done, err := r.closed(']', i == 0); done || err != nil {
			return err
		}
		r.path.PushElement(i)
		if err := read(i); err != nil {
			return err
		}
		r.path.Pop()
	}
}

// Text reads a string.
func (r *Reader) Text() (string, error) {
	if err := r.open('"', "a string"); err != nil {
		return "", err
	}
	start := r.pos
	escaped := false
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c == '"':
			raw := r.data[start:r.pos]
			r.pos++
			if !utf8.Valid(raw) {
				return "", r.Refuse(string(raw), "not valid UTF-8: write the document in UTF-8")
			}
			if !escaped {
				return string(raw), nil
			}
			text, ok := unescape(raw)
			if !ok {
				return "", r.Refuse(string(raw), "an escape that JSON does not have: use \\\\ for a backslash, and both halves of a surrogate pair")
			}
			return text, nil
		case c == '\\':
			escaped = true
			r.pos += 2
		case c < ' ':
			return "", r.syntax("a control character in a string: escape it")
		default:
			r.pos++
		}
	}
	r.pos = len(r.data)
	return "", r.syntax("want the closing double quote of a string")
}

// Texts reads a list of strings.
func (r *Reader) Texts() (list []string, err error) {
	err = r.List(func(int) error {
		text, err := r.Text()
		list = append(list, text)
		return err
	})
	return list, err
}

// Flag reads true or false.
func (r *Reader) Flag() (bool, error) {
	r.Peek()
	for _, word := range [...]string{"true", "false"} {
		if r.at(word) {
			r.pos += len(word)
			return word == "true", nil
		}
	}
	return false, r.Mismatch("true or false")
}

// Null reads null if it comes next, and reports whether it did.
func (r *Reader) Null() bool {
	r.Peek()
	if !r.at("null") {
		return false
	}
	r.pos += len("null")
	return true
}

// Integer reads a whole number from low to high, without decimal point, exponent and
// leading zeros.
func (r *Reader) Integer(low, high int64) (int64, error) {
	if !numberStart(r.Peek()) {
		return 0, r.Mismatch("an integer")
	}
	text := r.Number()
	n, err := strconv.ParseInt(text[:min(len(text), 20)], 10, 64)
	if err != nil || decimal(n) != text || n < low || n > high {
		return 0, r.Refuse(text, "write a whole number from "+decimal(low)+" to "+decimal(high)+", without point and exponent")
	}
	return n, nil
}

// Number returns all characters that can belong to a number, so that the caller can
// refuse the whole of a wrong number. It returns "" if there are none.
func (r *Reader) Number() string {
	start := r.pos
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		if !numberStart(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' {
			break
		}
		r.pos++
	}
	return string(r.data[start:r.pos])
}

// NumberOrString returns a number, see [Reader.Number], or the text of a string. Any
// other value is refused; want names what to write instead.
func (r *Reader) NumberOrString(want string) (text string, quoted bool, err error) {
	switch c := r.Peek(); {
	case c == '"':
		text, err = r.Text()
		return text, true, err
	case numberStart(c):
		return r.Number(), false, nil
	}
	return "", false, r.Mismatch(want)
}

func numberStart(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.'
}

// Raw returns the JSON text of an object, which shares the memory of the text. It is
// checked no further than its brackets and quotes.
func (r *Reader) Raw() ([]byte, error) {
	if r.Peek() != '{' {
		return nil, r.Mismatch("an object")
	}
	start, depth, quoted := r.pos, 0, false
	for ; r.pos < len(r.data); r.pos++ {
		switch c := r.data[r.pos]; {
		case c == '\\' && quoted:
			r.pos++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				r.pos++
				return r.data[start:r.pos], nil
			}
		}
	}
	r.pos = len(r.data)
	return nil, r.syntax("the end of the object")
}

// End refuses anything after the value that was read.
func (r *Reader) End() error {
	r.Peek()
	if r.pos < len(r.data) {
		return r.syntax("data after the document: pass one document")
	}
	return nil
}

// Peek skips white space and returns the next byte, or 0 at the end.
func (r *Reader) Peek() byte {
	for ; r.pos < len(r.data); r.pos++ {
		switch c := r.data[r.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// open reads the byte c, with which a value of the wanted type begins.
func (r *Reader) open(c byte, want string) error {
	if r.Peek() != c {
		return r.Mismatch(want)
	}
	r.pos++
	return nil
}

// closed reads the end of an object or array, or the comma before its next element,
// and reports whether it was the end.
func (r *Reader) closed(end byte, first bool) (bool, error) {
	c := r.Peek()
	switch {
	case c == end:
		r.pos++
		return true, nil
	case first:
		return false, nil
	case c == ',':
		r.pos++
		if r.Peek() == end {
			return false, r.syntax("a comma with nothing after it: remove it")
		}
		return false, nil
	}
	return false, r.syntax("want a comma or " + string(end))
}

// Mismatch refuses the next value because its type is not the wanted one.
func (r *Reader) Mismatch(want string) error {
	var got string
	switch c := r.Peek(); {
	case c == '"':
		got = "a string"
	case c == '{':
		got = "an object"
	case c == '[':
		got = "a list"
	case numberStart(c):
		got = "a number"
	case r.at("true") || r.at("false"):
		got = "true or false"
	case r.at("null"):
		return r.Refuse("null", "write "+want+" instead of null, or leave the field out where it is optional")
	default:
		return r.syntax("want " + want)
	}
	return r.Refuse(r.Excerpt(), "write "+want+" instead of "+got)
}

func (r *Reader) at(word string) bool {
	return bytes.HasPrefix(r.data[r.pos:], []byte(word))
}

// syntax refuses the text at the current position because it is not valid JSON.
func (r *Reader) syntax(want string) error {
	if r.pos >= len(r.data) {
		return r.Refuse("", "the document ends too early: "+want)
	}
	return r.Refuse(r.Excerpt(), "not valid JSON at byte "+decimal(int64(r.pos))+": "+want)
}

// Excerpt returns the beginning of the text that comes next.
func (r *Reader) Excerpt() string {
	const enough = 20
	return strings.ToValidUTF8(string(r.data[r.pos:min(r.pos+enough, len(r.data))]), "?")
}

// Path returns the path of the value that is being read.
func (r *Reader) Path() string { return r.path.String() }

// Refuse returns the error for the value that is being read.
func (r *Reader) Refuse(value, reason string) error {
	return r.fault(r.Path(), value, reason)
}

// RefuseField returns the error for a field of the object that was read last.
func (r *Reader) RefuseField(field, value, reason string) error {
	r.path.PushField(field)
	return r.Refuse(value, reason)
}

func decimal(i int64) string { return strconv.FormatInt(i, 10) }
