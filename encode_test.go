package tax_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// The files were written by hand in the canonical form, with line breaks for readers.
func TestConfigurationMarshalJSONIsByteForByte(t *testing.T) {
	for _, name := range []string{"de", "ca-qc", "at-x-mittelberg", "gh", "everything"} {
		t.Run(name, func(t *testing.T) {
			file := configurationFile(t, name)
			var want bytes.Buffer
			require.NoError(t, json.Compact(&want, file))
			c, err := tax.ReadConfiguration(bytes.NewReader(file), nil)
			require.NoError(t, err)
			got, err := c.MarshalJSON()
			require.NoError(t, err)
			assert.Equal(t, want.String(), string(got))
		})
	}
}

func TestConfigurationMarshalJSONWritesTheContractDocumentAsTimelines(t *testing.T) {
	c, err := tax.ReadConfiguration(bytes.NewReader(configurationFile(t, "de-contract")), nil)
	require.NoError(t, err)
	got, err := c.MarshalJSON()
	require.NoError(t, err)
	const want = `{"locationCode":"DE","location":{"country":"DE"},"taxClasses":[` +
		`{"code":"STANDARD","name":{"en":"Standard"},"order":0,"isDefault":true,"rates":[{"percent":19}]},` +
		`{"code":"REDUCED","name":{"en":"Reduced"},"order":1,"rates":[{"percent":7}]},` +
		`{"code":"ZERO","name":{"en":"Zero"},"order":2,"rates":[{"percent":0}]}],` +
		`"metadata":{"version":2,"createdAt":"2022-03-31T09:52:15.423Z","modifiedAt":"2022-03-31T09:53:25.464Z"}}`
	assert.Equal(t, want, string(got))
}

func TestConfigurationMarshalJSONDoesNotEscapeForHTML(t *testing.T) {
	c := validConfiguration()
	c.Classes[0].Code = "<a&b>\u2028"
	own, err := c.MarshalJSON()
	require.NoError(t, err)
	assert.Contains(t, string(own), "\"code\":\"<a&b>\u2028\"")
	// encoding/json escapes what it is given; that reads the same.
	escaped, err := json.Marshal(c)
	require.NoError(t, err)
	assert.Contains(t, string(escaped), `"code":"\u003ca\u0026b\u003e\u2028"`)
	var read tax.Configuration
	require.NoError(t, json.Unmarshal(escaped, &read))
	requireSameConfiguration(t, c, read)
}

func TestConfigurationMarshalJSONIgnoresTheGlobalsOfTheDecimalLibrary(t *testing.T) {
	c := validConfiguration()
	c.Classes[0].Rates = []tax.Rate{{Percent: decimal.New(190, -1), Components: []tax.Component{
		{Code: "A", Percent: decimal.New(1500, -2)}, {Code: "B", Percent: decimal.New(4, 0)},
	}}}
	want, err := c.MarshalJSON()
	require.NoError(t, err)
	require.Contains(t, string(want), `"percent":19.0,`)
	library := func() string {
		b, err := json.Marshal(c.Classes[0].Rates[0].Percent)
		require.NoError(t, err)
		return string(b)
	}
	const tame = `"19"` // what the library writes with its own defaults

	division, power, quotes, trim := decimal.DivisionPrecision, decimal.PowPrecisionNegativeExponent, decimal.MarshalJSONWithoutQuotes, decimal.TrimTrailingZeros
	scientific, iterations, exponent := decimal.UseScientificNotation, decimal.ExpMaxIterations, decimal.MaxDecodeExponent
	defer func() {
		decimal.DivisionPrecision, decimal.PowPrecisionNegativeExponent, decimal.MarshalJSONWithoutQuotes, decimal.TrimTrailingZeros = division, power, quotes, trim
		decimal.UseScientificNotation, decimal.ExpMaxIterations, decimal.MaxDecodeExponent = scientific, iterations, exponent
	}()
	for _, hostile := range []bool{false, true} {
		decimal.DivisionPrecision, decimal.PowPrecisionNegativeExponent = -3, -3
		decimal.ExpMaxIterations, decimal.MaxDecodeExponent = 0, 0
		decimal.MarshalJSONWithoutQuotes, decimal.TrimTrailingZeros, decimal.UseScientificNotation = true, !hostile, hostile
		require.NotEqual(t, tame, library(), "the globals do nothing: the test proves nothing")

		got, err := c.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got))
		read, err := tax.ReadConfiguration(bytes.NewReader(want), nil)
		require.NoError(t, err)
		requireSameConfiguration(t, c, read)
	}
}

