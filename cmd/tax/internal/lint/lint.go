package lint

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/store"
)

// Finding is something that is wrong, or probably not meant.
type Finding struct {
	Rule     string       `json:"rule"`
	Severity Severity     `json:"severity"`
	File     string       `json:"file,omitempty"`
	Line     int          `json:"line,omitempty"`
	Tenant   string       `json:"tenant,omitempty"`
	Location tax.Location `json:"location,omitzero"`
	Path     string       `json:"path,omitempty"`
	Message  string       `json:"message"`
}

// Options say what is checked.
type Options struct {
	// Embedded are the rates of the world. Documents lie on them as overrides, unless
	// they are Alone.
	Embedded tax.Source
	Alone    bool
	// Today is the day on which documents are checked.
	Today tax.Date
	// Languages are those in which every name must be; if there are none, those of the
	// other names of a document.
	Languages []string
	// OldAfter is the number of days after which facts should be checked again.
	OldAfter int
	// History tells what was answered before. Without it, the embedded rates were, until the
	// day on which a document was modified.
	History *History
}

// Check returns what it finds in documents, by file and line. The error is one of the
// embedded rates, or of the context.
func Check(ctx context.Context, documents []*document.Document, problems []document.Problem, o Options) ([]Finding, error) {
	var list []Finding
	for _, p := range problems {
		list = append(list, Finding{Rule: p.Code, Severity: Error, File: p.File, Line: p.Line, Path: p.Path, Message: p.Message})
	}
	for _, set := range sets(documents) {
		found, err := checkSet(ctx, set, o)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	found, err := gone(ctx, documents, o)
	if err != nil {
		return nil, err
	}
	list = append(list, found...)
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Rule, b.Rule))
	})
	return list, nil
}

// sets returns the documents of each country that belong together.
func sets(documents []*document.Document) [][]*document.Document {
	type key struct{ set, country string }
	var order []key
	byKey := map[key][]*document.Document{}
	for _, d := range documents {
		k := key{d.Set, d.Configuration.Location.Country}
		if byKey[k] == nil {
			order = append(order, k)
		}
		byKey[k] = append(byKey[k], d)
	}
	list := make([][]*document.Document, len(order))
	for i, k := range order {
		list[i] = byKey[k]
	}
	return list
}

// checking is the check of the documents of a country.
type checking struct {
	Options
	documents []*document.Document
	set       []tax.Configuration // those of documents
	embedded  []tax.Configuration
	country   string
	findings  []Finding
}

func checkSet(ctx context.Context, documents []*document.Document, o Options) ([]Finding, error) {
	c := checking{Options: o, documents: documents, country: documents[0].Configuration.Location.Country}
	for _, d := range documents {
		c.set = append(c.set, d.Configuration)
	}
	var err error
	if c.embedded, err = o.Embedded.Configurations(ctx, tax.Key{Country: c.country}); err != nil {
		return nil, err
	}
	c.validate(ctx)
	usable := len(c.findings) == 0
	c.warnings()
	for _, d := range c.documents {
		c.fractions(d)
		c.languages(d)
		c.old(d)
	}
	if usable { // what documents answer is known only if all of them are valid
		c.unreachable()
		if err := c.answers(ctx); err != nil {
			return nil, err
		}
		if err := c.past(ctx); err != nil {
			return nil, err
		}
	}
	return c.findings, ctx.Err()
}

// add notes what was found in a document.
func (c *checking) add(d *document.Document, rule, path, message string) {
	c.findings = append(c.findings, Finding{
		Rule: rule, Severity: severityOf(rule), File: d.File, Line: d.Line(path), Tenant: d.Tenant,
		Location: d.Configuration.Location, Path: path, Message: message,
	})
}

// addFault notes a fault at the last document of its location. One that is at none of them is
// caused by the first.
func (c *checking) addFault(f tax.Fault) {
	at := c.documents[0]
	for _, d := range c.documents {
		if d.Configuration.Location == f.Location {
			at = d
		}
	}
	if at.Configuration.Location != f.Location {
		f.Message, f.Path = f.Location.String()+": "+f.Message, ""
	}
	c.add(at, f.Code, f.Path, f.Message)
}

// addWritten notes a fault of a write. If the document has it by itself, it says better where
// it is than the merged one, in which two classes of one code are the same.
func (c *checking) addWritten(f tax.Fault) {
	if own := at(c.set, f.Location); own != nil {
		for _, g := range own.Validate().Errors {
			if g.Code == f.Code && g.Message == f.Message {
				f = g
			}
		}
	}
	c.addFault(f)
}

// validate notes the errors of validation: as a write on the embedded rates would have them,
// or those of the documents alone.
func (c *checking) validate(ctx context.Context) {
	alone := tax.ValidateCountry(c.set)
	if c.Alone {
		for _, f := range alone.Errors {
			c.addFault(f)
		}
		return
	}
	for _, f := range alone.Errors {
		if f.Code == "location_duplicate" {
			c.addFault(f)
		}
	}
	if len(c.findings) > 0 {
		return // a write cannot have two
	}
	batch := store.Batch{Key: tax.Key{Country: c.country}}
	for _, d := range c.set {
		batch.Changes = append(batch.Changes, store.Change{Action: store.Put, Configuration: d})
	}
	var invalid *tax.InvalidError
	err := store.NewMemory(&store.Options{Base: c.Embedded}).Write(ctx, []store.Batch{batch})[0].Err
	if errors.As(err, &invalid) {
		for _, f := range invalid.Faults {
			c.addWritten(f)
		}
	} else if err != nil {
		c.add(c.documents[0], "invalid", "", err.Error())
	}
}

// warnings notes those of validation.
func (c *checking) warnings() {
	var list []tax.Fault
	if c.Alone {
		list = tax.ValidateCountry(c.set).Warnings
	} else {
		for _, d := range c.set {
			list = append(list, d.Validate().Warnings...)
		}
	}
	for _, f := range list {
		// Overrides take their time zone from what they lie on.
		if f.Code != "time_zone_missing" || c.Alone || len(c.embedded) == 0 {
			c.addFault(f)
		}
	}
}

// at returns the document of a location.
func at(set []tax.Configuration, l tax.Location) *tax.Configuration {
	for i := range set {
		if set[i].Location == l {
			return &set[i]
		}
	}
	return nil
}

// class returns a class of a document, which may be nil.
func class(c *tax.Configuration, code string) *tax.Class {
	if c == nil {
		return nil
	}
	for i := range c.Classes {
		if c.Classes[i].Code == code {
			return &c.Classes[i]
		}
	}
	return nil
}
