package store

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/strictjson"
)

// JSON is the [Format] of what [Export] writes. It also reads JSON documents of
// configurations, see [tax.ReadConfiguration]: one, several after one another, or a list
// of them. It finds out which it is by the first bytes.
func JSON(r io.Reader, recordBytes int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		t := newText(r, recordBytes)
		first, err := t.value()
		if err == nil && !first.tooLong && isHeader(first.data) {
			lines(t, first.data, yield)
			return
		}
		documents(t, first, err, configurationRecord, yield)
	}
}

// DocumentsOf returns the [Format] of JSON documents of another kind: one, several after
// one another, or a list of them. read returns the record of a document, or why it is
// refused. If the error leaves open which location the document is about, the record may
// say so in its Configuration.
func DocumentsOf(read func(document []byte) (Record, error)) Format {
	return func(r io.Reader, recordBytes int64) iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			if read == nil {
				yield(Record{}, &tax.InputError{Field: "read", Value: "nil", Reason: "pass a function that reads a document"})
				return
			}
			t := newText(r, recordBytes)
			first, err := t.value()
			documents(t, first, err, read, yield)
		}
	}
}

// documents yields the records of documents, from the first on.
func documents(t *text, v value, err error, read func([]byte) (Record, error), yield func(Record, error) bool) {
	if errors.Is(err, io.EOF) && !t.inList {
		err = &tax.InputError{Field: "document", Reason: "empty: there is nothing to import"}
	}
	for ; err == nil; v, err = t.value() {
		var record Record
		if v.tooLong {
			record.Err = t.tooLong()
		} else if record, err = read(v.data); err != nil {
			record.Err = err
		}
		record.Line, record.Path = v.line, v.path
		if !yield(record, nil) {
			return
		}
	}
	if !errors.Is(err, io.EOF) {
		yield(Record{}, err)
	}
}

// configurationRecord reads a document of package tax.
func configurationRecord(document []byte) (Record, error) {
	c, err := readDocument(document)
	return Record{Configuration: c}, err
}

// readDocument reads a configuration. Of one that is refused, it returns a sketch.
func readDocument(document []byte) (tax.Configuration, error) {
	var c tax.Configuration
	err := c.UnmarshalJSON(document) // which copies no text
	if err != nil {                  // by the default limits, perhaps
		c, err = tax.ReadConfiguration(bytes.NewReader(document), &tax.Limits{Bytes: math.MaxInt64, Classes: math.MaxInt, Entries: math.MaxInt})
	}
	if err != nil {
		c = sketch(document)
	}
	return c, err
}

// sketch returns what a rejection says of a document that has a fault somewhere: its
// location, the codes of its classes and the days of their entries. It is zero if
// the location cannot be told.
func sketch(document []byte) (c tax.Configuration) {
	var d struct {
		Location struct{ Country, CountryCode, Region string } `json:"location"`
		Classes  []struct {
			Code  string                  `json:"code"`
			Rates []struct{ From string } `json:"rates"`
		} `json:"taxClasses"`
	}
	var mismatch *json.UnmarshalTypeError
	if err := json.Unmarshal(document, &d); err != nil && !errors.As(err, &mismatch) {
		return c
	}
	l, err := tax.ParseLocation(cmp.Or(d.Location.Country, d.Location.CountryCode), d.Location.Region)
	if err != nil {
		return c
	}
	c.Location = l
	for _, class := range d.Classes {
		sketched := tax.Class{Code: clip(class.Code)}
		for _, r := range class.Rates {
			from, _ := tax.ParseDate(r.From)
			sketched.Rates = append(sketched.Rates, tax.Rate{From: from})
		}
		c.Classes = append(c.Classes, sketched)
	}
	return c
}

// isHeader reports whether a value is the first line of an export.
func isHeader(data []byte) bool {
	var header struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(data, &header) == nil && header.Format != ""
}

var (
	headerFields = []string{"format", "version"}
	lineFields   = []string{"tenant", "tenantBase64", "configuration", "ended", "records"}
)

