package emporix_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
)

// document is a body of the contract, read leniently.
type document struct {
	LocationCode string
	Location     struct{ CountryCode string }
	TaxClasses   []struct {
		Code              string
		Name, Description any
		Order             int
		Rate              json.Number
		IsDefault         bool
	}
	Metadata struct{ Version int64 }
}

func decodeDocument(t testing.TB, body []byte) (d document) {
	t.Helper()
	reader := json.NewDecoder(strings.NewReader(string(body)))
	reader.UseNumber()
	if err := reader.Decode(&d); err != nil || !utf8.Valid(body) {
		t.Fatalf("%q: %v", body, err)
	}
	return d
}

// FuzzParameters requests lists with arbitrary parameters. An error is a bad
// request that names a parameter. A list has the documents that match, and its
// pages together have all of them.
func FuzzParameters(f *testing.F) {
	f.Add("pageSize=2&sort=name.en:desc&taxClassCode=RED&rate=7.0", "de, en;q=0.5")
	s := europe(f, emporix.ServiceOptions{})
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, query, acceptLanguage string) {
		parameters, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		list, err := s.List(ctx, tenant, parameters, acceptLanguage, true)
		if err != nil {
			document := emporix.ErrorFor(err)
			field, _, _ := strings.Cut(fieldOf(err), ".")
			if document.Code != 400 || len(document.Details) != 1 || !utf8.ValidString(err.Error()) || len(parameters[fieldOf(err)]) == 0 &&
				field != "parameter" && field != "name" && field != "description" && field != "pageSize" {
				t.Fatalf("%q: %+v for %v", query, document, err)
			}
			return
		}
		if parameters.Has("pageNumber") || parameters.Has("cursor") {
			return
		}
		seen := map[string]bool{}
		for {
			var documents []json.RawMessage
			if err := json.Unmarshal(list.Body, &documents); err != nil {
				t.Fatal(err)
			}
			for _, raw := range documents {
				d := decodeDocument(t, raw)
				if seen[d.LocationCode] {
					t.Fatalf("%q: %s twice", query, d.LocationCode)
				}
				seen[d.LocationCode] = true
				if !d.matches(parameters) {
					t.Fatalf("%q: %s does not match", query, raw)
				}
			}
			if list.Next == "" {
				break
			}
			parameters.Set("cursor", list.Next)
			if list, err = s.List(ctx, tenant, parameters, acceptLanguage, true); err != nil {
				t.Fatalf("%q: %v", query, err)
			}
		}
		if len(seen) != list.Total {
			t.Fatalf("%q: %d of %d", query, len(seen), list.Total)
		}
	})
}

// matches reports whether one class has the code and the rate. Other tests
// check texts.
func (d *document) matches(parameters url.Values) bool {
	country := parameters.Get("countryCode")
	if len(country) != 3 && !strings.Contains(d.LocationCode, country) {
		return false
	}
	for _, class := range d.TaxClasses {
		if strings.Contains(class.Code, parameters.Get("taxClassCode")) &&
			(!parameters.Has("rate") || sameNumber(class.Rate.String(), parameters.Get("rate"))) {
			return true
		}
	}
	return !parameters.Has("taxClassCode") && !parameters.Has("rate")
}

func sameNumber(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}

