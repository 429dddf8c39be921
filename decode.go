package tax

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// ReadConfiguration reads one configuration document. Nil limits stand for the
// defaults of [Limits].
//
// The document is a JSON object (RFC 8259, UTF-8 without a byte order mark). Fields
// marked with a question mark are optional: one that is left out has its zero value.
//
//	{
//	  "locationCode": "CA-QC",                                  ?
//	  "location": {"country": "CA", "region": "QC"},
//	  "name": {"en": "Quebec", "fr": "Québec"},                 ?
//	  "within": "NY",                                           ?
//	  "postalCodes": ["27498", "6991-6993", "BT*"],             ?
//	  "sharedPostalCodes": ["10004"],                           ?
//	  "regionAliases": ["GC", "TF"],                            ?
//	  "elsewhere": [{                                           ?
//	    "location": {"country": "PR"}, "regions": ["PR"], "postalCodes": ["006*"]
//	  }],
//	  "regions": "required",                                    ?
//	  "exclusive": true,                                        ?
//	  "tax": {"code": "QST", "name": {"en": "QST"}},            ?
//	  "localTaxesMissing": true,                                ?
//	  "timeZone": "America/Toronto",                            ?
//	  "taxClasses": [{                                          ?
//	    "code": "STANDARD",
//	    "name": {"en": "Standard"},                             ?
//	    "description": {"en": "..."},                           ?
//	    "order": 0,                                             ?
//	    "isDefault": true,                                      ?
//	    "aliases": ["A"],                                       ?
//	    "rates": [{
//	      "from": "2013-01-01",                                 ?
//	      "effect": "add",                                      ?
//	      "percent": 9.975,
//	      "ofGross": true,                                      ?
//	      "components": [{                                      ?
//	        "code": "GST", "name": {"en": "GST"}, "percent": 5, "compound": true
//	      }],
//	      "treatment": "exempt",                                ?
//	      "tax": {"code": "PST"},                               ?
//	      "evidence": {                                         ?
//	        "status": "agreed", "sources": ["..."], "verifiedSince": "2020-01-01"
//	      }
//	    }]
//	  }],
//	  "metadata": {                                             ?
//	    "version": 2,
//	    "createdAt": "2022-03-31T09:52:15.423Z", "modifiedAt": "2022-03-31T09:53:25.464Z",
//	    "source": "...", "asOf": "2026-11-21", "base": {}
//	  }
//	}
//
// The values:
//   - A percentage is a number or a string in the form that [Percent] accepts: 19 is
//     19 %. A missing percentage is an error, never 0. Only an entry with the effect
//     inherit or end has no percentage, and must not have one.
//   - "rate": 19 in place of "rates" is a timeline of one entry without from. A
//     class has exactly one of the two; "rates": [] is a class without entries.
//   - A localized text is an object from BCP 47 tags to texts: see
//     [NewLocalizedText].
//   - The codes of the location are those that [ParseLocation] accepts. They are
//     stored in the form that it returns, and locationCode must be the String of
//     that location. countryCode is another name for country.
//   - Postal codes are those of [ParsePostalRange], and days those of [ParseDate].
//     Times have the form of RFC 3339; they are stored in UTC and cut to the
//     millisecond.
//   - regions, effect, treatment and status are the names of a [RegionRule],
//     [Effect], [Treatment] and [Status].
//   - order and version are written without a decimal point or an exponent. An
//     order fits 32 bits, and a version is not negative.
//   - A component needs its code and its percent. All fields of tax, evidence and
//     metadata are optional. base is a metadata object as well; at most 32 of them
//     are nested.
//
// A field that is unknown, given twice or written in the wrong case is an error. So
// are null, a value of the wrong type, invalid UTF-8, and anything after the
// document.
//
// ReadConfiguration returns an [InputError] of kind [ErrInvalid] for the first fault
// in the document. Its Field is the path of the value, such as
// taxClasses[2].rates[0].percent, or "document"; it is "reader" for a nil reader and
// "limits" for limits that are negative. An error of the reader is returned wrapped.
//
// ReadConfiguration reads at most one byte more than the limit, and takes time and
// memory in proportion to what it reads. It does not check whether the configuration
// makes sense: [Configuration.Validate] does.
func ReadConfiguration(r io.Reader, limits *Limits) (Configuration, error) {
	d, err := newDecoder(r, limits)
	if err != nil {
		return Configuration{}, err
	}
	return d.document()
}

// UnmarshalJSON is [ReadConfiguration] with the default limits. If there is an
// error, c keeps its value.
func (c *Configuration) UnmarshalJSON(data []byte) error {
	return readPart(data, c, (*decoder).configuration)
}

