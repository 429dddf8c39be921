// Package proof holds the proofs of the library: machinery that is too heavy
// for its own tests, in a module of its own, so that no user of the library
// meets it.
//
// The core is [Resolve], a second resolver that was written from the rules
// alone, for obviousness. It compiles, caches and indexes nothing: it reads the
// documents as they are at every call and walks from the territory to its
// parents. The properties below hold the library against it on random
// countries ([Set]) and random lookups ([LookupIn]).
//
// Run in this folder, all of them
//
//	go test .
//
// or one of them:
//
//	go test -run TestLookup      Lookup equals the naive resolver, in every field
//	go test -run TestToday       Resolve, Place and Classes equal Lookup of the same day
//	go test -run TestInterval    the answer holds in [Since, Until) and nowhere around it
//	go test -run TestOrder       the order of documents in the source does not matter
//	go test -run TestMutation    a caller who modifies what he passed or got changes no answer
//	go test -run TestQuarantine  an invalid document costs its own location and what builds on it
//	go test -run TestExplain     an explanation survives JSON, replays to its answer, shows a change
//	go test -run TestPostal      an answer that says postal codes do not matter is right
//	go test -run TestRefusal     refused evidence is an error and changes nothing else
//	go test -run TestTenants     no tenant sees another's documents
//	go test -run TestAmounts     net + tax = gross, components sum to tax, against exact arithmetic
//	go test -run TestMillions    2 million prices, against integers of any size
//	go test -run TestVectors     100,000 prices, against another decimal library
//	go test -run TestPercent     no percentage wraps into the bounds
//	go test -run TestClose       Close leaves no goroutine
//	go test -run TestFound       the smallest sets that once broke a property
//	go test -run TestBasket      baskets equal a naive pricing, and keep the laws whatever they are
//	go test -run TestRefunds     refunds equal a naive one, and close at the sale, never beyond
//	go test -run TestVerify      Verify accepts all of them, and no number that was changed
//	go test -run TestSelect      lists equal a naive filter, page by page, while others write
//	go test -run TestGenerators  the random cases meet every kind of answer and error
//
// The properties together take about 20 seconds. PROOF_CHECKS is the number of
// random cases of every property and raises it for a longer search:
//
//	PROOF_CHECKS=100000 go test -timeout 0 -run TestLookup .
//
// A failure prints the smallest set of documents that it could be reduced to,
// and the seed that repeats it: go test -run NAME -rapid.seed=N.
//
// # Amounts
//
// TestAmounts draws documents, lookups and prices, and shrinks what fails.
// TestMillions draws prices alone, fast: at every percentage of the rate pack, at
// random ones of up to 12 decimals and at compound ones that 64 bits do not hold,
// in all modes and scales, as decimals and in minor units; a third of them exactly
// half a unit, next to it, or where 64 bits end. Its rounding is written apart, on
// integers, and a third one, on fractions, is [Round].
//
//	PROOF_AMOUNTS=50000000 go test -timeout 0 -run TestMillions -v .
//
// The seed is fixed: the same number makes the same prices. The command vectors
// writes testdata/amounts.csv.gz with another decimal library, and imports nothing
// of ours; TestVectors reads it.
//
//	go run ./vectors
//
// # Histories
//
// The package histories holds the cache of the resolver against a register:
// random reads, writes, deletions, invalidations, evictions, warmings and Close
// by 3 to 8 clients, in front of a source that is slow around its reading,
// fails, panics, exits and hangs, with and without TTL and stale answers. Every
// history must be linearizable (checked by porcupine), no answer older than it
// may be, no error without its cause, and no key loaded twice at once.
//
//	go test ./histories                     10,000 histories, 500 under the race detector
//	go test -run TestBroken -v ./histories  three caches with the mistakes of caches are caught
//	PROOF_HISTORIES=500000 go test -timeout 0 -run TestResolver ./histories
//	PROOF_SCRIPT=N PROOF_HISTORIES=1 go test -run TestResolver ./histories
//
// The last repeats the script of a failure; how the goroutines meet in it is
// still up to the scheduler. A failure prints the operations of one key that
// are wrong together. The test fails as well when the histories do not meet
// what it is about: loads that a write overtakes, reads that begin during them,
// evictions, failures, stale answers.
//
// # Seeded bugs
//
//	go run ./mutants           every fault of the tables in that folder is caught
//	go run ./mutants WORD...   those whose description has one of the words
//
// The command plants small faults into the code of the cache, the compilation
// and the arithmetic, one by one, in an overlay that leaves the tree alone, and
// demands that the tests named beside them fail. A fault whose place is not in
// the code any more is a failure too: rewrite it with the code.
package proof
