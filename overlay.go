package tax

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/taxresolve/tax/internal/postal"
)

// Overlay returns a source that lays the classes, names and codes of mine over
// the configurations of base. The documents of both for a location are merged, and
// everything that mine leaves open comes from base:
//
//   - A class in mine replaces the class with the same code in base. Its entries
//     replace those of base from its oldest day on, and the entries of base before
//     that day stay. Without Rates it keeps the timeline in base. An oldest entry
//     without From, or with From 0001-01-01, replaces the whole timeline.
//   - Without a name, a description or an Order, a class keeps those in base. The
//     aliases of both count.
//   - A class in mine whose code base does not list for that location is added,
//     and needs Rates.
//   - A Default in mine replaces the Default in base.
//   - Name, Tax, TimeZone, Within and a rule for regions in mine replace those in base. If mine
//     has postal codes, shared or not, they replace both kinds in base. The region aliases
//     of both count. The location is Exclusive if either document says so, and so it is
//     with LocalTaxesMissing.
//   - Elsewhere in mine replaces that in base. A region that has a document in mine is no
//     longer elsewhere, nor is a range of postal codes that ranges in mine have whole. A
//     document without postal codes takes over those of a referral of which it has all
//     regions.
//   - A name in mine replaces the name in base in all languages.
//   - The metadata are those of mine, with those of base under them in
//     [Metadata].Base. At most 32 documents may lie under one another.
//
// A document of mine that base does not carry, alone or together with the others, is
// invalid: its location answers [ErrInvalid], and so do the classes that it changes in
// the regions that inherit them. All other lookups answer as if it did not exist. To
// refuse such a document when it is written, use a store that lies on base: see package
// store.
//
// If one of the two sources fails, so does the overlay: a rate never comes from
// half of the data. The overlay is a [Notifier] for those of the two that are
// Notifiers, and a [Watcher] if one of them is. [NewResolver] refuses an overlay
// in which a source is nil.
func Overlay(base, mine Source) Source {
	o := overlay{base, mine}
	for _, s := range o.sources() {
		if _, ok := s.(Watcher); ok {
			return watchedOverlay{o}
		}
	}
	return o
}

type overlay struct{ base, mine Source }

// NeverWaits reports whether neither of the two sources waits; see [Source].
func (o overlay) NeverWaits() bool { return neverWaits(o.base) && neverWaits(o.mine) }

func (o overlay) sources() [2]Source { return [2]Source{o.base, o.mine} }

// check returns an error if the overlay, or one that it lies over, lacks a
// source.
func (o overlay) check() error {
	for _, s := range o.sources() {
		if s == nil {
			return inputError("source of an overlay", "nil", "pass two sources")
		}
		if err := checkSource(s); err != nil {
			return err
		}
	}
	return nil
}

// checkSource lets a source that can check itself do so.
func checkSource(s Source) error {
	if c, ok := s.(interface{ check() error }); ok {
		return c.check()
	}
	return nil
}

