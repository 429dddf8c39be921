package tax

import (
	"io"
	"log/slog"
	"math"

	"github.com/taxresolve/tax/internal/strictjson"
)

// Patch is a partial update of a configuration. It changes the fields that it names
// and keeps all others. It is immutable, and can be applied more than once. The zero
// Patch is for version 0 and changes nothing.
//
// Read the document from the store, apply the patch, and pass the result to
// [Store].Update. If the document was changed in between, Update returns
// [ErrConflict].
type Patch struct {
	version int64
	changes []func(*Configuration) error
	limits  *Limits // of ReadPatch
}

// ReadPatch reads a patch: a JSON object with some of the fields that
// [ReadConfiguration] describes. As in RFC 7396, a value replaces the stored one,
// null clears it, objects are merged, and lists are replaced as a whole. The one
// difference is that taxClasses is an object with the codes of the classes as names:
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
// The version is required: it is that of the document that the patch is for. A null
// removes its class. A class that the document does not have is added, and needs its
// rates. A patch cannot change location, locationCode and other metadata, and rates
// cannot be null.
//
// The errors are those of ReadConfiguration.
func ReadPatch(r io.Reader, limits *Limits) (Patch, error) {
	d, err := newDecoder(r, limits)
	if err != nil {
		return Patch{}, err
	}
	var p Patch
	if err := d.whole(func() error { return d.patch(&p) }); err != nil {
		return Patch{}, err
	}
	p.limits = &d.limits
	return p, nil
}

// UnmarshalJSON is [ReadPatch] with the default limits. If there is an error, p keeps
// its value.
func (p *Patch) UnmarshalJSON(data []byte) error {
	d := decoderOf(data)
	var read Patch
	err := d.whole(func() error { return d.patch(&read) })
	if err == nil {
		*p = read
	}
	return err
}

// MarshalJSON always returns an [InputError]: a patch keeps what to do, and not the
// text that says so. Store the text that it was read from.
func (Patch) MarshalJSON() ([]byte, error) {
	return nil, noJSON("patch", "store the text that ReadPatch read")
}

// String returns what the patch is for, for people and logs: "4 changes of version 3".
func (p Patch) String() string {
	return counted(len(p.changes), "change") + " of version " + itoa(p.version)
}

// LogValue returns the text of String for log/slog.
func (p Patch) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Version returns the version of the document that the patch is for.
func (p Patch) Version() int64 { return p.version }

// Apply returns a changed copy of a document. The metadata stays the same. Apply
// returns a [StoreError] with [ErrConflict] if the version of the document is not that of the patch,
// and an [InputError] if the patch removes a class that the document does not have,
// or adds a class without rates, or if the result is beyond the limits that the patch was
// read with: see [Limits.Check]. It does not check whether the result is valid:
// [Configuration.Validate] and stores do.
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
	if err := p.limits.Check(c); err != nil {
		return Configuration{}, err
	}
	return c.Clone(), nil // what comes from the patch must not be shared with it
}

var (
	patchFields      = []string{"metadata", "name", "within", "postalCodes", "sharedPostalCodes", "regionAliases", "elsewhere", "regions", "exclusive", "tax", "localTaxesMissing", "timeZone", "taxClasses"}
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

// change reads the new value of a field, and returns a function that sets it.
func (d *decoder) change(field string) (func(*Configuration) error, error) {
	switch field {
	case "postalCodes":
		return replace(d, d.postalCodes, func(c *Configuration) *[]PostalRange { return &c.PostalCodes })
	case "sharedPostalCodes":
		return replace(d, d.postalCodes, func(c *Configuration) *[]PostalRange { return &c.SharedPostalCodes })
	case "name":
		return mergeText(d, func(c *Configuration) *LocalizedText { return &c.Name })
	case "within":
		return replace(d, d.Text, func(c *Configuration) *string { return &c.Within })
	case "regionAliases":
		return replace(d, d.Texts, func(c *Configuration) *[]string { return &c.RegionAliases })
	case "elsewhere":
		return replace(d, d.elsewhere, func(c *Configuration) *[]Referral { return &c.Elsewhere })
	case "regions":
		return replace(d, d.regionRule, func(c *Configuration) *RegionRule { return &c.Regions })
	case "exclusive":
		return replace(d, d.Flag, func(c *Configuration) *bool { return &c.Exclusive })
	case "localTaxesMissing":
		return replace(d, d.Flag, func(c *Configuration) *bool { return &c.LocalTaxesMissing })
	case "timeZone":
		return replace(d, d.Text, func(c *Configuration) *string { return &c.TimeZone })
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

// replace reads a value, or null for the zero value, and returns a function that
// puts it in place of another.
func replace[S, T any](d *decoder, read func() (T, error), at func(*S) *T) (func(*S) error, error) {
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
			change, err = replace(d, d.Text, func(t *Tax) *string { return &t.Code })
		} else {
			change, err = mergeText(d, func(t *Tax) *LocalizedText { return &t.Name })
		}
		changes = append(changes, change)
		return err
	})
	return func(c *Configuration) error { return applyAll(changes, &c.Tax) }, err
}

