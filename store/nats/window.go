package nats

import (
	"cmp"
	"sync"
	"time"
)

// window is how many messages that are written together are on their way at the same time: as many
// as the network brings to the server without making them wait for each other for long, so that
// other requests over the same connection need not wait for long either.
type window struct {
	mu   sync.Mutex
	most int           // 0 for firstly
	base time.Duration // that the answer to a message takes which waits for no other; 0 if it is not known
}

// firstly is the number of messages that are sent before anything is known of the network.
const firstly = 16

// queueing is how long a message may wait for those before it.
const queueing = patience / 2

// size returns the number of messages that may be on their way.
func (w *window) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.most, firstly)
}

// answered notes how long the answer to a message took. So the number doubles with each round trip
// until messages have to wait. If the way has become longer it falls to one, and that message
// tells how long it is now.
func (w *window) answered(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.base == 0 || took < w.base || w.most == 1 {
		w.base = took
	}
	if most := cmp.Or(w.most, firstly); took > w.base+queueing {
		w.most = max(most-1, 1)
	} else {
		w.most = min(most+1, atOnce)
	}
}

// shut begins anew, after a message was lost.
func (w *window) shut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most, w.base = 0, 0
}
