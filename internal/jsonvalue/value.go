package jsonvalue

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// reader walks types that hold decimals, and leaves all others to encoding/json.
type reader struct {
	see   string
	fault strictjson.Fault
}

var (
	decimalType     = reflect.TypeFor[decimal.Decimal]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

func (r *reader) value(path string, text json.RawMessage, v reflect.Value) error {
	t := v.Type()
	switch {
	case t == decimalType:
		return r.decimal(path, text, v)
	case !hasDecimal(t, nil):
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(v.Addr().Interface()); err != nil {
			return r.refuse(path, err)
		}
		return nil
	case string(text) == "null":
		v.SetZero()
		return nil
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return r.value(path, text, v.Elem())
	case t.Kind() == reflect.Slice:
		return r.list(path, text, v)
	}
	return r.object(path, text, v)
}

// decimal reads a number, or a text that is one. The empty text is refused.
func (r *reader) decimal(path string, text json.RawMessage, v reflect.Value) error {
	number := string(text)
	switch text[0] {
	case 'n':
		v.SetZero()
		return nil
	case '"':
		if err := json.Unmarshal(text, &number); err != nil {
			return r.refuse(path, err)
		}
	case '{', '[', 't', 'f':
		return r.mismatch(path, kindOf(text[0]))
	}
	d, reason := exact.Parse(number)
	if reason != "" {
		return r.fault(path, strictjson.Clip(number), reason)
	}
	v.Set(reflect.ValueOf(d))
	return nil
}

func (r *reader) list(path string, text json.RawMessage, v reflect.Value) error {
	if text[0] != '[' {
		return r.mismatch(path, kindOf(text[0]))
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil {
		return r.refuse(path, err)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	for i, e := range elements {
		if err := r.value(path+"["+strconv.Itoa(i)+"]", e, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) object(path string, text json.RawMessage, v reflect.Value) error {
	if text[0] != '{' {
		return r.mismatch(path, kindOf(text[0]))
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return r.refuse(path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) { // so that of two faults always the same is told
		index := fieldOf(v.Type(), name)
		if index == nil {
			return r.unknown(joined(path, strictjson.Clip(name)))
		}
		if err := r.value(joined(path, name), members[name], v.FieldByIndex(index)); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf returns the field of a struct with a name in JSON, in upper or lower case. As for
// encoding/json, a field takes the place of those of the same name in what is embedded.
func fieldOf(t reflect.Type, name string) []int {
	var embedded [][]int
	for i := range t.NumField() {
		f := t.Field(i)
		named, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case named == "-":
		case f.Anonymous && named == "":
			embedded = append(embedded, f.Index)
		case named == "" && f.IsExported() && strings.EqualFold(f.Name, name), named != "" && strings.EqualFold(named, name):
			return f.Index
		}
	}
	for _, index := range embedded {
		if inner := fieldOf(t.FieldByIndex(index).Type, name); inner != nil {
			return append(index, inner...)
		}
	}
	return nil
}

// hasDecimal reports whether encoding/json would come upon a decimal in a type.
func hasDecimal(t reflect.Type, above []reflect.Type) bool {
	if t == decimalType {
		return true
	}
	for _, a := range above {
		if a == t {
			return false
		}
	}
	if reflect.PointerTo(t).Implements(unmarshalerType) {
		return false // it reads itself
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return hasDecimal(t.Elem(), append(above, t))
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); (f.IsExported() || f.Anonymous) && hasDecimal(f.Type, append(above, t)) {
				return true
			}
		}
	}
	return false
}

// kindOf names the JSON value that begins with a character, as encoding/json does.
func kindOf(c byte) string {
	switch c {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	}
	return "number"
}
