package emporix_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/testfile"
	"github.com/taxresolve/tax/store"
)

// casesOf runs a function for every case of a file. The fields of a case are
// separated by bars.
func casesOf(t testing.TB, name string, fields int, run func(line int, fields []string)) {
	t.Helper()
	for n, text := range testfile.Lines(t, name) {
		parts := strings.Split(text, "|")
		require.Len(t, parts, fields, "line %d", n)
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		run(n, parts)
	}
}

func TestWritesKeepTheHistory(t *testing.T) {
	ctx := context.Background()
	count := 0
	casesOf(t, "testdata/writes.txt", 4, func(line int, f []string) {
		count++
		s := newShop(t, emporix.ServiceOptions{})
		service := s.On(tax.MustDate(f[1]))
		body := `{"location":{"countryCode":"DE"},"taxClasses":[` + bodyOf(t, f[2]) + `]`
		if f[0] == "-" {
			_, err := service.Create(ctx, tenant, "", []byte(body+"}"))
			require.NoError(t, err, "line %d", line)
		} else {
			s.put(t, tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: parseClasses(t, f[0])})
			require.NoError(t, service.Update(ctx, tenant, "DE", "", []byte(body+`,"metadata":{"version":1}}`)), "line %d", line)
		}
		assert.Equal(t, f[3], classesText(s.get(t, "DE").Classes), "line %d", line)
	})
	require.GreaterOrEqual(t, count, 45, "lines were lost")
}

// classHead parses the code, the default mark and the order of a class.
func classHead(t testing.TB, head string) tax.Class {
	t.Helper()
	head, order, _ := strings.Cut(head, "#")
	code, isDefault := strings.CutSuffix(head, "*")
	c := tax.Class{Code: code, Default: isDefault, Name: text("en", code)}
	if order != "" {
		n, err := strconv.Atoi(order)
		require.NoError(t, err)
		c.Order = &n
	}
	return c
}

func bodyOf(t testing.TB, list string) string {
	if list == "-" {
		return ""
	}
	var out []string
	for class := range strings.SplitSeq(list, ",") {
		head, rate, _ := strings.Cut(strings.TrimSpace(class), " ")
		c := classHead(t, head)
		order := ""
		if c.Order != nil {
			order = fmt.Sprintf(`"order":%d,`, *c.Order)
		}
		out = append(out, fmt.Sprintf(`{"code":%q,"name":%q,%s"rate":%s,"isDefault":%v}`, c.Code, c.Code, order, rate, c.Default))
	}
	return strings.Join(out, ",")
}

func parseClasses(t testing.TB, list string) (classes []tax.Class) {
	for class := range strings.SplitSeq(list, ",") {
		parts := strings.Fields(class)
		c := classHead(t, parts[0])
		for _, part := range parts[1:] {
			percent, from, ok := strings.Cut(part, "@")
			require.True(t, ok, part)
			c.Rates = append(c.Rates, parseRate(percent, from))
		}
		classes = append(classes, c)
	}
	return classes
}

func parseRate(percent, from string) (r tax.Rate) {
	if from != "" {
		r.From = tax.MustDate(from)
	}
	if percent == "end" {
		r.Effect = tax.End
		return r
	}
	digits := strings.TrimRight(percent, "gx+v")
	r.Percent = tax.MustPercent(digits)
	switch percent[len(digits):] {
	case "g":
		r.OfGross = true
	case "x":
		r.Treatment = tax.Exempt
	case "+":
		r.Components = []tax.Component{{Code: "WHOLE", Percent: r.Percent}}
	case "v":
		r.Tax = tax.Tax{Code: "LEVY"}
	}
	return r
}

func classesText(classes []tax.Class) string {
	var out []string
	for _, c := range classes {
		text := c.Code
		if c.Default {
			text += "*"
		}
		if c.Order != nil {
			text += "#" + strconv.Itoa(*c.Order)
		}
		for _, r := range c.Rates {
			text += " " + rateText(r) + "@" + r.From.String()
		}
		out = append(out, text)
	}
	if out == nil {
		return "-"
	}
	return strings.Join(out, ", ")
}

func rateText(r tax.Rate) string {
	text := exact.Format(r.Percent)
	switch {
	case r.Effect == tax.End:
		return "end"
	case r.Effect != tax.Replace:
		return r.Effect.String()
	}
	if r.OfGross {
		text += "g"
	}
	if r.Treatment == tax.Exempt {
		text += "x"
	}
	if len(r.Components) > 0 {
		text += "+"
	}
	if r.Tax.Code != "" {
		text += "v"
	}
	return text
}

