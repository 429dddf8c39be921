package tax

import (
	"io"
	"math"
	"slices"

	"github.com/taxresolve/tax/internal/strictjson"
)

// Patch is a partial update of a configuration: what it does not name stays as it
// is. It is immutable, and may be applied more than once. The zero Patch changes
// nothing of version 0.
//
// Read the document, apply the patch, and pass the result to [Store].Update, which
// refuses it with [ErrConflict] if somebody else wrote in between.
type Patch struct {
	version int64
	changes []func(*Configuration) error
}

// ReadPatch reads a patch: a JSON object with some fields of the form that
// [ReadConfiguration] describes. As in RFC 7396, a value takes the place of what is
// there, null clears it, objects are merged, and lists are replaced. The one
// difference is that taxClasses is an object by code:
//
//	{
//	  "metadata": {"version": 3},
//	  "timeZone": null,
//	  "tax": {"name": {"fr": "TVA", "en": null}},
//	  "taxClasses": {
//	    "REDUCED": {"description": null, "rates": [{"from": "2027-01-01", "percent": 8}, {"percent": 7}]},
//	    "BOOKS": {"name": {"en": "Books"}, "rate": 5},
//	    "OLD": null
//	  }
//	}
//
// The version, which is required, is the one of the document that the patch is
// for. null for a class removes it. A class that is not there is added, and needs
// its rates. Location, locationCode and other metadata cannot be patched, and
// rates cannot be null.
//
// Errors are those of ReadConfiguration.
func ReadPatch(r io.Reader, limits *Limits) (Patch, error) {
	d, err := newDecoder(r, limits)
	if err != nil {
		return Patch{}, err
	}
	var p Patch
	if err := d.whole(func() error { return d.patch(&p) }); err != nil {
		return Patch{}, err
	}
	return p, nil
}

// Version returns the version of the document that the patch is for.
func (p Patch) Version() int64 { return p.version }

// Apply returns a changed copy of a document, with the metadata it has. If the
// document is of another version than the patch, it returns a [StoreError] with [ErrConflict]; if
// the patch removes a class that is not there, or adds one without rates, an
// [InputError]. Whether the result is valid is for [Configuration.Validate] to
// tell, or for the Store.
func (p Patch) Apply(c Configuration) (Configuration, error) {
	if c.Metadata.Version != p.version {
		return Configuration{}, &StoreError{Kind: ErrConflict, Location: c.Location, Given: p.version, Current: c.Metadata.Version}
	}
	c = c.Clone()
	for _, change := range p.changes {
		if err := change(&c); err != nil {
			return Configuration{}, err
		}
	}
	return c.Clone(), nil // what it has of the patch stays the patch's
}

var (
	patchFields      = []string{"metadata", "postalCodes", "regionAliases", "regions", "exclusive", "tax", "timeZone", "taxClasses"}
	classPatchFields = []string{"name", "description", "order", "isDefault", "aliases", "rates", "rate"}
)

func (d *decoder) patch(p *Patch) error {
	versioned := false
	err := d.Object(patchFields, func(field string) error {
		if field == "metadata" {
			return d.Object([]string{"version"}, func(string) (err error) {
				versioned = true
				p.version, err = d.Integer(0, math.MaxInt64)
				return err
			})
		}
		change, err := d.change(field)
		p.changes = append(p.changes, change)
		return err
	})
	if err == nil && !versioned {
		err = d.RefuseField("metadata", "", `missing: write the version of the document, such as {"version": 3}`)
	}
	return err
}

// change reads what becomes of a field.
func (d *decoder) change(field string) (func(*Configuration) error, error) {
	switch field {
	case "postalCodes":
		return replaced(d, d.postalCodes, func(c *Configuration) *[]PostalRange { return &c.PostalCodes })
	case "regionAliases":
		return replaced(d, d.Texts, func(c *Configuration) *[]string { return &c.RegionAliases })
	case "regions":
		return replaced(d, d.regionRule, func(c *Configuration) *RegionRule { return &c.Regions })
	case "exclusive":
		return replaced(d, d.Flag, func(c *Configuration) *bool { return &c.Exclusive })
	case "timeZone":
		return replaced(d, d.Text, func(c *Configuration) *string { return &c.TimeZone })
	case "tax":
		if d.Null() {
			return func(c *Configuration) error { c.Tax = Tax{}; return nil }, nil
		}
		return d.taxChange()
	}
	if d.Null() {
		return func(c *Configuration) error { c.Classes = nil; return nil }, nil
	}
	return d.classesChange()
}

// replaced reads a value, or null for none, that takes the place of another.
func replaced[S, T any](d *decoder, read func() (T, error), at func(*S) *T) (func(*S) error, error) {
	var value T
	if !d.Null() {
		var err error
		if value, err = read(); err != nil {
			return nil, err
		}
	}
	return func(s *S) error { *at(s) = value; return nil }, nil
}

