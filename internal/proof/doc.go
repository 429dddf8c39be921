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
//	go test -run TestClose       Close leaves no goroutine
//	go test -run TestFound       the smallest sets that once broke a property
//	go test -run TestGenerators  the random cases meet every kind of answer and error
//
// The properties together take about 20 seconds. PROOF_CHECKS is the number of
// random cases of every property and raises it for a longer search:
//
//	PROOF_CHECKS=100000 go test -timeout 0 -run TestLookup .
//
// A failure prints the smallest set of documents that it could be reduced to,
// and the seed that repeats it: go test -run NAME -rapid.seed=N.
package proof
