package page

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// rate is an answer as people read it.
type rate struct {
	Class, Name, Description string
	Text                     string // such as "19 %" or "exempt"
	Tax                      string
	Components               []string
	Treatment                string
	Since, Until             tax.Date
	Status                   string
	Sources                  []string
	Default                  bool
	Documents                []tax.DocumentVersion
}

// percentText returns a percentage with all its decimals, whatever the settings of the
// decimal library are.
func percentText(d decimal.Decimal) string {
	return d.StringFixed(max(0, -d.Exponent())) + "\u00a0%"
}

// treatments are the words for treatments.
var treatments = map[tax.Treatment]string{
	tax.Taxable: "taxable", tax.ZeroRated: "zero-rated", tax.Exempt: "exempt", tax.ReverseCharge: "reverse charge",
	tax.IntraCommunity: "intra-Community supply", tax.Export: "export", tax.OutsideScope: "outside the scope of the tax",
}

// statuses are the words for how well a rate is known.
var statuses = map[tax.Status]string{
	tax.Unstated: "not stated", tax.Agreed: "sources agree", tax.Single: "one source",
	tax.Undated: "first day not known", tax.Disputed: "sources disagree",
}

// charged says what is charged in few words. A treatment is never left out, because 0 %
// would not say it.
func charged(r tax.Resolution) string {
	switch r.Treatment() {
	case tax.Taxable:
		if r.OfGross() {
			return percentText(r.Percent()) + " of the gross price"
		}
		return percentText(r.Percent())
	case tax.ZeroRated:
		return "0\u00a0%, zero-rated"
	}
	return treatments[r.Treatment()]
}

// rate describes an answer for a reader.
func (r *reader) rate(a tax.Resolution) rate {
	e := a.Explain()
	d := rate{
		Class: a.Class(), Name: a.Name(r.in), Description: a.Description(r.in), Text: charged(a), Tax: a.TaxName(r.in),
		Treatment: treatments[a.Treatment()], Since: a.Since(), Until: a.Until(), Status: statuses[e.Status], Sources: e.Sources,
		Default: a.IsDefault(), Documents: e.Documents,
	}
	for _, c := range a.Components() {
		name := c.Code
		if in := c.Name.In(r.in).Text; in != "" {
			name = in
		}
		part := isolated(name) + " " + percentText(c.Percent)
		if c.Compound {
			part += " on top of those before"
		}
		d.Components = append(d.Components, part)
	}
	return d
}

// Last returns the last day on which the rate holds, if Until is known.
func (d rate) Last() tax.Date { return d.Until.AddDays(-1) }

// Interval says when the rate holds.
func (d rate) Interval() string {
	var parts []string
	if !d.Since.IsZero() {
		parts = append(parts, "from "+d.Since.String())
	}
	if !d.Until.IsZero() {
		parts = append(parts, "until "+d.Last().String())
	}
	return strings.Join(parts, " ")
}
