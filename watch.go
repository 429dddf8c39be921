package tax

import (
	"context"
	"fmt"
	"time"

	"github.com/taxresolve/tax/internal/cache"
)

// Watch follows the changes that the source tells of: what has changed is
// dropped from memory. It blocks, and so is given a goroutine by the caller:
//
//	go r.Watch(ctx)
//
// When the source can no longer tell, Watch tries again, first after 100
// milliseconds, then after twice that and so on up to 15 seconds, each drawn
// between half and all of it. It returns the error of ctx when that is done,
// [ErrClosed] after Close, and an [InputError] at once when the source is no
// [Watcher].
//
// Notices may come twice or in any order: they carry no data. A change whose
// notice is lost without the source knowing is followed when the TTL of its
// country ends, so that Options.TTL is the bound of staleness.
func (r *Resolver) Watch(ctx context.Context) error {
	if err := r.usable(ctx); err != nil {
		return err
	}
	w, ok := r.source.(Watcher)
	if o, isOverlay := r.source.(overlay); isOverlay {
		ok = o.watches()
	}
	if !ok {
		return inputError("source", fmt.Sprintf("%T", r.source), "cannot tell of changes: pass a Watcher to NewResolver")
	}
	caller := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.life, cancel)()
	ended := func() error {
		if err := caller.Err(); err != nil {
			return err
		}
		return ErrClosed
	}
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

// watch runs the source's Watch once. What it returns does not matter: either
// way it has to be called again.
func (r *Resolver) watch(ctx context.Context, w Watcher) {
	defer func() {
		if p := recover(); p != nil {
			r.settings.warnPanic(WarnSourcePanicked, Key{}, p)
		}
	}()
	err := w.Watch(ctx, r.changed)
	if err != nil && ctx.Err() == nil {
		r.settings.warn(Warning{Kind: WarnWatchFailed, Detail: "the source stopped telling of changes; it is asked again", Cause: err})
	}
}
