package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/taxresolve/tax"
)

// look is how often a process asks its resolver. It is part of every time that is measured.
const look = 500 * time.Microsecond

// follow asks a resolver over a store again and again, until the input ends, and prints
// which change each new answer has and when: "new 7 1796000000000000000", or "back" in
// place of "new" for an answer that is older than the one before.
func follow(ctx context.Context, where string, in io.Reader, out io.Writer) error {
	s, err := open(ctx, where)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := tax.NewResolver(s, nil)
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
		case <-pause.C:
		case <-ctx.Done():
			return nil
		}
	}
}
