package ampeco

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// Field is a field of a patch: not sent, which is its zero value, set, or
// cleared.
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

// Set returns a field that gets a value.
func Set[T any](v T) Field[T] { return Field[T]{v, set} }

// Clear returns a field that is sent as null.
func Clear[T any]() Field[T] { return Field[T]{state: cleared} }

// Value returns the value of a field that is set. A list is shared with the field:
// it must not be changed.
func (f Field[T]) Value() (v T, isSet bool) { return f.value, f.state == set }

// Cleared reports whether the field is sent as null.
func (f Field[T]) Cleared() bool { return f.state == cleared }

// over returns what becomes of a value under the field.
func (f Field[T]) over(v T) T {
	if f.state == kept {
		return v
	}
	return f.value
}

// Patch changes the fields of a tax that were sent, and no others. The zero
// Patch changes nothing.
type Patch struct {
	// Name cannot be cleared.
	Name Field[string]
	// DisplayName replaces the list; an empty one clears it.
	DisplayName Field[[]tax.Translation]
	// Percentage in percent; it cannot be cleared.
	Percentage Field[decimal.Decimal]
	// TaxIdentificationNumberID is set to 1 or more, or cleared.
	TaxIdentificationNumberID Field[int64]
}

// ParsePatch reads the body of an update. Its error is a [ValidationError] with
// all faults.
func ParsePatch(body []byte) (Patch, error) {
	return parse(body, func(Patch, faults) {})
}

// Apply returns the tax as the patch changes it; ID and LastUpdatedAt stay. It
// shares nothing with the patch and the tax given. Its error is a
// [ValidationError] with all faults: values of Go are held to the rules of bodies.
func (p Patch) Apply(t Tax) (Tax, error) {
	f := faults{}
	p.check(f)
	if err := f.err(); err != nil {
		return Tax{}, err
	}
	return p.over(t), nil
}

// over returns the tax under a patch that was checked.
func (p Patch) over(t Tax) Tax {
	t.Name = p.Name.over(t.Name)
	t.DisplayName = slices.Clone(p.DisplayName.over(t.DisplayName))
	t.Percentage = p.Percentage.over(t.Percentage)
	t.TaxIdentificationNumberID = p.TaxIdentificationNumberID.over(t.TaxIdentificationNumberID)
	return t
}
