package tax_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// notUTF8 is a text that encoding/json replaces with "a\ufffd" without an error.
const notUTF8 = "a\xff"

func standardRate(percent string) tax.Configuration {
	return tax.Configuration{Location: tax.Location{Country: "DE"}, TimeZone: "Europe/Berlin",
		Classes: []tax.Class{{Code: "S", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}}}
}

// viaJSON writes a value as JSON and reads it back.
func viaJSON[T any](t *testing.T, v T) (T, string) {
	t.Helper()
	var back T
	data, err := json.Marshal(v)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &back), "%s", data)
	return back, string(data)
}

func TestStoredExplanationsAreReplayedForTheirTenant(t *testing.T) {
	ctx := context.Background()
	m := store.NewMemory(nil)
	tenants := map[string]string{notUTF8: "19", "a\ufffd": "7", "\xff\x00\xc3": "5", "": "4", "plain <&> \u2028": "3"}
	for tenant, percent := range tenants {
		_, err := m.Create(ctx, tenant, standardRate(percent))
		require.NoError(t, err)
	}
	r, err := tax.NewResolver(m, nil)
	require.NoError(t, err)
	for tenant, percent := range tenants {
		sold, err := r.Tenant(tenant).Resolve(ctx, "DE", "S")
		require.NoError(t, err)
		stored, data := viaJSON(t, sold.Explain())
		assert.Equal(t, sold.Explain(), stored, data)
		now, differences, err := r.Replay(ctx, stored)
		require.NoError(t, err)
		assert.Empty(t, differences)
		assert.Equal(t, percent, now.Percent().String(), "tenant %q, %s", tenant, data)

		key := tax.Key{Tenant: tenant, Country: "DE"}
		back, data := viaJSON(t, key)
		assert.Equal(t, key, back, data)
	}
}

func TestJSONOfTenants(t *testing.T) {
	for _, tt := range []struct {
		key  tax.Key
		want string
	}{
		{tax.Key{Tenant: "acme", Country: "DE"}, `{"tenant":"acme","country":"DE"}`},
		{tax.Key{Country: "DE"}, `{"country":"DE"}`},
		{tax.Key{Tenant: notUTF8, Country: "DE"}, `{"tenantBase64":"Yf8=","country":"DE"}`},
	} {
		data, err := json.Marshal(tt.key)
		require.NoError(t, err)
		assert.Equal(t, tt.want, string(data))
		var in tax.LookupInput
		require.NoError(t, json.Unmarshal(data, &in))
		assert.Equal(t, tt.key.Tenant, in.Tenant)
	}
	for _, text := range []string{`{"tenant":"a","tenantBase64":"Yf8="}`, `{"tenantBase64":"?"}`, `{"tenantBase64":1}`} {
		kept := tax.Key{Tenant: "kept"}
		assert.Error(t, json.Unmarshal([]byte(text), &kept), text)
		assert.Equal(t, tax.Key{Tenant: "kept"}, kept, text)
		in := tax.LookupInput{Tenant: "kept"}
		assert.Error(t, json.Unmarshal([]byte(text), &in), text)
		assert.Equal(t, tax.LookupInput{Tenant: "kept"}, in, text)
	}
}

