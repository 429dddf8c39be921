package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/store"
)

// Taxes returns the flat taxes of a tenant, which are in the same database, beside its
// configurations. They use the pool and the clock of the store, and end with it. Any number
// of processes can have the taxes of a tenant at the same time.
//
// If the connection is lost while a write waits for its answer, it is sent again, and takes
// effect once. If the server cannot be reached any more, the error unwraps to
// [store.ErrUnknownOutcome] as well as to [tax.ErrUnavailable], unless nothing was sent. An
// empty tenant, or one of more than 1,024 bytes, is a [tax.InputError].
//
// [tax.ErrUnavailable]: https://pkg.go.dev/github.com/taxresolve/tax#ErrUnavailable
func (s *Store) Taxes(tenant string) (ampeco.Store, error) {
	const most = 1024
	if tenant == "" || len(tenant) > most {
		return nil, &tax.InputError{Field: "tenant", Value: tenant[:min(len(tenant), 256)], Reason: "empty or too long: pass the tenant whose taxes these are, of at most 1,024 bytes"}
	}
	return ampeco.NewStore(&flat{s.kept, []byte(tenant)}, s.kept.options.Store.Clock)
}

// flat is an [ampeco.Backend].
type flat struct {
	*backend
	tenant []byte
}

var _ ampeco.Backend = (*flat)(nil)

const (
	// A tax that has the token is that of an earlier attempt.
	insertFlat = `
WITH known AS (
	SELECT id FROM {schema}.flat_tax WHERE tenant = $1::bytea AND token = $2::bytea
), next AS (
	INSERT INTO {schema}.flat_tax_last AS l (tenant, id)
	SELECT $1::bytea, 1 WHERE NOT EXISTS (SELECT FROM known)
	ON CONFLICT (tenant) DO UPDATE SET id = l.id + 1
	RETURNING id
), made AS (
	INSERT INTO {schema}.flat_tax (tenant, id, revision, updated, token, document)
	SELECT $1::bytea, id, 1, $3::timestamptz, $2::bytea, $4::text FROM next
	RETURNING id
)
SELECT id FROM known UNION ALL SELECT id FROM made`

	selectFlat  = `SELECT id, revision, updated, document FROM {schema}.flat_tax WHERE tenant = $1 AND id = $2`
	replaceFlat = `UPDATE {schema}.flat_tax SET revision = revision + 1, updated = $4, token = $5, document = $6 WHERE tenant = $1 AND id = $2 AND revision = $3`
	writtenFlat = `SELECT EXISTS (SELECT FROM {schema}.flat_tax WHERE tenant = $1 AND token = $2)`
	deleteFlat  = `DELETE FROM {schema}.flat_tax WHERE tenant = $1 AND id = $2`

	// One statement, so that all of it is from one state. Without a tax there is one row.
	selectFlats = `
SELECT CASE WHEN $6::boolean THEN (SELECT count(*) FROM {schema}.flat_tax WHERE tenant = $1) ELSE 0 END,
	EXISTS (SELECT FROM {schema}.flat_tax WHERE tenant = $1 AND CASE WHEN $4::bigint > 0 THEN true WHEN $5::bigint > 0 THEN id >= $5::bigint ELSE id <= $3::bigint END),
	p.id, p.revision, p.updated, p.document
FROM (SELECT) AS one LEFT JOIN (
	(SELECT id, revision, updated, document FROM {schema}.flat_tax
	WHERE $5::bigint = 0 AND tenant = $1 AND id > $3::bigint ORDER BY id LIMIT $2::bigint OFFSET $4::bigint)
	UNION ALL
	(SELECT id, revision, updated, document FROM {schema}.flat_tax
	WHERE $5::bigint > 0 AND tenant = $1 AND id < $5::bigint ORDER BY id DESC LIMIT $2::bigint)
) AS p ON true
ORDER BY p.id`
)

// Insert implements [ampeco.Backend].
func (f *flat) Insert(ctx context.Context, r ampeco.Row) (id int64, err error) {
	token := newToken()
	err = f.write(ctx, func(ctx context.Context, again bool) error {
		insert := func() error {
			return f.pool.QueryRow(ctx, f.in(insertFlat), f.tenant, token, r.UpdatedAt, string(r.Document)).Scan(&id)
		}
		err := insert()
		if again && sqlState(err) == "23505" { // unique_violation: the earlier attempt was still under way
			err = insert()
		}
		return err
	})
	return id, err
}

