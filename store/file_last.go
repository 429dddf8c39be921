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
}

// lastWrite is the last write to a country.
type lastWrite struct {
	text    []byte // of the file
	state   countryState
	history int64 // size of the file of its history
}

const (
	mostLastWrites = 16
	mostLastText   = 1 << 18 // bytes of a text that is kept
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

// take returns the last write to a country and forgets it; nil if it is not known.
func (l *lastWrites) take(key tax.Key) *lastWrite {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.writes[key]
	delete(l.writes, key)
	return w
}

// left reports whether the write has left a history of this size, whose last line has this
// revision.
func (w *lastWrite) left(size, revision int64) bool {
	return w != nil && size > 0 && w.history == size && w.state.Revision == revision
}

// remember keeps the last write to a country, in place of one to another country if there
// are many.
func (l *lastWrites) remember(key tax.Key, w *lastWrite) {
	if len(w.text) > mostLastText {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes == nil {
		l.writes = make(map[tax.Key]*lastWrite)
	}
	if len(l.writes) >= mostLastWrites {
		for other := range l.writes {
			delete(l.writes, other)
			break
		}
	}
	l.writes[key] = w
}