func TestConfigurationMarshalJSONRefusesAnOrderBeyond32Bits(t *testing.T) {
	if strconv.IntSize == 32 {
		t.Skip("an int has 32 bits here")
	}
	for _, order := range []int64{math.MaxInt32 + 1, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		c := tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{{Code: "STANDARD", Order: new(int(order))}}}
		_, err := c.MarshalJSON()
		var input *tax.InputError
		if assert.ErrorAs(t, err, &input, order) {
			assert.Equal(t, "taxClasses[0].order", input.Field)
		}
	}
}

func TestConfigurationMarshalJSONRefusesWhatTheFormCannotExpress(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	bases := func(n int) (m tax.Metadata) {
		for range n {
			base := m
			m = tax.Metadata{Base: &base}
		}
		return m
	}
	for _, c := range []struct {
		path   string
		change func(c *tax.Configuration)
	}{
		{"location", func(c *tax.Configuration) { c.Location = tax.Location{} }},
		{"location", func(c *tax.Configuration) { c.Location.Country = "de" }},
		{"location", func(c *tax.Configuration) { c.Location.Country = "ZZ" }},
		{"location", func(c *tax.Configuration) { c.Location.Region = "x-foo" }},
		{"location", func(c *tax.Configuration) { c.Location.Region = "ZZZ" }},
		{"locationCode", func(c *tax.Configuration) { c.Location.Country = "\xff\xff" }},
		{"postalCodes[1]", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "1"}, {From: "1", To: "22"}} }},
		{"postalCodes[0]", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{}} }},
		{"postalCodes[0]", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "a1"}} }},
		{"regionAliases[0]", func(c *tax.Configuration) { c.RegionAliases = []string{"\xff"} }},
		{"regions", func(c *tax.Configuration) { c.Regions = 3 }},
		{"regions", func(c *tax.Configuration) { c.Regions = 255 }},
		{"tax.code", func(c *tax.Configuration) { c.Tax.Code = "a\xc3" }},
		{"timeZone", func(c *tax.Configuration) { c.TimeZone = "\xed\xa0\x80" }},
		{"taxClasses[0].code", func(c *tax.Configuration) { c.Classes[0].Code = "\xff" }},
		{"taxClasses[0].aliases[1]", func(c *tax.Configuration) { c.Classes[0].Aliases = []string{"a", "\xff"} }},
		{"taxClasses[0].rates[0].effect", func(c *tax.Configuration) { c.Classes[0].Rates[0].Effect = 5 }},
		{"taxClasses[0].rates[0].treatment", func(c *tax.Configuration) { c.Classes[0].Rates[0].Treatment = 7 }},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) { c.Classes[0].Rates[0].Percent = decimal.New(-1, 0) }},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) { c.Classes[0].Rates[0].Percent = decimal.New(1001, 0) }},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) { c.Classes[0].Rates[0].Percent = decimal.New(1, -19) }},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) { c.Classes[0].Rates[0].Percent = decimal.New(1, math.MaxInt32) }},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) { c.Classes[0].Rates[0].Percent = decimal.New(1, math.MinInt32) }},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) {
			c.Classes[0].Rates[0].Effect = tax.Inherit
			c.Classes[0].Rates[0].Percent = decimal.New(1, 100_000_000)
		}},
		{"taxClasses[0].rates[0].percent", func(c *tax.Configuration) { c.Classes[0].Rates[0].Effect = tax.End }},
		{"taxClasses[0].rates[0].components[0].percent", func(c *tax.Configuration) {
			c.Classes[0].Rates[0].Components = []tax.Component{{Code: "A", Percent: decimal.New(-1, 0)}}
		}},
		{"taxClasses[0].rates[0].evidence.status", func(c *tax.Configuration) { c.Classes[0].Rates[0].Evidence.Status = 5 }},
		{"metadata.version", func(c *tax.Configuration) { c.Metadata.Version = -1 }},
		{"metadata.createdAt", func(c *tax.Configuration) { c.Metadata.Created = at(10000) }},
		{"metadata.modifiedAt", func(c *tax.Configuration) { c.Metadata.Modified = at(0) }},
		{"metadata.createdAt", func(c *tax.Configuration) { c.Metadata.Created = at(-5) }},
		{"metadata.createdAt", func(c *tax.Configuration) { c.Metadata.Created = time.Unix(1<<62, 0) }},
		{"metadata.createdAt", func(c *tax.Configuration) {
			c.Metadata.Created = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200))
		}},
		{"metadata" + strings.Repeat(".base", 33), func(c *tax.Configuration) { c.Metadata = bases(33) }},
		{"metadata" + strings.Repeat(".base", 33), func(c *tax.Configuration) { c.Metadata.Base = &c.Metadata }},
	} {
		t.Run(c.path, func(t *testing.T) {
			configuration := validConfiguration()
			c.change(&configuration)
			started := time.Now()
			out, err := configuration.MarshalJSON()
			assert.Less(t, time.Since(started), time.Second)
			assert.Nil(t, out)
			taxtest.RequireInputError(t, err, c.path)
		})
	}
	c := validConfiguration()
	c.Metadata = bases(32)
	b, err := c.MarshalJSON()
	require.NoError(t, err)
	read, err := tax.ReadConfiguration(bytes.NewReader(b), nil)
	require.NoError(t, err)
	requireSameConfiguration(t, c, read)
}

