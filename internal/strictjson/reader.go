// Package strictjson reads JSON that others wrote, and refuses what is not
// exactly what its caller expects. It writes JSON as strictly: a value that has
// no form there is refused with its path.
//
// encoding/json is not used for reading: it lets the last of duplicate keys
// win, ignores case, takes null for "leave it", and replaces invalid UTF-8 and
// halves of surrogate pairs.
package strictjson

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Reader reads the values of one JSON text, driven by what the caller
// expects next, so that nothing is skipped, guessed or built before its type is
// known, and nesting is as deep as the caller's own calls. After an error it is
// of no more use.
type Reader struct {
	data  []byte
	pos   int
	path  Path
	fault Fault
}

// Fault makes the error for a value: its path, the value or the beginning of
// it, and what to write instead.
type Fault func(path, value, reason string) error

// NewReader makes a reader of one JSON text, whose errors fault makes. The text
// must not change while it is read.
func NewReader(data []byte, fault Fault) Reader { return Reader{data: data, fault: fault} }

// Members reads an object. read is called for every member, whose path Refuse
// then tells, and must read its value.
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

// Object reads an object with these fields and no others, each at most once.
func (r *Reader) Object(fields []string, read func(field string) error) error {
	var seen uint32
	return r.Members(func(key string) error {
		i := slices.Index(fields, key)
		if i < 0 {
			for _, field := range fields {
				if strings.EqualFold(field, key) {
					return r.Refuse(key, "no such field: upper and lower case matter, write "+field)
				}
			}
			return r.Refuse(key, "no such field: use "+strings.Join(fields, ", "))
		}
		if seen&(1<<i) != 0 {
			return r.Refuse(key, DuplicateKey)
		}
		seen |= 1 << i
		return read(key)
	})
}

// DuplicateKey is the reason to refuse a name that an object has already.
const DuplicateKey = "given twice: keep one"

// List reads an array. read is called for every element and must read it.
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
				return "", r.Refuse(string(raw), "a backslash that JSON does not have: use \\\\ for a backslash, and both halves of a surrogate pair")
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

// Null takes null if that is what comes next.
func (r *Reader) Null() bool {
	r.Peek()
	if !r.at("null") {
		return false
	}
	r.pos += len("null")
	return true
}

// Integer reads a whole number from low to high in its plain form.
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

// Number takes everything that could belong to a number, so that a wrong one
// is refused whole and with its path by the grammar that reads it.
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

// NumberOrString takes a number, as Number does, or the text of a string.
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

// End makes sure that nothing follows the value that was read.
func (r *Reader) End() error {
	r.Peek()
	if r.pos < len(r.data) {
		return r.syntax("data after the document: pass one document")
	}
	return nil
}

// Peek skips white space and returns the next byte; 0 at the end, which no
// value begins with either.
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

// open takes the byte that a value of the wanted type begins with.
func (r *Reader) open(c byte, want string) error {
	if r.Peek() != c {
		return r.Mismatch(want)
	}
	r.pos++
	return nil
}

// closed takes the end of an object or array, or the comma before its next
// element.
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

// Mismatch refuses the next value, which is not what is wanted.
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

// syntax refuses the text at the position, which is no JSON.
func (r *Reader) syntax(want string) error {
	if r.pos >= len(r.data) {
		return r.Refuse("", "the document ends too early: "+want)
	}
	return r.Refuse(r.Excerpt(), "not valid JSON at byte "+decimal(int64(r.pos))+": "+want)
}

// Excerpt returns the beginning of what comes next.
func (r *Reader) Excerpt() string {
	const enough = 20
	return strings.ToValidUTF8(string(r.data[r.pos:min(r.pos+enough, len(r.data))]), "?")
}

// Path is where the value that is being read stands in the text.
func (r *Reader) Path() string { return r.path.String() }

// Refuse makes the error for the value that is being read.
func (r *Reader) Refuse(value, reason string) error {
	return r.fault(r.Path(), value, reason)
}

// RefuseField refuses a field of the object that was read last.
func (r *Reader) RefuseField(field, value, reason string) error {
	r.path.PushField(field)
	return r.Refuse(value, reason)
}

func decimal(i int64) string { return strconv.FormatInt(i, 10) }
