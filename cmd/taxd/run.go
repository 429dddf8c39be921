package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
)

// The exit codes of the program.
const (
	exitDone   = 0 // stopped as asked, or nothing wrong with what was checked
	exitFailed = 1 // serving failed, or requests were cut at the end of the shutdown
	exitUsage  = 2 // flags, environment, settings, or a file that they name
	exitStore  = 3 // the store cannot be opened
	exitListen = 4 // the address cannot be listened on
)

// run serves until ctx ends, and returns the exit code. What a person must know goes to
// out, logs and errors go to problems.
func run(ctx context.Context, args, environ []string, out, problems io.Writer) int {
	checking := len(args) > 0 && args[0] == "check"
	if checking {
		args = args[1:]
	}
	fail := func(code int, err error) int {
		fmt.Fprintln(problems, "taxd:", err)
		return code
	}
	c, err := parseConfig(args, environ, out)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		return fail(exitUsage, err)
	}
	tokens, generated, err := c.tokens()
	if err != nil {
		return fail(exitUsage, err)
	}
	issuer, err := c.issuer(ctx)
	if err != nil {
		return fail(exitUsage, err)
	}
	certificate, err := c.certificate()
	if err != nil {
		return fail(exitUsage, err)
	}
	backing, err := openBacking(ctx, c.store)
	if err != nil {
		return fail(exitStore, err)
	}
	defer backing.close()
	s, err := newServer(ctx, c, authorizer(tokens, issuer), backing, slog.New(slog.NewJSONHandler(problems, &slog.HandlerOptions{Level: c.logLevel})))
	if err != nil {
		return fail(exitUsage, err)
	}
	defer s.close()
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return fail(exitListen, fmt.Errorf("cannot listen on %s: %w; stop the other program, or choose another address with -listen", c.listen, err))
	}
	defer listener.Close()
	measured, err := c.listenForMetrics()
	if err != nil {
		return fail(exitListen, err)
	}
	if measured != nil {
		defer measured.Close()
	}
	if checking {
		c.from.report(out)
		return exitDone
	}
	c.announce(out, generated, listener, measured)
	if err := s.serve(ctx, listener, measured, certificate); err != nil {
		return fail(exitFailed, err)
	}
	return exitDone
}

// announce tells people what is served, and generated, the token that was made for them.
func (c *config) announce(out io.Writer, generated string, listener, measured net.Listener) {
	fmt.Fprintf(out, "taxd: listening on %s://%s\n", c.scheme(), listener.Addr())
	if generated == "" {
		fmt.Fprintf(out, "taxd: tokens are those of %s\n", strings.TrimSpace(c.tokenFile+" "+c.oidcIssuer))
	} else {
		fmt.Fprintf(out, "taxd: token for every tenant, until the program ends: %s\n", generated)
	}
	if c.traces != "" {
		fmt.Fprintln(out, "taxd: traces are sent to the collector of -traces")
	}
	if measured != nil {
		fmt.Fprintf(out, "taxd: metrics, for all who reach them, on http://%s/metrics\n", measured.Addr())
	}
}
