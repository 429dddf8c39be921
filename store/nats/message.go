package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The headers of a message.
const (
	revisionHeader = "Tax-Revision"
	writerHeader   = "Tax-Writer" // the opened store that wrote it
	tokenHeader    = "Tax-Token"  // the write
)

// message is a message of the stream.
type message struct {
	sequence uint64
	header   nats.Header
	data     []byte
	at       time.Time
}

// revision returns the revision of the country; the sequence if the header does not tell.
func (m *message) revision() int64 { return revisionIn(m.header, m.sequence) }

func revisionIn(header nats.Header, sequence uint64) int64 {
	if n, err := strconv.ParseInt(header.Get(revisionHeader), 10, 64); err == nil && n > 0 {
		return n
	}
	return int64(sequence)
}

// last returns the last message of a subject; nil if there is none. The leader of the stream
// answers, so that it is not older than any that was acknowledged.
func (b *backend) last(ctx context.Context, subject string) (*message, error) {
	return b.message(ctx, question{Last: subject})
}

// next returns the first message of a subject from a sequence on; nil if there is none.
func (b *backend) next(ctx context.Context, subject string, sequence uint64) (*message, error) {
	return b.message(ctx, question{Sequence: sequence, Next: subject})
}

// question asks for a message of the stream.
type question struct {
	Last     string `json:"last_by_subj,omitempty"`
	Next     string `json:"next_by_subj,omitempty"`
	Sequence uint64 `json:"seq,omitempty"`
}

// subjects returns the subjects that a filter matches and that have messages.
func (b *backend) subjects(ctx context.Context, filter string) (map[string]bool, error) {
	newest, err := b.last(ctx, filter)
	if err != nil || newest == nil {
		return nil, err
	}
	question, err := json.Marshal(map[string]string{"subjects_filter": filter})
	if err != nil {
		return nil, err
	}
	reply, err := b.ask(ctx, "$JS.API.STREAM.INFO."+b.stream, question)
	if err != nil {
		return nil, err
	}
	return subjectsIn(reply.Data, newest.sequence)
}

// subjectsIn reads an answer that has all subjects. While no server leads, one that is behind
// may give it: it must have reached a sequence.
func subjectsIn(reply []byte, reached uint64) (map[string]bool, error) {
	var answer struct {
		Error *jetstream.APIError `json:"error"`
		Total int                 `json:"total"`
		State struct {
			LastSeq  uint64            `json:"last_seq"`
			Subjects map[string]uint64 `json:"subjects"`
		} `json:"state"`
	}
	if err := json.Unmarshal(reply, &answer); err != nil {
		return nil, fmt.Errorf("nats: the answer of the server cannot be read: %w", err)
	}
	if answer.Error != nil {
		return nil, answer.Error
	}
	if answer.State.LastSeq < reached {
		return nil, errBehind
	}
	written := make(map[string]bool, len(answer.State.Subjects))
	for subject := range answer.State.Subjects {
		written[subject] = true
	}
	if len(written) < answer.Total {
		return nil, fmt.Errorf("nats: %d of %d subjects", len(written), answer.Total)
	}
	return written, nil
}

// The codes of JetStream's errors.
const (
	codeNoPeers         = 10005
	codeUnavailable     = 10008
	codeNotFound        = 10037
	codeWrongSequence   = 10071
	codeWrongReplicated = 10164 // of streams with replicas
)

// message asks the leader of the stream for a message, and waits if there is no leader.
func (b *backend) message(ctx context.Context, q question) (*message, error) {
	request, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		reply, err := b.ask(ctx, "$JS.API.STREAM.MSG.GET."+b.stream, request)
		if err != nil {
			return nil, err
		}
		m, err := messageIn(reply.Data)
		if !leaderless(err) || !pause(ctx, attempt) {
			return m, err
		}
	}
}

// messageIn reads an answer; nil if there is no such message.
func messageIn(reply []byte) (*message, error) {
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Sequence uint64    `json:"seq"`
			Header   []byte    `json:"hdrs"`
			Data     []byte    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
	}
	err := json.Unmarshal(reply, &answer)
	if err != nil {
		return nil, fmt.Errorf("nats: the answer of the server cannot be read: %w", err)
	}
	if e := answer.Error; e != nil {
		if e.ErrorCode == codeNotFound {
			return nil, nil
		}
		return nil, e
	}
	m := &message{sequence: answer.Message.Sequence, at: answer.Message.Time, data: answer.Message.Data}
	if len(answer.Message.Header) > 0 {
		m.header, err = nats.DecodeHeadersMsg(answer.Message.Header)
	}
	return m, err
}

