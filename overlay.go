package tax

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Overlay is a source that lays one over another: the classes, names and codes
// of mine on top of the configurations of base. Location by location, what
// mine says wins and what it leaves open comes from base:
//
//   - a class of mine takes the place of the base's class with that code; left
//     without Rates, it keeps the base's timeline, and left without name or
//     description, those of the base, as with Order 0; its aliases join;
//   - a class of mine with a code that the base's document of that location
//     does not list joins the others, and needs Rates;
//   - a Default in mine takes the place of the base's;
//   - Tax, TimeZone, PostalCodes and a rule for regions that mine gives take
//     the place of the base's; region aliases join; Exclusive is kept if
//     either has it;
//   - a name that mine gives replaces the base's in all languages;
//   - the metadata are mine, with the base's under them; at most 32 documents
//     may lie under each other.
//
// When one of the two fails, so does the overlay: a rate is never taken from
// half of the data. When both or one are [Notifier]s, so is the overlay.
func Overlay(base, mine Source) Source { return overlay{base, mine} }

type overlay struct{ base, mine Source }

// lacks reports whether a source was not given. NewResolver refuses it.
func (o overlay) lacks() bool {
	for _, s := range []Source{o.base, o.mine} {
		if under, ok := s.(overlay); s == nil || ok && under.lacks() {
			return true
		}
	}
	return false
}

// Configurations merges what the two sources have for the country.
func (o overlay) Configurations(ctx context.Context, key Key) ([]Configuration, error) {
	if o.lacks() {
		return nil, inputError("source of an overlay", "nil", "pass two sources")
	}
	mine, err := o.mine.Configurations(ctx, key)
	if err != nil {
		return nil, err
	}
	set, err := o.base.Configurations(ctx, key)
	if err != nil || len(mine) == 0 {
		return set, err
	}
	under := make(map[Location]int, len(set))
	for i, b := range set {
		under[b.Location] = i
	}
	set = slices.Clone(set)
	for _, m := range mine {
		i, ok := under[m.Location]
		if !ok {
			set = append(set, m)
			continue
		}
		set[i] = laid(set[i], m)
		// A second document of mine for one location stays one too many.
		delete(under, m.Location)
	}
	return set, nil
}

// Notify registers with those of the two sources that can notify.
func (o overlay) Notify(changed func(Key)) (stop func()) {
	var stops []func()
	for _, s := range []Source{o.base, o.mine} {
		if n, ok := s.(Notifier); ok {
			stops = append(stops, n.Notify(changed))
		}
	}
	return sync.OnceFunc(func() {
		for _, stop := range stops {
			stop()
		}
	})
}

// laid is document m over document b of the same location.
func laid(b, m Configuration) Configuration {
	under := b.Metadata
	b.Metadata = m.Metadata.clone()
	bottom := &b.Metadata
	for part := range b.Metadata.chain() {
		bottom = part
	}
	bottom.Base = &under
	if m.Tax.Code != "" || !m.Tax.Name.IsZero() {
		b.Tax = m.Tax
	}
	if m.TimeZone != "" {
		b.TimeZone = m.TimeZone
	}
	if len(m.PostalCodes) > 0 {
		b.PostalCodes = m.PostalCodes
	}
	if m.Regions != RegionsOptional {
		b.Regions = m.Regions
	}
	b.RegionAliases = union(b.RegionAliases, m.RegionAliases)
	b.Exclusive = b.Exclusive || m.Exclusive

	b.Classes = slices.Clone(b.Classes)
	if slices.ContainsFunc(m.Classes, func(c Class) bool { return c.Default }) {
		for i := range b.Classes {
			b.Classes[i].Default = false
		}
	}
	at := make(map[string]int, len(b.Classes))
	for i, d := range b.Classes {
		at[d.Code] = i
	}
	for _, c := range m.Classes {
		i, ok := at[c.Code]
		delete(at, c.Code) // a second class of mine with the code stays one too many
		if !ok {
			b.Classes = append(b.Classes, c)
			continue
		}
		d := b.Classes[i]
		if len(c.Rates) == 0 {
			c.Rates = d.Rates
		}
		if c.Name.IsZero() {
			c.Name = d.Name
		}
		if c.Description.IsZero() {
			c.Description = d.Description
		}
		if c.Order == 0 {
			c.Order = d.Order
		}
		c.Default = c.Default || d.Default
		c.Aliases = union(d.Aliases, c.Aliases)
		b.Classes[i] = c
	}
	return b
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
