package nats

import (
	"sync"

	"github.com/taxresolve/tax"
)

// late are the writes of this store whose outcome it could not find out. One of them may take effect
// later, when others have loaded what was there before: then they are told as of a write of another
// store.
type late struct {
	mu    sync.Mutex
	after map[tax.Key]uint64 // the sequences that they were to follow
	all   bool               // there were too many to tell them from others
}

// mostLate is the number of countries above which every write is reported.
const mostLate = 10_000

// note notes that a write to a country may still follow a sequence.
func (l *late) note(key tax.Key, sequence uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.after == nil {
		l.after = make(map[tax.Key]uint64)
	}
	if l.after[key] = sequence; len(l.after) > mostLate {
		l.after, l.all = nil, true
	}
}

// came reports whether a message may be such a write. Whatever has followed the sequence, none can
// follow it any more.
func (l *late) came(key tax.Key, sequence uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	after, ok := l.after[key]
	if ok = ok && sequence > after; ok {
		delete(l.after, key)
	}
	return ok || l.all
}
