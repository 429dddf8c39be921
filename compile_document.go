package tax

import (
	"slices"

	"github.com/taxresolve/tax/internal/postal"
)

// document is the document of one location, while the country is compiled.
type document struct {
	*Configuration
	location  Location
	faults    []Fault
	number    int32 // in the set; -1 if the set has none for the location
	depth     int32 // the number of places that it lies in
	parent    int32 // number of the document that it inherits from; none for the country
	codes     int   // that it has at least, with those that it inherits
	classes   int   // the same
	ambiguous bool  // see territory.ambiguous
	// referral is the index of a referral of the country plus 1, if the territory only
	// stands for it.
	referral int
	code     int32    // of the referral among the shared codes; 0 if it has none yet
	joined   bool     // it stands for several documents
	nowhere  bool     // its region does not exist
	changed  *changes // see document.changes
	// withheld are the documents of an overlay that are withheld at the location. With
	// sealed, regions inherit nothing of what lies under them.
	withheld []*Configuration
	sealed   bool
	names    []LocalizedText // of other documents for the location
}

// An overlay can break a country: its document may give a class an alias that a region
// has as a class. The compiler then compiles the country again without that document,
// as often as it finds another one. The location of a withheld document is a tombstone,
// but regions inherit from what lies under it, except for the classes that the document
// would have changed. So the document costs what it is about, and nothing else.

// withheld is a document of an overlay that the country is compiled without.
type withheld struct {
	layers int // the number of layers of the document that are withheld
	faults []Fault
}

// isOnlyWithheld reports whether a location has only a document that is withheld.
func (d *document) isOnlyWithheld() bool {
	return len(d.withheld) > 0 && d.withheld[len(d.withheld)-1].under.absent
}

// newlyHas reports whether a document of an overlay claims a region code that the one
// under it does not.
func (d *document) newlyHas(code string) bool {
	u := d.under
	return u != nil && (u.absent || slices.Contains(d.RegionAliases, code) && !slices.Contains(u.RegionAliases, code))
}

// movesRegions reports whether a document of an overlay can change which regions lie in
// others.
func (d *document) movesRegions() bool {
	u := d.under
	return u != nil && (u.absent || d.Within != u.Within || !slices.Equal(d.RegionAliases, u.RegionAliases))
}

func (d *document) movesPostalCodes() bool {
	u := d.under
	return u != nil && !(slices.Equal(d.PostalCodes, u.PostalCodes) && slices.Equal(d.SharedPostalCodes, u.SharedPostalCodes) &&
		slices.EqualFunc(d.Elsewhere, u.Elsewhere, sameReferral))
}

func sameReferral(a, b Referral) bool {
	return a.Location == b.Location && slices.Equal(a.Regions, b.Regions) && slices.Equal(a.PostalCodes, b.PostalCodes)
}

// changes are the differences between a document of an overlay and the one under it.
type changes struct {
	classes map[string]int    // by code, the index of each changed class; -1 if it is gone
	codes   map[string]string // by new code or alias of a class, its path
}

// changes returns what the document changes. It keeps the result.
func (d *document) changes() *changes {
	if d.changed == nil {
		c := changesOf(d.Configuration)
		d.changed = &c
	}
	return d.changed
}

// changesOf compares the classes of a document with those of the one under it.
func changesOf(c *Configuration) changes {
	type claim struct{ class, code string }
	before := make(map[string]string)
	claimed := make(map[claim]bool)
	for i := range c.under.Classes {
		class := &c.under.Classes[i]
		before[class.Code] = class.canonical()
		for j := -1; j < len(class.Aliases); j++ {
			claimed[claim{class.Code, codeAt(c.under.Classes, codePlace{i, j})}] = true
		}
	}
	d := changes{make(map[string]int), make(map[string]string)}
	for i := range c.Classes {
		class := &c.Classes[i]
		if form, ok := before[class.Code]; !ok || form != class.canonical() {
			d.classes[class.Code] = i
		}
		delete(before, class.Code)
		for j := -1; j < len(class.Aliases); j++ {
			p := codePlace{i, j}
			if code := codeAt(c.Classes, p); !claimed[claim{class.Code, code}] {
				d.codes[code] = position{i, -1, -1}.path(p.field())
			}
		}
	}
	for code := range before {
		d.classes[code] = -1
	}
	return d
}

// canonical returns the content of a class in a form that is different for any two,
// whether or not it is the default class.
func (c *Class) canonical() string {
	w := canonWriters.Get().(*canonWriter)
	defer canonWriters.Put(w)
	w.Reset()
	w.class(c)
	return string(w.Bytes())
}

// defaultOf returns the code of the default class; "" if there is none.
func defaultOf(classes []Class) string {
	if i := slices.IndexFunc(classes, func(c Class) bool { return c.Default }); i >= 0 {
		return classes[i].Code
	}
	return ""
}

// seenFrom returns the fault as that of the document that is the reason for it.
func (f Fault) seenFrom(l Location, path string) Fault {
	if f.Location == l {
		return f
	}
	f.Message = "does not fit on " + f.String()
	f.Location, f.Path = l, path
	return f
}

