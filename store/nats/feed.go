package nats

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax"
)

// feed is the one subscription of a store, and those who follow it.
type feed struct {
	backend *backend

	mu        sync.Mutex
	followers map[*mailbox]struct{}
	now       *subscription // nil if there is none
	ended     sync.WaitGroup
}

// join adds a follower, and subscribes if it is the first one.
func (f *feed) join(ctx context.Context) (*mailbox, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		s := &subscription{feed: f, ended: make(chan struct{}), failed: make(chan struct{}), trouble: make(chan struct{}, 1)}
		if err := s.begin(ctx); err != nil {
			return nil, err
		}
		own, stop := context.WithCancel(context.Background())
		s.stop, f.now = stop, s
		go s.guard(own)
	}
	m := &mailbox{from: f.now, news: make(chan struct{}, 1)}
	if f.followers == nil {
		f.followers = make(map[*mailbox]struct{})
	}
	f.followers[m] = struct{}{}
	f.ended.Add(1)
	return m, nil
}

// leave removes a follower, and ends the subscription if it was the last one.
func (f *feed) leave(m *mailbox) {
	defer f.ended.Done()
	f.mu.Lock()
	delete(f.followers, m)
	over := f.now != m.from // it has failed
	if !over && len(f.followers) == 0 {
		over, f.now = true, nil
	}
	f.mu.Unlock()
	if over {
		m.from.stop()
		<-m.from.ended
	}
}

// tell puts a key into all mailboxes.
func (f *feed) tell(key tax.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for m := range f.followers {
		m.put(key)
	}
}

// wait returns when nobody follows any more.
func (f *feed) wait() { f.ended.Wait() }

// subscription receives the headers of what is written.
type subscription struct {
	feed      *feed
	consuming jetstream.ConsumeContext
	created   time.Time     // of the stream
	last      atomic.Uint64 // sequence that was received

	stop    context.CancelFunc
	ended   chan struct{} // closed when guard has returned
	failed  chan struct{} // closed when the connection is
	trouble chan struct{} // holds a value if the stream has to be looked at
}

// begin receives from now on. It begins with a sequence: a consumer of what is new would
// leave out what was written without a connection, if it had not received anything before.
func (s *subscription) begin(ctx context.Context) error {
	b := s.feed.backend
	limited, cancel := b.limited(ctx)
	defer cancel()
	stream, err := b.js.Stream(limited, b.stream)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	consumer, err := b.js.OrderedConsumer(limited, b.stream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{b.prefix + ">"}, HeadersOnly: true,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: info.State.LastSeq + 1,
	})
	if err != nil {
		return err
	}
	s.created = info.Created
	s.last.Store(info.State.LastSeq)
	consuming, err := consumer.Consume(s.receive, jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {
		select {
		case s.trouble <- struct{}{}:
		default:
		}
	}))
	if err == nil {
		s.consuming = consuming
	}
	return err
}

// receive tells the followers of a message.
func (s *subscription) receive(m jetstream.Msg) {
	if about, err := m.Metadata(); err == nil {
		s.last.Store(about.Sequence.Stream)
	}
	b := s.feed.backend
	if key, ok := b.keyOf(m.Subject()); ok && m.Headers().Get(writerHeader) != b.id {
		s.feed.tell(key)
	}
}

// guard ends the subscription with its context or its connection. After trouble it looks
// whether the stream is still the one that it was.
func (s *subscription) guard(ctx context.Context) {
	defer close(s.ended)
	defer s.end()
	conn := s.feed.backend.conn
	changes := conn.StatusChanged(nats.CONNECTED, nats.CLOSED)
	defer conn.RemoveStatusListener(changes)
	for attempt := 0; ; {
		if conn.IsClosed() {
			s.fail()
			return
		}
		var again <-chan time.Time
		if attempt > 0 {
			again = time.After(min(100*time.Millisecond<<min(attempt, 10), 2*time.Second))
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		case <-s.trouble:
		case <-again:
		}
		if attempt++; ctx.Err() == nil && s.settle(ctx) == nil {
			attempt = 0
		}
	}
}

// settle begins anew if the stream is another one, or was restored from an older state: the
// consumer would wait for sequences that it has passed already.
func (s *subscription) settle(ctx context.Context) error {
	b := s.feed.backend
	if b.conn.IsClosed() {
		return nil
	}
	limited, cancel := b.limited(ctx)
	defer cancel()
	received := s.last.Load() // before the stream is asked, which may be ahead
	stream, err := b.js.Stream(limited, b.stream)
	if err != nil {
		return err
	}
	if info := stream.CachedInfo(); s.consuming != nil && info.Created.Equal(s.created) && info.State.LastSeq >= received {
		return nil
	}
	s.end()
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.feed.tell(tax.Key{})
	return nil
}

// end stops receiving.
func (s *subscription) end() {
	if s.consuming != nil {
		s.consuming.Stop()
		<-s.consuming.Closed()
		s.consuming = nil
	}
}

// fail tells the followers that the connection is closed. Who follows from now on begins
// anew.
func (s *subscription) fail() {
	f := s.feed
	f.mu.Lock()
	if f.now == s {
		f.now = nil
	}
	f.mu.Unlock()
	close(s.failed)
}
