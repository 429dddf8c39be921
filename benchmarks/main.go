// Command benchmarks measures the resolver beside other caches, and amounts and
// baskets beside decimal libraries, on the same questions with the same answers,
// and writes the tables and plots of docs/performance.
//
//	go run .                    all of it, about 20 minutes on two cores
//	go run . -quick -out DIR    shows that everything runs, in seconds
//	go run . -only one,miss     some of the measures; -list names them
//	go run . -only amounts,baskets
//	go run . -only languages,list
//	go test -bench . -full      the same as Go benchmarks, without ratios
//
// Each measure runs in several fresh processes, one after the other. In each
// process the clients take turns, and the median of the rounds counts; ratios are
// taken within a process, and their median counts. Questions are made, and all
// answers compared, before time is taken.
//
// Run it on a machine that does nothing else.
//
// # What is fair
//
// A peer holds what a program without the library would hold. For one tenant or
// a few, that is a number of 8 bytes under (country, class) or (tenant, country,
// class). For very many tenants it is a pointer under (tenant, country), and the
// step from there to the class is left out of its time. Ours answers with a whole
// Resolution, which also has the days, the treatment and the explanation.
//
// The strings of questions are equal to those in the caches, but lie in other
// memory: comparing a string with itself is faster than in practice. The program
// keeps the views of tenants, just as it keeps its other data about a tenant;
// calling Tenant for every question is measured separately.
//
// Peers have room for twice the entries in memory; ristretto has the settings
// that it advises. It takes no struct as a key, so that its client hashes the
// key inside the measured loop, and accepts that two keys could be confused. The
// expirable list of golang-lru has no time to live, because its goroutine never
// ends; it reads the clock even so.
//
// Equal documents share their compiled form, and so do equal classes of documents that
// differ. So loads are timed, and memory is weighed, with documents of all three kinds: equal,
// the same classes combined by each tenant in its own way, and classes that nobody has in
// common. Where many tenants are asked, all have the same documents, as tenants with the
// statutory rates do; a resolver whose tenants all differ is measured separately.
//
// Where the working set is larger than the cache, a miss of a peer does what ours does, in a
// Resolver that has room for one country; two resolvers of ours take part, one with a source
// that may wait and one with a source that never does. A peer pays for two caches then, although
// the one in the Resolver is small. So the tables also show peers that call the source and
// validate, otter with its own loader, and peers without the cost of loads.
//
// Clients of amounts take and return numbers of their own library, made before
// time is taken. apd computes into the same memory again and again, as it is
// meant to. The decimal libraries find the rate of a line by its number, ours by
// the code of the class.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// settings come from the command line.
type settings struct {
	sizes
	quick bool
	out   string
	date  string
	only  []string
	log   io.Writer
}

