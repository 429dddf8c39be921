package tax

import (
	"context"
	"errors"
	"sync"
)

// Warming says what [Resolver.Warm] loads.
type Warming struct {
	// Countries are codes as [ParseLocation] accepts them; none stands for
	// every country of ISO 3166-1.
	Countries []string
	// Concurrency is the number of countries loaded at once. Defaults to 4.
	Concurrency int
	// Progress is called after every country, by one goroutine at a time.
	// Defaults to nil.
	Progress func(WarmProgress)
}

// WarmProgress tells how far a warming is.
type WarmProgress struct {
	// Done of Total countries are finished.
	Done, Total int
	// Country is the one that was finished last, as it was given.
	Country string
	// Err is why it has no answer; nil when it is in memory.
	Err error
}

// Warm loads countries of this tenant that are not in memory, so that the first
// lookups need not wait. It returns the errors of those that failed, joined,
// after it tried all of them: [LookupError]s as Resolve returns them. That the
// source has nothing for a country is an error only when the country was named.
// When ctx ends, no further loads are started and its error is returned with
// the others. A negative Concurrency is an [InputError].
func (r *Resolver) Warm(ctx context.Context, w Warming) error {
	if err := r.usable(ctx); err != nil {
		return err
	}
	if w.Concurrency < 0 {
		return inputError("concurrency", itoa(int64(w.Concurrency)), "pass the number of loads at once, or 0 for the default")
	}
	named := len(w.Countries) > 0
	if !named {
		for n := 1; n <= countryCount; n++ {
			w.Countries = append(w.Countries, alpha2(n))
		}
	}
	workers := w.Concurrency
	if workers == 0 {
		workers = 4
	}

	var (
		mu   sync.Mutex
		next int
		done int
		errs []error
		wg   sync.WaitGroup
	)
	take := func() (country string, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(w.Countries) || ctx.Err() != nil {
			return "", false
		}
		next++
		return w.Countries[next-1], true
	}
	finish := func(country string, err error) {
		mu.Lock()
		defer mu.Unlock()
		done++
		if errors.Is(err, ErrUnknownCountry) && !named {
			err = nil
		}
		if err != nil {
			errs = append(errs, err)
		}
		if w.Progress != nil {
			w.Progress(WarmProgress{done, len(w.Countries), country, err})
		}
	}
	for range min(workers, len(w.Countries)) {
		wg.Go(func() {
			for country, ok := take(); ok; country, ok = take() {
				finish(country, r.load(ctx, country))
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil && done < len(w.Countries) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// load brings a country into memory.
func (r *Resolver) load(ctx context.Context, country string) error {
	_, err := r.country(ctx, &Lookup{Country: country})
	return err
}
