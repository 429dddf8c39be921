package emporix_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/taxtest"
)

// countries are the rates that testdata/calculation.txt names. The first class
// of each is the default.
var countries = map[string][]string{
	"DE": {"STANDARD 19", "REDUCED 7"}, "PL": {"STANDARD 23", "REDUCED 8"}, "FR": {"STANDARD 20", "REDUCED 5.5"},
	"CH": {"STANDARD 8.1", "REDUCED 2.6"}, "HU": {"STANDARD 27", "REDUCED 18"}, "FI": {"STANDARD 25.5", "REDUCED 13.5"},
	"LU": {"STANDARD 17", "REDUCED 8"}, "AT": {"STANDARD 20", "REDUCED 10"}, "GB": {"STANDARD 20", "REDUCED 5"},
	"LI": {"STANDARD 8.1"}, "BO": {"STANDARD 13g"},
}

var numbered = []string{"0", "25", "7.7", "8.875", "9.975", "14.975", "33.333", "0.000000000001", "1000", "50g", "99.99g"}

// rates is the source of the tests.
func rates(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	switch key.Country {
	case "US": // there is no rate without a region
		return []tax.Configuration{{Location: tax.Location{Country: "US"}, Regions: tax.RegionsRequired}}, nil
	case "BE":
		return nil, errors.New("dial tcp 10.1.2.3:5432: password of user taxes refused")
	case "NL": // two defaults
		return []tax.Configuration{{Location: tax.Location{Country: "NL"}, Classes: []tax.Class{
			{Code: "A", Default: true, Rates: []tax.Rate{{}}}, {Code: "B", Default: true, Rates: []tax.Rate{{}}}}}}, nil
	case "ES": // no default
		return []tax.Configuration{{Location: tax.Location{Country: "ES"}, Classes: []tax.Class{
			{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("21"), From: tax.MustDate("2030-01-01")}}}}}}, nil
	}
	own, ok := countries[key.Country]
	if !ok {
		return nil, nil
	}
	var list []tax.Class
	add := func(code, percent string) {
		percent, ofGross := strings.CutSuffix(percent, "g")
		list = append(list, tax.Class{Code: code, Default: len(list) == 0,
			Rates: []tax.Rate{{Percent: tax.MustPercent(percent), OfGross: ofGross}}})
	}
	for _, class := range own {
		code, percent, _ := strings.Cut(class, " ")
		add(code, percent)
	}
	for _, percent := range numbered {
		add(percent, percent)
	}
	list = append(list,
		tax.Class{Code: "RC", Rates: []tax.Rate{{Treatment: tax.ReverseCharge}}},
		tax.Class{Code: "EX", Rates: []tax.Rate{{Treatment: tax.Exempt}}},
		tax.Class{Code: `"<&>"\`, Rates: []tax.Rate{{Percent: tax.MustPercent("5")}}})
	return []tax.Configuration{{Location: tax.Location{Country: key.Country}, Classes: list}}, nil
}

func calculator(t testing.TB, opts *emporix.CalculatorOptions) *emporix.Calculator {
	t.Helper()
	r, err := tax.NewResolver(tax.SourceFunc(rates), &tax.Options{
		Clock: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
	})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	c, err := emporix.NewCalculator(r, opts)
	require.NoError(t, err)
	return c
}

func price(t testing.TB, s string) emporix.Price {
	t.Helper()
	p, err := emporix.ParsePrice(s)
	require.NoError(t, err)
	return p
}

func TestCalculationAnswersTheExamplesOfTheContractByteForByte(t *testing.T) {
	const target = `"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD"`
	const move = `"sourceLocation":{"countryCode":"DE"},"sourceTaxClass":"STANDARD","targetLocation":{"countryCode":"PL"},"targetTaxClass":"STANDARD"`
	for _, c := range []struct{ name, input, output string }{
		{"net to gross", `{` + target + `,"includesTax":false,"price":1.59}`,
			`{"netPrice":1.59,"grossPrice":1.8921,"targetTaxRate":19}`},
		{"gross to net", `{` + target + `,"includesTax":true,"price":1.59}`,
			`{"netPrice":1.3361344538,"grossPrice":1.59,"sourceTaxRate":19}`},
		{"gross to gross", `{` + move + `,"includesTax":true,"price":1.59}`,
			`{"netPrice":1.3361344538,"grossPrice":1.643445378174,"sourceTaxRate":19,"targetTaxRate":23}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := calculator(t, nil).CalculateJSON(context.Background(), []byte(`{ "commandUuid": "optional", "input": `+c.input+`}`))
			require.NoError(t, err)
			assert.Equal(t, `{"commandUuid":"optional","input":`+c.input+`,"output":`+c.output+`}`, string(got))
		})
	}
}

