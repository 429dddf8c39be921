package emporix_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/store"
)

// padded returns a document of a size, with white space at its end.
func padded(document string, size int) []byte {
	return []byte(document + strings.Repeat(" ", size-len(document)))
}

func TestCommandsAreReadUpToTheirLargestSize(t *testing.T) {
	const command = `{"input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","includesTax":false,"price":1}}`
	_, err := emporix.ParseCommand(padded(command, 64<<10))
	require.NoError(t, err)
	_, err = emporix.ParseCommand(padded(command, 64<<10+1))
	requireInputError(t, err, "document", "larger than 65536 bytes")

	cmd := emporix.Command{UUID: strings.Repeat("x", 128), Input: emporix.Input{TargetCountry: "DE", TargetClass: "STANDARD", Price: price(t, "1")}}
	answer, err := calculator(t, nil).Calculate(context.Background(), cmd)
	require.NoError(t, err)
	assert.Equal(t, cmd.UUID, answer.Command.UUID)
}

func TestBodiesAreReadUpToTheirLargestSize(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	_, err := s.Create(context.Background(), tenant, "*", padded(withVersion(""), 1<<20+1))
	requireInputError(t, err, "document", "larger than 1048576 bytes")
	_, err = s.Create(context.Background(), tenant, "*", padded(withVersion(""), 1<<20))
	require.NoError(t, err)
}

func TestOrdersOfClassesHave32Bits(t *testing.T) {
	for order, want := range map[string]int{"-2147483648": math.MinInt32, "2147483647": math.MaxInt32} {
		s := newShop(t, emporix.ServiceOptions{})
		s.create(t, "", withClass(`"code":"B","name":"B","rate":1,"order":`+order))
		assert.Equal(t, want, *s.get(t, "DE").Classes[1].Order)
	}
	for _, order := range []string{"-2147483649", "2147483648", "9223372036854775807"} {
		s := newShop(t, emporix.ServiceOptions{})
		_, err := s.Create(context.Background(), tenant, "", []byte(withClass(`"code":"B","name":"B","rate":1,"order":`+order)))
		assert.Equal(t, "taxClasses[1].order", fieldOf(err), order)
	}
}

func TestMapsOfTranslationsAreNotEmpty(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{Strict: true})
	_, err := s.Create(context.Background(), tenant, "*", []byte(`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":{"en":"A"},"description":{},"rate":1}]}`))
	requireInputError(t, err, "taxClasses[0].description", "at least one language")
}

func TestJSONThatCannotBeReadLeavesTheValue(t *testing.T) {
	cmd := emporix.Command{UUID: "c1", Input: emporix.Input{TargetCountry: "DE", TargetClass: "STANDARD", IncludesTax: true, Price: price(t, "1.50")}}
	read, in, p := cmd, cmd.Input, cmd.Input.Price
	require.Error(t, read.UnmarshalJSON([]byte(`{"input":[]}`)))
	require.Error(t, in.UnmarshalJSON([]byte(`{"price":2,"currency":"EUR"}`)))
	require.Error(t, in.UnmarshalJSON([]byte(`{"includesTax":false,"price":2} x`)))
	require.Error(t, p.UnmarshalJSON([]byte(`2 x`)))
	require.Error(t, p.UnmarshalJSON([]byte(`2e99`)))
	assert.Equal(t, cmd, read)
	assert.Equal(t, cmd.Input, in)
	assert.Equal(t, cmd.Input.Price, p)
}

func TestPricesKeepTheirNotationInJSON(t *testing.T) {
	for _, text := range []string{`"1.50"`, `1.50`, `-0`, `null`} {
		var p emporix.Price
		require.NoError(t, json.Unmarshal([]byte(text), &p))
		got, err := p.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
	}
}

func TestCommandsInJSONHaveNoDate(t *testing.T) {
	cmd := emporix.Command{Input: emporix.Input{TargetCountry: "DE", Price: price(t, "1")}, Date: tax.MustDate("2026-01-01")}
	_, err := cmd.MarshalJSON()
	requireInputError(t, err, "date", "the contract has no date")
}