// Configurations merges the documents that the two sources have for the country.
func (o overlay) Configurations(ctx context.Context, key Key) ([]Configuration, error) {
	if err := o.check(); err != nil {
		return nil, err
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
	gained := takeBack(set, mine)
	for n, m := range mine {
		i, ok := under[m.Location]
		if !ok {
			m.PostalCodes = slices.Concat(m.PostalCodes, gained[n])
			m.under = &underlay{Configuration: Configuration{Location: m.Location}, absent: true}
			set = append(set, m)
			continue
		}
		b := set[i]
		if m.damage != "" {
			// Nobody knows which classes it changes, so nothing of base is left to answer.
			set[i] = m
			delete(under, m.Location)
			continue
		}
		set[i] = merge(b, m)
		set[i].PostalCodes = slices.Concat(set[i].PostalCodes, gained[n])
		set[i].under = &underlay{Configuration: b}
		// A second document in mine for the location is not merged, so that it
		// is found to be one too many.
		delete(under, m.Location)
	}
	return set, nil
}

// takeBack removes from the referrals of a base the regions that mine has documents for, and
// the postal codes that mine claims: they answer for themselves now. It returns the postal
// codes that documents of mine gain, by their index, because they take a place back whole.
func takeBack(set, mine []Configuration) (gained map[int][]PostalRange) {
	gained = make(map[int][]PostalRange)
	owners := make(map[string]int, len(mine)) // by region code, the index in mine
	var claims []postal.Span
	replaced := false
	for i := range mine {
		m := &mine[i]
		replaced = replaced || len(m.Elsewhere) > 0
		for _, code := range append([]string{m.Location.Region}, m.RegionAliases...) {
			if _, taken := owners[code]; !taken {
				owners[code] = i
			}
		}
		for _, p := range slices.Concat(m.PostalCodes, m.SharedPostalCodes) {
			if p.fault() == "" {
				claims = append(claims, postal.Range(p).Claim(0))
			}
		}
	}
	around := postal.Around(claims)
	for i := range set {
		if len(set[i].Elsewhere) == 0 {
			continue
		}
		var left []Referral
		for _, r := range set[i].Elsewhere {
			owner, whole := ownerOf(r.Regions, owners)
			r.Regions = slices.DeleteFunc(slices.Clone(r.Regions), func(code string) bool {
				_, own := owners[code]
				return own
			})
			r.PostalCodes = slices.DeleteFunc(slices.Clone(r.PostalCodes), func(p PostalRange) bool {
				return p.fault() == "" && around.Has(postal.Range(p).Claim(0))
			})
			if whole && !replaced && len(mine[owner].PostalCodes)+len(mine[owner].SharedPostalCodes) == 0 {
				gained[owner] = append(gained[owner], r.PostalCodes...)
				r.PostalCodes = nil
			}
			if len(r.Regions)+len(r.PostalCodes) > 0 {
				left = append(left, r)
			}
		}
		set[i].Elsewhere = left
	}
	return gained
}

// ownerOf returns the index of the document that has all of some regions. whole is false if
// none has, or if there are no regions.
func ownerOf(regions []string, owners map[string]int) (owner int, whole bool) {
	for i, code := range regions {
		o, ok := owners[code]
		if !ok || i > 0 && o != owner {
			return 0, false
		}
		owner = o
	}
	return owner, len(regions) > 0
}

// merge returns a document of mine over the one of base for the same location.
func merge(base, mine Configuration) Configuration {
	c, under := base, base.Metadata
	c.Metadata = mine.Metadata.clone()
	bottom := &c.Metadata
	for part := range c.Metadata.chain() {
		bottom = part
	}
	bottom.Base = &under
	if mine.Tax.Code != "" || !mine.Tax.Name.IsZero() {
		c.Tax = mine.Tax
	}
	if !mine.Name.IsZero() {
		c.Name = mine.Name
	}
	if mine.TimeZone != "" {
		c.TimeZone = mine.TimeZone
	}
	if mine.Within != "" {
		c.Within = mine.Within
	}
	if len(mine.PostalCodes)+len(mine.SharedPostalCodes) > 0 {
		// Together, because a code moves from one list to the other.
		c.PostalCodes, c.SharedPostalCodes = mine.PostalCodes, mine.SharedPostalCodes
	}
	if len(mine.Elsewhere) > 0 {
		c.Elsewhere = mine.Elsewhere
	}
	if mine.Regions != RegionsOptional {
		c.Regions = mine.Regions
	}
	c.RegionAliases = union(base.RegionAliases, mine.RegionAliases)
	c.Exclusive = base.Exclusive || mine.Exclusive
	c.LocalTaxesMissing = base.LocalTaxesMissing || mine.LocalTaxesMissing
	c.Classes = mergeClasses(base.Classes, mine.Classes)
	return c
}

// mergeClasses returns the classes of mine over those of base.
func mergeClasses(base, mine []Class) []Class {
	list := slices.Clone(base)
	if slices.ContainsFunc(mine, func(c Class) bool { return c.Default }) {
		for i := range list {
			list[i].Default = false
		}
	}
	at := make(map[string]int, len(list))
	for i, c := range list {
		at[c.Code] = i
	}
	for _, c := range mine {
		i, ok := at[c.Code]
		// A second class in mine with the code is not merged, so that it is
		// found to be one too many.
		delete(at, c.Code)
		if ok {
			list[i] = mergeClass(list[i], c)
		} else {
			list = append(list, c)
		}
	}
	return list
}

// mergeClass returns a class of mine over the one of base with the same code.
func mergeClass(base, mine Class) Class {
	c := mine
	c.Rates = mergeTimelines(base.Rates, mine.Rates)
	if c.Name.IsZero() {
		c.Name = base.Name
	}
	if c.Description.IsZero() {
		c.Description = base.Description
	}
	if c.Order == nil {
		c.Order = base.Order
	}
	c.Default = c.Default || base.Default
	c.Aliases = union(base.Aliases, c.Aliases)
	return c
}

// verified returns the day since which the entry without a first day of class i was
// verified: the as-of day of the document that the entry comes from. [Overlay] keeps the
// classes of base in their places.
func (c *Configuration) verified(i int) Date {
	for class := &c.Classes[i]; c.under != nil && i < len(c.under.Classes); c = &c.under.Configuration {
		if below := &c.under.Classes[i]; below.Code != class.Code || !sameOldest(class.Rates, below.Rates) {
			break
		}
	}
	return c.Metadata.AsOf
}

// sameOldest reports whether the oldest entries of two timelines are equal.
func sameOldest(rates, others []Rate) bool {
	if len(rates) == 0 || len(others) == 0 {
		return false
	}
	r, other := &rates[len(rates)-1], &others[len(others)-1]
	return r == other || r.equal(other)
}

// mergeTimelines returns the entries of mine and, below them, those of base that are
// older than all of mine. The zero day is before every other one.
func mergeTimelines(base, mine []Rate) []Rate {
	if len(mine) == 0 {
		return base
	}
	oldest := mine[len(mine)-1].From
	if oldest.AddDays(-1).IsZero() { // no day is before it
		return mine
	}
	older := slices.IndexFunc(base, func(r Rate) bool { return r.From.Before(oldest) })
	if older < 0 {
		return mine
	}
	return slices.Concat(mine, base[older:])
}

// Notify registers with each of the two sources that is a [Notifier]. A source that
// panics does not keep the registration with the other one alive.
func (o overlay) Notify(changed func(Key)) (stop func()) {
	var stops []func()
	stop = stopOnce(func() {
		for _, stop := range stops {
			defer stop()
		}
	})
	registered := false
	defer func() {
		if !registered {
			stop()
		}
	}()
	for _, s := range o.sources() {
		if n, ok := s.(Notifier); ok {
			if stop := n.Notify(changed); stop != nil {
				stops = append(stops, stop)
			}
		}
	}
	registered = true
	return stop
}

// stopOnce returns a function that calls stop the first time it is called. Other
// calls do not wait for that one, which may be what calls them.
func stopOnce(stop func()) func() {
	var called atomic.Bool
	return func() {
		if !called.Swap(true) {
			stop()
		}
	}
}

// watchedOverlay is an overlay in which a source is a [Watcher].
type watchedOverlay struct{ overlay }

// Watch watches each of the two sources that is a [Watcher]. When one of them
// can no longer report changes, it ends the other one too.
func (o watchedOverlay) Watch(ctx context.Context, changed func(Key)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error)
	running := 0
	for _, s := range o.sources() {
		w, ok := s.(Watcher)
		if !ok {
			continue
		}
		running++
		startWatch(ctx, w, changed, ended, func(p any) error { return fmt.Errorf("tax: the source panicked: %v", p) })
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
