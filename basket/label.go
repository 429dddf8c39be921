package basket

import (
	"fmt"

	"github.com/taxresolve/tax"
)

// Format is the version of the form of a [Result]. It changes when a result of before could
// no longer be read.
const Format = 1

// Label has the names of a rate in one language, as they are printed on the invoice.
type Label struct {
	// Language is the language that was asked for. A name that does not exist in it is in
	// the default language of the data, or a code.
	Language string `json:"language"`
	// Rate is the index of the rate in Rates.
	Rate int `json:"rate"`
	// Class and Tax are the names of the class and of the tax.
	Class string `json:"class"`
	Tax   string `json:"tax,omitempty"`
	// Components are the names of the components, in their order.
	Components []string `json:"components,omitempty"`
}

// labels returns the names of all rates in the languages of the basket.
func (p *Priced) labels() ([]Label, error) {
	var list []Label
	for i, language := range p.basket.Languages {
		prefs, err := tax.NewPreferences(language)
		if err != nil {
			if input, ok := err.(*tax.InputError); ok {
				return nil, input.At(fmt.Sprintf("languages[%d]", i))
			}
			return nil, err
		}
		for n := range p.rates.slots {
			s := &p.rates.slots[n]
			label := Label{Language: language, Rate: n, Class: s.rate.Name(prefs), Tax: s.rate.TaxName(prefs)}
			for _, c := range s.charged() {
				name := c.Name.In(prefs).Text
				if name == "" {
					name = c.Code
				}
				label.Components = append(label.Components, name)
			}
			list = append(list, label)
		}
	}
	return list, nil
}

// labels checks that the names belong to the rates.
func (v *audit) labels() {
	for i := range v.sale.Labels {
		l := &v.sale.Labels[i]
		if uint(l.Rate) >= uint(len(v.sale.Rates)) {
			v.unreadable("labels[%d].rate", i)
		} else if len(l.Components) != len(v.sale.Rates[l.Rate].Components) {
			v.expectCount(LawComponents, len(v.sale.Rates[l.Rate].Components), len(l.Components), "labels[%d].components", i)
		}
	}
}