func TestCalculateRepeatsTheInputInTheOrderOfTheContract(t *testing.T) {
	got, err := calculator(t, nil).CalculateJSON(context.Background(), []byte(` {
		"input": {"price": "1.590", "includesTax": true, "targetTaxClass": "\"\u003c&>\"\\",
			"targetLocation": {"countryCode": "deu"}, "sourceTaxClass": "STANDARD"}, "commandUuid": "\ud83d\ude00\t\u0001" } `))
	require.NoError(t, err)
	assert.Equal(t, `{"commandUuid":"😀\t\u0001","input":{"sourceTaxClass":"STANDARD","targetLocation":{"countryCode":"deu"},`+
		`"targetTaxClass":"\"<&>\"\\","includesTax":true,"price":"1.590"},`+
		`"output":{"netPrice":1.3361344538,"grossPrice":1.40294117649,"sourceTaxRate":19,"targetTaxRate":5}}`, string(got))
}

func TestCalculateGivesTheRatesBehindTheResult(t *testing.T) {
	got, err := calculator(t, nil).Calculate(context.Background(), emporix.Command{Input: emporix.Input{
		SourceCountry: "DE", TargetCountry: "FR", SourceClass: "STANDARD", TargetClass: "RC", IncludesTax: true, Price: price(t, "119")}})
	require.NoError(t, err)
	assert.True(t, got.Output.GrossPrice.Equal(decimal.New(100, 0)))
	assert.Equal(t, "19", got.Output.Source.Explain().Percent)
	assert.Equal(t, tax.ReverseCharge, got.Output.Target.Treatment(), "the answer only has a rate of 0")
	assert.Equal(t, tax.MustDate("2026-11-21"), got.Output.Target.Date())
}

func TestCalculateOnAGivenDay(t *testing.T) {
	c := calculator(t, nil)
	cmd := emporix.Command{Input: emporix.Input{TargetCountry: "ES", TargetClass: "STANDARD", Price: price(t, "100")}}
	_, err := c.Calculate(context.Background(), cmd)
	require.ErrorIs(t, err, tax.ErrNoRate)
	cmd.Date = tax.MustDate("2030-01-01")
	got, err := c.Calculate(context.Background(), cmd)
	require.NoError(t, err)
	assert.Equal(t, "121", exact.Format(got.Output.GrossPrice))
	assert.Equal(t, cmd.Date, got.Command.Date)
}

func TestDefaultClassAnswersOnlyWhereItIsAllowed(t *testing.T) {
	for _, c := range []struct{ input, output string }{
		{`{"targetLocation":{"countryCode":"DE"},"includesTax":false,"price":100}`,
			`{"netPrice":100,"grossPrice":119,"targetTaxRate":19}`},
		{`{"targetLocation":{"countryCode":"DE"},"includesTax":true,"price":119}`,
			`{"netPrice":100,"grossPrice":119,"sourceTaxRate":19}`},
		{`{"sourceLocation":{"countryCode":"DE"},"targetLocation":{"countryCode":"PL"},"includesTax":true,"price":119}`,
			`{"netPrice":100,"grossPrice":123,"sourceTaxRate":19,"targetTaxRate":23}`},
		{`{"sourceTaxClass":"REDUCED","targetLocation":{"countryCode":"DE"},"includesTax":true,"price":107}`,
			`{"netPrice":100,"grossPrice":119,"sourceTaxRate":7,"targetTaxRate":19}`},
		// The default class named explicitly is the same class.
		{`{"sourceTaxClass":"STANDARD","targetLocation":{"countryCode":"DE"},"includesTax":true,"price":119}`,
			`{"netPrice":100,"grossPrice":119,"sourceTaxRate":19}`},
	} {
		request := []byte(`{"commandUuid":"x","input":` + c.input + `}`)
		got, err := calculator(t, &emporix.CalculatorOptions{AllowDefaultClass: true}).CalculateJSON(context.Background(), request)
		require.NoError(t, err, c.input)
		assert.Equal(t, `{"commandUuid":"x","input":`+c.input+`,"output":`+c.output+`}`, string(got))

		_, err = calculator(t, nil).CalculateJSON(context.Background(), request)
		requireInputError(t, err, "input.targetTaxClass", "missing")
	}
	_, err := calculator(t, &emporix.CalculatorOptions{AllowDefaultClass: true}).Calculate(context.Background(),
		emporix.Command{Input: emporix.Input{TargetCountry: "ES", Price: price(t, "1")}})
	assert.ErrorIs(t, err, tax.ErrNoDefaultClass)
}