var (
	configurationFields = []string{"locationCode", "location", "name", "within", "postalCodes", "sharedPostalCodes", "regionAliases", "elsewhere", "regions", "exclusive", "tax", "localTaxesMissing", "timeZone", "taxClasses", "metadata"}
	locationFields      = []string{"country", "region", "countryCode"}
	referralFields      = []string{"location", "regions", "postalCodes"}
	taxFields           = []string{"code", "name"}
	classFields         = []string{"code", "name", "description", "order", "isDefault", "aliases", "rates", "rate"}
	rateFields          = []string{"from", "effect", "percent", "ofGross", "components", "treatment", "tax", "evidence"}
	componentFields     = []string{"code", "name", "percent", "compound"}
	evidenceFields      = []string{"status", "sources", "verifiedSince"}
	metadataFields      = []string{"version", "createdAt", "modifiedAt", "source", "asOf", "base"}
)

// decoder reads the parts of a document.
type decoder struct {
	strictjson.Reader
	data    []byte
	limits  Limits
	entries int // in all timelines so far
}

// decoderOf returns a decoder with the default limits.
func decoderOf(data []byte) *decoder {
	l, _ := (*Limits)(nil).orDefault()
	return &decoder{Reader: strictjson.NewReader(data, inputError), limits: l, data: data}
}

// newDecoder returns a decoder for the document that r contains.
func newDecoder(r io.Reader, limits *Limits) (*decoder, error) {
	l, err := limits.orDefault()
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, inputError("reader", "nil", "pass the reader of a document")
	}
	if l.Bytes < math.MaxInt64 {
		r = io.LimitReader(r, l.Bytes+1)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("tax: reading a document: %w", err)
	}
	d := decoderOf(data)
	d.limits = l
	return d, nil
}

func (d *decoder) document() (c Configuration, err error) {
	err = d.whole(func() (err error) {
		c, err = d.configuration()
		return err
	})
	if err != nil {
		return Configuration{}, err
	}
	return c, nil
}

// whole calls read, which must read the whole document.
func (d *decoder) whole(read func() error) error {
	switch {
	case int64(len(d.data)) > d.limits.Bytes:
		return d.Refuse("", "larger than "+itoa(d.limits.Bytes)+" bytes: pass a higher limit or a smaller document")
	case bytes.HasPrefix(d.data, []byte("\ufeff")):
		return d.Refuse("", "begins with a byte order mark: write UTF-8 without one")
	}
	if err := read(); err != nil {
		return err
	}
	return d.End()
}

func (d *decoder) configuration() (c Configuration, err error) {
	var code string
	var hasCode, hasLocation bool
	err = d.Object(configurationFields, func(field string) (err error) {
		switch field {
		case "locationCode":
			hasCode = true
			code, err = d.Text()
		case "location":
			hasLocation = true
			c.Location, err = d.location()
		case "name":
			c.Name, err = d.localized()
		case "within":
			c.Within, err = d.Text()
		case "postalCodes":
			c.PostalCodes, err = d.postalCodes()
		case "sharedPostalCodes":
			c.SharedPostalCodes, err = d.postalCodes()
		case "regionAliases":
			c.RegionAliases, err = d.Texts()
		case "elsewhere":
			c.Elsewhere, err = d.elsewhere()
		case "regions":
			err = d.into(&c.Regions)
		case "exclusive":
			c.Exclusive, err = d.Flag()
		case "tax":
			c.Tax, err = d.tax()
		case "localTaxesMissing":
			c.LocalTaxesMissing, err = d.Flag()
		case "timeZone":
			c.TimeZone, err = d.Text()
		case "taxClasses":
			err = d.List(func(i int) error {
				if err := d.checkClasses(i); err != nil {
					return err
				}
				class, err := d.class()
				c.Classes = append(c.Classes, class)
				return err
			})
		case "metadata":
			c.Metadata, err = d.metadata(0)
		}
		return err
	})
	switch {
	case err != nil:
		return c, err
	case !hasLocation:
		return c, d.RefuseField("location", "", `missing: write it, such as {"country": "DE"}`)
	case hasCode && code != c.Location.String():
		return c, d.RefuseField("locationCode", code, "not the code of the location: write "+c.Location.String()+" or leave it out")
	}
	return c, nil
}

// checkClasses refuses one more class if there are already n.
func (d *decoder) checkClasses(n int) error {
	if n == d.limits.Classes {
		return d.Refuse("", "more than "+itoa(int64(n))+" classes: pass a higher limit or fewer classes")
	}
	return nil
}

func (d *decoder) tax() (t Tax, err error) {
	err = d.Object(taxFields, func(field string) (err error) {
		if field == "code" {
			t.Code, err = d.Text()
		} else {
			t.Name, err = d.localized()
		}
		return err
	})
	return t, err
}

