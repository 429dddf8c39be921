package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// side is one of the two that are compared.
type side struct {
	source    tax.Source
	countries []string // those for which it has documents of its own
	whole     bool     // it does not lie on the embedded rates
}

// embedded is the name of the embedded rates as a side.
const embedded = "embedded"

var (
	storeForm   = regexp.MustCompile(`^(file|sqlite|postgres|postgresql|nats|tls):`)
	versionForm = regexp.MustCompile(`^([A-Za-z]{2})(?:-(.+))?@([0-9]+)$`)
)

// side returns what an argument of diff names: the embedded rates, a file or folder, a store,
// a store as it was, or a version of a document in --store.
func (s *session) side(ctx context.Context, name string, alone bool) (side, error) {
	address, at, err := instant(name)
	if err != nil {
		return side{}, err
	}
	version := versionForm.FindStringSubmatch(name)
	switch {
	case name == embedded:
		return side{source: rates.World()}, nil
	case storeForm.MatchString(address):
		return s.storeSide(ctx, address, at)
	case version != nil:
		return s.versionSide(ctx, version[1], version[2], version[3])
	}
	documents, problems, err := s.readSide(name)
	if errors.Is(err, os.ErrNotExist) {
		meant := closestFile(name)
		if meant != "" {
			meant = "did you mean " + meant + "? "
		}
		return side{}, &readingError{&tax.InputError{Field: "side", Value: name, Reason: "no such file or folder: " + meant + "pass one, a store such as file:FOLDER, a version such as DE@3 of --store, or " + embedded}}
	}
	if err != nil {
		return side{}, &readingError{err}
	}
	for _, p := range problems {
		return side{}, &readingError{&codedError{fmt.Errorf("%s:%d: %s: %s", p.File, p.Line, p.Path, p.Message), p.Code}}
	}
	if len(documents) == 0 {
		return side{}, &readingError{&tax.InputError{Field: "side", Value: name, Reason: "empty: it has no configuration; in a folder, their files end in .json or .jsonl"}}
	}
	return documentSide(documents, alone)
}

// readSide reads the documents of a file, of a folder, or of standard input for "-".
func (s *session) readSide(name string) ([]*document.Document, []document.Problem, error) {
	if name != "-" {
		return document.ReadPath(name)
	}
	in, err := s.input()
	if err != nil {
		return nil, nil, err
	}
	return document.Read("standard input", in)
}

// instant cuts @DAY or @TIME from the address of a store. A day is its beginning in UTC.
func instant(name string) (address string, at time.Time, err error) {
	i := strings.LastIndexByte(name, '@')
	if i < 0 {
		return name, time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, name[i+1:]); err == nil {
			return name[:i], at, nil
		}
	}
	return name, time.Time{}, nil
}

// documentSide is a side of documents that were read.
func documentSide(documents []*document.Document, alone bool) (side, error) {
	byCountry := map[string][]tax.Configuration{}
	var own side
	for _, d := range documents {
		l := d.Configuration.Location
		if slices.ContainsFunc(byCountry[l.Country], func(c tax.Configuration) bool { return c.Location == l }) {
			return own, &readingError{&tax.InputError{Field: d.File, Value: l.String(), Reason: "given twice: name the files of one tenant"}}
		}
		byCountry[l.Country] = append(byCountry[l.Country], d.Configuration)
	}
	for country := range byCountry {
		own.countries = append(own.countries, country)
	}
	own.source = tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return slices.Clone(byCountry[key.Country]), nil
	})
	if own.whole = alone; !alone {
		own.source = tax.Overlay(rates.World(), own.source)
	}
	return own, nil
}

// storeSide is a store, or what it had at an instant.
func (s *session) storeSide(ctx context.Context, address string, at time.Time) (side, error) {
	b, err := s.open(ctx, address)
	if err != nil {
		return side{}, err
	}
	if at.IsZero() {
		codes, err := b.ownCountries(ctx, s.tenant)
		return side{source: s.ofTenant(b.source), countries: codes}, err
	}
	historian, ok := b.store.(store.Historian)
	if !ok {
		return side{}, &usageError{&tax.InputError{Field: "side", Value: "@", Reason: "not allowed: the store keeps no history"}}
	}
	then := tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		return configurations(historian.AsOf(ctx, tax.Key{Tenant: s.tenant, Country: key.Country}, at))
	})
	// A country of which every document was deleted since is in no list of today.
	return side{source: tax.Overlay(rates.World(), then), countries: rates.Countries()}, nil
}

// versionSide is --store with one document as it was in a version.
func (s *session) versionSide(ctx context.Context, country, region, number string) (side, error) {
	l, err := tax.ParseLocation(country, region)
	if err != nil {
		return side{}, err
	}
	b, err := s.backing(ctx)
	if err != nil {
		return side{}, err
	}
	historian, ok := b.store.(store.Historian)
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil {
		return side{}, &usageError{&tax.InputError{Field: "side", Value: l.String() + "@" + number, Reason: "only with a store: name the one that has the version with --store"}}
	}
	version, err := historian.Version(ctx, s.tenant, l, n)
	if err != nil {
		return side{}, about(l.String()+"@"+number, err) // of the version, not of the document
	}
	set, err := configurations(historian.AsOf(ctx, tax.Key{Tenant: s.tenant, Country: l.Country}, time.Now()))
	if err != nil {
		return side{}, err
	}
	set = slices.DeleteFunc(set, func(c tax.Configuration) bool { return c.Location == l })
	set = append(set, version.Configuration)
	documents := make([]*document.Document, len(set))
	for i := range set {
		documents[i] = &document.Document{Configuration: set[i]}
	}
	return documentSide(documents, false)
}

func configurations(versions []store.Version, err error) ([]tax.Configuration, error) {
	var set []tax.Configuration
	for _, v := range versions {
		set = append(set, v.Configuration)
	}
	return set, err
}

// ofTenant answers every question for the tenant.
func (s *session) ofTenant(source tax.Source) tax.Source {
	return tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		key.Tenant = s.tenant
		return source.Configurations(ctx, key)
	})
}
