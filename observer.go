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

// Warning tells of something that does not prevent answers.
type Warning struct {
	// Kind tells what it is about.
	Kind WarningKind
	// Key is the country that was loaded.
	Key Key
	// Location is the place whose document the warning is about.
	Location Location
	// Detail says what was found.
	Detail string
	// Cause is the error underneath, if there is one.
	Cause error
}

// WarningKind tells warnings apart.
type WarningKind uint8

const (
	// WarnInvalidDocument: a document of the source is invalid; lookups at its
	// location answer [ErrInvalid]. Cause is the [InvalidError].
	WarnInvalidDocument WarningKind = iota
	// WarnOldData: the facts in a document were last checked longer ago than
	// Options.MaxDataAge.
	WarnOldData
	// WarnNoTimeZoneData: the system does not know the time zone of a
	// document, so that its day is the one of UTC. Importing time/tzdata
	// brings the zones into the program.
	WarnNoTimeZoneData
	// WarnSourcePanicked: the source panicked while it loaded a country; who
	// waited got [ErrUnavailable]. Detail is the stack. Key is zero when it
	// panicked in its Watch.
	WarnSourcePanicked
	// WarnObserverPanicked: a function of Options.Observer panicked. Detail is
	// the stack.
	WarnObserverPanicked
	// WarnWatchFailed: the source returned Cause from its Watch and is asked
	// again; see [Resolver.Watch]. Key is zero.
	WarnWatchFailed
)

var warningNames = [...]string{"invalid document", "old data", "no time zone data", "source panicked", "observer panicked", "watch failed"}

// String returns the kind in words.
func (k WarningKind) String() string { return enumName(warningNames[:], int(k)) }
