package main

import (
	"context"
	"io"
)

// interruptible is a reader whose Read ends with its context, although a read of the operating
// system does not: of a terminal at which nobody writes, for instance.
type interruptible struct {
	ctx context.Context
	in  io.Reader

	buffer  []byte
	reading chan readBytes // of a read that goes on
	rest    readBytes      // what was read and not yet passed on
}

type readBytes struct {
	bytes []byte
	err   error
}

// Read reads. After its context has ended, a read of in may go on until it returns.
func (r *interruptible) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(r.rest.bytes) == 0 && r.rest.err == nil {
		if r.buffer == nil {
			r.buffer, r.reading = make([]byte, 1<<16), make(chan readBytes, 1)
		}
		go func() {
			n, err := r.in.Read(r.buffer)
			r.reading <- readBytes{r.buffer[:n], err}
		}()
		select {
		case r.rest = <-r.reading:
		case <-r.ctx.Done():
			r.rest.err = r.ctx.Err()
		}
	}
	n := copy(p, r.rest.bytes)
	if r.rest.bytes = r.rest.bytes[n:]; n == 0 {
		return 0, r.rest.err
	}
	return n, nil
}