// The parser of x/text turns this malformed tag into another that it refuses.
func TestConfigurationJSONRefusesALanguageTagThatDoesNotReadBack(t *testing.T) {
	const tag = "yue-ekavsk-1901-abc"
	_, err := tax.ReadConfiguration(strings.NewReader(`{"location":{"country":"DE"},"tax":{"name":{"`+tag+`":"x"}}}`), nil)
	taxtest.RequireInputError(t, err, "tax.name."+tag)
	name, err := tax.NewLocalizedText(map[string]string{tag: "x"})
	if err != nil {
		return // refused where it belongs
	}
	c := validConfiguration()
	c.Tax.Name = name
	_, err = c.MarshalJSON()
	taxtest.RequireInputError(t, err, "tax.name.yue-1901-ekavsk-abc")
}

func TestConfigurationMarshalJSONKeepsTimesToTheMillisecond(t *testing.T) {
	c := validConfiguration()
	c.Metadata.Created = time.Date(2022, 3, 31, 11, 52, 15, 423_999_999, time.FixedZone("", 7200))
	c.Metadata.Modified = time.Time{}.Add(time.Microsecond).In(time.FixedZone("", 7200)) // cut, it is no time
	b, err := c.MarshalJSON()
	require.NoError(t, err)
	assert.Contains(t, string(b), `"metadata":{"createdAt":"2022-03-31T09:52:15.423Z"}`)
	c.Metadata.Created = time.Time{}.In(time.FixedZone("", -7200))
	b, err = c.MarshalJSON()
	require.NoError(t, err)
	assert.NotContains(t, string(b), "metadata")
}

// Nothing that can be held is lost on the way, and the text no longer changes
// after the first time.
func TestConfigurationJSONRoundTripLosesNothing(t *testing.T) {
	for seed := range int64(8) {
		random := configurationMaker{rand.New(rand.NewSource(seed))}
		for i := range 500 {
			c := random.configuration()
			first, err := c.MarshalJSON()
			require.NoError(t, err, "seed %d, configuration %d", seed, i)
			require.True(t, json.Valid(first), "seed %d, configuration %d: %s", seed, i, first)
			read, err := tax.ReadConfiguration(bytes.NewReader(first), nil)
			require.NoError(t, err, "seed %d, configuration %d: %s", seed, i, first)
			requireSameConfiguration(t, c, read)
			second, err := read.MarshalJSON()
			require.NoError(t, err)
			require.Equal(t, string(first), string(second), "seed %d, configuration %d", seed, i)
		}
	}
}

func TestConfigurationJSONRoundTripsThroughAnyLayout(t *testing.T) {
	random := configurationMaker{rand.New(rand.NewSource(99))}
	for range 50 {
		c := random.configuration()
		b, err := json.MarshalIndent(c, "\r\n", " \t")
		require.NoError(t, err)
		var read tax.Configuration
		require.NoError(t, json.Unmarshal(b, &read))
		requireSameConfiguration(t, c, read)
	}
}