// lines yields the records of an export, after its first line.
func lines(t *text, header []byte, yield func(Record, error) bool) {
	if err := checkHeader(header); err != nil {
		yield(Record{}, err)
		return
	}
	count := int64(0)
	for {
		v, err := t.nextLine()
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w after line %d: the last line of the export, with the number of its records, is missing: %w", tax.ErrInvalid, t.line, io.ErrUnexpectedEOF)
		}
		if err != nil {
			yield(Record{}, err)
			return
		}
		if len(bytes.TrimSpace(v.data)) == 0 && !v.tooLong {
			continue
		}
		var record Record
		if v.tooLong {
			record.Err = t.tooLong()
		} else {
			var last bool
			var total int64
			if record, total, last = readLine(v.data); last {
				end(t, count, total, yield)
				return
			}
		}
		count++
		record.Line = v.line
		if !yield(record, nil) {
			return
		}
	}
}

// end checks the last line of an export, and that nothing follows.
func end(t *text, count, total int64, yield func(Record, error) bool) {
	if count != total {
		yield(Record{}, &tax.InputError{Field: "records", Value: decimal(total), Reason: "changed since the export: there are " + decimal(count) + " records before the last line"})
		return
	}
	for {
		v, err := t.nextLine()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			yield(Record{}, err)
			return
		case len(bytes.TrimSpace(v.data)) > 0 || v.tooLong:
			yield(Record{}, &tax.InputError{Field: "line " + decimal(v.line), Reason: "not allowed after the last line of an export: import one file at a time"})
			return
		}
	}
}

func refuse(path, value, reason string) error {
	return &tax.InputError{Field: path, Value: clip(value), Reason: reason}
}

func checkHeader(data []byte) error {
	d := strictjson.NewReader(data, refuse)
	return d.Object(headerFields, func(field string) error {
		if field == "format" {
			name, err := d.Text()
			if err == nil && name != formatName {
				return d.Refuse(name, "not a format that this version reads: write "+formatName)
			}
			return err
		}
		_, err := d.Integer(formatVersion, formatVersion)
		return err
	})
}

// readLine reads a line of an export: a record or, if last is set, the number of records.
func readLine(data []byte) (r Record, total int64, last bool) {
	d := strictjson.NewReader(data, refuse)
	var document, ended []byte
	r.Named = true
	err := d.Object(lineFields, func(field string) (err error) {
		switch field {
		case "tenant":
			r.Tenant, err = d.Text()
		case "tenantBase64":
			r.Tenant, err = d.Text()
			tenant, wrong := base64.StdEncoding.Strict().DecodeString(r.Tenant)
			if err == nil && wrong != nil {
				return d.Refuse(r.Tenant, "not a text in base64")
			}
			r.Tenant = string(tenant)
		case "configuration":
			document, err = d.Raw()
		case "ended":
			ended, err = d.Raw()
		case "records":
			last = true
			total, err = d.Integer(0, math.MaxInt64)
		}
		return err
	})
	if err == nil {
		err = d.End()
	}
	switch {
	case err != nil:
		last = false
		r.Configuration = sketchIn(data)
	case last && document == nil && ended == nil:
		return r, total, true
	case (document == nil) == (ended == nil) || last:
		last = false
		err = refuse("line", "", "write either configuration or ended")
	case ended != nil:
		var v Version
		r.Ended = true
		if err = json.Unmarshal(ended, &v); err != nil {
			err = refuse("ended", "", "not JSON of a version: "+err.Error())
		}
		r.Configuration.Location = v.Configuration.Location
	default:
		r.Configuration, err = readDocument(document)
	}
	r.Err = err
	return r, 0, false
}

// sketchIn returns the sketch of the document of a line that is refused.
func sketchIn(line []byte) tax.Configuration {
	var l struct {
		Configuration json.RawMessage `json:"configuration"`
	}
	if json.Unmarshal(line, &l) != nil {
		return tax.Configuration{}
	}
	return sketch(l.Configuration)
}
