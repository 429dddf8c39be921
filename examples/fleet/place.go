package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/pgserver"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
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
	case strings.HasPrefix(place, "postgres://"), strings.HasPrefix(place, "nats://"):
		return place, nothing, nil
	case place == "postgres":
		server, err := pgserver.Start()
		if err != nil {
			return "", nothing, fmt.Errorf("cannot start PostgreSQL: pass -store postgres://… for one that is there, or -store sqlite: %w", err)
		}
		return server.DSN("postgres"), func() { _ = server.Close() }, nil
	case place == "nats":
		return serveNATS()
	case place == "sqlite", place == "files":
		folder, err := os.MkdirTemp("", "fleet")
		if err != nil {
			return "", nothing, err
		}
		return place + ":" + filepath.Join(folder, "tax"), func() { _ = os.RemoveAll(folder) }, nil
	}
	return "", nothing, fmt.Errorf("no store %q: pass postgres, postgres://…, nats, nats://…, sqlite, files or all", place)
}

// open opens the store in a place.
func open(ctx context.Context, where string) (followed, error) {
	kind, path, _ := strings.Cut(where, ":")
	switch kind {
	case "sqlite":
		return sqlite.Open(path, nil)
	case "files":
		return store.OpenFile(path, nil)
	case "nats":
		return connectNATS(ctx, where)
	}
	return postgres.Connect(ctx, where, nil)
}

// serveNATS starts a server in this process, with its data in a temporary folder.
func serveNATS() (where string, done func(), err error) {
	folder, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return "", nil, err
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true})
	if err == nil {
		s.Start()
		done = func() { s.Shutdown(); s.WaitForShutdown(); _ = os.RemoveAll(folder) }
		if s.ReadyForConnections(10 * time.Second) {
			return s.ClientURL(), done, nil
		}
		done()
		return "", nil, errors.New("the server of NATS takes no connections")
	}
	_ = os.RemoveAll(folder)
	return "", nil, err
}

// connected is a store with a connection of its own.
type connected struct {
	*store.Versioned
	conn *natsgo.Conn
}

func connectNATS(ctx context.Context, where string) (*connected, error) {
	conn, err := natsgo.Connect(where, natsgo.MaxReconnects(-1))
	if err != nil {
		return nil, err
	}
	s, err := nats.Open(ctx, conn, nil)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &connected{s, conn}, nil
}

// Close closes the store and its connection.
func (c *connected) Close() error {
	err := c.Versioned.Close()
	c.conn.Close()
	return err
}
