package ampeco

import (
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Tax is a percentage with a name.
type Tax struct {
	// ID is positive. The store assigns it.
	ID int64
	// Name is an internal name, for the people who maintain the taxes.
	Name string
	// DisplayName is the name for customers, in several languages, in the order in
	// which it was given. Its languages are canonical BCP 47 tags.
	DisplayName []tax.Translation
	// Percentage is the percentage of the net price: 20 is 20 %.
	Percentage decimal.Decimal
	// TaxIdentificationNumberID is the registration under which the tax is
	// charged, or 0.
	TaxIdentificationNumberID int64
	// LastUpdatedAt is the time when the tax was created or last changed, in UTC
	// and whole seconds.
	LastUpdatedAt time.Time
}

// In returns the display name that matches the preferences best, including
// their fallbacks, or Name if there is no match.
func (t Tax) In(p tax.Preferences) string {
	if text, err := t.displayName(); err == nil {
		if match := text.In(p); match.Text != "" {
			return match.Text
		}
	}
	return t.Name
}

// Resolution returns the tax as the answer to a lookup on a day: taxable at
// Percentage of the net price, without a location. The class and the tax have
// the ID in decimal as their code and the display name as their name; Name is
// not used. A flat tax has no history, so the day is only recorded in the
// answer. The zero Date is today in UTC.
//
// A tax without an ID, or one that breaks another rule, is a [tax.InputError].
func (t Tax) Resolution(on tax.Date) (tax.Resolution, error) {
	t, err := t.valid()
	if err != nil {
		return tax.Resolution{}, err
	}
	name, err := t.displayName()
	if err != nil {
		return tax.Resolution{}, err
	}
	code := strconv.FormatInt(t.ID, 10)
	c := tax.Configuration{
		Tax:      tax.Tax{Code: code, Name: name},
		Classes:  []tax.Class{{Code: code, Name: name, Rates: []tax.Rate{{Percent: t.Percentage}}}},
		Metadata: tax.Metadata{Modified: t.LastUpdatedAt},
	}
	return c.Resolve(code, on)
}

// MarshalJSON returns the JSON of the contract on one line. A tax without an
// ID, or one that breaks another rule, is a [tax.InputError].
func (t Tax) MarshalJSON() ([]byte, error) {
	var w writer
	if err := w.tax(t); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// UnmarshalJSON always returns a [tax.InputError]: a store assigns the ID and the time
// of a tax. Read a [Draft].
func (*Tax) UnmarshalJSON([]byte) error {
	return inputError("tax", "", "cannot be read, because a store assigns its id and time: read a Draft")
}

func (t Tax) displayName() (tax.LocalizedText, error) {
	byTag := make(map[string]string, len(t.DisplayName))
	for _, d := range t.DisplayName {
		byTag[d.Language] = d.Text
	}
	return tax.NewLocalizedText(byTag)
}

// valid returns the tax with canonical locales. Its error is not a
// ValidationError, because no client has sent the tax.
func (t Tax) valid() (Tax, error) {
	d := Draft{t.Name, t.DisplayName, t.Percentage, t.TaxIdentificationNumberID}
	p, f := d.patch(), faults{}
	p.check(f)
	if t.ID < 1 {
		f.add("id", "write a whole number from 1")
	}
	t.LastUpdatedAt = t.LastUpdatedAt.UTC()
	if year := t.LastUpdatedAt.Year(); year < 0 || year > 9999 {
		f.add("lastUpdatedAt", "outside the years 0 to 9999")
	}
	if len(f) > 0 {
		field := f.first()
		return Tax{}, inputError("tax "+strconv.FormatInt(t.ID, 10)+": "+field, "", f[field][0])
	}
	return p.applyTo(t), nil
}

// sameContent reports whether two taxes have the same JSON, except for id and
// time.
func sameContent(a, b Tax) bool {
	return a.Name == b.Name && slices.Equal(a.DisplayName, b.DisplayName) &&
		exact.Format(a.Percentage) == exact.Format(b.Percentage) &&
		a.TaxIdentificationNumberID == b.TaxIdentificationNumberID
}

func (t Tax) clone() Tax {
	t.DisplayName = slices.Clone(t.DisplayName)
	return t
}

func inputError(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: clip(value), Reason: reason}
}

// notFound returns the error for an id that no tax has.
func notFound(id string) error {
	return &tax.InputError{Field: "id", Value: clip(id), Reason: "no tax has this id", Kind: tax.ErrNotFound}
}

// noJSON returns the error of a type that JSON would empty.
func noJSON(name string) error {
	return inputError(name, "", "not data that JSON can hold: store the taxes that List returns")
}
