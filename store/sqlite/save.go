package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/taxresolve/tax/store"
)

// Save stores commits in one transaction.
func (b *backend) Save(ctx context.Context, commits []*store.Commit) []error {
	errs := make([]error, len(commits))
	written := make([][]row, len(commits))
	for i, c := range commits {
		written[i], errs[i] = rows(c)
	}
	err := b.transact(ctx, func(inside context.Context, w *writer) error {
		var sequence int64
		if err := w.last.QueryRowContext(inside).Scan(&sequence); err != nil {
			return err
		}
		for i, c := range commits {
			if errs[i] != nil {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			err := w.save(inside, c, sequence+1, written[i])
			if errors.Is(err, store.ErrMoved) {
				errs[i] = err // nothing of it is stored yet
				continue
			}
			if err != nil {
				return err // and nothing of the others
			}
			sequence++
		}
		return nil
	})
	for i := range errs {
		if err != nil && (errs[i] == nil || errors.Is(errs[i], store.ErrMoved)) {
			errs[i] = err
		}
	}
	return errs
}

// rows returns what is stored of the documents that a commit writes.
func rows(c *store.Commit) ([]row, error) {
	list := make([]row, len(c.Written))
	for i, v := range c.Written {
		list[i] = row{Version: v, document: string(c.Documents[i])}
		if v.Base != nil {
			base, err := v.Base.MarshalJSON()
			if err != nil {
				return nil, err
			}
			list[i].base = string(base)
		}
	}
	return list, nil
}

// save stores a commit. Its error is [store.ErrMoved] before anything is stored.
func (w *writer) save(ctx context.Context, c *store.Commit, sequence int64, written []row) error {
	id, err := w.country(ctx, c, sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrMoved
	}
	if err != nil {
		return err
	}
	for _, v := range c.Ended { // before something else is in their place
		if err := w.end(ctx, c, id, v); err != nil {
			return err
		}
	}
	stays := make(map[string]bool, len(written))
	for i := range written {
		r := &written[i]
		region := r.Configuration.Location.Region
		stays[region] = true
		if _, err := w.put.ExecContext(ctx, id, region, r.Configuration.Metadata.Version, r.modified(), r.From.UnixMilli(), r.Author, r.base, r.document); err != nil {
			return err
		}
	}
	gone := slices.Clone(c.Repaired)
	for _, v := range c.Ended {
		gone = append(gone, v.Configuration.Location)
	}
	for _, l := range gone {
		if !stays[l.Region] {
			if _, err := w.drop.ExecContext(ctx, id, l.Region); err != nil {
				return err
			}
		}
	}
	return nil
}

// country writes the row of the country, if it is as the commit expects it, and returns its
// id. Its error is [sql.ErrNoRows] if it is not.
func (w *writer) country(ctx context.Context, c *store.Commit, sequence int64) (id int64, err error) {
	tenant, after := []byte(c.Key.Tenant), c.After
	modified := after.Modified.UnixMilli()
	var stored *sql.Row
	if c.Before == nil {
		stored = w.create.QueryRowContext(ctx, tenant, c.Key.Country, after.Revision, after.Retired, modified, sequence, w.id)
	} else {
		stored = w.advance.QueryRowContext(ctx, after.Revision, after.Retired, modified, sequence, w.id, tenant, c.Key.Country, c.Before.Revision)
	}
	err = stored.Scan(&id)
	return id, err
}

// end adds the version of a region to the history, as it is stored, and removes what is
// beyond the retention.
func (w *writer) end(ctx context.Context, c *store.Commit, id int64, v *store.Version) error {
	region, until, now := v.Configuration.Location.Region, v.Until.UnixMilli(), c.After.Modified
	if !c.Retention.Keeps(v, 0, now) {
		_, err := w.forgotten.ExecContext(ctx, until, id)
		return err
	}
	var newest int64
	if err := w.keep.QueryRowContext(ctx, id, region, until, v.EndedBy, v.Deleted).Scan(&newest); err != nil {
		return err
	}
	for {
		var first, ordinal int64
		if err := w.first.QueryRowContext(ctx, id, region).Scan(&first, &ordinal, &until); err != nil {
			return err
		}
		if c.Retention.Keeps(&store.Version{Until: instant(until)}, int(newest-ordinal), now) {
			return nil
		}
		if _, err := w.forget.ExecContext(ctx, first); err != nil {
			return err
		}
		if _, err := w.forgotten.ExecContext(ctx, until, id); err != nil {
			return err
		}
	}
}