// Only a tenant can be any text. All others are refused instead of replaced.
func TestPlainDataRefusesTextsThatAreNotUTF8(t *testing.T) {
	for path, v := range map[string]any{
		"class":               tax.LookupInput{Class: notUTF8},
		"country":             tax.Key{Country: notUTF8},
		"reason":              tax.Assertion{Reason: notUTF8},
		"sources[1]":          tax.Explanation{Sources: []string{"", notUTF8}},
		"documents[0].source": tax.Explanation{Documents: []tax.DocumentVersion{{Source: notUTF8}}},
		"components[0].code":  tax.Explanation{Components: []tax.ComponentPart{{Code: notUTF8}}},
		"steps[0]":            tax.Explanation{Steps: []tax.Step{notUTF8}},
	} {
		data, err := json.Marshal(v)
		var refusal *tax.InputError
		require.ErrorAs(t, err, &refusal, "%s", data)
		assert.Equal(t, path, refusal.Field)
		assert.Equal(t, notUTF8, refusal.Value)
	}
	r, err := standardRate("19").Resolve("S", tax.MustDate("2026-01-01"))
	require.NoError(t, err)
	_, err = json.Marshal(r.As(tax.Exempt, notUTF8).Explain())
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

// A part of a document has the same form by itself.
func TestPartsOfADocumentHaveItsForm(t *testing.T) {
	text, err := os.ReadFile("testdata/configurations/everything.json")
	require.NoError(t, err)
	c, err := tax.ReadConfiguration(bytes.NewReader(text), nil)
	require.NoError(t, err)
	whole, err := json.Marshal(c)
	require.NoError(t, err)
	contains := func(name string, v any) {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		assert.Contains(t, string(whole), name+string(data))
	}
	contains(`"tax":`, c.Tax)
	contains(`"metadata":`, c.Metadata)
	for _, class := range c.Classes {
		contains("", class)
		for _, rate := range class.Rates {
			contains("", rate)
			for _, component := range rate.Components {
				contains("", component)
			}
			if rate.Evidence.Status != 0 {
				contains(`"evidence":`, rate.Evidence)
			}
		}
	}

	for text, path := range map[string]string{
		`{"code":"S","Rates":[]}`:                  "Rates",
		`{"code":"S","rates":[{"percent":19},{}]}`: "rates[1].percent",
		`{"code":"S"}`:                             "rates",
		`{"code":"S","rates":[],"name":{"en":1}}`:  "name.en",
	} {
		kept := tax.Class{Code: "kept"}
		var refusal *tax.InputError
		if assert.ErrorAs(t, json.Unmarshal([]byte(text), &kept), &refusal, text) {
			assert.Equal(t, path, refusal.Field)
		}
		assert.Equal(t, tax.Class{Code: "kept"}, kept)
	}
	assert.Error(t, json.Unmarshal([]byte(`{"percent":1e99}`), new(tax.Rate)))
	_, err = json.Marshal(tax.Rate{Percent: decimal.New(-1, 0)})
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestReportsHaveLowerCaseFields(t *testing.T) {
	c := standardRate("19")
	c.TimeZone, c.Metadata.Version = "", -1
	_, data := viaJSON(t, c.Validate())
	assert.Equal(t, `{"errors":[{"location":{"country":"DE"},"path":"metadata.version","code":"version_negative","message":"negative: versions begin at 1"}],`+
		`"warnings":[{"location":{"country":"DE"},"path":"timeZone","code":"time_zone_missing","message":"not given: the day at this place is taken from UTC"}]}`, data)
	_, data = viaJSON(t, tax.Report{})
	assert.Equal(t, "{}", data)
}

func TestWhatValidatesMarshals(t *testing.T) {
	for path, change := range map[string]func(*tax.Configuration){
		"metadata.source":              func(c *tax.Configuration) { c.Metadata.Source = notUTF8 },
		"metadata.base.source":         func(c *tax.Configuration) { c.Metadata.Base = &tax.Metadata{Source: notUTF8} },
		"timeZone":                     func(c *tax.Configuration) { c.TimeZone = notUTF8 },
		"tax.code":                     func(c *tax.Configuration) { c.Tax.Code = notUTF8 },
		"classes[0].code":              func(c *tax.Configuration) { c.Classes[0].Code = notUTF8 },
		"classes[0].aliases[0]":        func(c *tax.Configuration) { c.Classes[0].Aliases = []string{notUTF8} },
		"classes[0].rates[0].tax.code": func(c *tax.Configuration) { c.Classes[0].Rates[0].Tax.Code = notUTF8 },
		"classes[0].rates[0].evidence.sources[1]": func(c *tax.Configuration) {
			c.Classes[0].Rates[0].Evidence.Sources = []string{"law", notUTF8}
		},
		"classes[0].rates[0].components[0].code": func(c *tax.Configuration) {
			c.Classes[0].Rates[0].Components = []tax.Component{{Code: notUTF8, Percent: tax.MustPercent("19")}}
		},
		"classes[0].rates[0].evidence.sources[0]": func(c *tax.Configuration) {
			c.Classes[0].Rates = append([]tax.Rate{{From: tax.MustDate("2026-01-01"), Effect: tax.End, Evidence: tax.Evidence{Sources: []string{notUTF8}}}}, c.Classes[0].Rates...)
		},
	} {
		c := standardRate("19")
		change(&c)
		_, err := c.MarshalJSON()
		require.Error(t, err, path)
		var paths []string
		for _, f := range c.Validate().Errors {
			paths = append(paths, f.Path)
		}
		assert.Equal(t, []string{path}, paths)
		_, err = store.NewMemory(nil).Create(context.Background(), "", c)
		assert.ErrorIs(t, err, tax.ErrInvalid, path)
	}
}
