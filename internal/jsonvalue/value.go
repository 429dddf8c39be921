package jsonvalue

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// reader walks types that hold decimals, and leaves all others to encoding/json.
type reader struct {
	see   string
	fault strictjson.Fault
}

func (r *reader) value(path string, text json.RawMessage, v reflect.Value) error {
	t := v.Type()
	switch {
	case t == decimalType:
		return r.decimal(path, text, v)
	case !shapeOf(t).decimals:
		return r.plain(path, text, v)
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

// plain reads a value without decimals.
func (r *reader) plain(path string, text json.RawMessage, v reflect.Value) error {
	var err error
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64: // which have no fields, and need no decoder
		err = json.Unmarshal(text, v.Addr().Interface())
	default:
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(v.Addr().Interface())
	}
	if err != nil {
		return r.refuse(path, err)
	}
	return nil
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
	shape := shapeOf(v.Type())
	for _, name := range slices.Sorted(maps.Keys(members)) { // so that of two faults always the same is told
		index := shape.field(name)
		if index == nil {
			return r.unknown(joined(path, strictjson.Clip(name)))
		}
		if err := r.value(joined(path, name), members[name], v.FieldByIndex(index)); err != nil {
			return err
		}
	}
	return nil
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