// patience is how long the leader of the stream may take to answer before it is asked again.
// One that was killed never answers, and another one is elected.
const patience = time.Second / 2

// line tells requests that wait in line from requests that are lost. Those that many send at the
// same time may wait for longer than patience; if they were sent again they would all wait twice
// as long, and be sent again.
type line struct {
	heard  atomic.Int64 // when the last answer came, in nanoseconds
	served atomic.Int64 // when the request was sent that was answered and sent last
	beside *line        // over the same connection, to the same server, which answers in any order
}

// answered notes that a request was answered.
func (l *line) answered(sent time.Time) {
	l.heard.Store(time.Now().UnixNano())
	for at := sent.UnixNano(); ; {
		if last := l.served.Load(); last >= at || l.served.CompareAndSwap(last, at) {
			return
		}
	}
}

// apart is how long after another one a request has to be sent to be answered after it.
const apart = 50 * time.Millisecond

// moves reports whether requests are answered, and none of those that were sent after one.
func (l *line) moves(sent time.Time) bool {
	return time.Since(time.Unix(0, l.heard.Load())) < patience && !l.passed(sent)
}

// passed reports whether a request was answered that was sent after one.
func (l *line) passed(sent time.Time) bool {
	return l.served.Load() >= sent.Add(apart).UnixNano()
}

// waits reports whether a request that was not answered waits in line: others are answered, and
// none of those that were sent after it. What the server answers in another line may show that
// the network is slow; once that has passed, only the line itself tells.
func (l *line) waits(sent time.Time) bool {
	return l.moves(sent) || !l.passed(sent) && l.beside.moves(sent)
}

// lost waits while a request that was not answered waits in line. It returns false if the context
// ends before it is lost.
func (l *line) lost(ctx context.Context, sent time.Time) bool {
	for ctx.Err() == nil {
		if !l.waits(sent) {
			return true
		}
		rest(ctx, patience)
	}
	return false
}

// patient returns a context that ends when a request is lost, but not before a while.
func (l *line) patient(ctx context.Context, sent time.Time, while time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(time.Until(sent.Add(while)), func() {
		if l.lost(ctx, sent) {
			cancel()
		}
	})
	return ctx, func() { late.Stop(); cancel() }
}

// ask sends a request until somebody answers it.
func (b *backend) ask(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	for attempt := 0; ; attempt++ {
		reply, err := b.once(ctx, subject, data)
		switch {
		case err == nil:
			return reply, nil
		case ctx.Err() != nil, errors.Is(err, ErrDenied), errors.Is(err, nats.ErrConnectionClosed):
			return nil, err
		}
		if !pause(ctx, attempt) {
			return nil, err
		}
	}
}

// once sends a request over the connection of now, and again when it is lost. What was sent before
// is still waited for: a large answer may take longer, and takes as long when it is asked for
// again. The first of them is sent here, because a goroutine for it would cost as much as reading
// the answer.
func (b *backend) once(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	allowed, done := b.whileAllowed(ctx, subject)
	defer done()
	var answer atomic.Pointer[nats.Msg]
	send := func(sent time.Time) error {
		reply, err := b.request(allowed, subject, data)
		if err == nil {
			b.reads.answered(sent)
			answer.CompareAndSwap(nil, reply)
			done()
		}
		return err
	}
	first := time.Now()
	again := time.AfterFunc(patience, func() {
		for sent := first; b.reads.lost(allowed, sent); {
			sent = time.Now()
			go func() { _ = send(sent) }()
			rest(allowed, patience)
		}
	})
	defer again.Stop()
	err := send(first)
	if reply := answer.Load(); reply != nil {
		return reply, nil
	}
	return nil, because(allowed, err)
}

// passing reports whether an error goes away by itself: the servers do not know of a new
// consumer yet, or have no leader.
func passing(err error) bool {
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrConsumerDeleted) || unsettled(err)
}
