package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/taxresolve/tax"
)

// plan is a write to one country, worked out on the state that it was in.
type plan struct {
	commit   *Commit
	outcomes []tax.Configuration // copies, which belong to the caller
	// unchanged is the number of changes that change nothing.
	unchanged int
}

// plan works out what changes make of a country. It validates what they lead to, but
// stores nothing. The commit of a plan that changes nothing is nil. It may be called for several
// countries at once.
func (s *Versioned) plan(ctx context.Context, b *Batch, before *Country, now time.Time) (plan, error) {
	w := writing{Batch: b, before: before, author: Author(ctx)}
	if w.before == nil {
		w.before = &Country{}
	}
	w.now = instant(now, w.before.Modified)
	base, err := s.baseOf(ctx, b.Key)
	if err != nil {
		return plan{}, err
	}
	w.base = base
	if err := w.apply(); err != nil {
		return plan{}, err
	}
	if len(w.written)+len(w.ended)+len(w.repaired) == 0 {
		return plan{outcomes: w.outcomes, unchanged: w.unchanged}, nil
	}
	after := w.after()
	if err := s.checkWrite(&w, after); err != nil {
		return plan{}, err
	}
	documents := make([][]byte, len(w.written))
	for i, d := range w.written {
		if documents[i], err = s.options.Limits.Encode(d.Configuration); err != nil {
			return plan{}, err
		}
	}
	return plan{&Commit{Key: b.Key, Before: before, After: after, Written: w.written, Documents: documents,
		Ended: w.ended, Repaired: w.repaired, Retention: s.options.Retention}, w.outcomes, w.unchanged}, nil
}

// writing is a plan that is being made.
type writing struct {
	*Batch
	before *Country
	base   []tax.Configuration
	now    time.Time
	author string

	written  []*Version
	ended    []*Version
	repaired []tax.Location
	outcomes []tax.Configuration

	unchanged int
}

// apply carries out the changes one by one, without looking at the rules that documents
// have to follow together.
func (w *writing) apply() error {
	w.outcomes = make([]tax.Configuration, 0, len(w.Changes))
	given := make(map[tax.Location]bool, len(w.Changes))
	for i := range w.Changes {
		c := &w.Changes[i]
		l := c.Configuration.Location
		if l.Country != w.Key.Country {
			return &tax.InputError{Field: "country", Value: l.Country, Reason: "not the country of its batch, " + clip(w.Key.Country)}
		}
		if given[l] {
			return &tax.InputError{Field: "location", Value: l.String(), Reason: "given twice in a batch: keep one of the changes"}
		}
		given[l] = true
		if err := w.change(c); err != nil {
			return err
		}
	}
	return nil
}

// change carries out one change.
func (w *writing) change(c *Change) error {
	l := c.Configuration.Location
	stored := w.stored(l)
	damage := w.damage(l)
	if err := w.allowed(c, stored, damage); err != nil {
		return err
	}
	if c.Action == Delete {
		w.outcomes = append(w.outcomes, tax.Configuration{Location: l})
	} else {
		d, err := w.document(c, stored)
		if err != nil {
			return err
		}
		w.outcomes = append(w.outcomes, d.Configuration.Clone())
		if d == stored {
			w.unchanged++
			return nil
		}
		w.written = append(w.written, d)
	}
	if damage != nil {
		w.repaired = append(w.repaired, l)
	}
	if stored != nil {
		w.ended = append(w.ended, stored.ended(w.now, w.author, c.Action == Delete))
	}
	return nil
}

// allowed returns an error if a change does not fit what is stored.
func (w *writing) allowed(c *Change, stored *Version, damage *Damage) error {
	l, given := c.Configuration.Location, c.Configuration.Metadata.Version
	refused := func(kind error, current int64) error {
		e := &tax.StoreError{Kind: kind, Tenant: w.Key.Tenant, Location: l}
		if kind == tax.ErrConflict {
			e.Given, e.Current = given, current
		}
		return e
	}
	switch c.Action {
	case Put, Restore:
	case Create:
		if stored != nil || damage != nil {
			return refused(tax.ErrExists, 0)
		}
	case Update, Delete:
		if stored == nil && damage == nil {
			return refused(tax.ErrNotFound, 0)
		}
		if stored == nil && c.Action == Update {
			return damaged(*damage)
		}
		if stored != nil && (c.Action == Update || given != 0) && given != stored.Configuration.Metadata.Version {
			return refused(tax.ErrConflict, stored.Configuration.Metadata.Version)
		}
		if stored == nil && given != 0 && given != damage.Version {
			return refused(tax.ErrConflict, damage.Version)
		}
	default:
		return c.Action.fault()
	}
	return nil
}

