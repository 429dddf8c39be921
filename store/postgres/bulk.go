package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/taxresolve/tax/store"
)

// saveBulk is the statement of a write for many countries at once. n are the countries, by
// number, e the documents that end and d those that are written.
const saveBulk = `
WITH n AS MATERIALIZED (
	SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::timestamptz[], $8::timestamptz[])
	WITH ORDINALITY AS n(tenant, country, before, retired, modified, most, oldest, removed, i)
), e AS MATERIALIZED (
	SELECT n.tenant, n.country, n.most, n.oldest, e.*
	FROM unnest($10::bigint[], $11::text[], $12::timestamptz[], $13::bytea[], $14::boolean[]) AS e(i, region, until, ended_by, deleted)
	JOIN n ON n.i = e.i
), beyond AS MATERIALIZED (
	SELECT h.* FROM (
		SELECT e.i, e.most, e.oldest, h.tenant, h.country, h.region, h.revision, h.until,
			row_number() OVER (PARTITION BY e.i, h.region ORDER BY h.revision DESC) AS newer
		FROM e JOIN {schema}.history AS h ON h.tenant = e.tenant AND h.country = e.country AND h.region = e.region
	) AS h
	WHERE h.newer >= h.most OR h.until < h.oldest
), lost AS (
	SELECT i, max(until) AS until FROM beyond GROUP BY i
), updated AS (
	UPDATE {schema}.country AS k
	SET revision = k.revision + 1, retired = n.retired, modified = n.modified, changed = pg_current_xact_id(), writer = $24,
		tokens = substr($9::bytea || k.tokens, 1, 64),
		removed = greatest(k.removed, n.removed, lost.until)
	FROM n LEFT JOIN lost ON lost.i = n.i
	WHERE k.tenant = n.tenant AND k.country = n.country AND k.revision = n.before
	RETURNING n.i, k.revision
), created AS (
	INSERT INTO {schema}.country (tenant, country, revision, retired, modified, changed, writer, tokens)
	SELECT tenant, country, 1, retired, modified, pg_current_xact_id(), $24, $9 FROM n WHERE before = 0 ORDER BY i
	ON CONFLICT DO NOTHING
	RETURNING tenant, country
), moved AS MATERIALIZED (
	SELECT i, revision FROM updated
	UNION ALL
	SELECT n.i, 1 FROM created JOIN n ON n.tenant = created.tenant AND n.country = created.country
), pruned AS (
	DELETE FROM {schema}.history AS h USING moved AS m, beyond AS b
	WHERE b.i = m.i AND h.tenant = b.tenant AND h.country = b.country AND h.region = b.region AND h.revision = b.revision
), kept AS (
	INSERT INTO {schema}.history (tenant, country, region, revision, version, since, until, author, ended_by, deleted, base, document)
	SELECT c.tenant, c.country, c.region, m.revision, c.version, c.since, e.until, c.author, e.ended_by, e.deleted, c.base, c.document
	FROM moved AS m
	JOIN e ON e.i = m.i AND e.most > 0
	JOIN {schema}.configuration AS c ON c.tenant = e.tenant AND c.country = e.country AND c.region = e.region
), gone AS (
	DELETE FROM {schema}.configuration AS c
	USING moved AS m, n, unnest($15::bigint[], $16::text[]) AS g(i, region)
	WHERE g.i = m.i AND n.i = m.i AND c.tenant = n.tenant AND c.country = n.country AND c.region = g.region
), written AS (
	INSERT INTO {schema}.configuration AS c (tenant, country, region, version, since, author, base, document)
	SELECT n.tenant, n.country, d.region, d.version, d.since, d.author, d.base, d.document
	FROM unnest($17::bigint[], $18::text[], $19::bigint[], $20::timestamptz[], $21::bytea[], $22::text[], $23::text[]) AS d(i, region, version, since, author, base, document)
	JOIN moved AS m ON m.i = d.i
	JOIN n ON n.i = m.i
	ON CONFLICT (tenant, country, region) DO UPDATE
	SET version = excluded.version, since = excluded.since, author = excluded.author, base = excluded.base, document = excluded.document
)
SELECT i FROM moved`

// saveNew is that statement for countries that were never written: they have no history, and
// nothing of theirs ends. It takes the server half the time.
const saveNew = `
WITH n AS MATERIALIZED (
	SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::timestamptz[])
	WITH ORDINALITY AS n(tenant, country, retired, modified, i)
), created AS (
	INSERT INTO {schema}.country (tenant, country, revision, retired, modified, changed, writer, tokens)
	SELECT tenant, country, 1, retired, modified, pg_current_xact_id(), $6, $5 FROM n ORDER BY i
	ON CONFLICT DO NOTHING
	RETURNING tenant, country
), moved AS MATERIALIZED (
	SELECT n.* FROM created JOIN n ON n.tenant = created.tenant AND n.country = created.country
), written AS (
	INSERT INTO {schema}.configuration (tenant, country, region, version, since, author, base, document)
	SELECT m.tenant, m.country, d.region, d.version, d.since, d.author, d.base, d.document
	FROM unnest($7::bigint[], $8::text[], $9::bigint[], $10::timestamptz[], $11::bytea[], $12::text[], $13::text[]) AS d(i, region, version, since, author, base, document)
	JOIN moved AS m ON m.i = d.i
)
SELECT i FROM moved`