// mergeText reads changes of a text, and returns a function that makes them. null
// clears the text; null for a language removes that language.
func mergeText[S any](d *decoder, at func(*S) *LocalizedText) (func(*S) error, error) {
	if d.Null() {
		return func(s *S) error { *at(s) = LocalizedText{}; return nil }, nil
	}
	byTag := map[string]string{} // "" for a language to remove
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
	var changes []func(*classEditor) error
	err := d.Members(func(code string) error {
		if seen[code] {
			return d.Refuse(code, strictjson.DuplicateKey)
		}
		if err := d.checkClasses(len(seen)); err != nil {
			return err
		}
		seen[code] = true
		if d.Null() {
			changes = append(changes, func(e *classEditor) error { return e.remove(code) })
			return nil
		}
		changed, rated, err := d.classChange()
		changes = append(changes, func(e *classEditor) error { return e.change(code, changed, rated) })
		return err
	})
	return func(c *Configuration) error {
		e := classEditorOf(c.Classes)
		err := applyAll(changes, e)
		c.Classes = e.rest()
		return err
	}, err
}

// classChange reads the changes of a class, and reports whether they have a timeline.
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
		return mergeText(d, func(c *Class) *LocalizedText { return &c.Name })
	case "description":
		return mergeText(d, func(c *Class) *LocalizedText { return &c.Description })
	case "order":
		return replace(d, d.order, func(c *Class) **int { return &c.Order })
	case "isDefault":
		return replace(d, d.Flag, func(c *Class) *bool { return &c.Default })
	case "aliases":
		return replace(d, d.Texts, func(c *Class) *[]string { return &c.Aliases })
	}
	rates, err := d.timeline(field, rated) // null is not allowed: a class without a timeline is removed
	return func(c *Class) error { c.Rates = rates; return nil }, err
}

// classEditor makes the changes of a patch to the classes of a document. It finds them by
// their code in a map, because there can be as many changes as classes.
type classEditor struct {
	classes []Class
	at      map[string]int // the first class with a code
	removed map[int]bool
}

func classEditorOf(classes []Class) *classEditor {
	e := &classEditor{classes, make(map[string]int, len(classes)), map[int]bool{}}
	for i := len(classes) - 1; i >= 0; i-- {
		e.at[classes[i].Code] = i
	}
	return e
}

func (e *classEditor) remove(code string) error {
	i, ok := e.at[code]
	if !ok {
		return inputError("taxClasses", code, "no such class to remove: leave it out")
	}
	e.removed[i] = true
	return nil
}

func (e *classEditor) change(code string, changes []func(*Class) error, rated bool) error {
	i, ok := e.at[code]
	if !ok {
		if !rated {
			return inputError("taxClasses", code, "no such class: to add it, write its rates")
		}
		i = len(e.classes)
		e.classes = append(e.classes, Class{Code: code})
	}
	return applyAll(changes, &e.classes[i])
}

// rest returns the classes that were not removed.
func (e *classEditor) rest() []Class {
	if len(e.removed) == 0 {
		return e.classes
	}
	list := make([]Class, 0, len(e.classes)-len(e.removed))
	for i := range e.classes {
		if !e.removed[i] {
			list = append(list, e.classes[i])
		}
	}
	return list
}

// applyAll makes changes in order.
func applyAll[T any](changes []func(*T) error, to *T) error {
	for _, change := range changes {
		if err := change(to); err != nil {
			return err
		}
	}
	return nil
}
