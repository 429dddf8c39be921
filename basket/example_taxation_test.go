package basket_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/rates"
)

// euros is the policy of most examples: tax by line, in cents.
var euros = basket.Policy{Currency: "EUR"}

// B03: 5 % up to 1,000.00 for a piece after discounts, 18 % above.
func ExampleTaxation_classByPrice() {
	place, err := newPlace(context.Background(), class("LOW", plain("5")), class("HIGH", plain("18")))
	if err != nil {
		panic(err)
	}
	line := basket.Line{Count: 1, PriceMinor: 105000, Discounts: []basket.Discount{{Percent: decimal.New(10, 0)}}}
	line.Tax = &basket.Taxation{ClassByPrice: []basket.ClassUpTo{{UpTo: decimal.New(1000, 0), Class: "LOW"}, {Class: "HIGH"}}}
	fmt.Println(sell(place, euros, basket.Basket{Lines: []basket.Line{line}}).Total)
	// Output: {94500 4725 99225}
}

// C01b: the price list has 119.00 with 19 %; the buyer owes 23 %. The seller keeps the net
// price, or the buyer pays what is written.
func ExampleTaxation_included() {
	home, err := oneRate("19").Rate("STANDARD")
	if err != nil {
		panic(err)
	}
	for _, keepGross := range []bool{false, true} {
		line := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 11900, IncludesTax: true}
		line.Tax = &basket.Taxation{Included: home, KeepGross: keepGross}
		fmt.Println(sell(oneRate("23"), euros, basket.Basket{Lines: []basket.Line{line}}).Total)
	}
	// Output:
	// {10000 2300 12300}
	// {9675 2225 11900}
}

// C02: a buyer who is exempt from one of two taxes.
func ExampleTaxation_exemption() {
	canada := oneRate("13", part("FEDERAL", "5", false), part("PROVINCIAL", "8", false))
	goods := netLine(10000)
	goods[0].Tax = &basket.Taxation{Exemption: basket.Exemption{Components: []string{"PROVINCIAL"}, Reason: "certificate 4711"}}
	r := sell(canada, euros, basket.Basket{Lines: goods})
	fmt.Println(r.Total, r.Exemptions[0].Reason)
	// Output: {10000 500 10500} certificate 4711
}

// D02: 2.5 % are inside the price, and 12.5 % come on top.
func ExampleTaxation_includedComponents() {
	place := oneRate("15", part("INSIDE", "2.5", false), part("ON_TOP", "12.5", false))
	line := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 10250, IncludesTax: true}
	line.Tax = &basket.Taxation{IncludedComponents: []string{"INSIDE"}}
	fmt.Println(sell(place, euros, basket.Basket{Lines: []basket.Line{line}}).Total)
	// Output: {10000 1500 11500}
}

// placesOf returns places of the real rates: pairs of a country and a day.
func placesOf(pairs ...string) []tax.Place {
	resolver, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		panic(err)
	}
	defer resolver.Close()
	var places []tax.Place
	for i := 0; i < len(pairs); i += 2 {
		place, err := resolver.Place(context.Background(), tax.Lookup{Country: pairs[i], Date: tax.MustDate(pairs[i+1])})
		if err != nil {
			panic(err)
		}
		places = append(places, place)
	}
	return places
}

// G01: one invoice over two days with different rates, and 10.00 off the whole.
func ExampleTaxation_twoDays() {
	days := placesOf("DE", "2020-06-30", "DE", "2020-07-01")
	lines := append(netLine(10000), netLine(10000)...)
	lines[1].Tax = &basket.Taxation{Place: days[1]}
	r := sell(days[0], euros, basket.Basket{Lines: lines, Discounts: []basket.Discount{{Amount: decimal.New(10, 0)}}})
	fmt.Println(r.Totals[0].Percent, r.Totals[1].Percent, r.Total)
	// Output: 19 16 {19000 3325 22325}
}

// G02: one order to two addresses, with one coupon.
func ExampleTaxation_twoAddresses() {
	countries := placesOf("DE", "2024-01-01", "AT", "2024-01-01")
	lines := append(netLine(5000), netLine(5000)...)
	lines[1].Tax = &basket.Taxation{Place: countries[1]}
	r := sell(countries[0], euros, basket.Basket{Lines: lines, Discounts: []basket.Discount{{Amount: decimal.New(10, 0)}}})
	fmt.Println(r.Totals[1].Location, r.Total)
	// Output: AT {9000 1755 10755}
}

// Q01: a gift worth 100.00 is taxed. The buyer pays the tax, or the seller bears it.
func ExampleTaxation_gift() {
	for _, borne := range []bool{false, true} {
		gift := basket.Line{Class: "STANDARD", Count: 1}
		gift.Tax = &basket.Taxation{Base: basket.TaxBase{Amount: decimal.New(100, 0)}, SellerBears: borne}
		r := sell(oneRate("18"), euros, basket.Basket{Lines: []basket.Line{gift}})
		fmt.Println(r.Total, "borne", r.Borne, "to pay", r.Payable)
	}
	// Output:
	// {0 1800 1800} borne 0 to pay 1800
	// {0 1800 1800} borne 1800 to pay 0
}

// Y06: the tax is that of the price after 2 % for early payment.
func ExampleTaxBase_earlyPayment() {
	goods := netLine(10000)
	goods[0].Tax = &basket.Taxation{Base: basket.TaxBase{LessPercent: decimal.New(2, 0)}}
	fmt.Println(sell(oneRate("21"), euros, basket.Basket{Lines: goods}).Total)
	// Output: {10000 2058 12058}
}

// Y07: a tax on the first 500.00 only.
func ExampleTaxBase_cap() {
	goods := netLine(120000)
	goods[0].Tax = &basket.Taxation{Base: basket.TaxBase{UpTo: decimal.New(500, 0)}}
	fmt.Println(sell(oneRate("3"), euros, basket.Basket{Lines: goods}).Total)
	// Output: {120000 1500 121500}
}
