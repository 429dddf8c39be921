package tax

import "unsafe"

// What is in memory for an entry beside its body: itself, its place in the
// index, in the queue and in the map of that queue, both at their mean load.
const entryBytes = 64 + 16*8/5 + 64 + 28

// shortTenant is the length up to which the id of a tenant, of which there is
// one copy for all its countries, is not worth counting.
const shortTenant = 64

// ownBytes is the estimate of the memory that an entry takes beside its body.
func (e *entry) ownBytes() int64 {
	n := int64(entryBytes) + int64(max(0, len(e.tenant.Value())-shortTenant))
	if e.record != e.first {
		n += int64(unsafe.Sizeof(*e.record)) + int64(len(e.metadata))*int64(unsafe.Sizeof(Metadata{}))
	}
	return n
}

// size is the estimate of the memory that a body takes. Texts that documents
// share are counted for each of them.
func (c *body) size() int64 {
	n := int64(unsafe.Sizeof(*c)) + int64(unsafe.Sizeof(record{})) + int64(len(c.territories))*int64(unsafe.Sizeof(Metadata{}))
	n += int64(cap(c.territories)) * int64(unsafe.Sizeof(territory{}))
	n += int64(cap(c.segments)) * int64(unsafe.Sizeof(segment{}))
	n += int64(cap(c.postal)) * int64(unsafe.Sizeof(postalSpan{}))
	n += int64(len(c.byRegion)) * 64
	for t := range c.territories {
		terr := &c.territories[t]
		n += int64(cap(terr.codes.slots)) * int64(unsafe.Sizeof(codeSlot{}))
		n += int64(cap(terr.lines)) * int64(unsafe.Sizeof(line{}))
		n += textBytes(terr.location.Region, terr.zoneName) + terr.tax.bytes()
		for i := range terr.lines {
			if l := &terr.lines[i]; l.origin == int32(t) {
				n += l.bytes()
				for j := l.first; j < l.last; j++ {
					if r := c.segments[j].rate; r != nil {
						n += r.bytes()
					}
				}
			}
		}
	}
	return n
}

func (l *line) bytes() int64 {
	return textBytes(l.code) + textBytes(l.aliases...) + l.name.bytes() + l.description.bytes()
}

func (e *effective) bytes() int64 {
	const number = 48 // of a big.Int and its word
	n := int64(unsafe.Sizeof(*e)) + number + int64(cap(e.documents))*4
	n += textBytes(e.evidence.Sources...)
	for i := range e.components {
		n += int64(unsafe.Sizeof(Component{})) + number + textBytes(e.components[i].Code) + e.components[i].Name.bytes()
	}
	return n
}

func (t Tax) bytes() int64 { return textBytes(t.Code) + t.Name.bytes() }

func (l LocalizedText) bytes() int64 {
	if l.t == nil {
		return 0
	}
	n := int64(unsafe.Sizeof(*l.t))
	for _, t := range *l.t {
		n += int64(unsafe.Sizeof(t)) + textBytes(t.Language, t.Text)
	}
	return n
}

// textBytes is what strings and the allocations behind them take.
func textBytes(list ...string) (n int64) {
	for _, s := range list {
		n += int64(len(s)+15) &^ 15
	}
	return n
}
