package tax_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
)

func ExampleResolver_Warm() {
	r, err := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()

	// One country after the other, so that the lines come in this order.
	err = r.Warm(context.Background(), tax.Warming{
		Countries:   []string{"DE", "CA", "FR"},
		Concurrency: 1,
		Progress: func(done, total int, country string, err error) {
			fmt.Printf("%d of %d: %s, %v\n", done, total, country, err == nil)
		},
	})
	fmt.Println(errors.Is(err, tax.ErrUnknownCountry), r.Stats().Countries)
	// Output:
	// 1 of 3: DE, true
	// 2 of 3: CA, true
	// 3 of 3: FR, false
	// true 2
}

func ExampleResolver_Stats() {
	r, err := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock, CountHits: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for range 10 {
		if _, err := r.Resolve(context.Background(), "DE", "BOOKS"); err != nil {
			fmt.Println(err)
		}
	}
	s := r.Stats()
	fmt.Printf("%d hits, %d miss, %d load, %d failures\n", s.Hits, s.Misses, s.Loads, s.Failures)
	fmt.Printf("%d country in memory: %t\n", s.Countries, s.Bytes > 0)
	// Output:
	// 9 hits, 1 miss, 1 load, 0 failures
	// 1 country in memory: true
}

func ExampleObserver() {
	type span struct{} // keys of context values of ours
	type request struct{}
	r, err := tax.NewResolver(exampleSource(), &tax.Options{
		Clock: exampleClock,
		Observer: &tax.Observer{
			LoadStart: func(ctx, caller context.Context, key tax.Key) context.Context {
				return context.WithValue(ctx, span{}, fmt.Sprint("load ", key.Country, " for ", caller.Value(request{}), ","))
			},
			LoadEnd: func(ctx context.Context, l tax.LoadEvent) {
				fmt.Println(ctx.Value(span{}), "found:", l.Found, "error:", l.Err)
			},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range 3 {
		ctx := context.WithValue(context.Background(), request{}, n)
		if _, err := r.Resolve(ctx, "DE", "BOOKS"); err != nil {
			fmt.Println(err)
		}
	}
	r.Close() // waits until the end of the load was told
	// Output:
	// load DE for 0, found: true error: <nil>
}

// exampleBus is a source that hears of changes made elsewhere.
type exampleBus struct {
	tax.Source
	changes chan tax.Key
	heard   chan struct{}
}

// Watch says first that anything may have changed before it listened.
func (b exampleBus) Watch(ctx context.Context, changed func(tax.Key)) error {
	changed(tax.Key{})
	for {
		select {
		case key := <-b.changes:
			changed(key)
			b.heard <- struct{}{}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func ExampleResolver_Watch() {
	var percent atomic.Value // what another process writes
	percent.Store("19")
	bus := exampleBus{
		Source: tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			return []tax.Configuration{{
				Location: tax.Location{Country: key.Country},
				Tax:      tax.Tax{Code: "VAT"},
				Classes: []tax.Class{{
					Code: "STANDARD", Default: true,
					Rates: []tax.Rate{{Percent: tax.MustPercent(percent.Load().(string))}},
				}},
			}}, nil
		}),
		changes: make(chan tax.Key),
		heard:   make(chan struct{}),
	}
	// The TTL bounds how long a change stays unseen whose notice was lost.
	r, err := tax.NewResolver(bus, &tax.Options{TTL: time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- r.Watch(context.Background()) }()

	show := func() {
		a, err := r.Resolve(context.Background(), "DE", "")
		fmt.Println(a.Percent(), err)
	}
	show()
	percent.Store("21")
	bus.changes <- tax.Key{Country: "DE"}
	<-bus.heard
	show()
	r.Close()
	fmt.Println(<-ended)
	// Output:
	// 19 <nil>
	// 21 <nil>
	// tax: resolver closed
}

func ExampleResolution_Stale() {
	var down atomic.Bool
	good := exampleSource()
	r, err := tax.NewResolver(tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if down.Load() {
			return nil, errors.New("connection refused")
		}
		return good.Configurations(ctx, key)
	}), &tax.Options{
		TTL:      50 * time.Millisecond,
		MaxStale: 24 * time.Hour,
		Clock:    exampleClock,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for range 2 {
		a, err := r.Resolve(context.Background(), "DE", "BOOKS")
		fmt.Println(a.Percent(), "stale:", a.Stale(), "loaded:", a.LoadedAt().Format(time.DateTime), err)
		down.Store(true)
		time.Sleep(time.Second) // far beyond the TTL, also on a busy machine
	}
	// Output:
	// 7 stale: false loaded: 2026-11-21 12:00:00 <nil>
	// 7 stale: true loaded: 2026-11-21 12:00:00 <nil>
}
