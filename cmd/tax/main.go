// Command tax answers which tax rate applies, checks and compares configurations, and
// prices baskets, from the embedded rates of the world or from a store. See
// docs/command.md.
package main

import (
	"context"
	"os"
	"os/signal"
	_ "time/tzdata" // the day at a place, in images without a database of time zones

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	s := &session{
		in: os.Stdin, out: os.Stdout, problems: os.Stderr, env: os.LookupEnv,
		terminal: term.IsTerminal(int(os.Stdout.Fd())), progress: term.IsTerminal(int(os.Stderr.Fd())),
	}
	code := s.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
