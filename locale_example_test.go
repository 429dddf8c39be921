package tax_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/taxresolve/tax"
)

func ExampleNewLocalizedText() {
	text, err := tax.NewLocalizedText(map[string]string{"en": "VAT", "iw": "\u05de\u05e2\u05f4\u05de", "PT-br": "ICMS"})
	fmt.Println(err)
	for _, t := range text.All() {
		fmt.Println(t.Language, t.Text)
	}
	_, err = tax.NewLocalizedText(map[string]string{"german": "MwSt"})
	fmt.Println(err)
	// Output:
	// <nil>
	// en VAT
	// he מע״מ
	// pt-BR ICMS
	// tax: language "german": not a BCP 47 tag: use a tag such as de or pt-BR
}

func ExampleLocalizedText_In() {
	text := tax.MustLocalizedText(map[string]string{"de": "Umsatzsteuer", "en": "VAT", "zh-Hant": "營業稅"})
	for _, tags := range [][]string{{"de-AT"}, {"fr", "en-GB"}, {"zh-TW"}, {"zh-CN"}, {"ja"}} {
		t := text.In(tax.MustPreferences(tags...))
		fmt.Printf("%v %q %q\n", tags, t.Language, t.Text)
	}
	// Output:
	// [de-AT] "de" "Umsatzsteuer"
	// [fr en-GB] "en" "VAT"
	// [zh-TW] "zh-Hant" "營業稅"
	// [zh-CN] "" ""
	// [ja] "" ""
}

func ExampleNewPreferences() {
	p, err := tax.NewPreferences("de-CH", "fr-CH", "en")
	name := tax.MustLocalizedText(map[string]string{"fr": "TVA", "en": "VAT"})
	fmt.Println(name.In(p).Text, err)
	_, err = tax.NewPreferences("de", "*")
	fmt.Println(err)
	// Output:
	// TVA <nil>
	// tax: language "*": not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR
}

// The confidence of a match helps to decide whether to offer the reader another
// language.
func ExampleLocalizedText_In_confidence() {
	text := tax.MustLocalizedText(map[string]string{"de": "Umsatzsteuer", "en": "VAT", "pt-BR": "ICMS", "zh-Hant": "營業稅"})
	for _, tag := range []string{"de", "de-AT", "zh-TW", "pt-PT", "zh-CN", "ja"} {
		m := text.In(tax.MustPreferences(tag))
		fmt.Printf("%s: %q %v\n", tag, m.Language, m.Confidence)
	}
	// Output:
	// de: "de" Exact
	// de-AT: "de" High
	// zh-TW: "zh-Hant" High
	// pt-PT: "pt-BR" Low
	// zh-CN: "" No
	// ja: "" No
}

// Elements that cannot be read are left out, and the others are used.
func ExampleParseAcceptLanguage() {
	name := tax.MustLocalizedText(map[string]string{"en": "VAT", "fr": "TVA"})
	for _, header := range []string{"fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", "en;q=0.5, fr", "de, garbage!!, en;q=0.1", "de, en;q=0"} {
		p, err := tax.ParseAcceptLanguage(header)
		fmt.Println(p.Tags(), name.In(p).Text, err)
	}
	all, _ := tax.ParseAcceptLanguage("*")
	fmt.Println(all.All())
	// Output:
	// [fr-CH fr en] TVA <nil>
	// [fr en] TVA <nil>
	// [de en] VAT tax: Accept-Language "garbage!!": not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR
	// [de]  <nil>
	// true
}

// The languages of a tenant read headers, and tell in which languages texts may
// be written.
func ExampleLanguages() {
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: "de", Allowed: []string{"fr", "de", "it"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	name := tax.MustLocalizedText(map[string]string{"de": "MWST", "fr": "TVA"})
	for _, header := range []string{"fr-CH, de;q=0.9", "ja", ""} {
		p, _ := languages.ParseAcceptLanguage(header)
		m := name.In(p)
		fmt.Println(m.Language, m.Text, m.Confidence)
	}
	fmt.Println(languages.Allow("IT"))
	_, err = languages.Allow("rm")
	fmt.Println(err)
	// Output:
	// fr TVA High
	// de MWST No
	// de MWST No
	// it <nil>
	// tax: language "rm": not an allowed language: use de, fr, it
}

func ExamplePreferences_WithFallback() {
	p, err := tax.MustPreferences("ja").WithFallback("fr", "en")
	name := tax.MustLocalizedText(map[string]string{"de": "MwSt", "en": "VAT"})
	m := name.In(p)
	fmt.Println(m.Language, m.Confidence, p.Tags(), err)
	// Output:
	// en No [ja] <nil>
}

// A text in JSON says its languages. A plain string does not, and is refused.
func ExampleLocalizedText_UnmarshalJSON() {
	var text tax.LocalizedText
	for _, document := range []string{`{"en":"VAT","de":"MwSt"}`, `"TVA"`} {
		err := json.Unmarshal([]byte(document), &text)
		fmt.Println(text.All(), errors.Is(err, tax.ErrInvalid))
	}
	// Output:
	// [{de MwSt} {en VAT}] false
	// [{de MwSt} {en VAT}] true
}

// A reader gets the nearest variety: by the parents of CLDR, then by the main region.
func ExampleLocalizedText_In_varieties() {
	text := tax.MustLocalizedText(map[string]string{"en": "Sales tax", "en-GB": "VAT", "es-419": "IVA", "es_ES": "IVA español", "nb": "Merverdiavgift"})
	for _, tag := range []string{"en-AU", "en-US", "es-AR", "es-DE", "nn", "en_AU"} {
		m := text.In(tax.MustPreferences(tag))
		fmt.Println(tag, m.Language, m.Confidence)
	}
	// Output:
	// en-AU en-GB Low
	// en-US en High
	// es-AR es-419 High
	// es-DE es-ES Low
	// nn nb Low
	// en_AU en-GB Low
}
