package main

import (
	"flag"
	"runtime"
	"strings"
	"sync"
	"testing"
)

var whole = flag.Bool("full", false, "run benchmarks on as much data as the report does")

// medium is large enough to tell caches apart, and ready within seconds.
var medium = sizes{
	Stream: 1 << 14, Ops: 50_000, Rounds: 5,
	Tenants:     10,
	UnitTenants: 400, OwnTenants: 200, UnitCountries: 25,
	WorkTenants: 500, WorkCountries: 30,
	WorkOps: 10_000, WorkRounds: 5,
	MemoryTenants: 200, ManyTenants: 400,
	Documents: 5_000,
	Baskets:   200,
}

func benchSizes() sizes {
	if *whole {
		return full
	}
	return medium
}

// BenchmarkOneTenant reads all countries and classes of one tenant.
func BenchmarkOneTenant(b *testing.B) { benchmarkHits(b, oneTenant) }

// BenchmarkTenants reads those of several tenants.
func BenchmarkTenants(b *testing.B) { benchmarkHits(b, manyTenants) }

// BenchmarkUnits reads countries of many tenants.
func BenchmarkUnits(b *testing.B) { benchmarkHits(b, manyUnits) }

// BenchmarkOwn does so where all tenants have documents of their own.
func BenchmarkOwn(b *testing.B) { benchmarkHits(b, allTheirOwn) }

// BenchmarkLookup looks up regions, postal codes and dates, rates of places, and
// classes that do not exist.
func BenchmarkLookup(b *testing.B) { benchmarkHits(b, lookups) }

func benchmarkHits(b *testing.B, scene func(sizes) (*scenario, error)) {
	s, err := scene(benchSizes())
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	runtime.GC()
	for _, c := range s.clients {
		for _, cores := range []int{1, 2} {
			b.Run(c.Name()+"/"+onCores(cores), func(b *testing.B) {
				b.ReportAllocs()
				if _, hits := ask(c, 0, b.N, cores); hits != b.N {
					b.Fatalf("%d of %d questions answered from memory", hits, b.N)
				}
			})
		}
	}
}

// BenchmarkWorkingSet asks for ten times as much as the cache has room for.
func BenchmarkWorkingSet(b *testing.B)        { benchmarkWorkingSet(b, steep) }
func BenchmarkWorkingSetFlatter(b *testing.B) { benchmarkWorkingSet(b, flat) }

func benchmarkWorkingSet(b *testing.B, exponent float64) {
	w, err := newWorkingSet(benchSizes(), exponent)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	for i, c := range w.clients {
		from := 0
		fill := sync.OnceValue(func() error { return w.fill(i) })
		for _, cores := range []int{1, 2} {
			b.Run(c.Name()+"/"+onCores(cores), func(b *testing.B) {
				if err := fill(); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				_, hits := ask(c, from, b.N, cores)
				from += b.N
				b.ReportMetric(100*float64(hits)/float64(b.N), "%hits")
			})
		}
	}
}

// BenchmarkGross, BenchmarkNet and BenchmarkBaskets compare with decimal libraries.
func BenchmarkGross(b *testing.B) {
	benchmarkArithmetic(b, func() (*scenario, error) { return pricing(toGross) })
}
func BenchmarkNet(b *testing.B) {
	benchmarkArithmetic(b, func() (*scenario, error) { return pricing(toNet) })
}
func BenchmarkBaskets(b *testing.B) { benchmarkArithmetic(b, basketsOf) }

func benchmarkArithmetic(b *testing.B, scene func() (*scenario, error)) {
	s, err := scene()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range s.clients {
		b.Run(c.Name(), func(b *testing.B) {
			b.ReportAllocs()
			if n := c.Walk(0, b.N); n != b.N {
				b.Fatalf("%d of %d were computed", n, b.N)
			}
		})
	}
}

// BenchmarkMiss reports the steps of a miss. Its own time is that of all of them
// together.
func BenchmarkMiss(b *testing.B) {
	z := benchSizes()
	into := result{}
	for range b.N {
		if err := misses(into, z); err != nil {
			b.Fatal(err)
		}
	}
	reportAll(b, into)
}

// BenchmarkMemory reports bytes and full collections. Benchmarks that ran before in
// the same process make the collections longer.
func BenchmarkMemory(b *testing.B) {
	z := benchSizes()
	into := result{}
	for range b.N {
		if err := weigh(memory, into, z, z.MemoryTenants); err != nil {
			b.Fatal(err)
		}
	}
	reportAll(b, into)
}

func reportAll(b *testing.B, r result) {
	for name, v := range r {
		unit := strings.NewReplacer(" ", "-", "\t", ":", ",", "").Replace(name)
		b.ReportMetric(v, unit)
	}
}
