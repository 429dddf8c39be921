package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/taxresolve/tax"
)

// importer is an import under way. It collects the records of a country, and the countries
// of a write.
type importer struct {
	ImportOptions
	store  tax.Store
	bulk   BulkWriter // nil if the store is none
	report Report

	open    *group   // the country that is being read
	pending []*group // those that are not yet written
	waiting int      // records of pending
	flying  *flight  // those that are being written; nil if none are
	// spoiled is a record of which nobody can tell the country, if it came last.
	spoiled *numbered
	tenant  string          // of the records that were read last
	seen    map[string]bool // the countries of tenant that were read
}

// batchRecords is the number of records that are written at once.
const batchRecords = 500

// group is the records of a country of a tenant, which are written together.
type group struct {
	key     tax.Key
	records []numbered
	next    int64  // the number of records that are settled with it
	more    int64  // records that are not kept, because there are too many
	ended   int64  // records of versions that ended
	refusal string // why all of it is refused; "" if it is not

	changes         []Change
	rejections      []Rejection
	unchanged, kept int64
}

// numbered is a record with its number in the file.
type numbered struct {
	Record
	number int64
}

// lost reports whether nobody can tell the country of a record.
func (r *Record) lost() bool { return r.Err != nil && r.Configuration.Location.Country == "" }

func newImporter(s tax.Store, o ImportOptions) *importer {
	im := &importer{ImportOptions: o, store: s, seen: make(map[string]bool)}
	im.bulk, _ = s.(BulkWriter)
	if im.Limits.CountryRecords == 0 {
		im.Limits.CountryRecords = defaultCountryRecords
	}
	if im.Rejections == 0 {
		im.Rejections = defaultRejections
	}
	return im
}

// check returns an error if the options cannot be used.
func (im *importer) check() error {
	if im.store == nil {
		return &tax.InputError{Field: "store", Value: "nil", Reason: "pass a Store"}
	}
	if l := im.Limits; min(l.RecordBytes, int64(l.CountryRecords), l.Records, l.Bytes) < 0 {
		return &tax.InputError{Field: "limits", Reason: "negative: use 0 for the default"}
	}
	if im.Skip < 0 {
		return &tax.InputError{Field: "skip", Value: decimal(im.Skip), Reason: "negative: pass the Next of a report, or 0"}
	}
	return nil
}

// add takes the next record.
func (im *importer) add(ctx context.Context, r Record) error {
	im.report.Records++
	n := im.report.Records
	if most := im.Limits.Records; most > 0 && n > most {
		im.report.Records--
		return &tax.InputError{Field: "records", Value: decimal(n), Reason: "more than " + decimal(most) + " records: pass a higher limit or a part of the file"}
	}
	if n%1000 == 0 {
		im.progress()
	}
	if !r.Named {
		r.Tenant = im.Tenant
	}
	record := numbered{r, n}
	key := tax.Key{Tenant: r.Tenant, Country: r.Configuration.Location.Country}
	switch {
	case n <= im.Skip:
		if !r.lost() {
			im.meet(key)
		}
		im.report.Next = n
		return ctx.Err()
	case r.lost():
		if im.open == nil {
			im.open = &group{next: n - 1}
		}
		spoiled := record // a copy, so that the others need not outlive the call
		im.spoiled = &spoiled
	case im.open == nil || im.open.key != key || len(im.open.records) > 0 && im.open.records[0].lost():
		im.close()
		im.open = &group{key: key}
		if im.meet(key) {
			im.open.refusal = "comes again after others: put the records of a country of a tenant next to each other"
		}
		if im.spoiled != nil {
			im.open.refusal = "not written: " + place(im.spoiled) + " may belong to the same country, and cannot be read"
		}
		im.spoiled = nil
	default:
		im.spoiled = nil
	}
	im.open.take(record, im.Limits.CountryRecords)
	if im.waiting >= batchRecords {
		return im.flush(ctx)
	}
	return nil
}

// meet notes a country, and reports whether it came before and others came since.
func (im *importer) meet(key tax.Key) (again bool) {
	if key.Tenant != im.tenant {
		im.tenant = key.Tenant
		clear(im.seen)
	}
	again = im.seen[key.Country] && im.report.Records > im.Skip
	im.seen[key.Country] = true
	return again
}

// take adds a record to the country.
func (g *group) take(r numbered, most int) {
	if !r.lost() {
		g.next = r.number
	}
	if r.Ended {
		g.ended++
		return
	}
	if len(g.records) < most {
		g.records = append(g.records, r)
		return
	}
	g.more++
	g.refusal = "more than " + decimal(int64(most)) + " records of one country: pass a higher limit"
}

