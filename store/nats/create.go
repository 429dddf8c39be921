package nats

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax/store"
)

// inMemory is the number of messages that are made before the answers to them are looked at.
const inMemory = 1024

// inTurn is how long the answer to one of many messages may take, and a message wait to be sent:
// up to atOnce of them share the network.
const inTurn = 4 * patience

// create stores those of the commits whose countries have nothing yet, and returns the
// numbers of the others. It compresses on all processors, and sends without waiting for the
// answer to what it has sent before.
func (b *backend) create(ctx context.Context, commits []*store.Commit, some []int, errs []error) (others []int) {
	sent := make([]*sending, len(some))
	everywhere(len(some), func(i int) {
		if c := commits[some[i]]; c.Before == nil {
			sent[i], errs[some[i]] = b.begin(ctx, c)
		}
	})
	later, stop := outlasting(ctx)
	defer stop()
	var unsettled []int
	for i, n := range some {
		switch s := sent[i]; {
		case commits[n].Before != nil:
			others = append(others, n)
		case s != nil && !b.acknowledged(later, commits[n], s):
			unsettled = append(unsettled, i)
		}
	}
	together(len(unsettled), func(j int) {
		i := unsettled[j]
		errs[some[i]] = b.settle(ctx, commits[some[i]], sent[i])
	})
	return others
}

// begin sends the message of a commit to a country that has nothing yet.
func (b *backend) begin(ctx context.Context, c *store.Commit) (*sending, error) {
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
	s := &sending{Msg: m, before: b.conn.LastError()}
	// What cannot be sent now is sent by settle.
	s.answer, _ = b.js.PublishMsgAsync(m, jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithRetryAttempts(0), jetstream.WithStallWait(inTurn))
	return s, nil
}

// acknowledged waits for the answer to a message, and reports whether it was stored.
func (b *backend) acknowledged(ctx context.Context, c *store.Commit, s *sending) bool {
	if s.answer == nil {
		return false
	}
	select {
	case ack := <-s.answer.Ok():
		b.floors.raise(c.Key, floor{ack.Sequence, c.After.Revision})
		return true
	case s.failed = <-s.answer.Err(): // of the server, or of the client when it has waited long enough
	case <-ctx.Done():
		s.failed = ctx.Err()
	}
	if denied := b.refusal(ctx, s.Msg, s.before); denied != nil {
		s.failed = denied
	}
	return false
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
