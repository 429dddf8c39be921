package house_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// withFunctions are options, whose functions print as addresses.
var withFunctions = map[string]bool{"tax.Observer": true, "tax.Options": true, "tax.Warming": true, "emporix.ServiceOptions": true, "store.Options": true,
	"rest.Options": true, "rest.EmporixOptions": true, "rest.AMPECOOptions": true, "rest.TaxOptions": true,
	"store.FileOptions": true, "store.ExportOptions": true, "store.ImportOptions": true, "store.Record": true, "storetest.Factory": true, "ampecotest.Factory": true}

// What a program logs must say something. An address says nothing, and differs from run
// to run.
func TestNothingPrintsAsAnAddress(t *testing.T) {
	seen := 0
	for _, d := range decidedJSON(t) {
		values := append(append([]any{}, d.same...), d.refused...)
		for v := range d.written {
			values = append(values, v)
		}
		for _, v := range values {
			typ := reflect.TypeOf(v)
			if withFunctions[typ.String()] {
				continue
			}
			seen++
			printsWell(t, v)
			if _, ok := v.(fmt.Stringer); ok || typ.Kind() != reflect.Pointer {
				printsWell(t, struct{ V any }{v})
			}
			logsWell(t, v)
			if typ.Kind() == reflect.Pointer {
				printsWell(t, reflect.New(typ.Elem()).Interface())
			} else {
				printsWell(t, reflect.Zero(typ).Interface())
			}
		}
	}
	require.Greater(t, seen, 80)
}

var meaningless = regexp.MustCompile(`0x[0-9a-f]+|PANIC|%!|!ERROR`)

func printsWell(t *testing.T, v any) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v"} {
		assert.NotRegexp(t, meaningless, fmt.Sprintf(verb, v), "%s of %T", verb, v)
	}
	if s, ok := v.(fmt.Stringer); ok {
		assert.Equal(t, s.String(), fmt.Sprintf("%s", v))
		assert.NotContains(t, s.String(), "\n", "%T", v)
	}
	var text bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	assert.NotRegexp(t, meaningless, text.String(), "%T", v)
}

func logsWell(t *testing.T, v any) {
	t.Helper()
	var object bytes.Buffer
	slog.New(slog.NewJSONHandler(&object, nil)).Info("m", "v", v)
	assert.NotRegexp(t, meaningless, object.String(), "%T", v)
	assert.True(t, json.Valid(object.Bytes()))
}

// logged returns how log/slog writes a value, as text and as JSON.
func logged(v any) (text, object string) {
	var t, o bytes.Buffer
	plain := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "v" {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewTextHandler(&t, plain)).Info("", "v", v)
	slog.New(slog.NewJSONHandler(&o, plain)).Info("", "v", v)
	return strings.TrimSpace(t.String()), strings.TrimSpace(o.String())
}

