package shop

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/strictjson"
)

// maxTextBytes and maxNumberBytes bound what is read as a decimal: of one with a million
// digits, even the conversion takes a second.
const (
	maxTextBytes   = 4 << 10
	maxNumberBytes = 64
)

// read reads a document of package basket. As in what that package writes itself,
// names are in upper or lower case.
func read(body []byte, into any) error {
	d := strictjson.NewReader(body, func(path, value, reason string) error { return inputError(path, value, reason) })
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
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	return basketError(decoder.Decode(into))
}

// bounded refuses what encoding/json would read in a way that nobody meant: a name that
// comes twice, and texts that are not UTF-8.
func bounded(d *strictjson.Reader, depth int) error {
	const deepest = 32
	switch c := d.Peek(); {
	case depth > deepest:
		return d.Refuse("", "nested more deeply than 32")
	case c == '{':
		seen := map[string]bool{}
		return d.Members(func(name string) error {
			folded := strings.ToLower(name)
			if seen[folded] {
				return d.Refuse(clip(name), strictjson.DuplicateKey)
			}
			seen[folded] = true
			return bounded(d, depth+1)
		})
	case c == '[':
		return d.List(func(int) error { return bounded(d, depth+1) })
	case c == '"':
		text, err := d.Text()
		if err == nil && len(text) > maxTextBytes {
			return d.Refuse(clip(text), "too long: at most 4,096 bytes")
		}
		return err
	}
	number := d.Number()
	switch {
	case len(number) > maxNumberBytes:
		return d.Refuse(clip(number), "too long: at most 64 digits")
	case !json.Valid([]byte(number)):
		return d.Refuse(clip(number), "not valid JSON: want a value")
	}
	return nil
}

// basketError returns the error of a document that is JSON.
func basketError(err error) error {
	var input *tax.InputError
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil, errors.As(err, &input):
		return err
	case errors.As(err, &mismatch):
		return inputError(mismatch.Field, "", "write what the documents of package basket have here instead of a JSON "+clip(mismatch.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return inputError(clip(strings.Trim(name, `"`)), "", "no such field: see docs/command.md")
	}
	return inputError("document", "", "cannot be read: "+clip(err.Error()))
}

// has reports whether a document that can be read has a field.
func has(document []byte, name string) bool {
	fields := map[string]json.RawMessage{}
	_ = json.Unmarshal(document, &fields) // the error comes when it is read
	for field := range fields {
		if strings.EqualFold(field, name) {
			return true
		}
	}
	return false
}

func inputError(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: clip(value), Reason: reason}
}

// clip bounds how much of a text an error shows.
func clip(s string) string { return strictjson.Clip(s) }
