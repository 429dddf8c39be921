package emporix

import (
	"strconv"
	"unicode/utf8"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Command is a request for one calculation.
type Command struct {
	// UUID is any text of at most 128 bytes, which the answer repeats. If it is
	// empty, the answer has a random UUID (version 4).
	UUID string
	// Input is the price to convert, and the places.
	Input Input
	// Date is the day of taxation. The contract has no such field; it always means
	// today at each place, which is the zero Date.
	Date tax.Date
}

// Input is a price with its source and its target. An empty text means that a
// field is not given.
type Input struct {
	// SourceCountry and SourceClass say which tax the price includes. If they are
	// empty, they are those of the target.
	SourceCountry string
	SourceClass   string
	// TargetCountry and TargetClass say which tax the resulting gross price
	// includes. A country is any code that [tax.ParseLocation] accepts.
	TargetCountry string
	TargetClass   string
	// IncludesTax says that Price includes the tax of the source.
	IncludesTax bool
	// Price is required. The zero Price is not a price.
	Price Price
}

const (
	maxCommandBytes = 64 << 10
	maxUUIDBytes    = 128
)

var (
	commandFields  = []string{"commandUuid", "input"}
	inputFields    = []string{"sourceLocation", "sourceTaxClass", "targetLocation", "targetTaxClass", "includesTax", "price"}
	locationFields = []string{"countryCode", "region"}
)

// ParseCommand reads the body of a request: a JSON object (RFC 8259, UTF-8
// without a byte order mark) of at most 64 KiB. Fields marked with a question
// mark are optional.
//
//	{
//	  "commandUuid": "53a4fd36-…",                  ?
//	  "input": {
//	    "sourceLocation": {"countryCode": "DE"},    ?
//	    "sourceTaxClass": "STANDARD",               ?
//	    "targetLocation": {"countryCode": "PL"},
//	    "targetTaxClass": "STANDARD",
//	    "includesTax": true,                        ?
//	    "price": 1.59
//	  }
//	}
//
// The price is a number or a string of the same form, see [ParsePrice].
//
// ParseCommand returns a [tax.InputError] for the first fault. Its Field is the
// path of the value, such as input.targetLocation.countryCode, or "document".
// Faults are unknown and duplicate fields, field names in the wrong case, null,
// empty strings, values of the wrong type, invalid UTF-8, data after the
// object, and a missing input or countryCode. The other required fields are
// checked by [Calculator.Calculate]. Without includesTax the price is a net price.
func ParseCommand(data []byte) (Command, error) { return parseCommand(data, false) }

// parseCommand is [ParseCommand]. If tolerant, it ignores unknown fields, and takes null
// for a field that is left out where the field is optional.
func parseCommand(data []byte, tolerant bool) (Command, error) {
	if len(data) > maxCommandBytes {
		return Command{}, inputError("document", "", "larger than "+strconv.Itoa(maxCommandBytes)+" bytes: pass one command")
	}
	d := decoder{strictjson.NewReader(data, inputError)}
	if tolerant {
		d.Tolerate()
	}
	cmd, err := d.command()
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return Command{}, err
	}
	return cmd, nil
}

// MarshalJSON returns the body of a request, which [ParseCommand] reads. A date, which
// the contract does not have, and a text that is not UTF-8 are a [tax.InputError].
func (cmd Command) MarshalJSON() ([]byte, error) {
	if err := cmd.textFault(); err != nil {
		return nil, err
	}
	if !cmd.Date.IsZero() {
		return nil, inputError("date", cmd.Date.String(), "the contract has no date: leave it out, and set it after reading")
	}
	w := writer{strictjson.NewBuilder(nil)}
	w.Open('{')
	w.text("commandUuid", cmd.UUID)
	w.Name("input")
	w.input(cmd.Input)
	w.Close('}')
	return w.Bytes(), nil
}

// UnmarshalJSON is [ParseCommand]. If there is an error, cmd keeps its value.
func (cmd *Command) UnmarshalJSON(data []byte) error {
	read, err := ParseCommand(data)
	if err == nil {
		*cmd = read
	}
	return err
}

