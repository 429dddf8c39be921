package observe

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/taxresolve/tax"
)

// Log writes what happens in a resolver with log/slog. A failure that repeats is logged
// once and then every Repeat, with the number of times. In each Repeat, failures have at
// most 32 lines, and the next one has the number of those that were left out.
//
// The zero Log writes to [slog.Default]. Set its fields before it is used; it is then safe
// for concurrent use, and may serve several resolvers.
type Log struct {
	// Logger receives the lines. Defaults to slog.Default().
	Logger *slog.Logger
	// Repeat is the time until the same failure is logged again. Defaults to 1 minute.
	Repeat time.Duration
	// Error returns what is logged of an error, for sources whose errors may have secrets,
	// such as the address of a database with its password. Defaults to its text. What it
	// returns is cut to 512 bytes.
	Error func(error) string

	limit limiter
}

// The longest texts in a line, in bytes.
const (
	maxName   = 64
	maxError  = 512
	maxDetail = 4096
)

// Observer returns an observer that logs loads and evictions, for Options.Observer of a
// resolver. [Join] joins it with others.
func (l *Log) Observer() *tax.Observer {
	return &tax.Observer{LoadEnd: l.loaded, Evicted: l.evicted}
}

func (l *Log) loaded(ctx context.Context, e tax.LoadEvent) {
	about := subject{what: "load", key: e.Key}
	place := append(keyed(e.Key), slog.Duration("duration", e.Duration))
	switch {
	case e.Err == nil:
		l.write(ctx, slog.LevelDebug, "country loaded", append(place, slog.Bool("found", e.Found), slog.Bool("background", e.Background))...)
		if failures := l.limit.recovered(about); failures > 0 {
			l.write(ctx, slog.LevelInfo, "country loaded again", append(place, slog.Int("failures", failures))...)
		}
	case errors.Is(e.Err, context.Canceled):
		l.write(ctx, slog.LevelDebug, "load given up", place...)
	default:
		level := slog.LevelError
		if e.Background {
			level = slog.LevelWarn
		}
		l.fail(ctx, about, level, "load failed", append(place, slog.Bool("background", e.Background), l.cause(e.Err))...)
	}
}

func (l *Log) evicted(key tax.Key) {
	l.write(context.Background(), slog.LevelDebug, "country evicted", keyed(key)...)
}

// Warning logs a warning of a resolver: it is for Options.OnWarning.
func (l *Log) Warning(w tax.Warning) {
	level := slog.LevelWarn
	if w.Kind == tax.WarnSourcePanicked || w.Kind == tax.WarnObserverPanicked {
		level = slog.LevelError
	}
	attributes := keyed(w.Key)
	if w.Location.Region != "" {
		attributes = append(attributes, slog.String("location", cut(w.Location.String(), maxName)))
	}
	if w.Detail != "" {
		attributes = append(attributes, slog.String("detail", cut(w.Detail, maxDetail)))
	}
	if w.Cause != nil {
		attributes = append(attributes, l.cause(w.Cause))
	}
	l.fail(context.Background(), subject{w.Kind.String(), w.Key, w.Location}, level, w.Kind.String(), attributes...)
}

// Changed logs that configurations changed: register it with the Notify of a store that is
// a [tax.Notifier].
func (l *Log) Changed(key tax.Key) {
	message := "configurations changed"
	if key == (tax.Key{}) {
		message = "all configurations may have changed"
	}
	l.write(context.Background(), slog.LevelInfo, message, keyed(key)...)
}

// Report logs how many answers were stale and how many countries were evicted, each time
// that every has passed and some were, and whether loads that were given up are still
// running. It blocks until ctx is done, reports once more, and returns the error of ctx:
// run it in a goroutine. A nil resolver, and a duration that is not positive, are a
// [tax.InputError].
func (l *Log) Report(ctx context.Context, r *tax.Resolver, every time.Duration) error {
	switch {
	case ctx == nil:
		return &tax.InputError{Field: "context", Value: "nil", Reason: "pass context.Background() if there is no other"}
	case r == nil:
		return &tax.InputError{Field: "resolver", Value: "nil", Reason: "pass a Resolver, see tax.NewResolver"}
	case every <= 0:
		return &tax.InputError{Field: "every", Value: every.String(), Reason: "out of range: pass a positive duration such as time.Minute"}
	}
	before := r.Stats()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			before = l.report(ctx, r, before)
		case <-ctx.Done():
			l.report(ctx, r, before)
			return ctx.Err()
		}
	}
}

func (l *Log) report(ctx context.Context, r *tax.Resolver, before tax.Stats) tax.Stats {
	now := r.Stats()
	if n := now.StaleServed - before.StaleServed; n > 0 {
		l.write(ctx, slog.LevelWarn, "answers were stale", slog.Uint64("answers", n))
	}
	if now.Abandoned > 0 {
		l.write(ctx, slog.LevelWarn, "the source ignores its context", slog.Int("loads", now.Abandoned))
	}
	if n := now.Evictions - before.Evictions; n > 0 {
		l.write(ctx, slog.LevelInfo, "countries were evicted", slog.Uint64("countries", n), slog.Int("left", now.Countries))
	}
	return now
}

// fail logs a failure unless it repeats too often.
func (l *Log) fail(ctx context.Context, about subject, level slog.Level, message string, attributes ...slog.Attr) {
	repeat := l.Repeat
	if repeat <= 0 {
		repeat = time.Minute
	}
	times, omitted, ok := l.limit.allow(about, time.Now(), repeat)
	if !ok {
		return
	}
	if times > 1 {
		attributes = append(attributes, slog.Int("times", times))
	}
	if omitted > 0 {
		attributes = append(attributes, slog.Int("omitted", omitted))
	}
	l.write(ctx, level, message, attributes...)
}

func (l *Log) write(ctx context.Context, level slog.Level, message string, attributes ...slog.Attr) {
	to := l.Logger
	if to == nil {
		to = slog.Default()
	}
	to.LogAttrs(ctx, level, message, attributes...)
}

// cause returns the attribute of an error.
func (l *Log) cause(err error) slog.Attr {
	text := ""
	if l.Error != nil {
		text = l.Error(err)
	} else {
		text = err.Error()
	}
	return slog.String("error", cut(text, maxError))
}

// String returns "log", for people and logs.
func (*Log) String() string { return "log" }

// LogValue returns the text of String for log/slog.
func (l *Log) LogValue() slog.Value { return slog.StringValue(l.String()) }

// keyed returns the attributes of a key.
func keyed(key tax.Key) (list []slog.Attr) {
	if key.Tenant != "" {
		list = append(list, slog.String("tenant", cut(key.Tenant, maxName)))
	}
	if key.Country != "" {
		list = append(list, slog.String("country", cut(key.Country, maxName)))
	}
	return list
}

// cut returns a text that is no longer than n bytes, and UTF-8.
func cut(text string, n int) string {
	return strings.ToValidUTF8(text[:min(len(text), n)], "\ufffd")
}
