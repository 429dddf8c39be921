package tax

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Watcher is what a [Source] implements as well when it can tell of changes
// that others make, such as another process that writes to the same database.
// [Resolver.Watch] calls it. For its own writes a source is a [Notifier].
type Watcher interface {
	// Watch calls changed after every change, with a key as [Notifier]
	// describes it, until ctx is done or it can no longer tell; then it
	// returns. It calls changed with the zero Key as soon as it listens, and
	// after every gap in what it heard: anything may have changed before.
	// changed may be called from several goroutines at once, but not after
	// Watch returned.
	Watch(ctx context.Context, changed func(Key)) error
}

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
		if time.Since(began) > time.Duration(maxBackoff) {
			failures = 2
		}
		pause := time.NewTimer(time.Duration(backoff(failures)))
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
	err := w.Watch(ctx, r.cache.changed)
	if err != nil && ctx.Err() == nil {
		r.settings.warn(Warning{Kind: WarnWatchFailed, Detail: "the source stopped telling of changes; it is asked again", Cause: err})
	}
}

// watches reports whether one of the sources is a Watcher.
func (o overlay) watches() bool {
	for _, s := range []Source{o.base, o.mine} {
		if under, ok := s.(overlay); ok && under.watches() {
			return true
		} else if _, watcher := s.(Watcher); watcher && !ok {
			return true
		}
	}
	return false
}

// Watch watches those of the two sources that can be watched. When one of them
// can no longer tell, it ends the other one too.
func (o overlay) Watch(ctx context.Context, changed func(Key)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error)
	running := 0
	for _, s := range []Source{o.base, o.mine} {
		w, ok := s.(Watcher)
		if under, isOverlay := s.(overlay); isOverlay {
			ok = under.watches()
		}
		if !ok {
			continue
		}
		running++
		go func() {
			err := errors.New("tax: the source ended its goroutine")
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("tax: the source panicked: %v", p)
				}
				ended <- err
			}()
			err = w.Watch(ctx, changed)
		}()
	}
	var first error
	for ; running > 0; running-- {
		if err := <-ended; first == nil {
			first = err
		}
		cancel()
	}
	return first
}
