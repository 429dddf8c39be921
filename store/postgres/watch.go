package postgres

import (
	"context"
	"sync"

	"github.com/taxresolve/tax"
)

// Watch calls changed for every country that another store has written, in this process or
// in another one. Writes of this store are left out: those who listen to it were told
// before they returned. It goes on when the server cannot be reached, and calls changed
// with the zero Key when it is back.
func (b *backend) Watch(ctx context.Context, changed func(tax.Key)) error {
	m := &mailbox{news: make(chan struct{}, 1)}
	leave := b.changes.join(m)
	defer leave()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.closed:
			return &Error{Kind: ErrClosed}
		case <-m.news:
			for _, key := range m.take() {
				changed(key)
			}
		}
	}
}

// mailbox holds the keys for one call of Watch, each of them once, until it has the time to
// report them: a slow one holds up no other, and needs no more memory.
type mailbox struct {
	news chan struct{} // holds a value if there are keys

	mu   sync.Mutex
	keys map[tax.Key]struct{}
}

// most is the number of keys above which "everything" is reported instead.
const mostKeys = 10_000

// put adds keys. The zero Key takes the place of all others.
func (m *mailbox) put(keys ...tax.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		if _, all := m.keys[tax.Key{}]; all {
			break
		}
		if m.keys == nil || key == (tax.Key{}) {
			m.keys = make(map[tax.Key]struct{})
		}
		m.keys[key] = struct{}{}
		if len(m.keys) > mostKeys {
			m.keys = map[tax.Key]struct{}{{}: {}}
		}
	}
	if len(m.keys) > 0 {
		select {
		case m.news <- struct{}{}:
		default:
		}
	}
}

// take empties the mailbox.
func (m *mailbox) take() []tax.Key {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := make([]tax.Key, 0, len(m.keys))
	for key := range m.keys {
		keys = append(keys, key)
	}
	m.keys = nil
	return keys
}
