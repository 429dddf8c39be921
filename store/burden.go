package store

import "github.com/taxresolve/tax"

// burden is how much a country, or one of its documents, takes of the bounds that
// tax.ValidateCountry has for a country with its regions: at least as much as it really
// takes, and known without merging any timeline.
type burden struct {
	documents int64
	codes     int64 // of classes and their aliases, the inherited ones included
	spans     int64 // of merged timelines
	merged    int64 // rates on top of a parent's
	parts     int64 // components of these
	joined    int64 // bytes of the names of taxes that are charged together
}

// bounds are those of tax.ValidateCountry.
var bounds = burden{documents: 1<<20 - 2, codes: 1 << 18, spans: (1<<20 - 1) / 2, merged: 1 << 17, parts: 1 << 20, joined: 16 << 20}

// within reports whether the burden is certain to be within others.
func (b *burden) within(most *burden) bool {
	return b.documents <= most.documents && b.codes <= most.codes && b.spans <= most.spans &&
		b.merged <= most.merged && b.parts <= most.parts && b.joined <= most.joined
}

// add adds a burden so many times.
func (b *burden) add(c *burden, times int64) {
	b.documents += times * c.documents
	b.codes += times * c.codes
	b.spans += times * c.spans
	b.merged += times * c.merged
	b.parts += times * c.parts
	b.joined += times * c.joined
}

// content is what counts of a document, and of those that it inherits from, for a burden.
type content struct {
	referrals int64
	codes     int64
	spans     int64
	longest   int64 // spans of a class
	parts     int64 // components of a rate
	taxes     int64 // that differ
	name      int64 // bytes of the longest name of a tax, in all languages
	names     int64 // of the longest name of taxes that are charged together

	// These are of the document alone: classes and entries that depend on its parent, and
	// their taxes.
	dependent, entries, added int64
}

// contentOf counts a document.
func contentOf(c *tax.Configuration) (own content) {
	own.referrals, own.parts = int64(len(c.Elsewhere)), 1
	all, added := map[tax.Tax]bool{c.Tax: true}, map[tax.Tax]bool{}
	for i := range c.Classes {
		class := &c.Classes[i]
		length := 1 + int64(len(class.Rates))
		own.codes += 1 + int64(len(class.Aliases))
		own.spans += length
		own.longest = max(own.longest, length)
		dependent := int64(0)
		for j := range class.Rates {
			r := &class.Rates[j]
			own.parts = max(own.parts, int64(len(r.Components)))
			if r.Tax.Code != "" {
				all[r.Tax] = true
			}
			if r.Effect == tax.Replace || r.Effect == tax.End {
				continue
			}
			dependent++
			if added[r.Tax] = true; r.Tax.Code == "" {
				added[c.Tax] = true
			}
		}
		if dependent > 0 {
			own.dependent++
			own.entries += dependent
		}
	}
	own.taxes, own.added = int64(len(all)), int64(len(added))
	for t := range all {
		own.name = max(own.name, nameBytes(t.Name))
	}
	return own
}

// nameBytes is the number of bytes of a name in all its languages, with what is written
// between two names.
func nameBytes(l tax.LocalizedText) (n int64) {
	for _, t := range l.All() {
		n += int64(len(t.Text) + len(" + "))
	}
	return n
}

// below returns the content of a document with what it inherits, and its burden. above is
// that of its parent.
func (own *content) below(above *content) (content, burden) {
	all := content{
		codes: own.codes + above.codes, spans: own.spans + above.spans, longest: own.longest + above.longest,
		parts: own.parts + above.parts, name: max(own.name, above.name),
	}
	all.names = above.names + all.name
	b := burden{documents: 1 + own.referrals, codes: all.codes, spans: all.spans}
	if own.dependent > 0 {
		b.merged = own.entries + own.dependent*above.longest
		b.parts = b.merged * all.parts
		all.taxes = min(own.added*above.taxes, b.merged)
		b.joined = (all.taxes + 1) * all.names // the first of a country is made twice
	}
	all.taxes += own.taxes + above.taxes
	return all, b
}
