package main

// inArithmetic are faults in percentages, rounding and amounts.
var inArithmetic = []mutant{
	{
		"rounding.go", "halves are rounded toward zero",
		".Cmp(den) >= 0 {", ".Cmp(den) > 0 {",
		".", []string{"TestHalfUpRoundsHalvesAwayFromZero"},
	},
	{
		"rounding.go", "negative amounts are rounded up",
		"big.NewInt(int64(num.Sign()))", "big.NewInt(1)",
		".", []string{"TestHalfUpRoundsHalvesAwayFromZero", "TestARefundMirrorsItsSale"},
	},
	{
		"amount.go", "what rounding leaves of the tax is no component's",
		"for left.Sign() != 0 {", "for left.Sign() != 0 && false {",
		".", []string{"TestAmountsOfTheTable"},
	},
	{
		"amount.go", "of equal remainders the last wins",
		"rests[i].CmpAbs(rests[best]) > 0", "rests[i].CmpAbs(rests[best]) >= 0",
		".", []string{"TestAmountsOfTheTable"},
	},
	{
		"amount.go", "the tax in a gross price is taken as if it were net",
		"base = base.Add(percent)", "_ = base",
		".", []string{"TestAmountsOfTheTable"},
	},
	{
		"amount.go", "on a refund the smallest remainder wins",
		"rests[i].CmpAbs(rests[best]) > 0", "rests[i].Cmp(rests[best]) > 0",
		".", []string{"TestARefundMirrorsItsSale"},
	},
	{
		"amount.go", "an amount of any length is taken",
		"d.NumDigits() > maxAmountDigits", "false",
		".", []string{"TestAmountsOutOfRangeAreRefusedAtOnce"},
	},
	{
		"percent.go", "digits beyond 64 bits wrap",
		"if len(text) <= 18 {", "if len(text) <= maxPercentDigits {",
		"internal/proof", []string{"TestPercentDoesNotWrap"},
	},
	{
		"percent.go", "a fraction is a tenth of the percentage",
		"d = d.Shift(2)", "d = d.Shift(1)",
		".", []string{"TestFractionIsAHundredthOfThePercentage"},
	},
	{
		"percent.go", "one decimal more than there may be is taken",
		"case d.Exponent() < -maxPercentScale:", "case d.Exponent() < -maxPercentScale-1:",
		".", []string{"TestPercentFaultKnowsTheBounds"},
	},
}
