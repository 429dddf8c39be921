// Package storetest is the contract of a [tax.Store] as a test suite. Whoever writes a
// store, or a [store.Backend] for package store, runs it in a test of their own:
//
//	func TestShelf(t *testing.T) {
//		storetest.Run(t, storetest.Factory{Backend: func(*testing.T, string) store.Backend { return newShelf() }})
//	}
//
// Every test says which sentence of the contract it is about. A failure says what the
// store did instead. What a store does not have, such as a history, is skipped with the
// reason.
//
// [Faulty] is a backend that fails as told. With it the suite tests what a store does when
// its database is down.
package storetest

import (
	"io"
	"testing"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Factory says how to make the stores to test. One of Store, Open and Backend is needed,
// which is given what it can have: Backend is best for those of a [store.Versioned], Open
// for other stores that take [store.Options], and Store for all others.
//
// place is the path of a folder that is empty at first, of its own for each test, and
// removed after it. It stands for the data: a database opens a file in it, or uses the
// path as the name of a schema. What keeps nothing ignores it.
//
// A store or backend that is an io.Closer is closed at the end of its test.
type Factory struct {
	// Store returns an empty store. What needs options is skipped.
	Store func(t *testing.T) tax.Store

	// Open opens a store on the data of a place.
	Open func(t *testing.T, place string, o *store.Options) tax.Store

	// Backend opens a backend on the data of a place. The suite makes a store of it.
	Backend func(t *testing.T, place string) store.Backend

	// Shared says that Open or Backend can be called again for a place: both of what
	// they return are then on the same data, as in two processes. If it is a
	// [tax.Watcher], it reports what the other one wrote.
	Shared bool

	// Break makes a place unusable while stores are open on it, such as by stopping the
	// database, and mend makes it usable again. It is optional.
	Break func(t *testing.T, place string) (mend func())

	// Patience is how long it may take until a write of another process is reported, at
	// most. 0 stands for 10 seconds.
	Patience time.Duration

	// Effort is for stores that are slow: the percentage of the usual number of
	// repetitions, racing writers and random documents that the suite makes. 0 stands for
	// 100, or for 25 with the flag -short.
	Effort int

	// Group reports whether to run a group of tests, such as "Faults"; nil runs all of them.
	// With it the tests of a store that mostly waits can run at the same time, each group on
	// data of its own.
	Group func(name string) bool
}

// Run tests everything that a store promises. Each sentence of the contract is a test
// below t, so -run selects it.
func Run(t *testing.T, f Factory) {
	t.Helper()
	if n := given(f.Store != nil) + given(f.Open != nil) + given(f.Backend != nil); n != 1 {
		t.Fatalf("storetest: %d of Store, Open and Backend are set in the Factory: set one of them", n)
	}
	if f.Patience == 0 {
		f.Patience = patience
	}
	for _, group := range suite {
		if f.Group != nil && !f.Group(group.name) {
			continue
		}
		t.Run(group.name, func(t *testing.T) {
			for _, x := range group.tests {
				t.Run(x.name, func(t *testing.T) {
					c := &check{T: t, factory: f, says: x.says}
					defer c.end()
					x.run(c)
				})
			}
		})
	}
}

func given(is bool) int {
	if is {
		return 1
	}
	return 0
}

// group holds the tests of a part of the contract.
type group struct {
	name  string
	tests []test
}

// test is a sentence of the contract, and what shows that a store keeps it.
type test struct {
	name, says string
	run        func(*check)
}

var suite = []group{
	{"Documents", documentTests},
	{"Versions", versionTests},
	{"Rules", ruleTests},
	{"Tenants", tenantTests},
	{"Contexts", contextTests},
	{"Lists", listTests},
	{"Patches", patchTests},
	{"Notices", noticeTests},
	{"Watching", watchTests},
	{"Bulk", bulkTests},
	{"History", historyTests},
	{"Bases", baseTests},
	{"Faults", faultTests},
	{"Soak", soakTests},
}

// open returns an empty store, and the place of its data.
func (c *check) open(o *store.Options) (s tax.Store, place string) {
	c.Helper()
	place = c.TempDir()
	return c.at(place, o), place
}

// store returns an empty store with default options.
func (c *check) store() tax.Store {
	c.Helper()
	s, _ := c.open(nil)
	return s
}

// at returns a store on the data of a place.
func (c *check) at(place string, o *store.Options) tax.Store {
	c.Helper()
	var s tax.Store
	switch f := &c.factory; {
	case f.Store != nil:
		s = f.Store(c.T)
	case f.Open != nil:
		s = f.Open(c.T, place, o)
	default:
		s = c.over(f.Backend(c.T, place), o)
	}
	if s == nil {
		c.Fatal("storetest: the Factory returned no store")
	}
	if closer, ok := s.(io.Closer); ok {
		c.Cleanup(func() {
			if err := closer.Close(); err != nil {
				c.Errorf("Close: %v", err)
			}
		})
	}
	return s
}

// over returns a store over a backend.
func (c *check) over(b store.Backend, o *store.Options) *store.Versioned {
	c.Helper()
	s, err := store.New(b, o)
	if err != nil {
		c.Fatalf("storetest: store.New: %v", err)
	}
	return s
}

// needsOptions skips the test of a store that takes no options.
func (c *check) needsOptions() {
	c.Helper()
	if c.factory.Store != nil {
		c.Skip("skipped: Factory.Store makes stores without options; Open and Backend take them")
	}
}

// handles returns two stores on the same data: two handles if the factory opens them,
// or the same one twice.
func (c *check) handles(o *store.Options) (one, other tax.Store) {
	c.Helper()
	one, place := c.open(o)
	if !c.factory.Shared {
		return one, one
	}
	return one, c.at(place, o)
}

// needsShared skips the test of a store that has one handle only.
func (c *check) needsShared() {
	c.Helper()
	if !c.factory.Shared {
		c.Skip("skipped: Factory.Shared is not set, so nobody else can be on the same data")
	}
}

// times returns how often to do what is usually done n times.
func (c *check) times(n int) int {
	effort := c.factory.Effort
	if effort == 0 {
		if effort = 100; testing.Short() {
			effort = 25
		}
	}
	return max(2, n*effort/100)
}

// backend returns the backend of a place, if the factory makes backends.
func (c *check) backend(place string) (store.Backend, bool) {
	c.Helper()
	if c.factory.Backend == nil {
		return nil, false
	}
	b := c.factory.Backend(c.T, place)
	if closer, ok := b.(io.Closer); ok {
		c.Cleanup(func() { _ = closer.Close() })
	}
	return b, true
}
