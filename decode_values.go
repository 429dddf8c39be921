package tax

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/strictjson"
)

// Limits bound the size of documents: of those that [ReadConfiguration] and [ReadPatch]
// read, of those that a [Patch] makes, and of those that a [Store] keeps. In place of a
// zero field they use its default. A negative field is an [InputError].
type Limits struct {
	// Bytes is the largest size of a document. The default is 1,048,576.
	Bytes int64
	// Classes is the largest number of classes in a document. The default is 1,000.
	Classes int
	// Entries is the largest number of entries in all timelines of a document
	// together. The default is 10,000.
	Entries int
}

// orDefault returns the limits with defaults in place of zeros.
func (l *Limits) orDefault() (Limits, error) {
	var given Limits
	if l != nil {
		given = *l
	}
	if given.Bytes < 0 || given.Classes < 0 || given.Entries < 0 {
		return given, inputError("limits", fmt.Sprint(given), "negative: use 0 for the default")
	}
	if given.Bytes == 0 {
		given.Bytes = 1 << 20
	}
	if given.Classes == 0 {
		given.Classes = 1000
	}
	if given.Entries == 0 {
		given.Entries = 10000
	}
	return given, nil
}

// Check returns an [InputError] if [ReadConfiguration] with these limits would not read
// the JSON of a configuration because of its size, or because it has no JSON: see
// [Configuration.MarshalJSON]. Nil stands for the defaults. Check takes time and memory in
// proportion to the configuration, and is safe for concurrent use.
//
// A [Store] checks what it is about to keep: many small changes make a document that is
// as large as one that is written at once.
func (l *Limits) Check(c Configuration) error {
	_, err := l.Encode(c)
	return err
}

// Encode returns the JSON of a configuration, as [Configuration.MarshalJSON] does, if it
// passes Check. A [Store] that keeps JSON saves the time to make it twice.
func (l *Limits) Encode(c Configuration) ([]byte, error) {
	most, err := l.orDefault()
	if err != nil {
		return nil, err
	}
	if n := len(c.Classes); n > most.Classes {
		return nil, inputError("taxClasses", itoa(int64(n)), "more than "+itoa(int64(most.Classes))+" classes: pass a higher limit or fewer classes")
	}
	entries := 0
	for i := range c.Classes {
		entries += len(c.Classes[i].Rates)
	}
	if entries > most.Entries {
		return nil, inputError("taxClasses", itoa(int64(entries)), "more than "+itoa(int64(most.Entries))+" entries in the document: pass a higher limit or fewer entries")
	}
	data, err := c.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if n := int64(len(data)); n > most.Bytes {
		return nil, inputError("document", itoa(n), "larger than "+itoa(most.Bytes)+" bytes: pass a higher limit or a smaller document")
	}
	return data, nil
}

// UnmarshalJSON reads an object from BCP 47 tags to texts, by the rules of
// [NewLocalizedText]. Anything else is an [InputError], and l keeps its value: a
// string, which does not say its language, null, a tag given twice, invalid UTF-8,
// anything after the object, and a text of more than 1 MiB.
func (l *LocalizedText) UnmarshalJSON(data []byte) error {
	return readPart(data, l, (*decoder).localized)
}

// UnmarshalJSON reads a class as [ReadConfiguration] reads it in a document, with the
// default limits. If there is an error, c keeps its value.
func (c *Class) UnmarshalJSON(data []byte) error { return readPart(data, c, (*decoder).class) }

// UnmarshalJSON reads an entry as [ReadConfiguration] reads it in a document. If there is
// an error, r keeps its value.
func (r *Rate) UnmarshalJSON(data []byte) error { return readPart(data, r, (*decoder).rate) }

// UnmarshalJSON reads a component as [ReadConfiguration] reads it in a document. If there
// is an error, c keeps its value.
func (c *Component) UnmarshalJSON(data []byte) error {
	return readPart(data, c, (*decoder).component)
}

// UnmarshalJSON reads a referral as [ReadConfiguration] reads it in a document. If there is
// an error, r keeps its value.
func (r *Referral) UnmarshalJSON(data []byte) error { return readPart(data, r, (*decoder).referral) }

// UnmarshalJSON reads a tax as [ReadConfiguration] reads it in a document. If there is an
// error, t keeps its value.
func (t *Tax) UnmarshalJSON(data []byte) error { return readPart(data, t, (*decoder).tax) }

// UnmarshalJSON reads evidence as [ReadConfiguration] reads it in a document. If there is
// an error, e keeps its value.
func (e *Evidence) UnmarshalJSON(data []byte) error { return readPart(data, e, (*decoder).evidence) }

// UnmarshalJSON reads metadata as [ReadConfiguration] reads them in a document. If there
// is an error, m keeps its value.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	return readPart(data, m, func(d *decoder) (Metadata, error) { return d.metadata(0) })
}

// readPart reads a part of a document that is the whole of data. If there is an error,
// value stays as it is.
func readPart[T any](data []byte, value *T, read func(*decoder) (T, error)) error {
	d := decoderOf(data)
	var part T
	err := d.whole(func() (err error) {
		part, err = read(d)
		return err
	})
	if err == nil {
		*value = part
	}
	return err
}

