package house_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// No zero value of an exported type panics, whatever is asked of it with arguments that
// are zero as well: it is useful, or returns an error. TestJSONOfEveryExportedTypeIsDecidedOn
// checks that decidedJSON has every type. A nil pointer may panic, as in the standard
// library.
func TestNoZeroValuePanics(t *testing.T) {
	var answered int
	for name, d := range decidedJSON(t) {
		samples := slices.Concat(d.same, d.refused, d.behaviour)
		for v := range d.written {
			samples = append(samples, v)
		}
		for _, v := range samples {
			typ := reflect.TypeOf(v)
			if typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			if typ.Kind() == reflect.Interface {
				continue
			}
			for i := range reflect.PointerTo(typ).NumMethod() {
				for _, ctx := range []context.Context{t.Context(), nil} {
					zero := reflect.New(typ)
					method := reflect.PointerTo(typ).Method(i)
					assert.NotPanics(t, func() { askZero(zero.Method(i), ctx) }, "%s.%s.%s, context %v", name, typ.Name(), method.Name, ctx)
					// What it left behind answers as well.
					assert.NotPanics(t, func() { askAll(zero, ctx) }, "%s.%s after %s", name, typ.Name(), method.Name)
					answered++
				}
			}
		}
	}
	assert.Greater(t, answered, 400)
}

// askAll calls all methods of a value.
func askAll(v reflect.Value, ctx context.Context) {
	for i := range v.NumMethod() {
		askZero(v.Method(i), ctx)
	}
}

// askZero calls a method with zero arguments, and uses what it returns: it ranges over
// sequences, calls functions, and prints the rest.
func askZero(method reflect.Value, ctx context.Context) {
	in := make([]reflect.Value, method.Type().NumIn())
	for i := range in {
		in[i] = reflect.Zero(method.Type().In(i))
		if ctx != nil && in[i].Type() == reflect.TypeFor[context.Context]() {
			in[i] = reflect.ValueOf(ctx)
		}
	}
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	for _, out := range call(in) {
		switch {
		case out.Kind() == reflect.Func && out.IsNil():
		case out.Type().CanSeq() && out.Kind() == reflect.Func:
			for range out.Seq() {
				break
			}
		case out.Type().CanSeq2() && out.Kind() == reflect.Func:
			for range out.Seq2() {
				break
			}
		case out.Kind() == reflect.Func && out.Type().NumIn() == 0:
			out.Call(nil)
		default:
			_ = fmt.Sprintf("%v", out.Interface())
		}
	}
}
