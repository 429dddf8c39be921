package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/taxresolve/tax/store"
)

const (
	// The fences give the country another revision without any other change, so that a
	// statement that is still on its way, or hangs in the server, finds it moved.
	fenceNew = `
INSERT INTO {schema}.country (tenant, country, revision, retired, modified, changed, writer, tokens)
VALUES ($1, $2, 1, 0, $3, pg_current_xact_id(), 0, $4)
ON CONFLICT DO NOTHING`

	fenceOld = `
UPDATE {schema}.country
SET revision = revision + 1, changed = pg_current_xact_id(), writer = 0, tokens = substr($3::bytea || tokens, 1, 64)
WHERE tenant = $1 AND country = $2 AND revision = $4`

	selectTokens = `SELECT revision, tokens FROM {schema}.country WHERE tenant = $1 AND country = $2`
)

// grace is how long a write may take longer than its context, while it finds out whether it
// took effect.
const grace = 250 * time.Millisecond

// settle finds out whether commits of one transaction were stored, after the connection was
// lost or the time was over while they waited for the answer. The error of one is nil if it
// was; if it was not, settle makes sure that it is not stored later.
func (b *backend) settle(ctx, limited context.Context, commits []*store.Commit, token []byte, cause error) []error {
	patience := grace
	if limited.Err() == nil {
		patience = b.options.Timeout
		b.pool.Reset()
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	reason := failure(ctx, limited, cause)
	errs := make([]error, len(commits))
	for i, c := range commits {
		stored, err := b.stored(own, c, token)
		if err != nil && own.Err() == nil && lost(err) {
			b.pool.Reset()
			stored, err = b.stored(own, c, token) // asking again changes nothing
		}
		switch {
		case err != nil:
			errs[i] = &Error{Kind: store.ErrUnknownOutcome, Cause: errors.Join(reason, err)}
		case stored:
		case limited.Err() == nil:
			errs[i] = store.ErrMoved // by the fence: the write is planned again
		default:
			errs[i] = reason
		}
	}
	return errs
}

// errOverwritten means that so many writes came after one that its trace is lost.
var errOverwritten = errors.New("postgres: other writes followed")

// stored reports whether a commit was stored. If it was not, it never will be.
func (b *backend) stored(ctx context.Context, c *store.Commit, token []byte) (bool, error) {
	tenant, country := []byte(c.Key.Tenant), c.Key.Country
	statement, args := b.sql.fenceNew, []any{tenant, country, c.After.Modified, newToken()}
	if c.Before != nil {
		statement, args = b.sql.fence, []any{tenant, country, newToken(), c.Before.Revision}
	}
	// This waits for the statement of the commit if that has begun.
	done, err := b.pool.Exec(ctx, statement, args...)
	if err != nil {
		return false, err
	}
	if done.RowsAffected() > 0 {
		return false, nil
	}
	var revision int64
	var tokens []byte
	if err := b.pool.QueryRow(ctx, b.sql.tokens, tenant, country).Scan(&revision, &tokens); err != nil {
		return false, err
	}
	for known := range slices.Chunk(tokens, tokenSize) {
		if string(known) == string(token) {
			return true, nil
		}
	}
	if later := revision - c.After.Revision; later >= int64(len(tokens)/tokenSize) {
		return false, errOverwritten
	}
	return false, nil
}