func TestValuesSayWhatTheyAre(t *testing.T) {
	ctx := t.Context()
	source := tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{
			taxtest.Doc("DE", taxtest.Class("STANDARD*", "2007-01-01 19"), taxtest.Class("REDUCED", "2020-07-01 5; 2021-01-01 7.0"),
				taxtest.Class("FREE", "- 0 exempt"), taxtest.Class("HARD", "- 9.975 ofGross; 2027-01-01 end")),
			{Location: tax.Location{Country: "DE", Region: "BY"}, Classes: []tax.Class{taxtest.Class("STANDARD", "- 19")}},
		}, nil
	})
	r := taxtest.Open(t, source, &tax.Options{Clock: func() time.Time { return someTime }})
	rate := func(class string) tax.Resolution { return must(r.Resolve(ctx, "DE", class)) }
	cents := must(tax.RoundingFor("EUR"))
	otherwise := must(tax.MustPreferences("de-AT").WithFallback("en"))
	header := must(tax.ParseAcceptLanguage("de, en;q=0"))
	languages := must(tax.NewLanguages(&tax.LanguageOptions{Default: "de", Allowed: []string{"fr", "de"}}))
	for _, c := range []struct {
		value        any
		want         string
		text, object string // of log/slog, if they are more than the same text
	}{
		{rate("REDUCED"), "DE REDUCED 7.0 % VAT since 2021-01-01",
			"v.location=DE v.class=REDUCED v.percent=7.0 v.treatment=taxable v.tax=VAT v.date=2026-11-29 v.since=2021-01-01",
			`{"v":{"location":"DE","class":"REDUCED","percent":"7.0","treatment":"taxable","tax":"VAT","date":"2026-11-29","since":"2021-01-01"}}`},
		{rate("FREE"), "DE FREE exempt VAT",
			"v.location=DE v.class=FREE v.percent=0 v.treatment=exempt v.tax=VAT v.date=2026-11-29",
			`{"v":{"location":"DE","class":"FREE","percent":"0","treatment":"exempt","tax":"VAT","date":"2026-11-29"}}`},
		{rate("HARD"), "DE HARD 9.975 % of gross VAT until 2027-01-01",
			"v.location=DE v.class=HARD v.percent=9.975 v.treatment=taxable v.tax=VAT v.date=2026-11-29 v.until=2027-01-01 v.ofGross=true",
			`{"v":{"location":"DE","class":"HARD","percent":"9.975","treatment":"taxable","tax":"VAT","date":"2026-11-29","until":"2027-01-01","ofGross":true}}`},
		{rate("STANDARD").As(tax.ReverseCharge, "DE123"), "DE STANDARD reverseCharge VAT since 2007-01-01",
			"v.location=DE v.class=STANDARD v.percent=0 v.treatment=reverseCharge v.tax=VAT v.date=2026-11-29 v.since=2007-01-01",
			`{"v":{"location":"DE","class":"STANDARD","percent":"0","treatment":"reverseCharge","tax":"VAT","date":"2026-11-29","since":"2007-01-01"}}`},
		{tax.Resolution{}, "no resolution", `v="no resolution"`, `{"v":"no resolution"}`},
		{must(rate("STANDARD").FromNet(tax.MustPercent("100"), cents)), "100 net + 19.00 tax = 119.00 gross",
			"v.net=100 v.tax=19.00 v.gross=119.00", `{"v":{"net":"100","tax":"19.00","gross":"119.00"}}`},
		{must(rate("STANDARD").FromNet(decimal.New(2, -2), cents)), "0.02 net + 0.00 tax = 0.02 gross",
			"v.net=0.02 v.tax=0.00 v.gross=0.02", `{"v":{"net":"0.02","tax":"0.00","gross":"0.02"}}`},
		{tax.Amounts{}, "0 net + 0 tax = 0 gross", "v.net=0 v.tax=0 v.gross=0", `{"v":{"net":"0","tax":"0","gross":"0"}}`},
		{must(r.Place(ctx, tax.Lookup{Country: "DE", Region: "BY"})), "DE-BY on 2026-11-29",
			"v.location=DE-BY v.date=2026-11-29", `{"v":{"location":"DE-BY","date":"2026-11-29"}}`},
		{tax.Place{}, "no place", `v="no place"`, `{"v":"no place"}`},
		{someText, `de "Normal", en "Standard"`, "v.de=Normal v.en=Standard", `{"v":{"de":"Normal","en":"Standard"}}`},
		{tax.MustLocalizedText(map[string]string{"en": strings.Repeat("x", 65) + "\n"}), `en "` + strings.Repeat("x", 64) + `"...`,
			`v.en="` + strings.Repeat("x", 65) + `\n"`, `{"v":{"en":"` + strings.Repeat("x", 65) + `\n"}}`},
		{tax.LocalizedText{}, "no text", `v="no text"`, `{"v":"no text"}`},
		{otherwise, "de-AT; otherwise en", `v="de-AT; otherwise en"`, `{"v":"de-AT; otherwise en"}`},
		{header, "de; never en", `v="de; never en"`, `{"v":"de; never en"}`},
		{must(tax.ParseAcceptLanguage("*")), "all", "v=all", `{"v":"all"}`},
		{tax.Preferences{}, "no language", `v="no language"`, `{"v":"no language"}`},
		{languages, "default de of de, fr", `v="default de of de, fr"`, `{"v":"default de of de, fr"}`},
		{must(tax.NewLanguages(nil)), "default en of all languages", `v="default en of all languages"`, `{"v":"default en of all languages"}`},
		{&tax.Languages{}, "default en of all languages", `v="default en of all languages"`, `{"v":"default en of all languages"}`},
		{r, "resolver", "v=resolver", `{"v":"resolver"}`},
		{r.Tenant("a\nb"), `resolver of tenant "a\nb"`, `v="resolver of tenant \"a\\nb\""`, `{"v":"resolver of tenant \"a\\nb\""}`},
		{&tax.Resolver{}, "empty resolver", `v="empty resolver"`, `{"v":"empty resolver"}`},
		{must(tax.ReadPatch(strings.NewReader(`{"metadata":{"version":3},"timeZone":null}`), nil)), "1 change of version 3", `v="1 change of version 3"`, `{"v":"1 change of version 3"}`},
		{tax.Patch{}, "0 changes of version 0", `v="0 changes of version 0"`, `{"v":"0 changes of version 0"}`},
		{tax.Page{Next: "n", Total: 12}, "0 configurations of 12, and more follow", `v="0 configurations of 12, and more follow"`, `{"v":"0 configurations of 12, and more follow"}`},
		{must(basket.Price(must(r.Place(ctx, tax.Lookup{Country: "DE"})), &basket.Basket{Lines: []basket.Line{{Count: 1, PriceMinor: 10000}}}, must(basket.LinePolicy("EUR")))),
			"10000 net + 1900 tax = 11900 gross, payable 11900, in minor units", "v.net=10000 v.tax=1900 v.gross=11900 v.payable=11900 v.lines=1",
			`{"v":{"net":10000,"tax":1900,"gross":11900,"payable":11900,"lines":1}}`},
		{&basket.Priced{}, "no basket", `v="no basket"`, `{"v":"no basket"}`},
		{must(emporix.NewService(store.NewMemory(nil), nil)).On(someDay), "emporix service on 2026-11-29", `v="emporix service on 2026-11-29"`, `{"v":"emporix service on 2026-11-29"}`},
		{&emporix.Service{}, "emporix service", `v="emporix service"`, `{"v":"emporix service"}`},
		{emporix.Output{NetPrice: decimal.New(2, -2), Target: rate("FREE")}, "0.02 net, 0 gross; source no resolution; target DE FREE exempt VAT",
			`v.netPrice=0.02 v.grossPrice=0 v.source="no resolution" v.target.location=DE v.target.class=FREE v.target.percent=0 v.target.treatment=exempt v.target.tax=VAT v.target.date=2026-11-29`,
			`{"v":{"netPrice":"0.02","grossPrice":"0","source":"no resolution","target":{"location":"DE","class":"FREE","percent":"0","treatment":"exempt","tax":"VAT","date":"2026-11-29"}}}`},
		{ampeco.Set("x"), "x", "v=x", `{"v":"x"}`},
		{ampeco.Set(decimal.New(2, -2)), "0.02", "v=0.02", `{"v":"0.02"}`},
		{ampeco.Clear[int64](), "cleared", "v=cleared", `{"v":"cleared"}`},
		{ampeco.Field[string]{}, "kept", "v=kept", `{"v":"kept"}`},
	} {
		assert.Equal(t, c.want, fmt.Sprint(c.value))
		if s, ok := c.value.(fmt.Stringer); ok {
			assert.Equal(t, c.want, s.String())
			assert.Equal(t, c.want, fmt.Sprintf("%+v", c.value))
			assert.Equal(t, "["+c.want+"]", fmt.Sprint([]any{c.value}))
		}
		text, object := logged(c.value)
		assert.Equal(t, c.text, text)
		assert.Equal(t, c.object, object)
	}
	assert.Equal(t, "version 2 of mine as of 2026-11-29, on version 1 of theirs as of 2026-11-29", someVersion.String())
	circle := tax.Metadata{Version: 1}
	circle.Base = &circle
	assert.Less(t, len(circle.String()), 1000)
	assert.Equal(t, "exempt \"certificate\"", assertion.String())
	assert.Equal(t, "taxable", tax.Assertion{}.String())
}

// Whoever can make cursors can read lists that are not theirs.
func TestKeysOfCursorsAreNotPrinted(t *testing.T) {
	key := []byte("sixteen or more bytes")
	service := must(ampeco.NewService(ampeco.NewMemory(nil), &ampeco.ServiceOptions{CursorKey: key}))
	for _, v := range []any{service, store.NewMemory(nil)} {
		for _, verb := range []string{"%v", "%+v"} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, fmt.Sprint(key), "%s of %T", verb, v)
			assert.NotContains(t, text, string(key), "%s of %T", verb, v)
			assert.NotRegexp(t, `(\d+ ){10}`, text)
		}
	}
}
