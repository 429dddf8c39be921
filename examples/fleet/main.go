// Fleet shows how long a changed rate takes to reach every process of a fleet. It starts
// processes with a resolver each over one store. One of them changes a rate again and again,
// and the others note when they answer with it, and whether an answer ever went back.
//
//	go run ./examples/fleet                             # PostgreSQL, which it starts itself
//	go run ./examples/fleet -store postgres://…         # a server that is there
//	go run ./examples/fleet -store nats                 # NATS, which it starts itself; or nats://…
//	go run ./examples/fleet -store sqlite               # a file of SQLite in a temporary folder
//	go run ./examples/fleet -store files                # a folder of JSON files
//	go run ./examples/fleet -store all -svg fleet.svg   # one after the other, with a plot
//
// SQLite and files have nothing that tells of a write: there, processes find it when they
// look the next time.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if place := os.Getenv(followsVariable); place != "" {
		err = follow(ctx, place, os.Stdin, os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout)
	}
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

// followsVariable is the environment variable that makes a process one that follows the
// store in its value.
const followsVariable = "FLEET_FOLLOWS"

// run starts the fleet, changes rates and prints how long they took.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	place := flags.String("store", "postgres", "postgres (one of its own), postgres://…, nats (one of its own), nats://…, sqlite, files, or all that need no address")
	processes := flags.Int("processes", 8, "number of processes, the one that writes included")
	changes := flags.Int("changes", 200, "number of changes")
	pause := flags.Duration("pause", 10*time.Millisecond, "time between two changes")
	svg := flags.String("svg", "", "file to draw the times into")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *processes < 2 || *changes < 1 || *pause < 0 {
		return errors.New("pass at least 2 processes and 1 change, and nothing but flags: see -help")
	}
	places := []string{*place}
	if *place == "all" {
		places = []string{"postgres", "nats", "sqlite", "files"}
	}
	var drawn plot
	for _, place := range places {
		if len(places) > 1 {
			fmt.Fprintln(out, place)
		}
		times, err := follows(ctx, place, *processes, *changes, *pause, out)
		if err != nil {
			return err
		}
		if len(places) > 1 {
			drawn = append(drawn, curve{place, times.all()})
		} else {
			drawn = plot{{place + ": a process", times.all()}, {place + ": the last of the processes", times.slowest()}}
		}
	}
	if *svg != "" {
		return os.WriteFile(*svg, drawn.svg(), 0o644)
	}
	return nil
}

// follows lets processes follow a store, and prints how long changes took.
func follows(ctx context.Context, place string, processes, changes int, pause time.Duration, out io.Writer) (*times, error) {
	where, closePlace, err := prepare(place)
	if err != nil {
		return nil, err
	}
	defer closePlace()
	w, err := newWriter(ctx, where)
	if err != nil {
		return nil, err
	}
	defer w.close()
	f, err := start(ctx, where, processes-1)
	if err != nil {
		return nil, err
	}
	defer f.stop()
	times, err := f.measure(ctx, w, changes, pause)
	if err != nil {
		return nil, err
	}
	bound, err := w.yardstick.threeTrips(ctx)
	if err != nil {
		return nil, err
	}
	times.print(out, w.yardstick.name, bound)
	return times, nil
}

// fleet are the processes that follow.
type fleet struct {
	processes []*exec.Cmd
	inputs    []io.Closer
	seen      chan sight
	reading   sync.WaitGroup
}

// sight says when a process has answered with a change for the first time.
type sight struct {
	process, change int
	at              time.Time
	wentBack        bool
	err             error
}

// start starts processes that follow a store, and waits until each of them answers.
func start(ctx context.Context, place string, count int) (*fleet, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f := &fleet{seen: make(chan sight, 1024)}
	for n := range count {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), followsVariable+"="+place)
		cmd.Stderr = os.Stderr
		in, inErr := cmd.StdinPipe() // it ends when this one is closed
		out, outErr := cmd.StdoutPipe()
		if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
			f.stop()
			return nil, err
		}
		f.processes, f.inputs = append(f.processes, cmd), append(f.inputs, in)
		f.reading.Go(func() { f.read(n, out) })
	}
	for range count {
		if s := <-f.seen; s.err != nil {
			f.stop()
			return nil, s.err
		}
	}
	return f, nil
}

// read reads what a process says.
func (f *fleet) read(process int, out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s := sight{process: process}
		var nanoseconds int64
		word, rest, _ := strings.Cut(lines.Text(), " ")
		s.wentBack = word == "back"
		if _, s.err = fmt.Sscan(rest, &s.change, &nanoseconds); s.err != nil {
			s.err = fmt.Errorf("process %d: %s", process+1, strconv.Quote(lines.Text()))
		}
		s.at = time.Unix(0, nanoseconds)
		f.seen <- s
	}
	f.seen <- sight{process: process, err: fmt.Errorf("process %d has ended", process+1)}
}

// stop ends the processes.
func (f *fleet) stop() {
	for _, in := range f.inputs {
		in.Close()
	}
	done := make(chan struct{})
	go func() { f.reading.Wait(); close(done) }()
	for {
		select {
		case <-f.seen: // nobody else takes it any more
			continue
		case <-done:
		}
		break
	}
	for _, p := range f.processes {
		_ = p.Wait() // it has ended with its input
	}
}

// patience is how long a change may take before the fleet gives up.
const patience = 10 * time.Second

// measure makes changes, and waits for each until all processes have seen it.
func (f *fleet) measure(ctx context.Context, w *writer, changes int, pause time.Duration) (*times, error) {
	t := newTimes(len(f.processes))
	for n := 1; n <= changes; n++ {
		began := time.Now()
		if err := w.change(ctx, n); err != nil {
			return nil, err
		}
		limit := time.NewTimer(patience)
		for missing := len(f.processes); missing > 0; {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-limit.C:
				return nil, fmt.Errorf("%d processes have not seen change %d after %v", missing, n, patience)
			case s := <-f.seen:
				if s.err != nil {
					return nil, s.err
				}
				if t.add(s, n, began) {
					missing--
				}
			}
		}
		limit.Stop()
		time.Sleep(pause)
	}
	return t, nil
}
