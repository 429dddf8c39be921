package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/pgserver"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
	"github.com/taxresolve/tax/store/sqlite"
)

// followed is what the processes need of a store: to write, to load, and to hear of what
// others write.
type followed interface {
	tax.Store
	tax.Watcher
	store.BulkWriter
	io.Closer
}

// prepare returns where a store is, as open reads it, and makes what is missing. done
// removes what it has made.
func prepare(place string) (where string, done func(), err error) {
	nothing := func() {}
	switch {
	case strings.HasPrefix(place, "postgres://"):
		return place, nothing, nil
	case place == "postgres":
		server, err := pgserver.Start()
		if err != nil {
			return "", nothing, fmt.Errorf("cannot start PostgreSQL: pass -store postgres://… for one that is there, or -store sqlite: %w", err)
		}
		return server.DSN("postgres"), func() { _ = server.Close() }, nil
	case place == "sqlite", place == "files":
		folder, err := os.MkdirTemp("", "fleet")
		if err != nil {
			return "", nothing, err
		}
		return place + ":" + filepath.Join(folder, "tax"), func() { _ = os.RemoveAll(folder) }, nil
	}
	return "", nothing, fmt.Errorf("no store %q: pass postgres, postgres://…, sqlite or files", place)
}

// open opens the store in a place.
func open(ctx context.Context, where string) (followed, error) {
	kind, path, _ := strings.Cut(where, ":")
	switch kind {
	case "sqlite":
		return sqlite.Open(path, nil)
	case "files":
		return store.OpenFile(path, nil)
	}
	return postgres.Connect(ctx, where, nil)
}
