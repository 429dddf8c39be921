package tax

import (
	"context"
	"strings"
	"time"

	"github.com/taxresolve/tax/internal/strictjson"
)

// Observer receives the loads and evictions of a [Resolver], for metrics, traces
// and logs. Every function may be nil. The functions are called from the
// goroutines that load, for several countries at once and never under a lock;
// they may call the Resolver. Hits are not observed: see Options.CountHits.
//
// A panic in one of the functions is reported to Options.OnWarning as
// [WarnObserverPanicked]; if LoadStart panics, the load fails.
type Observer struct {
	// LoadStart is called before a load. The context it returns, which must be
	// derived from ctx, is passed to the source and may carry a span; nil
	// stands for ctx.
	//
	// ctx is that of the load. It has no values: a load belongs to no caller,
	// because all share its result. caller has the values of the context of the
	// lookup that started the load, without its end. It is for links, such as
	// trace.LinkFromContext(caller) of OpenTelemetry. Do not derive the returned
	// context from it, or the source sees what belongs to one request, such as a
	// transaction, and others get the result.
	LoadStart func(ctx, caller context.Context, key Key) context.Context
	// LoadEnd is called after a load has ended; callers that waited for it may
	// have their answers already. ctx is the one that LoadStart returned.
	// [Resolver.Close] ends the loads under way, and waits for this function.
	LoadEnd func(ctx context.Context, e LoadEvent)
	// Evicted is called for every country that was evicted to make room.
	Evicted func(key Key)
}

// LoadEvent is a load that has ended.
type LoadEvent struct {
	// Key is what the source was asked for.
	Key Key
	// Duration is the time it took, compiling included.
	Duration time.Duration
	// Found reports whether the source had configurations.
	Found bool
	// Err is why the load failed: the error of the source, the deadline, a
	// panic. It is nil if the load succeeded, even if it found nothing.
	Err error
	// Background reports whether the load was started by a lookup that had an
	// answer already.
	Background bool
}

// MarshalJSON returns an object with key, duration in nanoseconds, found, background
// and, if the load failed, the text of Err as err. It is for logs, and cannot be read
// back.
func (e LoadEvent) MarshalJSON() ([]byte, error) {
	return strictjson.Marshal(struct {
		Key        Key           `json:"key"`
		Duration   time.Duration `json:"duration"`
		Found      bool          `json:"found"`
		Background bool          `json:"background"`
		Err        string        `json:"err,omitempty"`
	}{e.Key, e.Duration, e.Found, e.Background, causeText(e.Err)}, inputError)
}

// UnmarshalJSON always returns an [InputError]: the text of an error is not the error.
func (*LoadEvent) UnmarshalJSON([]byte) error { return noJSON("load event", writtenOnly) }

const writtenOnly = "its JSON is for logs, and has an error only as text"

// causeText returns the text of an error for JSON, or "" if there is none.
func causeText(err error) string {
	if err == nil {
		return ""
	}
	text, _ := errorText(err)
	return string(text)
}

// Warning reports something that needs attention but leaves the resolver
// working.
type Warning struct {
	// Kind says what it is about.
	Kind WarningKind
	// Key is the country that was being loaded; zero if the warning is not
	// about a load.
	Key Key
	// Location is the place whose document the warning is about; the country if
	// it is not about one document.
	Location Location
	// Detail says what was found.
	Detail string
	// Cause is the error underneath, if there is one.
	Cause error
}

// MarshalJSON returns an object with the words for Kind as kind, key, the code of
// Location as location, detail, and the text of Cause as cause; without those that are
// empty. It is for logs, and cannot be read back.
func (w Warning) MarshalJSON() ([]byte, error) {
	return strictjson.Marshal(struct {
		Kind     string `json:"kind"`
		Key      Key    `json:"key,omitzero"`
		Location string `json:"location,omitempty"`
		Detail   string `json:"detail,omitempty"`
		Cause    string `json:"cause,omitempty"`
	}{w.Kind.String(), w.Key, strings.ToValidUTF8(w.Location.String(), "\ufffd"), strings.ToValidUTF8(w.Detail, "\ufffd"), causeText(w.Cause)}, inputError)
}

// UnmarshalJSON always returns an [InputError]: the text of an error is not the error.
func (*Warning) UnmarshalJSON([]byte) error { return noJSON("warning", writtenOnly) }

// WarningKind is the subject of a [Warning].
type WarningKind uint8

const (
	// WarnInvalidDocument: a document of the source is invalid; lookups at its
	// location return [ErrInvalid]. Cause is the [InvalidError].
	WarnInvalidDocument WarningKind = iota
	// WarnOldData: the facts in a document were last checked longer ago than
	// Options.MaxDataAge.
	WarnOldData
	// WarnNoTimeZoneData: the system does not know the time zone of a
	// document, so its day is that of UTC. Importing time/tzdata brings the
	// zones into the program.
	WarnNoTimeZoneData
	// WarnSourcePanicked: the source, Options.Clock or Options.Languages panicked
	// while a country was loaded, and the waiting callers received
	// [ErrUnavailable], which says which of them it was. Detail is the stack. Key is
	// zero if the source panicked in its Watch, or when Close ended its Notify.
	WarnSourcePanicked
	// WarnObserverPanicked: a function of Options.Observer panicked. Detail is
	// the stack.
	WarnObserverPanicked
	// WarnWatchFailed: the Watch of the source returned Cause and will be
	// called again; see [Resolver.Watch]. Key is zero.
	WarnWatchFailed
)

var warningNames = [...]string{"invalid document", "old data", "no time zone data", "source panicked", "observer panicked", "watch failed"}

// String returns the kind in words.
func (k WarningKind) String() string { return enumName(warningNames[:], int(k)) }
