package nats

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Options configure a store. The zero value stands for the defaults.
type Options struct {
	// Store are the options of every store: the base, the limits, history and the clock.
	Store store.Options
	// Bucket is the name of the bucket: letters, digits, - and _. The default is "tax".
	Bucket string
	// Replicas is the number of servers that keep a bucket that is created: 1, 3 or 5. The
	// default is 1. A bucket that exists keeps the number that it has.
	Replicas int
	// AnyServer lets reads of countries be answered by any of the servers that keep the
	// bucket, in place of the one that leads. They may be a moment behind: such a read may
	// not show what another process has just written, but it is never older than what this
	// store has read, written or reported before. The default is false.
	AnyServer bool
	// Timeout is how long a call may take if its context has no deadline. The default is
	// 10 seconds, which is enough for the election of a new leader.
	Timeout time.Duration
}

// keptWrites is the number of messages that the stream keeps of each country.
const keptWrites = 1000

// bucketName is how the name of a bucket looks.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

// Open opens a store in a bucket, which it creates if there is none. The connection stays
// open when the store is closed; passwords, TLS and reconnecting are its own options. A
// store is safe for concurrent use. Nil options are the zero Options.
//
// A connection that is nil, a name that is none and numbers that cannot be used are a
// [tax.InputError]. A bucket that was made for something else is an error with [ErrBucket];
// other failures unwrap to [tax.ErrUnavailable], and the error of ctx is returned when it
// is done.
func Open(ctx context.Context, conn *nats.Conn, o *Options) (*store.Versioned, error) {
	b, err := open(ctx, conn, o)
	if err != nil {
		return nil, err
	}
	return store.New(b, &b.options.Store)
}

// open returns what keeps the documents of a store.
func open(ctx context.Context, conn *nats.Conn, o *Options) (*backend, error) {
	if ctx == nil {
		return nil, &tax.InputError{Field: "context", Value: "nil", Reason: "pass context.Background() if there is no other"}
	}
	if conn == nil {
		return nil, &tax.InputError{Field: "conn", Value: "nil", Reason: "nil: pass the connection to use"}
	}
	b := &backend{conn: conn, request: conn.RequestWithContext, id: strconv.FormatInt(rand.Int64(), 36), closed: make(chan struct{}), probing: make(chan struct{}, 1)}
	b.reads.beside, b.writes.beside = &b.writes, &b.reads
	if o != nil {
		b.options = *o
	}
	if err := b.options.check(); err != nil {
		return nil, err
	}
	b.stream, b.prefix = "KV_"+b.options.Bucket, "$KV."+b.options.Bucket+"."
	b.feed.backend = b
	// The client forgets answers that nobody waits for any more.
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(b.options.Timeout))
	if err != nil {
		return nil, err
	}
	b.js = js
	limited, cancel := b.limited(ctx)
	defer cancel()
	if err := b.prepared(limited); err != nil {
		if done := ctx.Err(); done != nil {
			return nil, done
		}
		if errors.Is(err, ErrBucket) {
			return nil, err
		}
		return nil, &tax.StoreError{Kind: tax.ErrUnavailable, Cause: err}
	}
	return b, nil
}

// check sets the defaults, and returns an error for options that cannot be used.
func (o *Options) check() error {
	switch {
	case o.Bucket == "":
		o.Bucket = "tax"
	case !bucketName.MatchString(o.Bucket):
		return &tax.InputError{Field: "bucket", Value: o.Bucket, Reason: "not a name: use letters, digits, - and _"}
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.Replicas < 0 || o.Replicas > 5 {
		return &tax.InputError{Field: "replicas", Value: strconv.Itoa(o.Replicas), Reason: "not a number of servers: use 1, 3 or 5"}
	}
	if o.Timeout < 0 {
		return &tax.InputError{Field: "timeout", Value: o.Timeout.String(), Reason: "negative: use 0 for the default"}
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	return nil
}

// slowest is how long the servers may take to create a stream before they are asked again.
const slowest = 3 * time.Second

// prepared prepares the stream. It waits for a cluster whose servers do not agree yet.
func (b *backend) prepared(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		allowed, done := b.whileAllowed(ctx, "$JS.API.STREAM.")
		once, cancel := context.WithTimeout(allowed, slowest)
		err := because(allowed, b.prepare(once))
		cancel()
		done()
		if err == nil || !unsettled(err) || !pause(ctx, attempt) {
			return err
		}
	}
}

// unsettled reports whether an error says that there is no leader yet, or no answer.
func unsettled(err error) bool {
	return leaderless(err) || errors.Is(err, errReconnected) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// leaderless reports whether the servers have answered that they have no leader.
func leaderless(err error) bool {
	var e *jetstream.APIError
	return errors.As(err, &e) && (e.ErrorCode == codeUnavailable || e.ErrorCode == codeNoPeers)
}

// prepare creates the stream of the bucket, or checks the one that is there.
func (b *backend) prepare(ctx context.Context) error {
	s, err := b.js.Stream(ctx, b.stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, _ = b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: b.stream, Description: "Tax configurations, a country of a tenant in each key", Subjects: []string{b.prefix + ">"},
			MaxMsgsPerSubject: keptWrites, Discard: jetstream.DiscardNew, Replicas: b.options.Replicas,
			DenyDelete: true, AllowRollup: true, AllowDirect: true,
		})
		s, err = b.js.Stream(ctx, b.stream) // perhaps another process was first
	}
	if err != nil {
		return err
	}
	return b.accept(s.CachedInfo())
}

// accept checks a stream that is there.
func (b *backend) accept(info *jetstream.StreamInfo) error {
	c := info.Config
	wrong := func(what, is string) error {
		return fmt.Errorf("%w: %s has %s %s: create another one, or set it to what a new bucket has", ErrBucket, b.options.Bucket, what, is)
	}
	switch {
	case len(c.Subjects) != 1 || c.Subjects[0] != b.prefix+">":
		return wrong("the subjects", fmt.Sprint(c.Subjects))
	case c.MaxAge != 0:
		return wrong("a maximum age of", c.MaxAge.String())
	case c.MaxMsgs > 0:
		return wrong("a maximum number of messages of", strconv.FormatInt(c.MaxMsgs, 10))
	case c.Retention != jetstream.LimitsPolicy:
		return wrong("the retention policy", c.Retention.String())
	case c.DiscardNewPerSubject:
		return wrong("a maximum number of messages of a key and the discard policy", "new per subject")
	case c.NoAck, c.Sealed:
		return wrong("a stream that is sealed or does not acknowledge:", fmt.Sprintf("sealed %t, no_ack %t", c.Sealed, c.NoAck))
	case c.MaxBytes > 0 && c.Discard != jetstream.DiscardNew:
		return wrong("a maximum size and the discard policy", c.Discard.String())
	}
	b.most = max(int(c.MaxMsgSize), 0)
	b.created.Store(info.Created.UnixNano())
	return nil
}
