package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	natsgo "github.com/nats-io/nats.go"
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
	store     followed
	yardstick yardstick
}

func newWriter(ctx context.Context, where string) (*writer, error) {
	s, err := open(ctx, where)
	if err != nil {
		return nil, err
	}
	w := &writer{store: s}
	if err := w.change(ctx, 0); err != nil {
		w.close()
		return nil, err
	}
	if w.yardstick, err = newYardstick(ctx, where); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *writer) close() {
	if w.yardstick.close != nil {
		w.yardstick.close()
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

// yardstick is a round trip to the server of a store, for comparison. A store without a
// server has none.
type yardstick struct {
	name  string
	trip  func(context.Context) error
	close func()
}

func newYardstick(ctx context.Context, where string) (yardstick, error) {
	switch kind, _, _ := strings.Cut(where, ":"); kind {
	case "postgres":
		pool, err := pgxpool.New(ctx, where)
		if err != nil {
			return yardstick{}, err
		}
		return yardstick{"SELECT 1", func(ctx context.Context) error { _, err := pool.Exec(ctx, "SELECT 1"); return err }, pool.Close}, nil
	case "nats":
		conn, err := natsgo.Connect(where)
		if err != nil {
			return yardstick{}, err
		}
		subject := natsgo.NewInbox()
		received, err := conn.SubscribeSync(subject)
		if err != nil {
			conn.Close()
			return yardstick{}, err
		}
		return yardstick{"publish and subscribe", func(ctx context.Context) error {
			if err := conn.Publish(subject, []byte("1")); err != nil {
				return err
			}
			_, err := received.NextMsgWithContext(ctx)
			return err
		}, conn.Close}, nil
	}
	return yardstick{}, nil
}

// threeTrips returns what three round trips take; 0 if there is no server.
func (y *yardstick) threeTrips(ctx context.Context) (time.Duration, error) {
	if y.trip == nil {
		return 0, nil
	}
	var took []time.Duration
	for range 200 {
		began := time.Now()
		if err := y.trip(ctx); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return 3 * took[len(took)/2], nil
}
