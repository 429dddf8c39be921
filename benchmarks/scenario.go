package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// scenario has clients that answer the same stream of questions.
type scenario struct {
	clients []client.Walker
	checks  []func() error
	// resident means that every question is answered from memory.
	resident bool
	// checkEvery checks one of so many questions; 0 means all.
	checkEvery int
	closers    []func()
}

// add takes a client into the scenario. Its questions are numbered from 0; want
// is the answer to each, computed without any of the clients.
func (s *scenario) add(c client.Client, questions int, want func(question int) world.Thousandths) {
	s.clients = append(s.clients, c)
	s.checks = append(s.checks, func() error {
		for q := 0; q < questions; q += max(s.checkEvery, 1) {
			if got, err := c.Answer(q); err != nil || got != want(q) {
				return fmt.Errorf("%s answers question %d with %d, %v; want %d", c.Name(), q, got, err, want(q))
			}
		}
		return nil
	})
}

func (s *scenario) close() {
	for _, c := range s.clients {
		c.Close()
	}
	for _, f := range s.closers {
		f()
	}
}

// resolver makes a resolver that is closed with the scenario. Its options have no Clock, as
// those of most programs: with one, no lookup loads by itself. The rates do not change after
// 2021, so that the answers are the same in all runs.
func (s *scenario) resolver(src tax.Source, capacity int) (*tax.Resolver, error) {
	r, err := tax.NewResolver(src, &tax.Options{Capacity: capacity})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, r.Close)
	return r, nil
}

// verify checks the answers of every client. It runs before time is taken.
func (s *scenario) verify() error {
	for _, check := range s.checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// warm loads countries into r. verify finds those that did not load.
func warm(r *tax.Resolver, countries []string) {
	for _, code := range countries {
		_, _ = r.Resolve(context.Background(), code, "")
	}
}

// ask divides n questions among as many goroutines as cores, and returns the time
// of one question and the number of hits.
func ask(c client.Walker, from, n, cores int) (perQuestion float64, hits int) {
	if cores == 1 {
		start := time.Now()
		hits = c.Walk(from, n)
		return float64(time.Since(start)) / float64(n), hits
	}
	counts := make(chan int, cores)
	begin := make(chan struct{})
	for core := range cores {
		first, end := n*core/cores, n*(core+1)/cores
		go func() {
			<-begin
			counts <- c.Walk(from+first, end-first)
		}()
	}
	runtime.Gosched()
	start := time.Now()
	close(begin)
	for range cores {
		hits += <-counts
	}
	return float64(time.Since(start)) / float64(n), hits
}

// run lets the clients take turns, so that a disturbance of the machine affects all
// of them, and puts the median of the rounds of each client under its name.
//
// Every round begins without garbage, so that each client pays for its own. There
// are two exceptions: a heap so large that no round doubles it, and scenarios whose
// loads make garbage all the time, where a collection before each round would hide
// its cost.
func (s *scenario) run(into result, measure string, first, ops, rounds, cores int) error {
	times := make([][]float64, len(s.clients))
	hits := make([]int, len(s.clients))
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for round := range rounds {
		if s.resident && m.HeapAlloc < 256<<20 {
			runtime.GC()
		}
		for turn := range s.clients {
			i := (turn + round) % len(s.clients)
			t, h := ask(s.clients[i], first+round*ops, ops, cores)
			if s.resident && h != ops {
				return fmt.Errorf("%s: %s answered %d of %d questions from memory", measure, s.clients[i].Name(), h, ops)
			}
			times[i] = append(times[i], t)
			hits[i] += h
		}
	}
	for i, c := range s.clients {
		into.put(on(measure, cores), c.Name(), median(times[i]))
		if !s.resident {
			into.put(on(measure, cores)+" hit ratio", c.Name(), 100*float64(hits[i])/float64(ops*rounds))
		}
	}
	return nil
}

// on names a measure on a number of cores.
func on(measure string, cores int) string { return fmt.Sprintf("%s/%d", measure, cores) }

// countAllocations puts the allocations of one question under the name of each
// client.
func (s *scenario) countAllocations(into result, measure string) {
	for _, c := range s.clients {
		const n = 1000
		into.put(measure+" allocations", c.Name(), allocations(n, func() { c.Walk(0, n) }))
	}
}

// allocations returns the allocations of one of the n things that f does, in
// tenths. It rounds down, because allocations of other goroutines are counted too.
func allocations(n int, f func()) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(10*(after.Mallocs-before.Mallocs)/uint64(n)) / 10
}
