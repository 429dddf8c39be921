package postgres

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// backend is a [store.Backend] in a database.
type backend struct {
	pool    *pgxpool.Pool
	owned   bool // Close closes the pool
	options Options
	id      int64 // of this opened store, in the column writer
	sql     statements
	writing chan struct{} // holds a value for each connection with a write

	changes changes
	notices notices
	copies  copies // what the replica has to know
	late    late

	closing sync.Once
	closed  chan struct{}
}

func newBackend(pool *pgxpool.Pool, o Options) *backend {
	b := &backend{pool: pool, options: o, id: rand.Int64(), closed: make(chan struct{})}
	b.writing = make(chan struct{}, b.writers())
	b.sql = statements{
		load: b.in(selectCountry), loadAll: b.in(selectCountries), ended: b.in(selectEnded), documents: b.in(selectDocuments),
		bulk: b.in(saveBulk), bulkNew: b.in(saveNew), create: b.in(insertCountry + writeDocuments), update: b.in(updateCountry + writeDocuments),
		fenceNew: b.in(fenceNew), fence: b.in(fenceOld), tokens: b.in(selectTokens), look: b.in(selectChanges),
	}
	b.changes.backend, b.notices.backend, b.copies.backend = b, b, b
	return b
}

// writers is how many connections may have writes, which wait for locks of other processes:
// all but one, and one that listens, so that nobody who reads waits as well.
func (b *backend) writers() int32 {
	rest := b.pool.Config().MaxConns - 1
	if !b.options.NoNotifications {
		rest--
	}
	return max(1, rest)
}

// enter waits until a write may have a connection. Before that, nothing is sent.
func (b *backend) enter(ctx context.Context) (leave func(), err error) {
	select {
	case b.writing <- struct{}{}:
		return func() { <-b.writing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// statements are the statements with the name of the schema.
type statements struct {
	load, loadAll, ended, documents string
	bulk, bulkNew, create, update   string
	fenceNew, fence, tokens, look   string
}

// Close ends the watching and waits for notices under way. It closes the pool if the store
// was opened by [Connect].
func (b *backend) Close() error {
	b.closing.Do(func() {
		close(b.closed)
		b.notices.wait()
		b.changes.wait()
		if b.owned {
			b.pool.Close()
		}
	})
	return nil
}

// limited returns a context with the deadline of every call.
func (b *backend) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, b.options.Timeout)
}

// read calls a function that reads, and once more if a connection was lost: the server may
// have ended all connections that waited in the pool.
func (b *backend) read(ctx context.Context, pool *pgxpool.Pool, do func(context.Context) error) error {
	limited, cancel := b.limited(ctx)
	defer cancel()
	err := do(limited)
	if err != nil && limited.Err() == nil && lost(err) {
		pool.Reset()
		err = do(limited)
	}
	for attempt := 0; err != nil && contended(err) && pause(limited, attempt); attempt++ {
		err = do(limited)
	}
	return failure(ctx, limited, err)
}

const (
	selectCountry = `
SELECT k.revision, k.retired, k.modified, c.region, c.version, c.since, c.author, c.base, c.document
FROM {schema}.country k LEFT JOIN {schema}.configuration c ON c.tenant = k.tenant AND c.country = k.country
WHERE k.tenant = $1 AND k.country = $2
ORDER BY c.region`

	selectCountries = `
SELECT n.i, k.revision, k.retired, k.modified, c.region, c.version, c.since, c.author, c.base, c.document
FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY n(tenant, country, i)
JOIN {schema}.country k ON k.tenant = n.tenant AND k.country = n.country
LEFT JOIN {schema}.configuration c ON c.tenant = k.tenant AND c.country = k.country
ORDER BY n.i, c.region`
)

// Load returns the state of a country with one query.
func (b *backend) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	if !storable(key.Country) {
		return nil, nil
	}
	var country *store.Country
	err := b.read(ctx, b.pool, func(ctx context.Context) (err error) {
		country, err = loadFrom(ctx, b.pool, b.sql.load, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	return country, nil
}

func loadFrom(ctx context.Context, pool *pgxpool.Pool, statement string, key tax.Key) (*store.Country, error) {
	rows, err := pool.Query(ctx, statement, []byte(key.Tenant), key.Country)
	if err != nil {
		return nil, err
	}
	return stateOf(rows, key)
}

// stateOf reads the state of a country from the rows of selectCountry.
func stateOf(rows pgx.Rows, key tax.Key) (*store.Country, error) {
	defer rows.Close()
	var country *store.Country
	var documents []*store.Version
	for rows.Next() {
		var state store.Country
		var r row
		if err := r.scan(rows, &state.Revision, &state.Retired, &state.Modified); err != nil {
			return nil, err
		}
		if country == nil {
			state.Modified = state.Modified.UTC()
			country = &state
		}
		documents = r.addTo(country, documents, key.Country)
	}
	if country != nil {
		country.Documents = store.NewDocuments(documents)
	}
	return country, rows.Err()
}

// addTo adds the document of a row to those of its country, if it can be read.
func (r *row) addTo(country *store.Country, documents []*store.Version, code string) []*store.Version {
	if r.region == nil {
		return documents
	}
	v, damage := r.read(code)
	if damage != nil {
		country.Damaged = append(country.Damaged, *damage)
		return documents
	}
	return append(documents, v)
}

// LoadAll returns the states of countries, by the order of their keys.
func (b *backend) LoadAll(ctx context.Context, keys []tax.Key) ([]*store.Country, error) {
	all := make([]*store.Country, 0, len(keys))
	for some := range slices.Chunk(keys, loadedAtOnce) {
		var part []*store.Country
		err := b.read(ctx, b.pool, func(ctx context.Context) (err error) {
			part, err = b.loadSome(ctx, some)
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// loadedAtOnce is how many countries one statement reads.
const loadedAtOnce = 4096

func (b *backend) loadSome(ctx context.Context, keys []tax.Key) ([]*store.Country, error) {
	tenants, codes := make([][]byte, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		tenants[i] = []byte(key.Tenant)
		if storable(key.Country) {
			codes[i] = key.Country
		}
	}
	rows, err := b.pool.Query(ctx, b.sql.loadAll, tenants, codes)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	some, documents := make([]*store.Country, len(keys)), make([][]*store.Version, len(keys))
	for rows.Next() {
		var i int
		var state store.Country
		var r row
		if err := r.scan(rows, &i, &state.Revision, &state.Retired, &state.Modified); err != nil {
			return nil, err
		}
		if i--; some[i] == nil {
			state.Modified = state.Modified.UTC()
			some[i] = &state
		}
		documents[i] = r.addTo(some[i], documents[i], keys[i].Country)
	}
	for i, c := range some {
		if c != nil {
			c.Documents = store.NewDocuments(documents[i])
		}
	}
	return some, rows.Err()
}

// pause waits before another attempt, each time longer and never as long as others wait.
// It returns false after so many attempts that another one is of no use.
func pause(ctx context.Context, attempt int) bool {
	const attempts = 10
	if attempt >= attempts {
		return false
	}
	wait := time.NewTimer(jitter(time.Millisecond << attempt))
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-ctx.Done():
		return false
	}
}
