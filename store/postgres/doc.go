// Package postgres keeps tax configurations in a PostgreSQL database: the source of truth of
// many processes.
//
//	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
//	s, err := postgres.Open(ctx, pool, nil)
//	defer s.Close()
//	r, err := tax.NewResolver(s, nil)
//	go r.Watch(ctx)
//
// The store is a [store.Versioned] store: it validates, keeps versions and history, lists,
// and tells resolvers of writes. This package adds what follows from the database. TLS,
// passwords and timeouts of connections are configured as pgx has it, in the connection
// string or [pgxpool.Config].
//
// # Writes
//
// A write takes effect as a whole or not at all, and only on the state that it was checked
// on; if another process came first, it is checked again. If the connection is lost while
// the write waits for the answer, the store finds out whether it took effect and repeats it
// if not. If its context ends in the meantime, it takes up to a quarter of a second longer
// to find out. Only when that is not possible is the error [store.ErrUnknownOutcome].
//
// # Reads
//
// A country is loaded with one query. A read whose connection was lost is repeated once.
// Every call has a deadline, that of its context or Options.Timeout. Failures are an
// [Error] inside one that unwraps to [tax.ErrUnavailable].
//
// # Changes by other processes
//
// Watch reports every write of another process once, usually within milliseconds by
// LISTEN and NOTIFY, and always within Options.Poll, even if notifications are lost. What
// counts is the number of the transaction that wrote a country last, which the store
// compares with a snapshot, so that none is missed in whatever order transactions commit.
// After the connection was lost, and if the database is another one or an older state of it
// was restored, everything is reported. Watching takes one connection of the pool and one
// query in each Poll, however many resolvers watch.
//
// # Connections
//
// Of the connections of the pool, one listens while somebody watches, one is left to those who
// read, and writes share the others: another program that locks rows holds up those who write
// them, and nobody else. That takes a pool of at least three; the default of pgx is four, or the
// number of processors if that is higher. With fewer, reads can wait for writes.
//
// # Poolers
//
// A pooler that gives each transaction another connection, such as PgBouncer in transaction
// mode, has no LISTEN and often no prepared statements: set Options.NoNotifications, and
// default_query_exec_mode=exec in the connection string.
//
// # Replicas
//
// With Options.Replica, resolvers load from a standby. The answer of a replica that lacks a
// write that this process has made, seen or heard of is not used: the primary is asked
// instead, and also when the replica fails. So nothing goes back, and a process sees its own
// writes. A process that does not watch sees the writes of others as late as the replica
// does: [Store.Lag] tells how late that is. Writes, history and lists use the primary.
//
// # Roles
//
// The tables are in the schema tax. Who only reads and watches needs no more than
//
//	GRANT USAGE ON SCHEMA tax TO reader;
//	GRANT SELECT ON ALL TABLES IN SCHEMA tax TO reader;
//
// and who writes as well
//
//	GRANT USAGE ON SCHEMA tax TO writer;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tax.country, tax.configuration, tax.history TO writer;
//	GRANT SELECT ON tax.version TO writer;
//
// and, for flat taxes (see [Store.Taxes]),
//
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tax.flat_tax, tax.flat_tax_last TO writer;
//
// Open brings the tables up to date, as a role that owns them. Where the others open the
// store before that, the error is [ErrDenied].
//
// # What is in the tables
//
// Each configuration is a row with its JSON document; tenants are bytea, since they are any
// bytes. Whoever edits a document with another program has to raise revision and to set
// changed to pg_current_xact_id() in the row of its country, or nobody is told; a document
// that cannot be read any more is invalid alone, and reported as [tax.Damaged] is.
//
// A dump that is restored brings all of this back. PostgreSQL 13 or newer is needed, without
// extensions.
//
// [tax.Damaged]: https://pkg.go.dev/github.com/taxresolve/tax#Damaged
// [tax.ErrUnavailable]: https://pkg.go.dev/github.com/taxresolve/tax#ErrUnavailable
package postgres
