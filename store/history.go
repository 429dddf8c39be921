package store

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/taxresolve/tax"
)

// Historian is implemented by a [tax.Store] that knows what its configurations were.
//
// The history of a location has the versions that were replaced or deleted. The store
// removes the oldest ones when there are more than its [Retention] allows, and then
// answers a question about them with [ErrRemoved], never with another version.
type Historian interface {
	// Versions returns the versions of a location that the store keeps, the newest first.
	// It is empty if there never was one. If older ones were removed, the last that
	// it returns is not the first that there was.
	Versions(ctx context.Context, tenant string, l tax.Location) ([]Version, error)

	// Version returns one version of the configuration of a location. Its error is
	// [tax.ErrNotFound] if there is no such version, and [ErrRemoved] if the store may
	// have removed it.
	Version(ctx context.Context, tenant string, l tax.Location, version int64) (Version, error)

	// AsOf returns the versions of the configurations of a country that were in force at an
	// instant: that of the country first, then those of its regions in order. Documents of
	// a base are not among them, but each version has the metadata of the one that it lay
	// on. The error is [ErrRemoved] if the store may have removed one of them.
	AsOf(ctx context.Context, key tax.Key, at time.Time) ([]Version, error)
}

// ErrRemoved is the error for a version that a store no longer keeps: see [Retention].
var ErrRemoved = errors.New("store: the version is no longer kept")

// Version is what the configuration of a location was for some time.
type Version struct {
	// Configuration is the document with its metadata.
	Configuration tax.Configuration `json:"configuration"`
	// From is the instant from which on the version was in force, and Until the one at
	// which it was replaced or deleted, zero while it is in force. Until itself belongs to
	// the next version. Both are UTC, to the millisecond.
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
	// Author wrote the version, and EndedBy replaced or deleted it, as far as the writes
	// said so: see [WithAuthor].
	Author  string `json:"author,omitempty"`
	EndedBy string `json:"endedBy,omitempty"`
	// Deleted reports that nothing took the place of the version at Until.
	Deleted bool `json:"deleted,omitempty"`
	// Base is the metadata of the document of the base that the version was written on:
	// the one for its location, else that for its country. It is nil without one.
	Base *tax.Metadata `json:"base,omitempty"`
}

// String returns the version in one line, for people and logs: "CA-QC version 2 from
// 2026-11-30T08:00:00Z".
func (v Version) String() string {
	s := v.Configuration.Location.String() + " version " + decimal(v.Configuration.Metadata.Version) + " from " + v.From.Format(time.RFC3339)
	if !v.Until.IsZero() {
		s += " until " + v.Until.Format(time.RFC3339)
	}
	return s
}

// LogValue returns the text of String for log/slog.
func (v Version) LogValue() slog.Value { return slog.StringValue(v.String()) }

// clone returns a copy that shares nothing that can be modified.
func (v *Version) clone() Version {
	c := *v
	c.Configuration = v.Configuration.Clone()
	if v.Base != nil {
		base := *v.Base
		c.Base = &base
	}
	return c
}

// ended returns the version as it becomes history.
func (v *Version) ended(at time.Time, by string, deleted bool) *Version {
	c := *v
	c.Until, c.EndedBy, c.Deleted = at, by, deleted
	return &c
}

// Retention says how much history a store keeps. Versions that are in force are always
// kept. The zero value keeps 100 ended versions of each location, however old they are.
type Retention struct {
	// Versions is the number of ended versions that are kept for each location. 0 stands
	// for 100; a negative number keeps no history.
	Versions int
	// Age is the time for which an ended version is kept, counted from its end. 0 is for
	// ever; a negative age is a [tax.InputError].
	Age time.Duration
}

const defaultVersions = 100

// Most returns the number of ended versions that are kept for each location at most; 0 if
// none is.
func (r Retention) Most() int {
	if r.Versions == 0 {
		return defaultVersions
	}
	return max(r.Versions, 0)
}

// Keeps reports whether a version is kept: newer is the number of versions of its location
// that ended after it.
func (r Retention) Keeps(v *Version, newer int, now time.Time) bool {
	return newer < r.Most() && (r.Age == 0 || now.Sub(v.Until) <= r.Age)
}

// Prune returns those of the ended versions of a country that are kept, in the same order,
// and the latest instant at which one of the others ended; zero if all are kept.
func (r Retention) Prune(versions []*Version, now time.Time) (kept []*Version, removed time.Time) {
	newest := slices.Clone(versions)
	slices.SortStableFunc(newest, newestFirst)
	newer, gone := make(map[string]int), make(map[*Version]bool)
	for _, v := range newest {
		region := v.Configuration.Location.Region
		if !r.Keeps(v, newer[region], now) {
			gone[v] = true
			if v.Until.After(removed) {
				removed = v.Until
			}
		}
		newer[region]++
	}
	return slices.DeleteFunc(slices.Clone(versions), func(v *Version) bool { return gone[v] }), removed
}

// newestFirst compares ended versions by region, and those of a region by their end.
func newestFirst(a, b *Version) int {
	return cmp.Or(byRegion(a, b), b.Until.Compare(a.Until), cmp.Compare(b.Configuration.Metadata.Version, a.Configuration.Metadata.Version))
}

// authorKey is the key of the author in a context.
type authorKey struct{}

