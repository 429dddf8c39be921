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
		if err := s.first(ctx); err != nil {
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
	created   time.Time      // of the stream
	last      *atomic.Uint64 // sequence that was received

	stop    context.CancelFunc
	ended   chan struct{} // closed when guard has returned
	failed  chan struct{} // closed when the connection is
	trouble chan struct{} // holds a value if the stream has to be looked at
}

// first begins with what is written from now on. A server that stops in the meantime does
// not answer, so that nothing is waited for very long.
func (s *subscription) first(ctx context.Context) error {
	limited, cancel := s.feed.backend.limited(ctx)
	defer cancel()
	for attempt := 0; ; attempt++ {
		info, err := s.look(limited)
		if err == nil {
			err = s.begin(limited, info, info.State.LastSeq)
		}
		if err == nil {
			// Nothing tells of what was written before, so that no server may be behind that.
			s.feed.backend.floors.forget()
		}
		if err == nil || !passing(err) || !pause(limited, attempt) {
			return err
		}
	}
}

// look asks the leader for the stream.
func (s *subscription) look(ctx context.Context) (*jetstream.StreamInfo, error) {
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := s.feed.backend.js.Stream(short, s.feed.backend.stream)
	if err != nil {
		return nil, err
	}
	return stream.CachedInfo(), nil
}

// begin receives what comes after a sequence. A consumer of what is new would leave out what
// was written without a connection, if it had not received anything before.
func (s *subscription) begin(ctx context.Context, info *jetstream.StreamInfo, after uint64) error {
	b := s.feed.backend
	allowed, done := b.whileAllowed(ctx, "$JS.API.CONSUMER.")
	defer done()
	short, cancel := context.WithTimeout(allowed, slowest)
	defer cancel()
	consumer, err := b.js.OrderedConsumer(short, b.stream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{b.prefix + ">"}, HeadersOnly: true,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
	})
	if err != nil {
		return because(allowed, err)
	}
	last := &atomic.Uint64{} // of its own: one that was left may still receive
	last.Store(after)
	consuming, err := consumer.Consume(func(m jetstream.Msg) { s.receive(m, last) }, jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {
		select {
		case s.trouble <- struct{}{}:
		default:
		}
	}))
	if err == nil {
		s.consuming, s.created, s.last = consuming, info.Created, last
	}
	return err
}

// receive tells the followers of a message.
func (s *subscription) receive(m jetstream.Msg, last *atomic.Uint64) {
	b := s.feed.backend
	about, err := m.Metadata()
	if key, ok := b.keyOf(m.Subject()); ok {
		known := m.Headers().Get(writerHeader) == b.id
		if err == nil {
			at := about.Sequence.Stream
			b.floors.raise(key, floor{at, revisionIn(m.Headers(), at)}) // before it is loaded again
			known = !b.late.came(key, at) && known
		}
		if !known {
			s.feed.tell(key)
		}
	}
	if err == nil {
		last.Store(about.Sequence.Stream)
	}
}

// guard ends the subscription with its context or its connection. After trouble it looks
// whether the stream is still the one that it was.
func (s *subscription) guard(ctx context.Context) {
	defer close(s.ended)
	defer func() { end(s.consuming) }()
	conn := s.feed.backend.conn
	changes := conn.StatusChanged(nats.CONNECTED, nats.CLOSED)
	defer conn.RemoveStatusListener(changes)
	connected := false // again, so that the consumer may be lost
	for attempt := 0; ; {
		if conn.IsClosed() {
			s.fail()
			return
		}
		var again <-chan time.Time
		if attempt > 0 {
			again = time.After(min(50*time.Millisecond<<min(attempt, 10), time.Second))
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
			connected = true
		case <-s.trouble:
		case <-again:
		}
		if attempt++; s.settle(ctx, connected) == nil {
			attempt, connected = 0, false
		}
	}
}

// settle goes on behind what was received, after the connection was lost: a consumer that is
// left to itself may wait 10 seconds for an answer that a server did not send while it
// started. If the stream is another one, or was restored from an older state, it begins
// anew: the consumer would wait for sequences that it has passed already.
func (s *subscription) settle(ctx context.Context, connected bool) error {
	received := s.last.Load() // before the stream is asked, which may be ahead
	info, err := s.look(ctx)
	if err != nil {
		return err
	}
	same := info.Created.Equal(s.created) && info.State.LastSeq >= received
	if same && !connected {
		return nil
	}
	after := received
	if !same {
		after = info.State.LastSeq
	}
	former := s.consuming
	if err := s.begin(ctx, info, after); err != nil {
		return err
	}
	end(former)
	if !same {
		s.feed.backend.floors.forget()
		s.feed.tell(tax.Key{})
	}
	return nil
}

// end stops receiving. If the server does not answer, the client takes up to 10 seconds for
// it, and nobody waits for that.
func end(c jetstream.ConsumeContext) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Stop()
		<-c.Closed()
	}()
	select {
	case <-ended:
	case <-time.After(patience):
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