// document returns the version that a change stores. It is the stored one if that is what
// is to be restored.
func (w *writing) document(c *Change, stored *Version) (*Version, error) {
	d := &Version{Configuration: c.Configuration.Clone(), From: w.now, Author: w.author, Base: baseMetadata(w.base, c.Configuration.Location)}
	m := &d.Configuration.Metadata
	if c.Action == Restore {
		return w.restored(d, stored)
	}
	m.Version, m.Created, m.Modified = w.before.Retired+1, w.now, w.now
	if lost := w.damage(c.Configuration.Location); lost != nil {
		m.Version = max(m.Version, lost.Version+1)
	}
	if stored != nil {
		old := &stored.Configuration.Metadata
		m.Version, m.Created = old.Version+1, old.Created
		if old.Modified.After(w.now) {
			m.Modified = old.Modified // it was restored with a time that is still to come
		}
	}
	return d, nil
}

// mostVersion is the greatest version that can be restored, so that others can come after it.
// Programs that keep the numbers of JSON as floating point have it exactly.
const mostVersion = 1<<53 - 1

const tooLarge = "too large: versions go up to 9007199254740991"

// restored completes a document that keeps its version and times.
func (w *writing) restored(d, stored *Version) (*Version, error) {
	m := &d.Configuration.Metadata
	m.Created, m.Modified = kept(m.Created), kept(m.Modified)
	if m.Version < 1 {
		return nil, &tax.InputError{Field: "metadata.version", Value: decimal(m.Version), Reason: "missing: only a document with a version can be restored; use Put for others"}
	}
	if m.Version > mostVersion {
		return nil, &tax.InputError{Field: "metadata.version", Value: decimal(m.Version), Reason: tooLarge}
	}
	if stored == nil {
		// It was in force since then as far as the store can know.
		if since := m.Modified; !since.IsZero() && since.Before(w.now) && w.before.Documents.Len() == 0 && w.before.Revision == 0 {
			d.From = since
		}
		return d, nil
	}
	old := &stored.Configuration.Metadata
	if m.Version == old.Version && same(d, stored) {
		return stored, nil
	}
	if m.Version <= old.Version {
		return nil, &tax.StoreError{Kind: tax.ErrConflict, Tenant: w.Key.Tenant, Location: d.Configuration.Location, Given: m.Version, Current: old.Version}
	}
	return d, nil
}

// same reports whether two versions have the same document, metadata included.
func same(a, b *Version) bool {
	one, err := a.Configuration.MarshalJSON()
	if err != nil {
		return false
	}
	other, err := b.Configuration.MarshalJSON()
	return err == nil && bytes.Equal(one, other)
}

// after returns the state that the changes lead to.
func (w *writing) after() *Country {
	after := &Country{Revision: w.before.Revision + 1, Retired: w.before.Retired, Modified: w.now}
	for _, v := range w.ended {
		if v.Deleted {
			after.Retired = max(after.Retired, v.Configuration.Metadata.Version)
		}
	}
	after.Documents = w.before.Documents.with(w.ended, w.written)
	for _, d := range w.before.Damaged {
		if !slices.Contains(w.repaired, d.Location) {
			after.Damaged = append(after.Damaged, d)
		} else if after.at(d.Location) == nil { // it was deleted
			after.Retired = max(after.Retired, d.Version)
		}
	}
	return after
}

// stored returns what is in force at a location; nil if nothing is.
func (w *writing) stored(l tax.Location) *Version { return w.before.at(l) }

// damage returns what is wrong with the document of a location; nil if nothing is.
func (w *writing) damage(l tax.Location) *Damage { return w.before.damage(l) }

// at returns the document of a location; nil if there is none that can be read.
func (c *Country) at(l tax.Location) *Version {
	if c == nil {
		return nil
	}
	if v := c.Documents.at(l.Region); v != nil && v.Configuration.Location == l {
		return v
	}
	return nil
}

// damage returns what is wrong with the document of a location; nil if nothing is.
func (c *Country) damage(l tax.Location) *Damage {
	if c == nil {
		return nil
	}
	for i := range c.Damaged {
		if c.Damaged[i].Location == l {
			return &c.Damaged[i]
		}
	}
	return nil
}
