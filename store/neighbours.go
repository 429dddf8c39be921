package store

import (
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/postal"
)

// verdict is that of a country without faults. A write to such a country is validated with
// those of its documents that it can affect.
type verdict struct {
	of     *Country            // itself, because a copy may have other documents
	base   []tax.Configuration // that it lies on
	around atomic.Pointer[neighbours]
}

// approve notes that the country has no faults on a base, if a write to it can be validated
// in part.
func (c *Country) approve(base []tax.Configuration, around *neighbours) {
	if len(base) > 0 && (c.Documents.Len() <= fewDocuments || refer(base) || c.Documents.refer()) {
		return
	}
	c.verdict = &verdict{of: c, base: base}
	c.verdict.around.Store(around)
}

// refer reports whether one of the documents of a base has referrals. What becomes of them
// depends on all documents that lie on it.
func refer(base []tax.Configuration) bool {
	return slices.ContainsFunc(base, func(c tax.Configuration) bool { return len(c.Elsewhere) > 0 })
}

func (v *Version) refers() bool { return len(v.Configuration.Elsewhere) > 0 }

// stamped returns the country, which is not used any more, with the stamp of its file.
func (c *Country) stamped(stamp [32]byte) *Country {
	s := *c
	s.stamp, s.verdict = stamp, nil
	if v := c.verdict; v != nil && v.of == c {
		s.approve(v.base, v.around.Swap(nil))
	}
	return &s
}

// fewDocuments is the number of documents up to which a country is validated as a whole.
const fewDocuments = 16

// neighbours returns the documents of a country on a base by what they have to do with each
// other; nil if it is not known to have no faults there, or if it is small. Only the first
// caller is given what the last write has left.
func (c *Country) neighbours(base []tax.Configuration) *neighbours {
	v := c.verdict
	if c.Documents.Len() <= fewDocuments || v == nil || v.of != c || !slices.EqualFunc(v.base, base, alike) {
		return nil
	}
	if n := v.around.Swap(nil); n != nil {
		return n
	}
	n := newNeighbours()
	n.apply(nil, c.on(base)) // they do not conflict
	for _, r := range n.owners {
		n.weigh(r)
	}
	return n
}

func alike(a, b tax.Configuration) bool { return reflect.DeepEqual(&a, &b) }

// neighbours are the documents of a country by what they have to do with each other. Two
// documents of different regions can contradict each other in no more than four ways, and
// whether they do depends on nothing but
//
//   - the codes and aliases of regions, which nobody else may claim;
//   - the places that a region lies in, whose classes and rates it inherits;
//   - postal codes that both claim, and whether one lies in the other;
//   - what all of them together take of the bounds of a country.
type neighbours struct {
	home   *resident            // the country itself; nil if it has no document
	owners map[string]*resident // by code and alias
	// inside are the regions that a code leads up from, whether or not something has it.
	inside map[string]map[*resident]bool
	postal postal.Claims[*resident]
	total  burden
}

// resident is a document of a country.
type resident struct {
	*tax.Configuration
	around []string // codes of the places that it lies in if they exist, the nearest first
	own    content
	burden burden
}

func newNeighbours() *neighbours {
	return &neighbours{owners: make(map[string]*resident), inside: make(map[string]map[*resident]bool)}
}

// apply replaces the documents of regions by others, and returns those that this can affect:
// what is new, and all that lies in it or in what has gone. ok is false if two claim one code;
// the neighbours cannot be used then.
func (n *neighbours) apply(regions []string, documents []*tax.Configuration) (affected map[*resident]bool, ok bool) {
	affected = make(map[*resident]bool)
	var codes []string // whose owners change
	for _, region := range regions {
		if r := n.owners[region]; r != nil && r.Location.Region == region {
			codes = append(codes, r.codes()...)
			n.remove(r)
		}
	}
	for _, c := range documents {
		r := newResident(c)
		if !n.add(r) {
			return nil, false
		}
		affected[r] = true
		codes = append(codes, r.codes()...)
	}
	for len(codes) > 0 {
		code := codes[len(codes)-1]
		codes = codes[:len(codes)-1]
		if code == "" { // everything lies in the country
			for _, r := range n.owners {
				affected[r] = true
			}
			return affected, true
		}
		for r := range n.inside[code] {
			if !affected[r] {
				affected[r] = true
				codes = append(codes, r.codes()...)
			}
		}
	}
	return affected, true
}