// The document has data for which the contract has no field.
func TestWritesKeepWhatTheContractDoesNotExpress(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	rich := tax.Configuration{
		Location: tax.Location{Country: "DE"}, Regions: tax.RegionsListed, Exclusive: true, TimeZone: "Europe/Berlin",
		Tax: tax.Tax{Code: "VAT", Name: text("de", "MwSt", "en", "VAT")},
		Classes: []tax.Class{
			{Code: "A", Name: text("en", "A"), Aliases: []string{"ALPHA"}, Rates: []tax.Rate{
				{From: tax.MustDate("2007-01-01"), Percent: tax.MustPercent("19.0"), Tax: tax.Tax{Code: "UST"},
					Components: []tax.Component{{Code: "X", Name: text("en", "X"), Percent: tax.MustPercent("12")}, {Code: "Y", Percent: tax.MustPercent("7")}},
					Evidence:   tax.Evidence{Status: tax.Agreed, Sources: []string{"law"}}},
				replace("", "16"),
			}},
			{Code: "E", Name: text("en", "E"), Rates: []tax.Rate{{Treatment: tax.ReverseCharge}}},
		},
		Metadata: tax.Metadata{Source: "ministry", AsOf: tax.MustDate("2026-01-01"), Base: &tax.Metadata{Version: 7, Source: "world"}},
	}
	s.put(t, rich)
	s.put(t, tax.Configuration{Location: tax.Location{Country: "DE", Region: "X-HELGOLAND"}})
	before := s.get(t, "DE")
	for _, language := range []string{"*", "en"} {
		require.NoError(t, s.Update(context.Background(), tenant, "DE", language, []byte(s.retrieve(t, "DE", language))))
		after := s.get(t, "DE")
		after.Metadata.Version = before.Metadata.Version
		assert.Equal(t, jsonOf(t, before), jsonOf(t, after))
	}

	body := `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":{"en":"A"},"rate":19},{"code":"E","name":{"en":"E"},"rate":3}],"metadata":{"version":3}}`
	require.NoError(t, s.Update(context.Background(), tenant, "DE", "*", []byte(body)))
	after := s.get(t, "DE")
	want := before.Clone()
	want.Metadata.Version = 4
	want.Classes[1].Rates = slices.Insert(want.Classes[1].Rates, 0, replace("2026-11-22", "3"))
	assert.Equal(t, jsonOf(t, want), jsonOf(t, after))
	assert.Equal(t, before.Classes[0].Rates[0].Percent.Exponent(), after.Classes[0].Rates[0].Percent.Exponent(), "the decimals as they were")
}

func jsonOf(t testing.TB, c tax.Configuration) string {
	t.Helper()
	out, err := c.MarshalJSON()
	require.NoError(t, err)
	return string(out)
}

func TestStringsChangeTheirLanguageAndMapsAll(t *testing.T) {
	for _, c := range []struct {
		language, name, description string
		wantName, wantDescription   tax.LocalizedText
	}{
		{language: "en", name: `"New"`, description: `"Text"`, wantName: text("de", "Alt", "en", "New"), wantDescription: text("de", "Satz", "en", "Text")},
		{language: "", name: `"Neu"`, wantName: text("de", "Neu", "en", "Old"), wantDescription: text("en", "Phrase")},
		{language: " EN ", name: `"New"`, wantName: text("de", "Alt", "en", "New"), wantDescription: text("de", "Satz")},
		{language: "fr", name: `"Neuf"`, wantName: text("de", "Alt", "en", "Old", "fr", "Neuf"), wantDescription: text("de", "Satz", "en", "Phrase")},
		{language: "*", name: `{"fr":"Neuf"}`, wantName: text("fr", "Neuf")},
		{language: "*", name: `{"DE":"Neu"}`, description: `{"fr":"Texte"}`, wantName: text("de", "Neu"), wantDescription: text("fr", "Texte")},
	} {
		languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: "de", Allowed: []string{"de", "en", "fr"}})
		require.NoError(t, err)
		s := newShop(t, emporix.ServiceOptions{Languages: func(string) *tax.Languages { return languages }})
		s.put(t, tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
			{Code: "A", Name: text("de", "Alt", "en", "Old"), Description: text("de", "Satz", "en", "Phrase"), Rates: []tax.Rate{replace("", "1")}},
		}})
		description := ""
		if c.description != "" {
			description = `"description":` + c.description + ","
		}
		body := `{"location":{"countryCode":"DE"},"taxClasses":[{"code":"A","name":` + c.name + `,` + description + `"rate":1}],"metadata":{"version":1}}`
		require.NoError(t, s.Update(context.Background(), tenant, "DE", c.language, []byte(body)), body)
		class := s.get(t, "DE").Classes[0]
		assert.Equal(t, c.wantName.All(), class.Name.All(), body)
		assert.Equal(t, c.wantDescription.All(), class.Description.All(), body)
	}
}

// foreign is a store by someone else. It returns one document as it is.
type foreign struct {
	*store.Memory
	c tax.Configuration
}

func (f *foreign) Get(context.Context, string, tax.Location) (tax.Configuration, error) {
	return f.c, nil
}

func (f *foreign) Update(_ context.Context, _ string, c tax.Configuration) (tax.Configuration, error) {
	f.c = c
	return c, nil
}

func TestStoresMayKeepTheEntriesOfClassesBehindEachOther(t *testing.T) {
	entries := []tax.Rate{replace("", "1"), replace("", "2")}
	f := &foreign{store.NewMemory(nil), tax.Configuration{Location: tax.Location{Country: "DE"}, Metadata: tax.Metadata{Version: 1},
		Classes: []tax.Class{{Code: "A", Rates: entries[:1]}, {Code: "B", Rates: entries[1:]}}}}
	s, err := emporix.NewService(f, nil)
	require.NoError(t, err)
	body := `{"location":{"countryCode":"DE"},"taxClasses":[` + bodyOf(t, "A 3, B 2") + `],"metadata":{"version":1}}`
	require.NoError(t, s.On(tax.MustDate("2026-01-01")).Update(context.Background(), tenant, "DE", "", []byte(body)))
	assert.Equal(t, "A 3@2026-01-01 1@, B 2@", classesText(f.c.Classes))
}

func TestAPercentageThatIsNoneIsNoRate(t *testing.T) {
	f := &foreign{store.NewMemory(nil), tax.Configuration{Location: tax.Location{Country: "DE"}, Metadata: tax.Metadata{Version: 1},
		Classes: []tax.Class{{Code: "A", Rates: []tax.Rate{{Percent: decimal.New(1, 1<<30)}}}}}}
	s, err := emporix.NewService(f, nil)
	require.NoError(t, err)
	body, err := s.Retrieve(context.Background(), tenant, "DE", "")
	require.NoError(t, err)
	assert.Equal(t, `{"locationCode":"DE","location":{"countryCode":"DE"},"taxClasses":[],"metadata":{"version":1}}`, string(body))
}
