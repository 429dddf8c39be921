package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

// Taxes are the flat taxes of a tenant, an [ampeco.Store] in a database that may have
// configurations as well. It is safe for concurrent use, and the file may be used by several
// processes.
type Taxes struct {
	ampeco.Store
	close func() error
}

// Close closes the connections of these taxes. It may be called twice.
func (t *Taxes) Close() error { return t.close() }

// OpenTaxes opens the database at a path, as [Open] does, for the flat taxes of a tenant.
// Of Options.Store, only the clock counts. An empty tenant is a [tax.InputError]; its other
// errors are those of Open.
func OpenTaxes(path, tenant string, o *Options) (*Taxes, error) {
	var given Options
	if o != nil {
		given = *o
	}
	if err := given.complete(path); err != nil {
		return nil, err
	}
	if tenant == "" {
		return nil, &tax.InputError{Field: "tenant", Reason: "missing: pass the tenant whose taxes these are"}
	}
	b := newBackend(path, given)
	if err := b.open(oldest, migrations()); err != nil {
		return nil, failure(context.Background(), path, errors.Join(err, b.Close()))
	}
	s, err := ampeco.NewStore(&flat{b, []byte(tenant)}, given.Store.Clock)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return &Taxes{s, b.Close}, nil
}

// flat is an [ampeco.Backend].
type flat struct {
	*backend
	tenant []byte
}

var _ ampeco.Backend = (*flat)(nil)

const (
	nextFlat = `
INSERT INTO flat_tax_last (tenant, id) VALUES (?, 1)
ON CONFLICT (tenant) DO UPDATE SET id = id + 1 RETURNING id`

	insertFlat  = `INSERT INTO flat_tax (tenant, id, revision, updated, document) VALUES (?, ?, 1, ?, ?)`
	selectFlat  = `SELECT id, revision, updated, document FROM flat_tax WHERE tenant = ?`
	replaceFlat = `UPDATE flat_tax SET revision = revision + 1, updated = ?, document = ? WHERE tenant = ? AND id = ? AND revision = ?`
	deleteFlat  = `DELETE FROM flat_tax WHERE tenant = ? AND id = ?`
)

// Insert implements [ampeco.Backend].
func (f *flat) Insert(ctx context.Context, r ampeco.Row) (id int64, err error) {
	err = f.transact(ctx, func(inside context.Context, w *writer) error {
		if err := w.conn.QueryRowContext(inside, nextFlat, f.tenant).Scan(&id); err != nil {
			return err
		}
		_, err := w.conn.ExecContext(inside, insertFlat, f.tenant, id, r.UpdatedAt.Unix(), string(r.Document))
		return err
	})
	return id, err
}

// Load implements [ampeco.Backend].
func (f *flat) Load(ctx context.Context, id int64) (r ampeco.Row, found bool, err error) {
	r, err = scan(f.reads.QueryRowContext(ctx, selectFlat+" AND id = ?", f.tenant, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, failure(ctx, f.path, err)
}

// scan reads the columns of selectFlat.
func scan(columns func(...any) error) (r ampeco.Row, err error) {
	var updated int64
	err = columns(&r.ID, &r.Revision, &updated, &r.Document)
	r.UpdatedAt = time.Unix(updated, 0).UTC()
	return r, err
}

// Replace implements [ampeco.Backend].
func (f *flat) Replace(ctx context.Context, r ampeco.Row) (bool, error) {
	return f.change(ctx, replaceFlat, r.UpdatedAt.Unix(), string(r.Document), f.tenant, r.ID, r.Revision)
}

// Remove implements [ampeco.Backend].
func (f *flat) Remove(ctx context.Context, id int64) (bool, error) {
	return f.change(ctx, deleteFlat, f.tenant, id)
}

// change reports whether a statement changed a row.
func (f *flat) change(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = f.transact(ctx, func(inside context.Context, w *writer) error {
		result, err := w.conn.ExecContext(inside, statement, args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		changed = n > 0
		return err
	})
	return changed, err
}

// Rows implements [ampeco.Backend].
func (f *flat) Rows(ctx context.Context, r ampeco.Range) (ampeco.Rows, error) {
	var rows ampeco.Rows
	tx, err := f.reads.BeginTx(ctx, nil)
	if err == nil {
		defer tx.Rollback() // nothing was written
		rows, err = f.part(ctx, tx, r)
	}
	return rows, failure(ctx, f.path, err)
}

func (f *flat) part(ctx context.Context, tx *sql.Tx, r ampeco.Range) (rows ampeco.Rows, err error) {
	const most = 1 << 30 // one row more shows whether there are others
	limit := min(r.Limit, most)
	where, from, beside := " AND id > ? ORDER BY id LIMIT ? OFFSET ?", r.After, "id <= ?"
	if r.Before > 0 {
		where, from, beside = " AND id < ? ORDER BY id DESC LIMIT ? OFFSET ?", r.Before, "id >= ?"
	}
	list, err := tx.QueryContext(ctx, selectFlat+where, f.tenant, from, limit+1, r.Offset)
	if err != nil {
		return rows, err
	}
	defer list.Close()
	for list.Next() {
		row, err := scan(list.Scan)
		if err != nil {
			return rows, err
		}
		rows.Rows = append(rows.Rows, row)
	}
	if err := list.Err(); err != nil {
		return rows, err
	}
	more := len(rows.Rows) > limit
	rows.Rows = rows.Rows[:min(len(rows.Rows), limit)]
	var others bool
	if r.Offset > 0 {
		beside, from = "id > ?", 0
	}
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM flat_tax WHERE tenant = ? AND "+beside+")", f.tenant, from).Scan(&others); err != nil {
		return rows, err
	}
	rows.Earlier, rows.Later = others, more
	if r.Before > 0 {
		slices.Reverse(rows.Rows)
		rows.Earlier, rows.Later = more, others
	}
	if r.Total {
		err = tx.QueryRowContext(ctx, "SELECT count(*) FROM flat_tax WHERE tenant = ?", f.tenant).Scan(&rows.Total)
	}
	return rows, err
}
