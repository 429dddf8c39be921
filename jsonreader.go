package tax

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonReader reads the values of one JSON text, driven by what the caller
// expects next, so that nothing is skipped, guessed or built before its type is
// known, and nesting is as deep as the caller's own calls.
//
// encoding/json is not used for reading: it lets the last of duplicate keys
// win, ignores case, takes null for "leave it", and replaces invalid UTF-8 and
// halves of surrogate pairs.
type jsonReader struct {
	data []byte
	pos  int
	path jsonPath
}

// members reads an object. read is called for every member, with the path of
// the member in r.path, and must read its value.
func (r *jsonReader) members(read func(key string) error) error {
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	for first := true; ; first = false {
		if done, err := r.closed('}', first); done || err != nil {
			return err
		}
		if r.peek() != '"' {
			return r.syntax("want a field name in double quotes")
		}
		key, err := r.text()
		if err != nil {
			return err
		}
		r.path.push(jsonStep{name: key, index: -1})
		if r.peek() != ':' {
			return r.syntax("want a colon after the field name")
		}
		r.pos++
		if err := read(key); err != nil {
			return err
		}
		r.path.pop()
	}
}

// object reads an object with these fields and no others, each at most once.
func (r *jsonReader) object(fields []string, read func(field string) error) error {
	var seen uint32
	return r.members(func(key string) error {
		i := slices.Index(fields, key)
		if i < 0 {
			for _, field := range fields {
				if strings.EqualFold(field, key) {
					return r.refuse(key, "no such field: upper and lower case matter, write "+field)
				}
			}
			return r.refuse(key, "no such field: use "+strings.Join(fields, ", "))
		}
		if seen&(1<<i) != 0 {
			return r.refuse(key, duplicateKey)
		}
		seen |= 1 << i
		return read(key)
	})
}

const duplicateKey = "given twice: keep one"

// list reads an array. read is called for every element and must read it.
func (r *jsonReader) list(read func(i int) error) error {
	if err := r.open('[', "a list"); err != nil {
		return err
	}
	for i := 0; ; i++ {
		if done, err := r.closed(']', i == 0); done || err != nil {
			return err
		}
		r.path.push(jsonStep{index: i})
		if err := read(i); err != nil {
			return err
		}
		r.path.pop()
	}
}