func (d *decoder) class() (c Class, err error) {
	var hasCode, hasRates bool
	err = d.Object(classFields, func(field string) (err error) {
		switch field {
		case "code":
			hasCode = true
			c.Code, err = d.Text()
		case "name":
			c.Name, err = d.localized()
		case "description":
			c.Description, err = d.localized()
		case "order":
			c.Order, err = d.order()
		case "isDefault":
			c.Default, err = d.Flag()
		case "aliases":
			c.Aliases, err = d.Texts()
		case "rates", "rate":
			c.Rates, err = d.timeline(field, &hasRates)
		}
		return err
	})
	switch {
	case err != nil:
	case !hasCode:
		err = d.RefuseField("code", "", "missing: write the code of the class")
	case !hasRates:
		err = d.RefuseField("rates", "", "missing: write the timeline, or rate for a single percentage")
	}
	return c, err
}

// timeline reads the field rates, or rate in place of it. given says whether the
// class already has one of them.
func (d *decoder) timeline(field string, given *bool) (list []Rate, err error) {
	if *given {
		return nil, d.Refuse("", "both rate and rates: keep rates")
	}
	*given = true
	if field == "rate" {
		return d.bareRate()
	}
	err = d.List(func(int) error {
		rate, err := d.rate()
		list = append(list, rate)
		return err
	})
	return list, err
}

// bareRate reads a percentage that stands for a timeline of one entry.
func (d *decoder) bareRate() ([]Rate, error) {
	if err := d.countEntry(); err != nil {
		return nil, err
	}
	percent, err := d.percent()
	return []Rate{{Percent: percent}}, err
}

// countEntry counts one more entry of a timeline, and refuses it beyond the limit.
func (d *decoder) countEntry() error {
	if d.entries == d.limits.Entries {
		return d.Refuse("", "more than "+itoa(int64(d.entries))+" entries in the document: pass a higher limit or fewer entries")
	}
	d.entries++
	return nil
}

const (
	missingPercent  = "missing: write the percentage, or 0 if it is zero"
	unwantedPercent = "an entry that inherits or ends has no percentage of its own: leave it out"
)

func (d *decoder) rate() (r Rate, err error) {
	if err := d.countEntry(); err != nil {
		return r, err
	}
	var hasPercent bool
	err = d.Object(rateFields, func(field string) (err error) {
		switch field {
		case "from":
			r.From, err = d.day()
		case "effect":
			err = d.into(&r.Effect)
		case "percent":
			hasPercent = true
			r.Percent, err = d.percent()
		case "ofGross":
			r.OfGross, err = d.Flag()
		case "components":
			err = d.List(func(int) error {
				component, err := d.component()
				r.Components = append(r.Components, component)
				return err
			})
		case "treatment":
			err = d.into(&r.Treatment)
		case "tax":
			r.Tax, err = d.tax()
		case "evidence":
			r.Evidence, err = d.evidence()
		}
		return err
	})
	switch {
	case err != nil:
	case r.Effect.hasPercent() && !hasPercent:
		err = d.RefuseField("percent", "", missingPercent)
	case !r.Effect.hasPercent() && hasPercent:
		err = d.RefuseField("percent", exact.Format(r.Percent), unwantedPercent)
	}
	return r, err
}

func (d *decoder) component() (c Component, err error) {
	var hasCode, hasPercent bool
	err = d.Object(componentFields, func(field string) (err error) {
		switch field {
		case "code":
			hasCode = true
			c.Code, err = d.Text()
		case "name":
			c.Name, err = d.localized()
		case "percent":
			hasPercent = true
			c.Percent, err = d.percent()
		case "compound":
			c.Compound, err = d.Flag()
		}
		return err
	})
	switch {
	case err != nil:
	case !hasCode:
		err = d.RefuseField("code", "", "missing: write the code of the component")
	case !hasPercent:
		err = d.RefuseField("percent", "", missingPercent)
	}
	return c, err
}

func (d *decoder) evidence() (e Evidence, err error) {
	err = d.Object(evidenceFields, func(field string) (err error) {
		switch field {
		case "status":
			err = d.into(&e.Status)
		case "sources":
			e.Sources, err = d.Texts()
		case "verifiedSince":
			e.VerifiedSince, err = d.day()
		}
		return err
	})
	return e, err
}

const tooManyBases = "more than 32 base documents: merge fewer"

func (d *decoder) metadata(depth int) (m Metadata, err error) {
	if depth > maxBases {
		return m, d.Refuse("", tooManyBases)
	}
	err = d.Object(metadataFields, func(field string) (err error) {
		switch field {
		case "version":
			m.Version, err = d.Integer(0, math.MaxInt64)
		case "createdAt":
			m.Created, err = d.instant()
		case "modifiedAt":
			m.Modified, err = d.instant()
		case "source":
			m.Source, err = d.Text()
		case "asOf":
			m.AsOf, err = d.day()
		case "base":
			m.Base = new(Metadata)
			*m.Base, err = d.metadata(depth + 1)
		}
		return err
	})
	return m, err
}
