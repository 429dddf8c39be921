package postgres

import (
	"sync"

	"github.com/taxresolve/tax"
)

// late are the writes of this store whose outcome it could not find out. One of them may take effect
// later, when others have loaded what was there before: then they are told as of a write of another
// store.
type late struct {
	mu    sync.Mutex
	after map[tax.Key]int64 // the revisions that they were to follow
	all   bool              // there were too many to tell them from others
}

// note notes that a write to a country may still follow a revision.
func (l *late) note(key tax.Key, revision int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.after == nil {
		l.after = make(map[tax.Key]int64)
	}
	if l.after[key] = revision; len(l.after) > mostKeys {
		l.after, l.all = nil, true
	}
}

// came reports whether a state of a country may be that of such a write. Whatever has followed the
// revision, none can follow it any more.
func (l *late) came(key tax.Key, revision int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	after, ok := l.after[key]
	if ok = ok && revision > after; ok {
		delete(l.after, key)
	}
	return ok || l.all
}
