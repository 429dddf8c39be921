package proof_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"pgregory.net/rapid"
)

// TestGeneratorsReachEveryCase makes sure that the proofs prove something: the random
// lookups must meet every kind of answer and every kind of error, and answers often.
func TestGeneratorsReachEveryCase(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some thousands of cases")
	}
	met := map[string]int{}
	lookups := 0
	check(t, 3000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		w := proof.NewWorld(s.Docs)
		for _, c := range s.Docs {
			for name, yes := range map[string]bool{"shared codes": len(c.SharedPostalCodes) > 0, "within another region": c.Within != "", "local taxes missing": c.LocalTaxesMissing} {
				if yes {
					met[name]++
				}
			}
		}
		for range 6 {
			a, err := w.Resolve(proof.LookupIn(s).Draw(t, "lookup"))
			lookups++
			for _, k := range sentinels {
				if errors.Is(err, k) {
					met[k.Error()]++
				}
			}
			if err == nil {
				meet(met, s, a)
			}
		}
	})
	if lookups < 10000 {
		t.Skip("needs some thousands of cases")
	}
	assert.Greater(t, met["answer"], lookups/4, "answers are too rare: %v", met)
	for _, k := range []error{tax.ErrUnknownCountry, tax.ErrUnknownRegion, tax.ErrRegionRequired, tax.ErrUnknownClass,
		tax.ErrNoDefaultClass, tax.ErrNoRate, tax.ErrInvalid} {
		assert.NotZero(t, met[k.Error()], "%v: %v", k, met)
	}
	for _, step := range []tax.Step{tax.StepCountry, tax.StepRegion, tax.StepRegionAlias, tax.StepParentRegion, tax.StepRegionName, tax.StepPostalCode,
		tax.StepClass, tax.StepClassAlias, tax.StepDefaultClass, tax.StepFallback, tax.StepInherited} {
		assert.NotZero(t, met[string(step)], "%s: %v", step, met)
	}
	for effect := tax.Replace; effect < tax.End; effect++ {
		assert.NotZero(t, met[effect.String()], "%v: %v", effect, met)
	}
	for treatment := tax.Taxable; treatment <= tax.OutsideScope; treatment++ {
		assert.NotZero(t, met[treatment.String()], "%v: %v", treatment, met)
	}
	for status := tax.Unstated; status <= tax.Disputed; status++ {
		assert.NotZero(t, met["status "+status.String()], "%v: %v", status, met)
	}
	for _, name := range []string{"of gross", "undated", "region overruled", "since ever", "for ever", "compound", "three entries", "sum of taxes",
		"shared codes", "within another region", "local taxes missing"} {
		assert.NotZero(t, met[name], "%s: %v", name, met)
	}
}

// meet counts the cases that an answer shows.
func meet(met map[string]int, s proof.Set, a proof.Answer) {
	met["answer"]++
	met[string(a.Step)]++
	for _, step := range a.ClassSteps {
		met[string(step)]++
	}
	met[a.Treatment.String()]++
	met["status "+a.Status.String()]++
	for name, yes := range map[string]bool{
		"of gross": a.OfGross, "undated": a.Undated, "region overruled": a.PostalOverRegion,
		"since ever": a.Since.IsZero(), "for ever": a.Until.IsZero(), "three entries": len(a.Entries) > 2,
	} {
		if yes {
			met[name]++
		}
	}
	for _, e := range a.Entries {
		for _, c := range s.Docs {
			for _, k := range c.Classes {
				if c.Location != e.Location || k.Code != e.Class {
					continue
				}
				r := k.Rates[e.Index]
				met[r.Effect.String()]++
				for _, p := range r.Components {
					if p.Compound {
						met["compound"]++
					}
				}
				if r.Effect == tax.Add && len(r.Components) > 0 {
					met["sum of taxes"]++
				}
			}
		}
	}
}
