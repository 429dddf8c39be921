package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/taxresolve/tax/store"
)

// OpenSteps opens a store of a release with other tables.
func OpenSteps(ctx context.Context, pool *pgxpool.Pool, o *Options, steps []string) (*Store, error) {
	return open(ctx, pool, o, steps)
}

// Migrations are the steps of this release.
func Migrations() []string { return migrations() }

// BackendOf returns what keeps the documents of a store.
func BackendOf(s *Store) store.Backend { return s.kept }