// WithAuthor returns a context whose writes are by the author: the name, address or
// number of a person or a program. The history of a store tells who wrote each version.
// At most 256 bytes of the text are kept, and what is not UTF-8 in it is replaced.
func WithAuthor(ctx context.Context, author string) context.Context {
	author = strings.ToValidUTF8(author[:min(len(author), maxText+utf8.UTFMax)], "\ufffd")
	end := min(len(author), maxText)
	for end < len(author) && !utf8.RuneStart(author[end]) {
		end--
	}
	return context.WithValue(ctx, authorKey{}, author[:end])
}

// Author returns the author of the writes of a context, empty if it has none.
func Author(ctx context.Context) string {
	author, _ := ctx.Value(authorKey{}).(string)
	return author
}

// Versions returns the versions of a location: see [Historian].
func (s *Versioned) Versions(ctx context.Context, tenant string, l tax.Location) ([]Version, error) {
	p, err := s.past(ctx, tax.Key{Tenant: tenant, Country: l.Country}, &l)
	if err != nil {
		return nil, err
	}
	return p.versions(), nil
}

// Version returns one version of the configuration of a location: see [Historian].
func (s *Versioned) Version(ctx context.Context, tenant string, l tax.Location, version int64) (Version, error) {
	p, err := s.past(ctx, tax.Key{Tenant: tenant, Country: l.Country}, &l)
	if err != nil {
		return Version{}, err
	}
	for _, v := range p.list {
		if v.Configuration.Metadata.Version == version {
			return v.clone(), nil
		}
	}
	if p.lost(version) {
		return Version{}, &tax.StoreError{Kind: ErrRemoved, Tenant: tenant, Location: l}
	}
	return Version{}, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: l}
}

// AsOf returns the versions that were in force in a country at an instant: see [Historian].
func (s *Versioned) AsOf(ctx context.Context, key tax.Key, at time.Time) ([]Version, error) {
	p, err := s.past(ctx, key, nil)
	if err != nil {
		return nil, err
	}
	if at.Before(p.removed) {
		return nil, &tax.StoreError{Kind: ErrRemoved, Tenant: key.Tenant, Location: tax.Location{Country: key.Country}}
	}
	var versions []Version
	for _, v := range p.list {
		if !at.Before(v.From) && (v.Until.IsZero() || at.Before(v.Until)) {
			versions = append(versions, v.clone())
		}
	}
	slices.SortFunc(versions, func(a, b Version) int { return byRegion(&a, &b) })
	return versions, nil
}

// chronicle is the history of a country, or of one of its locations, at one state of the country.
type chronicle struct {
	list    []*Version // that are kept, those of a location with the newest first
	removed time.Time  // the instant at which the last one ended that is not kept
	retired int64      // the highest version that a document of the country had when it was deleted
}

// lost reports whether the history of a location may have lost a version that is not in it:
// one that is older than those that are kept, or that may have come and gone between two.
func (p *chronicle) lost(version int64) bool {
	if version < 1 || p.removed.IsZero() {
		return false
	}
	i := slices.IndexFunc(p.list, func(v *Version) bool { return v.Configuration.Metadata.Version < version })
	if i < 0 {
		return len(p.list) > 0 || version <= p.retired
	}
	older := p.list[i]
	if older.Until.IsZero() || !p.removed.After(older.Until) {
		return false
	}
	if i == 0 {
		return version <= p.retired
	}
	return older.Until.Before(p.list[i-1].From)
}

// versions returns copies of the versions, the newest first.
func (p *chronicle) versions() []Version {
	list := make([]Version, len(p.list))
	for i, v := range p.list {
		list[i] = v.clone()
	}
	return list
}

// past returns the history of a country, or of one of its locations.
func (s *Versioned) past(ctx context.Context, key tax.Key, at *tax.Location) (chronicle, error) {
	// The state first: what it has replaced is in the history by then. What has happened
	// since is left out.
	country, err := s.load(ctx, key)
	if err != nil {
		return chronicle{}, err
	}
	ended, removed, err := s.backend().Ended(ctx, key, at)
	if err != nil {
		return chronicle{}, failed(ctx, key.Tenant, tax.Location{Country: key.Country}, err)
	}
	if country == nil {
		return chronicle{}, nil
	}
	var list []*Version
	inForce := make(map[force]bool, country.Documents.Len())
	for v := range country.Documents.All() {
		inForce[v.force()] = true
		if at == nil || v.Configuration.Location == *at {
			list = append(list, v)
		}
	}
	ended = slices.DeleteFunc(slices.Clone(ended), func(v *Version) bool { return inForce[v.force()] || country.precedes(v) })
	slices.SortStableFunc(ended, newestFirst)
	kept, cut := s.options.Retention.Prune(ended, s.now())
	if cut.After(removed) {
		removed = cut
	}
	return chronicle{append(list, kept...), removed, country.Retired}, nil
}

// precedes reports whether a version that has ended came into force after this state of
// its country.
func (c *Country) precedes(v *Version) bool {
	if !v.Until.Equal(c.Modified) {
		return v.Until.After(c.Modified)
	}
	// It may have come and gone within the millisecond.
	if now := c.at(v.Configuration.Location); now != nil {
		return v.Configuration.Metadata.Version > now.Configuration.Metadata.Version
	}
	return v.Configuration.Metadata.Version > c.Retired
}

// force tells apart when versions were in force.
type force struct {
	location tax.Location
	version  int64
	from     int64
}

func (v *Version) force() force {
	return force{v.Configuration.Location, v.Configuration.Metadata.Version, v.From.UnixMilli()}
}
