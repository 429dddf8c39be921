package tax

import (
	"context"
	"fmt"
	"time"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/iso"
)

// Watch follows the changes that the source, a [Watcher], reports: it drops every
// country that has changed from memory, for all tenants. It blocks, so run it in a
// goroutine:
//
//	go r.Watch(ctx)
//
// When the source can no longer report changes, Watch calls it again after a
// pause: first of 100 milliseconds, then of twice that and so on up to 15
// seconds, each drawn at random between half and all of it. Watch returns the
// error of ctx when ctx is done, [ErrClosed] after Close, and at once an
// [InputError] if the source is not a [Watcher].
//
// Reports carry no data, so they may come twice and in any order. If a report is
// lost and the source does not notice, the change is seen when the TTL of its
// country ends: Options.TTL bounds how old an answer can be.
func (r *Resolver) Watch(ctx context.Context) error {
	if err := r.usable(ctx); err != nil {
		return err
	}
	w, ok := r.source.(Watcher)
	if !ok {
		return inputError("source", fmt.Sprintf("%T", r.source), "cannot report changes: pass a Watcher to NewResolver")
	}
	caller := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.lifetime(), cancel)()
	ended := func() error {
		if err := caller.Err(); err != nil {
			return err
		}
		return ErrClosed
	}
	// Counting from 2, there is a pause after the first failure as well.
	for failures := 2; ; failures++ {
		began := time.Now()
		r.watch(ctx, w)
		if ctx.Err() != nil {
			return ended()
		}
		if time.Since(began) > time.Duration(cache.MaxBackoff) {
			failures = 2
		}
		pause := time.NewTimer(time.Duration(cache.Backoff(failures)))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ended()
		}
	}
}

// watch calls the source's Watch once. Whether that returned an error makes no
// difference to the caller: either way it has to be called again.
func (r *Resolver) watch(ctx context.Context, w Watcher) {
	ended := make(chan error)
	startWatch(ctx, w, r.changed, ended, func(p any) error {
		r.settings.warnPanic(WarnSourcePanicked, Key{}, p)
		return nil
	})
	if err := <-ended; err != nil && ctx.Err() == nil {
		r.settings.warn(Warning{Kind: WarnWatchFailed, Detail: "the source stopped reporting changes; it is called again", Cause: err})
	}
}

// Invalidate drops a country of this tenant from memory: no lookup that begins
// after it has returned sees data loaded before. A code that names no country
// drops nothing.
func (r *Resolver) Invalidate(country string) {
	if code, _, ok := iso.Country(country); ok && r.core != nil {
		r.cache.Invalidate(idOf(r.own.Tenant, code))
	}
}

// InvalidateTenant drops every country of this tenant, as Invalidate does.
func (r *Resolver) InvalidateTenant() {
	if r.core != nil {
		r.cache.InvalidateTenant(r.own.Tenant)
	}
}

// InvalidateAll drops every country of all tenants, as Invalidate does.
func (r *Resolver) InvalidateAll() {
	if r.core != nil {
		r.cache.InvalidateAll()
	}
}
