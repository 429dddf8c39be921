package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/taxresolve/tax"
)

const (
	// dataVersion is a number that changes when another connection has committed. It costs
	// a look at memory that all processes share.
	dataVersion = `PRAGMA data_version`

	selectChanges = `SELECT tenant, code, sequence, writer FROM country WHERE sequence > ? ORDER BY sequence LIMIT 1000`
)

// Watch calls changed for every country that another process has written, or another store
// of this process that has the file open. Writes of this store are left out: those who
// listen to it were told before they returned.
func (b *backend) Watch(ctx context.Context, changed func(tax.Key)) error {
	conn, err := b.single.Conn(ctx)
	if err != nil {
		return failure(ctx, b.path, err)
	}
	defer conn.Close()
	w := &watch{backend: b, conn: conn}
	if _, err := w.moved(ctx); err != nil {
		return failure(ctx, b.path, err)
	}
	if w.seen, err = w.last(ctx); err != nil {
		return failure(ctx, b.path, err)
	}
	changed(tax.Key{}) // whatever was written before seen
	pause := time.NewTicker(b.options.Poll)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
		if err := w.look(ctx, changed); err != nil {
			return failure(ctx, b.path, err)
		}
	}
}

// watch is what one call of Watch has seen.
type watch struct {
	*backend
	conn    *sql.Conn
	version int64 // of the data, which means something on this connection only
	seen    int64 // the last sequence
}

// moved reports whether another connection has committed since the last call.
func (w *watch) moved(ctx context.Context) (bool, error) {
	before := w.version
	err := w.conn.QueryRowContext(ctx, dataVersion).Scan(&w.version)
	return w.version != before, err
}

// last returns the sequence of the last write.
func (w *watch) last(ctx context.Context) (sequence int64, err error) {
	err = w.conn.QueryRowContext(ctx, selectLast).Scan(&sequence)
	return sequence, err
}

// look reports what was written since the last look.
func (w *watch) look(ctx context.Context, changed func(tax.Key)) error {
	if moved, err := w.moved(ctx); err != nil || !moved {
		return err
	}
	last, err := w.last(ctx)
	if err != nil {
		return err
	}
	if last < w.seen { // somebody has put an older state in place
		w.seen = last
		changed(tax.Key{})
		return nil
	}
	for before := w.seen - 1; before < w.seen && w.seen < last; {
		before = w.seen
		keys, err := w.changes(ctx)
		if err != nil {
			return err
		}
		for _, key := range keys { // after the read has ended, because it keeps a state alive
			changed(key)
		}
	}
	return nil
}

// changes returns the next countries that others have written.
func (w *watch) changes(ctx context.Context) (keys []tax.Key, err error) {
	rows, err := w.conn.QueryContext(ctx, selectChanges, w.seen)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var tenant sql.RawBytes
		var country string
		var writer int64
		if err := rows.Scan(&tenant, &country, &w.seen, &writer); err != nil {
			return nil, err
		}
		if writer != w.id {
			keys = append(keys, tax.Key{Tenant: string(tenant), Country: country})
		}
	}
	return keys, rows.Err()
}
