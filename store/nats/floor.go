package nats

import (
	"sync"

	"github.com/taxresolve/tax"
)

// floors are the messages that answers must have reached, so that no read goes back: what
// this store has read or written, and the changes that it has reported.
type floors struct {
	mu    sync.Mutex
	known map[tax.Key]floor
	// strict says that more was known, so that the leader has to answer for other countries.
	strict bool
}

// floor is a message of a country: its sequence, 0 if there is none, and its revision.
type floor struct {
	sequence uint64
	revision int64
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

// pass notes the answer of any server. It returns false for one that is too old.
func (f *floors) pass(key tax.Key, answer floor) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.known[key]
	if answer.sequence < known.sequence || f.strict && !ok {
		return false
	}
	f.note(key, answer)
	return true
}

// passLeader notes the answer of the leader. It returns false for one that is too old.
func (f *floors) passLeader(key tax.Key, answer floor) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if answer.sequence < f.known[key].sequence {
		return false
	}
	f.note(key, answer)
	return true
}

// raise notes that a country has reached a message.
func (f *floors) raise(key tax.Key, reached floor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.known[key]; known.sequence > reached.sequence {
		reached = known
	}
	f.note(key, reached)
}

// sequenceOf returns the sequence of the last message of a country, if that is known and has a
// revision.
func (f *floors) sequenceOf(key tax.Key, revision int64) (sequence uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.known[key]
	return known.sequence, known.sequence > 0 && known.revision == revision
}

// note remembers a floor. The mutex is held.
func (f *floors) note(key tax.Key, at floor) {
	if f.known == nil {
		f.known = make(map[tax.Key]floor)
	}
	if f.known[key] = at; len(f.known) > mostKnown {
		f.known, f.strict = map[tax.Key]floor{key: at}, true
	}
}

// forget forgets all floors, and leaves what comes next to the leader.
func (f *floors) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known, f.strict = nil, true
}