// Load implements [ampeco.Backend].
func (f *flat) Load(ctx context.Context, id int64) (r ampeco.Row, found bool, err error) {
	err = f.read(ctx, f.pool, func(ctx context.Context) error {
		return f.pool.QueryRow(ctx, f.in(selectFlat), f.tenant, id).Scan(&r.ID, &r.Revision, &r.UpdatedAt, &r.Document)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return ampeco.Row{}, false, nil
	}
	r.UpdatedAt = r.UpdatedAt.UTC()
	return r, err == nil, err
}

// Replace implements [ampeco.Backend].
func (f *flat) Replace(ctx context.Context, r ampeco.Row) (done bool, err error) {
	token := newToken()
	err = f.write(ctx, func(ctx context.Context, again bool) error {
		result, err := f.pool.Exec(ctx, f.in(replaceFlat), f.tenant, r.ID, r.Revision, r.UpdatedAt, token, string(r.Document))
		if done = err == nil && result.RowsAffected() > 0; err != nil || done || !again {
			return err
		}
		return f.pool.QueryRow(ctx, f.in(writtenFlat), f.tenant, token).Scan(&done)
	})
	return done, err
}

// Remove implements [ampeco.Backend].
func (f *flat) Remove(ctx context.Context, id int64) (found bool, err error) {
	err = f.write(ctx, func(ctx context.Context, again bool) error {
		result, err := f.pool.Exec(ctx, f.in(deleteFlat), f.tenant, id)
		// If it is gone after an attempt whose answer was lost, that has removed it.
		found = err == nil && (result.RowsAffected() > 0 || again)
		return err
	})
	return found, err
}

// write calls a function that writes, and again if the answer was lost, which must then take
// effect no second time.
func (f *flat) write(ctx context.Context, do func(ctx context.Context, again bool) error) error {
	limited, cancel := f.limited(ctx)
	defer cancel()
	leave, err := f.enter(limited)
	if err != nil {
		return failure(ctx, limited, err)
	}
	defer leave()
	again, sent := false, false
	err = f.read(limited, f.pool, func(ctx context.Context) error {
		err := do(ctx, again)
		if err != nil && !unsent(err) {
			again = again || lost(err)
			sent = sent || lost(err) || sqlState(err) == ""
		}
		return err
	})
	if err = failure(ctx, limited, err); err != nil && sent {
		return &Error{Kind: store.ErrUnknownOutcome, Cause: err}
	}
	return err
}

// Rows implements [ampeco.Backend].
func (f *flat) Rows(ctx context.Context, r ampeco.Range) (rows ampeco.Rows, err error) {
	err = f.read(ctx, f.pool, func(ctx context.Context) (err error) {
		rows, err = f.part(ctx, r)
		return err
	})
	return rows, err
}

func (f *flat) part(ctx context.Context, r ampeco.Range) (rows ampeco.Rows, err error) {
	const most = 1 << 30 // one row more shows whether there are others
	limit := min(r.Limit, most)
	list, err := f.pool.Query(ctx, f.in(selectFlats), f.tenant, limit+1, r.After, r.Offset, r.Before, r.Total)
	if err != nil {
		return rows, err
	}
	defer list.Close()
	var others bool
	for list.Next() {
		var id, revision *int64
		var updated *time.Time
		var row ampeco.Row
		if err := list.Scan(&rows.Total, &others, &id, &revision, &updated, &row.Document); err != nil {
			return rows, err
		}
		if id != nil {
			row.ID, row.Revision, row.UpdatedAt = *id, *revision, updated.UTC()
			rows.Rows = append(rows.Rows, row)
		}
	}
	more := len(rows.Rows) > limit
	rows.Earlier, rows.Later = others, more
	if r.Before > 0 {
		rows.Earlier, rows.Later = more, others
		rows.Rows = slices.Delete(rows.Rows, 0, max(0, len(rows.Rows)-limit))
	}
	rows.Rows = rows.Rows[:min(len(rows.Rows), limit)]
	return rows, list.Err()
}
