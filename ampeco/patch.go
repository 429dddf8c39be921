package ampeco

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Field is a field of a patch. It is either not sent, which is the zero value,
// or set, or cleared.
type Field[T any] struct {
	value T
	state fieldState
}

type fieldState uint8

const (
	kept fieldState = iota
	set
	cleared
)

// Set returns a field that is set to a value.
func Set[T any](v T) Field[T] { return Field[T]{v, set} }

// Clear returns a field that is cleared: null in JSON.
func Clear[T any]() Field[T] { return Field[T]{state: cleared} }

// Value returns the value of a field, and whether it is set. A list must not be
// changed, because it is shared with the field.
func (f Field[T]) Value() (v T, isSet bool) { return f.value, f.state == set }

// Cleared reports whether the field is cleared.
func (f Field[T]) Cleared() bool { return f.state == cleared }

// String returns the value of a field that is set, "cleared" or "kept", for people and
// logs.
func (f Field[T]) String() string {
	switch d, number := any(f.value).(decimal.Decimal); {
	case f.state == kept:
		return "kept"
	case f.state == cleared:
		return "cleared"
	case number:
		return exact.Describe(d)
	}
	return fmt.Sprint(any(f.value))
}

// LogValue returns the text of String for log/slog.
func (f Field[T]) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalJSON always returns a [tax.InputError]: only a [Patch] can leave a field out.
func (Field[T]) MarshalJSON() ([]byte, error) { return nil, noField() }

// UnmarshalJSON always returns a [tax.InputError], as MarshalJSON does.
func (*Field[T]) UnmarshalJSON([]byte) error { return noField() }

func noField() error { return inputError("field", "", "not JSON by itself: use Patch") }

// applyTo returns a value after the field is applied to it.
func (f Field[T]) applyTo(v T) T {
	if f.state == kept {
		return v
	}
	return f.value
}

// Patch changes the fields of a tax that are set or cleared, and no others. The
// zero Patch changes nothing.
type Patch struct {
	// Name cannot be cleared.
	Name Field[string]
	// DisplayName replaces the whole list. Setting an empty list clears it.
	DisplayName Field[[]tax.Translation]
	// Percentage is in percent. It cannot be cleared.
	Percentage Field[decimal.Decimal]
	// TaxIdentificationNumberID is set to 1 or more, or cleared.
	TaxIdentificationNumberID Field[int64]
}

// ParsePatch reads the body of an update request, and refuses unknown fields. Its error
// is a [ValidationError] with all faults.
func ParsePatch(body []byte) (Patch, error) { return parsePatch(body, false) }

func parsePatch(body []byte, tolerant bool) (Patch, error) {
	return parse(body, tolerant, func(Patch, faults) {})
}

// MarshalJSON returns the body of an update request, with the fields that are set or
// cleared. Its error is that of Apply.
func (p Patch) MarshalJSON() ([]byte, error) {
	f := faults{}
	p.check(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	var w writer
	w.Open('{')
	writeField(&w, "name", p.Name, w.Text)
	writeField(&w, "displayName", p.DisplayName, w.translations)
	writeField(&w, "percentage", p.Percentage, func(d decimal.Decimal) { w.Raw(exact.Format(d)) })
	writeField(&w, "taxIdentificationNumberId", p.TaxIdentificationNumberID, w.Integer)
	w.Close('}')
	return w.Bytes(), nil
}

func writeField[T any](w *writer, name string, f Field[T], write func(T)) {
	switch f.state {
	case set:
		w.Name(name)
		write(f.value)
	case cleared:
		w.Name(name)
		w.Raw("null")
	}
}

// UnmarshalJSON is [ParsePatch]. If there is an error, p keeps its value.
func (p *Patch) UnmarshalJSON(body []byte) error {
	read, err := ParsePatch(body)
	if err == nil {
		*p = read
	}
	return err
}

// Apply returns the tax with the changes of the patch; ID and LastUpdatedAt
// stay. The result shares no memory with the patch or the given tax. Its error
// is a [ValidationError] with all faults: a Patch made in Go must follow the
// rules for bodies.
func (p Patch) Apply(t Tax) (Tax, error) {
	f := faults{}
	p.check(f)
	if err := f.err(); err != nil {
		return Tax{}, err
	}
	return p.applyTo(t), nil
}

// applyTo applies a checked patch to a tax.
func (p Patch) applyTo(t Tax) Tax {
	t.Name = p.Name.applyTo(t.Name)
	t.DisplayName = slices.Clone(p.DisplayName.applyTo(t.DisplayName))
	t.Percentage = p.Percentage.applyTo(t.Percentage)
	t.TaxIdentificationNumberID = p.TaxIdentificationNumberID.applyTo(t.TaxIdentificationNumberID)
	return t
}
