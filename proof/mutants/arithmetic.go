package main

// inArithmetic are faults in percentages, rounding and amounts.
var inArithmetic = []mutant{
	// Rounding.
	{
		"internal/exact/mode.go", "HalfUp rounds halves toward zero",
		"return one(half >= 0)", "return one(half > 0)",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "HalfEven rounds halves to the odd digit",
		"one(half == 0)&one(odd)", "one(half == 0)&one(!odd)",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "HalfDown rounds halves away from zero",
		"case HalfDown:\n\t\treturn one(half > 0)", "case HalfDown:\n\t\treturn one(half >= 0)",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "Up rounds to the nearest",
		"return one(inexact)", "return one(half >= 0)",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "Down rounds up",
		"default:\n\t\treturn 0", "default:\n\t\treturn one(inexact)",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "negative amounts of any size are rounded up",
		"big.NewInt(int64(num.Sign()))", "big.NewInt(1)",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "negative amounts lose their sign",
		"return (int64(quo) ^ sign) - sign, true", "return int64(quo) | sign&0, true",
		"internal/exact", []string{"TestModesRoundAsTheTableSays"},
	},
	{
		"internal/exact/mode.go", "twice the remainder wraps",
		"int(one(rest > den-rest)) - int(one(rest < den-rest))", "int(one(2*rest > den)) - int(one(2*rest < den))",
		"internal/exact", []string{"TestMulDivAndCutIn64BitsAreThoseOfAnySizeOrRefused"},
	},
	{
		"internal/exact/mode.go", "the wide path compares a remainder with the whole divisor",
		"new(big.Int).Lsh(rest, 1).CmpAbs(den)", "rest.CmpAbs(den)",
		"internal/exact", []string{"TestQuotientAgreesWithFractionsAndLeavesItsArgumentsAlone"},
	},

	// The bounds of 64 bits.
	{
		"internal/exact/mode.go", "the largest quotient wraps to nothing when it is rounded",
		"if !ok || quo > math.MaxInt64 {", "if !ok {",
		"internal/exact", []string{"TestMulDivDoesNotWrapWhereItRoundsTheLargestQuotient"},
	},
	{
		"internal/exact/mode.go", "a result of 64 bits wraps to a negative number",
		"\tif quo > math.MaxInt64 {", "\tif quo > math.MaxUint64 {",
		"internal/exact", []string{"TestModesRoundAsTheTableSays", "TestMulDivAndCutIn64BitsAreThoseOfAnySizeOrRefused"},
	},
	{
		"internal/exact/mode.go", "a quotient beyond 64 bits is divided",
		"if hi >= den {", "if hi > den {",
		"internal/exact", []string{"TestMulDivAndCutIn64BitsAreThoseOfAnySizeOrRefused"},
	},
	{
		"internal/exact/mode.go", "a denominator wraps",
		"if hi != 0 {", "if hi != 0 && false {",
		"internal/exact", []string{"TestScaledIn64BitsIsWideScaledOrRefused"},
	},
	{
		"internal/exact/integer.go", "a sum wraps",
		"return sum, (a^sum)&(b^sum) >= 0", "return sum, true",
		"internal/exact", []string{"TestSumsAndProductsAreRightOrRefused"},
	},
	{
		"internal/exact/integer.go", "a difference wraps",
		"return difference, (a^b)&(a^difference) >= 0", "return difference, true",
		"internal/exact", []string{"TestSumsAndProductsAreRightOrRefused"},
	},
	{
		"internal/exact/integer.go", "a product wraps",
		"if hi != 0 || lo > 1<<63-1 {", "if hi != 0 {",
		"internal/exact", []string{"TestSumsAndProductsAreRightOrRefused"},
	},
	{
		"internal/exact/integer.go", "a power of ten wraps",
		"case n > 18:", "case n > 19:",
		"internal/exact", []string{"TestShiftingByPowersOfTenIsExactOrRefused"},
	},
	{
		"internal/exact/integer.go", "decimals of a refund are cut off",
		"a%int64(powers[n]) != 0", "a%int64(powers[n]) > 0",
		"internal/exact", []string{"TestShiftingByPowersOfTenIsExactOrRefused"},
	},
	{
		"internal/exact/decimal.go", "digits beyond 64 bits wrap to a small number",
		" && d.Cmp(decimal.New(c, d.Exponent())) == 0", "",
		"internal/exact", []string{"TestSmallIsEighteenDigitsAndNeverWraps"},
	},

	// The tax on a price.
	{
		"internal/exact/ratio.go", "the tax in a gross price is taken as if it were net",
		"return Ratio{r.Num, r.Den + r.Num}", "return r",
		"internal/exact", []string{"TestRatiosAreThoseOfTheirPercentage"},
	},
	{
		"internal/exact/ratio.go", "a percentage of the gross price is applied to the net price",
		"return Ratio{r.Num, r.Den - r.Num}", "return r",
		"internal/exact", []string{"TestRatiosAreThoseOfTheirPercentage"},
	},
	{
		"internal/exact/ratio.go", "of a large number, the percentage of the gross price is wrong",
		"if ofGross {\n\t\treturn r\n\t}\n\treturn WideRatio", "if false {\n\t\treturn r\n\t}\n\treturn WideRatio",
		".", []string{"TestAmountsAgreeWithExactFractions", "TestConvertKeepsTheNet"},
	},
	{
		"internal/exact/ratio.go", "net first rounds the tax",
		"return Ratio{r.Den - r.Num, r.Den}", "return r",
		"internal/exact", []string{"TestRatiosAreThoseOfTheirPercentage"},
	},
	{
		"amount.go", "a gross amount that 64 bits do not hold is a small or negative one",
		"return ok || gross", "return ok || true",
		".", []string{"TestMinorUnitsBeyond64BitsAreErrorsAndNeverWrap"},
	},
	{
		"amount.go", "a sale under reverse charge is taxed",
		"c.asserted != nil || ", "",
		".", []string{"TestATreatmentOtherThanTaxableHasNoTax"},
	},
	{
		"amount.go", "net first makes a tax at a rate of zero",
		" && ratio.Num != 0", "",
		".", []string{"TestARateOfZeroHasNoTaxNetFirstEither", "TestATreatmentOtherThanTaxableHasNoTax"},
	},
	{
		"convert.go", "a converted price is rounded twice",
		"units := exact.Mode(rounding.mode).WideScaled(gross.Coefficient(), shift, num, den)", "net.Num = exact.Mode(rounding.mode).WideScaled(gross.Coefficient(), shift, net.Num, net.Den)\n\tnum.Mul(net.Num, new(big.Int).Add(tax.Den, tax.Num))\n\tunits := exact.Mode(rounding.mode).Quotient(num, den.Set(tax.Den))",
		".", []string{"TestConvertKeepsTheNet"},
	},
	{
		"convert.go", "a conversion leaves the old tax in the price",
		".InGross(from.OfGross()).Rest()", ".InGross(from.OfGross()).Rest()\n\tnet.Num = net.Den",
		".", []string{"TestConvertKeepsTheNet"},
	},
	{
		"rounding.go", "minor units cut off a decimal",
		"if trimmed.Exponent() < -r.scale() {", "if trimmed.Exponent() < -r.scale()-1 {",
		".", []string{"TestMinorRefusesWhatItWouldHaveToRoundOrWrap"},
	},
	{
		"rounding.go", "minor units of no rounding are whole units",
		"if !r.valid() {", "if !r.valid() && r.places != 0 {",
		".", []string{"TestRoundingsThatDoNotExistRoundNothing"},
	},
	{
		"rounding.go", "JSON without a scale is a rounding to whole units",
		"scale, hasMode := int64(-1), false", "scale, hasMode := int64(0), false",
		".", []string{"TestRoundingIsReadFromJSONWhole"},
	},
	{
		"rounding.go", "whole units that were asked for are no rounding",
		"if places >= 0 {", "if places > 0 {",
		".", []string{"TestRoundingsThatDoNotExistRoundNothing"},
	},

	// Shares.
	{
		"internal/exact/remainder.go", "the remainder of the tax goes to no component",
		"parts[i].Add(parts[i], one)", "_, _ = i, one",
		"internal/exact", []string{"TestApportionIsWideApportionAndTheRule"},
	},
	{
		"internal/exact/remainder.go", "on a refund the smallest remainder wins",
		"rests[j].CmpAbs(rests[i])", "rests[j].Cmp(rests[i])",
		"internal/exact", []string{"TestApportionIsWideApportionAndTheRule"},
	},
	{
		"internal/exact/remainder.go", "all of several equal remainders get a unit",
		"if rest == threshold && ties > 0 {", "if rest == threshold {",
		"internal/exact", []string{"TestApportionGivesTheLargestRemaindersOneUnitMore"},
	},
	{
		"internal/exact/remainder.go", "in a refund, the units left are added",
		"one = -1", "one = 1",
		"internal/exact", []string{"TestApportionGivesTheLargestRemaindersOneUnitMore"},
	},
	{
		"internal/exact/remainder.go", "the count of equal keys is that of the pivot",
		"return pivot, wanted - larger", "return pivot, equal",
		"internal/exact", []string{"TestLargestAgreesWithASort"},
	},
	{
		"internal/exact/remainder.go", "after cutting off the larger keys, the wrong place is sought",
		"keys, wanted = keys[larger+equal:], wanted-larger-equal", "keys, wanted = keys[larger+equal:], wanted-larger",
		"internal/exact", []string{"TestLargestAgreesWithASort"},
	},

	// Text and bounds.
	{
		"internal/exact/decimal.go", "an amount of any length is accepted",
		"d.NumDigits() <= MaxDigits", "true",
		".", []string{"TestAmountsOutOfRangeAreRefusedAtOnce"},
	},
	{
		"internal/exact/decimal.go", "decimals that are not zeros are dropped",
		"if r.Sign() != 0 {\n\t\t\tbreak", "if r.Sign() != 0 && false {\n\t\t\tbreak",
		"internal/exact", []string{"TestTrimDropsZerosOfDecimalsAlone"},
	},
	{
		"internal/exact/decimal.go", "hundredths are written as tenths",
		"missing := 1 - exp - len(text)", "missing := 2 - exp - len(text)",
		"internal/exact", []string{"TestFormatWritesAllDecimalsAndNoExponent"},
	},
	{
		"internal/exact/decimal.go", "a leading zero is accepted",
		"len(whole) > 1 && whole[0] == '0'", "false",
		"internal/exact", []string{"TestParseRefusesWhatIsNoNumberOfJSON"},
	},

	// Percentages.
	{
		"internal/exact/percent.go", "digits beyond 64 bits wrap",
		"if len(text) <= 18 {", "if len(text) <= maxPercentDigits {",
		"proof", []string{"TestPercentDoesNotWrap"},
	},
	{
		"internal/exact/percent.go", "a fraction is a tenth of the percentage",
		"d = d.Shift(2)", "d = d.Shift(1)",
		".", []string{"TestFractionIsAHundredthOfThePercentage"},
	},
	{
		"internal/exact/percent.go", "one decimal too many is accepted",
		"case d.Exponent() < -maxPercentScale:", "case d.Exponent() < -maxPercentScale-1:",
		"internal/exact", []string{"TestPercentFaultKnowsTheBounds"},
	},
}
