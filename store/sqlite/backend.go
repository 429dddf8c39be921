package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// backend is a [store.Backend] in an SQLite database. What a read returns is one statement,
// and so from one state of the database.
type backend struct {
	path    string
	options Options
	id      int64 // of this opened store, in the column writer

	reads  *sql.DB
	single *sql.DB       // connections that are used for one purpose, and then closed
	asks   *sql.DB       // that of recent, which waits for no lock
	turn   chan struct{} // holds a value while somebody writes
	writer *writer       // who has the turn uses it; nil until the first write

	load, ended, documents, filtered *sql.Stmt

	recent recent
}

var (
	_ store.Backend     = (*backend)(nil)
	_ store.PageBackend = (*backend)(nil)
	_ tax.Watcher       = (*backend)(nil)
)

const (
	selectCountry = `
SELECT c.revision, c.retired, c.modified, d.version, d.region, d.since, d.author, d.base, d.document
FROM country AS c LEFT JOIN configuration AS d ON d.country = c.id
WHERE c.tenant = ?1 AND c.code = ?2
ORDER BY d.region`

	selectEnded = `
SELECT c.removed, h.region, h.since, h.author, h.base, h.document, h.until, h.ended_by, h.deleted
FROM country AS c LEFT JOIN history AS h ON h.country = c.id AND (?3 OR h.region = ?4)
WHERE c.tenant = ?1 AND c.code = ?2`

	selectDocuments = `
SELECT c.code, d.region, d.since, d.author, d.base, d.document
FROM country AS c JOIN configuration AS d ON d.country = c.id
WHERE c.tenant = ?1 AND c.code >= ?2 AND (c.code > ?2 OR d.region > ?3)
ORDER BY c.code, d.region`
)

// Load returns the state of a country.
func (b *backend) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	s, known := b.current(key)
	if known {
		return s.country, nil
	}
	if err := b.read(ctx, key, &s); err != nil {
		return nil, failure(ctx, b.path, err)
	}
	b.recent.keep(key, s)
	return s.country, nil
}

// read reads the state of a country.
func (b *backend) read(ctx context.Context, key tax.Key, s *state) error {
	rows, err := b.load.QueryContext(ctx, []byte(key.Tenant), key.Country)
	if err != nil {
		return err
	}
	defer rows.Close()
	var documents []*store.Version
	for rows.Next() {
		var c store.Country
		var modified int64
		var number sql.NullInt64
		var r record
		if err := rows.Scan(&c.Revision, &c.Retired, &modified, &number, &r.region, &r.since, &r.author, &r.base, &r.document); err != nil {
			return err
		}
		if s.country == nil {
			c.Modified = instant(modified)
			s.country = &c
		}
		if !r.region.Valid {
			break // nothing is in force
		}
		s.bytes += len(r.base) + len(r.document)
		l := tax.Location{Country: key.Country, Region: r.region.String}
		if v, err := r.version(l); err != nil {
			s.country.Damaged = append(s.country.Damaged, store.Damage{Location: l, Version: number.Int64, Cause: err.Error()})
		} else {
			documents = append(documents, v)
		}
	}
	if s.country != nil {
		s.country.Documents = store.NewDocuments(documents)
	}
	return rows.Err()
}

// Ended returns the history of a country or a location. If a version cannot be read, what
// is asked for is invalid: the history would look as if it had never been.
func (b *backend) Ended(ctx context.Context, key tax.Key, at *tax.Location) ([]*store.Version, time.Time, error) {
	var region string
	if at != nil {
		region = at.Region
	}
	rows, err := b.ended.QueryContext(ctx, []byte(key.Tenant), key.Country, at == nil, region)
	if err != nil {
		return nil, time.Time{}, failure(ctx, b.path, err)
	}
	defer rows.Close()
	var list []*store.Version
	var removed time.Time
	for rows.Next() {
		var r record
		var lost, until sql.NullInt64
		var by sql.NullString
		var deleted sql.NullBool
		if err := rows.Scan(&lost, &r.region, &r.since, &r.author, &r.base, &r.document, &until, &by, &deleted); err != nil {
			return nil, time.Time{}, failure(ctx, b.path, err)
		}
		if lost.Valid {
			removed = instant(lost.Int64)
		}
		if !r.region.Valid {
			break // there is no history
		}
		l := tax.Location{Country: key.Country, Region: r.region.String}
		v, err := r.version(l)
		if err != nil {
			return nil, time.Time{}, tax.Damaged(l, fmt.Errorf("in the history: %w", err)).Validate().Err()
		}
		v.Until, v.EndedBy, v.Deleted = instant(until.Int64), by.String, deleted.Bool
		list = append(list, v)
	}
	return list, removed, failure(ctx, b.path, rows.Err())
}

// Documents yields the documents of a tenant after a location, in order.
func (b *backend) Documents(ctx context.Context, tenant string, after tax.Location) iter.Seq2[*store.Version, error] {
	return b.sequence(ctx, b.documents, []byte(tenant), after.Country, after.Region)
}

// sequence yields the documents that a statement selects.
func (b *backend) sequence(ctx context.Context, stmt *sql.Stmt, args ...any) iter.Seq2[*store.Version, error] {
	return func(yield func(*store.Version, error) bool) {
		rows, err := stmt.QueryContext(ctx, args...)
		if err != nil {
			yield(nil, failure(ctx, b.path, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var country string
			var r record
			if err := rows.Scan(&country, &r.region, &r.since, &r.author, &r.base, &r.document); err != nil {
				yield(nil, failure(ctx, b.path, err))
				return
			}
			v, err := r.version(tax.Location{Country: country, Region: r.region.String})
			if err == nil && !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, failure(ctx, b.path, err))
		}
	}
}

// record are the columns of a version. They are NULL if a country has none.
type record struct {
	region         sql.NullString
	since          sql.NullInt64
	author         sql.NullString
	base, document sql.RawBytes // until the next row
}

// version reads the version of a location. An error says what is wrong with the document.
func (r *record) version(l tax.Location) (*store.Version, error) {
	c, err := decode(r.document)
	if err != nil {
		return nil, err
	}
	if c.Location != l {
		return nil, fmt.Errorf("the document is of %s", c.Location)
	}
	v := &store.Version{Configuration: c, From: instant(r.since.Int64), Author: r.author.String}
	if len(r.base) > 0 {
		v.Base = new(tax.Metadata)
		if err := json.Unmarshal(r.base, v.Base); err != nil {
			return nil, fmt.Errorf("the metadata of its base: %w", err)
		}
	}
	return v, nil
}

// instant returns the time that a column has.
func instant(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }
