package basket_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// goldenTaxation reads what is special about the tax of a line.
func (g *golden) goldenTaxation(t *testing.T, special *basket.Taxation, word, value string) {
	switch word {
	case "keep":
		special.KeepGross = value == "gross"
	case "inside":
		if rate, err := placeOf(t, g.classes...).Rate(value); err == nil {
			special.Included = rate
			return
		}
		special.IncludedComponents = strings.Split(value, ",")
	case "exempt":
		special.Exemption.Components = strings.Split(value, ",")
	case "base":
		special.Base.Amount = number(t, value)
	case "less":
		special.Base.Less = number(t, value)
	case "less-percent":
		special.Base.LessPercent = number(t, value)
	case "up-to":
		special.Base.UpTo = number(t, value)
	case "borne":
		special.SellerBears = value == "by-seller"
	case "at":
		country, day, _ := strings.Cut(value, ":")
		place, err := g.world.Place(context.Background(), tax.Lookup{Country: country, Date: tax.MustDate(day)})
		require.NoError(t, err)
		special.Place = place
	case "by-price":
		for step := range strings.SplitSeq(value, ",") {
			class, upTo, _ := strings.Cut(step, ":")
			rule := basket.ClassUpTo{Class: class}
			if upTo != "" {
				rule.UpTo = number(t, upTo)
			}
			special.ClassByPrice = append(special.ClassByPrice, rule)
		}
	}
}

// goldenChoice reads what a discount of the basket reduces.
func goldenChoice(t *testing.T, d *basket.Discount, words []string) {
	for _, word := range words {
		name, value, _ := strings.Cut(word, ":")
		switch name {
		case "only":
			d.Only = strings.Split(value, ",")
		case "except":
			d.Except = strings.Split(value, ",")
		case "charges":
			d.Charges = true
		case "with-tax":
			d.AmountTax = basket.WithTax
		case "at-most":
			d.AtMost = true
		case "after-tax":
			d.AfterTax = true
		case "optional":
			d.Optional = true
		default:
			t.Fatalf("no such word: %s", word)
		}
	}
}
