package ampeco

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// Draft is a tax to be created. Its fields are those of [Tax]; the package
// documentation has their rules.
type Draft struct {
	// Name is required.
	Name string
	// DisplayName is optional. Its locales may have any form.
	DisplayName []tax.Translation
	// Percentage is in percent. The zero Decimal is 0 %.
	Percentage decimal.Decimal
	// TaxIdentificationNumberID is 0 if there is none.
	TaxIdentificationNumberID int64
}

// ParseDraft reads the body of a create request, and refuses unknown fields. Its error
// is a [ValidationError] with all faults.
func ParseDraft(body []byte) (Draft, error) { return parseDraft(body, false) }

func parseDraft(body []byte, tolerant bool) (Draft, error) {
	p, err := parse(body, tolerant, func(p Patch, f faults) {
		if p.Name.state == kept {
			f.add("name", "missing: write a name")
		}
		if p.Percentage.state == kept {
			f.add("percentage", "missing: write a number in percent, such as 20")
		}
	})
	if err != nil {
		return Draft{}, err
	}
	t := p.applyTo(Tax{})
	return Draft{t.Name, t.DisplayName, t.Percentage, t.TaxIdentificationNumberID}, nil
}

// MarshalJSON returns the body of a create request. Its error is that of Tax.
func (d Draft) MarshalJSON() ([]byte, error) { return d.patch().MarshalJSON() }

// UnmarshalJSON is [ParseDraft]. If there is an error, d keeps its value.
func (d *Draft) UnmarshalJSON(body []byte) error {
	read, err := ParseDraft(body)
	if err == nil {
		*d = read
	}
	return err
}

// Tax returns the tax that a store creates for the draft, with canonical
// locales but without ID and LastUpdatedAt, which the store sets. It shares no
// memory with the draft. Its error is a [ValidationError] with all faults.
func (d Draft) Tax() (Tax, error) { return d.patch().Apply(Tax{}) }

// patch returns a patch that sets all fields of the draft, so that one check
// serves both.
func (d Draft) patch() Patch {
	p := Patch{Name: Set(d.Name), DisplayName: Set(d.DisplayName), Percentage: Set(d.Percentage)}
	if d.TaxIdentificationNumberID != 0 {
		p.TaxIdentificationNumberID = Set(d.TaxIdentificationNumberID)
	}
	return p
}
