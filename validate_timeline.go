package tax

import (
	"slices"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

const maxComponents = 16

// timeline checks the entries of a class.
func (v *validator) timeline(class *Class, country bool) {
	if len(class.Rates) == 0 {
		v.errorf("rates", "rates_missing", "empty: a class needs at least one entry")
	}
	for i := range class.Rates {
		r := &class.Rates[i]
		v.at.rate = i
		switch {
		case r.From.IsZero() && i != len(class.Rates)-1:
			v.errorf("from", "from_missing", "missing: only the oldest entry can have an unknown start")
		case i > 0 && !class.Rates[i-1].From.IsZero() && !r.From.Before(class.Rates[i-1].From):
			v.errorf("from", "from_not_descending", "not before the entry above it: list entries newest first, one per day")
		}
		if !r.From.IsZero() && !r.Evidence.VerifiedSince.IsZero() {
			v.errorf("evidence.verifiedSince", "verified_since_not_allowed", "the entry has a first day: leave it out")
		}
		if int(r.Effect) >= len(effectNames) {
			v.errorf("effect", "effect_unknown", "no such effect")
			continue
		}
		if country && (r.Effect == Add || r.Effect == AddCompound || r.Effect == Inherit) {
			v.errorf("effect", "effect_without_parent", r.Effect.String()+" in a country, which has no parent: use replace")
		}
		if r.Effect.hasPercent() {
			v.rate(r)
		} else {
			v.noRate(r)
		}
	}
}

// rate checks an entry that carries a percentage.
func (v *validator) rate(r *Rate) {
	percent := exact.CheckPercent(r.Percent)
	if percent.Fault == "" && !percent.Zero {
		v.fraction = v.fraction || percent.BelowOne
		v.whole = v.whole || !percent.BelowOne
	}
	v.tax(&r.Tax)
	v.evidence(&r.Evidence)
	if int(r.Treatment) >= len(treatmentNames) {
		v.errorf("treatment", "treatment_unknown", "no such treatment")
		return
	}
	if percent.Fault != "" {
		v.errorf("percent", "percent_out_of_range", percent.Fault)
		return
	}
	switch {
	case r.Treatment != Taxable && !percent.Zero:
		v.errorf("percent", "percent_not_zero", "not 0, but the treatment is "+r.Treatment.String())
	case r.Treatment != Taxable && r.Effect != Replace:
		v.errorf("treatment", "treatment_not_addable", r.Treatment.String()+" with "+r.Effect.String()+": only a taxable rate comes on top of another")
	case r.Treatment == Taxable && percent.Zero:
		v.warnf("percent", "percent_zero", "taxable at 0 %: write zeroRated, exempt or outsideScope if that is meant")
	}
	if r.OfGross && r.Effect != Replace {
		v.errorf("ofGross", "gross_not_addable", "with "+r.Effect.String()+": a percentage of the gross price cannot come on top of another")
	}
	if r.OfGross && !r.Percent.LessThan(decimal.New(100, 0)) {
		v.errorf("percent", "gross_percent_too_large", "of the gross price, it must be below 100")
	}
	if len(r.Components) > 0 {
		v.components(r)
	}
}

// components checks the components of a percentage.
func (v *validator) components(r *Rate) {
	if r.OfGross || r.Treatment != Taxable {
		v.errorf("components", "components_not_allowed", "only a taxable percentage of the net price has components")
		return
	}
	if len(r.Components) > maxComponents {
		// Each compound component multiplies the number of digits.
		v.errorf("components", "components_too_many", "more than "+itoa(maxComponents)+" components")
		return
	}
	valid := true
	for i := range r.Components {
		c := &r.Components[i]
		v.at.component = i
		same := func(other Component) bool { return other.Code == c.Code }
		if !isCode(c.Code) {
			v.errorf("code", "component_code_malformed", codeForm)
		} else if first := slices.IndexFunc(r.Components[:i], same); first >= 0 {
			v.errorf("code", "component_duplicate", taken(c.Code, position{v.at.class, v.at.rate, first}.path("code")))
		}
		if reason := exact.PercentFault(c.Percent); reason != "" {
			v.errorf("percent", "percent_out_of_range", reason)
			valid = false
		}
	}
	v.at.component = -1
	if !valid {
		return
	}
	if r.Effect == AddCompound && len(r.Components) > 1 {
		v.errorf("components", "components_with_add_compound", "several with addCompound: list one or none")
		return
	}
	if r.Effect == Add && slices.ContainsFunc(r.Components, func(c Component) bool { return c.Compound }) {
		v.errorf("components", "compound_with_add", "compound with add: use addCompound, or an entry that replaces")
		return
	}
	n, parts := len(r.Components), componentsOf(r.Components)
	if total, ok := exact.PlainSum(n, parts); ok && total.Equal(r.Percent) {
		return
	}
	if total := exact.TotalPercent(n, parts); !total.Equal(r.Percent) {
		v.errorf("components", "components_sum", "together "+exact.Format(total)+", but the percentage is "+exact.Format(r.Percent))
	}
}

// noRate checks an entry that carries no percentage.
func (v *validator) noRate(r *Rate) {
	if r.Percent.Sign() != 0 || r.OfGross || len(r.Components) > 0 || r.Treatment != Taxable ||
		r.Tax.Code != "" || !r.Tax.Name.IsZero() {
		v.errorf("", "rate_not_allowed", "an entry with "+r.Effect.String()+" has no rate of its own: leave percent, components, treatment and tax out")
	}
	v.evidence(&r.Evidence)
}

func (v *validator) evidence(e *Evidence) {
	if int(e.Status) >= len(statusNames) {
		v.errorf("evidence.status", "status_unknown", "no such status")
	}
	for i, source := range e.Sources {
		if !utf8.ValidString(source) {
			v.errorf(indexed("evidence.sources", i), "source_not_utf8", notUTF8)
		}
	}
}
