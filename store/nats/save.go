package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Save stores commits, many at the same time.
func (b *backend) Save(ctx context.Context, commits []*store.Commit) []error {
	if len(commits) == 1 {
		return []error{b.save(ctx, commits[0])}
	}
	errs := make([]error, len(commits))
	var replacing []int // those that need the state before them
	for some := range slices.Chunk(numbers(len(commits)), inMemory) {
		replacing = append(replacing, b.create(ctx, commits, some, errs)...)
	}
	together(len(replacing), atOnce, func(i int) { n := replacing[i]; errs[n] = b.save(ctx, commits[n]) })
	return errs
}

// save stores a commit with one compare-and-set.
func (b *backend) save(ctx context.Context, c *store.Commit) error {
	limited, cancel := b.limited(ctx)
	defer cancel()
	subject, err := b.placeOf(c.Key)
	if err != nil {
		return err
	}
	old, sequence, err := b.plannedOn(limited, c, subject)
	if err != nil {
		return err
	}
	m, err := b.messageOf(c, old, subject)
	if err != nil {
		return err
	}
	return b.settle(ctx, c, &sending{Msg: m, sequence: sequence})
}

// placeOf is subjectOf with an error.
func (b *backend) placeOf(key tax.Key) (string, error) {
	if subject, ok := b.subjectOf(key); ok {
		return subject, nil
	}
	return "", &tax.InputError{Field: "country", Value: key.Country, Reason: "write a country as two letters in upper case"}
}

// messageOf returns the message of a commit to a state.
func (b *backend) messageOf(c *store.Commit, old *state, subject string) (*nats.Msg, error) {
	limit := b.room(c.Before != nil && stored(c.After) < stored(c.Before), false)
	text, err := stateOf(c, old).encode(limit)
	if err != nil {
		return nil, err
	}
	if len(text) > limit && shortens(c) {
		limit = max(limit, b.room(false, true))
	}
	if len(text) > limit {
		return nil, &TooLargeError{Key: c.Key, Bytes: len(text), Limit: limit}
	}
	return &nats.Msg{Subject: subject, Data: text, Header: nats.Header{
		revisionHeader: {strconv.FormatInt(c.After.Revision, 10)}, writerHeader: {b.id}, tokenHeader: {nuid.Next()},
	}}, nil
}

// stored is the number of documents of a country, with those that cannot be read.
func stored(c *store.Country) int { return c.Documents.Len() + len(c.Damaged) }

// shortens reports whether what a commit writes has less text than what that replaces.
func shortens(c *store.Commit) bool {
	less := 0
	for _, v := range c.Ended {
		text, err := v.Configuration.MarshalJSON()
		if err != nil {
			return false
		}
		less += len(text)
	}
	for _, text := range c.Documents {
		less -= len(text)
	}
	return less > 0
}

// plannedOn returns the state that a commit was planned on, and its sequence. If there was
// none, it need not be looked for: the server refuses the message if there is one now. It need
// not be read again if its sequence is known, and few of its documents stay as they are: they are
// encoded again.
func (b *backend) plannedOn(ctx context.Context, c *store.Commit, subject string) (*state, uint64, error) {
	if c.Before == nil {
		return &state{}, 0, nil
	}
	if sequence, ok := b.floors.sequenceOf(c.Key, c.Before.Revision); ok && len(c.After.Damaged) == 0 {
		if old, ok := unwritten(c); ok {
			return old, sequence, nil
		}
	}
	stored, err := b.last(ctx, subject)
	if err != nil {
		return nil, 0, err
	}
	if stored == nil {
		return nil, 0, store.ErrMoved
	}
	old := decode(stored)
	if c.Before.Revision != old.Revision {
		return nil, 0, store.ErrMoved
	}
	return old, stored.sequence, nil
}

// fewUnwritten is the number of documents up to which encoding is less work than reading.
const fewUnwritten = 8

