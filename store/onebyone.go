package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/taxresolve/tax"
)

// oneByOne carries out the changes of a batch with the methods that every [tax.Store] has.
// It tries those that were refused again once others took effect, because documents of a
// country depend on each other. If some remain, it undoes the others.
func oneByOne(ctx context.Context, s tax.Store, b *Batch) error {
	left := slices.Clone(b.Changes)
	slices.SortStableFunc(left, func(a, b Change) int {
		x, y := &a.Configuration, &b.Configuration
		return cmp.Or(cmp.Compare(depth(x), depth(y)), cmp.Compare(x.Location.Region, y.Location.Region))
	})
	var done []undo
	for len(left) > 0 {
		var refused []Change
		var first error
		for _, c := range left {
			u, err := one(ctx, s, b.Key.Tenant, &c)
			if err == nil {
				done = append(done, u)
				continue
			}
			if !refusal(ctx, err) {
				return back(ctx, s, b.Key.Tenant, done, err)
			}
			if refused = append(refused, c); first == nil {
				first = err
			}
		}
		if len(refused) == len(left) {
			return back(ctx, s, b.Key.Tenant, done, first)
		}
		left = refused
	}
	return nil
}

// depth is 0 for a country, and higher for what lies further inside.
func depth(c *tax.Configuration) int {
	switch {
	case c.Location.Region == "":
		return 0
	case c.Within == "":
		return 1
	}
	return 2
}

// undo is what was at a location before a change: nothing if its version is 0.
type undo struct {
	location tax.Location
	before   tax.Configuration
}

// one carries out a change. Restore is Put: a version cannot be kept.
func one(ctx context.Context, s tax.Store, tenant string, c *Change) (undo, error) {
	l := c.Configuration.Location
	u := undo{location: l}
	if c.Action == Create {
		_, err := s.Create(ctx, tenant, c.Configuration)
		return u, err
	}
	stored, err := s.Get(ctx, tenant, l)
	if errors.Is(err, tax.ErrNotFound) && c.Action != Update {
		_, err = s.Create(ctx, tenant, c.Configuration)
		return u, err
	}
	if err != nil {
		return u, err
	}
	u.before = stored.Clone()
	changed := c.Configuration
	if c.Action != Update {
		changed.Metadata.Version = stored.Metadata.Version
	}
	_, err = s.Update(ctx, tenant, changed)
	return u, err
}

// back undoes changes, the last one first, and returns the error that is the reason. What
// cannot be undone is in the error.
func back(ctx context.Context, s tax.Store, tenant string, done []undo, reason error) error {
	ctx = context.WithoutCancel(ctx) // half a country is worse than a late answer
	for _, u := range slices.Backward(done) {
		err := error(nil)
		if u.before.Metadata.Version == 0 {
			err = s.Delete(ctx, tenant, u.location)
		} else {
			var now tax.Configuration
			if now, err = s.Get(ctx, tenant, u.location); err == nil {
				u.before.Metadata.Version = now.Metadata.Version
				_, err = s.Update(ctx, tenant, u.before)
			}
		}
		if err != nil {
			return fmt.Errorf("%w; %s was written and could not be undone: %w", reason, u.location, err)
		}
	}
	return reason
}
