package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/taxresolve/tax"
)

// look is how often a process asks its resolver, besides when it is told of a change. A shorter
// time would change little: an idle program of Go sleeps for a millisecond at least.
const look = time.Millisecond

// telling is a store that says when whoever watches it was told of a change.
type telling struct {
	followed
	told chan struct{} // holds a value if somebody was
}

func (t *telling) Watch(ctx context.Context, changed func(tax.Key)) error {
	return t.followed.Watch(ctx, func(key tax.Key) {
		changed(key)
		select {
		case t.told <- struct{}{}:
		default:
		}
	})
}

// follow asks a resolver over a store again and again, until the input ends, and prints
// which change each new answer has and when: "new 7 1796000000000000000", or "back" in
// place of "new" for an answer that is older than the one before.
func follow(ctx context.Context, where string, in io.Reader, out io.Writer) error {
	s, err := open(ctx, where)
	if err != nil {
		return err
	}
	defer s.Close()
	told := make(chan struct{}, 1)
	r, err := tax.NewResolver(&telling{s, told}, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watching := make(chan struct{})
	go func() { defer close(watching); _ = r.Watch(ctx) }() // it ends with ctx
	defer func() { cancel(); <-watching }()
	go func() { _, _ = io.Copy(io.Discard, in); cancel() }()
	pause := time.NewTicker(look)
	defer pause.Stop()
	for seen := int64(-1); ; {
		a, err := r.Resolve(ctx, country, class)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if change := a.Percent().Shift(digits).IntPart(); change != seen {
			word := "new"
			if change < seen {
				word = "back"
			}
			seen = change
			if _, err := fmt.Fprintln(out, word, change, time.Now().UnixNano()); err != nil {
				return err
			}
		}
		select {
		case <-told: // a lookup that comes now is answered with the change
		case <-pause.C:
		case <-ctx.Done():
			return nil
		}
	}
}
