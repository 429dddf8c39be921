package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// reading is a file that is being read.
type reading struct {
	file      string
	text      []byte
	documents []*Document
	problems  []Problem
}

// values reads the values that come one after another in a part of the text.
func (r *reading) values(begin, end int, tenant string) {
	d := json.NewDecoder(bytes.NewReader(r.text[begin:end]))
	for {
		var value json.RawMessage
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.broken(begin, err)
			return
		}
		last := begin + int(d.InputOffset())
		r.value(last-len(value), last, tenant)
	}
}

// value reads a list of documents, one document, or what is around some.
func (r *reading) value(begin, end int, tenant string) {
	switch r.text[begin] {
	case '[':
		r.elements(begin, end, tenant)
	case '{':
		r.object(begin, end, tenant)
	default:
		r.problems = append(r.problems, Problem{r.file, r.line(begin), "document", "wrong_type", "write an object: a configuration"})
	}
}

func (r *reading) elements(begin, end int, tenant string) {
	d := json.NewDecoder(bytes.NewReader(r.text[begin:end]))
	_, _ = d.Token() // the bracket; all of it was valid already
	for d.More() {
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			r.broken(begin, err)
			return
		}
		last := begin + int(d.InputOffset())
		r.value(last-len(element), last, tenant)
	}
}

// object reads a document, or the documents in one of the objects of package store.
func (r *reading) object(begin, end int, tenant string) {
	d := json.NewDecoder(bytes.NewReader(r.text[begin:end]))
	_, _ = d.Token()
	fields := map[string][2]int{}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			r.broken(begin, err)
			return
		}
		last := begin + int(d.InputOffset())
		fields[fmt.Sprint(name)] = [2]int{last - len(value), last}
	}
	if at, ok := fields["tenant"]; ok {
		_ = json.Unmarshal(r.text[at[0]:at[1]], &tenant) // only configurations have to be right
	}
	for _, name := range []string{"documents", "configuration"} {
		if at, ok := fields[name]; ok {
			r.value(at[0], at[1], tenant)
			return
		}
	}
	for _, name := range []string{"format", "records", "ended"} { // other lines of an export
		if _, ok := fields[name]; ok {
			return
		}
	}
	r.document(begin, end, tenant)
}

// broken reports text that is not JSON.
func (r *reading) broken(begin int, err error) {
	at := len(r.text)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = min(begin+int(syntax.Offset), len(r.text))
	}
	r.problems = append(r.problems, Problem{r.file, r.line(at), "document", "malformed_json", "not JSON: " + err.Error()})
}

func (r *reading) line(at int) int { return 1 + bytes.Count(r.text[:at], []byte("\n")) }

// linesOf returns the line of each value of a JSON text, from 0, by its path.
func linesOf(text []byte) map[string]int {
	l := lines{d: json.NewDecoder(bytes.NewReader(text)), text: text, at: map[string]int{}}
	l.value("") // where the text ends early, so do the lines
	return l.at
}

type lines struct {
	d    *json.Decoder
	text []byte
	line int
	upTo int
	at   map[string]int
}

// here returns the line of what comes next.
func (l *lines) here() int {
	offset := int(l.d.InputOffset())
	for offset < len(l.text) && strings.IndexByte(" \t\r\n,:", l.text[offset]) >= 0 {
		offset++
	}
	l.line += bytes.Count(l.text[l.upTo:offset], []byte("\n"))
	l.upTo = offset
	return l.line
}

func (l *lines) value(path string) bool {
	token, err := l.d.Token()
	if err != nil {
		return false
	}
	for i := 0; (token == json.Delim('{') || token == json.Delim('[')) && l.d.More(); i++ {
		line, inside := l.here(), fmt.Sprintf("%s[%d]", path, i)
		if token == json.Delim('{') {
			name, err := l.d.Token()
			if err != nil {
				return false
			}
			inside = strings.TrimPrefix(fmt.Sprintf("%s.%s", path, name), ".")
		}
		if _, twice := l.at[inside]; !twice {
			l.at[inside] = line
		}
		if !l.value(inside) {
			return false
		}
	}
	if token == json.Delim('{') || token == json.Delim('[') {
		_, err = l.d.Token()
	}
	return err == nil
}
