package main

// inBaskets are faults in baskets, refunds and their audit.
var inBaskets = []mutant{
	{
		"basket/ledger.go", "what is left of components is not paid back with the last of a row",
		"l.sale.Policy.step(), !open[row])", "l.sale.Policy.step(), false)",
		"basket", []string{"TestComponentsOfOtherSignsArePaidBackInFull"},
	},
	{
		"basket/level.go", "the remainder of a basket's line is not carried to the next",
		"if at.tax, ok = exact.Sub(so, c.tax); !ok {", "if at.tax, ok = p.lineTax(at, p.base(i)); !ok {",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/level.go", "the remainder of a basket's line is carried to prices of the other kind",
		"at, c, ok := &p.positions[i], p.cell(cells, i), false", "at, c, ok := &p.positions[i], &cells[p.rates.groupOf(&p.positions[i])][0], false",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/verify_tax.go", "the audit does not carry the remainder of a line",
		"v.expectTax(it, new(big.Int).Sub(after, before))", "_ = before\n\t\t\t\tv.expectTax(it, after)",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/policies.go", "taxes in whole rupees are in tens of them",
		"exact.Power(decimals).Int64()", "exact.Power(decimals + 1).Int64()",
		"basket", []string{"TestNamedPoliciesSetOneRule"},
	},
	{
		"basket/level.go", "of two equal remainders of a basket's rate, the tax inside prices gets the unit",
		"netRest == grossRest && netFirst", "netRest == grossRest && !netFirst",
		"basket", []string{"TestOfEqualRemaindersTheKindThatOccursFirstGetsTheUnit"},
	},
	{
		"internal/exact/fraction.go", "fractions with other denominators are added as if they had the same",
		"case f.den.Cmp(&f.unit) == 0:", "case f.den.Sign() > 0:",
		"internal/exact", []string{"TestFractionIsTheExactSum"},
	},
	{
		"internal/exact/fraction.go", "a small fraction is extended by the whole of another denominator",
		"term, ok2 = Mul(term, den/common)", "term, ok2 = Mul(term, den)",
		"internal/exact", []string{"TestSmallFractionsAreTheExactSum"},
	},
	{
		"internal/exact/remainder.go", "in a refund, the parts of a basket's discount are added",
		"parts[i] += int64(q) * one", "parts[i] += int64(q)",
		"internal/exact", []string{"TestAddPartsAddsToWhatIsThere"},
	},
	{
		"basket/coupon.go", "a basket's discount is divided by the prices of the basket before",
		"clear(s.prices[0])", "",
		"basket", []string{"TestBasketsDoNotSeeThoseBefore"},
	},
	{
		"basket/lineprice.go", "a line's own discounts are not taken off",
		"given -= off", "given -= 0 * off",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/payable.go", "the payable amount of a basket is its net",
		"p.payable, ok = p.policy.Cash.round(p.total.Gross)", "p.payable, ok = p.policy.Cash.round(p.total.Net)",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/price.go", "a subtotal of a small price and a large count wraps around",
		"price == int64(int32(price)) && count == int64(int32(count))", "price == int64(int32(price))",
		"basket", []string{"TestSubtotalsOfIntegersAreProducts"},
	},
	{
		"basket/price.go", "a price in minor units is never for several units",
		" && l.Per.Sign() == 0 && l.isPlain(s)", " && l.isPlain(s)",
		"basket", []string{"TestSubtotalsOfIntegersAreProducts"},
	},
	{
		"basket/price.go", "the tax of a basket's line can overflow its row",
		"return ok1 && ok2 && ok3 && ok4", "return ok1 && ok2 && ok3 || ok4",
		"basket", []string{"TestPriceNamesWhatItRefuses", "TestNumbersAtTheBoundsAreNotWrapped"},
	},
	{
		"basket/coupon.go", "a basket's discount reduces goods that are taken back",
		"chosen[n] = at.given >= 0 &&", "chosen[n] =",
		"basket", []string{"TestGoldenBaskets", "TestWhatPriceAndRefundMakeKeepsTheLaws"},
	},
	{
		"basket/goods.go", "among equal rates of a basket, the last is dominant",
		"better = sums[g].GreaterThan(sums[group])", "better = sums[g].GreaterThanOrEqual(sums[group])",
		"basket", []string{"TestGoldenBaskets", "TestWhatPriceAndRefundMakeKeepsTheLaws"},
	},
	{
		"basket/coupon.go", "a minor unit of a basket's discount goes to no line",
		"exact.AddParts(shares, off, weights, s.room)", "exact.AddParts(shares, off-1, weights, s.room)",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/charge.go", "rows of a basket that are taken back share in a charge",
		"weights[i] = max(net, 0)", "weights[i] = max(net, -net)",
		"basket", []string{"TestGoldenBaskets", "TestWhatPriceAndRefundMakeKeepsTheLaws"},
	},
	{
		"basket/rate.go", "treatments of a basket are merged",
		"o.treatment == g.treatment", "true",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/rate.go", "classes of a basket are merged",
		"r.rows[i].class == class", "true",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/rate.go", "a basket's lines with other assertions share a rate",
		"s.assertion.Reason == assertion.Reason)", "true)",
		"basket", []string{"TestCertificatesOfOneLengthAreExplainedEach"},
	},
	{
		"basket/level.go", "the tax of a basket's document is rounded by rate",
		"document := p.policy.Level == ByDocument", "document := p.policy.Level > ByDocument",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/level.go", "a basket's remainders of the opposite sign are given out",
		"if (rest < 0) != (left < 0) {", "if false {",
		"basket", []string{"TestGoldenBaskets", "TestWhatPriceAndRefundMakeKeepsTheLaws"},
	},
	{
		"basket/returns.go", "a basket's quantity is refunded though its amount was paid back",
		"if exact.Magnitude(gross) > exact.Magnitude(e.left()) {", "if false {",
		"proof", []string{"TestRefundsCloseAtTheSale", "TestRefundsEqualTheModel"},
	},
	{
		"basket/ledger.go", "the tax of a basket's refund forgets earlier ones",
		"e.before, e.now = booked, booked", "e.before = booked",
		"basket", []string{"TestGoldenBaskets", "TestWhatPriceAndRefundMakeKeepsTheLaws"},
	},
	{
		"basket/ledger.go", "components of a basket's refund forget earlier ones",
		"return row.Components[i].Amount - before[i]", "return row.Components[i].Amount",
		"proof", []string{"TestRefundsCloseAtTheSale", "TestRefundsEqualTheModel"},
	},
	{
		"basket/returns.go", "more of a basket is refunded than was sold",
		"if left.Sign() != whole.Sign() || left.CmpAbs(whole) < 0 {", "if left.Sign() != whole.Sign() {",
		"basket", []string{"TestRefundNamesWhatItRefuses"},
	},
	{
		"basket/coupon.go", "a basket's discount that finds nothing takes off nothing",
		"if !c.Optional && !slices.Contains(s.chosen, true) {", "if false {",
		"basket", []string{"TestADiscountThatFindsNothingIsRefused"},
	},
	{
		"basket/lineprice.go", "goods that are taken back for a total price are sold",
		"return -units, nil", "return units, nil",
		"basket", []string{"TestAQuantityThatIsTakenBackDecidesTheSignOfItsTotalPrice"},
	},
	{
		"basket/taxation.go", "a price keeps a tax that is not charged",
		"return of, includesTax && differs, nil", "return of, t != nil && includesTax && differs, nil",
		"basket", []string{"TestAPriceThatIncludesATaxWhichIsNotCharged"},
	},
	{
		"basket/verify_notes.go", "verify accepts an amount above what was left of the sale",
		"within(amount, left), amount", "amount, amount",
		"basket", []string{"TestAmountsOfASaleWithLinesOfBothSigns"},
	},
	{
		"basket/lineprice.go", "the price of many units of a basket is one of one",
		"per, shift = l.Per.Coefficient(), shift-l.Per.Exponent()", "shift += 0",
		"basket", []string{"TestAPriceOfManyUnits"},
	},
	{
		"basket/lineprice.go", "the decimals of the number of units of a small price are forgotten",
		"product, shift-int(e), 1,", "product, shift, 1,",
		"basket", []string{"TestAPriceOfManyUnits"},
	},
	{
		"basket/taxbase.go", "the steps of a rule for the class are in any order",
		"case !last && !before.LessThan(step.UpTo):", "case !last && before.Equal(step.UpTo):",
		"basket", []string{"TestAClassChosenByThePriceOfAPiece"},
	},
	{
		"basket/taxbase.go", "the loss on used goods of a basket is taxed",
		"size = max(size-amount(b.Less), 0)", "size -= amount(b.Less)",
		"basket", []string{"TestBasesThatAreNotThePrice"},
	},
	{
		"basket/rate.go", "countries of one rate in a basket are merged",
		"r.slots[o.slot].rate.Location() == rate.Location() && ", "",
		"basket", []string{"TestLinesOfSeveralPlacesAndDays"},
	},
	{
		"basket/verify_line.go", "verify accepts another class than the price of a piece has",
		"step.Class != e.Class && step.Class != e.Input.Class", "step.Class == \"\" && e.Class == \"\"",
		"basket", []string{"TestAClassChosenByThePriceOfAPiece"},
	},
	{
		"basket/coupon.go", "the tax of a basket's coupon is kept in it",
		"share, ok := p.inKind(part, n, gross, includes)", "includes = gross\n\t\tshare, ok := p.inKind(part, n, gross, includes)",
		"basket", []string{"TestACouponWithTaxOffPricesWithout"},
	},
	{
		"basket/payable.go", "what was prepaid for a basket is paid back by the last refund",
		"prepaid := partOf(r.Prepaid, gross, r.Total.Gross, r.Policy.step())", "prepaid := r.Prepaid * (gross / max(r.Total.Gross, 1))",
		"basket", []string{"TestPrepaidAmountsAreNotRounded"},
	},
	{
		"basket/payable.go", "the accounting tax of a basket is computed from rounded tax",
		"p.rates.groups[g].addTax(&sum, cells[g][kind].given, kind)", "if g+kind == 0 {\n\t\t\t\tsum.Add(p.total.Tax, exact.Ratio{Num: 1, Den: 1})\n\t\t\t}",
		"basket", []string{"TestTheTaxInTheAccountingCurrency"},
	},
	{
		"basket/verify_payable.go", "verify accepts any tax that the seller bears",
		"if l := &v.sale.Lines[i]; l.SellerBears {", "if l := &v.sale.Lines[i]; l.SellerBears && false {",
		"basket", []string{"TestTheSellerBearsTheTaxOfAGift"},
	},
	{
		"basket/component.go", "the first component of a basket's tax is rounded twice",
		"p.rates.groups[g].only(k)", "p.rates.groups[g].only(0)",
		"proof", []string{"TestBasketEqualsTheModel"},
	},
	{
		"basket/component.go", "the tax of a basket in steps is not rounded to steps",
		"new(big.Int).Mul(w.Den, by))", "w.Den)",
		"basket", []string{"TestTaxesInWholeRupees"},
	},
	{
		"basket/verify_totals.go", "verify accepts components that are rounded together",
		"wants = v.partSums[row]", "_ = v.partSums[row]",
		"basket", []string{"TestComponentsAreRoundedEachByItself"},
	},
	{
		"basket/returns.go", "the tax of a basket is paid back twice",
		"e.untaxed, e.taxOnly = true, true", "e.taxOnly = true",
		"basket", []string{"TestOnlyTheTaxIsPaidBack"},
	},
	{
		"basket/returns.go", "an agreed amount of a basket's refund is not kept",
		"gross, e.agreed = agreed, true", "e.agreed = true",
		"basket", []string{"TestAPieceComesBackWorn"},
	},
	{
		"basket/label.go", "components of a basket have no names",
		"name := c.Name.In(prefs).Text", "name := \"\"",
		"basket", []string{"TestAResultHasTheNamesOfTheLanguagesAskedFor"},
	},
	{
		"basket/verify.go", "verify accepts a result of another format",
		"if sale.Format != Format {", "if false {",
		"basket", []string{"TestAResultHasTheNamesOfTheLanguagesAskedFor"},
	},
	{
		"basket/priced.go", "a basket that changed is recorded as priced",
		"return left-r.Shared == at.given", "return left == left",
		"basket", []string{"TestResultRefusesLinesThatChanged"},
	},
	{
		"basket/rate.go", "an asserted treatment that does not exist is left out",
		"if _, err := key.assertion.Treatment.MarshalText(); err != nil {", "if err := error(nil); err != nil {",
		"basket", []string{"TestPriceNamesWhatItRefuses"},
	},
	{
		"basket/policy.go", "half a yen can be paid",
		"case err == nil && given.Scale() > unit.Scale()", "case err == nil && given.Scale() > unit.Scale()+2",
		"basket", []string{"TestPoliciesThatAreNone"},
	},
	{
		"basket/policy.go", "the rounding of the currency is not recorded",
		"p.Rounding = unit\n", "p.Rounding = tax.RoundTo(0, tax.HalfUp)\n",
		"basket", []string{"TestRoundingOfAPolicyFollowsFromItsCurrency"},
	},
	{
		"basket/policy.go", "a mode of coins without a step rounds nothing",
		"if p.Cash.Step == 0 {", "if p.Cash.Step < 0 {",
		"basket", []string{"TestPoliciesThatAreNone"},
	},
	{
		"basket/verify.go", "a sale without a rounding is verified",
		"if _, err := p.Rounding.Decimal(0); err != nil {", "if _, err := p.Rounding.Decimal(0); err != nil && !p.Rounding.IsZero() {",
		"basket", []string{"TestAStoredSaleKeepsItsRounding"},
	},
	{
		"basket/totalstep.go", "finer lines: the tax is rounded, and not the gross amount",
		"case p.policy.RoundGross:\n\t\t\t\ts = Sum{y, x - y, x}", "case false:\n\t\t\t\ts = Sum{y, x - y, x}",
		"basket", []string{"TestGoldenBaskets", "TestNetPricesLeadBackToTheirGrossPrice"},
	},
	{
		"basket/totalstep.go", "finer lines: the price is taxed instead of its base",
		"s.taxed[kind], ok2 = exact.Add(s.taxed[kind], p.base(i))", "s.taxed[kind], ok2 = exact.Add(s.taxed[kind], at.given)",
		"basket", []string{"TestDeductionsHaveTheDecimalsOfTotals"},
	},
	{
		"basket/totalstep.go", "finer lines: withheld taxes have more decimals than totals",
		"if f != nil || p.step() == 1 {", "if f != nil || p.step() >= 1 {",
		"basket", []string{"TestDeductionsHaveTheDecimalsOfTotals"},
	},
	{
		"basket/ledger.go", "finer lines: a row is never closed by its refunds",
		"now, ok2 := l.sale.repaidRow(row, s.now, !s.is)", "now, ok2 := l.sale.repaidRow(row, s.now, false)",
		"basket", []string{"TestGoldenBaskets"},
	},
	{
		"basket/verify_totalstep.go", "finer lines: Verify asks for the rounded tax where the gross is rounded",
		"case v.sale.Policy.RoundGross:\n", "case false:\n",
		"basket", []string{"TestGoldenBaskets"},
	},
}
