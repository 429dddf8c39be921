package basket

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Exemption says which tax is not charged, and why.
type Exemption struct {
	// Components are the codes of the components that are not charged, if others are. To
	// charge none, use an assertion.
	Components []string `json:"components,omitempty"`
	// Code is the code of the reason, such as VATEX-EU-IC (BT-121).
	Code string `json:"code,omitempty"`
	// Reason is the reason in words (BT-120). The reason of an assertion need not be
	// repeated here.
	Reason string `json:"reason,omitempty"`
}

// RateExemption is the exemption of one rate of a result.
type RateExemption struct {
	// Rate is the index of the rate in Rates. Its explanation has only the components that
	// are charged.
	Rate int `json:"rate"`
	Exemption
}

// isZero reports whether nothing is exempt.
func (e *Exemption) isZero() bool { return len(e.Components) == 0 && e.Code == "" && e.Reason == "" }

// without returns the codes of the components that are not charged, sorted and separated by
// commas.
func (e *Exemption) without() string {
	return strings.Join(slices.Sorted(slices.Values(e.Components)), ", ")
}

// key returns a text that is the same for equal exemptions.
func (e *Exemption) key() string {
	if e.isZero() {
		return ""
	}
	return fmt.Sprintf("%q %q %q", e.Components, e.Code, e.Reason)
}

// charged returns the components of a rate without those that are exempt.
func (e *Exemption) charged(rate tax.Resolution) ([]tax.Component, *fault) {
	all := rate.Components()
	if len(e.Components) == 0 {
		if !e.isZero() && rate.Treatment() == tax.Taxable {
			return nil, &fault{"tax.exemption", e.Code, "given with a rate that is taxable: assert a treatment, or name components"}
		}
		return all, nil
	}
	if rate.OfGross() {
		return nil, &fault{"tax.exemption.components", strings.Join(e.Components, ", "), "not allowed with a rate of the gross price: its components cannot be told apart"}
	}
	exempt := make([]bool, len(all))
	for i, code := range e.Components {
		n := indexOfComponent(all, code)
		if n < 0 {
			return nil, &fault{fmt.Sprintf("tax.exemption.components[%d]", i), code, "no such component in the rate"}
		}
		exempt[n] = true
	}
	var left []tax.Component
	for i := range all {
		if !exempt[i] {
			left = append(left, all[i])
		}
	}
	if len(left) == 0 {
		return nil, &fault{"tax.exemption.components", strings.Join(e.Components, ", "), "not allowed for all components: assert a treatment"}
	}
	return left, nil
}

// explain returns the explanation of the rate of a slot, with the components that are
// charged.
func (s *slot) explain() tax.Explanation {
	e := s.rate.Explain()
	if x := s.exemption(); x == nil || len(x.Components) == 0 {
		return e
	}
	charged := s.charged()
	e.Percent, e.Components = exact.Format(exact.WholePercent(len(charged), componentsFrom(charged))), nil
	for _, c := range charged {
		e.Components = append(e.Components, tax.ComponentPart{Code: c.Code, Percent: exact.Format(c.Percent), Compound: c.Compound})
	}
	return e
}
