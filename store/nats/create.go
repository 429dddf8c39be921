package nats

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax/store"
)

// inMemory is the number of messages that are made before the answers to them are looked at.
const inMemory = 1024

// create stores those of the commits whose countries have nothing yet, and returns the
// numbers of the others. It compresses on all processors, and sends without waiting for the
// answer to what it has sent before.
func (b *backend) create(ctx context.Context, commits []*store.Commit, some []int, errs []error) (others []int) {
	made := make([]*sending, len(some))
	everywhere(len(some), func(i int) {
		if c := commits[some[i]]; c.Before == nil {
			made[i], errs[some[i]] = b.creation(ctx, c)
		}
	})
	var fresh []int
	for i, n := range some {
		if commits[n].Before != nil {
			others = append(others, n)
		} else if made[i] != nil {
			fresh = append(fresh, i)
		}
	}
	stored := func(i int, at uint64) {
		c := commits[some[i]]
		b.floors.raise(c.Key, floor{at, c.After.Revision})
	}
	for len(fresh) > 0 {
		var unsettled []int
		unsettled, fresh = b.sendAll(ctx, fresh, made, stored)
		if !b.settleAll(ctx, commits, some, unsettled, made, errs) {
			break
		}
	}
	for _, i := range fresh {
		errs[some[i]] = cmp.Or(ctx.Err(), errUnsent)
	}
	return others
}

// errUnsent is the error of a message that was not sent.
var errUnsent = errors.New("nats: not sent, because those before it were not answered")

// settleAll stores messages that are not known to be stored, and reports whether the servers have
// answered for one of them. All together have the time of a call.
func (b *backend) settleAll(ctx context.Context, commits []*store.Commit, some, unsettled []int, made []*sending, errs []error) bool {
	limited, cancel := b.limited(ctx)
	defer cancel()
	var answered atomic.Bool
	together(len(unsettled), firstly, func(j int) {
		i := unsettled[j]
		err := b.settle(limited, commits[some[i]], made[i])
		if errs[some[i]] = err; err == nil || errors.Is(err, store.ErrMoved) {
			answered.Store(true)
		}
	})
	return answered.Load()
}

// creation makes the message of a commit to a country that has nothing yet.
func (b *backend) creation(ctx context.Context, c *store.Commit) (*sending, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	subject, err := b.placeOf(c.Key)
	if err != nil {
		return nil, err
	}
	m, err := b.messageOf(c, &state{}, subject)
	if err != nil {
		return nil, err
	}
	return &sending{Msg: m}, nil
}

// sendAll sends the messages with some numbers, as many at a time as the network takes. It returns
// those that are not known to be stored, and those that were not sent because one before them was
// lost, or the context has ended.
func (b *backend) sendAll(ctx context.Context, some []int, made []*sending, stored func(i int, at uint64)) (unsettled, unsent []int) {
	later, stop := outlasting(ctx)
	defer stop()
	var underWay []int // in the order in which they were sent, and are answered
	lost := false
	arrive := func() {
		i := underWay[0]
		underWay = underWay[1:]
		ack, gone := b.acknowledged(later, made[i])
		if lost = lost || gone; ack != nil {
			stored(i, ack.Sequence)
		} else {
			unsettled = append(unsettled, i)
		}
	}
	for len(some) > 0 {
		for len(underWay) >= b.window.size() {
			arrive()
		}
		if lost || ctx.Err() != nil {
			break
		}
		i := some[0]
		if some = some[1:]; b.begin(made[i]) {
			underWay = append(underWay, i)
		} else {
			unsettled, lost = append(unsettled, i), true
		}
	}
	for len(underWay) > 0 {
		arrive()
	}
	return unsettled, some
}

// begin sends a message for the first time. It returns false if it could not.
func (b *backend) begin(s *sending) bool {
	s.before, s.sent = b.conn.LastError(), time.Now()
	answer, err := b.js.PublishMsgAsync(s.Msg, jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithRetryAttempts(0))
	s.answer = answer
	return err == nil
}

// acknowledged waits for the answer to a message. It returns nil if it is not known to be stored.
// lost is true if it was not answered, and those after it need not be sent.
func (b *backend) acknowledged(ctx context.Context, s *sending) (ack *jetstream.PubAck, lost bool) {
	ack, err := b.answer(ctx, s)
	if err == nil || refused(err) {
		b.writes.answered(s.sent)
		b.window.answered(time.Since(s.sent))
	}
	if lost = errors.Is(err, errLost) || errors.Is(err, jetstream.ErrAsyncPublishTimeout); lost {
		b.window.shut()
	}
	s.failed = err
	return ack, lost
}

// errLost is the error of a message that was not answered, and does not wait in line.
var errLost = errors.New("nats: a message was not answered")

// inTurn is how long the answer to a new country is waited for in any case: nothing is known of
// the network yet.
const inTurn = 4 * patience

// answer returns the answer to a message that was sent. One that has come counts, however late it
// is looked at.
func (b *backend) answer(ctx context.Context, s *sending) (*jetstream.PubAck, error) {
	select {
	case ack := <-s.answer.Ok():
		return ack, nil
	case err := <-s.answer.Err(): // of the server, or of a client that is disconnected
		return nil, err
	default:
	}
	denied := func(ctx context.Context) error { return b.refusal(ctx, s.Msg, s.before) }
	if err := denied(ctx); err != nil {
		return nil, err
	}
	allowed, done := b.watched(ctx, denied)
	defer done()
	waiting, stop := b.writes.patient(allowed, s.sent, inTurn)
	defer stop()
	select {
	case ack := <-s.answer.Ok():
		return ack, nil
	case err := <-s.answer.Err():
		return nil, err
	case <-waiting.Done():
		return nil, because(allowed, cmp.Or(ctx.Err(), errLost))
	}
}

// everywhere calls do for the numbers below n, on all processors.
func everywhere(n int, do func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// numbers returns the numbers below n.
func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
