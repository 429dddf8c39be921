package nats

import (
	"sync"

	"github.com/taxresolve/tax"
)

// floors are the sequences that answers must have reached, so that no read goes back: what
// this store has read or written, and the changes that it has reported.
type floors struct {
	mu    sync.Mutex
	known map[tax.Key]uint64
	// strict says that more was known, so that the leader has to answer for other countries.
	strict bool
}

// mostKnown is the number of countries that are remembered. Above it they are forgotten, and
// the leader answers for each of them once more.
const mostKnown = 100_000

// open reports whether any server may answer for a country.
func (f *floors) open(key tax.Key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, known := f.known[key]
	return known || !f.strict
}

// pass notes the sequence of an answer from any server, 0 if it found nothing. It returns
// false for an answer that is too old.
func (f *floors) pass(key tax.Key, sequence uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	floor, known := f.known[key]
	if sequence < floor || f.strict && !known {
		return false
	}
	f.note(key, sequence)
	return true
}

// passLeader notes the sequence of an answer from the leader.
func (f *floors) passLeader(key tax.Key, sequence uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if sequence < f.known[key] {
		return false
	}
	f.note(key, sequence)
	return true
}

// raise notes that a country has reached a sequence.
func (f *floors) raise(key tax.Key, sequence uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(key, max(sequence, f.known[key]))
}

// note remembers a floor. The mutex is held.
func (f *floors) note(key tax.Key, sequence uint64) {
	if f.known == nil {
		f.known = make(map[tax.Key]uint64)
	}
	if f.known[key] = sequence; len(f.known) > mostKnown {
		f.known, f.strict = map[tax.Key]uint64{key: sequence}, true
	}
}

// forget forgets all floors, and leaves what comes next to the leader.
func (f *floors) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known, f.strict = nil, true
}
