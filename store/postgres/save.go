package postgres

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// A write is one statement. It begins with the row of the country, whose revision it
// compares, and everything else joins that row: if the revision is another one, nothing
// happens. All parts see the state before, so the documents that end are read from their
// own table.
const (
	insertCountry = `
WITH moved AS (
	INSERT INTO {schema}.country (tenant, country, revision, retired, modified, changed, writer, tokens)
	SELECT $1, $2, 1, $3, $4, pg_current_xact_id(), $12, $5
	ON CONFLICT DO NOTHING
	RETURNING tenant, country
)`

	updateCountry = `
WITH beyond AS (
	SELECT region, revision, until FROM (
		SELECT region, revision, until, row_number() OVER (PARTITION BY region ORDER BY revision DESC) AS newer
		FROM {schema}.history
		WHERE tenant = $1 AND country = $2 AND region = ANY ($14::text[])
	) AS ended
	WHERE newer >= $19::bigint OR until < $20::timestamptz
), moved AS (
	UPDATE {schema}.country
	SET revision = revision + 1, retired = $3, modified = $4, changed = pg_current_xact_id(), writer = $12,
		tokens = substr($5::bytea || tokens, 1, 64),
		removed = greatest(removed, $21::timestamptz, (SELECT max(until) FROM beyond))
	WHERE tenant = $1 AND country = $2 AND revision = $13
	RETURNING tenant, country, revision
), pruned AS (
	DELETE FROM {schema}.history AS h USING moved AS m, beyond AS b
	WHERE h.tenant = m.tenant AND h.country = m.country AND h.region = b.region AND h.revision = b.revision
), kept AS (
	INSERT INTO {schema}.history (tenant, country, region, revision, version, since, until, author, ended_by, deleted, base, document)
	SELECT c.tenant, c.country, c.region, m.revision, c.version, c.since, e.until, c.author, e.ended_by, e.deleted, c.base, c.document
	FROM moved AS m
	JOIN {schema}.configuration AS c ON c.tenant = m.tenant AND c.country = m.country
	JOIN unnest($14::text[], $15::timestamptz[], $16::bytea[], $17::boolean[]) AS e(region, until, ended_by, deleted) ON e.region = c.region
	WHERE $19::bigint > 0
), gone AS (
	DELETE FROM {schema}.configuration AS c USING moved AS m
	WHERE c.tenant = m.tenant AND c.country = m.country AND c.region = ANY ($18::text[])
)`

	writeDocuments = `, written AS (
	INSERT INTO {schema}.configuration AS c (tenant, country, region, version, since, author, base, document)
	SELECT m.tenant, m.country, d.region, d.version, d.since, d.author, d.base, d.document
	FROM moved AS m,
		unnest($6::text[], $7::bigint[], $8::timestamptz[], $9::bytea[], $10::text[], $11::text[]) AS d(region, version, since, author, base, document)
	ON CONFLICT (tenant, country, region) DO UPDATE
	SET version = excluded.version, since = excluded.since, author = excluded.author, base = excluded.base, document = excluded.document
)
SELECT count(*) FROM moved`
)

// Save stores commits.
func (b *backend) Save(ctx context.Context, commits []*store.Commit) []error {
	errs := make([]error, len(commits))
	if len(commits) == 1 {
		errs[0] = b.saveOne(ctx, commits[0])
	} else {
		b.saveMany(ctx, commits, errs)
	}
	stored := false
	for i, c := range commits {
		if errs[i] == nil {
			stored = true
			b.copies.know(c.Key, c.After.Revision)
		}
		if errors.Is(errs[i], store.ErrUnknownOutcome) {
			b.late.note(c.Key, c.After.Revision-1)
		}
	}
	if stored {
		b.notices.send()
	}
	return errs
}

// saveOne stores one commit.
func (b *backend) saveOne(ctx context.Context, c *store.Commit) error {
	limited, cancel := b.limited(ctx)
	defer cancel()
	token := newToken()
	args, err := b.arguments(c, token)
	if err != nil {
		return err
	}
	leave, err := b.enter(limited)
	if err != nil {
		return failure(ctx, limited, err)
	}
	defer leave()
	statement := b.sql.create
	if c.Before != nil {
		statement = b.sql.update
	}
	for attempt, reset := 0, false; ; attempt++ {
		var moved int64
		err := b.pool.QueryRow(limited, statement, args...).Scan(&moved)
		switch {
		case err == nil && moved == 0:
			return store.ErrMoved
		case err == nil:
			return nil
		case !reset && unsent(err) && limited.Err() == nil:
			b.pool.Reset()
			reset = true
		case contended(err) && pause(limited, attempt):
		case unsent(err) || sqlState(err) != "" && !lost(err):
			return failure(ctx, limited, err)
		default:
			return b.settle(ctx, limited, []*store.Commit{c}, token, err)[0]
		}
	}
}