// unwritten returns the documents that a commit does not write, encoded again. ok is false if
// they are too many, or were stored under other limits than those of now.
func unwritten(c *store.Commit) (old *state, ok bool) {
	if c.After.Documents.Len()-len(c.Written) > fewUnwritten {
		return nil, false
	}
	old = &state{}
	for v := range c.After.Documents.All() {
		if slices.Contains(c.Written, v) {
			continue
		}
		text, err := v.Configuration.MarshalJSON()
		if err != nil {
			return nil, false
		}
		old.Documents = append(old.Documents, documentOf(v, text))
	}
	return old, true
}

// overhead is what a message has besides its data: the subject and headers.
const overhead = 4096

// headers is the most that the headers of a message take, which count for the limit of a
// bucket.
const headers = 256

// room returns how many bytes the data of a message can have. A write that deletes has more of it
// than one that only shortens, and that more than others: less text can make more bytes when it is
// compressed, and a country that is full could not be made smaller then.
func (b *backend) room(deletes, shortens bool) int {
	room := int(b.conn.MaxPayload()) - overhead
	if b.most > 0 {
		room = min(room, b.most-headers)
	}
	switch {
	case deletes:
		return room
	case shortens:
		return room - room/64
	}
	return room - room/32
}

// sending is a message that is to be stored if its subject has a sequence.
type sending struct {
	*nats.Msg
	sequence uint64
	answer   jetstream.PubAckFuture // to a first attempt, if there was one
	sent     time.Time              // that attempt
	failed   error                  // of that attempt, until it is looked at
	before   error                  // of the connection, before that attempt
}

// settle stores the message of a commit, and notes its sequence.
func (b *backend) settle(ctx context.Context, c *store.Commit, s *sending) error {
	limited, cancel := b.limited(ctx)
	defer cancel()
	at, err := b.publish(ctx, limited, s)
	if err == nil {
		b.floors.raise(c.Key, floor{at, c.After.Revision})
		b.recent.note(c, at)
	}
	if errors.Is(err, store.ErrUnknownOutcome) {
		b.late.note(c.Key, s.sequence)
	}
	return err
}

// publish stores a message if the subject still has its sequence. If the outcome is not known
// it is sent again: it cannot be stored twice. It returns the sequence of the message.
func (b *backend) publish(ctx, limited context.Context, s *sending) (at uint64, err error) {
	sent := false // a message that may be stored
	for attempt := 0; ; attempt++ {
		if err := limited.Err(); err != nil && !sent && s.failed == nil {
			return 0, err
		}
		ack, err := b.attempt(limited, s)
		switch {
		case err == nil:
			return ack.Sequence, nil
		case refused(err) && !sent:
			return 0, store.ErrMoved
		case leaderless(err): // this attempt has stored nothing
		case !sent && certain(err):
			return 0, err
		case b.conn.IsClosed(), errors.Is(err, ErrDenied):
			return 0, errors.Join(store.ErrUnknownOutcome, err)
		default: // it is stored by now, perhaps, or was before
			if at, outcome, known := b.outcome(limited, s.Msg, s.sequence); known {
				return at, outcome
			}
			if !sent {
				// The server answers in order: a denial of the message has come before that.
				if denied := b.refusal(limited, s.Msg, s.before); denied != nil {
					return 0, denied
				}
			}
			sent = true
		}
		if !pause(limited, attempt) {
			if !sent {
				return 0, err
			}
			return 0, errors.Join(store.ErrUnknownOutcome, ctx.Err(), err)
		}
	}
}