// FuzzBody writes arbitrary bodies. A refused body changes nothing. An accepted
// one reads back as it was written, and can be written back without a change.
func FuzzBody(f *testing.F) {
	f.Add([]byte(withVersion("1")), "*", true)
	f.Add([]byte(withVersion("")), "*", false)
	f.Add([]byte(withClass(`"code":"B","name":"B","description":"b","rate":7.50`)), "de", false)
	f.Add([]byte(withClass(`"code":"B","name":{"en":"B"},"rate":7.50`)), " ", false) // maps are accepted without the header
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Allowed: []string{"de", "en", "zh-Hant"}})
	if err != nil {
		f.Fatal(err)
	}
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, body []byte, contentLanguage string, update bool) {
		s := newShop(t, emporix.ServiceOptions{Languages: func(string) *tax.Languages { return languages }})
		if update {
			s.put(t, tax.Configuration{Location: tax.Location{Country: "DE"}, TimeZone: "Europe/Berlin", Classes: []tax.Class{
				{Code: "STANDARD", Name: text("de", "Normal", "en", "Standard"), Default: true, Aliases: []string{"S"},
					Rates: []tax.Rate{replace("2030-01-01", "20"), replace("2026-11-22", "19.0"), replace("", "16")}},
				{Code: "REDUCED", Name: text("de", "Ermäßigt"), Description: text("de", "Bücher"), Rates: []tax.Rate{{Treatment: tax.Exempt}}},
				{Code: "OLD", Name: text("en", "Old"), Rates: []tax.Rate{{From: tax.MustDate("2020-01-01"), Effect: tax.End}, replace("", "5")}},
			}})
		}
		before := everything(t, s)
		kept := string(body)
		var err error
		if update {
			err = s.Update(ctx, tenant, "DE", contentLanguage, body)
		} else {
			_, err = s.Create(ctx, tenant, contentLanguage, body)
		}
		if string(body) != kept {
			t.Fatal("the body was changed")
		}
		if err != nil {
			code := emporix.ErrorFor(err).Code
			if code != 400 && !(update && errors.Is(err, tax.ErrConflict)) || !utf8.ValidString(err.Error()) || everything(t, s) != before {
				t.Fatalf("%q: %d %v", body, code, err)
			}
			return
		}
		written := decodeDocument(t, body)
		rendered := []byte(s.retrieve(t, written.Location.CountryCode, "*"))
		if fault := written.fault(decodeDocument(t, rendered), languages, contentLanguage); fault != "" {
			t.Fatalf("%s\n%s\n%s", fault, body, rendered)
		}
		after := everything(t, s)
		if err := s.Update(ctx, tenant, written.Location.CountryCode, "*", rendered); err != nil {
			t.Fatalf("%s: %v", rendered, err)
		}
		if got := everything(t, s); withoutVersion(got) != withoutVersion(after) {
			t.Fatalf("%s\nthen is\n%s", after, got)
		}
	})
}

func withoutVersion(document string) string {
	before, _, _ := strings.Cut(document, `"metadata"`)
	return before
}

func everything(t testing.TB, s *shop) string {
	t.Helper()
	page, err := s.store.List(context.Background(), tenant, tax.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, c := range page.Configurations() {
		all += jsonOf(t, c)
	}
	return all
}

// fault compares a body that was written with the document that is read
// afterwards.
func (d *document) fault(read document, languages *tax.Languages, contentLanguage string) string {
	if len(read.TaxClasses) != len(d.TaxClasses) {
		return "other classes"
	}
	language := strings.Trim(contentLanguage, " \t")
	for _, class := range d.TaxClasses {
		i := 0
		for i < len(read.TaxClasses) && read.TaxClasses[i].Code != class.Code {
			i++
		}
		if i == len(read.TaxClasses) {
			return "no class " + class.Code
		}
		got := read.TaxClasses[i]
		if got.Order != class.Order || got.IsDefault != class.IsDefault || !sameNumber(got.Rate.String(), class.Rate.String()) {
			return "another class " + class.Code
		}
		for _, texts := range [][2]any{{class.Name, got.Name}, {class.Description, got.Description}} {
			all, _ := texts[1].(map[string]any)
			switch written := texts[0].(type) {
			case map[string]any:
				for tag, text := range written {
					if canonical, err := languages.Allow(tag); err != nil || all[canonical] != text || language != "*" && language != "" || len(all) != len(written) {
						return "another text of " + class.Code
					}
				}
			case string:
				canonical := languages.Default()
				if language != "" {
					canonical, _ = languages.Allow(language)
				}
				if all[canonical] != written {
					return "another text of " + class.Code
				}
			}
		}
	}
	return ""
}