// arguments are those of the statement that stores a commit.
func (b *backend) arguments(c *store.Commit, token []byte) ([]any, error) {
	w, err := writtenOf(c)
	if err != nil {
		return nil, err
	}
	args := []any{[]byte(c.Key.Tenant), c.Key.Country, c.After.Retired, c.After.Modified, token,
		w.regions, w.versions, w.since, w.authors, w.bases, w.documents, b.id}
	if c.Before == nil {
		return args, nil
	}
	e := endedOf(c)
	most, since, removed := kept(c)
	return append(args, c.Before.Revision, e.regions, e.until, e.by, e.deleted, gone(c), most, since, removed), nil
}

// written are the columns of documents that are written.
type written struct {
	regions   []string
	versions  []int64
	since     []time.Time
	authors   [][]byte
	bases     []*string
	documents []string
}

func writtenOf(c *store.Commit) (w written, err error) {
	for n := range c.Written {
		if err := w.add(c, n); err != nil {
			return w, err
		}
	}
	return w, nil
}

// add adds a document of a commit.
func (w *written) add(c *store.Commit, n int) error {
	v := c.Written[n]
	document, base, err := encode(c, n)
	if err != nil {
		return err
	}
	w.regions = append(w.regions, v.Configuration.Location.Region)
	w.versions = append(w.versions, v.Configuration.Metadata.Version)
	w.since = append(w.since, v.From)
	w.authors = append(w.authors, []byte(v.Author))
	w.bases = append(w.bases, base)
	w.documents = append(w.documents, document)
	return nil
}

// ended are the columns of documents that are in force no more.
type ended struct {
	regions []string
	until   []time.Time
	by      [][]byte
	deleted []bool
}

func endedOf(c *store.Commit) (e ended) {
	for _, v := range c.Ended {
		e.regions = append(e.regions, v.Configuration.Location.Region)
		e.until = append(e.until, v.Until)
		e.by = append(e.by, []byte(v.EndedBy))
		e.deleted = append(e.deleted, v.Deleted)
	}
	return e
}

// gone are the regions that have no document any more.
func gone(c *store.Commit) (regions []string) {
	for _, v := range c.Ended {
		if v.Deleted {
			regions = append(regions, v.Configuration.Location.Region)
		}
	}
	for _, l := range c.Repaired {
		if !slices.ContainsFunc(c.Written, func(v *store.Version) bool { return v.Configuration.Location == l }) {
			regions = append(regions, l.Region)
		}
	}
	return regions
}

// kept says which history stays: so many versions of a location, that ended no earlier
// than an instant. removed is when the last one ended that is not kept at all. Nil stands
// for none.
func kept(c *store.Commit) (most int64, since, removed *time.Time) {
	most = int64(c.Retention.Most())
	if c.Retention.Age > 0 {
		oldest := c.After.Modified.Add(-c.Retention.Age)
		since = &oldest
	}
	if most == 0 {
		for _, v := range c.Ended {
			if removed == nil || v.Until.After(*removed) {
				removed = &v.Until
			}
		}
	}
	return most, since, removed
}

// saveMany stores commits for different countries, many with one statement.
func (b *backend) saveMany(ctx context.Context, commits []*store.Commit, errs []error) {
	var before, created []int // numbers of commits
	for i, c := range commits {
		if c.Before == nil {
			created = append(created, i)
		} else {
			before = append(before, i)
		}
	}
	// Two transactions at a time: one is encoded while the server works on the other.
	var wg sync.WaitGroup
	turns := make(chan struct{}, 2)
	for _, numbers := range [][]int{before, created} {
		// All writers lock countries in the same order, so that they do not wait for each other.
		slices.SortFunc(numbers, func(i, j int) int { return compareKeys(commits[i].Key, commits[j].Key) })
		for some := range slices.Chunk(numbers, savedAtOnce) {
			turns <- struct{}{}
			wg.Go(func() {
				defer func() { <-turns }()
				b.saveSome(ctx, commits, some, errs)
			})
		}
	}
	wg.Wait()
}

// savedAtOnce is how many countries one statement writes.
const savedAtOnce = 256

func compareKeys(a, b tax.Key) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Country, b.Country))
}

// newToken returns what tells a write from all others.
func newToken() []byte {
	n := rand.Uint64()
	token := make([]byte, 0, tokenSize)
	for range tokenSize {
		token = append(token, byte(n))
		n >>= 8
	}
	return token
}

const tokenSize = 8

// jitter draws a time between half and all of it.
func jitter(most time.Duration) time.Duration { return most/2 + rand.N(most/2+1) }