func TestSourceOfANetPriceIsNotLookedUp(t *testing.T) {
	c := calculator(t, nil)
	in := emporix.Input{SourceCountry: "BE", SourceClass: "NO_SUCH", TargetCountry: "DE", TargetClass: "STANDARD", Price: price(t, "1")}
	_, err := c.Calculate(context.Background(), emporix.Command{Input: in})
	require.NoError(t, err)
	for _, code := range []string{"ZZ", "CA-QC"} {
		in.SourceCountry = code
		_, err = c.Calculate(context.Background(), emporix.Command{Input: in})
		require.ErrorIs(t, err, tax.ErrUnknownCountry, code)
	}
	in.SourceCountry, in.IncludesTax = "BE", true
	_, err = c.Calculate(context.Background(), emporix.Command{Input: in})
	require.ErrorIs(t, err, tax.ErrUnavailable)
}

func TestCalculateRefusesWhatTheContractRequires(t *testing.T) {
	whole := emporix.Command{Input: emporix.Input{TargetCountry: "DE", TargetClass: "STANDARD", Price: price(t, "1")}}
	for _, c := range []struct {
		path, reason string
		change       func(*emporix.Command)
	}{
		{"input.price", "missing", func(c *emporix.Command) { c.Input.Price = emporix.Price{} }},
		{"input.targetLocation", "missing", func(c *emporix.Command) { c.Input.TargetCountry = "" }},
		{"input.targetTaxClass", "missing", func(c *emporix.Command) { c.Input.TargetClass = "" }},
		{"commandUuid", "too long", func(c *emporix.Command) { c.UUID = strings.Repeat("x", 129) }},
		{"commandUuid", "UTF-8", func(c *emporix.Command) { c.UUID = "\xff" }},
		{"input.sourceTaxClass", "UTF-8", func(c *emporix.Command) { c.Input.SourceClass = "\xff" }},
		{"input.targetTaxClass", "UTF-8", func(c *emporix.Command) { c.Input.TargetClass = "\xff" }},
	} {
		cmd := whole
		c.change(&cmd)
		_, err := calculator(t, nil).Calculate(context.Background(), cmd)
		requireInputError(t, err, c.path, c.reason)
		answer := emporix.Calculation{Command: cmd}
		if _, err = answer.MarshalJSON(); c.reason == "UTF-8" {
			requireInputError(t, err, c.path, c.reason)
		}
	}
	_, err := calculator(t, nil).Calculate(context.Background(), whole)
	require.NoError(t, err)
}

func TestCalculationsThatNoCalculatorMadeAreChecked(t *testing.T) {
	_, err := emporix.Calculation{}.MarshalJSON()
	requireInputError(t, err, "input.price", "missing")
	c := emporix.Calculation{Command: emporix.Command{Input: emporix.Input{Price: price(t, "1")}}}
	for _, exponent := range []int32{1_000_000_000, -1_000_000_000} {
		c.Output.GrossPrice = decimal.New(1, exponent)
		_, err = c.MarshalJSON()
		requireInputError(t, err, "output", "out of range")
	}
}

func TestCalculatorNeedsAResolver(t *testing.T) {
	_, err := emporix.NewCalculator(nil, nil)
	requireInputError(t, err, "resolver", "NewResolver")
	for _, c := range []*emporix.Calculator{nil, {}} {
		_, err = c.Calculate(context.Background(), emporix.Command{})
		requireInputError(t, err, "calculator", "NewCalculator")
	}
}

func TestCalculatorIsSafeForConcurrentUse(t *testing.T) {
	c := calculator(t, nil)
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for range 50 {
				got, err := c.CalculateJSON(context.Background(), []byte(
					`{"input":{"sourceLocation":{"countryCode":"DE"},"targetLocation":{"countryCode":"PL"},"targetTaxClass":"STANDARD","includesTax":true,"price":1.59}}`))
				if assert.NoError(t, err) {
					assert.Contains(t, string(got), `"output":{"netPrice":1.3361344538,"grossPrice":1.643445378174,`)
				}
			}
		})
	}
	done.Wait()
}

func requireInputError(t *testing.T, err error, path, reason string) {
	t.Helper()
	assert.Contains(t, taxtest.RequireInputError(t, err, path).Reason, reason)
}
