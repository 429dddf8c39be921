package postgres

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed schema/*.sql
var scripts embed.FS

// migrations are the steps from each version of the tables to the next one. A step that
// was released is never changed: databases that took it exist.
func migrations() []string {
	var steps []string
	for n := 1; ; n++ {
		text, err := scripts.ReadFile("schema/" + strconv.Itoa(n) + ".sql")
		if err != nil {
			return steps
		}
		steps = append(steps, string(text))
	}
}

// in returns a statement with the name of the schema in place.
func (b *backend) in(statement string) string {
	return strings.ReplaceAll(statement, "{schema}", pgx.Identifier{b.options.Schema}.Sanitize())
}

// migrate brings the tables to the version that steps lead to. Where that is what they
// have, it only reads.
func (b *backend) migrate(ctx context.Context, steps []string) error {
	var at int
	err := b.read(ctx, b.pool, func(ctx context.Context) (err error) {
		at, err = b.version(ctx, b.pool, len(steps))
		return err
	})
	if err != nil || at == len(steps) {
		return err
	}
	// The tables may be large: a step may take longer than Options.Timeout.
	err = pgx.BeginTxFunc(ctx, b.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		// Processes that start together do it one after the other.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", "taxresolve "+b.options.Schema); err != nil {
			return err
		}
		at, err := b.version(ctx, tx, len(steps))
		if err != nil || at == len(steps) {
			return err
		}
		if at == 0 {
			if err := b.begin(ctx, tx); err != nil {
				return err
			}
		}
		for _, step := range steps[at:] {
			if _, err := tx.Conn().PgConn().Exec(ctx, b.in(step)).ReadAll(); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, b.in("UPDATE {schema}.version SET version = $1"), len(steps))
		return err
	})
	return failure(ctx, ctx, err)
}

// begin creates the schema, unless it is there, and the table with the version.
func (b *backend) begin(ctx context.Context, tx pgx.Tx) error {
	var exists bool
	err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text)", b.options.Schema).Scan(&exists)
	if err == nil && !exists { // IF NOT EXISTS needs the privilege to create it even if it exists
		_, err = tx.Exec(ctx, b.in("CREATE SCHEMA {schema}"))
	}
	if err == nil {
		_, err = tx.Exec(ctx, b.in("CREATE TABLE {schema}.version (version integer NOT NULL)"))
	}
	if err == nil {
		_, err = tx.Exec(ctx, b.in("INSERT INTO {schema}.version VALUES (0)"))
	}
	return err
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version returns the version of the tables, 0 if there are none.
func (b *backend) version(ctx context.Context, q querier, known int) (at int, err error) {
	var exists bool
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1::text AND c.relname = 'version')`, b.options.Schema).Scan(&exists)
	if err != nil || !exists {
		return 0, err
	}
	if err := q.QueryRow(ctx, b.in("SELECT max(version) FROM {schema}.version")).Scan(&at); err != nil {
		return 0, err
	}
	if at > known {
		return 0, &Error{Kind: ErrSchema, Cause: fmt.Errorf("version %d, and this one knows %d: update the program", at, known)}
	}
	return at, nil
}
