package store

import (
	"bytes"
	"sync"

	"github.com/taxresolve/tax"
)

// lastWrites are the states that a store has written last. A file that still has the text
// of one need not be decoded, which would cost a write more than its encoding.
type lastWrites struct {
	mu     sync.Mutex
	writes map[tax.Key]*lastWrite
	size   int // bytes of their texts
}

// lastWrite is the last write to a country.
type lastWrite struct {
	text    []byte // of the file
	state   countryState
	history int64 // size of the file of its history
	alone   bool  // it came right after another write of this store
}

const (
	mostLastWrites = 16
	mostLastText   = 1 << 22 // bytes of all texts that are kept
)

// state returns the state in a file that nobody has changed since the last write; nil if
// somebody has, or if it is not known.
func (l *lastWrites) state(key tax.Key, data []byte) *countryState {
	l.mu.Lock()
	w := l.writes[key]
	l.mu.Unlock()
	if w == nil || !bytes.Equal(w.text, data) {
		return nil
	}
	s := w.state
	return &s
}

// recall returns the state that the last two writes of this store have left, if nobody wrote
// in between. It does not look at the file, which somebody may have changed since.
func (l *lastWrites) recall(key tax.Key) *Country {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.writes[key]; w != nil && w.alone {
		return w.state.country
	}
	return nil
}

// take returns the last write to a country and forgets it; nil if it is not known.
func (l *lastWrites) take(key tax.Key) *lastWrite {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.forget(key)
}

func (l *lastWrites) forget(key tax.Key) *lastWrite {
	w := l.writes[key]
	if w != nil {
		delete(l.writes, key)
		l.size -= len(w.text)
	}
	return w
}

// left reports whether the write has left a history of this size, whose last line has this
// revision.
func (w *lastWrite) left(size, revision int64) bool {
	return w != nil && size > 0 && w.history == size && w.state.Revision == revision
}

// remember keeps the last write to a country, in place of those to other countries if they
// are many or large.
func (l *lastWrites) remember(key tax.Key, w *lastWrite) {
	if len(w.text) > mostLastText {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes == nil {
		l.writes = make(map[tax.Key]*lastWrite)
	}
	l.forget(key)
	for other := range l.writes {
		if len(l.writes) < mostLastWrites && l.size+len(w.text) <= mostLastText {
			break
		}
		l.forget(other)
	}
	l.writes[key] = w
	l.size += len(w.text)
}
