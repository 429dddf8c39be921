// Package jsonvalue reads JSON into Go values as encoding/json does, for input of strangers:
// names that come twice, names that nobody knows and texts that are not UTF-8 are refused, and
// decimals do not depend on the variables of their library, which any program can change.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/taxresolve/tax/internal/strictjson"
)

const (
	// Of a decimal with a million digits, even the conversion takes a second.
	maxTextBytes   = 4 << 10
	maxNumberBytes = 64
	maxDepth       = 32
)

// Read reads an object into what into points to. Names are in upper or lower case. Errors
// are made by fault, with the path of the value; see names the place that describes the
// object.
func Read(text []byte, into any, see string, fault strictjson.Fault) error {
	d := strictjson.NewReader(text, fault)
	if d.Peek() != '{' {
		return d.Mismatch("an object")
	}
	err := bounded(&d, 0)
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return err
	}
	return (&reader{see: see, fault: fault}).value("", bytes.TrimSpace(text), reflect.ValueOf(into).Elem())
}

// bounded refuses what encoding/json would read in a way that nobody meant.
func bounded(d *strictjson.Reader, depth int) error {
	switch c := d.Peek(); {
	case depth > maxDepth:
		return d.Refuse("", "nested more deeply than 32")
	case c == '{':
		seen := map[string]bool{}
		return d.Members(func(name string) error {
			folded := strings.ToLower(name)
			if seen[folded] {
				return d.Refuse(strictjson.Clip(name), strictjson.DuplicateKey)
			}
			seen[folded] = true
			return bounded(d, depth+1)
		})
	case c == '[':
		return d.List(func(int) error { return bounded(d, depth+1) })
	case c == '"':
		text, err := d.Text()
		if err == nil && len(text) > maxTextBytes {
			return d.Refuse(strictjson.Clip(text), "too long: at most 4,096 bytes")
		}
		return err
	}
	number := d.Number()
	switch {
	case len(number) > maxNumberBytes:
		return d.Refuse(strictjson.Clip(number), "too long: at most 64 digits")
	case !json.Valid([]byte(number)):
		return d.Refuse(strictjson.Clip(number), "not valid JSON: want a value")
	}
	return nil
}

// refuse returns the error for what encoding/json did not read at a path.
func (r *reader) refuse(path string, err error) error {
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch):
		return r.mismatch(joined(path, mismatch.Field), mismatch.Value)
	case strings.HasPrefix(err.Error(), unknownField):
		name := strings.Trim(strings.TrimPrefix(err.Error(), unknownField), `"`)
		return r.unknown(joined(path, strictjson.Clip(name)))
	}
	if path == "" {
		path = "document"
	}
	return r.fault(path, "", "cannot be read: "+whole(err.Error()))
}

// whole returns the text of an error with its advice, unless it has no end.
func whole(text string) string {
	const most = 512
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

const unknownField = "json: unknown field "

func (r *reader) unknown(path string) error { return r.fault(path, "", "no such field: see "+r.see) }

func (r *reader) mismatch(path, kind string) error {
	return r.fault(path, "", "write what "+r.see+" has here instead of a JSON "+strictjson.Clip(kind))
}

func joined(path, field string) string {
	if path == "" || field == "" {
		return path + field
	}
	return path + "." + field
}
