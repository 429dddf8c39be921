package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
)

// Overrides is a store of what a tenant changes in a base, such as the rates of the
// world. [MemoryOn] makes one.
//
// Configurations returns the documents of the base with those of the tenant on top, as
// [tax.Overlay] merges them, so a resolver reads from it alone. Get and List return the
// tenant's own documents.
//
// A write is checked as it will be used: merged with the base that holds at the time.
// It is refused if the document does not fit on the base, if it makes another one
// invalid, or if an entry without a day would replace the history of a rate. The paths of
// the faults lead into the document that was written, as far as they are about it. A
// fault that was there before, such as that of an override that its base no longer
// carries, does not keep others from being written.
//
// Overrides are a [tax.Notifier] for their own writes and for those of a base that is
// one, and a [tax.Watcher] if the base is one. They are safe for concurrent use.
type Overrides interface {
	tax.Store
	tax.Lister
	tax.Notifier
}

// MemoryOn returns an empty store in memory whose configurations lie on a base. clock
// returns the current time; nil means [time.Now]. A base that is nil is a
// [tax.InputError].
//
// A write asks the base for the country. If the base fails, so does the write, with an
// error that unwraps to [tax.ErrUnavailable].
func MemoryOn(base tax.Source, clock func() time.Time) (Overrides, error) {
	if base == nil {
		return nil, &tax.InputError{Field: "base", Value: "nil", Reason: "pass the source that the overrides lie on, such as rates.World()"}
	}
	m := &overrides{Memory: NewMemory(clock), base: base}
	m.merged = tax.Overlay(base, m.Memory)
	m.checker = m.onBase
	if _, ok := base.(tax.Watcher); ok {
		return watchedOverrides{m}, nil
	}
	return m, nil
}

type overrides struct {
	*Memory
	base, merged tax.Source
}

// Configurations returns the documents of the base with those of the tenant on top.
func (o *overrides) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	return o.merged.Configurations(ctx, key)
}

// Notify registers a function that the writes here and, if it is a Notifier, those of the
// base call.
func (o *overrides) Notify(changed func(tax.Key)) (stop func()) {
	return o.merged.(tax.Notifier).Notify(changed)
}

// watchedOverrides are overrides on a base that reports the changes of others.
type watchedOverrides struct{ *overrides }

// Watch watches the base.
func (o watchedOverrides) Watch(ctx context.Context, changed func(tax.Key)) error {
	return o.base.(tax.Watcher).Watch(ctx, changed)
}

// onBase returns what checks a write on top of the base that holds now.
func (o *overrides) onBase(ctx context.Context, key tax.Key) (check, error) {
	base, err := o.base.Configurations(ctx, key)
	if err != nil {
		return nil, &tax.StoreError{Kind: tax.ErrUnavailable, Tenant: key.Tenant, Location: tax.Location{Country: key.Country}, Cause: err}
	}
	return func(before, after []tax.Configuration, written *tax.Configuration) error {
		if faults := newFaults(base, before, after, written); len(faults) > 0 {
			return &tax.InvalidError{Faults: faults}
		}
		return nil
	}, nil
}

// newFaults returns the faults of the document that is written on top of a base, and
// those that it causes elsewhere.
func newFaults(base, before, after []tax.Configuration, written *tax.Configuration) (faults []tax.Fault) {
	if written != nil {
		faults = undatedFaults(at(base, written.Location), written)
	}
	wrong, merged := faultsOn(base, after)
	if len(wrong) == 0 {
		return faults
	}
	known := make(map[tax.Fault]bool)
	old, _ := faultsOn(base, before)
	for _, f := range old {
		known[f] = true
	}
	var elsewhere []tax.Fault
	for _, f := range wrong {
		if written != nil && f.Location == written.Location {
			f.Path = ownPath(f.Path, at(merged, f.Location), written)
			faults = append(faults, f)
		} else if !known[f] {
			elsewhere = append(elsewhere, f)
		}
	}
	return append(faults, elsewhere...)
}

// faultsOn returns the faults of a base with other documents on top, and the documents
// that the two make.
func faultsOn(base, mine []tax.Configuration) ([]tax.Fault, []tax.Configuration) {
	give := func(set []tax.Configuration) tax.Source {
		return tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil })
	}
	merged, _ := tax.Overlay(give(base), give(mine)).Configurations(context.Background(), tax.Key{}) // these do not fail
	return tax.ValidateCountry(merged).Errors, merged
}

// at returns the document of a location; nil if there is none.
func at(set []tax.Configuration, l tax.Location) *tax.Configuration {
	for i := range set {
		if set[i].Location == l {
			return &set[i]
		}
	}
	return nil
}

// undatedFaults are the entries without a day that would replace the history of a rate in
// the base without a word.
func undatedFaults(base, written *tax.Configuration) (faults []tax.Fault) {
	if base == nil {
		return nil
	}
	dated := make(map[string]bool, len(base.Classes))
	for i := range base.Classes {
		if c := &base.Classes[i]; len(c.Rates) > 0 && !c.Rates[0].From.IsZero() {
			dated[c.Code] = true
		}
	}
	for i := range written.Classes {
		c := &written.Classes[i]
		last := len(c.Rates) - 1
		if last >= 0 && c.Rates[last].From.IsZero() && dated[c.Code] {
			faults = append(faults, tax.Fault{Location: written.Location,
				Path:    "classes[" + strconv.Itoa(i) + "].rates[" + strconv.Itoa(last) + "].from",
				Code:    "from_missing",
				Message: "missing: the base has a history of this rate. Give a From to change the rate from that day on, or From 0001-01-01 to replace the whole history"})
		}
	}
	return faults
}

// ownPath returns the path in a document that is meant by a path in the document that it
// makes with the base. Its own entries come first there, but the classes and aliases of
// the base come before its own.
func ownPath(path string, merged, own *tax.Configuration) string {
	list, rest, indexed := strings.Cut(path, "[")
	number, rest, _ := strings.Cut(rest, "]")
	i, err := strconv.Atoi(number)
	if !indexed || err != nil || merged == nil {
		return path
	}
	switch {
	case list == "classes" && i < len(merged.Classes):
		i = slices.IndexFunc(own.Classes, func(c tax.Class) bool { return c.Code == merged.Classes[i].Code })
	case list == "regionAliases" && i < len(merged.RegionAliases):
		i = slices.Index(own.RegionAliases, merged.RegionAliases[i])
	default:
		return path
	}
	if i < 0 {
		return "" // only the base has it
	}
	return list + "[" + strconv.Itoa(i) + "]" + rest
}
