package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

const (
	country, class = "DE", "STANDARD"
	// digits is the number of digits after the point of a percentage, which counts changes.
	digits = 4
)

// writer is the process that changes the rate.
type writer struct {
	store followed
	pool  *pgxpool.Pool // of PostgreSQL, for the yardstick
}

func newWriter(ctx context.Context, where string) (*writer, error) {
	s, err := open(ctx, where)
	if err != nil {
		return nil, err
	}
	w := &writer{store: s}
	if strings.HasPrefix(where, "postgres://") {
		if w.pool, err = pgxpool.New(ctx, where); err != nil {
			s.Close()
			return nil, err
		}
	}
	if err := w.change(ctx, 0); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *writer) close() {
	if w.pool != nil {
		w.pool.Close()
	}
	w.store.Close()
}

// change writes a rate that says which change it is.
func (w *writer) change(ctx context.Context, n int) error {
	c := tax.Configuration{Location: tax.Location{Country: country}, Classes: []tax.Class{{Code: class, Default: true,
		Rates: []tax.Rate{{Percent: decimal.New(int64(n), -digits)}}}}}
	batch := store.Batch{Key: tax.Key{Country: country}, Changes: []store.Change{{Action: store.Put, Configuration: c}}}
	return w.store.Write(ctx, []store.Batch{batch})[0].Err
}

// yardstick returns what three round trips to the server take; 0 if there is no server.
func (w *writer) yardstick(ctx context.Context) (time.Duration, error) {
	if w.pool == nil {
		return 0, nil
	}
	var took []time.Duration
	for range 200 {
		began := time.Now()
		if _, err := w.pool.Exec(ctx, "SELECT 1"); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return 3 * took[len(took)/2], nil
}
