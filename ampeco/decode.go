package ampeco

import (
	"errors"
	"math"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

const maxBodyBytes = 1 << 20

var (
	patchFields       = []string{"name", "displayName", "percentage", "taxIdentificationNumberId"}
	translationFields = []string{"locale", "translation"}
	readOnlyFields    = []string{"id", "lastUpdatedAt"} // of answers, which clients send back
)

// parse reads a body and checks it. If tolerant, it ignores unknown fields. complete adds
// further faults.
func parse(body []byte, tolerant bool, complete func(Patch, faults)) (Patch, error) {
	if len(body) > maxBodyBytes {
		return Patch{}, noObject("larger than 1 MiB")
	}
	d := decoder{strictjson.NewReader(body, refuse), faults{}}
	if tolerant {
		d.Tolerate()
	}
	p, err := d.patch()
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return Patch{}, noObject(err.Error())
	}
	complete(p, d.faults)
	p.check(d.faults)
	if err := d.faults.err(); err != nil {
		return Patch{}, err
	}
	return p, nil
}

func noObject(reason string) error { return faults{"body": {reason}}.err() }

// refusal is the error of the reader about one value.
type refusal struct{ path, reason string }

func refuse(path, _, reason string) error { return &refusal{path, reason} }

func (r *refusal) Error() string {
	if r.path == "document" {
		return r.reason
	}
	return clip(r.path) + ": " + r.reason
}

// decoder reads on after a refused value, so that it finds all faults. It
// returns an error only if the body is not JSON.
type decoder struct {
	strictjson.Reader
	faults faults
}

// value reads one value. If read refuses it, value skips it and adds a fault
// for the field.
func (d *decoder) value(field string, read func() error) error {
	start := d.Reader
	err := read()
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	d.Reader = start
	if err := d.Skip(); err != nil {
		return err
	}
	d.faults.add(field, r.reason)
	return nil
}

// object reads an object with these fields. prefix is the path to them.
func (d *decoder) object(prefix string, fields []string, read func(field string) error) error {
	seen := make([]bool, len(fields))
	return d.Members(func(key string) error {
		return d.value(prefix+key, func() error {
			i := slices.Index(fields, key)
			switch {
			case i < 0 && d.ignores(prefix, key, fields):
				return d.Skip()
			case i < 0:
				return d.Refuse(key, strictjson.UnknownKey(key, fields))
			case seen[i]:
				return d.Refuse(key, strictjson.DuplicateKey)
			}
			seen[i] = true
			return read(key)
		})
	})
}

// ignores reports whether a field that is not one of fields is ignored: one that only
// answers have, and for a tolerant decoder any that is no field in other letters.
func (d *decoder) ignores(prefix, key string, fields []string) bool {
	return prefix == "" && slices.Contains(readOnlyFields, key) || d.Tolerant() && !strictjson.Misspelt(key, fields)
}

func (d *decoder) patch() (p Patch, err error) {
	err = d.object("", patchFields, func(field string) (err error) {
		switch field {
		case "name":
			p.Name, err = nullable(d, d.Text)
		case "displayName":
			p.DisplayName, err = nullable(d, d.displayName)
		case "percentage":
			p.Percentage, err = nullable(d, d.percentage)
		case "taxIdentificationNumberId":
			p.TaxIdentificationNumberID, err = nullable(d, d.positive)
		}
		return err
	})
	return p, err
}

// nullable reads null or a value.
func nullable[T any](d *decoder, read func() (T, error)) (Field[T], error) {
	if d.Null() {
		return Clear[T](), nil
	}
	v, err := read()
	if err != nil {
		return Field[T]{}, err
	}
	return Set(v), nil
}

func (d *decoder) displayName() (list []tax.Translation, err error) {
	err = d.List(func(i int) error {
		if i > maxTranslations {
			return d.Skip() // one too many is enough to refuse the list
		}
		list = append(list, tax.Translation{})
		path := translationPath(i)
		return d.value(path, func() error {
			return d.object(path+".", translationFields, func(field string) error {
				text, err := d.Text()
				if field == "locale" {
					list[i].Language = text
				} else {
					list[i].Text = text
				}
				return err
			})
		})
	})
	return list, err
}

func (d *decoder) percentage() (decimal.Decimal, error) {
	if c := d.Peek(); c != '-' && (c < '0' || c > '9') {
		return decimal.Decimal{}, d.Mismatch("a number")
	}
	percent, reason := exact.ParsePercentNumber(d.Number())
	if reason != "" {
		return decimal.Decimal{}, d.Refuse("", reason)
	}
	return percent, nil
}

func (d *decoder) positive() (int64, error) { return d.Integer(1, math.MaxInt64) }
