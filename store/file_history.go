package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/taxresolve/tax"
)

// historyLine is a line of the history of a country: what one write to it has changed. A
// line is durable before the file of the country has its revision, so one with a greater
// revision belongs to a write that was cut off, and counts for nothing.
type historyLine struct {
	lineHead
	Written []entry `json:"written,omitempty"`
}

// lineHead is what a line says before its documents.
type lineHead struct {
	Revision int64 `json:"revision"`
	// Removed is set where the history has a gap before the line: the latest instant at
	// which a version ended that is not in it.
	Removed  time.Time    `json:"removed,omitzero"`
	Ended    []ending     `json:"ended,omitempty"`
	Versions []versionKey `json:"versions,omitempty"` // of Written
}

// ending says how a version ended that an earlier line has.
type ending struct {
	versionKey
	Until   time.Time `json:"until"`
	By      string    `json:"by,omitempty"`
	Deleted bool      `json:"deleted,omitempty"`
}

// versionKey names a version of a country.
type versionKey struct {
	Region  string `json:"region,omitempty"`
	Version int64  `json:"version"`
}

func (v *Version) key() versionKey {
	return versionKey{v.Configuration.Location.Region, v.Configuration.Metadata.Version}
}

const writtenBegin = `,"written":[`

// write writes the members of the head of a line.
func (h *lineHead) write(m *members) {
	m.number("revision", h.Revision)
	m.instant("removed", h.Removed)
	m.list("ended", len(h.Ended), func(m *members, i int) {
		e := &h.Ended[i]
		e.versionKey.write(m)
		m.time("until", e.Until)
		m.text("by", e.By)
		if e.Deleted {
			m.name("deleted")
			m.out = append(m.out, "true"...)
		}
	})
	m.list("versions", len(h.Versions), func(m *members, i int) { h.Versions[i].write(m) })
}

func (k versionKey) write(m *members) {
	m.text("region", k.Region)
	m.number("version", k.Version)
}

// lineOf returns the line of a commit, with the line break. texts has the entries of what
// it writes.
func lineOf(revision int64, removed time.Time, ended, written []*Version, texts map[*Version][]byte) ([]byte, error) {
	h := lineHead{Revision: revision, Removed: removed}
	size := 256 * (1 + len(ended))
	for _, v := range ended {
		h.Ended = append(h.Ended, ending{v.key(), v.Until, v.EndedBy, v.Deleted})
	}
	for _, v := range written {
		h.Versions = append(h.Versions, v.key())
		size += len(texts[v]) + 64
	}
	m := members{out: append(make([]byte, 0, size), '{')}
	h.write(&m)
	if m.err != nil || len(written) == 0 {
		return append(m.out, "}\n"...), m.err
	}
	line := append(m.out, writtenBegin...)
	for i, v := range written {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, texts[v]...)
	}
	return append(line, "]}\n"...), nil
}

// byteOrderMark is what some editors write before a text.
const byteOrderMark = "\ufeff"

// revisionOf returns the revision of a line; 0 if the line is not whole. Git, editors and other
// programs may have given it another end, or none, spaces, and another order of its members.
func revisionOf(line []byte) int64 {
	var h struct {
		Revision int64 `json:"revision"`
	}
	if json.Unmarshal(bytes.TrimPrefix(line, []byte(byteOrderMark)), &h) != nil {
		return 0
	}
	return h.Revision
}

// history is what the history file of a country says up to a revision.
type history struct {
	lines []historyLine
	last  int64 // revision of the last line
}

// readHistory reads the history of a country up to a revision.
func (f *files) readHistory(key tax.Key, revision int64) (history, error) {
	name := f.path(key, historySuffix)
	data, _, err := readFile(f.system, name)
	if errors.Is(err, fs.ErrNotExist) {
		return history{}, nil
	}
	if err != nil {
		return history{}, err
	}
	var h history
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	offset := 0
	for line := range bytes.Lines(data) {
		begin := offset
		offset += len(line)
		var l historyLine
		if err := json.Unmarshal(line, &l); err != nil {
			if offset == len(data) {
				break // a write that was cut off
			}
			at, cause := notJSON(err, 0)
			return history{}, faultAt(name, data, int64(begin)+at, cause)
		}
		if l.Revision > revision {
			break
		}
		h.lines, h.last = append(h.lines, l), l.Revision
	}
	return h, nil
}

