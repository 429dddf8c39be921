package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/taxresolve/tax/store"
)

// writer is the connection that writes, with its statements.
type writer struct {
	conn  *sql.Conn
	stmts []*sql.Stmt // all of those below
	id    int64       // of the opened store

	begin, commit, rollback          *sql.Stmt
	last, create, advance, put, drop *sql.Stmt
	keep, first, forget, forgotten   *sql.Stmt
}

const (
	selectLast = `SELECT coalesce(max(sequence), 0) FROM country`

	insertCountry = `
INSERT INTO country (tenant, code, revision, retired, modified, sequence, writer) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, code) DO NOTHING RETURNING id`

	updateCountry = `
UPDATE country SET revision = ?, retired = ?, modified = ?, sequence = ?, writer = ?
WHERE tenant = ? AND code = ? AND revision = ? RETURNING id`

	putConfiguration = `
INSERT INTO configuration (country, region, version, modified, since, author, base, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (country, region) DO UPDATE SET version = excluded.version, modified = excluded.modified,
	since = excluded.since, author = excluded.author, base = excluded.base, document = excluded.document`

	deleteConfiguration = `DELETE FROM configuration WHERE country = ? AND region = ?`

	insertHistory = `
INSERT INTO history (country, region, ordinal, version, since, until, author, ended_by, deleted, base, document)
SELECT country, region, (SELECT coalesce(max(ordinal), 0) + 1 FROM history WHERE country = ?1 AND region = ?2),
	version, since, ?3, author, ?4, ?5, base, document FROM configuration WHERE country = ?1 AND region = ?2
RETURNING ordinal`

	selectFirst = `SELECT id, ordinal, until FROM history WHERE country = ? AND region = ? ORDER BY ordinal LIMIT 1`

	deleteHistory = `DELETE FROM history WHERE id = ?`

	updateRemoved = `UPDATE country SET removed = max(coalesce(removed, ?1), ?1) WHERE id = ?2`
)

// connect opens the connection that writes, if there is none.
func (b *backend) connect(ctx context.Context) (*writer, error) {
	if b.writer != nil {
		return b.writer, nil
	}
	conn, err := b.single.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, id: b.id}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.begin, "BEGIN IMMEDIATE"}, {&w.commit, "COMMIT"}, {&w.rollback, "ROLLBACK"},
		{&w.last, selectLast}, {&w.create, insertCountry}, {&w.advance, updateCountry},
		{&w.put, putConfiguration}, {&w.drop, deleteConfiguration},
		{&w.keep, insertHistory}, {&w.first, selectFirst}, {&w.forget, deleteHistory}, {&w.forgotten, updateRemoved},
	} {
		if *s.stmt, err = conn.PrepareContext(ctx, s.text); err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.stmts = append(w.stmts, *s.stmt)
	}
	b.writer = w
	return w, nil
}

// close closes the connection. Its statements do not end with it, and hold the file.
func (w *writer) close() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// disconnect closes the connection that writes, if there is one. Whoever calls it has the
// turn.
func (b *backend) disconnect() error {
	if b.writer == nil {
		return nil
	}
	w := b.writer
	b.writer = nil
	return w.close()
}

// transact calls a function in a transaction that begins with the lock on the file, and
// commits what it did.
func (b *backend) transact(ctx context.Context, do func(context.Context, *writer) error) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w, err := b.connect(ctx)
	if err != nil {
		return failure(ctx, b.path, err)
	}
	// Statements are short, and watching the context would double their time. They end
	// with the transaction in any case, so the context is looked at between them.
	inside := context.WithoutCancel(ctx)
	committing := false
	if _, err = w.begin.ExecContext(ctx); err == nil {
		if err = do(inside, w); err == nil {
			err = ctx.Err()
		}
		if err == nil {
			committing = true
			if _, err = w.commit.ExecContext(inside); err == nil {
				return nil
			}
		}
	}
	// Also if the beginning failed, because it may have taken effect when ctx ended. What
	// has ended is not rolled back again, which is an error of no interest; after any
	// other, a new connection knows nothing of the transaction.
	if _, left := w.rollback.ExecContext(inside); left != nil {
		b.disconnect()
	}
	if kind := kindOf(err); committing && kind != ErrFull && kind != ErrBusy && kind != ErrReadOnly {
		return &Error{Kind: kind, Path: b.path, Cause: errors.Join(err, store.ErrUnknownOutcome)}
	}
	return failure(ctx, b.path, err)
}
