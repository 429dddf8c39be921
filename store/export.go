package store

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/strictjson"
)

// ExportOptions say what [Export] writes. The zero value, and nil in place of
// ExportOptions, are the configurations of the tenant "".
type ExportOptions struct {
	// Tenants are the tenants whose configurations are written, in this order. None stands
	// for the tenant "".
	Tenants []string
	// History also writes the versions that were replaced or deleted and that the store
	// still keeps, each before the documents of its country. The store must be a
	// [Historian]. [Import] counts them and writes none: a store cannot be given a past.
	History bool
	// Encode, if it is not nil, makes Export write a JSON array of what it returns for each
	// configuration, such as the documents of another contract. It returns nil for one
	// that is to be left out. There must be one tenant.
	Encode func(c tax.Configuration) ([]byte, error)
}

// formatName is in the first line of an export, with formatVersion.
const (
	formatName    = "taxresolve configurations"
	formatVersion = 1
)

// Export writes the configurations of a store, with their metadata, as JSON Lines:
//
//	{"format":"taxresolve configurations","version":1}
//	{"tenant":"shop","configuration":{...}}
//	{"tenant":"shop","ended":{...}}                      a [Version], with History
//	{"records":2}
//
// The first line names the format, and the last one counts the lines between them, so that
// [Import] notices an export that was cut off. A tenant that is not UTF-8 is written in
// base64, as tenantBase64. The documents of a country are next to each other, the country
// before its regions, countries in the order of their codes; the same state always gives
// the same bytes. Documents of a base are not written.
//
// The documents of a country are from one state of the store; those of two countries need
// not be. Export holds no more than one country in memory.
//
// It returns the number of lines between the first and the last. Documents that the store
// cannot read are left out: Export writes all others, and then returns a
// [tax.InvalidError] that names them, at most 100. Any other error, of the store, of w or of
// the context, ends the export before its last line.
func Export(ctx context.Context, w io.Writer, s tax.Store, o *ExportOptions) (records int64, err error) {
	if err := usable(ctx, ""); err != nil {
		return 0, err
	}
	e := exporter{out: bufio.NewWriterSize(w, 1<<16), store: s}
	if o != nil {
		e.ExportOptions = *o
	}
	if err := e.check(w); err != nil {
		return 0, err
	}
	if len(e.Tenants) == 0 {
		e.Tenants = []string{""}
	}
	if err := e.write(ctx); err != nil {
		return e.records, err
	}
	if len(e.unreadable) > 0 {
		return e.records, &tax.InvalidError{Faults: e.unreadable}
	}
	return e.records, nil
}

// exporter is an [Export] under way.
type exporter struct {
	ExportOptions
	store      tax.Store
	out        *bufio.Writer
	line       []byte
	records    int64
	unreadable []tax.Fault
}

// check returns an error if the arguments cannot be used.
func (e *exporter) check(w io.Writer) error {
	if w == nil {
		return &tax.InputError{Field: "writer", Value: "nil", Reason: "nil: pass what the export is written to"}
	}
	if e.store == nil {
		return &tax.InputError{Field: "store", Value: "nil", Reason: "pass a Store"}
	}
	if _, ok := e.store.(Historian); e.History && !ok {
		return &tax.InputError{Field: "history", Reason: "not allowed for a store that is no Historian: leave it false"}
	}
	if e.Encode != nil && (e.History || len(e.Tenants) > 1) {
		return &tax.InputError{Field: "encode", Reason: "given with history or several tenants, which only the format of the package can hold: leave one of them out"}
	}
	return nil
}

// write writes everything, and flushes it.
func (e *exporter) write(ctx context.Context) error {
	begin, end := `{"format":"`+formatName+`","version":`+decimal(formatVersion)+"}\n", ""
	if e.Encode != nil {
		begin, end = "[", "]\n"
	}
	e.out.WriteString(begin) // an error of the writer stays, and Flush returns it
	for _, tenant := range e.Tenants {
		for _, code := range iso.Countries() {
			if err := e.country(ctx, tax.Key{Tenant: tenant, Country: code}); err != nil {
				return err
			}
		}
	}
	if end == "" {
		end = `{"records":` + decimal(e.records) + "}\n"
	}
	e.out.WriteString(end)
	return e.out.Flush()
}