// upTo returns the history up to a revision.
func (h history) upTo(revision int64) history {
	n := len(h.lines)
	for n > 0 && h.lines[n-1].Revision > revision {
		n--
	}
	h.lines, h.last = h.lines[:n], 0
	if n > 0 {
		h.last = h.lines[n-1].Revision
	}
	return h
}

// pair returns the versions that ended and those that did not, and the latest instants at
// which one ended, of those that are missing and of all.
func (h history) pair() (ended []*Version, open map[versionKey]*Version, removed, latest time.Time) {
	open = make(map[versionKey]*Version)
	for _, l := range h.lines {
		removed = later(removed, l.Removed)
		for i := range l.Written {
			if v := &l.Written[i]; v.Configuration != nil {
				v := v.version()
				open[v.key()] = v
			}
		}
		for _, e := range l.Ended {
			latest = later(latest, e.Until)
			v := open[e.versionKey]
			if v == nil {
				removed = later(removed, e.Until)
				continue
			}
			delete(open, e.versionKey)
			ended = append(ended, v.ended(e.Until, e.By, e.Deleted))
		}
	}
	return ended, open, removed, later(latest, removed)
}

// byLocation returns the newest of versions for each region.
func byLocation(open map[versionKey]*Version) map[string]*Version {
	newest := make(map[string]*Version, len(open))
	for k, v := range open {
		if old := newest[k.Region]; old == nil || old.Configuration.Metadata.Version < k.Version {
			newest[k.Region] = v
		}
	}
	return newest
}

// compacted returns a history without the lines that a retention does not keep; nil if it
// keeps all of them, or if somebody has to repair a line before. A line stays as a whole as
// long as one of its versions does.
func compacted(text []byte, revision int64, r Retention, now time.Time) ([]byte, error) {
	var lines [][]byte
	var heads []lineHead
	offset := 0
	for line := range bytes.Lines(text) {
		offset += len(line)
		line = bytes.TrimRight(bytes.TrimPrefix(line, []byte(byteOrderMark)), "\r\n")
		head, _, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("}")), []byte(writtenBegin))
		var h lineHead
		wrong := json.Unmarshal(append(head[:len(head):len(head)], '}'), &h)
		if wrong != nil && offset < len(text) {
			return nil, nil
		}
		if wrong != nil || h.Revision > revision {
			break
		}
		lines, heads = append(lines, line), append(heads, h)
	}
	ended := make(map[versionKey]bool)
	newest := make(map[string]int64)
	gone := lineHead{Revision: 1}
	newer := make(map[string]int)
	for _, h := range slices.Backward(heads) {
		gone.Removed = later(gone.Removed, h.Removed)
		for _, e := range slices.Backward(h.Ended) {
			keeps := r.Keeps(&Version{Until: e.Until}, newer[e.Region], now)
			if !keeps {
				gone.Removed = later(gone.Removed, e.Until)
			}
			ended[e.versionKey] = keeps
			newer[e.Region]++
		}
		for _, k := range h.Versions {
			newest[k.Region] = max(newest[k.Region], k.Version)
		}
	}
	needed := func(k versionKey) bool {
		keeps, over := ended[k]
		return keeps || !over && newest[k.Region] == k.Version
	}
	var kept bytes.Buffer
	all := true
	for i, h := range heads {
		last := i == len(heads)-1
		if last || slices.ContainsFunc(h.Versions, needed) || slices.ContainsFunc(h.Ended, func(e ending) bool { return ended[e.versionKey] }) {
			kept.Write(append(lines[i][:len(lines[i]):len(lines[i])], '\n'))
		} else {
			all = false
		}
	}
	if all {
		return nil, nil
	}
	first := members{out: []byte{'{'}}
	gone.write(&first)
	return append(append(first.out, "}\n"...), kept.Bytes()...), first.err
}

// later returns the later of two instants.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