// text reads a string.
func (r *jsonReader) text() (string, error) {
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
				return "", r.refuse(string(raw), "not valid UTF-8: write the document in UTF-8")
			}
			if !escaped {
				return string(raw), nil
			}
			text, ok := unescape(raw)
			if !ok {
				return "", r.refuse(string(raw), "a backslash that JSON does not have: use \\\\ for a backslash, and both halves of a surrogate pair")
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

// texts reads a list of strings.
func (r *jsonReader) texts() (list []string, err error) {
	err = r.list(func(int) error {
		text, err := r.text()
		list = append(list, text)
		return err
	})
	return list, err
}

// flag reads true or false.
func (r *jsonReader) flag() (bool, error) {
	r.peek()
	for _, word := range [...]string{"true", "false"} {
		if r.at(word) {
			r.pos += len(word)
			return word == "true", nil
		}
	}
	return false, r.mismatch("true or false")
}

// integer reads a whole number from low to high in its plain form.
func (r *jsonReader) integer(low, high int64) (int64, error) {
	if !numberStart(r.peek()) {
		return 0, r.mismatch("an integer")
	}
	text := r.number()
	n, err := strconv.ParseInt(text[:min(len(text), 20)], 10, 64)
	if err != nil || itoa(n) != text || n < low || n > high {
		return 0, r.refuse(text, "write a whole number from "+itoa(low)+" to "+itoa(high)+", without point and exponent")
	}
	return n, nil
}

// number takes everything that could belong to a number, so that a wrong one
// is refused whole and with its path by the grammar that reads it.
func (r *jsonReader) number() string {
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

func numberStart(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.'
}

// end makes sure that nothing follows the value that was read.
func (r *jsonReader) end() error {
	r.peek()
	if r.pos < len(r.data) {
		return r.syntax("data after the document: pass one document")
	}
	return nil
}

// peek skips white space and returns the next byte; 0 at the end, which no
// value begins with either.
func (r *jsonReader) peek() byte {
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
func (r *jsonReader) open(c byte, want string) error {
	if r.peek() != c {
		return r.mismatch(want)
	}
	r.pos++
	return nil
}

// closed takes the end of an object or array, or the comma before its next
// element.
func (r *jsonReader) closed(end byte, first bool) (bool, error) {
	c := r.peek()
	switch {
	case c == end:
		r.pos++
		return true, nil
	case first:
		return false, nil
	case c == ',':
		r.pos++
		if r.peek() == end {
			return false, r.syntax("a comma with nothing after it: remove it")
		}
		return false, nil
	}
	return false, r.syntax("want a comma or " + string(end))
}

// mismatch refuses the next value, which is not what is wanted.
func (r *jsonReader) mismatch(want string) error {
	var got string
	switch c := r.peek(); {
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
		return r.refuse("null", "write "+want+" instead of null, or leave the field out where it is optional")
	default:
		return r.syntax("want " + want)
	}
	return r.refuse(r.excerpt(), "write "+want+" instead of "+got)
}

func (r *jsonReader) at(word string) bool {
	return bytes.HasPrefix(r.data[r.pos:], []byte(word))
}

// syntax refuses the text at the position, which is no JSON.
func (r *jsonReader) syntax(want string) error {
	if r.pos >= len(r.data) {
		return r.refuse("", "the document ends too early: "+want)
	}
	return r.refuse(r.excerpt(), "not valid JSON at byte "+itoa(int64(r.pos))+": "+want)
}

func (r *jsonReader) excerpt() string {
	const enough = 20
	return strings.ToValidUTF8(string(r.data[r.pos:min(r.pos+enough, len(r.data))]), "?")
}

func (r *jsonReader) refuse(value, reason string) error {
	return inputError(r.path.String(), value, reason)
}

// refuseField refuses a field of the object that was read last.
func (r *jsonReader) refuseField(field, value, reason string) error {
	r.path.push(jsonStep{name: field, index: -1})
	return r.refuse(value, reason)
}

// unescape replaces the escapes of a JSON string. It reports false for an
// escape that JSON does not have and for half a surrogate pair.
func unescape(raw []byte) (string, bool) {
	const simple = `"\/bfnrt`
	const means = "\"\\/\b\f\n\r\t"
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		if i == len(raw) {
			return "", false
		}
		if at := strings.IndexByte(simple, raw[i]); at >= 0 {
			out = append(out, means[at])
			continue
		}
		unit, ok := escapedUnit(raw[i:])
		if !ok {
			return "", false
		}
		i += 4
		if utf16.IsSurrogate(unit) {
			if i+1 >= len(raw) || raw[i+1] != '\\' {
				return "", false
			}
			low, ok := escapedUnit(raw[i+2:])
			if unit = utf16.DecodeRune(unit, low); !ok || unit == utf8.RuneError {
				return "", false
			}
			i += 6
		}
		out = utf8.AppendRune(out, unit)
	}
	return string(out), true
}

// escapedUnit reads u and four hexadecimal digits.
func escapedUnit(s []byte) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	var unit rune
	for _, c := range s[1:5] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | rune(c)
	}
	return unit, true
}

// jsonPath leads from the document to a value in it. It is kept as steps and
// written only for an error.
type jsonPath []jsonStep

// jsonStep is a field, or an element when name is empty and index is not
// negative.
type jsonStep struct {
	name  string
	index int
}

func (p *jsonPath) push(s jsonStep) { *p = append(*p, s) }

func (p *jsonPath) pop() { *p = (*p)[:len(*p)-1] }

// String writes taxClasses[2].name.en; a name that could be mistaken for
// something else in quotes. The path of the document itself is "document".
func (p jsonPath) String() string {
	if len(p) == 0 {
		return "document"
	}
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.index >= 0:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case !plainName(s.name):
			b.WriteString("[" + strconv.Quote(clip(s.name)) + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		}
	}
	return b.String()
}

func plainName(s string) bool {
	for i := range len(s) {
		if c := upper(s[i]); (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
