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

	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
)

// openNATS opens the store of an address such as nats://USER:PASSWORD@A,B,C/BUCKET?replicas=3,
// where A, B and C are servers of one cluster. With tls in place of nats, connections are
// encrypted.
func openNATS(ctx context.Context, address string, options store.Options) (backing, error) {
	const advice = "pass -store nats://USER:PASSWORD@HOST:PORT,HOST:PORT/BUCKET?replicas=3, and look whether the servers run with JetStream"
	a, err := parseNATS(address)
	if err != nil {
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", err, advice)
	}
	with := []natsgo.Option{natsgo.Name("taxd"), natsgo.MaxReconnects(-1), natsgo.PingInterval(5 * time.Second)}
	if a.credentials != "" {
		with = append(with, natsgo.UserCredentials(a.credentials))
	}
	conn, err := natsgo.Connect(strings.Join(a.servers, ","), with...)
	if err != nil {
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", withoutAddress(err), advice)
	}
	o := nats.Options{Bucket: a.bucket, Replicas: a.replicas, Store: options}
	s, err := nats.Open(ctx, conn, &o)
	if err != nil {
		conn.Close()
		return backing{}, fmt.Errorf("cannot open the store: %w; %s", err, advice)
	}
	open := func(tenant string) (taxes, error) { return nats.OpenTaxes(ctx, conn, tenant, &o) }
	return backing{store: s, close: func() { _ = s.Close(); conn.Close() }, taxes: open}, nil
}

// natsAddress is an address of -store with the form nats://.
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
		return a, fmt.Errorf("%s: is not followed by //", strings.SplitN(address, ":", 2)[0])
	}
	rest, options, _ := strings.Cut(rest, "?")
	rest, a.bucket, _ = strings.Cut(rest, "/")
	user, hosts := "", rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, hosts = rest[:at+1], rest[at+1:]
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if host == "" {
			return a, errors.New("the address lacks the name of a server")
		}
		a.servers = append(a.servers, scheme+"://"+user+host)
	}
	values, err := url.ParseQuery(options)
	if err != nil {
		return a, errors.New("what follows the question mark cannot be read")
	}
	for name := range values {
		switch value := values.Get(name); name {
		case "replicas":
			if a.replicas, err = strconv.Atoi(value); err != nil {
				return a, fmt.Errorf("replicas=%s is not a number", value)
			}
		case "credentials":
			a.credentials = value
		default:
			return a, fmt.Errorf("there is no option %q: there are replicas and credentials", name)
		}
	}
	return a, nil
}

// withoutAddress returns the cause of an error of net/url, whose text has the whole address.
func withoutAddress(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
