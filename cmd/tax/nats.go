package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/natsaddress"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
)

const natsForm = "nats://USER:PASSWORD@HOST:PORT,HOST:PORT/BUCKET"

// openNATS opens the store of an address of the form nats://, which is that of taxd.
func (s *session) openNATS(ctx context.Context, address string, options store.Options) (backing, error) {
	a, err := natsaddress.Parse(address)
	if err != nil {
		return backing{}, &usageError{&tax.InputError{Field: "store", Value: "nats:", Reason: err.Error() + "; write " + natsForm}}
	}
	a.Bucket = cmp.Or(a.Bucket, "tax")
	// A command asks once: it does not wait for servers that are not there.
	with := []natsgo.Option{natsgo.Name("tax"), natsgo.MaxReconnects(3)}
	if a.Credentials != "" {
		with = append(with, natsgo.UserCredentials(a.Credentials))
	}
	failed := func(err error) (backing, error) {
		return backing{}, &storeError{fmt.Errorf("cannot open the store: %w; look whether the servers of %s run with JetStream", err, natsForm)}
	}
	conn, err := natsgo.Connect(strings.Join(a.Servers, ","), with...)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the address, which may have a password
		}
		return failed(err)
	}
	if err := s.bucket(ctx, conn, &a); err != nil {
		conn.Close()
		if s.create && errors.As(err, new(*tax.InputError)) {
			return madeInMemory(options), nil
		}
		return failed(err)
	}
	opened, err := nats.Open(ctx, conn, &nats.Options{Bucket: a.Bucket, Replicas: a.Replicas, Store: options})
	if err != nil {
		conn.Close()
		return failed(err)
	}
	s.opened = append([]func(){func() { _ = opened.Close(); conn.Close() }}, s.opened...)
	return backing{source: opened, store: opened}, nil
}

// bucket returns an error if there is no bucket and none is to be made.
func (s *session) bucket(ctx context.Context, conn *natsgo.Conn, a *natsaddress.Address) error {
	if s.create && !s.dry {
		return nil
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err = js.Stream(ctx, "KV_"+a.Bucket) // as the server names the stream of a bucket
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return &tax.InputError{Field: "bucket", Value: a.Bucket, Reason: "no such bucket: tax import, seed and migrate make one with --create"}
	}
	return err
}