func newResident(c *tax.Configuration) *resident {
	r := &resident{Configuration: c, own: contentOf(c)}
	l := c.Location.Parent()
	if c.Within != "" {
		l.Region = c.Within
	}
	for ; l.Region != ""; l = l.Parent() {
		r.around = append(r.around, l.Region)
	}
	return r
}

// codes returns the codes of a region; "" is that of the country.
func (r *resident) codes() []string {
	return append([]string{r.Location.Region}, r.RegionAliases...)
}

// ranges yields the ranges of postal codes that a region claims. Those that are faulty are
// found when its document is validated by itself.
func (r *resident) ranges(yield func(postal.Range)) {
	for _, list := range [...][]tax.PostalRange{r.PostalCodes, r.SharedPostalCodes} {
		for _, p := range list {
			if claim := postal.Range(p); claim.Fault() == "" {
				yield(claim)
			}
		}
	}
}

// add returns false if somebody else has a code of the document.
func (n *neighbours) add(r *resident) bool {
	if r.Location.Region == "" {
		n.home = r
	}
	for _, code := range r.codes() {
		if n.owners[code] != nil {
			return false
		}
		n.owners[code] = r
	}
	for _, code := range r.around {
		if n.inside[code] == nil {
			n.inside[code] = make(map[*resident]bool)
		}
		n.inside[code][r] = true
	}
	r.ranges(func(p postal.Range) { n.postal.Add(p, r) })
	return true
}

func (n *neighbours) remove(r *resident) {
	if n.home == r {
		n.home = nil
	}
	for _, code := range r.codes() {
		delete(n.owners, code)
	}
	for _, code := range r.around {
		if delete(n.inside[code], r); len(n.inside[code]) == 0 {
			delete(n.inside, code)
		}
	}
	r.ranges(func(p postal.Range) { n.postal.Remove(p, r) })
	n.total.add(&r.burden, -1)
}

// parent returns the document that another one inherits from; nil if there is none.
func (n *neighbours) parent(r *resident) *resident {
	for _, code := range r.around {
		if p := n.owners[code]; p != nil && p != r {
			return p
		}
	}
	if r == n.home {
		return nil
	}
	return n.home
}

// accept reports whether the country certainly has no faults, now that some of its documents
// are affected by a write.
func (n *neighbours) accept(affected map[*resident]bool, documents int) bool {
	if 2*len(affected) > documents {
		return false
	}
	set := n.around(affected)
	if 2*len(set) > documents || tax.ValidateCountry(set).Err() != nil {
		return false
	}
	for r := range affected {
		n.weigh(r)
	}
	return n.total.within(&bounds)
}

// around returns the documents that have to do with those that are affected: those whose
// postal codes meet theirs, and what all these lie in. If the country has no faults but
// those that concern the affected documents, these documents alone have faults if the
// country has.
func (n *neighbours) around(affected map[*resident]bool) []tax.Configuration {
	var set []tax.Configuration
	seen := make(map[*resident]bool, 2*len(affected))
	add := func(r *resident) {
		for ; r != nil && !seen[r]; r = n.parent(r) {
			seen[r] = true
			set = append(set, *r.Configuration)
		}
	}
	add(n.home)
	for r := range affected {
		add(r)
		r.ranges(func(p postal.Range) {
			for other := range n.postal.Meeting(p) {
				add(other)
			}
		})
	}
	return set
}

// weigh counts the burden of a document again. The places that documents lie in must not
// lie in each other.
func (n *neighbours) weigh(r *resident) {
	n.total.add(&r.burden, -1)
	_, r.burden = n.content(r)
	n.total.add(&r.burden, 1)
}

// content counts a document with what it inherits.
func (n *neighbours) content(r *resident) (content, burden) {
	above := content{}
	if p := n.parent(r); p != nil {
		above, _ = n.content(p)
	}
	return r.own.below(&above)
}
