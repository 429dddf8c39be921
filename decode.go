package tax

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// ReadConfiguration reads one configuration document. nil limits are the
// defaults of [Limits].
//
// The document is a JSON object (RFC 8259, UTF-8 without byte order mark). A
// field that may be left out is marked with a question mark; leaving it out
// means the zero value.
//
//	{
//	  "locationCode": "CA-QC",                                  ?
//	  "location": {"countryCode": "CA", "region": "QC"},
//	  "postalCodes": ["27498", "6991-6993", "BT*"],             ?
//	  "regionAliases": ["GC", "TF"],                            ?
//	  "regions": "required",                                    ?
//	  "exclusive": true,                                        ?
//	  "tax": {"code": "QST", "name": {"en": "QST"}},            ?
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
//	      "evidence": {"status": "agreed", "sources": ["..."]}  ?
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
//   - Percentages are numbers or strings of the grammar of [Percent]. Leaving
//     one out is an error, never 0. Only an entry whose effect is inherit or
//     end has none, and must have none.
//   - "rate": 19 in place of "rates" is a timeline of one entry without from.
//     A class has exactly one of the two; "rates": [] is a class without entry.
//   - Localized texts are objects from BCP 47 tags to texts: see
//     [NewLocalizedText].
//   - The codes of the location are those [ParseLocation] accepts and are
//     stored as it returns them; locationCode must equal the String of that.
//   - Postal codes are those of [ParsePostalRange], days those of [ParseDate],
//     times those of RFC 3339, stored in UTC and cut to the millisecond.
//   - Names of regions, effect, treatment and status are those of [RegionRule],
//     [Effect], [Treatment] and [Status].
//   - order and version are written without point and exponent; order fits 32
//     bits, version is not negative.
//   - In components, code and percent are required; in tax, evidence and
//     metadata, nothing. base is another metadata, at most 32 deep.
//
// Unknown and duplicate fields, names in another case, null, values of another
// type, invalid UTF-8 and anything after the document are errors.
//
// ReadConfiguration returns an [InputError] that unwraps to [ErrInvalid] for
// the first fault of the document; its Field is the path of the value, such as
// taxClasses[2].rates[0].percent, or "document". An error of the reader is
// returned wrapped. At most one byte more than the limit is read, and time and
// memory are linear in what was read. Whether the configuration makes sense is
// another question: see [Configuration.Validate].
func ReadConfiguration(r io.Reader, limits *Limits) (Configuration, error) {
	d, err := newDecoder(r, limits)
	if err != nil {
		return Configuration{}, err
	}
	return d.document()
}

// UnmarshalJSON is [ReadConfiguration] with the default limits. After an error
// c is what it was before.
func (c *Configuration) UnmarshalJSON(data []byte) error {
	l, _ := (*Limits)(nil).orDefault()
	d := decoder{Reader: strictjson.NewReader(data, inputError), limits: l, data: data}
	read, err := d.document()
	if err == nil {
		*c = read
	}
	return err
}

var (
	configurationFields = []string{"locationCode", "location", "postalCodes", "regionAliases", "regions", "exclusive", "tax", "timeZone", "taxClasses", "metadata"}
	locationFields      = []string{"countryCode", "region"}
	taxFields           = []string{"code", "name"}
	classFields         = []string{"code", "name", "description", "order", "isDefault", "aliases", "rates", "rate"}
	rateFields          = []string{"from", "effect", "percent", "ofGross", "components", "treatment", "tax", "evidence"}
	componentFields     = []string{"code", "name", "percent", "compound"}
	evidenceFields      = []string{"status", "sources"}
	metadataFields      = []string{"version", "createdAt", "modifiedAt", "source", "asOf", "base"}
)

// decoder reads the document form on top of JSON.
type decoder struct {
	strictjson.Reader
	data    []byte
	limits  Limits
	entries int // of all timelines so far
}

// newDecoder reads the document of a reader.
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
	return &decoder{Reader: strictjson.NewReader(data, inputError), limits: l, data: data}, nil
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

// whole reads what must be all there is.
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
		case "postalCodes":
			c.PostalCodes, err = d.postalCodes()
		case "regionAliases":
			c.RegionAliases, err = d.Texts()
		case "regions":
			err = d.into(&c.Regions)
		case "exclusive":
			c.Exclusive, err = d.Flag()
		case "tax":
			c.Tax, err = d.tax()
		case "timeZone":
			c.TimeZone, err = d.Text()
		case "taxClasses":
			err = d.List(func(i int) error {
				if i == d.limits.Classes {
					return d.Refuse("", "more than "+itoa(int64(i))+" classes: pass a higher limit or fewer classes")
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
		return c, d.RefuseField("location", "", `missing: write it, such as {"countryCode": "DE"}`)
	case hasCode && code != c.Location.String():
		return c, d.RefuseField("locationCode", code, "not the code of the location: write "+c.Location.String()+" or leave it out")
	}
	return c, nil
}

func (d *decoder) location() (Location, error) {
	var country, region string
	var hasCountry bool
	err := d.Object(locationFields, func(field string) (err error) {
		if field == "region" {
			region, err = d.Text()
			return err
		}
		hasCountry = true
		country, err = d.Text()
		return err
	})
	if err != nil {
		return Location{}, err
	}
	if !hasCountry {
		return Location{}, d.RefuseField("countryCode", "", "missing: write the ISO 3166-1 code of the country")
	}
	l, err := ParseLocation(country, region)
	if err != nil {
		// Always of kind ErrInvalid: an unknown country in a document must not
		// look as if a lookup had asked for one.
		field := "countryCode"
		if errors.Is(err, ErrUnknownRegion) {
			field = "region"
		}
		refusal := refusalOf(err)
		return Location{}, d.RefuseField(field, refusal.Value, refusal.Reason)
	}
	return l, nil
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
			if hasRates {
				return d.Refuse("", "both rate and rates: keep rates")
			}
			hasRates = true
			if field == "rate" {
				c.Rates, err = d.bareRate()
				return err
			}
			c.Rates, err = d.rates()
		}
		return err
	})
	switch {
	case err != nil:
	case !hasCode:
		err = d.RefuseField("code", "", "missing: write the code of the class")
	case !hasRates:
		err = d.RefuseField("rates", "", "missing: write the timeline, or rate for one percentage")
	}
	return c, err
}

func (d *decoder) rates() (list []Rate, err error) {
	err = d.List(func(int) error {
		rate, err := d.rate()
		list = append(list, rate)
		return err
	})
	return list, err
}

func (d *decoder) bareRate() ([]Rate, error) {
	if err := d.countEntry(); err != nil {
		return nil, err
	}
	percent, err := d.percent()
	return []Rate{{Percent: percent}}, err
}

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
		err = d.RefuseField("percent", exact.Format(r.Percent), uselessPercent)
	}
	return r, err
}

const (
	missingPercent = "missing: write the percentage, 0 where it is zero"
	uselessPercent = "an entry that inherits or ends has no percentage of its own: leave it out"
)

func (d *decoder) countEntry() error {
	if d.entries == d.limits.Entries {
		return d.Refuse("", "more than "+itoa(int64(d.entries))+" entries in the document: pass a higher limit or fewer entries")
	}
	d.entries++
	return nil
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
		if field == "status" {
			return d.into(&e.Status)
		}
		e.Sources, err = d.Texts()
		return err
	})
	return e, err
}

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

const tooManyBases = "more than 32 documents under each other: merge fewer"