// MarshalJSON returns the input in the body of a request. A text that is not UTF-8 is a
// [tax.InputError].
func (in Input) MarshalJSON() ([]byte, error) {
	if err := (Command{Input: in}).textFault(); err != nil {
		return nil, err
	}
	w := writer{strictjson.NewBuilder(nil)}
	w.input(in)
	return w.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON returns, by the rules of [ParseCommand]. If there
// is an error, in keeps its value.
func (in *Input) UnmarshalJSON(data []byte) error {
	d := decoder{strictjson.NewReader(data, inputError)}
	read, err := d.input()
	if err == nil {
		err = d.End()
	}
	if err == nil {
		*in = read
	}
	return err
}

type decoder struct{ strictjson.Reader }

func (d *decoder) command() (cmd Command, err error) {
	hasInput := false
	err = d.Object(commandFields, func(field string) (err error) {
		if field == "commandUuid" {
			if !d.leftOut() {
				cmd.UUID, err = d.given()
			}
			return err
		}
		hasInput = true
		cmd.Input, err = d.input()
		return err
	})
	if err == nil && !hasInput {
		err = d.RefuseField("input", "", "missing: write the price and its target")
	}
	return cmd, err
}

func (d *decoder) input() (in Input, err error) {
	err = d.Object(inputFields, func(field string) (err error) {
		if (field == "sourceLocation" || field == "sourceTaxClass" || field == "includesTax") && d.leftOut() {
			return nil
		}
		switch field {
		case "sourceLocation":
			in.SourceCountry, err = d.location()
		case "sourceTaxClass":
			in.SourceClass, err = d.given()
		case "targetLocation":
			in.TargetCountry, err = d.location()
		case "targetTaxClass":
			in.TargetClass, err = d.given()
		case "includesTax":
			in.IncludesTax, err = d.Flag()
		case "price":
			in.Price, err = d.price()
		}
		return err
	})
	return in, err
}

// leftOut reads null for an optional field as if the field were left out. A strict
// decoder does not.
func (d *decoder) leftOut() bool { return d.Tolerant() && d.Null() }

// location reads the code of a country. A region, which documents of a Service can have,
// is never ignored: the answer would be that of the country.
func (d *decoder) location() (country string, err error) {
	err = d.Object(locationFields, func(field string) (err error) {
		if field == "region" {
			return d.Refuse("", strictjson.UnknownKey(field, locationFields[:1]))
		}
		country, err = d.given()
		return err
	})
	if err == nil && country == "" {
		err = d.RefuseField("countryCode", "", "missing: write the ISO 3166-1 code of the country")
	}
	return country, err
}

// given reads a string, which must not be empty.
func (d *decoder) given() (string, error) {
	text, err := d.Text()
	if err == nil && text == "" {
		err = d.Refuse("", "empty: write a value, or leave the field out if it is optional")
	}
	return text, err
}

func (d *decoder) price() (Price, error) {
	text, quoted, err := d.NumberOrString("a price, such as 1.59,")
	if err != nil {
		return Price{}, err
	}
	p, reason := parsePrice(text)
	if reason != "" {
		return Price{}, d.Refuse(text, reason)
	}
	p.quoted = quoted
	return p, nil
}

// textFault refuses texts that an answer could not repeat.
func (cmd Command) textFault() error {
	if len(cmd.UUID) > maxUUIDBytes {
		return inputError("commandUuid", cmd.UUID, "too long: at most 128 bytes")
	}
	in := cmd.Input
	for _, t := range [...]struct{ path, text string }{
		{"commandUuid", cmd.UUID},
		{"input.sourceLocation.countryCode", in.SourceCountry}, {"input.sourceTaxClass", in.SourceClass},
		{"input.targetLocation.countryCode", in.TargetCountry}, {"input.targetTaxClass", in.TargetClass},
	} {
		if !utf8.ValidString(t.text) {
			return inputError(t.path, t.text, "not valid UTF-8")
		}
	}
	return nil
}
