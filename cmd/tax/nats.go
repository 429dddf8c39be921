package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
)

const natsForm = "nats://USER:PASSWORD@HOST:PORT,HOST:PORT/BUCKET"

// openNATS opens the store of an address of the form nats://, which is that of taxd.
func (s *session) openNATS(ctx context.Context, address string, options store.Options) (backing, error) {
	a, err := parseNATS(address)
	if err != nil {
		return backing{}, &usageError{&tax.InputError{Field: "store", Value: "nats:", Reason: err.Error()}}
	}
	// A command asks once: it does not wait for servers that are not there.
	with := []natsgo.Option{natsgo.Name("tax"), natsgo.MaxReconnects(3)}
	if a.credentials != "" {
		with = append(with, natsgo.UserCredentials(a.credentials))
	}
	failed := func(err error) (backing, error) {
		return backing{}, &storeError{fmt.Errorf("cannot open the store: %w; look whether the servers of %s run with JetStream", err, natsForm)}
	}
	conn, err := natsgo.Connect(strings.Join(a.servers, ","), with...)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the address, which may have a password
		}
		return failed(err)
	}
	if err := s.bucket(ctx, conn, &a); err != nil {
		conn.Close()
		return failed(err)
	}
	opened, err := nats.Open(ctx, conn, &nats.Options{Bucket: a.bucket, Replicas: a.replicas, Store: options})
	if err != nil {
		conn.Close()
		return failed(err)
	}
	s.opened = append([]func(){func() { _ = opened.Close(); conn.Close() }}, s.opened...)
	return backing{source: opened, store: opened}, nil
}

// bucket returns an error if there is no bucket and none is to be made.
func (s *session) bucket(ctx context.Context, conn *natsgo.Conn, a *natsAddress) error {
	if s.create {
		return nil
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err = js.Stream(ctx, "KV_"+a.bucket) // as the server names the stream of a bucket
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return &tax.InputError{Field: "bucket", Value: a.bucket, Reason: "no such bucket: tax import, seed and migrate make one with --create"}
	}
	return err
}

// natsAddress is an address of the form nats:// or tls://.
type natsAddress struct {
	servers     []string // with the user of the address
	bucket      string
	replicas    int
	credentials string // a file of the name and the key of a user
}

// parseNATS reads an address. Its errors do not have the password.
func parseNATS(address string) (a natsAddress, err error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return a, errors.New("write " + natsForm)
	}
	rest, options, _ := strings.Cut(rest, "?")
	rest, a.bucket, _ = strings.Cut(rest, "/")
	if a.bucket == "" {
		a.bucket = "tax"
	}
	user, hosts := "", rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, hosts = rest[:at+1], rest[at+1:]
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if host == "" {
			return a, errors.New("missing: the name of a server; write " + natsForm)
		}
		a.servers = append(a.servers, scheme+"://"+user+host)
	}
	values, err := url.ParseQuery(options)
	if err != nil {
		return a, errors.New("write options as ?replicas=3&credentials=FILE")
	}
	for name := range values {
		switch value := values.Get(name); name {
		case "replicas":
			if a.replicas, err = strconv.Atoi(value); err != nil {
				return a, errors.New("not a number: replicas is 1, 3 or 5")
			}
		case "credentials":
			a.credentials = value
		default:
			return a, fmt.Errorf("no such option %q: there are replicas and credentials", name)
		}
	}
	return a, nil
}
