package tax

import "unsafe"

// What is in memory for an entry beside its body: itself, its place in the
// index, in the queue and in the map of that queue, all at their mean load.
const (
	entryBytes  = 128 + 16*8/5 + queuedBytes
	queuedBytes = 64 + 28
)

// What is in memory for a tenant: its id in the table of package unique, the
// view that holds it, its count; with a quota, an empty queue.
const (
	tenantBytes = 220
	queueBytes  = 300
)

// ownBytes is the estimate of the memory that an entry takes beside its body
// and its tenant.
func (e *entry) ownBytes(t tenant) int64 {
	n := int64(entryBytes)
	if t.queue != nil {
		n += queuedBytes
	}
	if e.record != e.first {
		n += int64(unsafe.Sizeof(*e.record)) + int64(len(e.metadata))*int64(unsafe.Sizeof(Metadata{}))
	}
	return n
}

// bytes is the estimate of the memory that a tenant takes.
func (t tenant) bytes(e *entry) int64 {
	if e.tenant == nobody {
		return 0
	}
	n := tenantBytes + textBytes(e.tenant.Value())
	if t.queue != nil {
		n += queueBytes
	}
	return n
}

// size is the estimate of the memory that a body takes beside what its room
// counts. Texts that documents share are counted for each of them.
func (c *body) size(rates []effective) int64 {
	n := int64(unsafe.Sizeof(record{})) + int64(len(c.territories))*int64(unsafe.Sizeof(Metadata{}))
	n += int64(cap(c.segments)) * int64(unsafe.Sizeof(segment{}))
	n += int64(cap(c.postal)) * int64(unsafe.Sizeof(postalSpan{}))
	n += int64(len(c.byRegion)) * 64
	for t := range c.territories {
		terr := &c.territories[t]
		n += textBytes(terr.location.Region) + textBytes(terr.zoneName) + terr.tax.bytes()
		for i := range terr.lines {
			if l := &terr.lines[i]; l.origin == int32(t) {
				n += l.bytes()
			}
		}
	}
	for i := range rates {
		n += rates[i].bytes()
	}
	return n
}

func (l *line) bytes() int64 {
	return textBytes(l.code) + listBytes(l.aliases) + l.name.bytes() + l.description.bytes()
}

// bytes counts what a document says with the rate of its entry. A rate over
// another has little of its own.
func (e *effective) bytes() int64 {
	const number = 48 // of a big.Int and its word
	n := int64(unsafe.Sizeof(*e))
	switch {
	case e.over == nil:
		n += number + listBytes(e.evidence.Sources)
		for i := range e.components {
			c := &e.components[i]
			n += int64(unsafe.Sizeof(*c)) + number + textBytes(c.Code) + c.Name.bytes()
		}
	case len(e.components) > len(e.over.components): // added to it
		n += number + int64(len(e.components))*int64(unsafe.Sizeof(Component{}))
	}
	return n
}

func (t Tax) bytes() int64 { return textBytes(t.Code) + t.Name.bytes() }

func (l LocalizedText) bytes() int64 {
	if l.t == nil {
		return 0
	}
	return int64(unsafe.Sizeof(*l.t)) + listBytes(l.t.texts) // the set of languages is shared
}

// textBytes is what the allocation behind a text takes.
func textBytes(s string) int64 { return int64(len(s)+15) &^ 15 }

func listBytes(list []string) (n int64) {
	for _, s := range list {
		n += int64(unsafe.Sizeof(s)) + textBytes(s)
	}
	return n
}