// close ends the country that is being read.
func (im *importer) close() {
	if im.open != nil {
		im.pending = append(im.pending, im.open)
		im.waiting += len(im.open.records)
	}
	im.open = nil
}

// flush begins to write the countries that wait, when those before are written.
func (im *importer) flush(ctx context.Context) error {
	groups := im.pending
	im.pending, im.waiting = nil, 0
	if im.flying.has(groups) { // what they are compared with is about to change
		if err := im.land(ctx); err != nil {
			return err
		}
	}
	var failed error
	stored := im.stored(ctx, groups)
	for i, g := range groups {
		if failed = im.prepare(ctx, g, stored); failed != nil {
			groups = groups[:i]
			break
		}
	}
	if err := im.land(ctx); err != nil {
		return err
	}
	im.start(ctx, groups)
	if failed != nil {
		failed = cmp.Or(im.land(ctx), failed)
	}
	return failed
}

// prepare works out what is to be changed in a country. Its error is that of the store.
func (im *importer) prepare(ctx context.Context, g *group, stored map[tax.Key][]tax.Configuration) error {
	for i := range g.records {
		if g.records[i].Err != nil {
			g.reject(im.File, i, g.records[i].Err)
		}
	}
	if g.refused() {
		return nil
	}
	own, known := stored[g.key]
	g.changes = make([]Change, 0, len(g.records))
	seen := make(map[tax.Location]bool, len(g.records))
	for i := range g.records {
		r := &g.records[i]
		l := r.Configuration.Location
		if seen[l] {
			g.reject(im.File, i, &tax.InputError{Field: "location", Value: l.String(), Reason: "given twice in a file: keep one of the documents"})
			continue
		}
		seen[l] = true
		if !known && !im.restores(r) {
			var err error
			if own, err = ownOf(ctx, im.store, g.key); err != nil && !refusal(ctx, err) {
				return err
			}
			known = true
		}
		if err := im.plan(g, r, at(own, l)); err != nil {
			g.reject(im.File, i, err)
		}
	}
	return nil
}

// stored returns what a store has for countries, if it can read several at once and needs to;
// nil if it does not.
func (im *importer) stored(ctx context.Context, groups []*group) map[tax.Key][]tax.Configuration {
	s, ok := im.store.(interface {
		owns(ctx context.Context, keys []tax.Key) map[tax.Key][]tax.Configuration
	})
	if !ok {
		return nil
	}
	var keys []tax.Key
	for _, g := range groups {
		if g.refusal == "" && !slices.ContainsFunc(g.records, func(r numbered) bool { return r.Err != nil }) &&
			slices.ContainsFunc(g.records, func(r numbered) bool { return !im.restores(&r) }) {
			keys = append(keys, g.key)
		}
	}
	return s.owns(ctx, keys)
}

// restores reports whether a record keeps its version.
func (im *importer) restores(r *numbered) bool {
	return im.bulk != nil && !im.AsNew && !im.KeepExisting && r.Merge == nil && r.Configuration.Metadata.Version > 0
}

// plan adds what a record changes to the changes of its country.
func (im *importer) plan(g *group, r *numbered, stored *tax.Configuration) error {
	c := Change{Put, r.Configuration}
	switch {
	case im.restores(r):
		c.Action = Restore
	case stored != nil && im.KeepExisting:
		if sameContent(*stored, r.Configuration) {
			g.unchanged++
		} else {
			g.kept++
		}
		return nil
	case im.KeepExisting:
		c.Action = Create // not over what is written meanwhile
	case r.Merge != nil:
		var copied *tax.Configuration
		c.Action = Create
		if stored != nil {
			if err := stored.Validate().Err(); err != nil {
				return err
			}
			copied, c.Action = new(stored.Clone()), Update
		}
		merged, err := r.Merge(copied)
		if err != nil {
			return err
		}
		c.Configuration = merged
		if stored != nil {
			c.Configuration.Metadata.Version = stored.Metadata.Version
		}
	}
	if c.Action != Restore && stored != nil && sameContent(*stored, c.Configuration) {
		g.unchanged++
		return nil
	}
	g.changes = append(g.changes, c)
	return nil
}

// sameContent reports whether two documents say the same, whatever their versions are.
func sameContent(a, b tax.Configuration) bool {
	for _, c := range []*tax.Configuration{&a, &b} {
		c.Metadata = tax.Metadata{Source: c.Metadata.Source, AsOf: c.Metadata.AsOf}
	}
	one, err := a.MarshalJSON()
	if err != nil {
		return false
	}
	other, err := b.MarshalJSON()
	return err == nil && bytes.Equal(one, other)
}
