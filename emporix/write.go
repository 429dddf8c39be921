package emporix

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// written is the body of a create or an update.
type written struct {
	location tax.Location
	classes  []writtenClass
	version  int64 // only of an update
}

type writtenClass struct {
	code              string
	name, description writtenText
	order             *int // nil if it is left out
	percent           decimal.Decimal
	isDefault         bool
}

// writtenText is a text in one language, or all translations of it.
type writtenText struct {
	tax.LocalizedText
	language string // "" for all translations
}

const (
	maxBodyBytes = 1 << 20
	maxClasses   = 1000
)

var (
	configurationFields = []string{"locationCode", "location", "taxClasses", "metadata"}
	classFields         = []string{"code", "name", "description", "order", "rate", "isDefault"}
	metadataFields      = []string{"version", "createdAt", "modifiedAt"}
)

// metadataRule says whether a document has metadata.
type metadataRule uint8

const (
	withoutMetadata  metadataRule = iota // a create
	withMetadata                         // an update
	ignoringMetadata                     // a document of another service
)

// parse reads the body of a request.
func (s *Service) parse(tenant, contentLanguage string, body []byte, rule metadataRule) (written, error) {
	if len(body) > maxBodyBytes {
		return written{}, inputError("document", "", "larger than "+strconv.Itoa(maxBodyBytes)+" bytes: pass one configuration")
	}
	languages := s.languagesOf(tenant)
	language, err := writingLanguage(languages, contentLanguage)
	if err != nil {
		return written{}, err
	}
	d := bodyDecoder{decoder{strictjson.NewReader(body, inputError)}, languages, language, rule, false}
	if !s.options.Strict {
		d.Tolerate()
		d.eitherForm = strings.Trim(contentLanguage, " \t") == ""
	}
	w, err := d.configuration()
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return written{}, err
	}
	return w, nil
}

// writingLanguage returns the language of the texts of a body; "" for maps.
func writingLanguage(languages *tax.Languages, header string) (string, error) {
	header = strings.Trim(header, " \t")
	switch header {
	case "*":
		return "", nil
	case "":
		return languages.Default(), nil
	}
	language, err := allow(languages, header)
	if err != nil {
		return "", refusalOf(err).At("Content-Language")
	}
	return language, nil
}

// allow is [tax.Languages.Allow] for the tags of the contract, which have no underscores.
func allow(languages *tax.Languages, tag string) (string, error) {
	if err := hyphens(tag); err != nil {
		return "", err
	}
	return languages.Allow(tag)
}

// hyphens refuses a tag with underscores.
func hyphens(tag string) error {
	if strings.Contains(tag, "_") {
		return inputError("language", tag, "not a BCP 47 tag: use letters, digits and hyphens, such as de or pt-BR")
	}
	return nil
}

type bodyDecoder struct {
	decoder
	languages *tax.Languages
	language  string // "" for maps
	rule      metadataRule
	// eitherForm allows maps instead of strings. Without a language in the header, the
	// reference of the contract has strings, and its tutorial maps.
	eitherForm bool
}

func (d *bodyDecoder) configuration() (w written, err error) {
	var hasLocation, hasClasses, hasMetadata bool
	var code *string
	err = d.Object(configurationFields, func(field string) (err error) {
		switch field {
		case "locationCode":
			if !d.leftOut() {
				code = new(string)
				*code, err = d.given()
			}
		case "location":
			hasLocation = true
			w.location, err = d.country()
		case "taxClasses":
			hasClasses = true
			w.classes, err = d.classes()
		case "metadata":
			hasMetadata = true
			switch {
			case d.rule == withoutMetadata && d.Tolerant():
				return d.Skip()
			case d.rule == withoutMetadata:
				return d.Refuse("", "not allowed in a new configuration: leave it out, the store writes it")
			}
			w.version, err = d.metadata()
		}
		return err
	})
	switch {
	case err != nil:
	case !hasLocation:
		err = d.RefuseField("location", "", `missing: write it, such as {"countryCode": "DE"}`)
	case code != nil && !names(*code, w.location):
		err = d.RefuseField("locationCode", *code, "not the country of location: write "+w.location.Country+", or leave it out")
	case !hasClasses:
		err = d.RefuseField("taxClasses", "", "missing: write the list, or [] if there are none")
	case d.rule == withMetadata && !hasMetadata:
		err = d.RefuseField("metadata", "", `missing: write the version that was read, such as {"version": 1}`)
	}
	return w, err
}

func names(code string, l tax.Location) bool {
	named, err := tax.ParseLocation(code, "")
	return err == nil && named == l
}

func (d *bodyDecoder) country() (tax.Location, error) {
	code, err := d.location()
	if err != nil {
		return tax.Location{}, err
	}
	l, err := tax.ParseLocation(code, "")
	switch {
	case err != nil:
		refusal := refusalOf(err)
		return l, d.RefuseField("countryCode", refusal.Value, refusal.Reason)
	case l.Region != "":
		return l, d.RefuseField("countryCode", code, "a region: only countries can be written")
	}
	return l, nil
}

