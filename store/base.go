package store

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// baseOf returns the documents that the base of the store has for a country now.
func (s *Versioned) baseOf(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if s.options.Base == nil {
		return nil, nil
	}
	base, err := s.options.Base.Configurations(ctx, key)
	if err != nil {
		return nil, failed(ctx, key.Tenant, tax.Location{Country: key.Country}, err)
	}
	return base, nil
}

// checkWrite returns an error if a country cannot be as a write makes it. If all was well
// before, on the same base, only what the write can affect is looked at; what that refuses is
// looked at as a whole.
func (s *Versioned) checkWrite(w *writing, after *Country) error {
	around := w.before.neighbours(w.base)
	var affected map[*resident]bool
	if around != nil {
		var ok bool
		if affected, ok = around.apply(w.replaced()); !ok {
			around = nil
		} else if !w.uncertain() && around.accept(affected, after.Documents.Len()+len(w.base)) {
			after.approve(w.base, around)
			return nil
		}
	}
	sound, err := s.check(w.base, w.before.Documents, after.Documents, w.written)
	if err != nil || !sound {
		return err
	}
	for r := range affected {
		around.weigh(r)
	}
	after.approve(w.base, around)
	return nil
}

// replaced returns the regions whose documents a write replaces, and the documents that there
// are then, on the base.
func (w *writing) replaced() (regions []string, now []*tax.Configuration) {
	for _, v := range w.ended {
		regions = append(regions, v.Configuration.Location.Region)
		if under := at(w.base, v.Configuration.Location); v.Deleted && under != nil {
			now = append(now, under)
		}
	}
	for _, v := range w.written {
		regions = append(regions, v.Configuration.Location.Region)
		now = append(now, v.over(at(w.base, v.Configuration.Location)))
	}
	return regions, now
}

// uncertain reports whether the documents that are written have to be looked at together with
// the whole base.
func (w *writing) uncertain() bool {
	return len(w.base) > 0 && slices.ContainsFunc(w.written, func(v *Version) bool {
		return v.refers() || len(undatedFaults(at(w.base, v.Configuration.Location), &v.Configuration)) > 0
	})
}

// on returns the documents of a country on a base that has no referrals.
func (c *Country) on(base []tax.Configuration) []*tax.Configuration {
	list := make([]*tax.Configuration, 0, c.Documents.Len()+len(base))
	under := make(map[tax.Location]*tax.Configuration, len(base))
	for i := range base {
		if under[base[i].Location] = &base[i]; c.at(base[i].Location) == nil {
			list = append(list, &base[i])
		}
	}
	for v := range c.Documents.All() {
		list = append(list, v.over(under[v.Configuration.Location]))
	}
	return list
}

// over returns the document that a version makes with that of a base for its location; nil
// stands for none.
func (v *Version) over(base *tax.Configuration) *tax.Configuration {
	if base == nil {
		return &v.Configuration
	}
	merged := overlaid([]tax.Configuration{*base}, []tax.Configuration{v.Configuration})
	return &merged[0]
}

// check returns an error if a country cannot be as it is after a write. written are the
// documents that the write stores. sound is false if there are faults that were there before.
func (s *Versioned) check(base []tax.Configuration, before, after Documents, written []*Version) (sound bool, err error) {
	set := configurations(after.Len(), after.All())
	if s.options.Base == nil {
		err = tax.ValidateCountry(set).Err()
		return err == nil, err
	}
	faults, sound := newFaults(base, configurations(before.Len(), before.All()), set, configurations(len(written), slices.Values(written)))
	if len(faults) > 0 {
		return false, &tax.InvalidError{Faults: faults}
	}
	return sound, nil
}

// configurations returns the documents of n versions.
func configurations(n int, versions iter.Seq[*Version]) []tax.Configuration {
	set := make([]tax.Configuration, 0, n)
	for v := range versions {
		set = append(set, v.Configuration)
	}
	return set
}

// newFaults returns the faults of the documents that are written on top of a base, and
// those that they cause elsewhere. sound is false if there are others as well.
func newFaults(base, before, after, written []tax.Configuration) (faults []tax.Fault, sound bool) {
	for i := range written {
		faults = append(faults, undatedFaults(at(base, written[i].Location), &written[i])...)
	}
	wrong, merged := faultsOn(base, after)
	if len(wrong) == 0 {
		return faults, true
	}
	known := make(map[tax.Fault]bool)
	old, _ := faultsOn(base, before)
	for _, f := range old {
		known[f] = true
	}
	var elsewhere []tax.Fault
	for _, f := range wrong {
		if own := at(written, f.Location); own != nil {
			f.Path = ownPath(f.Path, at(merged, f.Location), own)
			faults = append(faults, f)
		} else if !known[f] {
			elsewhere = append(elsewhere, f)
		}
	}
	return append(faults, elsewhere...), false
}

// faultsOn returns the faults of a base with other documents on top, and the documents
// that the two make.
func faultsOn(base, mine []tax.Configuration) ([]tax.Fault, []tax.Configuration) {
	merged := overlaid(base, mine)
	return tax.ValidateCountry(merged).Errors, merged
}

// overlaid returns a base with other documents on top.
func overlaid(base, mine []tax.Configuration) []tax.Configuration {
	give := func(set []tax.Configuration) tax.Source {
		return tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil })
	}
	merged, _ := tax.Overlay(give(base), give(mine)).Configurations(context.Background(), tax.Key{}) // these do not fail
	return merged
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

// baseMetadata returns the metadata of the document that one for a location lies on: that of
// the location, else that of its country; nil if the base has neither.
func baseMetadata(base []tax.Configuration, l tax.Location) *tax.Metadata {
	under := at(base, l)
	if under == nil {
		under = at(base, tax.Location{Country: l.Country})
	}
	if under == nil {
		return nil
	}
	m := under.Metadata
	m.Base = nil
	return &m
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
