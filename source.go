package tax

import "context"

// Key names the unit that a [Source] answers for and a [Resolver] loads,
// compiles, caches and swaps: one country of one tenant.
type Key struct {
	// Tenant is any string; the empty one is a tenant as well.
	Tenant string
	// Country is an ISO 3166-1 alpha-2 code in upper case.
	Country string
}

// Source gives the configurations of one country of one tenant: the country's
// own and those of its regions.
//
//   - No configurations and no error mean that there are none: lookups answer
//     [ErrUnknownCountry].
//   - An error means that the source could not tell: lookups answer
//     [ErrUnavailable].
//   - An invalid configuration among valid ones costs only its own location:
//     lookups there answer [ErrInvalid].
//
// The result becomes the caller's: the source must not change it afterwards.
// A Source is called from several goroutines at once. It should return when
// the context is done.
type Source interface {
	Configurations(ctx context.Context, key Key) ([]Configuration, error)
}

// SourceFunc makes a [Source] of a function.
type SourceFunc func(ctx context.Context, key Key) ([]Configuration, error)

// Configurations calls the function.
func (f SourceFunc) Configurations(ctx context.Context, key Key) ([]Configuration, error) {
	return f(ctx, key)
}

// Notifier is what a [Source] implements as well when it can tell of its own
// writes. A [Resolver] registers with it; the source calls every registered
// function after a write took effect and before the write returns to its
// caller, so that no lookup that begins after the write sees the older state.
//
// The key is canonical, as [Key] says. A key without Country means every
// country of the tenant; the zero Key means everything. changed must not write
// to the source. stop ends the registration and may be called more than once; a
// call that is under way may still arrive after it.
type Notifier interface {
	Notify(changed func(Key)) (stop func())
}

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
