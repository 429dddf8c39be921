package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var _ store.ReplicaBackend = (*backend)(nil)

// Read returns the state of a country: from any server if the options allow it, and that
// one has what this store knows of; else from the leader.
func (b *backend) Read(ctx context.Context, key tax.Key) (*store.Country, error) {
	subject, ok := b.subjectOf(key)
	if !ok {
		return nil, nil
	}
	limited, cancel := b.limited(ctx)
	defer cancel()
	if b.options.AnyServer && b.floors.open(key) {
		if m, err := b.nearest(limited, subject); err == nil && b.floors.pass(key, m.floor()) {
			return m.country(key.Country), nil
		}
	}
	m, err := b.leading(limited, key, subject)
	if err != nil {
		return nil, err
	}
	return m.country(key.Country), nil
}

// floor returns what a message has, the zero floor of none.
func (m *message) floor() floor {
	if m == nil {
		return floor{}
	}
	return floor{m.sequence, m.revision()}
}

// country returns the state that a message has, nil of none.
func (m *message) country(code string) *store.Country {
	if m == nil {
		return nil
	}
	return decode(m).country(code)
}

// nearest returns the last message of a subject that some server has, nil if it has none.
func (b *backend) nearest(ctx context.Context, subject string) (*message, error) {
	question, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return nil, err
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply, err := b.request(short, "$JS.API.DIRECT.GET."+b.stream, question)
	if err != nil {
		return nil, err
	}
	return directIn(reply)
}

// directIn reads the answer of a server that need not lead; nil if it has no such message.
func directIn(reply *nats.Msg) (*message, error) {
	if status := reply.Header.Get("Status"); status == "404" {
		return nil, nil
	} else if status != "" {
		return nil, fmt.Errorf("nats: a server answers %s %s", status, reply.Header.Get("Description"))
	}
	sequence, err := strconv.ParseUint(reply.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("nats: the answer of the server cannot be read: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, reply.Header.Get(jetstream.TimeStampHeaer))
	return &message{sequence: sequence, header: reply.Header, data: reply.Data, at: at}, err
}

// leading asks the leader for the last message of a country. One that no longer leads, and
// does not know it, may answer with an older one: then it is asked again.
func (b *backend) leading(ctx context.Context, key tax.Key, subject string) (*message, error) {
	for attempt := 0; ; attempt++ {
		m, err := b.last(ctx, subject)
		if err != nil {
			if attempt > 0 { // the time may have ended while the leader was asked again
				err = errors.Join(errBehind, err)
			}
			return nil, err
		}
		if b.floors.passLeader(key, m.floor()) {
			b.behind.Store(0)
			return m, nil
		}
		if b.replaced(ctx) {
			b.floors.forget()
			continue
		}
		if !pause(ctx, attempt) {
			return nil, errors.Join(errBehind, ctx.Err())
		}
	}
}

var errBehind = errors.New("nats: the server that leads has an older state than this store has seen")

// longestBehind is how long a server may take to notice that it no longer leads. What is
// older after that was restored from a backup.
const longestBehind = 30 * time.Second

// replaced reports whether the stream is another one than it was, or was restored from an
// older state.
func (b *backend) replaced(ctx context.Context) bool {
	now := time.Now().UnixNano()
	if b.behind.CompareAndSwap(0, now); now-b.behind.Load() > int64(longestBehind) {
		return true
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := b.js.Stream(short, b.stream)
	if err != nil {
		return false
	}
	created := stream.CachedInfo().Created.UnixNano()
	return b.created.Swap(created) != created
}
