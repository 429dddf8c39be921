package tax

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/taxresolve/tax/internal/strictjson"
)

// Source returns the configurations of one country of one tenant: the country's
// own and those of its regions.
//
//   - No configurations and no error mean that the country has none: lookups
//     return [ErrUnknownCountry].
//   - An error means that the source could not answer: lookups return
//     [ErrUnavailable].
//   - An invalid configuration among valid ones affects only its own location
//     and what depends on it: lookups there return [ErrInvalid]. That is also so
//     for a region that does not exist. One of another country affects nothing, but
//     a warning, unless the country has no configuration of its own.
//
// The result belongs to the caller: the source must not change it afterwards. A
// Source is called from several goroutines at once. It should return when the
// context is done.
//
// Two more methods make loads cheaper; a source can have either or both:
//
//	NeverWaits() bool
//	Version(key Key) (number uint64, ok bool)
//
// With NeverWaits, a source says, always in the same way, that Configurations needs no
// input, output or lock, so that a [Resolver] can call it in the goroutine of the lookup. One
// whose Options have a Clock, Languages, OnWarning or an Observer does not: these may wait. If
// the source waits all the same, that lookup waits with it, beyond the end of its context; if
// it ends its goroutine, that of the lookup ends. Other lookups come to no harm.
//
// Version returns a number for what Configurations would return for the key, metadata
// included. It must be the same for two keys of a country, or for one at two times, only if
// they have equal documents: a Resolver that knows the documents of a number does not ask for
// them again. Documents with a number are shared as a whole, not by their classes, so that it
// pays where many tenants have the same ones. ok is false if there is no such number. [github.com/taxresolve/tax/rates.World]
// has both methods.
type Source interface {
	Configurations(ctx context.Context, key Key) ([]Configuration, error)
}

// Key names what a [Source] is asked for, and what a [Resolver] loads, compiles
// and caches as a unit: one country of one tenant.
type Key struct {
	// Tenant is any string; the empty string is a tenant as well. JSON has one that
	// is not UTF-8 as tenantBase64.
	Tenant string `json:"tenant,omitempty"`
	// Country is an ISO 3166-1 alpha-2 code in upper case.
	Country string `json:"country"`
}

// MarshalJSON returns {"tenant":"acme","country":"DE"}. A tenant that is not UTF-8
// comes as tenantBase64 instead, so that it never becomes another tenant. A country
// that is not UTF-8 is an [InputError].
func (k Key) MarshalJSON() ([]byte, error) {
	type plain Key
	t := tenantToJSON(&k.Tenant)
	return strictjson.Marshal(struct {
		tenantJSON
		plain
	}{t, plain(k)}, inputError)
}

// UnmarshalJSON reads what MarshalJSON returns. If there is an error, k keeps its
// value.
func (k *Key) UnmarshalJSON(data []byte) error {
	type plain Key
	read := struct {
		tenantJSON
		plain
	}{plain: plain(*k)}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	if err := read.into(&read.Tenant); err != nil {
		return err
	}
	*k = Key(read.plain)
	return nil
}

// tenantJSON has a tenant that is not UTF-8, which a JSON string cannot hold.
type tenantJSON struct {
	Bytes []byte `json:"tenantBase64,omitempty"`
}

// tenantToJSON takes over a tenant that is not UTF-8.
func tenantToJSON(tenant *string) (t tenantJSON) {
	if !utf8.ValidString(*tenant) {
		t.Bytes, *tenant = []byte(*tenant), ""
	}
	return t
}

// into sets the tenant if it was not UTF-8.
func (t tenantJSON) into(tenant *string) error {
	if len(t.Bytes) == 0 {
		return nil
	}
	if *tenant != "" {
		return inputError("tenantBase64", string(t.Bytes), "both tenant and tenantBase64: keep the one that was written")
	}
	*tenant = string(t.Bytes)
	return nil
}

// Damaged returns a document in place of one that a source holds but cannot read, such as
// a record that is no JSON. It is invalid: its location answers [ErrInvalid] and says the
// cause, what inherits from it does so too, and all other lookups answer as usual. It has
// no JSON.
func Damaged(l Location, cause error) Configuration {
	damage := "the store could not read the document"
	if cause != nil {
		reason := strings.TrimPrefix(cause.Error(), "tax: ")
		damage += ": " + strings.ToValidUTF8(reason[:min(len(reason), 256)], "?")
	}
	return Configuration{Location: l, damage: damage + "; repair it or write it again"}
}

// neverWaits reports whether a source says so.
func neverWaits(s Source) bool {
	l, ok := s.(interface{ NeverWaits() bool })
	return ok && l.NeverWaits()
}

// documentsOf returns the documents of a key, for one who only reads them. A source whose
// documents nobody ever changes need not copy them for that.
func documentsOf(ctx context.Context, s Source, key Key) ([]Configuration, error) {
	if s, ok := s.(interface {
		Constant(Key) ([]Configuration, error)
	}); ok {
		return s.Constant(key)
	}
	return s.Configurations(ctx, key)
}

// SourceFunc makes a [Source] from a function.
type SourceFunc func(ctx context.Context, key Key) ([]Configuration, error)

// Configurations calls the function. A nil function is an [InputError].
func (f SourceFunc) Configurations(ctx context.Context, key Key) ([]Configuration, error) {
	if f == nil {
		return nil, inputError("source", "nil", "pass a function that returns the configurations of a country")
	}
	return f(ctx, key)
}

// Notifier is implemented by a [Source] that reports its own writes. A [Resolver]
// registers with it. The source calls every registered function after a write has
// taken effect and before the write returns to its caller, so that no lookup that
// begins after the write sees the older state.
//
// The key passed to changed names what has changed, with its country written as
// [Key] says. A key without Country means every country of the tenant; the zero
// Key means everything. changed must not write to the source. stop ends the
// registration and may be called more than once; a call of changed that is under
// way may still arrive after it.
type Notifier interface {
	Notify(changed func(Key)) (stop func())
}

// Watcher is implemented by a [Source] that reports changes made by others, such
// as another process that writes to the same database. [Resolver.Watch] calls it.
// For its own writes a source is a [Notifier].
type Watcher interface {
	// Watch calls changed after every change, with a key as [Notifier]
	// describes it, and returns when ctx is done or it can no longer report
	// changes. It calls changed with the zero Key as soon as it listens, and
	// after every gap in what it received, because anything may have changed
	// before. changed may be called from several goroutines at once, but not
	// after Watch has returned.
	Watch(ctx context.Context, changed func(Key)) error
}

// startWatch calls the Watch of a source in a goroutine of its own, because it is code
// of the caller that may end its goroutine, and sends its error. panicked is called
// with its panic, and returns the error to send.
func startWatch(ctx context.Context, w Watcher, changed func(Key), ended chan<- error, panicked func(any) error) {
	go func() {
		err := errWatchGoexit
		defer func() {
			if p := recover(); p != nil {
				err = panicked(p)
			}
			ended <- err
		}()
		err = w.Watch(ctx, changed)
	}()
}

var errWatchGoexit = errors.New("tax: the source ended its goroutine")
