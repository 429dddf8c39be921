package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
	"github.com/taxresolve/tax/store/sqlite"
)

// backing is the store that is served, and what closes it.
type backing struct {
	store tax.Store
	close func()
	// taxes opens the flat taxes of a tenant; nil if the store has none that last.
	taxes func(tenant string) (taxes, error)
}

// taxes are flat taxes that last until they are closed.
type taxes interface {
	ampeco.Store
	io.Closer
}

// open are flat taxes that end with the store of the configurations.
type open struct{ ampeco.Store }

func (open) Close() error { return nil }

// openBacking opens the store of a URL. Each holds what tenants change in the rates of
// the world, which lie below.
func openBacking(ctx context.Context, address string) (backing, error) {
	kind, rest, _ := strings.Cut(address, ":")
	options := store.Options{Base: rates.World()}
	switch {
	case kind == "memory" && rest == "":
		return opened(store.NewMemory(&options), nil, "")
	case kind == "file" && rest != "":
		s, err := store.OpenFile(rest, &store.FileOptions{Options: options})
		return opened(s, err, "-store file:FOLDER names a folder that this user may write")
	case kind == "sqlite" && rest != "":
		s, err := sqlite.Open(rest, &sqlite.Options{Store: options})
		b, err := opened(s, err, "-store sqlite:FILE names a database in a folder that this user may write")
		b.taxes = func(tenant string) (taxes, error) { return sqlite.OpenTaxes(rest, tenant, nil) }
		return b, err
	case kind == "postgres" || kind == "postgresql":
		// Its errors do not have the address, which may have a password.
		s, err := postgres.Connect(ctx, address, &postgres.Options{Store: options})
		b, err := opened(s, err, "pass -store postgres://USER:PASSWORD@HOST:PORT/DATABASE, and look whether the server runs and the user may create tables")
		b.taxes = func(tenant string) (taxes, error) {
			kept, err := s.Taxes(tenant)
			return open{kept}, err
		}
		return b, err
	case kind == "nats" || kind == "tls":
		return openNATS(ctx, address, options)
	}
	return backing{}, fmt.Errorf("-store has the unknown form %q; pass memory:, file:FOLDER, sqlite:FILE, postgres://USER@HOST/DATABASE or nats://USER@HOST/BUCKET", kind+":")
}

// opened returns a store, or its error with advice.
func opened[S interface {
	tax.Store
	io.Closer
}](s S, err error, advice string) (backing, error) {
	if err != nil {
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", err, advice)
	}
	return backing{store: s, close: func() { _ = s.Close() }}, nil
}