// No input panics, every refusal names a path, and what was read is written in
// a form that reads as itself.
func FuzzConfigurationJSON(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "configurations", "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatal("no configurations to start from", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := tax.ReadConfiguration(bytes.NewReader(data), nil)
		if err != nil {
			var input *tax.InputError
			if !errors.As(err, &input) || input.Field == "" || input.Reason == "" || !errors.Is(err, tax.ErrInvalid) {
				t.Fatalf("not an explained InputError: %v", err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted what is no JSON: %q", data)
		}
		first, err := c.MarshalJSON()
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		again, err := tax.ReadConfiguration(bytes.NewReader(first), &tax.Limits{Bytes: 1 << 24})
		if err != nil {
			t.Fatalf("written, but not read: %v\n%s", err, first)
		}
		requireSameConfiguration(t, c, again)
		second, err := again.MarshalJSON()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not a fixed point: %v\n%s\n%s", err, first, second)
		}
	})
}

func validConfiguration() tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: decimal.New(19, 0)}}}},
	}
}

func configurationFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "configurations", name+".json"))
	require.NoError(t, err)
	return data
}

// configurationMaker makes configurations that can be written, and need not
// make sense otherwise.
type configurationMaker struct{ *rand.Rand }

func (r configurationMaker) configuration() tax.Configuration {
	locations := []tax.Location{{Country: "DE"}, {Country: "CA", Region: "QC"}, {Country: "XK"}, {Country: "GB", Region: "NIR"}, {Country: "DE", Region: "X-HELGOLAND"}}
	c := tax.Configuration{
		Location:      locations[r.Intn(len(locations))],
		RegionAliases: r.texts(),
		Regions:       tax.RegionRule(r.Intn(3)),
		Exclusive:     r.Intn(2) == 0,
		Tax:           r.tax(),
		TimeZone:      r.text(),
		Metadata:      r.metadata(r.Intn(4)),
	}
	ranges := []tax.PostalRange{{From: "27498"}, {From: "6991", To: "6993"}, {From: "BT", To: "BT"}, {From: "0"}, {From: "A1B2C3D4E5", To: "ZZZZZZZZZZ"}}
	for range r.Intn(3) {
		c.PostalCodes = append(c.PostalCodes, ranges[r.Intn(len(ranges))])
	}
	for range r.Intn(4) {
		class := tax.Class{
			Code: r.text(), Name: r.localized(), Description: r.localized(),
			Order: new(int(int32(r.Uint32()))), Default: r.Intn(2) == 0, Aliases: r.texts(),
		}
		for range r.Intn(4) {
			class.Rates = append(class.Rates, r.rate())
		}
		c.Classes = append(c.Classes, class)
	}
	return c
}

func (r configurationMaker) rate() tax.Rate {
	rate := tax.Rate{
		From: r.day(), Effect: tax.Effect(r.Intn(5)), OfGross: r.Intn(4) == 0,
		Treatment: tax.Treatment(r.Intn(7)), Tax: r.tax(),
		Evidence: tax.Evidence{Status: tax.Status(r.Intn(5)), Sources: r.texts(), VerifiedSince: r.day()},
	}
	if rate.Effect != tax.Inherit && rate.Effect != tax.End {
		rate.Percent = r.percent()
	}
	for range r.Intn(3) {
		rate.Components = append(rate.Components, tax.Component{Code: r.text(), Name: r.localized(), Percent: r.percent(), Compound: r.Intn(2) == 0})
	}
	return rate
}

func (r configurationMaker) percent() decimal.Decimal {
	scale := r.Intn(13)
	top := int64(1000)
	for range scale {
		top *= 10
	}
	switch r.Intn(8) {
	case 0:
		return decimal.New(0, int32(-scale))
	case 1:
		return decimal.New(top, int32(-scale))
	case 2:
		return decimal.Decimal{}
	}
	return decimal.New(r.Int63n(top+1), int32(-scale))
}

func (r configurationMaker) day() tax.Date {
	if r.Intn(4) == 0 {
		return tax.Date{}
	}
	return tax.MustDate("0001-01-01").AddDays(r.Intn(3652059))
}

