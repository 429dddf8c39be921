package tax

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/taxresolve/tax/internal/iso"
)

// Warming says what [Resolver.Warm] loads.
type Warming struct {
	// Countries are codes as [ParseLocation] accepts them; none stands for
	// every country of ISO 3166-1.
	Countries []string
	// Concurrency is the number of countries loaded at once. Defaults to 4.
	Concurrency int
	// Progress is called after every country, by the goroutine that called
	// Warm. Defaults to nil.
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
	list := slices.Clone(w.Countries)
	if len(list) == 0 {
		list = iso.Countries()
	}
	workers := w.Concurrency
	if workers == 0 {
		workers = 4
	}

	// Progress is called here and not by those who load, so that a panic of it
	// is the caller's; then they are told to stop.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan string, len(list))
	for _, country := range list {
		next <- country
	}
	close(next)
	finished := make(chan WarmProgress, len(list)) // none of them ever waits for us
	var wg sync.WaitGroup
	for range min(workers, len(list)) {
		wg.Go(func() {
			for country := range next {
				if ctx.Err() != nil {
					return
				}
				finished <- WarmProgress{Country: country, Err: r.load(ctx, country)}
			}
		})
	}
	go func() {
		wg.Wait()
		close(finished)
	}()

	var errs []error
	done := 0
	for p := range finished {
		done++
		p.Done, p.Total = done, len(list)
		if errors.Is(p.Err, ErrUnknownCountry) && len(w.Countries) == 0 {
			p.Err = nil
		}
		if p.Err != nil {
			errs = append(errs, p.Err)
		}
		if w.Progress != nil {
			w.Progress(p)
		}
	}
	if err := ctx.Err(); err != nil && done < len(list) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// load brings a country into memory.
func (r *Resolver) load(ctx context.Context, country string) error {
	_, err := r.country(ctx, &Lookup{Country: country})
	return err
}
