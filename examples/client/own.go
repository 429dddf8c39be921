package main

import (
	"net/http"
	"net/http/httptest"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// startOwn starts a server over the rates of the world, on loopback, to which everybody may
// do everything.
func startOwn() (*httptest.Server, error) {
	s := store.NewMemory(&store.Options{Base: rates.World()})
	r, err := tax.NewResolver(s, nil)
	if err != nil {
		return nil, err
	}
	permit := func(*http.Request, string, string) error { return nil }
	h, err := rest.NewTax(s, r, &rest.TaxOptions{Options: rest.Options{Authorize: permit}})
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(h), nil
}
