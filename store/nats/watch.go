package nats

import (
	"context"
	"errors"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/taxresolve/tax"
)

// Watch calls changed for every country that another store has written, in this process or
// in another one. Writes of this store are left out: those who listen to it were told
// before they returned. It goes on after a connection was lost, and returns when it is
// closed for good.
func (b *backend) Watch(ctx context.Context, changed func(tax.Key)) error {
	m, err := b.feed.join(ctx)
	if err != nil {
		return err
	}
	defer b.feed.leave(m)
	changed(tax.Key{}) // whatever was written before
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.closed:
			return errClosed
		case <-m.from.failed:
			return nats.ErrConnectionClosed
		case <-m.news:
			for _, key := range m.take() {
				changed(key)
			}
		}
	}
}

var errClosed = errors.New("nats: the store is closed")

// mailbox holds the keys for one follower, each of them once, until it has the time to
// report them: a slow one holds up no other, and needs no more memory.
type mailbox struct {
	from *subscription
	news chan struct{} // holds a value if there are keys

	mu   sync.Mutex
	keys map[tax.Key]struct{}
}

// mostKeys is the number of keys above which "everything" is reported instead.
const mostKeys = 10_000

func (m *mailbox) put(key tax.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, all := m.keys[tax.Key{}]; !all {
		if m.keys == nil {
			m.keys = make(map[tax.Key]struct{})
		}
		if m.keys[key] = struct{}{}; len(m.keys) > mostKeys {
			m.keys = map[tax.Key]struct{}{{}: {}}
		}
	}
	select {
	case m.news <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() (keys []tax.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.keys {
		keys = append(keys, key)
	}
	m.keys = nil
	return keys
}
