package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/strictjson"
)

// countryState is what the file of a country holds.
type countryState struct {
	header
	country *Country
	// stored reports that the file is as the store has written it. One that is not was
	// edited: written are its documents that are new, and ended those that are not in
	// force any more, as far as the history tells.
	stored         bool
	list           []byte // the text of the documents, if it is stored
	written, ended []*Version
	// unknown reports that the history does not have the state before the edit.
	unknown bool
	// broken says what is wrong with an edit, and unreadable that it is not even a list of
	// documents. damaged are the documents that cannot be read, by location.
	broken     error
	unreadable bool
	damaged    map[tax.Location][]byte
}

// changed reports whether an edit has changed any document.
func (s *countryState) changed() bool { return len(s.written)+len(s.ended) > 0 }

// editedEntry is a document in a file that was edited.
type editedEntry struct {
	raw    []byte
	offset int64
	entry
	location tax.Location
	err      error
	outside  bool // err is not about the document itself
}

// edit works out what somebody has made of the file of a country.
type edit struct {
	*countryState
	key     tax.Key
	name    string
	data    []byte
	entries []editedEntry

	known    bool                // the history has the state before the edit
	before   map[string]*Version // that state, by region
	modified time.Time
}

// edited returns the state in a file that is not as the store has written it, or that is
// older than its history because somebody has put it back.
func (f *files) edited(ctx context.Context, key tax.Key, data []byte, modified time.Time) (*countryState, error) {
	stamp := sha256.Sum256(data)
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	e := &edit{countryState: &countryState{}, key: key, name: f.path(key, countrySuffix), data: data}
	e.parse()
	h, err := f.readHistory(key, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	if !e.unreadable && h.last == e.Revision+1 {
		h = h.upTo(e.Revision) // the last line is of a write that was cut off
	}
	e.Revision = max(e.Revision, h.last)
	_, open, _, latest := h.pair()
	e.before, e.known = byLocation(open), e.Revision > 0 && h.last == e.Revision
	e.modified = editedAt(later(e.Modified, latest), kept(modified), kept(f.clock()))
	e.unknown = e.Revision > 0 && !e.known
	e.country = &Country{Revision: e.Revision, Retired: e.Retired, Modified: e.Modified, stamp: stamp}
	if e.unreadable {
		e.country.Revision++
		e.country.Damaged = []Damage{{Location: tax.Location{Country: key.Country}, Version: e.Revision, Cause: e.broken.Error()}}
		return e.countryState, nil
	}
	e.compare()
	if e.changed() {
		e.country.Revision++
		e.country.Modified = e.modified
		return e.countryState, e.validate(ctx, f.check)
	}
	return e.countryState, nil
}

// editedAt returns when a file was edited: at its own time, but not before the last write. A
// time that is still to come says nothing, so that it can have been any since that write; it
// always is the same one, unless there was no write.
func editedAt(written, modified, now time.Time) time.Time {
	switch {
	case !modified.After(now):
		return later(written, modified)
	case written.IsZero():
		return now
	}
	return written
}

// parse reads the file.
func (e *edit) parse() {
	var whole json.RawMessage
	fail := func(offset int64, cause error) {
		if e.broken == nil {
			e.broken = faultAt(e.name, e.data, offset, cause)
		}
		e.unreadable = true
	}
	if err := json.Unmarshal(e.data, &whole); err != nil {
		fail(notJSON(err, int64(len(e.data))))
		return
	}
	d := json.NewDecoder(bytes.NewReader(e.data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		fail(0, &tax.InputError{Field: "document", Reason: "write an object with documents instead of this"})
		return
	}
	var seen []string
	for d.More() {
		token, _ := d.Token() // whole is an object
		name, _ := token.(string)
		if slices.Contains(seen, name) {
			fail(d.InputOffset(), &tax.InputError{Field: name, Reason: "given twice: keep one of them"})
			return
		}
		seen = append(seen, name)
		begin := valueStart(e.data, d.InputOffset())
		if err := e.member(d, name); err != nil {
			at, cause := notJSON(err, 0)
			fail(begin+at, cause)
			return
		}
	}
	if e.Revision < 0 || e.Retired < 0 {
		fail(0, &tax.InputError{Field: "revision", Value: decimal(min(e.Revision, e.Retired)), Reason: "negative: leave it as the store has written it"})
	}
	if most := max(e.Revision, e.Retired); most > 2*mostVersion {
		fail(0, &tax.InputError{Field: "revision", Value: decimal(most), Reason: "too large: leave it as the store has written it"})
	}
}

// member reads one member of the file.
func (e *edit) member(d *json.Decoder, name string) error {
	switch name {
	case "hash":
		var hash string
		return d.Decode(&hash)
	case "revision":
		return d.Decode(&e.Revision)
	case "retired":
		return d.Decode(&e.Retired)
	case "modified":
		return d.Decode(&e.Modified)
	case "ended":
		return d.Decode(&e.Ended)
	case "documents":
		return e.list(d)
	}
	return &tax.InputError{Field: name, Reason: "no such field: use hash, revision, retired, modified, ended, documents"}
}

// list reads the documents.
func (e *edit) list(d *json.Decoder) error {
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return &tax.InputError{Field: "documents", Reason: "write a list instead of this"}
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		p := editedEntry{raw: raw, offset: d.InputOffset() - int64(len(raw))}
		p.read(e.key.Country)
		twice := func(other editedEntry) bool { return other.location == p.location }
		if p.err == nil && slices.ContainsFunc(e.entries, twice) {
			p.err = &tax.InputError{Field: "location", Value: p.location.String(), Reason: "given twice: keep one of the documents"}
		}
		if p.err != nil && e.broken == nil {
			at, cause := notJSON(p.err, 0)
			if wrong := (*tax.InputError)(nil); errors.As(p.err, &wrong) {
				path := wrong.Field
				if !p.outside {
					path = "configuration." + path
				}
				at = placeOf(raw, path)
			}
			e.broken = faultAt(e.name, e.data, p.offset+at, cause)
		}
		e.entries = append(e.entries, p)
	}
	_, err := d.Token()
	return err
}

// read reads one document.
func (p *editedEntry) read(country string) {
	p.location = tax.Location{Country: country}
	configuration, err := p.members()
	if p.err = err; err != nil {
		p.outside = true
		return
	}
	var place struct {
		Location struct{ Region string }
	}
	if json.Unmarshal(configuration, &place) == nil {
		p.location.Region = place.Location.Region
	}
	c, err := readStored(configuration)
	if p.err = err; err != nil {
		return
	}
	if c.Location.Country != country {
		p.err = &tax.InputError{Field: "location", Value: c.Location.String(), Reason: "not the country of the file, " + country}
		return
	}
	p.location = c.Location
	if v := c.Metadata.Version; v > 2*mostVersion {
		p.err = &tax.InputError{Field: "metadata.version", Value: decimal(v), Reason: tooLarge}
		return
	}
	p.Configuration = &c
}

// members reads what the entry has beside its document, and returns that.
func (p *editedEntry) members() (configuration []byte, err error) {
	d := strictjson.NewReader(p.raw, refuse)
	err = d.Object([]string{"from", "author", "base", "configuration"}, func(field string) (err error) {
		switch field {
		case "configuration":
			configuration, err = d.Raw()
		case "base":
			err = d.Skip()
		default:
			var text string
			if text, err = d.Text(); err != nil || field == "author" {
				return err
			}
			if _, wrong := time.Parse(time.RFC3339, text); wrong != nil {
				err = d.Refuse(text, "not a time such as 2006-01-02T15:04:05Z")
			}
		}
		return err
	})
	if err == nil && configuration == nil {
		err = &tax.InputError{Field: "configuration", Reason: "missing: each of the documents has one"}
	}
	return configuration, err
}

// compare finds what differs from the state before the edit.
func (e *edit) compare() {
	here := make(map[string]bool, len(e.entries))
	var documents []*Version
	for i := range e.entries {
		p := &e.entries[i]
		here[p.location.Region] = true
		if p.err != nil {
			if e.damaged == nil {
				e.damaged = make(map[tax.Location][]byte)
			}
			e.damaged[p.location] = p.raw
			e.country.Damaged = append(e.country.Damaged, Damage{Location: p.location, Version: e.versionOf(p.location.Region), Cause: p.err.Error()})
			e.gone(p.location.Region)
			continue
		}
		old := e.before[p.location.Region]
		if e.known && old != nil && unedited(old, p.Configuration) {
			documents = append(documents, old)
			continue
		}
		v := e.newVersion(p.Configuration, old)
		documents, e.written = append(documents, v), append(e.written, v)
		if e.known && old != nil {
			e.ended = append(e.ended, old.ended(e.modified, "", false))
		}
	}
	for region := range e.before {
		if !here[region] {
			e.gone(region)
		}
	}
	slices.SortFunc(documents, byRegion)
	e.country.Documents = NewDocuments(documents)
	slices.SortFunc(e.ended, byRegion)
}

// versionOf returns the version that a region has had, or one that is not below it.
func (e *edit) versionOf(region string) int64 {
	switch old := e.before[region]; {
	case !e.known:
		return e.Revision
	case old != nil:
		return old.Configuration.Metadata.Version
	}
	return e.Retired
}

// gone ends the version of a region that has none any more.
func (e *edit) gone(region string) {
	old := e.before[region]
	switch {
	case !e.known:
		e.country.Retired = max(e.country.Retired, e.Revision)
	case old != nil:
		e.ended = append(e.ended, old.ended(e.modified, "", true))
		e.country.Retired = max(e.country.Retired, old.Configuration.Metadata.Version)
	}
}

// newVersion returns a document that somebody has edited. Nobody knows who.
func (e *edit) newVersion(c *tax.Configuration, old *Version) *Version {
	v := &Version{Configuration: *c, From: e.modified}
	m := &v.Configuration.Metadata
	switch {
	case !e.known:
		m.Version = max(m.Version, e.Retired, e.Revision) + 1 // above all that the store has given
	case old != nil:
		m.Version, m.Created = old.Configuration.Metadata.Version+1, old.Configuration.Metadata.Created
	default:
		m.Version, m.Created = e.Retired+1, e.modified
	}
	if m.Created.IsZero() {
		m.Created = e.modified
	}
	m.Modified = e.modified
	return v
}

// unedited reports whether a document is a version, but for what the store sets.
func unedited(v *Version, c *tax.Configuration) bool {
	other := *v
	other.Configuration.Metadata.Version = c.Metadata.Version
	other.Configuration.Metadata.Created, other.Configuration.Metadata.Modified = c.Metadata.Created, c.Metadata.Modified
	return same(&other, &Version{Configuration: *c})
}

// validate checks the edit as a write is checked. It returns an error only if that cannot
// be done.
func (e *edit) validate(ctx context.Context, check checkFunc) error {
	err := check(ctx, e.key, e.country.Documents, e.written)
	if err == nil || e.broken != nil {
		return nil
	}
	faults := (*tax.InvalidError)(nil)
	if !errors.As(err, &faults) || len(faults.Faults) == 0 {
		return err
	}
	offset := int64(0)
	for _, p := range e.entries {
		if p.location == faults.Faults[0].Location {
			path := faults.Faults[0].Path
			if strings.HasPrefix(path, "classes[") {
				path = "taxClasses" + strings.TrimPrefix(path, "classes")
			}
			offset = p.offset + placeOf(p.raw, "configuration."+path)
		}
	}
	e.broken = faultAt(e.name, e.data, offset, err)
	return nil
}

// deleted returns the state of a country whose file is not there: nil if there never was
// one. The first line of a history may be of a write that was cut off.
func (f *files) deleted(key tax.Key) (*countryState, error) {
	h, err := f.readHistory(key, math.MaxInt64)
	if err != nil || h.last < 2 {
		return nil, err
	}
	_, open, _, latest := h.pair()
	s := &countryState{header: header{Revision: h.last, Ended: latest}}
	for _, v := range byLocation(open) {
		latest = later(latest, v.From)
	}
	s.Modified = latest
	s.country = &Country{Revision: h.last, Modified: latest}
	for _, l := range h.lines {
		for _, v := range l.Written {
			if v.Configuration != nil {
				s.country.Retired = max(s.country.Retired, v.Configuration.Metadata.Version)
			}
		}
	}
	for _, v := range byLocation(open) {
		s.ended = append(s.ended, v.ended(latest, "", true))
	}
	slices.SortFunc(s.ended, byRegion)
	s.country.Revision++
	return s, nil
}
