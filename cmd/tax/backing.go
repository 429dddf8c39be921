package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
	"github.com/taxresolve/tax/store/sqlite"
)

// backing is where answers come from: a store that lies on the embedded rates, or these
// alone.
type backing struct {
	source tax.Source
	store  tax.Store // nil for the embedded rates
}

// backing opens the store of --store. It stays open until the command ends.
func (s *session) backing(ctx context.Context) (backing, error) {
	if s.store == "" {
		return backing{source: rates.World()}, nil
	}
	return s.open(ctx, s.store)
}

// open opens the store of an address. A store that is not there is an error, so that a
// typing mistake does not become an empty store that answers, unless --create says so.
func (s *session) open(ctx context.Context, address string) (backing, error) {
	kind, rest, _ := strings.Cut(address, ":")
	options := store.Options{Base: rates.World()}
	if s.alone {
		options.Base = nil
	}
	if (kind == "file" || kind == "sqlite") && s.create && s.dry && rest != "" {
		if _, err := os.Stat(rest); errors.Is(err, fs.ErrNotExist) {
			return madeInMemory(options), nil
		}
	}
	switch {
	case kind == "file" && rest != "":
		if s.create {
			if err := os.MkdirAll(rest, 0o755); err != nil {
				return backing{}, &storeError{err}
			}
		}
		if info, err := os.Stat(rest); err != nil || !info.IsDir() {
			return backing{}, missing(address, "there is no such folder: file:FOLDER names one that has configurations")
		}
		opened, err := store.OpenFile(rest, &store.FileOptions{Options: options})
		return s.keep(opened, err, "file:FOLDER names a folder that this user may read and write")
	case kind == "sqlite" && rest != "":
		if info, err := os.Stat(rest); !s.create && (err != nil || info.IsDir()) {
			return backing{}, missing(address, "there is no such file: sqlite:FILE names a database that is there")
		}
		opened, err := sqlite.Open(rest, &sqlite.Options{Store: options})
		return s.keep(opened, err, "sqlite:FILE names a database that this user may read and write")
	case kind == "postgres" || kind == "postgresql":
		if strings.Contains(rest, "://") {
			address = rest // postgres:URL
		}
		// Its errors do not have the address, which may have a password.
		opened, err := postgres.Connect(ctx, address, &postgres.Options{Store: options})
		return s.keep(opened, err, "look whether the server of postgres://USER:PASSWORD@HOST:PORT/DATABASE runs")
	}
	if kind == "nats" || kind == "tls" {
		return s.openNATS(ctx, address, options)
	}
	return backing{}, &usageError{&tax.InputError{Field: "store", Value: kind + ":", Reason: "no such store: pass file:FOLDER, sqlite:FILE, postgres://USER@HOST/DATABASE or nats://USER@HOST/BUCKET"}}
}

// madeInMemory returns what a store that a dry run must not make would be.
func madeInMemory(options store.Options) backing {
	m := store.NewMemory(&options)
	return backing{source: m, store: m}
}

func missing(address, reason string) error {
	return &storeError{&tax.InputError{Field: "store", Value: address, Reason: reason}}
}

// keep closes a store when the command ends, or returns its error with advice.
func (s *session) keep(opened interface {
	tax.Store
	io.Closer
}, err error, advice string) (backing, error) {
	if err != nil {
		return backing{}, &storeError{fmt.Errorf("cannot open the store: %w; %s", err, advice)}
	}
	s.opened = append([]func(){func() { _ = opened.Close() }}, s.opened...)
	return backing{source: opened, store: opened}, nil
}

// countries returns the codes of all countries that the backing may have something for.
func (b backing) countries(ctx context.Context, tenant string) ([]string, error) {
	own, err := b.ownCountries(ctx, tenant)
	codes := append(rates.Countries(), own...)
	slices.Sort(codes)
	return slices.Compact(codes), err
}

// ownCountries returns the codes of the countries for which the store has documents of a
// tenant.
func (b backing) ownCountries(ctx context.Context, tenant string) (codes []string, err error) {
	err = b.list(ctx, tenant, func(c tax.Configuration) { codes = append(codes, c.Location.Country) })
	slices.Sort(codes)
	return slices.Compact(codes), err
}

// list calls a function with each document of a tenant in the store.
func (b backing) list(ctx context.Context, tenant string, each func(tax.Configuration)) error {
	lister, ok := b.store.(tax.Lister)
	if !ok {
		return nil
	}
	for q := (tax.Query{PageSize: 100}); ; {
		page, err := lister.List(ctx, tenant, q)
		if err != nil {
			return err
		}
		for c := range page.All() {
			each(c)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}