// localized reads a text in several languages.
func (d *decoder) localized() (LocalizedText, error) {
	if d.Peek() == '"' {
		return LocalizedText{}, d.Refuse(d.Excerpt(), `a plain string has no language: write {"en": "..."}`)
	}
	byTag := make(map[string]string)
	err := d.Members(func(tag string) error {
		if _, ok := byTag[tag]; ok {
			return d.Refuse(tag, strictjson.DuplicateKey)
		}
		// NewLocalizedText checks the tag as well, but does not know its path.
		if _, err := parseTag(tag); err != nil {
			return d.adopt(err)
		}
		text, err := d.Text()
		if err == nil && text == "" {
			err = d.Refuse("", "empty: leave the language out")
		}
		byTag[tag] = text
		return err
	})
	if err != nil {
		return LocalizedText{}, err
	}
	text, err := NewLocalizedText(byTag)
	return text, d.adopt(err)
}

// percent reads a percentage, which is a number or a string. It passes the text of
// the number to [Percent] unchanged, so that the number never becomes a float, and
// nothing that understands exponents sees it.
func (d *decoder) percent() (decimal.Decimal, error) {
	text, _, err := d.NumberOrString("a percentage, such as 19,")
	if err != nil {
		return decimal.Decimal{}, err
	}
	percent, err := Percent(text)
	return percent, d.adopt(err)
}

func (d *decoder) location() (Location, error) {
	var country, region, name string
	err := d.Object(locationFields, func(field string) (err error) {
		switch {
		case field == "region":
			region, err = d.Text()
			return err
		case name != "":
			return d.Refuse("", "both country and countryCode: keep country")
		}
		name = field
		country, err = d.Text()
		return err
	})
	if err != nil {
		return Location{}, err
	}
	if name == "" {
		return Location{}, d.RefuseField("country", "", missingCountry)
	}
	l, err := parseLocation(country, region)
	if err != nil {
		// The kind is always ErrInvalid: an unknown country in a document must not
		// look like an unknown country in a lookup.
		if errors.Is(err, ErrUnknownRegion) {
			name = "region"
		}
		refusal := refusalOf(err)
		return Location{}, d.RefuseField(name, refusal.Value, refusal.Reason)
	}
	return l, nil
}

func (d *decoder) postalCodes() (list []PostalRange, err error) {
	err = d.List(func(int) error {
		text, err := d.Text()
		if err != nil {
			return err
		}
		p, err := ParsePostalRange(text)
		list = append(list, p)
		return d.adopt(err)
	})
	return list, err
}

func (d *decoder) elsewhere() (list []Referral, err error) {
	err = d.List(func(int) error {
		r, err := d.referral()
		list = append(list, r)
		return err
	})
	return list, err
}

func (d *decoder) referral() (r Referral, err error) {
	located := false
	err = d.Object(referralFields, func(field string) (err error) {
		switch field {
		case "location":
			located = true
			r.Location, err = d.location()
		case "regions":
			r.Regions, err = d.Texts()
		case "postalCodes":
			r.PostalCodes, err = d.postalCodes()
		}
		return err
	})
	if err == nil && !located {
		err = d.RefuseField("location", "", `missing: write the place that answers, such as {"country": "PR"}`)
	}
	return r, err
}

func (d *decoder) order() (*int, error) {
	n, err := d.Integer(math.MinInt32, math.MaxInt32)
	return new(int(n)), err
}

func (d *decoder) day() (Date, error) {
	text, err := d.Text()
	if err != nil {
		return Date{}, err
	}
	day, err := ParseDate(text)
	return day, d.adopt(err)
}

func (d *decoder) instant() (time.Time, error) {
	text, err := d.Text()
	if err != nil {
		return time.Time{}, err
	}
	t, ok := parseTime(text)
	if !ok {
		return t, d.Refuse(text, "write a time of RFC 3339, such as 2022-03-31T09:52:15.423Z")
	}
	t = toMillisecond(t)
	if reason := timeFault(t); reason != "" {
		return t, d.Refuse(text, reason)
	}
	return t, nil
}

// parseTime reads a time of RFC 3339. time.Parse, and so the JSON of time.Time, also
// accepts hours with one digit, a comma before the fraction, and offsets of 24 hours
// or 60 minutes (golang.org/issue/54580).
func parseTime(s string) (time.Time, bool) {
	const seconds, offset = "2006-01-02T15:04:05", "07:00"
	if len(s) <= len(seconds) || len(s) > maxTimeBytes {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || s[len("2006-01-02T15")] != ':' || s[len(seconds)] == ',' {
		return time.Time{}, false
	}
	zone := s[len(s)-len(offset):]
	if s[len(s)-1] != 'Z' && (zone[:2] > "23" || zone[3:] > "59") {
		return time.Time{}, false
	}
	return t, true
}

const maxTimeBytes = 64

func toMillisecond(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// timeFault returns the reason why a document cannot hold an instant, which is in
// UTC, or "".
func timeFault(t time.Time) string {
	switch {
	case t.Year() < 1 || t.Year() > 9999:
		return "outside the years 1 to 9999 in UTC"
	case t.IsZero():
		return "the first instant of year 1 means that there is no time: leave it out"
	}
	return ""
}

// into reads a string as the text form of a value.
func (d *decoder) into(value encoding.TextUnmarshaler) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	return d.adopt(value.UnmarshalText([]byte(text)))
}

// adopt returns the error of a parser with the path of the current value.
func (d *decoder) adopt(err error) error {
	if err == nil {
		return nil
	}
	return refusalOf(err).At(d.Path())
}
