package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/taxresolve/tax/internal/natsaddress"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
)

// openNATS opens the store of an address such as nats://USER:PASSWORD@A,B,C/BUCKET?replicas=3,
// where A, B and C are servers of one cluster. With tls in place of nats, connections are
// encrypted.
func openNATS(ctx context.Context, address string, options store.Options) (backing, error) {
	const advice = "pass -store nats://USER:PASSWORD@HOST:PORT,HOST:PORT/BUCKET?replicas=3, and look whether the servers run with JetStream"
	a, err := natsaddress.Parse(address)
	if err != nil {
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", err, advice)
	}
	with := []natsgo.Option{natsgo.Name("taxd"), natsgo.MaxReconnects(-1), natsgo.PingInterval(5 * time.Second)}
	if a.Credentials != "" {
		with = append(with, natsgo.UserCredentials(a.Credentials))
	}
	conn, err := natsgo.Connect(strings.Join(a.Servers, ","), with...)
	if err != nil {
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", withoutAddress(err), advice)
	}
	o := nats.Options{Bucket: a.Bucket, Replicas: a.Replicas, Store: options}
	s, err := nats.Open(ctx, conn, &o)
	if err != nil {
		conn.Close()
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", err, advice)
	}
	open := func(tenant string) (taxes, error) { return nats.OpenTaxes(ctx, conn, tenant, &o) }
	return backing{store: s, close: func() { _ = s.Close(); conn.Close() }, taxes: open}, nil
}

// withoutAddress returns the cause of an error of net/url, whose text has the whole address.
func withoutAddress(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