// country writes the configurations of a country.
func (e *exporter) country(ctx context.Context, key tax.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	set, err := ownOf(ctx, e.store, key)
	if err != nil {
		return err
	}
	if e.History {
		if err := e.history(ctx, key, set); err != nil {
			return err
		}
	}
	for i := range set {
		if err := e.configuration(key.Tenant, set[i]); err != nil {
			return err
		}
	}
	return nil
}

// configuration writes one document.
func (e *exporter) configuration(tenant string, c tax.Configuration) error {
	const most = 100
	data, err := c.MarshalJSON()
	if err != nil {
		var invalid *tax.InvalidError
		if !errors.As(c.Validate().Err(), &invalid) {
			return err
		}
		if len(e.unreadable) < most {
			e.unreadable = append(e.unreadable, invalid.Faults[0])
		}
		return nil
	}
	if e.Encode == nil {
		return e.record(tenant, "configuration", data)
	}
	if data, err = e.Encode(c); err != nil || data == nil {
		return err
	}
	if e.records++; e.records > 1 {
		e.out.WriteString(",\n")
	}
	_, err = e.out.Write(data)
	return err
}

// record writes a line.
func (e *exporter) record(tenant, name string, data []byte) error {
	e.records++
	e.line = append(e.line[:0], '{')
	if utf8.ValidString(tenant) {
		e.line = strictjson.AppendString(append(e.line, `"tenant":`...), tenant)
	} else {
		e.line = append(e.line, `"tenantBase64":"`...)
		e.line = append(base64.StdEncoding.AppendEncode(e.line, []byte(tenant)), '"')
	}
	e.line = append(append(append(e.line, `,"`...), name...), `":`...)
	e.line = append(append(e.line, data...), "}\n"...)
	_, err := e.out.Write(e.line)
	return err
}

// history writes the versions of a country that are in force no more, the oldest first.
func (e *exporter) history(ctx context.Context, key tax.Key, set []tax.Configuration) error {
	list, err := e.past(ctx, key, set)
	if err != nil {
		return err
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Until.IsZero() {
			continue
		}
		data, err := strictjson.Marshal(list[i], func(path, value, reason string) error {
			return &tax.InputError{Field: path, Value: clip(value), Reason: reason}
		})
		if err != nil {
			return err
		}
		if err := e.record(key.Tenant, "ended", data); err != nil {
			return err
		}
	}
	return nil
}

// past returns the versions of a country. Of a store that is no [Versioned] it knows those
// of the locations that have a configuration now.
func (e *exporter) past(ctx context.Context, key tax.Key, set []tax.Configuration) (all []Version, err error) {
	if s, ok := e.store.(interface {
		pastOf(ctx context.Context, key tax.Key) ([]Version, error)
	}); ok {
		return s.pastOf(ctx, key)
	}
	for i := range set {
		list, err := e.store.(Historian).Versions(ctx, key.Tenant, set[i].Location)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// pastOf returns the versions of a country that the store keeps, also those of locations
// that have a configuration no more.
func (s *Versioned) pastOf(ctx context.Context, key tax.Key) ([]Version, error) {
	p, err := s.past(ctx, key, nil)
	if err != nil {
		return nil, err
	}
	return p.versions(), nil
}

// ownOf returns the tenant's own configurations of a country, the country first: those
// that a store has beside those of its base.
func ownOf(ctx context.Context, s tax.Store, key tax.Key) ([]tax.Configuration, error) {
	if v, ok := s.(interface {
		own(ctx context.Context, key tax.Key) ([]tax.Configuration, error)
	}); ok {
		return v.own(ctx, key)
	}
	set, err := s.Configurations(ctx, key)
	if err != nil {
		return nil, err
	}
	own := set[:0]
	for _, c := range set {
		switch stored, err := s.Get(ctx, key.Tenant, c.Location); {
		case err == nil:
			own = append(own, stored)
		case errors.Is(err, tax.ErrInvalid):
			own = append(own, tax.Damaged(c.Location, err))
		case !errors.Is(err, tax.ErrNotFound): // what the base has is not found
			return nil, err
		}
	}
	return own, nil
}