func (r configurationMaker) instant() time.Time {
	if r.Intn(3) == 0 {
		return time.Time{}
	}
	first := time.Date(1, 1, 1, 0, 0, 0, 1_000_000, time.UTC).UnixMilli()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC).UnixMilli()
	return time.UnixMilli(first + r.Int63n(last-first+1)).UTC()
}

func (r configurationMaker) metadata(depth int) tax.Metadata {
	m := tax.Metadata{Version: r.Int63() >> r.Intn(64), Created: r.instant(), Modified: r.instant(), Source: r.text(), AsOf: r.day()}
	if depth > 0 {
		base := r.metadata(depth - 1)
		m.Base = &base
	}
	return m
}

func (r configurationMaker) tax() tax.Tax { return tax.Tax{Code: r.text(), Name: r.localized()} }

func (r configurationMaker) localized() tax.LocalizedText {
	tags := []string{"en", "de", "de-AT", "pt-BR", "zh-Hant", "iw", "i-klingon", "en-GB-oed", "sr-Latn-x-own"}
	byTag := map[string]string{}
	for range r.Intn(3) {
		byTag[tags[r.Intn(len(tags))]] = "." + r.text()
	}
	return tax.MustLocalizedText(byTag)
}

func (r configurationMaker) texts() (list []string) {
	for range r.Intn(3) {
		list = append(list, r.text())
	}
	return list
}

func (r configurationMaker) text() string {
	alphabet := []rune("Aa09 -_.\"\\/\b\f\n\r\t\x00\x1f\x7f\u00e9\u20ac\ufffd\ufeff\u2028\U0001f600<&>{}[]:,")
	var b strings.Builder
	for range r.Intn(6) {
		b.WriteRune(alphabet[r.Intn(len(alphabet))])
	}
	return b.String()
}

// requireSameConfiguration compares by value, and percentages by their
// decimals as well: 19.0 is not written as 19.
func requireSameConfiguration(t *testing.T, want, got tax.Configuration) {
	t.Helper()
	require.Equal(t, describeConfiguration(want), describeConfiguration(got))
}

// describeConfiguration writes down every field without the code under test.
func describeConfiguration(c tax.Configuration) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%q %q %v %q %d %v %s %q", c.Location.Country, c.Location.Region, c.PostalCodes, c.RegionAliases, c.Regions, c.Exclusive, describeTax(c.Tax), c.TimeZone)
	for _, class := range c.Classes {
		order := "unset"
		if class.Order != nil {
			order = fmt.Sprint(*class.Order)
		}
		line("class %q %q %q %s %v %q", class.Code, class.Name.All(), class.Description.All(), order, class.Default, class.Aliases)
		for _, r := range class.Rates {
			line("rate %d-%d-%d %d %s %v %d %s %d %q", r.From.Year(), r.From.Month(), r.From.Day(), r.Effect, describePercent(r.Percent), r.OfGross, r.Treatment, describeTax(r.Tax), r.Evidence.Status, r.Evidence.Sources)
			for _, part := range r.Components {
				line("component %q %q %s %v", part.Code, part.Name.All(), describePercent(part.Percent), part.Compound)
			}
		}
	}
	for m := &c.Metadata; m != nil; m = m.Base {
		line("metadata %d %#v %#v %q %d-%d-%d", m.Version, m.Created, m.Modified, m.Source, m.AsOf.Year(), m.AsOf.Month(), m.AsOf.Day())
	}
	return b.String()
}

func describePercent(d decimal.Decimal) string {
	return fmt.Sprintf("%de%d", d.Coefficient(), d.Exponent())
}

func describeTax(t tax.Tax) string { return fmt.Sprintf("%q %q", t.Code, t.Name.All()) }

func TestConfigurationJSONKeepsTheBaseOfMetadataWithoutFieldsOfItsOwn(t *testing.T) {
	c := tax.Configuration{Location: tax.Location{Country: "DE"}, Metadata: tax.Metadata{Base: &tax.Metadata{Version: 7}}}
	data, err := c.MarshalJSON()
	require.NoError(t, err)
	var again tax.Configuration
	require.NoError(t, again.UnmarshalJSON(data))
	assert.Equal(t, c.Metadata, again.Metadata)
}
