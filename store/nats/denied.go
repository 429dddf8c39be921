package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrDenied is in the error of a call that needs a subject to which the user of the connection
// may not publish. Nothing was stored. The error unwraps to [tax.ErrUnavailable] as well, and to
// [nats.ErrPermissionViolation].
var ErrDenied = errors.New("nats: the user of the connection lacks a permission")

// denial is how long an answer may be missing before it is looked whether it can still come: if
// it is denied the server tells the connection, and nobody answers the request.
const denial = 20 * time.Millisecond

// seldom is how often that is looked for in the end. Thousands of requests may wait.
const seldom = 8 * denial

// violation returns the last error of the connection if it came after another one and says
// that this user may not publish to a subject that begins like that; nil if it does not.
func (b *backend) violation(before error, subject string) error {
	last := b.conn.LastError()
	if last == nil || last == before || !errors.Is(last, nats.ErrPermissionViolation) ||
		!strings.Contains(last.Error(), `Publish to "`+subject) {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrDenied, last)
}

// whileAllowed returns a context that ends when the connection is told that it may not publish
// to a subject that begins like that. Its cause is then an error with ErrDenied.
func (b *backend) whileAllowed(ctx context.Context, subject string) (context.Context, context.CancelFunc) {
	before := b.conn.LastError()
	return b.watched(ctx, func(context.Context) error { return b.violation(before, subject) })
}

// whileStorable does what whileAllowed does, for a message that is sent again.
func (b *backend) whileStorable(ctx context.Context, m *nats.Msg) (context.Context, context.CancelFunc) {
	before := b.conn.LastError()
	return b.watched(ctx, func(ctx context.Context) error { return b.refusal(ctx, m, before) })
}

// errReconnected ends a request that was sent over a connection of before: its answer went there.
var errReconnected = errors.New("nats: the connection is another one than that of the request")

// watched returns a context that ends with the error that look returns, and when the client has
// connected again.
func (b *backend) watched(ctx context.Context, look func(context.Context) error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	connections := b.conn.Stats().Reconnects
	again := time.AfterFunc(denial, func() {
		for wait := denial; ctx.Err() == nil; wait = min(2*wait, seldom) {
			if err := look(ctx); err != nil {
				cancel(err)
			} else if b.conn.Stats().Reconnects != connections {
				cancel(errReconnected)
			}
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
	})
	return ctx, func() { again.Stop(); cancel(nil) }
}

// because returns the error of a request, or what has ended it.
func because(allowed context.Context, err error) error {
	if cause := context.Cause(allowed); err != nil && (errors.Is(cause, ErrDenied) || errors.Is(cause, errReconnected)) {
		return cause
	}
	return err
}

// refusal returns an error if the user may not publish to the subject of a message. If many
// are sent at the same time the connection only has the last error. So the message is sent once
// more, by itself and without asking for an answer: it cannot be stored twice.
func (b *backend) refusal(ctx context.Context, m *nats.Msg, before error) error {
	if b.violation(before, b.prefix) == nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, b.options.Timeout)
	defer cancel()
	select {
	case b.probing <- struct{}{}:
		defer func() { <-b.probing }()
	case <-limited.Done():
		return nil
	}
	if err := b.conn.PublishMsg(&nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data}); err != nil {
		return nil
	}
	if err := b.conn.FlushWithContext(limited); err != nil {
		return nil
	}
	return b.violation(nil, m.Subject+`"`)
}
