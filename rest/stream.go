package rest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// arriving is a body that is read while it arrives. A client may take its time for all of
// it, and not for any part of it.
type arriving struct {
	ctx        context.Context
	body       io.Reader
	connection *http.ResponseController
	patience   time.Duration
}

func (a *arriving) Read(p []byte) (int, error) {
	// A connection without deadlines has those of its server.
	_ = a.connection.SetReadDeadline(deadline(a.ctx, a.patience))
	return a.body.Read(p)
}

// departing is an answer that is sent while it is made, in whole lines. It holds the last
// line back until finish: nobody takes an answer that broke off for a complete one.
type departing struct {
	ctx        context.Context
	w          http.ResponseWriter
	header     http.Header
	connection *http.ResponseController
	patience   time.Duration
	held       []byte
	begun      bool
}

func (d *departing) Write(p []byte) (int, error) {
	d.held = append(d.held, p...)
	last := bytes.TrimSuffix(d.held, []byte("\n"))
	if whole := bytes.LastIndexByte(last, '\n') + 1; whole > 0 {
		if err := d.send(d.held[:whole]); err != nil {
			return 0, err
		}
		d.held = append(d.held[:0], d.held[whole:]...)
	}
	return len(p), nil
}

// finish sends the last line.
func (d *departing) finish() error { return d.send(d.held) }

func (d *departing) send(p []byte) error {
	_ = d.connection.SetWriteDeadline(deadline(d.ctx, d.patience))
	if !d.begun {
		d.begun = true
		for name, values := range d.header {
			d.w.Header()[name] = values
		}
		d.w.WriteHeader(http.StatusOK)
	}
	_, err := d.w.Write(p)
	return err
}

// deadline returns the time until which one step of a transfer may take.
func deadline(ctx context.Context, patience time.Duration) time.Time {
	step := time.Now().Add(patience)
	if end, ok := ctx.Deadline(); ok && end.Before(step) {
		return end
	}
	return step
}

// stream sends an answer while it is made. One that fails after its beginning ends the
// connection: HTTP, too, then says that it is not complete.
func (h *handler) stream(ctx context.Context, w http.ResponseWriter, r *http.Request, op operation, a answer) {
	out := &departing{ctx: ctx, w: w, header: a.header, connection: http.NewResponseController(w), patience: h.options.Timeout}
	if r.Method == http.MethodHead {
		_ = out.send(nil)
		return
	}
	err := a.write(out)
	if err == nil {
		err = out.finish()
	}
	switch {
	case err == nil:
	case !out.begun:
		h.fail(w, r, err, op.scope)
	default:
		h.report(r, err)
		panic(http.ErrAbortHandler) // how net/http cuts a connection
	}
}
