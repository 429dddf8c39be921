// Command contractserver serves both contracts on loopback from memory, for clients and
// scripts that ask about them. It is for tests: every token of the form
// tok:TENANT:SCOPE+SCOPE is valid for what it says.
//
//	go run ./rest/internal/contractserver -listen 127.0.0.1:8191
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8191", "address to listen on")
	flag.Parse()
	if err := serve(*listen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(address string) error {
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Allowed: []string{"en", "de", "fr", "pl"}})
	if err != nil {
		return err
	}
	configurations := store.NewMemory(nil)
	resolver, err := tax.NewResolver(configurations, nil)
	if err != nil {
		return err
	}
	defer resolver.Close()
	options := rest.Options{
		Authorize: authorize,
		Before:    deprecate,
		Failed:    func(r *http.Request, err error) { fmt.Fprintln(os.Stderr, r.Method, r.URL.Path, err) },
	}
	emporixHandler, err := rest.NewEmporix(configurations, resolver, &rest.EmporixOptions{
		Options: options,
		Service: emporix.ServiceOptions{Languages: func(string) *tax.Languages { return languages }},
	})
	if err != nil {
		return err
	}
	ampecoHandler, err := rest.NewAMPECO(ampeco.NewMemory(nil), &rest.AMPECOOptions{Options: options})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/tax/", emporixHandler)
	mux.Handle("/public-api/", ampecoHandler)
	const patience = 10 * time.Second
	server := &http.Server{Addr: address, Handler: mux, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: patience}
	return server.ListenAndServe()
}

// authorize believes tokens of the form tok:TENANT:SCOPE+SCOPE.
func authorize(r *http.Request, tenant, scope string) error {
	token, _ := rest.Bearer(r)
	parts := strings.Split(token, ":")
	const fields = 3
	switch {
	case len(parts) != fields || parts[0] != "tok":
		return rest.ErrUnauthenticated
	case tenant != "" && parts[1] != tenant, scope != "" && !slices.Contains(strings.Split(parts[2], "+"), scope):
		return rest.ErrForbidden
	}
	return nil
}

// deprecate sets the headers that AMPECO documents for limits and for pages by number.
func deprecate(header http.Header, r *http.Request, tenant string) error {
	if tenant != "" {
		return nil
	}
	header.Set("X-RateLimit-Limit", "1000")
	header.Set("X-RateLimit-Remaining", "999")
	if r.URL.Query().Has("page") {
		header.Set("Deprecation", "true")
		header.Set("Sunset", "Fri, 01 Jan 2027 00:00:00 GMT")
	}
	return nil
}
