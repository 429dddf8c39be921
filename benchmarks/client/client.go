// Package client puts the caches under test behind one interface.
//
// A [Client] holds the stream of questions as the keys that its cache takes, and
// walks along it in a loop of its own. Every lookup in the loop is the direct call
// that a program would write, all loops are alike, and the interface costs one call
// for thousands of lookups. The time of every client includes reading the key from
// the stream.
package client

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/taxresolve/tax/benchmarks/world"
)

// Client answers a stream of questions.
type Client interface {
	Walker
	// Answer answers one question by its number, for checking.
	Answer(question int) (world.Thousandths, error)
}

// Walker is a client whose time is taken.
type Walker interface {
	// Name is the name in tables and plots.
	Name() string
	// Walk asks n questions of the stream, from a position on, starting over at its
	// end. It returns the number answered from memory. Several goroutines may call
	// it at once.
	Walk(from, n int) (hits int)
	// Close ends the goroutines of the cache.
	Close()
}

// Pair is a question in the scenario of one tenant.
type Pair struct{ Country, Class string }

// Triple is a question about one of many tenants.
type Triple struct{ Tenant, Country, Class string }

// Unit is a country of one of many tenants, with all its classes.
type Unit struct{ Tenant, Country string }

// Stream turns numbers of questions into their keys. Its length must be a
// power of two.
func Stream[K any](questions []int32, key func(question int) K) []K {
	keys := make([]K, len(questions))
	for i, q := range questions {
		keys[i] = key(int(q))
	}
	return keys
}

// Own returns copies of the strings. In practice a question comes with a request,
// and its strings are equal to those in the cache but lie in other memory; comparing
// a string with itself would be faster.
func Own(list []string) []string {
	own := make([]string, len(list))
	for i, s := range list {
		own[i] = strings.Clone(s)
	}
	return own
}

// resident is a peer that holds the answers to all questions.
type resident[K comparable, V any] struct {
	name   string
	cache  Cache[K, V]
	stream []K
	key    func(question int) K
	read   func(v V, question int) world.Thousandths
}

// Resident makes a client of a filled cache.
func Resident[K comparable, V any](name string, cache Cache[K, V], stream []K,
	key func(question int) K, read func(v V, question int) world.Thousandths) Client {
	return &resident[K, V]{name, cache, stream, key, read}
}

func (r *resident[K, V]) Name() string { return r.name }

func (r *resident[K, V]) Walk(from, n int) int {
	hits, last := r.cache.Walk(r.stream, from, n)
	runtime.KeepAlive(last)
	return hits
}

func (r *resident[K, V]) Answer(question int) (world.Thousandths, error) {
	v, ok := r.cache.Get(r.key(question))
	if !ok {
		return 0, fmt.Errorf("%s: %v is not in memory", r.name, r.key(question))
	}
	return r.read(v, question), nil
}

func (r *resident[K, V]) Close() { r.cache.Close() }