// moving is a source whose rates of DE and PL begin on a day.
func moving(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	percents := map[string][2]string{"DE": {"19", "16"}, "PL": {"23", "22"}}[key.Country]
	return []tax.Configuration{{Location: tax.Location{Country: key.Country}, Classes: []tax.Class{{Code: "STANDARD",
		Rates: []tax.Rate{replace("2021-01-01", percents[0]), replace("", percents[1])}}}}}, nil
}

func TestBothRatesOfACalculationAreThoseOfItsDay(t *testing.T) {
	r, err := tax.NewResolver(tax.SourceFunc(moving), nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	c, err := emporix.NewCalculator(r, nil)
	require.NoError(t, err)
	cmd := emporix.Command{Date: tax.MustDate("2020-12-31"), Input: emporix.Input{SourceCountry: "DE", TargetCountry: "PL",
		TargetClass: "STANDARD", IncludesTax: true, Price: price(t, "116")}}
	_, err = r.Lookup(context.Background(), tax.Lookup{Country: "PL", Class: "STANDARD"}) // the target is loaded, the source is not
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = c.Calculate(ctx, cmd)
	require.ErrorIs(t, err, context.Canceled)

	got, err := c.Calculate(context.Background(), cmd)
	require.NoError(t, err)
	assert.Equal(t, "16", got.Output.Source.Explain().Percent)
	assert.Equal(t, "22", got.Output.Target.Explain().Percent)
	assert.Equal(t, "122", got.Output.GrossPrice.String())
}

func TestAMissingDefaultClassIsTheClientsFault(t *testing.T) {
	_, err := calculator(t, &emporix.CalculatorOptions{AllowDefaultClass: true}).CalculateJSON(context.Background(),
		[]byte(`{"input":{"targetLocation":{"countryCode":"ES"},"includesTax":false,"price":1}}`))
	document := emporix.ErrorFor(err)
	assert.Equal(t, 400, document.Code)
	assert.Equal(t, "no default class", document.Message)
}

func TestTimesOfAnyStoreAreWrittenInUTC(t *testing.T) {
	written := time.Date(2026, 11, 22, 2, 0, 0, 0, time.FixedZone("", 9*60*60))
	f := &foreign{store.NewMemory(nil), tax.Configuration{Location: tax.Location{Country: "DE"}, Metadata: tax.Metadata{Version: 1, Created: written}}}
	s, err := emporix.NewService(f, nil)
	require.NoError(t, err)
	body, err := s.Retrieve(context.Background(), tenant, "DE", "")
	require.NoError(t, err)
	assert.Contains(t, string(body), `"createdAt":"2026-11-21T17:00:00.000Z"`)
}

// countryAlone is a store that answers as a source without its regions.
type countryAlone struct{ *store.Memory }

func (s countryAlone) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	set, err := s.Memory.Configurations(ctx, key)
	return set[:1], err
}

func TestARegionThatIsGoneHasNotTheRatesOfTheCountry(t *testing.T) {
	s, err := emporix.NewService(countryAlone{canada(t, emporix.ServiceOptions{}).store}, &emporix.ServiceOptions{Regions: true})
	require.NoError(t, err)
	body, err := s.Retrieve(context.Background(), tenant, "CA-QC", "")
	require.NoError(t, err)
	assert.Equal(t, "[]", classesOf(t, string(body)))
}

func TestAFilterOnDescriptionsFindsClassesOfTheDay(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
		{Code: "NEW", Name: text("en", "New"), Description: text("en", "Books"), Rates: []tax.Rate{replace("2030-01-01", "5")}}}})
	for day, want := range map[string]string{"2029-12-31": "-", "2030-01-01": "DE"} {
		list, err := s.On(tax.MustDate(day)).List(context.Background(), tenant, map[string][]string{"description": {"Books"}}, "", false)
		require.NoError(t, err)
		assert.Equal(t, want, codesOf(t, list.Body), day)
	}
}
