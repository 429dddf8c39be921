package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// reachable is the time in which the store must answer for the server to be ready.
const reachable = 2 * time.Second

// warmUp reads the countries into memory, again until it succeeds.
func (s *server) warmUp(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.resolver.Warm(ctx, tax.Warming{Countries: rates.Countries()})
		if err == nil {
			s.warm.Store(true)
			return
		}
		if ctx.Err() != nil {
			return
		}
		s.log.LogAttrs(ctx, slog.LevelWarn, "warming up failed", slog.Any("error", err))
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// ready answers whether requests should be sent here: the store can be reached, the
// countries are in memory, and the program is not about to end.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	reason := ""
	switch {
	case s.leaving.Load():
		reason = "shutting down"
	case !s.warm.Load():
		reason = "warming up"
	case !s.reachesStore(r.Context()):
		reason = "the store does not answer"
	}
	if reason != "" {
		http.Error(w, reason, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// reachesStore reports whether the store answers in time.
func (s *server) reachesStore(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, reachable)
	defer cancel()
	_, err := s.backing.store.Configurations(ctx, tax.Key{Country: rates.Countries()[0]})
	return err == nil
}
