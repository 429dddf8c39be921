package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Marshal returns the JSON that [json.Marshal] returns for a value, except that it
// refuses a text that is not UTF-8, which [json.Marshal] replaces without an error.
// Values that write themselves check their own texts.
func Marshal(v any, fault Fault) ([]byte, error) {
	p := plain{fault: fault}
	if err := p.check(reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // [json.Marshal] escapes what MarshalJSON returns
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// plain looks for texts that are not UTF-8 in plain data.
type plain struct {
	path  Path
	fault Fault
}

func (p *plain) check(v reflect.Value) error {
	if v.IsValid() && v.CanInterface() {
		switch v.Interface().(type) {
		case json.Marshaler, encoding.TextMarshaler:
			return nil
		}
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return p.fault(p.path.String(), v.String(), "not valid UTF-8")
		}
	case reflect.Pointer, reflect.Interface:
		return p.check(v.Elem())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			p.path.PushElement(i)
			if err := p.check(v.Index(i)); err != nil {
				return err
			}
			p.path.Pop()
		}
	case reflect.Map:
		return p.members(v)
	case reflect.Struct:
		return p.fields(v)
	}
	return nil
}

func (p *plain) members(v reflect.Value) error {
	for m := v.MapRange(); m.Next(); {
		p.path.PushField(m.Key().String())
		if err := p.check(m.Key()); err != nil {
			return err
		}
		if err := p.check(m.Value()); err != nil {
			return err
		}
		p.path.Pop()
	}
	return nil
}

func (p *plain) fields(v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			if err := p.check(v.Field(i)); err != nil {
				return err
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		p.path.PushField(name)
		if err := p.check(v.Field(i)); err != nil {
			return err
		}
		p.path.Pop()
	}
	return nil
}
