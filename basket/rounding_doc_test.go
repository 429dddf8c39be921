package basket_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/emporix"
)

// workedExamples compute the example blocks of docs/rounding.md, by the heading
// above each block.
var workedExamples = map[string][]func(*docPage){
	"Modes":                               {modesExample},
	"Decimals":                            {decimalsExample},
	"The given price":                     {givenPriceExample, netFirstExample},
	"Components":                          {componentsExample, ofGrossExample},
	"Moving a price to another rate":      {convertExample, emporixExample},
	"Policies":                            {policiesExample, reducedExample, finerExample},
	"Levels":                              {levelsExample, runningTotalExample},
	"EN 16931":                            {gapExample},
	"Remainders":                          {remaindersExample},
	"A line and its discounts":            {lineExample, eachUnitExample},
	"Tax bases":                           {taxBasesExample},
	"Discounts and charges of the basket": {discountsExample, couponsExample, chargesExample},
	"The payable amount":                  {payableExample, accountingExample},
	"Cash":                                {cashExample},
	"Refunds":                             {refundsExample, refundKindsExample, refundComponentsExample},
	"What is not offered, and why":        {asymmetricExample},
}

// The document shows exactly the amounts that the library computes.
func TestRoundingDocumentShowsWhatIsComputed(t *testing.T) {
	text, err := os.ReadFile("../docs/rounding.md")
	require.NoError(t, err)
	document := string(text)
	shown := map[string]string{}
	for section := range strings.SplitSeq(document, "\n## ") {
		heading, body, _ := strings.Cut(section, "\n")
		for i, block := range strings.Split(body, "```\n") {
			if i%2 == 1 {
				shown[heading] += block
			}
		}
	}
	place := docPlace(t)
	for heading, examples := range workedExamples {
		t.Run(heading, func(t *testing.T) {
			assert.Equal(t, docBlock(t, place, examples), shown[heading])
		})
	}
	for heading := range shown {
		assert.Contains(t, workedExamples, heading, "no example computes this block")
	}
}

// The numbers in the sentences of the document are counted.
func TestRoundingDocumentCounts(t *testing.T) {
	text, err := os.ReadFile("../docs/rounding.md")
	require.NoError(t, err)
	rate, err := docPlace(t).Rate("19")
	require.NoError(t, err)
	reached := map[int64]bool{}
	for net := range int64(10_000) {
		a, err := rate.FromNetMinor(net, tax.RoundTo(2, tax.HalfUp))
		require.NoError(t, err)
		reached[a.Gross] = true
	}
	missed := 0
	for gross := range int64(10_000) {
		if !reached[gross] {
			missed++
		}
	}
	assert.Equal(t, 1597, missed)
	sentence := strings.Join(strings.Fields(string(text)), " ")
	assert.Contains(t, sentence, "Of the 9,999 gross prices from 0.01 to 99.99, 1,597 are")
}

// docBlock returns the output of examples, with blank lines between them.
func docBlock(t *testing.T, place tax.Place, examples []func(*docPage)) string {
	var texts []string
	for _, example := range examples {
		p := &docPage{T: t, place: place}
		example(p)
		texts = append(texts, p.text())
	}
	return strings.Join(texts, "\n")
}

// docPage collects the rows of one example.
type docPage struct {
	*testing.T
	place tax.Place
	rows  []string
}

func (p *docPage) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = fmt.Sprint(c)
	}
	p.rows = append(p.rows, strings.Join(texts, "\t"))
}

// text returns the rows, aligned in columns.
func (p *docPage) text() string {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 3, ' ', 0)
	for _, row := range p.rows {
		_, err := io.WriteString(w, row+"\n")
		require.NoError(p, err)
	}
	require.NoError(p, w.Flush())
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (p *docPage) rate(class string) tax.Resolution {
	rate, err := p.place.Rate(class)
	require.NoError(p, err)
	return rate
}

// amounts returns net + tax = gross, with the shares of the components.
func (p *docPage) amounts(a tax.Amounts, err error) string {
	require.NoError(p, err)
	text := docText(a.Net()) + " + " + docText(a.Tax()) + " = " + docText(a.Gross())
	for i, c := range a.Components() {
		sign := ", of which "
		if i > 0 {
			sign = " + "
		}
		text += sign + docText(c.Amount) + " " + c.Component.Code
	}
	return text
}

func (p *docPage) price(b *basket.Basket, policy basket.Policy) *basket.Result {
	return resultOf(p, p.place, b, policy)
}

// docNumber reads a decimal without the globals of the decimal library.
func docNumber(text string) decimal.Decimal {
	price, err := emporix.ParsePrice(text)
	if err != nil {
		panic(err) // unreachable: the examples are numbers
	}
	return price.Decimal()
}

// docText returns a decimal with all its decimal places.
func docText(d decimal.Decimal) string {
	price, err := emporix.NewPrice(d)
	if err != nil {
		panic(err) // unreachable: the examples are small
	}
	return price.String()
}

var docCents = tax.RoundTo(2, tax.HalfUp)

func docMoney(minor int64) string { return docText(decimal.New(minor, -2)) }

func docParts(minor []int64) string {
	texts := make([]string, len(minor))
	for i, n := range minor {
		texts[i] = docMoney(n)
	}
	return strings.Join(texts, " ")
}

func docSum(s basket.Sum) string {
	return docMoney(s.Net) + " + " + docMoney(s.Tax) + " = " + docMoney(s.Gross)
}

// docPlace returns a place with a class for every rate of the document, named
// for its percentage.
func docPlace(t *testing.T) tax.Place {
	percents := []string{"19", "7", "4", "5", "10", "23", "8.625"}
	twice := func(percent, second string, compound bool) tax.Rate {
		return tax.Rate{Percent: tax.MustPercent(percent), Components: []tax.Component{
			part("GST", "5", false), part("QST", second, compound),
		}}
	}
	classes := []tax.Class{
		class("5_+_9.975", twice("14.975", "9.975", false)),
		class("5,_then_10_on_both", twice("15.5", "10", true)),
		class("13_of_the_gross_price", tax.Rate{Percent: tax.MustPercent("13"), OfGross: true}),
	}
	for _, percent := range percents {
		classes = append(classes, class(percent, plain(percent)))
	}
	return placeOf(t, classes...)
}