func main() {
	var s settings
	var only, child string
	flag.BoolVar(&s.quick, "quick", false, "show that everything runs, on small data")
	flag.StringVar(&s.out, "out", filepath.Join("..", "docs", "performance"), "the folder to write to")
	flag.StringVar(&s.date, "date", time.Now().UTC().Format(time.DateOnly), "the day to print on the tables")
	flag.StringVar(&only, "only", "", "some of the measures, separated by commas")
	list := flag.Bool("list", false, "print the names of the measures")
	processes := flag.Int("processes", 0, "how many processes take each measure")
	heavy := flag.Int("heavy", 0, "how many of them also take the measures that need minutes, with a million configurations")
	flag.StringVar(&child, "child", "", "take this measure in this process; used by the program itself")
	flag.Parse()

	s.sizes, s.log = full, os.Stderr
	if s.quick {
		s.sizes = quick
	}
	if *processes > 0 {
		s.Processes = *processes
	}
	if *heavy > 0 {
		s.Heavy = *heavy
	}
	for _, name := range strings.FieldsFunc(only, func(r rune) bool { return r == ',' }) {
		s.only = append(s.only, strings.TrimSpace(name))
	}
	var err error
	switch {
	case *list:
		for _, m := range measures {
			fmt.Printf("%-16s %s\n", m.name, m.says)
		}
	case child != "":
		err = serve(child, s.sizes, os.Stdout)
	default:
		err = report(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure is taken in a process of its own.
type measure struct {
	name, says string
	take       func(into result, z sizes) error
	heavy      bool // about a minute or more
}

var measures = []measure{
	{one, "hits of one tenant", residents(one, oneTenant), false},
	{tenants, "hits of several tenants", residents(tenants, manyTenants), false},
	{units, "hits with many tenants in memory", residents(units, manyUnits), true},
	{ownUnits, "hits with many tenants, all with documents of their own", residents(ownUnits, allTheirOwn), true},
	{ways, "lookups by region, postal code, date; places; errors", residents(ways, lookups), false},
	{steepTrace, "a working set larger than the cache", working(steepTrace, steep), true},
	{flatTrace, "the same with a flatter trace", working(flatTrace, flat), true},
	{"miss", "loading and compiling", misses, false},
	{memory, "memory and full collections, beside golang-lru", func(into result, z sizes) error { return weigh(memory, into, z, z.MemoryTenants) }, false},
	{memoryMany, "the same with ten times as much", func(into result, z sizes) error { return weigh(memoryMany, into, z, z.ManyTenants) }, true},
	{ofEmbedded, "the rates of the world: a first answer, and later tenants", embedded, false},
	{ofRegions, "writes to a country of few and of many regions", regionWrites, false},
	{ofTenants, "a tenant of many configurations, created one by one", tenantWrites, true},
	{amounts, "net to gross and gross to net, beside decimal libraries", prices, false},
	{baskets, "baskets beside decimal libraries, and how their time grows", wholeBaskets, false},
	{texts, "translations and headers, beside x/text", translations, false},
	{listed, "pages of a list, beside one pass over it", lists, false},
}

// Names of measures.
const (
	one        = "one"
	tenants    = "tenants"
	units      = "units"
	ownUnits   = "own"
	ways       = "lookup"
	memory     = "memory"
	memoryMany = "memory-many"
	ofEmbedded = "world"
	ofRegions  = "regions"
	ofTenants  = "create"
	steepTrace = "working-zipf"
	flatTrace  = "working-flat"
	amounts    = "amounts"
	baskets    = "baskets"
	texts      = "languages"
)

func residents(name string, scene func(sizes) (*scenario, error)) func(result, sizes) error {
	return func(into result, z sizes) error {
		s, err := scene(z)
		if err != nil {
			return err
		}
		defer s.close()
		if err := s.verify(); err != nil {
			return err
		}
		s.countAllocations(into, name)
		for _, cores := range []int{1, 2} {
			// The first rounds warm the caches of the processor.
			if err := s.run(result{}, name, 0, z.Ops, 1, cores); err != nil {
				return err
			}
			if err := s.run(into, name, 0, z.Ops, z.Rounds, cores); err != nil {
				return err
			}
		}
		return nil
	}
}

func working(name string, s float64) func(result, sizes) error {
	return func(into result, z sizes) error {
		w, err := newWorkingSet(z, s)
		if err != nil {
			return err
		}
		defer w.close()
		if err := w.verify(); err != nil {
			return err
		}
		return w.measure(into, name, z)
	}
}

// serve takes one measure and writes it as JSON.
func serve(name string, z sizes, to io.Writer) error {
	for _, m := range measures {
		if m.name == name {
			into := result{}
			if err := m.take(into, z); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return json.NewEncoder(to).Encode(into)
		}
	}
	return fmt.Errorf("no measure %q; -list prints their names", name)
}

// report takes all measures and writes the files.
func report(s settings) error {
	for _, name := range s.only {
		if !slices.ContainsFunc(measures, func(m measure) bool { return m.name == name }) {
			return fmt.Errorf("no measure %q; -list prints their names", name)
		}
	}
	rs, err := collect(s)
	if err != nil {
		return err
	}
	return write(s, rs)
}