// join adds the claims of another document for the location. Neither is used, but the
// claims of both lead to the tombstone.
func (d *document) join(other *Configuration) {
	if d.Tax.Code != other.Tax.Code || d.TimeZone != other.TimeZone {
		d.ambiguous = true
	}
	if !d.joined {
		d.joined = true
		first := *d.Configuration
		first.PostalCodes, first.SharedPostalCodes = slices.Clip(first.PostalCodes), slices.Clip(first.SharedPostalCodes)
		first.RegionAliases, first.Elsewhere = slices.Clip(first.RegionAliases), slices.Clip(first.Elsewhere)
		d.Configuration = &first
	}
	d.names = append(d.names, other.Name)
	d.PostalCodes = append(d.PostalCodes, other.PostalCodes...)
	d.SharedPostalCodes = append(d.SharedPostalCodes, other.SharedPostalCodes...)
	d.Elsewhere = append(d.Elsewhere, other.Elsewhere...)
	d.RegionAliases = append(d.RegionAliases, other.RegionAliases...)
}

// claimNames notes the names that lead to the tombstone at a location besides its own: those
// of withheld documents, and of second ones.
func (c *body) claimNames(t int32, d *document) {
	for i := range d.withheld {
		d.names = append(d.names, d.withheld[i].Name)
	}
	for _, name := range d.names {
		if !name.IsZero() && !name.Equal(d.Name) {
			c.claimedNames = append(c.claimedNames, claimedName{name, t})
		}
	}
}

// claim adds the postal codes of the document of a territory to claims, and to weak those
// that it is not known to have: faulty ranges, as they were probably meant, those of a
// region that does not exist, and those of withheld documents. They lead to the tombstone
// wherever no valid document claims the code. The ranges are checked if suspect.
func (c *body) claim(t int32, d *document, suspect bool, claims, weak []postal.Span) (_, _ []postal.Span) {
	add := func(p PostalRange, shared bool) {
		r := postal.Range(p)
		if suspect && (d.nowhere || r.Fault() != "") {
			weak = c.weakClaim(t, r, weak)
			return
		}
		s := r.Claim(t)
		s.Shared = shared
		claims = append(claims, s)
		c.digitsOnly = c.digitsOnly && r.DigitsOnly()
		c.territories[t].hasPostal = true
	}
	for _, p := range d.PostalCodes {
		add(p, false)
	}
	for _, p := range d.SharedPostalCodes {
		add(p, true)
	}
	for _, w := range d.withheld {
		for _, p := range slices.Concat(w.PostalCodes, w.SharedPostalCodes) {
			weak = c.weakClaim(t, postal.Range(p), weak)
		}
	}
	return claims, weak
}

func (c *body) weakClaim(t int32, r postal.Range, weak []postal.Span) []postal.Span {
	r, ok := r.Repaired()
	if !ok {
		c.postalUnknown = t
		return weak
	}
	return append(weak, r.Claim(t))
}

// together returns the number of a shared code of these owners. Neighbouring codes most
// often have the same.
func (c *body) together(owners []int32) int32 {
	if n := len(c.shared); n > 0 && slices.Equal(c.shared[n-1].owners, owners) {
		return int32(-n)
	}
	around := c.territories[owners[0]].parent
	for _, o := range owners[1:] {
		for !c.within(c.territories[o].parent, around) {
			around = c.territories[around].parent
		}
	}
	c.shared = append(c.shared, sharedCode{slices.Clone(owners), around})
	return int32(-len(c.shared))
}

// codesIn counts the codes and aliases of the classes of a document, of those that are
// withheld there, and of those of its parent, which may be nil.
func codesIn(doc *document, parent *territory) int {
	n := codesOf(doc.Classes)
	for _, c := range doc.withheld {
		n += codesOf(c.Classes)
	}
	if parent != nil {
		for i := range parent.lines {
			n += 1 + len(parent.lines[i].aliases)
		}
	}
	return n
}

func codesOf(classes []Class) (n int) {
	for i := range classes {
		n += 1 + len(classes[i].Aliases)
	}
	return n
}

// distinct returns each fault once. A document that is withheld and what lies under it
// can have the same.
func distinct(faults []Fault) []Fault {
	seen := make(map[Fault]bool, len(faults))
	return slices.DeleteFunc(faults, func(f Fault) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}

// tombstone returns the error of an invalid document, or of all documents of a country.
// It has some of the faults; the report has all.
func tombstone(faults []Fault) *InvalidError {
	return &InvalidError{slices.Clone(faults[:min(len(faults), maxTombstoneFaults)])}
}

// maxTombstoneFaults is the number of faults that a tombstone keeps.
const maxTombstoneFaults = 20

// fault returns a fault of the country as a whole.
func (c *body) fault(code errorCode, message string) Fault {
	return faultAt(Location{Country: c.country}, code, message)
}

// faultAt returns a fault of a document as a whole.
func faultAt(l Location, code errorCode, message string) Fault {
	return Fault{l, "", string(code), message}
}

// cleared returns the first n elements, and clears the others so that they keep
// nothing alive.
func cleared[E any](list []E, n int) []E {
	clear(list[n:])
	return list[:n]
}

// grown returns an empty list with room for n elements, but for no more than a compiler that
// is used again keeps.
func grown[E any](list []E, n int) []E { return slices.Grow(list[:0], min(n, maxScratch)) }

// maxScratch is the largest capacity of its slices with which a compiler is used
// again. No real country needs more.
const maxScratch = 4096
