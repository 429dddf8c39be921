// Package natsaddress reads the address of a bucket in JetStream that a program is given, such
// as nats://USER:PASSWORD@A:4222,B:4222/BUCKET?replicas=3.
package natsaddress

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// Address is where a bucket is. The zero fields are those that were not given.
type Address struct {
	Servers     []string // of one cluster, with the user of the address
	Bucket      string
	Replicas    int
	Credentials string // a file of the name and the key of a user
}

// Parse reads an address that begins with nats:// or, for connections that are encrypted,
// tls://. Its errors do not have the address, which may have a password.
func Parse(address string) (a Address, err error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return a, errors.New("not an address: // follows the colon")
	}
	rest, options, _ := strings.Cut(rest, "?")
	rest, a.Bucket, _ = strings.Cut(rest, "/")
	user, hosts := "", rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, hosts = rest[:at+1], rest[at+1:]
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if host == "" {
			return a, errors.New("missing: the name of a server")
		}
		a.Servers = append(a.Servers, scheme+"://"+user+host)
	}
	values, err := url.ParseQuery(options)
	if err != nil {
		return a, errors.New("not options: write ?replicas=3&credentials=FILE")
	}
	for name := range values {
		switch value := values.Get(name); name {
		case "replicas":
			if a.Replicas, err = strconv.Atoi(value); err != nil {
				return a, errors.New("not a number: replicas is 1, 3 or 5")
			}
		case "credentials":
			a.Credentials = value
		default:
			return a, errors.New("no such option " + strconv.Quote(name) + ": there are replicas and credentials")
		}
	}
	return a, nil
}
