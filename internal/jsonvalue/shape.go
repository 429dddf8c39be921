package jsonvalue

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"
)

// shape is what must be known of a type to read it. A list has its type in each element, so
// it is found out once.
type shape struct {
	decimals bool             // encoding/json would come upon one
	fields   map[string][]int // of a struct, by their names in lower case
}

var (
	shapes sync.Map // *shape by reflect.Type

	decimalType     = reflect.TypeFor[decimal.Decimal]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	s := &shape{decimals: hasDecimal(t, nil), fields: map[string][]int{}}
	if s.decimals && t.Kind() == reflect.Struct && t != decimalType {
		s.add(t, nil)
	}
	known, _ := shapes.LoadOrStore(t, s)
	return known.(*shape)
}

// add adds the fields of a struct that is embedded at an index. As for encoding/json, a field
// takes the place of those of the same name in what is embedded.
func (s *shape) add(t reflect.Type, at []int) {
	var embedded []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "":
			embedded = append(embedded, f)
			continue
		case name == "" && !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		if name = strings.ToLower(name); s.fields[name] == nil {
			s.fields[name] = append(slices.Clone(at), i)
		}
	}
	for _, f := range embedded {
		s.add(f.Type, append(slices.Clone(at), f.Index...))
	}
}

// field returns the index of a field by its name in upper or lower case; nil if there is none.
func (s *shape) field(name string) []int {
	if index := s.fields[strings.ToLower(name)]; index != nil {
		return index
	}
	for known, index := range s.fields {
		if strings.EqualFold(known, name) { // with letters such as the long s
			return index
		}
	}
	return nil
}

// hasDecimal reports whether encoding/json would come upon a decimal in a type.
func hasDecimal(t reflect.Type, above []reflect.Type) bool {
	switch {
	case t == decimalType:
		return true
	case slices.Contains(above, t), reflect.PointerTo(t).Implements(unmarshalerType): // which reads itself
		return false
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
