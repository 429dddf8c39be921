// Package proof holds the proofs of the library: tests that are too heavy for the
// library itself, in a module of their own, so that users of the library never
// meet them.
//
// The core is [Resolve], a second resolver that was written from the rules alone
// and aims to be obviously right. It compiles, caches and indexes nothing: every
// call reads the documents as they are and walks from the territory up through its
// parents. The properties below compare the library with it on random countries
// ([Set]) and random lookups ([LookupIn]).
//
// In this folder, run all of them
//
//	go test .
//
// or one of them:
//
//	go test -run TestLookup      Lookup equals the naive resolver, in every field
//	go test -run TestToday       Resolve, Place and Classes equal Lookup of the same day
//	go test -run TestInterval    the answer holds in [Since, Until) and not on the days around it
//	go test -run TestOrder       the order of documents in the source does not matter
//	go test -run TestMutation    callers who modify what they passed or received change no answer
//	go test -run TestQuarantine  an invalid document affects its own location and what builds on it
//	go test -run TestExplain     an explanation survives JSON, replays to its answer, shows a change
//	go test -run TestPostal      if an answer says that postal codes do not matter, none changes it
//	go test -run TestRefusal     refused evidence is an error and changes nothing else
//	go test -run TestTenants     no tenant sees another's documents
//	go test -run TestAmounts     net + tax = gross, components sum to tax, against exact arithmetic
//	go test -run TestMillions    2 million prices, against integers of any size
//	go test -run TestVectors     100,000 prices, against another decimal library
//	go test -run TestPercent     no percentage out of bounds wraps back into them
//	go test -run TestClose       Close leaves no goroutine
//	go test -run TestFound       the smallest sets that once broke a property
//	go test -run TestBasket      baskets equal a naive pricing, and keep the laws that hold for all
//	go test -run TestRefunds     refunds equal a naive one, and add up to the sale, never to more
//	go test -run TestVerify      Verify accepts all of them, and no result with a changed number
//	go test -run TestSelect      lists equal a naive filter, page by page, while others write
//	go test -run TestGenerators  the random cases meet every kind of answer and error
//
// Together, the properties take about 20 seconds. PROOF_CHECKS sets the number of
// random cases of every property, for a longer search:
//
//	PROOF_CHECKS=100000 go test -timeout 0 -run TestLookup .
//
// A failure prints the smallest set of documents that it could be reduced to, and
// the seed that repeats it: go test -run NAME -rapid.seed=N.
//
// # Amounts
//
// TestAmounts draws documents, lookups and prices, and shrinks a failure to a small
// one. TestMillions draws only prices, and is fast: at every percentage of package
// rates, at random ones of up to 12 decimals and at compound ones that do not fit
// into 64 bits, in all modes and scales, as decimals and in minor units. A third of
// the prices are exactly half a unit, next to that, or where 64 bits end. The test
// has a rounding of its own, on integers; [Round] is a third one, on fractions.
//
//	PROOF_AMOUNTS=50000000 go test -timeout 0 -run TestMillions -v .
//
// The seed is fixed: the same number makes the same prices. The command vectors
// writes testdata/amounts.csv.gz with another decimal library and imports nothing
// from this one; TestVectors reads the file.
//
//	go run ./vectors
//
// # Histories
//
// Package histories compares the cache of the resolver with a register: 3 to 8
// clients read, write, delete, invalidate, evict, warm and close at random, in
// front of a source that is slow before and after it reads, fails, panics, ends its
// goroutine and hangs, with and without TTL and stale answers. Every history must
// be linearizable (checked by porcupine), no answer may be older than the options
// allow, every error must have its cause, and no key may be loaded twice at once.
//
//	go test ./histories                     10,000 histories, 500 under the race detector
//	go test -run TestBroken -v ./histories  three caches with typical mistakes are caught
//	PROOF_HISTORIES=500000 go test -timeout 0 -run TestResolver ./histories
//	PROOF_SCRIPT=N PROOF_HISTORIES=1 go test -run TestResolver ./histories
//
// The last command repeats the script of a failure; how its goroutines meet is
// still up to the scheduler. A failure prints the operations on one key that
// contradict each other. The test also fails if too few histories contain the cases
// that it is about: loads that a write overtakes, reads that begin during such a
// load, evictions, failures, stale answers.
//
// # Descriptions
//
// Package openapi compares requests and answers of package rest with rest/openapi.yaml.
//
// # Seeded bugs
//
//	go run ./mutants           every fault in the tables of that folder is caught
//	go run ./mutants WORD...   those whose description has one of the words
//
// The command plants small faults in the code of the library, one by one, in an
// overlay that leaves the tree alone, and requires that the tests named beside them
// fail. A fault whose place is no longer in the code is a failure too: rewrite it
// together with the code.
package proof
