package nats

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
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
	return b.message(ctx, map[string]any{"last_by_subj": subject})
}

// next returns the first message of a subject from a sequence on; nil if there is none.
func (b *backend) next(ctx context.Context, subject string, sequence uint64) (*message, error) {
	return b.message(ctx, map[string]any{"seq": sequence, "next_by_subj": subject})
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
func (b *backend) message(ctx context.Context, request map[string]any) (*message, error) {
	question, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		reply, err := b.ask(ctx, "$JS.API.STREAM.MSG.GET."+b.stream, question)
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
			Header   string    `json:"hdrs"`
			Data     string    `json:"data"`
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
	m := &message{sequence: answer.Message.Sequence, at: answer.Message.Time}
	if m.data, err = base64.StdEncoding.DecodeString(answer.Message.Data); err == nil {
		m.header, err = headerOf(answer.Message.Header)
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

// waits reports whether a request that was not answered waits in line: others are answered, and
// none of those that were sent after it.
func (l *line) waits(sent time.Time) bool {
	return time.Since(time.Unix(0, l.heard.Load())) < patience && l.served.Load() < sent.Add(apart).UnixNano()
}

// ask sends a request until somebody answers it. What was sent before is still waited for: a
// large answer may take longer, and takes as long when it is asked for again.
func (b *backend) ask(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	allowed, done := b.whileAllowed(ctx, subject)
	defer func() { done() }()
	type answer struct {
		reply *nats.Msg
		err   error
	}
	answers := make(chan answer, 1)
	var sent time.Time
	lost := true
	for attempt := 0; ; attempt++ {
		if lost {
			sent = time.Now()
			go func(ctx context.Context, sent time.Time) {
				reply, err := b.request(ctx, subject, data)
				if err == nil {
					b.line.answered(sent)
				}
				select {
				case answers <- answer{reply, err}:
				case <-ctx.Done():
				}
			}(allowed, sent)
		}
		again := time.NewTimer(patience)
		lost = true
		select {
		case a := <-answers:
			again.Stop()
			err := because(allowed, a.err)
			switch {
			case err == nil:
				return a.reply, nil
			case errors.Is(err, errReconnected):
				done()
				allowed, done = b.whileAllowed(ctx, subject)
			case errors.Is(err, ErrDenied), errors.Is(err, nats.ErrConnectionClosed):
				return nil, err
			}
			if !pause(ctx, attempt) {
				return nil, err
			}
		case <-allowed.Done(): // everything that was sent is in vain
			again.Stop()
			err := because(allowed, allowed.Err())
			if !errors.Is(err, errReconnected) {
				return nil, err
			}
			done()
			allowed, done = b.whileAllowed(ctx, subject)
		case <-again.C:
			lost = !b.line.waits(sent)
		}
	}
}

// passing reports whether an error goes away by itself: the servers do not know of a new
// consumer yet, or have no leader.
func passing(err error) bool {
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrConsumerDeleted) || unsettled(err)
}

// headerOf reads headers as messages of the API have them.
func headerOf(text string) (nats.Header, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	_, lines, ok := bytes.Cut(raw, []byte("\r\n"))
	if !ok || !bytes.HasPrefix(raw, []byte("NATS/1.0")) {
		return nil, errors.New("nats: a message has headers that cannot be read")
	}
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(lines))).ReadMIMEHeader()
	return nats.Header(h), err
}