// bulk are the columns of many commits.
type bulk struct {
	tenants                    [][]byte
	countries                  []string
	before, retired, most      []int64
	modified                   []time.Time
	oldest, removed            []*time.Time
	endedOf, goneOf, writtenOf []int64 // by the number of the commit
	ended                      ended
	gone                       []string
	written                    written
}

// add adds a commit. It has the number of commits after that.
func (u *bulk) add(c *store.Commit) error {
	i := int64(len(u.tenants) + 1)
	for n := range c.Written {
		if err := u.written.add(c, n); err != nil {
			u.written = u.written.first(len(u.written.regions) - n)
			u.writtenOf = u.writtenOf[:len(u.written.regions)]
			return err
		}
		u.writtenOf = append(u.writtenOf, i)
	}
	var revision int64
	if c.Before != nil {
		revision = c.Before.Revision
	}
	most, oldest, removed := kept(c)
	u.tenants, u.countries = append(u.tenants, []byte(c.Key.Tenant)), append(u.countries, c.Key.Country)
	u.before, u.retired, u.most = append(u.before, revision), append(u.retired, c.After.Retired), append(u.most, most)
	u.modified, u.oldest, u.removed = append(u.modified, c.After.Modified), append(u.oldest, oldest), append(u.removed, removed)
	e := endedOf(c)
	u.ended.regions, u.ended.until = append(u.ended.regions, e.regions...), append(u.ended.until, e.until...)
	u.ended.by, u.ended.deleted = append(u.ended.by, e.by...), append(u.ended.deleted, e.deleted...)
	for range e.regions {
		u.endedOf = append(u.endedOf, i)
	}
	for _, region := range gone(c) {
		u.gone, u.goneOf = append(u.gone, region), append(u.goneOf, i)
	}
	return nil
}

// first returns the first n documents.
func (w written) first(n int) written {
	return written{w.regions[:n], w.versions[:n], w.since[:n], w.authors[:n], w.bases[:n], w.documents[:n]}
}

// arguments are those of saveBulk.
func (u *bulk) arguments(writer int64, token []byte) []any {
	w, e := &u.written, &u.ended
	return []any{u.tenants, u.countries, u.before, u.retired, u.modified, u.most, u.oldest, u.removed, token,
		u.endedOf, e.regions, e.until, e.by, e.deleted, u.goneOf, u.gone,
		u.writtenOf, w.regions, w.versions, w.since, w.authors, w.bases, w.documents, writer}
}

// argumentsNew are those of saveNew.
func (u *bulk) argumentsNew(writer int64, token []byte) []any {
	w := &u.written
	return []any{u.tenants, u.countries, u.retired, u.modified, token, writer,
		u.writtenOf, w.regions, w.versions, w.since, w.authors, w.bases, w.documents}
}

// saveSome stores the commits with some numbers in one transaction. All of them or none are
// for new countries.
func (b *backend) saveSome(ctx context.Context, commits []*store.Commit, numbers []int, errs []error) {
	var u bulk
	var added []int
	for _, n := range numbers {
		if errs[n] = u.add(commits[n]); errs[n] == nil {
			added = append(added, n)
		}
	}
	limited, cancel := b.limited(ctx)
	defer cancel()
	leave, err := b.enter(limited)
	if err != nil {
		for _, n := range added {
			errs[n] = failure(ctx, limited, err)
		}
		return
	}
	defer leave()
	token := newToken()
	statement, args := b.sql.bulk, u.arguments(b.id, token)
	if commits[numbers[0]].Before == nil {
		statement, args = b.sql.bulkNew, u.argumentsNew(b.id, token)
	}
	for attempt, reset := 0, false; ; attempt++ {
		stored, err := b.saveAll(limited, statement, args)
		switch {
		case err == nil:
			for i, n := range added {
				if !stored[int64(i+1)] {
					errs[n] = store.ErrMoved
				}
			}
			return
		case !reset && unsent(err) && limited.Err() == nil:
			b.pool.Reset()
			reset = true
		case statement == b.sql.bulkNew && sqlState(err) == "23505": // unique_violation
			// Another program has deleted a country and not its documents.
			statement, args = b.sql.bulk, u.arguments(b.id, token)
		case contended(err) && pause(limited, attempt):
		case unsent(err) || sqlState(err) != "" && !lost(err):
			for _, n := range added {
				errs[n] = failure(ctx, limited, err)
			}
			return
		default:
			unsettled := make([]*store.Commit, len(added))
			for i, n := range added {
				unsettled[i] = commits[n]
			}
			for i, err := range b.settle(ctx, limited, unsettled, token, err) {
				errs[added[i]] = err
			}
			return
		}
	}
}

// saveAll runs a statement and returns the numbers of the commits that it stored.
func (b *backend) saveAll(ctx context.Context, statement string, args []any) (map[int64]bool, error) {
	rows, err := b.pool.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	stored := make(map[int64]bool, len(numbers))
	for _, i := range numbers {
		stored[i] = true
	}
	return stored, err
}
