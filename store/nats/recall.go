package nats

import (
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// recent are the states that this store has stored last, so that the next write to one of them
// need not be preceded by reading it: the server refuses it if another one has followed.
type recent struct {
	mu     sync.Mutex
	states map[tax.Key]ownState
}

// ownState is a state that this store has stored.
type ownState struct {
	country  *store.Country
	sequence uint64
	at       time.Time
	alone    bool // the state before it was also of this store
}

// mostRecent is the number of countries whose states are kept.
const mostRecent = 64

// recallable is how long a state is kept. Within it nobody restores a stream from a backup and
// writes as many messages as are missing, the last of them to the same country.
const recallable = 10 * time.Second

// note keeps the state that a commit has led to.
func (r *recent) note(c *store.Commit, sequence uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.states[c.Key]
	if r.states == nil || !ok && len(r.states) >= mostRecent {
		r.states = make(map[tax.Key]ownState)
	}
	r.states[c.Key] = ownState{c.After, sequence, time.Now(), ok && c.Before != nil && last.country.Revision == c.Before.Revision}
}

// Recall returns the state of a country in which nobody else writes, as far as this store knows;
// nil if it has to be read. Where several write, planning on it would often be in vain.
func (b *backend) Recall(key tax.Key) *store.Country {
	b.recent.mu.Lock()
	last := b.recent.states[key]
	b.recent.mu.Unlock()
	if !last.alone || time.Since(last.at) > recallable {
		return nil
	}
	if sequence, ok := b.floors.sequenceOf(key, last.country.Revision); !ok || sequence != last.sequence {
		return nil // a notice or a read has told of another one, or everything is forgotten
	}
	return last.country
}
