// Customstore keeps a shop's own rates in a store with a backend of its own. The backend
// only loads a country and saves it if nobody else did in between; package store does the
// rest. The test beside it runs the whole contract of a store in three lines.
//
//	go run ./examples/customstore
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

func main() {
	if err := run(context.Background(), os.Stdout, tax.Date{}); err != nil {
		fmt.Fprintln(os.Stderr, "customstore:", err)
		os.Exit(1)
	}
}

// shelf is the backend: a map and a mutex, in place of a database. What it is given and
// returns is never changed by anyone, so it needs no copies.
type shelf struct {
	mu        sync.Mutex
	countries map[tax.Key]*store.Country
	history   map[tax.Key]history
}

// history has the versions that have ended, and when the last one of those ended that are
// not kept any more.
type history struct {
	ended   []*store.Version
	removed time.Time
}

func newShelf() *shelf {
	return &shelf{countries: make(map[tax.Key]*store.Country), history: make(map[tax.Key]history)}
}

// Load returns the state of a country; nil if it has none.
func (s *shelf) Load(_ context.Context, key tax.Key) (*store.Country, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.countries[key], nil
}

// Save stores each commit whose country is still as it was when the write was planned.
func (s *shelf) Save(_ context.Context, commits []*store.Commit) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := make([]error, len(commits))
	for i, c := range commits {
		if now := s.countries[c.Key]; revision(now) != revision(c.Before) {
			errs[i] = store.ErrMoved // the store plans the write again
			continue
		}
		s.countries[c.Key] = c.After
		h := s.history[c.Key]
		kept, removed := c.Retention.Prune(append(h.ended, c.Ended...), c.After.Modified)
		if removed.IsZero() {
			removed = h.removed // nothing was removed this time
		}
		s.history[c.Key] = history{kept, removed}
	}
	return errs
}

func revision(c *store.Country) int64 {
	if c == nil {
		return 0
	}
	return c.Revision
}

// Ended returns the history of a country or of one of its locations.
func (s *shelf) Ended(_ context.Context, key tax.Key, at *tax.Location) ([]*store.Version, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.history[key]
	versions := slices.Clone(h.ended)
	if at != nil {
		versions = slices.DeleteFunc(versions, func(v *store.Version) bool { return v.Configuration.Location != *at })
	}
	return versions, h.removed, nil
}

// Documents yields the documents of a tenant after a location, in order.
func (s *shelf) Documents(_ context.Context, tenant string, after tax.Location) iter.Seq2[*store.Version, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	byCountry := make(map[string]*store.Country)
	for key, c := range s.countries {
		if key.Tenant == tenant && key.Country >= after.Country {
			byCountry[key.Country] = c
		}
	}
	return func(yield func(*store.Version, error) bool) {
		for _, code := range slices.Sorted(maps.Keys(byCountry)) {
			for v := range byCountry[code].Documents.All() {
				l := v.Configuration.Location
				if l.Country == after.Country && strings.Compare(l.Region, after.Region) <= 0 {
					continue
				}
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

func run(ctx context.Context, out io.Writer, day tax.Date) error {
	// The shop's rates lie on those of the world.
	mine, err := store.New(newShelf(), &store.Options{Base: rates.World()})
	if err != nil {
		return err
	}
	r, err := tax.NewResolver(mine, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	show := func() error {
		a, err := r.Tenant("shop").Lookup(ctx, tax.Lookup{Country: "DE", Class: "BOOKS", Date: day})
		switch {
		case errors.Is(err, tax.ErrUnknownClass):
			fmt.Fprintln(out, "DE BOOKS  unknown class")
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "DE BOOKS  %s %%\n", a.Explain().Percent)
		}
		return nil
	}
	if err := show(); err != nil {
		return err
	}
	anna := store.WithAuthor(ctx, "anna")
	c, err := mine.Create(anna, "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "REDUCED", Aliases: []string{"BOOKS"}}},
	})
	if err != nil {
		return err
	}
	if err := show(); err != nil { // the resolver knows of the write
		return err
	}

	// What does not fit on the base is refused, and changes nothing.
	wrong := c.Clone()
	wrong.Classes[0].Aliases = []string{"STANDARD"}
	if _, err := mine.Update(anna, "shop", wrong); errors.Is(err, tax.ErrInvalid) {
		fmt.Fprintln(out, "refused:", err)
	}
	c.Classes[0].Aliases = append(c.Classes[0].Aliases, "GROCERIES")
	if _, err := mine.Update(store.WithAuthor(ctx, "bob"), "shop", c); err != nil {
		return err
	}
	versions, err := mine.Versions(ctx, "shop", c.Location)
	if err != nil {
		return err
	}
	for _, v := range versions {
		fmt.Fprintf(out, "version %d by %s: %v\n", v.Configuration.Metadata.Version, v.Author, v.Configuration.Classes[0].Aliases)
	}
	return nil
}
