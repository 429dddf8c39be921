package nats

import (
	"context"
	"errors"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax"
)

// Watch calls changed for every country that another store has written, in this process or
// in another one. Writes of this store are left out: those who listen to it were told
// before they returned. It goes on after a connection was lost.
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
		case <-m.news:
			for _, key := range m.take() {
				changed(key)
			}
		}
	}
}

var errClosed = errors.New("nats: the store is closed")

// feed is the one subscription of a store, and those who follow it.
type feed struct {
	backend *backend

	mu        sync.Mutex
	followers map[*mailbox]struct{}
	consuming jetstream.ConsumeContext
	ended     sync.WaitGroup
}

// join adds a follower, and subscribes if it is the first one.
func (f *feed) join(ctx context.Context) (*mailbox, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.consuming == nil {
		if err := f.subscribe(ctx); err != nil {
			return nil, err
		}
	}
	m := &mailbox{news: make(chan struct{}, 1)}
	if f.followers == nil {
		f.followers = make(map[*mailbox]struct{})
	}
	f.followers[m] = struct{}{}
	f.ended.Add(1)
	return m, nil
}

// subscribe begins to receive the headers of what is written. The lock is held.
func (f *feed) subscribe(ctx context.Context) error {
	b := f.backend
	limited, cancel := b.limited(ctx)
	defer cancel()
	consumer, err := b.js.OrderedConsumer(limited, b.stream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{b.prefix + ">"}, DeliverPolicy: jetstream.DeliverNewPolicy, HeadersOnly: true,
	})
	if err != nil {
		return err
	}
	f.consuming, err = consumer.Consume(f.receive, jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {}))
	return err
}

// receive tells the followers of a message.
func (f *feed) receive(m jetstream.Msg) {
	key, ok := f.backend.keyOf(m.Subject())
	if !ok || m.Headers().Get(writerHeader) == f.backend.id {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for follower := range f.followers {
		follower.put(key)
	}
}

// leave removes a follower, and ends the subscription if it was the last one.
func (f *feed) leave(m *mailbox) {
	f.mu.Lock()
	delete(f.followers, m)
	var last jetstream.ConsumeContext
	if len(f.followers) == 0 {
		last, f.consuming = f.consuming, nil
	}
	f.mu.Unlock()
	if last != nil {
		last.Stop()
		<-last.Closed()
	}
	f.ended.Done()
}

// wait returns when nobody follows any more.
func (f *feed) wait() { f.ended.Wait() }

// mailbox holds the keys for one follower, each of them once, until it has the time to
// report them: a slow one holds up no other, and needs no more memory.
type mailbox struct {
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