func (d *decoder) regionRule() (r RegionRule, err error) {
	err = d.into(&r)
	return r, err
}

func (d *decoder) taxChange() (func(*Configuration) error, error) {
	var changes []func(*Tax) error
	err := d.Object(taxFields, func(field string) (err error) {
		var change func(*Tax) error
		if field == "code" {
			change, err = replaced(d, d.Text, func(t *Tax) *string { return &t.Code })
		} else {
			change, err = textOf(d, func(t *Tax) *LocalizedText { return &t.Name })
		}
		changes = append(changes, change)
		return err
	})
	return func(c *Configuration) error { return applied(changes, &c.Tax) }, err
}

// textOf reads what becomes of a text: null clears it, and null for a language
// clears that one.
func textOf[S any](d *decoder, at func(*S) *LocalizedText) (func(*S) error, error) {
	if d.Null() {
		return func(s *S) error { *at(s) = LocalizedText{}; return nil }, nil
	}
	byTag := map[string]string{} // "" for a language that goes
	err := d.Members(func(tag string) error {
		t, err := parseTag(tag)
		if err != nil {
			return d.adopt(err)
		}
		if _, ok := byTag[t.String()]; ok {
			return d.Refuse(tag, strictjson.DuplicateKey)
		}
		byTag[t.String()] = ""
		if d.Null() {
			return nil
		}
		text, err := d.Text()
		if err == nil && text == "" {
			err = d.Refuse("", "empty: write null to remove the language")
		}
		byTag[t.String()] = text
		return err
	})
	return func(s *S) error {
		merged := map[string]string{}
		for _, t := range at(s).All() {
			merged[t.Language] = t.Text
		}
		for tag, text := range byTag {
			if merged[tag] = text; text == "" {
				delete(merged, tag)
			}
		}
		text, err := NewLocalizedText(merged)
		*at(s) = text
		return err
	}, err
}

func (d *decoder) classesChange() (func(*Configuration) error, error) {
	seen := map[string]bool{}
	var changes []func(*Configuration) error
	err := d.Members(func(code string) error {
		switch {
		case seen[code]:
			return d.Refuse(code, strictjson.DuplicateKey)
		case len(seen) == d.limits.Classes:
			return d.Refuse("", "more than "+itoa(int64(len(seen)))+" classes: pass a higher limit or fewer classes")
		}
		seen[code] = true
		if d.Null() {
			changes = append(changes, func(c *Configuration) error { return c.removeClass(code) })
			return nil
		}
		changed, rated, err := d.classChange()
		changes = append(changes, func(c *Configuration) error { return c.changeClass(code, changed, rated) })
		return err
	})
	return func(c *Configuration) error { return applied(changes, c) }, err
}

// classChange reads the change of one class, and reports whether it has a
// timeline.
func (d *decoder) classChange() (changes []func(*Class) error, rated bool, err error) {
	err = d.Object(classPatchFields, func(field string) error {
		change, err := d.classField(field, &rated)
		changes = append(changes, change)
		return err
	})
	return changes, rated, err
}

func (d *decoder) classField(field string, rated *bool) (func(*Class) error, error) {
	switch field {
	case "name":
		return textOf(d, func(c *Class) *LocalizedText { return &c.Name })
	case "description":
		return textOf(d, func(c *Class) *LocalizedText { return &c.Description })
	case "order":
		return replaced(d, d.order, func(c *Class) *int { return &c.Order })
	case "isDefault":
		return replaced(d, d.Flag, func(c *Class) *bool { return &c.Default })
	case "aliases":
		return replaced(d, d.Texts, func(c *Class) *[]string { return &c.Aliases })
	}
	if *rated {
		return nil, d.Refuse("", "both rate and rates: keep rates")
	}
	*rated = true
	read := d.rates
	if field == "rate" {
		read = d.bareRate
	}
	rates, err := read() // null is none: a class without a timeline is removed
	return func(c *Class) error { c.Rates = rates; return nil }, err
}

func (c *Configuration) indexOf(code string) int {
	return slices.IndexFunc(c.Classes, func(class Class) bool { return class.Code == code })
}

func (c *Configuration) removeClass(code string) error {
	i := c.indexOf(code)
	if i < 0 {
		return inputError("taxClasses", code, "no such class: it cannot be removed")
	}
	c.Classes = slices.Delete(c.Classes, i, i+1)
	return nil
}

func (c *Configuration) changeClass(code string, changes []func(*Class) error, rated bool) error {
	i := c.indexOf(code)
	if i < 0 {
		if !rated {
			return inputError("taxClasses", code, "no such class: to add it, write its rates")
		}
		i = len(c.Classes)
		c.Classes = append(c.Classes, Class{Code: code})
	}
	return applied(changes, &c.Classes[i])
}

func applied[T any](changes []func(*T) error, to *T) error {
	for _, change := range changes {
		if err := change(to); err != nil {
			return err
		}
	}
	return nil
}
