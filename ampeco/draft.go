package ampeco

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// Draft is what a store needs to create a tax. Its fields are those of [Tax];
// the package documentation has their rules.
type Draft struct {
	// Name is required.
	Name string
	// DisplayName may be left empty; its locales in any form.
	DisplayName []tax.Translation
	// Percentage in percent; the zero Decimal is 0 %.
	Percentage decimal.Decimal
	// TaxIdentificationNumberID is 0 when there is none.
	TaxIdentificationNumberID int64
}

// ParseDraft reads the body of a create. Its error is a [ValidationError] with
// all faults.
func ParseDraft(body []byte) (Draft, error) {
	p, err := parse(body, func(p Patch, f faults) {
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
	t := p.over(Tax{})
	return Draft{t.Name, t.DisplayName, t.Percentage, t.TaxIdentificationNumberID}, nil
}

// Tax returns the tax that a store creates for the draft, as yet without ID and
// LastUpdatedAt, its locales canonical. It shares nothing with the draft. Its
// error is a [ValidationError] with all faults.
func (d Draft) Tax() (Tax, error) { return d.patch().Apply(Tax{}) }

// patch sets all fields of a draft, so that one check serves both.
func (d Draft) patch() Patch {
	p := Patch{Name: Set(d.Name), DisplayName: Set(d.DisplayName), Percentage: Set(d.Percentage)}
	if d.TaxIdentificationNumberID != 0 {
		p.TaxIdentificationNumberID = Set(d.TaxIdentificationNumberID)
	}
	return p
}