// attempt sends a message and waits for the answer. What failed before counts as an attempt.
func (b *backend) attempt(ctx context.Context, s *sending) (*jetstream.PubAck, error) {
	if err := s.failed; err != nil {
		s.failed = nil
		return nil, err
	}
	later, stop := outlasting(ctx)
	defer stop()
	until, _ := ctx.Deadline()
	later, end := context.WithDeadline(later, until.Add(grace)) // or the client would have one of its own
	defer end()
	allowed, done := b.whileStorable(later, s.Msg)
	defer done()
	sent := time.Now()
	s.before = b.conn.LastError()
	once, cancel := b.writes.patient(allowed, sent, patience)
	defer cancel()
	ack, err := b.js.PublishMsg(once, s.Msg, jetstream.WithExpectLastSequencePerSubject(s.sequence), jetstream.WithRetryAttempts(0))
	if err == nil || refused(err) {
		b.writes.answered(sent)
	}
	return ack, because(allowed, err)
}

// grace is how long the answer to a write is waited for after its context has ended: what reads
// the country next should find whether it took effect.
const grace = time.Second / 5

// outlasting returns a context that ends a little later than another one.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return later, func() { stop(); cancel() }
}

// outcome returns the error of a write that may be what followed a sequence. It is not known
// while nothing has followed: the write may be on its way.
func (b *backend) outcome(ctx context.Context, m *nats.Msg, sequence uint64) (at uint64, outcome error, known bool) {
	next, err := b.next(ctx, m.Subject, sequence+1)
	switch {
	case err != nil || next == nil:
		return 0, nil, false
	case next.header.Get(revisionHeader) != m.Header.Get(revisionHeader):
		return 0, fmt.Errorf("%w: other writes have followed, and the bucket keeps too few", store.ErrUnknownOutcome), true
	case next.header.Get(tokenHeader) != m.Header.Get(tokenHeader):
		return 0, store.ErrMoved, true
	}
	return next.sequence, nil, true
}

// refused reports whether the server says that the subject has another sequence.
func refused(err error) bool {
	var e *jetstream.APIError
	return errors.As(err, &e) && (e.ErrorCode == codeWrongSequence || e.ErrorCode == codeWrongReplicated)
}

// certain reports whether an error says that nothing was stored.
func certain(err error) bool {
	var e *jetstream.APIError
	return errors.As(err, &e) || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, ErrDenied)
}

// pause waits before another attempt, a little longer each time. It returns false if the
// context ends.
func pause(ctx context.Context, attempt int) bool {
	return rest(ctx, min(10*time.Millisecond<<min(attempt, 10), 100*time.Millisecond))
}

// rest waits. It returns false if the context ends.
func rest(ctx context.Context, long time.Duration) bool {
	wait := time.NewTimer(long)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stateOf returns the state that a commit leads to. Documents that it does not write are
// those of the old one, also if they cannot be read.
func stateOf(c *store.Commit, old *state) *state {
	s := &state{Revision: c.After.Revision, Retired: c.After.Retired, Modified: c.After.Modified, Unkept: c.Retention.Versions < 0,
		Versions: c.Retention.Versions, Age: c.Retention.Age}
	if s.Unkept {
		s.Versions = 0
	}
	for _, v := range c.Ended {
		s.Author = v.EndedBy
	}
	texts := make(map[*store.Version]json.RawMessage, len(c.Written))
	for i, v := range c.Written {
		texts[v], s.Author = c.Documents[i], v.Author
	}
	for v := range c.After.Documents.All() {
		text := texts[v]
		if text == nil {
			text = old.textOf(v.Configuration.Location.Region)
		}
		s.Documents = append(s.Documents, documentOf(v, text))
	}
	for _, d := range c.After.Damaged {
		i := slices.IndexFunc(old.Documents, func(o document) bool { return o.Region == d.Location.Region })
		if i >= 0 {
			s.Documents = append(s.Documents, old.Documents[i])
		}
	}
	slices.SortFunc(s.Documents, func(x, y document) int { return strings.Compare(x.Region, y.Region) })
	return s
}

// textOf returns the JSON of the document of a region.
func (s *state) textOf(region string) json.RawMessage {
	for i := range s.Documents {
		if s.Documents[i].Region == region {
			return s.Documents[i].Configuration
		}
	}
	return nil
}