func (d *bodyDecoder) classes() (list []writtenClass, err error) {
	seen := make(map[string]bool)
	hasDefault := false
	err = d.List(func(i int) error {
		if i == maxClasses {
			return d.Refuse("", "more than "+strconv.Itoa(maxClasses)+" classes")
		}
		c, err := d.class()
		switch {
		case err != nil:
			return err
		case seen[c.code]:
			return d.RefuseField("code", c.code, strictjson.DuplicateKey)
		case c.isDefault && hasDefault:
			return d.RefuseField("isDefault", "", "second default class: at most one class is the default")
		}
		seen[c.code] = true
		hasDefault = hasDefault || c.isDefault
		list = append(list, c)
		return nil
	})
	return list, err
}

func (d *bodyDecoder) class() (c writtenClass, err error) {
	var hasRate, hasDescription bool
	err = d.Object(classFields, func(field string) (err error) {
		if (field == "description" || field == "order" || field == "isDefault") && d.leftOut() {
			return nil
		}
		switch field {
		case "code":
			c.code, err = d.given()
		case "name":
			c.name, err = d.localized(false)
		case "description":
			hasDescription = true
			c.description, err = d.localized(d.Tolerant())
		case "order":
			var n int64
			n, err = d.Integer(math.MinInt32, math.MaxInt32)
			c.order = new(int(n))
		case "rate":
			hasRate = true
			c.percent, err = d.percent()
		case "isDefault":
			c.isDefault, err = d.Flag()
		}
		return err
	})
	if !hasDescription {
		c.description.language = c.name.language
	}
	switch {
	case err != nil:
	case c.code == "":
		err = d.RefuseField("code", "", "missing: write the code of the class")
	case c.name.IsZero():
		err = d.RefuseField("name", "", "missing: write the name of the class")
	case !hasRate:
		err = d.RefuseField("rate", "", "missing: write the percentage, or 0 if it is zero")
	}
	return c, err
}

func (d *bodyDecoder) percent() (decimal.Decimal, error) {
	const want = "a percentage, such as 19,"
	if d.Peek() == '"' {
		return decimal.Decimal{}, d.Mismatch(want)
	}
	text, _, err := d.NumberOrString(want)
	if err != nil {
		return decimal.Decimal{}, err
	}
	percent, reason := exact.ParsePercentNumber(text)
	if reason != "" {
		return decimal.Decimal{}, d.Refuse(text, reason)
	}
	return percent, nil
}

// localized reads a string in the language of the request, or a map of
// translations, which may be empty if the text is optional.
func (d *bodyDecoder) localized(optional bool) (w writtenText, err error) {
	byTag := make(map[string]string)
	w.language = d.language
	switch next := d.Peek(); {
	case d.language == "" && next == '"':
		err = d.Refuse(d.Excerpt(), `with Content-Language "*", write a map such as {"en": "..."}`)
	case d.language == "":
		err = d.translations(byTag, optional)
	case next == '{' && d.eitherForm:
		w.language = ""
		err = d.translations(byTag, optional)
	case next == '{':
		err = d.Refuse("", `write a string in `+d.language+`, or use Content-Language "*" for a map`)
	default:
		byTag[d.language], err = d.given()
	}
	if err != nil {
		return writtenText{}, err
	}
	w.LocalizedText, err = tax.NewLocalizedText(byTag)
	return w, d.adopt(err)
}

func (d *bodyDecoder) translations(byTag map[string]string, optional bool) error {
	err := d.Members(func(tag string) error {
		canonical, err := allow(d.languages, tag)
		if err != nil {
			return d.adopt(err)
		}
		if _, ok := byTag[canonical]; ok {
			return d.Refuse(tag, strictjson.DuplicateKey)
		}
		byTag[canonical], err = d.given()
		return err
	})
	if err == nil && len(byTag) == 0 && !optional {
		err = d.Refuse("", "empty: write a text in at least one language, or leave the field out if it is optional")
	}
	return err
}

// metadata reads the version. The times belong to the store and are ignored. A strict
// decoder wants them to have the form of times.
func (d *bodyDecoder) metadata() (version int64, err error) {
	err = d.Object(metadataFields, func(field string) (err error) {
		if field == "version" {
			version, err = d.Integer(1, math.MaxInt64)
			return err
		}
		if d.Tolerant() {
			return d.Skip()
		}
		text, err := d.Text()
		if err != nil {
			return err
		}
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return d.Refuse(text, "write a time in RFC 3339 format, such as 2022-03-31T09:52:15.423Z")
		}
		return nil
	})
	if err == nil && version == 0 {
		err = d.RefuseField("version", "", "missing: write the version that was read")
	}
	return version, err
}

// adopt reports the error of a parser at the path of the current value.
func (d *bodyDecoder) adopt(err error) error {
	if err == nil {
		return nil
	}
	return refusalOf(err).At(d.Path())
}
