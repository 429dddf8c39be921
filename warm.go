package tax

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/iso"
)

// Warming says what [Resolver.Warm] loads. The zero Warming loads every country.
type Warming struct {
	// Countries are codes as [ParseLocation] accepts them. Defaults to every
	// country of ISO 3166-1.
	Countries []string
	// Concurrency is the number of countries loaded at once. Defaults to 4.
	Concurrency int
	// Progress is called after every country, by the goroutine that called Warm:
	// done of total countries have been tried, country is the last one, as the
	// caller wrote it, and err is why it could not be loaded; nil if that is no
	// failure of the warming. Defaults to nil.
	Progress func(done, total int, country string, err error)
}

// Warm loads countries of this tenant that are not in memory, so that the first
// lookups need not wait. It tries all of them and then returns the errors of those
// that failed, joined by [errors.Join]: each is a [LookupError] as Resolve returns
// it. A country that the source has nothing for is a failure only if Countries
// names it.
//
// If ctx ends before that, no further loads are started, and its error is joined
// with the others. A negative Concurrency is an [InputError].
func (r *Resolver) Warm(ctx context.Context, w Warming) error {
	if err := r.usable(ctx); err != nil {
		return err
	}
	list, workers, err := w.plan()
	if err != nil {
		return err
	}
	// Progress is called here and not by the workers, so that the caller sees its
	// panics. They end this loop, and then stop ends the workers.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var errs []error
	done := 0
	for l := range r.loadAll(ctx, list, workers) {
		done++
		if errors.Is(l.err, ErrUnknownCountry) && len(w.Countries) == 0 {
			l.err = nil
		}
		if l.err != nil {
			errs = append(errs, l.err)
		}
		if w.Progress != nil {
			w.Progress(done, len(list), l.country, l.err)
		}
	}
	if err := ctx.Err(); err != nil && done < len(list) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// plan returns the countries to load and the number of goroutines that load them.
func (w Warming) plan() (countries []string, workers int, err error) {
	if w.Concurrency < 0 {
		return nil, 0, inputError("concurrency", itoa(int64(w.Concurrency)), "pass the number of loads at once, or 0 for the default")
	}
	countries, workers = slices.Clone(w.Countries), w.Concurrency
	if len(countries) == 0 {
		countries = iso.Countries()
	}
	if workers == 0 {
		workers = 4
	}
	return countries, workers, nil
}

// warmed is a country that has been tried.
type warmed struct {
	country string
	err     error
}

// loadAll loads countries in several goroutines at once and sends the result of
// each. The goroutines end when all countries have been tried or ctx is done;
// then the channel is closed.
func (r *Resolver) loadAll(ctx context.Context, countries []string, workers int) <-chan warmed {
	next := make(chan string, len(countries))
	for _, country := range countries {
		next <- country
	}
	close(next)
	finished := make(chan warmed, len(countries)) // sending never blocks
	var wg sync.WaitGroup
	var work func()
	work = func() {
		country, loading := "", false
		defer func() {
			if loading { // a source that never waits has ended the goroutine
				finished <- warmed{country, r.fail(ErrUnavailable, &Lookup{Country: country}, advice(ErrUnavailable), cache.ErrGoexit)}
				wg.Go(work)
			}
		}()
		for country = range next {
			if ctx.Err() != nil {
				return
			}
			loading = true
			err := r.load(ctx, country)
			loading = false
			finished <- warmed{country, err}
		}
	}
	for range min(workers, len(countries)) {
		wg.Go(work)
	}
	go func() {
		wg.Wait()
		close(finished)
	}()
	return finished
}

// load brings a country into memory.
func (r *Resolver) load(ctx context.Context, country string) error {
	_, err := r.country(ctx, &Lookup{Country: country})
	return err
}
