package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/taxresolve/tax"
)

// Documents are the documents of a country that are in force, by region: that of the country
// itself comes first. They have no Until. The zero value has none. What a value holds never
// changes, so that copies of it can be kept and read by several goroutines.
type Documents struct {
	// pieces are the documents in order. None is empty. A write to a large country copies the
	// piece in which it changes something, and not one pointer for every document: the
	// collector looks at each pointer that is copied while it is at work.
	pieces [][]*Version
	count  int
}

// pieceLength is the number of documents in a piece; one of twice as many becomes two.
const pieceLength = 64

// NewDocuments returns documents that are sorted by region, no two of them for the same one. It
// keeps the list: do not change it afterwards.
func NewDocuments(sorted []*Version) Documents {
	return Documents{slices.Collect(slices.Chunk(sorted, pieceLength)), len(sorted)}
}

// Len returns the number of documents.
func (d Documents) Len() int { return d.count }

// All yields the documents in order.
func (d Documents) All() iter.Seq[*Version] { return from(d.pieces, 0) }

// String returns the first documents in one line, for people and logs: "CA version 2, CA-QC
// version 1".
func (d Documents) String() string { return listed(slices.Collect(d.All())) }

// MarshalJSON returns an array of the documents.
func (d Documents) MarshalJSON() ([]byte, error) {
	return json.Marshal(slices.AppendSeq([]*Version{}, d.All()))
}

// UnmarshalJSON reads an array of documents, which may be in any order. It returns an error if
// there are several for a region, or an element is null.
func (d *Documents) UnmarshalJSON(data []byte) error {
	var list []*Version
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if slices.Contains(list, nil) {
		return errors.New("store: a document is null")
	}
	slices.SortFunc(list, byRegion)
	for i := range list[min(1, len(list)):] {
		if byRegion(list[i], list[i+1]) == 0 {
			return fmt.Errorf("store: two documents of %v", list[i].Configuration.Location)
		}
	}
	*d = NewDocuments(list)
	return nil
}

// after yields the documents of a country that come after a location of it; all of them if the
// location is in another country.
func (d Documents) after(country string, l tax.Location) iter.Seq[*Version] {
	if l.Country != country {
		return d.All()
	}
	i, at, found := d.find(l.Region)
	if found {
		at++
	}
	return from(d.pieces[min(i, len(d.pieces)):], at)
}

// from yields the documents of pieces, without the first ones of the first piece.
func from(pieces [][]*Version, first int) iter.Seq[*Version] {
	return func(yield func(*Version) bool) {
		for i, piece := range pieces {
			if i == 0 {
				piece = piece[first:]
			}
			for _, v := range piece {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// refer reports whether one of the documents has referrals.
func (d Documents) refer() bool {
	for v := range d.All() {
		if v.refers() {
			return true
		}
	}
	return false
}

// at returns the document of a region; nil if there is none.
func (d Documents) at(region string) *Version {
	if i, at, found := d.find(region); found {
		return d.pieces[i][at]
	}
	return nil
}

// find returns the piece and the place in it of a region, or where it belongs.
func (d Documents) find(region string) (piece, at int, found bool) {
	next := sort.Search(len(d.pieces), func(i int) bool { return regionOf(d.pieces[i][0]) > region })
	if next == 0 {
		return 0, 0, false
	}
	at, found = slices.BinarySearchFunc(d.pieces[next-1], region, func(v *Version, region string) int { return cmp.Compare(regionOf(v), region) })
	return next - 1, at, found
}

// with returns the documents without those of ended, which may be replaced, and with those of
// written. A piece without a change is the same in both.
func (d Documents) with(ended, written []*Version) Documents {
	changed := slices.Concat(ended, written)
	slices.SortStableFunc(changed, byRegion)
	pieces := d.pieces
	if len(pieces) == 0 {
		pieces = [][]*Version{nil}
	}
	var now Documents
	now.pieces = make([][]*Version, 0, len(pieces)+1)
	for i, piece := range pieces {
		n := len(changed)
		if i+1 < len(pieces) {
			next := pieces[i+1][0]
			n = sort.Search(n, func(j int) bool { return byRegion(changed[j], next) >= 0 })
		}
		if n > 0 {
			piece, changed = merged(piece, changed[:n]), changed[n:]
		}
		now.add(piece)
	}
	return now
}

// add adds documents that come after all others.
func (d *Documents) add(piece []*Version) {
	d.count += len(piece)
	switch {
	case len(piece) == 0:
	case len(piece) < 2*pieceLength:
		d.pieces = append(d.pieces, piece)
	default:
		d.pieces = slices.AppendSeq(d.pieces, slices.Chunk(piece, pieceLength))
	}
}

// merged returns documents that changes lead to. Those before are copied in runs.
func merged(before, changed []*Version) []*Version {
	list := make([]*Version, 0, len(before)+len(changed))
	for _, v := range changed {
		at, ends := slices.BinarySearchFunc(before, v, byRegion)
		list, before = append(list, before[:at]...), before[at:]
		if ends { // what replaces it comes next
			before = before[1:]
		} else {
			list = append(list, v)
		}
	}
	return append(list, before...)
}

func byRegion(a, b *Version) int { return cmp.Compare(regionOf(a), regionOf(b)) }

func regionOf(v *Version) string { return v.Configuration.Location.Region }
