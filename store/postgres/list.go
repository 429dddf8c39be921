package postgres

import (
	"context"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

const selectDocuments = `
SELECT c.country, c.region, c.version, c.since, c.author, c.base, c.document
FROM {schema}.configuration c
WHERE c.tenant = $1 AND (c.country, c.region) > ($2, $3)
ORDER BY c.country, c.region
LIMIT $4`

// A list is read in parts, so that one that ends early has not read everything: first as
// much as a page usually needs.
const firstPart, mostPart = 64, 1024

// Documents yields the documents of a tenant after a location, in order, from one state.
func (b *backend) Documents(ctx context.Context, tenant string, after tax.Location) iter.Seq2[*store.Version, error] {
	return func(yield func(*store.Version, error) bool) {
		l := list{backend: b, tenant: []byte(tenant), after: after, last: nearest(after)}
		defer l.close(ctx)
		for size := firstPart; ; size = min(size*4, mostPart) {
			part, err := l.next(ctx, size)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range part {
				if v, damage := part[i].row.read(part[i].country); damage == nil && part[i].beyond(after) && !yield(v, nil) {
					return
				}
			}
			if len(part) < size {
				return
			}
		}
	}
}

// list reads documents in parts.
type list struct {
	*backend
	tenant      []byte
	after, last tax.Location
	conn        *pgxpool.Conn // in a transaction with one state
}

type listed struct {
	country string
	row     row
}

// beyond reports whether a document is after a location.
func (d *listed) beyond(l tax.Location) bool {
	return d.country > l.Country || d.country == l.Country && *d.row.region > l.Region
}

// nearest returns the last location that the database can hold and that is no later than
// another one. The first location of all is itself a document: that of the country "".
func nearest(l tax.Location) tax.Location {
	country, whole := holdable(l.Country)
	if !whole {
		return tax.Location{Country: country}
	}
	region, _ := holdable(l.Region)
	return tax.Location{Country: country, Region: region}
}

// holdable returns the beginning of a text that the database can hold.
func holdable(s string) (beginning string, whole bool) {
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == 0 || r == utf8.RuneError && n == 1 {
			return s[:i], false
		}
	}
	return s, true
}

// next reads the next part.
func (l *list) next(ctx context.Context, size int) (part []listed, err error) {
	if l.conn != nil {
		limited, cancel := l.limited(ctx)
		defer cancel()
		part, err = l.part(limited, l.conn, size)
		return part, failure(ctx, limited, err)
	}
	err = l.read(ctx, l.pool, func(ctx context.Context) (err error) {
		l.close(ctx)
		if l.conn, err = l.pool.Acquire(ctx); err != nil {
			return err
		}
		if _, err = l.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
			return err
		}
		part, err = l.part(ctx, l.conn, size)
		return err
	})
	return part, err
}

// part reads documents.
func (l *list) part(ctx context.Context, conn *pgxpool.Conn, size int) ([]listed, error) {
	rows, err := conn.Query(ctx, l.sql.documents, l.tenant, l.last.Country, l.last.Region, size)
	if err != nil {
		return nil, err
	}
	part, err := pgx.CollectRows(rows, func(rows pgx.CollectableRow) (d listed, err error) {
		err = d.row.scan(rows.(pgx.Rows), &d.country)
		// They are decoded when they are asked for.
		d.row.base, d.row.document = cloned(d.row.base), cloned(d.row.document)
		return d, err
	})
	if err == nil && len(part) > 0 {
		l.last = tax.Location{Country: strings.Clone(part[len(part)-1].country), Region: *part[len(part)-1].row.region}
	}
	return part, err
}

func cloned(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

// close ends the transaction.
func (l *list) close(ctx context.Context) {
	if l.conn == nil {
		return
	}
	// If this fails, the pool drops the connection.
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = l.conn.Exec(short, "ROLLBACK")
	l.conn.Release()
	l.conn = nil
}
