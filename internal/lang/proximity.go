package lang

import "golang.org/x/text/language"

// proximity says how near a language is to another one of its family: the smaller, the
// nearer. The first of these parts that differ decide:
//
//   - the number of steps up the lineage to the nearest common parent;
//   - the number of levels from there down to the language;
//   - if that is 0, which name of the parent the language is: the parent's own tags
//     come first, then tags that state no region, then others.
type proximity uint32

const (
	stepUp   proximity = 1 << 16
	stepDown proximity = 1 << 8
	// noRegion is the part of a name that is not a tag of the parent itself, and
	// states no region.
	noRegion    proximity = 254
	otherRegion proximity = 255
)

// proximity returns how near a language of the same family is to t.
func (t *Tag) proximity(to *Tag) proximity {
	for up := range t.lineage {
		meaning := t.lineage[up].meaning
		for down, level := range to.levels {
			if level != meaning || meaning == 0 {
				continue
			}
			if down > 0 {
				return proximity(up)*stepUp + proximity(down)*stepDown
			}
			return proximity(up)*stepUp + t.nameOf(up, to)
		}
	}
	return proximity(len(t.lineage))*stepUp + proximity(len(to.levels))*stepDown // a sister, or variants
}

// nameOf returns which name of a parent of t a tag is.
func (t *Tag) nameOf(parent int, to *Tag) proximity {
	own := &to.lineage[0]
	for n := parent; n < len(t.lineage) && t.lineage[n].meaning == own.meaning; n++ {
		if own.is(&t.lineage[n]) {
			return proximity(n - parent)
		}
	}
	if own.hasRegion {
		return otherRegion
	}
	return noRegion
}

// confidence returns how sure it is that a language at this proximity serves a reader of
// t. It is High for another name of t and for a parent of t; but a tag that states a
// region is no name of a parent that states none: de-DE is only another variety for a
// reader of de-AT.
func (t *Tag) confidence(near proximity) language.Confidence {
	if near < stepUp && near < stepDown {
		return language.High // another name of t
	}
	if near%stepUp >= stepDown || near%stepDown == otherRegion && !t.lineage[near/stepUp].hasRegion {
		return language.Low
	}
	return language.High
}
