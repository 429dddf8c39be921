package tax

import (
	"context"
	"time"
)

// Observer is told what a [Resolver] does beside answering from memory: it is
// for metrics, traces and logs. Every function may be nil. They are called from
// the goroutines that load, for several countries at once and never under a
// lock; they may call the Resolver. Hits are not observed: see
// Options.CountHits. A function that panics is reported to Options.OnWarning;
// when LoadStart panics, the load fails.
type Observer struct {
	// LoadStart is called before a country is asked of the source. The context
	// it returns, which must be derived from ctx, is passed to the source and
	// may carry a span.
	LoadStart func(ctx context.Context, key Key) context.Context
	// LoadEnd is called when the load has ended, after those who waited for it
	// may have gone on. ctx is the one that LoadStart returned.
	LoadEnd func(ctx context.Context, l Load)
	// Evicted is called for every country that was displaced to make room.
	Evicted func(key Key)
}

// Load is a load that has ended.
type Load struct {
	// Key is what was asked of the source.
	Key Key
	// Duration is the time it took, compiling included.
	Duration time.Duration
	// Found tells that the source had configurations.
	Found bool
	// Err is what failed: the error of the source, the deadline, a panic.
	Err error
	// Background tells that a lookup which had an answer started it.
	Background bool
}
